"""Tests of a UniFi Access adapter that is cut off at any moment, again and again."""

import asyncio
from contextlib import suppress
import random

import pytest

from custom_components.access_events.models import EventKind
from custom_components.access_events.systems.base import ConnectError
from tests.simulators.unifi_access import UnifiAccessSimulator

from .follower import Follower, Journal

ACCESS = (
    EventKind.ACCESS_GRANTED,
    EventKind.ACCESS_DENIED,
    EventKind.UNKNOWN_CREDENTIAL,
)


@pytest.mark.parametrize("id_style", ["number", "empty"])
async def test_stream_of_events(unifi: UnifiAccessSimulator, id_style: str) -> None:
    """Through restarts in the middle of a stream nothing is lost, nothing comes twice."""
    chance = random.Random(4)
    await unifi.set_modes(id_style=id_style)
    journal = Journal()
    async with Follower(unifi, journal=journal) as site:
        await site.start()
    burst = asyncio.create_task(unifi.burst(400, rate=80.0))
    while not burst.done():
        async with Follower(unifi, journal=journal) as site:
            await site.start()
            await asyncio.sleep(chance.uniform(0.0, 0.8))
    truth = await burst
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        await site.has(*ACCESS, count=len(truth))
        await asyncio.sleep(1.5)
    told = sorted(
        (round(event.occurred_at.timestamp() * 1000), event.door_id)
        for event in journal.of(*ACCESS)
    )
    assert told == sorted((one.at_ms, one.door_id) for one in truth)
    assert 0 < len(journal.live) < len(truth) + 1


async def test_connection_that_breaks(unifi: UnifiAccessSimulator) -> None:
    """Through broken streams and failing requests one adapter tells each event once."""
    chance = random.Random(5)
    journal = Journal()
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        burst = asyncio.create_task(unifi.burst(200, rate=50.0))
        while not burst.done():
            await asyncio.sleep(chance.uniform(0.1, 0.6))
            await unifi.drop_streams()
            await unifi.fault(path="/api/v1/developer/system/logs", status=503, body="")
            if site.error is not None:
                with suppress(ConnectError):
                    await site.start()
        truth = await burst
        await unifi.clear_faults()
        if site.error is not None:
            await site.start()
        await site.has(*ACCESS, count=len(truth))
        await asyncio.sleep(1.5)
        assert len(journal.of(*ACCESS)) == len(truth)
        assert len(journal.live) > 20
