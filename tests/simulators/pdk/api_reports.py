"""The systems host: reports of events, which are the only history there is."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
import time
from zoneinfo import ZoneInfo

from aiohttp import web

from tests.simulators.common import Json

from .api import Api, ApiError, answer, body_of, done, only
from .site import iso

_PREVIEW_ROWS = 50
_DAY_S = 86_400


@dataclass(slots=True)
class Report:
    """A report that was asked for."""

    id: str
    filters: list[Json]
    created: str
    status: str = "pending"
    rows: list[Json] = field(default_factory=list)


class ReportsApi:
    """Reports of events, with their quotas."""

    def __init__(self, api: Api) -> None:
        """Serve a simulator."""
        self.sim = api.sim
        self._api = api
        self.reports: list[Report] = []
        self.used = {"preview": 0, "generate": 0}
        self._day = 0

    def routes(self, app: web.Application) -> None:
        """Add the routes."""
        handler, add = self._api.systems, app.router
        base = "/{system}/reports/events"
        add.add_post(f"{base}/preview", handler(self._preview))
        add.add_post(f"{base}/generate", handler(self._generate))
        add.add_get(f"{base}/requests", handler(self._list))
        add.add_get(f"{base}/requests/{{report}}", handler(self._get))
        add.add_delete(f"{base}/requests/{{report}}", handler(self._delete))
        add.add_get(f"{base}/requests/{{report}}/view", handler(self._view))

    def quotas(self) -> Json:
        """Return what was used today, of what."""
        self._new_day()
        modes = self.sim.modes
        return {
            "preview": {"used": self.used["preview"], "limit": modes.preview_quota},
            "generate": {"used": self.used["generate"], "limit": modes.generate_quota},
        }

    def reset_quotas(self) -> None:
        """Let the quotas be fresh."""
        self.used = dict.fromkeys(self.used, 0)

    async def _preview(self, request: web.Request) -> web.Response:
        """Return up to 50 rows at once."""
        body = await self._filters(request)
        headers = self._use("preview")
        rows = self._rows(body)[:_PREVIEW_ROWS]
        response = answer(rows)
        response.headers.update(headers)
        return response

    async def _generate(self, request: web.Request) -> web.Response:
        """Begin a report; the answer does not say which."""
        filters = await self._filters(request)
        headers = self._use("generate")
        sim = self.sim
        report = Report(sim.site.new_id(), filters, iso(sim.clock.ms()))
        self.reports.insert(0, report)
        sim.spawn(self._work(report))
        response = done()
        response.headers.update(headers)
        return response

    async def _list(self, request: web.Request) -> web.Response:
        """Return the reports that were asked for, newest first."""
        return self._api.page(request, [self._row(item) for item in self.reports])

    async def _get(self, request: web.Request) -> web.Response:
        """Return how far a report is."""
        return answer(self._row(self._report(request)))

    async def _view(self, request: web.Request) -> web.Response:
        """Return a page of a finished report's rows."""
        report = self._report(request)
        if not report.status.startswith("finished"):
            raise ApiError(409, "report is not finished")
        return self._api.page(request, report.rows)

    async def _delete(self, request: web.Request) -> web.Response:
        """Remove a report."""
        self.reports.remove(self._report(request))
        return done()

    async def _work(self, report: Report) -> None:
        """Make a report."""
        modes = self.sim.modes
        await asyncio.sleep(modes.report_pending)
        report.status = "executing"
        await asyncio.sleep(modes.report_executing)
        rows = self._rows(report.filters)
        report.rows = rows[: modes.report_rows]
        whole = len(rows) <= modes.report_rows
        report.status = "finished" if whole else "finishedTruncated"

    def _report(self, request: web.Request) -> Report:
        """Return the report of a path. Raises ApiError 404."""
        for report in self.reports:
            if report.id == request.match_info["report"]:
                return report
        raise ApiError(404, "report not found")

    def _row(self, report: Report) -> Json:
        """Return a report as the API gives it."""
        return {
            "id": report.id,
            "status": report.status,
            "creator": {"id": self.sim.site.client_id, "name": "Test Client"},
            "created": report.created,
            "filters": report.filters,
        }

    # Filters.

    async def _filters(self, request: web.Request) -> list[Json]:
        """Return the filters of a body. Raises ApiError 400."""
        body = await body_of(request)
        only(body, ("filters",), strict=self.sim.modes.strict_fields)
        filters = body.get("filters")
        if not isinstance(filters, list) or len(filters) != 1:
            raise ApiError(400, '"filters" must have one filter of type occurred')
        first = filters[0]
        if not isinstance(first, dict) or (first.get("type"), first.get("period")) != (
            "occurred",
            "custom",
        ):
            raise ApiError(400, "only occurred in a custom period is known")
        start, stop = _day(first, "startDate"), _day(first, "stopDate")
        if stop < start:
            raise ApiError(400, '"stopDate" must not be before "startDate"')
        return filters

    def _rows(self, filters: list[Json]) -> list[Json]:
        """Return the rows of whole days, both ends in."""
        zone = ZoneInfo(self.sim.modes.report_timezone)
        start, stop = _day(filters[0], "startDate"), _day(filters[0], "stopDate")
        rows = self.sim.reports.find(
            _midnight_ms(start, zone),
            _midnight_ms(stop + timedelta(days=1), zone),
            time.monotonic(),
        )
        return rows[::-1] if self.sim.modes.report_order == "newest" else rows

    # Quotas.

    def _use(self, what: str) -> dict[str, str]:
        """Use one of a day's quota and return the headers. Raises ApiError."""
        self._new_day()
        modes = self.sim.modes
        limit = modes.preview_quota if what == "preview" else modes.generate_quota
        left = limit - self.used[what]
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, left - 1)),
            "X-RateLimit-Reset": str((self._day + 1) * _DAY_S),
        }
        if left <= 0:
            text = f"the daily limit of {limit} reports is reached"
            raise ApiError(modes.quota_status, text, headers)
        self.used[what] += 1
        return headers

    def _new_day(self) -> None:
        """Let the quotas be fresh on a new day in UTC."""
        day = int(self.sim.clock.time() // _DAY_S)
        if day != self._day:
            self._day = day
            self.reset_quotas()


def _day(item: Json, name: str) -> date:
    """Return a day of a filter. Raises ApiError 400."""
    value = item.get(name)
    try:
        if isinstance(value, str) and len(value) == len("YYYY-MM-DD"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ApiError(400, f'"{name}" must be YYYY-MM-DD')


def _midnight_ms(day: date, zone: ZoneInfo) -> int:
    """Return when a day begins."""
    moment = datetime(day.year, day.month, day.day, tzinfo=zone)
    return int(moment.astimezone(UTC).timestamp() * 1000)
