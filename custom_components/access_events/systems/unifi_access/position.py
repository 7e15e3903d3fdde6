"""Where reading a UniFi Access log goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
import json
from typing import Any, Self

from ..parsing import from_json, integer, items, mapping, text

OVERLAP = 600_000
"""How far back of the newest row to read again, since rows may come late (ms)."""
_TURNED = 120_000
_DAY = 86_400_000
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in the log, by the console's time in milliseconds.

    `at` is the newest row that was read (`row` true), or a time up to which there was
    nothing more to read. Nothing before `floor` was ever wanted. `topics` are those
    that were read.
    """

    at: int
    floor: int
    row: bool = False
    topics: tuple[str, ...] = ()

    def dump(self, learned: Mapping[str, Sequence[str]] | None = None) -> str:
        """Return the position as a cursor, with what was learned of the doors."""
        return json.dumps(
            {
                **({"doors": learned} if learned else {}),
                "v": _VERSION,
                "at": self.at,
                "floor": self.floor,
                "row": self.row,
                "topics": self.topics,
            },
            separators=(",", ":"),
        )

    @classmethod
    def load(cls, cursor: str, now: int) -> Self:
        """Return the position of a cursor; of one that is damaged, a day back."""
        held = _held(cursor)
        at = integer(held.get("at"))
        if at is None or at <= 0:
            return cls(at=now - _DAY, floor=now - _DAY)
        return cls(
            at=at,
            floor=integer(held.get("floor")) or 0,
            row=held.get("row") is True,
            topics=tuple(filter(None, map(text, items(held.get("topics"))))),
        )

    def since(self, now: int, overlap: int = OVERLAP) -> int:
        """Return from where to read, in milliseconds.

        If the console's clock was turned back behind this position, what happened
        since then bears times of the past: a day of them is read again.
        """
        if now < self.at - _TURNED:
            return max(now - _DAY, 1)
        return max(self.at - overlap, min(self.floor, self.at), 1)

    def was_cut(self, found: Sequence[int], topics: Sequence[str], now: int) -> bool:
        """Return whether the row of this position is missing from those found since.

        It can't be told of a console whose clock was turned back behind the row.
        """
        turned = now < self.at - _TURNED
        if not self.row or turned or not set(self.topics) <= set(topics):
            return False
        return self.at not in found

    def after(self, found: Sequence[int], now: int, topics: Sequence[str]) -> Self:
        """Return the position behind rows of these times, having read up to now.

        A row from the future of the console's own clock does not take it there.
        """
        told = tuple(topics)
        at = self.at if self.at <= now + _TURNED else now
        newest = max((time for time in found if time <= now + _TURNED), default=0)
        if newest >= at:
            return replace(self, at=newest, row=True, topics=told)
        return replace(self, at=at, row=self.row and at == self.at, topics=told)

    def up_to(self, end: int, now: int) -> Self:
        """Return the position when all up to a time of the past has been read."""
        at = min(end, now - OVERLAP)
        return replace(self, at=at, row=False) if at > self.at else self


def learned_of(cursor: str) -> object:
    """Return what a cursor holds of what was learned of the doors."""
    return _held(cursor).get("doors")


def _held(cursor: str) -> Mapping[str, Any]:
    """Return what a cursor holds, nothing if it is damaged."""
    return mapping(from_json(cursor))
