"""Event platform for the Access Events integration."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.event import (
    DoorbellEventType,
    EventDeviceClass,
    EventEntity,
    EventEntityDescription,
    EventExtraStoredData,
)
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import AccessConfigEntry
from .entity import AccessDoorEntity, DoorEntityDescription, async_setup_doors
from .models import (
    ACCESS_KINDS,
    ALARM_KINDS,
    DoorFeature,
    EventKind,
    Person,
    StoredEvent,
)
from .privacy import is_among

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class AccessEventDescription(EventEntityDescription, DoorEntityDescription):
    """Describes an event entity: its kinds, and what it tells of an event."""

    kinds: tuple[EventKind, ...]
    fields: tuple[str, ...]


EVENTS = (
    AccessEventDescription(
        key="access",
        translation_key="access",
        features=DoorFeature.ACCESS,
        kinds=ACCESS_KINDS,
        event_types=[kind.value for kind in ACCESS_KINDS],
        fields=(
            "person",
            "person_id",
            "method",
            "credential",
            "direction",
            "reason",
            "reader_name",
            "occurred_at",
        ),
    ),
    AccessEventDescription(
        key="alarm",
        translation_key="alarm",
        features=DoorFeature.FORCED | DoorFeature.HELD | DoorFeature.TAMPER,
        kinds=ALARM_KINDS,
        event_types=[kind.value for kind in ALARM_KINDS],
        fields=("reason", "reader_name", "occurred_at"),
    ),
    AccessEventDescription(
        key="doorbell",
        translation_key="doorbell",
        device_class=EventDeviceClass.DOORBELL,
        features=DoorFeature.RING,
        kinds=(EventKind.RING,),
        event_types=[DoorbellEventType.RING],
        fields=("reader_name", "occurred_at"),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccessConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the event entities of all doors."""
    coordinator = entry.runtime_data
    async_setup_doors(
        coordinator,
        async_add_entities,
        lambda door: [
            AccessEventEntity(coordinator, door, description)
            for description in EVENTS
            if description.suits(door)
        ],
    )


class AccessEventEntity(AccessDoorEntity, EventEntity):
    """What happens at a door, as it happens."""

    entity_description: AccessEventDescription
    # Where the controller of a door is offline, events of its door may still come by
    # another way, and an entity that is back from unavailable triggers nothing.
    _needs_controller = False
    _told: dict[str, Any] | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Hear of live events of this entity's kinds at its door."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.router.on_forget(self._async_forget_people)
        )
        self.async_on_remove(
            self.coordinator.router.on_event(
                self.door.id, self.entity_description.kinds, self._async_event
            )
        )

    @override
    def _value(self) -> None:
        """Return nothing: each event is written, and beside them only availability."""

    def _person(self, stored: StoredEvent) -> dict[str, str | None]:
        """Return which of Home Assistant's persons it was, where that is told."""
        if "person" not in self.entity_description.fields:
            return {}
        return {"ha_person": self.coordinator.persons.entity_id(stored.event.person)}

    @callback
    def _async_event(self, stored: StoredEvent, context: Context | None) -> None:
        """Show an event."""
        fields = stored.event.public()
        self._told = {name: fields[name] for name in self.entity_description.fields}
        self._told |= {"event_key": stored.event.key} | self._person(stored)
        self._trigger_event(stored.event.kind.value, self._told)
        self._async_write(context)

    @override
    async def async_get_last_event_data(self) -> EventExtraStoredData | None:
        """Return what was shown before a restart, and keep hold of it."""
        if (data := await super().async_get_last_event_data()) is not None:
            self._told = data.last_event_attributes
        return data

    @callback
    def _async_forget_people(self, people: Iterable[Person]) -> None:
        """Go on showing what happened, but not who it was."""
        if (told := self._told) is None:
            return
        if is_among(Person(id=told.get("person_id"), name=told.get("person")), people):
            # Home Assistant shows this very object, and keeps it for the next start.
            told |= {"person": None, "person_id": None, "credential": None}
            if "ha_person" in told:
                told["ha_person"] = None
            self.async_write_ha_state()
