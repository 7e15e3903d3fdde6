"""Misbehaviour on command: for HTTP answers and for pushed frames."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
import contextlib
from dataclasses import dataclass, field
from itertools import repeat
import json
from typing import Any, Literal
import zlib

from aiohttp import web

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

RUBBISH = b"\x00\xff{not json <<<"
_BLANKS = b" " * 262_144
_GIGABYTE = 2**30


@dataclass(slots=True, kw_only=True)
class HttpFault:
    """What to do wrong with requests that match.

    A client may ask again by itself where the connection was cut: aiohttp does so
    once for every verb but POST and PATCH.

    Args:
        path: The start of the path.
        method: The verb, `*` for any.
        count: How many matching requests go wrong; None for all.
        skip: How many matching requests go right before that.
        delay: Seconds to wait before the request is handled.
        drop: Cut the connection `before` or `after` the request is handled.
        status: Answer with this status instead of handling the request.
        body: The body of that answer: text as it is, all else as JSON.
        headers: More headers of that answer, such as `Retry-After`.
        rubbish: Handle the request, then answer 200 with bytes that are not JSON.
        truncate: Handle the request, then send half of the answer and cut.
        stale: Handle the first request, and answer those that are the very same with
            what that one got, as a cache does.
        twice: Handle the request twice, as when something on the way asks again.
        endless: Answer 200, and send blanks for as long as somebody reads.
        drip: Answer 200, and send a blank each so many seconds, without end.
        bomb: Answer 200 with a gigabyte of blanks, packed by `gzip` or `deflate`.
    """

    path: str = "/"
    method: str = "*"
    count: int | None = 1
    skip: int = 0
    delay: float = 0.0
    drop: Literal["before", "after"] | None = None
    status: int | None = None
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)
    rubbish: bool = False
    truncate: bool = False
    stale: bool = False
    twice: bool = False
    endless: bool = False
    drip: float = 0.0
    bomb: Literal["gzip", "deflate"] | None = None
    hits: int = 0
    sent: int = 0
    kept: dict[tuple[str, bytes], web.Response] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a drop that is neither before nor after."""
        if self.drop not in (None, "before", "after"):
            raise ValueError("drop is 'before', 'after' or null")
        if self.bomb not in (None, "gzip", "deflate"):
            raise ValueError("bomb is 'gzip', 'deflate' or null")

    def matches(self, request: web.Request) -> bool:
        """Tell whether the request matches, whatever the counts say."""
        return self.method in ("*", request.method) and request.path.startswith(
            self.path
        )

    def take(self) -> bool:
        """Use up one matching request; tell whether it goes wrong."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.count is not None:
            if self.count <= 0:
                return False
            self.count -= 1
        self.hits += 1
        return True


class HttpFaults:
    """The fault plan and the request log of a simulator's HTTP servers."""

    def __init__(self) -> None:
        """Start with no faults."""
        self.rules: list[HttpFault] = []
        self.counts: Counter[str] = Counter()
        self.recent: deque[dict[str, Any]] = deque(maxlen=1000)

    def add(self, fault: HttpFault) -> None:
        """Add a rule. The first rule that matches wins."""
        self.rules.append(fault)

    def clear(self) -> None:
        """Remove all rules."""
        self.rules.clear()

    def forget_requests(self) -> None:
        """Start counting requests anew."""
        self.counts.clear()
        self.recent.clear()

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        """Log the request, and let it go wrong where a rule says so."""
        self.counts[f"{request.method} {request.path}"] += 1
        note = {
            "method": request.method,
            "path": request.path,
            "query": dict(request.query),
            "at": asyncio.get_running_loop().time(),
            "status": None,
        }
        self.recent.append(note)
        fault = next(
            (rule for rule in self.rules if rule.matches(request) and rule.take()), None
        )
        response = await (
            handler(request) if fault is None else _misbehave(fault, request, handler)
        )
        note["status"] = response.status
        return response


async def _misbehave(
    fault: HttpFault, request: web.Request, handler: Handler
) -> web.StreamResponse:
    """Answer the request as the fault says."""
    if fault.delay:
        await asyncio.sleep(fault.delay)
    if fault.drop == "before":
        return _cut(request)
    if fault.status is not None:
        return _answer(fault)
    if fault.endless or fault.drip or fault.bomb:
        return await _flood(fault, request)
    if fault.stale:
        return await _cached(fault, request, handler)
    if fault.twice:
        await handler(request)
    response = await handler(request)
    if fault.drop == "after":
        return _cut(request)
    if fault.rubbish:
        return web.Response(body=RUBBISH, content_type="application/json")
    if fault.truncate and isinstance(response, web.Response):
        return await _truncate(request, response)
    return response


def _answer(fault: HttpFault) -> web.Response:
    """Return the answer that a fault prescribes."""
    assert fault.status is not None
    if isinstance(fault.body, str):
        return web.Response(status=fault.status, text=fault.body, headers=fault.headers)
    return web.json_response(fault.body, status=fault.status, headers=fault.headers)


