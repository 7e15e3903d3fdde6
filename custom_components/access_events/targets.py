"""What requests to the Access Events integration are aimed at: systems and doors."""

from collections.abc import Iterable

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, service

from .const import CONF_VENDOR, DOMAIN
from .coordinator import AccessConfigEntry, AccessCoordinator
from .entries import async_system_entries
from .persons import PersonLinks
from .public import Origins

ATTR_CONFIG_ENTRY_ID = "config_entry_id"
ATTR_DOORS = "doors"


def refused(key: str, **placeholders: str) -> ServiceValidationError:
    """Return why a call is refused."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )


def coordinator_of(hass: HomeAssistant, entry_id: str) -> AccessCoordinator:
    """Return a system that is set up. Raises `ServiceValidationError` if it is not."""
    entry: AccessConfigEntry = service.async_get_config_entry(hass, DOMAIN, entry_id)
    return entry.runtime_data


def doors_of_devices(
    hass: HomeAssistant, device_ids: Iterable[str]
) -> list[tuple[str, str]]:
    """Return entry and door of each device. Raises `ServiceValidationError`."""
    registry = dr.async_get(hass)
    doors = []
    for device_id in device_ids:
        device = registry.async_get(device_id)
        if device is None or not (found := doors_of(device)):
            name = (device.name_by_user or device.name) if device else None
            raise refused("not_a_door", name=name or device_id)
        doors += found
    return doors


def own_doors(
    hass: HomeAssistant, coordinator: AccessCoordinator, device_ids: Iterable[str]
) -> tuple[str, ...]:
    """Return the system's ids of doors; those of another system are refused."""
    doors = doors_of_devices(hass, device_ids)
    for entry_id, door_id in doors:
        if entry_id != coordinator.entry.entry_id:
            raise refused(
                "door_of_other_system", door=door_id, name=coordinator.entry.title
            )
    return tuple(door_id for _, door_id in doors)


def doors_of(device: dr.DeviceEntry | dr.ChildDeviceEntry) -> list[tuple[str, str]]:
    """Return entry and door of a device, if it is one of ours."""
    entry_id = device.config_entry_id
    return [
        (entry_id, identifier[len(entry_id) + 1 :])
        for domain, identifier in device.identifiers
        if domain == DOMAIN and identifier.startswith(f"{entry_id}_")
    ]


def door_devices(hass: HomeAssistant) -> dict[tuple[str, str], str]:
    """Return the devices of all doors, by entry and door."""
    registry = dr.async_get(hass)
    return {
        door: device.id
        for entry in async_system_entries(hass)
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id)
        for door in doors_of(device)
    }


def origins(hass: HomeAssistant) -> Origins:
    """Return where events come from."""
    return Origins(
        vendors={
            entry.entry_id: entry.data[CONF_VENDOR]
            for entry in async_system_entries(hass)
        },
        devices=door_devices(hass),
        persons={
            entry.entry_id: PersonLinks(hass, entry).entity_id
            for entry in async_system_entries(hass)
        },
    )
