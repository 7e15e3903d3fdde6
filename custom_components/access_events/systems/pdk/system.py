"""ProdataKey PDK as an access system."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
import re
from typing import Any, override

import aiohttp
from yarl import URL

from ...models import Capability, Door, DoorMode, SystemInfo
from ..base import (
    AccessSystem,
    AccessSystemError,
    AuthError,
    Batch,
    ConnectError,
    Cursor,
    NotSupported,
    PermissionMissing,
    RequestRejected,
    Signal,
)
from ..parsing import mapping, text
from ..register import RegisterSystem
from .client import NotFound, PdkClient
from .history import History
from .live import Live
from .position import QUOTAS, Hole, Position, held_in
from .site import Site
from .stream import Stream
from .tokens import Tokens
from .users import FIELDS, Register
from .wire import Wire

ACCOUNTS_URL = "https://accounts.pdk.io"
SYSTEMS_URL = "https://systems.pdk.io"

_DAY = 86_400_000
_LAST_MOMENTS = 120_000
_MARGIN = 60_000
"""How many ms to read twice."""
_SECOND = 1000
"""How many ms the cloud's time may be ahead of what it tells, in whole seconds."""
_SYSTEM_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Pdk(RegisterSystem):
    """One system of PDK's cloud."""

    capabilities = (
        Capability.USERS_READ
        | Capability.USERS_ADD
        | Capability.USERS_UPDATE
        | Capability.USERS_REMOVE
    )
    user_fields = FIELDS

    def __init__(self, system_id: str, site: Site) -> None:
        """Put the system's parts together."""
        self._system_id = system_id
        self._site = site
        self._history = History(site)
        self._register = Register(site.client)
        self._live: Live | None = None
        self._confirm: Hole | None = None
        self._probed = False

    @override
    async def resume(self, cursor: Cursor) -> None:
        self._site.book.recall(held_in(cursor).get("states"))

    @override
    async def connect(self) -> SystemInfo:
        site = self._site
        await site.stream.stop()
        site.texts.clear()
        await site.client.tokens.current()
        told: Mapping[str, Any] = {}
        for path in ("/", ""):
            try:
                told = mapping(await site.client.get(path))
                break
            except NotFound:
                continue
            except PermissionMissing, RequestRejected:
                break
        if not self._probed:
            await site.stream.probe()
            self._probed = True
        return SystemInfo(
            id=self._system_id,
            name=text(told.get("name")) or "PDK",
            model="PDK.io",
            version=text(told.get("version")),
            configuration_url="https://pdk.io",
        )

    @override
    async def doors(self) -> list[Door]:
        await self._site.list_doors()
        self._site.book.doubt()
        return self._site.book.doors

    @override
    async def subscribe(self) -> None:
        await self._site.stream.start()

    @override
    async def start_cursor(self, import_days: int) -> Cursor:
        at = max(self._site.now - import_days * _DAY, 1)
        return Position(at, at).dump({})

    @override
    async def history(self, cursor: Cursor) -> AsyncIterator[Signal]:
        site = self._site
        if site.following:
            # What is not told by the stream is being read beside it.
            return
        position = Position.load(cursor, site.now)
        position.quota.merge(site.reports.quota)
        site.position, site.reports.quota = position, position.quota
        heard_from = site.now
        position.add(position.at - _MARGIN, heard_from + _SECOND)
        async with aclosing(self._history.fill(whole=False)) as signals:
            async for signal in signals:
                yield signal
        # What was not read stays a hole, so the place itself moves on.
        position.at = max(position.at, heard_from)
        start = max(heard_from - _LAST_MOMENTS, position.floor)
        self._confirm = Hole(start, heard_from)
        yield Batch(cursor=site.cursor())

    @override
    async def live(self, cursor: Cursor) -> AsyncIterator[Signal]:
        site = self._site
        if site.position is None:
            site.position = Position.load(cursor, site.now)
        confirm, self._confirm = self._confirm, None
        self._live = Live(site, self._history)
        async with aclosing(self._live.follow(confirm)) as signals:
            async for signal in signals:
                yield signal

    @override
    async def close(self) -> None:
        if self._live is not None:
            await self._live.stop()
        await self._site.stream.stop()

    @override
    async def open_door(self, door_id: str) -> None:
        device = self._site.book.devices.get(door_id)
        dwell = device.dwell if device else None
        await self._command(door_id, "try-open", {"dwell": dwell} if dwell else None)

    @override
    async def hold_unlocked(self, door_id: str) -> None:
        await self._command(door_id, "open")

    @override
    async def release(self, door_id: str) -> None:
        await self._command(door_id, "close")

    @override
    async def set_mode(self, door_id: str, mode: DoorMode) -> None:
        match mode:
            case DoorMode.UNLOCKED:
                await self.hold_unlocked(door_id)
            case DoorMode.NORMAL:
                await self.release(door_id)
            case _:
                raise NotSupported("mode_not_settable")

    async def _command(
        self, door_id: str, action: str, body: Mapping[str, object] | None = None
    ) -> None:
        """Do something to a door, once."""
        device = self._site.book.devices.get(door_id)
        if device is None:
            raise RequestRejected("door_unknown")
        if device.node is None:
            raise RequestRejected("node_unknown")
        await self._site.client.command(
            f"/cloud-nodes/{device.node}/devices/{door_id}/{action}", body
        )

    @override
    def diagnostics(self) -> dict[str, object]:
        site = self._site
        wire, stream, quota = site.client.wire, site.stream, site.reports.quota
        position = site.position
        return {
            "requests": wire.requests,
            "failed_requests": wire.failures,
            "rate_limited": wire.limited,
            "requests_left": sorted(wire.remaining.values()),
            "tokens": site.client.tokens.renewals,
            "stream_connected": stream.connected,
            "stream_connects": stream.connects,
            "messages": stream.received,
            "messages_unreadable": stream.unreadable,
            "tokens_shown": stream.renewals,
            "invalid_tokens": stream.invalid_tokens,
            "texts_without_event": site.texts.unmatched,
            "report_day": quota.day,
            **{
                f"reports_{kind}": f"{quota.used.get(kind, 0)} of {most}"
                for kind, most in QUOTAS.items()
            },
            "reports_truncated": site.reports.truncated,
            "holes_open": len(position.holes) if position else 0,
            "cloud_nodes": len(site.book.nodes),
            "devices": len(site.book.devices),
        }


