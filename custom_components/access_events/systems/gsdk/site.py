"""All that the parts of one G-SDK adapter share."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
import logging
from typing import Any

from ...models import AccessEvent, SystemState
from ..base import (
    AccessSystemError,
    Batch,
    DoorList,
    DoorUpdate,
    Signal,
    SystemUpdate,
    Unreadable,
)
from ..parsing import redact_shape
from .backlog import Told
from .client import NEWEST, GatewayClient
from .devices import Devices
from .doors import TIMED, DoorBook
from .events import Interpreter
from .log import LogReader, Page, anchor_after
from .names import Names
from .position import Position
from .streams import Streams
from .zones import ZoneBook

CHUNK = 500
_OF_DOORS = 5
"""What the codes of doors begin with."""

_LOGGER = logging.getLogger(__name__)


class Site:
    """One gateway: its wire, its devices, their doors and logs."""

    def __init__(self, client: GatewayClient) -> None:
        """Put the parts together."""
        self.client = client
        self.wake = asyncio.Event()
        self.devices = Devices()
        self.doors = DoorBook(self.devices)
        self.zones = ZoneBook(self.devices)
        self.names = Names(client)
        self.interpreter = Interpreter(self.devices, self.doors, self.names)
        self.reader = LogReader(client)
        self.streams = Streams(client, self.wake)
        self.told = Told()
        self.outbox: deque[Signal] = deque()
        """What commands and other tasks have to tell, in order."""
        self.after_load: Callable[[int], Awaitable[None]] | None = None
        """Called for a device whose doors were read."""
        self.loaded: set[int] = set()
        """Devices whose doors were read since they are connected."""
        self._unlisted: set[tuple[int, int]] = set()
        """Devices and numbers of doors that are not in their lists."""

    @property
    def position(self) -> Position:
        """Return where reading goes on."""
        return self.reader.position

    def begin(self) -> None:
        """Forget what may have changed while nobody listened."""
        self.devices.forget_states()
        self.loaded.clear()
        self.outbox.clear()
        # One that does not tell its version may be older, and leave doors open.
        self.doors.timed = TIMED <= self.client.version < NEWEST

    def tell(self, *signals: Signal) -> None:
        """Have something told by `live`."""
        self.outbox.extend(signals)
        self.wake.set()

    async def load_doors(self, device: int) -> bool:
        """Read a device's doors; tells whether that was possible."""
        try:
            await self.doors.load(self.client, device)
        except AccessSystemError:
            return False
        await self.doors.note_pictures(self.client, device)
        if self.after_load is not None:
            await self.after_load(device)
        self.loaded.add(device)
        self.position.doors = self.doors.kept()
        return True

    async def load_zones(self, device: int) -> None:
        """Read a device's zones."""
        before = self.zones.all()
        with suppress(AccessSystemError):
            await self.zones.load(self.client, device)
        if self.zones.all() != before:
            self.tell_zones()

    def tell_zones(self) -> None:
        """Have the zones told and kept."""
        self.position.zones = self.zones.kept()
        self.tell(self.system_update())

    def system_update(self) -> SystemUpdate:
        """Return the state of the gateway as a whole."""
        return SystemUpdate(SystemState(zones=self.zones.all()))

    def zone_updates(self, device: int) -> Iterator[SystemUpdate]:
        """Return the state of the zones if a device that came or went has some."""
        if self.zones.has(device):
            yield self.system_update()

    def door_list(self) -> DoorList:
        """Return all doors as they are."""
        return DoorList(self.doors.all())

    def door_updates(self, doors: set[str]) -> Iterator[DoorUpdate]:
        """Return the states of some doors."""
        for door_id in sorted(doors & self.doors.records.keys()):
            yield DoorUpdate(door_id, self.doors.door(door_id).state)

    def understand(
        self, records: Sequence[Any], device: int, epoch: int
    ) -> tuple[list[AccessEvent], list[Unreadable]]:
        """Return the events of records, and what could not be understood."""
        understood: list[Any] = []
        events: list[AccessEvent] = []
        unreadable: list[Unreadable] = []
        for record in records:
            try:
                event = self.interpreter.event(record, device, epoch)
            except ValueError, TypeError, AttributeError, OverflowError:
                fields = {field.name: value for field, value in record.ListFields()}
                unreadable.append(Unreadable("log", redact_shape(fields)))
                continue
            if record.hasImage:
                self.doors.pictured.add(device)
            if event.door_id is None and record.eventCode >> 12 == _OF_DOORS:
                self._note_unlisted(device, record.entityID)
            understood.append(record)
            events.append(event)
            if self.zones.apply(record, event, device, epoch):
                self.tell_zones()
        self.interpreter.find_doors(understood, events)
        return events, unreadable

    def _note_unlisted(self, device: int, number: int) -> None:
        """Have a device's doors read again for one that was not there, once."""
        if number and (device, number) not in self._unlisted:
            self._unlisted.add((device, number))
            self.loaded.discard(device)

    def preface(self, page: Page, *, lost: bool) -> Iterator[Signal]:
        """Return what is to be told before a page: gaps, a log that began anew.

        Unless something may be `lost`, a log that was cleared leaves no gap.
        """
        while self.reader.unreadable:
            yield self.reader.unreadable.popleft()
        if page.gap and (lost or page.replaced is None):
            yield page.gap
        if page.replaced is not None:
            first = page.records[0].timestamp if page.records else 0
            note = self.interpreter.began_anew(
                page.device, page.anchor.epoch, first, page.replaced.at
            )
            yield Batch(events=[note], live=False)
            self.position.anchors[page.device] = page.anchor
            self.told.forget(page.device)

    async def read_history(self, most: int) -> AsyncGenerator[Signal]:
        """Tell what the connected devices hold, up to about so many records.

        What is not reached then, and devices that can't be read now, are left to
        `live`, which reads on while it tells what happens.
        """
        for device in sorted(self.devices.connected()):
            try:
                if device not in self.position.anchors:
                    self.position.anchors[device] = await self.reader.place(
                        device, self.position.days, self.position.floor
                    )
                while most > 0:
                    page = await self.reader.page(device)
                    for signal in self.preface(page, lost=True):
                        yield signal
                    for signal in self._digest(page):
                        yield signal
                        await asyncio.sleep(0)
                    most -= len(page.records)
                    if not page.records:
                        break
            except AccessSystemError as err:
                _LOGGER.debug("The log of device %s can't be read: %s", device, err)
        yield Batch(cursor=self.position.dump(), live=False)

    def _digest(self, page: Page) -> Iterator[Signal]:
        """Return the batches of a page; each moves the position once it was taken."""
        anchor = page.anchor
        for start in range(0, len(page.records), CHUNK):
            chunk = page.records[start : start + CHUNK]
            events, unreadable = self.understand(chunk, page.device, anchor.epoch)
            yield from unreadable
            moved = anchor_after(anchor, chunk[-1])
            cursor = self.position.dump({page.device: moved})
            yield Batch(events=events, cursor=cursor, live=False)
            self.position.anchors[page.device] = moved
            self.told.add(page.device, chunk)
