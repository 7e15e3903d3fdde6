"""Test the integration's words and files as Home Assistant's own checks would.

Those checks are not installable; these hold their rules that can go wrong here.
"""

import ast
from collections.abc import Iterable, Iterator
from importlib import import_module
from inspect import signature
import json
from pathlib import Path
from pkgutil import walk_packages
import re
import string
from typing import Any

import pytest

from custom_components.access_events import config_flow, systems
from custom_components.access_events.const import DOMAIN
from custom_components.access_events.journal_errors import MESSAGES
from custom_components.access_events.models import EventKind, Method
from custom_components.access_events.repairs import TO_MEND
from custom_components.access_events.systems import VENDORS, Field, FieldKind, Vendor
from custom_components.access_events.systems.base import AccessSystemError
from custom_components.access_events.systems.unifi_access.site import FEATURES
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import selector
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict

ROOT = Path(config_flow.__file__).parent
SOURCES = {path: ast.parse(path.read_text()) for path in sorted(ROOT.rglob("*.py"))}
EN: dict[str, Any] = json.loads((ROOT / "translations" / "en.json").read_text())
ICONS: dict[str, Any] = json.loads((ROOT / "icons.json").read_text())
SERVICES: dict[str, Any] = load_yaml_dict(str(ROOT / "services.yaml"))

KEY = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
URL = re.compile(
    r"(?:[a-z]+://|www\.)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,5}", re.IGNORECASE
)
MARKUP = re.compile(r"<[a-z/!]", re.IGNORECASE)


def texts(
    node: Any, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Return all texts in a translation, with where they are."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from texts(value, (*path, key))
    else:
        yield path, node


def placeholders(text: str) -> set[str]:
    """Return what a text wants to be filled with."""
    return {
        name for _, name, _, _ in string.Formatter().parse(text) if name is not None
    }


def calls(keyword: str) -> Iterator[tuple[Path, ast.Call, str]]:
    """Return the calls in the source that give a keyword a literal text."""
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                for given in node.keywords:
                    if given.arg == keyword and isinstance(given.value, ast.Constant):
                        yield path, node, str(given.value.value)


def called(node: ast.Call) -> str:
    """Return the name of what is called."""
    function = node.func
    return (
        function.attr
        if isinstance(function, ast.Attribute)
        else getattr(function, "id", "")
    )


def literals() -> set[str]:
    """Return all texts in the source."""
    return {
        text
        for tree in SOURCES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(text := node.value, str)
    }


def errors_of_systems() -> dict[str, list[type[AccessSystemError]]]:
    """Return the errors that adapters raise, by the names of their classes."""
    for module in walk_packages(systems.__path__, f"{systems.__name__}."):
        import_module(module.name)
    found: dict[str, list[type[AccessSystemError]]] = {}
    left: list[type[AccessSystemError]] = [AccessSystemError]
    while left:
        error = left.pop()
        found.setdefault(error.__name__, []).append(error)
        left += error.__subclasses__()
    return found


# The words


def test_texts_have_the_form_that_is_allowed() -> None:
    """No markup, no address, no blank ends, and placeholders that can be filled."""
    for path, text in texts(EN):
        assert isinstance(text, str), path
        assert text, path
        assert text == text.strip(), path
        assert not MARKUP.search(text), path
        assert not URL.search(text), path
        assert not re.search(r"'{\w+}'", text), path
        assert all(name.isidentifier() for name in placeholders(text)), path
        assert "[%key" not in text, path
        for key in path:
            assert KEY.fullmatch(key), path
    for path, text in texts(EN.get("entity", {})):
        assert not placeholders(text) or path[-1] == "name", path


def test_texts_are_sorted() -> None:
    """The words are in the order of their names, so that they are easily found."""

    def check(node: Any, path: tuple[str, ...]) -> None:
        if isinstance(node, dict):
            assert list(node) == sorted(node), path
            for key, value in node.items():
                check(value, (*path, key))

    check(EN, ())


def test_sections_are_known() -> None:
    """Home Assistant knows each section of the words."""
    assert set(EN) <= {
        "common",
        "config",
        "config_subentries",
        "device",
        "entity",
        "exceptions",
        "issues",
        "options",
        "selector",
        "services",
        "system_health",
    }


# The forms


def assert_named(step: dict[str, Any], fields: Iterable[Field]) -> None:
    """Check that each field is named and explained where the form shows it."""
    fields = tuple(fields)
    plain = {field.key for field in fields if not field.advanced}
    advanced = {field.key for field in fields if field.advanced}
    assert set(step["data"]) == plain
    assert set(step["data_description"]) == plain
    assert set(step.get("sections", {})) == ({"advanced"} if advanced else set())
    for section in step.get("sections", {}).values():
        assert section["name"]
        assert set(section["data"]) == advanced
        assert set(section["data_description"]) == advanced


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)
def test_vendor_step(vendor: Vendor) -> None:
    """Each vendor is in the menu, and each of its fields is named and explained."""
    steps = EN["config"]["step"]
    assert steps["user"]["menu_options"][vendor.key] == vendor.name
    assert steps["user"]["menu_option_descriptions"][vendor.key]
    step = steps[vendor.key]
    assert step["title"]
    assert step["description"]
    assert_named(step, vendor.fields)


