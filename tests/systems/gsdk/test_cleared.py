"""Tests of devices whose logs begin anew, or overwrite what is old: nothing is hidden."""

import asyncio

from hypothesis import HealthCheck, Phase, example, given, settings, strategies as st

from custom_components.access_events.models import EventKind
from tests.systems.owner import Journal
from tests.wait import wait_for

from .follower import Follower
from .gateway import BASE, FRONT, Gateway, keys, read_up


async def test_cleared_while_live(gateway: Gateway) -> None:
    """A log that is cleared begins a new epoch: nothing is lost, nothing mixed up."""
    async with Follower(gateway) as owner:
        for _ in range(5):
            gateway.happen(0x1300)
        await owner.until(5)
        gateway.clear()
        gateway.happen(0x4200, at=BASE + 100)
        gateway.happen(0x1300, at=BASE + 101)
        await owner.until(8)
        new = keys(2, 0, ".1")
        assert [event.key for event in owner.events()] == [*keys(5), *new]
        assert set(new[1:]) <= owner.journal.live
        assert owner.journal.of(EventKind.SYNC)[0].vendor_code == "LOG_BEGAN_ANEW"
        assert owner.gaps == []
        for _ in range(5):
            gateway.happen(0x1300)
        await owner.until(13)
        assert len(owner.journal.live) == 12


async def test_cleared_while_read(gateway: Gateway) -> None:
    """A log that is cleared, and grows again, while it is read is taken for a new one."""
    async with Follower(gateway) as owner:
        gateway.happen(0x1300)
        await owner.until(1)
        await read_up(gateway)
        gateway.readable.clear()
        gateway.happen(0x1300, tell=False)
        gateway.happen(0x1300)
        await wait_for(lambda: gateway.reads)
        gateway.clear()
        for number in range(5):
            gateway.happen(0x4200 if not number else 0x1300, at=BASE + 100 + number)
        gateway.readable.set()
        await owner.until(8)
        new = keys(5, 0, ".1")
        assert set(owner.order) == {*keys(1), *keys(3, 3), *new}
        assert owner.journal.live == set(owner.order) - {new[0]}


async def test_cleared_twice(gateway: Gateway) -> None:
    """What the stream tells of a log is kept, although it is gone when it is read."""
    async with Follower(gateway) as owner:
        for _ in range(3):
            gateway.happen(0x1300)
        await owner.until(3)
        await read_up(gateway)
        gateway.readable.clear()
        for at in (100, 200, 300):
            gateway.clear()
            gateway.happen(0x4200, at=BASE + at)
            gateway.happen(0x1300, at=BASE + at + 1)
        await wait_for(lambda: gateway.reads)
        gateway.readable.set()
        await owner.until(12)
        assert owner.order == [
            *keys(3),
            *(key for epoch in (1, 2, 3) for key in keys(2, 0, f".{epoch}")),
        ]


async def test_cleared_with_a_hole(gateway: Gateway) -> None:
    """What was told before a log was cleared does not take the place of what follows."""
    async with Follower(gateway) as owner:
        gateway.happen(0x1300)
        await owner.until(1)
        await read_up(gateway)
        gateway.readable.clear()
        gateway.happen(0x1300, tell=False)
        gateway.happen(0x1300)
        await wait_for(lambda: gateway.reads)
        gateway.clear()
        gateway.happen(0x4200, at=BASE + 100, tell=False)
        gateway.readable.set()
        await owner.until(4)
        for number in range(4):
            gateway.happen(0x1300, at=BASE + 101 + number)
        await owner.until(8)
        assert set(owner.order) == {*keys(1), *keys(3, 3), *keys(5, 0, ".1")}


async def test_reset_while_away(gateway: Gateway) -> None:
    """A device that comes back with a new log of the same length is read from its begin."""
    async with Follower(gateway) as owner:
        for _ in range(3):
            gateway.happen(0x1300)
        await owner.until(3)
        await read_up(gateway)
        gateway.readable.clear()
        gateway.connect(FRONT, 0)
        gateway.clear()
        for number in range(3):
            gateway.happen(0x4501, at=BASE + 100 + number)
        gateway.connect(FRONT, 2)
        await wait_for(lambda: gateway.devices[FRONT].monitored)
        gateway.happen(0x1300, at=BASE + 110)
        await wait_for(lambda: gateway.reads)
        gateway.readable.set()
        await owner.until(8)
        assert owner.order == [*keys(3), *keys(4, 0, ".1")]


