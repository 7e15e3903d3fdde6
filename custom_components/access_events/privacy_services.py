"""The action of the Access Events integration that forgets a person."""

import voluptuous as vol

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, service
from homeassistant.util.json import JsonValueType

from .const import DOMAIN
from .coordinator import AccessConfigEntry
from .entries import async_system_entries
from .journal import JournalError
from .persons import PERSON_WATCH
from .pictures import forget_pictures
from .store import async_get_journal, journal_failed
from .targets import ATTR_CONFIG_ENTRY_ID, refused

ATTR_MODE = "mode"
ATTR_PERSON = "person"

_FORGET_PERSON = vol.Schema(
    {
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        # An error of a schema shows what was given, so this is checked elsewhere.
        vol.Required(ATTR_PERSON): cv.string,
        vol.Optional(ATTR_MODE, default="remove"): vol.In(("remove", "pseudonymise")),
    }
)


@callback
def async_setup_privacy_services(hass: HomeAssistant) -> None:
    """Register the action, which is for administrators only."""
    service.async_register_admin_service(
        hass,
        DOMAIN,
        "forget_person",
        _forget_person,
        _FORGET_PERSON,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _forget_person(call: ServiceCall) -> ServiceResponse:
    """Forget a person, and answer with how much there was of them."""
    hass, data = call.hass, call.data
    if not (person := data[ATTR_PERSON].strip()):
        raise refused("person_unknown")
    entries = _entries(hass, data.get(ATTR_CONFIG_ENTRY_ID))
    # What the system tells later for the first time is not known to be forgotten, so
    # the log is completed first.
    not_read: list[JsonValueType] = [
        entry.title for entry in entries if not await _caught_up(entry)
    ]
    try:
        journal = await async_get_journal(hass)
        forgotten = await journal.forget_person(
            person,
            [entry.entry_id for entry in entries],
            remove=data[ATTR_MODE] == "remove",
        )
        if not forgotten.people:
            raise refused("person_unknown")
        for entry in entries:
            people = [
                found
                for entry_id, found in forgotten.people
                if entry_id == entry.entry_id
            ]
            if people and entry.state is ConfigEntryState.LOADED:
                await entry.runtime_data.intake.forget(people)
        await hass.data[PERSON_WATCH].async_look_again()
        forget_pictures(hass)
    except JournalError as err:
        raise journal_failed(err) from err
    return {
        "rows": forgotten.rows,
        "mentions": forgotten.mentions,
        "not_read": not_read,
    }


def _entries(hass: HomeAssistant, entry_id: str | None) -> list[AccessConfigEntry]:
    """Return one system or all of them, set up or not."""
    if entry_id is None:
        return async_system_entries(hass)
    entry = hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry.domain != DOMAIN:
        raise refused("entry_unknown", config_entry_id=entry_id)
    return [entry]


async def _caught_up(entry: AccessConfigEntry) -> bool:
    """Read a system's history up to now, and tell whether that was possible."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    try:
        await entry.runtime_data.catch_up()
    except HomeAssistantError:
        return False
    return True
