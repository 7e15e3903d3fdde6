"""The devices of one system in Home Assistant's registry."""

from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo

from .const import DOMAIN
from .models import Door, SystemInfo
from .systems import Vendor

if TYPE_CHECKING:
    from .coordinator import AccessConfigEntry


class SystemDevices:
    """Keeps the system's device, and its doors' devices under it."""

    def __init__(
        self, hass: HomeAssistant, entry: AccessConfigEntry, vendor: Vendor
    ) -> None:
        """Start with nothing registered."""
        self._registry = dr.async_get(hass)
        self._entry_id = entry.entry_id
        self._vendor = vendor
        self.system_id = ""
        self.doors: dict[str, str] = {}

    def door_info(self, door_id: str) -> DeviceInfo:
        """Return what links an entity to a door's device."""
        return DeviceInfo(identifiers={(DOMAIN, f"{self._entry_id}_{door_id}")})

    @callback
    def update_system(self, info: SystemInfo) -> None:
        """Register the system as it presents itself."""
        self.system_id = self._registry.async_get_or_create(
            config_entry_id=self._entry_id,
            identifiers={(DOMAIN, self._entry_id)},
            name=info.name,
            manufacturer=self._vendor.manufacturer,
            model=info.model or self._vendor.name,
            sw_version=info.version,
            configuration_url=info.configuration_url,
        ).id

    @callback
    def update_doors(self, doors: list[Door]) -> None:
        """Register the doors there are, and remove those that are gone."""
        self.doors = {
            door.id: self._registry.async_get_or_create(
                config_entry_id=self._entry_id,
                identifiers={(DOMAIN, f"{self._entry_id}_{door.id}")},
                name=door.name,
                manufacturer=self._vendor.manufacturer,
                model=door.model,
                via_device_id=self.system_id,
            ).id
            for door in doors
        }
        there = {self.system_id, *self.doors.values()}
        for device in dr.async_entries_for_config_entry(self._registry, self._entry_id):
            if device.id not in there and device.config_subentry_id is None:
                self._registry.async_remove_device(device.id)
