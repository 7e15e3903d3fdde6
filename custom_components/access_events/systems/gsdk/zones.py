"""Zones behind a G-SDK gateway, and which of them raise an alarm.

Source: G-SDK, zone APIs and Event API. A zone belongs to the device that controls it, and
its number is unique there among those of its kind. Gateways list the zones of most kinds;
the others are known once they raised an alarm.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ...models import AccessEvent, EventKind, Zone
from ..base import AccessSystemError, ConnectError
from ..parsing import integer, text
from .client import GatewayClient
from .codes import Subject, look_up
from .devices import Devices

_SERVICES = {
    "anti-passback": "apb_zone.APBZone",
    "timed anti-passback": "timed_apb_zone.TimedAPBZone",
    "fire": "fire_zone.FireAlarmZone",
    "scheduled lock": "lock_zone.LockZone",
    "intrusion": "intrusion_zone.IntrusionAlarmZone",
    "interlock": "interlock_zone.InterlockZone",
    "lift lock": "lift_zone.LiftZone",
}
_ALARMED = 1
_ALARMS = {EventKind.ZONE_ALARM: True, EventKind.ZONE_ALARM_CLEARED: False}
_SUBJECTS = (Subject.ZONE, Subject.LIFT)


@dataclass(frozen=True, slots=True)
class _Record:
    """A zone of a device: what it watches for, its number and name, and its alarm."""

    device: int
    reason: str
    number: int
    name: str
    alarmed: bool | None = None

    @property
    def id(self) -> str:
        """Return the zone's id within the gateway."""
        return f"{self.device}:{self.reason}:{self.number}"


class ZoneBook:
    """All zones, by their ids."""

    def __init__(self, devices: Devices) -> None:
        """Start with none."""
        self._devices = devices
        self._records: dict[str, _Record] = {}
        self._applied: dict[str, int] = {}

    def recall(self, kept: Iterable[list[Any]]) -> None:
        """Know of zones from an earlier run, with how they were."""
        for held in kept:
            if len(held) != 5:
                continue
            device, reason, number = integer(held[0]), text(held[1]), integer(held[2])
            if device is None or reason is None or number is None:
                continue
            alarmed = held[4] if isinstance(held[4], bool) else None
            record = _Record(
                device, reason, number, text(held[3]) or str(number), alarmed
            )
            self._records.setdefault(record.id, record)

    def kept(self) -> list[list[Any]]:
        """Return what to keep of the zones."""
        return [
            [zone.device, zone.reason, zone.number, zone.name, zone.alarmed]
            for zone in self._records.values()
        ]

    def all(self) -> tuple[Zone, ...]:
        """Return all zones as they are."""
        return tuple(
            Zone(
                id=zone.id,
                reason=zone.reason,
                name=zone.name,
                alarmed=zone.alarmed,
                online=self._devices.is_online(zone.device),
            )
            for zone in self._records.values()
        )

    def has(self, device: int) -> bool:
        """Return whether a device has zones."""
        return any(zone.device == device for zone in self._records.values())

    async def load(self, client: GatewayClient, device: int) -> None:
        """Read a device's zones and how they are.

        Raises `ConnectError` if the device can't be reached.
        """
        for reason, service in _SERVICES.items():
            try:
                await self._load_kind(client, device, reason, service)
            except ConnectError:
                raise
            except AccessSystemError:
                # Not every device has every kind, and not every gateway tells.
                continue

    async def _load_kind(
        self, client: GatewayClient, device: int, reason: str, service: str
    ) -> None:
        """Read a device's zones of one kind."""
        listed = (await client.call(f"{service}/Get", deviceID=device)).zones
        found = [
            _Record(device, reason, info.zoneID, text(info.name) or str(info.zoneID))
            for info in listed
        ]
        ids = {zone.id for zone in found}
        self._records = {
            key: zone
            for key, zone in self._records.items()
            if (zone.device, zone.reason) != (device, reason) or key in ids
        }
        for zone in found:
            held = self._records.get(zone.id)
            self._records[zone.id] = replace(
                zone, alarmed=held.alarmed if held else None
            )
        if not found:
            return
        response = await client.call(f"{service}/GetStatus", deviceID=device)
        for status in response.status:
            key = f"{device}:{reason}:{status.zoneID}"
            if (known := self._records.get(key)) is not None:
                alarmed = bool(status.status & _ALARMED)
                self._records[key] = replace(known, alarmed=alarmed)

    def apply(self, record: Any, event: AccessEvent, device: int, epoch: int) -> bool:
        """Take over what a record tells of a zone; tells whether it changed.

        An older record changes nothing.
        """
        alarmed = _ALARMS.get(event.kind)
        if alarmed is None or event.reason is None or not record.entityID:
            return False
        if look_up(record.eventCode, record.subCode).subject not in _SUBJECTS:
            return False
        new = _Record(device, event.reason, record.entityID, str(record.entityID))
        order = epoch << 32 | record.ID
        if order <= self._applied.get(new.id, -1):
            return False
        self._applied[new.id] = order
        held = self._records.get(new.id)
        self._records[new.id] = replace(held or new, alarmed=alarmed)
        return self._records[new.id] != held
