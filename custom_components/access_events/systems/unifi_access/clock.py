"""The console's own clock, as far as its answers tell."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime
import time

_JUMP = 30.0


class ConsoleClock:
    """Estimates the console's time from the `Date` of its answers.

    A `Date` has whole seconds and was written between our question and its arrival, so
    each answer narrows the difference to our steady clock to an interval.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start without knowing the console's time."""
        self._clock = clock
        self._bounds: tuple[float, float] | None = None
        self.jumps = 0
        """How often the console's time and our steady clock parted: one was turned, or
        this machine slept."""

    def note(self, date: str | None, asked: float, arrived: float) -> None:
        """Take the `Date` of an answer; the times are those of our steady clock."""
        try:
            shown = parsedate_to_datetime(date or "").timestamp()
        except TypeError, ValueError, OverflowError:
            return
        low, high = shown - arrived, shown + 1 - asked
        if self._bounds is not None:
            known_low, known_high = self._bounds
            if low <= known_high and high >= known_low:
                low, high = max(low, known_low), min(high, known_high)
            elif max(low - known_high, known_low - high) > _JUMP:
                self.jumps += 1
        self._bounds = low, high

    @property
    def known(self) -> bool:
        """Return whether the console has told its time."""
        return self._bounds is not None

    def now(self, at: float | None = None) -> int | None:
        """Return the console's time in milliseconds at a moment of our steady clock."""
        if self._bounds is None:
            return None
        at = self._clock() if at is None else at
        return round((sum(self._bounds) / 2 + at) * 1000)

    def earliest(self) -> int | None:
        """Return a time in milliseconds that the console's has certainly reached."""
        if self._bounds is None:
            return None
        return round((self._bounds[0] + self._clock()) * 1000)
