"""Records of devices' logs as access events.

Source: G-SDK, Event API. A record's user counts only for events of users and its entity
only for those of doors, zones and lifts: in a device they share one place.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ...models import ACCESS_KINDS, AccessEvent, Direction, EventKind, Method, Person
from ..parsing import text
from .codes import Meaning, Subject, look_up
from .devices import Devices
from .doors import DoorBook, DoorRecord
from .names import NO_USER, Names

type _Mark = tuple[int, str]

_PORT_VALUES = ("open", "closed", "short-circuited", "cut")
_CARD_FAILED = ((0x1100, 0x02), (0x1100, 0x08), (0x1400, 0x02), (0x1400, 0x08))
_PASSAGES_END = 0x2000
"""Codes below are of somebody who wants to pass."""
_LET_IN = (EventKind.ACCESS_GRANTED, EventKind.DURESS)
_FOLLOWS = 3
"""How many records, and seconds, an unlocking may come after whom it is for."""
_DENIED = (EventKind.ACCESS_DENIED, EventKind.UNKNOWN_CREDENTIAL)
_ALARMS = (EventKind.ZONE_ALARM, EventKind.ZONE_ALARM_CLEARED)
_INPUTS = (0x3F00, 0x4600, 0x4700)
_ARMING = (0x9300, 0x9800)
_TWINS = {0x5400: 0x5600, 0x5600: 0x5400, 0x5500: 0x5800, 0x5800: 0x5500}
"""A door that was forced or held open, and the alarm about it: two records of one."""
_ALARM_WITHIN = 10
"""How many seconds may lie between the two."""
_EXCUSED = 0x1900
"""A violation that is granted was excused; the device grants the same once more."""
_ENDS = {
    EventKind.DOOR_FORCED_OPEN_CLEARED: EventKind.DOOR_FORCED_OPEN,
    EventKind.DOOR_HELD_OPEN_CLEARED: EventKind.DOOR_HELD_OPEN,
}
_CAUSES = {
    0x5600: "door open while locked down",
    0x5700: "door open while locked down",
    0x5A00: "anti-passback",
    0x5B00: "anti-passback",
    0x5F00: "fire",
    0x6100: "anti-passback",
    0x6200: "anti-passback",
    0x6400: "timed anti-passback",
    0x6500: "timed anti-passback",
    0x6700: "fire",
    0x6800: "fire",
    0x6E00: "scheduled lock",
    0x6F00: "scheduled lock",
    0x7600: "lift",
    0x7700: "lift",
    0x9800: "intrusion",
    0x9900: "intrusion",
    0xA100: "interlock",
    0xA200: "interlock",
    0xA300: "interlock",
    0xA400: "interlock",
    0xA900: "occupancy limit",
    0xAA00: "occupancy limit",
    0xB100: "muster",
    0xB200: "muster",
    0xBA00: "lift lock",
    0xBB00: "lift lock",
    0xC100: "break glass",
}


def key_of(device: int, epoch: int, number: int) -> str:
    """Return the key of a record; records count from 1 again in each epoch."""
    return f"{device}:{number}" if not epoch else f"{device}.{epoch}:{number}"


class Interpreter:
    """Turns records into access events."""

    def __init__(self, devices: Devices, doors: DoorBook, names: Names) -> None:
        """Use what is known of devices, doors and people."""
        self._devices = devices
        self._doors = doors
        self._names = names
        self._firsts: dict[tuple[str, EventKind], tuple[_Mark, int, str]] = {}
        """The last record that may have a twin, by place and kind: its time and key."""

    def event(self, record: Any, device: int, epoch: int) -> AccessEvent:
        """Return the event of a record in the log of a device.

        The record may name another device, that is a reader of this one.
        """
        meaning = look_up(record.eventCode, record.subCode)
        reader = record.deviceID or device
        door, direction = self._door(record, meaning, device)
        denied = meaning.kind in _DENIED
        reason = meaning.words if denied else None
        if meaning.kind in _ALARMS:
            reason = _CAUSES.get(record.eventCode & 0xFF00)
        key = key_of(device, epoch, record.ID)
        return AccessEvent(
            key=key,
            occurred_at=datetime.fromtimestamp(record.timestamp, UTC),
            kind=meaning.kind,
            vendor_code=meaning.name,
            door_id=door.id if door else None,
            door_name=door.name if door else None,
            reader_id=str(reader),
            reader_name=self._devices.name(reader),
            person=self._person(record, meaning),
            method=meaning.method or _method(meaning.kind),
            credential=_card(record),
            direction=direction,
            reason=reason,
            message=_message(record, meaning, reason),
            image_ref=f"{device}:{record.ID}:{record.timestamp}"
            if record.hasImage
            else None,
            same_as=self._twin(record, meaning.kind, door, key),
        )

    def _twin(
        self, record: Any, kind: EventKind, door: DoorRecord | None, key: str
    ) -> str | None:
        """Return the key of the record that told of the same just before."""
        mark: _Mark
        twin: _Mark
        if door and kind in _ENDS:
            self._firsts.pop((door.id, _ENDS[kind]), None)
        if door and record.eventCode in _TWINS:
            where, within = door.id, _ALARM_WITHIN
            mark, twin = (record.eventCode, ""), (_TWINS[record.eventCode], "")
        elif kind is EventKind.ACCESS_GRANTED and record.userID not in NO_USER:
            where, within = str(record.deviceID), _FOLLOWS
            excused = record.eventCode == _EXCUSED
            mark, twin = (excused, record.userID), (not excused, record.userID)
        else:
            return None
        before, at, first = self._firsts.get((where, kind), (None, 0, ""))
        if before == twin and abs(record.timestamp - at) <= within:
            return first
        self._firsts[where, kind] = mark, record.timestamp, key
        return None

    def waits_for_door(self, record: Any) -> bool:
        """Return whether only the record after this one can tell the door."""
        meaning = look_up(record.eventCode, record.subCode)
        return (
            meaning.subject is Subject.USER
            and meaning.kind in _LET_IN
            and self._doors.is_ambiguous(record.deviceID)
        )

    def find_doors(self, records: Sequence[Any], events: list[AccessEvent]) -> None:
        """Give those who were let in the door that was unlocked for them.

        Where a device serves several doors, only the record of the unlocking that
        follows tells which it was.
        """
        for at, (record, event) in enumerate(zip(records, events, strict=True)):
            if event.door_id is not None or not self.waits_for_door(record):
                continue
            for later in range(at + 1, min(at + 1 + _FOLLOWS, len(records))):
                if events[later].kind in ACCESS_KINDS:
                    break
                if (
                    events[later].kind is EventKind.DOOR_UNLOCKED
                    and abs(records[later].timestamp - record.timestamp) <= _FOLLOWS
                ):
                    events[at] = replace(
                        event,
                        door_id=events[later].door_id,
                        door_name=events[later].door_name,
                    )
                    break

    def began_anew(self, device: int, epoch: int, at: int, old: int) -> AccessEvent:
        """Return the note that a device's log began anew; times in Unix seconds."""
        door, _ = self._doors.at(device)
        return AccessEvent(
            key=key_of(device, epoch, 0),
            occurred_at=datetime.fromtimestamp(at or old, UTC),
            kind=EventKind.SYNC,
            vendor_code="LOG_BEGAN_ANEW",
            door_id=door.id if door else None,
            door_name=door.name if door else None,
            reader_id=str(device),
            reader_name=self._devices.name(device),
            message="The device's log was cleared: its records count from 1 again",
        )

    def _door(
        self, record: Any, meaning: Meaning, device: int
    ) -> tuple[DoorRecord | None, Direction | None]:
        """Return the door of a record, and the direction where somebody went."""
        reader = record.deviceID or device
        if meaning.subject is Subject.DOOR and record.entityID:
            door = self._doors.find(reader, record.entityID)
            return door or self._doors.find(device, record.entityID), None
        if record.eventCode in _ARMING and (number := record.alarmZoneInfo.doorID):
            return self._doors.find(reader, number), None
        if meaning.subject in (Subject.ZONE, Subject.LIFT, None):
            return None, None
        door, direction = self._doors.at(reader)
        return door, direction if record.eventCode < _PASSAGES_END else None

    def _person(self, record: Any, meaning: Meaning) -> Person | None:
        """Return who it was, where the event is one of a user."""
        if meaning.subject is not Subject.USER or record.userID in NO_USER:
            return None
        user_id = text(record.userID)
        return Person(id=user_id, name=self._names.get(user_id)) if user_id else None


