"""Tests of what the journal keeps, and gives back."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import sqlite3
import stat
from typing import Any

import pytest

from custom_components.access_events.journal import Journal, JournalError, LogFilter
from custom_components.access_events.models import (
    AccessEvent,
    Direction,
    EventKind,
    Method,
    Person,
    StoredEvent,
)

from .databases import Database, servers_only, sqlite_only

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_event(number: int, **changes: Any) -> AccessEvent:
    """Return an access at `number` seconds, with a key of that number."""
    event = AccessEvent(
        key=f"key-{number}",
        occurred_at=START + timedelta(seconds=number),
        kind=EventKind.ACCESS_GRANTED,
        vendor_code="access.door.unlock",
        door_id="front",
        door_name="Front door",
    )
    return replace(event, **changes)


FULL = AccessEvent(
    key="4f6e2d5c",
    occurred_at=datetime(2026, 3, 1, 12, 30, 15, 123457, tzinfo=UTC),
    kind=EventKind.ACCESS_DENIED,
    vendor_code="0x1302",
    door_id="1",
    door_name="Straße 1",
    reader_id="reader",
    reader_name="Lesegerät",
    person=Person(id="17", name="Zoë Ωmega"),
    method=Method.CARD,
    credential="1234567890",
    direction=Direction.ENTRY,
    reason="outside schedule",
    message="Access denied 🚪",
    image_ref="image:1",
)


@pytest.fixture
async def journal(database: Database) -> AsyncGenerator[Journal]:
    """Return an open journal."""
    journal = Journal(database.url)
    assert await journal.open() is None
    yield journal
    await journal.close()


def keys(rows: Sequence[StoredEvent]) -> list[str]:
    """Return the keys of rows."""
    return [row.event.key for row in rows]


async def everything(journal: Journal, **changes: Any) -> list[StoredEvent]:
    """Return all that a filter finds."""
    wanted = LogFilter(limit=100_000, **changes)
    rows, total = await journal.query(wanted)
    assert total == len(rows)
    return rows


async def test_record_returns_what_is_new(journal: Journal) -> None:
    """What is new comes back, numbered in its order; what is held does not."""
    before = datetime.now(UTC)
    first = await journal.record("a", [make_event(2), make_event(1)], "2", live=True)
    assert keys(first.new) == ["key-2", "key-1"]
    assert first.new[0].seq < first.new[1].seq
    assert before <= first.new[0].received_at <= datetime.now(UTC)
    assert first.new[0].live
    second = await journal.record("a", [make_event(1), make_event(3)], "3", live=False)
    assert keys(second.new) == ["key-3"]
    assert second.new[0].seq > first.new[1].seq
    assert not second.new[0].live
    assert second.enriched == []
    assert await everything(journal) == [first.new[1], first.new[0], second.new[0]]


async def test_an_event_comes_back_whole(journal: Journal) -> None:
    """Every field is kept, to the microsecond, in any script."""
    recorded = await journal.record("a", [FULL], "1", live=True)
    assert recorded.new[0].event == FULL
    found = await journal.find("a", FULL.key)
    assert found == recorded.new[0]
    assert found.event == FULL


@servers_only
async def test_an_address_with_another_character_set(database: Database) -> None:
    """What guides for other databases say about character sets does no harm."""
    url = f"{database.url}?charset=utf8" if database.kind == "mariadb" else database.url
    journal = Journal(url)
    await journal.open()
    await journal.record("a", [FULL], "1", live=True)
    found = await journal.find("a", FULL.key)
    assert found is not None
    assert found.event == FULL
    await journal.close()


async def test_times_of_other_zones_are_the_same_moment(journal: Journal) -> None:
    """An aware time comes back in UTC."""
    local = FULL.occurred_at.astimezone(tz=None)
    await journal.record("a", [replace(FULL, occurred_at=local)], "1", live=True)
    found = await journal.find("a", FULL.key)
    assert found is not None
    assert found.event.occurred_at == FULL.occurred_at
    assert found.event.occurred_at.tzinfo is UTC


async def test_a_key_is_unique_within_its_entry_only(journal: Journal) -> None:
    """Two systems may use the same key."""
    await journal.record("a", [make_event(1)], "a1", live=True)
    other = await journal.record("b", [make_event(1)], "b1", live=True)
    assert len(other.new) == 1
    assert await journal.count("a") == await journal.count("b") == 1
    assert (await journal.cursor("a"), await journal.cursor("b")) == ("a1", "b1")


async def test_a_key_twice_in_a_batch_is_one_event(journal: Journal) -> None:
    """Views of one happening in one batch are merged."""
    views = [make_event(1), make_event(2), make_event(1, method=Method.PIN)]
    recorded = await journal.record("a", views, "1", live=True)
    assert keys(recorded.new) == ["key-1", "key-2"]
    assert recorded.new[0].event.method is Method.PIN
    assert recorded.enriched == []
    assert await journal.count("a") == 2


BARE = AccessEvent(
    key=FULL.key,
    occurred_at=FULL.occurred_at,
    kind=FULL.kind,
    vendor_code=FULL.vendor_code,
)


async def test_another_view_fills_what_is_not_known(journal: Journal) -> None:
    """A richer view of a held event fills it, and delivers nothing."""
    first = await journal.record("a", [BARE], "1", live=True)
    second = await journal.record("a", [FULL], "2", live=False)
    assert second.new == []
    (row,) = second.enriched
    assert row.event == FULL
    assert (row.seq, row.live) == (first.new[0].seq, True)
    assert await everything(journal) == [row]
    assert (await journal.record("a", [FULL, BARE], "2", live=False)).enriched == []


async def test_another_view_overwrites_nothing(journal: Journal) -> None:
    """What was known stays, whatever a later view says."""
    await journal.record("a", [FULL], "1", live=True)
    other = replace(
        FULL,
        occurred_at=START,
        kind=EventKind.OTHER,
        vendor_code="another",
        door_id="2",
        door_name="Two",
        reader_name="Other",
        person=Person(id="99", name="Somebody"),
        method=Method.PIN,
        credential="0",
        direction=Direction.EXIT,
        reason="other",
        message="other",
        image_ref="other",
    )
    recorded = await journal.record("a", [other], "2", live=True)
    assert (recorded.new, recorded.enriched) == ([], [])
    found = await journal.find("a", FULL.key)
    assert found is not None
    assert found.event == FULL


@pytest.mark.parametrize(
    ("held", "newer", "expected"),
    [
        (
            {"person": Person(id="1")},
            {"person": Person(id="1", name="Jane")},
            {"person": Person(id="1", name="Jane")},
        ),
        (
            {"person": Person(name="Jane")},
            {"person": Person(id="1")},
            {"person": Person(id="1", name="Jane")},
        ),
        (
            {"person": Person(id="1")},
            {"person": Person(id="2", name="John")},
            {"person": Person(id="1")},
        ),
        (
            {"door_id": "1", "door_name": None},
            {"door_id": "2", "door_name": "Two"},
            {"door_id": "1", "door_name": None},
        ),
        (
            {"door_id": None, "door_name": "One"},
            {"door_id": "1", "door_name": "Uno"},
            {"door_id": "1", "door_name": "One"},
        ),
        (
            {"method": Method.UNKNOWN},
            {"method": Method.FACE},
            {"method": Method.FACE},
        ),
        ({"method": None}, {"method": Method.UNKNOWN}, {"method": Method.UNKNOWN}),
        ({"method": Method.UNKNOWN}, {"method": None}, {"method": Method.UNKNOWN}),
        ({"reason": "late"}, {"reason": ""}, {"reason": "late"}),
        ({"reason": ""}, {"reason": "late"}, {"reason": "late"}),
    ],
)
async def test_enrichment(
    journal: Journal,
    held: dict[str, Any],
    newer: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    """Only gaps are filled, and a name never joins another's id."""
    changes = held != expected
    await journal.record("a", [make_event(1, **held)], "1", live=True)
    recorded = await journal.record("a", [make_event(1, **newer)], "1", live=True)
    found = await journal.find("a", "key-1")
    assert found is not None
    assert found.event == make_event(1, **expected)
    assert recorded.enriched == ([found] if changes else [])


