"""What it costs to catch up with a long log, while events go on to happen.

A G-SDK gateway's simulator runs in a process of its own, and a real Home Assistant core,
with the integration, in this one. A device has recorded a million events while nobody
listened; others happen while they are read. Figures:

- latency of what happens meanwhile, from its recording to its bus event;
- how long the event loop was held;
- memory: how much the process grew.
"""

import argparse
import asyncio
from pathlib import Path
import statistics
import sys
import tempfile
import time
from typing import Any

from homeassistant.core import Event, HomeAssistant, callback

from .journal import Loop, peak, worst
from .world import DOMAIN, Site, home_assistant, site

_RATE = 10
_DAYS = 100.0
_CONNECTED = (1, 2)


class Heard:
    """When each live event was heard, by its key."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen."""
        self.at: dict[str, float] = {}
        hass.bus.async_listen("access_events_event", self._heard)

    @callback
    def _heard(self, event: Event) -> None:
        """Note one."""
        self.at[event.data["key"]] = time.time()


async def _happen(simulator: Site, read: asyncio.Task[None]) -> list[dict[str, Any]]:
    """Let people pass until all is read; returns the rows of what happened."""
    before = len(await simulator.command("rows"))
    while not read.done():
        await simulator.command("burst", n=_RATE, rate=_RATE)
    rows: list[dict[str, Any]] = await simulator.command("rows")
    return rows[before:]


def _key(row: dict[str, Any]) -> str:
    """Return the key of the event of a row; a log that was cleared counts anew."""
    epoch = f".{row['generation']}" if row["generation"] else ""
    return f"{row['log_device']}{epoch}:{row['id']}"


async def measure(number: int) -> int:
    """Print the figures; returns how many bars were missed."""
    missed = 0

    def bar(name: str, value: float, limit: float, unit: str) -> None:
        nonlocal missed
        missed += value > limit
        sign = "ok" if value <= limit else "MISSED"
        sys.stdout.write(f"  {name:22} {value:8.1f} {unit:2} bar {limit:g}  {sign}\n")

    with tempfile.TemporaryDirectory() as folder:
        async with (
            site(10, "gsdk", "--history-days", "0") as simulator,
            home_assistant(Path(folder), simulator.info["config"], "gsdk") as hass,
        ):
            coordinator = hass.config_entries.async_entries(DOMAIN)[0].runtime_data
            heard = Heard(hass)
            await simulator.command("burst", n=50, rate=50)
            await asyncio.sleep(1)
            idle, began = peak(), time.perf_counter()
            await simulator.command("fill", device=0, rows=number, days=_DAYS)
            await simulator.command("drop_streams")
            held: list[float] = []
            loop = Loop(held)

            async def complete() -> None:
                """Wait until all is recorded."""
                journal, entry_id = coordinator.journal, coordinator.entry.entry_id
                while await journal.count(entry_id) < number:
                    await asyncio.sleep(1)

            read = asyncio.create_task(complete())
            while coordinator.caught_up:
                await asyncio.sleep(0.01)
            while not coordinator.caught_up:
                await asyncio.sleep(0.01)
            rows = await _happen(simulator, read)
            took, grown = time.perf_counter() - began, peak() - idle
            loop.stop()
            await asyncio.sleep(2)
            connected = {
                device["id"]
                for device in await simulator.command("devices")
                if device["status"] in _CONNECTED
            }
            keys = {
                _key(row): row["at"] for row in rows if row["log_device"] in connected
            }
            late = [
                (heard.at[key] - keys[key]) * 1000 for key in keys if key in heard.at
            ]
            sys.stdout.write(
                f"caught up with {number} events in {took:.0f} s"
                f" ({number / took:.0f} a second), {len(keys)} more happened meanwhile\n"
            )
            bar("not told as live", len(keys) - len(late), 0, "")
            bar("latency, p99", statistics.quantiles(late, n=100)[98], 200, "ms")
            bar("loop held, p99", worst(held), 20, "ms")
            bar("memory", grown, 64, "MB")
    return missed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    raise SystemExit(asyncio.run(measure(parser.parse_args().events)))
