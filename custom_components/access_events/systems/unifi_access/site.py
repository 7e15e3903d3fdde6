"""All that the parts of one UniFi Access adapter share."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Container, Mapping
from dataclasses import replace
import logging
import time
from typing import Any

from ...models import AccessEvent, Door, DoorState, EventKind, SystemState
from ..base import (
    AccessSystemError,
    AuthError,
    Batch,
    CertificateChanged,
    DoorList,
    DoorUpdate,
    NotSupported,
    PermissionMissing,
    Problem,
    RateLimited,
    Signal,
    SystemUpdate,
)
from ..parsing import flag, mapping
from ..polling import Pace
from .client import ESSENTIAL, UnifiClient, gather_limited
from .doors import DoorBook
from .errors import NotFound, NotReady, Refused
from .events import Interpreter, Sighting
from .log import PERMISSION, LogReader, Part
from .matching import Matcher
from .position import Position
from .sensing import Sensing
from .stream import Stream

_CHUNK = 200
_AT_ONCE = 50
"""Rows of a batch that are worked on before others get their turn."""
_LATE = 120_000
_LOGGER = logging.getLogger(__name__)

FEATURES = {
    "view:system_log": "history",
    "view:device": "live_events",
    "view:space": "doors",
    "edit:space": "control",
    "view:user": "list_people",
    "edit:user": "change_people",
    "view:policy": "list_policies",
    "view:credential": "list_cards",
}
"""What each permission is for, by the names that `Problem` knows."""


class Site:
    """One console: its wire, its doors, its log, and what is still to be told."""

    def __init__(
        self,
        client: UnifiClient,
        topics: tuple[str, ...],
        poll_interval: float,
        held_open_after: float,
    ) -> None:
        """Put the parts together."""
        self.client = client
        self.wake = asyncio.Event()
        self.book = DoorBook()
        self.interpreter = Interpreter(self.book)
        self.matcher = Matcher()
        self.reader = LogReader(client, topics)
        self.stream = Stream(client, self.wake)
        self.pace = Pace(poll_interval)
        self.sensing = Sensing(self.book, held_open_after, self._explained)
        self.position: Position | None = None
        self.state = SystemState()
        self.outbox: deque[Signal] = deque()
        """What commands and polls have to tell, in order."""
        self.can_log = True
        self.has_emergency = True
        """Whether this version can unlock or lock all doors at once."""
        self.opened: dict[str, int] = {}
        """Doors that we opened, and when by the console's clock (ms)."""
        self._problems: set[str] = set()
        self._no_rules: set[str] = set()
        self._newest: tuple[int, float] | None = None

    def _explained(self, door_id: str, start: int, end: int) -> bool:
        """Return whether something explains that a door opened between two times."""
        return self.matcher.tells(
            ("granted", EventKind.DOOR_UNLOCKED), door_id, start, end
        )

    def device_time(self, at: float | None = None) -> int:
        """Return the console's time in ms at a moment of our steady clock.

        A console that never tells its time is taken to live at the newest time that
        anything there bore.
        """
        if (now := self.client.clock.now(at)) is not None:
            return now
        at = time.monotonic() if at is None else at
        if self._newest is not None:
            told, then = self._newest
            return told + round((at - then) * 1000)
        return round(time.time() * 1000)

    def note_time(self, told: int) -> None:
        """Take a time that something at the console bore."""
        if self._newest is None or told > self.device_time():
            self._newest = told, time.monotonic()

    def tell(self, *signals: Signal | None) -> None:
        """Have something told by `live`."""
        self.outbox.extend(signal for signal in signals if signal is not None)
        self.wake.set()

    def missing(self, err: PermissionMissing) -> None:
        """Have it told that a permission is missing."""
        self._problem(err.permission, active=True)

    def granted(self, permission: str) -> None:
        """Have it told that a permission is not missing any more."""
        self._problem(permission, active=False)

    def log_open(self) -> None:
        """Note that the log can be read."""
        self.can_log = True
        self.granted(PERMISSION)

    def log_closed(self, err: PermissionMissing | Refused) -> None:
        """Note that the log can't be read, though the console answers; say so once."""
        if isinstance(err, PermissionMissing):
            self.missing(err)
        elif self.can_log:
            _LOGGER.warning(
                "The log of this UniFi Access console can't be read (%s), so what happens"
                " while it is not connected is not recorded",
                err,
            )
        self.can_log = False

    def _problem(self, permission: str, *, active: bool) -> None:
        """Tell of a permission once when it is missing, and once when it is there."""
        if active is (permission in self._problems):
            return
        (self._problems.add if active else self._problems.discard)(permission)
        self.tell(
            Problem(
                code="missing_permission",
                key=permission,
                active=active,
                placeholders={
                    "permission": permission,
                    "feature": FEATURES.get(permission, permission),
                },
            )
        )

    def retell_problems(self) -> None:
        """Have what is missing told again, to an owner that starts over."""
        for permission in tuple(self._problems):
            self._problems.discard(permission)
            self._problem(permission, active=True)

    def drain(self) -> list[Signal]:
        """Return what is to be told now."""
        signals = list(self.outbox)
        self.outbox.clear()
        return signals

    # What the console is asked for

    async def list_doors(self, touched: Container[str] = ()) -> None:
        """Read the list of doors."""
        data = await self.client.get(ESSENTIAL, "view:space")
        self.tell(*self.book.load_doors(data, touched))

    async def list_devices(self) -> None:
        """Read the list of devices, if the token may."""
        try:
            data = await self.client.get("/devices", "view:device", {"refresh": "true"})
        except PermissionMissing as err:
            self.missing(err)
        except AccessSystemError as err:
            if not is_particular(err) or isinstance(err, RateLimited):
                raise
        else:
            self.granted("view:device")
            self.tell(*self.book.load_devices(data))

    async def read_rules(self) -> None:
        """Read the lock rules of the doors that have a hub that knows any.

        Of a large site the console may not tell them all at once: those that are not
        known come first the next time.
        """
        doors = [
            door_id
            for door_id in self.book.doors
            if self.book.has_hub(door_id) and door_id not in self._no_rules
        ]
        doors.sort(key=self.book.rules.__contains__)
        results: list[Any] = await gather_limited(
            [self.read_rule(door) for door in doors]
        )
        for result in results:
            if isinstance(result, BaseException) and not is_particular(result):
                raise result

    async def read_rule(self, door_id: str) -> DoorUpdate | None:
        """Read one door's lock rule."""
        try:
            data = await self.client.get(f"/doors/{door_id}/lock_rule", "view:space")
        except (NotFound, NotSupported) as err:
            if is_fatal(err):
                raise
            self._no_rules.add(door_id)
            return None
        except (NotReady, Refused) as err:
            # A hub that is offline has rules, though it can't tell them now.
            passing = not isinstance(err, Refused) or err.passing
            if not passing or door_id in self.book.rules:
                return None
            return self.book.set_rule(door_id, None, None)
        return self.book.set_rule(door_id, data, self.client.clock.now())

    async def read_emergency(self) -> None:
        """Read whether all doors are unlocked or locked, if this version knows it."""
        try:
            data = mapping(
                await self.client.get("/doors/settings/emergency", "view:space")
            )
        except AccessSystemError as err:
            if not is_particular(err):
                raise
            if isinstance(err, NotFound | NotSupported):
                self.has_emergency = False
            return
        self.has_emergency = True
        self.set_emergency(flag(data.get("evacuation")), flag(data.get("lockdown")))

    def set_emergency(self, evacuation: bool | None, lockdown: bool | None) -> None:
        """Take whether all doors are unlocked or locked."""
        state = SystemState(evacuation=evacuation, lockdown=lockdown)
        self.sensing.evacuation = bool(evacuation)
        if state != self.state:
            self.state = state
            self.tell(SystemUpdate(state))

    # What the log told

    async def digest(
        self, part: Part, *, live: bool, mark: int | None
    ) -> AsyncIterator[Signal]:
        """Turn a part of the log into batches, the last with the position behind it.

        What is older than `mark` by more than two minutes came late, and is not live.
        """
        for gap in part.gaps:
            yield gap
        for unreadable in part.unreadable:
            yield unreadable
        last = max(len(part.records) - 1, 0) // _CHUNK
        for number in range(last + 1):
            chunk = part.records[number * _CHUNK : (number + 1) * _CHUNK]
            late: list[AccessEvent] = []
            fresh: list[AccessEvent] = []
            sightings: list[Sighting] = []
            for record in chunk:
                sightings.append(self.interpreter.sighting(record))
                if len(sightings) % _AT_ONCE == 0:
                    await asyncio.sleep(0)
            # Of one moment, what knows its door chooses first.
            sightings.sort(key=lambda one: (one.at, one.event.door_id is None))
            for sighting in sightings:
                event, news = self.matcher.take(sighting)
                self.book.note_event(event)
                if news:
                    is_late = mark is not None and sighting.at < mark - _LATE
                    (late if is_late or not live else fresh).append(event)
            for signal in self.learned():
                yield signal
            if late:
                yield Batch(events=late, live=False)
            cursor = part.position.dump(self.book.learned()) if number == last else None
            if fresh or (cursor is not None and part.position != self.position):
                yield Batch(events=fresh, cursor=cursor, live=live)
            await asyncio.sleep(0)
        if part.records:
            self.note_time(part.records[-1].at)
        self.position = part.position

    def tell_doors(self, before: Mapping[str, Door]) -> None:
        """Have it told what is different about the doors."""
        if {key: _lasting(door) for key, door in before.items()} != {
            key: _lasting(door) for key, door in self.book.doors.items()
        }:
            self.tell(self.door_list())
            return
        for door_id, door in self.book.doors.items():
            if door.state != before[door_id].state:
                self.tell(DoorUpdate(door_id, door.state))

    def learned(self) -> list[Signal]:
        """Return the doors if one was told to have something that nobody knew."""
        if not self.book.stale:
            return []
        self.book.refresh()
        return [self.door_list()]

    def door_list(self) -> DoorList:
        """Return all doors as they are."""
        return DoorList(list(self.book.doors.values()))


FATAL = (AuthError, CertificateChanged)
"""What no patience mends."""


def is_fatal(err: AccessSystemError) -> bool:
    """Return whether an error must be told at once, whatever else still works."""
    return isinstance(err, FATAL) or (
        isinstance(err, NotSupported) and err.key == "identity_enterprise"
    )


def is_particular(err: BaseException) -> bool:
    """Return whether an error is about one request only: all else may well work."""
    kinds = Refused | PermissionMissing | RateLimited | NotReady | NotSupported
    return isinstance(err, kinds) and not is_fatal(err)


def _lasting(door: Door) -> Door:
    """Return a door without its state."""
    return replace(door, state=DoorState())


def option[T](options: Mapping[str, Any], key: str, default: T) -> T:
    """Return an option, or its default where the user chose none."""
    value = options.get(key)
    return default if value is None else value
