"""The cloud's event log, and the ground truth of a test."""

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
import hashlib


@dataclass(slots=True, frozen=True, kw_only=True)
class Row:
    """One event; `number` counts the uploads and makes the `logId`."""

    event_at: int
    event_type: str
    place_id: int
    device_id: int
    local_id: int
    door_id: int
    door_name: str | None = None
    auth_id: int | None = None
    user_id: int | None = None
    user_key: str | None = None
    user_name: str | None = None
    number: int = 0

    @property
    def log_id(self) -> str:
        """Return the id of a search index's document: it has no order."""
        digest = hashlib.sha256(f"log {self.number}".encode()).hexdigest()
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
        return "".join(alphabet[int(digest[i : i + 2], 16) % 64] for i in range(20))


@dataclass(slots=True, kw_only=True)
class Happening:
    """Something that truly happened: what a test compares with.

    Args:
        number: Counts all happenings.
        name: What was done, such as `pass`.
        kind: The word that this project has for it.
        at_ms: The device's time, in ms since the epoch.
        event_type: The vendor's word.
        local_id: The number in the device's own log.
        uploaded: Whether the cloud has it.
        lost: The device lost it; the cloud never has it.
    """

    number: int
    name: str
    kind: str
    at_ms: int
    event_type: str
    place_id: int
    device_id: int
    local_id: int
    door_id: int
    door_name: str
    auth_id: int | None = None
    person_id: str | None = None
    person_name: str | None = None
    granted: bool | None = None
    uploaded: bool = False
    lost: bool = False


def _time(row: Row) -> int:
    """Return when a row's event was."""
    return row.event_at


def _order(row: Row) -> tuple[int, int, int]:
    """Return the order of rows by time."""
    return row.event_at, row.device_id, row.local_id


@dataclass(slots=True)
class EventStore:
    """The rows of all places by time; each search's result is kept for its pages."""

    rows: list[Row] = field(default_factory=list)
    uploads: int = 0
    _found: dict[object, list[Row]] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Add a row where its time puts it."""
        self.uploads += 1
        self._found.clear()
        if self.rows and _order(self.rows[-1]) > _order(row):
            insort(self.rows, row, key=_order)
        else:
            self.rows.append(row)

    def clear(self) -> None:
        """Forget all rows."""
        self.rows.clear()
        self._found.clear()

    def wrap(self, keep: int) -> None:
        """Forget all rows but the newest so many."""
        del self.rows[: max(len(self.rows) - keep, 0)]
        self._found.clear()

    def find(
        self,
        places: tuple[int, ...],
        since: int | None,
        until: int | None,
        types: frozenset[str] | None,
    ) -> list[Row]:
        """Return the rows of places in a time range in ms, both ends in, by time."""
        key = (places, since, until, types)
        if (found := self._found.get(key)) is None:
            first = 0 if since is None else bisect_left(self.rows, since, key=_time)
            last = (
                len(self.rows)
                if until is None
                else bisect_right(self.rows, until, key=_time)
            )
            found = [
                row
                for row in self.rows[first : max(first, last)]
                if row.place_id in places and (types is None or row.event_type in types)
            ]
            if len(self._found) > 8:
                self._found.clear()
            self._found[key] = found
        return found
