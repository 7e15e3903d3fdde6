"""Keeps a console's WebSocket open and collects what it brings.

Source: API reference, Notification. Nothing is told again after a break.
"""

import asyncio
from collections import deque
from contextlib import suppress
import logging
import random
import time
from typing import Any

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

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Collect frames until the stream ends or falls silent."""
        self.connected = True
        self.denied = self.fatal = None
        self.reconnects += 1
        self._tried.set()
        self._wake.set()
        asked = False
        while True:
            try:
                message = await socket.receive(timeout=_SILENCE)
            except TimeoutError:
                if not self._greets and not asked:
                    asked = True
                    await socket.ping()
                    continue
                _LOGGER.debug("The stream fell silent")
                return
            asked = False
            if message.type is aiohttp.WSMsgType.PONG:
                continue
            if message.type is aiohttp.WSMsgType.PING:
                await socket.pong(message.data)
                continue
            if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                _LOGGER.debug("The stream ended: %s", message.type.name)
                return
            self._collect(message.data)

    def _collect(self, data: str | bytes) -> None:
        """Keep a frame, unless it only says hello."""
        self.received += 1
        frame = from_json(data)
        if frame is None and isinstance(data, str):
            frame = data
        if isinstance(frame, str) and frame.strip().casefold() == "hello":
            self._greets = True
            return
        if len(self._frames) >= _BUFFER or self._size > _MOST_BYTES:
            self.overflowed = True
        if not self.overflowed:
            self._frames.append((time.monotonic(), frame, len(data)))
            self._size += len(data)
        self._wake.set()
