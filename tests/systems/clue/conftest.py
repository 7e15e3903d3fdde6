"""Fixtures for the tests of the CLUe adapter."""

from collections.abc import AsyncGenerator

import pytest

from tests.simulators.clue import ClueSimulator


@pytest.fixture
async def clue(socket_enabled: None) -> AsyncGenerator[ClueSimulator]:
    """Return a running cloud."""
    async with ClueSimulator() as simulator:
        yield simulator
