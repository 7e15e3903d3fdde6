"""What the tasks of adapters share: how they rest, and how they end."""

import asyncio
from typing import Any


async def rest(wake: asyncio.Event, seconds: float) -> None:
    """Return when an event is set, which this does itself after so many seconds.

    Half as dear as a timeout, which each message of a stream would begin and end.
    """
    alarm = asyncio.get_running_loop().call_later(seconds, wake.set)
    try:
        await wake.wait()
    finally:
        alarm.cancel()


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until they have ended, whatever they ended with.

    Whoever is cancelled while it waits here is cancelled: to await a task and suppress
    its `CancelledError` would swallow that as well, and go on for ever.
    """
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
