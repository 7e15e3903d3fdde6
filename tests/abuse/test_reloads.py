"""Load: reloads leave nothing behind, and lose nothing, however many people come."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
import threading

import grpc.aio
import pytest

from custom_components.access_events import coordinator
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import DATA_DISPATCHER
from tests.faults.run import RELOAD, Run
from tests.faults.worlds import WORLDS
from tests.wait import wait_for

_WARM = 2
_CROWD = 10
_SLACK = 2
"""What may be there for a moment more: a connection that is being closed, and its task."""
_PATIENCE = 3600
_POOLS = ("SyncWorker", "asyncio_", "ImportExecutor")
"""Threads that Home Assistant and asyncio keep for the next work."""


@pytest.fixture(scope="module", autouse=True)
def grpc_stays() -> Iterator[None]:
    """Keep gRPC's own thread for all tests: it is of the process, not of one test."""
    grpc.aio.init_grpc_aio()
    yield
    grpc.aio.shutdown_grpc_aio()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next try follow soon."""
    monkeypatch.setattr(coordinator, "_FIRST_DELAY", 0.05)
    monkeypatch.setattr(coordinator, "_LONGEST_DELAY", 0.5)


def left_behind(hass: HomeAssistant) -> Counter[str]:
    """Return how many things of each kind there are that end with their owner."""
    threads = [
        thread for thread in threading.enumerate() if not thread.name.startswith(_POOLS)
    ]
    signals = hass.data.get(DATA_DISPATCHER, {}).values()
    return Counter(
        {
            "open files and sockets": sum(1 for _ in Path("/proc/self/fd").iterdir()),
            "tasks": sum(map(_is_ours, asyncio.all_tasks())),
            "threads": len(threads),
            "listeners": sum(hass.bus.async_listeners().values()),
            "receivers": sum(len(receivers) for receivers in signals),
        }
    )


async def all_read(run: Run) -> None:
    """Wait until nothing is left to be read later.

    After many reloads PDK's reports have to last until the end of the day.
    """

    if run.world.vendor == "pdk":
        system = run.coordinator.system
        await wait_for(lambda: not system.diagnostics()["holes_open"], _PATIENCE)


def _is_ours(task: asyncio.Task[object]) -> bool:
    """Tell whether a task is not one of the simulated system's."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is None or "simulators" not in code.co_filename


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("vendor", sorted(WORLDS))
async def test_reloads(
    hass: HomeAssistant,
    vendor: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reloads while people come leave nothing behind, and each one is recorded once."""
    for name, value in WORLDS[vendor].haste.items():
        monkeypatch.setattr(f"custom_components.access_events.systems.{name}", value)
    count = request.config.getoption("--reloads")
    world = WORLDS[vendor]()
    run = Run(hass, world)
    async with world:
        sim = world.sim
        await run.start()

        async def reload(times: int) -> None:
            for number in range(times):
                crowd = asyncio.create_task(sim.burst(_CROWD, 500.0))
                if number % 2:
                    await asyncio.sleep(0.05)
                await run.step(RELOAD)
                await crowd
                await wait_for(lambda: run.coordinator.caught_up, 60)
            # Connections that are kept for the next request end with the server.
            await sim.pause()
            await sim.resume()
            await sim.burst(1)
            await all_read(run)
            await run.check()

        await reload(_WARM)
        before = left_behind(hass)
        await reload(count)
        with suppress(TimeoutError):
            await wait_for(
                lambda: max((left_behind(hass) - before).values(), default=0) <= _SLACK
            )
        grown = left_behind(hass) - before
        assert max(grown.values(), default=0) <= _SLACK, grown
        await all_read(run)
        await run.settle()
        await run.check()
        await run.end()


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("vendor", sorted(WORLDS))
async def test_crowds(
    hass: HomeAssistant, vendor: str, request: pytest.FixtureRequest
) -> None:
    """All people are recorded once when very many come at the same moment."""
    world = WORLDS[vendor]()
    run = Run(hass, world)
    async with world:
        sim = world.sim
        await run.start()
        await sim.burst(request.config.getoption("--crowd"))
        await run.check()
        await run.end()
