"""Tests of how rows and notifications of UniFi Access are understood."""

from copy import deepcopy
from datetime import UTC, datetime
import json
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.access_events.models import Direction, EventKind, Method
from custom_components.access_events.systems.unifi_access.doors import DoorBook
from custom_components.access_events.systems.unifi_access.events import Interpreter
from custom_components.access_events.systems.unifi_access.frames import FrameReader
from custom_components.access_events.systems.unifi_access.records import (
    View,
    from_hit,
    from_insight,
    hits,
)
from custom_components.access_events.systems.unifi_access.topics import is_wanted

from .rows import (
    AT,
    BACK,
    FRONT,
    HUB,
    MANY,
    MANY_READER,
    READER,
    SAMPLE,
    book,
    insight,
    row,
    see,
    see_insight,
    target,
)

NOBODY = {"id": "", "type": "user", "display_name": "N/A"}


def test_sample_of_the_reference() -> None:
    """The vendor's own sample: an unknown card was denied; its hub is not known."""
    event = see(SAMPLE).event
    assert event.kind is EventKind.UNKNOWN_CREDENTIAL
    assert event.occurred_at == datetime(2023, 7, 11, 12, 11, 27, tzinfo=UTC)
    assert event.method is Method.CARD
    assert event.credential == "6FC02554"
    assert event.person is None
    assert event.door_id is None
    assert (event.reader_id, event.reader_name) == ("7483c2773855", "UA-HUB-3855")
    assert event.reason == "Unknown"
    assert event.message == "Access Denied / Unknown (NFC)"


def test_sample_with_its_hub_known() -> None:
    """A hub that serves one door says which door it was."""
    sample = deepcopy(SAMPLE)
    sample["_source"]["target"][0]["id"] = HUB
    assert see(sample).event.door_id == FRONT


@pytest.mark.parametrize(
    ("hit", "kind", "method"),
    [
        (row(), EventKind.ACCESS_GRANTED, Method.CARD),
        (row(result="BLOCKED"), EventKind.ACCESS_DENIED, Method.CARD),
        (
            row(result="BLOCKED", actor=NOBODY),
            EventKind.UNKNOWN_CREDENTIAL,
            Method.CARD,
        ),
        (row(result="INCOMPLETE"), EventKind.ACCESS_DENIED, Method.CARD),
        (row(result="TIMEOUT"), EventKind.OTHER, Method.CARD),
        (row(actor=NOBODY, provider="REX"), EventKind.EXIT_REQUESTED, Method.BUTTON),
        (row(provider="REMOTE_THROUGH_UAH"), EventKind.ACCESS_GRANTED, Method.REMOTE),
        (row(provider="MOBILE_BUTTON"), EventKind.ACCESS_GRANTED, Method.REMOTE),
        (row(provider="mobile_tap"), EventKind.ACCESS_GRANTED, Method.MOBILE),
        (row(provider="face"), EventKind.ACCESS_GRANTED, Method.FACE),
        (row(provider="TOUCH_PASS"), EventKind.ACCESS_GRANTED, Method.MOBILE),
        (row(provider="WALLET_NFC_APPLE"), EventKind.ACCESS_GRANTED, Method.MOBILE),
        (row(provider="LICENSEPLATE"), EventKind.ACCESS_GRANTED, Method.LICENSE_PLATE),
        (row(provider="QR_CODE"), EventKind.ACCESS_GRANTED, Method.QR),
        (row(provider="PIN_CODE"), EventKind.ACCESS_GRANTED, Method.PIN),
        (row(provider="FINGERPRINT"), EventKind.ACCESS_GRANTED, Method.FINGER),
        (row(provider="CALL"), EventKind.ACCESS_GRANTED, Method.REMOTE),
        (row(provider="SOMETHING_NEW"), EventKind.ACCESS_GRANTED, Method.UNKNOWN),
        (
            row(log_key="access.doorbell.visitor.rang.remotecall", result=""),
            EventKind.RING,
            Method.BUTTON,
        ),
        (
            row(log_key="access.doorbell.from_door.missed", result="INCOMPLETE"),
            EventKind.CALL_MISSED,
            None,
        ),
        (
            row(log_key="access.doorbell.from_door.missed", result="ACCESS"),
            EventKind.CALL_MISSED,
            None,
        ),
        (row(provider="BUTTON_DOOR_BELL", log_key=""), EventKind.RING, Method.BUTTON),
        (
            row(type="access.remotecall.request", log_key=""),
            EventKind.RING,
            Method.BUTTON,
        ),
    ],
)
def test_kinds_at_doors(
    hit: dict[str, Any], kind: EventKind, method: Method | None
) -> None:
    """Result, provider and log key say what happened, whatever the type says."""
    event = see(hit).event
    assert (event.kind, event.method) == (kind, method)
    if kind in (EventKind.EXIT_REQUESTED, EventKind.RING, EventKind.CALL_MISSED):
        assert event.person is None
    if kind is EventKind.ACCESS_GRANTED:
        assert event.person is not None
        assert event.person.name == "Jane Doe"


