"""Writing the journal: what the one writer thread does, a transaction at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce
from itertools import batched
from typing import Any, Concatenate

from sqlalchemy import (
    Engine,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DataError

from .journal_forget import any_forgotten, drop_old, not_forgotten, remember_keys
from .journal_merge import TEXTS, Pair, cleaned, cleaned_event, merge, pair, stored_key
from .journal_names import NamePairs
from .journal_query import ROWS, Place, microseconds, stored
from .journal_schema import entries, events, gaps, people, places, schema
from .models import ACCESS_KINDS, AccessEvent, StoredEvent

SLICE = 1000
_LOOKUP = 500


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch brought: rows that are new, and rows that know more than before."""

    new: list[StoredEvent]
    enriched: list[StoredEvent]


@dataclass(slots=True)
class _Entry:
    """What the writer knows of an entry without reading it again."""

    number: int
    cursor: str | None = None
    newest: int | None = None


class Writer:
    """Changes the journal. Each method is one transaction; one thread calls them."""

    def __init__(self, engine: Engine) -> None:
        """Find out which number the next row has."""
        self._engine = engine
        self._entries: dict[str, _Entry] = {}
        self._people = NamePairs(people)
        self._places = NamePairs(places)
        # A file has one writer, for whom it is locked. A server may have those of two
        # Home Assistants: they take turns, and each begins where the other ended.
        self._shared = engine.dialect.name != "sqlite"
        with engine.connect() as connection:
            self._seq = _next_seq(connection)
            self._forgets = any_forgotten(connection)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commit all or nothing; in the latter case, know nothing of what was tried."""
        try:
            with self._engine.begin() as connection:
                if self._shared:
                    connection.execute(select(schema.c.version).with_for_update())
                    self._seq = _next_seq(connection)
                yield connection
        except BaseException:
            self._entries.clear()
            self._people.clear()
            self._places.clear()
            raise

    def record(
        self,
        entry_id: str,
        batch: Iterable[AccessEvent],
        cursor: str | None,
        live: bool,
    ) -> Recorded:
        """Insert what is new, fill what knows more now, and move the cursor."""
        views: dict[str, list[AccessEvent]] = {}
        for event in batch:
            views.setdefault(stored_key(event.key), []).append(event)
        try:
            return self._record(entry_id, views, cursor, live)
        except ValueError, DataError:
            views = {key: list(map(cleaned_event, view)) for key, view in views.items()}
            return self._record(entry_id, views, cursor, live)

    def _record(
        self,
        entry_id: str,
        views: dict[str, list[AccessEvent]],
        cursor: str | None,
        live: bool,
    ) -> Recorded:
        """Record events, in one view or several, by their stored keys."""
        received_at = datetime.now(UTC)
        with self.transaction() as connection:
            entry = self._entry(connection, entry_id)
            if self._forgets:
                views = not_forgotten(connection, entry.number, views)
            held = _held(connection, entry.number, views)
            fresh = [key for key in views if key not in held]
            new = [
                StoredEvent(
                    seq=seq,
                    entry_id=entry_id,
                    event=reduce(merge, views[key]),
                    received_at=received_at,
                    live=live,
                )
                for seq, key in enumerate(fresh, self._seq)
            ]
            enriched = [
                replace(row, event=event)
                for key, row in held.items()
                if (event := reduce(merge, views[key], row.event)) is not row.event
            ]
            rows = self._rows(connection, entry.number, new + enriched)
            for row, key in zip(rows, fresh, strict=False):
                row["event_key"] = key
            if new:
                connection.execute(insert(events), rows[: len(new)])
            if enriched:
                connection.execute(
                    _ENRICH,
                    [
                        {"row": row["seq"], **{name: row[name] for name in _FILLED}}
                        for row in rows[len(new) :]
                    ],
                )
            self._note_access(connection, rows)
            values = _entry_changes(entry, cursor, rows[: len(new)])
            if new:
                values["last_seq"] = new[-1].seq
                if live:
                    values["last_live"] = new[-1].seq
            if moved := [
                row.seq
                for row in enriched
                if row.event.door_id != held[stored_key(row.event.key)].event.door_id
            ]:
                # What was counted at no door is to be counted at its own.
                counted, before = entries.c.counted, min(moved) - 1
                values["counted"] = case((counted < before, counted), else_=before)
            if values:
                connection.execute(
                    update(entries).where(entries.c.id == entry.number).values(values)
                )
        entry.cursor = values.get("cursor", entry.cursor)
        entry.newest = values.get("newest", entry.newest)
        self._seq += len(new)
        return Recorded(new, enriched)

    def adopt(
        self,
        entry_id: str,
        rows: Sequence[StoredEvent],
        gone: Mapping[str, int],
        cursor: str | None,
    ) -> int:
        """Take rows over from another journal, as delivered, unless they are held.

        So are the keys of what is forgotten there. A cursor is taken over where there
        is none. Returns how many rows were not held.
        """
        with self.transaction() as connection:
            entry = self._entry(connection, entry_id)
            if gone:
                remember_keys(connection, entry.number, gone)
                self._forgets = True
            views = {row.event.key: row for row in rows}
            if self._forgets:
                views = not_forgotten(connection, entry.number, views)
            held = _held(connection, entry.number, views)
            fresh = [row for key, row in views.items() if key not in held]
            new = [replace(row, seq=seq) for seq, row in enumerate(fresh, self._seq)]
            made = self._rows(connection, entry.number, new)
            for values, row in zip(made, new, strict=True):
                values["event_key"] = row.event.key
            if made:
                connection.execute(insert(events), made)
                self._note_access(connection, made)
            changes = _entry_changes(
                entry, cursor if entry.cursor is None else None, made
            )
            if new:
                last = new[-1].seq
                changes |= {"last_seq": last, "last_live": last, "delivered": last}
            if changes:
                connection.execute(
                    update(entries).where(entries.c.id == entry.number).values(changes)
                )
        entry.cursor = changes.get("cursor", entry.cursor)
        entry.newest = changes.get("newest", entry.newest)
        self._seq += len(new)
        return len(new)

    def _entry(self, connection: Connection, entry_id: str) -> _Entry:
        """Return what is known of an entry, and begin one that is new."""
        if entry_id in self._entries:
            return self._entries[entry_id]
        found = connection.execute(
            select(entries.c.id, entries.c.cursor, entries.c.newest).where(
                entries.c.entry_id == entry_id
            )
        ).first()
        if found is None:
            entry = _Entry((connection.scalar(select(func.max(entries.c.id))) or 0) + 1)
            connection.execute(
                insert(entries).values(
                    id=entry.number,
                    entry_id=entry_id,
                    last_seq=0,
                    last_live=0,
                    delivered=0,
                )
            )
        else:
            entry = _Entry(found.id, found.cursor, found.newest)
        self._entries[entry_id] = entry
        return entry

    def _rows(
        self, connection: Connection, entry: int, stored_events: Sequence[StoredEvent]
    ) -> list[dict[str, Any]]:
        """Return events as rows, for insertion or for filling what was empty."""
        doors: set[Pair] = {
            (row.event.door_id, row.event.door_name) for row in stored_events
        }
        readers: set[Pair] = {
            (row.event.reader_id, row.event.reader_name) for row in stored_events
        }
        places = self._places.numbers(connection, entry, doors | readers)
        people = self._people.numbers(
            connection, entry, {pair(row.event.person) for row in stored_events}
        )
        return [
            {
                "seq": row.seq,
                "entry": entry,
                "occurred": microseconds(event.occurred_at),
                "received": microseconds(row.received_at),
                "live": int(row.live),
                "kind": event.kind.value,
                "vendor_code": event.vendor_code,
                "door": places[event.door_id, event.door_name],
                "reader": places[event.reader_id, event.reader_name],
                "person": people[pair(event.person)],
                "method": None if event.method is None else event.method.value,
                "credential": event.credential,
                "direction": None if event.direction is None else event.direction.value,
                "reason": event.reason,
                "message": event.message,
                "image_ref": event.image_ref,
            }
            for row in stored_events
            for event in (row.event,)
        ]

    def _note_access(self, connection: Connection, rows: list[dict[str, Any]]) -> None:
        """Keep the newest access at each door at hand."""
        newest: dict[int, Place] = {}
        for row in rows:
            if row["door"] is not None and row["kind"] in _ACCESS:
                place = row["occurred"], row["seq"]
                newest[row["door"]] = max(newest.get(row["door"], place), place)
        if newest:
            connection.execute(
                _NOTE_ACCESS,
                [
                    {"place": door, "at": at, "number": seq}
                    for door, (at, seq) in newest.items()
                ],
            )

    def undelivered(self, entry_id: str) -> list[StoredEvent]:
        """Return what was committed live and not delivered, and call it replayed."""
        with self.transaction() as connection:
            entry = connection.execute(
                select(entries).where(entries.c.entry_id == entry_id)
            ).first()
            if entry is None or entry.last_live <= entry.delivered:
                return []
            where = and_(
                events.c.seq > entry.delivered,
                events.c.seq <= entry.last_live,
                events.c.entry == entry.id,
                events.c.live == 1,
            )
            found = connection.execute(ROWS.where(where).order_by(events.c.seq))
            rows = [replace(stored(row), live=False) for row in found]
            connection.execute(update(events).where(where).values(live=0))
        return rows

    def mark_delivered(self, entry_id: str, seq: int) -> None:
        """Note that all rows of an entry up to a number are delivered."""
        with self.transaction() as connection:
            connection.execute(
                update(entries)
                .where(
                    entries.c.entry_id == entry_id,
                    entries.c.delivered < seq,
                    # A number of a journal that was there before means nothing here.
                    entries.c.last_seq >= seq,
                )
                .values(delivered=seq)
            )

    def mark_counted(self, entry_id: str, after: int, upto: int) -> None:
        """Note that rows are in the statistics, unless that has changed meanwhile."""
        with self.transaction() as connection:
            connection.execute(
                update(entries)
                .where(entries.c.entry_id == entry_id, entries.c.counted == after)
                .values(counted=upto)
            )

    def note_gap(
        self, entry_id: str, start: datetime, end: datetime, detail: str
    ) -> None:
        """Keep from when to when something is missing for good, once."""
        with self.transaction() as connection:
            row = {
                "entry": self._entry(connection, entry_id).number,
                "start": microseconds(start),
                "end": microseconds(end),
            }
            same = [gaps.c[name] == value for name, value in row.items()]
            if connection.execute(select(gaps.c.entry).where(*same)).first() is None:
                connection.execute(insert(gaps).values(**row, detail=cleaned(detail)))

    def purge_slice(
        self, entry: int, owner: str | None, before: int | None, after: Place | None
    ) -> tuple[int, Place | None]:
        """Delete some of the rows before a time, None: all.

        Nothing is deleted if the number is not its owner's (None: nobody's) any more.
        Returns how many, and behind which place there may be more.
        """
        time, seq = events.c.occurred, events.c.seq
        chosen = select(time, seq).where(events.c.entry == entry)
        if before is not None:
            chosen = chosen.where(time < before)
        if after is not None:
            chosen = chosen.where(
                time >= after[0], or_(time > after[0], seq > after[1])
            )
        with self.transaction() as connection:
            if not _is_of(connection, entry, owner):
                return 0, None
            rows = connection.execute(chosen.order_by(time, seq).limit(SLICE)).all()
            if rows:
                connection.execute(
                    delete(events).where(seq.in_([number for _, number in rows]))
                )
        if len(rows) < SLICE:
            return len(rows), None
        return len(rows), (rows[-1][0], rows[-1][1])

    def purge_names(self, entry: int, before: int) -> None:
        """Delete people without a row, and note which doors have no access left."""
        used = select(events.c.person).where(
            events.c.entry == entry, events.c.person.is_not(None)
        )
        with self.transaction() as connection:
            connection.execute(
                delete(people).where(people.c.entry == entry, people.c.id.not_in(used))
            )
            connection.execute(
                update(places)
                .where(places.c.entry == entry, places.c.access_at < before)
                .values(access_at=None, access_seq=None)
            )
            connection.execute(
                delete(gaps).where(gaps.c.entry == entry, gaps.c.end < before)
            )
            drop_old(connection, entry, before)
        self._people.clear()

    def forget[**P, T](
        self,
        step: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Take one step of `journal_forget`."""
        with self.transaction() as connection:
            made = step(connection, *args, **kwargs)
        self._people.clear()
        self._forgets = True
        return made

    def disown(self, entry_id: str) -> None:
        """Make the rows of an entry nobody's; they are nowhere seen any more."""
        with self.transaction() as connection:
            connection.execute(
                update(entries)
                .where(entries.c.entry_id == entry_id)
                .values(entry_id=None, cursor=None)
            )
        self._entries.pop(entry_id, None)

    def disowned(self) -> list[int]:
        """Return the numbers of entries whose rows are to be deleted."""
        with self._engine.connect() as connection:
            found = connection.scalars(
                select(entries.c.id).where(entries.c.entry_id.is_(None))
            )
            return list(found)

    def remove_entry(self, entry: int) -> None:
        """Delete what is left of an entry once its rows are gone."""
        with self.transaction() as connection:
            if not _is_of(connection, entry, None):
                return
            for table in (people, places, gaps):
                connection.execute(delete(table).where(table.c.entry == entry))
            drop_old(connection, entry)
            connection.execute(delete(entries).where(entries.c.id == entry))
            connection.execute(update(schema).values(last_seq=self._seq - 1))
        self._people.clear()
        self._places.clear()


