"""PDK's stream: Socket.IO over a WebSocket, with tokens that are renewed in time.

Source: developer.pdk.io 2.0, "Streaming API". In place of each event that follows the
end of a token the server says `invalidToken`; when it is told a new one, it tells the
events that it withheld.
"""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
import logging
import re
import time
from typing import Any, override

import aiohttp
import socketio
from yarl import URL

from ..base import AccessSystemError, AuthError, ConnectError, RateLimited
from ..tasks import end
from ..tls import connect_error
from .tokens import Token, Tokens
from .topics import STREAMED
from .wire import Wire

_HANDSHAKE = 30.0
_WAIT = 15.0
_CLOSING = 2.0
_SETTLES = 0.3
"""How many seconds a subscription gets to take effect; nobody acknowledges it."""
_BUFFER = 20_000
_PROMPT = 10.0
"""How many seconds after a token has ended events still count as told at once."""
_FLUSH = 2.0
_LONGEST_FLUSH = 60.0
_STRAGGLERS = 1.0
_MOST_FRUITLESS = 5
_GIVE_UP_AFTER = 90.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0
_OLD_AGAIN = 3600.0
_PROBING = 5.0
_SHORT_LIFE = 10.0
_MOST_SHORT = 2
_LONGEST_REST = 60.0
_REFUSED = re.compile(r"auth|token|forbidden|denied|jwt|expired", re.IGNORECASE)
_INVALID = "invalidToken"
_MOST_PARTS = 16

_LOGGER = logging.getLogger(__name__)

_SILENT = logging.Logger("silent")  # noqa: LOG001
_SILENT.disabled = True
"""What the libraries log holds addresses with tokens in them, so none of it is kept.

It is no logger of the application's, and nobody can switch it on.
"""


class _Client(socketio.AsyncClient):
    """A client that counts a frame it can't read, and goes on with the next."""

    unreadable = 0

    @override
    async def _handle_eio_message(self, data: str | bytes) -> None:
        """Take a frame; what it is made of is never told.

        One that announces parts which never come, or too many of them, must not take
        the frames that follow for its parts.
        """
        if self._binary_packet is not None and isinstance(data, str):
            self._drop_parts()
        try:
            await super()._handle_eio_message(data)
        except Exception:  # noqa: BLE001
            self.unreadable += 1
        parts = self._binary_packet
        if parts is not None and not 0 < parts.attachment_count <= _MOST_PARTS:
            self._drop_parts()

    def _drop_parts(self) -> None:
        """Wait no more for the parts of a frame."""
        self._binary_packet = None
        self.unreadable += 1


class OldProtocol(RateLimited):
    """The server speaks a generation of Socket.IO that no kept library speaks."""

    key = "old_protocol"

    def __init__(self) -> None:
        """Say so, and ask to leave it for an hour."""
        super().__init__(retry_after=_OLD_AGAIN)


@dataclass(frozen=True, slots=True)
class Frame:
    """A message of the stream; `late` tells that it was withheld for long."""

    topic: str
    payload: object = field(repr=False)
    arrived: float
    late: bool


