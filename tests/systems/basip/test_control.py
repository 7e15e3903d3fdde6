"""Tests of what can be done with a BAS-IP panel."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.access_events.models import (
    Capability,
    DoorMode,
    EventKind,
    UserRequest,
)
from custom_components.access_events.systems.base import (
    ConnectError,
    PermissionMissing,
    RequestRejected,
)
from custom_components.access_events.systems.basip.photo import picture
from tests.simulators.basip import BasIpSimulator
from tests.systems.owner import Owner
from tests.wait import wait_for
from tests.words import says

FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
LATER = datetime(2028, 1, 1, tzinfo=UTC)


def owner(basip: BasIpSimulator, **options: Any) -> Owner:
    """Return an owner of the panel that does not poll meanwhile."""
    return Owner("basip", basip.config(), **{"interval": 600, **options})


async def test_open(basip: BasIpSimulator) -> None:
    """A lock is opened once, and the log tells it soon."""
    async with owner(basip) as follower:
        await follower.system.open_door("2")
        assert [item["lock"] for item in await basip.openings()] == [2]
        await follower.until(1)
        (event,) = follower.journal.events.values()
        assert event.vendor_code == "access_granted_by_api_call"
        assert event.door_id == "2"
        with pytest.raises(RequestRejected):
            await follower.system.open_door("7")
        assert len(await basip.openings()) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": "after"},
        {"drop": "before"},
        {"truncate": True},
        {"status": 500},
        {"status": 429, "headers": {"Retry-After": "0"}},
        {"delay": 0.1, "drop": "after"},
    ],
    ids=str,
)
async def test_a_door_is_never_opened_twice(
    basip: BasIpSimulator, fault: dict[str, Any]
) -> None:
    """Whatever breaks, an unlock is sent once: it is a GET, which others repeat."""
    async with owner(basip) as follower:
        await follower.system.users()
        await basip.clear_requests()
        await basip.fault(path="/api/v1/access/general/lock/open", **fault)
        with pytest.raises(ConnectError):
            await follower.system.open_door("1")
        await asyncio.sleep(0.1)
        counts = (await basip.requests())["counts"]
        assert sum(n for path, n in counts.items() if "lock/open" in path) == 1
        assert len(await basip.openings()) <= 1


async def test_open_after_the_session_ended(basip: BasIpSimulator) -> None:
    """What the panel refused for want of a session opens the door once, with a new one."""
    async with owner(basip) as follower:
        await basip.expire_tokens()
        await follower.system.open_door("1")
        assert len(await basip.openings()) == 1


async def test_hold_open(basip: BasIpSimulator) -> None:
    """A lock is held open until that is ended, and what was asked for is shown."""
    async with owner(basip, interval=0.05) as follower:
        system = follower.system
        assert follower.doors["1"].modes == (DoorMode.NORMAL, DoorMode.UNLOCKED)
        assert follower.doors["1"].state.mode is None
        assert (await system.system_state()).evacuation is None
        await system.set_mode("2", DoorMode.UNLOCKED)
        assert (await basip.state_of(2))["emergency"] is True
        assert (await basip.state_of(1))["emergency"] is False
        await wait_for(lambda: follower.modes("2") == [DoorMode.UNLOCKED])
        await follower.until(1, EventKind.HOLD_OPEN_STARTED)
        await system.set_mode("2", DoorMode.NORMAL)
        assert (await basip.state_of(2))["emergency"] is False
        await wait_for(
            lambda: follower.modes("2") == [DoorMode.UNLOCKED, DoorMode.NORMAL]
        )
        for mode in (DoorMode.LOCKED_DOWN, DoorMode.SCHEDULED):
            with pytest.raises(RequestRejected):
                await system.set_mode("2", mode)
        with pytest.raises(RequestRejected):
            await system.set_mode("9", DoorMode.UNLOCKED)


@pytest.mark.parametrize("family", ["android", "camdroid"])
async def test_evacuation(basip: BasIpSimulator, family: str) -> None:
    """All locks are held open with one request, and released with one."""
    await basip.set_modes(family=family)
    async with owner(basip, interval=0.05) as follower:
        system = follower.system
        count = len(follower.doors)
        for active in (True, False):
            await system.set_evacuation(active)
            held = [
                (await basip.state_of(lock))["emergency"]
                for lock in range(1, count + 1)
            ]
            assert held == [active] * count
            await wait_for(lambda: follower.systems)
            assert follower.systems.pop().evacuation is active
    counts = (await basip.requests())["counts"]
    assert sum(n for path, n in counts.items() if "/emergency" in path) == 2


async def test_a_hold_ends_by_itself(
    basip: BasIpSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the longest time that a panel holds a lock open it is shown as normal."""
    monkeypatch.setattr(
        "custom_components.access_events.systems.basip.site._LONGEST_HOLD", 1
    )
    async with owner(basip, interval=0.05) as follower:
        await follower.system.set_mode("1", DoorMode.UNLOCKED)
        await wait_for(
            lambda: follower.modes("1") == [DoorMode.UNLOCKED, DoorMode.NORMAL], 10
        )


