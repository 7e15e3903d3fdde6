"""Tests of finding, streaming and deleting what the journal holds."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta
import threading
from typing import Any

import pytest
from sqlalchemy import Row

from custom_components.access_events.journal import Journal, LogFilter
from custom_components.access_events.journal_query import Names, known_entries
from custom_components.access_events.journal_write import Writer
from custom_components.access_events.models import EventKind, Person

from .databases import Database
from .test_journal import START, everything, keys, make_event


def at(seconds: float) -> datetime:
    """Return a time some seconds after the start."""
    return START + timedelta(seconds=seconds)


def rows_in(database: Database) -> int:
    """Return how many rows there really are."""
    number: int = database.rows("SELECT count(*) FROM access_events")[0][0]
    return number


@pytest.fixture
async def journal(database: Database) -> AsyncGenerator[Journal]:
    """Return an open journal."""
    journal = Journal(database.url)
    await journal.open()
    yield journal
    await journal.close()


@pytest.fixture
async def log(journal: Journal) -> Journal:
    """Return a journal with two systems that have a door of the same id."""
    await journal.record(
        "a",
        [
            make_event(1, person=Person(id="7", name="Jane Doe")),
            make_event(4, person=Person(id="8", name="Élodie ΣΟΦΙΑ")),
            make_event(2, door_id="back", kind=EventKind.ACCESS_DENIED),
            make_event(3, door_id=None, door_name=None, kind=EventKind.ADMIN),
        ],
        "4",
        live=False,
    )
    await journal.record(
        "b",
        [
            make_event(5, person=Person(id="Jane", name="7 of 9")),
            make_event(2, key="b-2", person=Person(name="jane roe")),
            make_event(6, door_id="back", door_name="Rear"),
            make_event(7, door_id="back", door_name="Back"),
        ],
        "7",
        live=True,
    )
    return journal


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, "1 2 b-2 3 4 5 6 7"),
        ({"descending": True}, "7 6 5 4 3 b-2 2 1"),
        ({"entry_ids": ("a",)}, "1 2 3 4"),
        ({"entry_ids": ("a", "b", "c")}, "1 2 b-2 3 4 5 6 7"),
        ({"entry_ids": ("c",)}, ""),
        ({"entry_ids": ()}, ""),
        ({"start": at(2), "end": at(5)}, "2 b-2 3 4"),
        ({"start": at(2.000001)}, "3 4 5 6 7"),
        ({"end": at(1)}, ""),
        ({"start": at(7), "end": at(1)}, ""),
        ({"kinds": (EventKind.ACCESS_DENIED, EventKind.ADMIN)}, "2 3"),
        ({"kinds": (EventKind.DURESS,)}, ""),
        ({"kinds": ()}, ""),
        ({"door_ids": ("back",)}, "2 6 7"),
        ({"door_ids": (("a", "back"), ("b", "front"))}, "2 b-2 5"),
        ({"door_ids": (("c", "back"),)}, ""),
        ({"door_ids": ("back",), "entry_ids": ("b",)}, "6 7"),
        ({"door_ids": ("",)}, ""),
        ({"door_ids": ()}, ""),
        ({"person": "7"}, "1 5"),
        ({"person": "jane"}, "1 b-2"),
        ({"person": "Jane"}, "1 b-2 5"),
        ({"person": "élodie σοφια"}, "4"),
        ({"person": "j%"}, ""),
        ({"person": "jane", "entry_ids": ("b",), "descending": True}, "b-2"),
        ({"person": "jane", "kinds": (EventKind.ADMIN,)}, ""),
    ],
)
async def test_filter(log: Journal, wanted: dict[str, Any], expected: str) -> None:
    """Each filter finds its rows, in order, and streams the same."""
    numbers = [key if "-" in key else f"key-{key}" for key in expected.split()]
    assert keys(await everything(log, **wanted)) == numbers
    streamed = [
        row.event.key
        async for rows in log.stream(LogFilter(**wanted), size=2)
        for row in rows
    ]
    assert streamed == numbers


async def test_pages(log: Journal) -> None:
    """Pages join without a seam, and each tells the total."""
    whole = await everything(log)
    for size in range(1, 9):
        pages = []
        for offset in range(0, 10, size):
            rows, total = await log.query(LogFilter(limit=size, offset=offset))
            assert total == 8
            pages += rows
        assert pages == whole
    assert await log.query(LogFilter(limit=0)) == ([], 8)


async def test_count_and_find(log: Journal) -> None:
    """Entries are counted, and searched, for themselves."""
    assert [await log.count(entry) for entry in ("a", "b", "c")] == [4, 4, 0]
    found = await log.find("b", "key-5")
    assert found is not None
    assert (found.entry_id, found.event.key) == ("b", "key-5")
    assert await log.find("a", "key-5") is None
    assert await log.find("c", "key-5") is None


@pytest.mark.parametrize("descending", [False, True])
async def test_stream_of_equal_times(journal: Journal, descending: bool) -> None:
    """Rows of one moment, over many pages, come once each in order of recording."""
    moment = START
    events = [make_event(n, occurred_at=moment) for n in range(95)]
    await journal.record("a", events, "1", live=False)
    pages = [
        keys(rows)
        async for rows in journal.stream(LogFilter(descending=descending), size=10)
    ]
    expected = [event.key for event in events]
    if descending:
        expected.reverse()
    assert pages == [expected[n : n + 10] for n in range(0, 95, 10)]


@pytest.mark.parametrize("descending", [False, True])
async def test_stream_while_recording(journal: Journal, descending: bool) -> None:
    """What is recorded and enriched meanwhile neither repeats nor hides a row."""
    events = [make_event(n * 10) for n in range(100)]
    await journal.record("a", events, "1", live=False)
    seen: list[str] = []
    number = 0
    async for rows in journal.stream(LogFilter(descending=descending), size=7):
        seen += keys(rows)
        number += 1
        await journal.record(
            "a",
            [
                make_event(number * 37 + 1),
                make_event(500 - number * 37 + 2),
                make_event(number * 50, reason="filled"),
            ],
            "1",
            live=True,
        )
    assert len(seen) == len(set(seen))
    assert set(seen) >= {event.key for event in events}


async def test_stream_left_early(log: Journal) -> None:
    """A reader that goes away leaves the journal usable."""
    async for rows in log.stream(LogFilter(), size=1):
        assert rows
        break
    assert await log.count("a") == 4


async def test_pages_as_they_are(log: Journal) -> None:
    """A function sees each page in the reader's thread, and its errors are its own."""
    threads = set()
    met = []

    def take(rows: Sequence[Row[Any]], names: Names) -> list[str]:
        threads.add(threading.current_thread())
        for row in rows:
            assert names.entry(row.entry) == "a"
            met.append((names.place(row.door), names.person(row.person)))
        return [row.event_key for row in rows]

    wanted = LogFilter(entry_ids=("a",))
    pages = [page async for page in log.pages(wanted, take, size=3)]
    assert pages == [["key-1", "key-2", "key-3"], ["key-4"]]
    assert met == [
        (("front", "Front door"), ("7", "Jane Doe")),
        (("back", "Front door"), ("", "")),
        (("", ""), ("", "")),
        (("front", "Front door"), ("8", "Élodie ΣΟΦΙΑ")),
    ]
    assert len(threads) == 1
    assert threading.main_thread() not in threads

    def fail(rows: Sequence[Row[Any]], names: Names) -> None:
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        async for _ in log.pages(wanted, fail):
            pass
    assert await log.count("a") == 4


