"""Tests of what a UniFi Access site can be told to do, and hands out."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.access_events.models import (
    DoorFeature,
    DoorMode,
    EventKind,
    UserRequest,
)
from custom_components.access_events.systems.base import (
    AccessSystem,
    AccessSystemError,
    ConnectError,
    NotSupported,
    PermissionMissing,
    RequestRejected,
)
from tests.simulators.unifi_access import UnifiAccessSimulator
from tests.simulators.unifi_access.site import Card
from tests.wait import wait_for
from tests.words import english, says

from .follower import Follower, Journal

API = "/api/v1/developer"


async def asked(unifi: UnifiAccessSimulator, start: str) -> int:
    """Return how often the site was asked for something."""
    counts: dict[str, int] = (await unifi.requests())["counts"]
    return sum(count for what, count in counts.items() if what.startswith(start))


@pytest.mark.parametrize(
    "fault",
    [{"drop": "before"}, {"drop": "after"}, {"status": 500}, {"truncate": True}],
    ids=str,
)
async def test_opening_is_never_repeated(
    unifi: UnifiAccessSimulator, fault: dict[str, Any]
) -> None:
    """A door whose opening fails on the way is not opened a second time."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.fault(path=f"{API}/doors", method="PUT", count=None, **fault)
        with pytest.raises(AccessSystemError) as raised:
            await site.system.open_door(site.door("Front Door").id)
        assert unifi.token not in english(raised.value)
        assert "127.0.0.1" not in english(raised.value)
        assert await asked(unifi, f"PUT {API}/doors") == 1


async def test_opening_without_a_name(unifi: UnifiAccessSimulator) -> None:
    """A console that does not know who opens is asked without, and still understood."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.fault(
            path=f"{API}/doors",
            method="PUT",
            status=400,
            body={"code": "CODE_PARAMS_INVALID", "msg": "Invalid parameters."},
        )
        await site.system.open_door(site.door("Front Door").id)
        assert await asked(unifi, f"PUT {API}/doors") == 2
        (event,) = await site.has(EventKind.ACCESS_GRANTED)
        assert event.person is not None
        assert event.person.name == "Home Assistant"


async def test_lock_rules(unifi: UnifiAccessSimulator) -> None:
    """Holding, releasing and locking down show in the door's mode and lock."""
    async with Follower(unifi) as site:
        await site.start()
        system, door_id = site.system, site.door("Front Door").id
        steps: list[tuple[Callable[[], Awaitable[None]], DoorMode, bool]] = [
            (lambda: system.hold_unlocked(door_id), DoorMode.UNLOCKED, False),
            (lambda: system.release(door_id), DoorMode.NORMAL, True),
            (
                lambda: system.set_mode(door_id, DoorMode.LOCKED_DOWN),
                DoorMode.LOCKED_DOWN,
                True,
            ),
            (
                lambda: system.set_mode(door_id, DoorMode.NORMAL),
                DoorMode.NORMAL,
                True,
            ),
            (
                lambda: system.set_lock_rule(door_id, "custom", 5),
                DoorMode.TEMPORARILY_UNLOCKED,
                False,
            ),
            (lambda: system.release(door_id), DoorMode.NORMAL, True),
        ]
        for step, mode, locked in steps:
            await step()
            async with asyncio.timeout(5):
                while True:
                    state = site.doors[door_id].state
                    if (state.mode, state.is_locked) == (mode, locked):
                        break
                    await asyncio.sleep(0.01)


