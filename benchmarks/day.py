"""A day of an office with five systems in fast time: what is kept, and what memory it takes.

From a Saturday's noon until Sunday's (or as is told), in a zone where summer time ends
that night: people
come by the hour, each system's scripted day is played each hour of work, and systems are
unplugged, cut off, restarted and made to forget their tokens. Memory is looked at each
quarter of an hour, after garbage was collected.
"""

import argparse
import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
import random
import statistics
import subprocess
import sys
import tempfile
import time
from zoneinfo import ZoneInfo

from . import fast
from .office import VENDORS, Office, memory, office, together
from .world import ROOT

_ZONE = ZoneInfo("Europe/Berlin")
_WARM_UP = 0.25
"""The part of the time after which memory has to be flat."""
_LOOK_EVERY = 0.25
_MOST_GROWN = 5.0
_PATIENCE = 4 * 3600.0
_BY_HOUR: Mapping[int, float] = {
    **dict.fromkeys((22, 23, 0, 1, 2, 3, 4, 5), 0.05),
    6: 0.5,
    7: 3,
    8: 6,
    9: 4,
    10: 2,
    11: 2,
    12: 4,
    13: 3,
    14: 2,
    15: 2,
    16: 3,
    17: 6,
    18: 3,
    19: 1,
    20: 0.5,
    21: 0.3,
}
"""How many come in each hour, in parts."""
_AT_WORK = range(7, 19)
_OUTAGES: tuple[tuple[float, float, str, str], ...] = (
    (1.0, 0, "unifi_access", "drop_streams"),
    (1.5, 0.3, "clue", "pause"),
    (2.5, 0, "gsdk", "cut_connections"),
    (4.0, 0.5, "pdk", "pause"),
    (5.5, 2.0, "basip", "pause"),
    (8.0, 0, "gsdk", "restart_gateway"),
    (10.0, 1.0, "gsdk", "pause"),
    (12.0, 0.1, "pdk", "pause"),
    (14.0, 0.7, "unifi_access", "pause"),
    (19.0, 0.2, "unifi_access", "pause"),
    (19.5, 0.2, "clue", "pause"),
    (20.0, 0, "basip", "expire_tokens"),
    (20.5, 0, "pdk", "expire_tokens"),
    (21.0, 0.2, "gsdk", "pause"),
    (22.0, 0, "pdk", "drop_clients"),
)
"""When (in hours from the begin), for how long, which vendor's systems, and what."""


def _begin(hour: int) -> float:
    """Return an hour of the day before the newest end of summer time that is over."""
    now = datetime.fromtimestamp(time.time(), _ZONE)
    day = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    while (
        day + timedelta(days=1)
    ).utcoffset() == day.utcoffset() or day.dst() == timedelta():
        day -= timedelta(days=1)
    return day.timestamp()


async def _people(running: Office, hours: float, events: int, seed: int) -> None:
    """Let people come, more of them when an office is busy."""
    chance = random.Random(seed)
    began = time.time()
    weights = [
        _BY_HOUR[datetime.fromtimestamp(began + hour * 3600, _ZONE).hour]
        for hour in range(int(hours))
    ]
    moments = sorted(
        (hour + chance.random()) * 3600
        for hour in chance.choices(range(len(weights)), weights, k=events)
    )
    for moment in moments:
        await asyncio.sleep(began + moment - time.time())
        system = chance.choice(running.systems)
        more = {"unlocks": True} if system.vendor == "gsdk" else {}
        await system.site.command("start_burst", n=1, rate=0, **more)
    await asyncio.sleep(began + hours * 3600 - time.time())


async def _work(running: Office) -> None:
    """Play the scripted day of each system in each hour of work."""
    while True:
        if datetime.fromtimestamp(time.time(), _ZONE).hour in _AT_WORK:
            for system in running.systems:
                await system.site.command("play_day", loop=False)
        await asyncio.sleep(3600)


async def _break(running: Office) -> None:
    """Let systems fail, one after the other."""
    began = time.time()
    for at, lasts, vendor, what in _OUTAGES:
        await asyncio.sleep(began + at * 3600 - time.time())
        for system in running.of(vendor):
            await system.site.command(what)
        if lasts:
            await asyncio.sleep(lasts * 3600)
            for system in running.of(vendor):
                await system.site.command("resume")


async def _look(taken: list[float]) -> None:
    """Look at memory now and then."""
    while True:
        await asyncio.sleep(_LOOK_EVERY * 3600)
        taken.append(memory())
        sys.stdout.write(f"  {_shown(time.time())}: {taken[-1]:.1f} MB\n")
        sys.stdout.flush()


async def measure(
    start: float, hours: float, doors: int, events: int, seed: int
) -> int:
    """Print what came of a day; returns how many bars were missed."""
    taken: list[float] = []
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        async with office(Path(folder), doors) as running:
            await running.hass.config.async_update(time_zone=_ZONE.key)
            # Until now the clocks went as all others, so that nothing took too long.
            await asyncio.sleep(max(0.0, start - time.time()))
            began = time.time()
            async with asyncio.TaskGroup() as group:
                beside = [
                    group.create_task(work)
                    for work in (_work(running), _break(running), _look(taken))
                ]
                await group.create_task(_people(running, hours, events, seed))
                for task in beside:
                    task.cancel()
            ended = time.time()
            sys.stdout.write(
                f"an office with {doors} doors per vendor ({len(running.systems)} systems)"
                f" from {_shown(began)} to {_shown(ended)}, {events} people and a"
                f" scripted day each hour, {len(_OUTAGES)} disturbances\n"
                "                  happened   live   lost  twice late as live\n"
            )
            for vendor in VENDORS:
                verdicts = [
                    await running.judge(system, _PATIENCE)
                    for system in running.of(vendor)
                ]
                whole = together(verdicts)
                missed += whole.missed
                sys.stdout.write(f"  {vendor:13} {whole}\n")
    warm = round(hours * _WARM_UP / _LOOK_EVERY)
    hour = round(1 / _LOOK_EVERY)
    first = statistics.median(taken[warm : warm + hour])
    last = statistics.median(taken[-hour:])
    missed += last - first > _MOST_GROWN
    sys.stdout.write(
        f"  memory: {first:.1f} MB after {hours * _WARM_UP:g} hours, {last:.1f} MB in the last one"
        f" ({last - first:+.1f} MB, bar {_MOST_GROWN:g}); each hour:"
        f" {' '.join(f'{item:.0f}' for item in taken[hour - 1 :: hour])}\n"
    )
    return missed


def _shown(at: float) -> str:
    """Return a time in the office's zone."""
    return f"{datetime.fromtimestamp(at, _ZONE):%a %d %b %Y %H:%M %Z}"


def main() -> int:
    """Run the day in a process whose clocks are fast; returns how many bars were missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--doors", type=int, default=5)
    parser.add_argument("--begin", type=int, default=12, help="the hour")
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--events", type=int, default=4000)
    parser.add_argument("--speed", type=float, default=60, help="times as fast")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--lead", type=float, default=60, help="seconds for the set-up, at usual speed"
    )
    given = parser.parse_args()
    if clocks := fast.arguments():
        start = float(clocks[-1])
        work = measure(start, given.hours, given.doors, given.events, given.seed)
        return asyncio.run(work)
    clocks = [str(given.speed), str(time.time() + given.lead), str(_begin(given.begin))]
    command = ["-W", "ignore", "-m", "benchmarks.fast", *clocks, "benchmarks.day"]
    return subprocess.call([sys.executable, *command, *sys.argv[1:]], cwd=ROOT)


if __name__ == "__main__":
    raise SystemExit(main())
