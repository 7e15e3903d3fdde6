"""Tests of following a BAS-IP panel: what is told, when, and how often."""

import asyncio
import json
import time
from typing import Any

import pytest

from custom_components.access_events.models import DoorFeature, EventKind, Method
from custom_components.access_events.systems.base import AuthError, ConnectError
from tests.simulators.basip import BasIpSimulator
from tests.systems.owner import Journal, Owner
from tests.wait import wait_for

GRANTED, DENIED = EventKind.ACCESS_GRANTED, EventKind.ACCESS_DENIED
DAY = 86_400_000


def owner(basip: BasIpSimulator, **options: Any) -> Owner:
    """Return an owner of the panel."""
    return Owner("basip", basip.config(), **options)


def now() -> int:
    """Return the time in ms."""
    return int(time.time() * 1000)


async def test_a_visit(basip: BasIpSimulator) -> None:
    """A card, a refusal, a ring and the door are told as they happen."""
    async with owner(basip) as follower:
        await basip.use("Jane Doe", kind="card")
        await basip.deny("John Roe")
        await basip.ring()
        await basip.press_exit()
        await basip.open_door()
        await follower.until(5)
        events = list(follower.journal.events.values())
        assert [event.kind for event in events] == [
            GRANTED,
            DENIED,
            EventKind.RING,
            EventKind.EXIT_REQUESTED,
            EventKind.DOOR_OPENED,
        ]
        assert all(follower.journal.is_live(event) for event in events)
        assert events[0].person is not None
        assert events[0].person.name == "Jane Doe"
        assert events[0].method is Method.CARD
        assert events[0].credential == "3090069"
        assert "3090069" not in (events[0].message or "")
        assert events[0].reader_name == "AA-14FB Simulator"
        assert {event.door_id for event in events} == {"1"}
        await wait_for(lambda: follower.states)
        assert follower.states[-1].state.is_open is True
        await basip.close_door()
        await wait_for(lambda: follower.states[-1].state.is_open is False)


async def test_no_page_is_no_empty_page(basip: BasIpSimulator) -> None:
    """An answer that is no page fails, or all would seem to be read."""
    async with owner(basip) as follower:
        system = follower.system
        cursor = await system.start_cursor(0)
        await basip.fault(path="/api/v1/log", rubbish=True, count=None)
        with pytest.raises(ConnectError) as raised:
            async for _ in system.history(cursor):
                pass
        assert raised.value.key == "answer_unreadable"


async def test_what_the_doors_have(basip: BasIpSimulator) -> None:
    """Each lock is a door; the panel's senses are at the first."""
    async with owner(basip) as follower:
        assert list(follower.doors) == ["1", "2"]
        main = follower.doors["1"]
        assert main.name == "AA-14FB Simulator lock 1"
        assert main.features == (
            DoorFeature.ACCESS
            | DoorFeature.OPEN
            | DoorFeature.RING
            | DoorFeature.TAMPER
            | DoorFeature.POSITION
            | DoorFeature.HELD
            | DoorFeature.EXIT_REQUEST
            | DoorFeature.IMAGE
        )
        assert main.state.is_open is False
        other = follower.doors["2"]
        assert other.features == DoorFeature.ACCESS | DoorFeature.OPEN
    await basip.set_modes(door_sensor=False)
    async with owner(basip) as follower:
        assert DoorFeature.POSITION not in follower.doors["1"].features


@pytest.mark.parametrize("days", [0, 1, 30])
@pytest.mark.parametrize("timestamps", ["ms", "s"])
async def test_import(basip: BasIpSimulator, days: int, timestamps: str) -> None:
    """Just the wished days are imported, each event once, in order."""
    await basip.set_modes(timestamps=timestamps)
    at = now()
    ages = (29, 15, 8, 6.5, 0.9, 0.2)
    for age in ages:
        await basip.use("Jane Doe", at_ms=at - round(age * DAY))
    async with owner(basip, import_days=days) as follower:
        assert len(follower.journal.events) == sum(age < days for age in ages)
        assert not follower.journal.live
        await basip.use("John Roe", at_ms=now() + 1000)
        await wait_for(lambda: len(follower.journal.live) == 1)
        await follower.polls(2)
        assert follower.journal.told == len(follower.journal.events)


