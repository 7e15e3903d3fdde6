"""A BAS-IP panel as an access system."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import replace
import re
import time
from typing import Any, override

import aiohttp
from yarl import URL

from ...models import (
    ACCESS_KINDS,
    AccessEvent,
    Capability,
    Door,
    DoorFeature,
    DoorState,
    EventKind,
    Image,
    SystemInfo,
    User,
    UserRequest,
    UserResult,
)
from ..base import (
    AccessSystem,
    Batch,
    ConnectError,
    Cursor,
    DoorList,
    DoorUpdate,
    PermissionMissing,
    RequestRejected,
    Signal,
    Unreadable,
)
from ..parsing import flag, mapping, redact_shape, text
from ..polled import Lateness, PolledSystem, Seen
from ..polling import Pace
from ..tls import ssl_argument
from .client import BasIpClient
from .events import MAIN_DOOR, Row, read_rows
from .identifiers import FIELDS, Register
from .keys import OWN_LOGIN
from .log import OVERLAP, LogReader, Position, is_camdroid
from .photo import Photos

_DAY = 86_400_000
_DEVICE = "panel"
_CLOCK_EVERY = 60.0
"""Seconds between two looks at the panel's clock, which may be set back."""
_AHEAD = 60_000
_TAMPERED_FOR = 60.0
"""Seconds that tampering is shown: a panel does not say when it ends."""
_OWN_WITHIN = 3000
_MOST_OWN = 20
_BATCH = 250
_MOST_LOCKS = {False: 2, True: 8}
_LOCK = re.compile(r"[1-9][0-9]?")
_WITH_PHOTO = (*ACCESS_KINDS, EventKind.RING)


