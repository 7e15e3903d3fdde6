"""Doors that are open for a moment, at gateways that never lock them again.

Source: G-SDK, Door API: before V1.9 what an operator unlocked stays so until it is
released. So it is kept on disk that a door must be released before it is unlocked, and
it is forgotten only when the door was released.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
import logging

from ..base import AccessSystemError
from ..openings import Openings
from ..tasks import end
from .doors import Flag
from .site import Site

_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_AT_THE_END = 3.0
"""How many seconds may be spent on releasing doors when all ends."""

_LOGGER = logging.getLogger(__name__)


class Moments:
    """Releases each door that was unlocked for a moment, also after a restart."""

    def __init__(self, site: Site) -> None:
        """Act on the doors of a gateway."""
        self._site = site
        self.openings = Openings()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def begin(self) -> None:
        """Release the doors that are left open, now that there is a connection."""
        for door_id in self.openings.doors - self._tasks.keys():
            self._end_later(door_id, 0)

    async def open(
        self, door_id: str, unlock: Callable[[], Awaitable[None]], seconds: float
    ) -> None:
        """Unlock a door, and release it after some seconds.

        That is done too if unlocking fails: the command may have come through.
        """
        await self.openings.add(door_id)
        try:
            await unlock()
        finally:
            self._end_later(door_id, seconds)

    @asynccontextmanager
    async def handed_over(self, door_id: str) -> AsyncGenerator[None]:
        """Leave it to a command what becomes of a door, unless it fails."""
        await self._stop_task(door_id)
        try:
            yield
        except BaseException:
            if door_id in self.openings.doors:
                self._end_later(door_id, 0)
            raise
        await self.openings.remove(door_id)

    async def stop(self) -> None:
        """End the waiting: the doors are released now, or at the next start."""
        for door_id in list(self._tasks):
            await self._stop_task(door_id)
        with suppress(TimeoutError):
            async with asyncio.timeout(_AT_THE_END):
                for door_id in sorted(self.openings.doors):
                    with suppress(AccessSystemError):
                        await self._end(door_id)

    def _end_later(self, door_id: str, seconds: float) -> None:
        """Release a door after some seconds, as often as it takes."""
        task = asyncio.create_task(
            self._end_surely(door_id, seconds), name="gsdk release"
        )
        self._tasks[door_id] = task
        task.add_done_callback(lambda done: self._forget(door_id, done))

    def _forget(self, door_id: str, task: asyncio.Task[None]) -> None:
        """Let go of a task that has ended."""
        if self._tasks.get(door_id) is task:
            del self._tasks[door_id]

    async def _stop_task(self, door_id: str) -> None:
        """End the task of a door."""
        if (task := self._tasks.pop(door_id, None)) is not None:
            await end(task)

    async def _end_surely(self, door_id: str, seconds: float) -> None:
        """Release a door after some seconds; what fails is done again."""
        await asyncio.sleep(seconds)
        pause = _PAUSE
        while True:
            try:
                await self._end(door_id)
            except AccessSystemError as err:
                level = logging.WARNING if pause == _PAUSE else logging.DEBUG
                _LOGGER.log(level, "Door %s is not locked again yet: %s", door_id, err)
            else:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _end(self, door_id: str) -> None:
        """Release a door and forget it; raises `AccessSystemError`."""
        device, number = (int(part) for part in door_id.split(":"))
        site = self._site
        if device not in site.loaded or door_id in site.doors.records:
            await site.client.call(
                "door.Door/Release",
                deviceID=device,
                doorIDs=[number],
                doorFlag=int(Flag.OPERATOR),
            )
        await self.openings.remove(door_id)
        with suppress(AccessSystemError):
            changed = await site.doors.load_states(site.client, device)
            site.tell(*site.door_updates(changed))
