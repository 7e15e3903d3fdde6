"""Tests of what all entities have in common."""

from collections.abc import Callable
from dataclasses import replace
import json
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

import custom_components.access_events
from custom_components.access_events.const import EVENT_TYPE
from custom_components.access_events.models import DoorFeature, EventKind
from custom_components.access_events.systems.base import DoorList
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .doors import BACK, FRONT, change, recorded, set_up, state_of, value_of
from .toy import ToySystem
from .wait import wait_for

SIDE = replace(FRONT, id="side", name="Side")


@pytest.fixture
def changed(hass: HomeAssistant) -> Callable[[], set[str]]:
    """Return what tells which entities changed since it was asked last."""
    seen: set[str] = set()

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        seen.add(event.data["entity_id"])

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)

    def take() -> set[str]:
        taken = set(seen)
        seen.clear()
        return taken

    return take


async def test_an_event_touches_only_its_door(
    hass: HomeAssistant, toy: ToySystem, changed: Callable[[], set[str]]
) -> None:
    """An access at a door changes what tells of accesses at this door."""
    entry = await set_up(hass, toy, FRONT, SIDE, BACK)
    changed()
    toy.happen()
    await recorded(hass, toy, entry)
    counters = {"sensor.toy_events_recorded", "sensor.toy_last_event"}
    assert changed() - counters == {
        "event.front_access",
        "lock.front",
        "sensor.front_last_access",
        "sensor.front_last_method",
        "sensor.front_last_person",
        "sensor.front_last_result",
    }
    toy.happen(kind=EventKind.DOOR_FORCED_OPEN, door_id="side")
    await recorded(hass, toy, entry)
    assert changed() - counters == {"event.side_alarm"}


async def test_a_state_touches_only_what_shows_it(
    hass: HomeAssistant, toy: ToySystem, changed: Callable[[], set[str]]
) -> None:
    """A door that opens changes one entity."""
    entry = await set_up(hass, toy, FRONT, SIDE, BACK)
    changed()
    await change(hass, toy, entry, is_open=True)
    assert changed() == {"binary_sensor.front_door"}


async def test_an_offline_controller_takes_only_its_door(
    hass: HomeAssistant, toy: ToySystem, changed: Callable[[], set[str]]
) -> None:
    """What needs the door is unavailable, its history and the other doors are not."""
    entry = await set_up(hass, toy, FRONT, SIDE)
    changed()
    await change(hass, toy, entry, online=False)
    unavailable = {
        state.entity_id
        for state in hass.states.async_all()
        if state.state == "unavailable"
    }
    assert unavailable == {
        "binary_sensor.front_auto_open",
        "binary_sensor.front_do_not_disturb",
        "binary_sensor.front_door",
        "binary_sensor.front_exit_request",
        "binary_sensor.front_forced_open",
        "binary_sensor.front_held_open",
        "binary_sensor.front_hold_open",
        "binary_sensor.front_tamper",
        "button.front_unlock",
        "lock.front",
        "select.front_door_mode",
    }
    assert changed() == unavailable | {"binary_sensor.front_connection"}


async def test_a_lost_system_takes_all_but_what_is_recorded(
    hass: HomeAssistant, toy: ToySystem
) -> None:
    """While the system is away only our own records, and that it is, are shown."""
    await set_up(hass, toy)
    toy.drop()
    await wait_for(lambda: value_of(hass, "lock.front") == "unavailable")
    shown = {
        state.entity_id
        for state in hass.states.async_all()
        if state.state != "unavailable"
    }
    assert shown == {
        "binary_sensor.toy_connection",
        "sensor.toy_events_recorded",
        "sensor.toy_gaps_in_the_log",
        "sensor.toy_last_event",
        *(
            f"sensor.{door}_last_{name}"
            for door in ("front", "back")
            for name in ("access", "method", "person", "result")
        ),
    }
    await wait_for(lambda: value_of(hass, "lock.front") == "locked")