class BasIp(PolledSystem):
    """One panel. Its doors are its locks; the panel stands at the first."""

    capabilities = (
        Capability.IMAGES
        | Capability.USERS_READ
        | Capability.USERS_ADD
        | Capability.USERS_UPDATE
        | Capability.USERS_REMOVE
    )
    user_fields = FIELDS
    overlap_seconds = 4 * OVERLAP // 1000

    def __init__(
        self, address: URL, client: BasIpClient, language: str, pace: Pace
    ) -> None:
        """Start with nothing read and no lock known."""
        super().__init__(pace)
        self._address = address
        self._client = client
        self._log = LogReader(client, language)
        self._register = Register(client)
        self._photos = Photos(client)
        self._seen = Seen()
        self._late = Lateness()
        self._name = "BAS-IP"
        self._model: str | None = None
        self._locks: list[str] = [MAIN_DOOR]
        self._sensor = True
        self._exit_button = True
        self._state = DoorState()
        self._tampered_until = 0.0
        self._clock_read = 0.0

    # What there is

    @override
    async def resume(self, cursor: Cursor) -> None:
        self._add_locks(Position.load(cursor).locks)

    @override
    async def connect(self) -> SystemInfo:
        info = await self._client.info()
        if (text(info.get("device_type")) or "panel").lower() == "monitor":
            raise ConnectError(
                "This is a monitor inside the house. Enter the address of the panel at "
                "the door",
                code="wrong_product",
            )
        self._model = text(info.get("device_model"))
        self._name = text(info.get("device_name")) or self._model or "BAS-IP"
        self._log.camdroid = is_camdroid(info)
        await self._client.read_clock()
        self._clock_read = time.monotonic()
        await self._log.newest()
        address = self._address
        return SystemInfo(
            id=text(info.get("device_serial_number"))
            or f"{address.host}:{address.port}",
            name=self._name,
            model=self._model,
            version=text(info.get("firmware_version")),
            configuration_url=str(address),
        )

    @override
    async def doors(self) -> list[Door]:
        await self._count_locks()
        self._sensor = True
        await self._read_sensor()
        toggle = await self._setting("access/exit/button/toggle")
        self._exit_button = flag(toggle.get("enable")) is not False
        return self._doors()

    async def _count_locks(self) -> None:
        """Find the locks that have settings of their own."""
        for number in range(2, _MOST_LOCKS[self._log.camdroid] + 1):
            if not await self._setting(f"access/general/lock/timeout/{number}"):
                break
            self._add_locks([str(number)])

    async def _setting(self, path: str) -> Mapping[str, Any]:
        """Return a setting, empty where the panel has none or does not show it."""
        try:
            return mapping(await self._client.get(path))
        except RequestRejected, PermissionMissing:
            return {}

    def _add_locks(self, locks: Iterable[str]) -> bool:
        """Take locks that were not known; tells whether there are new ones."""
        new = {lock for lock in locks if _LOCK.fullmatch(lock)} - set(self._locks)
        self._locks = sorted({*self._locks, *new}, key=int)
        return bool(new)

    def _doors(self) -> list[Door]:
        """Return the doors as they are known."""
        main = (
            DoorFeature.ACCESS
            | DoorFeature.OPEN
            | DoorFeature.RING
            | DoorFeature.TAMPER
        )
        if self._sensor:
            main |= DoorFeature.POSITION | DoorFeature.HELD
        if self._exit_button:
            main |= DoorFeature.EXIT_REQUEST
        if self._photos.available:
            main |= DoorFeature.IMAGE
        return [
            Door(
                id=lock,
                name=f"{self._name} lock {lock}",
                features=main
                if lock == MAIN_DOOR
                else DoorFeature.ACCESS | DoorFeature.OPEN,
                model=self._model,
                state=self._state if lock == MAIN_DOOR else DoorState(),
            )
            for lock in self._locks
        ]

    async def _read_sensor(self) -> bool:
        """Read the door sensor; tells whether the first door's state changed."""
        before = self._state
        if self._sensor:
            status = await self._setting("access/door/status")
            mode = text(status.get("mode")) or "door_sensor"
            told = (text(status.get("status")) or "").lower()
            self._sensor = mode == "door_sensor" and told in ("open", "closed")
            held = flag(status.get("is_timeout_exceed"))
            self._state = replace(
                self._state,
                is_open=told == "open" if self._sensor else None,
                held_open=held if self._sensor else None,
            )
        tampered = time.monotonic() < self._tampered_until
        self._state = replace(self._state, tamper=tampered)
        return self._state != before

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
        async for payloads in self._log.read(
            max(position.at - OVERLAP, position.floor, 0)
        ):
            async for signal in self._take(payloads, position):
                yield signal
        if self.following and await self._read_sensor():
            yield DoorUpdate(MAIN_DOOR, self._state)
        self._late.reached()

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
            if (key := f"unreadable {hash(repr(payload))}") not in self._seen:
                self._seen.add((key,))
                yield Unreadable("log", redact_shape(payload))
        rows = [row for row in rows if row.at >= position.floor]
        now = self._client.now
        for row in rows:
            # A row from a future that a wrong clock made must not hide the present.
            if now is None or row.at <= now + _AHEAD:
                position.at = max(position.at, row.at)
        fresh = [row for row in rows if self._is_news(row, position)]
        if self._add_locks(row.event.door_id for row in fresh if row.event.door_id):
            yield DoorList(self._doors())
        position.locks = self._locks[1:]
        late, others = self._late.part(
            [(_DEVICE, row.at, self._named(row.event)) for row in fresh], self.elapsed
        )
        others, ref = self._with_photo(others)
        if any(event.kind is EventKind.TAMPER for event in others) and self.following:
            self._tampered_until = time.monotonic() + _TAMPERED_FOR
        parts = [
            Batch(events=events[at : at + _BATCH], live=live)
            for events, live in ((late, False), (others, True))
            for at in range(0, len(events), _BATCH)
        ]
        if (cursor := position.dump()) != before:
            if parts:
                parts[-1] = replace(parts[-1], cursor=cursor)
            else:
                parts.append(Batch(cursor=cursor))
        for part in parts:
            yield part
            self._seen.add(event.key for event in part.events)
        if ref is not None:
            await self._photos.take(ref)
            if not self._photos.available:
                yield DoorList(self._doors())

    def _is_news(self, row: Row, position: Position) -> bool:
        """Tell whether a row is new, and not our own login."""
        key = row.event.key
        if key in self._seen or key in position.own:
            return False
        if row.event.vendor_code != OWN_LOGIN:
            return True
        if any(abs(row.at - at) <= _OWN_WITHIN for at in self._client.login_at):
            position.own = [*position.own, key][-_MOST_OWN:]
            return False
        return True

    def _named(self, event: AccessEvent) -> AccessEvent:
        """Return an event with the names of its door and of the panel."""
        door = f"{self._name} lock {event.door_id}" if event.door_id else None
        return replace(event, door_name=door, reader_name=self._name)

    def _with_photo(
        self, events: list[AccessEvent]
    ) -> tuple[list[AccessEvent], str | None]:
        """Promise a picture for the newest event that is worth one."""
        elapsed = self.elapsed
        if not self.following or not self._photos.available or elapsed is None:
            return events, None
        for index in range(len(events) - 1, -1, -1):
            event = events[index]
            if event.kind in _WITH_PHOTO and event.door_id == MAIN_DOOR:
                at = round(event.occurred_at.timestamp() * 1000)
                ref = f"photo:{at}"
                self._photos.announce(ref)
                events = [*events]
                events[index] = replace(event, image_ref=ref)
                return events, ref
        return events, None

    # What can be done

    @override
    async def open_door(self, door_id: str) -> None:
        if door_id not in self._locks:
            raise RequestRejected("The panel has no such lock")
        await self._client.call(
            "GET", f"access/general/lock/open/remote/accepted/{door_id}"
        )
        self.pace.soon(0.5)

    @override
    async def image(self, ref: str) -> Image:
        return await self._photos.get(ref)

    @override
    async def users(self) -> list[User]:
        return await self._register.users()

    @override
    async def register_user(self, request: UserRequest) -> UserResult:
        return await self._register.add(request)

    @override
    async def update_user(self, request: UserRequest) -> UserResult:
        return await self._register.update(request)

    @override
    async def remove_user(self, user_id: str) -> None:
        await self._register.remove(user_id)

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
            "door_sensor": self._sensor,
            "locks": len(self._locks),
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
    seconds and `language`.
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
        raise ConnectError(
            "That is not an address of a panel", code="unknown_host"
        ) from None
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
    return BasIp(address, client, language, Pace(interval, idle=2 * interval))
