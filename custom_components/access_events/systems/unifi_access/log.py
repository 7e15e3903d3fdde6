"""Reading a UniFi Access log, in slices of time.

Rows come newest first, and only a whole slice can be told to be complete. So a slice
is as wide as keeps it small, and is read again if it changed meanwhile. Source: API
reference, Fetch System Logs.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
import logging
from typing import Any

from ..base import (
    AccessSystemError,
    ConnectError,
    Gap,
    PermissionMissing,
    RateLimited,
    Unreadable,
)
from ..http import TooLarge
from ..parsing import digest, from_milliseconds, integer, mapping, redact_shape
from .client import UnifiClient, page_info
from .errors import Refused
from .position import OVERLAP, Position
from .records import Record, View, from_hit, hits

PERMISSION = "view:system_log"
_PATH = "/system/logs"
_SIZES = (100, 10, 1)
"""Page sizes; smaller ones are for what is too large to come in one answer."""
_MOST_ROWS = 1000
_MOST_PAGES = 300
_FIRST_WIDTH = 6 * 3600
_WIDEST = 31 * 86_400
_STRAY = 60
_ATTEMPTS = 3
_MOST_TOLD = 500
_LONGEST_WAIT = 60.0

_LOGGER = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Part:
    """What one slice of the log held, oldest first, and the position behind it."""

    records: list[Record]
    position: Position
    gaps: list[Gap] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)


class _Changed(Exception):
    """The log changed while it was read."""


class _TooMany(Exception):
    """A slice holds more than should be read at once, or than is shown."""

    def __init__(self, *, deaf: bool) -> None:
        """Keep whether rows were shown that were not asked for."""
        super().__init__()
        self.deaf = deaf


@dataclass(slots=True)
class _Slice:
    """What was read of one slice, by identity."""

    records: dict[str | int, Record] = field(default_factory=dict)
    unreadable: dict[str, Unreadable] = field(default_factory=dict)

    def strays(self, start: int, end: int | None) -> bool:
        """Return whether there are rows from without these times (in seconds)."""
        return any(
            record.at // 1000 < start - _STRAY
            or (end is not None and record.at // 1000 > end + _STRAY)
            for record in self.records.values()
        )

    def add(self, row: object) -> bool:
        """Take a row; returns whether it was not known."""
        if (record := from_hit(row, View.ROW)) is not None:
            identity = record.identity
            new = identity not in self.records
            self.records.setdefault(identity, record)
            return new
        told = digest(row)
        new = told not in self.unreadable
        self.unreadable.setdefault(told, Unreadable("system/logs", redact_shape(row)))
        return new


class LogReader:
    """Reads the chosen topics of a console's log."""

    def __init__(self, client: UnifiClient, topics: Sequence[str]) -> None:
        """Read these topics of the log."""
        self._client = client
        self._wanted = tuple(topics)
        self.refused: set[str] = set()
        """Topics that this console does not have, or not for us."""
        self._answered: set[str] = set()
        self._told: dict[str, None] = {}

    @property
    def topics(self) -> tuple[str, ...]:
        """Return the topics that are read."""
        return tuple(topic for topic in self._wanted if topic not in self.refused)

    async def now(self) -> int | None:
        """Return the console's time in milliseconds; None if it can't be told."""
        if (now := self._client.clock.now()) is not None:
            return now
        newest: list[int] = []
        for topic in self.topics:
            rows, _ = await self._page(topic, None, None, 1, patient=True, size=1)
            newest += [record.at for row in rows if (record := from_hit(row, View.ROW))]
        return max(newest, default=None)

    async def read(
        self, position: Position, *, patient: bool, overlap: int = OVERLAP
    ) -> AsyncIterator[Part]:
        """Read from a position to now, oldest first, a slice at a time.

        `patient` waits where the console asks for a pause; else `RateLimited` is raised.
        `overlap` is how far back of the position to begin, in milliseconds.
        """
        now = await self.now()
        if now is None:
            return
        anchor: Position | None = position
        start = position.since(now, overlap) // 1000
        finish = now // 1000
        width = min(_FIRST_WIDTH, max(finish - start, 1))
        bounded = True
        while True:
            newest = start + width >= finish
            end = None if newest else start + width
            try:
                most = _MOST_ROWS if bounded and width > 1 else None
                found, complete = await self._slice(start, end, patient, most)
            except _TooMany as err:
                if err.deaf:
                    # The console does not heed what time is asked for.
                    bounded, width = False, max(finish - start, 1)
                else:
                    width = max(min(width, finish - start) // 4, 1)
                continue
            if end is not None and complete and found.strays(start, end):
                # The console does not heed what time is asked for: that was all.
                newest = True
            records = list(found.records.values())
            # What bears the same time stays in its order too, the oldest first.
            records.reverse()
            records.sort(key=lambda record: record.at)
            times = [record.at for record in records]
            gaps: list[Gap] = []
            if bounded and not complete and self._is_news(f"gap {start}"):
                until = (end or start + 1) * 1000
                gaps.append(
                    _gap(start * 1000, until, "The console lists more than it shows")
                )
            if anchor is not None and (newest or (start + width) * 1000 > anchor.at):
                # This slice must hold the row up to which was read the last time.
                if anchor.was_cut(times, self.topics, now):
                    later = [at for at in times if at > anchor.at]
                    gaps.append(
                        _gap(
                            anchor.at,
                            min(later, default=now),
                            "The console's log was cleared",
                        )
                    )
                    position = replace(position, row=False)
                anchor = None
            if newest:
                position = position.after(
                    times, max(now, await self.now() or 0), self.topics
                )
            else:
                position = position.up_to((start + width) * 1000, now)
            yield Part(
                records=records,
                position=position,
                gaps=gaps,
                unreadable=[
                    unreadable
                    for digest, unreadable in found.unreadable.items()
                    if self._is_news(digest)
                ],
            )
            if newest:
                return
            # The bounds may or may not be part of a slice: the next one has it too.
            start += max(width - 1, 1)
            if len(records) < _MOST_ROWS // 4:
                width = min(width * 2, _WIDEST)
            width = max(width, 2)

    def _is_news(self, what: str) -> bool:
        """Return whether something was not told before: slices overlap."""
        if what in self._told:
            return False
        self._told[what] = None
        while len(self._told) > _MOST_TOLD:
            del self._told[next(iter(self._told))]
        return True

    async def _slice(
        self, start: int, end: int | None, patient: bool, most: int | None
    ) -> tuple[_Slice, bool]:
        """Read a slice of all topics; what is in several of them comes once.

        Tells whether the console showed all that it lists.
        """
        found = _Slice()
        shown = True
        refused: dict[str, AccessSystemError] = {}
        for topic in self.topics:
            for attempt in range(_ATTEMPTS):
                try:
                    part, complete = await self._topic(topic, start, end, patient, most)
                except _Changed:
                    if attempt == _ATTEMPTS - 1:
                        raise ConnectError("log_unsettled") from None
                    continue
                except (Refused, PermissionMissing) as err:
                    # What is left out is never read again: it has to be sure.
                    if topic in self._answered or (
                        isinstance(err, Refused) and err.passing
                    ):
                        raise
                    if attempt < _ATTEMPTS - 1:
                        continue
                    refused[topic] = err
                    if len(refused) == len(self.topics):
                        raise
                    _LOGGER.debug("The console does not show the topic %s", topic)
                    break
                self._answered.add(topic)
                found.records = part.records | found.records
                found.unreadable |= part.unreadable
                shown = shown and complete
                break
        self.refused |= refused.keys()
        return found, shown

    async def _topic(
        self, topic: str, start: int, end: int | None, patient: bool, most: int | None
    ) -> tuple[_Slice, bool]:
        """Read a slice of one topic; tells whether all of it was shown."""
        for size in _SIZES:
            try:
                return await self._topic_in(size, topic, start, end, patient, most)
            except TooLarge:
                if most is not None:
                    raise _TooMany(deaf=False) from None
                if size == 1:
                    raise
        raise AssertionError("the last size answers or raises")

    async def _topic_in(
        self,
        size: int,
        topic: str,
        start: int,
        end: int | None,
        patient: bool,
        most: int | None,
    ) -> tuple[_Slice, bool]:
        """Read a slice of one topic in pages of a size.

        A row that no answer has room for is left out.
        """
        found = _Slice()
        expected: int | None = None
        shown = True
        for number in range(1, _MOST_PAGES + 1):
            try:
                rows, total = await self._page(
                    topic, start, end, number, patient=patient, size=size
                )
            except TooLarge:
                if size > 1:
                    raise
                # Nothing was then, so only who answers this to all is silent now.
                await self._page(topic, 0, 1, 1, patient=patient)
                shown = False
                continue
            if number > 1 and total == len(rows):
                # Some count the rows of the page only.
                total = None
            if expected is not None and total is not None and total != expected:
                # New rows only push the others back: they come twice, none is missed.
                if end is not None or total < expected:
                    raise _Changed
            expected = total if total is not None else expected
            before = len(found.records) + len(found.unreadable)
            # A page has few rows; a list would stop at the first that is known.
            fresh = sum([found.add(row) for row in rows])
            count = before + fresh
            if most is not None and max(count, expected or 0) > most:
                raise _TooMany(deaf=found.strays(start, end))
            if not rows:
                return found, shown
            if not fresh:
                if expected is None or count >= expected:
                    return found, shown
                if most is not None:
                    raise _TooMany(deaf=found.strays(start, end))
                return found, False
            if expected is not None and count >= expected and len(rows) < size:
                return found, shown
        return found, False

    async def _page(
        self,
        topic: str,
        start: int | None,
        end: int | None,
        number: int,
        *,
        patient: bool,
        size: int = _SIZES[0],
    ) -> tuple[list[Any], int | None]:
        """Read one page; returns its rows, and how many there are in all if told."""
        body: dict[str, object] = {"topic": topic}
        if start is not None:
            body["since"] = start
        if end is not None:
            body["until"] = end
        pause = 2.0
        while True:
            try:
                envelope = await self._client.envelope(
                    "POST",
                    _PATH,
                    PERMISSION,
                    params={"page_num": str(number), "page_size": str(size)},
                    body=body,
                )
                break
            except RateLimited as err:
                wait = pause if err.retry_after is None else err.retry_after
                if not patient or wait > _LONGEST_WAIT or pause > _LONGEST_WAIT:
                    raise
                await asyncio.sleep(wait)
                pause *= 2
        data = envelope.get("data")
        total = integer(mapping(data).get("total"))
        if total is None:
            total = integer(page_info(envelope).get("total"))
        return hits(data), total


def _gap(start: int, end: int, detail: str) -> Gap:
    """Return a gap between two times in milliseconds."""
    return Gap(from_milliseconds(start), from_milliseconds(max(end, start)), detail)
