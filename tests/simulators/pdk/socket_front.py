"""The door to the stream: which protocol generation serves a request."""

from aiohttp import web

from tests.simulators.common_faults import as_json

from .engine_new import NewEngine
from .engine_old import OldEngine
from .stream import Stream

_UNSUPPORTED = as_json({"code": 5, "message": "Unsupported protocol version"})


class SocketFront:
    """`/socket.io/` of one run of the server."""

    def __init__(self, stream: Stream) -> None:
        """Serve a stream."""
        self.stream = stream
        self._new = NewEngine(stream)
        self._old = OldEngine(stream)

    async def stop(self) -> None:
        """End what serves."""
        await self._new.stop()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve a request by the protocol that this server takes it for."""
        modes, query = self.stream.modes, dict(request.query)
        first = "sid" not in query
        if first and modes.bad_token in ("http", "close"):
            if not self.stream.known(query):
                self.stream.refused += 1
                return await self._turn_away(request)
        if modes.generation == "old":
            return await self._old.handle(request)
        if not first or query.get("EIO") == "4":
            return await self._new.handle(request)
        if modes.generation == "both":
            return await self._old.handle(request)
        return await self._unsupported(request)

    async def _turn_away(self, request: web.Request) -> web.StreamResponse:
        """Refuse a client before any protocol."""
        if self.stream.modes.bad_token == "http" or not _upgrades(request):
            return web.Response(status=401, text="Unauthorized")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.close()
        return socket

    async def _unsupported(self, request: web.Request) -> web.StreamResponse:
        """Refuse a protocol as Engine.IO does: after the upgrade, in plain HTTP."""
        if not _upgrades(request):
            return web.Response(
                status=400, text=_UNSUPPORTED, content_type="application/json"
            )
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if request.transport is not None:
            head = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
            size = f"Content-Length: {len(_UNSUPPORTED)}\r\n\r\n"
            request.transport.write(f"{head}{size}{_UNSUPPORTED}".encode())
            request.transport.close()
        return socket


def _upgrades(request: web.Request) -> bool:
    """Tell whether a request wants to become a WebSocket."""
    return request.headers.get("Upgrade", "").lower() == "websocket"
