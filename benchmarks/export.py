"""What an export costs, against the `sqlite3` tool writing the same file.

The action `export_logs` of a real Home Assistant core and the tool write a full journal
in turn, so that both find equal weather; the two files must hold the same records.
Figures: the ratio of the times, the memory over idle, and how long the loop was held.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterator
import contextlib
import csv
from itertools import zip_longest
from pathlib import Path
import resource
import shutil
import subprocess
import sys
import tempfile
import time

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.access_events.journal import Journal
from homeassistant import loader
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .journal import Loop, make_batches, peak, worst

ROOT = Path(__file__).parents[1]
DOMAIN = "access_events"

_TIME = (
    "strftime('%Y-%m-%dT%H:%M:%S', {0} / 1000000, 'unixepoch')"
    " || CASE {0} % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', {0} % 1000000) END"
    " || '+00:00'"
)
_COLUMNS = {
    "key": "e.event_key",
    "occurred_at": _TIME.format("e.occurred"),
    "kind": "e.kind",
    "vendor_code": "e.vendor_code",
    "door_id": "d.ref",
    "door_name": "d.name",
    "reader_id": "r.ref",
    "reader_name": "r.name",
    "person": "p.name",
    "person_id": "p.ref",
    "method": "e.method",
    "credential": "'••' || substr(e.credential, -4)",
    "direction": "e.direction",
    "reason": "e.reason",
    "message": "e.message",
    "image_ref": "e.image_ref",
    "entry_id": "n.entry_id",
    "vendor": "'unifi_access'",
    "device_id": "NULL",
    "received_at": _TIME.format("e.received"),
    "ha_person": "NULL",
    "live": "CASE e.live WHEN 1 THEN 'true' ELSE 'false' END",
}
_NAMED = ", ".join(f"{value} AS {name}" for name, value in _COLUMNS.items())
_QUERY = f"""
    SELECT {_NAMED} FROM access_events e
    JOIN access_events_entries n ON n.id = e.entry
    LEFT JOIN access_events_places d ON d.id = e.door
    LEFT JOIN access_events_places r ON r.id = e.reader
    LEFT JOIN access_events_people p ON p.id = e.person
    ORDER BY e.occurred, e.seq;
"""  # noqa: S608


async def fill(file: Path, number: int) -> None:
    """Record a site's log."""
    log = Journal(f"sqlite:///{file}")
    await log.open()
    for cursor, batch in enumerate(make_batches(number)):
        await log.record("site", batch, str(cursor), live=False)
    await log.close()


def by_tool(file: Path, target: Path) -> None:
    """Write the journal by the `sqlite3` tool."""
    subprocess.run(
        ["sqlite3", "-csv", "-header", str(file), f".once '{target}'", _QUERY],
        check=True,
    )


def spent() -> tuple[float, float]:
    """Return the processor's seconds of this process and of its children."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime


def differences(first: Path, second: Path) -> Iterator[tuple[object, object]]:
    """Yield records that are not the same in both files."""
    with first.open(newline="") as one, second.open(newline="") as other:
        for pair in zip_longest(csv.reader(one), csv.reader(other)):
            if pair[0] != pair[1]:
                yield pair


@contextlib.asynccontextmanager
async def home_assistant(folder: Path) -> AsyncIterator[HomeAssistant]:
    """Run Home Assistant's core with the integration and a system not set up."""
    (folder / "custom_components").symlink_to(ROOT / "custom_components")
    async with async_test_home_assistant(config_dir=str(folder)) as hass:
        hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
        hass.config.recovery_mode = False
        assert await async_setup_component(hass, DOMAIN, {})
        MockConfigEntry(
            domain=DOMAIN, entry_id="site", data={"vendor": "unifi_access"}
        ).add_to_hass(hass)
        try:
            yield hass
        finally:
            await hass.async_stop(force=True)


async def export(hass: HomeAssistant) -> Path:
    """Write the journal by the action."""
    answer = await hass.services.async_call(
        DOMAIN,
        "export_logs",
        {"filename": "own.csv", "time_zone": "UTC", "end": "2036-01-01T00:00:00"},
        blocking=True,
        return_response=True,
    )
    assert answer is not None
    return Path(str(answer["path"]))


async def main(number: int, rounds: int) -> int:
    """Run everything; return how many bars were missed."""
    missed = 0

    def bar(name: str, value: float, limit: float, unit: str) -> None:
        nonlocal missed
        missed += value > limit
        sign = "ok" if value <= limit else "MISSED"
        print(f"{name:26} {value:8.2f} {unit:3} bar {limit:g} {unit}  {sign}")

    if not shutil.which("sqlite3"):
        print("There is no sqlite3 tool on the path: install the package sqlite3")
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file, target = folder / f"{DOMAIN}.db", folder / "tool.csv"
        # In a process of its own, so as not to count as memory of the export.
        await (
            await asyncio.create_subprocess_exec(
                sys.executable,
                *(
                    "-m",
                    "benchmarks.export",
                    "--fill",
                    str(file),
                    "--events",
                    str(number),
                ),
                cwd=ROOT,
            )
        ).wait()
        async with home_assistant(folder) as hass:
            times: list[tuple[float, float]] = []
            cpu: list[tuple[float, float]] = []
            held: list[float] = []
            idle = peak()
            for _ in range(rounds):
                watch = Loop(held)
                before, start = spent(), time.perf_counter()
                written = await export(hass)
                middle = time.perf_counter()
                watch.stop()
                await hass.async_add_executor_job(by_tool, file, target)
                after, end = spent(), time.perf_counter()
                times.append((middle - start, end - middle))
                cpu.append((after[0] - before[0], after[1] - before[1]))
            grown = peak() - idle
            wrong = list(zip(range(3), differences(written, target), strict=False))
            size = written.stat().st_size
    for _, pair in wrong:
        print("not the same:", *pair, sep="\n  ")
    own, tool = (min(column) for column in zip(*times, strict=True))
    print(
        f"{number} events, {size / 1e6:.0f} MB: export {own:.1f} s, tool {tool:.1f} s;"
        f" per event {own / number * 1e6:.1f} µs, tool {tool / number * 1e6:.1f} µs"
    )
    own_cpu, tool_cpu = (min(column) for column in zip(*cpu, strict=True))
    print(f"  of the processor: {own_cpu / tool_cpu:.2f} ×")
    bar("export", own / tool, 3, "×")
    bar("memory, export", grown, 64, "MB")
    bar("loop held, export", worst(held), 20, "ms")
    return missed + bool(wrong)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fill", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.fill:
        asyncio.run(fill(arguments.fill, arguments.events))
    else:
        raise SystemExit(asyncio.run(main(arguments.events, arguments.rounds)))
