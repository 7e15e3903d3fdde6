"""Tests of the button platform."""

import asyncio

import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.access_events.systems.base import (
    ConnectError,
    PermissionMissing,
    RequestRejected,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .doors import FRONT, assert_platform, change, set_up, value_of
from .toy import ToySystem

UNLOCK = "button.front_unlock"


async def press(hass: HomeAssistant, entity_id: str = UNLOCK) -> None:
    """Press a button as a user does."""
    await hass.services.async_call(
        "button", "press", {"entity_id": entity_id}, blocking=True
    )


async def test_entities(
    hass: HomeAssistant, toy: ToySystem, snapshot: SnapshotAssertion
) -> None:
    """Only a door that can be opened has the button."""
    await set_up(hass, toy)
    assert_platform(hass, snapshot, "button")


async def test_press_opens_the_door_once(hass: HomeAssistant, toy: ToySystem) -> None:
    """A press is one opening of this door."""
    await set_up(hass, toy)
    await press(hass)
    assert toy.commands == [("open_door", "front")]


@pytest.mark.parametrize(
    "error",
    [
        ConnectError(),
        RequestRejected(reason="The door is offline"),
        PermissionMissing("edit:space"),
    ],
)
async def test_a_press_that_fails_is_not_tried_again(
    hass: HomeAssistant, toy: ToySystem, error: Exception
) -> None:
    """The user hears of it, and the door is not opened later."""
    await set_up(hass, toy)
    toy.refuse = error  # type: ignore[assignment]
    with pytest.raises(HomeAssistantError):
        await press(hass)
    toy.refuse = None
    await hass.async_block_till_done()
    assert toy.commands == [("open_door", "front")]


async def test_doors_do_not_wait_for_each_other(
    hass: HomeAssistant, toy: ToySystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A door that does not answer does not keep another one shut."""
    side = FRONT.__class__(id="side", name="Side", features=FRONT.features)
    await set_up(hass, toy, FRONT, side)
    stuck, opened = asyncio.Event(), toy.open_door

    async def open_door(door_id: str) -> None:
        if door_id == "front":
            await stuck.wait()
        await opened(door_id)

    monkeypatch.setattr(toy, "open_door", open_door)
    waiting = hass.async_create_task(press(hass))
    async with asyncio.timeout(2):
        await press(hass, "button.side_unlock")
    assert toy.commands == [("open_door", "side")]
    stuck.set()
    await waiting
    assert toy.commands == [("open_door", "side"), ("open_door", "front")]


async def test_unavailable_with_its_controller(
    hass: HomeAssistant, toy: ToySystem
) -> None:
    """A press on an offline door does nothing."""
    entry = await set_up(hass, toy)
    await change(hass, toy, entry, online=False)
    assert value_of(hass, UNLOCK) == "unavailable"
    await press(hass)
    assert toy.commands == []
