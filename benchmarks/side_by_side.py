"""Access Events beside what else there is for the same console, on the same events.

Home Assistant's own `unifi_access` runs with the library that it asks for. Both are set up
by their own forms, each first in a process of its own, for:

- what the set-up costs, and how much memory it takes;
- the work on the loop of each event, against what Home Assistant itself spends on the state
  writes and bus events that follow from it.

Then both run in one Home Assistant, at one simulated console, for:

- the work on the loop of each event, on the same events at the same time;
- latency: from the moment that the simulator stamps on an event to the state of the door's
  event entity;
- what is known, after the console was away while people came.
"""

import argparse
import asyncio
from collections import defaultdict
import importlib.util
import json
from pathlib import Path
import resource
import statistics
import sys
import tempfile
import time
from typing import Any

import homeassistant
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .sampler import OURS, Sampler
from .world import DOMAIN, Home, Site, add, core, site

CORE = "unifi_access"
LIBRARY = "unifi_access_api"
_DOORS = 50
_RATE = 25
"""Events a second, of which each integration reads all."""
_AWAY = 20.0
_MISSED = 50


def _folders() -> dict[str, tuple[str, ...]]:
    """Return where the code of each integration is."""
    component = Path(homeassistant.__file__).parent / "components" / CORE
    library = importlib.util.find_spec(LIBRARY)
    assert library is not None and library.origin is not None
    return OURS | {CORE: (f"{component}/", str(Path(library.origin).parent))}


async def _set_up_core(hass: HomeAssistant, config: dict[str, Any]) -> None:
    """Set Home Assistant's own integration up by its form."""
    # It would look for consoles in the network.
    hass.config.components.add("unifi_discovery")
    flows = hass.config_entries.flow
    step = await flows.async_init(CORE, context={"source": "user"})
    answer = {
        "host": f"{config['host']}:{config['port']}",
        "api_token": config["api_token"],
        "verify_ssl": False,
    }
    step = await flows.async_configure(step["flow_id"], answer)
    assert step["type"] == "create_entry", step
    await hass.async_block_till_done()
    assert step["result"].state is ConfigEntryState.LOADED


async def _set_up(name: str, hass: HomeAssistant, config: dict[str, Any]) -> None:
    """Set up one of the two."""
    if name == CORE:
        await _set_up_core(hass, config)
    else:
        await add(hass, "unifi_access", config)


class Told:
    """When the event entities of one integration showed each event, by door."""

    def __init__(self, hass: HomeAssistant, platform: str) -> None:
        """Listen."""
        self.at: dict[str, list[float]] = defaultdict(list)
        devices = dr.async_get(hass)
        self._doors: dict[str, str] = {}
        for entry in er.async_get(hass).entities.values():
            if entry.platform != platform or entry.translation_key != "access":
                continue
            device = devices.async_get(entry.device_id) if entry.device_id else None
            if entry.domain == "event" and device and device.name:
                self._doors[entry.entity_id] = device.name
        hass.bus.async_listen("state_changed", self._changed)

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        """Note a new state, but not that an entity went away or is back."""
        door = self._doors.get(event.data["entity_id"])
        old, new = event.data["old_state"], event.data["new_state"]
        if (
            door is None
            or new is None
            or new.state in (STATE_UNAVAILABLE, STATE_UNKNOWN)
        ):
            return
        if old is None or old.state != STATE_UNAVAILABLE:
            self.at[door].append(time.time())

    @property
    def count(self) -> int:
        """Return how many events were shown."""
        return sum(map(len, self.at.values()))

    def clear(self) -> None:
        """Forget what was shown."""
        self.at.clear()

    def latencies(self, happened: list[dict[str, Any]]) -> list[float]:
        """Return how long each event was on its way, in ms; none if some are missing."""
        stamped: dict[str, list[int]] = defaultdict(list)
        for happening in happened:
            stamped[happening["door_name"]].append(happening["at_ms"])
        return [
            shown * 1000 - at
            for door, times in stamped.items()
            if len(self.at[door]) == len(times)
            for shown, at in zip(self.at[door], times, strict=True)
        ]


