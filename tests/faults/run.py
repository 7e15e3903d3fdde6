"""One schedule of faults: a system, its config entry, and what must always hold."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
import random
import sqlite3

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.access_events.adapter import async_create_system
from custom_components.access_events.const import DOMAIN, EVENT_TYPE
from custom_components.access_events.coordinator import AccessCoordinator
from custom_components.access_events.journal_query import LogFilter
from custom_components.access_events.models import AccessEvent, StoredEvent
from custom_components.access_events.systems import VENDORS
from custom_components.access_events.systems.base import AccessSystemError, Batch
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from .accidents import Step
from .worlds import Truth, World

RELOAD = "Home Assistant reloads"
AWAY = "people come while Home Assistant is away"
CLEAR = "the log is cleared"
WRAP = "the log forgets its oldest rows"
CERTIFICATE = "another certificate is trusted"
PAUSE = "nothing for a moment"

_PATIENCE = 60.0
_READS_ON = 20.0
_TRIES = 5
_CURSOR = "SELECT id, cursor FROM access_events_entries WHERE entry_id = ?"
_KEYS = "SELECT event_key FROM access_events WHERE entry = ?"


class Wrong(AssertionError):
    """Something that must always hold did not; `what` is the word for it."""

    def __init__(self, what: str, count: int, detail: object) -> None:
        """Say what went wrong, how often, and show some of it."""
        super().__init__(f"{what}: {count} ({detail})")
        self.what = what
        self.count = count


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a power cut would leave of an entry: its cursor, and the keys it has."""

    cursor: str
    keys: frozenset[str]