def _cut(request: web.Request) -> web.Response:
    """Cut the connection of a request; the answer goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=444)


async def _cached(
    fault: HttpFault, request: web.Request, handler: Handler
) -> web.StreamResponse:
    """Answer what the very same request got before, or keep what it gets now."""
    asked = f"{request.method} {request.path_qs}", await request.read()
    if asked not in fault.kept:
        response = await handler(request)
        if not isinstance(response, web.Response):
            return response
        fault.kept[asked] = response
    kept = fault.kept[asked]
    return web.Response(
        body=kept.body, status=kept.status, content_type=kept.content_type
    )


async def _truncate(request: web.Request, whole: web.Response) -> web.StreamResponse:
    """Send the first half of an answer under the length of all of it."""
    body = whole.body if isinstance(whole.body, bytes) else RUBBISH
    half = web.StreamResponse(status=whole.status)
    half.content_type = whole.content_type
    half.content_length = len(body)
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return half


async def _flood(fault: HttpFault, request: web.Request) -> web.StreamResponse:
    """Send more than anybody wants, until nobody reads it any more."""
    flood = web.StreamResponse()
    flood.content_type = "application/json"
    if fault.bomb:
        flood.headers["Content-Encoding"] = fault.bomb
    await flood.prepare(request)
    with contextlib.suppress(ConnectionError, asyncio.CancelledError):
        for piece in _packed(fault.bomb) if fault.bomb else repeat(_BLANKS):
            if fault.drip:
                piece = b" "
                await asyncio.sleep(fault.drip)
            await flood.write(piece)
            fault.sent += len(piece)
        await flood.write_eof()
    return flood


def _packed(encoding: str) -> Iterator[bytes]:
    """Return a gigabyte of blanks, packed, in pieces that are all the same."""
    packer = zlib.compressobj(9, wbits=31 if encoding == "gzip" else 15)
    yield packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(_BLANKS) + packer.flush(zlib.Z_FULL_FLUSH)
    yield from repeat(piece, _GIGABYTE // len(_BLANKS))


class PushFaults[Frame]:
    """The way of a pushed frame to the clients, with its possible accidents."""

    def __init__(self, deliver: Callable[[Frame], None]) -> None:
        """Deliver frames by `deliver`, as they are, until told otherwise."""
        self._deliver = deliver
        self._held: list[Frame] = []
        self._late: list[asyncio.TimerHandle] = []
        self.silent = False
        self.delay = 0.0
        self.lose = 0
        self.repeat = 0
        self.copies = 1
        self.reorder = 0
        self.pushed = 0
        self.lost = 0

    def clear(self) -> None:
        """Behave again; frames held back for reordering go out."""
        self.silent = False
        self.delay = 0.0
        self.lose = self.repeat = self.reorder = 0
        self._release()

    def set(
        self,
        *,
        silent: bool | None = None,
        delay: float | None = None,
        lose: int | None = None,
        repeat: int | None = None,
        copies: int = 1,
        reorder: int | None = None,
    ) -> None:
        """Plan accidents; what is None stays as it is.

        Args:
            silent: Send nothing at all, while the connections stay open.
            delay: Seconds by which each frame comes late.
            lose: How many of the next frames are never sent.
            repeat: How many of the next frames are sent again.
            copies: How often those are sent again.
            reorder: How many of the next frames are held back, and then sent
                in the opposite order.
        """
        self.silent = self.silent if silent is None else silent
        self.delay = self.delay if delay is None else delay
        self.lose = self.lose if lose is None else lose
        self.copies = copies
        self.repeat = self.repeat if repeat is None else repeat
        self.reorder = self.reorder if reorder is None else reorder

    def push(self, frame: Frame) -> None:
        """Send a frame, if nothing happens to it."""
        self.pushed += 1
        if self.silent:
            self.lost += 1
            return
        if self.lose > 0:
            self.lose -= 1
            self.lost += 1
            return
        if self.reorder > 0:
            self._held.append(frame)
            self.reorder -= 1
            if self.reorder == 0:
                self._release()
            return
        self._send(frame)
        if self.repeat > 0:
            self.repeat -= 1
            for _ in range(self.copies):
                self._send(frame)

    def _send(self, frame: Frame) -> None:
        """Deliver a frame now or after the delay."""
        if not self.delay:
            self._deliver(frame)
            return
        loop = asyncio.get_running_loop()
        self._late = [timer for timer in self._late if timer.when() > loop.time()]
        self._late.append(loop.call_later(self.delay, self._deliver, frame))

    def forget(self) -> None:
        """Forget the frames that are late or held back: the connections are gone."""
        for timer in self._late:
            timer.cancel()
        self._late.clear()
        self._held.clear()

    def _release(self) -> None:
        """Send what was held back, last first."""
        held, self._held = self._held, []
        for frame in reversed(held):
            self._send(frame)


def as_json(value: object) -> str:
    """Return compact JSON, with letters of all scripts as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
