"""Tests of reading what a panel pushes, against what its log says of the same."""

from typing import Any

import pytest

from custom_components.access_events.systems.basip.events import read_rows
from custom_components.access_events.systems.basip.push import PushReader
from tests.simulators.basip.keys import ALL_KEYS, LogKey

AT = 1608292485815


def pushed(*keys: str, at: int = AT) -> dict[str, Any]:
    """Return a push of rows, all of one moment."""
    return {"events": [event(key, at) for key in keys]}


def event(
    key: str, at: int = AT, model: Any = None, category: str = "access"
) -> dict[str, Any]:
    """Return a row as it is pushed."""
    return {
        "created_at": at,
        "category": category,
        "code": key,
        "info": {"lock": 1} if model is None else model,
    }


def read(reader: PushReader, payload: Any, **options: Any) -> Any:
    """Return what is read of a push that is older than what the log is read for."""
    options = {"whole_seconds": False, "read_from": AT + 3_600_000} | options
    return reader.read(payload, **options)


def keys_of(reader: PushReader, payload: Any, **options: Any) -> Any:
    """Return the keys of the events in a push, without what they begin with."""
    rows, unreadable = read(reader, payload, **options)
    assert unreadable == []
    return [row.event.key.partition("#")[2] for row in rows]


@pytest.mark.parametrize("known", ALL_KEYS.values(), ids=lambda known: known.key)
def test_the_same_key_as_in_the_log(known: LogKey) -> None:
    """A row has one key, whether it is read or pushed, and however numbers are said."""
    logged = {
        "timestamp": AT,
        "category": known.category,
        "priority": known.priority,
        "name": {"key": known.key, "text": known.text},
        "info": {"text": known.text, "model": known.model},
    }
    said_otherwise = {
        name: str(value) if type(value) is int else value
        for name, value in known.model.items()
        if value is not None
    } | {"link": None}
    (from_log,), _ = read_rows([logged])
    for model in (known.model, said_otherwise):
        told = event(known.key, AT, model, known.category)
        (row,), _ = read(PushReader(), {"events": [told]})
        assert row.event.key == from_log.event.key
        assert row.event.kind is from_log.event.kind
        assert row.event.person == from_log.event.person
        assert row.event.method is from_log.event.method


def test_whole_seconds() -> None:
    """Where the log counts in seconds, a push of the same moment has the same key."""
    logged = {
        "timestamp": AT // 1000,
        "category": "access",
        "name": {"key": "door_was_opened"},
        "info": {"model": {}},
    }
    (from_log,), _ = read_rows([logged])
    payload = {"events": [event("door_was_opened", AT, {})]}
    (row,), _ = read(PushReader(), payload, whole_seconds=True)
    assert row.event.key == from_log.event.key


def test_equal_rows_go_on_in_the_next_push() -> None:
    """Rows that say the same are numbered over pushes; one that comes again is not new."""
    reader = PushReader()
    assert keys_of(reader, pushed("door_was_closed", "a", "a")) == ["", "", "2"]
    assert keys_of(reader, pushed("a", "a", "door_was_closed")) == ["3", "4", "2"]
    # The answer got lost, and meanwhile there was more.
    assert keys_of(reader, pushed("a", "a", "door_was_closed", "a")) == [
        *("3", "4", "2", "5")
    ]
    assert keys_of(reader, pushed("a", at=AT + 1)) == [""]
    assert keys_of(reader, pushed("b", "a", at=AT + 1)) == ["", "2"]
    # The log is still read there, and tells how many there are.
    assert keys_of(reader, pushed("c", "a", at=AT + 2), read_from=AT) == ["", ""]
    assert keys_of(reader, pushed("a", at=AT + 2), read_from=AT) == [""]


@pytest.mark.parametrize("payload", [None, 7, {}, {"events": None}, {"events": []}])
def test_nothing_in_it(payload: Any) -> None:
    """A push of nothing brings nothing."""
    assert read(PushReader(), payload) == ([], [])


def test_rubbish_beside_rows() -> None:
    """What is no row is told apart from what is."""
    payload = {"events": ["x", {"created_at": "never", "code": "a"}, event("a")]}
    rows, unreadable = read(PushReader(), payload)
    assert [row.event.vendor_code for row in rows] == ["a"]
    assert len(unreadable) == 2
