"""Tests of what panels do that their page does not say, or says in passing."""

from typing import Any

import pytest

from custom_components.access_events.models import UserRequest
from custom_components.access_events.systems.base import AuthError
from custom_components.access_events.systems.basip.log import is_camdroid
from tests.simulators.basip import BasIpSimulator
from tests.systems.owner import Owner
from tests.wait import wait_for

PAGE = "<!doctype html><title>BAS-IP</title>"


def owner(basip: BasIpSimulator, **options: Any) -> Owner:
    """Return an owner of the panel."""
    return Owner("basip", basip.config(), **options)


@pytest.mark.parametrize(
    ("model", "camdroid"),
    [
        *(("AV-03BD", True), ("av03bd", True), ("av02ide", True), ("ba04md", True)),
        *(("BA-08BD", True), ("aa07bd", True), ("cr02bd", True), ("AA-14FB", False)),
        *(("AV-08FB", False), ("av08fb", False), ("BI-12FB", False)),
    ],
)
def test_the_family(model: str, camdroid: bool) -> None:
    """The family is told by the model, in both spellings of the pages."""
    assert is_camdroid({"device_model": model, "api_version": "2.3.0"}) is camdroid


@pytest.mark.parametrize("path", ["access/", "device/time", "photo/file"])
@pytest.mark.parametrize(
    ("status", "body"),
    [(500, {"error": {"code": "system_error"}}), (403, {}), (200, PAGE)],
)
async def test_what_is_not_essential(
    basip: BasIpSimulator, path: str, status: int, body: Any
) -> None:
    """A panel that fails to tell its door, its locks or its time is followed."""
    await basip.fault(path=f"/api/v1/{path}", status=status, body=body, count=None)
    async with owner(basip) as follower:
        await basip.use("Jane Doe")
        await follower.until(1)
        assert follower.errors == []
    if path == "access/":
        assert follower.doors["1"].state.is_open is None


async def test_a_sensor_that_fails_for_a_moment(basip: BasIpSimulator) -> None:
    """A door whose sensor can't be read is unknown, and known again after that."""
    async with owner(basip) as follower:
        await basip.fault(path="/api/v1/access/door/status", status=500)
        await follower.polls(3)
        assert [update.state.is_open for update in follower.states] == [None, False]
        assert follower.errors == []


async def test_the_older_version(basip: BasIpSimulator) -> None:
    """A panel that shows its web page for what it has not is of the older version."""
    await basip.set_modes(api_prefix="v0", log_path="list")
    for path in ("/api/v1/", "/api/v0/log/items"):
        await basip.fault(path=path, status=200, body=PAGE, count=None)
    await basip.burst(60)
    async with owner(basip, import_days=1) as follower:
        await follower.until(60)
        assert follower.errors == []


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, PAGE), (200, {"error": "Log In"}), (404, PAGE), (500, "")],
)
async def test_a_log_that_fails_for_a_while(
    basip: BasIpSimulator, status: int, body: Any
) -> None:
    """What is no log is an outage, never a log without rows, and ends with it."""
    async with owner(basip) as follower:
        path = "/api/v1/log/items"
        await basip.fault(path=path, status=status, body=body, count=None)
        await basip.use("Jane Doe")
        await wait_for(lambda: follower.errors)
        await basip.clear_faults()
        await follower.until(1)


@pytest.mark.parametrize("digest", ["upper", "lower"])
async def test_the_digest(basip: BasIpSimulator, digest: str) -> None:
    """The password's digest is spelled as the panel wants it, from then on."""
    await basip.set_modes(digest=digest)
    async with owner(basip) as follower:
        await basip.expire_tokens()
        await basip.use("Jane Doe")
        await follower.until(1)
    assert (await basip.sessions())["refused_in_a_row"] == 0


async def test_a_wrong_digest_is_spelled_once_more(basip: BasIpSimulator) -> None:
    """Both spellings of a password are tried before it is said to be wrong, no more."""
    config = basip.config() | {"password": "wrong"}
    with pytest.raises(AuthError):
        await Owner("basip", config).__aenter__()
    assert (await basip.sessions())["refused_in_a_row"] == 2


async def test_people_whole(basip: BasIpSimulator) -> None:
    """A card is taken as its page spells it; a change sends what was not changed."""
    async with owner(basip) as follower:
        system = follower.system
        added = await system.register_user(
            UserRequest(name="Ann", cards=("AB:CD:EF:01", "card:7001"), doors=("2",))
        )
        assert not added.failed
        await system.update_user(UserRequest(user_id=added.user_id, name="Anna"))
        found = (await basip.identifiers())[-2:]
        assert [item["number"] for item in found] == ["AB:CD:EF:01", "7001"]
        assert {item["owner"] for item in found} == {"Anna"}
        assert {item["lock"] for item in found} == {"second"}