@pytest.mark.parametrize(
    "modes",
    [
        {},
        {"family": "camdroid"},
        {"family": "camdroid", "sort_field": True},
        {"default_sort": "desc"},
        {"api_prefix": "v0"},
        {"log_path": "list"},
        {"log_path": "both"},
        {"envelope": "options"},
        {"limits": (10, 25)},
        {"limits": (10, 25, 50)},
        {"page_past_end": "error"},
        {"timestamps": "s"},
        {"timestamps": "s", "query_unit": "s"},
        {"query_unit": "s"},
        {"from_alone": "ignored"},
        {"from_alone": "refused"},
        {"totals": "all"},
        {"numbers": "number", "locks": "text"},
        {"locales": ("ru",)},
        {"error_style": "object"},
        {"empty_body": "none"},
        {"single_session": True},
    ],
    ids=str,
)
async def test_every_dialect(basip: BasIpSimulator, modes: dict[str, Any]) -> None:
    """Whatever family, order, unit and envelope there are, each event is told once."""
    await basip.set_modes(**modes)
    await basip.burst(700)
    async with owner(basip, import_days=1) as follower:
        await follower.until(700)
        assert len(follower.journal.events) == 700
        times = [event.occurred_at for event in follower.journal.events.values()]
        assert times == sorted(times)
        await basip.burst(60)
        await follower.until(760)
        await follower.polls(2)
        assert follower.journal.told == 760


async def test_equal_rows(basip: BasIpSimulator) -> None:
    """Rows that say the same in one millisecond are as many as they are, also later."""
    journal = Journal()
    async with owner(basip, journal=journal) as follower:
        at = now() + 50
        await basip.write("access_granted_by_valid_identifier", at_ms=at + 5, copies=3)
        await basip.write("door_was_opened", at_ms=at + 5, copies=2)
        await follower.until(5)
        await follower.polls(3)
        assert journal.told == 5
        await basip.write("door_was_opened", at_ms=at + 5)
        await follower.until(6)
    async with owner(basip, journal=journal) as follower:
        await follower.polls(3)
        assert journal.told == 6
        await basip.use("Jane Doe")
        await follower.until(7)
    assert sorted(event.key.partition("#")[2] for event in journal.events.values()) == [
        *("", "", "", "2", "2", "3", "3"),
    ]


@pytest.mark.parametrize("family", ["android", "camdroid", "neither"])
@pytest.mark.parametrize("wanted", [("emergency",), ("access", "info")], ids=str)
async def test_parts_of_the_log(
    basip: BasIpSimulator, family: str, wanted: tuple[str, ...]
) -> None:
    """Only the chosen parts are told, in either way to ask for them, or in none."""
    if family == "neither":
        await basip.set_modes(filters=False)
    else:
        await basip.set_modes(family=family)
    truth = await basip.write_all()
    chosen = [item.key for item in truth if item.category in wanted]
    async with owner(basip, import_days=1, categories=wanted) as follower:
        await follower.until(len(chosen))
        await basip.write(chosen[0])
        await follower.until(len(chosen) + 1)
        told = [event.vendor_code for event in follower.journal.events.values()]
        assert sorted(told) == sorted([*chosen, chosen[0]])
    recent = (await basip.requests(recent=50))["recent"]
    asked = [
        request
        for request in recent
        if "filter" in " ".join(request["query"]) and request["status"] == 200
    ]
    assert bool(asked) is (
        family == "camdroid" or (family == "android" and len(wanted) == 1)
    )


async def test_keys_of_other_versions(basip: BasIpSimulator) -> None:
    """Keys that the seed does not have are told by how they begin."""
    async with owner(basip) as follower:
        truth = await basip.write_all(others=True, step_ms=0)
        await follower.until(len(truth))
        kinds = {
            event.vendor_code: event.kind for event in follower.journal.events.values()
        }
        for key, kind in kinds.items():
            if key.startswith("access_granted"):
                assert kind is GRANTED
            if key.startswith("access_denied"):
                assert kind in (DENIED, EventKind.UNKNOWN_CREDENTIAL)
        assert follower.unreadable == []


