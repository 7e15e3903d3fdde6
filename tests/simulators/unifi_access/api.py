"""The developer API's frame: routes, tokens, permission keys, the envelope."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
import json
from typing import Any

from aiohttp import web

from tests.simulators.common_faults import Handler, as_json

from .system import System

type Json = dict[str, Any]
type Endpoint = Callable[[web.Request], Awaitable[object]]

BASE = "/api/v1/developer"
MESSAGES = {
    "PARAMS_INVALID": "Invalid parameters.",
    "SYSTEM_ERROR": "An error occurred on the server's end.",
    "RESOURCE_NOT_FOUND": "The requested resource was not found.",
    "OPERATION_FORBIDDEN": "The requested operation is not allowed.",
    "AUTH_FAILED": "Authentication failed.",
    "ACCESS_TOKEN_INVALID": "The provided access token is invalid.",
    "UNAUTHORIZED": "Not allowed to perform this action.",
    "NOT_EXISTS": "The requested item does not exist.",
    "OTHERS_UID_ADOPTED_NOT_SUPPORTED": (
        "The API is not available after upgrading to Identity Enterprise."
    ),
}
ABSENT = object()


class ApiError(Exception):
    """A refusal, with the vendor's code without `CODE_`."""

    def __init__(self, code: str, status: int = 400) -> None:
        """Refuse with a code and an HTTP status."""
        super().__init__(code)
        self.code = code
        self.status = status

    def answer(self) -> web.Response:
        """Return the HTTP answer."""
        message = MESSAGES.get(self.code, self.code.replace("_", " ").capitalize())
        body = {"code": f"CODE_{self.code}", "msg": message}
        return web.json_response(body, status=self.status)


@dataclass(slots=True, frozen=True)
class Page:
    """A list with the counts that stand beside it."""

    items: list[Any]
    number: int
    size: int
    total: int


@dataclass(slots=True, frozen=True)
class Route:
    """One endpoint, the permission key it needs, and since which version it is."""

    method: str
    path: str
    scope: str
    endpoint: Endpoint
    since: str = "1.9.1"


def install(app: web.Application, sim: System, routes: Sequence[Route]) -> None:
    """Add the routes, and what surrounds them, to an application."""
    app.middlewares.append(_no_mans_zone)
    _install_neighbours(app, sim)
    for route in routes:
        app.router.add_route(
            route.method, BASE + route.path, _handler(sim, route), name=None
        )

    async def set_date(_: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = format_datetime(sim.clock.now(), usegmt=True)

    app.on_response_prepare.append(set_date)


def _install_neighbours(app: web.Application, sim: System) -> None:
    """Add what tells a key of Protect or Network from a token of Access."""

    def neighbour(name: str) -> Handler:
        async def info(request: web.Request) -> web.Response:
            if request.headers.get("X-API-KEY") != sim.tokens[name]:
                return web.json_response({"error": "Unauthorized"}, status=401)
            return web.json_response({"applicationVersion": "6.1.79"})

        return info

    prefix = "/proxy/{}/integration/v1/"
    app.router.add_get(prefix.format("protect") + "meta/info", neighbour("protect"))
    app.router.add_get(prefix.format("network") + "info", neighbour("network"))


@web.middleware
async def _no_mans_zone(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer wrong verbs and unknown paths as the controller does."""
    try:
        return await handler(request)
    except web.HTTPMethodNotAllowed:
        return web.Response(status=404, text="no-man zone")
    except web.HTTPNotFound:
        return ApiError("NOT_EXISTS", 404).answer()


def _handler(sim: System, route: Route) -> Handler:
    """Return what checks the token, calls the endpoint and wraps its answer."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            _authorise(sim, request, route)
            return _wrap(await route.endpoint(request))
        except ApiError as error:
            if sim.modes.errors_as_200:
                error.status = 200
            return error.answer()

    return handle


def _authorise(sim: System, request: web.Request, route: Route) -> None:
    """Refuse a request that its token, the site or the version do not allow."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    scopes = sim.scopes.get(token)
    if kind != "Bearer" or scopes is None:
        raise ApiError(sim.modes.invalid_token_code, 401)
    if sim.modes.identity_enterprise:
        raise ApiError("OTHERS_UID_ADOPTED_NOT_SUPPORTED")
    if not sim.modes.at_least(route.since):
        raise web.HTTPNotFound
    if route.scope not in scopes:
        raise ApiError("UNAUTHORIZED", sim.modes.scope_status)


def _wrap(answer: object) -> web.StreamResponse:
    """Return an endpoint's answer in the envelope."""
    if isinstance(answer, web.StreamResponse):
        return answer
    body: Json = {"code": "SUCCESS", "data": answer, "msg": "success"}
    if isinstance(answer, Page):
        body["data"] = answer.items
        body["pagination"] = {
            "page_num": answer.number,
            "page_size": answer.size,
            "total": answer.total,
        }
    if answer is ABSENT:
        del body["data"]
    return web.json_response(text=as_json(body))


async def body_of(request: web.Request) -> Json:
    """Return the JSON object in the body; an empty body is an empty object."""
    found = await any_body_of(request)
    if not isinstance(found, dict):
        raise ApiError("PARAMS_INVALID")
    return found


async def any_body_of(request: web.Request) -> Any:
    """Return the JSON value in the body; an empty body is an empty object."""
    if not (raw := await request.read()):
        return {}
    try:
        return json.loads(raw)
    except ValueError as error:
        raise ApiError("PARAMS_INVALID") from error


def text(body: Json, name: str, *, required: bool = False) -> str:
    """Return a text field. Refuses another type, and a missing one if required."""
    value = body.get(name, "")
    if not isinstance(value, str) or (required and not value):
        raise ApiError("PARAMS_INVALID")
    return value


def whole(body: Json, name: str, *, required: bool = False) -> int | None:
    """Return a whole number. Refuses another type, and a missing one if required."""
    value = body.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise ApiError("PARAMS_INVALID")
    return value


def paging(request: web.Request, size: int = 25) -> tuple[int, int]:
    """Return the page number and size that the query asks for."""
    try:
        number = int(request.query.get("page_num", "1"))
        wanted = int(request.query.get("page_size", str(size)))
    except ValueError as error:
        raise ApiError("PARAMS_INVALID") from error
    if number < 1 or wanted < 1:
        raise ApiError("PARAMS_INVALID")
    return number, wanted


def paged(request: web.Request, items: list[Any]) -> Page | list[Any]:
    """Return one page of a list, or all of it where no page is asked for."""
    if "page_size" not in request.query and "page_num" not in request.query:
        return items
    number, size = paging(request)
    first = (number - 1) * size
    return Page(items[first : first + size], number, size, len(items))
