"""Run one simulator as a process of its own.

The first line on stdout is one JSON object that says how to reach it.
"""

import argparse
import asyncio
import contextlib
import json
import os
from pathlib import Path
import signal
import sys
from typing import Any

from . import VENDORS, simulator_class
from .common import Simulator


def main() -> None:
    """Read the arguments and run until a signal or the parent's end."""
    arguments = _parser().parse_args()
    make = simulator_class(arguments.vendor)
    simulator = make(
        port=arguments.port,
        control_port=arguments.control_port,
        doors=arguments.doors,
        day=arguments.day,
        speed=arguments.speed,
        seed=arguments.seed,
        history_days=arguments.history_days,
        state=arguments.state,
    )
    try:
        modes = dict(_mode(text) for text in arguments.mode)
        asyncio.run(_run(simulator, modes, watch_parent=not arguments.keep))
    except (OSError, ValueError) as error:
        sys.exit(f"The simulator cannot serve: {error}")


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulators")
    parser.add_argument("vendor", choices=sorted(VENDORS))
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--doors", type=int, help="a site with this many doors")
    parser.add_argument("--day", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--speed", type=float, default=1.0, help="of the scripted day")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--history-days", type=int, default=7, help="before the start")
    parser.add_argument("--state", type=Path, help="folder where data outlive a stop")
    parser.add_argument(
        "--mode",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set one of the vendor's modes; as often as there are modes to set",
    )
    parser.add_argument(
        "--keep", action="store_true", help="go on when the parent process has ended"
    )
    return parser


def _mode(text: str) -> tuple[str, Any]:
    """Return a mode's name and its value, which is JSON or else plain text."""
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


async def _run(
    simulator: Simulator, modes: dict[str, Any], *, watch_parent: bool
) -> None:
    """Run the simulator until it is told to end."""
    if modes:
        await simulator.commands()["set_modes"](**modes)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    parent = os.getppid()
    async with simulator:
        info = await simulator.info()
        sys.stdout.write(f"{json.dumps(info)}\n")
        sys.stdout.flush()
        sys.stderr.write("".join(f"{line}\n" for line in _lines(simulator, info)))
        while not ended.is_set():
            if watch_parent and os.getppid() != parent:
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), 0.5)


def _lines(simulator: Simulator, info: dict[str, object]) -> list[str]:
    """Return what a person wants to know."""
    return [
        f"{simulator.vendor} at {info['host']}:{info['port']}",
        f"Certificate SHA-256 {info['fingerprint']}",
        f"Set it up with {json.dumps(info['config'])}",
        f"Commands: curl {simulator.control}/ lists them,"
        f" curl -X POST {simulator.control}/COMMAND -d '{{…}}' runs one",
        *simulator.hints(),
        "Ctrl-C ends it",
    ]


if __name__ == "__main__":
    main()
