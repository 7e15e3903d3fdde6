"""Tests of a place of CLUe in Home Assistant, from its wire to states and log."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.access_events.const import (
    CONF_IMPORT_DAYS,
    CONF_VENDOR,
    DOMAIN,
    EVENT_TYPE,
)
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component

from .actions import ask
from .doors import state_of, value_of
from .forms import words
from .simulators.clue import ClueSimulator
from .wait import wait_for

ACCESS = "event.supremajp_in_access"


@pytest.fixture
async def clue(socket_enabled: None) -> AsyncGenerator[ClueSimulator]:
    """Return a running cloud where one door has been used."""
    async with ClueSimulator() as simulator:
        await simulator.flow_success(0, "Jane Doe")
        yield simulator


@pytest.fixture
def place(hass: HomeAssistant, clue: ClueSimulator) -> MockConfigEntry:
    """Return a config entry of the place, not set up yet."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="CLUe 448",
        unique_id="448",
        data={CONF_VENDOR: "clue", CONF_IMPORT_DAYS: 7, **clue.config()},
        options={"poll_interval": 0.05},
    )
    entry.add_to_hass(hass)
    return entry


async def set_up(hass: HomeAssistant, place: MockConfigEntry) -> None:
    """Set the place up and wait until it is followed."""
    assert await hass.config_entries.async_setup(place.entry_id)
    await hass.async_block_till_done()
    await wait_for(lambda: place.runtime_data.caught_up)


async def test_three_flows(
    hass: HomeAssistant, clue: ClueSimulator, place: MockConfigEntry
) -> None:
    """Success and both failures end in the entities of the right door."""
    await set_up(hass, place)
    assert value_of(hass, ACCESS) == "unknown"
    assert value_of(hass, "sensor.supremajp_in_last_person") == "Jane Doe"
    assert value_of(hass, "binary_sensor.supremajp_in_lock") == "off"
    assert hass.states.get("button.supremajp_in_unlock") is None
    assert hass.states.get("lock.supremajp_in") is None
    events = async_capture_events(hass, EVENT_TYPE)
    shown: list[str] = []
    hass.bus.async_listen(
        "state_changed",
        lambda event: (
            shown.append(event.data["new_state"].state)
            if event.data["entity_id"] == "binary_sensor.supremajp_in_lock"
            else None
        ),
    )

    await clue.flow_success(0, "John Roe")
    await wait_for(lambda: len(events) == 4)
    await hass.async_block_till_done()
    assert [event.data["kind"] for event in events] == [
        *("access_granted", "access_granted", "door_unlocked", "door_locked"),
    ]
    assert state_of(hass, ACCESS).attributes["event_type"] == "access_granted"
    assert state_of(hass, ACCESS).attributes["method"] == "unknown"
    assert value_of(hass, "sensor.supremajp_in_last_person") == "John Roe"
    assert shown == ["on", "off"]

    await clue.flow_vendor_failure(0, "Jane Doe")
    await wait_for(lambda: len(events) == 6)
    await hass.async_block_till_done()
    attributes = state_of(hass, ACCESS).attributes
    assert attributes["event_type"] == "access_denied"
    assert attributes["reason"] == "Refused by the connected third-party system"
    assert value_of(hass, "sensor.supremajp_in_last_result") == "access_denied"

    await clue.flow_clue_failure(0)
    await wait_for(lambda: len(events) == 7)
    await hass.async_block_till_done()
    assert state_of(hass, ACCESS).attributes["event_type"] == "unknown_credential"
    assert place.runtime_data.recorded == 11


async def test_doors_survive_a_restart(
    hass: HomeAssistant, clue: ClueSimulator, place: MockConfigEntry
) -> None:
    """A door stays, with its name, though the cloud has nothing of it any more."""
    await set_up(hass, place)
    await clue.flow_success("Büro", 0)
    await wait_for(lambda: hass.states.get("event.buro_access"))
    await wait_for(lambda: place.runtime_data.recorded == 8)
    assert await hass.config_entries.async_unload(place.entry_id)
    await clue.clear_log()
    await set_up(hass, place)
    assert value_of(hass, "event.buro_access") not in ("unknown", "unavailable")
    assert value_of(hass, "sensor.buro_last_person") == "Jane Doe"
    assert place.runtime_data.recorded == 8


