"""Plain clients of the PDK API and stream, to test their simulator with."""

import asyncio
import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import json
from typing import Any

import aiohttp
import socketio

from .simulators.pdk import PdkSimulator
from .simulators.pdk.frames import TOPICS

type Json = dict[str, Any]
type Event = tuple[str, tuple[Any, ...]]


async def until(condition: Any, seconds: float = 3.0) -> None:
    """Wait for a condition. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def claims(token: str) -> Json:
    """Return what a JWT says."""
    part = token.split(".")[1]
    read: Json = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return read


class Client:
    """A plain client of both hosts."""

    def __init__(self, sim: PdkSimulator, session: aiohttp.ClientSession) -> None:
        """Ask a simulator."""
        self.sim = sim
        self.session = session
        self.token = ""

    async def id_token(self, **changed: str) -> tuple[int, Json]:
        """Ask for an id_token, with other credentials if so wished."""
        config = self.sim.config() | changed
        pair = f"{config['client_id']}:{config['client_secret']}"
        async with self.session.post(
            f"{config['accounts_url']}/oauth2/token",
            headers={
                "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"
            },
            data={"grant_type": config.get("grant_type", "client_credentials")},
            ssl=False,
        ) as response:
            return response.status, await response.json()

    async def system_token(self, id_token: str, system: str = "") -> tuple[int, str]:
        """Ask for a system token; return status and token, or the refusal's text."""
        config = self.sim.config()
        system = system or config["system_id"]
        async with self.session.post(
            f"{config['accounts_url']}/api/systems/{system}/token",
            headers={"Authorization": f"Bearer {id_token}"},
            ssl=False,
        ) as response:
            text = await response.text()
            if response.status == 200:
                return 200, json.loads(text)["token"]
            return response.status, text

    async def log_in(self) -> str:
        """Get a system token by both steps, and use it from now on."""
        status, body = await self.id_token()
        assert status == 200, body
        status, self.token = await self.system_token(body["id_token"])
        assert status == 200, self.token
        return self.token

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, Any, Any]:
        """Return status, parsed body (or text) and headers of an answer."""
        config = self.sim.config()
        async with self.session.request(
            method,
            f"{config['systems_url']}/{config['system_id']}{path}",
            headers={"Authorization": f"Bearer {self.token}"},
            ssl=False,
            **options,
        ) as response:
            text = await response.text()
            parsed = (
                json.loads(text)
                if response.content_type == "application/json"
                else text
            )
            return response.status, parsed, response.headers

    async def get(self, path: str, **params: Any) -> Any:
        """Return the body of a GET that goes well."""
        status, body, _ = await self.ask("GET", path, params=params)
        assert status == 200, body
        return body

    async def command(self, door: int, what: str, **body: Any) -> int:
        """Send a command for a door; return the status."""
        device = self.sim.site.devices[door]
        path = f"/cloud-nodes/{device.node.id}/devices/{device.id}/{what}"
        options = {"json": body} if body else {}
        status, answer, _ = await self.ask("POST", path, **options)
        assert status != 204 or answer == ""
        return status


class Listener:
    """What a Socket.IO client heard."""

    def __init__(self, sio: Any) -> None:
        """Listen to everything."""
        self.sio = sio
        self.heard: list[Event] = []
        self.connects = 0
        self.disconnects = 0
        sio.on("*", self._event)
        sio.on("connect", self._connect)
        sio.on("disconnect", self._disconnect)

    def _event(self, event: str, *arguments: Any) -> None:
        """Keep an event."""
        self.heard.append((event, arguments))

    def _connect(self) -> None:
        """Count a connect."""
        self.connects += 1

    def _disconnect(self, *_: object) -> None:
        """Count a disconnect."""
        self.disconnects += 1

    @property
    def names(self) -> list[str]:
        """Return the names of the events so far."""
        return [event for event, _ in self.heard]

    def payloads(self, name: str) -> list[Json]:
        """Return the payloads of all events of a name so far."""
        return [arguments[0] for event, arguments in self.heard if event == name]

    async def wait_for(self, count: int, name: str | None = None) -> None:
        """Wait for that many events, of a name or at all. Raises TimeoutError."""
        await until(lambda: sum(name in (None, event) for event in self.names) >= count)

    async def renew(self, token: str) -> None:
        """Show a new token."""
        await self.sio.emit("renewedToken", {"token": token})


def stream_url(sim: PdkSimulator, token: str) -> str:
    """Return the address of the stream."""
    config = sim.config()
    return f"{config['systems_url']}?systemId={config['system_id']}&token={token}"


async def _end(sio: Any) -> None:
    """End a client, with all that the library leaves behind a cut connection."""
    await sio.shutdown()
    await until(lambda: sio.eio.state == "disconnected")
    if sio.eio.ws is not None:
        await sio.eio.ws.close()
    loops = (sio.eio.read_loop_task, sio.eio.write_loop_task)
    running = [task for task in loops if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


@asynccontextmanager
async def listening(
    sim: PdkSimulator,
    token: str | None = None,
    *,
    topics: list[str] | None = None,
    transports: tuple[str, ...] = ("websocket",),
) -> AsyncGenerator[Listener]:
    """Connect python-socketio's client and subscribe, by default to all topics."""
    sio = socketio.AsyncClient(handle_sigint=False, reconnection=False)
    listener = Listener(sio)
    url = stream_url(sim, sim.new_system_token() if token is None else token)
    before = len(sim.stream.subscriptions)
    try:
        await sio.connect(url, transports=list(transports), wait_timeout=5)
        wanted = sorted(TOPICS) if topics is None else topics
        await sio.emit("subscribeIsolated", {"topics": wanted})
        await until(lambda: len(sim.stream.subscriptions) > before)
        yield listener
    finally:
        await _end(sio)
