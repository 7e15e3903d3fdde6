"""The service gsdk.door.Door, and those of the zones."""

from collections.abc import Iterable
from typing import Any

import grpc

from .api import Api
from .doors import Verb
from .happenings import Happenings
from .rpc import Fields, RpcError
from .schema import ZONE_SERVICES
from .site import ALARM_APB, ALARM_FORCED, ALARM_HELD, Device, Zone

_ALL_ALARMS = ALARM_FORCED | ALARM_HELD | ALARM_APB


class DoorApi(Api):
    """Doors: what they are, how they are, and commands."""

    service = "gsdk.door.Door"

    async def get_list(self, request: Any) -> Fields:
        """Return a device's doors."""
        device = self._master(request.deviceID)
        sizes = {"autoLockTimeout": 3, "heldOpenTimeout": 10}
        return {
            "doors": [
                {
                    "doorID": door.id,
                    "name": door.name,
                    "entryDeviceID": door.reader,
                    "exitDeviceID": door.exit_reader,
                    "relay": {"deviceID": device.id, "port": door.id - 1},
                    "sensor": {
                        "deviceID": device.id if door.sensor else 0,
                        "port": 0,
                        "type": 1,
                    },
                    "button": {"deviceID": device.id, "port": 1},
                    "unlockFlags": door.unlock_flags,
                    "lockFlags": door.lock_flags,
                    **sizes,
                }
                for door in device.doors.values()
            ]
        }

    async def get_status(self, request: Any) -> Fields:
        """Return the state of a device's doors."""
        device = self._master(request.deviceID)
        return {
            "status": [
                {
                    "doorID": door.id,
                    "isOpen": door.is_open,
                    "isUnlocked": door.is_unlocked,
                    "heldOpen": door.held,
                    "unlockFlags": door.unlock_flags,
                    "lockFlags": door.lock_flags,
                    "alarmFlags": door.alarm_flags,
                    "lastOpenTime": door.last_open,
                }
                for door in device.doors.values()
            ]
        }

    async def lock(self, request: Any) -> None:
        """Lock doors."""
        self._operate(request, "lock", getattr(request, "normalizeTimer", 0))

    async def unlock(self, request: Any) -> None:
        """Unlock doors; gateways before 1.9.0 know no timer."""
        self._operate(request, "unlock", getattr(request, "normalizeTimer", 0))

    async def release(self, request: Any) -> None:
        """Let doors be as no command had come."""
        self._operate(request, "release", 0)

    async def set_alarm(self, request: Any) -> None:
        """Set the alarms of doors."""
        if request.alarmFlag & ~_ALL_ALARMS:
            raise RpcError(grpc.StatusCode.INVALID_ARGUMENT, "Invalid alarm flag")
        device = self._master(request.deviceID)
        for number in request.doorIDs:
            door = self.world.door_of(device, number)
            self.world.set_alarm(door, request.alarmFlag)

    def _operate(self, request: Any, verb: Verb, timer: int) -> None:
        """Obey a command, or none of it if a door is unknown."""
        device = self._master(request.deviceID)
        doors = [self.world.door_of(device, number) for number in request.doorIDs]
        for door in doors:
            self.world.operate(door, verb, request.doorFlag, timer)

    def _master(self, number: int) -> Device:
        """Return a device that has doors itself. Raises RpcError for another."""
        device = self.world.reach(number)
        if device.id != number:
            raise RpcError(
                grpc.StatusCode.UNKNOWN, f"Not supported by the slave device {number}"
            )
        return device


class ZoneApi(Api):
    """The zones of one kind."""

    def __init__(self, world: Happenings, kind: str) -> None:
        """Serve the zones of a kind."""
        super().__init__(world)
        self._kind = kind
        self.service = ".".join(ZONE_SERVICES[kind])

    def _zones(self, request: Any) -> tuple[Device, list[Zone]]:
        """Return a device's zones of this kind: those asked for, or all."""
        device = self.world.reach(request.deviceID)
        found = {
            key: zone
            for (kind, key), zone in device.zones.items()
            if kind == self._kind
        }
        wanted: Iterable[int] = getattr(request, "zoneIDs", ()) or found
        if missing := [key for key in wanted if key not in found]:
            raise RpcError(
                grpc.StatusCode.UNKNOWN,
                f"Cannot find the zones {missing} in the device",
            )
        return device, [found[key] for key in wanted]

    async def get(self, request: Any) -> Fields:
        """Return a device's zones."""
        _, zones = self._zones(request)
        return {"zones": [{"zoneID": zone.id, "name": zone.name} for zone in zones]}

    async def get_status(self, request: Any) -> Fields:
        """Return the state of zones."""
        _, zones = self._zones(request)
        return {
            "status": [
                {"zoneID": zone.id, "status": zone.status, "disabled": zone.disabled}
                for zone in zones
            ]
        }

    async def set_alarm(self, request: Any) -> None:
        """Let the alarm of zones begin or end."""
        device, zones = self._zones(request)
        for zone in zones:
            await self.world.zone_alarm(device, zone.kind, zone.id, request.alarmed)

    async def set_arm(self, request: Any) -> None:
        """Arm zones, or disarm them."""
        if self._kind != "intrusion":
            raise RpcError(grpc.StatusCode.UNIMPLEMENTED, "unknown method SetArm")
        device, zones = self._zones(request)
        for zone in zones:
            await self.world.arm(device, zone.id, request.armed)
