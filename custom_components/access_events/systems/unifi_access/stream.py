"""Keeps a console's WebSocket open and collects what it brings.

Source: API reference, Notification. Nothing is told again after a break.
"""

import asyncio
from collections import deque
from contextlib import suppress
import logging
import random
import time
from typing import Any, Literal

import aiohttp

from ..base import AccessSystemError, AuthError, CertificateChanged, PermissionMissing
from ..parsing import from_json
from ..tasks import end
from .client import UnifiClient
from .errors import Refused

_SILENCE = 15.0
"""The console says "Hello" every five seconds; three in a row must not fail. One that
never says it is sent a ping instead."""
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0
_HOPELESS_DELAY = 300.0
_STEADY = 60.0
_BUFFER = 5000
_MOST_BYTES = 32 * 1024 * 1024

_LOGGER = logging.getLogger(__name__)


class Stream:
    """One WebSocket after the other, until it is stopped."""

    def __init__(self, client: UnifiClient, wake: asyncio.Event) -> None:
        """Use a client; `wake` is set whenever there is something to look at."""
        self._client = client
        self._wake = wake
        self._task: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._frames: deque[tuple[float, Any, int]] = deque()
        self._size = 0
        self._greets = False
        self.connected = False
        self.denied: PermissionMissing | None = None
        self.fatal: AccessSystemError | None = None
        self.overflowed = False
        self.reconnects = -1
        self.received = 0

    async def start(self) -> None:
        """Open the stream, and return when that has been tried once."""
        await self.stop()
        self._tried.clear()
        self.drop()
        self.fatal = None
        self.reconnects = -1
        self._task = asyncio.create_task(self._run(), name="unifi_access stream")
        await self._tried.wait()

    async def stop(self) -> None:
        """Close the stream; what it brought stays."""
        task, self._task = self._task, None
        if task is not None:
            await end(task)
        self.connected = False

    @property
    def waits(self) -> bool:
        """Return whether there are frames to take."""
        return bool(self._frames)

    def take(self) -> tuple[float, Any] | None:
        """Return the oldest frame and when it arrived (steady clock), None if none."""
        if not self._frames:
            return None
        arrived, frame, size = self._frames.popleft()
        self._size -= size
        return arrived, frame

    def drop(self) -> None:
        """Let go of all frames, because some are lost already."""
        self._frames.clear()
        self._size = 0
        self.overflowed = False

    async def _run(self) -> None:
        """Connect, listen, and connect again with growing delays."""
        delay = _FIRST_DELAY
        while True:
            began = time.monotonic()
            try:
                socket = await self._client.websocket()
            except PermissionMissing as err:
                self.denied = err
                delay = _HOPELESS_DELAY
            except (AuthError, CertificateChanged) as err:
                self.fatal = err
            except AccessSystemError as err:
                _LOGGER.debug("No stream: %s", err)
                if isinstance(err, Refused):
                    delay = _HOPELESS_DELAY
            else:
                try:
                    await self._listen(socket)
                finally:
                    self.connected = False
                    self._wake.set()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(2):
                            await socket.close()
                if time.monotonic() - began > _STEADY:
                    delay = _FIRST_DELAY
            self._tried.set()
            self._wake.set()
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))
            if delay < _LONGEST_DELAY:
                delay = min(delay * 2, _LONGEST_DELAY)

    async def _listen(
        self, socket: aiohttp.ClientWebSocketResponse[Literal[False]]
    ) -> None:
        """Collect frames until the stream ends or falls silent."""
        self.connected = True
        self.denied = self.fatal = None
        self.reconnects += 1
        self._tried.set()
        self._wake.set()
        loop = asyncio.get_running_loop()
        asked = False
        while True:
            try:
                # One for all messages: to begin and end one costs as much as a message.
                async with asyncio.timeout(_SILENCE) as silence:
                    while await self._hear(socket):
                        asked = False
                        silence.reschedule(loop.time() + _SILENCE)
                    return
            except TimeoutError:
                if self._greets or asked:
                    _LOGGER.debug("The stream fell silent")
                    return
                asked = True
                await socket.ping()

    async def _hear(
        self, socket: aiohttp.ClientWebSocketResponse[Literal[False]]
    ) -> bool:
        """Take the next message; returns whether more may follow."""
        message = await socket.receive()
        match message.type:
            case aiohttp.WSMsgType.TEXT | aiohttp.WSMsgType.BINARY:
                self._collect(message.data)
            case aiohttp.WSMsgType.PING:
                await socket.pong(message.data)
            case aiohttp.WSMsgType.PONG:
                pass
            case _:
                _LOGGER.debug("The stream ended: %s", message.type.name)
                return False
        return True

    def _collect(self, data: bytes) -> None:
        """Keep a frame, unless it only says hello."""
        self.received += 1
        if len(data) < 16 and data.strip(b' "\r\n').lower() == b"hello":
            self._greets = True
            return
        if (frame := from_json(data)) is None:
            frame = data
        if len(self._frames) >= _BUFFER or self._size > _MOST_BYTES:
            self.overflowed = True
        if not self.overflowed:
            self._frames.append((time.monotonic(), frame, len(data)))
            self._size += len(data)
        self._wake.set()
