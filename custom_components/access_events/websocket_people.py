"""WebSocket commands of the Access Events integration that concern people."""

from typing import Any

import voluptuous as vol

from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv

from .const import DOMAIN
from .models import Capability, Person, User
from .persons import PersonLinks
from .targets import ATTR_CONFIG_ENTRY_ID, refused
from .user_services import (
    ATTR_FACE_IMAGE,
    REGISTER,
    REMOVE,
    UPDATE,
    able,
    async_register_user,
    async_remove_user,
    async_update_user,
)

_ENTRY = {vol.Required("entry_id"): cv.string}
# What is given is checked where an error doesn't show it: it may be a PIN.
_FIELDS = {
    vol.Optional(str(key)): object
    for key in {**REGISTER.schema, **UPDATE.schema}
    if key not in (ATTR_CONFIG_ENTRY_ID, ATTR_FACE_IMAGE)
}


@callback
def async_setup_people(hass: HomeAssistant) -> None:
    """Register the commands, which are for administrators only."""
    for command in (_list, _register, _update, _remove):
        websocket_api.async_register_command(hass, command)


@websocket_api.websocket_command(
    {vol.Required("type"): f"{DOMAIN}/people/list", **_ENTRY}
)
@websocket_api.require_admin
@websocket_api.async_response
async def _list(
    hass: HomeAssistant,
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Answer with the people in a system's register."""
    coordinator = able(hass, msg["entry_id"], Capability.USERS_READ, "get_users")
    users = await coordinator.command(coordinator.system.users())
    connection.send_result(
        msg["id"], {"people": [_shown(user, coordinator.persons) for user in users]}
    )


def _shown(user: User, links: PersonLinks) -> dict[str, Any]:
    """Return a person as the panel shows them; of credentials only how many."""
    return {
        "user_id": user.id,
        "name": user.name,
        "active": user.active,
        "valid_from": user.valid_from and user.valid_from.isoformat(),
        "valid_until": user.valid_until and user.valid_until.isoformat(),
        "groups": list(user.groups),
        "doors": None,
        "credentials": {
            "cards": user.cards or 0,
            "pin": bool(user.has_pin),
            "face": bool(user.faces),
            "phone": bool(user.phone),
        },
        "ha_person": links.entity_id(Person(id=user.id, name=user.name)),
    }


@websocket_api.websocket_command(
    {vol.Required("type"): f"{DOMAIN}/people/register", **_ENTRY, **_FIELDS}
)
@websocket_api.require_admin
@websocket_api.async_response
async def _register(
    hass: HomeAssistant,
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Register a person."""
    done = await async_register_user(hass, _checked(REGISTER, msg))
    connection.send_result(msg["id"], done)


@websocket_api.websocket_command(
    {vol.Required("type"): f"{DOMAIN}/people/update", **_ENTRY, **_FIELDS}
)
@websocket_api.require_admin
@websocket_api.async_response
async def _update(
    hass: HomeAssistant,
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Change a person; what is not said stays as it is."""
    done = await async_update_user(hass, _checked(UPDATE, msg))
    connection.send_result(msg["id"], done)


@websocket_api.websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/people/remove",
        **_ENTRY,
        vol.Required("user_id"): cv.string,
    }
)
@websocket_api.require_admin
@websocket_api.async_response
async def _remove(
    hass: HomeAssistant,
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Remove a person."""
    await async_remove_user(hass, _checked(REMOVE, msg))
    connection.send_result(msg["id"])


def _checked(schema: vol.Schema, msg: dict[str, Any]) -> dict[str, Any]:
    """Return what a message says, as the action of the same name takes it.

    Raises `ServiceValidationError`, which names the field, but not what was given.
    """
    given = {
        key: value
        for key, value in msg.items()
        if key not in ("id", "type", "entry_id")
    }
    try:
        checked: dict[str, Any] = schema(
            {ATTR_CONFIG_ENTRY_ID: msg["entry_id"], **given}
        )
    except vol.Invalid as err:
        field = str(err.path[0]) if err.path else "?"
        raise refused("field_invalid", field=field) from None
    return checked
