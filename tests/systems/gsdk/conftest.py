"""Fixtures for the tests of the G-SDK adapter."""

from collections.abc import AsyncGenerator, Iterator

import grpc.aio
import pytest

from .gateway import Gateway


@pytest.fixture(scope="session", autouse=True)
def grpc_stays() -> Iterator[None]:
    """Keep gRPC's own thread for all tests: it is of the process, not of one test."""
    grpc.aio.init_grpc_aio()
    yield
    grpc.aio.shutdown_grpc_aio()


@pytest.fixture
async def gateway(socket_enabled: None) -> AsyncGenerator[Gateway]:
    """Return a running gateway."""
    async with Gateway() as running:
        yield running
