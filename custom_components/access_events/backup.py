"""Backup platform for the Access Events integration."""

from datetime import datetime, timedelta
import logging

from homeassistant.core import CALLBACK_TYPE, HomeAssistant
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .journal import JournalError
from .store import JOURNAL, journal_failed

_LOGGER = logging.getLogger(__name__)

_LONGEST = timedelta(hours=2)
"""How long a backup may take before the journal's file changes again."""

_TIMER: HassKey[CALLBACK_TYPE] = HassKey(f"{DOMAIN}_backup")


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Leave the journal's file as it is; events go on being recorded beside it.

    The recorder stops writing for as long as a backup takes. Events at doors can't
    wait that long.
    """
    if (journal := hass.data.get(JOURNAL)) is None:
        return
    try:
        await journal.begin_backup()
    except JournalError as err:
        raise journal_failed(err) from err

    async def too_long(_: datetime) -> None:
        hass.data.pop(_TIMER, None)
        _LOGGER.warning("A backup takes too long: the log may not be whole in it")
        await _end(hass)

    if (cancel := hass.data.pop(_TIMER, None)) is not None:
        cancel()
    hass.data[_TIMER] = async_call_later(hass, _LONGEST, too_long)


async def async_post_backup(hass: HomeAssistant) -> None:
    """Let the journal's file change again."""
    if (cancel := hass.data.pop(_TIMER, None)) is not None:
        cancel()
    await _end(hass)


async def _end(hass: HomeAssistant) -> None:
    """Let the journal's file change again, if it still can."""
    if (journal := hass.data.get(JOURNAL)) is None:
        return
    try:
        await journal.end_backup()
    except JournalError as err:
        # It is opened anew by then, and changes as ever.
        _LOGGER.debug("The journal is not as before the backup: %s", err)
