"""Tests of the logbook: what a person reads on its page and on a door's."""

from collections.abc import Awaitable, Callable, Generator
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import pytest_socket

from custom_components.access_events.const import EVENT_TYPE
from custom_components.access_events.logbook import describe
from custom_components.access_events.models import DoorState, EventKind, Method
from custom_components.access_events.systems.base import Batch, DoorUpdate
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .actions import door_device, recorded
from .toy import ToySystem
from .wait import wait_for
from .words import EN

type SetUp = Callable[[], Awaitable[MockConfigEntry]]


@pytest.fixture(autouse=True)
def _real_sockets(
    recorder_db_url: str, socket_enabled: None, enable_custom_integrations: None
) -> Generator[None]:
    """Let tests reach this machine; the recorder's database comes before all else."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "localhost", "::1"])
    yield
    pytest_socket.enable_socket()


class Reader:
    """Asks for the logbook as the frontend does."""

    def __init__(self, hass: HomeAssistant, client: WebSocketGenerator) -> None:
        """Begin now."""
        self.hass = hass
        self.start = dt_util.utcnow()
        self._client = client

    async def lines(self, **wanted: Any) -> list[tuple[str, str]]:
        """Return who, and what, of each line that the database holds."""
        return [line(entry) for entry in await self.entries(**wanted)]

    async def entries(self, **wanted: Any) -> list[dict[str, Any]]:
        """Return all that is told of each line that the database holds."""
        await async_wait_recording_done(self.hass)
        client = await self._client()
        await client.send_json_auto_id(
            {
                "type": "logbook/get_events",
                "start_time": self.start.isoformat(),
                **wanted,
            }
        )
        answer = await client.receive_json()
        assert answer["success"]
        entries: list[dict[str, Any]] = answer["result"]
        return entries

    async def stream(
        self, **wanted: Any
    ) -> Callable[[], Awaitable[list[dict[str, Any]]]]:
        """Open the live page; return what returns its next entries."""
        client = await self._client()
        await client.send_json_auto_id(
            {
                "type": "logbook/event_stream",
                "start_time": self.start.isoformat(),
                **wanted,
            }
        )
        assert (await client.receive_json())["success"]
        await async_wait_recording_done(self.hass)
        for _ in range(2):  # what was before, in two parts
            await client.receive_json()

        async def more() -> list[dict[str, Any]]:
            message = await client.receive_json()
            entries: list[dict[str, Any]] = message["event"]["events"]
            return entries

        return more


def line(entry: dict[str, Any]) -> tuple[str, str]:
    """Return who and what of a line, without what differs each time."""
    if "message" in entry:
        return entry["name"], entry["message"]
    return entry["entity_id"], entry.get("attributes", {}).get("event_type", "")


@pytest.fixture
async def reader(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    logbook_config: dict[str, Any],
) -> Reader:
    """Return the logbook's reader."""
    assert await async_setup_component(hass, "logbook", {"logbook": logbook_config})
    return Reader(hass, hass_ws_client)


@pytest.fixture
def logbook_config() -> dict[str, Any]:
    """Return the logbook's part of the configuration."""
    return {}


async def tap(toy: ToySystem, entry: MockConfigEntry, **fields: Any) -> None:
    """Let somebody come to the front door."""
    before = entry.runtime_data.recorded
    toy.happen(**fields)
    await recorded(entry, before + 1)
    await entry.runtime_data.hass.async_block_till_done()


WORDS = ("Front", "opened by Person 1 with card")
LOGBOOK = {
    f"component.access_events.common.{key}": text for key, text in EN["common"].items()
}
ENTITY = ("event.front_access", "access_granted")


