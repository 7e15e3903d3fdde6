"""The notification WebSocket of the simulated controller."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.simulators.common_faults import PushFaults, as_json

from .modes import Modes

HELLO = '"Hello"\n'


@dataclass(slots=True, eq=False)
class Client:
    """One connected client and the frames on their way to it."""

    request: web.Request
    queue: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def cut(self) -> None:
        """Cut the connection without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()


class Stream:
    """All clients of the WebSocket."""

    def __init__(self, modes: Modes) -> None:
        """Start without clients."""
        self.modes = modes
        self.clients: set[Client] = set()
        self.connections = 0
        self.faults = PushFaults[str](self._deliver)

    def push(self, frame: dict[str, Any]) -> None:
        """Send a frame to all clients; nothing is kept for later ones."""
        self.faults.push(as_json(frame))

    def push_raw(self, text: str) -> None:
        """Send text as it is, whatever is planned for frames."""
        self._deliver(text)

    def drop(self) -> int:
        """Cut all connections; return how many there were."""
        self.faults.forget()
        count = len(self.clients)
        for client in list(self.clients):
            client.cut()
        return count

    def _deliver(self, text: str) -> None:
        """Put a frame on its way to all clients."""
        for client in self.clients:
            client.queue.put_nowait(text)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one client until it goes."""
        socket = web.WebSocketResponse(
            autoping=self.modes.answer_pings,
            heartbeat=self.modes.ping_interval or None,
        )
        await socket.prepare(request)
        client = Client(request)
        self.clients.add(client)
        self.connections += 1
        work = [
            asyncio.create_task(self._write(client, socket)),
            asyncio.create_task(self._greet(client)),
        ]
        try:
            async for _ in socket:
                pass
        finally:
            self.clients.discard(client)
            for task in work:
                task.cancel()
        return socket

    async def _write(self, client: Client, socket: web.WebSocketResponse) -> None:
        """Send what is on its way."""
        with contextlib.suppress(ConnectionError):
            while True:
                await socket.send_str(await client.queue.get())

    async def _greet(self, client: Client) -> None:
        """Send `Hello` now and then."""
        while True:
            await asyncio.sleep(self.modes.hello_interval)
            if not self.faults.silent:
                client.queue.put_nowait(HELLO)
