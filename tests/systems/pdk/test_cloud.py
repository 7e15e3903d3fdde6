"""Test the PDK adapter against the simulated cloud, in the forms that it may have."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from custom_components.access_events.models import AccessEvent, EventKind
from custom_components.access_events.systems.base import AuthError, RateLimited
from tests.simulators.pdk import PdkSimulator
from tests.systems.owner import Journal
from tests.wait import wait_for
from tests.words import says

from .follower import Follower

FORMS: list[dict[str, Any]] = [
    {},
    {"token_shape": "opaque", "error_body": "empty"},
    {"device_connection": "object", "links": False, "page_limit": 3},
    {"report_order": "oldest", "empty_details": "null"},
    {"state_rows": "null"},
    {"state_rows": "absent", "report_timezone": "Pacific/Auckland"},
    {"report_timezone": "Pacific/Honolulu"},
    {"invalid_token_argument": "object", "system_token_seconds": 1},
    {"invalid_token_argument": "null", "system_token_seconds": 1},
    {"device_ids": "device_only", "live_first": True, "live_offset_ms": 15},
    {"device_ids": "plain_only", "live_offset_ms": -30, "numeric_cards": True},
    {"cloudnode_time": "iso", "generation": "new", "live_events": False},
]


@pytest.fixture
async def cloud(socket_enabled: None) -> AsyncGenerator[PdkSimulator]:
    """Return a running cloud."""
    async with PdkSimulator() as simulator:
        yield simulator


def told(journal: Journal) -> Counter[tuple[str, int]]:
    """Return what is recorded of each topic and time."""
    return Counter(
        (event.vendor_code, round(event.occurred_at.timestamp() * 1000))
        for event in journal.events.values()
    )


async def truth(cloud: PdkSimulator) -> Counter[tuple[str, int]]:
    """Return what truly happened."""
    return Counter(
        (happening.topic, happening.at_ms) for happening in await cloud.history()
    )


@pytest.mark.parametrize("form", FORMS, ids=str)
async def test_each_happening_once(cloud: PdkSimulator, form: dict[str, Any]) -> None:
    """Over history, stream, a break and a restart each happening is recorded once."""
    # Doors stand open for a tenth of the usual time.
    await cloud.set_modes(**{"dwell_factor": 0.1} | form)
    await cloud.seed_history(days=2, per_day=20)
    journal = Journal()
    async with Follower(cloud.config(), journal=journal, import_days=7) as owner:
        await owner.filled()
        assert len(journal.events) > 80
        imported = len(journal.events)
        for number in range(4):
            await cloud.tap(number % 2, number % 3, passes=True)
            await asyncio.sleep(0.25)
        await cloud.unknown_card(0)
        await owner.has(EventKind.UNKNOWN_CREDENTIAL, count=1)
        live = [
            event
            for event in list(journal.events.values())[imported:]
            if event.kind is EventKind.ACCESS_GRANTED
        ]
        assert live
        assert all(map(journal.is_live, live))
        await cloud.drop_clients()
        await wait_for(lambda: owner.rounds == 2)
        assert not owner.unreadable
        assert not owner.gaps
    await cloud.tap(0, 0)
    await cloud.unknown_card(1)
    async with Follower(cloud.config(), journal=journal) as owner:
        expected = await truth(cloud)
        await wait_for(lambda: told(journal) == expected)


async def test_a_node_comes_back(cloud: PdkSimulator) -> None:
    """What a cloud node tells after it was away is no news."""
    await cloud.set_modes(late_frames=True)
    async with Follower(cloud.config()) as owner:
        await cloud.node_offline(0)
        await owner.has(EventKind.DEVICE_OFFLINE)
        await asyncio.sleep(0.05)
        await cloud.tap(0, 0)
        await asyncio.sleep(0.05)
        await cloud.node_online(0)
        [event] = await owner.has(EventKind.ACCESS_GRANTED)
        await owner.has(EventKind.DEVICE_ONLINE)
        assert owner.system.diagnostics()["holes_open"] == 1
        assert not owner.journal.is_live(event)


@pytest.mark.parametrize("way", ["refuse", "http"])
async def test_credentials_replaced(cloud: PdkSimulator, way: str) -> None:
    """A secret that is replaced ends in asking for a new one, not in a loop."""
    await cloud.set_modes(bad_token=way)
    config = cloud.config()
    await cloud.change_secret()
    with pytest.raises(AuthError):
        async with Follower(config):
            pass


async def test_old_generation(cloud: PdkSimulator) -> None:
    """A stream of the old generation is told apart while connecting."""
    await cloud.set_modes(generation="old")
    with pytest.raises(RateLimited, check=says("older generation")):
        async with Follower(cloud.config()):
            pass


async def test_dead_connection(cloud: PdkSimulator) -> None:
    """A connection that died silently is noticed, and all since is replayed."""
    await cloud.set_modes(ping_interval=0.5, ping_timeout=0.5)
    async with Follower(cloud.config()) as owner:
        await cloud.stall_clients()
        await cloud.unknown_card(0)
        await wait_for(lambda: owner.rounds == 2)
        [event] = await owner.has(EventKind.UNKNOWN_CREDENTIAL)
        assert isinstance(event, AccessEvent)
        assert not owner.journal.is_live(event)
