"""Tests of forgetting a person, in each kind of database."""

from collections.abc import AsyncGenerator

import pytest

from custom_components.access_events.journal import Journal, LogFilter
from custom_components.access_events.models import AccessEvent, EventKind, Person

from .databases import Database, sqlite_only
from .test_journal import everything, keys, make_event

JANE = Person(id="7", name="Jane Planted")
TEXTS = {
    "credential": "planted-card",
    "message": "Hello Jane Planted",
    "image_ref": "planted-picture",
}


@pytest.fixture
async def journal(database: Database) -> AsyncGenerator[Journal]:
    """Return an open journal."""
    journal = Journal(database.url)
    await journal.open()
    yield journal
    await journal.close()


def day() -> list[AccessEvent]:
    """Return what two systems' people did, Jane under several names among them."""
    return [
        make_event(1, person=JANE, **TEXTS),
        make_event(2, person=Person(id="7", name="Jane Maiden")),
        make_event(3, person=Person(name="jane planted")),
        make_event(4, person=Person(id="8", name="Jane Plantedson")),
        make_event(5, person=Person(id="9", name="Zoë 🚪")),
        make_event(
            6, kind=EventKind.USER_UPDATED, message="admin changed JANE PLANTED."
        ),
        make_event(7, message="Jane Plantedson was here"),
        make_event(8, door_id="back", person=Person(id="9"), message="of 7"),
        make_event(9, door_id="back", person=Person(id="7"), **TEXTS),
    ]


def planted(database: Database) -> list[str]:
    """Return where anything of Jane is left in the database."""
    found = []
    for table in sorted(database.tables()):
        for row in database.rows(f"SELECT * FROM {table}"):  # noqa: S608
            words = str(row).casefold().replace("jane plantedson", "")
            if any(word in words for word in ("planted", "maiden")):
                found.append(f"{table}: {row}")
    return found


@pytest.mark.parametrize("who", ["7", "Jane Planted", " JANE PLANTED ", "jane maiden"])
async def test_removed(journal: Journal, database: Database, who: str) -> None:
    """All of a person's rows go, under each of their names, and nobody else's."""
    await journal.record("a", day(), "9", live=False)
    await journal.record("b", [make_event(1, person=JANE)], "1", live=False)
    forgotten = await journal.forget_person(who, ["a"], remove=True)
    assert (forgotten.rows, forgotten.mentions) == (4, 1)
    left = await everything(journal, entry_ids=("a",))
    assert keys(left) == [f"key-{number}" for number in (4, 5, 6, 7, 8)]
    assert left[3].event.message == "Jane Plantedson was here"
    assert left[2].event.message is None
    assert await journal.count("b") == 1
    latest = await journal.latest_access("a")
    assert {door: row.event.key for door, row in latest.items()} == {
        "front": "key-7",
        "back": "key-8",
    }
    await journal.forget_person(who, None, remove=True)
    if who != "jane maiden":
        assert await journal.count("b") == 0
        assert planted(database) == []


async def test_pseudonymised(journal: Journal, database: Database) -> None:
    """A person's rows stay, as those of somebody whom nothing leads back from."""
    await journal.record("a", day(), "9", live=False)
    before = await everything(journal)
    forgotten = await journal.forget_person("7", None, remove=False)
    assert (forgotten.rows, forgotten.mentions) == (4, 1)
    assert planted(database) == []
    rows = await everything(journal)
    assert keys(rows) == keys(before)
    strangers = {row.event.person for row in rows if row.event.key[-1] in "1239"}
    (stranger,) = strangers
    assert stranger is not None
    assert stranger.name == f"Person {stranger.id}"
    assert [row.event.occurred_at for row in rows] == [
        row.event.occurred_at for row in before
    ]
    assert await journal.query(LogFilter(person="Jane Planted")) == (
        [row for row in rows if row.event.key == "key-4"],
        1,
    )
    assert (await journal.latest_access("a"))["back"].event.person == stranger


@pytest.mark.parametrize("remove", [True, False])
async def test_not_brought_back(
    journal: Journal, database: Database, remove: bool
) -> None:
    """A system that tells it again, at once or after a restart, changes nothing."""
    await journal.record("a", day(), "9", live=False)
    await journal.forget_person("Jane Planted", None, remove=remove)
    rows = await everything(journal)
    for _ in range(2):
        again = await journal.record("a", day(), "10", live=True)
        assert (again.new, again.enriched) == ([], [])
        assert await journal.cursor("a") == "10"
        assert await everything(journal) == rows
        assert planted(database) == []
        await journal.close()
        await journal.open()
    # What they do from now on is another matter, and so is another system.
    new = await journal.record("a", [make_event(20, person=JANE)], "20", live=True)
    assert keys(new.new) == ["key-20"]
    assert len((await journal.record("b", day(), "9", live=False)).new) == 9


async def test_many_rows(journal: Journal) -> None:
    """Slice after slice is forgotten while intake goes on."""
    await journal.record(
        "a",
        [make_event(n, person=JANE if n % 2 else None) for n in range(5000)],
        "1",
        live=False,
    )
    forgotten = await journal.forget_person("7", None, remove=True)
    assert forgotten.rows == 2500
    assert await journal.count("a") == 2500
    assert (await journal.latest_access("a"))["front"].event.key == "key-4998"


async def test_nobody(journal: Journal) -> None:
    """A part of a name is nobody's, and changes nothing."""
    await journal.record("a", day(), "9", live=False)
    before = await everything(journal)
    for who in ("Jane", "Jane Plante", "", "%", "77"):
        forgotten = await journal.forget_person(who, None, remove=True)
        assert (forgotten.rows, forgotten.people) == (0, frozenset())
    assert await everything(journal) == before


async def test_old_and_removed_is_not_remembered(
    journal: Journal, database: Database
) -> None:
    """What is not to be taken again is kept no longer than events are."""
    await journal.record("a", day(), "9", live=False)
    await journal.forget_person("7", None, remove=True)
    left = "SELECT event_key FROM access_events_forgotten ORDER BY occurred"
    assert [key for (key,) in database.rows(left)] == [
        f"key-{number}" for number in (1, 2, 3, 6, 9)
    ]
    await journal.purge("a", make_event(5).occurred_at)
    assert [key for (key,) in database.rows(left)] == ["key-6", "key-9"]
    await journal.forget_entry("a")
    assert database.rows(left) == []


@sqlite_only
async def test_nothing_is_left_in_the_file(
    journal: Journal, database: Database
) -> None:
    """Neither the file nor what SQLite keeps beside it holds the name any more."""
    await journal.record("a", day(), "9", live=False)
    await journal.record(
        "a",
        [make_event(n, person=JANE, **TEXTS) for n in range(30, 900)],
        "9",
        live=True,
    )
    await journal.forget_person("7", None, remove=True)
    for file in database.file.parent.glob("journal.db*"):
        content = file.read_bytes().replace(b"Jane Plantedson", b"")
        assert b"Planted" not in content
        assert b"planted" not in content
