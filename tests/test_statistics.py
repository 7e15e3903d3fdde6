"""Tests of the long-term statistics, with a real recorder."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, count
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
import pytest_socket

from custom_components.access_events import statistics
from custom_components.access_events.const import CONF_RETENTION_DAYS, DOMAIN
from custom_components.access_events.journal import LogFilter
from custom_components.access_events.models import EventKind, Person
from custom_components.access_events.statistics import statistic_id
from custom_components.access_events.store import async_get_journal
from custom_components.access_events.systems.base import Batch
from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.statistics import (
    get_metadata,
    statistics_during_period,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .actions import door_device, recorded
from .toy import START, ToySystem
from .wait import wait_for

type SetUp = Callable[[], Awaitable[MockConfigEntry]]
type Hours = dict[datetime, tuple[float, float]]

HOUR = timedelta(hours=1)
GRANTED, DENIED = EventKind.ACCESS_GRANTED, EventKind.ACCESS_DENIED
_round = count(1)


@pytest.fixture(autouse=True)
def _real_sockets(
    recorder_db_url: str, socket_enabled: None, enable_custom_integrations: None
) -> Generator[None]:
    """Let tests reach this machine; the recorder's database comes before all else."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "localhost", "::1"])
    yield
    pytest_socket.enable_socket()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count soon after an event."""
    monkeypatch.setattr(statistics, "_DELAY", 0.05)


async def counted(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Wait until all that is recorded is counted, and the recorder has it."""
    journal = await async_get_journal(hass)
    for _ in range(500):
        if await journal.uncounted(entry.entry_id) is None:
            break
        await hass.async_block_till_done()
        await asyncio.sleep(0.01)
    assert await journal.uncounted(entry.entry_id) is None
    await async_wait_recording_done(hass)


async def hours(
    hass: HomeAssistant, entry: MockConfigEntry, kind: EventKind, door: str | None
) -> Hours:
    """Return count and sum by hour of a statistic, as Home Assistant's graphs do."""
    found = statistic_id(entry.entry_id, door, kind)
    rows = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        datetime(1990, 1, 1, tzinfo=UTC),
        None,
        {found},
        "hour",
        None,
        {"state", "sum"},
    )
    return {
        datetime.fromtimestamp(row["start"], UTC): (row["state"] or 0, row["sum"] or 0)
        for row in rows.get(found, [])
    }


async def names(hass: HomeAssistant) -> dict[str, str | None]:
    """Return the names of the statistics there are, by id."""
    found = await get_instance(hass).async_add_executor_job(
        lambda: get_metadata(hass, statistic_source=DOMAIN)
    )
    return {key: metadata["name"] for key, (_, metadata) in found.items()}


async def tell(
    hass: HomeAssistant, toy: ToySystem, entry: MockConfigEntry, **fields: Any
) -> None:
    """Let something be learned, and wait until it is counted."""
    event = toy.happen(pushed=False, **fields)
    toy.wire.put_nowait(Batch(events=(event,)))
    await recorded(entry, len(toy.log))
    await counted(hass, entry)


async def test_hours_kinds_and_doors(
    recorder_mock: Recorder, hass: HomeAssistant, toy: ToySystem, set_up_toy: SetUp
) -> None:
    """Each kind at each door is counted in the hour in which it happened."""
    for minutes in (0, 10, 59, 60):
        toy.happen(occurred_at=START + timedelta(minutes=minutes))
    toy.happen(kind=DENIED, occurred_at=START)
    toy.happen(door_id="back", door_name="Back", occurred_at=START)
    toy.happen(kind=EventKind.ADMIN, door_id=None, door_name=None, occurred_at=START)
    entry = await set_up_toy()
    await recorded(entry, 7)
    await counted(hass, entry)
    assert await hours(hass, entry, GRANTED, "front") == {
        START: (3, 3),
        START + HOUR: (1, 4),
    }
    assert await hours(hass, entry, DENIED, "front") == {START: (1, 1)}
    assert await hours(hass, entry, GRANTED, "back") == {START: (1, 1)}
    assert await hours(hass, entry, EventKind.ADMIN, None) == {START: (1, 1)}


