"""A BAS-IP panel as an access system."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
import time
from typing import Any, override

import aiohttp
from yarl import URL

from ...models import (
    ACCESS_KINDS,
    AccessEvent,
    Capability,
    Door,
    DoorMode,
    EventKind,
    Image,
    SystemInfo,
    SystemState,
)
from ..base import (
    AccessSystem,
    Batch,
    ConnectError,
    Cursor,
    DoorList,
    RequestRejected,
    Signal,
    Unreadable,
    between,
)
from ..parsing import digest, redact_shape, text, to_milliseconds
from ..polled import LATE, Lateness, PolledSystem, Seen
from ..polling import Pace
from ..register import RegisterSystem
from ..tls import ssl_argument
from .client import BasIpClient
from .events import MAIN_DOOR, Row, read_rows
from .identifiers import FIELDS, Register
from .keys import OWN_LOGIN
from .log import CATEGORIES, OVERLAP, LogReader, Position, is_camdroid
from .photo import Photos
from .push import PushReader
from .site import MODES, Site

_DAY = 86_400_000
_DEVICE = "panel"
_CLOCK_EVERY = 60.0
"""Seconds between two looks at the panel's clock, which may be set back."""
_AHEAD = 60_000
_OWN_WITHIN = 3000
_MOST_OWN = 20
_BATCH = 250
_WITH_PHOTO = (*ACCESS_KINDS, EventKind.RING)


