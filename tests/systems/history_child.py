"""A process that reads a system's whole history and says how large it grew.

It loads the adapters alone: a package of that name would bring Home Assistant with it,
whose size would hide theirs.
"""

import asyncio
from importlib import import_module
import json
from pathlib import Path
import resource
import sys
import time
from types import ModuleType
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from custom_components.access_events import systems
    from custom_components.access_events.systems import base
else:
    package = ModuleType("adapters_alone")
    package.__path__ = [
        str(Path(__file__).parents[2] / "custom_components" / "access_events")
    ]
    sys.modules[package.__name__] = package
    systems = import_module("adapters_alone.systems")
    base = import_module("adapters_alone.systems.base")


def most_used() -> int:
    """Return the most memory that this process has held, in bytes.

    Linux hands the parent's peak down in `ru_maxrss`, so it is asked otherwise.
    """
    if (status := Path("/proc/self/status")).exists():
        lines = status.read_text().splitlines()
        (peak,) = (line for line in lines if line.startswith("VmHWM"))
        return int(peak.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def main(vendor: str, config: str, days: str) -> None:
    """Read so many days, as the coordinator does when a system is new."""
    async with aiohttp.ClientSession() as session:
        system = systems.VENDORS[vendor].create(json.loads(config), {}, session)
        await system.connect()
        await system.doors()
        cursor = await system.start_cursor(int(days))
        idle, began, count, largest = most_used(), time.monotonic(), 0, 0
        async for signal in system.history(cursor):
            if isinstance(signal, base.Batch):
                count += len(signal.events)
                largest = max(largest, len(signal.events))
                cursor = signal.cursor or cursor
        result = {
            "events": count,
            "largest_batch": largest,
            "grown": most_used() - idle,
            "cursor": len(cursor),
            "seconds": time.monotonic() - began,
        }
        await system.close()
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
