"""Tests of what each topic of PDK's stream becomes in Home Assistant."""

from datetime import datetime

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.access_events.const import EVENT_TYPE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .actions import ask, recorded
from .simulators.pdk import PdkSimulator
from .simulators.pdk.frames import LIVE, TOPICS
from .wait import wait_for

DOOR = "main_entrance"

# topic -> entity -> its state then
STATES = {
    "device.input.dps.opened": {"binary_sensor.{}_door": "on"},
    "device.input.dps.closed": {"binary_sensor.{}_door": "off"},
    "device.input.rex.on": {"binary_sensor.{}_exit_request": "on"},
    "device.input.rex.off": {"binary_sensor.{}_exit_request": "off"},
    "device.input.relay.on": {"lock.{}": "unlocked"},
    "device.input.relay.off": {"lock.{}": "locked", "select.{}_door_mode": "normal"},
    "device.alarm.forced": {"binary_sensor.{}_forced_open": "on"},
    "device.alarm.forced.cleared": {"binary_sensor.{}_forced_open": "off"},
    "device.alarm.propped.on": {"binary_sensor.{}_held_open": "on"},
    "device.alarm.propped.off": {"binary_sensor.{}_held_open": "off"},
    "device.autoopen.on": {
        "binary_sensor.{}_auto_open": "on",
        "select.{}_door_mode": "scheduled",
    },
    "device.autoopen.off": {
        "binary_sensor.{}_auto_open": "off",
        "select.{}_door_mode": "normal",
    },
    "device.forceopen.on": {
        "binary_sensor.{}_hold_open": "on",
        "select.{}_door_mode": "unlocked",
        "lock.{}": "unlocked",
    },
    "device.forceopen.off": {
        "binary_sensor.{}_hold_open": "off",
        "select.{}_door_mode": "normal",
        "lock.{}": "locked",
    },
    "device.forceclose.on": {
        "binary_sensor.{}_do_not_disturb": "on",
        "select.{}_door_mode": "locked_down",
    },
    "device.forceclose.off": {
        "binary_sensor.{}_do_not_disturb": "off",
        "select.{}_door_mode": "normal",
    },
}
LINKS = {
    "cloudnode.disconnected": {"binary_sensor.{}_connection": "off"},
    "cloudnode.connected": {"binary_sensor.{}_connection": "on"},
}
# topic -> event entity -> its event type then
EVENTS = {
    "device.request.allowed": ("access", "access_granted"),
    "device.request.denied": ("access", "access_denied"),
    "device.request.unknown": ("access", "unknown_credential"),
    "device.alarm.forced": ("alarm", "door_forced_open"),
    "device.alarm.forced.cleared": ("alarm", "door_forced_open_cleared"),
    "device.alarm.propped.on": ("alarm", "door_held_open"),
    "device.alarm.propped.off": ("alarm", "door_held_open_cleared"),
}
ROWS_ONLY = (
    "cloudnode.created",
    "cloudnode.registered",
    "cloudnode.unregistered",
    "cloudnode.deleted",
    "endpoint.sync.started",
    "endpoint.sync.finished",
    "endpoint.sync.finished.all",
    "sync.not_synced",
    "sync.synced",
)
ORDER = tuple(dict.fromkeys((*STATES, *EVENTS, *ROWS_ONLY, *LINKS)))


async def test_each_topic(
    hass: HomeAssistant, pdk: PdkSimulator, pdk_entry: MockConfigEntry
) -> None:
    """Each ends in its state, its event and one row of the log, with its words."""
    assert {*ORDER, LIVE} == TOPICS
    assert len(TOPICS) == 31
    heard = async_capture_events(hass, EVENT_TYPE)

    async def shows(entity_id: str, wanted: str) -> None:
        def is_so() -> bool:
            state = hass.states.get(entity_id)
            assert state is not None, entity_id
            return wanted in (state.state, state.attributes.get("event_type"))

        await wait_for(is_so)

    for topic in ORDER:
        await pdk.send_topic(topic)
        wanted = dict((STATES | LINKS).get(topic, {}))
        if topic in EVENTS:
            what, event_type = EVENTS[topic]
            wanted[f"event.{{}}_{what}"] = event_type
        for entity_id, value in wanted.items():
            await shows(entity_id.format(DOOR), value)

    truth = await pdk.history()
    door = pdk.site.devices[0]
    await recorded(pdk_entry, len(ORDER))
    # The words alone, of something that has a message of its own, are no event.
    await pdk.send_topic(LIVE)
    await pdk.unknown_card("Parking Gate")
    await recorded(pdk_entry, len(ORDER) + 1)
    answer = await ask(hass, "get_logs", order="asc", limit=100)
    # A cloud node that connects tells its time in whole seconds.
    assert {
        (
            row["vendor_code"],
            row["kind"],
            int(datetime.fromisoformat(row["occurred_at"]).timestamp()),
        )
        for row in answer["events"]
        if row["kind"] != "unknown_credential" or row["door_id"] == door.id
    } == {
        (happening.topic, happening.kind, happening.at_ms // 1000)
        for happening in truth
    }
    assert all(row["live"] for row in answer["events"])
    assert len(heard) == len(ORDER) + 1
    told = {row["vendor_code"]: row["message"] for row in answer["events"]}
    assert told["device.alarm.propped.on"] == 'Device "Main Entrance" is propped open.'
    assert "Jane Doe" in told["device.request.allowed"]


@pytest.mark.parametrize(
    ("door", "has", "lacks"),
    [
        (
            "main_entrance",
            {"door", "exit_request", "forced_open", "held_open"},
            set[str](),
        ),
        (
            "staff_door",
            {"door"},
            {"exit_request", "forced_open", "held_open"},
        ),
        (
            "parking_gate",
            set[str](),
            {"door", "exit_request", "forced_open", "held_open"},
        ),
    ],
)
async def test_settings_decide_entities(
    hass: HomeAssistant,
    pdk: PdkSimulator,
    pdk_entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    door: str,
    has: set[str],
    lacks: set[str],
) -> None:
    """A door has what its settings say it can tell, and every door has its modes."""
    entities = {
        entry.entity_id
        for entry in er.async_entries_for_config_entry(
            entity_registry, pdk_entry.entry_id
        )
    }
    every = {"do_not_disturb", "hold_open", "auto_open", "connection"}
    for name in has | every:
        assert f"binary_sensor.{door}_{name}" in entities
    for name in lacks:
        assert f"binary_sensor.{door}_{name}" not in entities
    assert {
        f"lock.{door}",
        f"button.{door}_unlock",
        f"select.{door}_door_mode",
    } <= entities
    assert f"binary_sensor.{door}_lock" not in entities


async def test_a_door_turns_out_to_tell_more(
    hass: HomeAssistant, pdk: PdkSimulator, pdk_entry: MockConfigEntry
) -> None:
    """What a door tells it has, whatever its settings say."""
    assert hass.states.get("binary_sensor.parking_gate_door") is None
    await pdk.send_topic("device.input.dps.opened", "Parking Gate")
    await wait_for(lambda: hass.states.get("binary_sensor.parking_gate_door"))
    state = hass.states.get("binary_sensor.parking_gate_door")
    assert state is not None
    assert state.state == "on"
