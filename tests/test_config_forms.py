"""Test the forms that are made from the vendors' tables of fields."""

from typing import Any

import probatio
import pytest

from custom_components.access_events.config_forms import (
    clean,
    fields_schema,
    history_schema,
    missing,
    options_schema,
    readable_fingerprint,
    without_secrets,
)
from custom_components.access_events.systems import VENDORS, Field, FieldKind, Vendor
from homeassistant.helpers import config_validation as cv

FIELDS = (
    Field(key="host", kind=FieldKind.TEXT),
    Field(key="port", kind=FieldKind.PORT, default=443),
    Field(key="name", kind=FieldKind.TEXT, required=False),
    Field(key="base_url", kind=FieldKind.URL, default="https://example.com"),
    Field(key="password", kind=FieldKind.SECRET),
    Field(key="ca", kind=FieldKind.PEM),
    Field(key="ssl", kind=FieldKind.FLAG, default=False),
    Field(key="every", kind=FieldKind.SECONDS, default=60, minimum=5, maximum=3600),
    Field(
        key="topics",
        kind=FieldKind.CHOICES,
        default=("a", "b"),
        choices=("a", "b", "c"),
    ),
)


def shown(schema: probatio.Schema) -> dict[str, dict[str, Any]]:
    """Return a form as the browser gets it, by the names of its fields."""
    fields: Any = probatio.to_field_list(schema, custom_serializer=cv.custom_serializer)
    return {field["name"]: field for field in fields}


def test_every_kind_of_field_has_its_input() -> None:
    """The browser is told the right input, default and need for each field."""
    form = shown(fields_schema(FIELDS))
    assert form["host"]["selector"]["text"]["multiline"] is False
    assert form["host"]["required"]
    assert "default" not in form["host"]
    assert form["port"]["selector"]["number"] == {
        "min": 1,
        "max": 65535,
        "step": 1,
        "mode": "box",
    }
    assert form["port"]["default"] == 443
    assert not form["name"]["required"]
    assert form["base_url"]["selector"]["text"]["type"] == "url"
    assert form["password"]["selector"]["text"]["type"] == "password"
    assert form["ca"]["selector"]["text"]["multiline"] is True
    assert form["ssl"]["selector"] == {"boolean": {}}
    assert form["every"]["selector"]["number"]["unit_of_measurement"] == "s"
    assert form["topics"]["selector"]["select"]["options"] == ["a", "b", "c"]
    assert form["topics"]["selector"]["select"]["translation_key"] == "topics"
    assert form["topics"]["default"] == ["a", "b"]


def test_numbers_are_whole() -> None:
    """What the browser sends as a fraction becomes a whole number."""
    entered = {"host": "a", "password": "p", "ca": "c", "port": 8443.0}
    values = fields_schema(FIELDS)(entered)
    assert values["port"] == 8443
    assert isinstance(values["port"], int)


@pytest.mark.parametrize("port", [0, 65536, "https"])
def test_numbers_are_within_bounds(port: object) -> None:
    """A port that can't be is refused."""
    with pytest.raises(probatio.Invalid):
        fields_schema(FIELDS)({"host": "a", "password": "p", "ca": "c", "port": port})


def test_secrets_may_stay_empty() -> None:
    """A secret that may be kept is not asked for, and is never shown."""
    form = shown(fields_schema(FIELDS, secrets_optional=True))
    assert not form["password"]["required"]
    assert form["host"]["required"]
    entered = {"host": "a", "password": "canary"}
    assert without_secrets(FIELDS, entered) == {"host": "a"}


def test_clean_drops_blanks_and_what_is_empty() -> None:
    """Blanks around a value go, and so does what holds nothing."""
    entered = {
        "host": " door.local ",
        "name": "  ",
        "password": "p w ",
        "ssl": False,
        "topics": [],
        "other": "x",
    }
    values = clean(FIELDS, entered)
    assert values == {"host": "door.local", "password": "p w", "ssl": False}
    assert missing(FIELDS, values) == dict.fromkeys(
        ("port", "base_url", "ca", "every", "topics"), "required"
    )


@pytest.mark.parametrize(
    ("entered", "host", "port"),
    [
        ("192.168.1.1", "192.168.1.1", None),
        ("https://192.168.1.1", "192.168.1.1", None),
        ("https://192.168.1.1:12445/api/v1", "192.168.1.1", 12445),
        ("192.168.1.1:8443", "192.168.1.1", 8443),
        ("unifi.local/", "unifi.local", None),
        ("fd00::1", "fd00::1", None),
        ("[fd00::1]", "fd00::1", None),
        ("[fd00::1]:8443", "fd00::1", 8443),
        ("https://[fd00::1]/", "fd00::1", None),
        ("tür.example", "tür.example", None),
        ("host:port", "host:port", None),
        ("https://", "https://", None),
    ],
)
def test_host_is_taken_from_what_was_pasted(
    entered: str, host: str, port: int | None
) -> None:
    """An address from a browser's address bar does as well as a host."""
    expected = {"host": host} | ({"port": port} if port else {})
    assert clean(FIELDS, {"host": entered}) == expected


def test_history_form() -> None:
    """The days are bounded, and a pinned certificate is shown for comparison."""
    assert list(shown(history_schema(None))) == ["import_days"]
    form = shown(history_schema("0a" * 32))
    assert form["import_days"]["default"] == 7
    assert form["import_days"]["selector"]["number"]["min"] == 0
    assert form["import_days"]["selector"]["number"]["max"] == 3650
    assert form["fingerprint"]["default"] == ":".join(["0A"] * 32)
    assert form["fingerprint"]["selector"]["text"]["read_only"] is True


def test_fingerprint_is_as_openssl_prints_it() -> None:
    """A fingerprint can be compared with what other tools show."""
    assert readable_fingerprint("00ff1e") == "00:FF:1E"
    assert readable_fingerprint("") == ""


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)
def test_options_form(vendor: Vendor) -> None:
    """The options of each vendor come after those of every system."""
    form = shown(options_schema(vendor))
    assert list(form)[:3] == ["retention_days", "mask_credentials", "record_names"]
    assert list(form)[3:] == [field.key for field in vendor.options]
    assert form["retention_days"]["default"] == 365
    assert form["mask_credentials"]["default"] is True
    assert form["record_names"]["default"] is True
