"""Tests of the coordinator: what any system's user can rely on."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
import logging
from pathlib import Path
import random
import sqlite3

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.access_events.const import (
    CAUGHT_UP_EVENT_TYPE,
    CONF_VENDOR,
    DOMAIN,
    EVENT_TYPE,
)
from custom_components.access_events.models import DoorState, EventKind
from custom_components.access_events.systems.base import (
    AuthError,
    Batch,
    ConnectError,
    DoorList,
    DoorUpdate,
    HistoryNeeded,
    Unreadable,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr

from .toy import ToySystem
from .wait import wait_for


def rows(hass: HomeAssistant) -> list[tuple[str, int]]:
    """Return key and live mark of each journal row, as another program reads them."""
    path = Path(hass.config.path(f"{DOMAIN}.db"))
    with sqlite3.connect(path) as database:
        return database.execute(
            "SELECT event_key, live FROM access_events ORDER BY seq"
        ).fetchall()


def state(hass: HomeAssistant, entity_id: str) -> str:
    """Return what an entity shows."""
    found = hass.states.get(entity_id)
    assert found is not None
    return found.state


async def reconnect(hass: HomeAssistant, toy: ToySystem) -> None:
    """Let the pause before the next try pass."""
    before = toy.connects
    await wait_for(lambda: toy.connects > before)
    await wait_for(lambda: toy.listening)
    await hass.async_block_till_done()


async def test_live_events_reach_bus_and_journal(
    hass: HomeAssistant, toy: ToySystem, toy_entry: MockConfigEntry
) -> None:
    """An event of a healthy stream is on the bus with all its fields, and is kept."""
    events = async_capture_events(hass, EVENT_TYPE)
    toy.happen()
    await wait_for(lambda: len(events) == 1)
    data = events[0].data
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, f"{toy_entry.entry_id}_front"), toy_entry.entry_id
    )
    assert device is not None
    assert (data["person"], data["person_id"], data["method"]) == (
        "Person 0",
        "p0",
        "card",
    )
    assert (data["entry_id"], data["vendor"]) == (toy_entry.entry_id, "toy")
    assert data["device_id"] == device.id
    assert data["occurred_at"] == "2026-01-01T12:00:00+00:00"
    assert data["received_at"] > data["occurred_at"]
    assert rows(hass) == [("k0", 1)]


async def test_what_happened_before_is_imported_and_never_live(
    hass: HomeAssistant,
    toy: ToySystem,
    set_up_toy: Callable[[], Awaitable[MockConfigEntry]],
) -> None:
    """A first import fills the journal and tells no automation."""
    for _ in range(10):
        toy.happen()
    events = async_capture_events(hass, EVENT_TYPE)
    told = async_capture_events(hass, CAUGHT_UP_EVENT_TYPE)
    await set_up_toy()
    await wait_for(lambda: len(told) == 1)
    assert told[0].data["count"] == 10
    assert told[0].data["first"] == "2026-01-01T12:00:00+00:00"
    assert not events
    assert rows(hass) == [(f"k{number}", 0) for number in range(10)]


async def test_outage_is_caught_up_once_and_logged_once(
    hass: HomeAssistant,
    toy: ToySystem,
    toy_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What happens while the stream is down is learned late, and told once."""
    caplog.set_level(logging.INFO)
    events = async_capture_events(hass, EVENT_TYPE)
    told = async_capture_events(hass, CAUGHT_UP_EVENT_TYPE)
    toy.happen()
    await wait_for(lambda: len(events) == 1)
    toy.refuse = ConnectError()
    toy.drop()
    await wait_for(lambda: not toy_entry.runtime_data.available)
    for _ in range(4):
        toy.happen(pushed=False)
    assert state(hass, "binary_sensor.front_door") == "unavailable"
    await wait_for(lambda: toy.connects >= 3)
    toy.refuse = None
    await reconnect(hass, toy)
    await wait_for(lambda: len(told) == 1)
    assert state(hass, "binary_sensor.front_door") != "unavailable"
    toy.happen()
    await wait_for(lambda: len(events) == 2)
    assert [live for _, live in rows(hass)] == [1, 0, 0, 0, 0, 1]
    assert told[0].data["count"] == 4
    assert caplog.text.count("is not reachable") == 1
    assert caplog.text.count("is back") == 1


