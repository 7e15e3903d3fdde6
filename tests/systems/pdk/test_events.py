"""Test what the PDK adapter makes of any payload, and of the times that are missing."""

from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.access_events.models import EventKind, Method
from custom_components.access_events.systems.pdk.events import (
    Happening,
    Text,
    read_message,
    read_row,
)
from custom_components.access_events.systems.pdk.position import Hole, Position
from custom_components.access_events.systems.pdk.topics import STREAMED

from .server import access, row

NOW = 1_795_000_000_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    "body",
                    "device",
                    "holder",
                    "occurred",
                    "details",
                    "id",
                    "info",
                    "topic",
                )
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(topic=st.sampled_from(STREAMED) | st.text(max_size=9), payload=JSON)
def test_anything_is_read_or_refused(topic: str, payload: Any) -> None:
    """No payload breaks the reader, and what is read has a key and a time."""
    for told in (read_message(topic, payload, NOW, {}), read_row(payload)):
        if isinstance(told, Happening):
            assert told.event.key
            assert told.event.occurred_at.tzinfo is not None


@given(
    at=st.integers(1, NOW),
    holder=st.none() | st.text("abcdef-123", min_size=1),
    result=st.sampled_from(("allowed", "denied", "unknown")),
)
def test_stream_and_report_know_one_key(
    at: int, holder: str | None, result: str
) -> None:
    """A message and the row of the same happening are one event."""
    at += 100_000_000_000
    message = read_message(
        f"device.request.{result}", access(at, result, holder), NOW, {}
    )
    reported = read_row(row(at, result, holder))
    assert isinstance(message, Happening)
    assert reported is not None
    assert message.event.key == reported.event.key
    assert message.event.kind is reported.event.kind
    assert message.event.vendor_code == reported.event.vendor_code
    assert holder is None or holder not in message.event.key or len(holder) < 4


def test_the_device_that_is_known() -> None:
    """Of two ids that disagree the one in `device` counts, unless only the other is known."""
    message = access(NOW)
    message["body"]["deviceId"] = "other"
    for devices, wanted in (
        ((), "front"),
        (("front", "other"), "front"),
        (("other",), "other"),
    ):
        told = read_message("device.request.allowed", message, NOW, {}, devices)
        assert isinstance(told, Happening)
        assert told.device == told.event.door_id == wanted
    message["body"]["device"] = "plain"
    told = read_message("device.request.allowed", message, NOW, {})
    assert isinstance(told, Happening)
    assert told.device == "plain"


@pytest.mark.parametrize(
    ("factor", "method"),
    [
        ("CARD_ONLY", Method.CARD),
        ("cardOnly", Method.CARD),
        ("pinOnly", Method.PIN),
        ("CARD_AND_PIN", Method.MULTI),
        ("cardAndPin", Method.MULTI),
        ("touch", Method.MOBILE),
        ("CARD_OR_PIN", Method.CARD),
        (None, Method.CARD),
    ],
)
def test_factors(factor: str | None, method: Method) -> None:
    """PDK spells one thing in two ways; a card number tells of a card."""
    message = access(NOW)
    message["body"]["requestFactor"] = factor
    told = read_message("device.request.allowed", message, NOW, {})
    assert isinstance(told, Happening)
    assert told.event.method is method


@pytest.mark.parametrize(
    ("happened", "result", "kind", "method", "reason"),
    [
        ("card", "ecard.allowed", EventKind.ACCESS_GRANTED, Method.CARD, None),
        ("card", "ecard.denied", EventKind.ACCESS_DENIED, Method.CARD, None),
        ("card", "ALLOWED", EventKind.ACCESS_GRANTED, Method.CARD, None),
        ("card", "filtered", EventKind.ACCESS_DENIED, Method.CARD, "filtered out"),
        ("pin", "duress", EventKind.DURESS, Method.PIN, None),
        ("virtual", "allowed", EventKind.ACCESS_GRANTED, Method.REMOTE, None),
        ("virtual", "denied", EventKind.ACCESS_DENIED, Method.REMOTE, None),
    ],
)
def test_rows_of_reports(
    happened: str, result: str, kind: EventKind, method: Method, reason: str | None
) -> None:
    """An emergency card is a card, and a read that software emulates is remote."""
    told = read_row(row(NOW, result) | {"event": f"device.input.{happened}read"})
    assert isinstance(told, Happening)
    assert (told.event.kind, told.event.method) == (kind, method)
    assert (reason or "") in (told.event.reason or "")
    assert bool(told.event.reason) is bool(reason)


def test_anti_passback() -> None:
    """A broken rule is an alarm with the rule's name."""
    told = read_row(row(NOW) | {"event": "rule.antipassback.violation", "result": None})
    assert isinstance(told, Happening)
    assert told.event.kind is EventKind.ZONE_ALARM
    assert told.event.reason == "anti-passback"


@pytest.mark.parametrize(
    "payload",
    [
        {"serialNumber": "1234ABC", "timestamp": "2025-01-06T15:57:16Z"},
        {"serialNumber": "1234ABC", "timestamp": 1736179036000},
        {"body": {}, "cloudNode": {"id": "cn-1"}, "occurred": 1736179036000},
        {"body": {"serialNumber": "1234ABC"}, "metadata": {"occurred": 1736179036000}},
        {
            "body": {"id": "unknown", "serialNumber": "1234ABC"},
            "details": {"timestamp": "2025-01-06T15:57:16.000Z"},
        },
    ],
)
def test_cloud_node_in_any_shape(payload: dict[str, Any]) -> None:
    """A cloud node is known by its id or its serial number, wherever they stand."""
    nodes = {"cn-1": "Main building", "1234ABC": "Main building"}
    told = read_message("cloudnode.connected", payload, NOW, nodes)
    assert isinstance(told, Happening)
    assert told.node in nodes
    assert told.event.reader_name == "Main building"
    assert told.event.occurred_at.isoformat() == "2025-01-06T15:57:16+00:00"


def test_words_are_filled_in_once() -> None:
    """A name is put in as it is, whatever it looks like; what is missing is a mark."""
    payload = {
        "topic": "device.request.allowed",
        "info": "%s at %s: %s",
        "placeholders": [{"text": "100%sure"}, {"text": "Door", "type": "device"}],
        "occurred": NOW,
    }
    told = read_message("liveEvent", payload, NOW, {})
    assert isinstance(told, Text)
    assert told.words == "100%sure at Door: ?"


@settings(max_examples=100)
@given(
    holes=st.lists(
        st.tuples(st.integers(0, NOW), st.integers(0, 10_000_000)), max_size=40
    ),
    floor=st.integers(0, NOW),
)
def test_no_missing_time_is_forgotten(holes: list[tuple[int, int]], floor: int) -> None:
    """However holes overlap, all of them that is wanted stays, also in a cursor."""
    position = Position(NOW, floor)
    for start, length in holes:
        position.add(start, start + length)
    kept = Position.load(position.dump({}), NOW).holes
    assert kept == position.holes
    assert len(kept) <= 20
    for start, length in holes:
        begins, ends = max(start, floor), start + length
        if ends > begins:
            assert any(hole.start <= begins and hole.end >= ends for hole in kept)
    assert all(isinstance(hole, Hole) and hole.start < hole.end for hole in kept)
