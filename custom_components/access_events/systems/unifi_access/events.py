"""From what UniFi Access records to access events.

Source: API reference, System Log; values beyond its tables were observed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
import hashlib
import json
import re

from ...models import AccessEvent, Direction, EventKind, Method, Person
from ..parsing import from_milliseconds, mapping, text
from .doors import DoorBook
from .records import Record, Target, View, device_id

ACTOR_ID = "home-assistant-access-events"
ACTOR_NAME = "Home Assistant"
"""Who our own unlocks are made by, as the console is told and as we show it."""

_METHODS = {
    "NFC": Method.CARD,
    "CARD": Method.CARD,
    "PIN": Method.PIN,
    "PIN_CODE": Method.PIN,
    "REMOTE": Method.REMOTE,
    "REMOTE_UNLOCK": Method.REMOTE,
    "REMOTE_THROUGH_UAH": Method.REMOTE,
    "CALL": Method.REMOTE,
    # A button in the phone's app works from anywhere: it says nothing about presence.
    "MOBILE_BUTTON": Method.REMOTE,
    "BT_BUTTON": Method.REMOTE,
    "MOBILE_TAP": Method.MOBILE,
    "BT_TAP": Method.MOBILE,
    "MOBILE": Method.MOBILE,
    "TOUCH_PASS": Method.MOBILE,
    "TOUCH_TO_UNLOCK": Method.MOBILE,
    "WALLET_NFC_APPLE": Method.MOBILE,
    "WALLET_NFC_GOOGLE": Method.MOBILE,
    "APPLE_PASS": Method.MOBILE,
    "HAND_WAVE": Method.MOBILE,
    "WAVE": Method.MOBILE,
    "FACE": Method.FACE,
    "FACE_UNLOCK": Method.FACE,
    "IDENTITY_FACE_UNLOCK": Method.FACE,
    "LICENSEPLATE": Method.LICENSE_PLATE,
    "LICENSE_PLATE": Method.LICENSE_PLATE,
    "QR": Method.QR,
    "QR_CODE": Method.QR,
    "FINGERPRINT": Method.FINGER,
    "REX": Method.BUTTON,
    "REQUEST_TO_EXIT_DEVICE": Method.BUTTON,
    "BUTTON_DOOR_BELL": Method.BUTTON,
}
_SHOWN_CREDENTIALS = (Method.CARD, Method.LICENSE_PLATE)
_PEOPLE = ("", "user", "visitor", "admin", "open_api")
_NOBODY = ("n/a", "unknown")
_DOORBELL = re.compile(r"doorbell|door_bell|remote_?call", re.IGNORECASE)
_MISSED = re.compile(r"missed|no_?answer|time_?out", re.IGNORECASE)
_POSITION = re.compile(r"(^|[._])dps([._]|$)", re.IGNORECASE)
_UNLOCK = re.compile(r"door\.unlock(\.|$)", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\(([^()]*)\)\s*$")
_DENIED = re.compile(r"^access\s+(denied|blocked)\s*[/:\-–]?\s*", re.IGNORECASE)
_GRANTED_RESULTS = ("ACCESS", "SUCCESS", "GRANTED", "ACCESS_GRANTED")
_DENIED_RESULTS = ("BLOCKED", "DENIED", "ACCESS_DENIED", "FAIL", "FAILED", "FAILURE")
_DIRECTIONS = {
    "entry": Direction.ENTRY,
    "in": Direction.ENTRY,
    "exit": Direction.EXIT,
    "out": Direction.EXIT,
}

_BY_TYPE = (
    (re.compile(r"device\.remote_unlock$"), EventKind.DOOR_UNLOCKED),
    (
        re.compile(r"unlock_schedule\W*(inactiv|deactiv|end|stop)"),
        EventKind.AUTO_OPEN_ENDED,
    ),
    (re.compile(r"unlock_schedule\W*(activ|start)"), EventKind.AUTO_OPEN_STARTED),
    (re.compile(r"temporary_unlock\W*(end|stop)"), EventKind.HOLD_OPEN_ENDED),
    (re.compile(r"temporary_unlock\W*start"), EventKind.HOLD_OPEN_STARTED),
    (re.compile(r"device\.?(status\.)?online$"), EventKind.DEVICE_ONLINE),
    (re.compile(r"device\.?(status\.)?offline$"), EventKind.DEVICE_OFFLINE),
    (re.compile(r"device\.(restart|reboot)"), EventKind.DEVICE_RESTARTED),
    (re.compile(r"tamper.*(clear|restor|end)"), EventKind.TAMPER_CLEARED),
    (re.compile(r"tamper"), EventKind.TAMPER),
    (re.compile(r"(user|visitor)s?\.(create|add|import|invite)"), EventKind.USER_ADDED),
    (re.compile(r"(user|visitor)s?\.(delete|remove)"), EventKind.USER_REMOVED),
    (
        re.compile(r"(user|visitor)s?\.|\.(pin_code|nfc_card|credential)s?\."),
        EventKind.USER_UPDATED,
    ),
    (re.compile(r"\.sync(ed|hroni)?"), EventKind.SYNC),
    (
        re.compile(r"\.(admin|settings?|policy|policies|schedule|holiday)\w*\."),
        EventKind.ADMIN,
    ),
)
_ABOUT_DOORS = (EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED)
_SLACK: dict[str, int] = {
    EventKind.RING.value: 4_000,
    EventKind.CALL_MISSED.value: 5_000,
    EventKind.DOOR_OPENED.value: 3_000,
    EventKind.DOOR_CLOSED.value: 3_000,
    EventKind.DOOR_UNLOCKED.value: 3_000,
}
_METHOD_OF = {
    EventKind.RING: Method.BUTTON,
    EventKind.CALL_MISSED: None,
    **dict.fromkeys(_ABOUT_DOORS),
}
"""Of what does not depend on how anybody identifies, though the console names it."""
_IMPERSONAL = (
    EventKind.EXIT_REQUESTED,
    EventKind.RING,
    EventKind.CALL_MISSED,
    *_ABOUT_DOORS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One channel's view of one happening, ready to be matched with the others.

    `event` has no key yet. `start` and `end` are the device's time, in milliseconds,
    within which the happening lies as far as this view can tell.
    """

    view: View
    identity: str | int
    event: AccessEvent
    outcome: str
    start: int
    end: int
    actor: str | None = None

    @property
    def at(self) -> int:
        """Return the device's time in milliseconds."""
        return milliseconds_of(self.event)


