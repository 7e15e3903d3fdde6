"""Tests of following a simulated gateway that was written without this adapter."""

import asyncio
from collections.abc import AsyncGenerator
import time

import pytest

from custom_components.access_events.models import EventKind, Method
from custom_components.access_events.systems.gsdk.events import key_of
from tests.simulators.gsdk import GsdkSimulator
from tests.systems.owner import Journal
from tests.wait import wait_for

from .follower import Follower

ROWS = 1_000_000
LONG = 25_000
"""More than is read before what is live is told."""


@pytest.fixture
async def gsdk(socket_enabled: None) -> AsyncGenerator[GsdkSimulator]:
    """Return a running gateway."""
    async with GsdkSimulator() as simulator:
        yield simulator


async def complete(gsdk: GsdkSimulator, owner: Follower, timeout: float = 30) -> None:
    """Wait until each row that was written is recorded, and see that it is once."""
    connected = {
        int(door.id.partition(":")[0])
        for door in owner.doors.values()
        if door.state.online
    }
    written = {
        key_of(row.log_device, row.generation, row.id)
        for row in await gsdk.rows()
        if row.log_device in connected
    }
    await wait_for(lambda: written <= owner.journal.events.keys(), timeout)


async def test_every_code(gsdk: GsdkSimulator) -> None:
    """Each pair of code and sub code is recorded, and known by a name."""
    async with Follower(gsdk) as owner:
        await asyncio.sleep(0.5)
        await gsdk.every_event(0)
        await complete(gsdk, owner)
        names = {event.vendor_code for event in owner.events()}
        assert len(names) > 400
        assert not [name for name in names if "0x" in name]
        assert all(owner.journal.is_live(event) for event in owner.events())


async def test_overflow(gsdk: GsdkSimulator) -> None:
    """What a full queue drops is read from the log."""
    async with Follower(gsdk) as owner:
        await gsdk.overflow(3000)
        await complete(gsdk, owner)


async def test_burst_over_broken_streams(gsdk: GsdkSimulator) -> None:
    """Streams that break and a gateway that starts again lose nothing."""
    async with Follower(gsdk) as owner:
        for _ in range(3):
            await gsdk.burst(100)
            await gsdk.drop_streams()
            await gsdk.burst(50, unlocks=True)
            await gsdk.restart_gateway()
            await gsdk.burst(50)
        await complete(gsdk, owner)


async def test_clear_and_reset(gsdk: GsdkSimulator) -> None:
    """Logs that are cleared, or lost in a reset, begin new epochs."""
    async with Follower(gsdk) as owner:
        for forget in (gsdk.clear_log, gsdk.factory_reset, gsdk.clear_log):
            for _ in range(10):
                await gsdk.event(0x5200, entity=1)
            await complete(gsdk, owner)
            await forget(0)
            for _ in range(5):
                await gsdk.event(0x5300, entity=1)
            await complete(gsdk, owner)
        notes = owner.journal.of(EventKind.SYNC)
        assert (
            len([note for note in notes if note.vendor_code == "LOG_BEGAN_ANEW"]) == 3
        )


async def test_long_log_and_live(gsdk: GsdkSimulator) -> None:
    """While a long log is read others pass: nothing is lost, and all is in order."""
    journal = Journal()
    async with Follower(gsdk, journal=journal):
        await gsdk.tap(0, "Jane Doe")
        await wait_for(lambda: journal.live)
    await gsdk.fill(0, LONG, 30.0)
    device = next(row.log_device for row in await gsdk.rows())
    passing = asyncio.create_task(gsdk.burst(150, rate=50))
    async with Follower(gsdk, journal=journal) as owner:
        await passing
        await complete(gsdk, owner, 60)
        long = [key_of(device, 1, number) for number in range(1, LONG + 1)]
        await wait_for(lambda: set(long) <= journal.events.keys(), 60)
        await gsdk.tap(0, "Jane Doe")
        await complete(gsdk, owner)
    wanted = set(long)
    assert [key for key in owner.order if key in wanted] == long
    assert not wanted & journal.live
    last: dict[str, int] = {}
    for key in owner.order:
        log, _, number = key.rpartition(":")
        if key in journal.live:
            assert last.get(log, 0) < int(number)
            last[log] = int(number)
    assert len(journal.live) > 1


async def test_picture(gsdk: GsdkSimulator) -> None:
    """A picture of an event is fetched."""
    async with Follower(gsdk) as owner:
        await gsdk.tap(0, "Jane Doe", image=True)
        await owner.until(1, EventKind.ACCESS_GRANTED)
        event = owner.journal.of(EventKind.ACCESS_GRANTED)[0]
        assert event.method is Method.CARD
        assert event.image_ref is not None
        picture = await owner.system.image(event.image_ref)
        assert picture.content_type == "image/jpeg"


async def test_million(gsdk: GsdkSimulator) -> None:
    """Of a million rows only the days that are wanted are read."""
    await gsdk.fill(0, ROWS, 100.0)
    journal = Journal()
    began = time.monotonic()
    async with Follower(gsdk, journal=journal, import_days=1) as owner:
        assert time.monotonic() - began < 15
        await wait_for(lambda: len(journal.events) > 9_000)
        await asyncio.sleep(0.5)
        assert len(journal.events) < 11_000
        assert not journal.live
        await gsdk.tap(0, "Jane Doe")
        await wait_for(lambda: journal.live)
        assert owner.gaps == []
