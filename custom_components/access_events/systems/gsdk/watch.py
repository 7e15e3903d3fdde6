"""What is read beside the streams: devices, doors and names, at a calm pace.

A gateway that is silent looks like one that is gone, and a device that can't be reached
makes calls fail as a lost gateway does. Only the list of devices tells one from the other.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import suppress
import logging
from typing import Any, Protocol

from ..base import AccessSystemError, ConnectError
from ..tasks import end
from .site import Site

_INTERVAL = 30.0
_CALM = 0.4
_DOORS_EVERY = 20
"""After how many rounds the list of doors is read again, with all else."""

_LOGGER = logging.getLogger(__name__)


class _Appeared(Protocol):
    """Called for a device whose log is to be read."""

    def __call__(self, device: int, *, lost: bool) -> None:
        """Read it; `lost` if records may have been missed."""


class Watch:
    """Asks a gateway now and then, and reads again what is stale."""

    def __init__(self, site: Site, appeared: _Appeared) -> None:
        """Watch a gateway; `appeared` is told of devices."""
        self._site = site
        self._appeared = appeared
        self._tasks: set[asyncio.Task[None]] = set()
        self._error: AccessSystemError | None = None
        self._stale: set[int] = set()
        self._rounds = 0

    def start(self) -> None:
        """Begin to watch."""
        self._error = None
        self._spawn(self._run())
        self._spawn(self._read_zones(self._site.devices.connected()))

    async def stop(self) -> None:
        """End all of it."""
        await end(*self._tasks)

    def check(self) -> None:
        """Raise what tells that the gateway is lost."""
        if self._error is not None:
            raise self._error

    def connected(self, device: int) -> None:
        """Take in a device that is connected, maybe again."""
        self._spawn(self._take_in({device}))

    def stale(self, device: int) -> None:
        """Read the states of a device's doors again, soon and once."""
        if device not in self._stale:
            self._stale.add(device)
            self._spawn(self._read_states(device))

    def renamed(self, device: int, people: Iterable[str]) -> None:
        """Read the names of people again who were changed at a device."""
        self._spawn(self._read_names(device, sorted(people)))

    def _spawn(self, job: Coroutine[Any, Any, None]) -> None:
        """Run something beside the streams."""
        task = asyncio.create_task(job, name="gsdk watch")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        """Let go of what has ended, and tell if it failed."""
        self._tasks.discard(task)
        if not task.cancelled() and (err := task.exception()) is not None:
            if not isinstance(err, AccessSystemError):
                _LOGGER.error("Watching the gateway failed", exc_info=err)
                err = ConnectError("answer_unreadable")
            self._error = self._error or err
            self._site.wake.set()

    async def _run(self) -> None:
        """Ask for the list of devices, again and again; an error ends all."""
        site = self._site
        while True:
            await asyncio.sleep(_INTERVAL)
            self._rounds += 1
            before = site.devices.connected()
            came = await site.devices.load(site.client)
            if site.devices.connected() != before:
                site.tell(site.door_list())
            # Another one that uses the gateway may have told them to stop.
            site.streams.unmonitored |= site.devices.connected()
            await self._take_in(came)
            for device in site.devices.connected() - came:
                # What a full queue at the gateway drops leaves no trace but in the log.
                self._appeared(device, lost=False)
                if self._rounds % _DOORS_EVERY == 0:
                    site.loaded.discard(device)
                if device not in site.loaded:
                    await self._read_doors(device)
                else:
                    self.stale(device)

    async def _take_in(self, devices: set[int]) -> None:
        """Have devices send their records, then read what they hold."""
        site = self._site
        await site.streams.enable(devices & site.devices.connected())
        for device in devices:
            if site.devices.is_online(device):
                await self._read_doors(device)
                self._appeared(device, lost=True)
        await self._read_zones(devices & site.devices.connected())
        await site.names.load(devices & site.devices.connected())

    async def _read_doors(self, device: int) -> None:
        """Read a device's doors."""
        if await self._site.load_doors(device):
            self._site.tell(self._site.door_list())

    async def _read_zones(self, devices: Iterable[int]) -> None:
        """Read the zones of some devices."""
        for device in sorted(devices):
            await self._site.load_zones(device)

    async def _read_states(self, device: int) -> None:
        """Read the states of a device's doors, once it has had time to act."""
        site = self._site
        await asyncio.sleep(_CALM)
        self._stale.discard(device)
        if site.devices.is_online(device) and site.doors.of(device):
            with suppress(AccessSystemError):
                changed = await site.doors.load_states(site.client, device)
                site.tell(*site.door_updates(changed))

    async def _read_names(self, device: int, people: list[str]) -> None:
        """Read the names of some people."""
        with suppress(AccessSystemError):
            await self._site.names.learn(device, people)
