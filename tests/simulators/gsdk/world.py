"""The gateway's world: what devices log, and how they come and go."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import grpc

from tests.simulators.common import Json, Simulator
from tests.simulators.common_faults import PushFaults

from . import codes
from .log import EventLog, Row
from .modes import Modes
from .rpc import RpcError, RpcFault
from .schema import Schema, schema_for
from .site import (
    DISCONNECTED,
    TCP_CANNOT_CONNECT,
    TCP_CONNECTED,
    TLS_CONNECTED,
    TRY_TO_CONNECT,
    Device,
    Site,
)
from .site_data import build_site
from .stream import Channel

type DeviceLike = Device | int | str


class Frame(NamedTuple):
    """A row on its way to the subscribers."""

    devices: tuple[int, int]
    code: int
    data: bytes


class Change(NamedTuple):
    """A change of a device's connection on its way to the subscribers."""

    device: int
    status: int
    timestamp: int


@dataclass(slots=True, kw_only=True)
class Happening:
    """Something that truly happened: what a test compares with.

    Args:
        number: Counts all happenings.
        name: What was done, such as `tap`.
        at: The true time, in seconds since the epoch.
        device: The device whose log tells of it.
        door: The door's ID there; 0 for none.
        person: The user's ID; empty for none.
        granted: Whether somebody was let in; None where nobody asked.
        rows: The rows that were written, in order, as far as they are known yet.
    """

    number: int
    name: str
    at: float
    device: int
    door: int = 0
    person: str = ""
    granted: bool | None = None
    rows: list[Row] = field(default_factory=list)


