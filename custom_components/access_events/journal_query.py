"""Reading the journal: filters, pages, and rows as events."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, bindparam, func, or_, select
from sqlalchemy.engine import Connection

from .journal_schema import entries, events, people, places
from .models import (
    AccessEvent,
    Direction,
    EventKind,
    Method,
    Person,
    StoredEvent,
    plain,
)

type Conditions = list[ColumnElement[bool]]
type Place = tuple[int, int]
"""Where a row stands in the order of reading: `occurred` and `seq`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_KINDS = {kind.value: kind for kind in EventKind}
_METHODS = {method.value: method for method in Method}
_DIRECTIONS = {direction.value: direction for direction in Direction}

_door = places.alias("door")
_reader = places.alias("reader")

ROWS = (
    select(
        events.c.seq,
        entries.c.entry_id,
        events.c.event_key,
        events.c.occurred,
        events.c.received,
        events.c.live,
        events.c.kind,
        events.c.vendor_code,
        _door.c.ref,
        _door.c.name,
        _reader.c.ref,
        _reader.c.name,
        people.c.ref,
        people.c.name,
        events.c.method,
        events.c.credential,
        events.c.direction,
        events.c.reason,
        events.c.message,
        events.c.image_ref,
    )
    .join_from(events, entries, entries.c.id == events.c.entry)
    .outerjoin(_door, _door.c.id == events.c.door)
    .outerjoin(_reader, _reader.c.id == events.c.reader)
    .outerjoin(people, people.c.id == events.c.person)
)
"""Rows with all that belongs to them, as `stored` takes them."""

BARE_ROWS = select(
    events.c.seq,
    events.c.entry,
    events.c.event_key,
    events.c.occurred,
    events.c.received,
    events.c.live,
    events.c.kind,
    events.c.vendor_code,
    events.c.door,
    events.c.reader,
    events.c.person,
    events.c.method,
    events.c.credential,
    events.c.direction,
    events.c.reason,
    events.c.message,
    events.c.image_ref,
)
"""Rows alone, with numbers for what `Names` knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """What to read from the journal, and in which order. None is "all".

    `start` is included, `end` is not; both are aware. A door is an id, in whichever
    entry it is found, or a pair of an entry's id and a door's. `person` is an id, or
    a part of a name in any case; `people` are whole ids or names. `text` is
    what `journal_search` looks for, and nobody else. `pictures` leaves only what has a
    picture. `limit` and `offset` cut a page out; a stream has no use for them.
    """

    entry_ids: tuple[str, ...] | None = None
    start: datetime | None = None
    end: datetime | None = None
    kinds: tuple[EventKind, ...] | None = None
    door_ids: tuple[str | tuple[str, str], ...] | None = None
    person: str | None = field(default=None, repr=False)
    people: tuple[str, ...] | None = field(default=None, repr=False)
    text: str | None = field(default=None, repr=False)
    pictures: bool = False
    limit: int = 100
    offset: int = 0
    descending: bool = False


class Names:
    """What the numbers in bare rows stand for, looked up as they are met."""

    connection: Connection

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._entries: dict[int, str] = {}
        self._places: dict[int, tuple[str, str]] = {}
        self._people: dict[int, tuple[str, str]] = {}

    def entry(self, number: int) -> str:
        """Return the id of an entry; '' if it was forgotten."""
        if number not in self._entries:
            found = known_entries(self.connection)
            self._entries |= {number: entry_id for entry_id, number in found.items()}
        return self._entries.get(number, "")

    def place(self, number: int | None) -> tuple[str, str]:
        """Return id and name of a door or reader; '' is not known."""
        return self._find(places, self._places, number)

    def person(self, number: int | None) -> tuple[str, str]:
        """Return id and name of a person; '' is not known."""
        return self._find(people, self._people, number)

    def _find(
        self, table: Table, known: dict[int, tuple[str, str]], number: int | None
    ) -> tuple[str, str]:
        """Return a name; the first time, all are read, since most will be needed."""
        if number is None:
            return "", ""
        if number not in known:
            named = select(table.c.id, table.c.ref, table.c.name)
            if known:
                named = named.where(table.c.id == number)
            for found, ref, name in self.connection.execute(named):
                known[found] = ref, name
        return known.get(number, ("", ""))


class DamagedRowError(Exception):
    """A row holds what nobody wrote: the file went bad where it doesn't show."""


def microseconds(time: datetime) -> int:
    """Return an aware time as the journal keeps it."""
    return (time - _EPOCH) // _MICROSECOND


def from_microseconds(number: int) -> datetime:
    """Return a time of the journal; raises `DamagedRowError` if it can't be one."""
    try:
        return _EPOCH + timedelta(microseconds=number)
    except (TypeError, OverflowError) as error:
        raise DamagedRowError from error


