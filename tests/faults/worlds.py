"""What can happen at each vendor's simulated system, and what can go wrong."""

from abc import ABC, abstractmethod
import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, cast, override

from custom_components.access_events.models import AccessEvent, EventKind
from tests.simulators import simulator_class
from tests.simulators.common import Simulator

ACCESS = {
    EventKind.ACCESS_GRANTED,
    EventKind.ACCESS_DENIED,
    EventKind.UNKNOWN_CREDENTIAL,
}
DAY = 86_400.0
_LOOK = 1.0

type Truth = Counter[tuple[object, ...]]
type Step = Callable[[], Awaitable[object]]


class World(ABC):
    """One simulated system: people come and go, and things break."""

    vendor: ClassVar[str]
    options: ClassVar[Mapping[str, Any]] = {}
    haste: ClassVar[Mapping[str, float]] = {}
    """Constants of the adapter that would let a schedule wait for minutes."""
    clears: ClassVar[bool] = True
    """Whether the system has a log that can be cleared."""

    def __init__(self) -> None:
        """Make the system."""
        self.sim: Any = simulator_class(self.vendor)()

    def steps(self) -> dict[str, Step]:
        """Return all that can happen, by name."""
        sim = self.sim
        return {
            "people": lambda: sim.burst(3),
            "crowd": lambda: sim.burst(12, 200.0),
            "unplugged": self._unplugged,
            "clock a day ahead": lambda: self._turn_clock(DAY),
            "clock a day behind": lambda: self._turn_clock(-DAY),
            "clock right": lambda: self._turn_clock(0.0),
        }

    async def _unplugged(self) -> None:
        """Let people come while nobody can ask."""
        await self.sim.pause()
        await self.sim.burst(4)
        await self.sim.resume()

    async def _turn_clock(self, seconds: float) -> None:
        """Turn the clock for longer than from one look to the next.

        Who tells times only can't tell that a clock was wrong between two looks.
        """
        await self.sim.clear_faults()
        await asyncio.sleep(_LOOK)
        await self.sim.turn_clock(seconds)
        await asyncio.sleep(_LOOK)

    async def begin(self) -> None:  # noqa: B027 - most have nothing to do
        """Bring the system to where a schedule begins."""

    async def settle(self) -> None:
        """End all faults."""
        await self._turn_clock(0.0)

    async def clear(self) -> None:
        """Clear the system's log."""
        await self.sim.clear_log()

    def config(self) -> dict[str, Any]:
        """Return the config entry's data."""
        simulator = cast("Simulator", self.sim)
        config = {key: value for key, value in simulator.config().items() if value}
        return {
            "verify_ssl": False,
            "fingerprint": simulator.fingerprint.replace(":", ""),
            **config,
        }

    @abstractmethod
    async def truth(self) -> Truth:
        """Return how often each access truly happened."""

    @abstractmethod
    def identity(self, event: AccessEvent) -> tuple[object, ...]:
        """Return what `truth` calls an event."""

    def recorded(self, events: Iterable[AccessEvent]) -> Truth:
        """Return how often each access was recorded."""
        return Counter(self.identity(event) for event in events if event.kind in ACCESS)


class HttpWorld(World):
    """A system that is asked over HTTP, and may answer anything."""

    paths: ClassVar[tuple[str, ...]] = ("/",)

    @override
    def steps(self) -> dict[str, Step]:
        faults: dict[str, dict[str, Any]] = {
            "500": {"status": 500},
            "503 three times": {"status": 503, "count": 3},
            "429": {"status": 429, "headers": {"Retry-After": "1"}},
            "cut before": {"drop": "before", "count": 2},
            "cut after": {"drop": "after", "count": 2},
            "half an answer": {"truncate": True, "count": 2},
            "rubbish": {"rubbish": True, "count": 2},
            "slow": {"delay": 0.2, "count": 3},
            "an endless answer": {"endless": True},
            "a bomb": {"bomb": "gzip"},
        }
        return super().steps() | {
            f"{name} at {path}": partial(self.sim.fault, path=path, **fault)
            for name, fault in faults.items()
            for path in self.paths
        }

    @override
    def identity(self, event: AccessEvent) -> tuple[object, ...]:
        return (round(event.occurred_at.timestamp() * 1000), event.kind.value)

    @override
    async def truth(self) -> Truth:
        return Counter(
            (item.at_ms, item.kind)
            for item in await self.sim.history()
            if item.kind in ACCESS
        )


