"""The cable to the gateway: a port that can be cut, or go quiet."""

import asyncio
import contextlib
from typing import override

from tests.simulators.common import HOST


class Link:
    """A listener that passes all bytes on to the server behind it."""

    def __init__(self, port: int = 0) -> None:
        """Listen on a port; 0 takes a free one at the first start."""
        self.port = port
        self.connections = 0
        self.frozen = False
        self._target = 0
        self._server: asyncio.Server | None = None
        self._ends: set[_End] = set()
        self._dials: set[asyncio.Task[None]] = set()

    @property
    def clients(self) -> int:
        """Return how many connections there are now."""
        return sum(end.is_client for end in self._ends)

    async def start(self, target: int) -> None:
        """Listen, and pass all on to a port of this machine."""
        self._target = target
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _End(self, is_client=True), HOST, self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and cut all connections."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        dials = list(self._dials)
        for task in dials:
            task.cancel()
        await asyncio.gather(*dials, return_exceptions=True)
        self.cut()
        if server is not None:
            await server.wait_closed()

    def cut(self) -> int:
        """Cut all connections; return how many there were."""
        count = self.clients
        for end in list(self._ends):
            end.transport.abort()
        return count

    def freeze(self, frozen: bool = True) -> None:
        """Let nothing through any more, or again, while connections stay open."""
        self.frozen = frozen
        for end in self._ends:
            end.flow()

    def made(self, end: _End) -> None:
        """Note a new connection, and dial the server for a client's."""
        self._ends.add(end)
        if not end.is_client:
            return
        self.connections += 1
        task = asyncio.create_task(self._dial(end))
        self._dials.add(task)
        task.add_done_callback(self._dials.discard)

    async def _dial(self, client: _End) -> None:
        """Connect a client with the server."""
        try:
            _, server = await asyncio.get_running_loop().create_connection(
                lambda: _End(self, is_client=False), HOST, self._target
            )
        except OSError:
            client.transport.abort()
            return
        client.peer, server.peer = server, client
        client.flow()
        server.flow()
        if client.transport.is_closing():
            server.transport.close()

    def lost(self, end: _End) -> None:
        """Forget a connection."""
        self._ends.discard(end)


class _End(asyncio.Protocol):
    """One end of a connection through the link."""

    def __init__(self, link: Link, *, is_client: bool) -> None:
        """Start without a peer."""
        self.is_client = is_client
        self.peer: _End | None = None
        self.transport: asyncio.Transport
        self._link = link
        self._peer_full = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.pause_reading()
        self._link.made(self)

    @override
    def data_received(self, data: bytes) -> None:
        if self.peer is not None:
            self.peer.transport.write(data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._link.lost(self)
        if self.peer is not None:
            self.peer.transport.close()

    @override
    def pause_writing(self) -> None:
        if self.peer is not None:
            self.peer.full(True)

    @override
    def resume_writing(self) -> None:
        if self.peer is not None:
            self.peer.full(False)

    def full(self, full: bool) -> None:
        """Wait with reading while the other end cannot take more."""
        self._peer_full = full
        self.flow()

    def flow(self) -> None:
        """Read, or do not."""
        if self.peer is None or self.transport.is_closing():
            return
        with contextlib.suppress(RuntimeError):
            if self._link.frozen or self._peer_full:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()
