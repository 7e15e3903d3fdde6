"""Polls of a UniFi Access console: what the stream tells is confirmed, and completed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
import time

from ...models import DoorState, EventKind
from ..base import (
    AccessSystemError,
    Batch,
    ConnectError,
    PermissionMissing,
    RateLimited,
    Signal,
)
from ..tasks import end
from .errors import Refused
from .events import slack_of
from .frames import Effects
from .log import Part
from .position import OVERLAP
from .site import Site, is_fatal

_WITHOUT_STREAM = 5.0
_QUICK_OVERLAP = 30_000
_FULL_EVERY = 60.0
_MOST_OVERLAPPING = 2000
_LIST_EVERY = 300.0
_LIST_WITHOUT_STREAM = 5.0
_LIST_AFTER = 1.0
_DEVICES_EVERY = 60.0
_LOG_AGAIN = 300.0
_HANDED_IN_AFTER = (10.0, 120.0)
_FARTHEST_BACK = 172_800_000
_FAILURES = 2

type Moved = Callable[[str, bool, int, float, int], list[Signal]]
"""Takes that a door opened or closed: its id, whether it is open, the device's time in
ms, ours, and the earliest device time at which it can have been."""


@dataclass(slots=True)
class Polled:
    """A part of the log that a poll has read.

    `live` is whether the poll before it was healthy; `mark` the newest row's time, in
    ms, that it had reached.
    """

    part: Part
    live: bool
    mark: int | None


class Polls:
    """Reads the log and the doors again and again, as often as things ask for it."""

    def __init__(self, site: Site, moved: Moved) -> None:
        """Poll a site whose history was just read."""
        self._site = site
        self._moved = moved
        self._task: asyncio.Task[None] | None = None
        self.parts: asyncio.Queue[Polled] = asyncio.Queue(maxsize=1)
        self.failure: AccessSystemError | None = None
        """Why the site is lost, once it is."""
        self.newest = 0.0
        """When the newest poll that went well began, by our steady clock."""
        self._failures = 0
        self._healthy = True
        self._connected = False
        self._full_at = 0.0
        self._overlap = OVERLAP
        self._log_again = 0.0
        now = time.monotonic()
        self._listed_at = now
        self._list_at = self._devices_at = self._rules_at = now + _LIST_EVERY
        self._touched: dict[str, float] = {}
        self._emptied = False
        self._back: list[tuple[float, int]] = []

    def start(self) -> None:
        """Begin to poll."""
        self._task = asyncio.create_task(self._run(), name="unifi_access polls")

    async def stop(self) -> None:
        """End the polls."""
        task, self._task = self._task, None
        if task is not None:
            await end(task)

    def check(self) -> None:
        """Raise what ended the polls."""
        if self.failure is not None:
            raise self.failure
        if self._task is not None and self._task.done():
            self._task.result()

    def mind_stream(self) -> None:
        """Poll as often as the stream's health asks for."""
        stream, pace = self._site.stream, self._site.pace
        if stream.fatal is not None:
            self.failure = stream.fatal
        if stream.denied is not None:
            self._site.missing(stream.denied)
        elif stream.connected:
            self._site.granted("view:device")
        if stream.connected is not self._connected:
            self._connected = stream.connected
            pace.soon(0.0)
        pace.hurry(None if stream.connected else _WITHOUT_STREAM)

    def ask(self, effects: Effects, arrived: float) -> None:
        """Look soon at what a notification only hints at."""
        now, pace = time.monotonic(), self._site.pace
        for door_id in effects.touched:
            self._touched[door_id] = arrived
        if effects.sightings:
            pace.happened()
        if effects.list_devices:
            self._devices_at = min(self._devices_at, now)
        if effects.list_doors or effects.list_devices:
            self._list_at = min(self._list_at, max(now, self._listed_at + _LIST_AFTER))
            pace.soon(self._list_at - now)
        if effects.emergency:
            self.reread_doors(0.5)
        if effects.back_from is not None:
            # It hands in what happened meanwhile, with the times of then.
            self._back = [
                (now + after, effects.back_from) for after in _HANDED_IN_AFTER
            ]
        if effects.poll is not None:
            pace.soon(effects.poll)

    def reread_doors(self, delay: float = 0.0) -> None:
        """Read doors, lock rules and emergencies again soon."""
        self._rules_at = self._list_at = time.monotonic()
        self._site.pace.soon(delay)

    async def _run(self) -> None:
        """Read the log, and the doors where that is due, again and again."""
        pace = self._site.pace
        while True:
            await pace.wait()
            pace.begun()
            began = time.monotonic()
            try:
                await self._read_log(began)
                await self._read_doors(began)
            except RateLimited as err:
                self._healthy = False
                pace.limited(err.retry_after)
            except AccessSystemError as err:
                self._healthy = False
                self._failures += 1
                if is_fatal(err) or (
                    not self._site.stream.connected and self._failures >= _FAILURES
                ):
                    self.failure = (
                        err
                        if isinstance(err, ConnectError) or is_fatal(err)
                        else ConnectError(err.key, **err.placeholders)
                    )
                    self._site.wake.set()
                    return
                pace.failed()
            else:
                self._healthy = True
                self._failures = 0
                self.newest = began
                pace.answered()
            self._site.wake.set()

    async def _read_log(self, began: float) -> None:
        """Read what is new in the log, and again what may have come late."""
        site = self._site
        if not site.can_log and began < self._log_again:
            return
        assert site.position is not None
        position = site.position
        full = began >= self._full_at
        overlap = self._overlap if full else min(_QUICK_OVERLAP, self._overlap)
        overlap = max(overlap, self._look_back(began))
        jumps, count = site.client.clock.jumps, 0
        # What the log held while it could not be read is not of now.
        healthy = self._healthy and site.can_log
        try:
            async for part in site.reader.read(
                position, patient=False, overlap=overlap
            ):
                if count == 0 and site.position is not position:
                    # History was read meanwhile; going back would be no loss, but a waste.
                    part.position = max(
                        part.position, site.position, key=lambda place: place.at
                    )
                count += len(part.records)
                mark = position.at if position.row else None
                live = healthy and site.client.clock.jumps == jumps
                await self.parts.put(Polled(part, live, mark))
                site.wake.set()
            await self.parts.join()
        except (PermissionMissing, Refused) as err:
            self._log_again = began + _LOG_AGAIN
            site.log_closed(err)
            return
        site.log_open()
        if full:
            self._full_at = began + _FULL_EVERY
            self._overlap = OVERLAP if count < _MOST_OVERLAPPING else _QUICK_OVERLAP * 2

    def _look_back(self, now: float) -> int:
        """Return how far back of the position a device may have handed things in (ms).

        Only as far as what was told is remembered, or it would be told again.
        """
        site = self._site
        due = [since for when, since in self._back if when <= now]
        self._back = [entry for entry in self._back if entry[0] > now]
        if not due or site.position is None:
            return 0
        since = max(min(due) - OVERLAP, site.matcher.since)
        return min(max(site.position.at - since, 0), _FARTHEST_BACK)

    async def _read_doors(self, began: float) -> None:
        """Read the doors, and at times the devices and lock rules."""
        site = self._site
        streaming = site.stream.connected
        every = _LIST_EVERY if streaming else _LIST_WITHOUT_STREAM
        if site.can_log and began < min(self._list_at, self._listed_at + every):
            return
        if began >= self._devices_at:
            self._devices_at = began + (_LIST_EVERY if streaming else _DEVICES_EVERY)
            await site.list_devices()
        asked = time.monotonic()
        data = await site.client.get("/doors", "view:space")
        if not data and site.book.doors and not self._emptied:
            # A console that is starting lists nothing; the next list decides.
            self._emptied = True
            return
        self._emptied = False
        before = dict(site.book.doors)
        touched = {door_id for door_id, when in self._touched.items() if when >= asked}
        site.tell(*site.book.load_doors(data, touched))
        earliest = site.device_time(self._listed_at) - slack_of(EventKind.DOOR_OPENED)
        self._list_at, self._listed_at = asked + _LIST_EVERY, asked
        for door_id, door in before.items():
            if door_id in site.book.doors:
                self._compare(door_id, door.state, earliest)
        if began >= self._rules_at or before.keys() != site.book.doors.keys():
            self._rules_at = asked + _LIST_EVERY
            await site.read_rules()
            await site.read_emergency()
        site.tell_doors(before)

    def _compare(self, door_id: str, before: DoorState, earliest: int) -> None:
        """Tell what changed at a door without any notification."""
        site, now = self._site, time.monotonic()
        state = site.book.doors[door_id].state
        if state.is_locked is not None and state.is_locked is not before.is_locked:
            site.sensing.lock(door_id, state.is_locked, now)
        if None in (before.is_open, state.is_open) or before.is_open is state.is_open:
            return
        for signal in self._moved(
            door_id, bool(state.is_open), site.device_time(now), now, earliest
        ):
            if isinstance(signal, Batch) and not self._healthy:
                site.tell(replace(signal, live=False))
            else:
                site.tell(signal)