async def test_a_tap_on_each_page(
    hass: HomeAssistant, reader: Reader, toy: ToySystem, set_up_toy: SetUp
) -> None:
    """Words once, and the event entity's own line; sensors of the tap have none."""
    entry = await set_up_toy()
    await tap(toy, entry)  # sensors and event entity are unknown until then
    reader.start = dt_util.utcnow()
    await tap(toy, entry, kind=EventKind.ACCESS_GRANTED, method=Method.CARD)
    device = door_device(hass, entry, "front")
    entities = [
        found.entity_id
        for found in er.async_entries_for_device(er.async_get(hass), device)
    ]
    assert "sensor.front_last_person" in entities
    assert sorted(await reader.lines()) == [WORDS, ENTITY]
    assert sorted(await reader.lines(device_ids=[device], entity_ids=entities)) == [
        WORDS,
        ENTITY,
    ]
    assert await reader.lines(device_ids=[device]) == [WORDS]
    assert await reader.lines(entity_ids=["event.front_access"]) == [ENTITY]
    other = door_device(hass, entry, "back")
    assert await reader.lines(device_ids=[other]) == []


@pytest.mark.parametrize(
    "logbook_config", [{"exclude": {"entity_globs": ["event.*_access"]}}]
)
async def test_one_line_per_tap(
    hass: HomeAssistant, reader: Reader, toy: ToySystem, set_up_toy: SetUp
) -> None:
    """With the event entities excluded, the logbook page has the words alone."""
    entry = await set_up_toy()
    await tap(toy, entry)
    reader.start = dt_util.utcnow()
    more = await reader.stream()
    await tap(toy, entry)
    assert list(map(line, await more())) == [WORDS]
    assert await reader.lines() == [WORDS]


async def test_live_page_of_a_door(
    hass: HomeAssistant, reader: Reader, toy: ToySystem, set_up_toy: SetUp
) -> None:
    """The page of a door's device shows its words as they happen, and no other's."""
    entry = await set_up_toy()
    await tap(toy, entry)
    reader.start = dt_util.utcnow()
    more = await reader.stream(device_ids=[door_device(hass, entry, "front")])
    await tap(toy, entry, door_id="back", door_name="Back")
    await tap(toy, entry, kind=EventKind.ACCESS_DENIED, reason="outside schedule")
    assert list(map(line, await more())) == [
        ("Front", "denied Person 2 with card: outside schedule")
    ]


