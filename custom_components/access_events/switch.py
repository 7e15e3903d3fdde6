"""Switch platform for the Access Events integration."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import AccessConfigEntry
from .entity import AccessSystemEntity
from .models import Capability, SystemState
from .systems.base import AccessSystem

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class AccessSwitchDescription(SwitchEntityDescription):
    """Describes a switch of the system."""

    capability: Capability
    value_fn: Callable[[SystemState], bool | None]
    set_fn: Callable[[AccessSystem, bool], Awaitable[None]]


SWITCHES = (
    AccessSwitchDescription(
        key="evacuation",
        translation_key="evacuation",
        capability=Capability.EVACUATION,
        value_fn=lambda state: state.evacuation,
        set_fn=lambda system, active: system.set_evacuation(active),
    ),
    AccessSwitchDescription(
        key="lockdown",
        translation_key="lockdown",
        capability=Capability.LOCKDOWN,
        value_fn=lambda state: state.lockdown,
        set_fn=lambda system, active: system.set_lockdown(active),
    ),
    AccessSwitchDescription(
        key="exit_button",
        translation_key="exit_button",
        entity_category=EntityCategory.CONFIG,
        capability=Capability.EXIT_BUTTON,
        value_fn=lambda state: state.exit_button,
        set_fn=lambda system, active: system.set_exit_button(active),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccessConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches of the system."""
    coordinator = entry.runtime_data
    async_add_entities(
        AccessSwitch(coordinator, description)
        for description in SWITCHES
        if description.capability in coordinator.system.capabilities
    )


class AccessSwitch(AccessSystemEntity, SwitchEntity):
    """Something that holds for all doors at once."""

    entity_description: AccessSwitchDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return what the system says."""
        return self.entity_description.value_fn(self.coordinator.system_state)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Begin it."""
        await self._async_set(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """End it."""
        await self._async_set(False)

    async def _async_set(self, active: bool) -> None:
        """Ask the system for it."""
        await self.coordinator.command(
            self.entity_description.set_fn(self.coordinator.system, active)
        )
