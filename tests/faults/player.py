"""Playing schedules of faults, many side by side in one Home Assistant."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.access_events.const import DOMAIN
from homeassistant.core import HomeAssistant

from .machine import BLOCK, Schedule, schedules
from .run import Run, Wrong
from .worlds import WORLDS

AT_ONCE = 8
"""How many are played side by side: most of the time of each is waiting."""
_TOLD_EVERY = 20


def summary(totals: Counter[str]) -> str:
    """Return what came of all schedules so far."""
    told = {"lost": 0, "twice": 0, "wrong-live": 0} | totals
    return ", ".join(f"{name}: {count}" for name, count in told.items())


@dataclass(frozen=True, slots=True)
class Failure:
    """A schedule that went wrong."""

    schedule: Schedule
    error: Exception

    def __str__(self) -> str:
        """Return the words, and how to play the schedule again."""
        words = f"{type(self.error).__name__}: {self.error}"
        return f'{words}\n  --replay "{"; ".join(self.schedule)}"'


class Player:
    """Plays schedules of one vendor."""

    def __init__(
        self,
        hass: HomeAssistant,
        vendor: str,
        totals: Counter[str],
        tell: Callable[[str], None],
    ) -> None:
        """Play in a Home Assistant, count what comes of it, and tell so now and then."""
        self.failures: list[Failure] = []
        self._hass = hass
        self._world = WORLDS[vendor]
        self._totals = totals
        self._tell = tell

    async def play(self, count: int, first: int) -> None:
        """Play so many schedules, made of the seeds from the first one on."""
        seeds = range(first, first - (-count // BLOCK))
        made = await asyncio.to_thread(
            lambda: [item for seed in seeds for item in schedules(self._world, seed)]
        )
        # With the last of all systems the journal would go, also that of the next one.
        MockConfigEntry(domain=DOMAIN).add_to_hass(self._hass)
        todo = iter(made[:count])
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._play_all(todo))

    async def _play_all(self, todo: Iterable[Schedule]) -> None:
        """Play schedules one after the other, beside others who do."""
        for schedule in todo:
            await self.replay(schedule)

    async def replay(self, schedule: Schedule) -> bool:
        """Play one schedule, note what came of it, and return whether all was well."""
        run = Run(self._hass, self._world())
        try:
            async with run.world:
                try:
                    await run.start()
                    for name in schedule:
                        await run.step(name)
                        await run.glimpse()
                    await run.settle()
                    await run.check()
                finally:
                    await run.end()
        except Exception as error:  # noqa: BLE001 - the others are played all the same
            self._fail(schedule, error)
            return False
        finally:
            self._totals["schedules"] += 1
            self._totals["happenings"] += run.wanted.total()
            if self._totals["schedules"] % _TOLD_EVERY == 0:
                self._tell(summary(self._totals))
        return True

    def _fail(self, schedule: Schedule, error: Exception) -> None:
        """Count what went wrong."""
        if isinstance(error, Wrong):
            self._totals[error.what] += error.count
        else:
            self._totals["broken"] += 1
        self.failures.append(Failure(schedule, error))
        self._tell(str(self.failures[-1]))

    async def shrink(self, schedule: Schedule) -> Schedule:
        """Return what is left of a failing schedule when no step can be left out."""
        at = 0
        while at < len(schedule):
            shorter = schedule[:at] + schedule[at + 1 :]
            if await self.replay(shorter):
                at += 1
            else:
                schedule = shorter
        return schedule
