"""Doors of the played system, and what platform tests do with them."""

from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from custom_components.access_events.const import CONF_IMPORT_DAYS, CONF_VENDOR, DOMAIN
from custom_components.access_events.coordinator import AccessCoordinator
from custom_components.access_events.models import (
    AccessEvent,
    Capability,
    Door,
    DoorFeature,
    DoorMode,
    DoorState,
    SystemState,
)
from custom_components.access_events.systems.base import (
    DoorUpdate,
    HistoryNeeded,
    SystemUpdate,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er

from .toy import TOY, ToySystem
from .wait import wait_for

FRONT = Door(
    id="front",
    name="Front",
    features=reduce(or_, DoorFeature),
    modes=(DoorMode.NORMAL, DoorMode.UNLOCKED, DoorMode.LOCKED_DOWN),
    state=DoorState(
        is_open=False,
        is_locked=True,
        mode=DoorMode.NORMAL,
        online=True,
        forced_open=False,
        held_open=False,
        tamper=False,
        do_not_disturb=False,
        hold_open=False,
        auto_open=False,
    ),
)
"""A door that can do all."""

BACK = Door(
    id="back",
    name="Back",
    features=DoorFeature.ACCESS | DoorFeature.LOCK_STATE,
    state=DoorState(is_locked=True),
)
"""A door that can only be watched."""


async def set_up(hass: HomeAssistant, toy: ToySystem, *doors: Door) -> MockConfigEntry:
    """Set up the played system with these doors, or with both."""
    toy.door_list = list(doors or (FRONT, BACK))
    toy.capabilities = reduce(or_, Capability)
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Toy",
        entry_id="toy_entry",
        unique_id="toy-1",
        data={CONF_VENDOR: TOY.key, CONF_IMPORT_DAYS: 7},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await wait_for(lambda: toy.listening)
    await recorded(hass, toy, entry)
    return entry


async def recorded(hass: HomeAssistant, toy: ToySystem, entry: MockConfigEntry) -> None:
    """Wait until all that happened is recorded and shown."""
    coordinator: AccessCoordinator = entry.runtime_data
    await wait_for(lambda: coordinator.recorded == len(toy.log))
    await hass.async_block_till_done()


async def replay(
    hass: HomeAssistant, toy: ToySystem, entry: MockConfigEntry, **fields: Any
) -> AccessEvent:
    """Let something happen that the stream misses and history tells."""
    event = toy.happen(pushed=False, **fields)
    toy.wire.put_nowait(HistoryNeeded("something was missed"))
    await recorded(hass, toy, entry)
    return event


async def change(
    hass: HomeAssistant,
    toy: ToySystem,
    entry: MockConfigEntry,
    door_id: str = "front",
    /,
    **fields: Any,
) -> None:
    """Let a door's state change, and wait until it is shown."""
    doors = entry.runtime_data.doors
    state = replace(doors[door_id].state, **fields)
    toy.wire.put_nowait(DoorUpdate(door_id, state))
    await wait_for(lambda: doors[door_id].state == state)
    await hass.async_block_till_done()


async def change_system(
    hass: HomeAssistant, toy: ToySystem, entry: MockConfigEntry, state: SystemState
) -> None:
    """Let the system's state change, and wait until it is shown."""
    toy.wire.put_nowait(SystemUpdate(state))
    await wait_for(lambda: entry.runtime_data.system_state == state)
    await hass.async_block_till_done()


def state_of(hass: HomeAssistant, entity_id: str) -> State:
    """Return an entity's state, which must exist."""
    state = hass.states.get(entity_id)
    assert state is not None, f"There is no {entity_id}"
    return state


def value_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return what an entity shows."""
    return state_of(hass, entity_id).state


def assert_platform(
    hass: HomeAssistant, snapshot: SnapshotAssertion, platform: str
) -> None:
    """Compare the registry and the states of a platform with what they were."""
    entries = sorted(
        (
            entry
            for entry in er.async_get(hass).entities.values()
            if entry.platform == DOMAIN and entry.domain == platform
        ),
        key=lambda entry: entry.entity_id,
    )
    assert entries
    snapshot = snapshot.use_extension(HomeAssistantSnapshotExtension)
    for entry in entries:
        assert entry == snapshot(name=f"{entry.entity_id}-entry")
        if entry.disabled_by is None:
            assert hass.states.get(entry.entity_id) == snapshot(
                name=f"{entry.entity_id}-state",
                exclude=props("access_token", "entity_picture"),
            )
