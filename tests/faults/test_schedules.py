"""Whatever goes wrong, and in whatever order: nothing is lost, twice, or told too late."""

import asyncio
from collections import Counter
from contextlib import suppress

from hypothesis import HealthCheck, Phase, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.access_events import coordinator
from custom_components.access_events.const import DOMAIN, EVENT_TYPE
from custom_components.access_events.coordinator import AccessCoordinator
from custom_components.access_events.journal_query import LogFilter
from custom_components.access_events.models import StoredEvent
from homeassistant.core import Event, HomeAssistant, callback
from tests.wait import wait_for

from .conftest import TOTALS
from .worlds import WORLDS, Truth, World

RELOAD = "Home Assistant reloads"
CLEAR = "the log is cleared"
CERTIFICATE = "another certificate is trusted"
PAUSE = "nothing for a moment"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next try follow soon."""
    monkeypatch.setattr(coordinator, "_FIRST_DELAY", 0.05)
    monkeypatch.setattr(coordinator, "_LONGEST_DELAY", 0.5)


class Run:
    """One schedule: a system, its entry, and what was heard of it."""

    def __init__(self, hass: HomeAssistant, world: World) -> None:
        """Begin with nothing."""
        self.hass = hass
        self.world = world
        self.heard: list[str] = []
        self.before: Truth = Counter()
        self.wanted: Truth = Counter()
        self.entry: MockConfigEntry

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
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await wait_for(lambda: self.coordinator.caught_up)
        self.before = await self.world.truth()

    @callback
    def hear(self, event: Event) -> None:
        """Note what automations are told."""
        self.heard.append(event.data["key"])

    async def step(self, name: str) -> None:
        """Let one thing happen."""
        if name == RELOAD:
            await self.hass.config_entries.async_reload(self.entry.entry_id)
        elif name == CLEAR:
            # What is cleared before anybody could read it is lost indeed.
            await self.world.settle()
            await self.check()
            await self.world.clear()
        elif name == CERTIFICATE:
            await self.world.sim.change_certificate()
            self.hass.config_entries.async_update_entry(
                self.entry, data={**self.entry.data, **self.world.config()}
            )
            await self.hass.config_entries.async_reload(self.entry.entry_id)
        elif name == PAUSE:
            await asyncio.sleep(0.1)
        else:
            await self.world.steps()[name]()
        await asyncio.sleep(0.02)

    async def rows(self) -> list[StoredEvent]:
        """Return what is recorded."""
        found, _ = await self.coordinator.journal.query(
            LogFilter(entry_ids=(self.entry.entry_id,), limit=100_000)
        )
        return found

    async def check(self) -> None:
        """See that all is recorded once, and that only what was live was told."""
        wanted = self.wanted = await self.world.truth() - self.before
        rows: list[StoredEvent] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(60):
                while True:
                    if self.entry.state.recoverable and hasattr(
                        self.entry, "runtime_data"
                    ):
                        rows = await self.rows()
                    if wanted <= self.world.recorded(row.event for row in rows):
                        break
                    await asyncio.sleep(0.05)
        found = self.world.recorded(row.event for row in rows)
        late = {row.event.key for row in rows if not row.live}
        wrong = [key for key in self.heard if key in late]
        again = len(self.heard) - len(set(self.heard))
        TOTALS["lost"] += (wanted - found).total()
        twice = found - wanted - self.before
        TOTALS["twice"] += twice.total() + again
        TOTALS["wrong-live"] += len(wrong)
        assert not wanted - found, f"lost: {list((wanted - found).items())[:5]}"
        assert not twice, f"twice: {list(twice.items())[:5]}"
        assert not again, "an automation was told twice"
        assert not wrong, f"told as live, though it was late: {wrong[:5]}"


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("vendor", sorted(WORLDS))
async def test_schedules(
    hass: HomeAssistant,
    vendor: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After any schedule of faults the journal holds each happening exactly once."""
    for name, value in WORLDS[vendor].haste.items():
        monkeypatch.setattr(f"custom_components.access_events.systems.{name}", value)
    extra = {RELOAD, PAUSE, CERTIFICATE} | ({CLEAR} if WORLDS[vendor].clears else set())
    faults = sorted({*WORLDS[vendor]().steps(), *extra})
    names = st.sampled_from(["people", "crowd"]) | st.sampled_from(faults)
    count = request.config.getoption("--schedules")
    loop = asyncio.get_running_loop()

    async def play(steps: list[str]) -> None:
        world = WORLDS[vendor]()
        run = Run(hass, world)
        async with world.sim:
            stop = hass.bus.async_listen(EVENT_TYPE, run.hear)
            try:
                await run.start()
                for name in steps:
                    await run.step(name)
                await world.settle()
                await run.check()
                TOTALS["schedules"] += 1
                TOTALS["happenings"] += run.wanted.total()
            finally:
                stop()
                await hass.config_entries.async_remove(run.entry.entry_id)

    @settings(
        max_examples=count,
        deadline=None,
        derandomize=False,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(steps=st.lists(names, min_size=3, max_size=15))
    def schedules(steps: list[str]) -> None:
        asyncio.run_coroutine_threadsafe(play(steps), loop).result(180)

    await asyncio.to_thread(schedules)
