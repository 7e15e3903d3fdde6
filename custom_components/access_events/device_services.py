"""Actions of the Access Events integration that concern the devices at doors."""

import voluptuous as vol

from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import config_validation as cv, service

from .const import DOMAIN
from .coordinator import AccessCoordinator
from .models import Capability
from .targets import (
    ATTR_CONFIG_ENTRY_ID,
    ATTR_DOORS,
    coordinator_of,
    own_doors,
    refused,
)

ATTR_CONFIRM = "confirm"
ATTR_EVENTS = "events"

_TARGET = {
    vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string,
    vol.Optional(ATTR_DOORS, default=list): vol.All(cv.ensure_list, [cv.string]),
}
_SET_IMAGE_FILTER = vol.Schema(
    {**_TARGET, vol.Required(ATTR_EVENTS): vol.All(cv.ensure_list, [cv.string])}
)
_CLEAR_DEVICE_LOG = vol.Schema({**_TARGET, vol.Required(ATTR_CONFIRM): cv.boolean})


@callback
def async_setup_device_services(hass: HomeAssistant) -> None:
    """Register the actions, which are for administrators only."""
    for name, handler, schema in (
        ("set_image_filter", _set_image_filter, _SET_IMAGE_FILTER),
        ("clear_device_log", _clear_device_log, _CLEAR_DEVICE_LOG),
    ):
        service.async_register_admin_service(hass, DOMAIN, name, handler, schema)


async def _set_image_filter(call: ServiceCall) -> None:
    """Have devices take a picture of some events, and of no others."""
    coordinator, doors = _target(call, Capability.IMAGE_FILTERS)
    await coordinator.command(
        coordinator.system.set_image_filter(doors, call.data[ATTR_EVENTS])
    )


async def _clear_device_log(call: ServiceCall) -> None:
    """Delete what devices hold, once all of it is in the journal."""
    coordinator, doors = _target(call, Capability.CLEAR_LOG)
    if not call.data[ATTR_CONFIRM]:
        raise refused("not_confirmed", name=coordinator.entry.title)
    if not coordinator.caught_up:
        raise refused("not_caught_up", name=coordinator.entry.title)
    await coordinator.catch_up()
    await coordinator.command(coordinator.system.clear_log(doors))


def _target(
    call: ServiceCall, capability: Capability
) -> tuple[AccessCoordinator, tuple[str, ...]]:
    """Return the system, if it can do that, and its doors that are meant (none: all)."""
    coordinator = coordinator_of(call.hass, call.data[ATTR_CONFIG_ENTRY_ID])
    if capability not in coordinator.system.capabilities:
        raise refused(
            "action_not_supported", name=coordinator.entry.title, action=call.service
        )
    return coordinator, own_doors(call.hass, coordinator, call.data[ATTR_DOORS])
