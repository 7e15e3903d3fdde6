"""Tests of the actions that concern devices, on a system that is played."""

from collections.abc import Sequence
from typing import Any, override

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.access_events.const import DOMAIN
from custom_components.access_events.models import Capability
from custom_components.access_events.systems.base import ConnectError
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers.translation import async_load_integrations

from .actions import FullToySystem, door_device, install, recorded

ACTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("set_image_filter", {"events": ["duress"]}),
    ("clear_device_log", {"confirm": True}),
)


class DeviceToySystem(FullToySystem):
    """A played system with devices."""

    capabilities = Capability.IMAGE_FILTERS | Capability.CLEAR_LOG

    @override
    async def set_image_filter(
        self, door_ids: Sequence[str], events: Sequence[str]
    ) -> None:
        """Note when pictures are wanted."""
        self._command("set_image_filter", tuple(door_ids), tuple(events))

    @override
    async def clear_log(self, door_ids: Sequence[str]) -> None:
        """Note that a log is to go, and how much of it was read."""
        self._command("clear_log", tuple(door_ids))


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> FullToySystem:
    """Return a system that a test plays."""
    return install(monkeypatch, DeviceToySystem())


@pytest.fixture(autouse=True)
async def words(hass: HomeAssistant) -> None:
    """Load the words of the refusals."""
    await async_load_integrations(hass, {DOMAIN})


async def act(hass: HomeAssistant, action: str, **data: Any) -> None:
    """Call an action."""
    await hass.services.async_call(DOMAIN, action, data, blocking=True)


async def test_done(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """The devices of chosen doors are meant, or else all; the log is read before."""
    system = {"config_entry_id": toy_entry.entry_id}
    front = door_device(hass, toy_entry, "front")
    await act(hass, "set_image_filter", events="duress", doors=front, **system)
    toy.happen(pushed=False)
    await act(hass, "clear_device_log", confirm=True, **system)
    await recorded(toy_entry, 1)
    assert toy.commands == [
        ("set_image_filter", ("front",), ("duress",)),
        ("clear_log", ()),
    ]


async def test_clearing_is_refused(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """What is not confirmed, and what could not be read before, is not cleared."""
    system = {"config_entry_id": toy_entry.entry_id}
    with pytest.raises(ServiceValidationError, match="Switch on the field confirm"):
        await act(hass, "clear_device_log", confirm=False, **system)
    toy.happen(pushed=False)
    toy.break_history_after = 0
    with pytest.raises(HomeAssistantError, match="No connection to the system"):
        await act(hass, "clear_device_log", confirm=True, **system)
    toy.refuse = ConnectError()
    toy.drop()
    await hass.async_block_till_done()
    with pytest.raises(ServiceValidationError, match="can't be reached"):
        await act(hass, "clear_device_log", confirm=True, **system)
    assert not toy.commands


@pytest.mark.parametrize(("action", "data"), ACTIONS)
async def test_other_systems(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    action: str,
    data: dict[str, Any],
) -> None:
    """A system that has no such devices says so."""
    toy.capabilities = Capability.IMAGES
    with pytest.raises(ServiceValidationError, match=f"no way for the action {action}"):
        await act(hass, action, config_entry_id=toy_entry.entry_id, **data)


@pytest.mark.parametrize(("action", "data"), ACTIONS)
async def test_administrators_only(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    hass_read_only_user: MockUser,
    action: str,
    data: dict[str, Any],
) -> None:
    """Nobody else may change what devices keep."""
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN,
            action,
            {"config_entry_id": toy_entry.entry_id, **data},
            blocking=True,
            context=Context(user_id=hass_read_only_user.id),
        )
    assert not toy.commands
