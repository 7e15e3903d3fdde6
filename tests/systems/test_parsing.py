"""Tests of reading leniently what systems send."""

from datetime import UTC, datetime, timedelta
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.access_events.systems import parsing


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" Jane ", "Jane"),
        ("  ", None),
        (73118, "73118"),
        (1.0, "1"),
        (1.5, "1.5"),
        (float("nan"), None),
        (True, None),
        (None, None),
        ([], None),
        ("a\0b", "ab"),
        ("\ud800", "?"),
        (10**60, None),
    ],
    ids=ascii,
)
def test_text(value: object, expected: str | None) -> None:
    """Texts lose their blanks and what no database takes; numbers are spelled out."""
    assert parsing.text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", True),
        ("No", False),
        (1, True),
        (2, None),
        ("on", True),
        (None, None),
        ("x", None),
    ],
)
def test_flag(value: object, expected: bool | None) -> None:
    """Words and numbers that stand for true and false are taken."""
    assert parsing.flag(value) is expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('{"name": "Jos\u00e9", "a": 1, "a": 2}', {"name": "José", "a": 2}),
        (b'[1.5, null, true, "x"]', [1.5, None, True, "x"]),
        ("[12345678901234567890123]", [12345678901234567890123]),
        ("[-9223372036854775809]", [-9223372036854775809]),
        (b"18446744073709551616", 18446744073709551616),
        (r'"\ud800"', "\ud800"),
        ("[1e999, -Infinity]", [float("inf"), float("-inf")]),
        ('{"a": "ä"}'.encode("utf-16"), {"a": "ä"}),
    ],
    ids=ascii,
)
def test_from_json(data: str | bytes, expected: object) -> None:
    """JSON is read with all digits of a number, and with what only Python writes."""
    assert parsing.from_json(data) == expected


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_from_json_reads_what_is_written(value: object) -> None:
    """What is written as JSON comes back as it was, as Python's own decoder reads it."""
    told = json.dumps(value)
    assert repr(parsing.from_json(told)) == repr(json.loads(told))


def test_numbers() -> None:
    """Numbers come from strings too, and nothing else is one."""
    assert parsing.number(" 12.5 ") == 12.5
    assert parsing.number(10**400) is None
    assert parsing.number("inf") is None
    assert parsing.number(True) is None
    assert parsing.integer("12.9") == 12
    assert parsing.integer(10**30) == 10**30
    assert parsing.integer({}) is None


NOON = datetime(2023, 7, 11, 12, 11, 27, 123000, tzinfo=UTC)
COUNT = 1689077487123


@pytest.mark.parametrize(
    "value",
    [
        COUNT,
        str(COUNT),
        COUNT / 1000,
        COUNT * 1000,
        "2023-07-11T12:11:27.123Z",
        "2023-07-11T12:11:27.123456789Z",
        "2023-07-11 14:11:27.123+02:00",
        "2023-07-11T12:11:27.123",
    ],
)
def test_times(value: object) -> None:
    """Any unit and spelling of a time is the same moment."""
    moment = parsing.instant(value)
    assert moment is not None
    assert abs(moment - NOON) < timedelta(milliseconds=1)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    "value", [0, "", None, -5, "soon", 1e30, [], True, "9999999999999999999"]
)
def test_no_times(value: object) -> None:
    """What is no time is none, and not the year 1970."""
    assert parsing.instant(value) is None


@given(st.integers(1, 99_999_999_999_999))
def test_milliseconds_are_exact(value: int) -> None:
    """No millisecond is lost on the way to a time and back."""
    moment = parsing.from_milliseconds(value)
    assert round(moment.timestamp() * 1000) == value


def test_lists_and_objects() -> None:
    """A single object is a list of one; what is neither is empty."""
    assert list(parsing.items([1, 2])) == [1, 2]
    assert list(parsing.items({"a": 1})) == [{"a": 1}]
    assert list(parsing.items({})) == list(parsing.items(None)) == []
    assert parsing.mapping([1]) == {}


def test_json() -> None:
    """What is no JSON is nothing, however it is broken."""
    assert parsing.from_json(b'{"a": [1]}') == {"a": [1]}
    for broken in ("", "{", b"\xff", "[" * 100_000):
        assert parsing.from_json(broken) is None


def test_shape_has_no_values() -> None:
    """A shape shows keys and types, and nothing that the payload held."""
    payload: dict[str, Any] = {
        "name": "Jane Doe",
        "list": [{"pin": 1234}, {"pin": 5678}, 1.5, None, True],
        "x" * 60: "card",
    }
    payload["deep"] = payload
    shape = str(parsing.redact_shape(payload))
    for secret in ("Jane", "1234", "xxxx", "card"):
        assert secret not in shape
    assert "'pin': 'int'" in shape


@given(st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=30))
def test_any_payload_has_a_shape(payload: object) -> None:
    """No payload is too strange to be described."""
    parsing.redact_shape(payload)
    parsing.milliseconds(payload)
    parsing.text(payload)