async def test_purge(journal: Journal, database: Database) -> None:
    """What happened before a time goes, of one entry, with the people it named."""
    old = [make_event(n, person=Person(name=f"Old {n % 9}")) for n in range(2500)]
    new = make_event(3000, person=Person(name="New"))
    await journal.record("a", [*old, new], "a", live=False)
    await journal.record("b", [make_event(0, person=Person(name="B"))], "b", live=False)
    removed = await journal.purge("a", at(2499))
    assert removed == 2499
    assert keys(await everything(journal)) == ["key-0", "key-2499", "key-3000"]
    assert await journal.cursor("a") == "a"
    assert await journal.purge("a", at(2499)) == 0
    assert await journal.purge("unknown", at(2499)) == 0
    names = database.rows("SELECT name FROM access_events_people")
    assert sorted(name for (name,) in names) == ["B", "New", "Old 6"]
    await journal.record("a", [old[0]], "a", live=False)
    found = await journal.find("a", "key-0")
    assert found is not None
    assert found.event == old[0]


async def test_purge_of_the_latest_access(journal: Journal) -> None:
    """A door whose last access is purged has none, until the next."""
    await journal.record(
        "a", [make_event(1), make_event(9, door_id="back")], "1", live=False
    )
    await journal.purge("a", at(5))
    assert set(await journal.latest_access("a")) == {"back"}
    await journal.record("a", [make_event(0)], "1", live=False)
    assert set(await journal.latest_access("a")) == {"front", "back"}


async def test_intake_goes_on_during_a_purge(journal: Journal) -> None:
    """Events are recorded between the slices of a purge."""
    await journal.record("a", [make_event(n) for n in range(8000)], "1", live=False)
    purging = asyncio.create_task(journal.purge("a", at(8000)))
    recorded = 0
    while not purging.done():
        await journal.record("a", [make_event(9000 + recorded)], "1", live=True)
        recorded += 1
    assert await purging == 8000
    assert recorded > 8
    assert await journal.count("a") == recorded