async def test_cleared_while_away(gateway: Gateway) -> None:
    """A log that was cleared meanwhile, and has grown again, is noticed, with a gap."""
    journal = Journal()
    async with Follower(gateway, journal=journal):
        for _ in range(3):
            gateway.happen(0x1300)
        await wait_for(lambda: len(journal.events) == 3)
    gateway.clear()
    for number in range(6):
        gateway.happen(0x1400, at=BASE + 1000 + number)
    async with Follower(gateway, journal=journal) as owner:
        await owner.until(10)
        assert list(journal.events) == [*keys(3), *keys(6, 0, ".1")]
        assert len(owner.gaps) == 1


async def test_overwritten(gateway: Gateway) -> None:
    """Records that were overwritten before they were read leave a gap."""
    journal = Journal()
    async with Follower(gateway, journal=journal):
        gateway.happen(0x1300)
        await wait_for(lambda: len(journal.events) == 1)
    for _ in range(20):
        gateway.happen(0x1300)
    for number in range(1, 11):
        del gateway.devices[FRONT].log[number]
    async with Follower(gateway, journal=journal) as owner:
        await owner.until(12)
        assert list(journal.events) == [*keys(1), *keys(21, 11)]
        assert [gap.end.timestamp() for gap in owner.gaps] == [BASE + 11]


@settings(
    max_examples=10,
    deadline=None,
    # An example takes seconds where it fails: to make it smaller would take minutes.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.sampled_from(
            ("tell", "tell", "lose", "twice", "away", "clear", "wait", "restart")
        ),
        max_size=20,
    )
)
@example(steps=["tell", "clear", "tell"])
@example(steps=["tell", "clear", "tell", "tell", "clear", "clear", "tell", "tell"])
@example(steps=["tell", "lose", "tell", "clear", "tell", "lose", "tell", "clear"])
@example(steps=["tell", "away", "tell", "clear", "tell", "restart", "tell", "clear"])
async def test_whatever_happens(socket_enabled: None, steps: list[str]) -> None:
    """Drops, repeats, devices that go, logs that are cleared: each record comes once.

    Only what nobody heard must be read before its log is cleared, and what was cleared
    must be taken in before the stream that told it breaks.
    """
    told: list[int] = []
    unheard = cleared = False
    kinds = [kind for kind in EventKind if kind is not EventKind.SYNC]

    def is_complete() -> bool:
        return len(journal.of(*kinds)) >= len(told)

    async with Gateway() as gateway:
        journal = Journal()
        async with Follower(gateway, journal=journal) as owner:
            for step in steps:
                at = BASE + 1000 + len(told)
                if (unheard and step == "clear") or (
                    cleared and step in ("away", "restart")
                ):
                    gateway.connect(FRONT, 2)
                    await wait_for(is_complete)
                    await wait_for(lambda: owner.live and gateway.is_heard(FRONT))
                    unheard = cleared = False
                unheard |= step in ("lose", "away", "restart")
                if step in ("tell", "lose", "twice"):
                    record = gateway.happen(0x1300, tell=step != "lose", at=at)
                    told.append(at)
                    if step == "twice":
                        gateway.push(record)
                elif step == "away":
                    gateway.connect(FRONT, 0)
                    gateway.connect(FRONT, 2)
                elif step == "clear":
                    cleared = True
                    gateway.clear()
                    gateway.happen(0x4200, at=at)
                    told.append(at)
                elif step == "wait":
                    await asyncio.sleep(0.02)
                elif step == "restart":
                    await gateway.stop()
                    await gateway.start()
            gateway.connect(FRONT, 2)
            await wait_for(lambda: owner.live)
            await wait_for(is_complete)
        recorded = [int(event.occurred_at.timestamp()) for event in journal.of(*kinds)]
        assert sorted(recorded) == told
