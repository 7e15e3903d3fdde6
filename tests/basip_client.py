"""A plain client of a BAS-IP panel, and a plain management server."""

import json
from typing import Any, NamedTuple

import aiohttp
from aiohttp import web

from .simulators.basip import BasIpSimulator

type Json = dict[str, Any]


class Cut(Exception):
    """The connection ended before the answer came."""


async def once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send a request once: the library would repeat a GET by itself."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectionError as error:
        raise Cut from error


class Answer(NamedTuple):
    """An HTTP answer: `body` is parsed where it is JSON."""

    status: int
    body: Any
    type: str

    @property
    def error(self) -> Any:
        """Return what the panel says is wrong."""
        assert self.status >= 400
        return self.body["error"]


class Client:
    """A plain client of the panel."""

    def __init__(self, sim: BasIpSimulator, session: aiohttp.ClientSession) -> None:
        """Ask a simulator, not logged in yet."""
        self.sim = sim
        self.session = session
        self.headers: dict[str, str] = {}

    async def ask(
        self, method: str, path: str, body: Any = None, **params: Any
    ) -> Answer:
        """Return an answer, whatever it is."""
        async with self.session.request(
            method,
            f"{self.sim.base_url}{path}",
            json=body,
            params=params,
            headers=self.headers,
            ssl=False,
        ) as response:
            raw = await response.read()
            parsed: Any = raw
            if response.content_type == "application/json":
                parsed = json.loads(raw)
            return Answer(response.status, parsed, response.content_type)

    async def get(self, path: str, **params: Any) -> Answer:
        """Ask with GET."""
        return await self.ask("GET", path, **params)

    async def login(self, username: str = "admin", digest: str | None = None) -> Answer:
        """Log in, and keep the token."""
        if digest is None:
            digest = self.sim.site.accounts[username].digest
        answer = await self.get("/login", username=username, password=digest)
        if answer.status == 200:
            self.headers = {"Authorization": f"Bearer {answer.body['token']}"}
        return answer

    async def log(self, **params: Any) -> Json:
        """Return the body of a page of the log."""
        if self.sim.modes.family == "camdroid":
            params = {"limit": 50, "page_number": 1} | params
        answer = await self.get("/log/items", **params)
        assert answer.status == 200, answer
        body: Json = answer.body
        return body

    async def rows(self, **params: Any) -> list[Json]:
        """Return the newest rows but for the logins, oldest first."""
        body = await self.log(limit=50, sort_type="desc", **params)
        return [
            row
            for row in body["list_items"][::-1]
            if row["name"]["key"] != "successful_login_api_call"
        ]


class Server:
    """A management server that keeps what panels send."""

    def __init__(self, password: str) -> None:
        """Take panels that know the password."""
        self.password = password
        self.events: list[Json] = []
        self.sizes: list[int] = []
        self.types: list[str | None] = []
        self.paths: list[str] = []
        self.logins: list[Json] = []
        self.tokens: set[str] = set()
        self.status = 200
        self.runner: web.AppRunner | None = None
        self.port = 0

    async def start(self) -> None:
        """Listen, on the same port as before."""
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.port).start()
        self.port = self.runner.addresses[0][1]

    async def stop(self) -> None:
        """Be gone."""
        if self.runner is not None:
            await self.runner.cleanup()
            self.runner = None

    @property
    def url(self) -> str:
        """Return the address, with a prefix that must be kept."""
        return f"http://127.0.0.1:{self.port}/prefix"

    async def _handle(self, request: web.Request) -> web.Response:
        """Take one request of a panel."""
        raw = await request.read()
        self.paths.append(f"{request.method} {request.path}")
        if raw:
            self.types.append(request.headers.get("Content-Type"))
        if self.status != 200:
            return web.Response(status=self.status)
        if request.path.endswith("/login"):
            login = json.loads(raw)
            self.logins.append(login)
            if login["password"] != self.password:
                return web.Response(status=401)
            token = f"token {len(self.logins)}"
            self.tokens = {f"Bearer {token}"}
            return web.json_response({"token": token})
        if request.headers.get("Authorization") not in self.tokens:
            return web.Response(status=401)
        if request.path.endswith("/logs"):
            events = json.loads(raw)["events"]
            self.sizes.append(len(events))
            self.events += events
        return web.Response()