async def test_cursor(journal: Journal, database: Database) -> None:
    """A cursor moves with its batch, even an empty one, and is kept."""
    assert await journal.cursor("a") is None
    await journal.record("a", [make_event(1)], None, live=True)
    assert await journal.cursor("a") is None
    await journal.record("a", [], "one", live=True)
    assert await journal.cursor("a") == "one"
    await journal.record("a", [make_event(2)], None, live=True)
    assert await journal.cursor("a") == "one"
    await journal.close()
    again = Journal(database.url)
    await again.open()
    assert await again.cursor("a") == "one"
    await again.close()


async def test_undelivered(journal: Journal) -> None:
    """Live events not marked as delivered come back once, as replayed."""
    assert await journal.undelivered("a") == []
    await journal.record("a", [make_event(n) for n in range(5)], "1", live=False)
    live = await journal.record("a", [make_event(n) for n in (10, 11)], "2", live=True)
    await journal.record("a", [make_event(20)], "3", live=False)
    last = await journal.record("a", [make_event(30)], "4", live=True)
    await journal.record("b", [make_event(1)], "1", live=True)
    await journal.mark_delivered("a", live.new[0].seq)
    await journal.close()
    await journal.open()

    expected = [replace(live.new[1], live=False), replace(last.new[0], live=False)]
    assert await journal.undelivered("a") == expected
    assert await journal.undelivered("a") == []
    assert await journal.find("a", "key-11") == expected[0]
    assert await journal.find("a", "key-10") == live.new[0]
    assert keys(await journal.undelivered("b")) == ["key-1"]