@pytest.mark.parametrize(
    ("kind", "message", "expected"),
    [
        ("access.dps.status.update", "Door status - Opened", EventKind.DOOR_OPENED),
        ("access.dps.status.update", "Door status - Closed", EventKind.DOOR_CLOSED),
        ("access.data.device.remote_unlock", "", EventKind.DOOR_UNLOCKED),
        ("access.device.online", "", EventKind.DEVICE_ONLINE),
        ("access.device.offline", "", EventKind.DEVICE_OFFLINE),
        ("access.device.restart", "", EventKind.DEVICE_RESTARTED),
        ("access.device.upgrade", "", EventKind.OTHER),
        ("access.device.update", "", EventKind.OTHER),
        ("access.settings.change", "", EventKind.ADMIN),
        ("access.admin.update", "", EventKind.ADMIN),
        ("access.pin_code.update", "", EventKind.USER_UPDATED),
        ("access.visitor.create", "", EventKind.USER_ADDED),
        ("access.user.delete", "", EventKind.USER_REMOVED),
        ("access.something.new", "", EventKind.OTHER),
    ],
)
def test_other_kinds(kind: str, message: str, expected: EventKind) -> None:
    """Types beyond doors have kinds of their own; what is not known is kept."""
    hit = row(
        actor={"id": HUB, "type": "UAH-DOOR", "display_name": "UAH-DOOR C2D5"},
        type=kind,
        log_key=kind,
        result="SUCCESS",
        display_message=message,
    )
    event = see(hit).event
    assert event.kind is expected
    assert event.vendor_code == kind
    assert event.person is None


def test_updates_are_a_topic() -> None:
    """That a device is updated is told to those who chose updates, and to no others."""
    update = see(row(type="access.device.upgrade", log_key="access.device.upgrade"))
    assert is_wanted(update, ("door_openings", "updates"))
    assert not is_wanted(update, ("door_openings",))


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([target("door", FRONT, "x")], FRONT),
        ([target("door", HUB, "x")], FRONT),
        ([target("door", "58:D6:1F:25:C2:D5", "x")], FRONT),
        ([target("door", "", ""), target("UAH-DOOR", HUB)], FRONT),
        ([target("door", MANY, "Büro")], BACK),
        ([target("door", MANY, " Bu\u0308ro")], BACK),
        ([target("door", MANY, ""), target("UA-LITE", MANY_READER)], BACK),
        ([target("UAH-Ent", MANY), target("UA-LITE", MANY_READER)], BACK),
        ([target("door", "no such id", "UNVR - 1F - Front Door")], FRONT),
        ([target("door", MANY, "Elsewhere")], None),
        ([target("UAH-Ent", MANY)], None),
        ([target("floor", FRONT)], None),
    ],
)
def test_which_door(targets: list[dict[str, Any]], expected: str | None) -> None:
    """A door is found by its id, its devices or its name, or else left open."""
    assert see(row(*targets)).event.door_id == expected


def test_unknown_door_keeps_its_name() -> None:
    """A door that can't be told is reported by the name that the row has."""
    event = see(row(target("door", "no such id", "Elsewhere"))).event
    assert (event.door_id, event.door_name) == (None, "Elsewhere")


