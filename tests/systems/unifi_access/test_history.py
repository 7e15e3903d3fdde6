"""Tests of the UniFi Access adapter against a running site: what happened before."""

import asyncio
from typing import Any

import pytest

from custom_components.access_events.models import AccessEvent, EventKind
from custom_components.access_events.systems.base import (
    Batch,
    ConnectError,
    Gap,
    RateLimited,
)
from tests.simulators.unifi_access import UnifiAccessSimulator
from tests.wait import wait_for

from .follower import Follower, Journal

ACCESS = (
    EventKind.ACCESS_GRANTED,
    EventKind.ACCESS_DENIED,
    EventKind.UNKNOWN_CREDENTIAL,
)


def moments(events: list[AccessEvent], unit: int = 1) -> list[int]:
    """Return when events happened, in milliseconds, in order."""
    return sorted(
        round(event.occurred_at.timestamp() * 1000) // unit * unit for event in events
    )


async def test_import(unifi: UnifiAccessSimulator) -> None:
    """As many days as wanted are read, oldest first, each event once."""
    count = await unifi.seed_history(days=5, per_day=300)
    assert count > 1000
    truth = await unifi.history()
    async with Follower(unifi, import_days=7) as site:
        await site.start()
        events = site.journal.of(*ACCESS)
        wanted = [one.at_ms for one in truth if one.kind in ACCESS]
        assert moments(events) == sorted(wanted)
        assert not site.journal.live
        first, last = events[0], events[-1]
        assert first.occurred_at < last.occurred_at
        assert moments(events) == [
            round(event.occurred_at.timestamp() * 1000) for event in events
        ]


async def test_no_import(unifi: UnifiAccessSimulator) -> None:
    """Without an import nothing of the past is read, not even the overlap."""
    await unifi.seed_history(days=2)
    await unifi.tap(0, 0, at_ms=None)
    await asyncio.sleep(1.1)
    async with Follower(unifi, import_days=0) as site:
        await site.start()
        await unifi.tap(0, 1)
        await site.has(*ACCESS)
        await asyncio.sleep(1.5)
        assert len(site.journal.events) == 1


async def test_outage_is_caught_up(unifi: UnifiAccessSimulator) -> None:
    """What happens while we are away is replayed, once, and nothing else."""
    journal = Journal()
    truth = []
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        truth += [await unifi.tap(n % 2, n % 3, states=False) for n in range(5)]
        await site.has(*ACCESS, count=5)
    live = set(journal.live)
    truth += [await unifi.tap(n % 2, n % 3, states=False) for n in range(7)]
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        await site.has(*ACCESS, count=len(truth))
        await asyncio.sleep(1.5)
        assert moments(journal.of(*ACCESS)) == sorted(one.at_ms for one in truth)
        assert journal.live == live


async def test_unplugged(unifi: UnifiAccessSimulator) -> None:
    """A console that is gone is reported so; what it did meanwhile is replayed."""
    journal = Journal()
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        truth = [await unifi.tap(0, 0)]
        await site.has(*ACCESS)
        await unifi.pause()
        await wait_for(lambda: site.error)
        assert isinstance(site.error, ConnectError)
        truth += [await unifi.tap(0, n % 3) for n in range(3)]
        await unifi.resume()
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        assert moments(journal.of(*ACCESS)) == sorted(one.at_ms for one in truth)
        assert len(journal.live) == len(
            [key for key in journal.live if key in journal.events]
        )
        assert sum(map(journal.is_live, journal.of(*ACCESS))) == 1


@pytest.mark.parametrize(
    "modes",
    [
        {"id_style": "empty"},
        {"id_style": "opaque", "page_shape": "inner_pagination"},
        {"published_style": "rfc3339", "id_style": "empty"},
        {"published_style": "ms_text", "page_shape": "list"},
        {"ignores_paging": True},
        {"ignores_paging": True, "page_shape": "list"},
        {"page_limit": 7},
        {"page_limit": 7, "page_shape": "list", "id_style": "empty"},
        {"until_inclusive": False},
        {"door_id": "hub_mac"},
        {"door_id": "absent", "row_style": "doc", "id_style": "empty"},
        {"errors_as_200": True},
        {"version": "1.24.6"},
    ],
    ids=str,
)
async def test_shapes_of_the_log(
    unifi: UnifiAccessSimulator, modes: dict[str, Any]
) -> None:
    """Whatever a build's answers look like, each happening is one event."""
    await unifi.set_modes(**modes)
    await unifi.seed_history(days=2, per_day=150)
    journal = Journal()
    async with Follower(unifi, journal=journal, import_days=3) as site:
        await site.start()
        await unifi.burst(30, states=False)
        truth = [one.at_ms for one in await unifi.history() if one.kind in ACCESS]
        await site.has(*ACCESS, count=len(truth))
        await asyncio.sleep(1.5)
        assert not site.told(Gap)
        assert moments(journal.of(*ACCESS)) == sorted(truth)
    recorded = dict(journal.events)
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        await asyncio.sleep(1.5)
        assert journal.events.keys() == recorded.keys()


