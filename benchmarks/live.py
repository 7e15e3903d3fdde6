"""What a live event costs, from the wire to the states that it writes.

A site's simulator runs in a process of its own, and a real Home Assistant core, with the
integration, in this one. Three figures:

- own code on the loop: how often samples find it in the integration's functions, against
  how often in Home Assistant's own state writes and bus events in the same run. It must not
  grow with the number of doors.
- set-up: what our own code takes of the time from the form until all is read.
- latency: from the moment that the simulator stamps on an event to its bus event, at fifty
  events a second.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import AsyncIterator
import contextlib
from datetime import datetime
import json
from pathlib import Path
import signal
import statistics
import sys
import tempfile
import time
from types import FrameType
from typing import Any, Self

import aiohttp
from pytest_homeassistant_custom_component.common import async_test_home_assistant

from homeassistant import loader
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import frame
from homeassistant.setup import async_setup_component

ROOT = Path(__file__).parents[1]
DOMAIN = "access_events"
OWN = str(ROOT / "custom_components" / DOMAIN)
LIBRARY = str(Path(asyncio.__file__).parents[1])
PACKAGES = str(Path(aiohttp.__file__).parents[1])
_SET_UP_DOORS = 50
"""The doors of the entry that the bar for set-up is for."""
_LOOK_EVERY = 0.00073
"""Seconds; no whole number of them is a tick of the kernel, or the time between events."""
WRITES = ("async_write_ha_state", "async_fire", "async_fire_internal")


class Site:
    """The simulator of a site, in a process of its own."""

    def __init__(self, info: dict[str, Any], session: aiohttp.ClientSession) -> None:
        """Keep how to reach it."""
        self.info = info
        self._session = session

    async def command(self, name: str, **arguments: Any) -> Any:
        """Run a command of its control server."""
        url = f"{self.info['control']}/{name}"
        async with self._session.post(url, json=arguments) as response:
            response.raise_for_status()
            return await response.json()


@contextlib.asynccontextmanager
async def serving(*arguments: str) -> AsyncIterator[Any]:
    """Run a module in a process of its own; gives what its first line says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        yield json.loads(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def site(
    doors: int, vendor: str = "unifi_access", *options: str
) -> AsyncIterator[Site]:
    """Run the simulator of a vendor's site with so many doors."""
    module = ("tests.simulators", vendor, "--no-day", "--doors", str(doors))
    async with (
        serving(*module, *options) as info,
        aiohttp.ClientSession() as session,
    ):
        yield Site(info, session)


@contextlib.asynccontextmanager
async def core(folder: Path) -> AsyncIterator[HomeAssistant]:
    """Run Home Assistant's core, which finds the integration in its folder."""
    (folder / "custom_components").symlink_to(ROOT / "custom_components")
    async with async_test_home_assistant(config_dir=str(folder)) as hass:
        hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
        hass.config.recovery_mode = False
        frame.async_setup(hass)
        assert await async_setup_component(hass, "network", {})
        try:
            yield hass
        finally:
            await hass.async_stop(force=True)


async def add(hass: HomeAssistant, vendor: str, config: dict[str, Any]) -> ConfigEntry:
    """Set a system up by the integration's own form, and wait until all is read."""
    flows = hass.config_entries.flow
    step = await flows.async_init(DOMAIN, context={"source": "user"})
    for answer in ({"next_step_id": vendor}, config, {"import_days": 0}):
        step = await flows.async_configure(step["flow_id"], answer)
        assert not step.get("errors"), step
    assert step["type"] == "create_entry", step
    entry = step["result"]
    await hass.async_block_till_done()
    while not entry.runtime_data.caught_up:
        await asyncio.sleep(0.05)
    return entry


@contextlib.asynccontextmanager
async def home_assistant(
    folder: Path, config: dict[str, Any], vendor: str = "unifi_access"
) -> AsyncIterator[HomeAssistant]:
    """Run Home Assistant's core with one system."""
    async with core(folder) as hass:
        await add(hass, vendor, config)
        yield hass


class Latency:
    """Hears live events and notes how long each was on its way, in milliseconds."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen."""
        self.taken: list[float] = []
        hass.bus.async_listen("access_events_event", self._heard)

    @callback
    def _heard(self, event: Event) -> None:
        """Note one."""
        stamped = datetime.fromisoformat(event.data["occurred_at"]).timestamp()
        self.taken.append((time.time() - stamped) * 1000)

    async def wait(self, number: int) -> None:
        """Wait until so many were heard."""
        async with asyncio.timeout(60):
            while len(self.taken) < number:
                await asyncio.sleep(0.05)


def _is_standard(file: str) -> bool:
    """Return whether a file is of the standard library, or made by it."""
    return file.startswith((LIBRARY, "<")) and not file.startswith(PACKAGES)


class Sampler:
    """Looks more than a thousand times a second at what the loop is doing.

    A profiler that counts calls makes many small ones look dearer than they are. A timer
    of processor time looks at the kernel's ticks only, and what happens fifty times a
    second keeps step with these: it would be seen at the same place each time.
    """

    def __init__(self) -> None:
        """Count nothing yet."""
        self.own = 0
        self.writes = 0
        self.seconds = 0.0
        """What our own code took of the time, with what else the machine did meanwhile."""
        self._samples = 0
        self._began = 0.0
        self.places: Counter[str] = Counter()
        """Where in our own code the samples fell."""

    def __enter__(self) -> Self:
        """Start to look."""
        self._began = time.perf_counter()
        signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, _LOOK_EVERY, _LOOK_EVERY)
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        took = time.perf_counter() - self._began
        self.seconds = took * self.own / max(self._samples, 1)

    def _look(self, _: int, frame: FrameType | None) -> None:
        """Give a sample to our own code, to Home Assistant's writes, or to neither.

        What the standard library does counts for whoever asked it to.
        """
        self._samples += 1
        while frame is not None and _is_standard(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is not None and frame.f_code.co_filename.startswith(OWN):
            self.own += 1
            self.places[
                f"{Path(frame.f_code.co_filename).name} {frame.f_code.co_name}"
            ] += 1
            return
        while frame is not None:
            code = frame.f_code
            if code.co_name in WRITES and "homeassistant" in code.co_filename:
                self.writes += 1
                return
            frame = frame.f_back


async def measure(doors: int, events: int) -> tuple[Sampler, Sampler, list[float]]:
    """Return what was seen of a site's set-up and of its events, and their latencies."""
    with tempfile.TemporaryDirectory() as folder:
        async with site(doors) as simulator, contextlib.AsyncExitStack() as running:
            with Sampler() as beginning:
                hass = await running.enter_async_context(
                    home_assistant(Path(folder), simulator.info["config"])
                )
            latency = Latency(hass)
            await simulator.command("burst", n=events, rate=50)
            await latency.wait(events)
            latencies = latency.taken.copy()
            with Sampler() as sampler:
                await simulator.command("burst", n=4 * events, rate=50)
                await latency.wait(5 * events)
            return beginning, sampler, latencies


def main() -> None:
    """Print a row for each number of doors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--doors", type=int, nargs="*", default=[10, 50, 1000])
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument(
        "--places", type=int, default=0, help="show where our own code spends its time"
    )
    arguments = parser.parse_args()
    for doors in arguments.doors:
        beginning, sampler, latencies = asyncio.run(measure(doors, arguments.events))
        ratio = sampler.own / max(sampler.writes, 1)
        p99 = statistics.quantiles(latencies, n=100)[98]
        sys.stdout.write(
            f"live, {doors:5} doors: own code {ratio:.2f} x Home Assistant's (bar 1.00); "
            f"latency median {statistics.median(latencies):.1f} ms, p99 {p99:.1f} ms (bar 50); "
            f"set-up {beginning.seconds * 1000:.0f} ms"
            f"{' (bar 300)' if doors == _SET_UP_DOORS else ''}\n"
        )
        if arguments.places:
            for place, count in sampler.places.most_common(arguments.places):
                sys.stdout.write(f"  {count / sampler.own:5.1%}  {place}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