async def test_a_hole_in_the_stream_is_filled_as_replayed(
    hass: HomeAssistant, toy: ToySystem, toy_entry: MockConfigEntry
) -> None:
    """What the stream lost is read from history before the stream goes on."""
    events = async_capture_events(hass, EVENT_TYPE)
    toy.happen()
    await wait_for(lambda: len(events) == 1)
    toy.happen(pushed=False)
    toy.wire.put_nowait(HistoryNeeded("a number was skipped"))
    await wait_for(lambda: len(rows(hass)) == 2)
    toy.happen()
    await wait_for(lambda: len(events) == 2)
    assert rows(hass) == [("k0", 1), ("k1", 0), ("k2", 1)]


async def test_repeats_count_once(
    hass: HomeAssistant, toy: ToySystem, toy_entry: MockConfigEntry
) -> None:
    """An event that the stream brings again is neither kept nor told again."""
    events = async_capture_events(hass, EVENT_TYPE)
    event = toy.happen()
    toy.wire.put_nowait(Batch(events=(event, event)))
    toy.happen()
    await wait_for(lambda: len(events) == 2)
    assert [key for key, _ in rows(hass)] == ["k0", "k1"]


async def test_history_that_breaks_off_goes_on_from_its_cursor(
    hass: HomeAssistant,
    toy: ToySystem,
    set_up_toy: Callable[[], Awaitable[MockConfigEntry]],
) -> None:
    """A read that fails half-way keeps what it had, and the rest comes later."""
    for _ in range(10):
        toy.happen()
    toy.break_history_after = 2
    await set_up_toy()
    await wait_for(lambda: len(rows(hass)) == 10)
    assert sorted(key for key, _ in rows(hass)) == sorted(f"k{n}" for n in range(10))
    assert toy.connects == 2


async def test_refused_credentials_start_reauth(
    hass: HomeAssistant, toy: ToySystem, toy_entry: MockConfigEntry
) -> None:
    """The user is asked for new credentials, and the system is left alone."""
    toy.wire.put_nowait(AuthError())
    await wait_for(
        lambda: bool(
            [
                flow
                for flow in hass.config_entries.flow.async_progress()
                if flow["context"]["source"] == "reauth"
            ]
        )
    )
    assert not toy_entry.runtime_data.available
    assert toy.connects == 1


async def test_an_entry_that_can_never_work(hass: HomeAssistant) -> None:
    """What no second try can mend is told, and not tried again."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Place",
        data={CONF_VENDOR: "clue", "place_id": "front", "api_key": "1"},
    )
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "wrong_place_id"


async def test_home_assistant_stops(
    hass: HomeAssistant, toy: ToySystem, toy_entry: MockConfigEntry
) -> None:
    """The connection is closed when Home Assistant stops, not when it is killed."""
    await wait_for(lambda: toy_entry.runtime_data.caught_up)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert not toy.subscribed


async def test_doors_come_and_go_without_reload(
    hass: HomeAssistant, toy: ToySystem, toy_entry: MockConfigEntry
) -> None:
    """A new door gets its entities, and a door that is gone loses its device."""
    registry = dr.async_get(hass)
    side = ToySystem(("Side",)).door_list
    toy.wire.put_nowait(DoorList((toy.door_list[0], *side)))
    await wait_for(lambda: hass.states.get("button.side_unlock") is not None)
    await hass.async_block_till_done()
    names = {
        device.name
        for device in dr.async_entries_for_config_entry(registry, toy_entry.entry_id)
    }
    assert names == {"Toy", "Front", "Side"}
    assert hass.states.get("button.back_unlock") is None


async def test_a_doors_state_reaches_its_entities_only(
    hass: HomeAssistant, toy: ToySystem, toy_entry: MockConfigEntry
) -> None:
    """A door's update writes the states of that door."""
    changes: list[Event] = async_capture_events(hass, "state_changed")
    toy.wire.put_nowait(DoorUpdate("front", DoorState(is_open=True)))
    await wait_for(lambda: state(hass, "binary_sensor.front_door") == "on")
    assert {change.data["entity_id"] for change in changes} == {
        "binary_sensor.front_door"
    }