class UnifiAccessWorld(HttpWorld):
    """A UniFi console."""

    vendor = "unifi_access"
    options = {"poll_interval": 1}
    paths = ("/api/v1/developer/system/logs", "/api/v1/developer/doors")

    @override
    def steps(self) -> dict[str, Step]:
        sim = self.sim
        return super().steps() | {
            "streams break": sim.drop_streams,
            "rubbish in the stream": sim.push_rubbish,
            "rows come late": lambda: sim.set_modes(index_delay=0.5),
        }

    @override
    async def settle(self) -> None:
        await super().settle()
        await self.sim.set_modes(index_delay=0.0)


class ClueWorld(HttpWorld):
    """A place in the CLUe cloud."""

    vendor = "clue"
    options = {"poll_interval": 0.05}
    haste = {"clue.system._SWEEP": 1.0}


class BasIpWorld(HttpWorld):
    """A BAS-IP panel."""

    vendor = "basip"
    options = {"poll_interval": 0.05}
    haste = {"basip.system._CLOCK_EVERY": 0.1}

    @override
    def steps(self) -> dict[str, Step]:
        return super().steps() | {"sessions end": self.sim.expire_tokens}


class PdkWorld(HttpWorld):
    """A PDK cloud."""

    vendor = "pdk"
    clears = False

    @override
    def steps(self) -> dict[str, Step]:
        sim = self.sim
        found = super().steps() | {
            "streams break": sim.drop_clients,
            "tokens end": sim.expire_tokens,
        }
        # A cloud's clock is not turned, and all that is read is read by it.
        return {name: step for name, step in found.items() if "clock" not in name}

    @override
    async def settle(self) -> None:
        await super().settle()
        await self.sim.reset_quotas()


class GsdkWorld(World):
    """A G-SDK gateway; each row of each device's log counts."""

    vendor = "gsdk"

    @override
    def steps(self) -> dict[str, Step]:
        sim = self.sim
        return super().steps() | {
            "streams break": sim.drop_streams,
            "connections break": sim.cut_connections,
            "gateway starts again": sim.restart_gateway,
            "queue overflows": lambda: sim.overflow(200),
            "a device goes": lambda: sim.device_offline(0),
            "a device comes": lambda: sim.device_online(0),
        }

    @override
    async def clear(self) -> None:
        await self.sim.clear_log(0)
        # Records are told apart by number, code and second: no two logs share one.
        await asyncio.sleep(1.1)

    @override
    async def begin(self) -> None:
        for device in await self.sim.devices():
            await self.sim.device_online(device["id"])

    @override
    async def settle(self) -> None:
        await super().settle()
        await self.begin()

    @override
    def config(self) -> dict[str, Any]:
        return {key: value for key, value in self.sim.config().items() if value}

    @override
    async def truth(self) -> Truth:
        return Counter(
            (str(row.log_device), str(row.id), row.timestamp)
            for row in await self.sim.rows()
        )

    @override
    def recorded(self, events: Iterable[AccessEvent]) -> Truth:
        return Counter(
            self.identity(event)
            for event in events
            if event.vendor_code != "LOG_BEGAN_ANEW"
        )

    @override
    def identity(self, event: AccessEvent) -> tuple[object, ...]:
        # Nobody can tell that an empty log was cleared, so which log it was counts not.
        device, _, number = event.key.partition(":")
        return device.partition(".")[0], number, round(event.occurred_at.timestamp())


WORLDS: Mapping[str, type[World]] = {
    world.vendor: world
    for world in (UnifiAccessWorld, ClueWorld, GsdkWorld, BasIpWorld, PdkWorld)
}
