"""Records of a device that wait until those before them are known, or were told.

A record is known by its number, its time and its code: numbers begin again when a log
is cleared, and a stream may tell a record twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_REMEMBERED = 512


def _mark(record: Any) -> tuple[int, int]:
    """Return what tells a record from another one of its number."""
    return record.timestamp, record.eventCode


def is_same(record: Any, other: Any) -> bool:
    """Return whether two records are one that was told twice."""
    return bool(record.ID == other.ID) and _mark(record) == _mark(other)


class Told:
    """The newest records of each device that were told, to recognise those told twice."""

    def __init__(self) -> None:
        """Start with none."""
        self._marks: dict[int, dict[int, tuple[int, int]]] = {}

    def add(self, device: int, records: Iterable[Any]) -> None:
        """Remember records of a device's log."""
        marks = self._marks.setdefault(device, {})
        for record in records:
            marks[record.ID] = _mark(record)
        while len(marks) > _REMEMBERED:
            del marks[next(iter(marks))]

    def has(self, device: int, record: Any) -> bool:
        """Return whether a record is remembered."""
        return self._marks.get(device, {}).get(record.ID) == _mark(record)

    def forget(self, device: int) -> None:
        """Forget a device's records: its log began anew."""
        self._marks.pop(device, None)


@dataclass(slots=True)
class Backlog:
    """A device whose log must be read before its records are in order again.

    `held` has records of the stream by their numbers, to be told in their place;
    `checked` are those that were there when the log was asked. `verify` says that only
    a log that is asked from now on tells of which epoch they are, `verifying` that it
    was asked, `lost` that records may be missing.
    """

    since: float
    due: float
    verify: bool = True
    verifying: bool = False
    lost: bool = False
    tries: int = 0
    held: dict[int, Any] = field(default_factory=dict)
    checked: set[int] = field(default_factory=set)

    def hold(self, record: Any) -> None:
        """Keep a record."""
        self.held[record.ID] = record

    def holds(self, record: Any) -> bool:
        """Return whether the stream told a record too."""
        held = self.held.get(record.ID)
        return held is not None and is_same(held, record)

    def differs(self, record: Any) -> bool:
        """Return whether another record of the same number is held."""
        held = self.held.get(record.ID)
        return held is not None and not is_same(held, record)

    def ask(self) -> None:
        """Note what is held while the log is asked."""
        self.verifying, self.verify = self.verify, False
        self.checked = set(self.held)

    def run_after(self, number: int) -> list[Any]:
        """Take out the records that follow a number without a hole."""
        run: list[Any] = []
        while (record := self.held.pop(number + 1 + len(run), None)) is not None:
            run.append(record)
        return run

    def take(self, numbers: Iterable[int]) -> list[Any]:
        """Take out the records of some numbers, in order."""
        return [self.held.pop(number) for number in sorted(numbers)]

    def beyond(self, number: int) -> list[int]:
        """Return the numbers that are held beyond one."""
        return [held for held in self.held if held > number]