async def test_a_mark_never_goes_back(journal: Journal) -> None:
    """Deliveries reported in another order leave the highest mark."""
    recorded = await journal.record("a", [make_event(1), make_event(2)], "1", live=True)
    await journal.mark_delivered("a", recorded.new[1].seq)
    await journal.mark_delivered("a", recorded.new[0].seq)
    assert await journal.undelivered("a") == []


async def test_recent(journal: Journal) -> None:
    """Recent is counted from the newest event, not from our clock."""
    assert await journal.recent("a", 60) == []
    events = [make_event(n) for n in (100, 0, 41, 40, 39)]
    await journal.record("a", events, "1", live=True)
    await journal.record("b", [make_event(1000)], "1", live=True)
    assert await journal.recent("a", 60) == [events[3], events[2], events[0]]
    assert await journal.recent("a", 0) == [events[0]]


async def test_latest_access(journal: Journal) -> None:
    """The newest access at each door, by the time it happened."""
    events = [
        make_event(10),
        make_event(5),
        make_event(20, kind=EventKind.DOOR_OPENED),
        make_event(7, door_id="back", kind=EventKind.ACCESS_DENIED),
        make_event(8, door_id="side", kind=EventKind.RING),
        make_event(30, door_id=None, door_name=None),
    ]
    await journal.record("a", events, "1", live=True)
    await journal.record("b", [make_event(99)], "1", live=True)
    latest = await journal.latest_access("a")
    assert {door: row.event.key for door, row in latest.items()} == {
        "front": "key-10",
        "back": "key-7",
    }
    assert latest["front"] == await journal.find("a", "key-10")


async def test_latest_access_of_the_same_moment(journal: Journal) -> None:
    """Of two at the same moment, the one recorded later is the latest."""
    moment = make_event(1).occurred_at
    await journal.record("a", [make_event(1)], "1", live=True)
    await journal.record("a", [make_event(2, occurred_at=moment)], "1", live=True)
    assert (await journal.latest_access("a"))["front"].event.key == "key-2"


async def test_latest_access_follows_enrichment_and_names(journal: Journal) -> None:
    """A door learned later counts, and a renamed door stays the same door."""
    nowhere = {"door_id": None, "door_name": None}
    await journal.record("a", [make_event(1, door_name="Old name")], "1", live=True)
    await journal.record("a", [make_event(2, **nowhere)], "1", live=True)
    assert (await journal.latest_access("a"))["front"].event.key == "key-1"
    await journal.record("a", [make_event(2)], "1", live=True)
    latest = await journal.latest_access("a")
    assert latest["front"].event.key == "key-2"
    assert latest["front"].event.door_name == "Front door"


