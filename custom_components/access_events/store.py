"""The one journal of the Access Events integration, shared by all its entries."""

import asyncio
from dataclasses import dataclass
import logging
from pathlib import Path

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady, HomeAssistantError
from homeassistant.helpers.singleton import singleton
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .entries import async_system_entries
from .journal import Journal, JournalError
from .journal_file import delete_all, set_aside
from .journal_move import move
from .journal_schema import database_file, parse
from .repairs import (
    async_clear_journal,
    async_raise_journal_damaged,
    async_raise_journal_moved,
    async_set_journal_unusable,
)


@dataclass(slots=True)
class YamlConfig:
    """What the configuration file says about the integration."""

    db_url: str | None = None


YAML_CONFIG: HassKey[YamlConfig] = HassKey(f"{DOMAIN}_yaml")
JOURNAL: HassKey[Journal] = HassKey(f"{DOMAIN}_journal")
_MOVE: HassKey[asyncio.Task[None]] = HassKey(f"{DOMAIN}_move")

_LOGGER = logging.getLogger(__name__)


def default_url(hass: HomeAssistant) -> str:
    """Return the address of the journal's file in the config folder."""
    return f"sqlite:///{_default_file(hass)}"


def _default_file(hass: HomeAssistant) -> Path:
    """Return the journal's file in the config folder."""
    return Path(hass.config.path(f"{DOMAIN}.db"))


@singleton(JOURNAL, async_=True)
async def async_get_journal(hass: HomeAssistant) -> Journal:
    """Return the open journal; it stays open until Home Assistant ends.

    Raises `JournalError` where it can't be opened.
    """
    # Home Assistant sets nothing up for an entry that is disabled, and may remove it.
    config = hass.data.get(YAML_CONFIG) or YamlConfig()
    try:
        if config.db_url:
            await _async_take_along(hass, config.db_url)
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


async def _async_take_along(hass: HomeAssistant, db_url: str) -> None:
    """Move the log if it is still where it was before the user chose another place.

    Raises `JournalError` until that is done.
    """
    file, chosen = _default_file(hass), database_file(parse(db_url))

    def is_left_behind() -> bool:
        return file.is_file() and (chosen is None or chosen.resolve() != file.resolve())

    if not await hass.async_add_executor_job(is_left_behind):
        return
    if (task := hass.data.get(_MOVE)) is None or task.done():
        hass.data[_MOVE] = hass.async_create_background_task(
            _async_move(hass, db_url), f"{DOMAIN} move"
        )
    raise JournalError("moving")


async def _async_move(hass: HomeAssistant, db_url: str) -> None:
    """Move the log to its new place, then let the systems go on there."""
    entries = async_system_entries(hass)
    file = _default_file(hass)
    source, target = Journal(default_url(hass)), Journal(db_url)
    _LOGGER.info("Moving the log of access events to its new database")
    try:
        try:
            if (aside := await source.open()) is not None:
                async_raise_journal_damaged(hass, str(aside))
            await target.open()
            rows = await move(source, target, [entry.entry_id for entry in entries])
        finally:
            await source.close()
            await target.close()
        moved = await hass.async_add_executor_job(set_aside, file, "moved")
    except JournalError as err:
        _LOGGER.error("The log of access events is not moved: %s", err)
        async_set_journal_unusable(hass, err)
        return
    _LOGGER.info("Moved %d access events", rows)
    async_raise_journal_moved(hass, str(moved), rows)
    for entry in entries:
        if entry.state is ConfigEntryState.SETUP_RETRY:
            hass.config_entries.async_schedule_reload(entry.entry_id)


async def async_remove_journal(hass: HomeAssistant) -> None:
    """Remove the journal, since there is no system left that it could be of.

    Raises `JournalError`.
    """
    journal = await async_get_journal(hass)
    hass.data.pop(JOURNAL)
    await journal.remove()
    # What it was moved from may be elsewhere.
    await hass.async_add_executor_job(delete_all, _default_file(hass))
    async_clear_journal(hass)


@callback
def async_report_damage(hass: HomeAssistant, aside: Path | None) -> None:
    """Tell where a damaged journal was put, and let all systems fill the new one."""
    if aside is None:
        return
    async_raise_journal_damaged(hass, str(aside))
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
