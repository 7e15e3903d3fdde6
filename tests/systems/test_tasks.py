"""Tests of ending what an adapter runs beside its owner."""

import asyncio

import pytest

from custom_components.access_events.systems.tasks import end


async def test_end() -> None:
    """Tasks have ended afterwards, also one that fails as it ends."""

    async def fail() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise ValueError

    tasks = asyncio.create_task(asyncio.sleep(60)), asyncio.create_task(fail())
    await asyncio.sleep(0)
    await end(*tasks)
    assert tasks[0].cancelled()
    assert isinstance(tasks[1].exception(), ValueError)
    await end()


async def test_cancelled_meanwhile() -> None:
    """Whoever is cancelled while tasks end does not go on."""
    reluctant = asyncio.Event()

    async def linger() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await reluctant.wait()

    task = asyncio.create_task(linger())
    await asyncio.sleep(0)
    ending = asyncio.create_task(end(task))
    await asyncio.sleep(0)
    ending.cancel()
    reluctant.set()
    with pytest.raises(asyncio.CancelledError):
        await ending
    await asyncio.gather(task, return_exceptions=True)