def create(
    config: Mapping[str, Any],
    options: Mapping[str, Any],
    session: aiohttp.ClientSession,
) -> AccessSystem:
    """Make the adapter of one system.

    `config` has `system_id`, `client_id`, `client_secret`, `accounts_url` and
    `systems_url`.
    """
    system_id = str(config["system_id"]).strip()
    if not _SYSTEM_ID.fullmatch(system_id):
        raise AccessSystemError("unknown_system")
    client_id, secret = str(config["client_id"]).strip(), str(config["client_secret"])
    secret = secret.strip()
    if not client_id or not secret or not f"{client_id}{secret}".isprintable():
        raise AuthError
    accounts = _url(str(config.get("accounts_url") or ACCOUNTS_URL))
    systems = _url(str(config.get("systems_url") or SYSTEMS_URL))
    wire = Wire(session)
    tokens = Tokens(wire, accounts, system_id, client_id, secret)
    wake = asyncio.Event()
    stream = Stream(wire, tokens, systems, system_id, wake)
    client = PdkClient(wire, tokens, systems, system_id)
    return Pdk(system_id, Site(client, stream, wake))


def _url(address: str) -> URL:
    """Return the address of a host, without what may trail it."""
    try:
        url = URL(address.strip())
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https", "ws", "wss") or not url.host:
        raise ConnectError("wrong_url")
    scheme = "https" if url.scheme in ("https", "wss") else "http"
    path = url.path.rstrip("/")
    return url.with_scheme(scheme).with_path(path).with_query(None).with_fragment(None)
