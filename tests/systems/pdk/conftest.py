"""Fixtures for the tests of the PDK adapter."""

from collections.abc import AsyncGenerator

import pytest

from .server import PdkServer


@pytest.fixture
async def server(socket_enabled: None) -> AsyncGenerator[PdkServer]:
    """Return a running cloud."""
    async with PdkServer() as running:
        yield running
