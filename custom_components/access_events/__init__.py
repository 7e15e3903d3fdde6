"""The Access Events integration: who opened which door, when, how, and was it allowed."""

from datetime import timedelta
import logging

import voluptuous as vol

from homeassistant.const import EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .adapter import async_create_system
from .const import CONF_DB_URL, CONF_VENDOR, DOMAIN
from .coordinator import AccessConfigEntry, AccessCoordinator
from .entries import async_system_entries
from .http_views import async_setup_views
from .journal import JournalError
from .models import Capability
from .openings import StoredOpenings
from .panel import PANEL, AccessPanel, async_setup_panel
from .persons import PERSON_WATCH, PersonWatch
from .push import async_setup_push
from .repairs import async_clear_entry
from .services import async_setup_services
from .statistics import async_forget_statistics
from .store import (
    YAML_CONFIG,
    YamlConfig,
    async_get_journal,
    async_remove_journal,
    journal_not_ready,
)
from .systems import VENDORS
from .systems.base import AccessSystemError
from .targets import coordinator_of, doors_of, refused
from .websocket_api import async_setup_websocket
from .words import Words, address

_LOGGER = logging.getLogger(__name__)

PLATFORMS = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.LOCK,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
)
_PURGE_INTERVAL = timedelta(hours=24)

CONFIG_SCHEMA = vol.Schema(
    {vol.Optional(DOMAIN): vol.Schema({vol.Optional(CONF_DB_URL): cv.string})},
    extra=vol.ALLOW_EXTRA,
)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Take in the configuration file and register the actions."""
    hass.data[YAML_CONFIG] = YamlConfig(**config.get(DOMAIN, {}))
    async_setup_services(hass)
    async_setup_views(hass)
    async_setup_websocket(hass)
    hass.data[PERSON_WATCH] = PersonWatch(hass)
    async_setup_push(hass)
    await async_setup_panel(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: AccessConfigEntry) -> bool:
    """Set up one system."""
    vendor = VENDORS[entry.data[CONF_VENDOR]]
    try:
        journal = await async_get_journal(hass)
        system = await async_create_system(hass, vendor, entry.data, entry.options)
        coordinator = AccessCoordinator(hass, entry, vendor, system, journal)
        entry.async_on_unload(coordinator.async_stop)
        await coordinator.async_setup()
    except JournalError as err:
        raise journal_not_ready(err) from err
    except AccessSystemError as err:
        words = Words(hass, address(vendor, entry.data))
        raise words.error(err, ConfigEntryError) from err
    entry.runtime_data = coordinator
    await hass.data[PANEL].async_update()
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    async def stop(_: Event) -> None:
        await coordinator.async_stop()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop))
    entry.async_on_unload(
        async_track_time_interval(
            hass, coordinator.intake.purge, _PURGE_INTERVAL, cancel_on_shutdown=True
        )
    )
    await coordinator.intake.purge(dt_util.utcnow())
    coordinator.async_start()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: AccessConfigEntry) -> bool:
    """Let go of one system."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: AccessConfigEntry, device: DeviceEntry
) -> bool:
    """Remove a door that is gone, where its system can't tell that.

    Raises `ServiceValidationError` for all that is there, or goes by itself.
    """
    coordinator = coordinator_of(hass, entry.entry_id)
    name = device.name_by_user or device.name or entry.title
    if not (doors := doors_of(device)):
        raise refused("device_not_removable", name=name)
    if Capability.FORGET_DOORS not in coordinator.system.capabilities:
        raise refused("door_not_removable", name=name, system=entry.title)
    for _, door_id in doors:
        await coordinator.forget_door(door_id)
    return True


async def async_remove_entry(hass: HomeAssistant, entry: AccessConfigEntry) -> None:
    """Remove what is recorded of a system that the user removed."""
    is_last = not async_system_entries(hass)
    async_clear_entry(hass, entry.entry_id)
    panel = hass.data.get(PANEL) or AccessPanel(hass, None)
    if is_last:
        await panel.async_forget()
    await panel.async_update()
    await async_forget_statistics(hass, entry.entry_id)
    await StoredOpenings(hass, entry.entry_id).forget()
    try:
        journal = await async_get_journal(hass)
        await journal.forget_entry(entry.entry_id)
        if is_last:
            await async_remove_journal(hass)
    except JournalError as err:
        _LOGGER.error("%s: its events are not removed: %s", entry.title, err)
