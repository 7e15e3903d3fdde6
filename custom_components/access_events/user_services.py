"""Actions of the Access Events integration that concern people's registration."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import voluptuous as vol

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, service
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .coordinator import AccessCoordinator
from .models import Capability, UserRequest, UserResult
from .targets import (
    ATTR_CONFIG_ENTRY_ID,
    ATTR_DOORS,
    coordinator_of,
    own_doors,
    refused,
)
from .words import Words

ATTR_EMAIL = "email"
ATTR_FACE_IMAGE = "face_image"
ATTR_NAME = "name"
ATTR_USER_ID = "user_id"
ATTR_VALID_FROM = "valid_from"
ATTR_VALID_UNTIL = "valid_until"

_LARGEST_IMAGE = 10_000_000  # bytes
_TEXTS = vol.All(cv.ensure_list, [cv.string])

# An error of a schema shows what was given, so what is secret is checked elsewhere.
_FIELDS = {
    vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string,
    vol.Optional("active"): cv.boolean,
    vol.Optional(ATTR_VALID_FROM): cv.datetime,
    vol.Optional(ATTR_VALID_UNTIL): cv.datetime,
    vol.Optional("passes"): vol.All(vol.Coerce(int), vol.Range(min=1)),
    vol.Optional(ATTR_DOORS): _TEXTS,
    vol.Optional("schedule"): cv.string,
    vol.Optional("groups"): _TEXTS,
    vol.Optional("cards"): _TEXTS,
    vol.Optional("pin"): cv.string,
    vol.Optional("duress_pin"): cv.string,
    vol.Optional("phone"): cv.string,
    vol.Optional(ATTR_EMAIL): cv.string,
    vol.Optional(ATTR_FACE_IMAGE): vol.All(_TEXTS, vol.Length(min=1)),
}
_ID = vol.All(cv.string, vol.Length(min=1, max=255))
_NAME = vol.All(cv.string, vol.Length(min=1, max=255))
REGISTER = vol.Schema(
    {**_FIELDS, vol.Required(ATTR_NAME): _NAME, vol.Optional(ATTR_USER_ID): _ID}
)
UPDATE = vol.Schema(
    {**_FIELDS, vol.Optional(ATTR_NAME): _NAME, vol.Required(ATTR_USER_ID): _ID}
)
REMOVE = vol.Schema(
    {vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string, vol.Required(ATTR_USER_ID): _ID}
)
_GET = vol.Schema({vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string})


@callback
def async_setup_user_services(hass: HomeAssistant) -> None:
    """Register the actions, which are for administrators only."""
    for name, handler, schema, response in (
        ("register_user", _register, REGISTER, SupportsResponse.OPTIONAL),
        ("update_user", _update, UPDATE, SupportsResponse.OPTIONAL),
        ("remove_user", _remove, REMOVE, SupportsResponse.NONE),
        ("get_users", _get, _GET, SupportsResponse.ONLY),
    ):
        service.async_register_admin_service(
            hass, DOMAIN, name, handler, schema, supports_response=response
        )


async def _register(call: ServiceCall) -> ServiceResponse:
    """Register a person."""
    return await async_register_user(call.hass, call.data)


async def _update(call: ServiceCall) -> ServiceResponse:
    """Change a person; what is not said stays as it is."""
    return await async_update_user(call.hass, call.data)


async def _remove(call: ServiceCall) -> None:
    """Remove a person."""
    await async_remove_user(call.hass, call.data)


async def async_register_user(
    hass: HomeAssistant, data: Mapping[str, Any]
) -> dict[str, Any]:
    """Register a person with what `REGISTER` made of the data.

    Returns the id and what was set. Raises `HomeAssistantError`.
    """
    coordinator = able(
        hass, data[ATTR_CONFIG_ENTRY_ID], Capability.USERS_ADD, "register_user"
    )
    request = await _request(hass, coordinator, data, set(data), new=True)
    result = await coordinator.command(coordinator.system.register_user(request))
    return _answer(result, coordinator.words)


async def async_update_user(
    hass: HomeAssistant, data: Mapping[str, Any]
) -> dict[str, Any]:
    """Change a person by what `UPDATE` made of the data; see `async_register_user`."""
    coordinator = able(
        hass, data[ATTR_CONFIG_ENTRY_ID], Capability.USERS_UPDATE, "update_user"
    )
    given = set(data) - {ATTR_USER_ID}
    if given == {ATTR_CONFIG_ENTRY_ID}:
        raise refused("nothing_to_change")
    request = await _request(hass, coordinator, data, given, new=False)
    result = await coordinator.command(coordinator.system.update_user(request))
    return _answer(result, coordinator.words)


async def async_remove_user(hass: HomeAssistant, data: Mapping[str, Any]) -> None:
    """Remove the person that `REMOVE` found named. Raises `HomeAssistantError`."""
    coordinator = able(
        hass, data[ATTR_CONFIG_ENTRY_ID], Capability.USERS_REMOVE, "remove_user"
    )
    await coordinator.command(coordinator.system.remove_user(data[ATTR_USER_ID]))


async def _get(call: ServiceCall) -> ServiceResponse:
    """Answer with the people in the system's register."""
    coordinator = able(
        call.hass, call.data[ATTR_CONFIG_ENTRY_ID], Capability.USERS_READ, "get_users"
    )
    users = await coordinator.command(coordinator.system.users())

    def shown(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.isoformat()
        return list(value) if isinstance(value, tuple) else value

    return {
        "users": [
            {
                "user_id" if key == "id" else key: shown(value)
                for key, value in asdict(user).items()
            }
            for user in users
        ]
    }


def able(
    hass: HomeAssistant, entry_id: str, capability: Capability, action: str
) -> AccessCoordinator:
    """Return the system, if it can do that. Raises `ServiceValidationError`."""
    coordinator = coordinator_of(hass, entry_id)
    if capability not in coordinator.system.capabilities:
        raise refused(
            "action_not_supported", name=coordinator.entry.title, action=action
        )
    return coordinator


async def _request(
    hass: HomeAssistant,
    coordinator: AccessCoordinator,
    data: Mapping[str, Any],
    given: set[str],
    *,
    new: bool,
) -> UserRequest:
    """Return what is asked for; refuses by name what the system has no use for."""
    usable = coordinator.system.user_fields
    if unused := sorted(given - usable - {ATTR_CONFIG_ENTRY_ID}):
        raise refused(
            "fields_not_supported",
            name=coordinator.entry.title,
            fields=", ".join(unused),
            usable=", ".join(sorted(usable)),
        )
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in data.items()
        if key != ATTR_CONFIG_ENTRY_ID
    }
    for key in (ATTR_VALID_FROM, ATTR_VALID_UNTIL):
        if key in fields:
            fields[key] = dt_util.as_utc(fields[key])
    if (
        ATTR_VALID_FROM in fields
        and ATTR_VALID_UNTIL in fields
        and fields[ATTR_VALID_FROM] >= fields[ATTR_VALID_UNTIL]
    ):
        raise refused("valid_until_before_valid_from")
    if (email := fields.get(ATTR_EMAIL)) and not _looks_like_email(email):
        raise refused("email_invalid")
    if ATTR_DOORS in fields:
        fields[ATTR_DOORS] = own_doors(hass, coordinator, fields[ATTR_DOORS])
    elif ATTR_DOORS in usable and new:
        fields[ATTR_DOORS] = ()
    if ATTR_FACE_IMAGE in fields:
        if (
            len(fields[ATTR_FACE_IMAGE]) > 1
            and Capability.SEVERAL_FACES not in coordinator.system.capabilities
        ):
            raise refused("one_face_only", name=coordinator.entry.title)
        fields[ATTR_FACE_IMAGE], *more = await hass.async_add_executor_job(
            _read_images, hass, fields[ATTR_FACE_IMAGE]
        )
        if more:
            fields["more_faces"] = tuple(more)
    return UserRequest(**fields)


