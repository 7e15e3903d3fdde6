"""The config entries of the Access Events integration that are of a system."""

from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN

if TYPE_CHECKING:
    from .coordinator import AccessConfigEntry


@callback
def async_system_entries(hass: HomeAssistant) -> list[AccessConfigEntry]:
    """Return the entries of all systems, set up or not.

    A discovered system that the user chose to ignore has an entry too, which holds
    nothing.
    """
    return hass.config_entries.async_entries(DOMAIN, include_ignore=False)