class Stream:
    """One connection, from `start` until it breaks or is stopped."""

    def __init__(
        self,
        wire: Wire,
        tokens: Tokens,
        systems: URL,
        system_id: str,
        wake: asyncio.Event,
    ) -> None:
        """Use a wire; `wake` is set whenever there is something to look at."""
        self._wire = wire
        self._tokens = tokens
        self._systems = systems
        self._system_id = system_id
        self._wake = wake
        self._client: _Client | None = None
        self._minder: asyncio.Task[None] | None = None
        self._shown: Token | None = None
        self._refusal = ""
        self._frames: deque[Frame] = deque()
        self._asked = asyncio.Event()
        self._withheld: deque[float] = deque(maxlen=_BUFFER)
        self._renewed_at = self._suspect_at = 0.0
        self._late_left = 0
        self._late_until = self._flush_until = 0.0
        self._fruitless = 0
        self._opened_at = 0.0
        self._short_lives = 0
        self.connected = False
        self.overflowed = False
        self.ended: AccessSystemError | None = None
        self.connects = 0
        self.received = 0
        self.renewals = 0
        self.invalid_tokens = 0
        self.unreadable = 0

    # Life

    async def probe(self) -> None:
        """Find out whether the server speaks a generation that we speak.

        One polling request tells: an old server counts the characters before its
        opening packet, whatever generation it was asked for.
        """
        url = self._systems / "socket.io" / ""
        query = {"EIO": "4", "transport": "polling", **await self._query()}
        try:
            async with asyncio.timeout(_PROBING):
                answer = await self._wire.ask("GET", url.with_query(query))
        except (ConnectError, TimeoutError) as err:
            # Only WebSockets are needed, and opening one tells the same.
            _LOGGER.debug("No answer to polling: %s", err)
            return
        if answer.content.find(b'0{"') > 0:
            raise OldProtocol

    async def start(self) -> None:
        """Connect and subscribe; raises what keeps us from it."""
        await self.stop()
        self._frames.clear()
        self._withheld.clear()
        self._late_left = self._fruitless = 0
        self._late_until = self._flush_until = 0.0
        self._renewed_at = self._suspect_at = 0.0
        self.overflowed = False
        self.ended = None
        for last in (False, True):
            try:
                await self._connect()
            except AuthError:
                await self.stop()
                if last:
                    raise
                assert self._shown is not None
                await self._tokens.renewed(self._shown.value)
            except BaseException:
                await self.stop()
                raise
            else:
                break
        self._minder = asyncio.create_task(self._mind(), name="pdk tokens")

    async def stop(self) -> None:
        """Let go of the connection; what it brought stays."""
        minder, self._minder = self._minder, None
        if minder is not None:
            await end(minder)
        client, self._client = self._client, None
        self.connected = False
        if client is None:
            return
        with suppress(Exception):
            async with asyncio.timeout(5):
                await client.disconnect()
        if client.eio.ws is not None:
            # The library leaves a connection open that fell silent.
            with suppress(Exception):
                async with asyncio.timeout(5):
                    await client.eio.ws.close()
        self.unreadable += client.unreadable
        # The session is not the library's to close, also when it is collected.
        client.eio.http = None

    async def _connect(self) -> None:
        """Connect once and subscribe to all that can be told."""
        client = _Client(
            reconnection=False,
            logger=_SILENT,
            engineio_logger=_SILENT,
            handle_sigint=False,
            http_session=self._wire.session,
            request_timeout=_CLOSING,
        )
        client.on("*", self._take)
        client.on("connect_error", self._note_refusal)
        client.on("disconnect", self._note_end)
        self._client = client
        self._refusal = ""
        prefix = self._systems.path.strip("/")
        try:
            async with asyncio.timeout(_HANDSHAKE):
                await client.connect(
                    self._address,
                    transports=["websocket"],
                    socketio_path=f"{prefix}/socket.io" if prefix else "socket.io",
                    wait_timeout=_WAIT,
                )
        except socketio.exceptions.ConnectionError as err:
            raise self._explain(err) from None
        except (aiohttp.ClientError, OSError, ValueError) as err:
            raise connect_error(err) from None
        if client.get_sid() == client.sid:
            # Since generation 3 a namespace has an id that is not the connection's.
            raise OldProtocol
        await client.emit("subscribeIsolated", {"topics": list(STREAMED)})
        await asyncio.sleep(_SETTLES)
        self.connected = True
        self.connects += 1
        self._opened_at = time.monotonic()

    async def _query(self) -> dict[str, str]:
        """Return what lets us in, with a token that is good for a while."""
        self._shown = await self._tokens.current()
        return {"systemId": self._system_id, "token": self._shown.value}

    async def _address(self) -> str:
        """Return the address to connect to."""
        return str(self._systems.with_query(await self._query()))

    def _explain(self, err: BaseException) -> AccessSystemError:
        """Return why the connection was not made."""
        cause: BaseException | None = err
        while cause is not None:
            if isinstance(cause, aiohttp.WSServerHandshakeError):
                if cause.status in (401, 403):
                    return AuthError()
                return ConnectError("not_ready", status=str(cause.status))
            if isinstance(cause, aiohttp.ClientError):
                return connect_error(cause)
            cause = cause.__cause__ or cause.__context__
        if _REFUSED.search(self._refusal):
            return AuthError()
        return ConnectError("stream_refused")

    # What the library calls; none of these may wait, or messages lose their order

    def _take(self, topic: str, *args: Any) -> None:
        """Keep a message, unless it is about the token."""
        now = time.monotonic()
        if topic == _INVALID:
            self.invalid_tokens += 1
            self._withheld.append(now)
            if now < self._renewed_at + _STRAGGLERS:
                self._suspect_at = self._suspect_at or now
            self._asked.set()
            return
        if self._suspect_at:
            self._suspect_at = 0.0
            self._withheld.clear()
        self._fruitless = 0
        self.received += 1
        if len(self._frames) >= _BUFFER:
            self.overflowed = True
        else:
            payload = args[0] if args else None
            self._frames.append(Frame(topic, payload, now, self._is_late(now)))
        self._wake.set()

    def _is_late(self, now: float) -> bool:
        """Return whether what comes now was withheld for long."""
        if self._late_left and now < self._late_until:
            self._late_left -= 1
            return True
        return now < self._flush_until

    def _note_refusal(self, *args: Any) -> None:
        """Keep why a connection is refused."""
        told = args[0] if args else ""
        words = told.get("message", "") if isinstance(told, dict) else told
        self._refusal = str(words)

    def _note_end(self, *_: Any) -> None:
        """Note that the connection broke; one that never lasts has to rest."""
        if self.connected:
            short = time.monotonic() - self._opened_at < _SHORT_LIFE
            self._short_lives = self._short_lives + 1 if short else 0
        self.connected = False
        if self.ended is None and self._short_lives > _MOST_SHORT:
            rest = min(2.0**self._short_lives, _LONGEST_REST)
            self.ended = RateLimited("ends_at_once", retry_after=rest)
        elif self.ended is None:
            self.ended = ConnectError("connection_lost")
        self._wake.set()

    def take(self) -> Frame | None:
        """Return the oldest message, None if there is none."""
        return self._frames.popleft() if self._frames else None

    # Tokens

    async def _mind(self) -> None:
        """Show a new token before the old one ends, and whenever the server asks."""
        try:
            while True:
                await self._until_due()
                await self._renew()
        except AccessSystemError as err:
            self.ended = err
            self._wake.set()

    async def _until_due(self) -> None:
        """Wait until a new token is to be shown."""
        while True:
            now = time.monotonic()
            assert self._shown is not None
            due = self._shown.renew_at
            if self._suspect_at:
                # Said before the server heard of the new token, unless no event follows.
                due = min(due, self._suspect_at + _STRAGGLERS)
            elif self._withheld and now >= self._renewed_at + _STRAGGLERS:
                return
            if now >= due:
                return
            self._asked.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(due - now):
                    await self._asked.wait()

    async def _renew(self) -> None:
        """Get a new token and show it, once for all that asked meanwhile."""
        asked = bool(self._withheld)
        if asked:
            recent = time.monotonic() < self._renewed_at + _GIVE_UP_AFTER
            self._fruitless = self._fruitless + 1 if recent else 1
            if self._fruitless > _MOST_FRUITLESS:
                raise ConnectError("stream_refused")
        assert self._shown is not None
        began, pause = time.monotonic(), _FIRST_PAUSE
        while True:
            try:
                self._shown = (
                    await self._tokens.renewed(self._shown.value)
                    if asked or self._withheld
                    else await self._tokens.current()
                )
                break
            except ConnectError as err:
                if time.monotonic() - began > _GIVE_UP_AFTER:
                    raise
                _LOGGER.debug("No new token yet: %s", err)
                if isinstance(err, RateLimited) and err.retry_after:
                    pause = max(pause, err.retry_after)
                await asyncio.sleep(min(pause, _LONGEST_PAUSE))
                pause *= 2
        client = self._client
        if client is None or not client.connected:
            return
        self._expect_flush()
        try:
            await client.emit("renewedToken", {"token": self._shown.value})
        except socketio.exceptions.SocketIOError:
            return
        self.renewals += 1

    def _expect_flush(self) -> None:
        """Note which of the messages to come were withheld, and whether for long."""
        now = self._renewed_at = time.monotonic()
        if self._withheld and now - self._withheld[0] > _PROMPT:
            self._late_left = len(self._withheld)
            self._late_until = now + _LONGEST_FLUSH
            self._flush_until = now + _FLUSH
        self._withheld.clear()
        self._suspect_at = 0.0
