"""What the journal holds of each hour, and of what a system can't tell any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.engine import Connection

from .journal_query import microseconds
from .journal_schema import entries, events, gaps, places

type HourlyCounts = dict[str, dict[datetime, int]]
"""How many events there are in each hour (its beginning, UTC), by kind."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class NewAtDoor:
    """The hour of the earliest event at a door that is not counted yet."""

    since: datetime
    name: str


@dataclass(frozen=True, slots=True)
class Uncounted:
    """What is to be counted: the rows of an entry behind `after`, up to `upto`.

    `doors` are by their id; None is for what happened at no known door.
    """

    after: int
    upto: int
    doors: Mapping[str | None, NewAtDoor]


def uncounted(connection: Connection, entry_id: str, *, anew: bool) -> Uncounted | None:
    """Return what is not counted yet, or with `anew` all there is; None if nothing."""
    entry = connection.execute(
        select(entries.c.id, entries.c.last_seq, entries.c.counted).where(
            entries.c.entry_id == entry_id
        )
    ).first()
    if entry is None:
        return None
    after = 0 if anew else entry.counted
    if entry.last_seq <= after:
        return None
    found = connection.execute(
        select(places.c.ref, func.min(events.c.occurred), func.max(places.c.name))
        .select_from(events)
        .outerjoin(places, places.c.id == events.c.door)
        .where(
            events.c.seq > after,
            events.c.seq <= entry.last_seq,
            events.c.entry == entry.id,
        )
        .group_by(places.c.ref)
    )
    doors: dict[str | None, NewAtDoor] = {}
    for ref, occurred, name in found:
        since = _hour(occurred // _HOUR)
        if (before := doors.get(ref or None)) is not None:
            since = min(since, before.since)
        doors[ref or None] = NewAtDoor(since, name or "")
    return Uncounted(entry.counted, entry.last_seq, doors)


def hourly(
    connection: Connection, entry_id: str, door_id: str | None, since: datetime | None
) -> HourlyCounts:
    """Count the events at a door by kind and hour, from the hour `since` on."""
    entry = connection.scalar(
        select(entries.c.id).where(entries.c.entry_id == entry_id)
    )
    named = select(places.c.id).where(
        places.c.entry == entry, places.c.ref == (door_id or "")
    )
    where: list[ColumnElement[bool]] = [events.c.entry == entry]
    if door_id is None:
        where.append(or_(events.c.door.is_(None), events.c.door.in_(named)))
    else:
        where.append(events.c.door.in_(named))
    if since is not None:
        where.append(events.c.occurred >= microseconds(since))
    hour = (events.c.occurred // _HOUR).label("hour")
    counts: HourlyCounts = {}
    for kind, number, count in connection.execute(
        select(events.c.kind, hour, func.count()).where(*where).group_by("kind", hour)
    ):
        counts.setdefault(kind, {})[_hour(number)] = count
    return counts


def known_gaps(
    connection: Connection, entry_id: str
) -> list[tuple[datetime, datetime, str]]:
    """Return from when to when something is missing for good, and why."""
    found = connection.execute(
        select(gaps.c.start, gaps.c.end, gaps.c.detail)
        .join_from(gaps, entries, entries.c.id == gaps.c.entry)
        .where(entries.c.entry_id == entry_id)
        .order_by(gaps.c.start, gaps.c.end)
    )
    return [(_time(start), _time(end), detail) for start, end, detail in found]


def _time(occurred: int) -> datetime:
    """Return a time of the journal."""
    return _EPOCH + timedelta(microseconds=occurred)


def _hour(number: int) -> datetime:
    """Return the beginning of an hour by its number since 1970."""
    return _EPOCH + timedelta(hours=int(number))
