"""Tests of the binary sensor platform."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from syrupy.assertion import SnapshotAssertion

from custom_components.access_events.binary_sensor import MOMENT
from custom_components.access_events.diagnostics import (
    async_get_config_entry_diagnostics,
)
from custom_components.access_events.models import (
    DoorState,
    EventKind,
    SystemState,
    Zone,
)
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .doors import (
    BACK,
    FRONT,
    assert_platform,
    change,
    change_system,
    recorded,
    replay,
    set_up,
    value_of,
)
from .toy import ToySystem
from .wait import wait_for

EXIT = "binary_sensor.front_exit_request"
BEGIN_AND_END = [
    ("door", "is_open", EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED),
    (
        "forced_open",
        "forced_open",
        EventKind.DOOR_FORCED_OPEN,
        EventKind.DOOR_FORCED_OPEN_CLEARED,
    ),
    (
        "held_open",
        "held_open",
        EventKind.DOOR_HELD_OPEN,
        EventKind.DOOR_HELD_OPEN_CLEARED,
    ),
    ("tamper", "tamper", EventKind.TAMPER, EventKind.TAMPER_CLEARED),
    (
        "hold_open",
        "hold_open",
        EventKind.HOLD_OPEN_STARTED,
        EventKind.HOLD_OPEN_ENDED,
    ),
    (
        "auto_open",
        "auto_open",
        EventKind.AUTO_OPEN_STARTED,
        EventKind.AUTO_OPEN_ENDED,
    ),
]


async def test_entities(
    hass: HomeAssistant, toy: ToySystem, snapshot: SnapshotAssertion
) -> None:
    """Each door has what it reports, and the system its connection."""
    await set_up(hass, toy)
    assert_platform(hass, snapshot, "binary_sensor")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        *((name, field) for name, field, *_ in BEGIN_AND_END),
        ("exit_request", "exit_request"),
        ("do_not_disturb", "do_not_disturb"),
        ("connection", "online"),
    ],
)
async def test_the_state_tells(
    hass: HomeAssistant, toy: ToySystem, name: str, field: str
) -> None:
    """What the system reports of a door is shown as it is."""
    entry = await set_up(hass, toy)
    entity_id = f"binary_sensor.front_{name}"
    await change(hass, toy, entry, **{field: True})
    assert value_of(hass, entity_id) == "on"
    await change(hass, toy, entry, **{field: False})
    assert value_of(hass, entity_id) == "off"


@pytest.mark.parametrize(("name", "field", "begin", "end"), BEGIN_AND_END)
async def test_events_tell_what_the_state_does_not(
    hass: HomeAssistant,
    toy: ToySystem,
    name: str,
    field: str,
    begin: EventKind,
    end: EventKind,
) -> None:
    """Live events begin and end it; replayed ones do not, since it may be over."""
    entry = await set_up(hass, toy, replace(FRONT, state=DoorState()))
    entity_id = f"binary_sensor.front_{name}"
    await replay(hass, toy, entry, kind=begin)
    assert value_of(hass, entity_id) == "unknown"
    toy.happen(kind=begin)
    await recorded(hass, toy, entry)
    assert value_of(hass, entity_id) == "on"
    toy.happen(kind=end)
    await recorded(hass, toy, entry)
    assert value_of(hass, entity_id) == "off"
    await change(hass, toy, entry, **{field: True})
    toy.happen(kind=end)
    await recorded(hass, toy, entry)
    assert value_of(hass, entity_id) == "on"


async def test_a_missed_end_is_not_shown_for_ever(
    hass: HomeAssistant, toy: ToySystem
) -> None:
    """What events began is unknown after the system was lost."""
    entry = await set_up(hass, toy, replace(FRONT, state=DoorState()))
    toy.happen(kind=EventKind.TAMPER)
    await recorded(hass, toy, entry)
    assert value_of(hass, "binary_sensor.front_tamper") == "on"
    toy.drop()
    await wait_for(
        lambda: value_of(hass, "binary_sensor.front_tamper") == "unavailable"
    )
    await wait_for(lambda: value_of(hass, "binary_sensor.front_tamper") == "unknown")


async def test_lock_without_commands(hass: HomeAssistant, toy: ToySystem) -> None:
    """A door that only reports its lock shows whether it is unlocked."""
    entry = await set_up(hass, toy)
    assert value_of(hass, "binary_sensor.back_lock") == "off"
    await change(hass, toy, entry, "back", is_locked=False)
    assert value_of(hass, "binary_sensor.back_lock") == "on"
    await change(hass, toy, entry, "back", is_locked=None)
    assert value_of(hass, "binary_sensor.back_lock") == "unknown"
    assert hass.states.get("binary_sensor.front_lock") is None


async def test_exit_request_is_momentary(hass: HomeAssistant, toy: ToySystem) -> None:
    """Somebody who leaves is shown for a moment, and each one anew."""
    entry = await set_up(hass, toy, FRONT, BACK)
    assert value_of(hass, EXIT) == "off"
    await replay(hass, toy, entry, kind=EventKind.EXIT_REQUESTED)
    assert value_of(hass, EXIT) == "off"
    toy.happen(kind=EventKind.EXIT_REQUESTED)
    await recorded(hass, toy, entry)
    assert value_of(hass, EXIT) == "on"
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=MOMENT + 1))
    await hass.async_block_till_done()
    assert value_of(hass, EXIT) == "off"
    toy.happen(kind=EventKind.EXIT_REQUESTED)
    await recorded(hass, toy, entry)
    assert value_of(hass, EXIT) == "on"


async def test_unloading_ends_the_moment(hass: HomeAssistant, toy: ToySystem) -> None:
    """Nothing waits for an end that nobody would see."""
    entry = await set_up(hass, toy)
    toy.happen(kind=EventKind.EXIT_REQUESTED)
    await recorded(hass, toy, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=MOMENT + 1))
    await hass.async_block_till_done()
    assert value_of(hass, EXIT) == "unavailable"


async def test_connections(hass: HomeAssistant, toy: ToySystem) -> None:
    """A controller that is offline, and a system that is away, are told apart."""
    entry = await set_up(hass, toy)
    door, system = "binary_sensor.front_connection", "binary_sensor.toy_connection"
    assert (value_of(hass, door), value_of(hass, system)) == ("on", "on")
    await change(hass, toy, entry, online=False)
    assert (value_of(hass, door), value_of(hass, system)) == ("off", "on")
    assert value_of(hass, "binary_sensor.front_door") == "unavailable"
    assert value_of(hass, "binary_sensor.back_lock") == "off"
    toy.drop()
    await wait_for(lambda: value_of(hass, system) == "off")
    assert value_of(hass, door) == "unavailable"
    assert value_of(hass, "binary_sensor.back_lock") == "unavailable"
    await wait_for(lambda: value_of(hass, system) == "on")
    assert value_of(hass, door) == "on"
    assert value_of(hass, "binary_sensor.front_door") == "off"


async def test_zones(hass: HomeAssistant, toy: ToySystem) -> None:
    """A zone of any kind appears when it is told of, and goes when it is gone."""
    entry = await set_up(hass, toy)
    zone = Zone(id="z", reason="muster", name="Yard")
    yard = "binary_sensor.toy_muster_zone_yard"
    assert hass.states.get(yard) is None
    for alarmed, shown in ((None, "unknown"), (True, "on"), (False, "off")):
        told = replace(zone, alarmed=alarmed)
        await change_system(hass, toy, entry, SystemState(zones=(told,)))
        assert value_of(hass, yard) == shown
    await change_system(
        hass, toy, entry, SystemState(zones=(replace(zone, online=False),))
    )
    assert value_of(hass, yard) == "unavailable"
    await change_system(hass, toy, entry, SystemState(zones=(zone,)))
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    assert "Yard" not in str(diagnostics)
    await change_system(hass, toy, entry, SystemState())
    assert hass.states.get(yard) is None
    await change_system(hass, toy, entry, SystemState(zones=(zone,)))
    assert value_of(hass, yard) == "unknown"
