"""A long history at a simulated system, and a process of its own that reads it."""

import asyncio
import json
from pathlib import Path
import sys
from typing import Any

from tests.simulators.basip import BasIpSimulator
from tests.simulators.clue import ClueSimulator

ROOT = Path(__file__).parents[2]
_DAYS = 60
_DAY_MS = 86_400_000

type Simulator = BasIpSimulator | ClueSimulator


def let_happen(simulator: Simulator, rows: int) -> None:
    """Let so much have happened in the last two months; some of it in one moment."""
    start = simulator.clock.ms() - (_DAYS - 1) * _DAY_MS
    step = (_DAYS - 2) * _DAY_MS // rows
    for number in range(rows):
        at = start + number // 3 * 3 * step
        if isinstance(simulator, ClueSimulator):
            door = simulator.site.doors[number % 2]
            person = simulator.site.people[number % 4]
            simulator.emit("face", "DEV_FACE_AUTH_SUCCESS", door, person, at_ms=at)
            continue
        item = simulator.site.identifiers[1 + number % 6]
        model = {"number": item.number, "type": item.type, "owner": item.owner}
        key = "access_granted_by_valid_identifier"
        simulator.emit("use", key, model, at_ms=at)


async def read_all(simulator: Simulator) -> dict[str, Any]:
    """Return what the process says: `events`, `grown` (bytes), `seconds` and more."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.systems.history_child", simulator.vendor),
        *(json.dumps(simulator.config()), str(_DAYS)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(300):
            output, _ = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    result: dict[str, Any] = json.loads(output)
    counts = (await simulator.requests())["counts"]
    return result | {"requests": sum(counts.values())}
