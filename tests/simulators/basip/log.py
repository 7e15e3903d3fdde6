"""The panel's log, and the ground truth of a test."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

type Json = dict[str, Any]


@dataclass(slots=True, frozen=True, kw_only=True)
class Row:
    """One row; it has no id. `number` is the order in which rows were written."""

    number: int
    at_ms: int
    key: str
    category: str
    priority: str
    name_text: str
    info_text: str
    model: Json


@dataclass(slots=True, kw_only=True)
class Happening:
    """Something that truly happened: what a test compares with.

    Args:
        number: Counts all happenings.
        name: What was done, such as `use`.
        kind: The word that this project has for it.
        at_ms: The panel's time, in ms since the epoch.
        key: The vendor's key.
        lock: The lock's number; 0 is all.
        pushed: Whether a management server took it.
    """

    number: int
    name: str
    kind: str
    at_ms: int
    key: str
    category: str
    person_name: str | None = None
    lock: int | None = None
    pushed: bool = False


def _time(row: Row) -> int:
    """Return the time of a row in ms."""
    return row.at_ms


@dataclass(slots=True)
class LogStore:
    """The rows by time; those of one millisecond in the order they were written."""

    rows: list[Row] = field(default_factory=list)
    arrived: list[Row] = field(default_factory=list)
    written: int = 0
    _found: dict[object, list[Row]] = field(default_factory=dict)

    def add(self, row: Row, limit: int = 0) -> None:
        """Add a row; with a limit the oldest ones go."""
        self.written += 1
        self._found.clear()
        if self.rows and self.rows[-1].at_ms > row.at_ms:
            insort(self.rows, row, key=_time)
        else:
            self.rows.append(row)
        self.arrived.append(row)
        if limit:
            self.wrap(limit)

    def wrap(self, keep: int) -> None:
        """Forget all rows but the newest so many."""
        if (count := len(self.rows) - keep) <= 0:
            return
        gone = {old.number for old in self.rows[:count]}
        del self.rows[:count]
        self.arrived = [old for old in self.arrived if old.number not in gone]
        self._found.clear()

    def clear(self) -> None:
        """Forget all rows."""
        self.rows.clear()
        self.arrived.clear()
        self._found.clear()

    def find(
        self,
        since: int | None,
        until: int | None,
        key: object = None,
        test: Callable[[Row], bool] | None = None,
    ) -> list[Row]:
        """Return the rows in a time range in ms, both ends in, by time.

        Args:
            since: The start.
            until: The end.
            key: What the test depends on, so that pages need not test again.
            test: Which rows.
        """
        known = (since, until, key)
        if (found := self._found.get(known)) is None:
            first = 0 if since is None else bisect_left(self.rows, since, key=_time)
            last = (
                len(self.rows)
                if until is None
                else bisect_right(self.rows, until, key=_time)
            )
            found = self.rows[first : max(first, last)]
            if test is not None:
                found = [row for row in found if test(row)]
            if len(self._found) > 4:
                self._found.clear()
            self._found[known] = found
        return found
