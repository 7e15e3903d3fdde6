"""Property tests of the journal: any order of batches, repeats, restarts and kills."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
import shutil
import tempfile
from typing import Any, override

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from custom_components.access_events.journal import Journal, LogFilter
from custom_components.access_events.models import (
    ACCESS_KINDS,
    AccessEvent,
    Direction,
    EventKind,
    Method,
    Person,
    StoredEvent,
)

from .databases import Database

START = datetime(2026, 1, 1, tzinfo=UTC)

entry_ids = st.sampled_from(("a", "b"))
texts = st.sampled_from((None, "", "one", "two"))
pairs = st.tuples(
    st.sampled_from((None, "1", "2")), st.sampled_from((None, "X", "Ümit"))
)
kinds = st.sampled_from((*ACCESS_KINDS, EventKind.DOOR_OPENED, EventKind.OTHER))


@st.composite
def access_events(draw: st.DrawFn) -> AccessEvent:
    """Draw a view of one of a few happenings, with gaps."""
    door, reader, person = draw(pairs), draw(pairs), draw(st.none() | pairs)
    return AccessEvent(
        key=draw(st.sampled_from("0123456789")),
        occurred_at=START + timedelta(seconds=draw(st.integers(0, 5))),
        kind=draw(kinds),
        vendor_code="code",
        door_id=door[0],
        door_name=door[1],
        reader_id=reader[0],
        reader_name=reader[1],
        person=None if person is None else Person(id=person[0], name=person[1]),
        method=draw(st.sampled_from((None, *Method))),
        credential=draw(texts),
        direction=draw(st.sampled_from((None, *Direction))),
        reason=draw(texts),
        message=draw(texts),
        image_ref=draw(texts),
    )


batches = st.lists(access_events(), max_size=6)

PLAIN = ("credential", "direction", "reason", "message", "image_ref")


@dataclass
class Row:
    """What the model holds of an event: as plain as can be."""

    seq: int
    facts: dict[str, Any]
    live: bool

    def fill(self, event: AccessEvent) -> None:
        """Take over what is not known yet."""
        facts, newer = self.facts, facts_of(event)
        for name in PLAIN:
            if facts[name] in (None, "") and newer[name] not in (None, ""):
                facts[name] = newer[name]
        if facts["method"] in (None, Method.UNKNOWN):
            facts["method"] = newer["method"] or facts["method"]
        for ref, name in (
            ("door_id", "door_name"),
            ("reader_id", "reader_name"),
            ("person_id", "person_name"),
        ):
            if None not in (facts[ref], newer[ref]) and facts[ref] != newer[ref]:
                continue
            for part in (ref, name):
                if facts[part] is None:
                    facts[part] = newer[part]


def facts_of(event: AccessEvent) -> dict[str, Any]:
    """Return all fields of an event, a person's on their own."""
    names = [name for name in AccessEvent.__slots__ if name != "person"]
    return {name: getattr(event, name) for name in names} | {
        "person_id": event.person.id if event.person else None,
        "person_name": event.person.name if event.person else None,
    }


@dataclass
class Entry:
    """What the model holds of an entry."""

    rows: dict[str, Row] = field(default_factory=dict)
    cursor: str | None = None
    delivered: int = 0

    @property
    def ordered(self) -> list[tuple[str, Row]]:
        """Return the rows by time, and by number within a moment."""
        return sorted(
            self.rows.items(),
            key=lambda item: (item[1].facts["occurred_at"], item[1].seq),
        )


