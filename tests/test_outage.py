"""Tests of polled systems in Home Assistant after their server was down for an hour."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
import time
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.access_events import coordinator
from custom_components.access_events.const import (
    CAUGHT_UP_EVENT_TYPE,
    CONF_IMPORT_DAYS,
    CONF_VENDOR,
    DOMAIN,
    EVENT_TYPE,
)
from custom_components.access_events.journal_query import LogFilter
from homeassistant.core import HomeAssistant

from .simulators.basip import BasIpSimulator
from .simulators.clue import ClueSimulator
from .wait import wait_for

HOUR = 3600
SPEED = 1200
"""An hour of waiting between tries passes in three seconds."""
_FASTER = ("_FIRST_DELAY", "_LONGEST_DELAY")
VISITS = 120


class Clue(ClueSimulator):
    """A cloud where people come."""

    uid = "448"
    rows = 4

    async def visit(self, at_ms: int | None = None) -> None:
        """Let somebody come in."""
        await self.flow_success(0, 0, at_ms=at_ms)


class BasIp(BasIpSimulator):
    """A panel where people come."""

    rows = 1

    @property
    def uid(self) -> str:
        """Return the id that its entry has."""
        return self.site.serial

    async def visit(self, at_ms: int | None = None) -> None:
        """Let somebody come in."""
        await self.use("Jane Doe", at_ms=at_ms)


@pytest.fixture(params=[Clue, BasIp], ids=["clue", "basip"])
async def server(
    request: pytest.FixtureRequest, socket_enabled: None
) -> AsyncGenerator[Clue | BasIp]:
    """Return a running system."""
    async with request.param() as simulator:
        yield simulator


async def test_an_hour_without_the_server(
    hass: HomeAssistant, server: Clue | BasIp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All is caught up once, and in the meantime the server is not besieged."""
    for name in _FASTER:
        monkeypatch.setattr(coordinator, name, getattr(coordinator, name) / SPEED)
    now = int(time.time() * 1000)
    await server.turn_clock(-(HOUR + 60))
    await server.visit()
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Front door",
        unique_id=server.uid,
        data={CONF_VENDOR: server.vendor, CONF_IMPORT_DAYS: 1, **server.config()},
        options={"poll_interval": 0.05},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await wait_for(lambda: entry.runtime_data.caught_up, 20)
    events = async_capture_events(hass, EVENT_TYPE)
    late = async_capture_events(hass, CAUGHT_UP_EVENT_TYPE)

    def requests() -> int:
        told: Any = entry.runtime_data.system.diagnostics()["requests"]
        return int(told)

    await server.pause()
    await wait_for(lambda: not entry.runtime_data.available, 20)
    before = requests()
    for number in range(VISITS):
        await server.visit(now - HOUR * 1000 + number * (HOUR * 1000 // VISITS))
    await asyncio.sleep(HOUR / SPEED)
    assert 10 <= requests() - before <= 150
    await server.turn_clock(0)
    await server.clear_requests()
    await server.resume()
    await wait_for(lambda: entry.runtime_data.caught_up, 20)
    counts = (await server.requests())["counts"]
    assert sum(counts.values()) <= 60

    await server.visit()
    await wait_for(lambda: len(events) >= server.rows, 20)
    await hass.async_block_till_done()
    assert len(events) == server.rows
    assert sum(item.data["count"] for item in late) == VISITS * server.rows
    truth = Counter(
        item.at_ms for item in await server.history() if item.name != "login"
    )
    found, _ = await entry.runtime_data.journal.query(LogFilter(limit=10_000))
    times = [round(item.event.occurred_at.timestamp() * 1000) for item in found]
    assert Counter(times) == truth
    assert [item.live for item in found] == [at >= now for at in times]
