"""Load: five systems at once, 50 events a second, crowds of 1,000, and a reload of each.

What happens is compared with the journal afterwards: what was lost, recorded twice or told
twice, and what automations were told though it was late. Figures for each vendor:

- latency from the happening to the bus event, from the streams' vendors in milliseconds;
  CLUe and BAS-IP are asked in intervals of 15 and 3 seconds, sooner after something happened;
- the same for what happens within half a minute of a crowd, which is told one by one.

And for the whole: how long the event loop was held, which part of a core Home Assistant
took, and how much its memory grew. The vendors' shares are what sites of that kind could have;
the simulators refuse more requests than the vendors allow.
"""

import argparse
import asyncio
from collections.abc import Mapping, Sequence
import os
from pathlib import Path
import statistics
import sys
import tempfile
import time

from .office import VENDORS, Lag, Office, Verdict, memory, office, together

SHARES: Mapping[str, float] = {
    "gsdk": 20,
    "unifi_access": 14,
    "pdk": 10,
    "clue": 4,
    "basip": 2,
}
"""Events a second of each vendor, of the fifty in all."""
_WARM_UP = 20.0
_AFTER_CROWD = 30.0


async def _disturb(running: Office, seconds: float, crowd: int) -> list[float]:
    """Let a crowd come at each vendor, and reload each; returns when crowds came."""
    pause, crowds = seconds / len(VENDORS) / 2, []
    for vendor in VENDORS:
        await asyncio.sleep(pause)
        systems = running.of(vendor)
        crowds.append(time.time())
        share = -(-crowd // len(systems))
        await asyncio.gather(
            *(system.site.command("start_burst", n=share, rate=0) for system in systems)
        )
        await asyncio.sleep(pause)
        for system in systems:
            entries = running.hass.config_entries
            assert await entries.async_reload(system.entry.entry_id)
    return crowds


async def _play(
    running: Office, seconds: float, crowd: int, rate: float
) -> list[float]:
    """Let people come for some time; returns when crowds came."""
    scale = rate / sum(SHARES.values())
    for vendor, share in SHARES.items():
        systems = running.of(vendor)
        each = share * scale / len(systems)
        for system in systems:
            # Only where a door is unlocked do Suprema's devices tell which it was.
            more = {"unlocks": True} if vendor == "gsdk" else {}
            await system.site.command(
                "start_burst", n=max(1, round(each * seconds)), rate=each, **more
            )
    ends = asyncio.create_task(asyncio.sleep(seconds + 5))
    crowds = await _disturb(running, seconds * 0.95, crowd)
    await ends
    return crowds


def _told(taken: Sequence[float]) -> str:
    """Return the median and the 99th percentile."""
    if len(taken) < 2:
        return f"{'-':>8} {'-':>8}"
    p99 = statistics.quantiles(taken, n=100)[98]
    return f"{statistics.median(taken):8.0f} {p99:8.0f}"


async def _judge(running: Office, crowds: Sequence[float]) -> int:
    """Print a row for each vendor; returns at how many something is wrong."""
    missed = 0
    sys.stdout.write(
        "                  happened   live   lost  twice late as live"
        "     p50 ms   p99     crowds: p50   p99\n"
    )
    for vendor in VENDORS:
        verdicts: list[Verdict] = []
        calm: list[float] = []
        busy: list[float] = []
        for system in running.of(vendor):
            verdicts.append(await running.judge(system))
            for at, took in await system.latencies():
                is_busy = any(0 <= at - crowd < _AFTER_CROWD for crowd in crowds)
                (busy if is_busy else calm).append(took)
        whole = together(verdicts)
        missed += whole.missed
        sys.stdout.write(f"  {vendor:13} {whole}   {_told(calm)}     {_told(busy)}\n")
    return missed


async def measure(doors: int, seconds: float, crowd: int, rate: float) -> int:
    """Print the figures of a number of doors; returns at how many something is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        async with office(Path(folder), doors) as running:
            await asyncio.sleep(min(_WARM_UP, seconds))
            before, lag = memory(), Lag()
            began, used = time.perf_counter(), time.process_time()
            crowds = await _play(running, seconds, crowd, rate)
            took = time.perf_counter() - began
            share = (time.process_time() - used) / took
            lag.stop()
            after = memory()
            sys.stdout.write(
                f"{doors} doors per vendor ({len(running.systems)} systems), "
                f"{rate:g} events a second for {seconds / 60:g} minutes, "
                f"{len(VENDORS)} crowds of {crowd}, a reload of each\n"
            )
            missed = await _judge(running, crowds)
            p99 = statistics.quantiles(lag.held, n=100)[98]
            sys.stdout.write(
                f"  loop held: p99 {p99:.1f} ms, longest {max(lag.held):.0f} ms;"
                f" {share:.0%} of a core; memory {before:.0f} MB, {after - before:+.1f} MB;"
                f" the machine's load was {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores\n"
            )
            sys.stdout.flush()
            return missed


def main() -> int:
    """Print a table for each number of doors; returns at how many something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--doors", type=int, nargs="*", default=[1, 5, 50])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--crowd", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=50, help="events a second in all")
    given = parser.parse_args()
    return sum(
        asyncio.run(measure(doors, given.minutes * 60, given.crowd, given.rate))
        for doors in given.doors
    )


if __name__ == "__main__":
    raise SystemExit(main())
