"""Test how the PDK adapter takes answers that are refused, or are none of PDK's."""

from collections.abc import AsyncGenerator

import aiohttp
import pytest

from custom_components.access_events.models import DoorFeature
from custom_components.access_events.systems.base import (
    AccessSystem,
    ConnectError,
    PermissionMissing,
)
from custom_components.access_events.systems.pdk.system import create

from .server import PdkServer

PATHS = ("/cloud-nodes", "/connections", "/devices")


@pytest.fixture
async def system(server: PdkServer) -> AsyncGenerator[AccessSystem]:
    """Return the adapter of the cloud's system."""
    async with aiohttp.ClientSession() as session:
        yield create(server.config, {}, session)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body",
    ["<html>Maintenance</html>", "", '[{"id": "fro', {}, {"error": "later", "code": 9}],
    ids=["page", "empty", "cut", "object", "error"],
)
async def test_what_is_no_list(
    server: PdkServer, system: AccessSystem, path: str, body: object
) -> None:
    """An answer that holds no list is a failure: no door is gone for that."""
    before = await system.doors()
    server.fail[f"GET {path}"] = [(200, body, {})]
    with pytest.raises(ConnectError) as refused:
        await system.doors()
    assert refused.value.key == "wrong_product"
    assert await system.doors() == before


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("path", PATHS)
async def test_a_list_is_refused(
    server: PdkServer, system: AccessSystem, path: str, status: int
) -> None:
    """Two lists do for the third: all doors are there, and can be opened."""
    server.fail[f"GET {path}"] = [(status, "not for you", {})]
    doors = await system.doors()
    assert [door.id for door in doors] == ["front", "gate"]
    assert all(DoorFeature.CONNECTION in door.features for door in doors)
    await system.open_door("front")
    assert server.count["POST /cloud-nodes/cn-1/devices/front/try-open"] == 1


async def test_all_lists_are_refused(server: PdkServer, system: AccessSystem) -> None:
    """Who may see nothing is told so."""
    for path in PATHS:
        server.fail[f"GET {path}"] = [(403, "must have direct access", {})]
    with pytest.raises(PermissionMissing, match="direct access"):
        await system.doors()


async def test_a_page_is_no_success(server: PdkServer, system: AccessSystem) -> None:
    """A command that something else than PDK answers was not done, and is not repeated."""
    await system.doors()
    name = "POST /cloud-nodes/cn-1/devices/front/try-open"
    server.fail[name] = [(200, "<html>Sign in to this network</html>", {})]
    with pytest.raises(ConnectError):
        await system.open_door("front")
    assert server.count[name] == 1
