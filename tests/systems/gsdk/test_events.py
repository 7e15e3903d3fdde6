"""Tests of what records mean, and of the bytes that they come in."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.access_events.models import EventKind, Method
from custom_components.access_events.systems.gsdk.client import GatewayClient
from custom_components.access_events.systems.gsdk.codes import KNOWN, look_up
from custom_components.access_events.systems.gsdk.devices import Devices
from custom_components.access_events.systems.gsdk.doors import DoorBook, mode_of
from custom_components.access_events.systems.gsdk.events import Interpreter, key_of
from custom_components.access_events.systems.gsdk.names import Names
from custom_components.access_events.systems.gsdk.position import Anchor, Position
from custom_components.access_events.systems.gsdk.protocol import message, parse

from .gateway import BASE, FRONT


@pytest.fixture
def interpreter() -> Interpreter:
    """Return an interpreter that knows one door and one person."""
    devices = Devices()
    doors = DoorBook(devices)
    doors.recall({FRONT: [[1, "Front door", FRONT, 2, 1, 1, 5]]})
    names = Names(GatewayClient("localhost", 4000, b"", None))
    names.set("7", "Jane Doe")
    return Interpreter(devices, doors, names)


def record(code: int, sub_code: int = 0, **fields: Any) -> Any:
    """Return a record."""
    return message(
        "EventLog",
        **{
            "ID": 5,
            "timestamp": 1_780_000_000,
            "deviceID": FRONT,
            "eventCode": code,
            "subCode": sub_code,
        }
        | fields,
    )


# Bytes that were seen on the wire of a gateway


def test_bytes_of_requests() -> None:
    """A request is written as gateways read it."""
    request = message("DeviceRequest", deviceID=FRONT).SerializeToString()
    assert request == bytes.fromhex("0887b69c8202")


def test_bytes_of_responses() -> None:
    """A response is read as gateways write it."""
    data = bytes.fromhex("0a0c082318012001400148017001")
    read = parse("CapabilityInfoResponse", data)
    assert read.SerializeToString() == data
    info = read.capInfo
    assert (info.type, info.PIN, info.card, info.face) == (0x23, True, True, True)
    assert (info.userName, info.imageLogSupported) == (True, True)


def test_bytes_of_records(interpreter: Interpreter) -> None:
    """A record is read and written as gateways do, with its sentinel for no user."""
    data = bytes.fromhex("0801108f8e85d8061887b69c820222013730802638034801")
    read = parse("EventLog", data)
    assert read.SerializeToString() == data
    event = interpreter.event(read, FRONT, 0)
    assert event.key == f"{FRONT}:1"
    assert event.person is not None
    assert event.person.id == "7"
    assert (event.kind, event.method) == (EventKind.ACCESS_GRANTED, Method.FACE)
    assert event.image_ref == f"{FRONT}:1:{read.timestamp}"
    data = bytes.fromhex(
        "0802108f8e85d8061887b69c8202220a3432393439363732393528013080a401"
    )
    read = parse("EventLog", data)
    assert read.SerializeToString() == data
    event = interpreter.event(read, FRONT, 0)
    assert event.person is None
    assert (event.kind, event.door_id) == (EventKind.DOOR_OPENED, f"{FRONT}:1")


def test_fields_of_other_versions_pass() -> None:
    """What is not known goes through unharmed."""
    data = message("UserInfo", hdr=message("UserHdr", ID="7")).SerializeToString()
    fingers = bytes.fromhex("2a020801")
    assert fingers in parse("UserInfo", data + fingers).SerializeToString()


# Codes


def test_all_codes() -> None:
    """All codes and sub codes of V1.9.1 are known, and one of V1.9.2."""
    assert len({code for code, _ in KNOWN}) == 169
    assert len(KNOWN) == 406 + 1
    assert all(look_up(*pair) is KNOWN[pair] for pair in KNOWN)


@pytest.mark.parametrize(
    ("code", "sub_code", "kind"),
    [
        (0x1000, 0x06, EventKind.ACCESS_GRANTED),
        (0x1200, 0x06, EventKind.DURESS),
        (0x1500, 0x01, EventKind.DURESS),
        (0x1100, 0x02, EventKind.UNKNOWN_CREDENTIAL),
        (0x1100, 0x03, EventKind.ACCESS_DENIED),
        (0x1400, 0x04, EventKind.UNKNOWN_CREDENTIAL),
        (0x1800, 0x03, EventKind.ACCESS_DENIED),
        (0x1900, 0x01, EventKind.ACCESS_DENIED),
        (0x1900, 0x08, EventKind.ACCESS_GRANTED),
        (0x1900, 0x09, EventKind.ACCESS_GRANTED),
        (0x1900, 0x10, EventKind.ACCESS_GRANTED),
        (0x1900, 0x99, EventKind.ACCESS_DENIED),
        (0x1C00, 0x13, EventKind.ACCESS_DENIED),
        (0x4A00, 0x00, EventKind.EXIT_REQUESTED),
        (0x4800, 0x00, EventKind.OTHER),
        (0x5D00, 0x04, EventKind.LOCKDOWN_STARTED),
        (0x5D04, 0x00, EventKind.LOCKDOWN_STARTED),
        (0x5E00, 0x01, EventKind.AUTO_OPEN_STARTED),
        (0x5E01, 0x00, EventKind.AUTO_OPEN_STARTED),
        (0x5E00, 0x04, EventKind.HOLD_OPEN_STARTED),
        (0x6700, 0x00, EventKind.ZONE_ALARM),
        (0x6800, 0x00, EventKind.ZONE_ALARM_CLEARED),
        (0xFF00, 0x01, EventKind.OTHER),
    ],
)
def test_kinds(code: int, sub_code: int, kind: EventKind) -> None:
    """A code with its sub code is the kind that it should be."""
    assert look_up(code, sub_code).kind is kind


@pytest.mark.parametrize("sub_code", [1, 2, 4])
def test_both_spellings(sub_code: int) -> None:
    """Door requests mean the same in the words of older and newer gateways."""
    for code in (0x5D00, 0x5E00):
        assert look_up(code, sub_code) == look_up(code | sub_code, 0)


def test_unknown_code(interpreter: Interpreter) -> None:
    """A code that nobody knows is recorded with its number."""
    event = interpreter.event(record(0xEE01, 3, userID="7", entityID=1), FRONT, 0)
    assert (event.kind, event.vendor_code) == (EventKind.OTHER, "0xee01/0x03")
    assert event.person is None
    assert event.door_id is None


# What records tell


def test_denied(interpreter: Interpreter) -> None:
    """A denial tells why; what was excused is none."""
    event = interpreter.event(record(0x1900, 3, userID="7"), FRONT, 0)
    assert event.reason == "User expired"
    assert event.message is None
    event = interpreter.event(record(0x1900, 8, userID="7"), FRONT, 0)
    assert event.reason is None
    assert event.message == "Anti-passback violation excused"


def test_register(interpreter: Interpreter) -> None:
    """Who is registered at a door's reader goes nowhere; what is taken is told so."""
    event = interpreter.event(record(0x1300, 3, userID="7"), FRONT, 0)
    assert event.direction == "entry"
    event = interpreter.event(record(0x2000, 2, userID="7"), FRONT, 0)
    assert (event.door_id, event.direction) == (f"{FRONT}:1", None)
    event = interpreter.event(record(0x2800, 5, userID="7"), FRONT, 0)
    assert event.message == "Another user has this face"