async def test_names_are_of_doors_and_never_of_people(
    recorder_mock: Recorder, hass: HomeAssistant, toy: ToySystem, set_up_toy: SetUp
) -> None:
    """A statistic is called as the user calls the door."""
    entry = await set_up_toy()
    dr.async_get(hass).async_update_device(
        door_device(hass, entry, "front"), name_by_user="Main entrance"
    )
    await tell(hass, toy, entry, person=Person(id="jd", name="Jane Doe"))
    await tell(hass, toy, entry, door_id="gone", door_name="Old gate")
    await tell(hass, toy, entry, kind=EventKind.ADMIN, door_id=None, door_name=None)
    found = await names(hass)
    assert sorted(map(str, found.values())) == [
        "Toy Main entrance: Access granted",
        "Toy Old gate: Access granted",
        "Toy: Administration",
    ]
    assert "Jane" not in str(found)


async def test_late_event(
    recorder_mock: Recorder, hass: HomeAssistant, toy: ToySystem, set_up_toy: SetUp
) -> None:
    """What is learned late is in its hour, and in all sums from there on."""
    entry = await set_up_toy()
    for offset in (0, 2, 5):
        await tell(hass, toy, entry, occurred_at=START + offset * HOUR)
    await tell(hass, toy, entry, occurred_at=START + HOUR)
    await tell(hass, toy, entry, occurred_at=START + 2 * HOUR)
    await tell(hass, toy, entry, occurred_at=START - 9 * HOUR)
    assert await hours(hass, entry, GRANTED, "front") == {
        START - 9 * HOUR: (1, 1),
        START: (1, 2),
        START + HOUR: (1, 3),
        START + 2 * HOUR: (2, 5),
        START + 5 * HOUR: (1, 6),
    }


async def test_restart_and_repeats_count_once(
    recorder_mock: Recorder, hass: HomeAssistant, toy: ToySystem, set_up_toy: SetUp
) -> None:
    """A restart, and all that is told again, changes no count."""
    entry = await set_up_toy()
    for offset in (0, 0, 1):
        await tell(hass, toy, entry, occurred_at=START + offset * HOUR)
    before = await hours(hass, entry, GRANTED, "front")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await wait_for(lambda: toy.listening)
    toy.wire.put_nowait(Batch(events=tuple(toy.log)))
    await tell(hass, toy, entry, occurred_at=START + 2 * HOUR)
    assert await hours(hass, entry, GRANTED, "front") == {
        **before,
        START + 2 * HOUR: (1, 4),
    }


