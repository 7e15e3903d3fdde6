"""Fixtures for the tests of the G-SDK adapter."""

from collections.abc import AsyncGenerator

import pytest

from .gateway import Gateway


@pytest.fixture
async def gateway(socket_enabled: None) -> AsyncGenerator[Gateway]:
    """Return a running gateway."""
    async with Gateway() as running:
        yield running
