"""What a BAS-IP panel pushes to its management server, as rows of its log.

No page of the vendor's describes it. Source: what panels were seen to send: `PUT
…/devices/logs` with `{"events": [{"created_at", "category", "code", "info"}]}`, at most
100 of them, where `info` is the model of the log's row.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..parsing import digest, items, mapping, milliseconds
from .events import Row, read_rows


class PushReader:
    """Reads pushes, so that each row has the key that it has in the log.

    The panel sends its log in order, and a push again until it is taken. So equal rows
    are numbered on from one push to the next, but not if the next is the same again, nor
    where the log is still read and tells for certain how many there are.
    """

    def __init__(self) -> None:
        """Start with nothing read."""
        self._last: list[str] = []
        self._before: Counter[str] = Counter()
        self._after: Counter[str] = Counter()

    def read(
        self, payload: object, *, whole_seconds: bool, read_from: int
    ) -> tuple[list[Row], list[Any]]:
        """Return rows in the order in which they happened, and what is none.

        With `whole_seconds` the panel's log tells its times in seconds, and so do these.
        From `read_from` (ms) on the log is read again.
        """
        told = items(mapping(payload).get("events"))
        if not self._is_repeated(told):
            self._before = self._after
        counts = self._before.copy()
        rows, unreadable = read_rows(
            [_as_in_log(mapping(event), whole_seconds) for event in told], counts
        )
        if rows:
            at = rows[-1].at
            last = {row.base_key for row in rows if row.at == at < read_from}
            self._after = Counter({key: counts[key] for key in last})
        return rows, unreadable

    def _is_repeated(self, told: Sequence[Any]) -> bool:
        """Tell whether a push begins as the one before it did."""
        last = self._last
        self._last = [digest(event) for event in told]
        return any(last) and all(
            first == second for first, second in zip(last, self._last, strict=False)
        )


def _as_in_log(event: Mapping[str, Any], whole_seconds: bool) -> dict[str, Any]:
    """Return a pushed event in the shape of a row of the log."""
    at = milliseconds(event.get("created_at"))
    if at is not None and whole_seconds:
        at -= at % 1000
    return {
        "timestamp": at,
        "category": event.get("category"),
        "name": {"key": event.get("code")},
        "info": {"model": event.get("info")},
    }
