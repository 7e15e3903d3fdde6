"""System health of the Access Events integration."""

from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .coordinator import AccessConfigEntry
from .journal import JournalError


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register what is told on the page of system health."""
    register.async_register_info(_async_info)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return how the systems and their common journal are."""
    entries: list[AccessConfigEntry] = hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    )
    coordinators = [
        entry.runtime_data for entry in hass.config_entries.async_loaded_entries(DOMAIN)
    ]
    reachable = sum(coordinator.available for coordinator in coordinators)
    info: dict[str, Any] = {"systems_reachable": f"{reachable}/{len(entries)}"}
    if not coordinators:
        return info
    delays = [each.delay for each in coordinators if each.delay is not None]
    info["largest_delay"] = f"{max(delays):.1f} s" if delays else None
    info["events_recorded"] = sum(coordinator.recorded for coordinator in coordinators)
    try:
        size = await coordinators[0].journal.size()
    except JournalError as err:
        info["journal_size"] = {"type": "failed", "error": err.code}
    else:
        info["journal_size"] = f"{size / 2**20:.1f} MiB"
    return info
