"""Tests of how far a place of CLUe is read, forwards and back."""

import time
from typing import Any

import pytest

from tests.simulators.clue import ClueSimulator
from tests.systems.owner import Journal, Owner


def owner(clue: ClueSimulator, **options: Any) -> Owner:
    """Return an owner of the cloud's place."""
    return Owner("clue", clue.config(), **options)


@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize("total", ["exact", "page", "absent"])
async def test_no_page_after_the_last(
    clue: ClueSimulator, total: str, status: int
) -> None:
    """A cloud that refuses a page after the last one has told all before it."""
    await clue.set_modes(past_end=status, total=total)
    await clue.burst(75)
    async with owner(clue, import_days=1) as follower:
        await follower.until(75)
        await clue.burst(325)
        await follower.until(400)
        assert follower.errors == []
        assert follower.rounds == 1


async def test_a_slow_clock_among_others(clue: ClueSimulator) -> None:
    """The first event of a device whose clock is hours behind is read at once, live."""
    async with owner(clue, import_days=0) as follower:
        await clue.flow_success(1, 1)
        await follower.until(4)
        for count, hours in enumerate((9, 20, 24), 1):
            at = round((time.time() - hours * 3600) * 1000)
            await clue.event("DEV_FACE_AUTH_SUCCESS", 0, 0, at_ms=at)
            await follower.until(4 + count)
            if count == 1:
                assert len(follower.journal.live) == 5


async def test_a_day_of_many_pages(clue: ClueSimulator) -> None:
    """Where a day is many pages it is read whole now and then only, and at each start."""
    at = round((time.time() - 7200) * 1000)
    for number in range(800):
        await clue.event("DEV_FACE_AUTH_FAIL", 1, None, at_ms=at + number)
    journal = Journal()
    async with owner(clue, import_days=1, journal=journal) as follower:
        await follower.polls(3)
        await clue.event("DEV_FACE_AUTH_FAIL", 0, None, at_ms=at - 3_600_000)
        await follower.polls(5)
        assert len(journal.events) == 800
    async with owner(clue, journal=journal) as follower:
        await follower.until(801)


@pytest.mark.parametrize("days", [0, 1])
async def test_a_clock_that_is_set_right(clue: ClueSimulator, days: int) -> None:
    """What a device tells after its clock was hours ahead is not taken for older."""
    await clue.turn_clock(20 * 3600)
    await clue.flow_success(0, 0)
    async with owner(clue, import_days=days) as follower:
        before = len(follower.journal.events)
        assert before == (4 if days else 0)
        await clue.turn_clock(0)
        await clue.flow_success(0, 1)
        await follower.until(before + 4)
        await follower.polls(3)
        assert len(follower.journal.events) == before + 4
        assert follower.gaps == []


async def test_a_count_that_started_again_before(clue: ClueSimulator) -> None:
    """What a device told before a reset stays unwanted where nothing is imported."""
    await clue.flow_success(0, 0)
    clue.site.doors[0].device.next_local_id = 1
    await clue.flow_success(0, 0)
    async with owner(clue, import_days=0) as follower:
        await follower.polls(3)
        assert not follower.journal.events
        await clue.flow_success(0, 1)
        await follower.until(4)
        await follower.polls(3)
        assert len(follower.journal.events) == 4