async def test_forget_entry(journal: Journal, database: Database) -> None:
    """Nothing of a forgotten entry is left, and nothing of others is touched."""
    for entry in ("a", "b"):
        events = [make_event(n, person=Person(name=entry)) for n in range(1500)]
        await journal.record(entry, events, entry, live=True)
    await journal.forget_entry("a")
    await journal.forget_entry("never known")
    assert await journal.count("a") == 0
    assert await journal.cursor("a") is None
    assert await journal.latest_access("a") == {}
    assert await journal.undelivered("a") == []
    assert await journal.count("b") == 1500
    assert set(await journal.latest_access("b")) == {"front"}
    assert rows_in(database) == 1500
    assert database.rows("SELECT name FROM access_events_people") == [("b",)]
    assert len(database.rows("SELECT id FROM access_events_places")) == 1
    assert database.rows("SELECT entry_id FROM access_events_entries") == [("b",)]
    again = await journal.record("a", [make_event(1)], "new", live=True)
    assert len(again.new) == 1


async def test_forgetting_that_was_cut_short(
    journal: Journal, database: Database
) -> None:
    """Rows of a forgotten entry are seen no more, and the next purge ends it."""
    await journal.record("a", [make_event(n) for n in range(5000)], "a", live=True)
    await journal.record("b", [make_event(1)], "b", live=True)
    forgetting = asyncio.create_task(journal.forget_entry("a"))
    while await journal.count("a"):
        await asyncio.sleep(0)
    forgetting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await forgetting
    assert rows_in(database) > 1
    assert keys(await everything(journal)) == ["key-1"]
    assert await journal.find("a", "key-4999") is None
    await journal.record("a", [make_event(4999)], "again", live=True)
    await journal.purge("b", at(0))
    assert len(await everything(journal)) == rows_in(database) == 2


async def test_forgotten_by_two_at_once(journal: Journal) -> None:
    """Who still deletes a gone entry's rows leaves those of the next entry alone."""
    await journal.record("old", [make_event(0)], "old", live=True)
    await journal.record("gone", [make_event(1)], "gone", live=True)
    await journal.write(Writer.disown, "gone")
    (number,) = await journal.write(Writer.disowned)
    await journal.forget_entry("gone")
    await journal.record("new", [make_event(n) for n in range(3)], "new", live=True)
    assert (await journal.read(known_entries))["new"] == number
    assert await journal.write(Writer.purge_slice, number, None, None, None) == (
        0,
        None,
    )
    await journal.write(Writer.remove_entry, number)
    await journal.record("newer", [make_event(n) for n in range(4)], "", live=True)
    counts = [await journal.count(entry) for entry in ("old", "gone", "new", "newer")]
    assert counts == [1, 0, 3, 4]
    assert await journal.cursor("new") == "new"


async def test_hours(log: Journal, database: Database) -> None:
    """Events are counted by door, kind and hour, and what is counted is remembered."""
    new = await log.uncounted("a")
    assert new is not None
    assert {door: found.name for door, found in new.doors.items()} == {
        "front": "Front door",
        "back": "Front door",
        None: "",
    }
    hour = new.doors["front"].since
    assert (hour.minute, hour.second, hour.microsecond) == (0, 0, 0)
    assert hour <= START < hour + timedelta(hours=1)
    assert await log.hourly("a", "front", hour) == {"access_granted": {hour: 2}}
    assert await log.hourly("a", "front", hour + timedelta(hours=1)) == {}
    assert await log.hourly("a", "back", None) == {"access_denied": {hour: 1}}
    assert await log.hourly("a", None, None) == {"admin": {hour: 1}}
    await log.mark_counted("a", new.after, new.upto)
    assert await log.uncounted("a") is None
    assert await log.uncounted("b") is not None
    assert await log.uncounted("unknown") is None
    again = await log.uncounted("a", anew=True)
    assert again is not None
    assert again.doors == new.doors

    # What was at no door moves to its own, and is to be counted there.
    event = make_event(3, door_id="back", kind=EventKind.ADMIN)
    await log.record("a", [event], None, live=False)
    moved = await log.uncounted("a")
    assert moved is not None
    assert moved.after < new.upto
    await log.mark_counted("a", new.upto, new.upto)  # by a count that came too late
    assert await log.uncounted("a") == moved


async def test_gaps_are_kept(log: Journal) -> None:
    """A gap is kept once, goes with its time, and goes with its system."""
    gaps = [(at(0), at(10), "wrapped"), (at(60), at(70), "")]
    for gap in (*gaps, gaps[0]):
        await log.note_gap("a", *gap)
    assert await log.gaps("a") == gaps
    assert await log.gaps("b") == []
    assert await log.purge("a", at(30)) == 4
    assert await log.gaps("a") == gaps[1:]
    await log.forget_entry("a")
    await log.record("a", [make_event(1)], "1", live=False)
    assert await log.gaps("a") == []


async def test_newest(log: Journal) -> None:
    """When something happened last is known, and what was live last."""
    assert await log.newest("a") == make_event(4).occurred_at
    assert await log.newest("c") is None
    assert await log.last_live("a") is None
    await log.record("a", [make_event(2, key="live")], None, live=True)
    last = await log.last_live("a")
    assert last is not None
    assert last.event.key == "live"
