"""The one journal of the Access Events integration, shared by all its entries."""

from dataclasses import dataclass
from pathlib import Path

from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers.singleton import singleton
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .journal import Journal
from .repairs import async_raise_journal_damaged


@dataclass(slots=True)
class YamlConfig:
    """What the configuration file says about the integration."""

    db_url: str | None = None


YAML_CONFIG: HassKey[YamlConfig] = HassKey(f"{DOMAIN}_yaml")
JOURNAL: HassKey[Journal] = HassKey(f"{DOMAIN}_journal")


def default_url(hass: HomeAssistant) -> str:
    """Return the address of the journal's file in the config folder."""
    return f"sqlite:///{hass.config.path(DOMAIN + '.db')}"


@singleton(JOURNAL, async_=True)
async def async_get_journal(hass: HomeAssistant) -> Journal:
    """Return the open journal; it stays open until Home Assistant ends.

    Raises `JournalError` where it can't be opened.
    """
    # Home Assistant sets nothing up for an entry that is disabled, and may remove it.
    config = hass.data.get(YAML_CONFIG) or YamlConfig()
    journal = Journal(config.db_url or default_url(hass))
    report_damage(hass, await journal.open())

    async def close(_: Event) -> None:
        await journal.close()

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, close)
    return journal


def report_damage(hass: HomeAssistant, set_aside: Path | None) -> None:
    """Tell the user where a damaged journal was put."""
    if set_aside is not None:
        async_raise_journal_damaged(hass, str(set_aside))
