"""Doors behind a G-SDK gateway, and what is known of each.

Source: G-SDK, Door API. A door belongs to the device that controls it, and its number
is unique there only. There is no stream of states: they are read once, and then follow
from events and from what is read again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntFlag
from typing import Any

from ...models import (
    AccessEvent,
    Direction,
    Door,
    DoorFeature,
    DoorMode,
    DoorState,
    EventKind,
)
from ..base import AccessSystemError, NotSupported
from ..parsing import integer, text
from .client import GatewayClient
from .devices import Devices

TIMED: tuple[int, int, int] = (1, 9, 0)
"""The first gateways that lock a door again after a time."""
MODES = (DoorMode.NORMAL, DoorMode.UNLOCKED, DoorMode.LOCKED_DOWN)


class Flag(IntFlag):
    """Who locks or unlocks a door; the greater wins, but for the schedule."""

    SCHEDULED = 1
    EMERGENCY = 2
    OPERATOR = 4


_FORCED = 1
_HELD = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRecord:
    """How a door is wired. Devices are 0 where there is none."""

    device: int
    number: int
    name: str
    entry: int = 0
    exit: int = 0
    sensor: bool = False
    button: bool = False
    lock_after: int = 0
    """After how many seconds it locks again by itself, 0 if not told."""

    @property
    def id(self) -> str:
        """Return the door's id within the gateway."""
        return f"{self.device}:{self.number}"

    def dump(self) -> list[Any]:
        """Return what is kept of the door, for when its device is not connected."""
        return [
            self.number,
            self.name,
            self.entry,
            self.exit,
            int(self.sensor),
            int(self.button),
            self.lock_after,
        ]


class DoorBook:
    """All doors, by their ids."""

    def __init__(self, devices: Devices) -> None:
        """Start with none."""
        self._devices = devices
        self.records: dict[str, DoorRecord] = {}
        self.states: dict[str, DoorState] = {}
        self.flags: dict[str, tuple[int, int]] = {}
        """The flags that unlock and that lock each door."""
        self.pictured: set[int] = set()
        """Devices that have taken pictures, or can."""
        self.timed = False
        self._applied: dict[str, int] = {}

    def recall(self, kept: Mapping[int, list[list[Any]]]) -> None:
        """Know of doors from an earlier run, until their devices tell of them."""
        for device, doors in kept.items():
            for held in doors:
                number = integer(held[0]) if held else None
                if number is None or len(held) < 7:
                    continue
                entry, leave, sensor, button, lock_after = (
                    integer(value) or 0 for value in held[2:7]
                )
                record = DoorRecord(
                    device=device,
                    number=number,
                    name=text(held[1]) or f"Door {number}",
                    entry=entry,
                    exit=leave,
                    sensor=bool(sensor),
                    button=bool(button),
                    lock_after=lock_after,
                )
                self.records.setdefault(record.id, record)

    def kept(self) -> dict[int, list[list[Any]]]:
        """Return what to keep of the doors."""
        kept: dict[int, list[list[Any]]] = {}
        for record in self.records.values():
            kept.setdefault(record.device, []).append(record.dump())
        return kept

    async def load(self, client: GatewayClient, device: int) -> None:
        """Read a device's doors with their states; raises `AccessSystemError`."""
        try:
            listed = (await client.call("door.Door/GetList", deviceID=device)).doors
        except NotSupported:
            listed = ()
        found = {
            record.id: record for record in (_record(device, info) for info in listed)
        }
        self.records = {
            key: record
            for key, record in self.records.items()
            if record.device != device
        } | found
        if found:
            await self.load_states(client, device)

    async def load_states(self, client: GatewayClient, device: int) -> set[str]:
        """Read the states of a device's doors; returns the doors that changed."""
        response = await client.call("door.Door/GetStatus", deviceID=device)
        changed: set[str] = set()
        for status in response.status:
            door_id = f"{device}:{status.doorID}"
            if (record := self.records.get(door_id)) is None:
                continue
            self.flags[door_id] = status.unlockFlags, status.lockFlags
            state = replace(
                self.states.get(door_id, DoorState()),
                is_open=status.isOpen if record.sensor else None,
                is_locked=not status.isUnlocked,
                mode=mode_of(status.unlockFlags, status.lockFlags),
                forced_open=bool(status.alarmFlags & _FORCED)
                if record.sensor
                else None,
                held_open=status.heldOpen or bool(status.alarmFlags & _HELD)
                if record.sensor
                else None,
            )
            if state != self.states.get(door_id):
                self.states[door_id] = state
                changed.add(door_id)
        return changed

    async def note_pictures(self, client: GatewayClient, device: int) -> None:
        """Find out whether a device can take pictures, where it tells."""
        if device in self.pictured:
            return
        try:
            response = await client.call("device.Device/GetCapability", deviceID=device)
        except AccessSystemError:
            return
        if response.deviceCapability.maxImageLogs:
            self.pictured.add(device)

    # What is at a door

    def all(self) -> list[Door]:
        """Return all doors as they are."""
        return [self.door(door_id) for door_id in self.records]

    def door(self, door_id: str) -> Door:
        """Return a door as it is; a device that is gone takes its states with it."""
        record = self.records[door_id]
        features = (
            DoorFeature.ACCESS
            | DoorFeature.OPEN
            | DoorFeature.HOLD
            | DoorFeature.LOCK_STATE
            | DoorFeature.CONNECTION
            | DoorFeature.TAMPER
        )
        if record.sensor:
            features |= DoorFeature.POSITION | DoorFeature.FORCED | DoorFeature.HELD
        if record.button:
            features |= DoorFeature.EXIT_REQUEST
        if self.pictured & {record.device, record.entry, record.exit}:
            features |= DoorFeature.IMAGE
        online = self._devices.is_online(record.device)
        state = self.states.get(door_id, DoorState()) if online else DoorState()
        return Door(
            id=door_id,
            name=record.name,
            features=features,
            model=self._devices.model(record.device),
            modes=MODES,
            state=replace(state, online=online),
        )

    def of(self, device: int) -> list[str]:
        """Return the doors that a device controls."""
        return [
            door_id
            for door_id, record in self.records.items()
            if record.device == device
        ]

    def find(self, device: int, number: int) -> DoorRecord | None:
        """Return the door of a number, as the device that tells of it means it.

        A slave tells of a door of its master's, at which it is a reader.
        """
        if record := self.records.get(f"{device}:{number}"):
            return record
        found = [
            record
            for record in self.records.values()
            if record.number == number and device in (record.entry, record.exit)
        ]
        return found[0] if len(found) == 1 else None

    def at(self, device: int) -> tuple[DoorRecord | None, Direction | None]:
        """Return the door at which a device is a reader, and on which side."""
        found = self._reached_by(device)
        if len(found) != 1:
            return None, None
        record = found[0]
        if device not in (record.entry, record.exit):
            return record, None
        inside = record.exit == device and record.entry != device
        return record, Direction.EXIT if inside else Direction.ENTRY

    def is_ambiguous(self, device: int) -> bool:
        """Return whether somebody at a device may have meant one of several doors."""
        return len(self._reached_by(device)) > 1

    def _reached_by(self, device: int) -> list[DoorRecord]:
        """Return the doors at which a device is a reader, else those that it controls.

        A controller may tell of its readers' records as its own.
        """
        records = self.records.values()
        found = [record for record in records if device in (record.entry, record.exit)]
        return found or [record for record in records if record.device == device]

    # What events change

    def apply(self, event: AccessEvent, epoch: int, number: int) -> set[str]:
        """Take over what a record tells of a door; an older one changes nothing.

        Returns the doors that changed.
        """
        door_id = event.door_id
        changes = _CHANGES.get(event.kind)
        if door_id is None or door_id not in self.records or changes is None:
            return set()
        record = self.records[door_id]
        if not record.sensor:
            changes = {
                key: value
                for key, value in changes.items()
                if key not in ("is_open", "forced_open", "held_open")
            }
        source = f"{door_id}/{event.reader_id}"
        order = epoch << 32 | number
        if order <= self._applied.get(source, -1):
            return set()
        self._applied[source] = order
        before = self.states.get(door_id, DoorState())
        state = replace(before, **changes)
        if state == before:
            return set()
        self.states[door_id] = state
        return {door_id}

    def stale_after(self, kinds: Iterable[EventKind]) -> bool:
        """Return whether the states must be read again after such events."""
        return not _REREAD.isdisjoint(kinds)