def _is_of(connection: Connection, entry: int, owner: str | None) -> bool:
    """Tell whether a number still is an owner's: that of a gone entry is given anew."""
    which = (entries.c.id == entry, entries.c.entry_id == owner)
    return connection.execute(select(entries.c.id).where(*which)).first() is not None


def _next_seq(connection: Connection) -> int:
    """Return a number above all that were ever given to a row."""
    return 1 + max(
        connection.scalar(select(func.max(column))) or 0
        for column in (schema.c.last_seq, entries.c.last_seq)
    )


def _held(
    connection: Connection, entry: int, keys: Iterable[str]
) -> dict[str, StoredEvent]:
    """Return the rows that there are of some keys."""
    held: dict[str, StoredEvent] = {}
    for part in batched(keys, _LOOKUP, strict=False):
        found = connection.execute(
            ROWS.where(events.c.entry == entry, events.c.event_key.in_(part))
        )
        for row in map(stored, found):
            held[row.event.key] = row
    return held


def _entry_changes(
    entry: _Entry, cursor: str | None, rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return what rows and a cursor change of an entry."""
    values: dict[str, Any] = {}
    if cursor is not None and cursor != entry.cursor:
        values["cursor"] = cursor
    if rows:
        newest = max(row["occurred"] for row in rows)
        if entry.newest is None or newest > entry.newest:
            values["newest"] = newest
    return values


_ACCESS = {kind.value for kind in ACCESS_KINDS}

_FILLED = ("door", "reader", "person", "method", "direction", *TEXTS)
_ENRICH = update(events).where(events.c.seq == bindparam("row"))

_NOTE_ACCESS = (
    update(places)
    .where(
        places.c.id == bindparam("place"),
        or_(
            places.c.access_at.is_(None),
            places.c.access_at < bindparam("at"),
            and_(
                places.c.access_at == bindparam("at"),
                places.c.access_seq < bindparam("number"),
            ),
        ),
    )
    .values(access_at=bindparam("at"), access_seq=bindparam("number"))
)
