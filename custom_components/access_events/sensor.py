"""Sensor platform for the Access Events integration."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityCapabilityAttribute,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import MAX_LENGTH_STATE_STATE, EntityCategory, UnitOfTime
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .coordinator import AccessConfigEntry, AccessCoordinator
from .entity import (
    AccessDoorEntity,
    AccessSystemEntity,
    DoorEntityDescription,
    async_setup_doors,
)
from .models import ACCESS_KINDS, AccessEvent, DoorFeature, Method, StoredEvent
from .person_sensor import async_setup_persons

PARALLEL_UPDATES = 0

# What happened has its line in the logbook already. It leaves out all sensors that
# have this attribute, whatever it holds.
_NO_LINES: dict[str, None] = {SensorEntityCapabilityAttribute.STATE_CLASS: None}


@dataclass(frozen=True, kw_only=True)
class AccessSensorDescription(SensorEntityDescription, DoorEntityDescription):
    """Describes a sensor of a door: what it shows of the newest access."""

    features: DoorFeature = DoorFeature.ACCESS
    value_fn: Callable[[AccessEvent], StateType | datetime]


@dataclass(frozen=True, kw_only=True)
class SystemSensorDescription(SensorEntityDescription):
    """Describes a sensor of the system."""

    value_fn: Callable[[AccessCoordinator], StateType | datetime]


def _person(event: AccessEvent) -> str | None:
    """Return a person's name, or the id where the system tells no more."""
    if event.person is None:
        return None
    shown = event.person.name or event.person.id
    return shown[:MAX_LENGTH_STATE_STATE] if shown else None


def _method(event: AccessEvent) -> str | None:
    """Return the method, None where the system does not tell."""
    return None if event.method in (None, Method.UNKNOWN) else event.method.value


SENSORS = (
    AccessSensorDescription(
        key="last_person", translation_key="last_person", value_fn=_person
    ),
    AccessSensorDescription(
        key="last_access",
        translation_key="last_access",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda event: event.occurred_at,
    ),
    AccessSensorDescription(
        key="last_method",
        translation_key="last_method",
        device_class=SensorDeviceClass.ENUM,
        options=[method.value for method in Method if method is not Method.UNKNOWN],
        value_fn=_method,
    ),
    AccessSensorDescription(
        key="last_result",
        translation_key="last_result",
        device_class=SensorDeviceClass.ENUM,
        options=[kind.value for kind in ACCESS_KINDS],
        value_fn=lambda event: event.kind.value,
    ),
)

SYSTEM_SENSORS = (
    SystemSensorDescription(
        key="last_event",
        translation_key="last_event",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda coordinator: coordinator.last_event_at,
    ),
    SystemSensorDescription(
        key="events_recorded",
        translation_key="events_recorded",
        # Not a total: what is older than the retention is no longer counted.
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda coordinator: coordinator.recorded,
    ),
    SystemSensorDescription(
        key="delay",
        translation_key="delay",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        # It compares the device's clock with ours, so it mostly tells how wrong one is.
        entity_registry_enabled_default=False,
        value_fn=lambda coordinator: coordinator.delay,
    ),
    SystemSensorDescription(
        key="gaps",
        translation_key="gaps",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda coordinator: len(coordinator.troubles.gaps),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccessConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of the system and of all doors."""
    coordinator = entry.runtime_data
    async_add_entities(
        AccessSystemSensor(coordinator, description) for description in SYSTEM_SENSORS
    )
    async_setup_doors(
        coordinator,
        async_add_entities,
        lambda door: [
            AccessSensor(coordinator, door, description)
            for description in SENSORS
            if description.suits(door)
        ],
    )
    async_setup_persons(hass, entry, async_add_entities)


class AccessSensor(AccessDoorEntity, SensorEntity):
    """One fact of the newest access at a door."""

    entity_description: AccessSensorDescription
    _attr_extra_state_attributes = _NO_LINES

    @property
    @override
    def available(self) -> bool:
        """Tell that this is known: it is what the journal holds.

        That stays true while the system is away, and people want to know it most then.
        """
        return True

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the fact."""
        if (latest := self.coordinator.latest.get(self.door.id)) is None:
            return None
        return self.entity_description.value_fn(latest.event)

    @override
    def _value(self) -> Hashable:
        """Return what is shown beside availability."""
        return self.native_value

    @override
    async def async_added_to_hass(self) -> None:
        """Hear of accesses, live and replayed."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.router.on_latest(self.door.id, self._async_latest)
        )

    @callback
    def _async_latest(self, stored: StoredEvent, context: Context | None) -> None:
        """Show the newest access, which the coordinator keeps from going back."""
        self._async_show(context)


class AccessSystemSensor(AccessSystemEntity, SensorEntity):
    """One fact of the log of a system."""

    entity_description: SystemSensorDescription

    def __init__(
        self, coordinator: AccessCoordinator, description: SystemSensorDescription
    ) -> None:
        """Keep the times of events out of the logbook; it leaves out numbers itself."""
        super().__init__(coordinator, description)
        if description.state_class is None:
            self._attr_extra_state_attributes = _NO_LINES

    @property
    @override
    def available(self) -> bool:
        """Tell that this is known: it is of our own log, not of the system."""
        return True

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the fact."""
        return self.entity_description.value_fn(self.coordinator)

    @override
    def _value(self) -> Hashable:
        """Return what is shown beside availability."""
        return self.native_value