async def _wait_for(*told: Told, number: int, seconds: float) -> None:
    """Wait until all have shown so many events, or that long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and any(one.count < number for one in told):
        await asyncio.sleep(0.05)


async def alone(name: str, doors: int, events: int) -> dict[str, float]:
    """Return what it costs to set one of them up, in seconds and MB, and its events."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            site(doors) as simulator,
            core(Path(folder), Home.RECORDER) as hass,
        ):
            before, began = _grown(), time.perf_counter()
            with Sampler(_folders()) as sampler:
                await _set_up(name, hass, simulator.info["config"])
            took = time.perf_counter() - began
            memory = _grown() - before
            registry = er.async_get(hass)
            platforms = [entry.platform for entry in registry.entities.values()]
            told = Told(hass, name)
            with Sampler(_folders()) as live:
                await simulator.command("burst", n=events, rate=_RATE)
                await _wait_for(told, number=events, seconds=10)
            return {
                "own": sampler.seconds(name),
                "took": took,
                "memory": memory,
                "entities": platforms.count(name),
                "ratio": live.ratio(name),
            }


def _grown() -> float:
    """Return the most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def together(doors: int, events: int) -> None:
    """Print what both do on the same events."""
    folders = _folders()
    with tempfile.TemporaryDirectory() as folder:
        async with (
            site(doors) as simulator,
            core(Path(folder), Home.RECORDER) as hass,
        ):
            for name in folders:
                await _set_up(name, hass, simulator.info["config"])
            told = {name: Told(hass, name) for name in folders}
            with Sampler(folders) as sampler:
                happened = await simulator.command("burst", n=events, rate=_RATE)
                await _wait_for(*told.values(), number=events, seconds=20)
            for name, shown in told.items():
                late = shown.latencies(happened)
                p99 = statistics.quantiles(late, n=100)[98] if late else float("nan")
                middle = statistics.median(late) if late else float("nan")
                print(
                    f"  {name:13}: {sampler.seconds(name) / events * 1e6:6.0f} us an event"
                    f" on the loop;"
                    f" told {shown.count} of {events}, median {middle:.1f} ms, p99 {p99:.1f} ms"
                )
            await _outage(hass, simulator, told)


async def _outage(hass: HomeAssistant, simulator: Site, told: dict[str, Told]) -> None:
    """Print what is known of people who came while the console was away."""
    await asyncio.sleep(2)
    coordinator = hass.config_entries.async_entries(DOMAIN)[0].runtime_data
    journal, entry_id = coordinator.journal, coordinator.entry.entry_id
    before = await journal.count(entry_id)
    for shown in told.values():
        shown.clear()
    await simulator.command("pause")
    await simulator.command("burst", n=_MISSED, rate=0)
    await asyncio.sleep(_AWAY)
    await simulator.command("resume")
    end = time.monotonic() + 90
    while time.monotonic() < end and await journal.count(entry_id) < before + _MISSED:
        await asyncio.sleep(0.5)
    recorded = await journal.count(entry_id) - before
    print(
        f"  away for {_AWAY:.0f} s while {_MISSED} came: {DOMAIN} recorded {recorded}"
        f" and told none of them as live ({told[DOMAIN].count});"
        f" {CORE} told {told[CORE].count}, and records nothing"
    )


async def _in_process(name: str, doors: int, events: int) -> dict[str, float]:
    """Return what `alone` says in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", __spec__.name),
        *("--alone", name, "--doors", str(doors), "--events", str(events)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    told, _ = await process.communicate()
    found: dict[str, float] = json.loads(told)
    return found


async def main(doors: int, events: int) -> None:
    """Print the figures."""
    if importlib.util.find_spec(LIBRARY) is None:
        print(
            f"side by side: {LIBRARY} is not installed, so there is nothing beside us"
        )
        return
    print(f"side by side, {doors} doors, {events} events, {_RATE} a second:")
    for name in _folders():
        found = await _in_process(name, doors, events)
        print(
            f"  {name:13}: set-up {found['own'] * 1000:.0f} ms of its own on the loop,"
            f" {found['took']:.1f} s in all, {found['entities']:.0f} entities,"
            f" {found['memory']:.1f} MB; live events {found['ratio']:.2f} x Home Assistant's"
        )
    await together(doors, events)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--doors", type=int, default=_DOORS)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--alone", help="only set this one up, and tell it as JSON")
    arguments = parser.parse_args()
    if arguments.alone:
        print(
            json.dumps(
                asyncio.run(alone(arguments.alone, arguments.doors, arguments.events))
            )
        )
    else:
        asyncio.run(main(arguments.doors, arguments.events))
