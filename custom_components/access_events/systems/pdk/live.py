"""What happens at a PDK system from now on."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
import logging
import time

from ..base import (
    AccessSystemError,
    AuthError,
    Batch,
    ConnectError,
    DoorList,
    HistoryNeeded,
    Signal,
    Unreadable,
)
from ..parsing import redact_shape
from ..tasks import rest
from .events import Happening, Text, read_message
from .history import History
from .position import Hole
from .site import Site
from .stream import Frame
from .topics import STREAMED

ALIVE = 90_000
"""How many ms a stream may have been dead before that is noticed."""
CONFIRM_AFTER = 30.0
LOOK_AGAIN = 3600.0
"""How many seconds apart reports are asked what the stream does not tell, as duress."""
_CHECKPOINT = 30.0
_REST = 5.0
_STALE = 30.0
_FRAMES_AT_ONCE = 200
_HOLES_AFTER, _HOLES_AGAIN = 60.0, 120.0

_LOGGER = logging.getLogger(__name__)


class Live:
    """Follows one site until it is closed or lost."""

    def __init__(self, site: Site, history: History) -> None:
        """Follow a site whose stream is open and whose history was read."""
        self._site = site
        self._history = history
        self._tasks: list[asyncio.Task[None]] = []
        self._told: asyncio.Queue[Signal] = asyncio.Queue(maxsize=20)
        self._checkpoint_at = time.monotonic()

    async def follow(self, confirm: Hole | None) -> AsyncGenerator[Signal]:
        """Tell what happens; raises `AccessSystemError` when the system is lost."""
        site = self._site
        self._tasks = [
            asyncio.create_task(self._fill(confirm), name="pdk holes"),
            asyncio.create_task(self._relist(), name="pdk lists"),
        ]
        site.following = True
        try:
            while True:
                self._check()
                site.wake.clear()
                async for signal in self._tell():
                    yield signal
                if site.wake.is_set():
                    continue
                if site.stream.ended is not None:
                    raise site.stream.ended
                await rest(site.wake, _REST)
        finally:
            site.following = False
            await self.stop()

    async def stop(self) -> None:
        """End what runs beside the stream."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _check(self) -> None:
        """Raise what ended something that should run on."""
        for task in self._tasks:
            if task.done():
                task.result()
                raise ConnectError("connection_lost")

    async def _tell(self) -> AsyncIterator[Signal]:
        """Tell all that there is to tell now."""
        site = self._site
        while True:
            frames: list[Frame] = []
            while (
                len(frames) < _FRAMES_AT_ONCE
                and (frame := site.stream.take()) is not None
            ):
                frames.append(frame)
            for signal in self._read(frames):
                yield signal
            if len(frames) < _FRAMES_AT_ONCE:
                break
            await asyncio.sleep(0)
        # What is live never waits for the end of a long report.
        if not self._told.empty():
            yield self._told.get_nowait()
            site.wake.set()
        if site.stream.overflowed:
            site.stream.overflowed = False
            assert site.position is not None
            site.position.add(site.position.at, site.now)
        if (checkpoint := self._checkpoint()) is not None:
            yield checkpoint

    def _read(self, frames: list[Frame]) -> list[Signal]:
        """Return what messages tell, in their order."""
        site = self._site
        nodes = site.book.node_names if frames else {}
        signals: list[Signal] = []
        taken: list[tuple[Happening, bool]] = []
        stale = time.monotonic() - _STALE
        for frame in frames:
            told = read_message(
                frame.topic, frame.payload, site.now, nodes, site.book.devices
            )
            live = not frame.late and frame.arrived > stale
            if isinstance(told, Text):
                if told.topic not in STREAMED:
                    # There is no message of its own, so these words are the event.
                    taken.append((told.own, live))
                    continue
                signals += site.take(taken)
                taken.clear()
                if (event := site.texts.completed(told)) is not None:
                    signals.append(Batch(events=[event], live=live))
            elif told is not None:
                taken.append((told, live))
            elif frame.topic in STREAMED:
                shape = redact_shape(frame.payload)
                signals.append(Unreadable(frame.topic, shape))
        return signals + site.take(taken)

    def _checkpoint(self) -> Batch | None:
        """Return how far all is known, every now and then."""
        site, now = self._site, time.monotonic()
        if now < self._checkpoint_at + _CHECKPOINT or not site.stream.connected:
            return None
        if not self._told.empty():
            # It would say that what still waits here is known.
            return None
        self._checkpoint_at = now
        assert site.position is not None
        site.position.at = max(site.position.at, site.now - ALIVE)
        return Batch(cursor=site.cursor())

    # What runs beside

    async def _fill(self, last_moments: Hole | None) -> None:
        """Look once more at the last moments of a break, fill holes, look each hour."""
        site, history = self._site, self._history
        began = time.monotonic()
        if any(hole.long for hole in self._holes):
            await self._fill_holes()
        if last_moments is not None:
            await asyncio.sleep(began + CONFIRM_AFTER - time.monotonic())
            await self._pass_all_on(history.look(last_moments))
        looked_at = time.monotonic()
        while True:
            pause = _HOLES_AFTER
            if self._holes:
                await self._fill_holes()
                if history.postponed:
                    pause = _HOLES_AGAIN
            await asyncio.sleep(pause)
            if (since := time.monotonic() - looked_at) >= LOOK_AGAIN:
                looked_at += since
                start = site.now - ALIVE - round(since * 1000)
                assert site.position is not None
                start = max(start, site.position.floor)
                await self._pass_all_on(history.look(Hole(start, site.now)))

    async def _fill_holes(self) -> None:
        """Tell what is missing, and then that it was told."""
        await self._pass_all_on(self._history.fill(whole=True))
        await self._pass_on(HistoryNeeded("a time was read beside the stream"))

    @property
    def _holes(self) -> list[Hole]:
        """Return what is still missing."""
        assert self._site.position is not None
        return self._site.position.holes

    async def _relist(self) -> None:
        """Read the lists again when they may have changed."""
        site = self._site
        while True:
            await asyncio.sleep(1)
            if not site.relist_due:
                continue
            before = site.book.doors
            try:
                await site.list_doors()
            except AuthError:
                raise
            except AccessSystemError as err:
                _LOGGER.debug("Could not read the lists of devices: %s", err)
                continue
            if site.book.doors != before:
                await self._pass_on(DoorList(site.book.doors))

    async def _pass_all_on(self, signals: AsyncGenerator[Signal]) -> None:
        """Have all signals told by `follow`."""
        async with aclosing(signals) as told:
            async for signal in told:
                await self._pass_on(signal)

    async def _pass_on(self, signal: Signal) -> None:
        """Have a signal told by `follow`."""
        await self._told.put(signal)
        self._site.wake.set()
