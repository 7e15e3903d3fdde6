"""A plain client of the UniFi Access API, to test its simulator with."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import json
import ssl
from typing import Any, NamedTuple

import aiohttp

from tests.simulators.unifi_access import UnifiAccessSimulator

type Json = dict[str, Any]


class Answer(NamedTuple):
    """An HTTP answer: `body` is parsed where it is JSON."""

    status: int
    body: Any
    headers: Any

    @property
    def data(self) -> Any:
        """Return what is in the envelope."""
        assert self.body["code"] == "SUCCESS", self.body
        return self.body.get("data")

    @property
    def code(self) -> str:
        """Return the vendor's code."""
        return str(self.body["code"])


class Probe:
    """A client of one simulator."""

    def __init__(self, sim: UnifiAccessSimulator, token: str | None = None) -> None:
        """Use a token, else the one that may do everything."""
        self.base = f"https://127.0.0.1:{sim.port}/api/v1/developer"
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._sockets: list[aiohttp.ClientWebSocketResponse] = []
        self.session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token or sim.token}"},
            connector=aiohttp.TCPConnector(ssl=context),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=10),
        )

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """Ask and return the answer, whatever it is."""
        async with self.session.request(
            method, self.base + path, json=body
        ) as response:
            raw = await response.read()
            parsed: Any = raw
            if response.content_type == "application/json":
                parsed = json.loads(raw)
            return Answer(response.status, parsed, response.headers)

    async def get(self, path: str) -> Answer:
        """Ask with GET."""
        return await self.ask("GET", path)

    async def logs(
        self, topic: str = "door_openings", query: str = "", **body: Any
    ) -> Any:
        """Return the data of a log search."""
        answer = await self.ask(
            "POST", f"/system/logs{query}", {"topic": topic, **body}
        )
        return answer.data

    async def hits(self, topic: str = "door_openings", **body: Any) -> list[Json]:
        """Return the newest thousand rows of a topic, oldest first."""
        data = await self.logs(topic, "?page_num=1&page_size=1000", **body)
        hits: list[Json] = data["hits"]
        return hits[::-1]

    async def frames(
        self, path: str = "/devices/notifications", *, autoping: bool = True
    ) -> Frames:
        """Open the WebSocket."""
        socket = await self.session.ws_connect(self.base + path, autoping=autoping)
        self._sockets.append(socket)
        return Frames(socket)

    async def close(self) -> None:
        """Close all connections."""
        for socket in self._sockets:
            await socket.close()
        await self.session.close()


class Frames:
    """The WebSocket as a test reads it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Read from a socket."""
        self.socket = socket

    async def text(self) -> str:
        """Return the next text frame; fails when none comes or it is closed."""
        return str(await self.socket.receive_str(timeout=30))

    async def take(self, count: int) -> list[Json]:
        """Return the next event frames, without greetings."""
        taken: list[Json] = []
        while len(taken) < count:
            frame = json.loads(await self.text())
            if frame != "Hello":
                taken.append(frame)
        return taken

    async def until(self, event: str) -> Json:
        """Return the next frame of one event."""
        while (frame := (await self.take(1))[0])["event"] != event:
            pass
        return frame

    async def quiet(self, seconds: float = 0.3) -> bool:
        """Tell whether nothing at all comes for a while."""
        try:
            await self.socket.receive(timeout=seconds)
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def probing(
    sim: UnifiAccessSimulator, token: str | None = None
) -> AsyncGenerator[Probe]:
    """Return a client that is closed at the end."""
    probe = Probe(sim, token)
    try:
        yield probe
    finally:
        await probe.close()