def _method(kind: EventKind) -> Method | None:
    """Return that the method is not told, where there must have been one."""
    if kind in _LET_IN:
        return Method.UNKNOWN
    return None


def _card(record: Any) -> str | None:
    """Return the number of the card that was refused."""
    if (record.eventCode, record.subCode) not in _CARD_FAILED:
        return None
    number = int.from_bytes(record.cardData, "big")
    return text(number) if number else None


def _message(record: Any, meaning: Meaning, reason: str | None) -> str | None:
    """Return what else a record tells, in words."""
    parts: list[str] = []
    if meaning.words and meaning.words != reason:
        parts.append(meaning.words)
    if record.TNAKey:
        parts.append(f"T&A key {record.TNAKey}")
    if record.temperature:
        parts.append(f"{record.temperature / 100:.2f} °C")
    if meaning.subject is Subject.ZONE and record.entityID:
        parts.append(f"Zone {record.entityID}")
    if meaning.subject is Subject.LIFT and record.entityID:
        parts.append(f"Lift {record.entityID}")
    if record.changedOnDevice:
        parts.append("Changed at the device")
    parts += _inputs(record)
    return text(", ".join(parts))


def _inputs(record: Any) -> list[str]:
    """Return what a record tells of inputs and zones."""
    parts: list[str] = []
    info = record.inputInfo
    if record.HasField("inputInfo") and (
        record.eventCode in _INPUTS or info.ioDeviceID or info.port
    ):
        value = (
            _PORT_VALUES[info.value]
            if 0 <= info.value < len(_PORT_VALUES)
            else str(info.value)
        )
        parts.append(f"Input {info.port} of device {info.ioDeviceID}: {value}")
    zone = record.alarmZoneInfo
    if zone.zoneID or zone.doorID or zone.ioDeviceID:
        words = f"Alarm zone {zone.zoneID}"
        if zone.doorID:
            words += f", door {zone.doorID}"
        if zone.ioDeviceID:
            words += f", input {zone.port} of device {zone.ioDeviceID}"
        parts.append(words)
    lock = record.interlockZoneInfo
    if lock.zoneID or lock.doorIDs:
        doors = ", ".join(str(number) for number in lock.doorIDs)
        parts.append(f"Interlock zone {lock.zoneID}, doors {doors}")
    return parts
