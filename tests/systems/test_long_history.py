"""Tests of reading a long history: all of it once, and never much of it at a time.

`benchmarks/history.py` reads ten times as much, against the whole budget.
"""

import pytest

from tests.simulators.basip import BasIpSimulator
from tests.simulators.clue import ClueSimulator

from .long_history import let_happen, read_all

ROWS = 10_000
MOST_BYTES = 8 * 1024 * 1024
PAGE = {"clue": 200, "basip": 50}


@pytest.mark.parametrize("simulated", [ClueSimulator, BasIpSimulator])
async def test_a_long_history(
    simulated: type[ClueSimulator | BasIpSimulator],
) -> None:
    """Each row is told once, in small batches, with hardly more requests than pages."""
    async with simulated() as simulator:
        let_happen(simulator, ROWS)
        result = await read_all(simulator)
        pages = ROWS / PAGE[simulator.vendor]
    assert result["events"] == ROWS
    assert result["largest_batch"] <= 500
    assert result["grown"] < MOST_BYTES
    assert result["cursor"] < 1000
    assert result["requests"] < 1.5 * pages + 20
