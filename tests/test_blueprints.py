"""Tests of the blueprints: imported, made automations, and seen to act on live events."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.access_events.models import EventKind, Image, Person
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .actions import FullToySystem, door_device, install, records
from .doors import BACK, FRONT, recorded, replay
from .wait import wait_for

FOLDER = Path(__file__).parents[1] / "blueprints" / "automation" / "access_events"
FILES = sorted(path.name for path in FOLDER.glob("*.yaml"))
JANE = Person(id="7", name="Jane Doe")

type Make = Callable[..., Awaitable[None]]


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> FullToySystem:
    """Return a system that a test plays, with a door that can do all."""
    toy = install(monkeypatch)
    toy.door_list = [FRONT, BACK]
    return toy


@pytest.fixture
async def make(
    hass: HomeAssistant, toy_entry: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> AsyncGenerator[Make]:
    """Return what imports a blueprint and makes an automation of it."""

    async def make_automation(name: str, **inputs: Any) -> None:
        assert await async_setup_component(hass, "automation", {})
        ws = await hass_ws_client(hass)
        path = f"access_events/{name}.yaml"
        await ws.send_json_auto_id(
            {
                "type": "blueprint/save",
                "domain": "automation",
                "path": path,
                "yaml": (FOLDER / f"{name}.yaml").read_text(),
                "allow_override": True,
            }
        )
        answer = await ws.receive_json()
        assert answer["success"], answer
        config = {"alias": name, "use_blueprint": {"path": path, "input": inputs}}
        file = Path(hass.config.path("configuration.yaml"))
        text = json.dumps({"automation": [config]})
        await hass.async_add_executor_job(file.write_text, text)
        await hass.services.async_call("automation", "reload", blocking=True)
        state = hass.states.get(f"automation.{name}")
        assert state is not None
        assert state.state == "on"

    yield make_automation
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "all"}, blocking=True
    )


@pytest.fixture
def phone(hass: HomeAssistant) -> tuple[str, list[ServiceCall]]:
    """Return a phone with the app, and what it was told."""
    entry = MockConfigEntry(domain="mobile_app")
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={("mobile_app", "1")},
        name="My Phone",
    )
    return device.id, async_mock_service(hass, "notify", "mobile_app_my_phone")


def link_jane(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Link a person of Home Assistant."""
    hass.states.async_set("person.jane", "home", {"friendly_name": "Jane"})
    data: Any = {"person": "person.jane", "people": ["7"], "sensors": False}
    hass.config_entries.async_add_subentry(
        entry,
        ConfigSubentry(data=data, subentry_type="person", title="Jane", unique_id=None),
    )


@pytest.mark.parametrize("file", FILES)
def test_says_where_it_comes_from(file: str) -> None:
    """Each blueprint names its own address, for updates, and the README names it too."""
    address = (
        "https://github.com/access-events/access_events/blob/main/"
        f"blueprints/automation/access_events/{file}"
    )
    assert f"source_url: {address}\n" in (FOLDER / file).read_text()
    assert address in (FOLDER.parents[2] / "README.md").read_text()


