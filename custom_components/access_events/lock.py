"""Lock platform for the Access Events integration."""

from collections.abc import Hashable
from typing import Any, override

from homeassistant.components.lock import (
    LockEntity,
    LockEntityDescription,
    LockEntityFeature,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import AccessConfigEntry, AccessCoordinator
from .entity import AccessLatestEntity, async_setup_doors, is_newer
from .models import Door, DoorFeature, DoorMode, EventKind, StoredEvent

# Commands to different doors never wait for each other: a door that opens when the
# person who asked has left is worse than one that does not open.
PARALLEL_UPDATES = 0

LOCK = LockEntityDescription(key="lock")

_CAN_OPEN, _CANNOT = LockEntityFeature.OPEN, LockEntityFeature(0)
_LOCKED_BY_MODE = {DoorMode.NORMAL: True, DoorMode.LOCKED_DOWN: True}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccessConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the locks of all doors that can be held unlocked."""
    coordinator = entry.runtime_data
    async_setup_doors(
        coordinator,
        async_add_entities,
        lambda door: (
            [AccessLock(coordinator, door)] if door.features & DoorFeature.HOLD else []
        ),
    )


class AccessLock(AccessLatestEntity, LockEntity):
    """A door's lock. What it shows is what the system says, never a guess."""

    _attr_name = None

    def __init__(self, coordinator: AccessCoordinator, door: Door) -> None:
        """Keep the door and who came last."""
        super().__init__(coordinator, door, LOCK)
        self._take_latest()

    @property
    @override
    def supported_features(self) -> LockEntityFeature:
        """Return whether the door can be opened for a moment."""
        return _CAN_OPEN if DoorFeature.OPEN in self.door.features else _CANNOT

    @property
    @override
    def is_locked(self) -> bool | None:
        """Tell whether the door is locked.

        A mode that unlocks wins, since a system may report a relay late. The other
        modes count only where the system does not report the lock itself.
        """
        state = self.door.state
        if state.mode in (DoorMode.UNLOCKED, DoorMode.TEMPORARILY_UNLOCKED):
            return False
        if state.is_locked is not None or state.mode is None:
            return state.is_locked
        return _LOCKED_BY_MODE.get(state.mode)

    @property
    @override
    def changed_by(self) -> str | None:
        """Return the person who was let in last."""
        if self._stored is None or self._stored.event.person is None:
            return None
        return self._stored.event.person.name

    @override
    def _value(self) -> Hashable:
        """Return what is shown beside availability."""
        return self.is_locked, self.changed_by, self.door.features

    @override
    def _take(self, stored: StoredEvent) -> None:
        """Keep an event if it let somebody in, and none later did."""
        # Under duress a door opens as well, and nobody who watches may see a difference.
        if stored.event.kind in (
            EventKind.ACCESS_GRANTED,
            EventKind.DURESS,
        ) and is_newer(stored, self._stored):
            self._stored = stored

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        """Return the door to normal: locked, and credentials work."""
        await self.coordinator.command(self.coordinator.system.release(self.door.id))

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        """Hold the door unlocked."""
        await self.coordinator.command(
            self.coordinator.system.hold_unlocked(self.door.id)
        )

    @override
    async def async_open(self, **kwargs: Any) -> None:
        """Open the door for a moment."""
        await self.coordinator.command(self.coordinator.system.open_door(self.door.id))