def milliseconds_of(event: AccessEvent) -> int:
    """Return when an event happened in milliseconds since 1970."""
    return round(event.occurred_at.timestamp() * 1000)


def outcome_of(event: AccessEvent) -> str:
    """Return what two views of one happening must have in common.

    One view may not know that a granted access was an exit button's, or that a denied
    one had an unknown card.
    """
    match event.kind:
        case EventKind.ACCESS_GRANTED | EventKind.EXIT_REQUESTED:
            return "granted"
        case EventKind.ACCESS_DENIED | EventKind.UNKNOWN_CREDENTIAL:
            return "denied"
        case (
            EventKind.RING
            | EventKind.CALL_MISSED
            | EventKind.DOOR_OPENED
            | EventKind.DOOR_CLOSED
            | EventKind.DOOR_UNLOCKED
        ):
            return event.kind.value
    return event.vendor_code


def actor_of(event: AccessEvent) -> str | None:
    """Return what stands for the person of an event, None if nobody is known."""
    if event.person is None:
        return None
    return event.person.id or event.person.name


def natural_key(sighting: Sighting) -> str:
    """Return the key that a happening gets from what all its views know."""
    parts = [sighting.outcome]
    event = sighting.event
    if sighting.outcome in ("granted", "denied"):
        parts.append(sighting.actor or "")
    else:
        parts += [event.door_id or event.door_name or "", event.reader_id or ""]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return f"{sighting.at}-{digest[:12]}"


def slack_of(outcome: str) -> int:
    """Return by how many milliseconds the views of a happening may differ in time.

    Those of an access tell the same time. A ring and a sensor are also known from
    notifications that tell none, or another one.
    """
    return _SLACK.get(outcome, 0)


