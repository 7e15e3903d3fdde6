"""UniFi Access as an access system."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from itertools import batched
from typing import Any, override
from urllib.parse import urlsplit

import aiohttp

from ...models import (
    AccessEvent,
    Capability,
    Door,
    DoorMode,
    Image,
    SystemInfo,
    SystemState,
)
from ..base import (
    AccessSystem,
    AuthError,
    ConnectError,
    Cursor,
    PermissionMissing,
    Signal,
    between,
)
from ..parsing import to_milliseconds
from ..register import RegisterSystem
from ..tls import read_fingerprint, ssl_argument
from .client import UnifiClient
from .control import Control
from .errors import NotFound, Refused
from .live import Live
from .matching import LIMIT, Matcher
from .position import OVERLAP, Position, learned_of
from .site import Site, option
from .users import FIELDS, Register

_DAY = 86_400_000
_PORT = 12445
_AT_ONCE = 500
_LEAST_KNOWN = 2 * OVERLAP // 1000
_MOST_KNOWN = 86_400
_TOPICS = (
    "door_openings",
    "critical",
    "device_events",
    "admin_activity",
    "visitor",
)


class UnifiAccess(RegisterSystem):
    """One UniFi Access console."""

    user_fields = FIELDS
    overlap_seconds = _LEAST_KNOWN

    def __init__(self, host: str, port: int, client: UnifiClient, site: Site) -> None:
        """Put the console's parts together."""
        self._host, self._port = host, port
        self._client = client
        self._site = site
        self._control = Control(site)
        self._register = Register(site)
        self._live: Live | None = None
        self.capabilities = (
            Capability.IMAGES
            | Capability.CLIPS
            | Capability.EXPORT
            | Capability.REREAD
            | Capability.LOCK_RULES
            | Capability.EVACUATION
            | Capability.LOCKDOWN
            | Capability.USERS_READ
            | Capability.USERS_ADD
            | Capability.USERS_UPDATE
            | Capability.USERS_REMOVE
        )

    @override
    async def resume(self, cursor: Cursor) -> None:
        self._site.book.recall(learned_of(cursor))
        self._site.position = Position.load(cursor, self._site.device_time())

    @override
    async def connect(self) -> SystemInfo:
        site = self._site
        await site.stream.stop()
        site.matcher.clear()
        site.outbox.clear()
        try:
            await site.list_doors()
        except AuthError:
            await self._explain_refusal()
        except NotFound:
            raise ConnectError("wrong_product") from None
        except ConnectError as err:
            if err.key == "not_trusted" and not err.placeholders.get("fingerprint"):
                seen = await read_fingerprint(self._host, self._port)
                raise ConnectError("not_trusted", fingerprint=seen) from None
            raise
        site.granted("view:space")
        site.retell_problems()
        self._expect(site.position)
        local = f"{self._host}:{self._port}" if self._port != _PORT else self._host
        return SystemInfo(
            id=local,
            name=site.book.site_name or "UniFi Access",
            model="UniFi Access",
            configuration_url=f"https://{_bracketed(self._host)}",
        )

    def _expect(self, position: Position | None) -> None:
        """Ask for as much of what is recorded as history will tell again."""
        now = self._client.clock.now()
        seconds = 0
        if position is not None and now is not None:
            seconds = (now - position.at) // 1000 if now >= position.at else _MOST_KNOWN
        self.overlap_seconds = min(_LEAST_KNOWN + seconds, _MOST_KNOWN)

    async def _explain_refusal(self) -> None:
        """Raise why the console does not let us see its doors."""
        for path, permission in (("/devices", "view:device"), ("/users", "view:user")):
            try:
                await self._client.envelope(
                    "GET", path, permission, params={"page_size": "1"}
                )
            except AuthError, PermissionMissing, NotFound:
                continue
            raise PermissionMissing("view:space")
        if await self._client.is_protect_key():
            raise AuthError("protect_key")
        raise AuthError

    @override
    async def doors(self) -> list[Door]:
        site = self._site
        await site.list_devices()
        await site.list_doors()
        await site.read_rules()
        await site.read_emergency()
        if not site.has_emergency:
            self.capabilities &= ~(Capability.EVACUATION | Capability.LOCKDOWN)
        if not site.book.rules:
            self.capabilities &= ~Capability.LOCK_RULES
        return list(site.book.doors.values())

    @override
    async def system_state(self) -> SystemState:
        return self._site.state

    @override
    async def prime(self, recent: Sequence[AccessEvent]) -> None:
        recent = recent[-LIMIT:]
        for start in range(0, len(recent), _AT_ONCE):
            self._site.matcher.prime(recent[start : start + _AT_ONCE])
            await asyncio.sleep(0)
        self._site.sensing.restore(recent)

    @override
    async def subscribe(self) -> None:
        await self._site.stream.start()

    @override
    async def start_cursor(self, import_days: int) -> Cursor:
        now = self._client.clock.earliest()
        if now is None:
            try:
                # All that an empty log will ever hold is from now on.
                now = await self._site.reader.now() or 0
            except PermissionMissing, Refused:
                now = self._site.device_time()
        at = max(now - import_days * _DAY, 1)
        return Position(at=at, floor=at, topics=self._site.reader.topics).dump()

    @override
    async def history(self, cursor: Cursor) -> AsyncIterator[Signal]:
        site = self._site
        for signal in site.drain():
            yield signal
        position = Position.load(cursor, site.device_time())
        site.position = position
        mark = position.at if position.row else None
        try:
            async for part in site.reader.read(position, patient=True):
                async for signal in site.digest(part, live=True, mark=mark):
                    yield signal
        except (PermissionMissing, Refused) as err:
            site.log_closed(err)
        else:
            site.log_open()
        for signal in site.drain():
            yield signal

    @override
    async def reread(self, start: datetime, end: datetime) -> AsyncIterator[Signal]:
        first, last = to_milliseconds(start), to_milliseconds(end)
        # What is told of now keeps its memory: this is of a time before.
        matcher = Matcher()
        begin = Position(at=first, floor=first)
        async for part in self._site.reader.read(begin, patient=True, overlap=0):
            for gap in part.gaps:
                yield gap
            for unreadable in part.unreadable:
                yield unreadable
            for records in batched(part.records, _AT_ONCE, strict=False):
                sightings = map(self._site.interpreter.sighting, records)
                events = [matcher.take(sighting)[0] for sighting in sightings]
                for batch in between(events, start, end):
                    yield batch
                await asyncio.sleep(0)
            if part.position.at >= last:
                return

    @override
    def live(self, cursor: Cursor) -> AsyncIterator[Signal]:
        self._live = Live(self._site)
        return self._live.follow(cursor)

    @override
    async def close(self) -> None:
        if self._live is not None:
            await self._live.stop()
        await self._site.stream.stop()

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
    async def set_lock_rule(
        self, door_id: str, rule: str, interval: int | None
    ) -> None:
        await self._control.set_lock_rule(door_id, rule, interval)

    @override
    async def set_evacuation(self, active: bool) -> None:
        await self._control.set_emergency(evacuation=active)

    @override
    async def set_lockdown(self, active: bool) -> None:
        await self._control.set_emergency(lockdown=active)

    @override
    async def image(self, ref: str) -> Image:
        return await self._control.image(ref)

    @override
    async def clip(self, ref: str) -> Image:
        return await self._control.clip(ref)

    @override
    def export(
        self, start: datetime, end: datetime, time_zone: str
    ) -> AsyncIterator[bytes]:
        return self._control.export(start, end, time_zone)

    @override
    def diagnostics(self) -> dict[str, object]:
        site = self._site
        return {
            "requests": self._client.requests,
            "failed_requests": self._client.failures,
            "console_tells_time": self._client.clock.known,
            "topics": list(site.reader.topics),
            "refused_topics": sorted(site.reader.refused),
            "stream_connected": site.stream.connected,
            "stream_reconnects": max(site.stream.reconnects, 0),
            "frames": site.stream.received,
            "notifications": self._live.notifications if self._live else {},
            "poll_interval": site.pace.interval,
            "remembered": len(site.matcher),
            "devices": sorted(device.type for device in site.book.devices.values()),
        }


