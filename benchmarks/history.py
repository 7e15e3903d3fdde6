"""What it costs to read a long history of the systems that are polled.

A process of its own reads all rows from a simulated server, through the adapter alone.
Figures: how much that process grew over what it held before, how long it took beside the
simulator, which is the slower of the two, and how many requests it made.
"""

import argparse
import asyncio

from tests.simulators.basip import BasIpSimulator
from tests.simulators.clue import ClueSimulator
from tests.systems.long_history import let_happen, read_all

BUDGET = 64
"""The most that it may grow, in MB."""


async def main(rows: int) -> None:
    """Print the figures of each system."""
    for simulated in (ClueSimulator, BasIpSimulator):
        async with simulated() as simulator:
            let_happen(simulator, rows)
            result = await read_all(simulator)
        assert result["events"] == rows, "Each row has to be told once"
        grown = result["grown"] / 1024 / 1024
        print(
            f"history of {simulated.vendor}: {rows} rows, {grown:.1f} MB over idle"
            f" (bar {BUDGET}), {result['seconds']:.1f} s, {result['requests']} requests"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    asyncio.run(main(parser.parse_args().rows))