async def test_our_logins_are_left_out(basip: BasIpSimulator) -> None:
    """Our own logins are no events, also after a restart; those of others are."""
    journal = Journal()
    async with owner(basip, journal=journal) as follower:
        await basip.expire_tokens()
        await basip.use("Jane Doe")
        await follower.until(1)
        await follower.polls(2)
        assert [event.vendor_code for event in journal.events.values()] == [
            "access_granted_by_valid_identifier"
        ]
        at = now() + 20_000
        await basip.write("successful_login_api_call", at_ms=at)
        await follower.until(2)
    async with owner(basip, journal=journal) as follower:
        await follower.polls(2)
    assert len(journal.events) == 2
    assert len(json.loads(journal.cursor or "")["own"]) >= 2


@pytest.mark.parametrize("seconds", [-400 * 86400, -7200, 7200, 40 * 86400])
async def test_wrong_clocks(basip: BasIpSimulator, seconds: int) -> None:
    """A clock that is wrong makes nothing late, and nothing lost."""
    await basip.turn_clock(seconds)
    await basip.use("Jane Doe")
    async with owner(basip, import_days=5) as follower:
        await basip.use("John Roe")
        await follower.until(2)
        assert len(follower.journal.live) == 1
        assert all(
            event.kind is not EventKind.ADMIN
            for event in follower.journal.events.values()
        )


async def test_a_clock_that_is_set_back(
    basip: BasIpSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a clock was set right, nothing hides behind rows of the future."""
    monkeypatch.setattr(
        "custom_components.access_events.systems.basip.system._CLOCK_EVERY", 0
    )
    await basip.turn_clock(30 * 86400)
    async with owner(basip) as follower:
        await basip.use("Jane Doe")
        await follower.until(1)
        await basip.turn_clock(0)
        await follower.polls(2)
        for count in (2, 3, 4):
            await basip.use("John Roe")
            await follower.until(count)
        assert len(follower.journal.live) == 4
        assert follower.journal.told == 4


async def test_one_login_for_all(basip: BasIpSimulator) -> None:
    """However many ask at once, a session that ended is begun anew once."""
    async with owner(basip) as follower:
        before = follower.system.diagnostics()["logins"]
        assert before == 1
        await basip.fault(path="/api/v1/log", count=None, delay=0.05)
        await basip.expire_tokens()
        await asyncio.gather(
            *(follower.system.open_door("1") for _ in range(3)), follower.catch_up()
        )
        assert follower.system.diagnostics()["logins"] == 2
        assert len(await basip.openings()) == 3


async def test_a_wrong_password_is_not_tried_again(basip: BasIpSimulator) -> None:
    """A panel bans who tries too often, so a refused login is left alone for long."""
    async with owner(basip) as follower:
        await basip.change_password("another")
        await wait_for(lambda: follower.errors)
        assert isinstance(follower.errors[0], AuthError)
        for _ in range(5):
            with pytest.raises(AuthError):
                await follower.system.open_door("1")
        assert (await basip.sessions())["refused_in_a_row"] == 1
        assert "Pförtner" not in str(follower.errors[0])


async def test_refused_logins_grow_rarer(
    basip: BasIpSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often something is wanted, a wrong password is tried ever more rarely."""
    name = "custom_components.access_events.systems.basip.client._REFUSED_PAUSE"
    monkeypatch.setattr(name, 0.05)
    await basip.set_modes(ban_after=0)
    async with owner(basip, interval=600) as follower:
        await basip.change_password("another")
        until = time.monotonic() + 1
        while time.monotonic() < until:
            with pytest.raises(AuthError):
                await follower.system.open_door("1")
            await asyncio.sleep(0.01)
    assert 2 <= (await basip.sessions())["refused_in_a_row"] <= 6


async def test_a_session_does_not_last_for_ever(
    basip: BasIpSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the panel ends a session, another one is begun."""
    name = "custom_components.access_events.systems.basip.client._TOKEN_SECONDS"
    monkeypatch.setattr(name, 0.2)
    async with owner(basip) as follower:
        await wait_for(lambda: follower.system.diagnostics()["logins"] == 3)
        assert follower.errors == []


@pytest.mark.parametrize(("language", "asked"), [("uk", "uk"), ("ja", "en")])
async def test_the_language(basip: BasIpSimulator, language: str, asked: str) -> None:
    """The log is asked for in Home Assistant's language, if the panel has it."""
    async with owner(basip, language=language) as follower:
        await follower.polls(1)
    recent = (await basip.requests(recent=5))["recent"]
    assert {
        request["query"]["locale"]
        for request in recent
        if request["path"].endswith("/log/items")
    } == {asked}


@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize("style", ["string", "object"])
async def test_a_refused_login(basip: BasIpSimulator, status: int, style: str) -> None:
    """A wrong password is told as such, whatever the panel's way to say it."""
    await basip.set_modes(refused_status=status, error_style=style)
    config = basip.config() | {"password": "wrong"}
    with pytest.raises(AuthError):
        await Owner("basip", config).__aenter__()


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "wrong_product"), (418, "wrong_product"), (403, "address_blocked")],
)
async def test_no_panel(basip: BasIpSimulator, status: int, code: str) -> None:
    """What answers a login in another way is not taken for a wrong password."""
    await basip.fault(path="/", status=status, count=None)
    follower = Owner("basip", basip.config())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1), follower:
            pass
    assert {error.key for error in follower.errors} == {code}


