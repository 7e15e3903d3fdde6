"""Making the journal complete for a time, as far as the systems can still tell."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .coordinator import AccessConfigEntry
from .entries import async_system_entries
from .models import Capability
from .words import common, in_words

type Reading = Callable[[str], None]
"""Is told the name of a system that is asked."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What could not be had of a system: from when to when (None: up to now), and why."""

    system: str
    start: datetime | None
    end: datetime | None
    why: str


async def async_complete(
    hass: HomeAssistant,
    entry_ids: Iterable[str],
    start: datetime | None,
    end: datetime | None,
    reading: Reading,
) -> list[Missing]:
    """Read what the systems know of a time and the journal may not; tell what is missing.

    Without `start`, the time begins with what is recorded; without `end` it is up to
    now.
    """
    wanted = set(entry_ids)
    entries: list[AccessConfigEntry] = [
        entry for entry in async_system_entries(hass) if entry.entry_id in wanted
    ]
    found = await asyncio.gather(
        *(_async_complete_entry(hass, entry, start, end, reading) for entry in entries)
    )
    return [missing for part in found for missing in part]


async def _async_complete_entry(
    hass: HomeAssistant,
    entry: AccessConfigEntry,
    start: datetime | None,
    end: datetime | None,
    reading: Reading,
) -> list[Missing]:
    """Complete the journal of one system."""
    if entry.state is not ConfigEntryState.LOADED:
        why = common(hass, "missing_not_set_up")
        return [Missing(entry.title, start, end, why)]
    coordinator = entry.runtime_data
    missing: list[Missing] = []

    async def ask(
        read: Awaitable[None], since: datetime | None, until: datetime | None
    ) -> None:
        reading(entry.title)
        try:
            await read
        except HomeAssistantError as err:
            if since is None or until is None or since < until:
                missing.append(Missing(entry.title, since, until, in_words(hass, err)))

    known_since = coordinator.intake.known_since
    if start is not None and start < known_since and (end is None or end > start):
        until = known_since if end is None else min(known_since, end)
        if Capability.REREAD in coordinator.system.capabilities:
            await ask(coordinator.reread(start, until), start, until)
        else:
            why = common(hass, "missing_not_recorded")
            missing.append(Missing(entry.title, start, until, why))
    # Also what happened before `end` may not have been told yet.
    await ask(coordinator.catch_up(), coordinator.last_event_at, end)
    return missing + [
        Missing(
            entry.title,
            gap.start,
            gap.end,
            gap.detail or common(hass, "missing_not_held"),
        )
        for gap in coordinator.troubles.gaps
        if (end is None or gap.start < end) and (start is None or gap.end > start)
    ]
