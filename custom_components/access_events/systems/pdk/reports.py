"""PDK's event reports: the only way to what happened before.

Source: developer.pdk.io 2.0, "Reports". A preview answers at once with up to 50 rows. A
whole report is ordered, appears in a list, is made in the background, is read in pages
and then deleted. Both take whole days, and both are rationed by the day.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
import re
import time
from typing import Any

from ..base import (
    AccessSystemError,
    ConnectError,
    PermissionMissing,
    RateLimited,
    RequestRejected,
    Unreadable,
)
from ..http import Answer
from ..parsing import from_milliseconds, items, mapping, redact_shape, text
from .client import PdkClient
from .events import Happening, read_row
from .position import PREVIEWS, REPORTS, Quota

PREVIEW_ROWS = 50
_EVENTS = "/reports/events"
_EAST, _WEST = timedelta(hours=14), timedelta(hours=12)
"""A report's days are those of some time zone that is not documented."""
_DAY = timedelta(days=1)
_FIRST_LOOK, _LONGEST_LOOK = 0.2, 10.0
_LONGEST_MAKING = 900.0
_QUOTA = re.compile(r"quota|limit|exceed|too many", re.IGNORECASE)
_TRUNCATED = "finishedTruncated"
_MAKING = frozenset({"pending", "executing", "queued", "created", "running"})


class QuotaUsedUp(AccessSystemError):
    """PDK makes no more reports today."""

    key = "quota_used_up"


class ReportFailed(ConnectError):
    """PDK did not make a report; another one may succeed."""

    key = "report_failed"


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a report, the first and the last one."""

    first: date
    last: date

    @classmethod
    def around(cls, start: int, end: int) -> Days:
        """Return the days that hold two times (ms) in whatever time zone.

        One more at the end, in case the last day of a report is not part of it.
        """
        return cls(
            (from_milliseconds(start) - _WEST).date(),
            (from_milliseconds(end) + _EAST).date() + _DAY,
        )

    def until(self, last: date) -> Days:
        """Return the same days, but none after one."""
        return Days(min(self.first, last), min(self.last, last))

    @property
    def filters(self) -> dict[str, Any]:
        """Return what asks for a report of these days."""
        return {
            "filters": [
                {
                    "type": "occurred",
                    "period": "custom",
                    "startDate": self.first.isoformat(),
                    "stopDate": self.last.isoformat(),
                }
            ]
        }

    def matches(self, request: object) -> bool:
        """Return whether a listed request is for these days, as far as it tells."""
        filters = items(mapping(request).get("filters"))
        return not filters or any(
            (text(told.get("startDate")) or "")[:10] == self.first.isoformat()
            and (text(told.get("stopDate")) or "")[:10] == self.last.isoformat()
            for told in map(mapping, filters)
        )

    def halves(self) -> tuple[Days, ...]:
        """Return smaller ranges that hold the same days; none if that can't be.

        They share the day in the middle, in case the last one is not part of them.
        """
        span = (self.last - self.first).days
        if span <= 0:
            return ()
        if span == 1:
            return Days(self.first, self.first), Days(self.last, self.last)
        middle = self.first + timedelta(days=span // 2)
        return Days(self.first, middle), Days(middle, self.last)


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a report, in the order in which they happened."""

    happenings: list[Happening]
    unreadable: list[Unreadable]


@dataclass(frozen=True, slots=True)
class Cut:
    """A day of which PDK left rows out, and that can't be made smaller."""

    days: Days


