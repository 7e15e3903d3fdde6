"""Tests of the lock platform."""

from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.access_events.models import (
    DoorFeature,
    DoorMode,
    DoorState,
    EventKind,
    Person,
)
from custom_components.access_events.systems.base import RequestRejected
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .doors import (
    FRONT,
    assert_platform,
    change,
    recorded,
    replay,
    set_up,
    state_of,
    value_of,
)
from .toy import START, ToySystem

LOCK = "lock.front"


async def test_entities(
    hass: HomeAssistant, toy: ToySystem, snapshot: SnapshotAssertion
) -> None:
    """Only a door that can be held unlocked is a lock."""
    await set_up(hass, toy)
    assert_platform(hass, snapshot, "lock")


@pytest.mark.parametrize(
    ("is_locked", "mode", "shown"),
    [
        (True, DoorMode.NORMAL, "locked"),
        (False, DoorMode.NORMAL, "unlocked"),
        (None, DoorMode.NORMAL, "locked"),
        (True, DoorMode.UNLOCKED, "unlocked"),
        (None, DoorMode.TEMPORARILY_UNLOCKED, "unlocked"),
        (None, DoorMode.LOCKED_DOWN, "locked"),
        (False, DoorMode.LOCKED_DOWN, "unlocked"),
        (None, DoorMode.SCHEDULED, "unknown"),
        (True, None, "locked"),
        (None, None, "unknown"),
    ],
)
async def test_states(
    hass: HomeAssistant,
    toy: ToySystem,
    is_locked: bool | None,
    mode: DoorMode | None,
    shown: str,
) -> None:
    """The lock shows what the system says, and nothing that it does not."""
    entry = await set_up(hass, toy)
    await change(hass, toy, entry, is_locked=is_locked, mode=mode, online=None)
    assert value_of(hass, LOCK) == shown


@pytest.mark.parametrize(
    ("action", "command"),
    [("unlock", "hold_unlocked"), ("lock", "release"), ("open", "open_door")],
)
async def test_commands(
    hass: HomeAssistant, toy: ToySystem, action: str, command: str
) -> None:
    """Each action is one command, and the state waits for the system's word."""
    entry = await set_up(hass, toy)
    await hass.services.async_call("lock", action, {"entity_id": LOCK}, blocking=True)
    assert toy.commands == [(command, "front")]
    assert value_of(hass, LOCK) == "locked"
    await change(hass, toy, entry, is_locked=False, mode=DoorMode.UNLOCKED)
    assert value_of(hass, LOCK) == "unlocked"


@pytest.mark.parametrize("action", ["unlock", "lock", "open"])
async def test_a_command_that_fails_is_not_tried_again(
    hass: HomeAssistant, toy: ToySystem, action: str
) -> None:
    """The user is told what the system said, after one try."""
    await set_up(hass, toy)
    toy.refuse = RequestRejected(reason="The door is under maintenance")
    with pytest.raises(HomeAssistantError, match="The door is under maintenance"):
        await hass.services.async_call(
            "lock", action, {"entity_id": LOCK}, blocking=True
        )
    assert len(toy.commands) == 1


async def test_a_door_that_can_not_be_opened_has_no_open(
    hass: HomeAssistant, toy: ToySystem
) -> None:
    """A lock without a momentary opening does not offer one."""
    await set_up(hass, toy, replace(FRONT, features=FRONT.features & ~DoorFeature.OPEN))
    assert state_of(hass, LOCK).attributes["supported_features"] == 0
    with pytest.raises(HomeAssistantError):
        await hass.services.async_call(
            "lock", "open", {"entity_id": LOCK}, blocking=True
        )
    assert toy.commands == []


async def test_changed_by(hass: HomeAssistant, toy: ToySystem) -> None:
    """The lock tells who was let in last, whenever that became known."""
    toy.happen(person=Person(id="1", name="Jane Doe"))
    entry = await set_up(hass, toy)
    assert state_of(hass, LOCK).attributes["changed_by"] == "Jane Doe"
    toy.happen(person=Person(id="2", name="John Roe"))
    toy.happen(kind=EventKind.ACCESS_DENIED, person=Person(id="3", name="Ann Poe"))
    toy.happen(kind=EventKind.DOOR_OPENED, person=Person(id="3", name="Ann Poe"))
    toy.happen(door_id="back", person=Person(id="3", name="Ann Poe"))
    await recorded(hass, toy, entry)
    assert state_of(hass, LOCK).attributes["changed_by"] == "John Roe"
    await replay(
        hass,
        toy,
        entry,
        person=Person(name="Ann Poe"),
        occurred_at=START.replace(year=2025),
    )
    assert state_of(hass, LOCK).attributes["changed_by"] == "John Roe"
    await replay(hass, toy, entry, person=Person(name="Ann Poe"))
    assert state_of(hass, LOCK).attributes["changed_by"] == "Ann Poe"


async def test_unavailable_with_its_controller(
    hass: HomeAssistant, toy: ToySystem
) -> None:
    """A lock whose controller is offline can't be used."""
    entry = await set_up(hass, toy)
    await change(hass, toy, entry, online=False)
    assert value_of(hass, LOCK) == "unavailable"
    await change(hass, toy, entry, online=True)
    assert value_of(hass, LOCK) == "locked"


async def test_a_door_that_tells_nothing(hass: HomeAssistant, toy: ToySystem) -> None:
    """A lock of which nothing is known says so."""
    await set_up(hass, toy, replace(FRONT, state=DoorState()))
    assert value_of(hass, LOCK) == "unknown"
