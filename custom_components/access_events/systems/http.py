"""Asking a system over HTTP: once, bounded, and with errors in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
import ssl
from typing import Any

import aiohttp
from yarl import URL

from .base import AccessSystemError, ConnectError, RateLimited
from .parsing import from_json, number
from .tls import connect_error

TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=10)
LARGEST = 16 * 1024 * 1024
"""The most bytes of an answer that could be right."""

_LONGEST_PAUSE = 3600.0
_PIECE = 64 * 1024


class TooLarge(ConnectError):
    """An answer is larger than anything that could be right."""

    key = "answer_unreadable"


async def once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep a request from being sent a second time behind our back.

    aiohttp repeats a GET, PUT or DELETE whose kept-alive connection broke. The system
    may have heard the first one, and opened a door. Given as a request's middleware
    this turns what aiohttp would repeat after into our own `ConnectError`.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as err:
        # The cause is left out: its text holds the address.
        raise connect_error(err) from None


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        """Return the body as JSON, None if it is none."""
        return from_json(self.content)

    @property
    def sent_at(self) -> int | None:
        """Return the server's own time of the answer, in ms since 1970, if it is told."""
        try:
            sent = parsedate_to_datetime(self.headers.get("Date", ""))
            return round(sent.timestamp() * 1000)
        except TypeError, ValueError, OverflowError:
            return None


async def ask(
    session: aiohttp.ClientSession,
    method: str,
    url: URL,
    *,
    params: Mapping[str, str] | None = None,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    trust: aiohttp.Fingerprint | ssl.SSLContext | bool = True,
    timeout: aiohttp.ClientTimeout = TIMEOUT,
    repeatable: bool = False,
    largest: int | None = None,
) -> Answer:
    """Return what a server answers, whatever its status, from one request.

    Only with `repeatable` may the request be sent again on a connection that broke.
    Raises `RateLimited` for 429, and for 503 with a time to wait; else `ConnectError`
    for what goes wrong on the way. No error holds an address.
    """
    try:
        async with session.request(
            method,
            url,
            params=params,
            json=body,
            headers=headers,
            ssl=trust,
            timeout=timeout,
            allow_redirects=False,
            middlewares=() if repeatable else (once,),
        ) as answer:
            pause = retry_after(answer.headers)
            if answer.status == 429 or (answer.status == 503 and pause is not None):
                raise RateLimited(retry_after=pause)
            return Answer(
                answer.status,
                answer.headers.copy(),
                await read(answer, LARGEST if largest is None else largest),
            )
    except AccessSystemError:
        raise
    except (aiohttp.ClientError, OSError, ValueError) as err:
        raise connect_error(err) from None


async def read(answer: aiohttp.ClientResponse, largest: int) -> bytes:
    """Return a whole body; raises `TooLarge` above `largest` bytes."""
    content = bytearray()
    async for piece in answer.content.iter_chunked(_PIECE):
        content += piece
        if len(content) > largest:
            raise TooLarge
    return bytes(content)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the pause that an answer asks for, in seconds, at most an hour.

    A time of day is taken against the answer's own `Date`, never against our clock.
    """
    told = headers.get("Retry-After")
    if (seconds := number(told)) is None:
        try:
            until = parsedate_to_datetime(told or "")
            seconds = (until - parsedate_to_datetime(headers["Date"])).total_seconds()
        except KeyError, TypeError, ValueError:
            return None
    return min(max(seconds, 0.0), _LONGEST_PAUSE)