async def test_alert(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    make: Make,
    phone: tuple[str, list[ServiceCall]],
) -> None:
    """Who is denied is shown with the picture, and let in with the button."""
    device, told = phone
    toy.pictures = {"one": Image(b"\xff\xd8\xff", "image/jpeg")}
    front = door_device(hass, toy_entry, "front")
    await make("alert", doors=[front], phones=[device])
    toy.happen(person=JANE)
    toy.happen(kind=EventKind.ACCESS_DENIED, door_id="back")
    await recorded(hass, toy, toy_entry)
    await replay(hass, toy, toy_entry, kind=EventKind.ACCESS_DENIED)
    denied = toy.happen(
        key="a b?1",
        kind=EventKind.ACCESS_DENIED,
        person=JANE,
        reason="Outside schedule",
        image_ref="one",
    )
    await wait_for(lambda: told)
    (call,) = told
    assert call.data["title"] == "Front"
    assert call.data["message"] == "Denied: Jane Doe (Outside schedule)"
    data = call.data["data"]
    assert data["image"] == f"/api/access_events/image/{toy_entry.entry_id}/a%20b%3F1"
    assert data["tag"] == f"access-events-{denied.key}"
    (button,) = data["actions"]
    assert button["title"] == "Unlock"
    assert button["authenticationRequired"] is True
    hass.bus.async_fire("mobile_app_notification_action", {"action": "something else"})
    hass.bus.async_fire("mobile_app_notification_action", {"action": button["action"]})
    await wait_for(lambda: toy.opened)
    assert toy.opened == ["front"]
    # A door that was forced open is not one to unlock.
    toy.happen(kind=EventKind.DOOR_FORCED_OPEN, person=None)
    await wait_for(lambda: len(told) == 2)
    assert told[1].data["message"] == "Forced open"
    assert "actions" not in told[1].data["data"]
    assert "image" not in told[1].data["data"]


async def test_welcome(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, make: Make
) -> None:
    """Only live entries count, at the chosen door, and only the first of the day."""
    said = async_mock_service(hass, "notify", "speaker")
    link_jane(hass, toy_entry)
    front = door_device(hass, toy_entry, "front")
    await make(
        "welcome",
        persons=["person.jane"],
        doors=[front],
        welcome=[
            {
                "action": "notify.speaker",
                "data": {"message": "Hello {{ person }}, at {{ door }}"},
            }
        ],
    )
    now = dt_util.utcnow()
    toy.happen(person=Person(id="8"), occurred_at=now)
    toy.happen(person=JANE, door_id="back", occurred_at=now)
    toy.happen(person=JANE, kind=EventKind.ACCESS_DENIED, occurred_at=now)
    await recorded(hass, toy, toy_entry)
    # Yesterday's is learned late: it welcomes nobody, and is not today's first.
    await replay(
        hass, toy, toy_entry, person=JANE, occurred_at=now - timedelta(days=1, hours=1)
    )
    assert not said
    toy.happen(person=JANE, occurred_at=now + timedelta(seconds=1))
    await wait_for(lambda: said)
    toy.happen(person=JANE, occurred_at=now + timedelta(seconds=2))
    await recorded(hass, toy, toy_entry)
    await hass.async_block_till_done()
    assert [call.data["message"] for call in said] == ["Hello Jane, at Front"]


async def test_not_welcome_twice(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, make: Make
) -> None:
    """Who came in today while Home Assistant was away comes for the second time."""
    said = async_mock_service(hass, "notify", "speaker")
    link_jane(hass, toy_entry)
    front = door_device(hass, toy_entry, "front")
    await make(
        "welcome",
        persons=["person.jane"],
        doors=[front],
        welcome=[{"action": "notify.speaker", "data": {"message": "Hello"}}],
    )
    now = dt_util.utcnow()
    await replay(hass, toy, toy_entry, person=JANE, occurred_at=now)
    toy.happen(person=JANE, occurred_at=now + timedelta(seconds=1))
    await recorded(hass, toy, toy_entry)
    await hass.async_block_till_done(wait_background_tasks=False)
    await wait_for(
        lambda: (
            (state := hass.states.get("automation.welcome"))
            and state.attributes["last_triggered"]
            and not state.attributes["current"]
        )
    )
    assert not said


async def test_lights(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, make: Make
) -> None:
    """Lights go on after dark when somebody comes in, and off again."""
    on = async_mock_service(hass, "light", "turn_on")
    off = async_mock_service(hass, "light", "turn_off")
    hass.states.async_set("sun.sun", "above_horizon")
    front = door_device(hass, toy_entry, "front")
    await make("lights", doors=[front], lights={"entity_id": "light.hall"}, minutes=1)
    toy.happen()
    await recorded(hass, toy, toy_entry)
    hass.states.async_set("sun.sun", "below_horizon")
    toy.happen(door_id="back")
    toy.happen(kind=EventKind.ACCESS_DENIED)
    await recorded(hass, toy, toy_entry)
    await replay(hass, toy, toy_entry)
    assert not on
    toy.happen()
    await wait_for(lambda: on)
    assert on[0].data["entity_id"] == ["light.hall"]
    assert not off
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=61))
    await wait_for(lambda: off)
    assert off[0].data["entity_id"] == ["light.hall"]