async def test_doors_come_and_go(hass: HomeAssistant, toy: ToySystem) -> None:
    """A new door appears by itself, one that is gone is removed, and may come back."""
    entry = await set_up(hass, toy, BACK)
    assert hass.states.get("lock.front") is None
    toy.wire.put_nowait(DoorList([BACK, FRONT]))
    await wait_for(lambda: hass.states.get("lock.front"))
    await hass.async_block_till_done()
    assert value_of(hass, "button.front_unlock") == "unknown"
    toy.wire.put_nowait(DoorList([BACK]))
    await wait_for(lambda: hass.states.get("lock.front") is None)
    await hass.async_block_till_done()
    assert not [
        entity_id
        for entity_id in hass.states.async_entity_ids()
        if "front" in entity_id
    ]
    assert not [
        entity.entity_id
        for entity in er.async_entries_for_config_entry(
            er.async_get(hass), entry.entry_id
        )
        if "front" in entity.entity_id
    ]
    toy.wire.put_nowait(DoorList([BACK, FRONT]))
    await wait_for(lambda: hass.states.get("lock.front"))
    await hass.async_block_till_done()
    toy.happen()
    await recorded(hass, toy, entry)
    assert value_of(hass, "sensor.front_last_person") == "Person 0"


async def test_a_door_that_has_more_than_was_known(
    hass: HomeAssistant, toy: ToySystem, caplog: pytest.LogCaptureFixture
) -> None:
    """What a door turns out to have is added, and nothing that happens is missed."""
    entry = await set_up(hass, toy, replace(FRONT, features=DoorFeature.ACCESS), BACK)
    assert hass.states.get("binary_sensor.front_door") is None
    events = async_capture_events(hass, EVENT_TYPE)
    toy.happen()
    toy.wire.put_nowait(DoorList([FRONT, BACK]))
    toy.happen()
    await recorded(hass, toy, entry)
    assert value_of(hass, "binary_sensor.front_door") == "off"
    assert value_of(hass, "lock.front") == "locked"
    assert value_of(hass, "select.front_door_mode") == "normal"
    assert [event.data["key"] for event in events] == ["k0", "k1"]
    assert toy.connects == 1
    assert "unique ID" not in caplog.text
    await change(hass, toy, entry, is_open=True)
    assert value_of(hass, "binary_sensor.front_door") == "on"
    toy.wire.put_nowait(DoorList([replace(FRONT, name="Main"), BACK]))
    await wait_for(lambda: entry.runtime_data.doors["front"].name == "Main")
    await hass.async_block_till_done()
    assert state_of(hass, "lock.front").name == "Main"


async def test_devices(hass: HomeAssistant, toy: ToySystem) -> None:
    """Each door is a device under its system, and its entities belong to it."""
    entry = await set_up(hass, toy)
    devices = dr.async_get(hass)
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        assert entity.device_id is not None
        device = devices.async_get(entity.device_id)
        assert device is not None
        assert device.name is not None
        assert entity.entity_id.partition(".")[2].startswith(device.name.lower())
        assert entity.unique_id.startswith(f"{entry.entry_id}_")
        assert isinstance(device, dr.DeviceEntry)
        assert (device.via_device_id is None) == (device.name == "Toy")


async def test_every_entity_has_words_and_an_icon(
    hass: HomeAssistant, toy: ToySystem
) -> None:
    """Names, states, event types and icons are there for all that can be shown."""
    entry = await set_up(hass, toy)
    folder = Path(custom_components.access_events.__path__[0])
    words: dict[str, Any] = json.loads(
        (folder / "translations" / "en.json").read_text()
    )["entity"]
    icons: dict[str, Any] = json.loads((folder / "icons.json").read_text())["entity"]
    used: set[tuple[str, str]] = set()
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        key = entity.translation_key
        if entity.original_device_class is None:
            assert entity.domain == "lock" or key in icons[entity.domain], (
                entity.entity_id
            )
        if key is None:
            continue
        used.add((entity.domain, key))
        text = words[entity.domain][key]
        assert text["name"]
        capabilities = entity.capabilities or {}
        assert set(capabilities.get("options", ())) <= set(text.get("state", ()))
        if types := capabilities.get("event_types"):
            told = text["state_attributes"]["event_type"]["state"]
            assert set(types) == set(told)
    for table in icons.values():
        for row in table.values():
            assert row["default"] not in row.get("state", {}).values()
    for table in (words, icons):
        left = {(domain, key) for domain in table for key in table[domain]} - used
        # Zones and linked persons are not there unless a system has them.
        assert {key for _, key in left if not key.endswith("_zone")} <= {
            "last_door",
            "last_seen",
        }
