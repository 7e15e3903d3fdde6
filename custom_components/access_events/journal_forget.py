"""Forgetting a person: what is known of them, and what may be told of them again.

A system still holds what the journal forgets, and tells it again when its history is
read with some overlap. So the keys of events that were forgotten are remembered.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
import re
import secrets
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection

from .journal_merge import TEXTS
from .journal_query import Place, known_entries
from .journal_schema import events, forgotten, people, places
from .models import ACCESS_KINDS, Person

_SLICE = 1000
_LOOKUP = 500
_SHORTEST_NAME = 2
_ACCESS = [kind.value for kind in ACCESS_KINDS]


@dataclass(frozen=True, slots=True)
class Who:
    """Under which numbers, by entry, a person is known, and under which names."""

    numbers: Mapping[int, Collection[int]]
    names: Mapping[int, re.Pattern[str]]
    people: frozenset[tuple[str, Person]]
    """The ids of entries, and who the person is there."""

    @property
    def all_numbers(self) -> list[int]:
        """Return the numbers in all entries."""
        return [number for found in self.numbers.values() for number in found]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten of a person: rows of theirs, and texts that named them."""

    rows: int
    mentions: int
    people: frozenset[tuple[str, Person]] = field(repr=False)
    """The ids of entries, and who the person was there."""


def find(connection: Connection, person: str, entry_ids: Collection[str] | None) -> Who:
    """Find a person by their id, or their whole name in any case.

    An id that goes with the name takes along its other names, and a name that goes
    with the id is theirs where no id was told.
    """
    if not (person := person.strip()):
        return Who({}, {}, frozenset())
    numbers: dict[int, set[int]] = {}
    names: dict[int, re.Pattern[str]] = {}
    found: set[tuple[str, Person]] = set()
    for entry_id, entry in known_entries(connection).items():
        if entry_ids is not None and entry_id not in entry_ids:
            continue
        rows = connection.execute(
            select(people.c.id, people.c.ref, people.c.name).where(
                people.c.entry == entry
            )
        ).all()
        hits = [
            row
            for row in rows
            if row.ref == person or row.name.casefold() == person.casefold()
        ]
        refs = {row.ref for row in hits} - {""}
        hits += [row for row in rows if row.ref in refs]
        called = {row.name.casefold() for row in hits} - {""}
        hits += [row for row in rows if not row.ref and row.name.casefold() in called]
        if not hits:
            continue
        numbers[entry] = {row.id for row in hits}
        found |= {
            (entry_id, Person(id=row.ref or None, name=row.name or None))
            for row in hits
        }
        if words := [re.escape(name) for name in called if len(name) >= _SHORTEST_NAME]:
            names[entry] = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)")
    return Who(numbers, names, frozenset(found))


def make_stand_ins(connection: Connection, who: Who) -> dict[int, int]:
    """Return the number of somebody new for each entry, whom nothing leads back from."""
    start = (connection.scalar(select(func.max(people.c.id))) or 0) + 1
    stand_ins = {entry: start + index for index, entry in enumerate(who.numbers)}
    for entry, number in stand_ins.items():
        code = secrets.token_hex(4)
        connection.execute(
            insert(people).values(
                id=number, entry=entry, ref=code, name=f"Person {code}"
            )
        )
    return stand_ins


def forget_slice(
    connection: Connection,
    who: Who,
    stand_ins: Mapping[int, int] | None,
    after: Place | None,
) -> tuple[int, Place | None]:
    """Delete some rows of a person, or put somebody else in their place.

    Returns how many, and behind which place there may be more.
    """
    time, seq = events.c.occurred, events.c.seq
    chosen = select(seq, events.c.entry, events.c.event_key, time).where(
        events.c.person.in_(who.all_numbers)
    )
    if after is not None:
        chosen = chosen.where(time >= after[0], or_(time > after[0], seq > after[1]))
    rows = connection.execute(chosen.order_by(time, seq).limit(_SLICE)).all()
    remember(connection, rows)
    if stand_ins is None:
        connection.execute(delete(events).where(seq.in_([row.seq for row in rows])))
    else:
        for entry, number in stand_ins.items():
            own = [row.seq for row in rows if row.entry == entry]
            connection.execute(
                update(events)
                .where(seq.in_(own))
                .values(person=number, credential=None, message=None, image_ref=None)
            )
    if len(rows) < _SLICE:
        return len(rows), None
    return len(rows), (rows[-1].occurred, rows[-1].seq)