class Run:
    """One schedule: a system, its entry, and what was heard of it."""

    def __init__(self, hass: HomeAssistant, world: World) -> None:
        """Begin with nothing."""
        self.hass = hass
        self.world = world
        self.heard: list[str] = []
        self.before: Truth = Counter()
        self.wanted: Truth = Counter()
        self.absent: Truth = Counter()
        """What happened while nobody could hear it as it happened."""
        self.steps: list[str] = []
        self.entry: MockConfigEntry
        self._glimpses: list[Glimpse] = []
        self._stop_hearing: CALLBACK_TYPE | None = None

    @property
    def coordinator(self) -> AccessCoordinator:
        """Return who follows the system now."""
        found: AccessCoordinator = self.entry.runtime_data
        return found

    async def start(self) -> None:
        """Set the system up, and follow it."""
        await self.world.begin()
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title="System",
            data={
                "vendor": self.world.vendor,
                # A clock that is a day behind tells times from before the set-up.
                "import_days": 2,
                **self.world.config(),
            },
            options=dict(self.world.options),
        )
        self.entry.add_to_hass(self.hass)
        self._stop_hearing = self.hass.bus.async_listen(EVENT_TYPE, self.hear)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.at_rest()
        self.before = await self.world.truth()

    async def end(self) -> None:
        """Remove the entry, with all that is recorded of it."""
        if self._stop_hearing is not None:
            self._stop_hearing()
        if hasattr(self, "entry"):
            await self.hass.config_entries.async_remove(self.entry.entry_id)

    @callback
    def hear(self, event: Event) -> None:
        """Note what automations are told."""
        if event.data["entry_id"] == self.entry.entry_id:
            self.heard.append(event.data["key"])

    async def step(self, name: str) -> None:
        """Let one thing happen."""
        self.steps.append(name)
        world = self.world
        if name in world.turns:
            await world.calm()
            await self._turn(world.steps()[name])
        elif name == RELOAD:
            await self.reload()
        elif name == AWAY:
            await self._be_away()
        elif name in (CLEAR, WRAP):
            # What is gone before anybody could read it is lost indeed.
            await self.settle()
            await self.check()
            await (world.clear() if name == CLEAR else world.wrap())
            self._glimpses.clear()
        elif name == CERTIFICATE:
            await world.sim.change_certificate()
            await self._enter_again()
        elif name in world.renewals():
            await world.renewals()[name]()
            await world.people()
            await asyncio.sleep(0.1)
            await world.calm()
            await self._enter_again()
        elif name == PAUSE:
            await asyncio.sleep(0.1)
        else:
            await world.steps()[name]()
        await asyncio.sleep(0.02)

    async def settle(self) -> None:
        """End all faults."""
        await self.world.calm()
        if self.world.sim.clock.offset:
            await self._turn(self.world.sim.turn_clock)

    async def _turn(self, turn: Step) -> None:
        """Turn the clock, which nobody must do between two looks.

        Who tells times only can't tell that a clock was wrong then.
        """
        await self.looked()
        self._glimpses.clear()
        await turn()
        await self.looked()

    # What Home Assistant and its user do

    async def reload(self) -> None:
        """Let Home Assistant let go of the system, and set it up again."""
        await self.hass.config_entries.async_reload(self.entry.entry_id)

    async def _enter_again(self) -> None:
        """Let the user enter what reaches the system now."""
        for flow in list(self._asked()):
            self.hass.config_entries.flow.async_abort(flow["flow_id"])
        data = {**self.entry.data, **self.world.config()}
        self.hass.config_entries.async_update_entry(self.entry, data=data)
        await self.reload()

    async def _be_away(self) -> None:
        """Let people come while Home Assistant is not there: nothing of it is live."""
        await self.world.calm()
        await self.at_rest()
        await self.hass.config_entries.async_unload(self.entry.entry_id)
        before = await self.world.truth()
        await self.world.people()
        self.absent += await self.world.truth() - before
        await self.hass.config_entries.async_setup(self.entry.entry_id)

    async def hurry(self) -> None:
        """Do what Home Assistant asks of the user, or would do itself only in a while."""
        if any(self._asked()):
            await self._enter_again()
        elif self.entry.state is ConfigEntryState.SETUP_RETRY:
            await self.reload()

    def _asked(self) -> Iterator[ConfigFlowResult]:
        """Return what asks the user for new credentials."""
        yield from self.entry.async_get_active_flows(self.hass, {SOURCE_REAUTH})

    async def at_rest(self) -> None:
        """Wait until the system is followed, with all its history read."""
        async with asyncio.timeout(_PATIENCE):
            while not (
                self.entry.state is ConfigEntryState.LOADED
                and self.coordinator.caught_up
            ):
                await self.hurry()
                await asyncio.sleep(0.05)

    async def looked(self) -> None:
        """Wait until the system was asked twice, so the second time from now on."""
        if not self.world.looks:
            return
        await self.at_rest()
        before = self.world.asked()
        async with asyncio.timeout(_PATIENCE):
            while any(
                self.world.asked()[path] < before[path] + 2 * self.world.look
                for path in self.world.looks
            ):
                await self.hurry()
                await asyncio.sleep(0.02)

    # What must always hold

    async def rows(self) -> dict[str, StoredEvent]:
        """Return what is recorded, by key."""
        found, _ = await self.coordinator.journal.query(
            LogFilter(entry_ids=(self.entry.entry_id,), limit=100_000)
        )
        return {row.event.key: row for row in found}

    async def glimpse(self) -> None:
        """Look at the journal as a power cut would leave it; what was told is in it."""
        told = list(self.heard)
        found = await asyncio.to_thread(self._read)
        if found is None:
            return
        if unknown := [key for key in told if key not in found.keys]:
            raise Wrong("told before it was recorded", len(unknown), unknown[:5])
        self._glimpses.append(found)

    def _read(self) -> Glimpse | None:
        """Read the cursor and the keys in one transaction, as another program would."""
        path = self.hass.config.path("access_events.db")
        with closing(
            sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        ) as database:
            database.execute("BEGIN")
            row = database.execute(_CURSOR, (self.entry.entry_id,)).fetchone()
            if row is None or row[1] is None:
                return None
            keys = database.execute(_KEYS, (row[0],)).fetchall()
        return Glimpse(row[1], frozenset(key for (key,) in keys))

    async def check(self) -> None:
        """See that all is recorded once, and that only what was live was told."""
        wanted = self.wanted = await self.world.truth() - self.before
        rows: dict[str, StoredEvent] = {}
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                while True:
                    await self.hurry()
                    if self.entry.state.recoverable and hasattr(
                        self.entry, "runtime_data"
                    ):
                        rows = await self.rows()
                    if wanted <= self._recorded(rows):
                        break
                    await asyncio.sleep(0.05)
        if lost := wanted - self._recorded(rows):
            raise Wrong("lost", lost.total(), list(lost.items())[:5])
        await self._read_again()
        # What comes from now on is told before it can be among the rows.
        heard = tuple(self.heard)
        rows = await self.rows()
        # Devices that start again write rows of their own meanwhile.
        if twice := self._recorded(rows) - await self.world.truth():
            raise Wrong("twice", twice.total(), list(twice.items())[:5])
        if again := Counter(heard) - Counter(set(heard)):
            raise Wrong("twice", again.total(), "an automation was told twice")
        late = {key for key, row in rows.items() if not row.live}
        if wrong := [key for key in heard if key in late]:
            raise Wrong("wrong-live", len(wrong), wrong[:5])
        told = self.world.recorded(rows[key].event for key in heard)
        if early := told & self.absent:
            raise Wrong("wrong-live", early.total(), list(early.items())[:5])
        await self._check_cursors(rows)

    def _recorded(self, rows: dict[str, StoredEvent]) -> Truth:
        """Return how often each access was recorded."""
        return self.world.recorded(row.event for row in rows.values())

    async def _read_again(self) -> None:
        """Wait until the system is at rest, and read it once more."""
        for left in range(_TRIES - 1, -1, -1):
            await self.at_rest()
            try:
                await self.coordinator.catch_up()
            except HomeAssistantError:
                # The stream may have broken just now: that is followed anew.
                if not left:
                    raise
                await asyncio.sleep(0.2)
            else:
                return

    async def _check_cursors(self, rows: dict[str, StoredEvent]) -> None:
        """See that whatever was missing at a power cut, its cursor would have brought.

        Of all that was seen since the log last lost rows, one is tried with an adapter
        of its own.
        """
        glimpses = {item.cursor: item for item in reversed(self._glimpses)}
        # What the journal had then it has now: a row is never taken back.
        for item in glimpses.values():
            if gone := item.keys - rows.keys():
                raise Wrong("gone", len(gone), sorted(gone)[:5])
        self._glimpses.clear()
        missing = [item for item in glimpses.values() if rows.keys() - item.keys]
        if not missing:
            return
        chosen = random.Random("; ".join(self.steps)).choice(missing)
        held = {key: rows[key] for key in chosen.keys}
        read = await self._read_from(chosen.cursor, held)
        if ahead := self._lacks(held, read):
            raise Wrong("cursor ahead", ahead.total(), list(ahead.items())[:5])

    def _lacks(
        self, held: dict[str, StoredEvent], read: dict[str, AccessEvent]
    ) -> Truth:
        """Return what happened, and is neither in the journal nor was read."""
        events = {key: row.event for key, row in held.items()} | read
        return self.wanted - self.world.recorded(events.values())

    async def _read_from(
        self, cursor: str, held: dict[str, StoredEvent]
    ) -> dict[str, AccessEvent]:
        """Return what an adapter reads that is started with a cursor."""
        vendor = VENDORS[self.world.vendor]
        for left in range(_TRIES - 1, -1, -1):
            system = await async_create_system(
                self.hass, vendor, self.entry.data, self.entry.options
            )
            read: dict[str, AccessEvent] = {}
            try:
                await system.resume(cursor)
                await system.connect()
                events = [row.event for row in held.values()]
                since = max((event.occurred_at for event in events), default=None)
                if since is not None and system.overlap_seconds:
                    since -= timedelta(seconds=system.overlap_seconds)
                    await system.prime([e for e in events if e.occurred_at >= since])
                await system.doors()
                await system.subscribe()
                async for signal in system.history(cursor):
                    if isinstance(signal, Batch):
                        read |= {event.key: event for event in signal.events}
                        cursor = signal.cursor or cursor
                if not self._lacks(held, read):
                    return read
                # Some read on while they listen.
                with suppress(TimeoutError):
                    async with asyncio.timeout(_READS_ON):
                        async for signal in system.live(cursor):
                            if isinstance(signal, Batch):
                                read |= {event.key: event for event in signal.events}
                            if not self._lacks(held, read):
                                break
            except AccessSystemError:
                if not left:
                    raise
                await asyncio.sleep(0.2)
            else:
                return read
            finally:
                await system.close()
        return {}
