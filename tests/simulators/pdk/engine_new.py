"""Socket.IO over Engine.IO 4, served by python-socketio."""

import asyncio
from collections.abc import Awaitable, Callable
import logging
import math
from typing import Any, cast

from aiohttp import web
import socketio

from .stream import Stream, Subscriber

# The libraries would write clients' tokens into the log that a test reads.
_SILENT = logging.getLogger(f"{__name__}.silent")
_SILENT.propagate = False
_SILENT.addHandler(logging.NullHandler())


class NewEngine:
    """A python-socketio server whose tasks end with it."""

    def __init__(self, stream: Stream) -> None:
        """Serve a stream."""
        self.stream = stream
        self._tasks: set[asyncio.Task[Any]] = set()
        self._pings: dict[str, asyncio.Task[Any]] = {}
        self._dead: set[str] = set()
        self._clients: dict[str, Subscriber] = {}
        self._writers: dict[str, asyncio.Task[Any]] = {}
        modes = stream.modes
        self._server: Any = socketio.AsyncServer(
            async_mode="aiohttp",
            async_handlers=False,
            cors_allowed_origins="*",
            # The library tells clients whole seconds only.
            ping_interval=math.ceil(modes.ping_interval),
            ping_timeout=modes.ping_timeout,
            logger=_SILENT,
            engineio_logger=_SILENT,
        )
        self._server.eio.start_background_task = self._background
        self._server.on("connect", self._connected)
        self._server.on("disconnect", self._disconnected)
        self._server.on("subscribeIsolated", self._subscribe)
        self._server.on("renewedToken", self._renewed)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one request, which may become a WebSocket."""
        return cast(web.StreamResponse, await self._server.handle_request(request))

    async def stop(self) -> None:
        """End all tasks; the connections are cut already."""
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _background(
        self, target: Callable[..., Awaitable[Any]], *args: Any, **options: Any
    ) -> asyncio.Task[Any]:
        """Run one of the server's tasks; heartbeats of dead connections do not."""

        async def run() -> None:
            if session not in self._dead:
                await target(*args, **options)

        session = ""
        if getattr(target, "__name__", "") == "_send_ping":
            session = getattr(target, "__self__").sid  # noqa: B009 - typed by nobody
        task = asyncio.ensure_future(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if session:
            self._pings[session] = task
        return task

    def _connected(self, sid: str, environ: dict[str, Any], _: object = None) -> None:
        """Let a client in, or refuse it."""
        request: web.Request = environ["aiohttp.request"]
        query = dict(request.query)
        if (reason := self.stream.refusal(query)) is not None:
            raise socketio.exceptions.ConnectionRefusedError(reason)
        session = self._server.manager.eio_sid_from_sid(sid, "/")
        queue: asyncio.Queue[tuple[str, tuple[Any, ...]]] = asyncio.Queue()

        def cut() -> None:
            if query.get("transport") == "websocket" and request.transport is not None:
                request.transport.abort()
            else:
                self._background(self._server.eio.disconnect, session)

        def stall() -> None:
            self._dead.add(session)
            if (ping := self._pings.get(session)) is not None:
                ping.cancel()

        subscriber = Subscriber(
            token=query.get("token", ""),
            emit=lambda event, arguments: queue.put_nowait((event, arguments)),
            cut=cut,
            stall=stall,
        )
        self._clients[sid] = subscriber
        self._writers[sid] = self._background(self._write, sid, queue)
        self.stream.add(subscriber)

    async def _write(
        self, sid: str, queue: asyncio.Queue[tuple[str, tuple[Any, ...]]]
    ) -> None:
        """Send a client what is on its way, in order."""
        while True:
            event, arguments = await queue.get()
            await self._server.emit(event, arguments, to=sid)

    def _disconnected(self, sid: str, *_: object) -> None:
        """Forget a client."""
        if (subscriber := self._clients.pop(sid, None)) is not None:
            self._writers.pop(sid).cancel()
            self.stream.remove(subscriber)

    def _subscribe(self, sid: str, data: object = None) -> None:
        """Take a client's topics."""
        self._received(sid, "subscribeIsolated", data)

    def _renewed(self, sid: str, data: object = None) -> None:
        """Take a client's new token."""
        self._received(sid, "renewedToken", data)

    def _received(self, sid: str, event: str, data: object) -> None:
        """Hand on what a client says."""
        if (subscriber := self._clients.get(sid)) is not None:
            self.stream.received(subscriber, event, data)
