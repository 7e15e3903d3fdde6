"""Reading a BAS-IP panel's log, in either dialect, whatever order its pages have.

Source: BAS-IP's API page "Get logs list" (Android) and its Camdroid counterpart.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
import json
import re
from typing import Any

from ..base import ConnectError, RequestRejected
from ..http import TooLarge
from ..parsing import from_json, integer, items, mapping, milliseconds, number, text
from ..polled import LeftOut
from .client import BasIpClient, NotFound

CATEGORIES = ("access", "emergency", "info", "system")
LANGUAGES = ("en", "es", "ru", "uk", "pl", "nl", "tr", "fr", "da")
OVERLAP = 30_000
"""How far before the newest row to read again, in ms."""

_PATHS = ("log/items", "log/list")
_OPTIONS = ("list_option", "options")
_ENVELOPE = ("list_items", *_OPTIONS)
_LIMITS = (50, 10)
_LARGEST = 500
"""How many rows of a window are held at a time; wider windows are divided."""
_TRIES = 3
_FAR = 100 * 365 * 86_400_000
"""What is after any row, in ms from the start of a window."""
_CAMDROID = re.compile(
    r"^(AV-?\d+\w*D|BA-?\d+\w*D|AA-?07BD|CR-?02BD|SH-?\d+)", re.IGNORECASE
)
"""Their models; the page of `/api/info` has them as `av03bd`."""


@dataclass(slots=True)
class Position:
    """Where reading goes on; small as text.

    `at` is the newest time that was read, in ms of the panel's clock; nothing from
    before `floor` is wanted. `own` are the keys of our own logins in the log.
    """

    at: int
    floor: int
    locks: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, cursor: str) -> Position:
        """Read a cursor; what can't be read of it starts anew."""
        stored = mapping(from_json(cursor))
        return cls(
            integer(stored.get("at")) or 0,
            integer(stored.get("floor")) or 0,
            list(filter(None, map(text, items(stored.get("locks"))))),
            list(filter(None, map(text, items(stored.get("own"))))),
        )

    def dump(self) -> str:
        """Return the cursor."""
        stored: dict[str, Any] = {"at": self.at, "floor": self.floor}
        if self.locks:
            stored["locks"] = self.locks
        if self.own:
            stored["own"] = self.own
        return json.dumps(stored, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of the log, and how much there is in all if that is told."""

    rows: Sequence[Any] = field(repr=False)
    total: int | None
    pages: int | None


def is_camdroid(info: Mapping[str, Any]) -> bool:
    """Tell which of the two families a panel is of, by its model, else by its API."""
    model = text(info.get("device_model")) or ""
    if model:
        return bool(_CAMDROID.match(model)) and "08FB" not in model
    version = re.findall(r"\d+", text(info.get("api_version")) or "")
    return [int(part) for part in version[:2]] in ([1, 0], [1, 1], [1, 2], [1, 3])


class LogReader:
    """Reads one panel's log."""

    def __init__(
        self,
        client: BasIpClient,
        language: str,
        categories: Collection[str] = CATEGORIES,
    ) -> None:
        """Read with a client; rows' texts are in a language, if the panel has it.

        Of the rows only some categories are wanted.
        """
        self._client = client
        self._unwanted = frozenset(CATEGORIES).difference(categories)
        self._filters = bool(self._unwanted)
        self._dialects = 2
        self._language = language if language in LANGUAGES else "en"
        self._limits = list(_LIMITS)
        self._paths = list(_PATHS)
        self._path_known = False
        self._seconds = False
        self._unit_known = False
        self._closed = False
        """Whether the panel wants each window's end told with its start."""
        self.camdroid = False
        self.whole_seconds = False
        """Whether the log tells its times in whole seconds."""
        self._small = False
        """Whether pages are as small as can be, as an answer was too large."""
        self.incomplete = 0
        self.left_out = LeftOut()

    @property
    def _limit(self) -> int:
        """Return how many rows to ask for at a time."""
        return self._limits[-1 if self._small else 0]

    def wants(self, category: str | None) -> bool:
        """Tell whether rows of a category are wanted; those that are unknown are."""
        return category not in self._unwanted

    async def newest(self) -> int | None:
        """Return the time of the newest row in ms, None if there is none.

        It also finds out in which unit the panel wants times: in the wrong one it
        shows nothing at all.
        """
        try:
            page = await self._page(None, None, 1, ascending=False)
        except TooLarge:
            if not self._shrink():
                raise
            return await self.newest()
        rows = list(page.rows)
        if (page.pages or 1) > 1:
            # Whichever end of the log it is, one of them can be read.
            with suppress(TooLarge):
                rows += (
                    await self._page(None, None, page.pages or 1, ascending=False)
                ).rows
        at = max(filter(None, map(_time, rows)), default=None)
        if at is None:
            return None
        for _ in range(2):
            self._unit_known = True
            page = await self._page(at - 1000, None, 1)
            if page.rows:
                oldest = min(filter(None, map(_time, page.rows)), default=at)
                self._closed = self._closed or oldest < at - 2000
                break
            self._seconds = not self._seconds
        return at

    async def read(self, start: int) -> AsyncIterator[list[Any]]:
        """Read the rows from a time in ms on, oldest window first.

        Each row comes with all others of its moment. Within a window rows have no
        order.
        """
        if not self._unit_known and await self.newest() is None:
            return
        rows, total = await self._window(start, None)
        if rows is not None:
            yield rows
            return
        newest = await self._newest_since(start)
        windows = [
            part
            for whole in _divided(start, newest, _parts(total))
            for part in self.left_out.around(*whole)
        ][::-1]
        while windows:
            first, last = windows.pop()
            rows, total = await self._window(first, last)
            if rows is None:
                windows += _divided(first, last, _parts(total))[::-1]
            else:
                yield [row for row in rows if first <= (_time(row) or first) < last]

    async def _newest_since(self, start: int) -> int:
        """Return a time after the newest row, in ms."""
        try:
            first = await self._page(start, None, 1, wanted=True)
            rows = list(first.rows)
            if (first.pages or 1) > 1:
                last = await self._page(start, None, first.pages or 1, wanted=True)
                rows += last.rows
        except TooLarge:
            if (now := self._client.now) is None:
                raise
            return now + 1000
        return max(filter(None, map(_time, rows)), default=start) + 1000

    async def _window(
        self, start: int, end: int | None
    ) -> tuple[list[Any] | None, int]:
        """Return all rows of a window and their number; None if they are too many.

        Rows that appear while pages are read would move others, and equal rows can't
        be told apart, so a window whose number changed is read anew.
        """
        wide = end is None or end - start >= 2000
        for _ in range(_TRIES):
            rows, total, steady = await self._pages(start, end, wide)
            if wide and max(total, len(rows)) > _LARGEST:
                return None, max(total, len(rows))
            if steady:
                self._small = False
                return rows, total
        if end is None:
            return None, total
        self.incomplete += 1
        return rows, total

    async def _pages(
        self, start: int, end: int | None, wide: bool
    ) -> tuple[list[Any], int, bool]:
        """Return a window's rows, their number as told, and whether it held still.

        Where an answer is too large smaller pages are asked for, then smaller windows;
        of the smallest window a page that is still too large is left out.
        """
        rows: list[Any] = []
        number, total, missed = 1, None, 0
        while True:
            try:
                page = await self._page(start, end, number, wanted=True)
            except TooLarge:
                if self._shrink():
                    return await self._pages(start, end, wide)
                if wide or missed == _LARGEST:
                    return [], _LARGEST * 2, True
                # Nothing was then, so only who answers this to all is silent now.
                await self._page(0, 1000, 1)
                missed, number = missed + 1, number + 1
                continue
            except RequestRejected:
                if not missed:
                    raise
                # There is no such page any more.
                break
            if missed:
                total = page.total
            if number > 1 and page.total != total:
                return rows, page.total or 0, False
            total = page.total
            rows += page.rows
            if wide and max(total or 0, len(rows)) > _LARGEST:
                return rows, total or 0, True
            if not page.rows or (page.pages is not None and number >= page.pages):
                break
            if page.pages is None and len(page.rows) < self._limit:
                break
            number += 1
        if missed:
            self.left_out.add(start, end or start, "The panel's answer is too large")
            return rows, len(rows), True
        return rows, total or 0, total is None or total == len(rows)

    async def _page(
        self,
        start: int | None,
        end: int | None,
        number: int,
        *,
        ascending: bool = True,
        wanted: bool = False,
    ) -> _Page:
        """Return a page, in the dialect that the panel turns out to speak.

        With `wanted` the panel may leave out what is not.
        """
        for _ in range(8):
            params = self._params(start, end, number, ascending)
            if wanted:
                params |= self._filter()
            try:
                answer = mapping(await self._client.get(self._paths[0], params))
            except NotFound:
                answer = {}
            except RequestRejected as err:
                if not self._adapt(err.reason.lower(), number):
                    raise
                continue
            if any(name in answer for name in _ENVELOPE):
                self._path_known = True
                return self._parsed(answer)
            # Where nothing is some panels show their web page. What is no page of the
            # log must not look like one without rows: all would seem to be read.
            if self._path_known:
                raise ConnectError("answer_unreadable")
            self._paths.reverse()
            if self._paths[0] == _PATHS[0]:
                raise ConnectError("wrong_product")
        raise ConnectError("log_refused")

    def _params(
        self, start: int | None, end: int | None, number: int, ascending: bool
    ) -> dict[str, str]:
        """Return the query for a page."""
        order = "asc" if ascending else "desc"
        params = {
            "locale": self._language,
            "limit": str(self._limit),
            "page_number": str(number),
        }
        if self.camdroid:
            params["order_by"] = f"timestamp {order}"
        else:
            params["sort_type"] = order
        unit = 1000 if self._seconds else 1
        if start is not None and self._unit_known:
            params["from"] = str(max(start // unit, 0))
        if end is None and self._closed and "from" in params:
            end = (start or 0) + _FAR
        if end is not None:
            params["to"] = str(-(-end // unit) + (1 if self._seconds else 0))
        return params

    def _filter(self) -> dict[str, str]:
        """Return what leaves out unwanted rows, as far as the panel can.

        An Android panel compares one field with one value.
        """
        if not self._filters:
            return {}
        wanted = [name for name in CATEGORIES if name not in self._unwanted]
        if self.camdroid:
            tests = [f"category eq '{name}'" for name in wanted]
            return {"filter": " or ".join(tests)}
        if len(wanted) > 1:
            return {}
        return {
            "filter_field": "category",
            "filter_type": "equal",
            "filter_value": wanted[0],
        }

    def _adapt(self, reason: str, number: int) -> bool:
        """Ask in another way after a refusal that names what was wrong."""
        if "limit" in reason and number == 1 and len(self._limits) > 1:
            del self._limits[0]
            return True
        if "filter" in reason and not self._dialects:
            # It has neither; what is not wanted is left out here anyway.
            self._filters = False
            return True
        if any(word in reason for word in ("sort", "order", "filter")):
            self._dialects = max(0, self._dialects - 1)
            self.camdroid = not self.camdroid
            return True
        if "time range" in reason and not self._closed:
            self._closed = True
            return True
        if "locale" in reason and self._language != "en":
            self._language = "en"
            return True
        return False

    def _shrink(self) -> bool:
        """Ask for smaller pages, if that is possible; tells whether it was."""
        was, self._small = self._limit, True
        return self._limit < was

    def _parsed(self, told: Mapping[str, Any]) -> _Page:
        """Return what a page holds, and take a language that the panel has."""
        option = next(filter(None, (mapping(told.get(name)) for name in _OPTIONS)), {})
        languages = items(mapping(option.get("locale")).get("available_locales"))
        if languages and self._language not in languages:
            self._language = "en"
        pages = mapping(option.get("pagination"))
        rows = items(told.get("list_items"))
        if rows and (at := _time(rows[0])) is not None:
            counted = number(mapping(rows[0]).get("timestamp"))
            self.whole_seconds = counted is not None and counted * 1000 == at
        total, count = (
            integer(pages.get("total_items")),
            integer(pages.get("total_pages")),
        )
        if total is not None and count is not None:
            limit = integer(pages.get("items_limit")) or self._limit
            if not (count - 1) * limit <= total <= count * limit:
                # It counts other rows than the pages do.
                total = None
        return _Page(rows, total, count)


def _time(row: Any) -> int | None:
    """Return a row's time in ms."""
    return milliseconds(mapping(row).get("timestamp"))


def _parts(total: int) -> int:
    """Return in how many parts a window with so many rows is best divided."""
    return max(2, min(-(-total * 3 // (_LARGEST * 2)), 1024))


def _divided(start: int, end: int, parts: int) -> list[tuple[int, int]]:
    """Return a window in parts, oldest first, that end where the next begin.

    Edges are whole seconds, since some panels count no smaller.
    """
    span = max(1, (end - start) // 1000)
    parts = max(1, min(parts, span))
    edges = [
        (start + (end - start) * part // parts) // 1000 * 1000 for part in range(parts)
    ]
    edges[0] = start
    return [pair for pair in pairwise([*edges, end]) if pair[0] < pair[1]]
