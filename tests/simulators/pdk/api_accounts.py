"""The accounts host: who may have a token."""

import base64
import binascii

from aiohttp import web

from .api import Api, ApiError, answer, bearer

_NO_ACCESS = "must have direct access to the specified organization"


class AccountsApi:
    """Tokens and organizations."""

    def __init__(self, api: Api) -> None:
        """Serve a simulator."""
        self.sim = api.sim
        self._api = api

    def routes(self, app: web.Application) -> None:
        """Add the routes."""
        handler, add = self._api.accounts, app.router
        add.add_post("/oauth2/token", handler(self._token))
        add.add_post("/api/systems/{system}/token", handler(self._system_token))
        for path in ("mine", "{organization}"):
            add.add_get(f"/api/organizations/{path}", handler(self._organization))
        add.add_route("*", "/{tail:.*}", handler(self._unknown))

    async def _unknown(self, _: web.Request) -> web.Response:
        """Answer a path that there is not."""
        raise ApiError(404, "Not Found")

    async def _token(self, request: web.Request) -> web.Response:
        """Give an id_token for the client's id and secret."""
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        site = self.sim.site
        try:
            sent = base64.b64decode(value, validate=True).decode()
        except binascii.Error, UnicodeDecodeError:
            sent = ""
        if kind != "Basic" or sent != f"{site.client_id}:{site.client_secret}":
            text = "client authentication failed"
            error = {"error": "invalid_client", "error_description": text}
            return answer(error, 401)
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            return answer({"error": "unsupported_grant_type"}, 400)
        seconds, now = self.sim.modes.id_token_seconds, self.sim.clock.time()
        claims = {
            "iss": str(request.url.origin()),
            "sub": site.client_id,
            "aud": site.client_id,
            "iat": int(now),
            "exp": int(now + seconds),
        }
        return answer(
            {
                "token_type": "Bearer",
                "access_token": self.sim.tokens.issue("id", 0, None),
                "id_token": self.sim.tokens.issue("id", seconds, claims),
                "expires_in": int(seconds),
            }
        )

    def _check(self, request: web.Request) -> None:
        """Refuse a request without an id_token that lives, or without permission."""
        if not self.sim.tokens.valid("id", bearer(request)):
            raise ApiError(401, "Unauthorized")
        if not self.sim.modes.permission:
            raise ApiError(403, _NO_ACCESS)

    async def _system_token(self, request: web.Request) -> web.Response:
        """Give a system token for an id_token."""
        self._check(request)
        if request.match_info["system"] != self.sim.site.system_id:
            raise ApiError(403, _NO_ACCESS)
        return answer({"token": self.sim.new_system_token()})

    async def _organization(self, request: web.Request) -> web.Response:
        """Return the organizations, or one with its system's id."""
        self._check(request)
        site = self.sim.site
        found = {"id": site.organization_id, "name": "Test Organization"}
        wanted = request.match_info.get("organization")
        if wanted is None:
            return answer([found])
        if wanted != site.organization_id:
            raise ApiError(403, _NO_ACCESS)
        return answer(found | {"systemId": site.system_id})
