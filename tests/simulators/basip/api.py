"""What stands before every endpoint of the panel: bans, versions, sessions."""

import base64
import binascii
from collections.abc import Awaitable, Callable
import hmac
import json
import time
from typing import Any, NamedTuple

from aiohttp import web

from tests.simulators.common import Json
from tests.simulators.common_faults import as_json

from .errors import ApiError
from .site import Account
from .world import World

type Result = Json | web.Response | None
type Endpoint = Callable[[web.Request], Awaitable[Result]]


class Route(NamedTuple):
    """One endpoint below `/api/v1`."""

    method: str
    path: str
    endpoint: Endpoint
    admin: bool = False


async def json_body(request: web.Request) -> Json:
    """Return the object in a body, whatever its type says. Raises ApiError."""
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise ApiError("Wrong JSON body") from None
    if not isinstance(body, dict):
        raise ApiError("Wrong JSON body")
    return body


def member(body: Json, name: str, kind: type, *, optional: bool = False) -> Any:
    """Return a member of a body. Raises ApiError as the panel words it."""
    value = body.get(name)
    if value is None:
        if optional:
            return None
        raise ApiError(f"Wrong JSON body: no value for {name}")
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ApiError(f"Wrong JSON body: value {name} was of the wrong type")
    return value


class Api:
    """The gate of the panel."""

    def __init__(self, sim: World) -> None:
        """Serve a simulator."""
        self.sim = sim

    def install(self, app: web.Application, routes: list[Route]) -> None:
        """Add all endpoints to an application."""
        app.middlewares.append(self._guard)
        app.router.add_get("/api/info", self._info, allow_head=False)
        for version in ("v0", "v1"):
            base = f"/api/{version}"
            app.router.add_get(f"{base}/login", self._login, allow_head=False)
            for route in routes:
                app.router.add_route(
                    route.method, base + route.path, self._handler(route)
                )
        app.router.add_route("*", "/{tail:.*}", self._missing)

    @web.middleware
    async def _guard(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Turn away banned addresses and the other version; word refusals."""
        modes = self.sim.modes
        try:
            if time.monotonic() < self.sim.banned_until:
                if modes.ban_style == "drop":
                    if request.transport is not None:
                        request.transport.abort()
                    return web.Response(status=444)
                return self.refuse(ApiError("Your IP address is blocked", 403))
            parts = request.path.split("/")
            if parts[1:2] == ["api"] and parts[2:3] not in (
                ["info"],
                [modes.api_prefix],
            ):
                return _not_found()
            return await handler(request)
        except ApiError as error:
            return self.refuse(error)

    def refuse(self, error: ApiError) -> web.Response:
        """Return the answer of a refusal."""
        style = self.sim.modes.error_style
        if style == "family":
            style = "object" if self.sim.modes.family == "camdroid" else "string"
        body = error.body(as_object=style == "object")
        return web.json_response(body, status=error.status)

    def _handler(
        self, route: Route
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return what checks the session of an endpoint and wraps its answer."""

        async def handle(request: web.Request) -> web.StreamResponse:
            account = self.account_of(request)
            if route.admin and account.type != "admin":
                raise ApiError(
                    "Administrator rights required",
                    self.sim.modes.admin_status,
                    "permission_denied",
                )
            result = await route.endpoint(request)
            if isinstance(result, web.Response):
                return result
            if result is not None:
                return web.json_response(text=as_json(result))
            return {
                "object": web.json_response({}),
                "none": web.Response(),
                "text": web.Response(text="OK"),
            }[self.sim.modes.empty_body]

        return handle

    async def _missing(self, _: web.Request) -> web.Response:
        """Answer a path or a verb that there is not."""
        return _not_found()

    async def _info(self, _: web.Request) -> web.Response:
        """Answer what the panel is; nobody needs to log in for that."""
        return web.json_response(info(self.sim))

    # Sessions.

    def account_of(self, request: web.Request) -> Account:
        """Return who asks. Raises ApiError 401."""
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        if kind == "Bearer" and (found := self.sim.tokens.get(value)) is not None:
            if time.monotonic() < found[1]:
                return found[0]
            del self.sim.tokens[value]
        if kind == "Basic" and self.sim.modes.basic_auth:
            try:
                name, _, digest = base64.b64decode(value).decode().partition(":")
            except binascii.Error, ValueError:
                name, digest = "", ""
            if (account := self._check(name, digest)) is not None:
                return account
        raise ApiError("Log In", 401)

    def _check(self, username: str, digest: str) -> Account | None:
        """Return the account that a name and a digest are right for."""
        account = self.sim.site.accounts.get(username)
        if account is None:
            return None
        spelled = self.sim.modes.digest
        if spelled != "any" and digest != getattr(digest, spelled)():
            return None
        right = hmac.compare_digest(account.digest.encode(), digest.lower().encode())
        return account if right else None

    async def _login(self, request: web.Request) -> web.Response:
        """Log in with the MD5 of the password; either way it is a row."""
        sim, query = self.sim, request.query
        account = self._check(query.get("username", ""), query.get("password", ""))
        if account is None:
            sim.refused_logins += 1
            sim.emit("login", "incorrect_login_api_call")
            if sim.modes.ban_after and sim.refused_logins >= sim.modes.ban_after:
                sim.refused_logins = 0
                sim.banned_until = time.monotonic() + sim.modes.ban_seconds
            if sim.modes.refused_status == 401:
                raise ApiError("Log In", 401)
            raise ApiError("Wrong username or password", 400, "invalid_authentication")
        sim.refused_logins = 0
        sim.emit(
            "login",
            "successful_login_api_call",
            {"account_type": account.type},
            text=f"Successful ({account.type}) login to the web interface",
        )
        return web.json_response(
            {"account_type": account.type, "token": sim.new_token(account)}
        )

    async def logout(self, request: web.Request) -> Result:
        """End the session."""
        _, _, token = request.headers.get("Authorization", "").partition(" ")
        self.sim.tokens.pop(token, None)
        return None


def info(sim: World) -> Json:
    """Return what the panel is."""
    camdroid = sim.modes.family == "camdroid"
    old = sim.modes.api_prefix == "v0"
    model = "AV-03BD" if camdroid else "AA-14FB"
    firmware = {
        (True, True): "2.3.0",
        (True, False): "3.5.0",
        (False, True): "3.7.0",
        (False, False): "3.16.0",
    }[camdroid, old]
    return {
        "firmware_version": firmware,
        "framework_version": "1.2.0",
        "frontend_version": "1.2.0",
        "api_version": "1.3.5" if camdroid else "2.9.0",
        "device_name": f"{model} Simulator",
        "device_type": "panel",
        "device_serial_number": sim.site.serial,
        "device_model": model,
        "hybrid_enable": False,
        "hybrid_version": None,
        "commit": "0f3c2a1",
    }


def _not_found() -> web.Response:
    """Return the answer for a feature that this panel does not have."""
    return web.Response(status=404, text="Not found")
