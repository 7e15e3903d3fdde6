"""Property tests of the polled systems: whatever happens, each event counts once.

People come, devices are cut off and hand in late, answers break, the server goes away and
the follower is restarted, in any order. Nothing of what was learned late may be live.
"""

from abc import ABC, abstractmethod
import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings, strategies as st
import pytest

from custom_components.access_events.models import AccessEvent
from custom_components.access_events.systems.polled import PolledSystem
from tests.simulators.basip import BasIpSimulator
from tests.simulators.clue import ClueSimulator
from tests.wait import wait_for

from .owner import Journal, Owner

type Step = tuple[Any, ...]
type Moment = tuple[str, int]

_OWN_LOGIN = "successful_login_api_call"
_HOURS_MS = 3_600_000
_CHECKED = settings(
    max_examples=15,
    deadline=None,
    # Each step takes real time, so a failure is told as it was found.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    report_multiple_bugs=False,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)

_few = st.integers(1, 3)
_steps = [
    st.tuples(st.just("visit"), _few),
    st.tuples(
        st.just("break"),
        st.sampled_from(({"drop": "after"}, {"truncate": True}, {"status": 502})),
        st.integers(0, 4),
    ),
    st.tuples(st.just("outage"), _few),
    st.tuples(st.just("restart"), _few),
    st.just(("poll",)),
]
_late_uploads = [
    st.tuples(st.just("cut_off"), st.integers(0, 1)),
    st.tuples(st.just("back"), st.integers(0, 1)),
    st.tuples(st.just("long_ago"), st.integers(0, 1), st.integers(1, 20)),
    st.tuples(st.just("hold"), st.integers(0, 1)),
    st.tuples(st.just("release"), st.integers(0, 1)),
]
_equal_rows = [
    st.tuples(st.just("equal"), st.integers(2, 4)),
    st.tuples(st.just("push"), st.integers(1, 12), st.integers(1, 12)),
]


def at_of(event: AccessEvent) -> Moment:
    """Return what tells an event from others in the simulators' truth."""
    return event.vendor_code, round(event.occurred_at.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the truth; `is_there` tells whether the server has it by now."""

    key: str
    at_ms: int
    is_there: bool = True


class Story(ABC):
    """A simulated system, who follows it, and what may not be live."""

    path = "/"

    def __init__(self, server: BasIpSimulator | ClueSimulator) -> None:
        """Begin with nothing told."""
        self.server = server
        self.journal = Journal()
        self.late: set[Moment] = set()
        self.begun = 0
        self.follower: Owner

    @abstractmethod
    async def visit(self, count: int) -> None:
        """Let people come."""

    async def begin(self) -> None:
        """Let something have happened before it is followed."""
        await self.visit(2)

    async def polls(self, count: int = 1) -> None:
        """Let some polls end, also while they fail."""
        system: PolledSystem = self.follower.system
        wanted = system.polls + count + 1
        await wait_for(lambda: system.polls >= wanted, 20)

    async def enter(self) -> None:
        """Begin to follow, or go on."""
        config = self.server.config()
        self.follower = Owner(
            self.server.vendor, config, journal=self.journal, interval=0.01
        )
        await self.follower.__aenter__()

    async def unseen(self, count: int) -> None:
        """Let people come while nobody follows: that may not be live."""
        before = len(self.server.truth)
        await self.visit(count)
        await asyncio.sleep(0.01)
        self.late |= {
            (row.key, row.at_ms) for row in self.rows()[before:] if row.is_there
        }

    @abstractmethod
    def rows(self) -> Sequence[Row]:
        """Return what truly happened."""

    async def run(self, steps: Sequence[Step]) -> None:
        """Let all of it happen, then compare what was told with the truth."""
        await self.begin()
        self.begun = len(self.server.truth)
        await self.enter()
        try:
            for name, *arguments in steps:
                await getattr(self, f"do_{name}")(*arguments)
            await self.settle()
            await self.compare()
        finally:
            await self.follower.__aexit__()

    async def do_visit(self, count: int) -> None:
        """Let people come while it is followed."""
        await self.visit(count)

    async def do_poll(self) -> None:
        """Let time pass."""
        await self.polls()

    async def do_break(self, how: dict[str, Any], skip: int) -> None:
        """Let one of the next answers break."""
        await self.server.fault(path=self.path, method="GET", skip=skip, **how)

    async def do_outage(self, count: int) -> None:
        """Let the server be away, and people come meanwhile."""
        await self.server.pause()
        await wait_for(lambda: not self.follower.live, 20)
        await self.unseen(count)
        await self.server.resume()
        await wait_for(lambda: self.follower.live, 20)

    async def do_restart(self, count: int) -> None:
        """End following, let people come, and begin again."""
        await self.follower.__aexit__()
        await self.unseen(count)
        await self.enter()

    async def settle(self) -> None:
        """Let all that is still to be told be told."""
        await self.server.clear_faults()
        wanted = len(self.expected())
        await wait_for(lambda: len(self.journal.events) >= wanted, 20)
        await self.polls(2)

    def expected(self) -> list[Moment]:
        """Return all that should be told: what happened since following began."""
        return [
            (row.key, row.at_ms)
            for row in self.rows()[self.begun :]
            if row.key != _OWN_LOGIN
        ]

    async def compare(self) -> None:
        """Compare what was told with the truth."""
        told = list(self.journal.events.values())
        assert Counter(map(at_of, told)) == Counter(self.expected())
        live = {at_of(event) for event in told if self.journal.is_live(event)}
        assert not live & self.late
        assert self.follower.unreadable == []


class ClueStory(Story):
    """A place of CLUe, whose devices may be cut off."""

    path = "/v1/be/events"
    server: ClueSimulator

    async def begin(self) -> None:
        """Let both devices have been used, before all that is handed in late."""
        at = self.server.clock.ms() - 22 * _HOURS_MS
        for door in (0, 1):
            self.server.emit("face", "DEV_FACE_AUTH_SUCCESS", door, 0, at_ms=at + door)

    async def visit(self, count: int) -> None:
        """Let people come to both doors; a step later than before, as it is in truth."""
        for number in range(count):
            await asyncio.sleep(0.002)
            self.server.emit("face", "DEV_FACE_AUTH_SUCCESS", number % 2, number)

    def rows(self) -> Sequence[Row]:
        """Return what truly happened."""
        return [
            Row(item.event_type, item.at_ms, item.uploaded)
            for item in self.server.truth
        ]

    async def do_cut_off(self, door: int) -> None:
        """Cut a device off."""
        await self.server.device_offline(door)

    async def do_back(self, door: int) -> None:
        """Let a device hand in what it has."""
        await self.server.device_online(door)

    async def do_long_ago(self, door: int, hours: int) -> None:
        """Let a device hand in what is hours old, after what is of now."""
        key = "DEV_FACE_AUTH_SUCCESS"
        newest = self.server.emit("face", key, door, 0)
        if is_told := newest.uploaded:
            told = self.journal.events.values
            wanted = key, newest.at_ms
            await wait_for(lambda: wanted in map(at_of, told()), 20)
        at = self.server.clock.ms() - hours * _HOURS_MS - len(self.server.truth)
        self.server.emit("face", key, door, 0, at_ms=at)
        if is_told:
            self.late.add((key, at))

    async def do_hold(self, door: int) -> None:
        """Let a device hand in its next row after those that follow it."""
        await self.server.hold_rows(door)

    async def do_release(self, door: int) -> None:
        """Let it hand that in."""
        await self.server.release_rows(door)

    async def settle(self) -> None:
        """Connect all devices again."""
        for door in (0, 1):
            await self.server.release_rows(door)
            await self.server.device_online(door)
        await super().settle()


class BasIpStory(Story):
    """A panel, which also pushes."""

    path = "/api/v1/log"
    server: BasIpSimulator

    async def visit(self, count: int) -> None:
        """Let people come."""
        for number in range(count):
            await asyncio.sleep(0.002)
            await self.server.use(1 + number)

    def rows(self) -> Sequence[Row]:
        """Return what truly happened."""
        return [Row(item.key, item.at_ms) for item in self.server.truth]

    async def do_equal(self, copies: int) -> None:
        """Let several things happen in one moment that say the same."""
        await asyncio.sleep(0.002)
        await self.server.write("door_was_opened", copies=copies)

    async def do_push(self, back: int, count: int) -> None:
        """Push some of the newest rows, whether they are known or not."""
        rows = self.server.log.arrived[self.begun :][-back:][:count]
        events = [
            {
                "created_at": row.at_ms,
                "category": row.category,
                "code": row.key,
                "info": row.model,
            }
            for row in rows
        ]
        live = self.follower.live
        async for signal in self.follower.system.pushed({"events": events}):
            self.follower.take(signal, live=live)


async def tell(
    story: Callable[[Any], Story], server: Any, steps: Sequence[Step]
) -> None:
    """Run a story against a server of its own."""
    async with server() as running:
        await story(running).run(steps)


def run(work: Awaitable[None]) -> None:
    """Run a story in a loop of its own."""
    asyncio.run(asyncio.wait_for(work, 120))


@_CHECKED
@given(steps=st.lists(st.one_of(*_steps, *_late_uploads), min_size=3, max_size=10))
def test_clue(steps: list[Step]) -> None:
    """Late uploads, holes, breaks and restarts at a place of CLUe."""
    with pytest.MonkeyPatch.context() as patch:
        name = "custom_components.access_events.systems.clue.system._SWEEP"
        patch.setattr(name, 0)
        run(tell(ClueStory, ClueSimulator, steps))


@_CHECKED
@given(steps=st.lists(st.one_of(*_steps, *_equal_rows), min_size=3, max_size=10))
def test_basip(steps: list[Step]) -> None:
    """Equal rows, pushes, breaks and restarts at a panel."""
    run(tell(BasIpStory, BasIpSimulator, steps))
