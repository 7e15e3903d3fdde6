"""Fixtures for the tests of the BAS-IP adapter."""

from collections.abc import AsyncGenerator

import pytest

from tests.simulators.basip import BasIpSimulator


@pytest.fixture
async def basip(socket_enabled: None) -> AsyncGenerator[BasIpSimulator]:
    """Return a running panel."""
    async with BasIpSimulator() as simulator:
        yield simulator
