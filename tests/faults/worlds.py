"""What can happen at each vendor's simulated system, and what can go wrong."""

from abc import ABC, abstractmethod
import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path
import tempfile
from typing import Any, ClassVar, Self, cast, override

from custom_components.access_events.models import AccessEvent, EventKind
from tests.simulators import simulator_class
from tests.simulators.common import Simulator

from .accidents import Step, stream_accidents

ACCESS = {
    EventKind.ACCESS_GRANTED,
    EventKind.ACCESS_DENIED,
    EventKind.UNKNOWN_CREDENTIAL,
}
PEOPLE = "people"
CROWD = "crowd"
DAY = 86_400.0
_KEPT = 2
"""How many rows are left of a log that wrapped."""

type Truth = Counter[tuple[object, ...]]


class World(ABC):
    """One simulated system: people come and go, and things break."""

    vendor: ClassVar[str]
    options: ClassVar[Mapping[str, Any]] = {}
    haste: ClassVar[Mapping[str, float]] = {}
    """Constants of the adapter that would let a schedule wait for minutes."""
    modes: ClassVar[Mapping[str, Any]] = {}
    """How the simulated system behaves in all schedules."""
    looks: ClassVar[tuple[str, ...]] = ()
    """What a system is asked for that tells when things happened, and no numbers."""
    look: ClassVar[int] = 1
    """How many requests of a path one look takes."""
    turns: ClassVar[frozenset[str]] = frozenset(
        {"clock a day ahead", "clock a day behind", "clock right"}
    )
    """The steps that must not fall between two looks."""
    clears: ClassVar[bool] = True
    """Whether the system has a log that can be cleared, and lose its oldest rows."""
    pinned: ClassVar[bool] = True
    """Whether the system shows a certificate that the user trusts."""

    def __init__(self) -> None:
        """Make the system."""
        self._folder = tempfile.TemporaryDirectory(prefix="faults")
        self.sim: Any = simulator_class(self.vendor)(state=Path(self._folder.name))

    async def __aenter__(self) -> Self:
        """Start the system."""
        await self.sim.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it."""
        await self.sim.stop()
        self._folder.cleanup()

    def steps(self) -> dict[str, Step]:
        """Return all that can happen, by name."""
        return {
            PEOPLE: self.people,
            CROWD: lambda: self.sim.burst(12, 200.0),
            "unplugged": self._unplugged,
            "system starts anew": self._start_anew,
            "clock a day ahead": lambda: self.sim.turn_clock(DAY),
            "clock a day behind": lambda: self.sim.turn_clock(-DAY),
            "clock right": lambda: self.sim.turn_clock(0.0),
        }

    def renewals(self) -> dict[str, Step]:
        """Return what makes the user enter what reaches the system again, by name."""
        return {}

    async def _misbehave(self, **fault: Any) -> None:
        """Plan a misbehaviour of the system that there is then."""
        await self.sim.fault(**fault)

    async def people(self) -> None:
        """Let a few people come."""
        await self.sim.burst(3)

    async def _unplugged(self) -> None:
        """Let people come while nobody can ask."""
        await self.sim.pause()
        await self.sim.burst(4)
        await self.sim.resume()

    async def _start_anew(self) -> None:
        """End the system's process, and start another that knows what was on its disk."""
        before = self.sim
        await before.stop()
        self.sim = simulator_class(self.vendor)(
            port=before.port, state=before.state, **self.kept_options(before)
        )
        self.sim.clock.offset = before.clock.offset
        self.sim.faults.counts.update(before.faults.counts)
        modes = {f.name: getattr(before.modes, f.name) for f in fields(before.modes)}
        await self.sim.set_modes(**modes)
        await self.sim.start()

    def kept_options(self, before: Any) -> dict[str, Any]:
        """Return what else a new process is started with."""
        return {}

    def asked(self) -> Counter[str]:
        """Return how often each path of `looks` was answered."""
        counts: Counter[str] = self.sim.faults.counts
        return Counter(
            {
                path: sum(
                    count for asked, count in counts.items() if asked.endswith(path)
                )
                for path in self.looks
            }
        )

    async def begin(self) -> None:
        """Bring the system to where a schedule begins."""
        if self.modes:
            await self.sim.set_modes(**self.modes)

    async def calm(self) -> None:
        """End all faults, but leave the clock."""
        await self.sim.clear_faults()

    async def clear(self) -> None:
        """Clear the system's log."""
        await self.sim.clear_log()

    async def wrap(self) -> None:
        """Let the system's log forget all but its newest rows."""
        await self.sim.wrap_log(_KEPT)

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

    def _faults(self, name: str, **fault: Any) -> dict[str, Step]:
        """Return a fault of the answers, at each of the paths."""
        return {
            f"{name} at {path}": partial(self._misbehave, path=path, **fault)
            for path in self.paths
        }

    @override
    def steps(self) -> dict[str, Step]:
        wait = {"Retry-After": "1"}
        return (
            super().steps()
            | self._faults("400", status=400)
            | self._faults("403", status=403)
            | self._faults("404", status=404)
            | self._faults("429", status=429, headers=wait)
            | self._faults("429 without a time", status=429)
            | self._faults("500", status=500)
            | self._faults("503 three times", status=503, count=3)
            | self._faults("503 for a time", status=503, headers=wait)
            | self._faults("cut before", drop="before", count=2)
            | self._faults("cut after", drop="after", count=2)
            | self._faults("half an answer", truncate=True, count=2)
            | self._faults("rubbish", rubbish=True, count=2)
            | self._faults("the answer before", stale=True, count=2)
            | self._faults("asked twice on the way", twice=True, count=3)
            | self._faults("slow", delay=0.2, count=3)
            | self._faults("slow once", delay=0.5)
            | self._faults("an endless answer", endless=True)
            | self._faults("a bomb", bomb="gzip")
        )

    @override
    def renewals(self) -> dict[str, Step]:
        return super().renewals() | self._faults("401", status=401)

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
    haste = {"unifi_access.stream._LONGEST_DELAY": 1.0}
    looks = ("/system/logs",)
    look = 5
    paths = ("/api/v1/developer/system/logs", "/api/v1/developer/doors")

    @override
    def steps(self) -> dict[str, Step]:
        return super().steps() | {
            "streams break": lambda: self.sim.drop_streams(),
            "rubbish in the stream": lambda: self.sim.push_rubbish(),
            "noise in the stream": lambda: self.sim.push_noise(),
            "rows come late": lambda: self.sim.set_modes(index_delay=0.5),
            **stream_accidents(lambda **plan: self.sim.stream_fault(**plan)),
        }

    @override
    def renewals(self) -> dict[str, Step]:
        return super().renewals() | {
            "another token": lambda: self.sim.rotate_token(),
        }

    @override
    async def calm(self) -> None:
        await super().calm()
        await self.sim.stream_fault(clear=True)
        await self.sim.set_modes(index_delay=0.0)


