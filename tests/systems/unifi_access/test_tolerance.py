"""Tests of consoles that tell less, or in other shapes, than the reference says."""

import asyncio
from typing import Any

import pytest

from custom_components.access_events.models import (
    Direction,
    DoorFeature,
    EventKind,
    Method,
)
from custom_components.access_events.systems.base import Signal
from custom_components.access_events.systems.unifi_access import polls, stream
from custom_components.access_events.systems.unifi_access.doors import DoorBook
from custom_components.access_events.systems.unifi_access.events import Interpreter
from custom_components.access_events.systems.unifi_access.frames import (
    Effects,
    FrameReader,
)
from custom_components.access_events.systems.unifi_access.matching import Matcher
from custom_components.access_events.systems.unifi_access.records import View, from_hit
from tests.simulators.unifi_access import UnifiAccessSimulator
from tests.wait import wait_for

from .follower import Follower, Journal
from .rows import (
    AT,
    BACK,
    FRONT,
    HUB,
    READER,
    book,
    device,
    door,
    insight,
    row,
    see,
    see_insight,
    target,
)

NOBODY = {"id": "", "type": "user", "display_name": "N/A"}


def frames(*told: dict[str, Any], known: DoorBook | None = None) -> Effects:
    """Return what follows from the last of some notifications."""
    known = known or book()
    reader = FrameReader(known, Interpreter(known), lambda at: AT, ())
    return [reader.read(frame, 1.0) for frame in told][-1]


@pytest.mark.parametrize("kind", ["add", "insights.add"])
def test_door_is_what_the_notification_is_about(kind: str) -> None:
    """A notification that names no door is about its object: a door, or its hub."""
    data = row(target("floor", "f-1", "1F")) if kind == "add" else insight(metadata={})
    (sighting,) = frames(
        {"event": f"access.logs.{kind}", "event_object_id": HUB, "data": data}
    ).sightings
    assert sighting.event.door_id == FRONT


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ("ACCESS", EventKind.ACCESS_GRANTED),
        ("BLOCKED", EventKind.ACCESS_DENIED),
        ("SUCCESS", EventKind.OTHER),
    ],
)
def test_what_has_no_type(result: str, kind: EventKind) -> None:
    """A row or an insight without a type is recorded, as far as its result tells."""
    assert see(row(type="", log_key="", result=result)).event.kind is kind
    told = insight(event_type=None, log_key="", result=result)
    assert see_insight(told).event.kind is kind


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ("Access Granted", EventKind.ACCESS_GRANTED),
        ("access", EventKind.ACCESS_GRANTED),
        ("ACCESS_DENIED", EventKind.ACCESS_DENIED),
    ],
)
def test_results_in_other_words(result: str, kind: EventKind) -> None:
    """A result is understood as the reference's webhooks spell it, too."""
    assert see(row(result=result)).event.kind is kind


@pytest.mark.parametrize(
    ("word", "direction"),
    [("in", Direction.ENTRY), ("Out", Direction.EXIT), ("sideways", None)],
)
def test_directions_in_other_words(word: str, direction: Direction | None) -> None:
    """A reader's setting has other words for the direction than a row has."""
    told = target("device_config", "door_entry_method", word)
    assert see(row(told)).event.direction is direction


def test_devices_without_capabilities() -> None:
    """Where a device does not say what it can do, its type tells hub from reader."""
    known = book()
    known.load_devices(
        [
            device(READER, "UA-G2-PRO", FRONT, capabilities=None),
            device(HUB, "UAH-DOOR", FRONT, capabilities=[]),
        ]
    )
    assert known.doors[FRONT].model == "UAH-DOOR"
    told = row(target("UAH-DOOR", HUB, "Hub"), target("UA-G2-PRO", READER, "Reader"))
    assert see(told, known=known).event.reader_id == READER


@pytest.mark.parametrize("kind", ["UAH-Ent", "UA-Hub-Ent", "EAH-8"])
def test_a_hub_of_many_doors_tells_none(kind: str) -> None:
    """Of a hub for eight doors, of which one is known, the door can't be told."""
    known = book()
    known.load_devices([device(HUB, kind, FRONT, capabilities=["is_hub"])])
    told = row(target(kind, HUB, "Hub"))
    assert see(told, known=known).event.door_id is None


def test_a_row_without_its_event_is_none() -> None:
    """Of what has a time and nothing else, nothing can be told."""
    assert from_hit({"@timestamp": "2023-07-11T12:11:27Z"}, View.ROW) is None


def test_method_of_an_insight_without_authentication() -> None:
    """How a door was opened may be told as one more thing that it is about."""
    told = insight()
    told["metadata"] |= {
        "authentication": None,
        "opened_method": [{"id": "", "display_name": "face"}],
    }
    assert see_insight(told).event.method is Method.FACE