def test_equal_names_tell_nothing() -> None:
    """A name that two doors share identifies neither."""
    known = DoorBook()
    known.load_doors(
        [
            {"id": "a", "name": "Door"},
            {"id": "b", "name": "Door"},
            {"id": "c", "name": "Gate"},
        ]
    )
    assert see(row(target("door", "x", "Door")), known=known).event.door_id is None
    assert see(row(target("door", "x", "Gate")), known=known).event.door_id == "c"


def test_reader_rather_than_hub() -> None:
    """The device that reported is the reader, where a row has both."""
    event = see(
        row(
            target("door", FRONT, "Front Door"),
            target("UAH-DOOR", HUB, "Hub"),
            target("UA-G2-PRO", READER, "Reader"),
        )
    ).event
    assert event.reader_id == READER


@pytest.mark.parametrize(
    ("word", "expected"),
    [("entry", Direction.ENTRY), ("Exit", Direction.EXIT), ("", None), ("both", None)],
)
def test_direction(word: str, expected: Direction | None) -> None:
    """The direction is that of the reader's configuration."""
    event = see(row(target("device_config", "door_entry_method", word))).event
    assert event.direction is expected


@pytest.mark.parametrize(
    ("fields", "credential"),
    [
        ({"issuer": 6002554}, "6002554"),
        ({"issuer": "6FC02554"}, "6FC02554"),
        ({"provider": "PIN_CODE", "issuer": "57301208"}, None),
        ({"provider": "LICENSEPLATE", "issuer": " AB C 12 "}, "AB C 12"),
        ({"provider": "FACE", "issuer": "token"}, None),
        ({"provider": "QR", "issuer": "secret"}, None),
    ],
)
def test_credentials(fields: dict[str, Any], credential: str | None) -> None:
    """Cards and plates are kept; PINs and tokens never are."""
    sighting = see(row(**fields))
    assert sighting.event.credential == credential
    if fields.get("provider") == "PIN_CODE":
        assert "57301208" not in repr(sighting)


def test_card_number_of_a_target() -> None:
    """Where a row names no issuer, the card's own target does."""
    hit = row(target("nfc_id", "04A2B3C4", ""), issuer="")
    assert see(hit).event.credential == "04A2B3C4"


@pytest.mark.parametrize(
    ("message", "told", "reason"),
    [
        ("Access Denied / Unknown (NFC)", "", "Unknown"),
        ("Access Denied / Outside schedule (Face)", "0", "Outside schedule"),
        ("Access Denied (NFC)", "", None),
        ("Refused", "", "Refused"),
        ("Access Denied", "Policy", "Policy"),
    ],
)
def test_reasons(message: str, told: str, reason: str | None) -> None:
    """Why somebody was refused is what the console says, without its frame."""
    hit = row(result="BLOCKED", display_message=message, reason=told)
    assert see(hit).event.reason == reason


@pytest.mark.parametrize(
    "published",
    [
        AT,
        str(AT),
        AT * 1000,
        "2023-07-11T12:11:27.123Z",
        "2023-07-11T14:11:27.123+02:00",
    ],
)
def test_times(published: Any) -> None:
    """A time is understood in any unit and spelling."""
    assert see(row(published=published)).at == AT


def test_time_of_the_row() -> None:
    """Without a published time the row's own is taken; without both there is none."""
    hit = row(published="")
    assert from_hit(hit, View.ROW) is None
    hit["@timestamp"] = "2023-07-11T12:11:27Z"
    assert see(hit).at == AT // 1000 * 1000


@pytest.mark.parametrize("style", ["text", "target id", "target name"])
def test_own_unlocks(style: str) -> None:
    """What we asked for is told as ours, by its actor or its source."""
    signed = 'open_api:{"actor_id":"home-assistant-access-events","actor_name":"x","extra":null}'
    source = {
        "text": target("door", FRONT),
        "target id": target("unlock_source", signed),
        "target name": target("unlock_source", "", signed),
    }[style]
    actor = {"id": "t-1", "type": "open_api", "display_name": "My token"}
    if style == "text":
        actor["id"] = "home-assistant-access-events"
    event = see(row(source, target("door", FRONT), actor=actor, provider="")).event
    assert event.person is not None
    assert event.person.name == "Home Assistant"


