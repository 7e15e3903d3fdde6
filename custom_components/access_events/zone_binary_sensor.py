"""Binary sensors of the zones of a system."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import AccessCoordinator
from .entity import AccessSystemEntity
from .models import Zone


@dataclass(frozen=True, kw_only=True)
class AccessZoneDescription(BinarySensorEntityDescription):
    """Describes the binary sensor of a zone that raises alarms for a reason."""

    reason: str = ""
    device_class: BinarySensorDeviceClass = BinarySensorDeviceClass.SAFETY


ZONES = {
    description.reason: description
    for description in (
        AccessZoneDescription(
            key="zone", translation_key="anti_passback_zone", reason="anti-passback"
        ),
        AccessZoneDescription(
            key="zone",
            translation_key="timed_anti_passback_zone",
            reason="timed anti-passback",
        ),
        AccessZoneDescription(key="zone", translation_key="fire_zone", reason="fire"),
        AccessZoneDescription(
            key="zone", translation_key="scheduled_lock_zone", reason="scheduled lock"
        ),
        AccessZoneDescription(
            key="zone", translation_key="intrusion_zone", reason="intrusion"
        ),
        AccessZoneDescription(
            key="zone", translation_key="interlock_zone", reason="interlock"
        ),
        AccessZoneDescription(key="zone", translation_key="lift_zone", reason="lift"),
    )
}
OTHER_ZONE = AccessZoneDescription(key="zone", translation_key="other_zone")


@callback
def async_setup_zones(
    coordinator: AccessCoordinator, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensors of the zones there are, and of those that appear later.

    Those of zones that are gone for good are removed.
    """
    registry = er.async_get(coordinator.hass)
    present: dict[str, AccessZone] = {}

    @callback
    def async_update() -> None:
        zones = {zone.id: zone for zone in coordinator.system_state.zones}
        for zone_id in present.keys() - zones.keys():
            entity_id = present.pop(zone_id).entity_id
            if entity_id and registry.async_get(entity_id):
                registry.async_remove(entity_id)
        new = {
            zone_id: AccessZone(coordinator, zone)
            for zone_id, zone in zones.items()
            if zone_id not in present
        }
        if new:
            present.update(new)
            async_add_entities(new.values())

    async_update()
    coordinator.entry.async_on_unload(coordinator.router.on_state(None, async_update))


class AccessZone(AccessSystemEntity, BinarySensorEntity):
    """Whether a zone raises an alarm."""

    def __init__(self, coordinator: AccessCoordinator, zone: Zone) -> None:
        """Name it by what it watches for."""
        super().__init__(coordinator, ZONES.get(zone.reason, OTHER_ZONE))
        self._zone: Zone | None = zone
        self._zone_id = zone.id
        self._attr_unique_id = f"{coordinator.entry.entry_id}_zone_{zone.id}"
        self._attr_translation_placeholders = {
            "zone": zone.name,
            "reason": zone.reason.capitalize(),
        }

    @property
    @override
    def available(self) -> bool:
        """Tell whether the system, and the zone's controller, are reachable."""
        return super().available and self._zone is not None and self._zone.online

    @property
    @override
    def is_on(self) -> bool | None:
        """Tell whether there is an alarm."""
        return None if self._zone is None else self._zone.alarmed

    @callback
    @override
    def _async_refresh(self) -> None:
        """Take over how the zone is now."""
        zones = self.coordinator.system_state.zones
        self._zone = next((zone for zone in zones if zone.id == self._zone_id), None)
