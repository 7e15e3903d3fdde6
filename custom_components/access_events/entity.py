"""Base entities for the Access Events integration."""

from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import override

from homeassistant.core import Context, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .coordinator import AccessCoordinator
from .models import Door, DoorFeature, Person, StoredEvent
from .privacy import is_among


@dataclass(frozen=True, kw_only=True)
class DoorEntityDescription(EntityDescription):
    """Describes an entity of a door, and which doors have it."""

    features: DoorFeature
    """The door needs at least one of these."""
    unless: DoorFeature | None = None
    """The door must have none of these."""

    def suits(self, door: Door) -> bool:
        """Tell whether a door has this entity."""
        if self.unless and door.features & self.unless:
            return False
        return bool(door.features & self.features)


class AccessEntity(Entity):
    """What the entities of doors and of the system have in common."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _shown: Hashable = None

    def __init__(
        self,
        coordinator: AccessCoordinator,
        description: EntityDescription,
        door_id: str | None,
    ) -> None:
        """Keep what the entity is of."""
        self.coordinator = coordinator
        self.entity_description = description
        self._door_id = door_id
        entry_id = coordinator.entry.entry_id
        prefix = entry_id if door_id is None else f"{entry_id}_{door_id}"
        self._attr_unique_id = f"{prefix}_{description.key}"

    @property
    @override
    def available(self) -> bool:
        """Tell whether the system is reachable."""
        return self.coordinator.available

    @override
    async def async_added_to_hass(self) -> None:
        """Hear of changes at the door, or of the system's."""
        await super().async_added_to_hass()
        self._async_refresh()
        self._shown = (self.available, self._value())
        self.async_on_remove(
            self.coordinator.router.on_state(self._door_id, self._async_show)
        )

    @callback
    def _async_refresh(self) -> None:
        """Take over what is current before a value is shown."""

    def _value(self) -> Hashable:
        """Return what is shown beside availability; cheap, for it is asked often."""
        return self.state

    @callback
    def _async_show(self, context: Context | None = None) -> None:
        """Write the state if it is another one now.

        A door's state is one object for all entities of the door, and most of them
        show nothing of what changed.
        """
        self._async_refresh()
        if (shown := (self.available, self._value())) == self._shown:
            return
        self._shown = shown
        self._async_write(context)

    @callback
    def _async_write(self, context: Context | None) -> None:
        """Write the state."""
        if context is None:
            self.async_write_ha_state()
            return
        # It is that of the event that made it change; the next change may be another's.
        before = self._context, self._context_set
        self.async_set_context(context)
        self.async_write_ha_state()
        self._context, self._context_set = before


class AccessDoorEntity(AccessEntity):
    """An entity of a door."""

    _needs_controller = True
    """Whether the entity is of no use while the door's own controller is offline."""

    def __init__(
        self, coordinator: AccessCoordinator, door: Door, description: EntityDescription
    ) -> None:
        """Keep the door."""
        super().__init__(coordinator, description, door.id)
        self.door = door
        self._attr_device_info = coordinator.device_info(door)

    @property
    @override
    def available(self) -> bool:
        """Tell whether the system, and where it matters the door, is reachable."""
        return super().available and not (
            self._needs_controller and self.door.state.online is False
        )

    @callback
    @override
    def _async_refresh(self) -> None:
        """Take the door as it is now; one that is gone stays as it was last."""
        self.door = self.coordinator.doors.get(self.door.id, self.door)


class AccessLatestEntity(AccessDoorEntity):
    """An entity that shows something of the newest event at a door that has it."""

    _stored: StoredEvent | None = None
    """The event that is shown."""

    @override
    async def async_added_to_hass(self) -> None:
        """Hear of what happens, live and replayed, and of who is to be forgotten."""
        await super().async_added_to_hass()
        router = self.coordinator.router
        self.async_on_remove(router.on_latest(self.door.id, self._async_latest))
        self.async_on_remove(router.on_forget(self._async_forget_people))

    @callback
    def _async_latest(self, stored: StoredEvent, context: Context | None) -> None:
        """Show what an event tells."""
        self._take(stored)
        self._async_show(context)

    @callback
    def _async_forget_people(self, people: Iterable[Person]) -> None:
        """Show no more what tells of somebody who is forgotten."""
        if self._stored and is_among(self._stored.event.person, people):
            self._clear()
            self._take_latest()
            self._async_show()

    def _take_latest(self) -> None:
        """Take the newest access that is known at the door, if there is one."""
        if latest := self.coordinator.latest.get(self.door.id):
            self._take(latest)

    @abstractmethod
    def _take(self, stored: StoredEvent) -> None:
        """Keep an event if it has what is shown, and no later one is kept."""

    def _clear(self) -> None:
        """Keep nothing."""
        self._stored = None


class AccessSystemEntity(AccessEntity):
    """An entity of the system as a whole."""

    def __init__(
        self, coordinator: AccessCoordinator, description: EntityDescription
    ) -> None:
        """Point at the system's device, which is there before its entities."""
        super().__init__(coordinator, description, None)
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, coordinator.entry.entry_id)}
        )


def is_newer(stored: StoredEvent, shown: StoredEvent | None) -> bool:
    """Tell whether an event happened after the one that is shown.

    The same event counts too: it comes again when more is known of it.
    """
    return shown is None or (
        (stored.event.occurred_at, stored.seq) >= (shown.event.occurred_at, shown.seq)
    )


@callback
def async_setup_doors(
    coordinator: AccessCoordinator,
    async_add_entities: AddConfigEntryEntitiesCallback,
    build: Callable[[Door], Iterable[AccessDoorEntity]],
) -> None:
    """Add the entities of the doors there are, and those that are told of later.

    A door is told of again when it turned out to have more: what it has already is not
    added twice.
    """
    present: set[str | None] = set()

    def missing(door: Door) -> Iterable[AccessDoorEntity]:
        for entity in build(door):
            if entity.unique_id not in present:
                present.add(entity.unique_id)
                entity.async_on_remove(partial(present.discard, entity.unique_id))
                yield entity

    async_add_entities(
        entity for door in coordinator.doors.values() for entity in missing(door)
    )

    @callback
    def async_add(door: Door) -> None:
        if entities := list(missing(door)):
            async_add_entities(entities)

    coordinator.entry.async_on_unload(coordinator.async_add_door_listener(async_add))