async def test_the_exit_button(basip: BasIpSimulator) -> None:
    """The exit button is switched off and on, where the panel has the setting."""
    async with owner(basip, interval=0.05) as follower:
        system = follower.system
        assert Capability.EXIT_BUTTON in system.capabilities
        assert (await system.system_state()).exit_button is True
        await system.set_exit_button(False)
        assert await basip.press_exit() is None
        await wait_for(lambda: follower.systems)
        assert follower.systems[-1].exit_button is False
        await system.set_exit_button(True)
        await basip.press_exit()
        await follower.until(1, EventKind.EXIT_REQUESTED)
    await basip.fault(path="/api/v1/access/exit", count=None, status=404, body="")
    async with owner(basip) as follower:
        assert Capability.EXIT_BUTTON not in follower.system.capabilities
        assert (await follower.system.system_state()).exit_button is None


async def test_a_manager_may_not(basip: BasIpSimulator) -> None:
    """What needs an administrator says so, in both of the panel's ways."""
    for status, style in ((400, "string"), (403, "object")):
        await basip.set_modes(admin_status=status, error_style=style)
        body = {"error": "Administrator rights required"}
        if style == "object":
            body = {"error": {"code": "permission_denied", "message": "No"}}  # type: ignore[dict-item]
        async with owner(basip) as follower:
            await basip.fault(
                path="/api/v1/access/identifier", status=status, body=body
            )
            with pytest.raises(PermissionMissing):
                await follower.system.users()


@pytest.mark.parametrize("kind", ["jpeg", "base64", "webp"])
async def test_a_picture_of_a_visit(basip: BasIpSimulator, kind: str) -> None:
    """A live visit has the picture of its moment, whatever the panel calls it."""
    await basip.set_modes(photo=kind)
    async with owner(basip, interval=0.05) as follower:
        await basip.ring()
        await follower.until(1)
        (event,) = follower.journal.events.values()
        assert event.image_ref is not None
        image = await follower.system.image(event.image_ref)
        assert image.content_type == ("image/webp" if kind == "webp" else "image/jpeg")
        start = b"RIFF" if kind == "webp" else b"\xff\xd8\xff"
        assert image.content.startswith(start)
        with pytest.raises(RequestRejected):
            await follower.system.image("photo:1")


async def test_a_picture_in_an_object(basip: BasIpSimulator) -> None:
    """A picture is found in an object too; where the camera fails there is none."""
    async with owner(basip, interval=0.05) as follower:
        path = "/api/v1/photo/file"
        body = {"name": "photo.jpg", "data": "/9j/4AAQSkZJRg=="}
        await basip.fault(path=path, status=200, body=body)
        await basip.ring()
        await follower.until(1)
        (event,) = follower.journal.events.values()
        assert event.image_ref is not None
        image = await follower.system.image(event.image_ref)
        assert image.content.startswith(b"\xff\xd8\xff")
        await basip.fault(path=path, status=500, count=None)
        await basip.ring()
        await follower.until(2)
        event = list(follower.journal.events.values())[1]
        assert event.image_ref is not None
        with pytest.raises(RequestRejected):
            await follower.system.image(event.image_ref)