class Reports:
    """Reads what happened in some time, within the quotas."""

    def __init__(self, client: PdkClient) -> None:
        """Use a system's client; the quota comes with the position."""
        self._client = client
        self.quota = Quota()
        self.truncated = 0
        self._only_past = False

    def count(self, kind: str) -> None:
        """Count one that is about to be asked for; raises `QuotaUsedUp`.

        It is counted, and kept, before it is asked for: who is interrupted meanwhile
        has used it all the same.
        """
        now = self._client.wire.now
        if not self.quota.left(kind, now):
            raise QuotaUsedUp
        self.quota.use(kind, now)

    async def preview(self, start: int, end: int) -> Rows | None:
        """Return the newest rows, None if they don't reach back to `start` (ms).

        It must have been counted.
        """
        answer, _ = await self._ask(PREVIEWS, Days.around(start, end))
        raw = self._client.rows_of(answer)
        times = [
            happening.at for row in raw if (happening := read_row(row)) is not None
        ]
        if len(raw) >= PREVIEW_ROWS and not (
            # Sorted from the newest on, or else the newest ones may be missing.
            times and times[0] > times[-1] and times[-1] <= start
        ):
            return None
        return _read(raw)

    async def read(self, days: Days) -> AsyncGenerator[Rows | Cut | None]:
        """Read whole reports; days with too many rows are read in smaller ranges.

        Each is counted first; None says that it was, before it is asked for.
        """
        self.count(REPORTS)
        yield None
        request_id, days, truncated = await self._make(days)
        smaller = days.halves() if truncated else ()
        try:
            if not smaller:
                path = f"{_EVENTS}/requests/{request_id}/view"
                async for raw in self._client.pages(path):
                    yield _read(raw)
        finally:
            with suppress(AccessSystemError):
                await self._client.send("DELETE", f"{_EVENTS}/requests/{request_id}")
        if truncated and not smaller:
            yield Cut(days)
        for part in smaller:
            async for told in self.read(part):
                yield told

    async def _make(self, days: Days) -> tuple[str, Days, bool]:
        """Have a report made; returns its id and days, and whether rows were left out."""
        path = f"{_EVENTS}/requests"
        before = {_id(row) for row in await self._listed(path)}
        answer, days = await self._ask(REPORTS, days)
        request_id = _id(answer.json)
        pause, began = _FIRST_LOOK, time.monotonic()
        status: str | None = None
        while True:
            if request_id is None:
                request_id = next(
                    (
                        found
                        for row in await self._listed(path)
                        if (found := _id(row)) not in before and days.matches(row)
                    ),
                    None,
                )
            if request_id is not None:
                told = mapping(await self._client.get(f"{path}/{request_id}"))
                status = text(told.get("status"))
                if status is not None and status not in _MAKING:
                    break
            if time.monotonic() - began > _LONGEST_MAKING:
                break
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_LOOK)
        if request_id is None or status is None or not status.startswith("finished"):
            if request_id is not None:
                with suppress(AccessSystemError):
                    await self._client.send("DELETE", f"{path}/{request_id}")
            raise ReportFailed
        truncated = status == _TRUNCATED
        self.truncated += truncated
        return request_id, days, truncated

    async def _listed(self, path: str) -> list[Any]:
        """Return the requests there are, the newest of them at least."""
        answer = await self._client.read(path, {"page": "0", "per_page": "100"})
        return self._client.rows_of(answer)

    async def _ask(self, kind: str, days: Days) -> tuple[Answer, Days]:
        """Ask for a preview or a report that was counted.

        Returns the answer and the days that were asked for: none to come, if PDK
        refuses those.
        """
        wire = self._client.wire
        today = from_milliseconds(wire.now).date()
        if self._only_past:
            days = days.until(today)
        try:
            path = f"{_EVENTS}/{kind}"
            return await self._client.send("POST", path, days.filters), days
        except RateLimited as err:
            if err.retry_after is None or err.retry_after <= 60:
                raise
        except PermissionMissing as err:
            if _QUOTA.search(err.permission) is None:
                raise
        except RequestRejected:
            if days.last <= today:
                raise
            self._only_past = True
            self.count(kind)
            return await self._ask(kind, days)
        self.quota.exhaust(kind, wire.now)
        raise QuotaUsedUp


def _id(row: object) -> str | None:
    """Return the id of a request."""
    return text(mapping(row).get("id"))


def _read(raw: list[Any]) -> Rows:
    """Return rows as far as they are understood, oldest first."""
    happenings: list[Happening] = []
    unreadable: list[Unreadable] = []
    for row in raw:
        if (happening := read_row(row)) is None:
            unreadable.append(Unreadable("report", redact_shape(row)))
        else:
            happenings.append(happening)
    happenings.sort(key=lambda happening: happening.at)
    return Rows(happenings, unreadable)
