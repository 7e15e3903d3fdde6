"""Tests of following a place of CLUe: what is told, when, and how often."""

import asyncio
import json
import time
from typing import Any

import pytest

from custom_components.access_events.models import EventKind, Method
from custom_components.access_events.systems.clue import system
from tests.simulators.clue import ClueSimulator
from tests.systems.owner import Journal, Owner
from tests.wait import wait_for

GRANTED, DENIED = EventKind.ACCESS_GRANTED, EventKind.ACCESS_DENIED
UNLOCKED, LOCKED = EventKind.DOOR_UNLOCKED, EventKind.DOOR_LOCKED
READER = "custom_components.access_events.systems.clue.reader"
DAY = 86_400_000


def owner(clue: ClueSimulator, **options: Any) -> Owner:
    """Return an owner of the cloud's place."""
    return Owner("clue", clue.config(), **options)


def now() -> int:
    """Return the time in ms."""
    return int(time.time() * 1000)


async def test_the_three_flows(clue: ClueSimulator) -> None:
    """Success and both failures of the guide are told in order, live, and in words."""
    async with owner(clue) as follower:
        await clue.flow_success(0, "Jane Doe")
        await follower.until(4)
        events = list(follower.journal.events.values())
        assert [event.kind for event in events] == [GRANTED, GRANTED, UNLOCKED, LOCKED]
        assert [event.vendor_code for event in events] == [
            "DEV_FACE_AUTH_SUCCESS",
            "VENDOR_AUTH_SUCCESS",
            "DEV_DOOR_RELAY_ON",
            "DEV_DOOR_RELAY_OFF",
        ]
        assert all(follower.journal.is_live(event) for event in events)
        face, third = events[0], events[1]
        assert face.method is Method.FACE
        assert face.person is not None
        assert face.person.name == "Jane Doe"
        assert face.reader_id == "1343"
        assert third.message == "Allowed by the connected third-party system"
        assert {event.door_id for event in events} == {"645"}
        assert {event.door_name for event in events} == {"SupremaJP_In"}
        await wait_for(lambda: len(follower.states) == 2)
        assert [update.state.is_locked for update in follower.states] == [False, True]

        await clue.flow_clue_failure(1)
        await clue.flow_clue_failure(1, "John Roe")
        await clue.flow_vendor_failure(1, "John Roe")
        await follower.until(8)
        rest = list(follower.journal.events.values())[4:]
        assert [event.kind for event in rest] == [
            EventKind.UNKNOWN_CREDENTIAL,
            DENIED,
            GRANTED,
            DENIED,
        ]
        assert rest[1].person is not None
        assert rest[1].person.name == "John Roe"
        assert rest[3].vendor_code == "VENDOR_AUTH_FAIL"
        assert rest[3].reason == "Refused by the connected third-party system"


async def test_doors_are_learned_and_kept(clue: ClueSimulator) -> None:
    """A door is known from its first event on, also after a restart and without one."""
    journal = Journal()
    async with owner(clue, journal=journal) as follower:
        assert follower.doors == {}
        await clue.relay(2)
        await wait_for(lambda: len(follower.doors) == 1)
        (door,) = follower.doors.values()
        assert door.name == f"Door {door.id}"
        await clue.flow_success(2, "Jane Doe")
        await wait_for(lambda: follower.doors[door.id].name == "SmartLight")
    await clue.clear_log()
    async with owner(clue, journal=journal) as follower:
        assert follower.doors[door.id].name == "SmartLight"
    assert json.loads(journal.cursor or "")["doors"] == {door.id: "SmartLight"}


@pytest.mark.parametrize("days", [0, 1, 30])
async def test_import(clue: ClueSimulator, days: int) -> None:
    """Just the wished days are imported, over more than one slice, each event once."""
    at = now()
    ages = (0.2, 0.9, 6.5, 8, 15, 29)
    for age in sorted(ages, reverse=True):
        await clue.flow_success(0, 0, at_ms=at - round(age * DAY))
    async with owner(clue, import_days=days) as follower:
        assert len(follower.journal.events) == 4 * sum(age < days for age in ages)
        assert follower.journal.told == len(follower.journal.events)
        assert not follower.journal.live
        times = [event.occurred_at for event in follower.journal.events.values()]
        assert times == sorted(times)
        await clue.flow_success(1, 1)
        await wait_for(lambda: len(follower.journal.live) == 4)
    spans = [
        int(query["endTime"]) - int(query["startTime"]) for query in await queries(clue)
    ]
    assert spans
    assert max(spans) < 7 * DAY


