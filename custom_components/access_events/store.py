"""The one journal of the Access Events integration, shared by all its entries."""

from dataclasses import dataclass
from pathlib import Path

from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady, HomeAssistantError
from homeassistant.helpers.singleton import singleton
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .journal import Journal, JournalError
from .repairs import async_raise_journal_damaged, async_set_journal_unusable


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
    try:
        journal = Journal(config.db_url or default_url(hass))
        aside = await journal.open()
    except JournalError as err:
        async_set_journal_unusable(hass, err)
        raise
    async_set_journal_unusable(hass, None)
    if aside is not None:
        async_raise_journal_damaged(hass, str(aside))

    async def close(_: Event) -> None:
        await journal.close()

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, close)
    return journal


async def async_remove_journal(hass: HomeAssistant) -> None:
    """Remove the journal, since there is no system left that it could be of.

    Raises `JournalError`.
    """
    journal = await async_get_journal(hass)
    hass.data.pop(JOURNAL)
    await journal.remove()


@callback
def async_report_damage(hass: HomeAssistant, set_aside: Path | None) -> None:
    """Tell where a damaged journal was put, and let all systems fill the new one."""
    if set_aside is None:
        return
    async_raise_journal_damaged(hass, str(set_aside))
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        hass.config_entries.async_schedule_reload(entry.entry_id)


def journal_failed(err: JournalError) -> HomeAssistantError:
    """Return why the journal can't answer, in the user's words."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=f"journal_{err.code}",
        translation_placeholders=err.placeholders,
    )


def journal_not_ready(err: JournalError) -> ConfigEntryNotReady:
    """Return why a system can't be set up without the journal."""
    return ConfigEntryNotReady(
        translation_domain=DOMAIN,
        translation_key=f"journal_{err.code}",
        translation_placeholders=err.placeholders,
    )
