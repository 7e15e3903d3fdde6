"""Test what the PDK adapter does to doors and holders, and how it is refused."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from custom_components.access_events.models import DoorFeature, DoorMode, UserRequest
from custom_components.access_events.systems.base import (
    AccessSystem,
    AccessSystemError,
    AuthError,
    ConnectError,
    NotSupported,
    PermissionMissing,
    RateLimited,
    RequestRejected,
)
from custom_components.access_events.systems.pdk import site
from custom_components.access_events.systems.pdk.system import create
from tests.wait import wait_for
from tests.words import english, reason, says

from .follower import Follower
from .server import CLIENT_SECRET, SYSTEM_ID, PdkServer, ms

CONFIG = {"system_id": SYSTEM_ID, "client_id": "id", "client_secret": "secret"}
OPEN = "POST /cloud-nodes/cn-1/devices/front/try-open"
TOKEN = f"POST /api/systems/{SYSTEM_ID}/token"


@pytest.fixture
async def system(server: PdkServer) -> AsyncGenerator[AccessSystem]:
    """Return an adapter that is connected and knows its doors."""
    async with aiohttp.ClientSession() as session:
        system = create(server.config, {}, session)
        await system.connect()
        await system.doors()
        yield system
        await system.close()


async def test_doors(server: PdkServer, system: AccessSystem) -> None:
    """Settings decide what a device has, and its connection where it belongs."""
    front, gate = await system.doors()
    assert (
        DoorFeature.ACCESS | DoorFeature.POSITION | DoorFeature.HELD in front.features
    )
    assert DoorFeature.EXIT_REQUEST | DoorFeature.FORCED in front.features
    assert not gate.features & (
        DoorFeature.ACCESS | DoorFeature.POSITION | DoorFeature.FORCED
    )
    assert DoorFeature.HOLD | DoorFeature.OPEN in gate.features
    assert front.modes == (DoorMode.NORMAL, DoorMode.UNLOCKED)
    assert gate.state.online is True


async def test_commands(server: PdkServer, system: AccessSystem) -> None:
    """Each command is one request; opening takes as long as the door's dwell says."""
    await system.open_door("front")
    await system.hold_unlocked("front")
    await system.release("front")
    await system.set_mode("gate", DoorMode.UNLOCKED)
    await system.set_mode("gate", DoorMode.NORMAL)
    asked = [(path.rpartition("/devices/")[2], body)
             for method, path, body in server.requests if "/devices/" in path]  # fmt: skip
    assert asked == [
        ("front/try-open", {"dwell": 50}),
        ("front/open", None),
        ("front/close", None),
        ("gate/open", None),
        ("gate/close", None),
    ]
    with pytest.raises(NotSupported):
        await system.set_mode("front", DoorMode.LOCKED_DOWN)


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        ((500, "", {}), ConnectError),
        ((0, "", {}), ConnectError),
        ((403, "must have direct access", {}), RequestRejected),
        ((429, "", {"X-RateLimit-Reset": "in 9 s"}), RateLimited),
    ],
)
async def test_a_door_is_never_opened_twice(
    server: PdkServer,
    system: AccessSystem,
    failure: tuple[int, str, dict[str, str]],
    error: type[AccessSystemError],
) -> None:
    """A command that fails is not sent again; PDK's own words are shown."""
    if "X-RateLimit-Reset" in failure[2]:
        failure = 429, "", {"X-RateLimit-Reset": str(ms(seconds=-9) // 1000)}
    server.fail[OPEN] = [failure]
    with pytest.raises(error) as raised:
        await system.open_door("front")
    assert server.count[OPEN] == 1
    if failure[0] == 403:
        assert "must have direct access" in english(raised.value)
    if isinstance(raised.value, RateLimited):
        assert raised.value.retry_after
        assert 5 < raised.value.retry_after < 12


async def test_token_ended_early(server: PdkServer, system: AccessSystem) -> None:
    """A token that is refused did nothing, so a new one may do it."""
    server.expire()
    await system.open_door("front")
    assert server.count[OPEN] == 2
    assert server.count[TOKEN] == 2


@pytest.mark.parametrize(
    ("name", "failure", "error", "words"),
    [
        ("POST /oauth2/token", (401, {}, {}), AuthError, "refuses these credentials"),
        (TOKEN, (403, {"message": "no direct access"}, {}), PermissionMissing, "no direct"),
        (TOKEN, (404, {}, {}), ConnectError, "no system"),
        ("POST /oauth2/token", (503, {}, {}), ConnectError, "not ready"),
    ],
)  # fmt: skip
async def test_connect_refused(
    server: PdkServer,
    name: str,
    failure: tuple[int, object, dict[str, str]],
    error: type[AccessSystemError],
    words: str,
) -> None:
    """What keeps us out is said in words, and never with a secret."""
    server.fail[name] = [failure] * 3
    async with aiohttp.ClientSession() as session:
        system = create(server.config, {}, session)
        with pytest.raises(error, check=says(words)) as raised:
            await system.connect()
        await system.close()
    assert CLIENT_SECRET not in english(raised.value)


async def test_stream_refused(server: PdkServer) -> None:
    """A stream that refuses two tokens asks for other credentials, once."""
    server.refuse_stream = "unauthorized"
    with pytest.raises(AuthError):
        async with Follower(server.config):
            pass


async def test_limit(server: PdkServer, system: AccessSystem) -> None:
    """A list that is asked for too often is asked for again after the pause."""
    server.fail["GET /devices"] = [(429, "", {"Retry-After": "0.2"})] * 2
    assert len(await system.doors()) == 2


async def test_devices_of_each_node(server: PdkServer, system: AccessSystem) -> None:
    """Where devices are not listed all at once, they are by cloud node."""
    path = "GET /cloud-nodes/cn-1/devices"
    answers: list[tuple[int, Any, dict[str, str]]] = [(404, "no", {}), (200, [], {})]
    for answer in answers:
        server.fail["GET /devices"] = [answer]
        server.fail[path] = [(200, {"columns": ["id"], "rows": server.devices}, {})]
        server.fail[path] += [(404, "no such page", {})]
        front, gate = await system.doors()
        assert (front.id, gate.state.online) == ("front", True)


async def test_a_daily_quota_stops_nothing_else(
    server: PdkServer, system: AccessSystem
) -> None:
    """The last report of a day says so; doors are opened all the same."""
    headers = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(ms(hours=-9) // 1000),
    }
    server.fail["POST /reports/events/preview"] = [(200, [], headers)]
    cursor = await system.start_cursor(1)
    async for _ in system.history(cursor):
        pass
    assert server.count["POST /reports/events/preview"] == 1
    await system.open_door("front")
    assert server.count[OPEN] == 1


async def test_holder(server: PdkServer, system: AccessSystem) -> None:
    """A holder comes with PINs, cards, groups and validity; changes keep the rest."""
    result = await system.register_user(
        UserRequest(
            name="Jo Ann Doe",
            pin="1234",
            duress_pin="4321",
            cards=("77-26858", "99"),
            groups=("staff",),
            valid_until=datetime(2030, 1, 1, tzinfo=UTC),
        )
    )
    assert not result.failed
    assert set(result.done) == {
        *("name", "pin", "duress_pin", "cards", "groups", "valid_until")
    }
    holder = server.holders[result.user_id]
    assert (holder["firstName"], holder["lastName"]) == ("Jo Ann", "Doe")
    assert (holder["pin"], holder["duressPin"]) == ("1234", "4321")
    assert holder["expireDate"] == "2030-01-01T00:00:00Z"
    assert holder["groups"] == ["g-1"]
    assert {
        (card["facilityCode"], card["credentialNumber"])
        for card in holder["cards"].values()
    } == {(77, 26858), (None, 99)}
    await system.update_user(
        UserRequest(user_id=result.user_id, active=False, cards=("99",), groups=())
    )
    assert holder["enabled"] is False
    assert [card["credentialNumber"] for card in holder["cards"].values()] == [99]
    assert holder["groups"] == []
    [user] = await system.users()
    assert (user.id, user.name, user.active) == (result.user_id, "Jo Ann Doe", False)
    await system.remove_user(result.user_id)
    await system.remove_user(result.user_id)
    assert not server.holders


async def test_half_a_holder(server: PdkServer, system: AccessSystem) -> None:
    """What can't be done wholly is undone; where that fails, it is told what was done."""
    refused: tuple[int, Any, dict[str, str]] = (422, {"message": "card is in use"}, {})
    server.fail["POST /holders/h-1/credentials"] = [refused] * 2
    request = UserRequest(name="Jo Doe", cards=("5",), groups=("Staff",))
    with pytest.raises(RequestRejected, check=says("card is in use.*removed again")):
        await system.register_user(request)
    assert not server.holders
    server.fail["DELETE /holders/h-1"] = [(500, "", {})]
    result = await system.register_user(request)
    assert {key: reason(why) for key, why in result.failed.items()} == {
        "cards": "card is in use"
    }
    assert set(result.done) == {"name", "groups"}


async def test_half_a_change(server: PdkServer, system: AccessSystem) -> None:
    """A field is set wholly or left as it was; the rest of a change is told as done."""
    result = await system.register_user(
        UserRequest(name="Jo Doe", cards=("5", "6"), groups=("Staff",))
    )
    holder = server.holders[result.user_id]
    before = [card["credentialNumber"] for card in holder["cards"].values()]
    change = UserRequest(user_id="h-1", active=False, cards=("7",), groups=())
    no: tuple[int, Any, dict[str, str]] = (409, "locked by another admin", {})
    server.fail["DELETE /holders/h-1/credentials/c-2"] = [no]
    result = await system.update_user(change)
    assert {key: reason(why) for key, why in result.failed.items()} == {
        "cards": "locked by another admin"
    }
    assert set(result.done) == {"active", "groups"}
    after = [card["credentialNumber"] for card in holder["cards"].values()]
    assert sorted(after) == sorted(before)
    assert holder["enabled"] is False
    assert holder["groups"] == []
    server.fail["DELETE /holders/h-1/credentials/c-2"] = [no]
    server.fail["DELETE /holders/h-1/credentials/c-5"] = [no]
    result = await system.update_user(change)
    assert "could not be taken back" in english(result.failed["cards"])


async def test_doors_that_are_gone(server: PdkServer, system: AccessSystem) -> None:
    """A door that is not listed any more is told as gone, and nothing is sent."""
    server.devices.pop()
    await system.doors()
    with pytest.raises(RequestRejected):
        await system.open_door("gate")
    assert not any("/devices/" in path for _, path, _ in server.requests)


async def test_lists_that_are_refused(server: PdkServer, system: AccessSystem) -> None:
    """Doors are there without the other lists; what lists nothing is not PDK."""
    server.fail["GET /connections"] = [(403, "no", {})]
    assert [door.name for door in await system.doors()] == ["Front door", "Gate"]
    server.fail["GET /cloud-nodes"] = [(404, "no such page", {})] * 2
    assert [door.name for door in await system.doors()] == ["Front door", "Gate"]
    server.devices.clear()
    with pytest.raises(ConnectError) as raised:
        await system.doors()
    assert raised.value.key == "wrong_product"


async def test_lists_that_fail_meanwhile(
    server: PdkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists that can't be read now are read later; a door that came is shown then."""
    monkeypatch.setattr(site, "_RELIST_AFTER", 0.0)
    async with Follower(server.config) as owner:
        server.fail["GET /devices"] = [(500, "", {})]
        server.devices.append(
            {**server.devices[0], "id": "cellar", "name": "Cellar", "port": 3}
        )
        await wait_for(lambda: "cellar" in owner.doors)
        assert owner.rounds == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_secret": " "}, "invalid_auth"),
        ({"client_id": "a\x00b"}, "invalid_auth"),
        ({"accounts_url": "accounts.pdk.io"}, "wrong_url"),
        ({"systems_url": "http://[::1"}, "wrong_url"),
    ],
)
def test_what_can_not_be_asked(changes: dict[str, Any], code: str) -> None:
    """What was entered wrongly is told before anything is sent."""
    with pytest.raises(AccessSystemError) as raised:
        create({**CONFIG, **changes}, {}, None)  # type: ignore[arg-type]
    assert raised.value.key == code


async def test_ids_of_holders(server: PdkServer, system: AccessSystem) -> None:
    """A holder's id may be told in a header; nobody is registered without one."""
    request = UserRequest(name="Jo Doe")
    headers = {"Location": "https://systems.pdk.io/x/holders/h-77/"}
    server.fail["POST /holders"] = [(201, {}, headers), (201, {}, {})]
    assert (await system.register_user(request)).user_id == "h-77"
    with pytest.raises(RequestRejected):
        await system.register_user(request)
    for wrong in (
        UserRequest(),
        UserRequest(name="Jo Doe", pin="1234", duress_pin="1234"),
        UserRequest(
            name="Jo Doe",
            valid_from=datetime(2030, 1, 1, tzinfo=UTC),
            valid_until=datetime(2029, 1, 1, tzinfo=UTC),
        ),
    ):
        with pytest.raises(RequestRejected):
            await system.register_user(wrong)
    with pytest.raises(RequestRejected):
        await system.update_user(UserRequest(name="Jo Doe"))


async def test_groups_that_are_not_told(
    server: PdkServer, system: AccessSystem
) -> None:
    """Where a holder does not tell the groups they are asked for."""
    result = await system.register_user(UserRequest(name="Jo Doe", groups=("Staff",)))
    told = {"id": result.user_id, "firstName": "Jo", "lastName": "Doe"}
    path = f"GET /holders/{result.user_id}"
    server.fail[path] = [(200, told, {}), (200, told, {})]
    server.fail[f"{path}/groups"] = [(200, [{"id": "g-1"}], {}), (404, "", {})]
    change = UserRequest(user_id=result.user_id, groups=())
    assert (await system.update_user(change)).done == ("groups",)
    assert server.holders[result.user_id]["groups"] == []
    assert (await system.update_user(change)).done == ("groups",)


@pytest.mark.parametrize(
    "request_",
    [
        UserRequest(name="Single"),
        UserRequest(name="Jo " + "x" * 36),
        UserRequest(name="Jo Doe", pin="12a4"),
        UserRequest(name="Jo Doe", cards=("abc",)),
        UserRequest(name="Jo Doe", groups=("Nobody",)),
        UserRequest(name="Jo Doe", user_id="mine"),
    ],
)
async def test_wrong_holder(
    server: PdkServer, system: AccessSystem, request_: UserRequest
) -> None:
    """What PDK would not take is refused before anything is done."""
    with pytest.raises(RequestRejected):
        await system.register_user(request_)
    assert not server.count["POST /holders"]
