"""Tests of searching the journal: pages by place, text in any case, counts by zone."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from custom_components.access_events import journal_search
from custom_components.access_events.buckets import LIMIT, edges
from custom_components.access_events.journal import Journal, LogFilter
from custom_components.access_events.journal_search import TextMatch, matches
from custom_components.access_events.models import AccessEvent, EventKind, Person

from .databases import Database

START = datetime(2026, 1, 1, tzinfo=UTC)
NUMBER = 40


def happening(number: int) -> AccessEvent:
    """Return one of a site's events; two happen at each time."""
    return AccessEvent(
        key=f"k{number}",
        occurred_at=START + timedelta(minutes=30 * (number // 2)),
        kind=(
            EventKind.ACCESS_GRANTED,
            EventKind.ACCESS_DENIED,
            EventKind.UNKNOWN_CREDENTIAL,
            EventKind.DOOR_OPENED,
        )[number % 4],
        vendor_code="x",
        door_id=f"d{number % 3}",
        door_name=f"Door {number % 3}",
        person=Person(id=f"p{number % 5}", name=f"Änne {number % 5}"),
        credential="0123456789",
        reason="Zeitplan ÜBERZOGEN" if number % 10 == 9 else None,
        message="100% sure" if number % 20 == 3 else None,
    )


@pytest.fixture
async def journal(database: Database) -> AsyncGenerator[Journal]:
    """Return a journal that holds a site's events."""
    log = Journal(database.url)
    await log.open()
    await log.record("e", list(map(happening, range(NUMBER))), "c", live=False)
    yield log
    await log.close()


async def keys(journal: Journal, wanted: LogFilter) -> list[str]:
    """Return the keys of all pages."""
    found, after = [], None
    while True:
        page = await journal.search(wanted, after)
        assert len(page.events) <= wanted.limit
        found += [stored.event.key for stored in page.events]
        if (after := page.next) is None:
            return found


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 3, 10, NUMBER, 200])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"kinds": (EventKind.ACCESS_DENIED,)},
        {"person": "änne 1", "door_ids": (("e", "d1"),)},
        {"start": START + timedelta(hours=1), "end": START + timedelta(hours=8)},
        {"text": "änne 2"},
        {"text": "DOOR 1", "kinds": (EventKind.DOOR_OPENED,)},
        {"text": "überzogen"},
        {"text": "100%"},
        {"text": "6789"},
        {"text": "012345"},
        {"kinds": (EventKind.DURESS,)},
    ],
)
async def test_pages(
    journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
    fields: dict[str, object],
    limit: int,
    descending: bool,
) -> None:
    """All pages together are what the filter says, each once, in order.

    So they are where a page ends at each window's edge, for it takes too long.
    """
    monkeypatch.setattr(journal_search, "_WINDOW", 3)
    monkeypatch.setattr(journal_search, "_CHUNK", 3)
    monkeypatch.setattr(journal_search, "_BUDGET", -1.0)
    monkeypatch.setattr(
        journal_search.search, "__defaults__", (-1.0 if limit == 3 else 0.06,)
    )
    wanted = LogFilter(limit=limit, descending=descending, **fields)  # type: ignore[arg-type]
    text = None if wanted.text is None else TextMatch(wanted.text)
    all_events, _ = await journal.query(LogFilter(limit=NUMBER, descending=descending))
    expected = [
        stored.event.key for stored in all_events if matches(stored, wanted, text)
    ]
    assert await keys(journal, wanted) == expected
    # The masked part of a card number can't be searched, and "%" is only a sign.
    number = {"012345": 0, "6789": NUMBER, "100%": 2, "überzogen": 4}
    assert len(expected) == number.get(wanted.text or "", len(expected))


async def test_counts(journal: Journal) -> None:
    """Each span has its numbers, and each door those of all spans."""
    zone = ZoneInfo("Asia/Kolkata")
    between = edges("hour", START, START + timedelta(hours=10), zone)
    assert between[0] == START - timedelta(minutes=30)
    for wanted in (LogFilter(), LogFilter(text="änne"), LogFilter(text="door 2")):
        counts = await journal.counts(wanted, between)
        number = 13 if wanted.text == "door 2" else NUMBER
        sums = [
            sum(getattr(count, name) for count in counts.spans)
            for name in ("granted", "denied", "other")
        ]
        assert sum(sums) == number
        assert sums == [
            sum(getattr(count, name) for _, count in counts.doors.values())
            for name in ("granted", "denied", "other")
        ]
        if number == NUMBER:
            assert sums == [10, 20, 10]
            assert counts.doors["e", "d2"][0] == "Door 2"
            first = counts.spans[0]
            assert (first.granted, first.denied, first.other) == (1, 1, 0)
    assert await journal.span(LogFilter()) == (START, START + timedelta(minutes=570))
    assert await journal.span(LogFilter(kinds=(EventKind.DURESS,))) is None


def test_days_are_as_long_as_they_are() -> None:
    """A day of the zone has 23 or 25 hours when the clocks change."""
    zone = ZoneInfo("Europe/Berlin")
    march = datetime(2026, 3, 28, 12, tzinfo=UTC)
    days = edges("day", march, march + timedelta(days=2), zone)
    assert [b - a for a, b in pairwise(days)] == [
        timedelta(hours=24),
        timedelta(hours=23),
        timedelta(hours=24),
    ]
    hours = edges("hour", march, march + timedelta(days=2), zone)
    assert len(hours) == 49
    with pytest.raises(ValueError, match=str(LIMIT)):
        edges("hour", march, march + timedelta(hours=LIMIT + 2), zone)


async def test_people(journal: Journal) -> None:
    """All who are named are known, for links to be suggested."""
    found = await journal.people("e")
    assert {(person.id, person.name) for person in found} == {
        (f"p{number}", f"Änne {number}") for number in range(5)
    }