async def test_what_was_not_counted_yet_is_counted_at_the_next_start(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    toy: ToySystem,
    set_up_toy: SetUp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An end before the count loses nothing."""
    monkeypatch.setattr(statistics, "_DELAY", 3600)
    entry = await set_up_toy()
    toy.happen(occurred_at=START)
    await recorded(entry, 1)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert await hours(hass, entry, GRANTED, "front") == {}
    monkeypatch.setattr(statistics, "_DELAY", 0.05)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await counted(hass, entry)
    assert await hours(hass, entry, GRANTED, "front") == {START: (1, 1)}


async def test_moves_to_its_door(
    recorder_mock: Recorder, hass: HomeAssistant, toy: ToySystem, set_up_toy: SetUp
) -> None:
    """An event whose door becomes known later is counted there, and only there."""
    now = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    entry = await set_up_toy()
    await tell(hass, toy, entry, key="a", occurred_at=now, door_id=None, door_name=None)
    await tell(hass, toy, entry, occurred_at=now + timedelta(minutes=1))
    assert await hours(hass, entry, GRANTED, None) == {now: (1, 1)}
    toy.happen(pushed=False, key="a", occurred_at=now)
    toy.wire.put_nowait(Batch(events=(toy.log.pop(),)))
    journal = await async_get_journal(hass)

    async def moved() -> bool:
        found = await journal.find(entry.entry_id, "a")
        return found is not None and found.event.door_id == "front"

    for _ in range(500):
        if await moved():
            break
        await hass.async_block_till_done()
    await counted(hass, entry)
    assert await hours(hass, entry, GRANTED, None) == {now: (0, 0)}
    assert await hours(hass, entry, GRANTED, "front") == {now: (2, 2)}


async def test_what_the_journal_forgets_stays_counted(
    recorder_mock: Recorder, hass: HomeAssistant, toy: ToySystem, set_up_toy: SetUp
) -> None:
    """Statistics outlive the retention, also when a late event comes before it."""
    now = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    entry = await set_up_toy()
    for days in (40, 39, 1):
        await tell(hass, toy, entry, occurred_at=now - timedelta(days=days))
    hass.config_entries.async_update_entry(entry, options={CONF_RETENTION_DAYS: 30})
    await entry.runtime_data.intake.purge(dt_util.utcnow())
    assert entry.runtime_data.recorded == 1
    event = toy.happen(pushed=False, occurred_at=now - timedelta(days=40))
    toy.wire.put_nowait(Batch(events=(event,)))
    await recorded(entry, 2)
    event = toy.happen(pushed=False, occurred_at=now)
    toy.wire.put_nowait(Batch(events=(event,)))
    await recorded(entry, 3)
    await counted(hass, entry)
    assert list((await hours(hass, entry, GRANTED, "front")).values()) == [
        (1, 1),
        (1, 2),
        (1, 3),
        (1, 4),
    ]


async def test_removed_with_the_system(
    recorder_mock: Recorder, hass: HomeAssistant, toy: ToySystem, set_up_toy: SetUp
) -> None:
    """No statistic of a system that is removed stays."""
    entry = await set_up_toy()
    await tell(hass, toy, entry)
    assert await names(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    await async_wait_recording_done(hass)
    assert await names(hass) == {}


async def test_a_new_recorder_database_gets_all(
    recorder_mock: Recorder, hass: HomeAssistant, toy: ToySystem, set_up_toy: SetUp
) -> None:
    """Where the recorder holds nothing any more, all is counted anew."""
    entry = await set_up_toy()
    for offset in (0, 1, 2):
        await tell(hass, toy, entry, occurred_at=START + offset * HOUR)
    get_instance(hass).async_clear_statistics(list(await names(hass)))
    await async_wait_recording_done(hass)
    await tell(hass, toy, entry, occurred_at=START + 3 * HOUR)
    assert len(await hours(hass, entry, GRANTED, "front")) == 4


async def test_without_a_recorder(
    hass: HomeAssistant, toy: ToySystem, set_up_toy: SetUp
) -> None:
    """All but the statistics works without a recorder, and nothing is noted."""
    assert await async_setup_component(hass, DOMAIN, {})
    entry = await set_up_toy()
    toy.happen()
    await recorded(entry, 1)
    journal = await async_get_journal(hass)
    assert await journal.uncounted(entry.entry_id) is not None
    await hass.config_entries.async_remove(entry.entry_id)
    assert hass.config_entries.async_entries(DOMAIN) == []


happenings = st.lists(
    st.tuples(
        st.integers(0, 5),  # hour
        st.sampled_from((GRANTED, DENIED)),
        st.sampled_from(("front", "back", None)),
        st.sampled_from(("more", "more", "count", "restart")),
    ),
    min_size=1,
    max_size=10,
)


@given(happenings=happenings)
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_equal_the_journal_whatever_the_order(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    toy: ToySystem,
    happenings: list[tuple[int, EventKind, str | None, str]],
) -> None:
    """Counts and sums are those of the journal, in whatever order it was filled."""
    entries = hass.config_entries.async_entries(DOMAIN)
    if entries:
        entry: Any = entries[0]
    else:
        entry = MockConfigEntry(
            domain=DOMAIN, title="Toy", data={"vendor": "toy", "import_days": 7}
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
    await wait_for(lambda: toy.listening)
    # Each example goes further back than all before it.
    begin = START - next(_round) * 10 * HOUR
    for hour, kind, door, then in happenings:
        event = toy.happen(
            pushed=False,
            occurred_at=begin + hour * HOUR,
            kind=kind,
            door_id=door,
            door_name=door,
        )
        toy.wire.put_nowait(Batch(events=(event, event)))
        await recorded(entry, len(toy.log))
        if then == "count":
            await counted(hass, entry)
        elif then == "restart":
            assert await hass.config_entries.async_reload(entry.entry_id)
            await wait_for(lambda: toy.listening)
    await counted(hass, entry)
    journal = await async_get_journal(hass)
    expected: dict[tuple[EventKind, str | None], Counter[datetime]] = {}
    async for page in journal.stream(LogFilter(entry_ids=(entry.entry_id,))):
        for stored in page:
            at = stored.event.occurred_at.replace(minute=0, second=0, microsecond=0)
            key = stored.event.kind, stored.event.door_id
            expected.setdefault(key, Counter())[at] += 1
    for (kind, door), counts in expected.items():
        ordered = sorted(counts.items())
        sums = accumulate(number for _, number in ordered)
        assert await hours(hass, entry, kind, door) == {
            at: (number, total)
            for (at, number), total in zip(ordered, sums, strict=True)
        }
