"""Systems that tell what happened only when they are asked."""

from abc import abstractmethod
import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
import time
from typing import override

from ..models import AccessEvent
from .base import AccessSystem, Batch, ConnectError, Cursor, Gap, RateLimited, Signal
from .parsing import from_milliseconds
from .polling import Pace

LATE = 120_000
"""How many ms before what a device has told already make an event a late one."""

_TRIES = 3
_MOST_SEEN = 50_000
_MOST_LEFT_OUT = 100


class PolledSystem(AccessSystem):
    """A system whose `live` is its history, read again and again at a pace.

    Never are two polls in flight. What comes is live only if the poll before was a
    good one, and not long ago.
    """

    def __init__(self, pace: Pace) -> None:
        """Start with nothing read."""
        self.pace = pace
        self.polls = 0
        self._asking = asyncio.Lock()
        self.committed: Cursor | None = None
        """How far was read, while that is being followed."""
        self._healthy_at: float | None = None

    @abstractmethod
    def read(self, cursor: Cursor) -> AsyncGenerator[Signal]:
        """Read what happened since the cursor up to now, oldest first.

        Only what is new belongs into batches. An event of which the system tells
        late, device time against device time, goes into a batch with `live=False`.
        What was handed out counts as committed once the next signal is asked for.
        """

    @property
    def following(self) -> bool:
        """Return whether history has been read and is being followed."""
        return self.committed is not None

    @property
    def elapsed(self) -> float | None:
        """Return the seconds since all was read last, None if it never was."""
        healthy = self._healthy_at
        return None if healthy is None else time.monotonic() - healthy

    @property
    def prompt(self) -> bool:
        """Return whether all was read not long ago, so that what is new is live."""
        elapsed = self.elapsed
        return elapsed is not None and elapsed <= max(
            LATE / 1000, 3 * self.pace.interval
        )

    @override
    async def history(self, cursor: Cursor) -> AsyncGenerator[Signal]:
        async with self._asking:
            self.polls += 1
            # Another poll may have come further while this one waited its turn.
            start = self.committed or cursor
            prompt = self.prompt
            async with aclosing(self.read(start)) as signals:
                async for signal in signals:
                    if not isinstance(signal, Batch):
                        yield signal
                        continue
                    if signal.events and self.following:
                        self.pace.happened()
                    yield signal if prompt else replace(signal, live=False)
                    if self.following and signal.cursor is not None:
                        self.committed = signal.cursor
            self._healthy_at = time.monotonic()

    async def in_turns[T](self, parts: AsyncIterator[T]) -> AsyncGenerator[T]:
        """Read something beside the polls, in turns, so that neither waits for long."""
        while True:
            async with self._asking:
                try:
                    part = await anext(parts)
                except StopAsyncIteration:
                    return
            yield part

    @override
    async def live(self, cursor: Cursor) -> AsyncGenerator[Signal]:
        self.committed = cursor
        failures = 0
        try:
            while True:
                await self.pace.wait()
                self.pace.begun()
                try:
                    async with aclosing(self.history(cursor)) as signals:
                        async for signal in signals:
                            yield signal
                except RateLimited as err:
                    self.pace.limited(err.retry_after)
                except ConnectError:
                    failures += 1
                    if failures == _TRIES:
                        raise
                    self.pace.failed()
                else:
                    failures = 0
                    self.pace.answered()
        finally:
            self.committed = None

    @override
    async def close(self) -> None:
        # A reader that was left behind may still hold the old lock.
        self._asking = asyncio.Lock()
        self._healthy_at = None


class Seen:
    """Keys of events that were handed out, to tell at once what is new.

    The journal knows for certain; this only spares it what comes again with each
    poll. It holds the newest, and no more than a bounded number.
    """

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._keys: dict[str, None] = {}

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._keys)

    def __contains__(self, key: str) -> bool:
        """Tell whether an event was handed out already."""
        return key in self._keys

    def add(self, keys: Iterable[str]) -> None:
        """Remember keys; the ones that came first are forgotten first."""
        for key in keys:
            self._keys.pop(key, None)
            self._keys[key] = None
        while len(self._keys) > _MOST_SEEN:
            del self._keys[next(iter(self._keys))]


class LeftOut:
    """Times (ms) of which something was left out, since no answer has room for it."""

    def __init__(self) -> None:
        """Start with none."""
        self._known: deque[tuple[int, int]] = deque(maxlen=_MOST_LEFT_OUT)
        self._untold: deque[Gap] = deque(maxlen=_MOST_LEFT_OUT)

    def add(self, start: int, end: int, detail: str) -> None:
        """Note a time, unless it is known: what was is read again and again."""
        if not any(start < last and first < end for first, last in self._known):
            self._known.append((start, end))
            gap = Gap(from_milliseconds(start), from_milliseconds(end), detail)
            self._untold.append(gap)

    def around(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Return a time in parts, so that what is known to be too large is apart."""
        for first, last in sorted(self._known):
            for edge in (first, last):
                if start < edge < end:
                    yield start, edge
                    start = edge
        yield start, end

    def take(self) -> Iterator[Gap]:
        """Return what was not told yet."""
        while self._untold:
            yield self._untold.popleft()


class Lateness:
    """Tells which events a device reports late, by that device's own clock.

    An event is late if it happened well before what an earlier poll had already
    brought from the same device, or well before the newest that this poll brings: a
    device that was cut off hands over hours at once.
    """

    def __init__(self) -> None:
        """Start with nothing reached."""
        self._reached: dict[str, int] = {}
        self._pending: dict[str, int] = {}

    def know(self, device: str, at: int) -> None:
        """Note how far a device had come (ms) before this run began."""
        self._reached[device] = max(at, self._reached.get(device, 0))

    def part(
        self, rows: Sequence[tuple[str, int, AccessEvent]], elapsed: float | None
    ) -> tuple[list[AccessEvent], list[AccessEvent]]:
        """Return the late events and the others of rows (device, ms, event).

        `elapsed` is in seconds since the poll before.
        """
        for device, at, _ in rows:
            self._pending[device] = max(at, self._pending.get(device, 0))
        slack = LATE + round((elapsed or 0) * 1000)
        late: list[AccessEvent] = []
        others: list[AccessEvent] = []
        for device, at, event in rows:
            is_late = (
                at < self._reached.get(device, 0) - LATE
                or at < self._pending[device] - slack
            )
            (late if is_late else others).append(event)
        return late, others

    def reached(self) -> None:
        """Note that a poll ended well."""
        for device, at in self._pending.items():
            self._reached[device] = max(at, self._reached.get(device, 0))
        self._pending.clear()

    def forget(self) -> None:
        """Forget all, after a clock was set back."""
        self._reached.clear()
        self._pending.clear()