class World(Simulator):
    """Devices, their logs and connections; no doors yet."""

    vendor = "gsdk"

    def __init__(self, **options: Any) -> None:
        """Set up the site; the options are those of `Simulator`."""
        super().__init__(**options)
        self.modes = Modes()
        self.site: Site = build_site(self.doors_wanted)
        self.elsewhere: set[int] = set()
        """Devices that belong to the master's other gateway."""
        self.truth: list[Happening] = []
        self.written: list[Row] = []
        self.rpc_faults: list[RpcFault] = []
        self.events: Channel[Frame] = Channel()
        self.changes: Channel[Change] = Channel()
        self.push = PushFaults[Frame](self.events.offer)

    @property
    def schema(self) -> Schema:
        """Return the messages as this version of the gateway has them."""
        return schema_for(self.modes.number)

    # Rows.

    def happening(
        self,
        name: str,
        device: Device,
        *,
        door: int = 0,
        person: str = "",
        granted: bool | None = None,
        at: float | None = None,
    ) -> Happening:
        """Note something that truly happened."""
        made = Happening(
            number=len(self.truth) + 1,
            name=name,
            at=self.clock.time() if at is None else at,
            device=device.id,
            door=door,
            person=person,
            granted=granted,
        )
        self.truth.append(made)
        return made

    def log(
        self,
        device: Device,
        code: int,
        sub: int = 0,
        *,
        happening: Happening | None = None,
        user: str | None = None,
        entity: int = 0,
        reader: int = 0,
        at: float | None = None,
        image: bool | None = None,
        live: bool = True,
        **more: Any,
    ) -> Row:
        """Let a device write a row, and tell it to those who listen.

        Args:
            device: The device whose log it is.
            code: The event code.
            sub: The sub code.
            happening: What the row tells of.
            user: The userID; None for the value of rows about nobody.
            entity: The entityID.
            reader: The attached device where it was, if any.
            at: The true time; now by default.
            image: Whether there is an image; None as the image filters say.
            live: Whether subscribers are told.
            more: More fields of the message, such as `TNAKey` or `cardData`.
        """
        now = self.clock.time() if at is None else at
        if image is None:
            image = bool(device.filters.get(code)) and device.camera
        shown = device.id
        if reader and self.modes.slave_events == "slave":
            shown = reader
        number = device.log.next_id
        timestamp = int(now + device.clock_offset)
        user_id = self.modes.no_user if user is None else user
        message = EventLog(
            ID=number,
            timestamp=timestamp,
            deviceID=shown,
            userID=user_id,
            entityID=entity,
            eventCode=code,
            subCode=sub,
            hasImage=image,
            **more,
        )
        row = Row(
            id=number,
            log_device=device.id,
            device_id=shown,
            timestamp=timestamp,
            code=code,
            sub=sub,
            user_id=user_id,
            entity_id=entity,
            image=image,
            generation=device.log.generation,
            at=now,
        )
        data = message.SerializeToString()
        if image:
            device.log.images[number] = now + self.modes.image_delay
        device.log.append(data)
        self.written.append(row)
        if len(self.written) > self.modes.keep_rows:
            del self.written[: len(self.written) // 10 + 1]
        if happening is not None:
            happening.rows.append(row)
        if live and device.monitoring and device.connected:
            self.push.push(Frame((device.id, shown), code, data))
        return row

    def now(self, device: Device) -> int:
        """Return the time by a device's clock."""
        return int(self.clock.time() + device.clock_offset)

    # Connections.

    def reach(self, number: int) -> Device:
        """Return a connected device. Raises RpcError."""
        device = self.site.devices.get(number)
        if device is None:
            device = self.site.master(number)
        if device is None or not device.listed:
            raise RpcError(
                grpc.StatusCode.NOT_FOUND, f"Cannot find the device: {number}"
            )
        if device.connected:
            return device
        words = {
            "timeout": (
                "Cannot handshake the direct connection: Cannot handshake: Cannot"
                " receive the sync packet: Cannot receive packet: Timeout to read the"
                f" start code: read tcp 10.0.0.6:46583->{device.ip}:51211: i/o timeout"
            ),
            "not_connected": f"The device {number} is not connected",
            "unknown": f"Cannot get the connection of the device {number}",
        }[self.modes.device_error]
        unknown = self.modes.device_error == "unknown"
        code = grpc.StatusCode.UNKNOWN if unknown else grpc.StatusCode.UNAVAILABLE
        raise RpcError(code, words)

    def set_status(self, device: Device, status: int) -> None:
        """Change a device's connection and tell those who listen."""
        was = device.connected
        device.status = status
        if was and not device.connected:
            if self.modes.monitoring_lost:
                device.monitoring = False
            if self.modes.link_rows:
                self.log(device, codes.TCP_DISCONNECTED)
        self.changes.offer(Change(device.id, status, int(self.clock.time())))
        if device.connected and not was and self.modes.link_rows:
            self.log(device, codes.TCP_CONNECTED)

    def dial(self, device: Device) -> None:
        """Connect a device as its settings say, if it can be reached."""
        if not device.powered:
            self.set_status(device, TCP_CANNOT_CONNECT)
        elif not device.connected:
            self.set_status(device, TLS_CONNECTED if device.use_ssl else TCP_CONNECTED)

    async def device_offline(self, device: DeviceLike) -> Happening:
        """Let a device lose its connection; what happens there is kept by it."""
        where = self.site.device(device)
        made = self.happening("device_offline", where)
        where.powered = False
        if where.connected:
            self.set_status(where, DISCONNECTED)
        return made

    async def device_online(self, device: DeviceLike) -> Happening:
        """Let a device come back; the gateway connects by itself."""
        where = self.site.device(device)
        made = self.happening("device_online", where)
        where.powered = True
        if where.auto and where.listed and not where.connected:
            if self.modes.number >= (1, 9, 0):
                self.set_status(where, TRY_TO_CONNECT)
            self.dial(where)
        return made

    async def device_reconnect(self, device: DeviceLike) -> Happening:
        """Let a device lose its connection for less than a moment."""
        await self.device_offline(device)
        return await self.device_online(device)

    async def device_restart(
        self, device: DeviceLike, seconds: float | None = None
    ) -> Happening:
        """Let a device start again."""
        where = self.site.device(device)
        made = self.happening("device_restart", where)
        self.log(where, codes.SYSTEM_RESET, happening=made)
        where.powered = False
        self.set_status(where, DISCONNECTED)

        def back() -> None:
            where.powered = True
            self.log(where, codes.SYSTEM_STARTED, happening=made)
            if where.auto and where.listed:
                self.dial(where)

        wait = self.modes.restart_seconds if seconds is None else seconds
        self.later(wait, back)
        return made

    async def device_clock(self, device: DeviceLike, seconds: float = 0.0) -> Json:
        """Set a device's clock wrong by that many seconds (0 sets it right)."""
        where = self.site.device(device)
        where.clock_offset = float(seconds)
        self.log(where, codes.TIME_SET)
        now = datetime.fromtimestamp(self.now(where), UTC)
        return {"device": where.id, "now": now.isoformat()}

    # Logs that are cleared or wrap.

    def clear_device(self, device: Device, name: str, code: int) -> Happening:
        """Clear a device's log, and log that under a code."""
        made = self.happening(name, device)
        device.log.clear(restart=self.modes.ids_after_clear == "restart")
        if self.modes.clear_row:
            self.log(device, code, happening=made)
        return made

    async def clear_log(self, device: DeviceLike) -> Happening:
        """Let somebody clear a device's log at the device."""
        return self.clear_device(
            self.site.device(device), "clear_log", codes.LOG_CLEARED
        )

    async def factory_reset(
        self, device: DeviceLike, code: int = codes.FACTORY_RESET
    ) -> Happening:
        """Let a device forget its log and users, under one of the codes 0x45xx."""
        where = self.site.device(device)
        where.users.clear()
        made = self.clear_device(where, "factory_reset", code)
        if where.connected:
            self.set_status(where, DISCONNECTED)
            self.later(self.modes.restart_seconds, lambda: self.dial(where))
        return made

    async def set_capacity(self, device: DeviceLike, rows: int) -> Json:
        """Let a device keep fewer rows, or more."""
        where = self.site.device(device)
        where.log.capacity = int(rows)
        where.log.trim()
        return {"first": where.log.first, "next": where.log.next_id}