class Interpreter:
    """Turns records into sightings, with what is known of doors and devices."""

    def __init__(self, book: DoorBook) -> None:
        """Use what the site's book of doors knows."""
        self._book = book
        self.own_unlocks: dict[str, int] = {}
        """Doors that we opened without being able to sign it, and when (device time)."""

    def sighting(self, record: Record) -> Sighting:
        """Return what a record means."""
        is_doorbell = _is_doorbell(record)
        method = _method(record)
        kind, reason = _classify(record, method, is_doorbell=is_doorbell)
        door_id, door_name = self._door(record)
        reader_id, reader_name = self._reader(record)
        event = AccessEvent(
            key="",
            occurred_at=from_milliseconds(record.at),
            kind=kind,
            vendor_code=(is_doorbell and record.log_key) or record.type,
            door_id=door_id,
            door_name=door_name,
            reader_id=reader_id,
            reader_name=reader_name,
            person=None if kind in _IMPERSONAL else self._person(record, door_id),
            method=_METHOD_OF.get(kind, method),
            credential=_credential(record, method),
            direction=_direction(record),
            reason=reason,
            message=record.message,
            image_ref=_image_ref(record),
        )
        outcome = outcome_of(event)
        slack = slack_of(outcome)
        # A build that tells whole seconds means any moment of that second.
        width = 999 if record.at % 1000 == 0 else 0
        return Sighting(
            view=record.view,
            identity=record.identity,
            event=event,
            outcome=outcome,
            start=record.at - slack,
            end=record.at + slack + width,
            actor=actor_of(event),
        )

    def _door(self, record: Record) -> tuple[str | None, str | None]:
        """Return a record's door: its id if it can be told, and its name."""
        told = next(record.targets_of("door"), None)
        door_id = self._book.resolve(
            told.id if told else None,
            told.name if told else None,
            _candidates(record),
        )
        if door_id is not None:
            return door_id, self._book.doors[door_id].name
        if told is not None and told.name:
            return None, told.name
        return None, None

    def _reader(self, record: Record) -> tuple[str | None, str | None]:
        """Return the device that reported: the reader rather than its hub."""
        devices = record.devices
        if not devices and record.actor_type not in _PEOPLE:
            devices = [
                Target(type="device", id=record.actor_id, name=record.actor_name)
            ]
        known = [(target, self._book.device(target.id)) for target in devices]
        for target, device in known:
            if device.is_reader if device else not target.is_hub:
                return device_id(target.id), device.name if device else target.name
        for target, device in known:
            return device_id(target.id), target.name or (
                device.name if device else None
            )
        return None, None

    def _person(self, record: Record, door_id: str | None) -> Person | None:
        """Return who acted, if it was a person or a program that acts for one."""
        if record.actor_type not in _PEOPLE:
            return None
        name, actor_id = record.actor_name, record.actor_id
        if actor_id == ACTOR_ID or self._is_own(record, door_id):
            return Person(id=ACTOR_ID, name=ACTOR_NAME)
        if name is not None and name.casefold() in _NOBODY:
            name = None
        if name is None and actor_id is None:
            return None
        if record.actor_type == "" and self._book.device(actor_id) is not None:
            return None
        return Person(id=actor_id, name=name)

    def _is_own(self, record: Record, door_id: str | None) -> bool:
        """Return whether a record tells of an unlock that we asked for."""
        for source in record.targets_of("unlock_source"):
            if any(
                _signed_by_us(told) for told in (source.id, source.name, source.other)
            ):
                return True
        if record.actor_type != "open_api" or door_id not in self.own_unlocks:
            return False
        return abs(record.at - self.own_unlocks[door_id]) < 5_000


def _candidates(record: Record) -> Iterator[str | None]:
    """Return the ids of what may stand for a record's door, the likeliest first."""
    for target in record.targets_of("event_object"):
        yield target.id
    for target in sorted(record.devices, key=lambda target: target.is_hub):
        yield target.id


def _signed_by_us(source: str | None) -> bool:
    """Return whether an unlock's source (`open_api:{…}`) names us as the actor."""
    if source is None:
        return False
    try:
        told = json.loads(source.partition(":")[2] or source)
    except ValueError, RecursionError:
        return False
    return text(mapping(told).get("actor_id")) == ACTOR_ID


class _Subject(Enum):
    """What a record is about, which decides where to look for what happened."""

    DOORBELL = auto()
    POSITION = auto()
    UNLOCK = auto()
    OTHER = auto()


# A console has few types and keys, and each record is asked more than once.
@lru_cache(maxsize=256)
def _subject(kind: str, log_key: str) -> _Subject:
    """Return what a type, or else the key of a message, says a record is about."""
    for pattern, subject in (
        (_DOORBELL, _Subject.DOORBELL),
        (_POSITION, _Subject.POSITION),
        (_UNLOCK, _Subject.UNLOCK),
    ):
        if pattern.search(kind) or pattern.search(log_key):
            return subject
    return _Subject.OTHER