_CHANGES: dict[EventKind, dict[str, Any]] = {
    EventKind.DOOR_OPENED: {"is_open": True},
    EventKind.DOOR_CLOSED: {"is_open": False, "held_open": False},
    EventKind.DOOR_UNLOCKED: {"is_locked": False},
    EventKind.DOOR_LOCKED: {"is_locked": True},
    EventKind.DOOR_FORCED_OPEN: {"forced_open": True},
    EventKind.DOOR_FORCED_OPEN_CLEARED: {"forced_open": False},
    EventKind.DOOR_HELD_OPEN: {"held_open": True},
    EventKind.DOOR_HELD_OPEN_CLEARED: {"held_open": False},
    EventKind.TAMPER: {"tamper": True},
    EventKind.TAMPER_CLEARED: {"tamper": False},
}
_REREAD = frozenset(
    (
        EventKind.HOLD_OPEN_STARTED,
        EventKind.HOLD_OPEN_ENDED,
        EventKind.LOCKDOWN_STARTED,
        EventKind.LOCKDOWN_ENDED,
        EventKind.AUTO_OPEN_STARTED,
        EventKind.AUTO_OPEN_ENDED,
        EventKind.DEVICE_RESTARTED,
    )
)


def mode_of(unlock_flags: int, lock_flags: int) -> DoorMode:
    """Return a door's mode by its flags; of equals, locking wins."""
    for flag in (Flag.EMERGENCY, Flag.OPERATOR):
        if lock_flags & flag:
            return DoorMode.LOCKED_DOWN
        if unlock_flags & flag:
            return DoorMode.UNLOCKED
    if (lock_flags | unlock_flags) & Flag.SCHEDULED:
        return DoorMode.SCHEDULED
    return DoorMode.NORMAL


def _record(device: int, info: Any) -> DoorRecord:
    """Return a door as its device lists it."""
    return DoorRecord(
        device=device,
        number=info.doorID,
        name=text(info.name) or f"Door {info.doorID}",
        entry=info.entryDeviceID,
        exit=info.exitDeviceID,
        sensor=bool(info.sensor.deviceID),
        button=bool(info.button.deviceID),
        lock_after=info.autoLockTimeout,
    )
