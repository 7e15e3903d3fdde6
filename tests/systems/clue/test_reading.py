"""Tests of how far a place of CLUe is read, forwards and back."""

from typing import Any

import pytest

from tests.simulators.clue import ClueSimulator
from tests.systems.owner import Owner


def owner(clue: ClueSimulator, **options: Any) -> Owner:
    """Return an owner of the cloud's place."""
    return Owner("clue", clue.config(), **options)


@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize("total", ["exact", "page", "absent"])
async def test_no_page_after_the_last(
    clue: ClueSimulator, total: str, status: int
) -> None:
    """A cloud that refuses a page after the last one has told all before it."""
    await clue.set_modes(past_end=status, total=total)
    await clue.burst(75)
    async with owner(clue, import_days=1) as follower:
        await follower.until(75)
        await clue.burst(325)
        await follower.until(400)
        assert follower.errors == []
        assert follower.rounds == 1