class JournalMachine(RuleBasedStateMachine):
    """A journal beside a model of dictionaries, which it must always agree with."""

    database: Database

    def __init__(self) -> None:
        """Open a journal in a folder of its own."""
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="journal-"))
        self.generation = 0
        self.model: dict[str, Entry] = {}
        self.seq = 0
        self.batch = 0
        self.journal = self.start()

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for something of the journal."""
        return self.runner.run(work)

    def start(self) -> Journal:
        """Open the present file, or what the server has."""
        url = self.database.url
        if self.database.kind == "sqlite":
            url = f"sqlite:///{self.folder}/{self.generation}.db"
        journal = Journal(url)
        assert self.run(journal.open()) is None
        return journal

    @override
    def teardown(self) -> None:
        """Remove all that the journal holds, and the folder."""
        for entry_id in self.model:
            self.run(self.journal.forget_entry(entry_id))
        self.run(self.journal.remove())
        assert self.database.tables() == set()
        self.runner.close()
        shutil.rmtree(self.folder)

    @rule(entry_id=entry_ids, events=batches, live=st.booleans(), moves=st.booleans())
    def record(
        self, entry_id: str, events: list[AccessEvent], live: bool, moves: bool
    ) -> None:
        """Record a batch, with or without a cursor behind it."""
        self.batch += 1
        cursor = str(self.batch) if moves else None
        entry = self.model.setdefault(entry_id, Entry())
        recorded = self.run(self.journal.record(entry_id, events, cursor, live=live))
        held = {key: dict(row.facts) for key, row in entry.rows.items()}
        fresh = list(dict.fromkeys(e.key for e in events if e.key not in held))
        assert [row.event.key for row in recorded.new] == fresh
        numbers = [row.seq for row in recorded.new]
        assert numbers == sorted(set(numbers))
        assert all(number > self.seq for number in numbers)
        assert all(row.live is live for row in recorded.new)
        self.seq = max([self.seq, *numbers])
        by_key = {row.event.key: row.seq for row in recorded.new}
        for event in events:
            if event.key in entry.rows:
                entry.rows[event.key].fill(event)
            else:
                facts = facts_of(event)
                entry.rows[event.key] = Row(by_key[event.key], facts, live)
        assert {row.event.key for row in recorded.enriched} == {
            key for key, facts in held.items() if entry.rows[key].facts != facts
        }
        for row in (*recorded.new, *recorded.enriched):
            self.check_row(row, entry_id)
        if moves:
            entry.cursor = cursor

    @rule(entry_id=entry_ids, data=st.data())
    def mark_delivered(self, entry_id: str, data: st.DataObject) -> None:
        """Report the delivery of rows up to one of them."""
        entry = self.model.get(entry_id, Entry())
        numbers = [row.seq for row in entry.rows.values()]
        seq = data.draw(st.sampled_from(sorted([0, *numbers])))
        self.run(self.journal.mark_delivered(entry_id, seq))
        entry.delivered = max(entry.delivered, seq)

    @rule()
    def restart(self) -> None:
        """Close and open, as an orderly restart does."""
        self.run(self.journal.close())
        self.journal = self.start()
        self.check_undelivered()

    @rule()
    def kill(self) -> None:
        """Go on with the files as they are at this moment, as after a kill.

        A server is left by its connections.
        """
        if self.database.kind != "sqlite":
            self.database.disconnect()
        files = list(self.folder.glob(f"{self.generation}.db*"))
        self.generation += 1
        for file in files:
            if not file.name.endswith("-shm"):
                end = file.name.partition(".")[2]
                shutil.copy(file, self.folder / f"{self.generation}.{end}")
        self.run(self.journal.close())
        self.journal = self.start()
        self.check_undelivered()

    def check_undelivered(self) -> None:
        """What was live and not delivered is told once, as replayed."""
        for entry_id, entry in self.model.items():
            left = [
                r for r in entry.rows.values() if r.live and r.seq > entry.delivered
            ]
            found = self.run(self.journal.undelivered(entry_id))
            assert [row.seq for row in found] == sorted(row.seq for row in left)
            for row in left:
                row.live = False
            for told in found:
                self.check_row(told, entry_id)
            assert self.run(self.journal.undelivered(entry_id)) == []

    @rule(entry_id=entry_ids, seconds=st.integers(0, 7))
    def purge(self, entry_id: str, seconds: int) -> None:
        """Delete what is old."""
        before = START + timedelta(seconds=seconds)
        removed = self.run(self.journal.purge(entry_id, before))
        entry = self.model.get(entry_id, Entry())
        old = [k for k, r in entry.rows.items() if r.facts["occurred_at"] < before]
        assert removed == len(old)
        for key in old:
            del entry.rows[key]

    @precondition(lambda self: self.model)
    @rule(entry_id=entry_ids)
    def forget(self, entry_id: str) -> None:
        """Delete an entry."""
        self.run(self.journal.forget_entry(entry_id))
        self.model.pop(entry_id, None)

    def check_row(self, row: StoredEvent, entry_id: str) -> None:
        """A row is what the model says; an empty id or name is none."""
        expected = self.model[entry_id].rows[row.event.key]
        assert (row.entry_id, row.seq, row.live) == (
            entry_id,
            expected.seq,
            expected.live,
        )
        assert facts_of(row.event) == expected.facts

    @invariant()
    def agrees(self) -> None:
        """Every key is there once, as the model has it, and so is the cursor."""
        for entry_id in ("a", "b"):
            entry = self.model.get(entry_id, Entry())
            rows, total = self.run(self.journal.query(LogFilter(entry_ids=(entry_id,))))
            assert [(row.event.key, row.seq) for row in rows] == [
                (key, row.seq) for key, row in entry.ordered
            ]
            assert total == len(entry.rows) == self.run(self.journal.count(entry_id))
            for row in rows:
                self.check_row(row, entry_id)
            assert self.run(self.journal.cursor(entry_id)) == entry.cursor
            latest = {
                row.facts["door_id"]: row.seq
                for _, row in entry.ordered
                if row.facts["door_id"] and row.facts["kind"] in ACCESS_KINDS
            }
            found = self.run(self.journal.latest_access(entry_id))
            assert {door: row.seq for door, row in found.items()} == latest

    @rule(
        entry_id=st.none() | entry_ids,
        bounds=st.tuples(st.none() | st.integers(0, 6), st.none() | st.integers(0, 6)),
        kind=st.none() | kinds,
        door=st.none() | st.sampled_from(("1", "2", ("a", "1"))),
        person=st.none() | st.sampled_from(("1", "x", "ümi", "nobody")),
        descending=st.booleans(),
        size=st.integers(1, 4),
    )
    def search(
        self,
        entry_id: str | None,
        bounds: tuple[int | None, int | None],
        kind: EventKind | None,
        door: str | tuple[str, str] | None,
        person: str | None,
        descending: bool,
        size: int,
    ) -> None:
        """A filter finds what a plain search finds, in pages and as a stream."""
        start, end = (
            None if bound is None else START + timedelta(seconds=bound)
            for bound in bounds
        )

        def fits(name: str, facts: dict[str, Any]) -> bool:
            return (
                entry_id in (None, name)
                and (start is None or facts["occurred_at"] >= start)
                and (end is None or facts["occurred_at"] < end)
                and kind in (None, facts["kind"])
                and (
                    door is None or door in (facts["door_id"], (name, facts["door_id"]))
                )
                and (
                    person is None
                    or facts["person_id"] == person
                    or person in (facts["person_name"] or "").lower()
                )
            )

        expected = sorted(
            (
                (row.facts["occurred_at"], row.seq)
                for name, entry in self.model.items()
                for row in entry.rows.values()
                if fits(name, row.facts)
            ),
            reverse=descending,
        )
        wanted = LogFilter(
            entry_ids=None if entry_id is None else (entry_id,),
            start=start,
            end=end,
            kinds=None if kind is None else (kind,),
            door_ids=None if door is None else (door,),
            person=person,
            descending=descending,
            limit=size,
        )

        async def stream() -> list[StoredEvent]:
            return [
                row async for rows in self.journal.stream(wanted, size) for row in rows
            ]

        found = self.run(stream())
        assert [(row.event.occurred_at, row.seq) for row in found] == expected
        for offset in range(0, len(expected) + size, size):
            page, total = self.run(self.journal.query(replace(wanted, offset=offset)))
            assert page == found[offset : offset + size]
            assert total == len(expected)


def test_journal_agrees_with_a_model(database: Database) -> None:
    """Whatever comes in whatever order, the journal holds what it should."""
    machine = type("Machine", (JournalMachine,), {"database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25 if database.kind == "sqlite" else 6,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
