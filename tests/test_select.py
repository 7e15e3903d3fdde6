"""Tests of the select platform."""

import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.access_events.models import DoorMode
from custom_components.access_events.systems.base import RequestRejected
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .doors import assert_platform, change, set_up, state_of, value_of
from .toy import ToySystem

MODE = "select.front_door_mode"


async def choose(hass: HomeAssistant, option: str) -> None:
    """Choose a mode as a user does."""
    await hass.services.async_call(
        "select", "select_option", {"entity_id": MODE, "option": option}, blocking=True
    )


async def test_entities(
    hass: HomeAssistant, toy: ToySystem, snapshot: SnapshotAssertion
) -> None:
    """Only a door with modes has the select."""
    await set_up(hass, toy)
    assert_platform(hass, snapshot, "select")


@pytest.mark.parametrize("mode", [DoorMode.UNLOCKED, DoorMode.LOCKED_DOWN])
async def test_choose(hass: HomeAssistant, toy: ToySystem, mode: DoorMode) -> None:
    """The system is asked once, and what it then says is shown."""
    entry = await set_up(hass, toy)
    await choose(hass, mode.value)
    assert toy.commands == [("set_mode", "front", mode)]
    assert value_of(hass, MODE) == "normal"
    await change(hass, toy, entry, mode=mode)
    assert value_of(hass, MODE) == mode.value


async def test_a_mode_that_only_the_system_sets(
    hass: HomeAssistant, toy: ToySystem
) -> None:
    """It is shown while it lasts, and refused in words when chosen."""
    entry = await set_up(hass, toy)
    await change(hass, toy, entry, mode=DoorMode.SCHEDULED)
    state = state_of(hass, MODE)
    assert state.state == "scheduled"
    assert state.attributes["options"] == [
        "normal",
        "unlocked",
        "locked_down",
        "scheduled",
    ]
    with pytest.raises(ServiceValidationError, match="Front can't be set to scheduled"):
        await choose(hass, "scheduled")
    assert toy.commands == []
    await change(hass, toy, entry, mode=DoorMode.NORMAL)
    assert "scheduled" not in state_of(hass, MODE).attributes["options"]


async def test_an_unknown_mode(hass: HomeAssistant, toy: ToySystem) -> None:
    """A mode that the system does not tell is unknown, and can still be chosen."""
    entry = await set_up(hass, toy)
    await change(hass, toy, entry, mode=None)
    assert value_of(hass, MODE) == "unknown"
    await choose(hass, "normal")
    assert toy.commands == [("set_mode", "front", DoorMode.NORMAL)]


async def test_refused(hass: HomeAssistant, toy: ToySystem) -> None:
    """What the system says against it reaches the user."""
    await set_up(hass, toy)
    toy.refuse = RequestRejected(reason="An evacuation is active")
    with pytest.raises(HomeAssistantError, match="An evacuation is active"):
        await choose(hass, "unlocked")
    assert value_of(hass, MODE) == "normal"
