"""Who may see what happened at which doors, for the Access Events integration."""

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .const import DOMAIN
from .targets import door_devices


@callback
def async_may_see(
    hass: HomeAssistant, user: User, entry_id: str, door_id: str | None
) -> bool:
    """Tell whether a user may see what happens at a door.

    They need to be allowed to read one of its entities. What happened at no door, or at
    one that is gone, is for administrators.
    """
    if user.is_admin:
        return True
    if door_id is None:
        return False
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, f"{entry_id}_{door_id}"), entry_id
    )
    return device is not None and _may_read(hass, user, device.id)


@callback
def async_visible_doors(
    hass: HomeAssistant, user: User
) -> dict[tuple[str, str], str] | None:
    """Return the devices of the doors a user may see, None for no limit at all."""
    if user.is_admin:
        return None
    return {
        door: device_id
        for door, device_id in door_devices(hass).items()
        if _may_read(hass, user, device_id)
    }


def _may_read(hass: HomeAssistant, user: User, device_id: str) -> bool:
    """Tell whether a user may read an entity of a door."""
    return any(
        user.permissions.check_entity(entity.entity_id, POLICY_READ)
        for entity in er.async_entries_for_device(er.async_get(hass), device_id)
        if entity.platform == DOMAIN
    )