def test_other_tokens() -> None:
    """What another program opened is told by the name of its token."""
    actor = {"id": "t-1", "type": "open_api", "display_name": "My token"}
    source = target("unlock_source", "", 'open_api:{"actor_id":"x","actor_name":"x"}')
    person = see(row(source, actor=actor)).event.person
    assert person is not None
    assert person.name == "My token"


def test_pictures() -> None:
    """A row's picture is referred to by its resource, or by its path."""
    resource = target("activities_resource", "0418d6a38f00-b6906057", "Resource")
    assert see(row(resource)).event.image_ref == "resource:0418d6a38f00-b6906057"
    capture = target("reader_capture", "/capture/1_x.jpg")
    assert see(row(capture)).event.image_ref == "static:/capture/1_x.jpg"
    camera = target("camera_capture", "protect_1", alternate_id="6123")
    assert see(row(camera)).event.image_ref is None


def test_insight_is_the_same_happening() -> None:
    """An insight tells what the row tells, in its own shape."""
    event = see_insight(insight()).event
    assert (event.kind, event.method) == (EventKind.ACCESS_GRANTED, Method.CARD)
    assert (event.door_id, event.reader_id) == (FRONT, READER)
    assert event.direction is Direction.ENTRY
    assert event.person is not None
    assert (event.person.id, event.person.name) == ("u-1", "Jane Doe")


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        None,
        {"door": [{"id": FRONT, "display_name": "Front Door"}], "actor": None},
        {"door": None, "device": [], "actor": {}},
    ],
)
def test_insights_with_little(metadata: Any) -> None:
    """An insight that says next to nothing is a granted access all the same."""
    event = see_insight(insight(metadata=metadata)).event
    assert event.kind is EventKind.ACCESS_GRANTED
    assert event.person is None


def test_where_rows_are() -> None:
    """An answer's rows are found in an object and in a bare list."""
    assert hits({"hits": [SAMPLE], "page": 1}) == [SAMPLE]
    assert hits([SAMPLE]) == [SAMPLE]
    assert hits(None) == hits({}) == hits({"hits": None}) == []


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from([FRONT, HUB, "access.door.unlock", "ACCESS", "\ud800", "N/A"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["event", "type", "published", "target", "id", "actor", "door", "state"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(
    part=st.sampled_from(["actor", "authentication", "event", "target"]),
    value=JSON,
    data=st.dictionaries(
        st.sampled_from(["log_key", "event_type", "published", "result", "metadata"]),
        JSON,
    ),
)
def test_nothing_raises(part: str, value: Any, data: dict[str, Any]) -> None:
    """Whatever a build sends, it is understood, or told to be not."""
    hit = row()
    hit["_source"][part] = value
    interpreter = Interpreter(book())
    for record in (
        from_hit(hit, View.ROW),
        from_hit(value, View.LOG),
        from_insight(data),
    ):
        if record is not None:
            sighting = interpreter.sighting(record)
            assert sighting.event.occurred_at.tzinfo is UTC
            assert isinstance(sighting.identity, int) or record.native_id


@settings(max_examples=150, deadline=None)
@given(
    event=st.sampled_from(
        [
            "access.logs.add",
            "access.logs.insights.add",
            "access.remote_view",
            "access.remote_view.change",
            "access.data.device.remote_unlock",
            "access.data.v2.location.update",
            "access.data.v2.device.update",
            "access.data.setting.update",
            "access.hw.door_bell",
        ]
    ),
    data=JSON,
    known_door=st.booleans(),
)
def test_no_notification_raises(event: str, data: Any, known_door: bool) -> None:
    """Whatever a notification holds, its neighbours do not suffer."""
    known = book()
    reader = FrameReader(known, Interpreter(known), lambda at: AT, ())
    if known_door and isinstance(data, dict):
        data = {**data, "id": FRONT, "location_type": "door"}
    effects = reader.read({"event": event, "data": data}, 1.0)
    assert json.dumps([repr(signal) for signal in effects.signals])
