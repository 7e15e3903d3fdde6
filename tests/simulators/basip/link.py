"""The panel as the client of a management server, which takes its log."""

import asyncio
from bisect import bisect_right
from dataclasses import dataclass
import logging
from typing import Any, override

import aiohttp

from tests.simulators.common import Json
from tests.simulators.common_faults import as_json

from .api_log import typed
from .happenings import Happenings
from .log import Row

_LOGGER = logging.getLogger(__name__)


class _Cut(Exception):
    """The connection ended before the answer came."""


class _LoggedOut(Exception):
    """The server does not know the token any more."""


@dataclass(slots=True)
class LinkState:
    """What the panel did as a client.

    Args:
        logins: How often it logged in.
        pushes: How often it sent rows, right or wrong.
        events: How many rows the server took, repeated ones too.
        pongs: How many heartbeats it sent.
        refreshes: How often it asked for a new token.
        failures: How often it gave up until the next try.
        last_status: The server's last HTTP status.
        last_error: Why it gave up last.
        repeat: How many of the next pushes are sent twice.
        drop_answers: How many of the next answers get lost.
    """

    logins: int = 0
    pushes: int = 0
    events: int = 0
    pongs: int = 0
    refreshes: int = 0
    failures: int = 0
    last_status: int | None = None
    last_error: str = ""
    repeat: int = 0
    drop_answers: int = 0


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send a request once: the library would repeat a PUT by itself."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectionError as error:
        raise _Cut(repr(error)) from error


