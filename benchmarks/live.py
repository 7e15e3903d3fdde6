"""What a live event costs, from the wire to the states that it writes.

Figures, at fifty events a second; an event is a card at a reader, of which a console sends
two notifications:

- own code on the loop, against what Home Assistant itself spends on the same state writes
  and bus events in the same run. `Sampler` says what counts as whose. The bar is for a home
  with a recorder, since there is none without; how it is without one, and with a dashboard
  open, which makes each state write dearer, is told beside it. It must not grow with the
  number of doors. 700 is about the most for one entry: Home Assistant adds no more than 10,000
  entities to one, and a UniFi door has 13 or 14.
- set-up: what our own code takes of the time from the form until all is read.
- latency: from the moment that the simulator stamps on an event to its bus event.
"""

import argparse
import asyncio
import contextlib
from pathlib import Path
import statistics
import sys
import tempfile

from .sampler import Sampler
from .world import Home, Latency, home_assistant, site

_SET_UP_DOORS = 50
"""The doors of the entry that the bar for set-up is for."""
_RATE = 50
_BUSY_DOORS = 10
"""The doors that people come to, of all: each has its own statistics to be counted."""


async def measure(
    doors: int, events: int, home: Home, vendor: str
) -> tuple[Sampler, Sampler, list[float]]:
    """Return what was seen of a site's set-up and of its events, and their latencies."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            site(doors, vendor) as simulator,
            contextlib.AsyncExitStack() as running,
        ):
            with Sampler() as beginning:
                hass = await running.enter_async_context(
                    home_assistant(Path(folder), simulator.info["config"], vendor, home)
                )
            latency, at = Latency(hass), list(range(min(doors, _BUSY_DOORS)))
            await simulator.command("burst", n=events, rate=_RATE, doors=at)
            await latency.wait(events)
            latencies = latency.taken.copy()
            with Sampler() as sampler:
                await simulator.command("burst", n=4 * events, rate=_RATE, doors=at)
                await latency.wait(5 * events)
            return beginning, sampler, latencies


def main() -> None:
    """Print a row for each number of doors, and for each way a home is furnished."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--doors", type=int, nargs="*", default=[10, 50, 700])
    parser.add_argument("--also", nargs="*", default=["bare", "dashboard"])
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument("--vendor", default="unifi_access")
    parser.add_argument(
        "--places", type=int, default=0, help="show where our own code spends its time"
    )
    arguments = parser.parse_args()
    rows = [(doors, Home.RECORDER) for doors in arguments.doors]
    rows += [(arguments.doors[0], Home[home.upper()]) for home in arguments.also]
    for doors, home in rows:
        beginning, sampler, latencies = asyncio.run(
            measure(doors, arguments.events, home, arguments.vendor)
        )
        p99 = statistics.quantiles(latencies, n=100)[98]
        bar = " (bar 1.00)" if home is Home.RECORDER else ""
        sys.stdout.write(
            f"live, {doors:4} doors, {home.name.lower():9}: own code {sampler.ratio():.2f} x"
            f" Home Assistant's{bar}; latency median {statistics.median(latencies):.1f} ms,"
            f" p99 {p99:.1f} ms (bar 50); set-up {beginning.seconds() * 1000:.0f} ms"
            f"{' (bar 300)' if doors == _SET_UP_DOORS else ''}\n"
        )
        if arguments.places:
            for place, count in sampler.places.most_common(arguments.places):
                sys.stdout.write(f"  {count / sampler.own.total():5.1%}  {place}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