@pytest.mark.parametrize("provider", ["CALL", "NFC", "BUTTON_DOOR_BELL", ""])
def test_a_ring_and_its_row_are_one(provider: str) -> None:
    """Whatever provider the row of a ring names, it is the ring that was pushed."""
    (pushed,) = frames(
        {
            "event": "access.remote_view",
            "data": {
                "request_id": "r-1",
                "device_id": READER,
                "door_name": "Front Door",
                "create_time": AT // 1000,
            },
        }
    ).sightings
    written = see(
        row(
            target("UA-G2-PRO", READER, "Reader"),
            actor=NOBODY,
            provider=provider,
            result="",
            log_key="access.doorbell.visitor.rang.remotecall",
        )
    )
    for first, second in ((pushed, written), (written, pushed)):
        matcher = Matcher()
        event, _ = matcher.take(first)
        assert event.kind is EventKind.RING
        assert matcher.take(second)[0].key == event.key


def test_a_bell_alone_rings() -> None:
    """Some consoles tell of a ring by a notification of their own, and no other."""
    (sighting,) = frames(
        {
            "event": "access.hw.door_bell",
            "data": {"door_id": BACK, "door_name": "Büro", "request_id": "r-2"},
        }
    ).sightings
    assert (sighting.event.kind, sighting.event.door_id) == (EventKind.RING, BACK)


def place(state: Any, **more: Any) -> dict[str, Any]:
    """Return a notification of a door's state."""
    data = {"id": FRONT, "location_type": "door", "state": state, **more}
    return {"event": "access.data.v2.location.update", "data": data}


@pytest.mark.parametrize(
    ("told", "asks"),
    [
        ({"software": "none", "hardware": "none"}, False),
        ({"software": "", "hardware": None}, False),
        ({"software": "lockdown", "hardware": "none"}, True),
        ({"software": "none", "hardware": "evacuation"}, True),
        (None, False),
    ],
)
def test_the_first_word_of_an_emergency(told: object, asks: bool) -> None:
    """An emergency is asked about when a door first tells of it."""
    assert frames(place({"lock": "locked", "emergency": told})).emergency is asks


@pytest.mark.parametrize("key", ["online", "is_online", "is_connected"])
def test_a_device_of_either_generation_goes_offline(key: str) -> None:
    """Old notifications call it otherwise, and say the same."""
    known = book()
    told = {
        "event": "access.data.device.update",
        "data": {"unique_id": HUB, key: False},
    }
    signals: list[Signal] = frames(told, known=known).signals
    assert len(signals) == 1
    assert known.doors[FRONT].state.online is False


def test_places_that_open_are_doors() -> None:
    """What the list of doors lists is a door, whatever it is called; floors are not."""
    known = DoorBook()
    known.load_doors(
        [
            door("g-1", "Drive", "UNVR - 1F - Drive", type="gate"),
            door("f-1", "1F", "UNVR - 1F", type="floor"),
        ]
    )
    assert list(known.doors) == ["g-1"]
    told = place({"lock": "unlocked"}, id="g-1", location_type="gate")
    assert frames(told, known=known).signals
    assert known.doors["g-1"].state.is_locked is False


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "CODE_UNAUTHORIZED"),
        (403, "CODE_UNAUTHORIZED"),
        (500, "CODE_SYSTEM_ERROR"),
        (200, "CODE_OPERATION_FORBIDDEN"),
        (400, "CODE_DEVICE_API_NOT_SUPPORTED"),
    ],
)
async def test_what_is_not_essential_may_fail(
    unifi: UnifiAccessSimulator, status: int, code: str
) -> None:
    """Devices, their stream, lock rules and emergencies may all be out of reach."""
    for path in ("devices", "doors/"):
        await unifi.fault(
            path=f"/api/v1/developer/{path}",
            method="GET",
            status=status,
            body={"code": code, "msg": "no"},
            count=None,
        )
    async with Follower(unifi) as site:
        await site.start()
        assert DoorFeature.OPEN in site.door("Front Door").features
        await unifi.tap("Front Door", "Jane Doe")
        await site.has(EventKind.ACCESS_GRANTED)
        assert site.error is None


async def test_rules_that_are_asked_too_fast(unifi: UnifiAccessSimulator) -> None:
    """A console that does not tell all lock rules at once is set up all the same."""
    await unifi.fault(
        path="/api/v1/developer/doors/",
        method="GET",
        skip=2,
        status=429,
        headers={"Retry-After": "1"},
        count=None,
    )
    async with Follower(unifi) as site:
        await site.start()
        assert (
            sum(DoorFeature.HOLD in door.features for door in site.doors.values()) == 2
        )
        await unifi.tap("Front Door", "Jane Doe")
        await site.has(EventKind.ACCESS_GRANTED)
        assert site.error is None


