"""Tests that what the README tells users is so, and works as it stands."""

import ast
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
import json
from pathlib import Path
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.access_events import CONFIG_SCHEMA
from custom_components.access_events.const import DOMAIN
from custom_components.access_events.models import EventKind, Image, Person
from homeassistant.components import logbook, recorder
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml

from .actions import FullToySystem, exports_folder, install, recorded, records
from .doors import FRONT
from .wait import wait_for

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
INTEGRATION = ROOT / "custom_components" / DOMAIN
CONFIGURATION = {
    DOMAIN: CONFIG_SCHEMA,
    "logbook": logbook.CONFIG_SCHEMA,
    "recorder": recorder.CONFIG_SCHEMA,
}

type SetUp = Callable[[], Awaitable[MockConfigEntry]]


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> FullToySystem:
    """Return a system that a test plays, with all that actions need."""
    return install(monkeypatch)


def blocks(media: str = "/media") -> list[dict[str, Any]]:
    """Return the blocks of YAML that users are shown, with another folder of media."""
    text = README.read_text().replace(" /media/", f" {media}/")
    found = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    read: list[Any] = [parse_yaml(block) for block in found]
    return read


def told(key: str, media: str = "/media") -> Any:
    """Return what the blocks hold under a key."""
    found = [block[key] for block in blocks(media) if key in block]
    if isinstance(found[0], dict):
        return {name: value for part in found for name, value in part.items()}
    return [value for part in found for value in part]


def part(heading: str) -> str:
    """Return what stands under a heading, up to the next one."""
    _, _, text = README.read_text().partition(f"# {heading}\n")
    assert text, f"There is no heading {heading}"
    return re.split(r"^#", text, maxsplit=1, flags=re.MULTILINE)[0]


def first_cells(text: str, head: str = "") -> list[str]:
    """Return what is in the first column of tables, of those that are headed so."""
    tables = re.findall(r"^\| (.*?) \|.*\n\|-.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [
        row.split(" | ")[0].removeprefix("| ")
        for title, rows in tables
        if title.endswith(head)
        for row in rows.splitlines()
    ]


def words() -> dict[str, Any]:
    """Return what the integration says, in English."""
    text = (INTEGRATION / "translations" / "en.json").read_text()
    found: dict[str, Any] = json.loads(text)
    return found


def manifest() -> dict[str, Any]:
    """Return the manifest."""
    found: dict[str, Any] = json.loads((INTEGRATION / "manifest.json").read_text())
    return found


def texts(value: Any) -> Iterator[str]:
    """Yield all texts in nested words."""
    if isinstance(value, str):
        yield value
    else:
        for each in value.values():
            yield from texts(each)


def adapters_texts() -> Iterator[str]:
    """Yield the texts that stand in the adapters' code."""
    for path in (INTEGRATION / "systems").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def quoted() -> list[str]:
    """Return the messages that users are told about, as they are quoted."""
    cells = first_cells(README.read_text(), "says")
    return [text for cell in cells for text in re.findall(r"\*(.+?)\*", cell) or [cell]]


def says(quote: str, text: str) -> bool:
    """Return whether a text begins as it is quoted, with `…` for what differs."""
    return re.match(".*".join(map(re.escape, quote.split("…"))), text) is not None


def test_troubles_are_quoted() -> None:
    """What stands in quotes is said, and nothing that is said at set-up is missing."""
    quotes = quoted()
    known = words()
    said = [*texts(known), *adapters_texts()]
    assert [
        quote for quote in quotes if not any(says(quote, text) for text in said)
    ] == []
    config = known["config"]
    shown: Iterable[str] = (
        *(text for key, text in config["error"].items() if key != "required"),
        *config["abort"].values(),
        *(issue["title"] for issue in known["issues"].values()),
    )
    assert [
        text for text in shown if not any(says(quote, text) for quote in quotes)
    ] == []


def test_options_are_listed() -> None:
    """Each option is in the table, under the name that its form shows."""
    assert sorted(first_cells(part("Options"))) == sorted(
        words()["options"]["step"]["init"]["data"].values()
    )


def test_entities_are_named() -> None:
    """Each kind of entity is told of by its name, but those of single zones."""
    readme = README.read_text().lower()
    entities = words()["entity"].values()
    names = [found["name"] for platform in entities for found in platform.values()]
    assert [
        name for name in names if "{" not in name and name.lower() not in readme
    ] == []


def test_actions_are_listed() -> None:
    """Each action is in the table."""
    listed = re.findall(
        r"`(?:access_events\.)?(\w+)`", str(first_cells(part("Actions")))
    )
    assert listed == list(dict.fromkeys(listed))
    assert set(listed) == set(words()["services"])


def test_options_of_the_card_are_listed() -> None:
    """Each option of the card is in the table."""
    code = (ROOT / "frontend" / "src" / "card.ts").read_text()
    (fields,) = re.findall(r"interface CardConfig \{(.*?)\n\}", code, re.DOTALL)
    listed = [cell.strip("`") for cell in first_cells(part("The card"))]
    assert sorted(listed) == sorted(re.findall(r"^  (\w+)\??:", fields, re.MULTILINE))


def test_blueprints_are_listed() -> None:
    """The addresses are those of the blueprints that there are."""
    base = f"{manifest()['documentation']}/blob/main/"
    listed = re.findall(r"https://\S+\.yaml", part("Blueprints"))
    files = (ROOT / "blueprints").rglob("*.yaml")
    assert sorted(listed) == sorted(f"{base}{path.relative_to(ROOT)}" for path in files)


