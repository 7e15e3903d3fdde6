"""Long-term statistics of the Access Events integration: events per hour.

Each kind at each door has a statistic of its own, in the hours in which things
happened. The journal is what is counted, and it keeps how far that has come, so that
nothing is left out or counted twice, whatever the order in which events are learned
and whenever Home Assistant ends.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
import hashlib
from itertools import batched
import logging
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from homeassistant.components.recorder import DOMAIN as RECORDER, get_instance
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import (
    StatisticsRow,
    async_add_external_statistics,
    get_last_statistics,
    get_metadata,
    statistics_during_period,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util, slugify

from .const import CONF_RETENTION_DAYS, DEFAULT_RETENTION_DAYS, DOMAIN
from .devices import SystemDevices
from .journal import Journal, JournalError
from .journal_counts import HourlyCounts, NewAtDoor

if TYPE_CHECKING:
    from .coordinator import AccessConfigEntry

_LOGGER = logging.getLogger(__name__)

_DELAY = 15.0
"""Seconds from an event to its statistics; what comes meanwhile is counted with it."""

_ROWS = 500
_HOUR = timedelta(hours=1)


class AccessStatistics:
    """Keeps the hourly statistics of one system equal to what the journal holds."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: AccessConfigEntry,
        journal: Journal,
        devices: SystemDevices,
    ) -> None:
        """Start with nothing to do."""
        self._hass = hass
        self._entry = entry
        self._journal = journal
        self._devices = devices
        self._timer: CALLBACK_TYPE | None = None
        self._counting = asyncio.Lock()

    @callback
    def async_schedule(self) -> None:
        """Count what is new, a moment later."""
        if self._timer is None and RECORDER in self._hass.config.components:
            self._timer = async_call_later(self._hass, _DELAY, self._async_begin)

    @callback
    def async_stop(self) -> None:
        """Leave what is not counted yet for the next start."""
        if self._timer is not None:
            self._timer()
            self._timer = None

    @callback
    def _async_begin(self, _: datetime) -> None:
        """Count without holding anything up."""
        self._timer = None
        self._entry.async_create_background_task(
            self._hass, self._async_count(), f"{DOMAIN} statistics {self._entry.title}"
        )

    async def _async_count(self) -> None:
        """Bring the statistics up to the journal."""
        try:
            async with self._counting:
                await self._async_count_new()
        except (JournalError, SQLAlchemyError) as err:
            # Nothing is noted as counted, so that the next event makes up for it.
            _LOGGER.debug("%s: no statistics now: %s", self._entry.title, err)

    async def _async_count_new(self) -> None:
        """Count anew the hours in which something new happened."""
        hass, entry_id = self._hass, self._entry.entry_id
        if (new := await self._journal.uncounted(entry_id)) is None:
            return
        recorder = get_instance(hass)
        known = await recorder.async_add_executor_job(_known_ids, hass, entry_id)
        if new.after and not known:
            # The recorder's database is another one now.
            new = await self._journal.uncounted(entry_id, anew=True) or new
        doors = dict(new.doors)
        by_door = _by_door(known, entry_id)
        if _door_prefix(entry_id, None) in by_door:
            # What was at no door at first may have moved to its own.
            since = min(door.since for door in doors.values())
            doors.setdefault(None, NewAtDoor(since, ""))
        names = await self._async_kind_names()
        for door_id, door in doors.items():
            there = by_door.get(_door_prefix(entry_id, door_id), ())
            await self._async_count_door(door_id, door, there, names)
        await recorder.async_block_till_done()
        await self._journal.mark_counted(entry_id, new.after, new.upto)

    async def _async_count_door(
        self,
        door_id: str | None,
        door: NewAtDoor,
        known: Collection[str],
        names: Mapping[str, str],
    ) -> None:
        """Count the hours at a door from the first in which something is new.

        `known` are the statistics that it has.
        """
        hass, entry_id = self._hass, self._entry.entry_id
        prefix = _door_prefix(entry_id, door_id)
        counts = await self._journal.hourly(entry_id, door_id, door.since)
        if any(f"{prefix}{kind}" not in known for kind in counts):
            counts = await self._journal.hourly(entry_id, door_id, None)
        # Rows leave the journal when they are old, and only those at no door move.
        kept_from = None
        if door_id is None:
            days = self._entry.options.get(CONF_RETENTION_DAYS, DEFAULT_RETENTION_DAYS)
            kept_from = dt_util.utcnow() - timedelta(days=days)
        place = f"{self._entry.title} {self._door_name(door_id, door)}".strip()
        corrections = await get_instance(hass).async_add_executor_job(
            _corrections,
            hass,
            {
                **{found: {} for found in known},
                **{f"{prefix}{kind}": hours for kind, hours in counts.items()},
            },
            door.since,
            kept_from,
        )
        for found, rows in corrections.items():
            kind = found.removeprefix(prefix)
            metadata = StatisticMetaData(
                mean_type=StatisticMeanType.NONE,
                has_sum=True,
                name=f"{place}: {names.get(kind, kind)}",
                source=DOMAIN,
                statistic_id=found,
                unit_class=None,
                unit_of_measurement=None,
            )
            for part in batched(rows, _ROWS, strict=False):
                async_add_external_statistics(hass, metadata, part)
                await asyncio.sleep(0)

    def _door_name(self, door_id: str | None, door: NewAtDoor) -> str:
        """Return the name of a door, as the user calls it."""
        if door_id is None:
            return ""
        if (device_id := self._devices.doors.get(door_id)) and (
            device := dr.async_get(self._hass).async_get(device_id)
        ):
            return device.name_by_user or device.name or door_id
        return door.name or door_id

    async def _async_kind_names(self) -> dict[str, str]:
        """Return the words for the kinds."""
        words = await async_get_translations(
            self._hass, self._hass.config.language, "selector", {DOMAIN}
        )
        prefix = f"component.{DOMAIN}.selector.kind.options."
        return {
            key.removeprefix(prefix): text
            for key, text in words.items()
            if key.startswith(prefix)
        }