async def test_a_log_that_is_refused_stops_nothing_else(
    unifi: UnifiAccessSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Where a version has no log, live events come, and the user is told once."""
    await unifi.fault(
        path="/api/v1/developer/system/logs",
        status=404,
        body={"code": "CODE_NOT_EXISTS", "msg": "no-man zone"},
        count=None,
    )
    async with Follower(unifi) as site:
        await site.start()
        await unifi.tap("Front Door", "Jane Doe")
        (event,) = await site.has(EventKind.ACCESS_GRANTED)
        assert site.journal.is_live(event)
        assert site.error is None
    assert caplog.text.count("can't be read") == 1


@pytest.mark.parametrize("status", [403, 404])
async def test_a_topic_that_is_refused_once_is_read_again(
    unifi: UnifiAccessSimulator, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """A topic that was there, or is refused but once, is not given up."""
    monkeypatch.setattr(polls, "_LOG_AGAIN", 1.0)
    await unifi.set_modes(push_logs="neither")
    refusal = {"code": "CODE_NOT_EXISTS" if status == 404 else "CODE_UNAUTHORIZED"}
    log = "/api/v1/developer/system/logs"
    await unifi.fault(path=log, status=status, body=refusal)
    async with Follower(unifi) as site:
        await site.start()
        await unifi.tap("Front Door", "Jane Doe", states=False)
        await site.has(EventKind.ACCESS_GRANTED)
        await unifi.fault(path=log, status=status, body=refusal)
        for _ in range(2):
            await unifi.tap("Front Door", "Jane Doe", states=False)
        await site.has(EventKind.ACCESS_GRANTED, count=3)


async def test_a_log_that_opens_later_is_of_the_past(
    unifi: UnifiAccessSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What happened while the log could not be read drives no automation later."""
    monkeypatch.setattr(polls, "_LOG_AGAIN", 1.0)
    await unifi.set_modes(push_logs="neither")
    await unifi.revoke("view:system_log")
    async with Follower(unifi) as site:
        await site.start()
        await unifi.tap("Front Door", "Jane Doe", states=False)
        await wait_for(lambda: "view:system_log" in site.problems)
        await unifi.grant("view:system_log")
        (event,) = await site.has(EventKind.ACCESS_GRANTED)
        assert not site.journal.is_live(event)
        await unifi.tap("Front Door", "John Roe", states=False)
        _, event = await site.has(EventKind.ACCESS_GRANTED, count=2)
        assert site.journal.is_live(event)


async def test_doors_that_opened_meanwhile_are_in_another_topic(
    unifi: UnifiAccessSimulator,
) -> None:
    """Positions that the console logs among device events are not lost by default."""
    await unifi.set_modes(dps_topics=["device_events"])
    journal = Journal()
    async with Follower(unifi, {}, journal) as site:
        await site.start()
    await unifi.tap("Front Door", "Jane Doe", opens=True)
    async with Follower(unifi, {}, journal) as site:
        await site.start()
        (opened,) = await site.has(EventKind.DOOR_OPENED)
        assert not site.journal.is_live(opened)


async def test_a_console_that_asks_for_signs_of_life(
    unifi: UnifiAccessSimulator,
) -> None:
    """A console that pings is answered, or it would hang up."""
    await unifi.set_modes(ping_interval=0.2)
    async with Follower(unifi) as site:
        await site.start()
        await asyncio.sleep(1)
        assert not site.system.diagnostics()["stream_reconnects"]


@pytest.mark.parametrize("answers", [True, False])
async def test_a_console_that_never_greets(
    unifi: UnifiAccessSimulator, monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    """Its stream stays as long as it answers pings; else it is opened anew."""
    monkeypatch.setattr(stream, "_SILENCE", 0.3)
    await unifi.set_modes(hello_interval=3600.0, answer_pings=answers)
    async with Follower(unifi) as site:
        await site.start()

        def opened_anew() -> bool:
            return bool(site.system.diagnostics()["stream_reconnects"])

        if answers:
            await asyncio.sleep(1.5)
            assert not opened_anew()
            await unifi.tap("Front Door", "Jane Doe")
            await site.has(EventKind.ACCESS_GRANTED)
        else:
            await wait_for(opened_anew)


async def test_people_in_the_shape_of_rows(unifi: UnifiAccessSimulator) -> None:
    """A list may come as an object with hits, and its people with nothing but names."""
    jane = {"id": "u-1", "first_name": "Jane", "last_name": "Doe", "pin_code": ""}
    await unifi.fault(
        path="/api/v1/developer/users",
        method="GET",
        status=200,
        body={"code": "SUCCESS", "data": {"hits": [None, jane, {"alias": "nobody"}]}},
        count=None,
    )
    async with Follower(unifi) as site:
        await site.start()
        (user,) = await site.system.users()
        assert (user.id, user.name, user.has_pin) == ("u-1", "Jane Doe", False)
