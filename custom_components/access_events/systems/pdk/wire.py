"""One request to PDK's cloud: bounded, within its rate limits, and never repeated.

Source: developer.pdk.io, "Rate limits": `X-RateLimit-Limit`, `-Remaining` and `-Reset`
(seconds since 1970) on each answer, 429 when too many came.
"""

import asyncio
from collections.abc import Mapping
import time

import aiohttp
from yarl import URL

from ..base import AccessSystemError, RateLimited
from ..clock import ToldClock
from ..http import LARGEST, TIMEOUT, Answer, once, read, retry_after
from ..parsing import number
from ..tls import connect_error

_TRIES = 4
_LONGEST_WAIT = 30.0
_LONGEST_COMMAND_WAIT = 3.0
_FIRST_WAIT = 0.5


class Wire:
    """Asks PDK's hosts; raises `AccessSystemError` only, never with an address."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        """Use a session that somebody else closes."""
        self.session = session
        self.requests = 0
        self.failures = 0
        self.limited = 0
        self._clock = ToldClock()
        self._not_before: dict[str, float] = {}
        self.remaining: dict[str, int] = {}
        """How many requests each host still allowed when it was asked last."""

    @property
    def now(self) -> int:
        """Return the cloud's own time in ms, as its last answer told it.

        It only bounds what is asked for. Our own clock stands in where none was told.
        """
        return self._clock.now_or_ours

    async def ask(
        self,
        method: str,
        url: URL,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: object = None,
        form: Mapping[str, str] | None = None,
        patient: bool = True,
    ) -> Answer:
        """Return an answer, whatever its status but 429.

        A request that was turned away by a limit was not carried out, so one that is
        `patient` is made again after the pause that the limit asks for.
        """
        wait = _FIRST_WAIT
        for attempt in range(_TRIES):
            await self._hold_back(url, patient)
            try:
                return await self._ask_once(method, url, headers, params, body, form)
            except RateLimited as err:
                self.limited += 1
                pause = wait if err.retry_after is None else err.retry_after
                if not patient or attempt == _TRIES - 1 or pause > _LONGEST_WAIT:
                    raise
                await asyncio.sleep(pause)
                wait *= 2
        raise AssertionError("the last attempt answers or raises")

    async def _hold_back(self, url: URL, patient: bool) -> None:
        """Wait until a host that is used up may be asked again."""
        pause = self._not_before.get(url.authority, 0.0) - time.monotonic()
        if pause <= 0:
            return
        if pause > (_LONGEST_WAIT if patient else _LONGEST_COMMAND_WAIT):
            raise RateLimited(retry_after=pause)
        await asyncio.sleep(pause)

    async def _ask_once(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str] | None,
        params: Mapping[str, str] | None,
        body: object,
        form: Mapping[str, str] | None,
    ) -> Answer:
        """Ask once, and turn what can go wrong on the way into our errors."""
        self.requests += 1
        try:
            async with self.session.request(
                method,
                url,
                params=params,
                json=body,
                data=form,
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
                middlewares=() if method == "GET" else (once,),
            ) as reply:
                content = await read(reply, LARGEST)
                answer = Answer(reply.status, reply.headers.copy(), content)
        except AccessSystemError:
            self.failures += 1
            raise
        except (aiohttp.ClientError, OSError, ValueError) as err:
            self.failures += 1
            failed = connect_error(err)
            # Which of the two hosts it was helps; the rest of the address may be secret.
            failed.placeholders = {**failed.placeholders, "address": str(url.origin())}
            raise failed from None
        self._note(url, answer)
        return answer

    def _note(self, url: URL, answer: Answer) -> None:
        """Note the cloud's time and its limits; raises `RateLimited` for 429."""
        self._clock.set(answer.sent_at)
        told = answer.headers
        pause = retry_after(told)
        if pause is None and (reset := number(told.get("X-RateLimit-Reset"))):
            pause = max(0.0, reset - self.now / 1000)
        left = number(told.get("X-RateLimit-Remaining"))
        # What lasts for longer is the quota of one kind of request, not the host's.
        if left is not None and (pause is None or pause <= _LONGEST_WAIT):
            self.remaining[url.authority] = int(left)
            if left <= 0 and pause is not None:
                self._not_before[url.authority] = time.monotonic() + pause
        if answer.status == 429:
            raise RateLimited(retry_after=pause)
