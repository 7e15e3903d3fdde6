"""The controller's log: rows, topics, search; and the ground truth of a test."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
import heapq
import time
from typing import NamedTuple

TOPICS = (
    "door_openings",
    "critical",
    "updates",
    "device_events",
    "admin_activity",
    "visitor",
)
FIRST_NUMBER = 73001


class Target(NamedTuple):
    """One target of a log row."""

    type: str
    id: str
    display_name: str
    alternate_id: str = ""
    alternate_name: str = ""


class Actor(NamedTuple):
    """Who did it."""

    type: str = "user"
    id: str = ""
    name: str = "N/A"
    avatar: str = ""


NOBODY = Actor()


@dataclass(slots=True, frozen=True, kw_only=True)
class Row:
    """One log row, in parts; `render.hit` writes it as the API does.

    `places` are the targets that many rows share, `extra` those of this row.
    """

    number: int
    published: int
    topics: tuple[str, ...]
    type: str
    message: str
    result: str
    log_key: str
    category: str = ""
    reason: str = ""
    actor: Actor = NOBODY
    provider: str = ""
    issuer: str = ""
    places: tuple[Target, ...] = ()
    extra: tuple[Target, ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        """Return all targets."""
        return self.places + self.extra


@dataclass(slots=True, kw_only=True)
class Happening:
    """Something that truly happened: what a test compares with.

    Args:
        number: Counts all happenings.
        name: What was done, such as `tap`.
        kind: The word that this project has for it; empty where a site like
            this gives nobody a way to know.
        at_ms: The simulator's time, in ms since the epoch.
        row: The number of the log row; None where the log tells nothing.
        derived: What the door's sensor tells besides, such as
            `door_forced_open`.
    """

    number: int
    name: str
    kind: str
    at_ms: int
    door_id: str | None = None
    door_name: str | None = None
    person_id: str | None = None
    person_name: str | None = None
    method: str | None = None
    granted: bool | None = None
    direction: str | None = None
    reason: str | None = None
    device_id: str | None = None
    row: int | None = None
    topics: tuple[str, ...] = ()
    derived: str | None = None


def _published(row: Row) -> tuple[int, int]:
    """Return the order of rows."""
    return row.published, row.number


@dataclass(slots=True)
class LogStore:
    """The rows, by topic and by time."""

    rows: list[Row] = field(default_factory=list)
    by_topic: dict[str, list[Row]] = field(
        default_factory=lambda: {topic: [] for topic in TOPICS}
    )
    _waiting: list[tuple[float, int, Row]] = field(default_factory=list)
    _next: int = FIRST_NUMBER

    def number(self) -> int:
        """Return the number of the next row."""
        self._next += 1
        return self._next - 1

    def add(self, row: Row, delay: float = 0.0) -> None:
        """Add a row that can be found after `delay` seconds."""
        if delay > 0:
            heapq.heappush(self._waiting, (time.monotonic() + delay, row.number, row))
        else:
            self._index(row)

    def clear(self) -> None:
        """Forget all rows; numbers go on."""
        self.rows.clear()
        self._waiting.clear()
        for rows in self.by_topic.values():
            rows.clear()

    def wrap(self, keep: int) -> None:
        """Forget all rows but the newest so many."""
        gone = {row.number for row in self.rows[: max(len(self.rows) - keep, 0)]}
        for rows in (self.rows, *self.by_topic.values()):
            rows[:] = [row for row in rows if row.number not in gone]

    def _index(self, row: Row) -> None:
        """Make a row findable."""
        for rows in (self.rows, *(self.by_topic[topic] for topic in row.topics)):
            if rows and _published(rows[-1]) > _published(row):
                insort(rows, row, key=_published)
            else:
                rows.append(row)

    def find(
        self,
        topic: str,
        since: float | None,
        until: float | None,
        *,
        until_inclusive: bool = True,
        actor_id: str | None = None,
    ) -> RowRange:
        """Return the rows of a topic in a time range, in seconds, newest first."""
        while self._waiting and self._waiting[0][0] <= time.monotonic():
            self._index(heapq.heappop(self._waiting)[2])
        rows = self.rows if topic == "all" else self.by_topic[topic]
        first, last = 0, len(rows)
        if since is not None:
            first = bisect_left(rows, since * 1000, key=_time)
        if until is not None:
            # Whole seconds: a row at 10.7 s is one of second 10.
            end = (until + 1) * 1000 if until_inclusive else until * 1000
            last = bisect_right(rows, end - 1, key=_time)
        found = RowRange(rows, first, max(first, last))
        if actor_id:
            kept = [row for row in found.oldest_first() if row.actor.id == actor_id]
            return RowRange(kept, 0, len(kept))
        return found


def _time(row: Row) -> int:
    """Return the time of a row in ms."""
    return row.published


@dataclass(slots=True, frozen=True)
class RowRange:
    """A slice of sorted rows that is not copied."""

    rows: list[Row]
    first: int
    last: int

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self.last - self.first

    def oldest_first(self) -> Iterator[Row]:
        """Return the rows by growing time."""
        return (self.rows[index] for index in range(self.first, self.last))

    def page(self, number: int, size: int) -> list[Row]:
        """Return a page, newest first; the first page is 1."""
        last = self.last - (number - 1) * size
        first = max(self.first, last - size)
        return self.rows[first:last][::-1] if last > first else []
