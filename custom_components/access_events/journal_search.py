"""Searching the journal for people who look: pages by place, text, and counts.

A page begins behind the place of a row, so that it costs the same at any depth. Where
few rows match, a page that took long enough is handed out as it is, with the place to
go on from: whoever looks sees that it goes on, and nobody else waits for the reader.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
import time as clock
from typing import Any

from sqlalchemy import Row, case, func, or_, select
from sqlalchemy.engine import Connection

from .journal_merge import pair
from .journal_query import (
    ROWS,
    Conditions,
    LogFilter,
    Names,
    Place,
    behind,
    conditions,
    from_microseconds,
    microseconds,
    page,
    stored,
)
from .journal_schema import entries, events, people, places
from .models import AccessEvent, EventKind, Person, StoredEvent, mask_credential

_CHUNK = 5000
_WINDOW = 10_000
_LARGEST_WINDOW = 100_000
_BUDGET = 0.06
"""Seconds after which a page is handed out, full or not."""

_GRANTED = (EventKind.ACCESS_GRANTED.value,)
_DENIED = (EventKind.ACCESS_DENIED.value, EventKind.UNKNOWN_CREDENTIAL.value)
_RESULT = case(
    (events.c.kind.in_(_GRANTED), 0), (events.c.kind.in_(_DENIED), 1), else_=2
).label("result")

_TEXT_ROWS = select(
    events.c.seq,
    events.c.occurred,
    _RESULT,
    events.c.door,
    events.c.person,
    events.c.credential,
    events.c.reason,
    events.c.message,
)


class TextMatch:
    """Tells which events have a text in what is shown of them, in any case.

    It is looked for in person, door, reason, message and the masked credential: a card
    number can't be guessed digit by digit. What was compared once is remembered.
    """

    def __init__(self, text: str) -> None:
        """Look for a text."""
        self._part = text.casefold()
        self._known: dict[str | None, bool] = {None: False}
        self._credentials: dict[str | None, bool] = {None: False}
        self._people: dict[int | None, bool] = {None: False}
        self._doors: dict[int | None, bool] = {None: False}

    def event(self, event: AccessEvent) -> bool:
        """Tell whether an event has the text."""
        ref, name = pair(event.person)
        credential = mask_credential(event.credential)
        texts = (name, ref, event.door_name, event.reason, event.message, credential)
        return any(map(self._has, texts))

    def row(
        self,
        names: Names,
        door: int | None,
        person: int | None,
        credential: str | None,
        reason: str | None,
        message: str | None,
    ) -> bool:
        """Tell whether a row, without names of its own, has the text."""
        if (found := self._people.get(person)) is None:
            found = self._people[person] = any(map(self._has, names.person(person)))
        if found:
            return True
        if (found := self._doors.get(door)) is None:
            found = self._doors[door] = self._has(names.place(door)[1])
        if found or self._has(reason) or self._has(message):
            return True
        if (found := self._credentials.get(credential)) is None:
            found = self._part in (mask_credential(credential) or "").casefold()
            self._remember(self._credentials, credential, found)
        return found

    def _has(self, text: str | None) -> bool:
        """Tell whether a text has the one that is looked for."""
        if (found := self._known.get(text)) is None:
            found = self._part in (text or "").casefold()
            self._remember(self._known, text, found)
        return found

    @staticmethod
    def _remember(known: dict[str | None, bool], text: str | None, found: bool) -> None:
        """Keep an answer; forget all before it gets too much."""
        if len(known) > 20_000:
            known.clear()
            known[None] = False
        known[text] = found


@dataclass(frozen=True, slots=True)
class Page:
    """Some events in order, and the place behind which there may be more."""

    events: list[StoredEvent]
    next: Place | None


def matches(
    stored_event: StoredEvent, wanted: LogFilter, text: TextMatch | None
) -> bool:
    """Tell whether an event that was just recorded is one that a filter finds."""
    event = stored_event.event
    if wanted.entry_ids is not None and stored_event.entry_id not in wanted.entry_ids:
        return False
    if wanted.kinds is not None and event.kind not in wanted.kinds:
        return False
    if wanted.start is not None and event.occurred_at < wanted.start:
        return False
    if wanted.end is not None and event.occurred_at >= wanted.end:
        return False
    if wanted.door_ids is not None and not (
        event.door_id in wanted.door_ids
        or (stored_event.entry_id, event.door_id) in wanted.door_ids
    ):
        return False
    if wanted.person is not None:
        person = event.person
        if person is None or not (
            person.id == wanted.person
            or wanted.person.casefold() in (person.name or "").casefold()
        ):
            return False
    return text is None or text.event(event)


def search(
    connection: Connection,
    wanted: LogFilter,
    after: Place | None,
    budget: float = _BUDGET,
) -> Page:
    """Return the page of `wanted.limit` rows behind a place.

    It may hold fewer, even none, and still tell where to go on, if `budget` seconds
    were over.
    """
    if (where := conditions(connection, wanted)) is None:
        return Page([], None)
    until = clock.monotonic() + budget
    if wanted.text is None:
        return _search_index(connection, where, wanted, after, until)
    return _search_text(connection, where, wanted, wanted.text, after, until)


def _search_index(
    connection: Connection,
    where: Conditions,
    wanted: LogFilter,
    after: Place | None,
    until: float,
) -> Page:
    """Return a page of what one index tells, in windows that grow.

    A window is some number of rows, whether they match or not: the time it takes is
    known, while to find a rare row may take a look at all there are.
    """
    found: list[Row[Any]] = []
    window = _WINDOW
    descending = wanted.descending
    while True:
        edge = _edge(connection, wanted, after, window)
        within = list(where)
        if edge is not None:
            time, seq = events.c.occurred, events.c.seq
            within += (
                [time >= edge[0], or_(time > edge[0], seq >= edge[1])]
                if descending
                else [time <= edge[0], or_(time < edge[0], seq <= edge[1])]
            )
        missing = wanted.limit + 1 - len(found)
        found += page(
            connection, within, limit=missing, descending=descending, after=after
        )
        if len(found) > wanted.limit:
            last = found[wanted.limit - 1]
            place = last.occurred, last.seq
            return Page([stored(row) for row in found[: wanted.limit]], place)
        if edge is None or clock.monotonic() > until:
            return Page([stored(row) for row in found], edge)
        after = edge
        window = min(window * 4, _LARGEST_WINDOW)


def _edge(
    connection: Connection, wanted: LogFilter, after: Place | None, number: int
) -> Place | None:
    """Return the place so many rows behind another, None if the rows end before."""
    time, seq = events.c.occurred, events.c.seq
    chosen = select(time, seq)
    if wanted.start is not None:
        chosen = chosen.where(time >= microseconds(wanted.start))
    if wanted.end is not None:
        chosen = chosen.where(time < microseconds(wanted.end))
    chosen = behind(chosen, after, descending=wanted.descending)
    found = connection.execute(chosen.offset(number - 1).limit(1)).first()
    return None if found is None else (found.occurred, found.seq)


def _search_text(
    connection: Connection,
    where: Conditions,
    wanted: LogFilter,
    part: str,
    after: Place | None,
    until: float,
) -> Page:
    """Return a page of rows that have a text, which are read one by one."""
    text, names = TextMatch(part), Names()
    names.connection = connection
    seqs: list[int] = []
    while True:
        chosen = behind(
            _TEXT_ROWS.where(*where), after, descending=wanted.descending
        ).limit(_CHUNK)
        rows = connection.execute(chosen).all()
        for seq, occurred, _, *texts in rows:
            if text.row(names, *texts):
                seqs.append(seq)
                if len(seqs) == wanted.limit:
                    return Page(_named(connection, seqs), (occurred, seq))
        if len(rows) < _CHUNK:
            return Page(_named(connection, seqs), None)
        after = rows[-1].occurred, rows[-1].seq
        if clock.monotonic() > until:
            return Page(_named(connection, seqs), after)


def _named(connection: Connection, seqs: list[int]) -> list[StoredEvent]:
    """Return rows as events, in the order of their numbers here."""
    if not seqs:
        return []
    found = connection.execute(ROWS.where(events.c.seq.in_(seqs)))
    by_seq = {row.seq: stored(row) for row in found}
    return [by_seq[seq] for seq in seqs if seq in by_seq]


@dataclass(slots=True)
class Count:
    """How many accesses were granted, how many denied, and what else happened."""

    granted: int = 0
    denied: int = 0
    other: int = 0

    def __add__(self, other: Count) -> Count:
        """Return the sum."""
        return Count(
            self.granted + other.granted,
            self.denied + other.denied,
            self.other + other.other,
        )

    def add(self, result: int, number: int) -> None:
        """Count some more; `result` is 0 for granted, 1 for denied, 2 for other."""
        match result:
            case 0:
                self.granted += number
            case 1:
                self.denied += number
            case _:
                self.other += number


def span(connection: Connection, wanted: LogFilter) -> tuple[datetime, datetime] | None:
    """Return when the first and the last row happened, None if there is no row."""
    if (where := conditions(connection, wanted)) is None:
        return None
    ends = []
    for order in (events.c.occurred, events.c.occurred.desc()):
        found = select(events.c.occurred).where(*where).order_by(order).limit(1)
        if (end := connection.scalar(found)) is None:
            return None
        ends.append(from_microseconds(end))
    return ends[0], ends[1]


@dataclass(frozen=True, slots=True)
class Counts:
    """What happened in each span of time, and at each door in all of them.

    A door is known by its entry's id and its own; with it comes its name.
    """

    spans: list[Count]
    doors: dict[tuple[str, str], tuple[str, Count]]


class Tally:
    """Counts what a filter finds, span by span, so that others get their turn."""

    def __init__(
        self, wanted: LogFilter, edges: Sequence[datetime], budget: float = _BUDGET
    ) -> None:
        """Count between each two neighbours of some ascending, aware times."""
        self.done = len(edges) < 2
        self._wanted = wanted
        self._edges = [microseconds(edge) for edge in edges]
        self._budget = budget
        self._text = None if wanted.text is None else TextMatch(wanted.text)
        self._names = Names()
        self._spans: list[Count] = [Count() for _ in edges[1:]]
        self._next = 0
        self._doors: dict[int, Count] = {}

    def go_on(self, connection: Connection) -> None:
        """Count some spans more, for `budget` seconds or the one that takes longer."""
        until = clock.monotonic() + self._budget
        if (where := conditions(connection, self._wanted)) is None:
            self.done = True
            return
        self._names.connection = connection
        while not self.done:
            start, end = self._edges[self._next : self._next + 2]
            self._count(
                connection,
                self._spans[self._next],
                [*where, events.c.occurred >= start, events.c.occurred < end],
            )
            self._next += 1
            self.done = self._next == len(self._spans)
            if clock.monotonic() > until:
                return

    def _count(self, connection: Connection, span: Count, where: Conditions) -> None:
        """Count one span."""
        found: Iterable[Sequence[Any]]
        if (text := self._text) is None:
            found = connection.execute(
                select(events.c.door, _RESULT, func.count())
                .where(*where)
                .group_by(events.c.door, _RESULT)
            )
        else:
            found = (
                (texts[0], result, 1)
                for _, _, result, *texts in connection.execute(_TEXT_ROWS.where(*where))
                if text.row(self._names, *texts)
            )
        for door, result, number in found:
            span.add(result, number)
            if door is not None:
                self._doors.setdefault(door, Count()).add(result, number)

    def result(self, connection: Connection) -> Counts:
        """Return what was counted."""
        found = connection.execute(
            select(places.c.id, entries.c.entry_id, places.c.ref, places.c.name)
            .join_from(places, entries, entries.c.id == places.c.entry)
            .where(entries.c.entry_id.is_not(None), places.c.ref != "")
            .order_by(places.c.id)
        )
        doors: dict[tuple[str, str], tuple[str, Count]] = {}
        for number, entry_id, ref, name in found:
            if (count := self._doors.get(number)) is not None:
                # A door that changed its name is still the same.
                _, before = doors.get((entry_id, ref), ("", Count()))
                doors[entry_id, ref] = name, before + count
        return Counts(self._spans, doors)


def known_people(connection: Connection, entry_id: str) -> list[Person]:
    """Return all people that the events of an entry name."""
    found = connection.execute(
        select(people.c.ref, people.c.name)
        .join_from(people, entries, entries.c.id == people.c.entry)
        .where(entries.c.entry_id == entry_id)
        .order_by(people.c.id)
    )
    return [Person(id=ref or None, name=name or None) for ref, name in found]