async def queries(clue: ClueSimulator) -> list[dict[str, str]]:
    """Return the queries of all searches for events that were asked."""
    answer = await clue.requests(recent=200)
    return [
        dict(item["query"]) for item in answer["recent"] if "/events" in item["path"]
    ]


@pytest.mark.parametrize(
    "modes",
    [
        {"order": "shuffled"},
        {"order": "oldest"},
        {"order": "id"},
        {"total": "page"},
        {"total": "absent"},
        {"total": "text"},
        {"ids": "number"},
        {"ids": "text"},
        {"empty": "null"},
        {"person_field": "useName"},
        {"size_limit": 50},
        {"size_limit": 50, "total": "page"},
        {"size_limit": 50, "total": "absent", "order": "shuffled"},
        {"end_inclusive": False},
        {"drop_fields": ("logId",)},
        {"base_path": "/v1"},
        {"error_body": "gateway", "base_path": "/v1"},
    ],
    ids=str,
)
async def test_every_dialect(clue: ClueSimulator, modes: dict[str, Any]) -> None:
    """Whatever order, types and totals there are, each event is told once, sorted."""
    await clue.set_modes(**modes)
    await clue.burst(700)
    async with owner(clue, import_days=1) as follower:
        assert len(follower.journal.events) == 700
        keys = [(event.occurred_at) for event in follower.journal.events.values()]
        assert keys == sorted(keys)
        names = {
            event.person.name for event in follower.journal.of(GRANTED) if event.person
        }
        assert "Jane Doe" in names
        await clue.burst(60)
        await follower.until(760)
        await follower.polls(2)
        assert follower.journal.told == 760
        assert follower.gaps == []


async def test_a_growing_log(clue: ClueSimulator) -> None:
    """What happens while pages are read moves no row out of sight."""
    await clue.burst(900)
    await clue.grow(rows=3, pages=8)
    async with owner(clue, import_days=1) as follower:
        await follower.until(900 + 3 * 8)
        await follower.polls(2)
        truth = len(await clue.history())
        assert follower.journal.told == len(follower.journal.events) == truth == 924


async def test_late_uploads(clue: ClueSimulator) -> None:
    """What a device hands in hours later is replayed; what follows is live again."""
    at = now()
    async with owner(clue) as follower:
        await clue.flow_success(1, 1)
        await follower.until(4)
        await clue.device_offline(0)
        await clue.flow_success(0, 0, at_ms=at - 3 * 3_600_000)
        await clue.flow_success(0, 2)
        await follower.polls(2)
        assert len(follower.journal.events) == 4
        await clue.device_online(0)
        await follower.until(12)
        late = [
            event
            for event in follower.journal.events.values()
            if event.occurred_at.timestamp() * 1000 < at - 3_600_000
        ]
        assert len(late) == 4
        assert not any(follower.journal.is_live(event) for event in late)
        assert len(follower.journal.live) == 8


async def test_a_late_upload_after_a_restart(clue: ClueSimulator) -> None:
    """What was told before the restart tells that an upload is late."""
    journal = Journal()
    async with owner(clue, journal=journal) as follower:
        await clue.event("DEV_FACE_AUTH_SUCCESS", 0, 0)
        await follower.until(1)
    async with owner(clue, journal=journal) as follower:
        await clue.event("DEV_FACE_AUTH_SUCCESS", 0, 0, at_ms=now() - 300_000)
        await follower.until(2)
        first, late = journal.of(GRANTED)
        assert journal.is_live(first)
        assert not journal.is_live(late)


async def test_a_day_ahead(clue: ClueSimulator) -> None:
    """What a clock that is exactly a day ahead tells is read when following begins."""
    await clue.turn_clock(DAY / 1000)
    made = await clue.burst(3)
    async with owner(clue, import_days=2) as follower:
        await follower.until(len(made))
        events = follower.journal.events.values()
        assert not any(follower.journal.is_live(event) for event in events)