async def test_no_camera(basip: BasIpSimulator) -> None:
    """A panel without pictures has none, and nothing is promised."""
    await basip.set_modes(photo="none")
    async with owner(basip, interval=0.05) as follower:
        await basip.ring()
        await basip.ring()
        await follower.until(2)
        event = next(iter(follower.journal.events.values()))
        if event.image_ref is not None:
            with pytest.raises(RequestRejected):
                await follower.system.image(event.image_ref)


def test_pictures_by_their_bytes() -> None:
    """Quoted base64, data URLs and rubbish are told apart by the bytes."""
    assert picture(b'"/9j/4AAQSkZJRg=="') is not None
    assert picture(b"data:image/png;base64,/9j/4AAQ\nSkZJRg==") is not None
    png = picture(b"\x89PNG\r\n\x1a\n and more")
    assert png is not None
    assert png.content_type == "image/png"
    assert picture(b"<html>no</html>") is None
    assert picture(b"") is None


async def test_people(basip: BasIpSimulator) -> None:
    """An identifier for each card and PIN is made, listed, changed and removed."""
    async with owner(basip) as follower:
        system = follower.system
        result = await system.register_user(
            UserRequest(
                name="Ann Other",
                cards=(
                    "5551234",
                    "plate:AB123",
                    "qr:b1c5a0d2-1111-4f4f-8888-0123456789ab",
                ),
                pin="9081",
                doors=("1",),
                valid_from=FROM,
                valid_until=UNTIL,
                passes=3,
            )
        )
        assert result.failed == {}
        assert set(result.done) == {
            *("name", "cards", "pin", "doors", "valid_from", "valid_until", "passes")
        }
        true = {
            item["type"]: item
            for item in await basip.identifiers()
            if item["owner"] == "Ann Other"
        }
        assert set(true) == {"card", "license_plate", "qr", "inputCode"}
        assert true["card"]["number"] == "5551234"
        assert true["card"]["lock"] == "first"
        assert true["card"]["passes_left"] == 3
        time = true["card"]["valid"]["time"]
        assert (time["from"], time["to"]) == (FROM.timestamp(), UNTIL.timestamp())
        users = {user.id: user for user in await system.users()}
        assert {users[uid].name for uid in result.user_id.split(",")} == {"Ann Other"}
        assert sum(users[uid].has_pin or 0 for uid in result.user_id.split(",")) == 1
        uid = result.user_id.split(",")[0]
        await system.update_user(UserRequest(user_id=uid, name="Ann Changed"))
        users = {user.id: user for user in await system.users()}
        assert users[uid].name == "Ann Changed"
        assert users[uid].valid_until == UNTIL
        assert users[uid].passes == 3
        await system.update_user(UserRequest(user_id=uid, passes=7))
        users = {user.id: user for user in await system.users()}
        assert (users[uid].passes, users[uid].valid_until) == (7, UNTIL)
        await system.update_user(
            UserRequest(user_id=uid, valid_from=UNTIL, valid_until=LATER)
        )
        users = {user.id: user for user in await system.users()}
        assert (users[uid].passes, users[uid].valid_until) == (7, LATER)
        await system.remove_user(result.user_id)
        assert uid not in {user.id for user in await system.users()}
        with pytest.raises(RequestRejected):
            await system.remove_user(uid)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (UserRequest(cards=("1",)), "name"),
        (UserRequest(name="A"), "PIN or a card"),
        (UserRequest(name="A", cards=("boat:1",)), "cards"),
        (UserRequest(name="A", pin="12ab"), "pin"),
        (UserRequest(name="A", pin="1234", doors=("3",)), "doors"),
        (UserRequest(name="A", pin="1234", valid_from=FROM), "valid_until"),
        (
            UserRequest(name="A", pin="1234", valid_from=UNTIL, valid_until=FROM),
            "valid_until",
        ),
        (UserRequest(name="A", pin="1234", passes=0), "passes"),
        (UserRequest(name="A", pin="1234", user_id="9"), "user_id"),
        (UserRequest(name="A", pin="1234", email="a@b"), "email"),
    ],
)
async def test_wrong_fields(
    basip: BasIpSimulator, request_: UserRequest, field: str
) -> None:
    """A wrong field is named before anything is sent."""
    async with owner(basip) as follower:
        before = await basip.identifiers()
        with pytest.raises(RequestRejected, check=says(field)):
            await follower.system.register_user(request_)
        assert await basip.identifiers() == before


