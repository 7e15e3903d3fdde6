"""Select platform for the Access Events integration."""

from collections.abc import Hashable
from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .coordinator import AccessConfigEntry
from .entity import AccessDoorEntity, async_setup_doors
from .models import DoorMode

# Commands to different doors never wait for each other.
PARALLEL_UPDATES = 0

MODE = SelectEntityDescription(key="mode", translation_key="mode")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccessConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the modes of all doors that have some."""
    coordinator = entry.runtime_data
    async_setup_doors(
        coordinator,
        async_add_entities,
        lambda door: [AccessModeSelect(coordinator, door, MODE)] if door.modes else [],
    )


class AccessModeSelect(AccessDoorEntity, SelectEntity):
    """How a door behaves until somebody changes it."""

    @property
    @override
    def options(self) -> list[str]:
        """Return the modes that can be chosen, and the present one."""
        modes = self.door.modes
        if (mode := self.door.state.mode) is not None and mode not in modes:
            modes = (*modes, mode)
        return [mode.value for mode in modes]

    @property
    @override
    def current_option(self) -> str | None:
        """Return the present mode."""
        return None if self.door.state.mode is None else self.door.state.mode.value

    @override
    def _value(self) -> Hashable:
        """Return what is shown beside availability."""
        return self.door.modes, self.door.state.mode

    @override
    async def async_select_option(self, option: str) -> None:
        """Set a mode, if it is one that can be set."""
        mode = DoorMode(option)
        if mode not in self.door.modes:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="mode_not_selectable",
                translation_placeholders={"door": self.door.name, "mode": option},
            )
        await self.coordinator.command(
            self.coordinator.system.set_mode(self.door.id, mode)
        )