def test_steps_of_all_vendors() -> None:
    """The steps that all vendors share name the fields of all, and no others."""
    steps = EN["config"]["step"]
    fields = [field for vendor in VENDORS.values() for field in vendor.fields]
    assert_named(steps["reconfigure"], fields)
    secret = {
        field.key for field in fields if field.kind is FieldKind.SECRET or field.renewed
    }
    for name, keys in (
        ("reauth_confirm", secret),
        ("history", {"import_days", "fingerprint"}),
    ):
        assert set(steps[name]["data"]) == keys, name
        assert set(steps[name]["data_description"]) == keys, name
    assert set(steps["user"]["menu_options"]) == set(VENDORS)
    assert set(steps["user"]["menu_option_descriptions"]) == set(VENDORS)
    assert set(steps) == {
        "user",
        *VENDORS,
        "certificate",
        "history",
        "reauth_confirm",
        "reconfigure",
    }


def test_errors_of_the_forms() -> None:
    """Each error that a form may show has words, and no words are left over."""
    errors = set(EN["config"]["error"])
    assert errors >= {"required", "timeout", "unknown"}
    assert errors <= literals()
    assert set(EN["config"]["abort"]) == {
        "already_configured",
        "not_found",
        "unique_id_mismatch",
    }
    assert set(EN["options"]["error"]) == {"none_chosen"}


def test_options() -> None:
    """Each option is named and explained, and each choice has words."""
    fields: list[Field] = [
        field for vendor in VENDORS.values() for field in vendor.options
    ]
    keys = {"retention_days", "mask_credentials", "record_names", "sidebar"} | {
        field.key for field in fields
    }
    step = EN["options"]["step"]["init"]
    assert set(step["data"]) == keys
    assert set(step["data_description"]) == keys
    for field in fields:
        if field.kind is FieldKind.CHOICES:
            assert set(EN["selector"][field.key]["options"]) == set(field.choices)


# Issues and errors


def test_issues() -> None:
    """An issue that can be fixed has a flow; one that can't has a description."""
    for key, issue in EN["issues"].items():
        assert issue["title"], key
        assert ("description" in issue) != ("fix_flow" in issue), key
        if "fix_flow" in issue:
            assert set(issue["fix_flow"]["step"]) == {"confirm"}, key
            assert issue["fix_flow"]["step"]["confirm"]["description"], key


def test_issues_of_the_journal() -> None:
    """What only a user can mend about the journal is told them."""
    for code in TO_MEND:
        issue = EN["issues"][f"journal_{code}"]
        assert placeholders(issue["description"]) <= placeholders(MESSAGES[code])


def test_problems_of_the_adapters() -> None:
    """What an adapter wants mended has words as a repair."""
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or called(node) != "Problem":
                continue
            given = {item.arg: item.value for item in node.keywords}
            code = node.args[0] if node.args else given["code"]
            if isinstance(code, ast.Constant):
                assert code.value in EN["issues"], f"{path.name}:{node.lineno}"


def test_features_of_the_adapters() -> None:
    """What a missing permission is for has words, and no words are left over."""
    told = {key for key in EN["common"] if key.startswith("feature_")}
    assert told == {f"feature_{feature}" for feature in FEATURES.values()}


def test_exceptions() -> None:
    """Each error has words, what they want is given, and no words are left over."""
    exceptions = EN["exceptions"]
    raised = 0
    for path, node, key in calls("translation_key"):
        name = called(node)
        if not name.endswith(("Error", "Failed", "NotReady")):
            continue
        raised += 1
        where = f"{path.name}:{node.lineno}"
        assert key in exceptions, where
        given = next(
            (
                item.value
                for item in node.keywords
                if item.arg == "translation_placeholders"
            ),
            None,
        )
        wanted = placeholders(exceptions[key]["message"])
        if given is None:
            assert not wanted, where
        elif isinstance(given, ast.Dict) and all(given.keys):
            keys = {ast.literal_eval(item) for item in given.keys if item is not None}
            assert wanted <= keys, where
    assert raised
    of_journal = {f"journal_{code}": text for code, text in MESSAGES.items()}
    for key, text in of_journal.items():
        assert placeholders(exceptions[key]["message"]) <= placeholders(text), key
    assert set(exceptions) <= literals() | set(of_journal)


