"""Tests of answers that are larger than what is taken: they are not asked for for ever."""

import pytest

from custom_components.access_events.systems.gsdk import client
from tests.systems.owner import Journal

from .follower import Follower
from .gateway import FRONT, Gateway, keys, read_up

_ROOM = 4096
_MOST_CALLS = 150


@pytest.fixture(autouse=True)
def _little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take answers of few records only."""
    monkeypatch.setattr(client, "_LARGEST", _ROOM)


def happen(gateway: Gateway, count: int, *, tell: bool = False) -> None:
    """Record things that take some room."""
    for _ in range(count):
        gateway.happen(0x1300, tell=tell, userID="u" * 100)


def happen_large(gateway: Gateway) -> None:
    """Record one thing that has no room in any answer."""
    gateway.happen(0x1300, tell=False, cardData=b"0" * 2 * _ROOM)


async def test_large_page(gateway: Gateway) -> None:
    """A page that is too large is read in smaller ones, and nothing is missed."""
    happen(gateway, 300)
    async with Follower(gateway, import_days=365) as owner:
        await owner.until(300)
        happen(gateway, 5, tell=True)
        await owner.until(305)
        assert owner.order == keys(305)
        assert owner.journal.live == set(keys(305, 301))
        assert not owner.gaps
        assert not owner.unreadable


async def test_large_record(gateway: Gateway) -> None:
    """One record that is too large costs its neighbours nothing, and is told as a gap."""
    happen(gateway, 50)
    happen_large(gateway)
    happen(gateway, 50)
    async with Follower(gateway, import_days=365) as owner:
        await owner.until(100)
        assert owner.order == [*keys(50), *keys(101, 52)]
        assert [gap.detail for gap in owner.gaps] == [
            f"Device {FRONT} gives no records 51 to 51"
        ]
        assert owner.unreadable
        assert gateway.count("event.Event/GetLog") < _MOST_CALLS


async def test_large_last_record(gateway: Gateway) -> None:
    """A large record at the end of a log is left, and what follows is told as it happens."""
    happen(gateway, 10)
    happen_large(gateway)
    happen_large(gateway)
    async with Follower(gateway, import_days=365) as owner:
        await owner.until(10)
        await read_up(gateway)
        assert gateway.count("event.Event/GetLog") < _MOST_CALLS
        happen(gateway, 3, tell=True)
        await owner.until(13)
        await read_up(gateway)
        assert set(owner.order) == {*keys(10), *keys(15, 13)}
        assert [gap.detail for gap in owner.gaps] == [
            f"Device {FRONT} gives no records 11 to 12"
        ]
        assert gateway.count("event.Event/GetLog") < _MOST_CALLS


async def test_large_anchor(gateway: Gateway) -> None:
    """A log whose last known record is too large by now is no new one, until it is."""
    journal = Journal()
    happen(gateway, 10)
    async with Follower(gateway, journal=journal, import_days=365) as owner:
        await owner.until(10)
        await read_up(gateway)
    gateway.devices[FRONT].log[10].cardData = b"0" * 2 * _ROOM
    async with Follower(gateway, journal=journal) as owner:
        await read_up(gateway)
        assert set(journal.events) == set(keys(10))
        gateway.clear()
        happen(gateway, 3, tell=True)
        await owner.until(14)
        assert set(journal.events) == {*keys(10), *keys(3, 0, ".1")}


async def test_large_oldest_record(gateway: Gateway) -> None:
    """A large record is found wherever a log that has wrapped begins."""
    gateway.devices[FRONT].number = 70_000
    happen_large(gateway)
    happen(gateway, 5)
    async with Follower(gateway, import_days=365) as owner:
        await owner.until(5)
        await read_up(gateway)
        assert owner.order == keys(70_006, 70_002)
        assert gateway.count("event.Event/GetLog") < _MOST_CALLS
