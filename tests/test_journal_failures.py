"""Tests of the journal on a bad day: killed, damaged, full, of another version."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
import os
from pathlib import Path
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.engine import Connection
from sqlalchemy.pool import Pool

from custom_components.access_events import journal_schema
from custom_components.access_events.journal import Journal, JournalError, LogFilter
from custom_components.access_events.models import Person

from .databases import Database
from .test_journal import everything, make_event

CHILD = Path(__file__).with_name("journal_child.py")
PAGE = 4096


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where the journal is."""
    return tmp_path / "journal.db"


@pytest.fixture
async def journal(file: Path) -> AsyncGenerator[Journal]:
    """Return a journal that is not open yet, and is closed at the end."""
    journal = Journal(f"sqlite:///{file}")
    yield journal
    await journal.close()


async def make_file(file: Path, number: int = 3000) -> bytes:
    """Make a closed journal of some events and return its content."""
    journal = Journal(f"sqlite:///{file}")
    await journal.open()
    events = [make_event(n, message=f"message {n}") for n in range(number)]
    await journal.record("a", events, "old", live=False)
    await journal.close()
    return file.read_bytes()


class Victims:
    """Processes that write a journal and are killed while they do."""

    def __init__(self, url: str) -> None:
        """Start what makes them."""
        self._maker = subprocess.Popen(
            [sys.executable, CHILD, "serve", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, seconds: float) -> list[tuple[str, int]]:
        """Let one write for a while, kill it, and return what it said."""
        assert self._maker.stdin is not None
        assert self._maker.stdout is not None
        self._maker.stdin.write("another\n")
        self._maker.stdin.flush()
        lines: list[str] = []
        child = 0
        while not child or "open" not in lines:
            word, _, number = self._maker.stdout.readline().strip().partition(" ")
            if word == "child":
                child = int(number)
            else:
                lines.append(word)
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        said = []
        while (line := self._maker.stdout.readline().strip()) != "dead":
            word, _, number = line.partition(" ")
            said.append((word, int(number)))
        return said

    def close(self) -> None:
        """End what makes them."""
        self._maker.communicate()


async def test_killed_at_any_moment(database: Database) -> None:
    """After SIGKILL the cursor is where the events end, and none is there twice.

    What was live and not marked as delivered is known, again and again.
    """
    journal = Journal(database.url)
    chance = random.Random()
    cursor = -1
    delivered = 0
    with closing(Victims(database.url)) as victims:
        for _ in range(25 if database.kind == "sqlite" else 8):
            said = await asyncio.to_thread(victims.run, chance.uniform(0, 0.15))
            database.settle()
            open_rows = database.rows(
                "SELECT seq FROM access_events, access_events_entries"
                " WHERE live = 1 AND seq > delivered ORDER BY seq"
            )
            keys = database.rows(
                "SELECT event_key FROM access_events ORDER BY occurred"
            )
            assert await journal.open() is None
            before = cursor
            cursor = int(await journal.cursor("entry") or -1)
            assert cursor >= max((n for w, n in said if w == "cursor"), default=before)
            assert keys == [(str(number),) for number in range(cursor + 1)]
            assert await journal.count("entry") == cursor + 1
            undelivered = await journal.undelivered("entry")
            assert [(row.seq,) for row in undelivered] == open_rows
            delivered = max((n for w, n in said if w == "marked"), default=delivered)
            assert all(row.seq > delivered for row in undelivered)
            assert await journal.undelivered("entry") == []
            await journal.close()
    assert cursor > (1000 if database.kind == "sqlite" else 10)


async def test_a_full_disk(journal: Journal, file: Path) -> None:
    """When no file may grow, a batch fails as a whole, and works once there is room."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, CHILD, "fill", f"sqlite:///{file}", stdout=subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    full, room = output.decode().splitlines()
    code, cursor, kept, count = full.split()
    assert code == "full"
    assert cursor == kept
    assert int(count) == int(cursor) + 1 > 100
    assert room == f"room 100 {int(cursor) + 100} {int(count) + 100}"
    assert await journal.open() is None
    rows = await everything(journal)
    assert [(row.event.key, row.event.person) for row in rows] == [
        (str(n), Person(name=f"Person {n // 3}")) for n in range(int(count) + 100)
    ]


async def test_a_full_database(journal: Journal) -> None:
    """SQLite's own word for it leaves events, cursor and what is known as they were."""
    pages = 60

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    sqlalchemy_event.listen(Pool, "connect", limit)
    try:
        await journal.open()
        number = 0
        error = None
        while error is None:
            events = [
                make_event(n, door_id=f"door {n}") for n in range(number, number + 50)
            ]
            try:
                await journal.record("a", events, str(number + 50), live=True)
                number += 50
            except JournalError as raised:
                error = raised
        assert error.code == "full"
        assert number > 100
        before = await everything(journal)
        assert len(before) == number
        assert await journal.cursor("a") == str(number)
        assert len(await journal.latest_access("a")) == number
        with pytest.raises(JournalError):
            await journal.record("a", events, "lost", live=True)
        pages = 100_000
        await journal.reopen()
        recorded = await journal.record("a", events, "after", live=True)
        assert len(recorded.new) == 50
        assert (await everything(journal))[:number] == before
        assert await journal.cursor("a") == "after"
        assert len(await journal.latest_access("a")) == number + 50
    finally:
        sqlalchemy_event.remove(Pool, "connect", limit)


def garbage_header(content: bytes) -> bytes:
    """Return a file that is no database."""
    return b"\x00\xffgarbage" * 20 + content[180:]


def truncated(content: bytes) -> bytes:
    """Return a file that lost its second half."""
    return content[: len(content) // 2]


def overwritten(content: bytes) -> bytes:
    """Return a file with its header, and nothing sensible behind."""
    return content[:100] + b"\xa5" * (len(content) - 100)


def text(content: bytes) -> bytes:
    """Return a file that somebody wrote by hand."""
    return b"# my journal\n" * 100


@pytest.mark.parametrize("damage", [garbage_header, truncated, overwritten, text])
async def test_a_damaged_file_is_set_aside(
    journal: Journal, file: Path, damage: Callable[[bytes], bytes]
) -> None:
    """A damaged file is kept beside a fresh one, which works."""
    damaged = damage(await make_file(file))
    file.write_bytes(damaged)
    aside = await journal.open()
    assert aside is not None
    assert aside.parent == file.parent
    assert aside.name.startswith("journal.db.damaged-2")
    assert aside.read_bytes() == damaged
    assert await journal.cursor("a") is None
    recorded = await journal.record("a", [make_event(1)], "1", live=True)
    assert len(recorded.new) == 1
    await journal.close()
    assert await journal.open() is None
    assert await journal.count("a") == 1


async def test_a_damaged_file_takes_its_log_along(journal: Journal, file: Path) -> None:
    """What SQLite keeps beside the file goes with it, under the matching name."""
    await make_file(file)
    file.write_bytes(b"nonsense" * 1000)
    log = file.with_name("journal.db-wal")
    log.write_bytes(b"log of the damaged file")
    aside = await journal.open()
    assert aside is not None
    kept = aside.with_name(f"{aside.name}-wal")
    assert kept.read_bytes() == b"log of the damaged file"


@pytest.mark.parametrize("seed", range(12))
async def test_damage_found_during_work(
    journal: Journal, file: Path, seed: int
) -> None:
    """Pages that go bad show as damage, whoever meets them, and reopening heals."""
    content = bytearray(await make_file(file))
    chance = random.Random(seed)
    for number in chance.sample(range(500, 2500), k=3):
        # In the table or in an index, wherever the search ends.
        found = content.find(b"key-%d" % number, chance.randrange(len(content) // 2))
        page = found // PAGE
        content[page * PAGE : (page + 1) * PAGE] = chance.randbytes(PAGE)
    file.write_bytes(content)
    assert await journal.open() is None

    async def work() -> None:
        await journal.record(
            "a", [make_event(n) for n in range(0, 4000, 3)], "new", live=True
        )
        async for _ in journal.stream(LogFilter()):
            pass
        await journal.purge("a", make_event(10_000).occurred_at)

    with pytest.raises(JournalError) as error:
        await work()
    assert error.value.code == "damaged"
    results = await asyncio.gather(journal.reopen(), journal.reopen(), journal.open())
    (aside,) = [path for path in results if path]
    assert aside.stat().st_size >= len(content)
    assert await journal.count("a") == 0
    with pytest.raises(JournalError, match="begun anew"):
        await work()
    assert await journal.cursor("a") is None
    await work()
    assert await journal.reopen() is None


@pytest.mark.parametrize("seed", range(20))
async def test_bytes_that_changed(journal: Journal, file: Path, seed: int) -> None:
    """Bytes that went bad anywhere show as damage or not at all, and never else."""
    content = bytearray(await make_file(file, 500))
    chance = random.Random(seed)
    # The tables' own description is left as it is: to SQLite, a wrong one is a
    # wrong question.
    for _ in range(chance.choice((1, 5, 50))):
        content[chance.randrange(2 * PAGE, len(content))] = chance.randrange(256)
    file.write_bytes(content)
    await journal.open()
    error = None
    try:
        async for _ in journal.stream(LogFilter()):
            pass
        events = [make_event(n, reason="late") for n in range(0, 600, 2)]
        await journal.record("a", events, "new", live=True)
        await journal.latest_access("a")
        await journal.recent("a", 3600)
        await journal.undelivered("a")
        await journal.purge("a", make_event(100).occurred_at)
    except JournalError as raised:
        error = raised
    if error is not None:
        assert error.code == "damaged"
        assert await journal.reopen() is not None
    recorded = await journal.record("b", [make_event(1)], "1", live=True)
    assert len(recorded.new) == 1


async def test_reopening_a_good_file_keeps_it(journal: Journal, file: Path) -> None:
    """To reopen what is not damaged closes and opens it, and no more."""
    await make_file(file)
    await journal.open()
    assert await asyncio.gather(*(journal.reopen() for _ in range(3))) == [None] * 3
    assert await journal.count("a") == 3000


async def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder that is not there is no damage, and once it is there all is well."""
    journal = Journal(f"sqlite:///{tmp_path}/missing/journal.db")
    with pytest.raises(JournalError) as error:
        await journal.open()
    assert error.value.code == "unavailable"
    (tmp_path / "missing").mkdir()
    assert await journal.open() is None
    await journal.close()


async def test_a_lock_that_is_never_released(
    journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file locked by something else is unavailable, not damaged, not lost."""
    monkeypatch.setattr(journal_schema, "BUSY_SECONDS", 0.1)
    await journal.open()
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError) as error:
            await journal.record("a", [make_event(1)], "1", live=True)
        assert error.value.code == "unavailable"
    recorded = await journal.record("a", [make_event(1)], "1", live=True)
    assert len(recorded.new) == 1


async def test_a_newer_version_is_refused(database: Database) -> None:
    """A journal of a newer release is left as it is, and the words say what to do."""
    journal = Journal(database.url)
    await journal.open()
    await journal.record("a", [make_event(1)], "old", live=False)
    await journal.close()
    database.execute("UPDATE access_events_schema SET version = 99")
    before = database.file.read_bytes() if database.kind == "sqlite" else b""
    with pytest.raises(JournalError, match=r"version 99.*newer release again") as error:
        await journal.open()
    assert error.value.code == "newer"
    assert database.rows("SELECT count(*) FROM access_events") == [(1,)]
    if database.kind == "sqlite":
        assert database.file.read_bytes() == before
        assert list(database.file.parent.glob("journal*")) == [database.file]


async def test_a_journal_of_the_first_version(database: Database) -> None:
    """What the first release wrote is brought to the present version, and kept."""
    journal = Journal(database.url)
    await journal.open()
    await journal.record("a", [make_event(1)], "old", live=False)
    await journal.close()
    database.execute("DROP TABLE access_events_forgotten")
    database.execute("DROP TABLE access_events_gaps")
    database.execute("ALTER TABLE access_events_entries DROP COLUMN counted")
    database.execute("UPDATE access_events_schema SET version = 1")
    assert await journal.open() is None
    assert await journal.cursor("a") == "old"
    assert len(await everything(journal)) == 1
    assert "access_events_forgotten" in database.tables()
    await journal.close()


async def test_another_database_is_refused(journal: Journal, file: Path) -> None:
    """A database of something else is not ours to add tables to."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE states (state TEXT)")
        connection.commit()
    before = file.read_bytes()
    with pytest.raises(JournalError, match="something else") as error:
        await journal.open()
    assert error.value.code == "foreign"
    assert file.read_bytes() == before


def add_note(connection: Connection) -> None:
    """Migrate: give each row a note of its kind."""
    connection.exec_driver_sql("ALTER TABLE access_events ADD COLUMN note TEXT")
    connection.exec_driver_sql("UPDATE access_events SET note = kind")


def fail(connection: Connection) -> None:
    """Migrate: change something, then fail as a full disk would."""
    connection.exec_driver_sql("CREATE TABLE half_done (id INTEGER)")
    connection.exec_driver_sql("DELETE FROM access_events")
    connection.exec_driver_sql("INSERT INTO missing_table VALUES (1)")


async def test_migration(
    journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps run in order, each wholly or not at all, and only once."""
    await make_file(file, 10)
    known = journal_schema.MIGRATIONS
    reached = len(known) + 2
    monkeypatch.setattr(journal_schema, "MIGRATIONS", (*known, add_note, fail))
    with pytest.raises(JournalError):
        await journal.open()

    def version() -> int:
        with closing(sqlite3.connect(file)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
            assert ("half_done",) not in tables
            number: int = connection.execute(
                "SELECT version FROM access_events_schema"
            ).fetchone()[0]
        return number

    assert version() == reached
    monkeypatch.setattr(
        journal_schema, "MIGRATIONS", (*known, add_note, lambda _: None)
    )
    for _ in range(2):
        assert await journal.open() is None
        assert version() == reached + 1
        assert await journal.count("a") == 10
        assert await journal.cursor("a") == "old"
        await journal.close()
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute(
            "SELECT DISTINCT note FROM access_events"
        ).fetchall() == [("access_granted",)]