@pytest.mark.parametrize(
    "key", ["", "k" * 5000, "Schlüssel 🔑", "half \ud83d", "nul \x00", "a" * 254 + "ß"]
)
async def test_odd_keys(journal: Journal, key: str) -> None:
    """Any key is unique and found again, in a batch with others."""
    events = [make_event(1), make_event(2, key=key), make_event(3, key=key + "x")]
    recorded = await journal.record("a", events, "1", live=True)
    assert len(recorded.new) == 3
    assert (await journal.record("a", events, "1", live=True)).new == []
    found = await journal.find("a", key)
    assert found is not None
    assert found.seq == recorded.new[1].seq


async def test_odd_text_stops_nothing(journal: Journal) -> None:
    """Half a character in one event loses neither it nor its neighbours."""
    odd = replace(
        FULL,
        message="half \ud83d",
        door_name="\udc00door",
        person=Person(id="\ud800", name="J\ud83dne"),
    )
    recorded = await journal.record(
        "a", [make_event(1), odd, make_event(2)], "1", live=True
    )
    assert len(recorded.new) == 3
    found = await journal.find("a", odd.key)
    assert found is not None
    assert found.event.message == "half ?"
    assert found.event.person == Person(id="?", name="J?ne")
    assert await journal.cursor("a") == "1"


async def test_long_text_and_nul(journal: Journal) -> None:
    """A very long text, and signs that not every database keeps, lose no event."""
    odd = replace(FULL, message="🚪" * 20_000, reason="a\x00b", credential="\x00")
    recorded = await journal.record("a", [make_event(1), odd], "1", live=True)
    assert len(recorded.new) == 2
    found = await journal.find("a", odd.key)
    assert found is not None
    assert (found.event.message or "").startswith("🚪" * 16_000)
    assert (found.event.reason or "").replace("\x00", "") == "ab"
    assert (await journal.record("a", [odd], "1", live=True)).new == []


async def test_unknown_words_of_a_newer_release(
    journal: Journal, database: Database
) -> None:
    """Kinds and methods that this release doesn't know are read as such."""
    await journal.record("a", [FULL], "1", live=True)
    database.execute(
        "UPDATE access_events SET kind='new', method='new', direction='new'"
    )
    (row,) = await everything(journal)
    assert row.event.kind is EventKind.OTHER
    assert row.event.method is Method.UNKNOWN
    assert row.event.direction is None


@sqlite_only
async def test_size_and_mode(journal: Journal, database: Database) -> None:
    """The file grows with what it holds, and only its owner may read it."""
    file = database.file
    before = await journal.size()
    await journal.record("a", [make_event(n) for n in range(2000)], "1", live=False)
    assert await journal.size() > before + 2000 * 50
    await journal.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.glob("journal*")) == [file]


async def test_closed(database: Database) -> None:
    """A journal that is not open says so."""
    journal = Journal(database.url)
    for _ in range(2):
        with pytest.raises(JournalError) as error:
            await journal.record("a", [make_event(1)], "1", live=True)
        assert error.value.code == "unavailable"
        with pytest.raises(JournalError):
            await journal.query(LogFilter())
        with pytest.raises(JournalError):
            await journal.size()
        await journal.open()
        assert await journal.open() is None
        await journal.close()
        await journal.close()


@sqlite_only
async def test_a_reader_does_not_hold_intake_up(
    journal: Journal, database: Database
) -> None:
    """Batches are committed while a long read is under way."""
    await journal.record("a", [make_event(n) for n in range(100)], "1", live=False)
    with closing(sqlite3.connect(database.file)) as reader:
        rows = reader.execute("SELECT event_key FROM access_events")
        assert rows.fetchone()
        for n in range(100, 110):
            await journal.record("a", [make_event(n)], str(n), live=True)
        assert len(rows.fetchall()) == 99
    assert await journal.count("a") == 110


@sqlite_only
async def test_two_writers_wait_for_each_other(
    journal: Journal, database: Database
) -> None:
    """A backup tool that locks the file for a moment delays, and loses nothing."""
    with closing(sqlite3.connect(database.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        recording = asyncio.create_task(
            journal.record("a", [make_event(1)], "1", live=True)
        )
        await asyncio.sleep(0.2)
        assert not recording.done()
        assert await journal.count("a") == 0
        other.execute("ROLLBACK")
        assert keys((await recording).new) == ["key-1"]
