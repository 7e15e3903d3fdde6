"""Reaching a system before it is set up, and words for what keeps us from it."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
import logging
from typing import Any

from homeassistant.const import CONF_HOST, CONF_PORT, CONF_SSL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import (
    async_get_translations,
    async_load_integrations,
)

from .adapter import async_create_system
from .config_forms import missing, readable_fingerprint
from .const import CONF_FINGERPRINT, DOMAIN
from .models import SystemInfo
from .systems import Field, Vendor
from .systems.base import AccessSystemError, CertificateChanged
from .systems.tls import read_fingerprint
from .words import Words, address

_LOGGER = logging.getLogger(__name__)

_SECONDS = 60
_DETAILS = ("expected", "fingerprint", "message", "permission", "seen")
"""What the words of errors may name beside the address."""


@dataclass(frozen=True, slots=True)
class Found:
    """A system that was reached, with what is to be kept of how."""

    config: dict[str, Any]
    info: SystemInfo
    doors: int


class CheckError(Exception):
    """A system was not reached: what a form shows for it, never a secret.

    `errors` and `details` are a form's errors and what fills their words. `changed` is
    set where the pinned certificate was not shown.
    """

    def __init__(
        self,
        errors: dict[str, str],
        details: Mapping[str, str],
        changed: CertificateChanged | None = None,
    ) -> None:
        """Keep what the form shows."""
        super().__init__(errors)
        self.errors = errors
        self.details = details
        self.changed = changed


async def async_check(
    hass: HomeAssistant, vendor: Vendor, fields: Iterable[Field], config: dict[str, Any]
) -> Found:
    """Reach the system with what was entered; raises `CheckError`.

    None of `fields` may be missing in `config`. A certificate that is to be pinned, and
    is not yet, is pinned as it is shown now.
    """
    details = dict.fromkeys(_DETAILS, "") | {"address": address(vendor, config)}
    if errors := missing(fields, config):
        raise CheckError(errors, details)
    try:
        async with asyncio.timeout(_SECONDS):
            return await _async_find(hass, vendor, config)
    except AccessSystemError as err:
        raise await _async_explain(hass, err, vendor, config, details) from err
    except TimeoutError as err:
        raise CheckError({"base": "timeout"}, details) from err
    except Exception as err:
        _LOGGER.exception("Unexpected error while reaching %s", vendor.name)
        details["message"] = type(err).__name__
        raise CheckError({"base": "unknown"}, details) from err


def is_address(unique_id: str | None, config: Mapping[str, Any]) -> bool:
    """Return whether a system has no id of its own and is known by its address only."""
    host = config.get(CONF_HOST)
    return host is not None and unique_id in (host, f"{host}:{config.get(CONF_PORT)}")


async def _async_find(
    hass: HomeAssistant, vendor: Vendor, config: dict[str, Any]
) -> Found:
    """Connect to the system and count its doors."""
    if not _is_pinned(vendor, config):
        config = {key: config[key] for key in config if key != CONF_FINGERPRINT}
    elif not config.get(CONF_FINGERPRINT):
        seen = await read_fingerprint(config[CONF_HOST], config[CONF_PORT])
        config = config | {CONF_FINGERPRINT: seen}
    system = await async_create_system(hass, vendor, config, {})
    try:
        info = await system.connect()
        return Found(config, info, len(await system.doors()))
    finally:
        await system.close()


async def _async_explain(
    hass: HomeAssistant,
    err: AccessSystemError,
    vendor: Vendor,
    config: Mapping[str, Any],
    details: Mapping[str, str],
) -> CheckError:
    """Return the words for what a system did, or failed to do."""
    # A form may be shown before anything else of the integration is.
    await async_load_integrations(hass, {DOMAIN})
    words = Words(hass, details["address"])
    code = await _async_worded(hass, err.key, type(err).key)
    details = {**details, "message": words.of(err), **words.placeholders(err)}
    if code == "not_trusted":
        details["fingerprint"] = await _async_seen(vendor, config)
        if not details["fingerprint"]:
            code = "cannot_connect"
    for key in ("expected", "fingerprint", "seen"):
        details[key] = readable_fingerprint(details[key])
    return CheckError(
        {"base": code},
        details,
        err if isinstance(err, CertificateChanged) else None,
    )


async def _async_worded(hass: HomeAssistant, *codes: str) -> str:
    """Return the first code that has words of its own in a form."""
    words = await async_get_translations(hass, "en", "config", {DOMAIN})
    prefix = f"component.{DOMAIN}.config.error."
    return next((code for code in codes if prefix + code in words), "unknown")


async def _async_seen(vendor: Vendor, config: Mapping[str, Any]) -> str:
    """Return the certificate that is not trusted, if the user may pin it."""
    if _offers_pinning(vendor):
        with suppress(AccessSystemError):
            return await read_fingerprint(config[CONF_HOST], config[CONF_PORT])
    return ""


def _offers_pinning(vendor: Vendor) -> bool:
    """Return whether the user may choose to know a certificate by its fingerprint."""
    return any(field.key == CONF_VERIFY_SSL for field in vendor.fields)


def _is_pinned(vendor: Vendor, config: Mapping[str, Any]) -> bool:
    """Return whether the certificate is to be known by its fingerprint only."""
    return (
        _offers_pinning(vendor)
        and not config[CONF_VERIFY_SSL]
        and config.get(CONF_SSL, True)
    )
