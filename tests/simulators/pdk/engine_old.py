"""Socket.IO over Engine.IO 3, by WebSocket: the client sends the heartbeats."""

import asyncio
import contextlib
import json
import secrets
from typing import Any

from aiohttp import WSMsgType, web

from tests.simulators.common_faults import as_json

from .stream import Stream, Subscriber


class OldEngine:
    """A server of the older protocol generation.

    Servers of Socket.IO 2 take every client for one of their own generation. Those
    of Socket.IO 4 do so, if allowed, with a client that does not ask for 4.
    """

    def __init__(self, stream: Stream) -> None:
        """Serve a stream."""
        self.stream = stream

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one request, which may become a WebSocket."""
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return self._poll(request)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await _Connection(self.stream, request, socket).run(self.opening([]))
        return socket

    def _poll(self, request: web.Request) -> web.Response:
        """Answer a handshake by polling; there is no more of polling than that."""
        if "sid" in request.query:
            text = as_json({"code": 1, "message": "Session ID unknown"})
            return web.Response(status=400, text=text, content_type="application/json")
        packets = [self.opening(["websocket"])]
        if (reason := self.stream.refusal(dict(request.query))) is None:
            packets.append("40")
        else:
            packets.append(f"44{as_json(reason)}")
        text = "".join(f"{len(packet)}:{packet}" for packet in packets)
        return web.Response(text=text, content_type="text/plain")

    def opening(self, upgrades: list[str]) -> str:
        """Return the first packet of a connection."""
        modes = self.stream.modes
        opening: dict[str, Any] = {
            "sid": secrets.token_urlsafe(15),
            "upgrades": upgrades,
            "pingInterval": int(modes.ping_interval * 1000),
            "pingTimeout": int(modes.ping_timeout * 1000),
        }
        if modes.generation != "old":
            opening["maxPayload"] = 1_000_000
        return f"0{as_json(opening)}"


class _Connection:
    """One connection; a client that connects again has a second socket in it."""

    def __init__(
        self, stream: Stream, request: web.Request, socket: web.WebSocketResponse
    ) -> None:
        """Serve a client."""
        self.stream = stream
        self.request = request
        self.socket = socket
        self.query = dict(request.query)
        self.queue: asyncio.Queue[str] = asyncio.Queue()
        self.subscribers: list[Subscriber] = []
        self.dead = False

    async def run(self, opening: str) -> None:
        """Serve until the client goes or is silent for too long."""
        modes = self.stream.modes
        patience = modes.ping_interval + modes.ping_timeout
        self.queue.put_nowait(opening)
        writer = asyncio.create_task(self._write())
        try:
            self._connect()
            while True:
                message = await asyncio.wait_for(self.socket.receive(), patience)
                if message.type is not WSMsgType.TEXT or not self._take(message.data):
                    break
        except TimeoutError:
            self.cut()
        finally:
            for subscriber in self.subscribers:
                self.stream.remove(subscriber)
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
            await self.socket.close()

    async def _write(self) -> None:
        """Send what is on its way."""
        with contextlib.suppress(ConnectionError):
            while True:
                await self.socket.send_str(await self.queue.get())

    def _connect(self) -> None:
        """Let the client in, or refuse it: it did not have to ask."""
        if (reason := self.stream.refusal(self.query)) is not None:
            self.queue.put_nowait(f"44{as_json(reason)}")
            return
        subscriber = Subscriber(
            token=self.query.get("token", ""),
            emit=self._emit,
            cut=self.cut,
            stall=self._stall,
        )
        self.subscribers.append(subscriber)
        self.stream.add(subscriber)
        self.queue.put_nowait("40")

    def _take(self, packet: str) -> bool:
        """Take a packet; tell whether the connection goes on."""
        if self.dead:
            return True
        if packet.startswith("2"):
            self.queue.put_nowait(f"3{packet[1:]}")
        elif packet.startswith("40"):
            self._connect()
        elif packet.startswith("42"):
            self._event(packet[2:].lstrip("0123456789"))
        return not packet.startswith(("1", "41"))

    def _event(self, text: str) -> None:
        """Take an event; it is for the socket that connected last."""
        try:
            parts = json.loads(text)
        except ValueError:
            return
        if isinstance(parts, list) and len(parts) > 1 and self.subscribers:
            self.stream.received(self.subscribers[-1], str(parts[0]), parts[1])

    def _emit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Put an event on its way."""
        self.queue.put_nowait(f"42{as_json([event, *arguments])}")

    def _stall(self) -> None:
        """Be dead: no event and no answer any more."""
        self.dead = True

    def cut(self) -> None:
        """Cut the connection without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()
