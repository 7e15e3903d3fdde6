"""Ending what an adapter runs beside its owner."""

import asyncio
from typing import Any


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until they have ended, whatever they ended with.

    Whoever is cancelled while it waits here is cancelled: to await a task and suppress
    its `CancelledError` would swallow that as well, and go on for ever.
    """
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