def _is_doorbell(record: Record) -> bool:
    """Return whether a record is a doorbell's, though its type may say otherwise."""
    if _subject(record.type, record.log_key) is _Subject.DOORBELL:
        return True
    if record.provider == "BUTTON_DOOR_BELL":
        return True
    return record.provider == "CALL" and record.result not in _GRANTED_RESULTS


def _classify(
    record: Record, method: Method | None, *, is_doorbell: bool
) -> tuple[EventKind, str | None]:
    """Return what happened, and why it was refused."""
    if is_doorbell:
        missed = _MISSED.search(
            f"{record.log_key} {record.type} {record.message or ''}"
        )
        return (EventKind.CALL_MISSED if missed else EventKind.RING), None
    subject = _subject(record.type, record.log_key)
    if subject is _Subject.POSITION:
        return _position(record), None
    if subject is _Subject.UNLOCK:
        return _access(record, method)
    kind = record.type.casefold()
    for pattern, found in _BY_TYPE:
        if pattern.search(kind):
            return found, None
    return EventKind.OTHER, None


def _position(record: Record) -> EventKind:
    """Return whether a door opened or closed."""
    words = (record.message or record.log_key).casefold()
    if "open" in words:
        return EventKind.DOOR_OPENED
    return EventKind.DOOR_CLOSED if "close" in words else EventKind.OTHER


def _access(record: Record, method: Method | None) -> tuple[EventKind, str | None]:
    """Return what became of somebody at a door."""
    words = (record.message or "").casefold()
    nobody = record.actor_id is None and (record.actor_name or "").casefold() in _NOBODY
    result = record.result
    if result == "INCOMPLETE" or (not result and "incomplete" in words):
        return EventKind.ACCESS_DENIED, "incomplete"
    if result in _GRANTED_RESULTS or (
        not result and ("granted" in words or record.log_key.endswith(".success"))
    ):
        # Nobody with nothing: the exit button of a build that does not name it.
        if method is Method.BUTTON or (nobody and method is None):
            return EventKind.EXIT_REQUESTED, None
        return EventKind.ACCESS_GRANTED, None
    if result in _DENIED_RESULTS or (not result and "denied" in words):
        kind = EventKind.UNKNOWN_CREDENTIAL if nobody else EventKind.ACCESS_DENIED
        return kind, _reason(record)
    return EventKind.OTHER, None


def _reason(record: Record) -> str | None:
    """Return why somebody was refused, as far as the console says."""
    if record.reason and record.reason != "0":
        return record.reason
    words = _IN_BRACKETS.sub("", record.message or "")
    return _DENIED.sub("", words).strip() or None


def _method(record: Record) -> Method | None:
    """Return how somebody identified, from the provider or the message's brackets."""
    if record.provider:
        return _METHODS.get(record.provider, Method.UNKNOWN)
    if (told := _IN_BRACKETS.search(record.message or "")) is None:
        return None
    return _METHODS.get(re.sub(r"[\s-]+", "_", told[1].strip()).upper())


def _credential(record: Record, method: Method | None) -> str | None:
    """Return a card's number or a licence plate; never a PIN or a token."""
    if method not in _SHOWN_CREDENTIALS:
        return None
    if record.issuer is not None:
        return record.issuer
    cards = record.targets_of("nfc_id") if method is Method.CARD else ()
    return next((card.id or card.name for card in cards), None)


def _direction(record: Record) -> Direction | None:
    """Return which way somebody went, as the reader is configured."""
    for target in record.targets_of("device_config", "opened_direction"):
        if target.type == "device_config" and target.id not in (
            None,
            "door_entry_method",
        ):
            continue
        word = (target.name or "").casefold()
        if (found := _DIRECTIONS.get(word)) is not None:
            return found
    return None


def _image_ref(record: Record) -> str | None:
    """Return where a picture of what happened is to be had."""
    for target in record.targets_of("activities_resource"):
        if target.id:
            return f"resource:{target.id}"
    for target in record.targets_of("capture", "reader_capture", "camera_capture"):
        for told in (target.id, target.other, target.name):
            if told and "/" in told and "://" not in told:
                return f"static:{told}"
    return None
