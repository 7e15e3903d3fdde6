"""Tests of the WebSocket commands, pictures and downloads, as the panel uses them."""

import asyncio
from collections.abc import AsyncIterator
import csv
from datetime import timedelta
from http import HTTPStatus
import json
import logging
from typing import Any

import aiohttp
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.access_events.http_views import OFFERS
from custom_components.access_events.models import EventKind, Image, Person, User
from custom_components.access_events.systems.base import ConnectError, Gap, Signal
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .actions import FullToySystem, door_device, install, recorded, ws_ask
from .people import shut_in
from .toy import START
from .wait import wait_for

JPEG = Image(b"\xff\xd8\xff first", "image/jpeg; charset=binary")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> FullToySystem:
    """Return a system that a test plays, with all that the panel shows."""
    return install(monkeypatch)


@pytest.fixture
async def ws(
    hass: HomeAssistant,
    toy_entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> MockHAClientWebSocket:
    """Return an administrator's connection."""
    return await hass_ws_client(hass)


async def test_query(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    ws: MockHAClientWebSocket,
) -> None:
    """Pages follow each other, and an event is told as on the bus and a little more."""
    for number in range(5):
        toy.happen(door_id=("front", "back")[number % 2])
    await recorded(toy_entry, 5)
    found: list[str] = []
    before: dict[str, str] = {}
    while True:
        page = await ws_ask(ws, "query", limit=2, **before)
        found += [event["key"] for event in page["events"]]
        if page["next"] is None:
            break
        before = {"before": page["next"]}
    assert found == ["k4", "k3", "k2", "k1", "k0"]
    one = (await ws_ask(ws, "query", order="oldest", limit=1))["events"][0]
    assert one["key"] == "k0"
    assert one["person"] == "Person 0"
    assert one["live"] is True
    assert one["seq"] == 1
    assert one["image"] is None
    assert one["entry_id"] == toy_entry.entry_id
    back = door_device(hass, toy_entry, "back")
    for wanted, keys in (
        ({"device_ids": [back]}, ["k3", "k1"]),
        ({"device_ids": ["gone"]}, []),
        ({"entry_ids": ["other"]}, []),
        ({"kinds": ["duress"]}, []),
        ({"kinds": []}, ["k4", "k3", "k2", "k1", "k0"]),
        ({"person": "person 2"}, ["k2"]),
        ({"text": "PERSON 3"}, ["k3"]),
        (
            {
                "start": (START + timedelta(seconds=1)).isoformat(),
                "end": (START + timedelta(seconds=3)).isoformat(),
            },
            ["k2", "k1"],
        ),
    ):
        page = await ws_ask(ws, "query", **wanted)
        assert [event["key"] for event in page["events"]] == keys, wanted


@pytest.mark.parametrize(
    ("command", "data"),
    [
        ("query", {"limit": 201}),
        ("query", {"before": "1; drop"}),
        ("query", {"kinds": ["nonsense"]}),
        ("query", {"start": "yesterday"}),
        ("subscribe", {"entry_ids": "all"}),
        ("counts", {"bucket": "second", "time_zone": "UTC"}),
        ("download", {"format": "exe"}),
        ("people/register", {"entry_id": "x", "face_image": "/etc/passwd"}),
    ],
)
async def test_schema(
    ws: MockHAClientWebSocket, command: str, data: dict[str, Any]
) -> None:
    """What is not in the contract is refused before anything is done."""
    assert (await ws_ask(ws, command, **data))["code"] == "invalid_format"


async def test_subscribe(
    toy: FullToySystem, toy_entry: MockConfigEntry, ws: MockHAClientWebSocket
) -> None:
    """All that matches is told as it is recorded, live and late, until unsubscribed."""
    assert await ws_ask(ws, "subscribe", text="anna") is None
    toy.happen()
    toy.happen(person=Person(id="1", name="Anna"))
    told = await ws.receive_json()
    assert told["type"] == "event"
    assert [event["key"] for event in told["event"]["events"]] == ["k1"]
    assert told["event"]["events"][0]["live"] is True
    toy.happen(pushed=False, message="for Anna")
    toy.drop()
    told = await ws.receive_json()
    (late,) = told["event"]["events"]
    assert (late["key"], late["live"]) == ("k2", False)
    await ws.send_json_auto_id(
        {"type": "unsubscribe_events", "subscription": told["id"]}
    )
    assert (await ws.receive_json())["success"]
    await wait_for(lambda: toy.listening, timeout=20)
    toy.happen(person=Person(id="1", name="Anna"))
    await recorded(toy_entry, 4)
    # The next that comes is an answer, not an event.
    assert (await ws_ask(ws, "query", limit=1))["events"][0]["key"] == "k3"


async def test_only_what_may_be_seen(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    hass_admin_user: MockUser,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
) -> None:
    """Who may read an entity of a door sees its events, and no others, anywhere."""
    toy.pictures = {"one": JPEG}
    toy.happen(image_ref="one")
    toy.happen(door_id="back", image_ref="one")
    toy.happen(door_id=None, door_name=None)
    await recorded(toy_entry, 3)
    shut_in(hass, hass_admin_user, toy_entry, "front")
    ws = await hass_ws_client(hass)

    def keys(answer: Any) -> list[str]:
        return [event["key"] for event in answer["events"]]

    front = door_device(hass, toy_entry, "front")
    back = door_device(hass, toy_entry, "back")
    assert keys(await ws_ask(ws, "query")) == ["k0"]
    assert keys(await ws_ask(ws, "query", device_ids=[back])) == []
    assert keys(await ws_ask(ws, "query", device_ids=[back, front])) == ["k0"]
    counts = await ws_ask(ws, "counts", bucket="day", time_zone="UTC")
    assert [door["device_id"] for door in counts["doors"]] == [front]
    assert sum(bucket["granted"] for bucket in counts["buckets"]) == 1
    (system,) = (await ws_ask(ws, "systems"))["systems"]
    assert [door["device_id"] for door in system["doors"]] == [front]
    for command, fields in (
        ("list", {}),
        ("register", {"name": "Jane"}),
        ("update", {"user_id": "1"}),
        ("remove", {"user_id": "1"}),
    ):
        error = await ws_ask(
            ws, f"people/{command}", entry_id=toy_entry.entry_id, **fields
        )
        assert error["code"] == "unauthorized"
    client = await hass_client()
    path = (await ws_ask(ws, "download", format="jsonl"))["path"]
    lines = (await (await client.get(path)).text()).splitlines()
    assert [json.loads(line)["key"] for line in lines] == ["k0"]
    image = f"/api/access_events/image/{toy_entry.entry_id}/"
    assert (await client.get(f"{image}k0")).status == HTTPStatus.OK
    assert (await client.get(f"{image}k1")).status == HTTPStatus.NOT_FOUND
    assert await ws_ask(ws, "subscribe") is None
    toy.happen(door_id="back")
    toy.happen()
    told = await ws.receive_json()
    assert keys(told["event"]) == ["k4"]


async def test_counts(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    ws: MockHAClientWebSocket,
) -> None:
    """Hours and days of a zone, with the empty ones between, and each door."""
    nothing: dict[str, list[Any]] = {"buckets": [], "doors": []}
    assert await ws_ask(ws, "counts", bucket="day", time_zone="UTC") == nothing
    toy.happen()
    toy.happen(kind=EventKind.ACCESS_DENIED, door_id="back")
    toy.happen(kind=EventKind.DOOR_OPENED, occurred_at=START + timedelta(days=2))
    await recorded(toy_entry, 3)
    counts = await ws_ask(ws, "counts", bucket="day", time_zone="Europe/Berlin")
    assert [(b["granted"], b["denied"], b["other"]) for b in counts["buckets"]] == [
        (1, 1, 0),
        (0, 0, 0),
        (0, 0, 1),
    ]
    assert counts["buckets"][0]["start"] == "2025-12-31T23:00:00+00:00"
    assert {
        door["door"]: (door["granted"], door["denied"]) for door in counts["doors"]
    } == {
        "Front": (1, 0),
        "Back": (0, 1),
    }
    error = await ws_ask(ws, "counts", bucket="day", time_zone="Mars/Olympus")
    assert error["translation_key"] == "time_zone_unknown"
    error = await ws_ask(
        ws, "counts", bucket="hour", time_zone="UTC", start="2020-01-01T00:00:00Z"
    )
    assert error["translation_key"] == "too_many_buckets"


async def test_a_download_is_its_users_own(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    ws: MockHAClientWebSocket,
    hass_client_no_auth: ClientSessionGenerator,
    freezer: FrozenDateTimeFactory,
) -> None:
    """What nobody offered is not there, and an offer does not last for ever."""
    client = await hass_client_no_auth()
    path = (await ws_ask(ws, "download", format="csv"))["path"]
    assert (await client.get(path)).status == HTTPStatus.OK
    hass.data[OFFERS].clear()
    assert (await client.get(path)).status == HTTPStatus.NOT_FOUND
    for _ in range(3):
        await ws_ask(ws, "download", format="csv")
    freezer.tick(timedelta(days=1))
    await ws_ask(ws, "download", format="csv")
    assert len(hass.data[OFFERS]) == 1


async def test_download(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    ws: MockHAClientWebSocket,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """A file holds what the filter finds, and its path nothing of the filter."""
    toy.happen(person=Person(id="1", name="=Anna"), credential="0123456789")
    toy.happen()
    await recorded(toy_entry, 2)
    client = await hass_client_no_auth()
    path = (
        await ws_ask(
            ws, "download", format="csv", text="anna", time_zone="Europe/Berlin"
        )
    )["path"]
    assert "anna" not in path.lower()
    answer = await client.get(path)
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    (row,) = csv.DictReader((await answer.text()).splitlines())
    assert row["person"] == "'=Anna"
    assert row["credential"] == "••6789"
    assert row["occurred_at"] == "2026-01-01T13:00:00+01:00"
    unsigned = path.partition("?")[0]
    assert (await client.get(unsigned)).status == HTTPStatus.UNAUTHORIZED
    error = await ws_ask(ws, "download", format="csv", time_zone="Mars/Olympus")
    assert error["translation_key"] == "time_zone_unknown"
    # A file that breaks off does not look like a whole one.
    await toy_entry.runtime_data.journal.close()
    with pytest.raises(aiohttp.ClientError):
        await (await client.get(path)).read()


async def test_systems(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    ws: MockHAClientWebSocket,
) -> None:
    """How each system is: connected, how far, what it lost, what it can."""
    toy.happen()
    toy.wire.put_nowait(Gap(START, START + timedelta(hours=1), "The log wrapped"))
    await recorded(toy_entry, 1)
    await wait_for(lambda: toy_entry.runtime_data.troubles.gaps)
    (system,) = (await ws_ask(ws, "systems"))["systems"]
    assert system["entry_id"] == toy_entry.entry_id
    assert (system["title"], system["vendor"]) == ("Toy", "toy")
    assert (system["connected"], system["state"]) == (True, "live")
    assert system["catch_up"] is None
    assert system["last_event"] == START.isoformat()
    assert system["events_recorded"] == 1
    assert system["gaps"][0]["detail"] == "The log wrapped"
    assert "users_add" in system["capabilities"]
    assert "valid_until" in system["user_fields"]
    assert [door["name"] for door in system["doors"]] == ["Back", "Front"]
    assert system["doors"][1]["device_id"] == door_device(hass, toy_entry, "front")
    # While it is away, its log grows; while that is read, it is told how far it is.
    held = asyncio.Event()
    history = toy.history

    async def slowly(cursor: str) -> AsyncIterator[Signal]:
        async for signal in history(cursor):
            yield signal
            await held.wait()

    toy.history = slowly  # type: ignore[method-assign]
    toy.refuse = ConnectError()
    toy.drop()
    await wait_for(lambda: not toy_entry.runtime_data.available)
    (system,) = (await ws_ask(ws, "systems"))["systems"]
    assert (system["connected"], system["state"]) == (False, "offline")
    for _ in range(5):
        toy.happen(pushed=False)
    before = dt_util.utcnow()
    toy.refuse = None
    await wait_for(lambda: toy_entry.runtime_data.recorded > 1, timeout=20)
    (system,) = (await ws_ask(ws, "systems"))["systems"]
    assert (system["connected"], system["state"]) == (True, "catching_up")
    assert system["catch_up"]["read"] > 0
    assert system["catch_up"]["since"] > before.isoformat()
    held.set()
    await recorded(toy_entry, 6)
    toy.refuse = ConnectError()
    await hass.config_entries.async_reload(toy_entry.entry_id)
    (system,) = (await ws_ask(ws, "systems"))["systems"]
    assert (system["state"], system["events_recorded"]) == ("connecting", 6)
    await hass.config_entries.async_unload(toy_entry.entry_id)
    (system,) = (await ws_ask(ws, "systems"))["systems"]
    assert (system["state"], system["events_recorded"]) == ("not_loaded", 6)


async def test_people(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    ws: MockHAClientWebSocket,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """People are listed, registered, changed and removed as the actions do it."""
    toy.register = [
        User(id="7", name="Jane", active=True, valid_until=START, cards=2, has_pin=True)
    ]
    entry = {"entry_id": toy_entry.entry_id}
    assert await ws_ask(ws, "people/list", **entry) == {
        "people": [
            {
                "user_id": "7",
                "name": "Jane",
                "active": True,
                "valid_from": None,
                "valid_until": START.isoformat(),
                "groups": [],
                "doors": None,
                "credentials": {"cards": 2, "pin": True, "face": False, "phone": False},
                "ha_person": None,
            }
        ]
    }
    front = door_device(hass, toy_entry, "front")
    done = await ws_ask(
        ws, "people/register", **entry, name="Jo", pin="0042", doors=[front]
    )
    assert done == {"user_id": "u1", "done": ["name"]}
    assert toy.requests[-1].pin == "0042"
    assert toy.requests[-1].doors == ("front",)
    await ws_ask(
        ws,
        "people/update",
        **entry,
        user_id="7",
        active=False,
        valid_until="2026-07-01T00:00:00Z",
    )
    assert toy.requests[-1].active is False
    assert toy.requests[-1].doors is None
    assert await ws_ask(ws, "people/remove", **entry, user_id="7") is None
    assert ("remove_user", "7") in toy.commands
    error = await ws_ask(ws, "people/update", **entry, user_id="7")
    assert error["translation_key"] == "nothing_to_change"
    caplog.set_level(logging.DEBUG)
    error = await ws_ask(ws, "people/register", **entry, name="Jo", pin=["8462"])
    assert error["translation_key"] == "field_invalid"
    assert (
        "pin" in error["message"] or error["translation_placeholders"]["field"] == "pin"
    )
    assert "8462" not in str(error)
    error = await ws_ask(ws, "people/list", entry_id="unknown")
    assert error["translation_key"] == "service_config_entry_not_found"
