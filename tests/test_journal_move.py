"""Tests of moving the log to another database."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from custom_components.access_events.journal import Journal, JournalError
from custom_components.access_events.journal_move import move
from custom_components.access_events.journal_write import Writer
from custom_components.access_events.models import Person, StoredEvent

from .databases import Database, servers_only
from .test_journal import FULL, everything, make_event


@pytest.fixture
async def source(tmp_path: Path) -> AsyncGenerator[Journal]:
    """Return the journal of two systems, in a file."""
    journal = Journal(f"sqlite:///{tmp_path / 'source.db'}")
    await journal.open()
    people = [Person(id=str(n), name=f"Person {n}") for n in range(9)]
    await journal.record(
        "a",
        [make_event(n, person=people[n % 9]) for n in range(2500)],
        "2500",
        live=False,
    )
    live = await journal.record("a", [FULL, make_event(2501)], "2501", live=True)
    await journal.mark_delivered("a", live.new[0].seq)
    await journal.note_gap("a", make_event(1).occurred_at, FULL.occurred_at, "why")
    await journal.record("b", [make_event(1)], "b", live=False)
    await journal.record("removed", [make_event(1)], "r", live=False)
    await journal.forget_person("8", ["a"], remove=True)
    yield journal
    await journal.close()


@pytest.fixture
async def target(database: Database) -> AsyncGenerator[Journal]:
    """Return the journal to move to."""
    journal = Journal(database.url.replace("journal.db", "target.db"))
    await journal.open()
    yield journal
    await journal.close()


def facts(rows: list[StoredEvent]) -> list[tuple[Any, ...]]:
    """Return all that is told of rows but their numbers."""
    return sorted(
        ((row.event.key, row.event, row.received_at, row.live) for row in rows),
        key=lambda fact: fact[0],
    )


async def check(source: Journal, target: Journal) -> None:
    """All of the systems is in the target, once, and goes on from there."""
    for entry in ("a", "b"):
        moved = await everything(target, entry_ids=(entry,))
        assert facts(moved) == facts(await everything(source, entry_ids=(entry,)))
        assert await target.cursor(entry) == await source.cursor(entry)
        assert await target.gaps(entry) == await source.gaps(entry)
        assert await target.undelivered(entry) == []
        latest = await target.latest_access(entry)
        assert {door: row.event for door, row in latest.items()} == {
            door: row.event for door, row in (await source.latest_access(entry)).items()
        }
    assert await target.count("removed") == 0
    forgotten = make_event(8, person=Person(id="8", name="Person 8"))
    again = await target.record("a", [forgotten, make_event(1)], None, live=True)
    assert again.new == []
    new = await target.record("a", [make_event(5000)], "5000", live=True)
    assert await target.undelivered("a") != []
    rows = await everything(target)
    assert new.new[0].seq == max(row.seq for row in rows)
    assert len({row.seq for row in rows}) == len(rows)


async def test_moved(source: Journal, target: Journal) -> None:
    """Rows, cursors, gaps, and what is forgotten go along."""
    count = await source.count("a") + 1
    assert await move(source, target, ("a", "b")) == count
    assert await move(source, target, ("a", "b")) == 0
    await check(source, target)


@pytest.mark.parametrize("cut", [0, 1, 2, 4])
async def test_cut_short_and_begun_again(
    source: Journal,
    target: Journal,
    monkeypatch: pytest.MonkeyPatch,
    cut: int,
) -> None:
    """A move that ends anywhere leaves the source whole, and goes on."""
    calls = 0
    adopt = Writer.adopt

    def breaking(*args: Any) -> int:
        nonlocal calls
        calls += 1
        if calls > cut:
            raise JournalError("unavailable")
        return adopt(*args)

    before = facts(await everything(source))
    with monkeypatch.context() as patch:
        patch.setattr(Writer, "adopt", breaking)
        with pytest.raises(JournalError):
            await move(source, target, ("a", "b"))
    assert len(await everything(source)) == len(before)
    await target.close()
    await target.open()
    await move(source, target, ("a", "b"))
    await check(source, target)


async def test_into_a_journal_in_use(source: Journal, target: Journal) -> None:
    """What the target holds already stays as it is, and so does its cursor."""
    held = make_event(3, person=Person(name="As it was"), message="held")
    await target.record("a", [held, make_event(9000)], "9000", live=True)
    await target.record("other", [make_event(1)], "o", live=False)
    await move(source, target, ("a", "b"))
    assert await target.cursor("a") == "9000"
    found = await target.find("a", "key-3")
    assert found is not None
    assert found.event == held
    assert await target.undelivered("a") == []
    assert await target.count("a") == await source.count("a") + 1
    assert await target.count("other") == 1


@servers_only
async def test_two_at_once(database: Database) -> None:
    """Two Home Assistants with one database never give a number twice."""
    journals = [Journal(database.url) for _ in range(2)]
    for journal in journals:
        await journal.open()

    async def work(journal: Journal, entry: str) -> None:
        for n in range(40):
            batch = [make_event(n, person=Person(name=f"{entry}{n}"), door_id=str(n))]
            await journal.record(entry, batch, str(n), live=True)

    await asyncio.gather(
        *(work(*pair) for pair in zip(journals, ("one", "two"), strict=True))
    )
    rows = await everything(journals[0])
    assert len({row.seq for row in rows}) == len(rows) == 80
    assert {row.event.person for row in rows if row.entry_id == "one"} == {
        Person(name=f"one{n}") for n in range(40)
    }
    await journals[0].forget_entry("one")
    await journals[0].remove()
    assert await journals[1].count("two") == 40
    await journals[1].forget_entry("two")
    await journals[1].remove()
    assert database.tables() == set()
