"""What a system says went wrong, in words for people.

A browser shows an error in its user's language, from the error's key. What stands
within another text, as a reason does, is in the language of Home Assistant.
"""

from collections.abc import Mapping
from contextlib import suppress

from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN
from .systems import FieldKind, Vendor
from .systems.base import AccessSystemError, Detail, NotSupported, RequestRejected


class Words:
    """Words for the errors of one system."""

    def __init__(self, hass: HomeAssistant, address: str) -> None:
        """Keep the address at which the system is reached, for people."""
        self._hass = hass
        self._address = address

    @callback
    def of(self, err: AccessSystemError, language: str | None = None) -> str:
        """Return an error in a language, by default that of Home Assistant."""
        return _in_words(
            self._hass, err.key, self.placeholders(err, language), language
        )

    @callback
    def placeholders(
        self, err: AccessSystemError, language: str | None = None
    ) -> dict[str, str]:
        """Return what fills the words of an error in."""
        return {"address": self._address} | {
            name: self._filled(detail, language)
            for name, detail in err.placeholders.items()
        }

    @callback
    def error(
        self,
        err: AccessSystemError,
        kind: type[HomeAssistantError] | None = None,
    ) -> HomeAssistantError:
        """Return Home Assistant's own error for that of a system."""
        if kind is None:
            kind = (
                ServiceValidationError
                if isinstance(err, RequestRejected | NotSupported)
                else HomeAssistantError
            )
        return kind(
            translation_domain=DOMAIN,
            translation_key=err.key,
            translation_placeholders=self.placeholders(err),
        )

    @callback
    def reason(self, err: AccessSystemError, language: str | None = None) -> str:
        """Return an error as what follows a colon: a system's own text is that alone."""
        if err.key == RequestRejected.key:
            return self._filled(err.placeholders.get("reason", ""), language)
        return self.of(err, language)

    def _filled(self, detail: Detail, language: str | None) -> str:
        """Return what fills a placeholder in."""
        if isinstance(detail, str):
            return detail
        errors = [detail] if isinstance(detail, AccessSystemError) else detail
        return "; ".join(dict.fromkeys(self.reason(err, language) for err in errors))


def address(vendor: Vendor, config: Mapping[str, object]) -> str:
    """Return the address at which a system is reached, for people."""
    if host := config.get(CONF_HOST):
        return f"{host}:{config[CONF_PORT]}" if CONF_PORT in config else str(host)
    urls = (
        config.get(field.key) for field in vendor.fields if field.kind is FieldKind.URL
    )
    return next((str(url) for url in urls if url), vendor.name)


COMMON = f"component.{DOMAIN}.common."
"""What the keys of common texts begin with."""


@callback
def common_words(hass: HomeAssistant) -> Mapping[str, str]:
    """Return all common texts, in the language of Home Assistant."""
    return async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)


@callback
def common(hass: HomeAssistant, key: str) -> str:
    """Return a text that several places use, in the language of Home Assistant."""
    return common_words(hass).get(f"{COMMON}{key}", key)


@callback
def in_words(hass: HomeAssistant, err: HomeAssistantError) -> str:
    """Return one of our own errors in the language of Home Assistant."""
    if err.translation_domain != DOMAIN or err.translation_key is None:
        return str(err)
    placeholders = err.translation_placeholders or {}
    return _in_words(hass, err.translation_key, placeholders, None)


@callback
def _in_words(
    hass: HomeAssistant,
    key: str,
    placeholders: Mapping[str, str],
    language: str | None,
) -> str:
    """Return an error's words without a full stop, since they may go on."""
    words = async_get_cached_translations(
        hass, language or hass.config.language, "exceptions", DOMAIN
    )
    text = words.get(f"component.{DOMAIN}.exceptions.{key}.message", key)
    with suppress(KeyError):
        text = text.format(**placeholders)
    return text.removesuffix(".")
