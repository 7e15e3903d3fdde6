"""Forms of the Access Events integration, made from the vendors' tables of fields."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import voluptuous as vol
from yarl import URL

from homeassistant.const import CONF_HOST, CONF_PORT, UnitOfTime
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .const import (
    CONF_ADVANCED,
    CONF_FINGERPRINT,
    CONF_IMPORT_DAYS,
    CONF_MASK_CREDENTIALS,
    CONF_RECORD_NAMES,
    CONF_RETENTION_DAYS,
    CONF_SIDEBAR,
    DEFAULT_IMPORT_DAYS,
    DEFAULT_RETENTION_DAYS,
)
from .panel import Sidebar
from .systems import Field, FieldKind, Vendor

MAX_DAYS = 3650


def fields_schema(
    fields: Iterable[Field], *, secrets_optional: bool = False
) -> vol.Schema:
    """Return the form of a vendor's fields; advanced ones are in a folded section.

    With `secrets_optional` a secret may stay empty, which keeps the old one.
    """
    schema: dict[vol.Marker, object] = {}
    advanced: dict[vol.Marker, object] = {}
    for field in fields:
        required = field.required and not (secrets_optional and field.is_secret)
        marker = vol.Required if required else vol.Optional
        default = vol.UNDEFINED if field.default is None else _plain(field.default)
        part = advanced if field.advanced else schema
        part[marker(field.key, default=default)] = _selector(field)
    if advanced:
        schema[vol.Optional(CONF_ADVANCED)] = section(
            vol.Schema(advanced), {"collapsed": True}
        )
    return vol.Schema(schema)


def history_schema(fingerprint: str | None) -> vol.Schema:
    """Return the form of the step `history`, with the pinned certificate to compare."""
    schema: dict[vol.Marker, object] = {
        vol.Required(CONF_IMPORT_DAYS, default=DEFAULT_IMPORT_DAYS): _number(
            0, MAX_DAYS, UnitOfTime.DAYS
        )
    }
    if fingerprint:
        schema[
            vol.Optional(CONF_FINGERPRINT, default=readable_fingerprint(fingerprint))
        ] = TextSelector(TextSelectorConfig(multiline=True, read_only=True))
    return vol.Schema(schema)


def shown_schema(values: Mapping[str, str]) -> vol.Schema:
    """Return a form that shows values to be copied."""
    shown = TextSelector(TextSelectorConfig(read_only=True))
    return vol.Schema(
        {vol.Optional(key, default=value): shown for key, value in values.items()}
    )


def options_schema(vendor: Vendor) -> vol.Schema:
    """Return the form of the options: those of every system, then the vendor's own."""
    return vol.Schema(
        {
            vol.Required(CONF_RETENTION_DAYS, default=DEFAULT_RETENTION_DAYS): _number(
                1, MAX_DAYS, UnitOfTime.DAYS
            ),
            vol.Required(CONF_MASK_CREDENTIALS, default=True): BooleanSelector(),
            vol.Required(CONF_RECORD_NAMES, default=True): BooleanSelector(),
        }
    ).extend(fields_schema(vendor.options).schema)


def sidebar_schema(chosen: Sidebar) -> vol.Schema:
    """Return the form of who finds the panel in the sidebar."""
    choice = SelectSelectorConfig(
        options=[sidebar.value for sidebar in Sidebar],
        mode=SelectSelectorMode.DROPDOWN,
        translation_key=CONF_SIDEBAR,
    )
    shown = vol.Optional(CONF_SIDEBAR, description={"suggested_value": chosen.value})
    return vol.Schema({shown: SelectSelector(choice)})


def clean(fields: Iterable[Field], user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was entered, without blanks around it and without what is empty.

    From a host that was pasted as an address (`https://192.168.1.1:12445/`), the host
    is taken, and the port where it has one.
    """
    user_input = {**user_input, **user_input.get(CONF_ADVANCED, {})}
    values: dict[str, Any] = {}
    for field in fields:
        value = user_input.get(field.key)
        if isinstance(value, str):
            value = value.strip()
        if value not in (None, "", []):
            values[field.key] = value
    if host := values.get(CONF_HOST):
        values[CONF_HOST], port = _split_host(host)
        if port is not None:
            values[CONF_PORT] = port
    return values


def missing(
    fields: Iterable[Field], values: Mapping[str, Any], error: str = "required"
) -> dict[str, str]:
    """Return an error for each required field that was left empty."""
    return {
        field.key: error
        for field in fields
        if field.required and field.key not in values
    }


def without_secrets(
    fields: Iterable[Field], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the values that may be shown in a form again, as the form holds them."""
    shown: dict[str, Any] = {}
    advanced: dict[str, Any] = {}
    for field in fields:
        if not field.is_secret and field.key in values:
            part = advanced if field.advanced else shown
            part[field.key] = values[field.key]
    return shown | ({CONF_ADVANCED: advanced} if advanced else {})


def readable_fingerprint(fingerprint: str) -> str:
    """Return a hex SHA-256 as `openssl x509 -fingerprint -sha256` and browsers print it."""
    return ":".join(
        fingerprint[at : at + 2].upper() for at in range(0, len(fingerprint), 2)
    )


def _selector(field: Field) -> object:
    """Return the input that suits a field."""
    match field.kind:
        case FieldKind.FLAG:
            return BooleanSelector()
        case FieldKind.PORT:
            return _number(1, 65535)
        case FieldKind.SECONDS:
            return _number(field.minimum, field.maximum, UnitOfTime.SECONDS)
        case FieldKind.CHOICES:
            return SelectSelector(
                SelectSelectorConfig(
                    options=list(field.choices),
                    multiple=True,
                    mode=SelectSelectorMode.LIST,
                    translation_key=field.key,
                )
            )
        case FieldKind.PEM:
            return TextSelector(TextSelectorConfig(multiline=True))
        case FieldKind.SECRET:
            return TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
        case FieldKind.URL:
            return TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
    return TextSelector()


def _number(minimum: int, maximum: int, unit: str | None = None) -> vol.All:
    """Return an input for a whole number."""
    config = NumberSelectorConfig(
        min=minimum, max=maximum, step=1, mode=NumberSelectorMode.BOX
    )
    if unit:
        config["unit_of_measurement"] = unit
    return vol.All(NumberSelector(config), vol.Coerce(int))


def _plain(default: object) -> object:
    """Return a default as JSON has it."""
    return list(default) if isinstance(default, tuple) else default


def _split_host(text: str) -> tuple[str, int | None]:
    """Return the host and the port, if any, of what was entered as a host."""
    with suppress(ValueError):
        return str(ip_address(text.strip("[]"))), None
    with suppress(ValueError):
        url = URL(text if "://" in text else f"//{text}")
        return url.host or text, url.explicit_port
    return text, None
