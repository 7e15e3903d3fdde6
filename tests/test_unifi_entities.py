"""Tests of a UniFi Access site's entities, over the wire."""

from http import HTTPStatus

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .doors import state_of, value_of
from .simulators.unifi_access import UnifiAccessSimulator
from .wait import wait_for

FRONT = "Front Door"
ACCESS, LOCK = "event.front_door_access", "lock.front_door"


@pytest.fixture(autouse=True)
async def live(entry: MockConfigEntry) -> None:
    """Wait until what happens at the site is seen as it happens."""
    await wait_for(lambda: entry.runtime_data.caught_up)


async def call(hass: HomeAssistant, action: str, entity_id: str, **data: str) -> None:
    """Call an entity's action as a user does."""
    domain = entity_id.partition(".")[0]
    await hass.services.async_call(
        domain, action, {"entity_id": entity_id, **data}, blocking=True
    )


async def test_what_each_door_has(
    hass: HomeAssistant, snapshot: SnapshotAssertion
) -> None:
    """Each door has what its hub, its sensor and its readers can do."""
    shown = {state.entity_id: state.state for state in hass.states.async_all()}
    assert shown == snapshot.use_extension(HomeAssistantSnapshotExtension)


async def test_a_tap(hass: HomeAssistant, unifi: UnifiAccessSimulator) -> None:
    """A card is one event with all that is known, and the door's last access."""
    await unifi.tap(FRONT, "Jane Doe", opens=True)
    await wait_for(lambda: value_of(hass, ACCESS) != "unknown")
    attributes = state_of(hass, ACCESS).attributes
    assert attributes["event_type"] == "access_granted"
    assert attributes["person"] == "Jane Doe"
    assert attributes["method"] == "card"
    assert attributes["direction"] == "entry"
    assert value_of(hass, "sensor.front_door_last_person") == "Jane Doe"
    assert value_of(hass, "sensor.front_door_last_result") == "access_granted"
    await wait_for(lambda: state_of(hass, LOCK).attributes["changed_by"] == "Jane Doe")
    await wait_for(lambda: value_of(hass, "binary_sensor.front_door_door") == "on")
    assert value_of(hass, "binary_sensor.front_door_forced_open") == "off"
    assert value_of(hass, "event.side_door_access") == "unknown"


async def test_a_refusal(hass: HomeAssistant, unifi: UnifiAccessSimulator) -> None:
    """Somebody who is refused is named, and the door stays locked."""
    await unifi.tap("Side Door", "John Roe", granted=False)
    access = "event.side_door_access"
    await wait_for(lambda: value_of(hass, access) != "unknown")
    assert state_of(hass, access).attributes["event_type"] == "access_denied"
    assert state_of(hass, access).attributes["person"] == "John Roe"
    assert value_of(hass, "sensor.side_door_last_result") == "access_denied"
    assert value_of(hass, "lock.side_door") == "locked"


async def test_a_ring(hass: HomeAssistant, unifi: UnifiAccessSimulator) -> None:
    """A visitor who rings is a ring, and nobody was let in."""
    await unifi.ring(FRONT)
    doorbell = "event.front_door_doorbell"
    await wait_for(lambda: value_of(hass, doorbell) != "unknown")
    assert state_of(hass, doorbell).attributes["event_type"] == "ring"
    assert value_of(hass, ACCESS) == "unknown"


async def test_forced_open(hass: HomeAssistant, unifi: UnifiAccessSimulator) -> None:
    """A door that opens though nobody unlocked it raises the alarm until it closes."""
    await unifi.force_open(FRONT)
    forced, alarm = "binary_sensor.front_door_forced_open", "event.front_door_alarm"
    await wait_for(lambda: value_of(hass, forced) == "on")
    await wait_for(lambda: value_of(hass, alarm) != "unknown")
    assert state_of(hass, alarm).attributes["event_type"] == "door_forced_open"
    await unifi.close_door(FRONT)
    await wait_for(lambda: value_of(hass, forced) == "off")
    await wait_for(
        lambda: (
            state_of(hass, alarm).attributes["event_type"] == "door_forced_open_cleared"
        )
    )