def clear_mentions(
    connection: Connection, who: Who, after: int
) -> tuple[int, int | None]:
    """Clear texts that name a person in some of the rows that are not theirs.

    Returns how many there were, and behind which row there may be more.
    """
    text_columns = [events.c[name] for name in TEXTS]
    rows = connection.execute(
        select(
            events.c.seq,
            events.c.entry,
            events.c.event_key,
            events.c.occurred,
            *text_columns,
        )
        .where(
            events.c.seq > after,
            events.c.entry.in_(who.names),
            or_(*(column.is_not(None) for column in text_columns)),
        )
        .order_by(events.c.seq)
        .limit(_SLICE)
    ).all()
    naming = []
    for row in rows:
        found = row._mapping  # noqa: SLF001 - SQLAlchemy's own name for it
        cleared = {
            name: None
            for name in TEXTS
            if found[name] and who.names[row.entry].search(found[name].casefold())
        }
        if cleared:
            naming.append(row)
            connection.execute(
                update(events).where(events.c.seq == row.seq).values(cleared)
            )
    remember(connection, naming)
    return len(naming), rows[-1].seq if len(rows) == _SLICE else None


def finish(connection: Connection, who: Who) -> None:
    """Delete who the person was, and find the newest access at doors anew."""
    connection.execute(delete(people).where(people.c.id.in_(who.all_numbers)))
    lost = connection.scalars(
        select(places.c.id)
        .outerjoin_from(places, events, events.c.seq == places.c.access_seq)
        .where(
            places.c.entry.in_(who.numbers),
            places.c.access_seq.is_not(None),
            events.c.seq.is_(None),
        )
    ).all()
    for door in lost:
        newest = connection.execute(
            select(events.c.occurred, events.c.seq)
            .where(events.c.door == door, events.c.kind.in_(_ACCESS))
            .order_by(events.c.occurred.desc(), events.c.seq.desc())
            .limit(1)
        ).first()
        at, seq = newest or (None, None)
        connection.execute(
            update(places)
            .where(places.c.id == door)
            .values(access_at=at, access_seq=seq)
        )


# What is not to be taken again


def remember(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    """Note the keys of rows as forgotten."""
    by_entry: dict[int, dict[str, int]] = {}
    for row in rows:
        by_entry.setdefault(row.entry, {})[row.event_key] = row.occurred
    for entry, keys in by_entry.items():
        remember_keys(connection, entry, keys)


def remember_keys(connection: Connection, entry: int, keys: Mapping[str, int]) -> None:
    """Note keys of an entry as forgotten, each once, with when it happened."""
    known = _known(connection, entry, keys)
    fresh = [
        {"entry": entry, "event_key": key, "occurred": occurred}
        for key, occurred in keys.items()
        if key not in known
    ]
    if fresh:
        connection.execute(insert(forgotten), fresh)


def forgotten_keys(connection: Connection, entry_id: str) -> dict[str, int]:
    """Return what of an entry is forgotten, and when it happened."""
    number = known_entries(connection).get(entry_id)
    found = connection.execute(
        select(forgotten.c.event_key, forgotten.c.occurred).where(
            forgotten.c.entry == number
        )
    )
    return {row.event_key: row.occurred for row in found}


def not_forgotten[T](
    connection: Connection, entry: int, views: dict[str, T]
) -> dict[str, T]:
    """Return what a batch brings beside what is forgotten."""
    known = _known(connection, entry, views)
    return {key: view for key, view in views.items() if key not in known}


def any_forgotten(connection: Connection) -> bool:
    """Tell whether anything is forgotten."""
    return connection.scalar(select(forgotten.c.entry).limit(1)) is not None


def drop_old(connection: Connection, entry: int, before: int | None = None) -> None:
    """Let go of keys from before a time, None: all; a system tells them no more."""
    where = forgotten.c.entry == entry
    if before is not None:
        where = and_(where, forgotten.c.occurred < before)
    connection.execute(delete(forgotten).where(where))


def _known(connection: Connection, entry: int, keys: Collection[str]) -> set[str]:
    """Return which of some keys are forgotten."""
    known: set[str] = set()
    for part in batched(keys, _LOOKUP, strict=False):
        known.update(
            connection.scalars(
                select(forgotten.c.event_key).where(
                    forgotten.c.entry == entry, forgotten.c.event_key.in_(part)
                )
            )
        )
    return known