async def test_lock_up(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    make: Make,
    phone: tuple[str, list[ServiceCall]],
) -> None:
    """At night it is asked until somebody answers or closes the door."""
    device, told = phone
    now = dt_util.now()
    await make(
        "lock_up",
        phones=[device],
        night_from=(now - timedelta(hours=1)).strftime("%H:%M:%S"),
        night_until=(now + timedelta(hours=1)).strftime("%H:%M:%S"),
        again_minutes=1,
    )
    toy.happen(kind=EventKind.DOOR_HELD_OPEN, person=None)
    await wait_for(lambda: told)
    assert told[0].data["message"] == "Front is open. Lock up?"
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=61))
    await wait_for(lambda: len(told) == 2)
    lock, leave = told[1].data["data"]["actions"]
    assert (lock["title"], leave["title"]) == ("Lock", "Leave it")
    hass.bus.async_fire("mobile_app_notification_action", {"action": lock["action"]})
    await wait_for(lambda: len(told) == 3)
    assert ("release", "front") in toy.commands
    assert told[2].data["message"] == "clear_notification"
    # The back door has no lock to turn, and closing it is an answer as well.
    toy.happen(kind=EventKind.DOOR_HELD_OPEN, person=None, door_id="back")
    await wait_for(lambda: len(told) == 4)
    (leave,) = told[3].data["data"]["actions"]
    assert leave["title"] == "Leave it"
    toy.happen(kind=EventKind.DOOR_CLOSED, person=None, door_id="back")
    await wait_for(lambda: len(told) == 5)
    assert told[4].data["message"] == "clear_notification"
    assert toy.commands.count(("release", "front")) == 1


async def test_lock_up_only_at_night(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    make: Make,
    phone: tuple[str, list[ServiceCall]],
) -> None:
    """By day nobody is asked."""
    device, told = phone
    now = dt_util.now()
    await make(
        "lock_up",
        phones=[device],
        night_from=(now + timedelta(hours=1)).strftime("%H:%M:%S"),
        night_until=(now + timedelta(hours=2)).strftime("%H:%M:%S"),
    )
    toy.happen(kind=EventKind.DOOR_HELD_OPEN, person=None)
    await recorded(hass, toy, toy_entry)
    await hass.async_block_till_done()
    assert not told


async def test_weekly_export(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    make: Make,
) -> None:
    """Once a week the last seven days are in a file."""
    sent = async_mock_service(hass, "notify", "mail")
    toy.happen(occurred_at=dt_util.utcnow() - timedelta(days=2))
    toy.happen(occurred_at=dt_util.utcnow() - timedelta(days=20))
    await recorded(hass, toy, toy_entry)
    now = dt_util.now()
    soon = now + timedelta(minutes=1)
    for day in (now + timedelta(days=1), now):
        assert not sent
        await make(
            "weekly_export",
            weekday=day.strftime("%a").lower(),
            at=soon.strftime("%H:%M:%S"),
            system=toy_entry.entry_id,
            afterwards=[
                {
                    "action": "notify.mail",
                    "data": {"message": "{{ export.path }} {{ export.rows }}"},
                }
            ],
        )
        async_fire_time_changed(hass, soon + timedelta(seconds=1))
        await hass.async_block_till_done()
    await wait_for(lambda: sent)
    path, _, rows = sent[0].data["message"].rpartition(" ")
    assert rows == "1"
    assert Path(path).name == f"access-{now.date() - timedelta(days=7)}.csv"
    assert len(await hass.async_add_executor_job(records, Path(path))) == 1
