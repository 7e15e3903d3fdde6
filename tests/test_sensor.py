"""Tests of the sensor platform."""

from datetime import datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import mock_restore_cache
from syrupy.assertion import SnapshotAssertion

from custom_components.access_events.models import (
    ACCESS_KINDS,
    EventKind,
    Method,
    Person,
)
from custom_components.access_events.systems.base import Batch, ConnectError, Gap
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from .doors import assert_platform, recorded, replay, set_up, value_of
from .toy import START, ToySystem
from .wait import wait_for

NAMES = ("person", "access", "method", "result")
_round = count(1)


def last(hass: HomeAssistant, door: str = "front") -> tuple[str, ...]:
    """Return what the sensors of a door show."""
    return tuple(value_of(hass, f"sensor.{door}_last_{name}") for name in NAMES)


async def test_entities(
    hass: HomeAssistant, toy: ToySystem, snapshot: SnapshotAssertion
) -> None:
    """Each door tells of the newest access, and the system of its log."""
    toy.happen()
    await set_up(hass, toy)
    await wait_for(lambda: value_of(hass, "sensor.toy_events_recorded") == "1")
    assert_platform(hass, snapshot, "sensor")


async def test_nothing_happened_yet(hass: HomeAssistant, toy: ToySystem) -> None:
    """A door to which nobody came yet shows nothing."""
    await set_up(hass, toy)
    assert last(hass) == ("unknown",) * 4


@pytest.mark.parametrize("kind", ACCESS_KINDS)
async def test_live(hass: HomeAssistant, toy: ToySystem, kind: EventKind) -> None:
    """The sensors of the door, and only they, show who came."""
    entry = await set_up(hass, toy)
    event = toy.happen(kind=kind, person=Person(name="Jane Doe"), method=Method.FACE)
    await recorded(hass, toy, entry)
    assert last(hass) == ("Jane Doe", event.occurred_at.isoformat(), "face", kind.value)
    assert last(hass, "back") == ("unknown",) * 4


async def test_other_events_change_nothing(hass: HomeAssistant, toy: ToySystem) -> None:
    """What is no access leaves the newest access shown."""
    entry = await set_up(hass, toy)
    toy.happen()
    await recorded(hass, toy, entry)
    shown = last(hass)
    for kind in EventKind:
        if kind not in ACCESS_KINDS:
            toy.happen(kind=kind, person=Person(name="Somebody else"))
    await recorded(hass, toy, entry)
    assert last(hass) == shown


@pytest.mark.parametrize(
    ("person", "method", "shown"),
    [
        (None, None, ("unknown", "unknown")),
        (Person(), Method.UNKNOWN, ("unknown", "unknown")),
        (Person(id="1042"), Method.QR, ("1042", "qr")),
        (Person(id="1042", name="J" * 300), Method.PIN, ("J" * 255, "pin")),
    ],
)
async def test_what_is_not_told(
    hass: HomeAssistant,
    toy: ToySystem,
    person: Person | None,
    method: Method | None,
    shown: tuple[str, str],
) -> None:
    """A missing name or method is unknown, an id is better than nothing."""
    entry = await set_up(hass, toy)
    toy.happen(person=person, method=method)
    await recorded(hass, toy, entry)
    assert (last(hass)[0], last(hass)[2]) == shown


@given(
    happenings=st.lists(
        st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=12
    )
)
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_never_back_in_time(
    hass: HomeAssistant, toy: ToySystem, happenings: list[tuple[int, bool]]
) -> None:
    """In whatever order accesses become known, live or late, the newest is shown."""
    entries = hass.config_entries.async_entries("access_events")
    entry = entries[0] if entries else await set_up(hass, toy)
    start = START + timedelta(days=next(_round))
    newest: tuple[datetime, str] | None = None
    for offset, live in happenings:
        event = toy.happen(pushed=False, occurred_at=start + timedelta(minutes=offset))
        toy.wire.put_nowait(Batch(events=(event,), live=live))
        await recorded(hass, toy, entry)
        assert event.person is not None
        assert event.person.name is not None
        # Of two at the same moment, the one that was recorded later is the newer.
        if newest is None or event.occurred_at >= newest[0]:
            newest = (event.occurred_at, event.person.name)
        assert last(hass)[:2] == (newest[1], newest[0].isoformat())


async def test_replayed_and_newer(hass: HomeAssistant, toy: ToySystem) -> None:
    """What was missed is shown when it is the newest."""
    entry = await set_up(hass, toy)
    toy.happen()
    event = await replay(hass, toy, entry, person=Person(name="Jane Doe"))
    assert last(hass)[:2] == ("Jane Doe", event.occurred_at.isoformat())


