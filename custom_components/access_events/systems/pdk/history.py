"""Filling what the stream did not tell of a PDK system, from its event reports."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta
import logging

from ..base import Batch, ConnectError, Gap, PermissionMissing, RequestRejected, Signal
from ..http import TooLarge
from ..parsing import from_milliseconds
from .position import PREVIEWS, Hole
from .reports import Cut, Days, QuotaUsedUp, Rows
from .site import Site

_AT_ONCE = timedelta(days=30)
_DAY = timedelta(days=1)

_LOGGER = logging.getLogger(__name__)


class History:
    """Fills holes, oldest first, as far as the quotas allow."""

    def __init__(self, site: Site) -> None:
        """Read the reports of a site."""
        self._site = site
        self.postponed = False

    @property
    def may_ask(self) -> bool:
        """Return whether a report may be asked for now."""
        return not self._site.reports.quota.pause(self._site.now)

    async def fill(self, *, whole: bool) -> AsyncGenerator[Signal]:
        """Tell what is missing; what can't be read now stays a hole.

        Reports are not all there is to a system, so one that fails ends nothing.
        Without `whole` only previews are read, which don't take long. `postponed` tells
        afterwards whether something stayed.
        """
        site = self._site
        assert site.position is not None
        self.postponed = False
        before = site.states()
        async with aclosing(self._fill_all(whole=whole)) as signals:
            async for signal in signals:
                yield signal
        for signal in site.changed_since(before):
            yield signal

    async def _fill_all(self, *, whole: bool) -> AsyncGenerator[Signal]:
        """Tell what happened in all holes."""
        site = self._site
        assert site.position is not None
        for hole in tuple(site.position.holes):
            if not self.may_ask:
                self.postponed = True
                return
            try:
                async with aclosing(self._fill_one(hole, whole=whole)) as signals:
                    async for signal in signals:
                        yield signal
            except (QuotaUsedUp, ConnectError) as err:
                _LOGGER.debug("A time is left to be read later: %s", err)
                self.postponed = True
                yield Batch(cursor=site.cursor())
                return
            except PermissionMissing as err:
                yield site.reports_missing(err)
                for signal in self._lost(hole, err.permission):
                    yield signal
            except RequestRejected as err:
                for signal in self._lost(hole, err.reason):
                    yield signal
            else:
                for signal in site.reports_work():
                    yield signal
                if hole.long and not whole:
                    self.postponed = True
                    continue
            if hole in site.position.holes:
                site.position.holes.remove(hole)
            yield Batch(cursor=site.cursor())

    async def look(self, hole: Hole) -> AsyncGenerator[Signal]:
        """Look at a time of which the stream may not have told all.

        A report may have its last moments late, and some things are in reports only.
        """
        site = self._site
        assert site.position is not None
        rows: Rows | None = None
        if self.may_ask:
            try:
                site.reports.count(PREVIEWS)
                rows = await site.reports.preview(hole.start, site.now)
            except (ConnectError, QuotaUsedUp) as err:
                _LOGGER.debug("Could not look now: %s", err)
            except (PermissionMissing, RequestRejected) as err:
                _LOGGER.debug("Could not look: %s", err)
                return
        if rows is None:
            site.position.add(hole.start, hole.end)
        else:
            before = site.states()
            for signal in site.replay(rows.happenings):
                yield signal
            for signal in site.changed_since(before):
                yield signal
        yield Batch(cursor=site.cursor())

    async def _fill_one(self, hole: Hole, *, whole: bool) -> AsyncGenerator[Signal]:
        """Tell what happened in a hole; without `whole` only if a preview tells it."""
        site = self._site
        rows: Rows | None = None
        if not hole.long:
            with suppress(QuotaUsedUp, TooLarge):
                site.reports.count(PREVIEWS)
                yield Batch(cursor=site.cursor())
                rows = await site.reports.preview(hole.start, hole.end)
        if rows is not None:
            for told in (*rows.unreadable, *site.replay(rows.happenings)):
                yield told
            return
        hole.long = True
        if not whole:
            return
        days = Days.around(hole.start, hole.end)
        first = days.first
        while True:
            last = min(first + _AT_ONCE, days.last)
            async with aclosing(site.reports.read(Days(first, last))) as parts:
                async for part in parts:
                    if part is None:
                        # What is used is kept, whatever becomes of the report.
                        yield Batch(cursor=site.cursor())
                        continue
                    if isinstance(part, Cut):
                        yield self._cut(hole, part.days)
                        continue
                    for told in (*part.unreadable, *site.replay(part.happenings)):
                        yield told
            if last == days.last:
                return
            first = last
            midnight = datetime(last.year, last.month, last.day, tzinfo=UTC)
            known = round((midnight - 2 * _DAY).timestamp() * 1000)
            hole.start = min(max(hole.start, known), hole.end)
            yield Batch(cursor=site.cursor())

    def _cut(self, hole: Hole, days: Days) -> Signal:
        """Return that PDK left out some of what happened in a few days."""
        begins = datetime(days.first.year, days.first.month, days.first.day, tzinfo=UTC)
        ends = datetime(days.last.year, days.last.month, days.last.day, tzinfo=UTC)
        start = max(begins, from_milliseconds(hole.start))
        end = min(ends + _DAY, from_milliseconds(hole.end))
        return Gap(
            min(start, end), max(start, end), "PDK left some rows out of its report"
        )

    def _lost(self, hole: Hole, detail: str) -> list[Signal]:
        """Return that a hole can't be read; what was never ours is not lost."""
        position = self._site.position
        assert position is not None
        if hole.start <= position.floor:
            return []
        return [Gap(from_milliseconds(hole.start), from_milliseconds(hole.end), detail)]
