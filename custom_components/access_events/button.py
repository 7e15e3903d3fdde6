"""Button platform for the Access Events integration."""

from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import AccessConfigEntry
from .entity import AccessDoorEntity, async_setup_doors
from .models import DoorFeature

# A press never waits for another door: a door that opens when the person who asked
# has left is worse than one that does not open.
PARALLEL_UPDATES = 0

UNLOCK = ButtonEntityDescription(key="unlock", translation_key="unlock")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccessConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons of all doors that can be opened."""
    coordinator = entry.runtime_data
    async_setup_doors(
        coordinator,
        async_add_entities,
        lambda door: (
            [AccessUnlockButton(coordinator, door, UNLOCK)]
            if door.features & DoorFeature.OPEN
            else []
        ),
    )


class AccessUnlockButton(AccessDoorEntity, ButtonEntity):
    """A button that opens a door for a moment."""

    @override
    async def async_press(self) -> None:
        """Open the door, once."""
        await self.coordinator.command(self.coordinator.system.open_door(self.door.id))