def test_unknown_card(interpreter: Interpreter) -> None:
    """The number of a card that was refused is kept, and shown masked."""
    card = (1234567890).to_bytes(32, "big")
    event = interpreter.event(record(0x1100, 2, cardData=card), FRONT, 0)
    assert event.credential == "1234567890"
    assert event.public()["credential"] == "••7890"
    assert "1234567890" not in repr(event)
    event = interpreter.event(record(0x1400, 8, cardData=card), FRONT, 0)
    assert event.credential == "1234567890"
    event = interpreter.event(record(0x1000, 6, cardData=card, userID="7"), FRONT, 0)
    assert event.credential is None


@pytest.mark.parametrize("user_id", ["", "0", "4294967295"])
def test_no_user(interpreter: Interpreter, user_id: str) -> None:
    """Some ids are nobody's."""
    assert interpreter.event(record(0x1400, 4, userID=user_id), FRONT, 0).person is None


def test_what_else_is_told(interpreter: Interpreter) -> None:
    """Keys, temperature, inputs and zones are told in the message."""
    event = interpreter.event(
        record(0x1000, 7, userID="7", TNAKey=2, temperature=3712), FRONT, 0
    )
    assert event.method is Method.MULTI
    assert event.message == "Card and PIN, T&A key 2, 37.12 °C"
    info = message("DetectInputInfo", ioDeviceID=9, port=1, value=1)
    event = interpreter.event(record(0x3F00, 0, inputInfo=info), FRONT, 0)
    assert event.message == "Input on, Input 1 of device 9: closed"
    zone = message("AlarmZoneInfo", zoneID=3, doorID=1, ioDeviceID=9, port=2)
    event = interpreter.event(
        record(0x9800, 0, alarmZoneInfo=zone, entityID=3), FRONT, 0
    )
    assert event.message == "Zone 3, Alarm zone 3, door 1, input 2 of device 9"
    assert (event.reason, event.door_id) == ("intrusion", f"{FRONT}:1")
    lock = message("InterlockZoneInfo", zoneID=4, doorIDs=[1, 2])
    event = interpreter.event(record(0xA000, 0, interlockZoneInfo=lock), FRONT, 0)
    assert event.message == "Interlock zone 4, doors 1, 2"


