"""Waiting for what happens soon, in tests."""

import asyncio
from collections.abc import Callable

_STEP = 0.01


async def wait_for(condition: Callable[[], object], timeout: float = 30.0) -> None:
    """Wait until the condition holds, or fail."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(_STEP)