def _looks_like_email(text: str) -> bool:
    """Tell whether a text may be an address; only the system knows if it is one."""
    name, at, domain = text.rpartition("@")
    return bool(name and at and domain) and not set(text) & set(" \t\r\n,;")


def _read_images(hass: HomeAssistant, filenames: tuple[str, ...]) -> list[bytes]:
    """Read pictures from folders that Home Assistant may read."""
    return [_read_image(hass, filename) for filename in filenames]


def _read_image(hass: HomeAssistant, filename: str) -> bytes:
    """Read a picture from a folder that Home Assistant may read."""
    path = Path(filename)
    try:
        if not (
            path.is_absolute()
            and hass.config.is_allowed_path(filename)
            and path.is_file()
        ):
            raise refused("image_not_allowed", filename=filename)
        if path.stat().st_size > _LARGEST_IMAGE:
            raise refused("image_too_large", filename=filename)
        return path.read_bytes()
    except (OSError, ValueError) as err:
        raise refused("image_not_allowed", filename=filename) from err


def _answer(result: UserResult, words: Words) -> dict[str, Any]:
    """Return what was set; raises if only some of it was."""
    if result.failed:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="user_half_done",
            translation_placeholders={
                "user_id": result.user_id,
                "done": ", ".join(result.done) or "–",
                "failed": "; ".join(
                    f"{key}: {words.reason(why)}" for key, why in result.failed.items()
                ),
            },
        )
    return {"user_id": result.user_id, "done": list(result.done)}
