"""Coordinator of the Access Events integration: one owner per system."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
import logging
import random
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    ConfigEntryNotReady,
    HomeAssistantError,
)
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.util import dt as dt_util

from .const import CONF_IMPORT_DAYS, DEFAULT_IMPORT_DAYS, DOMAIN
from .devices import SystemDevices
from .intake import Intake
from .journal import Journal, JournalError
from .models import Capability, Door, StoredEvent, SystemInfo, SystemState
from .openings import StoredOpenings
from .persons import PersonLinks
from .public import public_event
from .repairs import (
    async_clear_certificate_changed,
    async_raise_certificate_changed,
    async_set_journal_full,
)
from .router import Router
from .store import async_report_damage, journal_failed
from .systems import Vendor
from .systems.base import (
    AccessSystem,
    AccessSystemError,
    AuthError,
    Batch,
    CertificateChanged,
    ConnectError,
    Cursor,
    DoorList,
    DoorUpdate,
    Gap,
    HistoryNeeded,
    Problem,
    RateLimited,
    Signal,
    SystemUpdate,
    Unreadable,
)
from .troubles import Troubles
from .words import Words, address

_LOGGER = logging.getLogger(__name__)

_FIRST_DELAY = 1.0
_LONGEST_DELAY = 60.0

type AccessConfigEntry = ConfigEntry[AccessCoordinator]


class AccessCoordinator:
    """Owns the connection to one system, and all that is known of it.

    One task connects, subscribes, catches up from the journal's cursor and goes live,
    and starts over with growing delays when anything breaks.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: AccessConfigEntry,
        vendor: Vendor,
        system: AccessSystem,
        journal: Journal,
    ) -> None:
        """Take ownership of a system's adapter."""
        self.hass = hass
        self.entry = entry
        self.vendor = vendor
        self.system = system
        self.journal = journal
        self.router = Router()
        self.persons = PersonLinks(hass, entry)
        self.words = Words(hass, address(vendor, entry.data))
        self.info: SystemInfo
        self.doors: dict[str, Door] = {}
        self.system_state = SystemState()
        self.available = False
        self.reading_since: datetime | None = None
        self.troubles = Troubles(hass, entry, journal)
        self._cursor: Cursor | None = None
        self._devices = SystemDevices(hass, entry, vendor)
        self.intake = Intake(
            hass, entry, journal, self.router, self._devices, self.public_event
        )
        self._door_listeners: list[Callable[[Door], None]] = []
        self._reading = asyncio.Lock()
        self._caught_up: bool | None = None
        self._journal_error: JournalError | None = None

    # What platforms ask for

    def door_device(self, door_id: str) -> str | None:
        """Return the id of a door's device in Home Assistant's registry."""
        return self._devices.doors.get(door_id)

    def device_info(self, door: Door) -> DeviceInfo:
        """Return what links an entity to its door's device."""
        return self._devices.door_info(door.id)

    @callback
    def async_add_door_listener(
        self, listener: Callable[[Door], None]
    ) -> CALLBACK_TYPE:
        """Call the listener for each door that appears later, or turns out to have more.

        That is no reason to start over, and to miss what happens meanwhile.
        """
        self._door_listeners.append(listener)
        return lambda: self._door_listeners.remove(listener)

    def public_event(self, stored: StoredEvent) -> dict[str, Any]:
        """Return an event as it goes on the bus and into responses."""
        door_id = stored.event.door_id
        device_id = self.door_device(door_id) if door_id else None
        ha_person = self.persons.entity_id(stored.event.person)
        return public_event(stored, self.vendor.key, device_id, ha_person)

    @property
    def caught_up(self) -> bool:
        """Tell whether history is read and the system is heard live."""
        return self.available and bool(self._caught_up)

    @property
    def latest(self) -> Mapping[str, StoredEvent]:
        """Return the newest access at each door, by the door's id."""
        return self.intake.latest

    @property
    def last_event_at(self) -> datetime | None:
        """Return when the newest known event happened."""
        return self.intake.last_event_at

    @property
    def recorded(self) -> int:
        """Return how many events of this system the journal holds."""
        return self.intake.recorded

    @property
    def delay(self) -> float | None:
        """Return the seconds from device time to ours of the newest live event."""
        return self.intake.delay

    async def command[T](self, action: Awaitable[T]) -> T:
        """Run a command of the system and turn its errors into Home Assistant's.

        A command is never run twice: it may have opened a door before it failed.
        """
        try:
            return await action
        except AccessSystemError as err:
            if isinstance(err, AuthError):
                self.entry.async_start_reauth(self.hass)
            raise self.words.error(err) from err

    async def forget_door(self, door_id: str) -> None:
        """Drop a door whose system can't tell that it is gone.

        Raises `HomeAssistantError`.
        """
        await self.command(self.system.forget_door(door_id))
        self._set_doors([door for door in self.doors.values() if door.id != door_id])

    async def catch_up(self) -> None:
        """Read the system's history up to now; raises `HomeAssistantError`."""
        if not self.available or self._cursor is None:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="system_unavailable",
                translation_placeholders={"name": self.entry.title},
            )
        await self._read_for_user(self._read_history(healthy=True))

    async def reread(self, start: datetime, end: datetime) -> None:
        """Record what the system still knows of a time; raises `HomeAssistantError`."""

        async def read() -> None:
            async for signal in self.system.reread(start, end):
                if isinstance(signal, Batch):
                    signal = replace(signal, cursor=None)
                await self._take(signal, live=False)
            self.intake.tell_late()
            self.intake.reread_since(start)

        await self._read_for_user(read())

    async def _read_for_user(self, read: Awaitable[None]) -> None:
        """Read, with errors in words for the user."""
        try:
            await self.command(read)
        except JournalError as err:
            raise journal_failed(err) from err

    async def take_pushed(self, payload: object) -> None:
        """Take in what the system sent by itself; returns once it is recorded.

        Raises `AccessSystemError` and `JournalError`: then it has to be sent again.
        """
        async for signal in self.system.pushed(payload):
            await self._take(signal, live=self.caught_up)

    # Life

    async def async_setup(self) -> None:
        """Reach the system for the first time and take over what is recorded.

        Raises `ConfigEntryAuthFailed`, `ConfigEntryNotReady` and `JournalError`.
        """
        self._cursor = await self.journal.cursor(self.entry.entry_id)
        await self.intake.restore()
        await self.troubles.restore()
        if self._cursor is not None:
            await self.system.resume(self._cursor)
        if Capability.RELEASES in self.system.capabilities:
            openings = StoredOpenings(self.hass, self.entry.entry_id)
            await openings.load()
            self.system.adopt(openings)
        try:
            await self._connect()
            await self._read_state()
        except AuthError as err:
            raise self.words.error(err, ConfigEntryAuthFailed) from err
        except AccessSystemError as err:
            self._report(err)
            raise self.words.error(err, ConfigEntryNotReady) from err

    @callback
    def async_start(self) -> None:
        """Begin to catch up and to listen."""
        self.entry.async_create_background_task(
            self.hass, self._run(), f"{DOMAIN} {self.entry.title}"
        )

    async def async_stop(self) -> None:
        """Let go of the system; the entry's task is cancelled by its owner."""
        await self.system.close()
        self.intake.statistics.async_stop()
        await self.intake.write_delivered()

    async def _run(self) -> None:
        """Follow the system until the entry is unloaded or its credentials fail."""
        connected = True
        delay = _FIRST_DELAY
        while True:
            try:
                if not connected:
                    await self._connect()
                connected = False
                await self._follow()
            except AuthError as err:
                self._lost(err)
                self.entry.async_start_reauth(self.hass)
                return
            except (AccessSystemError, JournalError) as err:
                if self._caught_up:
                    delay, self._caught_up = _FIRST_DELAY, False
                self._lost(err)
                pause = delay * random.uniform(0.5, 1.0)
                if isinstance(err, RateLimited) and err.retry_after:
                    pause = max(pause, err.retry_after)
            except Exception as err:
                # A mistake of ours must not end the log for good.
                _LOGGER.exception(
                    "%s: unexpected error, starting over", self.entry.title
                )
                self._lost(err)
                pause = delay = _LONGEST_DELAY
            delay = min(delay * 2, _LONGEST_DELAY)
            await self.system.close()
            await self.intake.write_delivered()
            await asyncio.sleep(pause)
            await self._heal_journal()

    async def _connect(self) -> None:
        """Reach the system."""
        self.info = await self.system.connect()
        self._devices.update_system(self.info)
        async_clear_certificate_changed(self.hass, self.entry)

    async def _read_state(self) -> None:
        """Read the doors there are, with their states; the system is there then."""
        doors = await self.system.doors()
        self._set_system_state(await self.system.system_state())
        self._set_doors(doors)
        if not self.available:
            if self._caught_up is not None:
                _LOGGER.info("%s is back", self.entry.title)
            self.available = True
            self.router.availability()

    async def _follow(self) -> None:
        """Subscribe, catch up, go live; returns only by an error."""
        self._caught_up = False
        await self.intake.deliver_left_over()
        if (seconds := self.system.overlap_seconds) > 0:
            await self.system.prime(
                await self.journal.recent(self.entry.entry_id, seconds)
            )
        await self.system.subscribe()
        # Only now, so that no change falls between what is read and what is told.
        await self._read_state()
        await self._read_history(healthy=False)
        self._caught_up = True
        if self._journal_error is not None:
            self._journal_error = None
            async_set_journal_full(self.hass, False)
        assert self._cursor is not None
        async for signal in self.system.live(self._cursor):
            if isinstance(signal, HistoryNeeded):
                _LOGGER.debug(
                    "%s: reading history again: %s", self.entry.title, signal.reason
                )
                await self._read_history(healthy=False)
            else:
                await self._take(signal, live=True)
        raise ConnectError("connection_lost")

    async def _read_history(self, *, healthy: bool) -> None:
        """Read from the cursor to now; what it brings is live only if all was well."""
        async with self._reading:
            self.reading_since = dt_util.utcnow()
            if self._cursor is None:
                days = self.entry.data.get(CONF_IMPORT_DAYS, DEFAULT_IMPORT_DAYS)
                self._cursor = await self.system.start_cursor(int(days))
                await self.journal.record(
                    self.entry.entry_id, (), self._cursor, live=False
                )
            async for signal in self.system.history(self._cursor):
                await self._take(signal, live=healthy)
        self.reading_since = None
        self.intake.tell_late()

    # What the system tells

    async def _take(self, signal: Signal, *, live: bool) -> None:
        """Take one signal in."""
        match signal:
            case Batch():
                await self.intake.take(signal, live=live and signal.live)
                self._cursor = signal.cursor or self._cursor
            case DoorUpdate(door_id, state):
                if (door := self.doors.get(door_id)) and door.state != state:
                    self.doors[door_id] = replace(door, state=state)
                    self.router.state(door_id)
            case DoorList(doors):
                self._set_doors(list(doors))
            case SystemUpdate(state):
                self._set_system_state(state)
            case Gap():
                if await self.troubles.take_gap(signal):
                    self.router.state(None)
            case Problem():
                self.troubles.take_problem(signal)
            case Unreadable():
                self.troubles.take_unreadable(signal)

    @callback
    def _set_system_state(self, state: SystemState) -> None:
        """Take over the state of the system as a whole."""
        if state != self.system_state:
            self.system_state = state
            self.router.state(None)

    # Doors

    @callback
    def _set_doors(self, doors: list[Door]) -> None:
        """Take over the list of doors: new ones, gone ones, changed ones."""
        known, self.doors = self.doors, {door.id: door for door in doors}
        self._devices.update_doors(doors)
        for door in doors:
            before = known.get(door.id)
            if before is not None and before != door:
                self.router.state(door.id)
            if (
                before is None
                or before.features != door.features
                or before.modes != door.modes
            ):
                for listener in tuple(self._door_listeners):
                    listener(door)

    # Errors

    def _lost(self, err: Exception) -> None:
        """Make everything unavailable, and say so once; a journal's trouble is ours."""
        self._report(err)
        if isinstance(err, JournalError):
            level = logging.DEBUG if self._journal_error else logging.ERROR
            _LOGGER.log(level, "%s: nothing is recorded: %s", self.entry.title, err)
            self._journal_error = err
            return
        why = self.words.of(err, "en") if isinstance(err, AccessSystemError) else err
        if self.available:
            _LOGGER.warning("%s is not reachable: %s", self.entry.title, why)
            self.available = False
            self.router.availability()
        else:
            _LOGGER.debug("%s is still not reachable: %s", self.entry.title, why)

    def _report(self, err: Exception) -> None:
        """Raise the repair that belongs to an error."""
        match err:
            case CertificateChanged():
                async_raise_certificate_changed(
                    self.hass, self.entry, err.expected, err.seen
                )
            case JournalError(code="full"):
                async_set_journal_full(self.hass, True)

    async def _heal_journal(self) -> None:
        """Open the journal anew where that may help; a damaged file is set aside."""
        if self._journal_error is None or self._journal_error.code == "full":
            return
        try:
            if self._journal_error.code != "restarted":
                async_report_damage(self.hass, await self.journal.reopen())
            self._cursor = await self.journal.cursor(self.entry.entry_id)
        except JournalError as err:
            _LOGGER.debug("%s: the journal can't be opened: %s", self.entry.title, err)