def create(
    config: Mapping[str, Any],
    options: Mapping[str, Any],
    session: aiohttp.ClientSession,
) -> AccessSystem:
    """Make the adapter of one console.

    `config` has `host`, `port`, `api_token`, `verify_ssl` and `fingerprint`; `options`
    may have `poll_interval`, `topics` and `held_open_after`.
    """
    host, port = _address(str(config["host"]), int(config.get("port", _PORT)))
    trust = ssl_argument(
        bool(config.get("verify_ssl", False)), config.get("fingerprint")
    )
    token = str(config["api_token"]).strip()
    try:
        client = UnifiClient(session, host, port, token, trust)
    except ValueError:
        raise ConnectError("unknown_host") from None
    site = Site(
        client,
        tuple(option(options, "topics", _TOPICS)),
        float(option(options, "poll_interval", 60)),
        float(option(options, "held_open_after", 60)),
    )
    return UnifiAccess(host, port, client, site)


def _address(host: str, port: int) -> tuple[str, int]:
    """Return host and port, also from the address of a page of the console."""
    host = host.strip()
    try:
        parts = urlsplit(host if "://" in host else f"//{host}")
        told = parts.port if "://" not in host else None
    except ValueError:
        return host, port
    return parts.hostname or "", told or port


def _bracketed(host: str) -> str:
    """Return a host as it stands in an address."""
    return f"[{host}]" if ":" in host else host