@pytest.mark.parametrize("seconds", [-3 * 86400, -7200, 7200, 40 * 3600])
async def test_wrong_clocks(clue: ClueSimulator, seconds: int) -> None:
    """A clock that is wrong by hours or days makes nothing late, and nothing lost."""
    await clue.turn_clock(seconds)
    await clue.flow_success(0, 0)
    async with owner(clue, import_days=5) as follower:
        await clue.flow_success(0, 1)
        if seconds > 86400:
            await follower.polls(3)
            return
        await follower.until(8)
        assert len(follower.journal.live) == 4


async def test_a_hole_is_filled(clue: ClueSimulator) -> None:
    """Rows that come after later ones of the same device are no gap."""
    async with owner(clue) as follower:
        await clue.flow_success(0, 0)
        await follower.until(4)
        await clue.hold_rows(0, 2)
        await clue.flow_success(0, 0)
        await follower.until(6)
        await wait_for(lambda: follower.system.diagnostics()["holes_open"] == 1)
        await clue.release_rows(0)
        await follower.until(8)
        await wait_for(lambda: follower.system.diagnostics()["holes_open"] == 0)
        assert follower.gaps == []


async def test_a_hole_that_stays(clue: ClueSimulator) -> None:
    """What is gone for good is looked for some times, then told as a gap, once."""
    journal = Journal()
    async with owner(clue, journal=journal, interval=0.3) as follower:
        await clue.flow_success(0, 0)
        await follower.until(4)
        lost = await clue.lose_rows(0, 3)
        await clue.flow_success(0, 0)
        await follower.until(8)
    async with owner(clue, journal=journal, interval=0.02) as follower:
        await wait_for(lambda: len(follower.gaps) == 1)
        (gap,) = follower.gaps
        assert gap.detail.startswith("3 of device 1343")
        assert gap.start.timestamp() * 1000 <= lost[0].at_ms
        assert gap.end.timestamp() * 1000 >= lost[-1].at_ms
        await follower.polls(5)
        assert len(follower.gaps) == 1


async def test_a_device_that_skips_numbers(clue: ClueSimulator) -> None:
    """Where numbers are missing again and again, that is how the device counts."""
    async with owner(clue, interval=0.02) as follower:
        await clue.flow_success(0, 0)
        await follower.until(4)
        for _ in range(7):
            await clue.lose_rows(0, 1)
            await clue.relay(0)
        await follower.until(4 + 7)
        uneven = "devices_with_uneven_numbers"
        await wait_for(lambda: follower.system.diagnostics()[uneven], timeout=60)
        assert follower.system.diagnostics()["holes_open"] == 0
        told = len(follower.gaps)
        assert told < 5
        await clue.lose_rows(0, 1)
        await clue.relay(0)
        await follower.polls(5)
        assert len(follower.gaps) == told