def test_empty_infos(interpreter: Interpreter) -> None:
    """A gateway that sends every part of a record, filled in or not, tells no more."""
    event = interpreter.event(
        record(
            0x5200,
            entityID=1,
            inputInfo=message("DetectInputInfo"),
            alarmZoneInfo=message("AlarmZoneInfo"),
            interlockZoneInfo=message("InterlockZoneInfo"),
        ),
        FRONT,
        0,
    )
    assert event.message is None


def test_wild_values(interpreter: Interpreter) -> None:
    """The greatest values that there may be are understood."""
    most = 0xFFFF_FFFF
    event = interpreter.event(
        record(
            most,
            most,
            ID=most,
            timestamp=most,
            entityID=most,
            temperature=most,
            TNAKey=-1,
        ),
        FRONT,
        0,
    )
    assert event.occurred_at == datetime.fromtimestamp(most, UTC)
    assert event.kind is EventKind.OTHER


def test_keys() -> None:
    """Keys of two epochs never meet."""
    assert key_of(1, 0, 7) == "1:7"
    assert (
        len({key_of(d, e, n) for d in (1, 11) for e in (0, 1, 11) for n in (1, 11)})
        == 12
    )


# States and positions


@pytest.mark.parametrize(
    ("unlock", "lock", "mode"),
    [
        (0, 0, "normal"),
        (4, 0, "unlocked"),
        (0, 4, "locked_down"),
        (4, 4, "locked_down"),
        (2, 4, "unlocked"),
        (4, 2, "locked_down"),
        (1, 0, "scheduled"),
        (5, 0, "unlocked"),
    ],
)
def test_modes(unlock: int, lock: int, mode: str) -> None:
    """An emergency counts most, then the operator, then the schedule."""
    assert mode_of(unlock, lock) == mode


def test_positions() -> None:
    """A position is read as it was written, and one that is damaged in part."""
    position = Position(
        days=7,
        floor=5,
        anchors={1: Anchor(0, 5, 6, 7), 2: Anchor(1, 2, 3, 4)},
        doors={1: [[1, "Front", 1, 0, 1, 0, 5]]},
    )
    assert Position.load(position.dump()) == position
    moved = Position.load(position.dump({1: Anchor(0, 9)}))
    assert moved.anchors == {1: Anchor(0, 9), 2: Anchor(1, 2, 3, 4)}
    for damaged in ("", "[]", "{", '{"devices": {"x": [1], "3": 4, "5": ["a",1,1,1]}}'):
        assert Position.load(damaged) == Position()


@pytest.mark.parametrize(("code", "twin"), [(0x5400, 0x5600), (0x5800, 0x5500)])
def test_two_records_of_one_alarm(
    interpreter: Interpreter, code: int, twin: int
) -> None:
    """A forced door and the alarm about it are one happening, until it has ended."""

    def told(number: int, event_code: int, at: int) -> str | None:
        made = record(event_code, entityID=1, ID=number, timestamp=BASE + at)
        return interpreter.event(made, FRONT, 0).same_as

    assert told(1, code, 0) is None
    assert told(2, twin, 1) == f"{FRONT}:1"
    assert told(3, code, 5) is None
    assert told(4, twin, 60) is None
    cleared = (max(code, twin) & 0xFF00) + 0x100
    assert told(5, cleared, 61) is None
    assert told(6, code, 62) is None


@pytest.mark.parametrize("codes", [(0x1900, 0x1000), (0x1300, 0x1900)])
def test_two_records_of_one_excused_access(
    interpreter: Interpreter, codes: tuple[int, int]
) -> None:
    """Who was let in although a rule was broken came once, and others came too."""

    def told(number: int, code: int, user_id: str) -> str | None:
        sub_code = 8 if code == 0x1900 else 1
        made = record(code, sub_code, userID=user_id, ID=number)
        return interpreter.event(made, FRONT, 0).same_as

    assert told(1, codes[0], "7") is None
    assert told(2, codes[1], "7") == f"{FRONT}:1"
    assert told(3, codes[1], "8") is None
    assert told(4, codes[0], "7") is None
    assert told(5, 0x1000, "9") is None
    assert told(6, 0x1000, "9") is None
