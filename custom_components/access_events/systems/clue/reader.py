"""Reading CLUe's log window by window, whatever order its pages have.

Source: Suprema's guide to the CLUe API, "Retrieve Logs": a query spans at most seven
days, `page` counts from 0.
"""

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import Any

from ..base import ConnectError, RequestRejected
from ..http import TooLarge
from ..parsing import mapping, text
from ..polled import LeftOut
from .client import ClueClient, Page
from .events import AUTH_EVENTS

DAY = 86_400_000
WINDOW = 7 * DAY - 3_600_000
"""The longest window in ms: an hour less than CLUe allows."""

_SIZES = (200, 100, 50, 20, 10, 1)
"""Page sizes; the first is that of CLUe's sample."""
_LARGEST = 2000
"""How many rows of a window are held at a time; wider windows are divided."""
_NARROWEST = 60_000
_TRIES = 3
_AHEAD = DAY + 3_600_000
"""How far after now is read, in ms: a whole day, and a little more, for devices whose
clock is a day ahead."""


class Reader:
    """Reads windows of one place's log, each of them whole."""

    def __init__(self, client: ClueClient) -> None:
        """Read with a client."""
        self._client = client
        self._sizes = list(_SIZES)
        self._shrunk = 0
        """How many sizes smaller pages are than CLUe allows, as answers were too large."""
        self.incomplete = 0
        """How many windows had fewer rows than their `total` said."""
        self.left_out = LeftOut()

    @property
    def _size(self) -> int:
        """Return how many rows to ask for at a time."""
        return self._sizes[min(self._shrunk, len(self._sizes) - 1)]

    @property
    def end(self) -> int:
        """Return a time after everything that has happened, in ms."""
        return self._client.now + _AHEAD

    async def recent(self) -> Sequence[Any]:
        """Return a page of those rows of the last days that name doors."""
        start = self.end - WINDOW
        try:
            page = await self._page(start, self.end, 0, AUTH_EVENTS)
        except TooLarge:
            return ()
        return page.rows

    async def read(self, start: int, end: int) -> AsyncIterator[list[Any]]:
        """Read the rows between two times in ms, oldest window first.

        Within a window rows have no order. Each row is handed out at least once.
        """
        windows = [
            part
            for whole in _divided(start, end, -(-(end - start) // WINDOW))
            for part in self.left_out.around(*whole)
        ][::-1]
        while windows:
            first, last = windows.pop()
            rows, total = await self._window(first, last)
            if rows is not None:
                yield rows
                continue
            parts = max(2, min(-(-total * 3 // (_LARGEST * 2)), 256))
            windows += _divided(first, last, parts)[::-1]

    async def _window(self, start: int, end: int) -> tuple[list[Any] | None, int]:
        """Return all rows of a window and their number; None if they are too many."""
        wide = end - start > _NARROWEST
        for _ in range(_TRIES):
            rows, total = await self._pages(start, end)
            if wide and total > _LARGEST:
                return None, total
            if len(rows) >= total:
                self._shrunk = max(0, self._shrunk - 1)
                return rows, total
        if wide:
            return None, total
        # Its `total` is wrong, or rows vanish: there is nothing more to be had.
        self.incomplete += 1
        return rows, total

    async def _pages(self, start: int, end: int) -> tuple[list[Any], int]:
        """Return the different rows of a window, and how many there were at first.

        Rows that appear meanwhile move others to later pages, where they come again.
        `total` may count all pages or one, and pages may be smaller than asked for.
        Where an answer is too large smaller pages are asked for, down to one row; a row
        that is too large itself is left out.
        """
        found: dict[object, Any] = {}
        number = first = missed = 0
        wide = end - start > _NARROWEST
        while number <= _LARGEST:
            try:
                page = await self._page(start, end, number)
            except TooLarge:
                if self._size > 1:
                    self._shrunk += 1
                    return await self._pages(start, end)
                if wide:
                    return [], _LARGEST * 2
                # Nothing was then, so only who answers this to all is silent now.
                await self._page(0, 1, 0)
                missed += 1
                number += 1
                continue
            except (RequestRejected, ConnectError) as err:
                refused = isinstance(err, RequestRejected) or err.key == "unknown_place"
                if number == 0 or not refused or len(found) + missed < first:
                    raise
                # All that was promised is there: this is after the last page.
                break
            before, count = len(found), len(page.rows)
            for place, row in enumerate(page.rows):
                found[_identity(row, (number, place))] = row
            if number == 0:
                first = page.total or 0
            number += 1
            if len(found) == before:
                break
            if wide and max(first, len(found)) > _LARGEST:
                return [], max(first, len(found))
            if page.total is not None and page.total > count:
                if len(found) + missed >= page.total:
                    break
            elif count < self._size and count % 5:
                # Limits are round numbers, so this page was not cut by one.
                break
        if missed:
            self.left_out.add(start, end, "CLUe's answer is too large to be read")
            first = min(first, len(found))
        return list(found.values()), first

    async def _page(
        self, start: int, end: int, number: int, only: Sequence[str] = ()
    ) -> Page:
        """Return a page, of a smaller size from now on if CLUe wants it smaller.

        So is the first one if it is too large.
        """
        while True:
            try:
                return await self._client.events(start, end, number, self._size, only)
            except RequestRejected as err:
                if number or len(self._sizes) == 1 or "size" not in err.reason.lower():
                    raise
                del self._sizes[0]
            except TooLarge:
                if number or self._size == 1:
                    raise
                self._shrunk += 1


def _identity(row: Any, place: tuple[int, int]) -> object:
    """Return what tells that a row is the same as one on another page."""
    raw = mapping(row)
    if (log_id := text(raw.get("logId"))) is not None:
        return log_id
    told = tuple(text(raw.get(name)) for name in ("deviceId", "localLogId", "eventAt"))
    return told if any(told) else place


def _divided(start: int, end: int, parts: int) -> list[tuple[int, int]]:
    """Return a window in parts, oldest first, that share their edges."""
    parts = max(1, min(parts, max(1, end - start)))
    if end < start:
        raise ConnectError("answer_unreadable")
    edges = [start + (end - start) * part // parts for part in range(parts + 1)]
    return list(pairwise(edges))