@pytest.mark.parametrize(
    ("action", "entity_id"), [("press", "button.front_door_unlock"), ("open", LOCK)]
)
async def test_open(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, action: str, entity_id: str
) -> None:
    """The door is opened once, and everybody sees that it was Home Assistant."""
    await call(hass, action, entity_id)
    assert [item.door_name for item in await unifi.history(name="api_unlock")] == [
        FRONT
    ]
    await wait_for(lambda: value_of(hass, ACCESS) != "unknown")
    attributes = state_of(hass, ACCESS).attributes
    assert attributes["person"] == "Home Assistant"
    assert attributes["method"] == "remote"
    await wait_for(
        lambda: value_of(hass, "sensor.front_door_last_person") == "Home Assistant"
    )
    assert len(await unifi.history(name="api_unlock")) == 1


async def test_hold_and_release(
    hass: HomeAssistant, unifi: UnifiAccessSimulator
) -> None:
    """The lock and the mode follow the rule that the system has."""
    mode = "select.front_door_door_mode"
    await call(hass, "unlock", LOCK)
    await wait_for(lambda: value_of(hass, LOCK) == "unlocked")
    await wait_for(lambda: value_of(hass, mode) == "unlocked")
    assert (await unifi.state_of(FRONT))["rule"].type == "keep_unlock"
    await call(hass, "lock", LOCK)
    await wait_for(lambda: value_of(hass, LOCK) == "locked")
    await wait_for(lambda: value_of(hass, mode) == "normal")
    assert (await unifi.state_of(FRONT))["rule"] is None


async def test_door_mode(hass: HomeAssistant, unifi: UnifiAccessSimulator) -> None:
    """A chosen mode is the system's rule, and a rule of others is shown."""
    mode = "select.front_door_door_mode"
    await call(hass, "select_option", mode, option="locked_down")
    assert (await unifi.state_of(FRONT))["rule"].type == "keep_lock"
    await wait_for(lambda: value_of(hass, mode) == "locked_down")
    await unifi.change_rule(FRONT, "custom", interval=5)
    await wait_for(lambda: value_of(hass, mode) == "temporarily_unlocked")
    assert value_of(hass, LOCK) == "unlocked"
    await call(hass, "select_option", mode, option="normal")
    await wait_for(lambda: value_of(hass, mode) == "normal")
    assert value_of(hass, LOCK) == "locked"


@pytest.mark.parametrize("name", ["evacuation", "lockdown"])
async def test_emergencies(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, name: str
) -> None:
    """A switch sets the whole site, and shows what others set."""
    switch = f"switch.udm_pro_{name}"
    assert value_of(hass, switch) == "off"
    await call(hass, "turn_on", switch)
    assert getattr(unifi.site, name) is True
    await wait_for(lambda: value_of(hass, switch) == "on")
    await unifi.emergency(**{name: False})
    await wait_for(lambda: value_of(hass, switch) == "off")


async def test_an_offline_hub(hass: HomeAssistant, unifi: UnifiAccessSimulator) -> None:
    """A hub that is offline takes its own door only."""
    connection = "binary_sensor.front_door_connection"
    hub = (await unifi.state_of(FRONT))["hub"]
    await unifi.device_offline(hub)
    await wait_for(lambda: value_of(hass, connection) == "off")
    assert value_of(hass, LOCK) == "unavailable"
    assert value_of(hass, "lock.side_door") == "locked"
    await unifi.device_online(hub)
    await wait_for(lambda: value_of(hass, connection) == "on")
    assert value_of(hass, LOCK) == "locked"


async def test_last_snapshot(
    hass: HomeAssistant,
    unifi: UnifiAccessSimulator,
    hass_client: ClientSessionGenerator,
) -> None:
    """A picture that was taken at the door can be looked at."""
    image = "image.front_door_last_snapshot"
    await unifi.tap(FRONT, "Jane Doe", picture=True)
    await wait_for(lambda: hass.states.get(image))
    await wait_for(lambda: value_of(hass, image) not in ("unknown", "unavailable"))
    await async_setup_component(hass, "http", {})
    client = await hass_client()
    answer = await client.get(state_of(hass, image).attributes["entity_picture"])
    assert answer.status == HTTPStatus.OK
    assert answer.content_type == "image/jpeg"
    assert (await answer.read()).startswith(b"\xff\xd8\xff")
