"""The way of events into the journal of the Access Events integration, and out of it."""

from collections import deque
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
import logging
import time
from typing import TYPE_CHECKING, Any

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_call_later

from .const import (
    CAUGHT_UP_EVENT_TYPE,
    CONF_IMPORT_DAYS,
    CONF_MASK_CREDENTIALS,
    CONF_RECORD_NAMES,
    CONF_RETENTION_DAYS,
    DEFAULT_IMPORT_DAYS,
    DEFAULT_RETENTION_DAYS,
    EVENT_TYPE,
    SIGNAL_RECORDED,
)
from .devices import SystemDevices
from .journal import Journal, JournalError
from .models import ACCESS_KINDS, Person, StoredEvent
from .privacy import for_journal, is_among
from .router import Router
from .statistics import AccessStatistics
from .systems.base import Batch

if TYPE_CHECKING:
    from .coordinator import AccessConfigEntry

_LOGGER = logging.getLogger(__name__)

_FLUSH_AFTER = 1.0
_REMEMBERED = 64
"""Of how many live events it is remembered that they were told."""


class Intake:
    """Commits batches of one system's events and delivers what was new in them."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: AccessConfigEntry,
        journal: Journal,
        router: Router,
        devices: SystemDevices,
        public: Callable[[StoredEvent], dict[str, Any]],
    ) -> None:
        """Start with nothing known; `public` makes a bus event's data."""
        self.statistics = AccessStatistics(hass, entry, journal, devices)
        self.latest: dict[str, StoredEvent] = {}
        self.last_event_at: datetime | None = None
        self.recorded = 0
        self.delay: float | None = None
        self.late_count = 0
        self._hass = hass
        self._entry = entry
        self._journal = journal
        self._router = router
        self._devices = devices
        self._public = public
        self._flush: CALLBACK_TYPE | None = None
        self._delivered_seq = 0
        self._late_first: datetime | None = None
        self._late_last: datetime | None = None
        self._told: deque[str] = deque(maxlen=_REMEMBERED)
        days = entry.data.get(CONF_IMPORT_DAYS, DEFAULT_IMPORT_DAYS)
        self._read_since = entry.created_at - timedelta(days=int(days))
        self._kept_since: datetime | None = None

    async def restore(self) -> None:
        """Take over what is recorded."""
        entry_id = self._entry.entry_id
        self.latest = await self._journal.latest_access(entry_id)
        self.recorded = await self._journal.count(entry_id)
        self.last_event_at = await self._journal.newest(entry_id)
        if (newest := await self._journal.last_live(entry_id)) is not None:
            self.delay = _delay(newest)
        self.statistics.async_schedule()

    async def take(self, batch: Batch, *, live: bool) -> None:
        """Commit a batch with its cursor, then deliver what was new in it."""
        options = self._entry.options
        recorded = await self._journal.record(
            self._entry.entry_id,
            [
                for_journal(
                    event,
                    salt=self._entry.entry_id,
                    names=options.get(CONF_RECORD_NAMES, True),
                    mask_credentials=options.get(CONF_MASK_CREDENTIALS, True),
                )
                for event in batch.events
            ],
            batch.cursor,
            live=live,
        )
        if recorded.new or recorded.enriched:
            self.statistics.async_schedule()
            async_dispatcher_send(self._hass, SIGNAL_RECORDED, recorded, self._public)
        for stored in recorded.enriched:
            self._show_latest(stored)
        if not recorded.new:
            return
        self.recorded += len(recorded.new)
        newest = max(stored.event.occurred_at for stored in recorded.new)
        self.last_event_at = max(newest, self.last_event_at or newest)
        for stored in recorded.new:
            if live:
                self._deliver(stored)
            else:
                self._show_latest(stored)
                self._count_late(stored)
        self._mark_delivered(recorded.new[-1].seq)

    async def deliver_left_over(self) -> None:
        """Take in what was recorded live, but not delivered when all ended."""
        # Of what was delivered shortly before a server went away it doesn't know yet.
        await self._write_mark()
        for stored in await self._journal.undelivered(self._entry.entry_id):
            self._show_latest(stored)
            self._count_late(stored)
            self._mark_delivered(stored.seq)
        self.tell_late()

    def _deliver(self, stored: StoredEvent) -> None:
        """Bring a live event to the entities of its door and to the bus.

        A second record of what was told already is not told again.
        """
        self.delay = _delay(stored)
        if stored.event.same_as is not None and stored.event.same_as in self._told:
            self._show_latest(stored)
            return
        self._told.append(stored.event.key)
        context, begun = Context(), time.time()
        self._show_latest(stored, context)
        self._router.event(stored, context)
        # It is told last, since who hears it expects the entities to show it, and yet
        # it is where all else with this context came from.
        context.origin_event = None
        self._hass.bus.async_fire(
            EVENT_TYPE, self._public(stored), context=context, time_fired=begun
        )

    def _show_latest(self, stored: StoredEvent, context: Context | None = None) -> None:
        """Keep an access that is the newest at its door; never go back in time."""
        event = stored.event
        if event.door_id is None:
            return
        if event.kind in ACCESS_KINDS:
            shown = self.latest.get(event.door_id)
            if shown is None or (event.occurred_at, stored.seq) >= (
                shown.event.occurred_at,
                shown.seq,
            ):
                self.latest[event.door_id] = stored
        self._router.latest(stored, context)

    # What was learned late

    def _count_late(self, stored: StoredEvent) -> None:
        """Count an event for the summary."""
        at = stored.event.occurred_at
        self.late_count += 1
        self._late_first = at if self._late_first is None else min(self._late_first, at)
        self._late_last = at if self._late_last is None else max(self._late_last, at)

    @callback
    def tell_late(self) -> None:
        """Say in one line, and once on the bus, what was learned late."""
        if self._late_first is None or self._late_last is None:
            return
        _LOGGER.info(
            "%s: caught up %d events from %s to %s",
            self._entry.title,
            self.late_count,
            self._late_first,
            self._late_last,
        )
        self._hass.bus.async_fire(
            CAUGHT_UP_EVENT_TYPE,
            {
                "entry_id": self._entry.entry_id,
                "device_id": self._devices.system_id,
                "name": self._entry.title,
                "count": self.late_count,
                "first": self._late_first.isoformat(),
                "last": self._late_last.isoformat(),
            },
        )
        self.late_count = 0
        self._late_first = self._late_last = None

    # How far delivery has come

    @callback
    def _mark_delivered(self, seq: int) -> None:
        """Remember that all up to a row is delivered; written a moment later."""
        self._delivered_seq = max(self._delivered_seq, seq)
        if self._flush is None:
            self._flush = async_call_later(self._hass, _FLUSH_AFTER, self._flush_now)

    async def _flush_now(self, _: datetime) -> None:
        """Write the mark and show the counters, at most once in a moment."""
        self._flush = None
        self._router.state(None)
        await self.write_delivered()

    async def write_delivered(self) -> None:
        """Write how far delivery has come."""
        if self._flush is not None:
            self._flush()
            self._flush = None
        try:
            await self._write_mark()
        except JournalError as err:
            _LOGGER.debug("%s: delivery not marked: %s", self._entry.title, err)

    async def _write_mark(self) -> None:
        """Write how far delivery has come; what could not be written is kept."""
        if not (seq := self._delivered_seq):
            return
        await self._journal.mark_delivered(self._entry.entry_id, seq)
        if self._delivered_seq == seq:
            self._delivered_seq = 0

    # How long it is kept

    async def forget(self, people: Collection[Person]) -> None:
        """Show nothing more of people who are forgotten. Raises `JournalError`."""
        entry_id = self._entry.entry_id
        known = await self._journal.latest_access(entry_id)
        for door_id, shown in tuple(self.latest.items()):
            if not is_among(shown.event.person, people):
                continue
            if door_id in known:
                self.latest[door_id] = known[door_id]
            else:
                del self.latest[door_id]
        self.recorded = await self._journal.count(entry_id)
        self._router.forget(people)

    @property
    def known_since(self) -> datetime:
        """Return since when the journal has what happened, but for gaps."""
        return max(self._read_since, self._kept_since or self._read_since)

    def reread_since(self, start: datetime) -> None:
        """Note that all since a time was read once more."""
        self._read_since = min(self._read_since, start)
        self._kept_since = None

    async def purge(self, now: datetime) -> None:
        """Forget what is older than the user wants it kept."""
        days = self._entry.options.get(CONF_RETENTION_DAYS, DEFAULT_RETENTION_DAYS)
        self._kept_since = now - timedelta(days=days)
        entry_id = self._entry.entry_id
        try:
            purged = await self._journal.purge(entry_id, now - timedelta(days=days))
            if not purged:
                return
            self.recorded = await self._journal.count(entry_id)
        except JournalError as err:
            _LOGGER.warning(
                "%s: old events are not removed: %s", self._entry.title, err
            )
            return
        _LOGGER.debug("%s: removed %d old events", self._entry.title, purged)
        self._router.state(None)


def _delay(stored: StoredEvent) -> float:
    """Return the seconds from a device's time of an event to ours."""
    return (stored.received_at - stored.event.occurred_at).total_seconds()
