"""The wire to a UniFi Access console: HTTPS and WebSocket, errors and limits.

Source: UniFi Access API reference, sections Overview and Notification.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
import ssl
import time
from typing import Any, Literal

import aiohttp
from yarl import URL

from ..base import (
    AccessSystemError,
    AuthError,
    ConnectError,
    PermissionMissing,
    RateLimited,
)
from ..http import LARGEST, TIMEOUT, once, read, retry_after
from ..parsing import from_json, mapping, text
from ..tls import connect_error
from .clock import ConsoleClock
from .errors import SUCCESS, Unauthorized, bare_code, error_of

API = "/api/v1/developer"
ESSENTIAL = "/doors"
"""What every token must be allowed to read (permission view:space)."""

_STREAM_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)
_HANDSHAKE = 15.0
_LARGEST_FRAME = 4 * 1024 * 1024
_PIECE = 64 * 1024
_PROTECT = "/proxy/protect/integration/v1/meta/info"


class UnifiClient:
    """Speaks with one console; every method raises `AccessSystemError` only.

    No error holds an address or the token.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        port: int,
        token: str,
        trust: aiohttp.Fingerprint | ssl.SSLContext | bool,
    ) -> None:
        """Keep where the console is and how to be let in."""
        self._session = session
        self._base = URL.build(scheme="https", host=host, port=port, path=API)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
        }
        self._token = token
        self._trust = trust
        # Where the console's other applications answer.
        self._console = self._base.with_port(443)
        self.clock = ConsoleClock()
        self.requests = 0
        self.failures = 0

    async def get(
        self, path: str, permission: str, params: Mapping[str, str] | None = None
    ) -> Any:
        """Return the `data` of an answer, None if it has none."""
        return (await self.envelope("GET", path, permission, params=params)).get("data")

    async def send(
        self, method: str, path: str, permission: str, body: object = None
    ) -> Any:
        """Change something, once; returns the `data` of the answer, if any."""
        return (await self.envelope(method, path, permission, body=body)).get("data")

    async def envelope(
        self,
        method: str,
        path: str,
        permission: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Mapping[str, Any]:
        """Return a whole successful answer.

        Raises `PermissionMissing` rather than `AuthError` where the same token is good
        for something else, since the console answers 401 to both.
        """
        try:
            async with self._open(
                method, path, permission, params=params, body=body
            ) as answer:
                envelope = await self._read_json(answer)
                return _checked(answer.status, envelope, permission)
        except Unauthorized:
            if path == ESSENTIAL or not await self._token_works():
                raise
            raise PermissionMissing(permission) from None

    async def download(
        self, path: str, permission: str, largest: int
    ) -> tuple[bytes, str]:
        """Return a file and its content type; `TooLarge` above `largest` bytes."""
        async with self._open("GET", path, permission) as answer:
            await self._expect_file(answer, permission)
            content = await read(answer, largest)
            return content, answer.content_type

    async def stream(
        self, path: str, permission: str, body: object
    ) -> AsyncIterator[bytes]:
        """Read a file of any size in pieces; the answer to a POST."""
        async with self._open(
            "POST", path, permission, body=body, timeout=_STREAM_TIMEOUT
        ) as answer:
            await self._expect_file(answer, permission)
            async for piece in answer.content.iter_chunked(_PIECE):
                yield piece

    async def websocket(self) -> aiohttp.ClientWebSocketResponse[Literal[False]]:
        """Open the stream of notifications (permission view:device).

        Pings are left to the caller: some consoles never answer them. What the console
        says by itself every few seconds is the sign of life.
        """
        self.requests += 1
        try:
            async with asyncio.timeout(_HANDSHAKE):
                return await self._session.ws_connect(
                    self._base / "devices/notifications",
                    headers=self._headers,
                    ssl=self._trust,
                    heartbeat=None,
                    autoping=False,
                    max_msg_size=_LARGEST_FRAME,
                    decode_text=False,
                    timeout=aiohttp.ClientWSTimeout(ws_close=2),
                )
        except aiohttp.WSServerHandshakeError as err:
            self.failures += 1
            error = error_of(err.status, "", None, "view:device")
            if isinstance(error, Unauthorized) and await self._token_works():
                raise PermissionMissing("view:device") from None
            raise error from None
        except (aiohttp.ClientError, OSError, ValueError) as err:
            self.failures += 1
            raise connect_error(err) from None

    async def is_protect_key(self) -> bool:
        """Return whether the token is a key of UniFi Protect or Network instead.

        Only for a token that the console has refused. Its other applications have a
        certificate of their own, of which nothing is known where one is pinned here.
        """
        try:
            async with self._session.get(
                self._console.with_path(_PROTECT),
                headers={"X-API-KEY": self._token, "Accept": "application/json"},
                ssl=self._trust is True,
                timeout=aiohttp.ClientTimeout(total=5),
                allow_redirects=False,
            ) as answer:
                return answer.status == 200
        except aiohttp.ClientError, OSError, ValueError:
            return False

    @asynccontextmanager
    async def _open(
        self,
        method: str,
        path: str,
        permission: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask once, and turn what can go wrong on the way into our errors."""
        self.requests += 1
        asked = time.monotonic()
        try:
            async with self._session.request(
                method,
                self._base.with_path(API + path),
                params=params,
                json=body,
                headers=self._headers,
                ssl=self._trust,
                timeout=timeout,
                allow_redirects=False,
                middlewares=() if method == "GET" else (once,),
            ) as answer:
                self.clock.note(answer.headers.get("Date"), asked, time.monotonic())
                if answer.status == 429:
                    raise RateLimited(retry_after=retry_after(answer.headers))
                yield answer
        except AccessSystemError:
            self.failures += 1
            raise
        except (aiohttp.ClientError, OSError, ValueError) as err:
            self.failures += 1
            # The cause is left out: its text holds the address.
            raise connect_error(err) from None

    async def _read_json(
        self, answer: aiohttp.ClientResponse
    ) -> Mapping[str, Any] | None:
        """Return an answer's envelope, None if it is none."""
        envelope = from_json(await read(answer, LARGEST))
        return envelope if isinstance(envelope, dict) and "code" in envelope else None

    async def _expect_file(
        self, answer: aiohttp.ClientResponse, permission: str
    ) -> None:
        """Raise what the console means by sending no file."""
        if answer.status == 200 and answer.content_type != "application/json":
            return
        envelope = await self._read_json(answer)
        _checked(answer.status, envelope, permission)
        raise ConnectError("answer_unreadable")

    async def _token_works(self) -> bool:
        """Return whether the token is good for what every token must be allowed."""
        try:
            async with self._open("GET", ESSENTIAL, "view:space") as answer:
                _checked(answer.status, await self._read_json(answer), "view:space")
        except AuthError:
            return False
        except PermissionMissing:
            return True
        return True


def _checked(
    status: int, envelope: Mapping[str, Any] | None, permission: str
) -> Mapping[str, Any]:
    """Return an envelope that says success, with a status that does not disagree."""
    if envelope is None:
        if status == 200:
            raise ConnectError("wrong_product")
        raise error_of(status, "", None, permission)
    code = bare_code(envelope)
    if status < 300 and code in SUCCESS:
        return envelope
    message = text(envelope.get("msg"))
    raise error_of(status, "" if code in SUCCESS else code, message, permission)


async def gather_limited[T](
    tasks: list[Any], limit: int = 6
) -> list[T | BaseException]:
    """Await many requests, a few at a time; failures come back in their places."""
    gate = asyncio.Semaphore(limit)

    async def guarded(task: Any) -> T:
        async with gate:
            result: T = await task
            return result

    return await asyncio.gather(
        *(guarded(task) for task in tasks), return_exceptions=True
    )


def page_info(envelope: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the pagination of a list's answer, which may stand beside or in `data`."""
    return mapping(envelope.get("pagination")) or mapping(
        mapping(envelope.get("data")).get("pagination")
    )
