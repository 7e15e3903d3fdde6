"""How far the log of a PDK system is known, and what was learned on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import json
from typing import Any

from ..parsing import from_json, from_milliseconds, integer, items, mapping, text

PREVIEWS, REPORTS = "preview", "generate"
QUOTAS: Mapping[str, int] = {PREVIEWS: 500, REPORTS: 150}
"""How many of each PDK makes in a day (developer.pdk.io, "Rate limits")."""

_AT_ONCE = 5
"""One part in so many of a day's reports may be asked for one after the other."""
_DAY = 86_400_000
_MOST_HOLES = 20
_CLOSE = 60_000


@dataclass(slots=True)
class Hole:
    """A time of which the stream told nothing (ms, by the cloud's clock).

    In a `long` one more happened than a preview holds.
    """

    start: int
    end: int
    long: bool = False


@dataclass(slots=True)
class Quota:
    """What of the daily quotas is used; `day` is a day of the cloud's, in UTC.

    `asked` is when one was asked for last, in ms of the cloud's clock.
    """

    day: str = ""
    used: dict[str, int] = field(default_factory=dict)
    asked: int = 0

    def pause(self, now: int) -> int:
        """Return in how many ms the next one may be asked for.

        Once a part is used up the rest has to last until the end of the day.
        """
        self._begin(now)
        spacing = max(
            (_DAY - now % _DAY) // max(1, most - self.used.get(kind, 0))
            if self.used.get(kind, 0) * _AT_ONCE >= most
            else 0
            for kind, most in QUOTAS.items()
        )
        return max(0, min(self.asked, now) + spacing - now)

    def left(self, kind: str, now: int) -> int:
        """Return how many more there may be today."""
        self._begin(now)
        return max(0, QUOTAS[kind] - self.used.get(kind, 0))

    def use(self, kind: str, now: int) -> None:
        """Count one that is asked for."""
        self._begin(now)
        self.used[kind] = self.used.get(kind, 0) + 1
        self.asked = now

    def exhaust(self, kind: str, now: int) -> None:
        """Note that PDK gives no more today, whoever used them."""
        self._begin(now)
        self.used[kind] = QUOTAS[kind]

    def merge(self, other: Quota) -> None:
        """Take over what another count of the same, or of a later day knows."""
        if other.day > self.day:
            self.day, self.used = other.day, dict(other.used)
            self.asked = other.asked
        elif other.day == self.day:
            self.asked = max(self.asked, other.asked)
            for kind, used in other.used.items():
                self.used[kind] = max(used, self.used.get(kind, 0))

    def _begin(self, now: int) -> None:
        """Start at zero with each day."""
        day = from_milliseconds(now).date().isoformat()
        if day > self.day:
            self.day, self.used, self.asked = day, {}, 0


@dataclass(slots=True)
class Position:
    """Where reading goes on; small as text.

    All from `floor` up to `at` is known, but for the holes. Nothing from before
    `floor` is wanted.
    """

    at: int
    floor: int
    holes: list[Hole] = field(default_factory=list)
    quota: Quota = field(default_factory=Quota)

    @classmethod
    def load(cls, cursor: str, now: int) -> Position:
        """Read a cursor; one that is damaged begins a day back."""
        held = held_in(cursor)
        at = integer(held.get("at"))
        if at is None or at <= 0:
            return cls(now - 86_400_000, now - 86_400_000)
        position = cls(at, integer(held.get("floor")) or 0)
        for told in items(held.get("holes")):
            ends = [integer(end) for end in items(told)]
            if len(ends) == 2 and ends[0] is not None and ends[1] is not None:
                position.holes.append(Hole(ends[0], ends[1]))
        quota = mapping(held.get("quota"))
        position.quota = Quota(
            text(quota.get("day")) or "",
            {kind: integer(quota.get(kind)) or 0 for kind in QUOTAS},
            integer(quota.get("asked")) or 0,
        )
        return position

    def dump(self, states: Mapping[str, Any]) -> str:
        """Return the position as a cursor, with what is known of the doors."""
        return json.dumps(
            {
                "at": self.at,
                "floor": self.floor,
                "holes": [[hole.start, hole.end] for hole in self.holes],
                "quota": {
                    "day": self.quota.day,
                    **self.quota.used,
                    "asked": self.quota.asked,
                },
                "states": states,
            },
            separators=(",", ":"),
        )

    def add(self, start: int, end: int) -> None:
        """Note that a time has to be read; holes that touch become one."""
        start = max(start, self.floor)
        if end <= start:
            return
        merged: list[Hole] = []
        for hole in sorted(
            [*self.holes, Hole(start, end)], key=lambda hole: hole.start
        ):
            if merged and hole.start <= merged[-1].end + _CLOSE:
                merged[-1].end = max(merged[-1].end, hole.end)
                merged[-1].long |= hole.long
            else:
                merged.append(Hole(hole.start, hole.end, hole.long))
        while len(merged) > _MOST_HOLES:
            first = merged.pop(0)
            merged[0].start = first.start
            merged[0].long = True
        self.holes = merged


def held_in(cursor: str) -> Mapping[str, Any]:
    """Return what a cursor holds, nothing if it is damaged."""
    return mapping(from_json(cursor))
