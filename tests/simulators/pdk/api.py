"""Tokens, limits, refusals and pages of the API."""

from collections import deque
from collections.abc import Awaitable, Callable
from email.utils import formatdate
import math
import time
from typing import Any

from aiohttp import web

from tests.simulators.common import Json
from tests.simulators.common_faults import as_json

from .cloud import Cloud


class ApiError(Exception):
    """A refusal: a status and a text, which is all that is known of its shape."""

    def __init__(
        self, status: int, text: str, headers: dict[str, str] | None = None
    ) -> None:
        """Refuse."""
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers or {}


type Endpoint = Callable[[web.Request], Awaitable[web.Response]]


class Limiter:
    """How many requests there were in the last second."""

    def __init__(self) -> None:
        """Start with none."""
        self._all: deque[float] = deque()
        self._writes: deque[float] = deque()

    def take(
        self, *, write: bool, total: int, writes: int, clock_s: float
    ) -> dict[str, str]:
        """Count a request and return the headers. Raises ApiError 429."""
        now = time.monotonic()
        for asked in (self._all, self._writes):
            while asked and now - asked[0] >= 1:
                asked.popleft()
        limit, asked = (writes, self._writes) if write else (total, self._all)
        left = min(limit - len(asked), total - len(self._all))
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, left - 1)),
            "X-RateLimit-Reset": str(math.ceil(clock_s + 1)),
        }
        if left <= 0:
            raise ApiError(429, "Too Many Requests", headers)
        self._all.append(now)
        if write:
            self._writes.append(now)
        return headers


class Api:
    """What stands before every endpoint."""

    def __init__(self, sim: Cloud) -> None:
        """Serve a simulator."""
        self.sim = sim
        self._limits = {"accounts": Limiter(), "systems": Limiter()}

    def accounts(self, endpoint: Endpoint) -> Endpoint:
        """Return what checks the limits of the accounts host."""

        async def check(request: web.Request) -> web.Response:
            return await endpoint(request)

        return self._handler("accounts", check)

    def systems(self, endpoint: Endpoint) -> Endpoint:
        """Return what checks token, system and limits of the systems host."""

        async def check(request: web.Request) -> web.Response:
            token = bearer(request)
            if not self.sim.tokens.valid("system", token):
                raise ApiError(401, "Unauthorized")
            if request.match_info["system"] != self.sim.site.system_id:
                raise ApiError(403, "must have access to the specified system")
            return await endpoint(request)

        return self._handler("systems", check)

    def _handler(self, host: str, endpoint: Endpoint) -> Endpoint:
        """Return what counts requests and writes refusals."""

        async def handle(request: web.Request) -> web.Response:
            headers: dict[str, str] = {}
            try:
                headers = self._limit(host, request)
                response = await endpoint(request)
            except ApiError as error:
                headers = headers | error.headers
                response = self.refuse(error)
            for name, value in headers.items():
                response.headers.setdefault(name, value)
            sent = formatdate(self.sim.clock.time(), usegmt=True)
            response.headers["Date"] = sent
            return response

        return handle

    def _limit(self, host: str, request: web.Request) -> dict[str, str]:
        """Count a request. Raises ApiError 429."""
        modes = self.sim.modes
        total, writes = modes.systems_total, modes.systems_writes
        if host == "accounts":
            total, writes = modes.accounts_total, modes.accounts_writes
        return self._limits[host].take(
            write=request.method != "GET",
            total=total,
            writes=writes,
            clock_s=self.sim.clock.time(),
        )

    def refuse(self, error: ApiError) -> web.Response:
        """Return the answer of a refusal."""
        shape = self.sim.modes.error_body
        if shape == "empty":
            return web.Response(status=error.status)
        if shape == "json":
            return answer({"message": error.text}, error.status)
        return web.Response(status=error.status, text=error.text)

    def page(self, request: web.Request, rows: list[Json]) -> web.Response:
        """Return one page of a list, with what leads to the others."""
        modes = self.sim.modes
        size = number(request, "per_page", modes.page_size, 1)
        size = min(size, modes.page_limit)
        index = number(request, "page", 0, 0)
        response = answer(rows[index * size : (index + 1) * size])
        if modes.links:
            last = max(0, math.ceil(len(rows) / size) - 1)
            pages = {"first": 0, "prev": index - 1, "next": index + 1, "last": last}
            response.headers["X-Total-Count"] = str(len(rows))
            response.headers["Link"] = ", ".join(
                f'<{request.url.update_query(page=to, per_page=size)}>; rel="{name}"'
                for name, to in pages.items()
                if 0 <= to <= last
            )
        return response


def answer(value: object, status: int = 200) -> web.Response:
    """Return JSON."""
    return web.Response(
        status=status, text=as_json(value), content_type="application/json"
    )


def done() -> web.Response:
    """Return 204 without a body."""
    return web.Response(status=204)


def bearer(request: web.Request) -> str:
    """Return the token of a request; empty if there is none."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value if kind == "Bearer" else ""


def number(request: web.Request, name: str, default: int, least: int) -> int:
    """Return a whole number of the query. Raises ApiError 400."""
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise ApiError(400, f"{name} must be a whole number")
    return int(text)


async def body_of(request: web.Request, *, empty: bool = False) -> Json:
    """Return the JSON object in a body. Raises ApiError 400."""
    if not await request.read() and empty:
        return {}
    try:
        body: Any = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ApiError(400, "a JSON object is needed")
    return body


def only(body: Json, known: tuple[str, ...], *, strict: bool) -> None:
    """Refuse fields that are not known. Raises ApiError 400."""
    for name in body:
        if strict and name not in known:
            raise ApiError(400, f'"{name}" is not allowed')