def test_errors_of_the_systems() -> None:
    """What a system fails to do has words, and what they want is given."""
    exceptions = EN["exceptions"]
    errors = errors_of_systems()
    for name, classes in errors.items():
        for error in classes:
            assert error.key in exceptions, name
    raised = 0
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or called(node) not in errors:
                continue
            error = errors[called(node)][0]
            if next(iter(signature(error).parameters)) != "key":
                continue
            where = f"{path.name}:{node.lineno}"
            key = node.args[0] if node.args else ast.Constant(error.key)
            given = {item.arg for item in node.keywords}
            if not isinstance(key, ast.Constant) or None in given:
                continue
            raised += 1
            assert key.value in exceptions, where
            wanted = placeholders(exceptions[key.value]["message"])
            assert wanted <= given | {"address"}, where
            assert given - wanted <= {"address", "fingerprint", "retry_after"}, where
    assert raised > 100


def test_words_of_the_logbook() -> None:
    """The logbook has words for each kind of event and each way to identify."""
    told = {key for key in EN["common"] if key.startswith("logbook_")}
    assert told == {
        "logbook_access_denied_nobody",
        "logbook_by",
        "logbook_caught_up",
        *(f"logbook_{kind}" for kind in EventKind),
        *(f"logbook_with_{method}" for method in set(Method) - {Method.UNKNOWN}),
    }


# Entities and icons


def platform_of(path: Path) -> str:
    """Return the platform of a module, such as sensor of person_sensor.py."""
    return path.stem.removeprefix("person_").removeprefix("zone_")


def entity_keys() -> set[tuple[str, str]]:
    """Return platform and translation key of each entity in the source."""
    return {
        (platform_of(path), key)
        for path, node, key in calls("translation_key")
        if platform_of(path) in set(Platform) and called(node).endswith("Description")
    } | {
        (path.stem, str(node.value.value))
        for path, tree in SOURCES.items()
        if path.stem in set(Platform)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in node.targets
        if getattr(target, "id", getattr(target, "attr", "")) == "_attr_translation_key"
    }


def test_entities() -> None:
    """Each entity with a key of its own has words, and no words are left over."""
    known = {(platform, key) for platform, keys in EN["entity"].items() for key in keys}
    assert entity_keys() == known


def test_icons() -> None:
    """Icons are of Material Design and belong to something that exists."""
    for path, icon in texts(ICONS):
        assert re.fullmatch(r"mdi:[a-z0-9-]+", icon), path
    for platform, keys in ICONS.get("entity", {}).items():
        assert set(keys) <= set(EN["entity"][platform]), platform
        for key, icon in keys.items():
            states = EN["entity"][platform][key].get("state", {})
            if states:
                assert set(icon.get("state", {})) <= set(states), (platform, key)
    assert set(ICONS.get("services", {})) == set(SERVICES)


# Actions


async def test_actions_are_described(hass: HomeAssistant) -> None:
    """Each action that is registered is described, and none that is not."""
    assert await async_setup_component(hass, DOMAIN, {})
    registered = set(hass.services.async_services_for_domain(DOMAIN))
    assert registered == set(SERVICES) == set(EN["services"])


def service_fields(service: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the fields of an action, those in sections too."""
    fields: dict[str, dict[str, Any]] = {}
    for name, field in (service.get("fields") or {}).items():
        fields |= service_fields(field) if "fields" in field else {name: field or {}}
    return fields


@pytest.mark.parametrize("name", SERVICES)
def test_action_words(name: str) -> None:
    """Each field of an action is named and explained, and its input exists."""
    words = EN["services"][name]
    assert words["name"]
    assert words["description"]
    fields = service_fields(SERVICES[name] or {})
    assert set(words.get("fields", {})) == set(fields)
    for key, field in fields.items():
        assert words["fields"][key]["name"], key
        assert words["fields"][key]["description"], key
        selector.validate_selector(field["selector"])
        config = field["selector"].get("select") or {}
        if "translation_key" in config:
            options = {
                option["value"] if isinstance(option, dict) else option
                for option in config["options"]
            }
            known = EN["selector"][config["translation_key"]]["options"]
            assert set(known) == options, key
    sections = {
        key
        for key, field in ((SERVICES[name] or {}).get("fields") or {}).items()
        if "fields" in field
    }
    assert set(words.get("sections", {})) == sections


def test_selectors_are_used() -> None:
    """No words for choices are left over."""
    used = {
        field["selector"]["select"]["translation_key"]
        for service in SERVICES.values()
        for field in service_fields(service or {}).values()
        if "translation_key" in (field["selector"].get("select") or {})
    } | {
        field.key
        for vendor in VENDORS.values()
        for field in vendor.options
        if field.kind is FieldKind.CHOICES
    }
    assert set(EN["selector"]) == used | {"sidebar"}
