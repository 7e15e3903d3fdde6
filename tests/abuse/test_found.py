"""Payloads that once broke something, each with what it broke."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.access_events.systems.basip.events import read_rows
from custom_components.access_events.systems.clue.events import read_row as clue_row
from custom_components.access_events.systems.parsing import (
    digest,
    instant,
    redact_shape,
    text,
)
from custom_components.access_events.systems.pdk.events import Happening, read_message
from custom_components.access_events.systems.unifi_access.events import Interpreter
from custom_components.access_events.systems.unifi_access.records import View, from_hit
from tests.systems.unifi_access.rows import SAMPLE, book

from .bend import deep
from .readers import check

HALF = "half a letter \ud83d"


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "words",
    ["a" + " " * 1_000_000 + "b", "tamper" * 200_000],
    ids=["blanks", "alarms"],
)
def test_endless_words(words: str) -> None:
    """Words without end are cut, and take no time to be understood."""
    source = dict(SAMPLE["_source"])
    for event in (
        {"type": "access.door.unlock", "display_message": words},
        {"type": f"access.{words}"},
    ):
        source["event"] = {"published": 1689077487000, **event}
        record = from_hit({"_source": source}, View.ROW)
        assert record is not None
        check(replace(Interpreter(book()).sighting(record).event, key="made later"))
    assert len(text(words) or "") < 5000


@pytest.mark.parametrize("objects", [False, True])
def test_bottomless_rows(objects: bool) -> None:
    """A row without bottom is read as far as it matters, and so are its neighbours."""

    def row(info: Any) -> dict[str, Any]:
        return {
            "timestamp": 1_780_000_000_000,
            "name": {"key": "access_granted_by_valid_identifier"},
            "info": {"text": "Open", "model": {"number": "1234", "info": info}},
        }

    bottomless = deep(10_000, objects=objects)
    rows, unreadable = read_rows([row({}), row(bottomless), bottomless, row([])])
    assert (len(rows), len(unreadable)) == (3, 1)
    assert digest(bottomless) != digest(deep(3))


def test_half_letters_in_ids() -> None:
    """Ids are made of what can be written."""
    row = clue_row(
        {"eventAt": 1_780_000_000_000, "eventType": "DOOR_OPEN", "userId": HALF}, {}
    )
    assert row is not None
    check(row.event)


def test_half_letters_in_topics() -> None:
    """A topic that nobody knows is told in letters that can be written."""
    told = read_message(f"device.{HALF}", {"occurred": 1_780_000_000_000}, 0, {})
    assert isinstance(told, Happening)
    check(told.event)


def test_half_letters_in_names_of_fields() -> None:
    """The shape of a payload shows names of fields only."""
    assert redact_shape({HALF: 1, "door": {"id": 5}}) == {
        "…": "int",
        "door": {"id": "int"},
    }


def test_the_end_of_time() -> None:
    """No time is so late that it has none in another zone."""
    assert instant("9999-12-31T23:59:59Z") is None
    assert instant("9998-12-31T23:59:59Z") == datetime(
        9998, 12, 31, 23, 59, 59, tzinfo=UTC
    )