async def test_enriched(hass: HomeAssistant, toy: ToySystem) -> None:
    """More that becomes known of the access that is shown is shown."""
    entry = await set_up(hass, toy)
    toy.happen(person=None, method=None)
    await recorded(hass, toy, entry)
    assert last(hass)[0] == "unknown"
    toy.log.pop()
    toy.happen(key="k0", person=Person(name="Jane Doe"), method=Method.MOBILE)
    await wait_for(lambda: last(hass)[0] == "Jane Doe")
    assert last(hass)[2] == "mobile"
    assert entry.runtime_data.recorded == 1


async def test_survives_a_restart_and_an_outage(
    hass: HomeAssistant, toy: ToySystem
) -> None:
    """What is recorded is shown again, also while the system is away."""
    entry = await set_up(hass, toy)
    toy.happen(person=Person(name="Jane Doe"))
    await recorded(hass, toy, entry)
    shown = last(hass)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert last(hass) == shown
    await wait_for(lambda: toy.listening)
    toy.refuse = ConnectError()
    toy.drop()
    await wait_for(lambda: value_of(hass, "binary_sensor.toy_connection") == "off")
    assert last(hass) == shown
    assert value_of(hass, "sensor.toy_events_recorded") == "1"
    toy.refuse = None


async def test_system(hass: HomeAssistant, toy: ToySystem) -> None:
    """The log's own sensors follow what is recorded."""
    entry = await set_up(hass, toy)
    assert value_of(hass, "sensor.toy_events_recorded") == "0"
    assert value_of(hass, "sensor.toy_last_event") == "unknown"
    event = toy.happen(kind=EventKind.ADMIN, door_id=None)
    await recorded(hass, toy, entry)
    await wait_for(lambda: value_of(hass, "sensor.toy_events_recorded") == "1")
    assert value_of(hass, "sensor.toy_last_event") == event.occurred_at.isoformat()
    assert value_of(hass, "sensor.toy_gaps_in_the_log") == "0"
    toy.wire.put_nowait(Gap(START, START + timedelta(hours=1)))
    await wait_for(lambda: value_of(hass, "sensor.toy_gaps_in_the_log") == "1")


async def test_the_logs_own_sensors_come_from_the_journal(
    hass: HomeAssistant, toy: ToySystem
) -> None:
    """After a restart they show what the journal holds, and no gap counts twice."""
    entry = await set_up(hass, toy)
    registry = er.async_get(hass)
    delay = registry.async_get_entity_id(
        "sensor", "access_events", f"{entry.entry_id}_delay"
    )
    assert delay is not None
    registry.async_update_entity(delay, disabled_by=None)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await wait_for(lambda: toy.listening)
    toy.happen()
    newest = toy.happen(kind=EventKind.ADMIN, door_id=None)
    gap = Gap(START, START + timedelta(hours=1), "The log was cleared")
    for _ in range(2):
        toy.wire.put_nowait(gap)
    await recorded(hass, toy, entry)
    await wait_for(lambda: value_of(hass, "sensor.toy_gaps_in_the_log") == "1")
    await wait_for(lambda: value_of(hass, delay) != "unknown")
    shown = {
        entity_id: value_of(hass, entity_id)
        for entity_id in (
            "sensor.toy_events_recorded",
            "sensor.toy_last_event",
            "sensor.toy_gaps_in_the_log",
            delay,
        )
    }
    assert shown["sensor.toy_last_event"] == newest.occurred_at.isoformat()
    assert await hass.config_entries.async_unload(entry.entry_id)
    mock_restore_cache(hass, [State(entity_id, "17") for entity_id in shown])
    assert await hass.config_entries.async_setup(entry.entry_id)
    await wait_for(lambda: toy.listening)
    assert {entity_id: value_of(hass, entity_id) for entity_id in shown} == shown
    toy.wire.put_nowait(gap)
    toy.happen()
    await recorded(hass, toy, entry)
    assert value_of(hass, "sensor.toy_gaps_in_the_log") == "1"
    (issue,) = (
        issue
        for issue in ir.async_get(hass).issues.values()
        if issue.translation_key == "gap"
    )
    assert issue.is_fixable
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["start"].startswith("2026-01-01")
    assert (
        issue.translation_placeholders["end"] > issue.translation_placeholders["start"]
    )


async def test_delay_is_for_who_asks(hass: HomeAssistant, toy: ToySystem) -> None:
    """The delay is off by default, and follows live events when it is on."""
    entry = await set_up(hass, toy)
    registry = er.async_get(hass)
    entity_id = registry.async_get_entity_id(
        "sensor", "access_events", f"{entry.entry_id}_delay"
    )
    assert entity_id is not None
    registry_entry = registry.async_get(entity_id)
    assert registry_entry is not None
    assert registry_entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    registry.async_update_entity(entity_id, disabled_by=None)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await wait_for(lambda: toy.listening)
    assert value_of(hass, entity_id) == "unknown"
    toy.happen()
    await recorded(hass, toy, entry)
    await wait_for(lambda: value_of(hass, entity_id) != "unknown")
    assert float(value_of(hass, entity_id)) > 0