async def test_schedule_is_ended_early(unifi: UnifiAccessSimulator) -> None:
    """A door that a schedule holds open is locked until the schedule begins anew."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.schedule("Front Door")
        await site.system.release(site.door("Front Door").id)
        truth = await unifi.state_of("Front Door")
        assert truth["rule"].type == "lock_early"
        assert truth["relay"] == "lock"
        await wait_for(lambda: site.door("Front Door").state.is_locked is True)


async def test_rules_that_make_no_sense(unifi: UnifiAccessSimulator) -> None:
    """What can't be is refused in words, before anything is sent."""
    async with Follower(unifi) as site:
        await site.start()
        system, front = site.system, site.door("Front Door").id
        for rule, interval in (
            ("custom", None),
            ("custom", 0),
            ("reset", 5),
            ("nonsense", None),
        ):
            with pytest.raises(RequestRejected):
                await system.set_lock_rule(front, rule, interval)
        with pytest.raises(NotSupported):
            await system.set_mode(front, DoorMode.SCHEDULED)
        with pytest.raises(NotSupported, check=says("hub")):
            await system.open_door(site.door("Old Entrance").id)
        with pytest.raises(RequestRejected):
            await system.open_door("no-such-door")
        with pytest.raises(NotSupported):
            await system.set_lock_rule(site.door("Garage Gate").id, "keep_lock", None)
        assert await asked(unifi, f"PUT {API}/doors/{front}") == 0


async def test_evacuation_and_lockdown(unifi: UnifiAccessSimulator) -> None:
    """Switching one leaves the other as it is, whoever switched that."""
    async with Follower(unifi) as site:
        await site.start()
        await site.system.set_lockdown(True)
        await site.system.set_evacuation(True)
        state = await site.system.system_state()
        assert (state.evacuation, state.lockdown) == (True, True)
        await site.system.set_lockdown(False)
        state = await site.system.system_state()
        assert (state.evacuation, state.lockdown) == (True, False)
        await unifi.emergency(evacuation=False)

        async def ended() -> bool:
            return (await site.system.system_state()).evacuation is False

        async with asyncio.timeout(5):
            while not await ended():
                await asyncio.sleep(0.05)


async def test_images(unifi: UnifiAccessSimulator) -> None:
    """The door's own picture is had by its reference; others are refused."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.tap("Front Door", "Jane Doe", picture=True)
        await wait_for(lambda: site.door("Front Door").state.image_ref)
        ref = site.door("Front Door").state.image_ref
        assert ref is not None
        image = await site.system.image(ref)
        assert image.content_type.startswith("image/")
        for bad in (
            "static:../../etc/passwd",
            "static:/a/../../b",
            "resource:../x",
            "static:",
            "http://elsewhere/x.jpg",
            "resource:unknown",
        ):
            with pytest.raises(AccessSystemError):
                await site.system.image(bad)
            with pytest.raises(AccessSystemError):
                await site.system.clip(bad)


@pytest.mark.parametrize(
    ("told", "text", "is_picture"),
    [
        ("application/octet-stream", "GIF89a, in truth", True),
        ("application/octet-stream", "<html>Log in</html>", False),
        ("image/jpeg", "", False),
    ],
)
async def test_images_by_their_bytes(
    unifi: UnifiAccessSimulator, told: str, text: str, is_picture: bool
) -> None:
    """A picture is one by what it is, whatever the console calls it."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.tap("Front Door", "Jane Doe", picture=True)
        await wait_for(lambda: site.door("Front Door").state.image_ref)
        ref = site.door("Front Door").state.image_ref
        assert ref is not None
        path = f"{API}/system/static"
        await unifi.fault(
            path=path, status=200, body=text, headers={"Content-Type": told}
        )
        if is_picture:
            assert (await site.system.image(ref)).content_type == "image/gif"
        else:
            with pytest.raises(RequestRejected):
                await site.system.image(ref)


async def test_what_a_door_has_is_remembered(unifi: UnifiAccessSimulator) -> None:
    """What only an event showed of a door is known at the next start, without it."""
    journal = Journal()
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        assert DoorFeature.RING not in site.door("Storage").features
        await unifi.ring("Storage")
        await wait_for(lambda: DoorFeature.RING in site.door("Storage").features)
        await wait_for(lambda: "has_bell" in (journal.cursor or ""))
    await unifi.clear_log()
    async with Follower(unifi) as site:
        await site.system.resume(journal.cursor or "")
        await site.system.connect()
        doors = {door.name: door for door in await site.system.doors()}
        assert DoorFeature.RING in doors["Storage"].features
        assert DoorFeature.RING not in doors["Side Door"].features


