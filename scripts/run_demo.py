"""Show Access Events in a real Home Assistant with simulated systems.

`scripts/demo` runs this in the environment that it needs.
"""

import argparse
import asyncio
from collections.abc import Iterator
import contextlib
from datetime import UTC, datetime
import fcntl
import json
from pathlib import Path
import shutil
import signal
import socket
import sys
import tempfile
import time

import aiohttp

from tests.e2e.api import ApiError, Json
from tests.e2e.ha import (
    DOMAIN,
    HOST,
    PASSWORD,
    USERNAME,
    HomeAssistant,
    Simulator,
    free_port,
)
from tests.e2e.process import ProcessEndedError

from .dashboard import make_dashboard, week_statistics

EVENT_TYPE = "access_events_event"
CHECK_SECONDS = 180
STATISTICS_SECONDS = 60

# A row for each vendor: its name in the config flow's menu, and its simulator's options.
VENDORS: dict[str, tuple[str, ...]] = {
    "unifi_access": (),
    "clue": (),
    "basip": (),
    "pdk": (),
    "gsdk": (),
}


class DemoError(Exception):
    """The demo cannot go on; the message says why and what to do."""


class Progress:
    """Prints a line for each step, with the seconds since the start."""

    def __init__(self) -> None:
        """Start counting."""
        self._start = time.monotonic()

    def say(self, text: str) -> None:
        """Print a line."""
        print(f"[{time.monotonic() - self._start:4.0f}s] {text}", flush=True)

    @contextlib.contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Print a line when a step begins, and one when it is done."""
        begin = time.monotonic()
        self.say(f"{text} …")
        yield
        self.say(f"{text}: done in {time.monotonic() - begin:.1f} s")


class Memory:
    """What a later start on the same folder has to know: ports and entries."""

    def __init__(self, folder: Path) -> None:
        """Read what an earlier start left, and keep other demos out of the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = (folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DemoError("The demo runs already. End it first (Ctrl-C).") from error
        self._path = folder / "demo.json"
        self.ports: dict[str, int] = {}
        self.entries: dict[str, str] = {}
        if self._path.exists():
            data = json.loads(self._path.read_text())
            self.ports, self.entries = data["ports"], data["entries"]

    def port(self, vendor: str) -> int:
        """Return the port of a simulator: always the same, since its entry keeps it."""
        if vendor not in self.ports:
            self.ports[vendor] = free_port()
        check_port(
            self.ports[vendor],
            f"The {vendor} simulator needs it. Stop the program that uses it, or start"
            " anew with --fresh.",
        )
        return self.ports[vendor]

    def save(self) -> None:
        """Write it for the next start."""
        data = {"ports": self.ports, "entries": self.entries}
        self._path.write_text(json.dumps(data))


def check_port(port: int, advice: str) -> None:
    """Raise DemoError if a port is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise DemoError(
                f"Port {port} cannot be used ({error.strerror}). {advice}"
            ) from error


def describe(event: Json) -> str:
    """Return a live event as a line for people."""
    at = datetime.fromisoformat(event["occurred_at"]).astimezone(UTC)
    where = event["door_name"] or event["reader_name"] or event["vendor"]
    details = [event["method"], event["direction"], event["reason"]]
    words = ", ".join(item for item in details if item and item != "unknown")
    line = f"{at:%H:%M:%S}  {where:<16}  {event['kind'].replace('_', ' '):<22}"
    return f"{line}  {event['person'] or '':<18}  {words}".rstrip()


async def add_systems(
    home_assistant: HomeAssistant, simulators: list[Simulator], memory: Memory
) -> int:
    """Go through the config flow for each system that is not there yet."""
    known = {entry["entry_id"] for entry in await home_assistant.entries(DOMAIN)}
    added = 0
    for simulator in simulators:
        if memory.entries.get(simulator.vendor) not in known:
            memory.entries[simulator.vendor] = await home_assistant.set_up(
                simulator.vendor, simulator.config
            )
            memory.save()
            added += 1
    return added


async def wait_for_statistics(home_assistant: HomeAssistant, memory: Memory) -> None:
    """Wait until the graph of each system has something to show, but not for ever."""
    wanted = {entry_id.lower() for entry_id in memory.entries.values()}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STATISTICS_SECONDS):
            while wanted:
                found = " ".join(await week_statistics(home_assistant))
                wanted = {entry_id for entry_id in wanted if entry_id not in found}
                await asyncio.sleep(1)


async def first_state(
    home_assistant: HomeAssistant, events: asyncio.Queue[Json]
) -> Json:
    """Wait for a live event that is a state, print what arrives, and return the state."""
    while True:
        event = (await events.get())["data"]
        print(describe(event), flush=True)
        for state in (await home_assistant.states("event")).values():
            if state["attributes"].get("event_key") == event["key"]:
                return state


async def watch(home_assistant: HomeAssistant, events: asyncio.Queue[Json]) -> None:
    """Print each live event until Home Assistant ends."""
    with contextlib.suppress(asyncio.QueueShutDown):
        while True:
            print(describe((await events.get())["data"]), flush=True)
    home_assistant.process.check()
    raise DemoError("Home Assistant closed the connection.")


async def run(folder: Path, port: int, *, check: bool) -> None:
    """Start everything, set it up and show what happens."""
    progress = Progress()
    memory = Memory(folder)
    check_port(port, "Stop the program that uses it, or choose another with --port.")
    async with contextlib.AsyncExitStack() as stack:
        with progress.step("Starting the simulators"):
            simulators = [
                await stack.enter_async_context(
                    Simulator(vendor, folder, *options, port=memory.port(vendor))
                )
                for vendor, options in VENDORS.items()
            ]
        memory.save()
        with progress.step("Starting Home Assistant"):
            home_assistant = await stack.enter_async_context(
                HomeAssistant(folder / "config", port=port)
            )
        events = await stack.enter_async_context(
            home_assistant.subscribe(event_type=EVENT_TYPE)
        )
        with progress.step("Setting up the systems through the config flow"):
            added = await add_systems(home_assistant, simulators, memory)
        progress.say(f"Systems: {len(simulators)}, of them new: {added}")
        if not check:
            with progress.step("Counting what happened in the last week"):
                await wait_for_statistics(home_assistant, memory)
        with progress.step("Making the dashboard"):
            path = await make_dashboard(home_assistant)
        if check:
            async with asyncio.timeout(CHECK_SECONDS):
                state = await first_state(home_assistant, events)
            progress.say(f"A live event is a state: {state['entity_id']}")
            print(json.dumps(state["attributes"], indent=2), flush=True)
            return
        print(f"\n  {home_assistant.url}{path}")
        print(f"  User {USERNAME}, password {PASSWORD}. Ctrl-C ends everything.\n")
        for simulator in simulators:
            print(f"  {simulator.vendor}: commands at {simulator.info['control']}/")
        print("\nWhat happens at the doors (UTC):", flush=True)
        await watch(home_assistant, events)


async def run_until_signal(folder: Path, port: int, *, check: bool) -> None:
    """Run, and end in good order when asked to."""
    task = asyncio.ensure_future(run(folder, port, check=check))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    await task


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=8123, help="default: %(default)s")
    parser.add_argument("--fresh", action="store_true", help="forget earlier starts")
    parser.add_argument(
        "--check",
        action="store_true",
        help="wait until the first live event is a state, say what it was, and end",
    )
    arguments = parser.parse_args()
    folder = arguments.cache / "demo"
    try:
        if arguments.check:
            with tempfile.TemporaryDirectory() as temporary:
                asyncio.run(run_until_signal(Path(temporary), free_port(), check=True))
            return
        if arguments.fresh and folder.exists():
            Memory(folder)
            shutil.rmtree(folder)
        asyncio.run(run_until_signal(folder, arguments.port, check=False))
    except asyncio.CancelledError, KeyboardInterrupt:
        print("\nEnded.")
        if arguments.check:
            sys.exit(130)
    except TimeoutError:
        sys.exit("Error: it took too long. The logs above and in the folder say more.")
    except (
        ApiError,
        DemoError,
        ProcessEndedError,
        OSError,
        aiohttp.ClientError,
    ) as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