async def test_whole_seconds(unifi: UnifiAccessSimulator) -> None:
    """A build that tells whole seconds loses no happening and doubles none."""
    await unifi.set_modes(published_style="seconds")
    journal = Journal()
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        truth = await unifi.burst(20, states=False)
        await site.has(*ACCESS, count=len(truth))
        await asyncio.sleep(2.5)
        wanted = sorted(one.at_ms // 1000 * 1000 for one in truth)
        assert moments(journal.of(*ACCESS), 1000) == wanted
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        assert moments(journal.of(*ACCESS), 1000) == wanted


@pytest.mark.parametrize(
    "modes",
    [
        {"push_logs": "logs"},
        {"push_logs": "insights"},
        {"push_logs": "both", "insights_lists": True, "insights_lower": True},
        {"push_logs": "both", "insights_empty": True},
        {"push_logs": "both", "insights_gap": 0.2, "null_state": True},
        {"push_logs": "neither", "null_category": True},
    ],
    ids=str,
)
async def test_shapes_of_notifications(
    unifi: UnifiAccessSimulator, modes: dict[str, Any]
) -> None:
    """Whichever notifications a build sends, each tap is one live event."""
    await unifi.set_modes(**modes)
    journal = Journal()
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        truth = [await unifi.tap(n % 4, n % 3, opens=n < 2) for n in range(8)]
        await site.has(*ACCESS, count=len(truth))
        await asyncio.sleep(2)
        assert moments(journal.of(*ACCESS)) == sorted(one.at_ms for one in truth)
        assert all(map(journal.is_live, journal.of(*ACCESS)))
        told = {
            (moments([event])[0], event.door_id, event.person and event.person.name)
            for event in journal.of(*ACCESS)
        }
        assert told == {(one.at_ms, one.door_id, one.person_name) for one in truth}


async def test_failure_half_way_keeps_the_cursor(unifi: UnifiAccessSimulator) -> None:
    """A page that fails fails the reading; what is committed then is whole slices."""
    await unifi.seed_history(days=3, per_day=200)
    truth = [one.at_ms for one in await unifi.history() if one.kind in ACCESS]
    path = "/api/v1/developer/system/logs"
    await unifi.fault(path=path, skip=7, status=500)
    journal = Journal()
    async with Follower(unifi, journal=journal, import_days=5) as site:
        with pytest.raises(ConnectError):
            await site.start()
        assert len(journal.of(*ACCESS)) < len(truth)
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        assert moments(journal.of(*ACCESS)) == sorted(truth)


async def test_broken_answers(unifi: UnifiAccessSimulator) -> None:
    """Cut and senseless answers of the log are errors to try again after."""
    path = "/api/v1/developer/system/logs"
    for fault in ({"truncate": True}, {"rubbish": True}, {"drop": "after"}):
        await unifi.fault(path=path, count=None, **fault)
        async with Follower(unifi) as site:
            with pytest.raises(ConnectError):
                await site.start()
        await unifi.clear_faults()


async def test_rate_limit_is_waited_for(unifi: UnifiAccessSimulator) -> None:
    """While catching up a short pause is made and the reading goes on."""
    await unifi.seed_history(days=1)
    path = "/api/v1/developer/system/logs"
    await unifi.fault(path=path, skip=1, status=429, headers={"Retry-After": "1"})
    async with Follower(unifi, import_days=2) as site:
        await site.start()
        truth = [one for one in await unifi.history() if one.kind in ACCESS]
        assert len(site.journal.of(*ACCESS)) == len(truth)


async def test_long_rate_limit_is_told(unifi: UnifiAccessSimulator) -> None:
    """A long pause is the owner's to make."""
    path = "/api/v1/developer/system/logs"
    await unifi.fault(path=path, status=429, headers={"Retry-After": "600"}, count=None)
    async with Follower(unifi) as site:
        with pytest.raises(RateLimited) as raised:
            await site.start()
        assert raised.value.retry_after == 600


async def test_cleared_log_is_a_gap(unifi: UnifiAccessSimulator) -> None:
    """A log that lost its rows is told as a gap, once, and followed on."""
    journal = Journal()
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        await unifi.tap(0, 0)
        await site.has(*ACCESS)
        await wait_for(lambda: '"row":true' in (journal.cursor or ""))
    await unifi.clear_log()
    await unifi.tap(1, 1)
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        await unifi.tap(1, 2)
        await site.has(*ACCESS, count=3)
        await wait_for(lambda: site.told(Gap))
        await asyncio.sleep(1.5)
        assert len(site.told(Gap)) == 1
        assert len(journal.events) == 3


@pytest.mark.parametrize("seconds", [-7200.0, 7200.0])
async def test_turned_clock(unifi: UnifiAccessSimulator, seconds: float) -> None:
    """A console whose clock is turned loses nothing and doubles nothing."""
    journal = Journal()
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        truth = [await unifi.tap(0, 0)]
        await site.has(*ACCESS)
        await asyncio.sleep(1.2)
    await unifi.turn_clock(seconds)
    truth.append(await unifi.tap(0, 1))
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        assert len(journal.of(*ACCESS)) == 2
        truth.append(await unifi.tap(0, 2))
        await site.has(*ACCESS, count=3)
        await asyncio.sleep(1.2)
    await unifi.turn_clock(0)
    truth.append(await unifi.tap(1, 0))
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        await asyncio.sleep(1.2)
        assert moments(journal.of(*ACCESS)) == sorted(one.at_ms for one in truth)


async def test_batches_are_bounded(unifi: UnifiAccessSimulator) -> None:
    """A long history comes in small batches, the last of each slice with a cursor."""
    await unifi.seed_history(days=2, per_day=700)
    async with Follower(unifi, import_days=3) as site:
        await site.start()
        batches: list[Batch] = site.told(Batch)
        assert max(len(batch.events) for batch in batches) <= 250
        assert sum(batch.cursor is not None for batch in batches) >= 2