async def test_hub_without_lock_rules(unifi: UnifiAccessSimulator) -> None:
    """A hub that knows no lock rules is no fault to be tried again."""
    async with Follower(unifi) as site:
        await site.start()
        door_id = site.door("Front Door").id
        await unifi.fault(path=f"{API}/doors", method="PUT", status=404, count=None)
        with pytest.raises(NotSupported):
            await site.system.hold_unlocked(door_id)


async def test_opening_that_is_refused(unifi: UnifiAccessSimulator) -> None:
    """A console that refuses an opening with and without a name is not asked again."""
    refusal = {"code": "CODE_PARAMS_INVALID", "msg": "Invalid parameters."}
    async with Follower(unifi) as site:
        await site.start()
        door_id = site.door("Front Door").id
        path = f"{API}/doors"
        await unifi.fault(path=path, method="PUT", status=400, body=refusal)
        await site.system.open_door(door_id)
        await unifi.fault(path=path, method="PUT", status=400, body=refusal)
        with pytest.raises(AccessSystemError):
            await site.system.open_door(door_id)
        assert await asked(unifi, f"PUT {path}") == 3


@pytest.mark.parametrize("bare", [False, True])
async def test_export(unifi: UnifiAccessSimulator, bare: bool) -> None:
    """The console's own file is read in months, under one header, line by line."""
    await unifi.set_modes(export_ends_bare=bare)
    await unifi.seed_history(days=40, per_day=5)
    async with Follower(unifi, {"topics": ("door_openings",)}) as site:
        await site.start()
        end = datetime.now(UTC)
        pieces = site.system.export(end - timedelta(days=60), end, "Europe/Berlin")
        text = b"".join([piece async for piece in pieces]).decode()
        lines = text.splitlines()
        assert lines.count(lines[0]) == 1
        truth = await unifi.history()
        assert len(lines) - 1 == len(truth)
        assert await asked(unifi, f"POST {API}/system/logs/export") == 3


async def test_export_that_fails(unifi: UnifiAccessSimulator) -> None:
    """An answer that is an error is raised, not written into the file."""
    async with Follower(unifi, {"topics": ("door_openings",)}) as site:
        await site.start()
        await unifi.fault(
            path=f"{API}/system/logs/export",
            status=200,
            body={"code": "CODE_SYSTEM_ERROR", "msg": "error"},
        )
        end = datetime.now(UTC)
        with pytest.raises(ConnectError):
            async for _ in site.system.export(end - timedelta(days=1), end, "UTC"):
                pass


async def test_users(unifi: UnifiAccessSimulator) -> None:
    """A user is registered, changed and removed, and listed as such."""
    async with Follower(unifi) as site:
        await site.start()
        system = site.system
        known = await system.users()
        assert {"Jane Doe", "John Roe"} <= {user.name for user in known}
        policy = next(user.groups for user in known if user.groups)[0]
        result = await system.register_user(
            UserRequest(
                name="Anna Maria Example",
                email="anna@example.org",
                groups=(policy,),
                pin="90417326",
                active=True,
            )
        )
        assert not result.failed
        assert set(result.done) == {"name", "email", "groups", "pin", "active"}
        (anna,) = [user for user in await system.users() if user.id == result.user_id]
        assert anna.name == "Anna Maria Example"
        assert anna.email == "anna@example.org"
        assert anna.groups == (policy,)
        assert anna.active is True
        assert anna.has_pin is True
        await system.update_user(
            UserRequest(
                user_id=anna.id, name="Anna Other", active=False, groups=(), pin=""
            )
        )
        (anna,) = [user for user in await system.users() if user.id == result.user_id]
        assert (anna.name, anna.active, anna.groups) == ("Anna Other", False, ())
        assert anna.has_pin is False
        await system.remove_user(anna.id)
        assert anna.id not in {user.id for user in await system.users()}


async def test_users_half_done(unifi: UnifiAccessSimulator) -> None:
    """What of a registration fails is named, with the reason, and the rest is done."""
    async with Follower(unifi) as site:
        await site.start()
        first = await site.system.register_user(
            UserRequest(name="Anna One", pin="90417326")
        )
        second = await site.system.register_user(
            UserRequest(name="Anna Two", pin="90417326")
        )
        assert not first.failed
        assert second.done == ("name",)
        assert "PIN" in english(second.failed["pin"])
        assert "90417326" not in str(second)


