"""The API's envelope, keys and limits, and the search for events."""

from collections.abc import Awaitable, Callable
import time
from typing import Any

from aiohttp import web

from tests.simulators.common import Json
from tests.simulators.common_faults import as_json

from .log import Row
from .modes import Modes
from .site import ApiKey
from .world import World

_DAY_MS = 86_400_000
_NUMBERS = ("placeId", "deviceId", "doorId", "authId", "localLogId")
_DEFAULT_SIZE = 20


class ApiError(Exception):
    """A refusal, as the envelope says it."""

    def __init__(
        self, code: int, message: str, headers: dict[str, str] | None = None
    ) -> None:
        """Refuse with a code, which is the HTTP status too, and a message."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.headers = headers or {}


type Endpoint = Callable[[web.Request, ApiKey], Awaitable[Json]]


def answer(data: Json, code: int = 200, message: str = "OK") -> Json:
    """Return an envelope around data."""
    return {"code": code, "status": code == 200, "message": message, **data}


class Api:
    """What stands before every endpoint of the cloud."""

    def __init__(self, sim: World) -> None:
        """Serve a simulator."""
        self.sim = sim
        self._asked: dict[str, list[float]] = {}

    def handler(self, endpoint: Endpoint) -> Callable[..., Any]:
        """Return what checks the path, the key and the limits of an endpoint."""

        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                self._check_path(request)
                key = self.key_of(request)
                self._limit(key)
                return web.json_response(text=as_json(await endpoint(request, key)))
            except ApiError as error:
                return self.refuse(error)

        return handle

    def _check_path(self, request: web.Request) -> None:
        """Refuse the path of the other revision."""
        base = "/v1/be" if request.path.startswith("/v1/be/") else "/v1"
        if base != self.sim.modes.base_path:
            raise ApiError(404, "Not Found")

    def refuse(self, error: ApiError) -> web.Response:
        """Return the answer of a refusal."""
        modes = self.sim.modes
        status = 200 if modes.errors_as_200 else error.code
        if modes.error_body == "gateway" and not modes.errors_as_200:
            page = f"<html><body><h1>{error.code}</h1></body></html>"
            return web.Response(
                status=status,
                text=page,
                content_type="text/html",
                headers=error.headers,
            )
        return web.json_response(
            answer({}, error.code, error.message), status=status, headers=error.headers
        )

    def key_of(self, request: web.Request) -> ApiKey:
        """Return the key of a request. Raises ApiError 401."""
        header = request.headers.get("Authorization", "")
        kind, _, value = header.partition(" ")
        if self.sim.modes.bare_key and not value:
            kind, value = "Bearer", kind
        key = self.sim.site.keys.get(value)
        if kind != "Bearer" or key is None:
            raise ApiError(401, "Unauthorized")
        if key.expires_at <= self.sim.clock.ms():
            raise ApiError(401, "API key has expired")
        return key

    def _limit(self, key: ApiKey) -> None:
        """Refuse a key that asks too often."""
        modes = self.sim.modes
        if not modes.rate_limit:
            return
        now = time.monotonic()
        asked = [
            moment
            for moment in self._asked.get(key.value, [])
            if now - moment < modes.rate_seconds
        ]
        self._asked[key.value] = asked
        if len(asked) >= modes.rate_limit:
            wait = max(1, round(modes.rate_seconds - (now - asked[0])))
            raise ApiError(429, "Too Many Requests", {"Retry-After": str(wait)})
        asked.append(now)


class EventsApi:
    """`GET /events`."""

    def __init__(self, sim: World) -> None:
        """Serve a simulator."""
        self.sim = sim
        self.grow_rows = 0
        self.grow_pages = 0

    async def events(self, request: web.Request, key: ApiKey) -> Json:
        """Return a page of events."""
        modes, query = self.sim.modes, request.query
        places = _places(query.get("placeId", ""), key)
        since = _number(query.get("startTime"), "startTime")
        until = _number(query.get("endTime"), "endTime")
        self._check_window(since, until)
        if until is not None and not modes.end_inclusive:
            until -= 1
        page = _number(query.get("page"), "page")
        size = _number(query.get("size"), "size", least=1)
        if size is not None and size > modes.size_limit:
            raise ApiError(
                400, f"size must be less than or equal to {modes.size_limit}"
            )
        types = frozenset(filter(None, query.get("filterEvents", "").split(",")))
        found = self.sim.log.find(places, since, until, types or None)
        if modes.past_end and page and page * (size or _DEFAULT_SIZE) >= len(found):
            raise ApiError(modes.past_end, "There is no such page")
        chosen = self._page(self._sort(found, query.get("sort", "id,desc")), page, size)
        totals: Json = {
            "exact": len(found),
            "page": len(chosen),
            "text": str(len(found)),
        }
        data: Json = {"data": [render(row, modes) for row in chosen]}
        if modes.total != "absent":
            data = {"total": totals[modes.total]} | data
        body = answer(data)
        await self._grow()
        return body

    def _check_window(self, since: int | None, until: int | None) -> None:
        """Refuse a time range that is turned round or too long."""
        if since is None:
            return
        end = self.sim.clock.ms() if until is None else until
        if until is not None and since > until:
            raise ApiError(400, "startTime must be before endTime")
        if end - since > self.sim.modes.window_days * _DAY_MS:
            days = f"{self.sim.modes.window_days:g}"
            raise ApiError(400, f"startTime must be within {days} days from endTime")

    def _sort(self, found: list[Row], sort: str) -> list[Row]:
        """Return rows in the order that this cloud has, whatever is asked."""
        field, _, direction = sort.partition(",")
        if field != "id" or direction not in ("asc", "desc"):
            raise ApiError(400, "sort must be 'id,asc' or 'id,desc'")
        if self.sim.modes.order == "id":
            return sorted(
                found, key=lambda row: row.number, reverse=direction == "desc"
            )
        return found if self.sim.modes.order == "oldest" else found[::-1]

    def _page(self, rows: list[Row], page: int | None, size: int | None) -> list[Row]:
        """Return one page; without `page` and `size` it is all rows."""
        if page is not None or size is not None:
            size = size or _DEFAULT_SIZE
            first = (page or 0) * size
            rows = rows[first : first + size]
        if self.sim.modes.order == "shuffled":
            rows = sorted(rows, key=lambda row: row.log_id)
        return rows

    async def _grow(self) -> None:
        """Let something happen between two pages, as often as planned."""
        if self.grow_pages > 0:
            self.grow_pages -= 1
            await self.sim.burst(self.grow_rows)


def render(row: Row, modes: Modes) -> Json:
    """Return a row as the API gives it."""
    user: str | int | None = row.user_key
    if modes.ids == "number":
        user = row.user_id
    body: Json = {
        "logId": row.number if modes.ids == "number" else row.log_id,
        "eventAt": row.event_at,
        "placeId": row.place_id,
        "authId": row.auth_id,
        "deviceId": row.device_id,
        "doorId": row.door_id,
        "doorName": row.door_name,
        "userId": user,
        "localLogId": row.local_id,
        "eventType": row.event_type,
    }
    if modes.person_field != "useName":
        body["userName"] = row.user_name
    if modes.person_field != "userName":
        body["useName"] = row.user_name
    if modes.ids == "text":
        for name in _NUMBERS:
            body[name] = None if body[name] is None else str(body[name])
    if modes.empty == "absent":
        body = {name: value for name, value in body.items() if value is not None}
    return {
        name: value for name, value in body.items() if name not in modes.drop_fields
    }


def _places(text: str, key: ApiKey) -> tuple[int, ...]:
    """Return the places that are asked for. Raises ApiError 400, 403."""
    if not text:
        return key.places
    place = _number(text, "placeId")
    assert place is not None
    if place not in key.places:
        raise ApiError(403, "Access to the place is denied")
    return (place,)


def _number(text: str | None, name: str, least: int = 0) -> int | None:
    """Return a whole number of the query. Raises ApiError 400."""
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise ApiError(400, f"{name} is not valid")
    return int(text)
