"""Tests that hold the rows of Suprema's guide, "Retrieve Logs", against what is made of them."""

from typing import Any

import pytest

from custom_components.access_events.models import EventKind, Method, Person
from custom_components.access_events.systems.clue.events import Row, read_row

RELAY = {
    "logId": "XTIAM5ABcB2c2xupDI6m",
    "eventAt": 1718842553962,
    "placeId": 448,
    "deviceId": 1343,
    "doorId": 645,
    "localLogId": 25279,
    "eventType": "DEV_DOOR_RELAY_ON",
}
FACE = {
    "logId": "WzIAM5ABcB2c2xupDI6m",
    "eventAt": 1718842553904,
    "placeId": 448,
    "authId": 107909,
    "deviceId": 1343,
    "doorId": 645,
    "doorName": "Main_In",
    "userId": "c2119100-fbb0-1fdf-82c6-7dba89b5fe29",
    "userName": "jane",
    "localLogId": 25278,
    "eventType": "DEV_FACE_AUTH_SUCCESS",
}
NULLABLE = ("deviceId", "doorId", "doorName", "authId", "userId", "userName")


def row(payload: Any, **doors: str) -> Row:
    """Return a row that can be read."""
    found = read_row(payload, {name.strip("_"): door for name, door in doors.items()})
    assert found is not None
    return found


def test_the_samples() -> None:
    """Both shapes of the sample are read, the short one with the name it was told before."""
    face = row(FACE)
    assert (face.at, face.local_id, face.device) == (1718842553904, 25278, "1343")
    assert face.event.key == FACE["logId"]
    assert face.event.kind is EventKind.ACCESS_GRANTED
    assert face.event.method is Method.FACE
    assert face.event.person == Person(id=str(FACE["userId"]), name="jane")
    assert (face.event.door_id, face.event.door_name) == ("645", "Main_In")
    relay = row(RELAY, _645="Main_In")
    assert relay.event.kind is EventKind.DOOR_UNLOCKED
    assert relay.event.door_name == "Main_In"
    assert relay.event.person is None
    assert face.order < relay.order


@pytest.mark.parametrize("name", NULLABLE)
@pytest.mark.parametrize("way", ["absent", "null"])
def test_what_may_be_missing(name: str, way: str) -> None:
    """Each field that the table calls nullable may be null, or not there at all."""
    payload: dict[str, Any] = {key: FACE[key] for key in FACE if key != name}
    if way == "null":
        payload[name] = None
    event = row(payload).event
    assert event.kind is EventKind.ACCESS_GRANTED
    assert event.key == FACE["logId"]
    shown = {
        "deviceId": event.reader_id,
        "doorId": event.door_id,
        "doorName": event.door_name,
        "userId": event.person and event.person.id,
        "userName": event.person and event.person.name,
    }
    assert shown.get(name) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"deviceId": "1343", "doorId": "645", "localLogId": "25278"},
        {"eventAt": "1718842553904", "logId": 7},
        {"userName": None, "useName": "jane"},
        {"userId": 64455},
    ],
    ids=str,
)
def test_the_tables_contradictions(changes: dict[str, Any]) -> None:
    """Numbers and texts are the same, as is the name in either spelling."""
    found, plain = row(FACE | changes), row(FACE)
    assert (found.at, found.local_id, found.device) == (
        *(plain.at, plain.local_id, plain.device),
    )
    assert found.event.door_id == plain.event.door_id
    assert found.event.person is not None
    assert found.event.person.name == "jane"


@pytest.mark.parametrize("told", [{}, {"eventType": None}, {"eventType": " "}], ids=str)
def test_no_type(told: dict[str, Any]) -> None:
    """A row that does not say what happened is recorded with all else that it tells."""
    payload = {key: FACE[key] for key in FACE if key != "eventType"} | told
    event = row(payload).event
    assert (event.kind, event.vendor_code) == (EventKind.OTHER, "UNKNOWN")
    assert event.person is not None
    assert event.door_id == "645"


@pytest.mark.parametrize(
    ("code", "known", "kind"),
    [
        ("DEV_FACE_AUTH_SUCCESS", True, EventKind.ACCESS_GRANTED),
        ("DEV_FACE_AUTH_FAIL", True, EventKind.ACCESS_DENIED),
        ("DEV_FACE_AUTH_FAIL", False, EventKind.UNKNOWN_CREDENTIAL),
        ("VENDOR_AUTH_SUCCESS", True, EventKind.ACCESS_GRANTED),
        ("DEV_DOOR_RELAY_ON", False, EventKind.DOOR_UNLOCKED),
        ("DEV_DOOR_RELAY_OFF", False, EventKind.DOOR_LOCKED),
        ("DEV_CARD_AUTH_SUCCESS", True, EventKind.ACCESS_GRANTED),
        ("DEV_PIN_AUTH_FAIL", True, EventKind.ACCESS_DENIED),
        ("VENDOR_AUTH_FAIL", True, EventKind.ACCESS_DENIED),
        ("DEV_REBOOTED", False, EventKind.OTHER),
    ],
)
def test_types(code: str, known: bool, kind: EventKind) -> None:
    """The five types of the guide, and others by how they end."""
    payload = (FACE if known else RELAY) | {"eventType": code}
    event = row(payload).event
    assert event.kind is kind
    assert event.vendor_code == code
