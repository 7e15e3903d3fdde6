"""What is amiss with a system: what is lost, unreadable, or for the user to mend."""

from collections import deque
import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .journal import Journal
from .repairs import async_raise_gap, async_raise_problem
from .systems.base import Gap, Problem, Unreadable

_LOGGER = logging.getLogger(__name__)

_KEPT_UNREADABLE = 20


class Troubles:
    """Keeps what a system's adapter says is amiss, and tells the user."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, journal: Journal
    ) -> None:
        """Start with nothing amiss."""
        self._hass = hass
        self._entry = entry
        self._journal = journal
        self.gaps: list[Gap] = []
        self.problems: dict[tuple[str, str], Problem] = {}
        self.unreadable = 0
        self.unreadable_samples: deque[Unreadable] = deque(maxlen=_KEPT_UNREADABLE)

    async def restore(self) -> None:
        """Take over the gaps that are known; raises `JournalError`."""
        rows = await self._journal.gaps(self._entry.entry_id)
        self.gaps = [Gap(*row) for row in rows]

    async def take_gap(self, gap: Gap) -> bool:
        """Keep that something is lost for good; returns whether that is news.

        Raises `JournalError`.
        """
        entry = self._entry
        await self._journal.note_gap(entry.entry_id, gap.start, gap.end, gap.detail)
        if gap in self.gaps:
            return False
        self.gaps.append(gap)
        _LOGGER.warning(
            "%s: what happened from %s to %s can't be read any more",
            entry.title,
            gap.start,
            gap.end,
        )
        async_raise_gap(self._hass, entry, gap)
        return True

    @callback
    def take_problem(self, problem: Problem) -> None:
        """Keep what is to be mended, or forget it once it is."""
        key = (problem.code, problem.key)
        if problem.active:
            self.problems[key] = problem
        else:
            self.problems.pop(key, None)
        async_raise_problem(self._hass, self._entry, problem)

    @callback
    def take_unreadable(self, payload: Unreadable) -> None:
        """Count a payload that nobody understands, and tell of the first."""
        self.unreadable += 1
        self.unreadable_samples.append(payload)
        level = logging.WARNING if self.unreadable == 1 else logging.DEBUG
        _LOGGER.log(
            level,
            "%s: skipped something from %s that could not be understood; "
            "its shape is in the diagnostics: %s",
            self._entry.title,
            payload.where,
            payload.payload,
        )