async def test_a_door_that_is_gone(
    hass: HomeAssistant,
    clue: ClueSimulator,
    place: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """CLUe never tells that a door is gone; the user does, and it comes with its next event."""
    assert await async_setup_component(hass, "config", {})
    await set_up(hass, place)
    await clue.flow_success("Büro", 0)
    await wait_for(lambda: hass.states.get("event.buro_access"))
    await wait_for(lambda: place.runtime_data.recorded == 8)
    devices = dr.async_get(hass)
    (door,) = (each for each in devices.devices if each.name == "Büro")
    ws = await hass_ws_client(hass)
    assert (await ws.remove_device(door.id))["success"]
    await hass.async_block_till_done()
    assert devices.async_get(door.id) is None
    assert hass.states.get("event.buro_access") is None

    # The log still tells of it, at each poll and after a restart.
    polls = place.runtime_data.system.polls
    await wait_for(lambda: place.runtime_data.system.polls > polls + 2)
    assert await hass.config_entries.async_unload(place.entry_id)
    await set_up(hass, place)
    polls = place.runtime_data.system.polls
    await wait_for(lambda: place.runtime_data.system.polls > polls + 2)
    assert {each.name for each in devices.devices} == {
        "CLUe 448",
        "SupremaJP_In",
    }
    assert place.runtime_data.recorded == 8

    await clue.flow_success("Büro", 0)
    await wait_for(lambda: hass.states.get("event.buro_access"))
    await wait_for(lambda: place.runtime_data.recorded == 12)

    (system,) = (each for each in devices.devices if each.name == "CLUe 448")
    answer = await ws.remove_device(system.id)
    assert "CLUe 448 can't be removed alone" in answer["error"]["message"]
    assert devices.async_get(system.id)


async def test_an_expired_key(
    hass: HomeAssistant, clue: ClueSimulator, place: MockConfigEntry
) -> None:
    """A key whose time is over asks for a new one, which is then used."""
    await set_up(hass, place)
    await clue.expire_key()
    await wait_for(lambda: list(place.async_get_active_flows(hass, {"reauth"})))
    (flow,) = place.async_get_active_flows(hass, {"reauth"})
    await clue.rotate_key()
    result: Any = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"api_key": "wrong"}
    )
    assert "validity period" in words(result)
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"api_key": f"Bearer {clue.key}"}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    await wait_for(lambda: place.runtime_data.caught_up)


async def test_several_pictures_of_a_face(
    hass: HomeAssistant, clue: ClueSimulator, place: MockConfigEntry, tmp_path: Path
) -> None:
    """A person is registered with all pictures that an action names."""
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    files = [tmp_path / "left.jpg", tmp_path / "right.jpg"]
    for file in files:
        Image.new("RGB", (320, 240)).save(file)
    await set_up(hass, place)
    answer = await ask(
        hass,
        "register_user",
        config_entry_id=place.entry_id,
        name="John Roe",
        user_id="emp-7",
        face_image=[str(file) for file in files],
    )
    assert "face_image" in answer["done"]
    (person,) = [item for item in await clue.people() if item["key"] == "emp-7"]
    assert person["auth"]["credentials"]["faceImages"] == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"api_key": "nonsense"}, "validity period"),
        ({"place_id": "9999"}, "does not know this place"),
        ({"place_id": "main"}, "place ID is a number"),
        ({"base_url": "ftp://x"}, "https://"),
        ({"base_url": "http://127.0.0.1:1/v1"}, "refuses connections"),
    ],
)
async def test_the_form(
    hass: HomeAssistant, clue: ClueSimulator, changes: dict[str, str], said: str
) -> None:
    """Each cause of failure is named, and what is right makes an entry."""
    flow = hass.config_entries.flow
    menu = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    await flow.async_configure(menu["flow_id"], {"next_step_id": "clue"})
    result: Any = await flow.async_configure(menu["flow_id"], clue.config() | changes)
    assert said in words(result)
    result = await flow.async_configure(menu["flow_id"], clue.config())
    assert result["step_id"] == "history"
    assert result["description_placeholders"]["doors"] == "1"
    result = await flow.async_configure(menu["flow_id"], {"import_days": 0})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == "448"
    assert result["result"].options == {}
