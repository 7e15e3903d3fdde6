"""Tests of the switch platform."""

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.access_events.models import Capability, SystemState
from custom_components.access_events.systems.base import RequestRejected
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .doors import assert_platform, change_system, set_up, value_of
from .toy import ToySystem

NAMES = ("evacuation", "lockdown", "exit_button")


async def turn(hass: HomeAssistant, name: str, to: str) -> None:
    """Turn a switch as a user does."""
    await hass.services.async_call(
        "switch", f"turn_{to}", {"entity_id": f"switch.toy_{name}"}, blocking=True
    )


async def test_entities(
    hass: HomeAssistant, toy: ToySystem, snapshot: SnapshotAssertion
) -> None:
    """The system has a switch for all that holds for all its doors."""
    await set_up(hass, toy)
    assert_platform(hass, snapshot, "switch")


async def test_only_what_the_system_can(
    hass: HomeAssistant, toy: ToySystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system without evacuation has no switch for it."""
    monkeypatch.setattr(
        ToySystem,
        "capabilities",
        property(lambda _: Capability.LOCKDOWN, lambda *_: None),
    )
    await set_up(hass, toy)
    assert hass.states.async_entity_ids("switch") == ["switch.toy_lockdown"]


def state_with(name: str, active: bool) -> SystemState:
    """Return the system's state with one of the two on or off."""
    fields: dict[str, Any] = {name: active}
    return SystemState(**fields)


@pytest.mark.parametrize("name", NAMES)
async def test_turn(hass: HomeAssistant, toy: ToySystem, name: str) -> None:
    """The system is asked, and what it then says is shown."""
    entry = await set_up(hass, toy)
    entity_id = f"switch.toy_{name}"
    assert value_of(hass, entity_id) == "unknown"
    await turn(hass, name, "on")
    assert toy.commands == [(f"set_{name}", True)]
    assert value_of(hass, entity_id) == "unknown"
    await change_system(hass, toy, entry, state_with(name, True))
    assert value_of(hass, entity_id) == "on"
    await turn(hass, name, "off")
    assert toy.commands[1:] == [(f"set_{name}", False)]
    await change_system(hass, toy, entry, state_with(name, False))
    assert value_of(hass, entity_id) == "off"


@pytest.mark.parametrize("name", NAMES)
async def test_refused(hass: HomeAssistant, toy: ToySystem, name: str) -> None:
    """What the system says against it reaches the user."""
    await set_up(hass, toy)
    toy.refuse = RequestRejected(reason="Not while a fire alarm is active")
    with pytest.raises(HomeAssistantError, match="Not while a fire alarm"):
        await turn(hass, name, "on")
    assert toy.commands == [(f"set_{name}", True)]