async def test_a_window_with_too_many_rows(
    clue: ClueSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window that holds more than fits is divided until it fits; nothing is lost."""
    monkeypatch.setattr(f"{READER}._LARGEST", 40)
    await clue.seed_history(days=5, per_day=40)
    count = len(await clue.history())
    async with owner(clue, import_days=7) as follower:
        assert len(follower.journal.events) == count
        assert follower.system.diagnostics()["windows_short_of_total"] == 0


async def test_a_total_that_is_wrong(clue: ClueSimulator) -> None:
    """A total that promises more rows than there are does not hold reading up."""
    async with owner(clue) as follower:
        await clue.flow_success(0, 0)
        await follower.until(4)
        answer = await clue.requests(recent=1)
        assert answer["recent"]
        body = {
            "code": 200,
            "status": True,
            "message": "OK",
            "data": {"total": 7, "rows": []},
        }
        await clue.fault(path="/", status=200, body=body, count=40)
        await clue.flow_success(1, 1)
        await follower.until(8, timeout=60)


async def test_a_count_that_starts_again(clue: ClueSimulator) -> None:
    """A device that was reset has no gap."""
    async with owner(clue, interval=0.02) as follower:
        await clue.flow_success(0, 0)
        await follower.until(4)
        clue.site.doors[0].device.next_local_id = 1
        await clue.flow_success(0, 0)
        await follower.until(8)
        await follower.polls(5)
        assert follower.gaps == []
        assert follower.system.diagnostics()["holes_open"] == 0


async def test_an_outage(clue: ClueSimulator) -> None:
    """What happened while the cloud was away is replayed, once, without a flood."""
    async with owner(clue) as follower:
        await clue.flow_success(0, 0)
        await follower.until(4)
        await clue.pause()
        await clue.burst(30)
        await wait_for(lambda: not follower.live)
        await clue.clear_requests()
        await clue.resume()
        await follower.until(34)
        await clue.flow_success(0, 0)
        await follower.until(38)
        assert len(follower.journal.live) == 8
        assert follower.journal.told == 38


async def test_a_short_hiccup_is_no_outage(clue: ClueSimulator) -> None:
    """One poll that fails is tried again at once, and what comes is live."""
    async with owner(clue) as follower:
        await clue.fault(path="/", count=2, status=502, body="bad gateway")
        await clue.flow_success(0, 0)
        await follower.until(4)
        assert len(follower.journal.live) == 4
        assert follower.rounds == 1


async def test_a_page_that_fails_moves_nothing(clue: ClueSimulator) -> None:
    """A read that breaks off half-way leaves the cursor where it was."""
    await clue.burst(900)
    await clue.fault(path="/v1/be/events", skip=4, count=1, truncate=True)
    async with owner(clue, import_days=1) as follower:
        assert len(follower.errors) == 1
        assert follower.journal.told == 900


async def test_a_pause_that_is_asked_for(clue: ClueSimulator) -> None:
    """`Retry-After` is kept to the second, and nothing is lost."""
    async with owner(clue) as follower:
        await clue.fault(
            path="/v1/be/events", count=1, status=429, headers={"Retry-After": "1"}
        )
        await asyncio.sleep(0.2)
        await clue.clear_requests()
        await clue.burst(4)
        await asyncio.sleep(0.5)
        assert (await clue.requests())["counts"] == {}
        await follower.until(4)
        assert len(follower.journal.live) == 4
        assert follower.rounds == 1


async def test_never_two_at_once(clue: ClueSimulator) -> None:
    """History that is asked for beside the stream waits, and repeats nothing."""
    async with owner(clue) as follower:
        await clue.fault(path="/v1/be/events", count=None, delay=0.05)
        await clue.flow_success(0, 0)
        await asyncio.gather(*(follower.catch_up() for _ in range(3)))
        assert follower.journal.told == 4
        await clue.clear_faults()
        await clue.flow_success(0, 0)
        await follower.until(8)


async def test_rubbish_beside_good_rows(clue: ClueSimulator) -> None:
    """A row that nobody understands is told once, without its values."""
    async with owner(clue) as follower:
        at = now()
        rows = [
            {"logId": 1, "eventAt": "soon", "eventType": "DEV_X", "userName": "Jane"},
            ["what"],
            {"logId": 2, "eventAt": at, "eventType": "DEV_ALIEN", "deviceId": 7},
        ]
        body = {"code": "200", "status": "true", "message": "OK", "data": rows}
        await clue.fault(path="/v1/be/events", count=3, status=200, body=body)
        await follower.until(1)
        await follower.polls(4)
        (event,) = follower.journal.events.values()
        assert (event.kind, event.vendor_code) == (EventKind.OTHER, "DEV_ALIEN")
        assert len(follower.unreadable) == 2
        assert "Jane" not in repr([item.payload for item in follower.unreadable])


async def test_busy_place(clue: ClueSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ten minutes are many pages they are read now and then, and nothing is missed."""
    monkeypatch.setattr(system, "_SHORT_EVERY", 3600.0)
    at = now() - 300_000
    for number in range(800):
        await clue.flow_clue_failure(number % 3, at_ms=at + number)
    async with owner(clue, import_days=1) as follower:
        await follower.polls(3)
        await clue.clear_requests()
        await follower.polls(10)
        starts = [int(query["startTime"]) for query in await queries(clue)]
        assert min(starts) > at - 120_000
        monkeypatch.setattr(system, "_SHORT_EVERY", 0.0)
        await clue.flow_clue_failure(0, at_ms=at - 120_000)
        await follower.until(801)