async def test_half_done(basip: BasIpSimulator) -> None:
    """Of several identifiers, those that failed are named, with the panel's reason."""
    async with owner(basip) as follower:
        result = await follower.system.register_user(
            UserRequest(name="Ann", cards=("3090069",), pin="9081")
        )
        assert set(result.failed) == {"cards"}
        assert "pin" in result.done
        with pytest.raises(RequestRejected):
            await follower.system.register_user(
                UserRequest(name="Ann", cards=("3090069",))
            )


async def test_changes_half_done(basip: BasIpSimulator) -> None:
    """A card and its locks are changed; of several identifiers the ones done are named."""
    async with owner(basip) as follower:
        system = follower.system
        result = await system.register_user(
            UserRequest(name="Ann", cards=("5551234",), pin="9081", doors=("1", "2"))
        )
        card, pin = result.user_id.split(",")
        await system.update_user(
            UserRequest(user_id=card, cards=("5551235",), doors=("2",))
        )
        (item,) = [
            item for item in await basip.identifiers() if item["number"] == "5551235"
        ]
        assert item["lock"] == "second"
        await system.update_user(
            UserRequest(
                user_id=pin, valid_from=FROM, valid_until=UNTIL, passes=4, name="Bo"
            )
        )
        users = {user.id: user for user in await system.users()}
        assert (users[pin].name, users[pin].passes) == ("Bo", 4)
        for wrong in (
            UserRequest(user_id=result.user_id, pin="9082"),
            UserRequest(user_id=pin),
        ):
            with pytest.raises(RequestRejected):
                await system.update_user(wrong)
        half = await system.update_user(UserRequest(user_id=f"{card},999", name="Cy"))
        assert (half.user_id, set(half.failed)) == (card, {"name"})
        with pytest.raises(RequestRejected, check=says(rf"{card}.*999")):
            await system.remove_user(f"{card},999")
        assert card not in {user.id for user in await system.users()}


async def test_registered_without_a_number(basip: BasIpSimulator) -> None:
    """An identifier whose number the panel does not tell is not called registered."""
    async with owner(basip) as follower:
        path = "/api/v1/access/identifier"
        await basip.fault(path=path, method="POST", status=200, body={})
        with pytest.raises(RequestRejected):
            await follower.system.register_user(UserRequest(name="Ann", pin="9081"))
        row = {"identifier_type": "card", "identifier_number": "5551234"}
        await basip.fault(path=path, status=200, body={"list_items": [row]})
        assert await follower.system.users() == []


async def test_tampering_is_shown_for_a_while(
    basip: BasIpSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A panel does not say when tampering ends, so it is shown for a while."""
    monkeypatch.setattr(
        "custom_components.access_events.systems.basip.site._TAMPERED_FOR", 0.3
    )
    async with owner(basip, interval=0.05) as follower:
        await basip.tamper()
        await wait_for(
            lambda: [s.state.tamper for s in follower.states] == [True, False]
        )