class ClueWorld(HttpWorld):
    """A place in the CLUe cloud."""

    vendor = "clue"
    options = {"poll_interval": 0.15}
    haste = {"clue.system._SWEEP": 1.0}
    looks = ("/events",)
    pinned = False

    @override
    def steps(self) -> dict[str, Step]:
        return super().steps() | {
            "a device goes": lambda: self.sim.device_offline(0),
            "a device comes": lambda: self.sim.device_online(0),
            "a device holds rows back": lambda: self.sim.hold_rows(1, 2),
            "a device hands rows in": lambda: self.sim.release_rows(1),
            "people come between two pages": lambda: self.sim.grow(2, 3),
            "pages out of order": lambda: self.sim.set_modes(order="shuffled"),
            "oldest first": lambda: self.sim.set_modes(order="oldest"),
            "newest first": lambda: self.sim.set_modes(order="newest"),
        }

    @override
    def renewals(self) -> dict[str, Step]:
        return super().renewals() | {
            "another key": lambda: self.sim.rotate_key(),
            "the key expires": self._expire,
        }

    async def _expire(self) -> None:
        """Let the key's time be over; the user gets another one."""
        await self.sim.expire_key()
        await asyncio.sleep(0.1)
        await self.sim.rotate_key()

    @override
    async def calm(self) -> None:
        await super().calm()
        await self.sim.device_online(0)
        await self.sim.release_rows(1)
        await self.sim.grow(0, 0)


class BasIpWorld(HttpWorld):
    """A BAS-IP panel, over TLS."""

    vendor = "basip"
    options = {"poll_interval": 0.15}
    haste = {"basip.system._CLOCK_EVERY": 0.1, "basip.client._REFUSED_PAUSE": 0.5}
    modes = {"tls": True}
    looks = ("/log/items", "/device/time")

    @override
    def steps(self) -> dict[str, Step]:
        return super().steps() | {
            "sessions end": lambda: self.sim.expire_tokens(),
            "sessions are short": lambda: self.sim.set_modes(token_seconds=0.3),
            "sessions are long": lambda: self.sim.set_modes(token_seconds=7200.0),
        }

    @override
    def renewals(self) -> dict[str, Step]:
        return super().renewals() | {
            "another password": lambda: self.sim.change_password(
                f"{self.sim.password}+"
            ),
        }

    @override
    async def calm(self) -> None:
        await super().calm()
        await self.sim.set_modes(token_seconds=7200.0)
        await self.sim.unban()