async def test_cards(unifi: UnifiAccessSimulator) -> None:
    """Cards are given by what is printed on them or by token, and taken away again."""
    first, second = unifi.site.add_card("04A1B2C3"), unifi.site.add_card("04A1B2C4")
    async with Follower(unifi) as site:
        await site.start()
        result = await site.system.register_user(
            UserRequest(name="Anna One", cards=(first.display_id,))
        )
        assert result.done == ("name", "cards")
        assert card_holder(unifi, first) == result.user_id
        result = await site.system.update_user(
            UserRequest(
                user_id=result.user_id,
                email="anna@example.org",
                cards=(second.token,),
            )
        )
        assert result.done == ("email", "cards")
        assert card_holder(unifi, first) is None
        assert card_holder(unifi, second) == result.user_id
        (anna,) = [
            user for user in await site.system.users() if user.id == result.user_id
        ]
        assert (anna.email, anna.cards) == ("anna@example.org", 1)
        # Nobody loses a card to somebody else.
        other = await site.system.register_user(
            UserRequest(name="Anna Two", cards=(second.token,))
        )
        assert set(other.failed) == {"cards"}
        assert second.token not in str(other)
        assert card_holder(unifi, second) == result.user_id


def card_holder(unifi: UnifiAccessSimulator, card: Card) -> str | None:
    """Return who has a card."""
    holder = unifi.site.holder(card.token)
    return holder.id if holder else None


async def test_user_without_an_id(unifi: UnifiAccessSimulator) -> None:
    """What changes nobody, or was answered without an id, is not called done."""
    async with Follower(unifi) as site:
        await site.start()
        with pytest.raises(RequestRejected):
            await site.system.update_user(UserRequest(name="Anna Other"))
        await unifi.fault(
            path=f"{API}/users",
            method="POST",
            status=200,
            body={"code": "SUCCESS", "msg": "success", "data": {}},
        )
        with pytest.raises(RequestRejected):
            await site.system.register_user(UserRequest(name="Anna One", pin="9041"))


async def test_users_of_an_old_version(unifi: UnifiAccessSimulator) -> None:
    """Where nobody can be deleted, they are deactivated, and the user is told."""
    async with Follower(unifi) as site:
        await site.start()
        jane = next(user for user in await site.system.users() if user.active)
        await unifi.fault(path=f"{API}/users", method="DELETE", status=404)
        with pytest.raises(NotSupported):
            await site.system.remove_user(jane.id)
        (jane,) = [user for user in await site.system.users() if user.id == jane.id]
        assert jane.active is False


@pytest.mark.parametrize(
    ("scope", "ask"),
    [
        (
            "edit:user",
            lambda system: system.register_user(UserRequest(name="Anna One")),
        ),
        (
            "view:credential",
            lambda system: system.register_user(
                UserRequest(name="Anna One", cards=("1",))
            ),
        ),
    ],
    ids=["edit:user", "view:credential"],
)
async def test_users_without_permission(
    unifi: UnifiAccessSimulator,
    scope: str,
    ask: Callable[[AccessSystem], Awaitable[object]],
) -> None:
    """A permission that is missing is named, in a repair too until it is there."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.revoke(scope)
        with pytest.raises(PermissionMissing) as raised:
            await ask(site.system)
        assert raised.value.permission == scope
        assert await asked(unifi, f"POST {API}/users") <= 1
        await wait_for(lambda: scope in site.problems)


@pytest.mark.parametrize(
    "request_",
    [
        UserRequest(name="Plato"),
        UserRequest(),
        UserRequest(name="A B", pin="12"),
        UserRequest(name="A B", groups=("no such policy",)),
        UserRequest(name="A B", cards=("no such card",)),
    ],
    ids=["one name", "no name", "short pin", "unknown policy", "unknown card"],
)
async def test_users_refused(
    unifi: UnifiAccessSimulator, request_: UserRequest
) -> None:
    """What can't work is refused before anybody is registered."""
    async with Follower(unifi) as site:
        await site.start()
        with pytest.raises(RequestRejected):
            await site.system.register_user(request_)
        assert await asked(unifi, f"POST {API}/users") == 0
