"""An office with all five systems at once, the Home Assistant that follows it, and the truth.

Each system's simulator runs in a process of its own, all BAS-IP panels in one, and a real
Home Assistant core, with the integration, in this one.
"""

from array import array
import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
import contextlib
from dataclasses import astuple, dataclass, field
from datetime import datetime
import gc
from pathlib import Path
import resource
import time
from typing import override

import aiohttp

from custom_components.access_events.journal_query import LogFilter
from custom_components.access_events.models import AccessEvent, EventKind, StoredEvent
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback

from .world import Site, add, core, serving, site

ACCESS = {
    EventKind.ACCESS_GRANTED,
    EventKind.ACCESS_DENIED,
    EventKind.UNKNOWN_CREDENTIAL,
}
OPTIONS: Mapping[str, tuple[str, ...]] = {
    # What is known of Suprema's other cloud: 300 requests in five minutes.
    "clue": ("--mode", "rate_limit=300"),
}
VENDORS = ("unifi_access", "clue", "gsdk", "basip", "pdk")
_TICK = 0.005
_PAGE = resource.getpagesize() / 2**20

type Truth = Counter[tuple[object, ...]]


def memory() -> float:
    """Return what this process holds of memory now, in MB."""
    gc.collect()
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * _PAGE


def _is_granted(kind: str) -> bool:
    """Tell whether somebody was let in; who is denied may be unknown as well."""
    return kind == EventKind.ACCESS_GRANTED


class Lag:
    """How long the event loop was held, as ticks that come late tell."""

    def __init__(self) -> None:
        """Measure until stopped."""
        self.held = array("f")
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        """Ask for a turn now and then, and note how many ms late it comes."""
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(_TICK)
            self.held.append((time.perf_counter() - asked - _TICK) * 1000)

    def stop(self) -> None:
        """Measure no more."""
        self._task.cancel()


@dataclass(slots=True)
class System:
    """One system of the office, and what was heard of it."""

    vendor: str
    site: Site
    entry: ConfigEntry
    keys: list[str] = field(default_factory=list)
    heard: array[float] = field(default_factory=lambda: array("d"))
    happened: array[float] = field(default_factory=lambda: array("d"))
    before: Truth = field(default_factory=Counter)

    async def truth(self) -> Truth:
        """Return how often each happening was, in the words of `identity`."""
        if self.vendor == "gsdk":
            rows = await self.site.command("rows")
            return Counter(
                (str(row["log_device"]), str(row["id"]), row["timestamp"])
                for row in rows
            )
        return Counter(
            (row["at_ms"], _is_granted(row["kind"]))
            for row in await self.site.command("history")
            if row["kind"] in ACCESS
        )

    def identity(self, event: AccessEvent) -> tuple[object, ...] | None:
        """Return what `truth` calls an event, None if it is not of its kind."""
        if self.vendor == "gsdk":
            device, _, number = event.key.partition(":")
            at = round(event.occurred_at.timestamp())
            return device.partition(".")[0], number, at
        if event.kind in ACCESS:
            at = round(event.occurred_at.timestamp() * 1000)
            return at, _is_granted(event.kind)
        return None

    async def latencies(self) -> list[tuple[float, float]]:
        """Return when each event happened, and after how many ms it was heard."""
        happened: list[float] = list(self.happened)
        if self.vendor == "gsdk":
            # Its devices tell whole seconds.
            rows = await self.site.command("rows")
            truth = {f"{row['log_device']}:{row['id']}": row["at"] for row in rows}
            happened = [truth.get(key, 0.0) for key in self.keys]
        return [
            (at, (heard - at) * 1000)
            for at, heard in zip(happened, self.heard, strict=True)
            if at
        ]


@dataclass(slots=True)
class Verdict:
    """What came of all that happened at a system."""

    happened: int
    lost: int
    twice: int
    late_as_live: int
    live: int

    @property
    def missed(self) -> int:
        """Return how many of the three promises were not kept."""
        return bool(self.lost) + bool(self.twice) + bool(self.late_as_live)

    @override
    def __str__(self) -> str:
        return (
            f"{self.happened:11} {self.live:6} {self.lost:6} {self.twice:6}"
            f" {self.late_as_live:12}"
        )


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """Return what came of all systems of a vendor."""
    return Verdict(*map(sum, zip(*map(astuple, verdicts), strict=True)))


class Office:
    """All systems, and what was heard of them on the bus."""

    def __init__(self, hass: HomeAssistant, systems: list[System]) -> None:
        """Listen."""
        self.hass = hass
        self.systems = systems
        self._by_entry = {system.entry.entry_id: system for system in systems}
        hass.bus.async_listen("access_events_event", self._heard)

    def of(self, vendor: str) -> list[System]:
        """Return a vendor's systems."""
        return [system for system in self.systems if system.vendor == vendor]

    @callback
    def _heard(self, event: Event) -> None:
        """Note what automations are told, and when."""
        system = self._by_entry[event.data["entry_id"]]
        system.keys.append(event.data["key"])
        system.heard.append(time.time())
        at = datetime.fromisoformat(event.data["occurred_at"])
        system.happened.append(at.timestamp())

    async def recorded(self, system: System) -> list[StoredEvent]:
        """Return the system's rows in the journal."""
        wanted = LogFilter(entry_ids=(system.entry.entry_id,), limit=1_000_000)
        rows, _ = await system.entry.runtime_data.journal.query(wanted)
        found: list[StoredEvent] = rows
        return found

    async def judge(self, system: System, patience: float = 600.0) -> Verdict:
        """Compare the journal with the truth, once all had time to be recorded."""
        ends = time.monotonic() + patience
        wanted: Truth = Counter()
        while True:
            # What was to happen may take longer than it should.
            before, wanted = wanted, await system.truth() - system.before
            rows = await self.recorded(system)
            found: Truth = Counter(
                what for row in rows if (what := system.identity(row.event)) is not None
            )
            if time.monotonic() > ends or (wanted <= found and wanted == before):
                break
            await asyncio.sleep(2)
        late = {row.event.key for row in rows if not row.live}
        again = len(system.keys) - len(set(system.keys))
        return Verdict(
            happened=wanted.total(),
            lost=(wanted - found).total(),
            twice=(found - wanted - system.before).total() + again,
            late_as_live=sum(key in late for key in system.keys),
            live=sum(row.live for row in rows),
        )


@contextlib.asynccontextmanager
async def office(folder: Path, doors: int) -> AsyncIterator[Office]:
    """Run an office with so many doors of each vendor, followed by Home Assistant.

    A BAS-IP panel has up to two of its doors.
    """
    async with contextlib.AsyncExitStack() as running:
        session = await running.enter_async_context(
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None)
            )
        )
        sites: list[tuple[str, Site]] = []
        for vendor in VENDORS:
            if vendor == "basip":
                panels = serving("benchmarks.panels", str(doors))
                infos = await running.enter_async_context(panels)
                sites += [(vendor, Site(info, session)) for info in infos]
                continue
            options = ("--history-days", "0", *OPTIONS.get(vendor, ()))
            made = await running.enter_async_context(site(doors, vendor, *options))
            sites.append((vendor, made))
        hass = await running.enter_async_context(core(folder))
        systems = []
        for vendor, made in sites:
            if vendor == "gsdk":
                for device in await made.command("devices"):
                    await made.command("device_online", device=device["id"])
            entry = await add(hass, vendor, made.info["config"])
            systems.append(System(vendor, made, entry))
        for system in systems:
            system.before = await system.truth()
        yield Office(hass, systems)