def stored(row: Row[Any]) -> StoredEvent:
    """Return a row as an event. What a newer release wrote is read as unknown.

    Raises `DamagedRowError` for a time that can't be one.
    """
    (
        seq,
        entry_id,
        key,
        occurred,
        received,
        live,
        kind,
        vendor_code,
        door_id,
        door_name,
        reader_id,
        reader_name,
        person_id,
        person_name,
        method,
        credential,
        direction,
        reason,
        message,
        image_ref,
    ) = row
    return StoredEvent(
        seq=seq,
        entry_id=entry_id,
        event=AccessEvent(
            key=key,
            occurred_at=from_microseconds(occurred),
            kind=_KINDS.get(kind, EventKind.OTHER),
            vendor_code=vendor_code,
            door_id=door_id or None,
            door_name=door_name or None,
            reader_id=reader_id or None,
            reader_name=reader_name or None,
            person=(
                None
                if person_id is None
                else Person(id=person_id or None, name=person_name or None)
            ),
            method=None if method is None else _METHODS.get(method, Method.UNKNOWN),
            credential=credential,
            direction=_DIRECTIONS.get(direction),
            reason=reason,
            message=message,
            image_ref=image_ref,
        ),
        received_at=from_microseconds(received),
        live=live == 1,
    )


def known_entries(connection: Connection) -> dict[str, int]:
    """Return the numbers of all entries that are not forgotten."""
    found = connection.execute(
        select(entries.c.entry_id, entries.c.id).where(entries.c.entry_id.is_not(None))
    )
    return {row.entry_id: row.id for row in found}


def conditions(connection: Connection, wanted: LogFilter) -> Conditions | None:
    """Return what rows must fulfil, in terms of one index, None if no row can."""
    numbers = known_entries(connection)
    if wanted.entry_ids is not None:
        numbers = {key: numbers[key] for key in wanted.entry_ids if key in numbers}
    if not numbers:
        return None
    where = [_one_of(events.c.entry, numbers.values())]
    if wanted.start is not None:
        where.append(events.c.occurred >= microseconds(wanted.start))
    if wanted.end is not None:
        where.append(events.c.occurred < microseconds(wanted.end))
    if wanted.kinds is not None:
        if not wanted.kinds:
            return None
        where.append(events.c.kind.in_(sorted({kind.value for kind in wanted.kinds})))
    if wanted.door_ids is not None:
        if not (doors := _find_doors(connection, numbers, wanted.door_ids)):
            return None
        where.append(_one_of(events.c.door, doors))
    if wanted.person is not None:
        if not (persons := _find_people(connection, numbers, wanted.person)):
            return None
        where.append(_one_of(events.c.person, persons))
    if wanted.pictures:
        where.append(events.c.image_ref.is_not(None))
    if wanted.people is not None:
        if not (persons := _find_named(connection, numbers, wanted.people)):
            return None
        where.append(_one_of(events.c.person, persons))
    return where


def _one_of(
    column: ColumnElement[Any], numbers: Collection[int]
) -> ColumnElement[bool]:
    """Return a condition on a column; its numbers don't count as parameters."""
    return column.in_(
        bindparam(None, sorted(numbers), expanding=True, literal_execute=True)
    )


def _find_doors(
    connection: Connection,
    numbers: dict[str, int],
    doors: Sequence[str | tuple[str, str]],
) -> list[int]:
    """Return the numbers of doors, under all their names."""
    anywhere = {door for door in doors if isinstance(door, str)}
    pairs = {
        (numbers[door[0]], door[1])
        for door in doors
        if not isinstance(door, str) and door[0] in numbers
    }
    found = connection.execute(
        select(places.c.id, places.c.entry, places.c.ref).where(
            _one_of(places.c.entry, numbers.values()), places.c.ref != ""
        )
    )
    return [
        number
        for number, entry, ref in found
        if ref in anywhere or (entry, ref) in pairs
    ]


def _find_people(
    connection: Connection, numbers: dict[str, int], person: str
) -> list[int]:
    """Return the numbers of people by id or part of a name.

    Databases differ in what letters of other scripts they hold to be the same, so
    names are compared here.
    """
    part = person.casefold()
    return [
        number
        for number, ref, name in _all_people(connection, numbers)
        if ref == person or part in name.casefold()
    ]


def _find_named(
    connection: Connection, numbers: dict[str, int], named: Sequence[str]
) -> list[int]:
    """Return the numbers of people by whole ids or names, in any case."""
    wanted = {plain(name) for name in named}
    return [
        number
        for number, ref, name in _all_people(connection, numbers)
        if plain(ref) in wanted or plain(name) in wanted
    ]


def _all_people(
    connection: Connection, numbers: dict[str, int]
) -> Iterable[tuple[int, str, str]]:
    """Return number, id and name of all people of some entries; '' is not known."""
    found = connection.execute(
        select(people.c.id, people.c.ref, people.c.name).where(
            _one_of(people.c.entry, numbers.values())
        )
    )
    return ((number, ref, name) for number, ref, name in found)


