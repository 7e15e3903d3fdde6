"""Run a module with clocks that go faster than time.

    python -m benchmarks.fast SPEED BASE START MODULE [ARGUMENTS…]

At the real time BASE (seconds since 1970) its clocks show START, and from then on they go
SPEED times as fast. All that waits by the event loop waits as much shorter: intervals, timeouts,
heartbeats and lives of tokens alike. Only gRPC's own deadlines stay as long as they are.
Processes that are given the same three numbers have the same time.
"""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
import os
import runpy
import selectors
import sys
import time
from types import SimpleNamespace
from typing import Any

from grpc.aio import _utils as grpc_clock

from homeassistant.util import dt as dt_util

ENVIRONMENT = "ACCESS_EVENTS_CLOCKS"
"""Names the three numbers, for what is started by a process whose clocks are fast."""


def arguments() -> list[str]:
    """Return what runs another module at this process's time; nothing at the usual one."""
    clocks = os.environ.get(ENVIRONMENT)
    return ["benchmarks.fast", *clocks.split()] if clocks else []


def speed_up(speed: float, base: float, start: float) -> None:
    """Let this process's clocks go faster from now on, before it imports anything else."""
    real_time, real_monotonic = time.time, time.monotonic

    def gained() -> float:
        return max(0.0, real_time() - base) * (speed - 1)

    def fast_time() -> float:
        return start + real_time() - base + gained()

    def fast_monotonic() -> float:
        return real_monotonic() + gained()

    time.time = fast_time
    time.monotonic = fast_monotonic
    selector = selectors.DefaultSelector
    usual: Callable[..., Any] = selector.select

    def select(self: Any, timeout: float | None = None) -> Any:
        if timeout is not None and timeout > 0:
            slow = max(0.0, base - real_time())
            timeout = min(timeout, slow) + max(0.0, timeout - slow) / speed
        return usual(self, timeout)

    selector.select = select  # type: ignore[method-assign]

    # gRPC's deadlines are times of day, which its own clock does not take from Python.
    vars(grpc_clock)["time"] = SimpleNamespace(time=real_time)

    def utcnow() -> datetime:
        return datetime.fromtimestamp(fast_time(), UTC)

    def now(time_zone: tzinfo | None = None) -> datetime:
        return datetime.fromtimestamp(
            fast_time(), time_zone or dt_util.get_default_time_zone()
        )

    # Before the first of the modules that take these names over.
    dt_util.utcnow = utcnow  # type: ignore[assignment]
    dt_util.now = now


if __name__ == "__main__":
    os.environ[ENVIRONMENT] = " ".join(sys.argv[1:4])
    speed_up(*map(float, sys.argv[1:4]))
    sys.argv = sys.argv[4:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
