"""Sensors of persons for the Access Events integration: where and when seen last."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityCapabilityAttribute,
    SensorEntityDescription,
)
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigSubentry,
)
from homeassistant.const import MAX_LENGTH_STATE_STATE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .const import CONF_PERSON, CONF_SENSORS, DOMAIN
from .coordinator import AccessConfigEntry
from .models import StoredEvent
from .persons import PERSON_WATCH, links_of


@dataclass(frozen=True, kw_only=True)
class PersonSensorDescription(SensorEntityDescription):
    """Describes a sensor of a person: what it shows of where they were seen last."""

    value_fn: Callable[[HomeAssistant, StoredEvent], StateType | datetime]


def _door(hass: HomeAssistant, stored: StoredEvent) -> str | None:
    """Return a door as the user calls it, or else as the system does."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, f"{stored.entry_id}_{stored.event.door_id}"), stored.entry_id
    )
    name = (device.name_by_user or device.name) if device else stored.event.door_name
    return name[:MAX_LENGTH_STATE_STATE] if name else None


SENSORS = (
    PersonSensorDescription(
        key="last_door", translation_key="last_door", value_fn=_door
    ),
    PersonSensorDescription(
        key="last_seen",
        translation_key="last_seen",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda _, stored: stored.event.occurred_at,
    ),
)


@callback
def async_setup_persons(
    hass: HomeAssistant,
    entry: AccessConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of linked persons, now and when a link is made."""
    present: set[str] = set()

    @callback
    def async_add() -> None:
        for subentry in links_of(entry):
            wanted = subentry.data.get(CONF_SENSORS, False)
            if wanted and subentry.subentry_id not in present:
                present.add(subentry.subentry_id)
                async_add_entities(
                    [PersonSensor(entry, subentry, each) for each in SENSORS],
                    config_subentry_id=subentry.subentry_id,
                )
            elif not wanted and subentry.subentry_id in present:
                present.discard(subentry.subentry_id)
                _remove_device(hass, entry, subentry)

    @callback
    def async_changed(change: ConfigEntryChange, changed: ConfigEntry[Any]) -> None:
        if change is ConfigEntryChange.UPDATED and changed is entry:
            async_add()

    async_add()
    entry.async_on_unload(
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, async_changed)
    )


def _identifier(subentry: ConfigSubentry) -> tuple[str, str]:
    """Return the identifier of a person's device."""
    return DOMAIN, f"person_{subentry.subentry_id}"


def _remove_device(
    hass: HomeAssistant, entry: ConfigEntry, subentry: ConfigSubentry
) -> None:
    """Remove a person's device with its sensors."""
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier(
        _identifier(subentry), entry.entry_id
    )
    if device is not None:
        registry.async_remove_device(device.id)


class PersonSensor(SensorEntity):
    """Where or when a person was seen last, at any door of any system."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    # What happened has its line in the logbook already.
    _attr_extra_state_attributes = {SensorEntityCapabilityAttribute.STATE_CLASS: None}
    entity_description: PersonSensorDescription

    def __init__(
        self,
        entry: AccessConfigEntry,
        subentry: ConfigSubentry,
        description: PersonSensorDescription,
    ) -> None:
        """Keep whom to follow."""
        self.entity_description = description
        self._reference: str = subentry.data[CONF_PERSON]
        self._attr_unique_id = (
            f"{entry.entry_id}_{subentry.subentry_id}_{description.key}"
        )
        self._attr_device_info = DeviceInfo(
            identifiers={_identifier(subentry)},
            name=subentry.title,
            entry_type=DeviceEntryType.SERVICE,
        )

    @override
    async def async_added_to_hass(self) -> None:
        """Hear of each place where the person is seen later."""
        await super().async_added_to_hass()
        watch = self.hass.data[PERSON_WATCH]
        self.async_on_remove(
            await watch.async_follow(self._reference, self.async_write_ha_state)
        )

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return where or when."""
        stored = self.hass.data[PERSON_WATCH].latest.get(self._reference)
        if stored is None:
            return None
        return self.entity_description.value_fn(self.hass, stored)