class PdkWorld(HttpWorld):
    """A PDK cloud."""

    vendor = "pdk"
    haste = {
        "pdk.live.CONFIRM_AFTER": 1.0,
        "pdk.live.LOOK_AGAIN": 2.0,
        "pdk.live._HOLES_AFTER": 1.0,
        "pdk.live._HOLES_AGAIN": 1.0,
        "pdk.stream._SHORT_LIFE": 0.0,
    }
    modes = {"report_pending": 0.02, "report_executing": 0.03, "preview_quota": 100_000}
    clears = False
    pinned = False

    @override
    def steps(self) -> dict[str, Step]:
        found = super().steps() | {
            "streams break": lambda: self.sim.drop_clients(),
            "tokens end": lambda: self.sim.expire_tokens(),
            "a cloud node goes": lambda: self.sim.node_offline(0),
            "a cloud node comes": lambda: self.sim.node_online(0),
            "reports come late": lambda: self.sim.set_modes(report_delay=0.5),
            "reports are oldest first": lambda: self.sim.set_modes(
                report_order="oldest"
            ),
            **stream_accidents(lambda **plan: self.sim.stream_faults(**plan)),
        }
        # A cloud's clock is not turned, and all that is read is read by it.
        return {name: step for name, step in found.items() if "clock" not in name}

    @override
    def renewals(self) -> dict[str, Step]:
        return super().renewals() | {
            "another secret": lambda: self.sim.change_secret(),
        }

    @override
    def kept_options(self, before: Any) -> dict[str, Any]:
        return {"accounts_port": before.accounts_port}

    @override
    async def calm(self) -> None:
        await super().calm()
        await self.sim.clear_stream_faults()
        await self.sim.set_modes(report_delay=0.0)
        await self.sim.node_online(0)
        await self.sim.reset_quotas()


class GsdkWorld(World):
    """A G-SDK gateway; each row of each device's log counts."""

    vendor = "gsdk"
    haste = {
        "gsdk.watch._INTERVAL": 1.0,
        "gsdk.live._RETRY": 0.2,
    }
    calls: ClassVar[tuple[str, ...]] = ("Event/GetLog", "")

    def _faults(self, name: str, **fault: Any) -> dict[str, Step]:
        """Return a fault of the calls: of those for the log, and of any."""
        return {
            f"{name} at {call or 'any call'}": partial(
                self._misbehave, call=call, **fault
            )
            for call in self.calls
        }

    @override
    def steps(self) -> dict[str, Step]:
        return (
            super().steps()
            | self._faults("unavailable", code="UNAVAILABLE", count=2)
            | self._faults("exhausted", code="RESOURCE_EXHAUSTED", count=2)
            | self._faults("internal", code="INTERNAL", count=2)
            | self._faults("not found", code="NOT_FOUND")
            | self._faults("too late", code="DEADLINE_EXCEEDED")
            | self._faults("lost after", code="UNAVAILABLE", when="after", count=2)
            | self._faults("cut", cut=True)
            | self._faults("cut after", cut=True, when="after")
            | self._faults("slow", delay=0.3, count=3)
            | {
                "streams break": lambda: self.sim.drop_streams(),
                "all streams break": lambda: self.sim.drop_streams(status=True),
                "connections break": lambda: self.sim.cut_connections(),
                "gateway starts again": lambda: self.sim.restart_gateway(),
                "queue overflows": lambda: self.sim.overflow(200),
                "a device goes": lambda: self.sim.device_offline(0),
                "a device comes": lambda: self.sim.device_online(0),
                "a device is gone for a moment": lambda: self.sim.device_reconnect(1),
                "a device starts again": lambda: self.sim.device_restart(1, 0.2),
                "a device's clock is ahead": lambda: self.sim.device_clock(0, DAY),
                "a device's clock is behind": lambda: self.sim.device_clock(0, -DAY),
                "a device's clock is right": lambda: self.sim.device_clock(0, 0.0),
                "streams stall": lambda: self.sim.stall_streams(),
                "streams flow": lambda: self.sim.stall_streams(False),
                **stream_accidents(lambda **plan: self.sim.stream_fault(**plan)),
            }
        )

    @override
    def renewals(self) -> dict[str, Step]:
        return super().renewals() | {
            "another authority": lambda: self.sim.new_authority(),
        }

    @override
    async def clear(self) -> None:
        # Here records are told apart by number and second, and no two logs may share
        # one; the first record of the new log tells that the old one was cleared.
        await asyncio.sleep(1.1)
        await self.sim.clear_log(0)
        await asyncio.sleep(1.1)

    @override
    async def wrap(self) -> None:
        for device in await self.sim.devices():
            await self.sim.set_capacity(device["id"], _KEPT)
            await self.sim.set_capacity(device["id"], 1_000_000)

    @override
    async def begin(self) -> None:
        await super().begin()
        await self._all_online()

    async def _all_online(self) -> None:
        """Let all devices be there."""
        for device in await self.sim.devices():
            if not device["powered"]:
                await self.sim.device_online(device["id"])

    @override
    async def calm(self) -> None:
        await super().calm()
        await self.sim.stall_streams(False)
        await self._all_online()

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
