"""A Suprema G-SDK gateway as an access system."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, override

import aiohttp

from ...models import Capability, Door, DoorMode, Image, SystemInfo, SystemState
from ..base import AccessSystem, AccessSystemError, Cursor, Signal
from ..openings import Openings
from ..register import RegisterSystem
from .client import GatewayClient
from .control import Control
from .identity import read_identity
from .live import Live
from .pictures import Pictures
from .position import Position
from .site import Site
from .trust import read_authority
from .users import FIELDS, Register

_PORT = 4000
_AT_ONCE = 8
_FIRST = 20_000
"""How many records are read before what is live is told."""


class GsdkGateway(RegisterSystem):
    """One device gateway with the devices behind it."""

    user_fields = FIELDS
    capabilities = (
        Capability.IMAGES
        | Capability.USERS_READ
        | Capability.USERS_ADD
        | Capability.USERS_UPDATE
        | Capability.USERS_REMOVE
        | Capability.IMAGE_FILTERS
        | Capability.CLEAR_LOG
        | Capability.ZONES
        | Capability.RELEASES
    )

    _register: Register

    def __init__(self, client: GatewayClient, pictured: Sequence[str] = ()) -> None:
        """Put the gateway's parts together.

        With `pictured`, devices are told to take pictures of these events.
        """
        self._client = client
        self._site = Site(client)
        self._control = Control(self._site)
        self._pictures = Pictures(self._site, pictured)
        self._site.after_load = self._pictures.keep_filter
        self._register = Register(self._site)
        self._live: Live | None = None
        self._version = ""

    @override
    async def resume(self, cursor: Cursor) -> None:
        position = Position.load(cursor)
        self._site.doors.recall(position.doors)
        self._site.zones.recall(position.zones)
        self._site.devices.recall({*position.anchors, *position.doors})

    @override
    def adopt(self, openings: Openings) -> None:
        self._control.moments.openings = openings

    @override
    async def connect(self) -> SystemInfo:
        self._version = await self._client.connect()
        self._site.begin()
        self._control.moments.begin()
        client = self._client
        gateway_id = client.identity and client.identity.gateway_id
        return SystemInfo(
            id=gateway_id or f"{client.host}:{client.port}",
            name=f"G-SDK {gateway_id or client.host}",
            model="G-SDK gateway behind a master"
            if gateway_id
            else "G-SDK device gateway",
            version=self._version or None,
        )

    @override
    async def doors(self) -> list[Door]:
        site = self._site
        await site.devices.load(site.client)
        limit = asyncio.Semaphore(_AT_ONCE)

        async def load(device: int) -> None:
            async with limit:
                await site.load_doors(device)

        await asyncio.gather(*(load(device) for device in site.devices.connected()))
        return site.doors.all()

    @override
    async def system_state(self) -> SystemState:
        return self._site.system_update().state

    @override
    async def subscribe(self) -> None:
        site = self._site
        await site.streams.start()
        await site.devices.load(site.client)
        await site.streams.enable(site.devices.connected())
        await site.names.load(site.devices.connected())

    @override
    async def start_cursor(self, import_days: int) -> Cursor:
        site = self._site
        position = Position(
            days=import_days, doors=site.doors.kept(), zones=site.zones.kept()
        )
        reader = site.reader
        newest = [
            now
            for device in sorted(site.devices.connected())
            if (now := await reader.now(device, 0))
        ]
        if newest:
            position.floor = max(max(newest) - import_days * 86_400, 0)
        for device in sorted(site.devices.connected()):
            try:
                position.anchors[device] = await reader.place(device, import_days, None)
            except AccessSystemError:
                # It is placed when it can be read, by the floor that is known.
                continue
        reader.position = position
        return position.dump()

    @override
    async def history(self, cursor: Cursor) -> AsyncIterator[Signal]:
        if self._live is not None and self._live.following:
            # What is missing is told in the one place that knows the order.
            await self._live.catch_up()
            return
        self._load(cursor)
        async with aclosing(self._site.read_history(_FIRST)) as signals:
            async for signal in signals:
                yield signal

    @override
    async def live(self, cursor: Cursor) -> AsyncIterator[Signal]:
        self._load(cursor)
        self._live = Live(self._site)
        async with aclosing(self._live.follow()) as signals:
            async for signal in signals:
                yield signal

    def _load(self, cursor: Cursor) -> None:
        """Go on from what the owner has committed."""
        site = self._site
        site.reader.position = Position.load(cursor)
        site.position.doors = site.doors.kept()
        site.position.zones = site.zones.kept()

    @override
    async def close(self) -> None:
        if self._live is not None:
            await self._live.stop()
        await self._site.streams.stop()
        await self._control.moments.stop()
        await self._client.close()

    @override
    async def open_door(self, door_id: str) -> None:
        await self._control.open_door(door_id)

    @override
    async def hold_unlocked(self, door_id: str) -> None:
        await self._control.hold_unlocked(door_id)

    @override
    async def release(self, door_id: str) -> None:
        await self._control.release(door_id)

    @override
    async def set_mode(self, door_id: str, mode: DoorMode) -> None:
        await self._control.set_mode(door_id, mode)

    @override
    async def image(self, ref: str) -> Image:
        return await self._pictures.image(ref)

    @override
    async def set_image_filter(
        self, door_ids: Sequence[str], events: Sequence[str]
    ) -> None:
        await self._pictures.set_filter(self._register.devices_of(door_ids), events)

    @override
    async def clear_log(self, door_ids: Sequence[str]) -> None:
        await self._pictures.clear_log(self._register.devices_of(door_ids))

    @override
    def diagnostics(self) -> dict[str, object]:
        site = self._site
        return {
            "version": self._version,
            "requests": self._client.calls,
            "failed_requests": self._client.failures,
            "devices": site.devices.models(),
            "connected_devices": len(site.devices.connected()),
            "unmonitored_devices": len(site.streams.unmonitored),
            "stream_records": site.streams.received,
            "unreadable_answers": self._client.unreadable,
            "log_records": site.reader.read,
            "log_reads": self._live.backfills if self._live else 0,
            "log_epochs": sorted(
                anchor.epoch for anchor in site.position.anchors.values()
            ),
            "names_known": len(site.names),
        }


def create(
    config: Mapping[str, Any],
    options: Mapping[str, Any],
    session: aiohttp.ClientSession,
) -> AccessSystem:
    """Make the adapter of one gateway.

    `config` has `host`, `port`, `ca_certificate` (PEM), and may have `server_name`. For
    a master gateway it has `client_certificate`, `client_key` (PEM) and `gateway_id`.
    Raises `ConnectError` for what is not a certificate, or not its key.
    """
    name = str(config.get("server_name") or "").strip()
    identity = None
    if certificate := str(config.get("client_certificate") or ""):
        identity = read_identity(
            certificate,
            str(config.get("client_key") or ""),
            str(config.get("gateway_id") or "").strip(),
        )
    return GsdkGateway(
        GatewayClient(
            str(config["host"]).strip(),
            int(config.get("port", _PORT)),
            read_authority(str(config["ca_certificate"])),
            name or None,
            identity,
        ),
        tuple(options.get("image_filter") or ()),
    )