class BasIp(RegisterSystem, PolledSystem):
    """One panel. Its doors are its locks; the panel stands at the first."""

    capabilities = (
        Capability.IMAGES
        | Capability.REREAD
        | Capability.USERS_READ
        | Capability.USERS_ADD
        | Capability.USERS_UPDATE
        | Capability.USERS_REMOVE
        | Capability.EVACUATION
    )
    user_fields = FIELDS
    overlap_seconds = 4 * OVERLAP // 1000

    def __init__(
        self, address: URL, client: BasIpClient, log: LogReader, pace: Pace
    ) -> None:
        """Start with nothing read and no lock known."""
        super().__init__(pace)
        self._address = address
        self._client = client
        self._log = log
        self._site = Site(client)
        self._register = Register(client)
        self._photos = Photos(client)
        self._seen = Seen()
        self._late = Lateness()
        self._photos_due: list[str] = []
        self._pushes = PushReader()
        self._clock_read = 0.0
        self.pushed_rows = 0

    # What there is

    @override
    async def resume(self, cursor: Cursor) -> None:
        self._site.add_locks(Position.load(cursor).locks)

    @override
    async def connect(self) -> SystemInfo:
        info = await self._client.info()
        if (text(info.get("device_type")) or "panel").lower() == "monitor":
            raise ConnectError("wrong_product")
        site = self._site
        site.model = text(info.get("device_model"))
        site.name = text(info.get("device_name")) or site.model or "BAS-IP"
        site.camdroid = self._log.camdroid = is_camdroid(info)
        await self._client.read_clock()
        self._clock_read = time.monotonic()
        await self._log.newest()
        address = self._address
        return SystemInfo(
            id=text(info.get("device_serial_number"))
            or f"{address.host}:{address.port}",
            name=site.name,
            model=site.model,
            version=text(info.get("firmware_version")),
            configuration_url=str(address),
        )

    @override
    async def doors(self) -> list[Door]:
        await self._site.read()
        if self._site.exit_button is not None:
            self.capabilities |= Capability.EXIT_BUTTON
        return self._site.doors()

    @override
    async def system_state(self) -> SystemState:
        return self._site.system_state()

    # What happened

    @override
    async def prime(self, recent: Sequence[AccessEvent]) -> None:
        self._seen.add(event.key for event in recent)

    @override
    async def start_cursor(self, import_days: int) -> Cursor:
        newest = await self._log.newest()
        now = self._client.now or newest or 0
        if import_days:
            at = max(now - import_days * _DAY, 0)
            return Position(at, at).dump()
        return Position(newest or now, (newest or 0) + 1).dump()

    @override
    async def read(self, cursor: Cursor) -> AsyncGenerator[Signal]:
        position = Position.load(cursor)
        await self._follow_clock(position)
        if not self.following:
            self._late.know(_DEVICE, position.at)
        async for payloads in self._log.read(
            max(position.at - OVERLAP, position.floor, 0)
        ):
            async for signal in self._take(payloads, position):
                yield signal
            for gap in self._log.left_out.take():
                yield gap
        await self._take_photo()
        if not self._photos.available and self._site.has_camera:
            self._site.has_camera = False
            yield DoorList(self._site.doors())
        if self.following:
            for change in await self._site.changes():
                yield change
        self._late.reached()

    @override
    async def pushed(self, payload: object) -> AsyncGenerator[Signal]:
        """Tell what is new in a push of the panel's; it moves no cursor.

        Our own logins can't be told from others here, so logins are left to the log.
        """
        at = Position.load(self.committed).at if self.committed else None
        rows, unreadable = self._pushes.read(
            payload,
            whole_seconds=self._log.whole_seconds,
            read_from=0 if at is None else at - OVERLAP,
        )
        self.pushed_rows += len(rows)
        for raw in unreadable:
            yield Unreadable("push", redact_shape(raw))
        fresh = [
            row
            for row in rows
            if row.event.key not in self._seen
            and row.event.vendor_code != OWN_LOGIN
            and self._log.wants(row.category)
        ]
        late: list[AccessEvent] = []
        others: list[AccessEvent] = []
        for row in fresh:
            is_late = at is None or not self._is_recent(row, at)
            (late if is_late else others).append(self._named(row.event))
        for signal in self._tell(late, others, None):
            yield signal
        if others:
            self.pace.happened()
            # The log confirms how many equal rows there were, and has the picture taken.
            self.pace.soon(0)

    def _is_recent(self, row: Row, read: int) -> bool:
        """Tell whether a pushed row is of now, by the panel's own clock only.

        `read` is the newest time that was read, in ms.
        """
        now = self._client.now
        is_ahead = now is not None and row.at > now + _AHEAD
        return self.prompt and row.at >= read - LATE and not is_ahead

    @override
    async def reread(self, start: datetime, end: datetime) -> AsyncGenerator[Signal]:
        async for payloads in self.in_turns(self._log.read(to_milliseconds(start))):
            rows, unreadable = read_rows(payloads)
            for payload in unreadable:
                yield Unreadable("log", redact_shape(payload))
            events = [self._named(row.event) for row in rows if not self._is_own(row)]
            for batch in between(events, start, end):
                yield batch
            if rows and min(row.event.occurred_at for row in rows) >= end:
                return

    async def _follow_clock(self, position: Position) -> None:
        """Go back with the panel's clock when somebody sets it back."""
        if time.monotonic() - self._clock_read >= _CLOCK_EVERY:
            self._clock_read = time.monotonic()
            await self._client.read_clock()
        now = self._client.now
        if now is not None and now < position.at - _AHEAD:
            position.at = now
            position.floor = min(position.floor, now)
            self._late.forget()

    async def _take(
        self, payloads: Iterable[Any], position: Position
    ) -> AsyncGenerator[Signal]:
        """Tell what of a window is new, and note how far it brings us."""
        before = position.dump()
        rows, unreadable = read_rows(payloads)
        for payload in unreadable:
            if (key := f"unreadable {digest(payload)}") not in self._seen:
                self._seen.add((key,))
                yield Unreadable("log", redact_shape(payload))
        rows = [
            row
            for row in rows
            if row.at >= position.floor and self._log.wants(row.category)
        ]
        now = self._client.now
        for row in rows:
            # A row from a future that a wrong clock made must not hide the present.
            if now is None or row.at <= now + _AHEAD:
                position.at = max(position.at, row.at)
        fresh = [row for row in rows if self._is_news(row, position)]
        late, others = self._late.part(
            [(_DEVICE, row.at, self._named(row.event)) for row in fresh], self.elapsed
        )
        new_locks = {row.event.door_id for row in fresh if row.event.door_id}
        position.locks = sorted({*self._site.locks[1:], *new_locks} - {MAIN_DOOR})
        cursor = position.dump()
        for signal in self._tell(late, others, cursor if cursor != before else None):
            yield signal

    def _tell(
        self,
        late: list[AccessEvent],
        others: list[AccessEvent],
        cursor: Cursor | None,
    ) -> Iterable[Signal]:
        """Tell new events in batches, the cursor with the last one."""
        locks = {event.door_id for event in (*late, *others) if event.door_id}
        if self._site.add_locks(locks):
            yield DoorList(self._site.doors())
        others = self._with_photo(others)
        if self.following and any(event.kind is EventKind.TAMPER for event in others):
            self._site.tampered()
        parts = [
            Batch(events=events[at : at + _BATCH], live=live)
            for events, live in ((late, False), (others, True))
            for at in range(0, len(events), _BATCH)
        ]
        if cursor is not None:
            last = parts.pop() if parts else Batch()
            parts.append(replace(last, cursor=cursor))
        for part in parts:
            yield part
            self._seen.add(event.key for event in part.events)

    def _is_news(self, row: Row, position: Position) -> bool:
        """Tell whether a row is new, and not our own login."""
        key = row.event.key
        if key in self._seen or key in position.own:
            return False
        if self._is_own(row):
            position.own = [*position.own, key][-_MOST_OWN:]
            return False
        return True

    def _is_own(self, row: Row) -> bool:
        """Tell whether a row is of a login of ours."""
        return row.event.vendor_code == OWN_LOGIN and any(
            abs(row.at - at) <= _OWN_WITHIN for at in self._client.login_at
        )

    def _named(self, event: AccessEvent) -> AccessEvent:
        """Return an event with the names of its door and of the panel."""
        door = self._site.door_name(event.door_id) if event.door_id else None
        return replace(event, door_name=door, reader_name=self._site.name)

    def _with_photo(self, events: list[AccessEvent]) -> list[AccessEvent]:
        """Promise a picture for the newest event that is worth one."""
        if not self.following or not self._photos.available or self.elapsed is None:
            return events
        for index in range(len(events) - 1, -1, -1):
            event = events[index]
            if event.kind in _WITH_PHOTO and event.door_id == MAIN_DOOR:
                at = round(event.occurred_at.timestamp() * 1000)
                ref = f"photo:{at}"
                self._photos.announce(ref)
                self._photos_due.append(ref)
                events = [*events]
                events[index] = replace(event, image_ref=ref)
                break
        return events

    async def _take_photo(self) -> None:
        """Take the picture that was promised."""
        if self._photos_due:
            due, self._photos_due = self._photos_due, []
            await self._photos.take(due)

    # What can be done

    @override
    async def open_door(self, door_id: str) -> None:
        if door_id not in self._site.locks:
            raise RequestRejected("door_unknown")
        await self._site.open(door_id)
        self.pace.soon(0.5)

    @override
    async def set_mode(self, door_id: str, mode: DoorMode) -> None:
        if door_id not in self._site.locks:
            raise RequestRejected("door_unknown")
        if mode not in MODES:
            raise RequestRejected("mode_not_settable")
        await self._site.hold((door_id,), mode)
        self.pace.soon(0)

    @override
    async def set_evacuation(self, active: bool) -> None:
        mode = DoorMode.UNLOCKED if active else DoorMode.NORMAL
        await self._site.hold(self._site.locks, mode)
        self.pace.soon(0)

    @override
    async def set_exit_button(self, enabled: bool) -> None:
        await self._site.set_exit_button(enabled)
        self.pace.soon(0)

    @override
    async def image(self, ref: str) -> Image:
        return await self._photos.get(ref)

    @override
    def diagnostics(self) -> dict[str, object]:
        return {
            "requests": self._client.requests,
            "failed_requests": self._client.failures,
            "logins": self._client.logins,
            "polls": self.polls,
            "poll_interval": self.pace.interval,
            "family": "camdroid" if self._log.camdroid else "android",
            "panel_tells_time": self._client.now is not None,
            "door_sensor": self._site.has_sensor,
            "locks": len(self._site.locks),
            "pushed_rows": self.pushed_rows,
            "remembered": len(self._seen),
            "windows_that_moved": self._log.incomplete,
        }


def create(
    config: Mapping[str, Any],
    options: Mapping[str, Any],
    session: aiohttp.ClientSession,
) -> AccessSystem:
    """Make the adapter of one panel.

    `config` has `host`, `port`, `ssl`, `verify_ssl`, `username`, `password` and, where
    the certificate is pinned, `fingerprint`; `options` may have `poll_interval` in
    seconds, `language` and the `categories` of the log that are wanted.
    """
    encrypted = bool(config.get("ssl", False))
    host = str(config["host"]).strip()
    try:
        address = URL.build(
            scheme="https" if encrypted else "http",
            host=host.strip("[]"),
            port=int(config.get("port") or (443 if encrypted else 80)),
        )
    except ValueError:
        raise ConnectError("unknown_host") from None
    trust = (
        ssl_argument(bool(config.get("verify_ssl", False)), config.get("fingerprint"))
        if encrypted
        else True
    )
    client = BasIpClient(
        session, address, str(config["username"]), str(config["password"]), trust
    )
    interval = float(options.get("poll_interval") or 3)
    language = str(options.get("language") or "en").partition("-")[0]
    log = LogReader(client, language, options.get("categories") or CATEGORIES)
    return BasIp(address, client, log, Pace(interval, idle=2 * interval))