def total(connection: Connection, wanted: LogFilter) -> int:
    """Return how many rows a filter finds on all pages."""
    where = conditions(connection, wanted)
    return 0 if where is None else _count(connection, where)


def _count(connection: Connection, where: Conditions) -> int:
    """Return how many rows there are."""
    found = select(func.count()).select_from(events).where(*where)
    return connection.scalar(found) or 0


def query(connection: Connection, wanted: LogFilter) -> tuple[list[StoredEvent], int]:
    """Return the page that a filter asks for, and how many rows all pages have."""
    if (where := conditions(connection, wanted)) is None:
        return [], 0
    rows = page(
        connection,
        where,
        limit=wanted.limit,
        offset=wanted.offset,
        descending=wanted.descending,
    )
    return [stored(row) for row in rows], _count(connection, where)


def page(
    connection: Connection,
    where: Conditions,
    *,
    limit: int,
    offset: int = 0,
    descending: bool = False,
    after: Place | None = None,
    rows: Select[Any] = ROWS,
) -> Sequence[Row[Any]]:
    """Return rows by time, and those of the same time as they were recorded.

    Args:
        connection: A connection to the journal.
        where: What rows must fulfil.
        limit: How many rows to return at most.
        offset: How many rows to leave out first.
        descending: Newest first.
        after: The place of the row behind which the page begins.
        rows: What of the rows to return.
    """
    time, seq = events.c.occurred, events.c.seq
    order = (time.desc(), seq.desc()) if descending else (time, seq)
    chosen = select(seq).where(*where).limit(limit)
    if offset:
        chosen = chosen.offset(offset)
    chosen = behind(chosen, after, descending=descending)
    part = chosen.subquery("part")
    found = rows.join(part, part.c.seq == seq).order_by(*order)
    return connection.execute(found).all()


def behind(
    chosen: Select[Any], after: Place | None, *, descending: bool
) -> Select[Any]:
    """Return a selection in the order of reading, of what is behind a place."""
    time, seq = events.c.occurred, events.c.seq
    if after is not None:
        # The range comes first and alone: not all databases see it in a comparison
        # of pairs.
        chosen = (
            chosen.where(time <= after[0], or_(time < after[0], seq < after[1]))
            if descending
            else chosen.where(time >= after[0], or_(time > after[0], seq > after[1]))
        )
    order = (time.desc(), seq.desc()) if descending else (time, seq)
    return chosen.order_by(*order)


def cursor(connection: Connection, entry_id: str) -> str | None:
    """Return the cursor of an entry."""
    found = select(entries.c.cursor).where(entries.c.entry_id == entry_id)
    return connection.scalar(found)


def newest(connection: Connection, entry_id: str) -> datetime | None:
    """Return when the newest event of an entry happened."""
    found = connection.scalar(
        select(entries.c.newest).where(entries.c.entry_id == entry_id)
    )
    return None if found is None else _EPOCH + timedelta(microseconds=found)


def last_live(connection: Connection, entry_id: str) -> StoredEvent | None:
    """Return the row that was recorded live last."""
    found = connection.execute(
        ROWS.where(entries.c.entry_id == entry_id, events.c.seq == entries.c.last_live)
    ).first()
    return None if found is None else stored(found)


def find(connection: Connection, entry_id: str, key: str) -> StoredEvent | None:
    """Return the row of a key."""
    found = connection.execute(
        ROWS.where(entries.c.entry_id == entry_id, events.c.event_key == key)
    ).first()
    return None if found is None else stored(found)


def recent(connection: Connection, entry_id: str, seconds: int) -> list[AccessEvent]:
    """Return what happened up to some seconds before the newest row, oldest first."""
    entry = connection.execute(
        select(entries.c.id, entries.c.newest).where(entries.c.entry_id == entry_id)
    ).first()
    if entry is None or entry.newest is None:
        return []
    found = connection.execute(
        ROWS.where(
            events.c.occurred >= entry.newest - seconds * 1_000_000,
            events.c.entry == entry.id,
        ).order_by(events.c.occurred, events.c.seq)
    )
    return [stored(row).event for row in found]


def latest_access(connection: Connection, entry_id: str) -> dict[str, StoredEvent]:
    """Return the newest access at each door of an entry."""
    found = connection.execute(
        ROWS.join_from(entries, place := places.alias(), place.c.entry == entries.c.id)
        .where(entries.c.entry_id == entry_id, events.c.seq == place.c.access_seq)
        .order_by(events.c.occurred, events.c.seq)
    )
    # A door that changed its name has an access under each of them.
    return {row.event.door_id: row for row in map(stored, found) if row.event.door_id}
