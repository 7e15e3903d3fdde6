"""Making a system's adapter from what the user entered."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .systems import Vendor
from .systems.base import AccessSystem


async def async_create_system(
    hass: HomeAssistant,
    vendor: Vendor,
    config: Mapping[str, Any],
    options: Mapping[str, Any],
) -> AccessSystem:
    """Return the adapter of one system; imports its package off the event loop."""
    session = async_get_clientsession(hass)
    # Some systems write their log in the language that they are asked for.
    options = {"language": hass.config.language, **options}
    return await hass.async_add_import_executor_job(
        vendor.create, config, options, session
    )