async def test_what_can_not_be_understood_is_counted(
    hass: HomeAssistant,
    toy: ToySystem,
    toy_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A payload that nobody understands costs neither its neighbours nor the log."""
    events = async_capture_events(hass, EVENT_TYPE)
    for _ in range(3):
        toy.wire.put_nowait(Unreadable("stream", {"a": "int"}))
    toy.happen()
    await wait_for(lambda: len(events) == 1)
    assert toy_entry.runtime_data.troubles.unreadable == 3
    told = [
        record.message for record in caplog.records if record.levelname == "WARNING"
    ]
    assert len([text for text in told if "could not be understood" in text]) == 1


async def test_a_command_that_fails_is_not_tried_again(
    hass: HomeAssistant, toy: ToySystem, toy_entry: MockConfigEntry
) -> None:
    """Opening a door happens once, and a failure says why."""
    toy.refuse = ConnectError("timeout")
    with pytest.raises(HomeAssistantError, match="did not answer in time"):
        await hass.services.async_call(
            "button", "press", {"entity_id": "button.front_unlock"}, blocking=True
        )
    assert toy.opened == ["front"]


async def test_unknown_events_are_kept(
    hass: HomeAssistant, toy: ToySystem, toy_entry: MockConfigEntry
) -> None:
    """An event of a kind that has no entity, at no known door, is on the bus and kept."""
    events = async_capture_events(hass, EVENT_TYPE)
    toy.happen(kind=EventKind.OTHER, vendor_code="0xBEEF", door_id=None, person=None)
    await wait_for(lambda: len(events) == 1)
    assert events[0].data["vendor_code"] == "0xBEEF"
    assert events[0].data["device_id"] is None
    assert len(rows(hass)) == 1


async def test_late_events_never_turn_sensors_back(
    hass: HomeAssistant, toy: ToySystem, toy_entry: MockConfigEntry
) -> None:
    """The last-access sensors show the newest access, whatever is learned when."""
    toy.happen()
    await wait_for(lambda: state(hass, "sensor.front_last_person") == "Person 0")
    toy.happen(pushed=False)
    toy.happen()
    await wait_for(lambda: state(hass, "sensor.front_last_person") == "Person 2")
    toy.wire.put_nowait(HistoryNeeded("look again"))
    toy.happen(occurred_at=toy.log[0].occurred_at - timedelta(days=1))
    await wait_for(lambda: len(rows(hass)) == 4)
    assert state(hass, "sensor.front_last_person") == "Person 2"


@pytest.mark.parametrize("seed", range(8))
async def test_nothing_lost_nothing_twice(
    hass: HomeAssistant, toy: ToySystem, toy_entry: MockConfigEntry, seed: int
) -> None:
    """Whatever breaks in whatever order, each happening is kept once, and told once at most."""
    chance = random.Random(seed)
    events = async_capture_events(hass, EVENT_TYPE)
    for _ in range(60):
        match chance.randrange(12):
            case 0:
                toy.drop()
                await wait_for(lambda: not toy.listening)
            case 1:
                toy.break_history_after = chance.randrange(3)
            case 2:
                toy.happen(pushed=False)
                toy.wire.put_nowait(HistoryNeeded("a hole"))
            case 3:
                await hass.config_entries.async_reload(toy_entry.entry_id)
                assert toy_entry.state is ConfigEntryState.LOADED
            case 4:
                async_fire_time_changed(hass)
            case _:
                toy.happen()
        if chance.random() < 0.3:
            await hass.async_block_till_done()
    await wait_for(lambda: toy.listening)
    toy.happen(pushed=False)
    toy.wire.put_nowait(HistoryNeeded("the end"))
    await wait_for(lambda: len(rows(hass)) == len(toy.log))
    kept = dict(rows(hass))
    assert sorted(kept) == sorted(event.key for event in toy.log)
    told = [event.data["key"] for event in events]
    assert len(told) == len(set(told))
    assert set(told) <= {key for key, live in kept.items() if live}
