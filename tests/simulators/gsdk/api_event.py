"""The service gsdk.event.Event."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import grpc

from . import codes
from .api import Api
from .log import DeviceLog
from .pictures import snapshot
from .rpc import Fields, RpcError
from .site import Device
from .world import Frame

MAX_FILTERS = 32


class EventApi(Api):
    """Logs, images and monitoring."""

    service = "gsdk.event.Event"

    # Monitoring.

    async def enable_monitoring(self, request: Any) -> None:
        """Let a device tell its rows at once."""
        self.world.reach(request.deviceID).monitoring = True

    async def disable_monitoring(self, request: Any) -> None:
        """Let a device tell nothing any more."""
        self.world.reach(request.deviceID).monitoring = False

    async def enable_monitoring_multi(self, request: Any) -> Fields | None:
        """Let devices tell their rows at once."""
        return self.for_all(request.deviceIDs, lambda item: _monitor(item, True))

    async def disable_monitoring_multi(self, request: Any) -> Fields | None:
        """Let devices tell nothing any more."""
        return self.for_all(request.deviceIDs, lambda item: _monitor(item, False))

    async def subscribe_realtime_log(self, request: Any) -> AsyncIterator[bytes]:
        """Give rows as they are written."""
        devices, wanted = frozenset(request.deviceIDs), frozenset(request.eventCodes)

        def wants(frame: Frame) -> bool:
            return (not devices or not devices.isdisjoint(frame.devices)) and (
                not wanted or frame.code in wanted
            )

        async for frame in self.world.events.subscribe(request.queueSize, wants):
            yield frame.data

    # Logs.

    async def get_log(self, request: Any) -> bytes:
        """Return rows from an ID on, oldest first."""
        log = self.world.reach(request.deviceID).log
        start, most = request.startEventID, request.maxNumOfLog
        if start >= log.next_id and self.world.modes.past_end == "error":
            raise RpcError(
                grpc.StatusCode.UNKNOWN, f"Cannot get the log: no event {start}"
            )
        return b"".join(log.frames(start, most))

    async def get_log_with_filter(self, request: Any) -> Fields:
        """Return rows from an ID on that match one of the filters."""
        log = self.world.reach(request.deviceID).log
        if len(request.filters) > MAX_FILTERS:
            raise RpcError(grpc.StatusCode.INVALID_ARGUMENT, "too many filters")
        rows = (
            row
            for row in _each(log, request.startEventID)
            if not request.filters
            or any(_matches(row, item) for item in request.filters)
        )
        most = request.maxNumOfLog or len(log)
        return {"events": [row for row, _ in zip(rows, range(most), strict=False)]}

    async def clear_log(self, request: Any) -> None:
        """Clear a device's log."""
        self._clear(self.world.reach(request.deviceID))

    async def clear_log_multi(self, request: Any) -> Fields | None:
        """Clear the logs of devices."""
        return self.for_all(request.deviceIDs, self._clear)

    def _clear(self, device: Device) -> None:
        """Clear a device's log."""
        self.world.clear_device(device, "clear_log", codes.LOG_CLEARED)

    # Images.

    async def get_image_log(self, request: Any) -> Fields:
        """Return images from an ID on, oldest first."""
        device = self._with_camera(request.deviceID)
        now = self.world.clock.time()
        found = [
            number
            for number, ready in device.log.images.items()
            if number >= max(request.startEventID, device.log.first) and ready <= now
        ]
        most = request.maxNumOfLog or len(found)
        rows = (device.log.row(number) for number in found[:most])
        return {
            "imageEvents": [
                {
                    "ID": row.ID,
                    "timestamp": row.timestamp,
                    "deviceID": row.deviceID,
                    "userID": row.userID,
                    "eventCode": row.eventCode,
                    "subCode": row.subCode,
                    "JPGImage": snapshot(
                        device.model, f"{row.ID} {row.eventCode:04X} {row.userID}"
                    ),
                }
                for row in rows
                if row is not None
            ]
        }

    async def get_image_filter(self, request: Any) -> Fields:
        """Return for which events a device keeps an image."""
        device = self._with_camera(request.deviceID)
        return {
            "filters": [
                {"eventCode": code, "scheduleID": schedule}
                for code, schedule in device.filters.items()
            ]
        }

    async def set_image_filter(self, request: Any) -> None:
        """Set for which events a device keeps an image."""
        self._filter(request.filters)(self.world.reach(request.deviceID))

    async def set_image_filter_multi(self, request: Any) -> Fields | None:
        """Set for which events devices keep an image."""
        return self.for_all(request.deviceIDs, self._filter(request.filters))

    def _filter(self, filters: Iterable[Any]) -> Callable[[Device], None]:
        """Return what sets image filters."""
        wanted = {item.eventCode: item.scheduleID for item in filters}

        def work(device: Device) -> None:
            self._with_camera(device.id).filters = dict(wanted)

        return work

    def _with_camera(self, number: int) -> Device:
        """Return a device that keeps images. Raises RpcError for another."""
        device = self.world.reach(number)
        if not device.camera:
            raise RpcError(
                grpc.StatusCode.UNIMPLEMENTED, f"Not supported by the device {number}"
            )
        return device

    # Ports.

    async def get_device_io_states(self, request: Any) -> Fields:
        """Return the state of a device's ports and case."""
        device = self.world.reach(request.deviceID)
        inputs = [device.inputs.get(port, 0) for port in range(4)]
        relays = [int(door.is_unlocked) for door in device.doors.values()]
        return {
            "states": [
                {
                    "deviceID": device.id,
                    "input": {"states": inputs},
                    "relay": {"states": relays},
                    "tamper": {"states": [int(device.tamper)]},
                },
                *(
                    {"deviceID": slave, "tamper": {"states": [0]}}
                    for slave in request.slaveIDs
                    if slave in device.slaves
                ),
            ]
        }


def _monitor(device: Device, on: bool) -> None:
    """Switch monitoring."""
    device.monitoring = on


def _each(log: DeviceLog, start: int) -> Iterable[Any]:
    """Return row after row from an ID on."""
    while page := log.decoded(start, 4096):
        yield from page
        start = page[-1].ID + 1


def _matches(row: Any, item: Any) -> bool:
    """Tell whether a row passes a filter."""
    if item.userID and row.userID != item.userID:
        return False
    if item.startTime and row.timestamp < item.startTime:
        return False
    if item.endTime and row.timestamp > item.endTime:
        return False
    if item.eventCode and row.eventCode != item.eventCode:
        return False
    if item.WhichOneof("param") == "TNAKey":
        return bool(row.TNAKey == item.TNAKey)
    return True
