"""Tests of reading a time again: what history tells, and nothing else."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from custom_components.access_events.models import AccessEvent, Capability
from custom_components.access_events.systems import VENDORS
from custom_components.access_events.systems.base import (
    AccessSystem,
    Batch,
    Gap,
    NotSupported,
)
from tests.simulators import simulator_class

ABLE = ("basip", "clue", "unifi_access")


@asynccontextmanager
async def connected(vendor: str, simulator: Any) -> AsyncGenerator[AccessSystem]:
    """Return an adapter that is connected."""
    config = simulator.config()
    if vendor == "unifi_access":
        config["fingerprint"] = simulator.fingerprint.replace(":", "")
    async with aiohttp.ClientSession() as session:
        system = VENDORS[vendor].create(config, {}, session)
        try:
            await system.connect()
            await system.doors()
            yield system
        finally:
            await system.close()


def told(events: list[AccessEvent]) -> set[tuple[str, datetime, str, str | None]]:
    """Return what tells events apart, and what they say."""
    return {
        (event.key, event.occurred_at, event.kind.value, event.door_id)
        for event in events
    }


@pytest.mark.parametrize("vendor", ABLE)
async def test_reread(socket_enabled: None, vendor: str) -> None:
    """It is what history tells of that time, by the same keys, and moves no cursor."""
    async with simulator_class(vendor)() as simulator:
        await simulator.seed_history(days=12, per_day=20)  # type: ignore[attr-defined]
        history: list[AccessEvent] = []
        async with connected(vendor, simulator) as system:
            cursor = await system.start_cursor(30)
            async for signal in system.history(cursor):
                if isinstance(signal, Batch):
                    history += signal.events
        moments = sorted(event.occurred_at for event in history)
        start, end = moments[len(moments) // 4], moments[len(moments) // 2]
        again: list[AccessEvent] = []
        async with connected(vendor, simulator) as system:
            assert Capability.REREAD in system.capabilities
            cursor = await system.start_cursor(0)
            async for signal in system.reread(start, end):
                assert not isinstance(signal, Gap)
                if isinstance(signal, Batch):
                    assert (signal.cursor, signal.live) == (None, False)
                    again += signal.events
            before = end - timedelta(days=400)
            async for signal in system.reread(before, before + timedelta(days=1)):
                assert not isinstance(signal, Batch)
            later = [
                event
                async for signal in system.history(cursor)
                if isinstance(signal, Batch)
                for event in signal.events
            ]
        wanted = [event for event in history if start <= event.occurred_at < end]
        assert len(wanted) > 10
        assert told(again) == told(wanted)
        assert not told(later) & told(wanted)


@pytest.mark.parametrize("vendor", sorted(VENDORS.keys() - set(ABLE)))
async def test_not_able(socket_enabled: None, vendor: str) -> None:
    """What a system can't do it says."""
    async with (
        simulator_class(vendor)() as simulator,
        aiohttp.ClientSession() as session,
    ):
        config: Any = simulator.config()
        system = VENDORS[vendor].create(config, {}, session)
        assert Capability.REREAD not in system.capabilities
        with pytest.raises(NotSupported):
            system.reread(datetime.min, datetime.max)