def statistic_id(entry_id: str, door_id: str | None, kind: str) -> str:
    """Return the id of the statistic of a kind at a door, None: at no known door."""
    return f"{_door_prefix(entry_id, door_id)}{kind}"


def _door_prefix(entry_id: str, door_id: str | None) -> str:
    """Return what the ids of a door's statistics begin with.

    Doors' ids are the systems' own, and may be of any length and hold any signs.
    """
    code = "system"
    if door_id is not None:
        code = hashlib.blake2s(door_id.encode(), digest_size=6).hexdigest()
    return f"{_prefix(entry_id)}{code}_"


# There are few systems, and it takes long for how often it is asked.
@lru_cache(maxsize=64)
def _prefix(entry_id: str) -> str:
    """Return what the ids of a system's statistics begin with."""
    return f"{DOMAIN}:{slugify(entry_id)}_"


def _by_door(known: Iterable[str], entry_id: str) -> dict[str, list[str]]:
    """Return the ids of a system's statistics by what those of each door begin with."""
    prefix = _prefix(entry_id)
    found: dict[str, list[str]] = {}
    for name in known:
        code, mark, _ = name.removeprefix(prefix).partition("_")
        found.setdefault(f"{prefix}{code}{mark}", []).append(name)
    return found


async def async_forget_statistics(hass: HomeAssistant, entry_id: str) -> None:
    """Remove the statistics of a system."""
    if RECORDER not in hass.config.components:
        return
    recorder = get_instance(hass)
    known = await recorder.async_add_executor_job(_known_ids, hass, entry_id)
    recorder.async_clear_statistics(sorted(known))


def _known_ids(hass: HomeAssistant, entry_id: str) -> set[str]:
    """Return the ids of the statistics that there are of a system."""
    prefix = _prefix(entry_id)
    found = get_metadata(hass, statistic_source=DOMAIN)
    return {known for known in found if known.startswith(prefix)}


def _corrections(
    hass: HomeAssistant,
    counts: HourlyCounts,
    since: datetime,
    kept_from: datetime | None,
) -> dict[str, list[StatisticData]]:
    """Return the rows of statistics that are to be written, by id."""
    earliest = min([since, *(min(hours) for hours in counts.values() if hours)])
    recorded = statistics_during_period(
        hass, earliest, None, set(counts), "hour", None, {"state", "sum"}
    )
    corrections = {}
    for found, hours in counts.items():
        if rows := recorded.get(found, []):
            before = (rows[0].get("sum") or 0) - (rows[0].get("state") or 0)
        else:
            last = get_last_statistics(hass, 1, found, False, {"sum"}).get(found)
            before = (last[0].get("sum") or 0) if last else 0
        corrections[found] = corrected(rows, before, hours, kept_from)
    return corrections


def corrected(
    recorded: Sequence[StatisticsRow],
    before: float,
    counts: Mapping[datetime, int],
    kept_from: datetime | None,
) -> list[StatisticData]:
    """Return the hours of a statistic that change, with their counts and sums.

    Args:
        recorded: The hours that there are, from the first that may change.
        before: The sum up to them.
        counts: What the journal holds of each hour.
        kept_from: The time from which on the journal holds all there was; None where
            it may only have lost some, and so is never right to hold less.
    """
    hours = {dt_util.utc_from_timestamp(row["start"]): row for row in recorded}
    total = before
    changed = []
    for hour in sorted(hours.keys() | counts.keys()):
        held = hours.get(hour)
        state = (held.get("state") or 0) if held else 0
        count: float = counts.get(hour, 0)
        if kept_from is None or hour < kept_from:
            count = max(count, state)
        total += count
        if held is None or (state, held.get("sum")) != (count, total):
            changed.append(StatisticData(start=hour, state=count, sum=total))
    return changed
