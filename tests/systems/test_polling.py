"""Tests of when a system is asked again."""

import asyncio
import time

from custom_components.access_events.systems.polling import Pace


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        """Start anywhere."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def pace(clock: Clock, **options: float) -> Pace:
    """Return the pace of a minute, without chance in it."""
    return Pace(60, clock=clock, spread=lambda: 0.5, **options)


def test_base_interval() -> None:
    """A poll is due at once, then after each interval."""
    clock = Clock()
    polls = pace(clock)
    assert polls.remaining == 0
    polls.begun()
    polls.answered()
    assert polls.remaining == 60
    clock.now += 61
    assert polls.remaining == 0


def test_quicker_after_something_happened() -> None:
    """For a minute after something happened polls come quicker."""
    clock = Clock()
    polls = pace(clock, quick=10)
    polls.begun()
    polls.happened()
    assert polls.remaining == 10
    clock.now += 10
    polls.begun()
    assert polls.remaining == 10
    clock.now += 61
    polls.begun()
    assert polls.remaining == 60


def test_slower_when_calm() -> None:
    """When nothing has happened for long, polls may slow down."""
    clock = Clock()
    polls = pace(clock, idle=300)
    polls.begun()
    assert polls.remaining == 60
    clock.now += 1000
    polls.begun()
    assert polls.remaining == 300
    polls.happened()
    assert polls.remaining == 20


def test_soon() -> None:
    """A hint brings the next poll forward, but not too close to the last one."""
    clock = Clock()
    polls = pace(clock)
    polls.begun()
    polls.answered()
    polls.soon(4)
    assert polls.remaining == 4
    polls.soon(10)
    assert polls.remaining == 4
    polls.soon(0)
    assert polls.remaining == 0.5


def test_slow_answers_space_polls() -> None:
    """A poll that took long is not repeated at each hint."""
    clock = Clock()
    polls = pace(clock)
    polls.begun()
    clock.now += 2
    polls.answered()
    polls.soon(0)
    assert polls.remaining == 18


def test_rate_limit_is_kept() -> None:
    """The pause that was asked for is made, whatever happens."""
    clock = Clock()
    polls = pace(clock)
    polls.begun()
    polls.limited(120)
    polls.happened()
    polls.soon(0)
    assert polls.remaining == 120
    clock.now += 121
    assert polls.remaining == 0


def test_rate_limit_without_a_time_grows() -> None:
    """Without a time the pause grows, up to a limit."""
    clock = Clock()
    polls = pace(clock)
    pauses = []
    for _ in range(8):
        polls.limited(None)
        pauses.append(polls.remaining)
        clock.now += pauses[-1] + 1
    assert pauses == sorted(pauses)
    assert pauses[0] >= 60
    assert pauses[-1] == 900


def test_failures_back_off() -> None:
    """Failed polls come again soon at first, then at the usual pace."""
    clock = Clock()
    polls = pace(clock)
    pauses = []
    for _ in range(8):
        polls.failed()
        pauses.append(polls.remaining)
    assert pauses[0] < 2
    assert pauses == sorted(pauses)
    assert pauses[-1] <= 60


def test_hurry() -> None:
    """While something else is broken, polls come as often as asked."""
    clock = Clock()
    polls = pace(clock)
    polls.begun()
    polls.hurry(5)
    assert polls.remaining == 5
    polls.hurry(None)
    clock.now += 5
    polls.begun()
    assert polls.remaining == 60


async def test_waiting_is_cut_short() -> None:
    """What brings a poll forward wakes who waits for it."""
    polls = Pace(60)
    polls.begun()
    began = time.monotonic()
    waiting = asyncio.create_task(polls.wait())
    await asyncio.sleep(0.05)
    polls.soon(0.1)
    await asyncio.wait_for(waiting, 5)
    assert time.monotonic() - began < 3


def test_many_requests() -> None:
    """A poll of very many pages lets the next one wait for as much longer."""
    clock = Clock()
    polls = pace(clock)
    polls.begun()
    polls.spent(3)
    polls.happened()
    assert polls.remaining == 20
    polls.spent(20)
    assert polls.remaining == 120
    clock.now += 120
    polls.begun()
    polls.spent(1)
    assert polls.remaining == 60
