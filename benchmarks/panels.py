"""Run several BAS-IP panels in one process; the first line says how to reach each.

A panel has a lock or two, so an office with many doors has many panels.
"""

import argparse
import asyncio
from contextlib import AsyncExitStack
import json
import os
import sys

from tests.simulators.basip import BasIpSimulator


async def main(doors: int) -> None:
    """Serve until the process, or the one that started it, ends."""
    parent = os.getppid()
    async with AsyncExitStack() as running:
        infos = []
        for first in range(0, doors, 2):
            panel = BasIpSimulator(seed=first + 1, doors=min(2, doors - first))
            await running.enter_async_context(panel)
            infos.append(await panel.info())
        sys.stdout.write(f"{json.dumps(infos)}\n")
        sys.stdout.flush()
        while os.getppid() == parent:
            await asyncio.sleep(0.5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("doors", type=int)
    asyncio.run(main(parser.parse_args().doors))
