"""What is known of a place's log: how far it is read, its doors, its holes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
import json
from typing import Any

from ..parsing import from_json, integer, items, mapping, text
from .events import Row

_MOST_HOLES = 10
_GAPS = 5
_WITHIN = 1000


@dataclass(slots=True)
class Hole:
    """Numbers that a device counted and the cloud does not show (yet).

    The missing rows happened between `start` and `end` (ms, the device's clock).
    """

    device: str
    first: int
    last: int
    start: int
    end: int
    looks: int = 0


@dataclass(slots=True)
class Count:
    """How far a device has counted, and how often numbers stayed away."""

    last: int
    at: int
    gaps: int = 0
    first_gap: int = 0
    uneven: bool = False
    """Whether its numbers skip as a matter of course, so that holes mean nothing."""


@dataclass(slots=True)
class Position:
    """Where reading goes on, and what was learned on the way; small as text.

    `at` is the newest time that was read, in ms. Nothing from before `floor` is
    wanted, nor what a device told before its entry in `floors`: a time, and the highest
    number that it had counted to.
    """

    at: int
    floor: int
    floors: dict[str, tuple[int, int]] = field(default_factory=dict)
    doors: dict[str, str | None] = field(default_factory=dict)
    counts: dict[str, Count] = field(default_factory=dict)
    holes: list[Hole] = field(default_factory=list)
    alternative: set[str] = field(default_factory=set)
    gone: dict[str, int] = field(default_factory=dict)
    """Doors to be listed no more, with the time (ms) of what was known of each."""

    @classmethod
    def load(cls, cursor: str) -> Position:
        """Read a cursor; what can't be read of it starts anew."""
        stored = mapping(from_json(cursor))
        position = cls(
            integer(stored.get("at")) or 0, integer(stored.get("floor")) or 0
        )
        for name, floor in mapping(stored.get("floors")).items():
            at, number = _integers(floor, 2)
            position.floors[name] = at or integer(floor) or 0, number
        for door, called in mapping(stored.get("doors")).items():
            position.doors[door] = text(called)
        for name, values in mapping(stored.get("counts")).items():
            last, at, gaps, first_gap, uneven = _integers(values, 5)
            position.counts[name] = Count(last, at, gaps, first_gap, bool(uneven))
        for values in items(stored.get("holes")):
            device = text(values[0]) if items(values) else None
            if device is not None:
                position.holes.append(Hole(device, *_integers(values[1:], 5)))
        position.alternative = set(filter(None, map(text, items(stored.get("other")))))
        for door, at in mapping(stored.get("gone")).items():
            position.gone[door] = integer(at) or 0
        return position

    def dump(self) -> str:
        """Return the cursor."""
        stored: dict[str, Any] = {"at": self.at, "floor": self.floor}
        if self.floors:
            stored["floors"] = self.floors
        stored["doors"] = self.doors
        stored["counts"] = {
            device: [
                count.last,
                count.at,
                count.gaps,
                count.first_gap,
                int(count.uneven),
            ]
            for device, count in self.counts.items()
        }
        if self.holes:
            stored["holes"] = [
                [hole.device, hole.first, hole.last, hole.start, hole.end, hole.looks]
                for hole in self.holes
            ]
        if self.alternative:
            stored["other"] = sorted(self.alternative)
        if self.gone:
            stored["gone"] = self.gone
        return json.dumps(stored, ensure_ascii=False, separators=(",", ":"))

    def reached(self) -> Iterable[tuple[str, int]]:
        """Return how far each device has come, in ms of its clock."""
        for device, (at, _) in self.floors.items():
            yield device, at
        for device, count in self.counts.items():
            yield device, count.at

    def wants(self, row: Row) -> bool:
        """Tell whether a row is from after where the log was to begin.

        A device's own count tells so too: its clock may have been set back since then.
        """
        if row.at < self.floor:
            return False
        at, number = self.floors.get(row.device, (0, 0))
        return row.at > at or 0 < number < (row.local_id or 0)

    def begin_after(self, row: Row) -> None:
        """Want nothing of a row's device up to this row."""
        at, number = self.floors.get(row.device, (0, 0))
        self.floors[row.device] = max(at, row.at), max(number, row.local_id or 0)

    def count(self, row: Row) -> None:
        """Count a row of a device, and note what its number tells is missing."""
        if row.local_id is None or not row.device:
            return
        number, known = row.local_id, self.counts.get(row.device)
        if known is None:
            self.counts[row.device] = Count(number, row.at)
            return
        if number <= known.last:
            if not self._fill(row.device, number) and row.at > known.at:
                # It counts from the start again, as after a reset.
                known.last, known.at = number, row.at
            return
        if number > known.last + 1 and not known.uneven:
            self.holes.append(
                Hole(
                    row.device,
                    known.last + 1,
                    number - 1,
                    min(known.at, row.at),
                    max(known.at, row.at),
                )
            )
            if sum(hole.device == row.device for hole in self.holes) > _MOST_HOLES:
                self._give_up(row.device, known)
        known.last, known.at = number, max(row.at, known.at)

    def give_up(self, hole: Hole) -> bool:
        """Take a hole as final; tells whether it is worth telling."""
        if hole not in self.holes:
            return False
        self.holes.remove(hole)
        known = self.counts.get(hole.device)
        if known is None:
            return True
        if known.gaps == 0 or hole.first - known.first_gap > _WITHIN:
            known.gaps, known.first_gap = 0, hole.first
        known.gaps += 1
        if known.gaps >= _GAPS:
            self._give_up(hole.device, known)
            return False
        return True

    def _give_up(self, device: str, known: Count) -> None:
        """Make nothing of a device's numbers any more."""
        known.uneven = True
        self.holes = [hole for hole in self.holes if hole.device != device]

    def _fill(self, device: str, number: int) -> bool:
        """Note that a number has come; tells whether it was missing."""
        for hole in self.holes:
            if hole.device != device or not hole.first <= number <= hole.last:
                continue
            self.holes.remove(hole)
            for first, last in ((hole.first, number - 1), (number + 1, hole.last)):
                if first <= last:
                    self.holes.append(
                        Hole(device, first, last, hole.start, hole.end, hole.looks)
                    )
            return True
        return False


def _integers(values: object, count: int) -> list[int]:
    """Return whole numbers, as many as asked for."""
    found = [integer(value) or 0 for value in items(values)]
    return (found + [0] * count)[:count]
