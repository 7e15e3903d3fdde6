"""The time at a system, as it tells it."""

import time


class ToldClock:
    """A clock that is set whenever its system tells the time, and runs on meanwhile."""

    def __init__(self) -> None:
        """Start without knowing the time."""
        self._told: tuple[int, float] | None = None

    @property
    def now(self) -> int | None:
        """Return the system's time in ms since 1970, None if it was never told."""
        if self._told is None:
            return None
        told, at = self._told
        return told + round((time.monotonic() - at) * 1000)

    @property
    def now_or_ours(self) -> int:
        """Return the system's time in ms, our own where it was never told.

        It may only bound what is asked for.
        """
        return round(time.time() * 1000) if (now := self.now) is None else now

    def set(self, told: int | None) -> None:
        """Take a time in ms that was told just now; None leaves the clock as it is."""
        if told is not None:
            self._told = told, time.monotonic()

    def forget(self) -> None:
        """Go back to not knowing the time."""
        self._told = None