def test_configuration() -> None:
    """Each block for configuration.yaml is accepted, also with what is commented out."""
    for block in blocks():
        if not (keys := block.keys() & CONFIGURATION):
            assert block.keys() <= {"script", "automation", "action", "data"} | {
                "response_variable"
            }
        for key in keys:
            assert CONFIGURATION[key](block)
    addresses = re.findall(r"db_url: (\S+)", README.read_text())
    assert len(addresses) == 3
    for address in addresses:
        assert CONFIG_SCHEMA({DOMAIN: {"db_url": address}})


async def test_automation(
    hass: HomeAssistant, toy: FullToySystem, set_up_toy: SetUp
) -> None:
    """Who comes to the front door is told, who is denied is not."""
    toy.door_list = [replace(FRONT, name="Front door")]
    notes = async_mock_service(hass, "notify", "notify")
    entry = await set_up_toy()
    assert await async_setup_component(
        hass, "automation", {"automation": told("automation")}
    )
    for kind in (EventKind.ACCESS_DENIED, EventKind.ACCESS_GRANTED):
        toy.happen(kind=kind, person=Person(name=f"Jane {kind.name}"))
    await recorded(entry, 2)
    await wait_for(lambda: notes)
    assert [note.data["message"] for note in notes] == ["Jane ACCESS_GRANTED came in"]


async def test_scripts(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, tmp_path: Path
) -> None:
    """Last week's log is a file that is mailed; who was refused is told."""
    await exports_folder(hass, tmp_path)
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    mails = async_mock_service(hass, "smtp", "send_message")
    notes = async_mock_service(hass, "notify", "send_message")
    assert await async_setup_component(
        hass, "script", {"script": told("script", str(tmp_path))}
    )
    now = dt_util.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    toy.happen(pushed=False, occurred_at=dt_util.as_utc(midnight).replace(year=2025))
    toy.happen(pushed=False, occurred_at=dt_util.as_utc(midnight - timedelta(days=2)))
    toy.happen(
        occurred_at=dt_util.as_utc(midnight),
        kind=EventKind.ACCESS_DENIED,
        person=Person(name="John Roe"),
    )
    await recorded(toy_entry, 1)
    await hass.services.async_call("script", "mail_last_weeks_log", blocking=True)
    (mail,) = mails
    path = tmp_path / "last_week.csv"
    (attached,) = mail.data["attachments"]
    assert attached["media_source"]["media_content_id"].endswith(f"/local/{path.name}")
    assert mail.data["message"].strip() == "1 events are in the attached file."
    assert [row["key"] for row in records(path)] == ["k1"]
    await hass.services.async_call("script", "tell_refusals", blocking=True)
    assert notes[0].data["message"] == "1 were refused: John Roe"


async def test_guest(
    hass: HomeAssistant, toy: FullToySystem, set_up_toy: SetUp
) -> None:
    """A guest is registered for three days; the front door is unlocked for an hour."""
    toy.door_list = [replace(FRONT, name="Front door")]
    notes = async_mock_service(hass, "notify", "send_message")
    await set_up_toy()
    assert await async_setup_component(hass, "script", {"script": told("script")})
    await hass.services.async_call(
        "script", "welcome_guest", {"name": "Jane Doe", "pin": "0471"}, blocking=True
    )
    (request,) = toy.requests
    assert (request.name, request.pin) == ("Jane Doe", "0471")
    assert request.valid_from is not None
    assert request.valid_from <= dt_util.utcnow()
    assert request.valid_until is not None
    left = request.valid_until - dt_util.utcnow()
    assert (
        timedelta(days=2) <= left + timedelta(minutes=1) <= timedelta(days=3, hours=1)
    )
    assert notes[0].data["message"] == "Jane Doe is registered as u1"
    await hass.services.async_call("script", "open_house", blocking=True)
    assert ("set_lock_rule", "front", "custom", 60) in toy.commands


async def test_picture(
    hass: HomeAssistant, toy: FullToySystem, set_up_toy: SetUp, tmp_path: Path
) -> None:
    """A picture is kept of who is denied, and of nobody else."""
    folder = await exports_folder(hass, tmp_path)
    toy.pictures["ref"] = Image(b"\xff\xd8picture", "image/jpeg")
    await set_up_toy()
    assert await async_setup_component(
        hass, "automation", {"automation": told("automation")}
    )
    toy.happen(image_ref="ref")
    toy.happen(kind=EventKind.ACCESS_DENIED)
    toy.happen(kind=EventKind.ACCESS_DENIED, image_ref="ref")
    await wait_for(lambda: folder.exists() and [*folder.glob("denied *.jpg")])
    await hass.async_block_till_done()
    (path,) = folder.iterdir()
    assert path.read_bytes() == b"\xff\xd8picture"


async def test_action(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """The action that stands by itself does what is said of it: Jane Doe is forgotten."""
    toy.happen(person=Person(id="7", name="Jane Doe"))
    await recorded(toy_entry, 1)
    (step,) = [block for block in blocks() if "action" in block]
    domain, name = step["action"].split(".")
    answer = await hass.services.async_call(
        domain, name, step["data"], blocking=True, return_response=True
    )
    assert answer is not None
    assert answer["rows"] == 1
    assert answer["not_read"] == []
