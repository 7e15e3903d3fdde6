"""Answers that are too large: smaller ones are asked for, and what no answer can hold is a gap."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import pytest

from custom_components.access_events.models import EventKind
from custom_components.access_events.systems import http
from custom_components.access_events.systems.base import Gap
from custom_components.access_events.systems.basip import client as basip_client
from custom_components.access_events.systems.unifi_access import client as unifi_client
from tests.simulators.basip import BasIpSimulator
from tests.simulators.clue import ClueSimulator
from tests.simulators.unifi_access import UnifiAccessSimulator
from tests.systems.owner import Owner
from tests.systems.unifi_access.follower import Follower

_ACCESS = (
    EventKind.ACCESS_GRANTED,
    EventKind.ACCESS_DENIED,
    EventKind.UNKNOWN_CREDENTIAL,
)
_ROOM = 24 * 1024
_LARGE = "x" * 2 * _ROOM
_FEW = 40
"""Events of which not all have room in one answer."""


@asynccontextmanager
async def requests_bounded(simulator: Any, most: int) -> AsyncIterator[None]:
    """See that so little is asked for that it can't be the same again and again."""
    await simulator.clear_requests()
    yield
    counts = (await simulator.requests())["counts"]
    assert sum(counts.values()) < most


@pytest.fixture
def little_room(
    socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> Callable[[ModuleType, str], None]:
    """Return what lets a vendor's adapter take small answers only."""

    def take(module: ModuleType, name: str) -> None:
        monkeypatch.setattr(module, name, _ROOM)

    return take


@pytest.mark.parametrize("large", [False, True])
async def test_clue(little_room: Callable[[Any, str], None], large: bool) -> None:
    """CLUe's pages are made smaller; a row that is too large is left out, and told."""
    little_room(http, "LARGEST")
    async with ClueSimulator() as sim:
        await sim.burst(_FEW * 4)
        if large:
            door = await sim.add_door(_LARGE)
            await sim.flow_clue_failure(door["id"])
            sim.site.doors.pop()
        await sim.burst(_FEW)
        async with (
            # Where the windows' edges happen to be makes a difference.
            requests_bounded(sim, 2_000),
            Owner("clue", sim.config(), interval=0.5, import_days=1) as owner,
        ):
            await owner.until(5 * _FEW)
            await sim.burst(3)
            await owner.until(5 * _FEW + 3)
            assert len(owner.journal.of(*_ACCESS)) == 5 * _FEW + 3
            assert len(owner.gaps) == large


@pytest.mark.parametrize("large", [False, True])
async def test_basip(little_room: Callable[[Any, str], None], large: bool) -> None:
    """A panel's pages are made smaller; one that is still too large is a gap."""
    little_room(basip_client, "_LARGEST")
    async with BasIpSimulator() as sim:
        at = sim.clock.ms() - 3_600_000
        await sim.burst(_FEW)
        if large:
            await sim.write("access_granted_by_valid_identifier", {"name": _LARGE}, at)
        async with (
            requests_bounded(sim, 500),
            Owner("basip", sim.config(), interval=0.5, import_days=1) as owner,
        ):
            await owner.until(_FEW, *_ACCESS)
            await sim.use("Jane Doe", kind="card")
            await owner.until(_FEW + 1, *_ACCESS)
            assert len(owner.journal.of(*_ACCESS)) == _FEW + 1
            assert len(owner.gaps) == large


@pytest.mark.parametrize("large", [False, True])
async def test_unifi(little_room: Callable[[Any, str], None], large: bool) -> None:
    """A console's slices, then its pages are made smaller; a row too large is a gap."""
    little_room(unifi_client, "LARGEST")
    async with UnifiAccessSimulator() as sim:
        at = sim.clock.ms() - 3_600_000
        for number in range(_FEW):
            await sim.tap(0, 0, at_ms=at + number * 10, push=False, states=False)
        if large:
            who = next(iter(sim.site.people.values()))
            name, who.last_name = who.last_name, _LARGE
            await sim.tap(0, who.id, at_ms=at + 5, push=False, states=False)
            who.last_name = name
        async with (
            requests_bounded(sim, 500),
            Follower(sim, import_days=1) as site,
        ):
            await site.start()
            assert len(site.journal.of(*_ACCESS)) == _FEW
            await sim.tap(0, 1)
            await site.has(*_ACCESS, count=_FEW + 1)
            assert any(isinstance(told, Gap) for told in site.signals) is large