@pytest.mark.parametrize("trigger", ["event.front_access", "sensor.front_last_person"])
@pytest.mark.parametrize(
    "logbook_config", [{}, {"exclude": {"entity_globs": ["event.*_access"]}}]
)
async def test_what_followed(
    hass: HomeAssistant, reader: Reader, toy: ToySystem, set_up_toy: SetUp, trigger: str
) -> None:
    """What an automation did is seen to come from who was let in, live and later."""
    entry = await set_up_toy()
    await tap(toy, entry)
    automation = {
        "alias": "Greet",
        "triggers": {"trigger": "state", "entity_id": trigger},
        "actions": {
            "action": "logbook.log",
            "data": {"name": "Hall", "message": "says hello"},
        },
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    reader.start = dt_util.utcnow()
    more = await reader.stream()
    await tap(toy, entry)
    live: list[dict[str, Any]] = []
    while "Hall" not in [entry.get("name") for entry in live]:
        live += await more()
    stored = await reader.entries()
    for entries in (live, stored):
        found = {entry["name"]: entry for entry in entries if "message" in entry}
        assert (found["Front"]["name"], found["Front"]["message"]) == WORDS
        assert "context_message" not in found["Front"]
        assert found["Hall"]["context_name"] == "Greet"
    # While the page is live, Home Assistant does not look further back than that.
    (greet,) = (entry for entry in stored if entry.get("name") == "Greet")
    assert (greet["context_name"], greet["context_message"]) == WORDS
    assert greet["context_event_type"] == EVENT_TYPE


async def test_context_is_the_events_alone(
    hass: HomeAssistant, reader: Reader, toy: ToySystem, set_up_toy: SetUp
) -> None:
    """Bus, event entity and sensors share a context, and the next event has another."""
    told = async_capture_events(hass, EVENT_TYPE)
    entry = await set_up_toy()
    await tap(toy, entry)
    await tap(toy, entry)
    first, second = (event.context for event in told)
    assert first.id != second.id
    for entity_id in ("event.front_access", "sensor.front_last_person"):
        state = hass.states.get(entity_id)
        assert state is not None
        assert state.context.id == second.id
    toy.wire.put_nowait(DoorUpdate("front", DoorState(is_open=True)))
    await wait_for(lambda: hass.states.is_state("binary_sensor.front_door", "on"))
    state = hass.states.get("binary_sensor.front_door")
    assert state is not None
    assert state.context.id not in (first.id, second.id)
    # What is learned late is nobody's doing now.
    event = toy.happen(pushed=False)
    toy.wire.put_nowait(Batch(events=(event,), live=False))
    await recorded(entry, 3)
    await hass.async_block_till_done()
    state = hass.states.get("sensor.front_last_person")
    assert state is not None
    assert state.state == "Person 2"
    assert state.context.id not in (first.id, second.id)


async def test_names_are_the_users(
    hass: HomeAssistant, reader: Reader, toy: ToySystem, set_up_toy: SetUp
) -> None:
    """A door is called as the user calls it; what is at no door is the system's."""
    entry = await set_up_toy()
    registry = dr.async_get(hass)
    registry.async_update_device(
        door_device(hass, entry, "front"), name_by_user="Main entrance"
    )
    await tap(toy, entry, kind=EventKind.RING, person=None)
    await tap(toy, entry, kind=EventKind.DEVICE_OFFLINE, door_id=None, door_name=None)
    await tap(
        toy, entry, kind=EventKind.DOOR_OPENED, door_id="gone", door_name="Old gate"
    )
    assert [found for found in await reader.lines() if "." not in found[0]] == [
        ("Main entrance", "doorbell rang"),
        ("Toy", "offline"),
        ("Old gate", "opened by Person 2"),
    ]


async def test_what_was_caught_up_is_told_once(
    hass: HomeAssistant, reader: Reader, toy: ToySystem, set_up_toy: SetUp
) -> None:
    """A single line tells how many events were learned late, and of which time."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    for _ in range(7):
        toy.happen()
    await recorded(await set_up_toy(), 7)
    assert await reader.lines() == [
        ("Toy", "events caught up from 2026-01-01 13:00 to 2026-01-01 13:00: 7")
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "access_granted", "person": "Jo"}, "opened by Jo"),
        ({"kind": "access_granted", "method": "pin"}, "opened with PIN"),
        (
            {"kind": "access_granted", "person": "Jo", "method": "remote"},
            "opened by Jo remotely",
        ),
        ({"kind": "access_denied"}, "denied access"),
        ({"kind": "access_denied", "reason": "x"}, "denied access: x"),
        (
            {"kind": "unknown_credential", "method": "card", "reason": "x"},
            "denied an unknown credential with card: x",
        ),
        ({"kind": "duress", "person": "Jo"}, "opened under duress by Jo"),
        ({"kind": "door_forced_open"}, "forced open"),
        ({"kind": "zone_alarm", "reason": "fire"}, "zone alarm: fire"),
        ({"kind": "device_online", "reader_name": "Hub"}, "Hub online"),
        ({"kind": "user_added", "person": "Jo"}, "person added: Jo"),
        ({"kind": "admin", "message": "{by}"}, "administration: {by}"),
        ({"kind": "other", "vendor_code": "a.b"}, "reported: a.b"),
        ({"kind": "of next year", "method": "thought"}, "reported"),
        ({}, "reported"),
    ],
)
def test_words(data: dict[str, Any], words: str) -> None:
    """What is not known is left out, and nothing unknown is an error."""
    assert describe(LOGBOOK, data)[0] == words


@pytest.mark.parametrize("kind", EventKind)
def test_each_kind_has_words(kind: EventKind) -> None:
    """No kind falls back to the words of others, and none shows its braces."""
    words, icon = describe(LOGBOOK, {"kind": kind.value})
    assert words
    assert not set("{}") & set(words)
    assert icon.startswith("mdi:")
    assert (words == "reported") == (kind is EventKind.OTHER)