async def test_a_panel_that_ends_sessions(basip: BasIpSimulator) -> None:
    """A session that never holds opens no door, and is not begun again and again."""
    async with owner(basip) as follower:
        path = "/api/v1/access/general/lock/open"
        await basip.fault(path=path, status=401, count=None)
        with pytest.raises(ConnectError):
            await follower.system.open_door("1")
        assert await basip.openings() == []


async def test_a_banned_address(basip: BasIpSimulator) -> None:
    """A ban is told from a wrong password."""
    await basip.ban()
    follower = Owner("basip", basip.config())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10), follower:
            pass
    assert {error.key for error in follower.errors} == {"address_blocked"}


async def test_an_outage(basip: BasIpSimulator) -> None:
    """What happened while the panel was away is replayed, once."""
    async with owner(basip) as follower:
        await basip.use("Jane Doe")
        await follower.until(1)
        await basip.pause()
        await basip.burst(120)
        await wait_for(lambda: not follower.live)
        await basip.clear_requests()
        await basip.resume()
        await follower.until(121)
        await basip.use("Jane Doe")
        await follower.until(122)
        assert len(follower.journal.live) == 2
        assert follower.journal.told == 122


async def test_rows_that_come_while_reading(basip: BasIpSimulator) -> None:
    """Rows that are written while pages are read are told once as well."""
    await basip.burst(300)
    async with owner(basip, import_days=1) as follower:
        await basip.start_burst(n=300, rate=300)
        await follower.until(600)
        await follower.polls(2)
        assert follower.journal.told == len(follower.journal.events) == 600


async def test_rubbish(basip: BasIpSimulator) -> None:
    """Answers that are no JSON, and rows that are no rows, stop nothing."""
    async with owner(basip) as follower:
        body = {
            "list_items": [
                {"timestamp": "never", "name": {"key": "x"}, "info": {"text": "Jane"}},
                7,
                {"timestamp": now(), "name": {"key": "some_new_key"}, "info": None},
            ]
        }
        await basip.fault(path="/api/v1/log", count=2, status=200, body=body)
        await basip.fault(path="/api/v1/log", count=1, skip=3, rubbish=True)
        await follower.until(1)
        await basip.use("Jane Doe")
        await follower.until(2)
        assert len(follower.unreadable) == 2
        assert "Jane" not in repr([item.payload for item in follower.unreadable])


async def test_a_monitor_and_a_stranger(basip: BasIpSimulator) -> None:
    """What is no panel is told apart from what can't be reached."""
    for body in ({"device_type": "monitor", "device_model": "AZ-07"}, {"hello": 1}):
        await basip.fault(path="/api/info", status=200, body=body)
        follower = Owner("basip", basip.config())
        async with follower:
            assert isinstance(follower.errors[0], ConnectError)
            assert follower.errors[0].key == "wrong_product"
