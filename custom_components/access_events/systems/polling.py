"""When to ask a system again: soon after something happened, later when all is calm."""

import asyncio
from collections.abc import Callable
import random
import time

_QUICK_FOR = 60.0
_IDLE_AFTER = 600.0
_LONGEST_PAUSE = 900.0
_CLOSEST = 0.5
_REQUESTS = 10
"""How many requests one poll may make before the next one has to wait for longer."""
_SHARE = 10
"""Polls that are brought forward take at most one part in so many of the time."""


class Pace:
    """Decides when the next poll is due. All times are in seconds of one clock.

    The base interval rules. For a minute after something happened polls come
    quicker; when nothing has happened for ten minutes they may slow down. A pause
    that the system asked for is kept, whatever happens.
    """

    def __init__(
        self,
        interval: float,
        *,
        quick: float | None = None,
        idle: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        spread: Callable[[], float] = random.random,
    ) -> None:
        """Start with a poll due at once.

        `quick` is the interval after something happened (a third of the base one if
        not told), `idle` the one when all is calm (the base one if not told).
        """
        self._clock = clock
        self._spread = spread
        self._base = self._wanted = interval
        self._quick = interval / 3 if quick is None else quick
        self._idle = interval if idle is None else idle
        now = clock()
        self._active_until = now
        self._last_happened = now
        self._due = now
        self._not_before = now
        self._asked = now - _CLOSEST
        self._spacing = _CLOSEST
        self._failures = 0
        self._moved = asyncio.Event()

    @property
    def interval(self) -> float:
        """Return the seconds between two polls as things are."""
        now = self._clock()
        if now < self._active_until:
            return min(self._quick, self._base)
        if now - self._last_happened > _IDLE_AFTER:
            return max(self._idle, self._base)
        return self._base

    @property
    def remaining(self) -> float:
        """Return the seconds until the next poll is due, 0 if it is."""
        return max(0.0, max(self._due, self._not_before) - self._clock())

    def hurry(self, interval: float | None) -> None:
        """Poll at least this often until told otherwise (None: the usual pace)."""
        base = self._wanted if interval is None else min(interval, self._wanted)
        if base != self._base:
            self._base = base
            self._bring_forward(self._clock() + base)

    def happened(self) -> None:
        """Note that something happened: more may follow."""
        now = self._clock()
        self._last_happened = now
        self._active_until = now + _QUICK_FOR
        self._bring_forward(now + min(self._quick, self._base))

    def soon(self, delay: float) -> None:
        """Have the next poll due within a delay; a pause that was asked for stays."""
        self._bring_forward(max(self._clock() + delay, self._asked + self._spacing))

    def begun(self) -> None:
        """Note that a poll begins; what asks for another one meanwhile gets it."""
        now = self._clock()
        self._asked = now
        self._due = now + self.interval * (0.95 + 0.1 * self._spread())

    def answered(self) -> None:
        """Note that a poll went well; one that took long must not come too often."""
        self._failures = 0
        took = self._clock() - self._asked
        self._spacing = min(max(_CLOSEST, took * _SHARE), max(self._base, _CLOSEST))

    def spent(self, requests: int) -> None:
        """Note how many requests a poll made, so that many pages come less often.

        A limit that a system does not tell is then kept when very many come at once.
        """
        pause = self._base * requests / _REQUESTS
        self._not_before = max(self._not_before, self._asked + pause)

    def failed(self) -> None:
        """Note that a poll failed: the next ones come later and later."""
        self._failures += 1
        pause = min(self._base, 2.0 ** min(self._failures, 10))
        self._due = self._clock() + pause * (0.5 + 0.5 * self._spread())

    def limited(self, retry_after: float | None) -> None:
        """Note that the system asked for a pause; longer each time if it tells none."""
        self._failures += 1
        if retry_after is None:
            retry_after = max(self._base, 1.0) * 2 ** min(self._failures, 6)
            retry_after *= 0.75 + 0.25 * self._spread()
        pause = min(max(retry_after, _CLOSEST), _LONGEST_PAUSE)
        self._not_before = self._due = self._clock() + pause

    async def wait(self) -> None:
        """Return when the next poll is due, also if that is brought forward."""
        while (remaining := self.remaining) > 0:
            self._moved.clear()
            try:
                async with asyncio.timeout(remaining):
                    await self._moved.wait()
            except TimeoutError:
                continue

    def _bring_forward(self, due: float) -> None:
        """Have the next poll earlier, never later."""
        if due < self._due:
            self._due = due
            self._moved.set()
