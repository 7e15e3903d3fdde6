"""Test of a Home Assistant with all five vendors that is killed, while faults go on."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
import contextlib
import random
import time
from typing import Any

import pytest

from .conftest import StartHomeAssistant, StartSimulator
from .ha import HomeAssistant, Simulator
from .journal import Row, read_journal

ACCESS = {"access_granted", "access_denied", "unknown_credential"}

type Did = Counter[tuple[object, ...]]
type Fault = tuple[str, dict[str, Any]]

HTTP_FAULTS: tuple[Fault, ...] = (
    ("fault", {"status": 500, "count": 2}),
    ("fault", {"status": 429, "headers": {"Retry-After": "1"}}),
    ("fault", {"drop": "before", "count": 2}),
    ("fault", {"drop": "after", "count": 2}),
    ("fault", {"truncate": True, "count": 2}),
    ("fault", {"delay": 0.5, "count": 3}),
    ("pause", {}),
)
FAULTS: Mapping[str, tuple[Fault, ...]] = {
    "unifi_access": (
        *HTTP_FAULTS,
        ("drop_streams", {}),
        ("push_rubbish", {}),
        ("stream_fault", {"repeat": 4}),
        ("stream_fault", {"reorder": 4}),
    ),
    "clue": HTTP_FAULTS,
    "gsdk": (
        ("fault", {"code": "UNAVAILABLE", "count": 2}),
        ("fault", {"call": "Event/GetLog", "cut": True}),
        ("drop_streams", {}),
        ("cut_connections", {}),
        ("device_reconnect", {"device": 0}),
        ("stream_fault", {"reorder": 4}),
        ("pause", {}),
    ),
    "basip": (*HTTP_FAULTS, ("expire_tokens", {})),
    "pdk": (
        *HTTP_FAULTS,
        ("expire_tokens", {}),
        ("drop_clients", {}),
        ("stream_faults", {"repeat": 4}),
    ),
}
MODES: Mapping[str, dict[str, Any]] = {
    "pdk": {"report_pending": 0.02, "report_executing": 0.03, "preview_quota": 100_000}
}


async def happened(simulator: Simulator) -> Did:
    """Return what truly happened at a system; each row of a device's log, if it has."""
    if simulator.vendor == "gsdk":
        return Counter(
            (str(row["log_device"]), str(row["id"]), row["timestamp"])
            for row in await simulator.command("rows")
        )
    return Counter(
        (item["at_ms"], item["kind"])
        for item in await simulator.command("history")
        if item["kind"] in ACCESS
    )


def identity(vendor: str, row: Row) -> tuple[object, ...]:
    """Return what `happened` calls a row."""
    if vendor == "gsdk":
        device, _, number = row.key.partition(":")
        return device.partition(".")[0], number, row.at_ms // 1000
    return row.at_ms, row.kind


def recorded(vendor: str, rows: Iterable[Row]) -> Did:
    """Return what the journal says happened."""
    return Counter(
        identity(vendor, row) for row in rows if vendor == "gsdk" or row.kind in ACCESS
    )


class Traffic:
    """People who come to all systems, and faults of these, until it is told to end."""

    def __init__(self, simulators: Iterable[Simulator], seed: int) -> None:
        """Choose what happens by the seed."""
        self.simulators = tuple(simulators)
        self.chance = random.Random(seed)
        self.ended = False

    async def run(self) -> None:
        """Let people come, and things break."""
        while not self.ended:
            simulator = self.chance.choice(self.simulators)
            await simulator.command("burst", n=self.chance.randint(1, 4))
            if self.chance.random() < 0.4:
                name, arguments = self.chance.choice(FAULTS[simulator.vendor])
                await simulator.command(name, **arguments)
                if name == "pause":
                    await simulator.command("burst", n=2)
                    await simulator.command("resume")
            await asyncio.sleep(self.chance.uniform(0.0, 0.3))
        for simulator in self.simulators:
            await simulator.command("clear_faults")


async def all_recorded(
    home_assistant: HomeAssistant, entries: Mapping[str, Simulator], timeout: float
) -> list[Row]:
    """Wait until the journal holds as much as happened, and return its rows."""
    wanted = {key: await happened(simulator) for key, simulator in entries.items()}
    rows: list[Row] = []
    found: dict[str, Did] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            while not found or any(wanted[key] - found[key] for key in wanted):
                await asyncio.sleep(0.5)
                rows = await asyncio.to_thread(read_journal, home_assistant.folder)
                found = {
                    key: recorded(
                        simulator.vendor, (row for row in rows if row.entry_id == key)
                    )
                    for key, simulator in entries.items()
                }
    for key, simulator in entries.items():
        lost, twice = wanted[key] - found[key], found[key] - wanted[key]
        assert not lost, f"{simulator.vendor} lost {list(lost.items())[:5]}"
        assert not twice, f"{simulator.vendor} twice {list(twice.items())[:5]}"
    return rows


async def live_again(
    home_assistant: HomeAssistant, entry_id: str, simulator: Simulator
) -> None:
    """Let people come until one is told as it happens."""
    async with asyncio.timeout(90):
        while not any(
            row.live and row.entry_id == entry_id
            for row in await asyncio.to_thread(read_journal, home_assistant.folder)
        ):
            await simulator.command("burst", n=1)
            await asyncio.sleep(1)


@pytest.mark.timeout(36_000)
async def test_killed_with_all_vendors_and_faults(
    start_home_assistant: StartHomeAssistant,
    start_simulator: StartSimulator,
    request: pytest.FixtureRequest,
) -> None:
    """Power cuts while people come and things break: nothing is lost, twice or live late."""
    kills: int = request.config.getoption("--kills")
    seed: int = request.config.getoption("--kill-seed")
    simulators = await asyncio.gather(
        *(
            start_simulator(vendor, "--no-day", "--history-days", "0")
            for vendor in FAULTS
        )
    )
    home_assistant = await start_home_assistant()
    entries: dict[str, Simulator] = {}
    for simulator in simulators:
        if modes := MODES.get(simulator.vendor):
            await simulator.command("set_modes", **modes)
        entry_id = await home_assistant.set_up(
            simulator.vendor, simulator.config, import_days=2
        )
        entries[entry_id] = simulator
    await all_recorded(home_assistant, entries, 60)

    traffic = Traffic(simulators, seed)
    chance = random.Random(seed)
    away: list[tuple[float, float]] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(traffic.run())
        for number in range(kills):
            await asyncio.sleep(chance.uniform(0.2, 3))
            await home_assistant.kill()
            begin = time.time()
            # A moment in which nothing but the systems' own logs knows what happens.
            await asyncio.sleep(1.5)
            away.append((begin, time.time()))
            # What follows the last restart is whole, however long it takes.
            traffic.ended = number == kills - 1
            await home_assistant.restart()
    rows = await all_recorded(home_assistant, entries, 120)

    # G-SDK tells whole seconds, so what happened in the first one may be from before.
    wrong = [
        row.key
        for row in rows
        if row.live
        and any(begin * 1000 + 1000 <= row.at_ms < end * 1000 for begin, end in away)
    ]
    assert not wrong, f"told as live, though nobody was there: {wrong[:5]}"
    for entry_id, simulator in entries.items():
        await live_again(home_assistant, entry_id, simulator)