class Linked(Happenings):
    """A panel that can push its log."""

    def __init__(self, **options: Any) -> None:
        """Set up the panel; the options are those of `Simulator`."""
        super().__init__(**options)
        self.link = LinkState()
        self._wake = asyncio.Event()
        self._client: asyncio.Task[object] | None = None
        self._powered = False

    @override
    def written(self) -> None:
        self._wake.set()

    @override
    async def open(self) -> None:
        await super().open()
        self._powered = True
        self._restart_link()

    @override
    async def close(self) -> None:
        self._powered = False
        client, self._client = self._client, None
        if client is not None:
            client.cancel()
            await asyncio.gather(client, return_exceptions=True)
        await super().close()

    def set_management(
        self, *, url: str, password: str, enabled: bool, logging: bool, heartbeat: bool
    ) -> None:
        """Set the management server; a new address gets the whole log."""
        server = self.site.management
        if server.url != url:
            server.sent = -1
        server.url, server.password, server.is_enabled = url, password, enabled
        server.is_logging_enabled, server.is_heartbeat_enabled = logging, heartbeat
        self._restart_link()

    def _restart_link(self) -> None:
        """Start to push, or stop, as the settings say."""
        if self._client is not None:
            self._client.cancel()
            self._client = None
        if self._powered and self.site.management.is_enabled:
            self._client = self.spawn(self._push_for_ever())

    async def _push_for_ever(self) -> None:
        """Push, and after each failure wait and try again."""
        async with aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=10),
            middlewares=(_once,),
            skip_auto_headers=() if self.modes.link_content_type else ("Content-Type",),
        ) as session:
            while True:
                try:
                    await _Client(self, session).run()
                except (aiohttp.ClientError, TimeoutError, _Cut, _LoggedOut) as error:
                    self.link.failures += 1
                    self.link.last_error = repr(error)
                    await asyncio.sleep(self.modes.link_retry)

    async def wait_for_row(self, seconds: float) -> None:
        """Wait until a row is written, so many seconds at the most."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def unsent(self) -> list[Row]:
        """Return the next rows for the server."""
        arrived = self.log.arrived
        first = bisect_right(
            arrived, self.site.management.sent, key=lambda row: row.number
        )
        return arrived[first : first + self.modes.link_chunk]

    # Commands.

    async def push_to(
        self,
        url: str,
        password: str = "",
        logging: bool = True,
        heartbeat: bool = True,
        backlog: bool = True,
    ) -> None:
        """Push the log to a management server.

        Args:
            url: Its address; what is after the host stays before the paths.
            password: What the server wants besides the serial number.
            logging: Whether rows are sent.
            heartbeat: Whether heartbeats are sent.
            backlog: Whether the rows until now are sent too.
        """
        self.site.management.url = ""
        self.set_management(
            url=url,
            password=password,
            enabled=True,
            logging=logging,
            heartbeat=heartbeat,
        )
        if not backlog:
            self.site.management.sent = self.log.written - 1

    async def stop_push(self) -> None:
        """Push no more."""
        self.site.management.is_enabled = False
        self._restart_link()

    async def link_state(self) -> LinkState:
        """Return what the panel did as a client."""
        return self.link

    async def link_fault(
        self, repeat: int | None = None, drop_answers: int | None = None
    ) -> LinkState:
        """Plan accidents with the next pushes; see `LinkState`."""
        if repeat is not None:
            self.link.repeat = repeat
        if drop_answers is not None:
            self.link.drop_answers = drop_answers
        return self.link


class _Client:
    """One session with the server."""

    def __init__(self, sim: Linked, session: aiohttp.ClientSession) -> None:
        """Serve a panel."""
        self.sim = sim
        self.session = session
        self.token = ""
        url = sim.site.management.url.rstrip("/")
        self.base = url if "://" in url else f"http://{url}"

    async def run(self) -> None:
        """Log in, then push rows and heartbeats until something fails."""
        sim, loop = self.sim, asyncio.get_running_loop()
        server, modes = sim.site.management, sim.modes
        await self._login()
        pong_at = loop.time() + modes.link_pong
        refresh_at = loop.time() + modes.link_refresh
        while True:
            while server.is_logging_enabled and (rows := sim.unsent()):
                if modes.link_login_each and sim.link.pushes:
                    await self._login()
                await self._push(rows)
            if server.is_heartbeat_enabled and loop.time() >= pong_at:
                await self._send("POST", "pong")
                sim.link.pongs += 1
                pong_at = loop.time() + modes.link_pong
            if loop.time() >= refresh_at:
                await self._refresh()
                refresh_at = loop.time() + modes.link_refresh
            await sim.wait_for_row(min(pong_at, refresh_at) - loop.time())

    async def _login(self) -> None:
        """Log in with the serial number."""
        self.token = ""
        login = {"login": self.sim.site.serial, "password": self._password}
        answer = await self._send("POST", "login", login)
        if not isinstance(answer, dict) or not answer.get("token"):
            raise aiohttp.ClientPayloadError("no token in the answer to a login")
        self.token = str(answer["token"])
        self.sim.link.logins += 1

    @property
    def _password(self) -> str:
        """Return the server's password."""
        return self.sim.site.management.password

    async def _refresh(self) -> None:
        """Ask for a new token; without one the old token stays."""
        answer = await self._send("POST", "refresh")
        self.sim.link.refreshes += 1
        if isinstance(answer, dict) and answer.get("token"):
            self.token = str(answer["token"])

    async def _push(self, rows: list[Row]) -> None:
        """Send rows; they are sent again until the server has taken them."""
        sim = self.sim
        body = {"events": [self._event(row) for row in rows]}
        sim.link.pushes += 1
        try:
            await self._send("PUT", "logs", body)
        except _LoggedOut:
            await self._login()
            await self._send("PUT", "logs", body)
        sim.link.events += len(rows)
        if sim.link.drop_answers > 0:
            sim.link.drop_answers -= 1
            raise aiohttp.ServerDisconnectedError
        sim.site.management.sent = rows[-1].number
        for row in rows:
            sim.truth[row.number].pushed = True
        if sim.link.repeat > 0:
            sim.link.repeat -= 1
            sim.link.events += len(rows)
            await self._send("PUT", "logs", body)

    def _event(self, row: Row) -> Json:
        """Return a row as the server gets it."""
        return {
            "created_at": row.at_ms,
            "category": row.category,
            "code": row.key,
            "info": typed(row.model, self.sim.modes),
        }

    async def _send(self, method: str, path: str, body: Json | None = None) -> Any:
        """Send one request; raises what a panel takes for a failure."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if self.sim.modes.link_content_type and body is not None:
            headers["Content-Type"] = "application/json"
        async with self.session.request(
            method,
            f"{self.base}/api/v0/devices/{path}",
            data=None if body is None else as_json(body).encode(),
            headers=headers,
            ssl=False,
        ) as response:
            self.sim.link.last_status = response.status
            if response.status == 401 and self.token:
                raise _LoggedOut
            response.raise_for_status()
            try:
                return await response.json(content_type=None)
            except ValueError:
                _LOGGER.debug("The management server answered no JSON")
                return None
