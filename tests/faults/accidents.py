"""What can happen to the messages of any stream."""

from collections.abc import Awaitable, Callable
from functools import partial

type Step = Callable[[], Awaitable[object]]


def stream_accidents(plan: Callable[..., Awaitable[object]]) -> dict[str, Step]:
    """Return what can happen to messages on their way, all told by `plan`."""
    return {
        "messages are late": partial(plan, delay=0.3),
        "messages are in time": partial(plan, delay=0.0),
        "messages are lost": partial(plan, lose=3),
        "messages come again": partial(plan, repeat=4, copies=2),
        "messages change places": partial(plan, reorder=4),
        "silence": partial(plan, silent=True),
        "no silence": partial(plan, silent=False),
    }
