"""Rows of CLUe's log as access events.

Source: Suprema's guide to the CLUe API, "Retrieve Logs" and "Event Explanation". Five
types of events are documented; all others are told by how their names end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2s

from ...models import AccessEvent, EventKind, Method, Person
from ..parsing import from_milliseconds, integer, mapping, milliseconds, text

AUTH_EVENTS = ("DEV_FACE_AUTH_SUCCESS", "DEV_FACE_AUTH_FAIL", "VENDOR_AUTH_SUCCESS")
"""The documented types whose rows name the door."""

_NO_TYPE = "UNKNOWN"
"""Stands for the type of a row that names none: that something happened is known."""
_VENDOR = "VENDOR_"
_THIRD_PARTY_ALLOWED = "Allowed by the connected third-party system"
_THIRD_PARTY_REFUSED = "Refused by the connected third-party system"

_SUFFIXES = (
    ("_AUTH_SUCCESS", EventKind.ACCESS_GRANTED),
    ("_AUTH_FAIL", EventKind.ACCESS_DENIED),
    ("_AUTH_FAILED", EventKind.ACCESS_DENIED),
    ("_AUTH_FAILURE", EventKind.ACCESS_DENIED),
    ("_RELAY_ON", EventKind.DOOR_UNLOCKED),
    ("_RELAY_OFF", EventKind.DOOR_LOCKED),
)
_METHODS = {
    "FACE": Method.FACE,
    "CARD": Method.CARD,
    "CSN": Method.CARD,
    "PIN": Method.PIN,
    "FINGER": Method.FINGER,
    "FINGERPRINT": Method.FINGER,
    "QR": Method.QR,
    "MOBILE": Method.MOBILE,
    "BLE": Method.MOBILE,
    "NFC": Method.MOBILE,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the log: the event, and what orders and counts it.

    `at` is in ms of the device's clock, `local_id` the device's own count.
    """

    at: int
    local_id: int | None
    device: str
    event: AccessEvent

    @property
    def order(self) -> tuple[int, int]:
        """Return what puts rows in the order in which they happened."""
        return self.at, self.local_id or 0


def read_row(payload: object, doors: Mapping[str, str | None]) -> Row | None:
    """Return a row as far as it is understood; None without a time.

    `doors` has the names of doors by id, for rows that name none.
    """
    raw = mapping(payload)
    at = milliseconds(raw.get("eventAt"))
    if at is None:
        return None
    code = text(raw.get("eventType")) or _NO_TYPE
    device = text(raw.get("deviceId"))
    door = text(raw.get("doorId"))
    local_id = integer(raw.get("localLogId"))
    person = _person(raw)
    known = person is not None or text(raw.get("authId")) is not None
    kind = _kind(code.upper(), known)
    vendor = code.upper().startswith(_VENDOR)
    door_name = text(raw.get("doorName")) or (doors.get(door) if door else None)
    return Row(
        at,
        local_id,
        device or "",
        AccessEvent(
            key=_key(raw, device, local_id, at, code),
            occurred_at=from_milliseconds(at),
            kind=kind,
            vendor_code=code,
            door_id=door,
            door_name=door_name,
            reader_id=device,
            person=person,
            method=_method(code.upper()),
            reason=(
                _THIRD_PARTY_REFUSED
                if vendor and kind is not EventKind.ACCESS_GRANTED and _is_auth(kind)
                else None
            ),
            message=(
                _THIRD_PARTY_ALLOWED
                if vendor and kind is EventKind.ACCESS_GRANTED
                else None
            ),
        ),
    )


def _key(
    raw: Mapping[str, object],
    device: str | None,
    local_id: int | None,
    at: int,
    code: str,
) -> str:
    """Return what is unique to an event: the cloud's id, else the device's count."""
    if (log_id := text(raw.get("logId"))) is not None:
        return log_id
    if device is not None and local_id is not None:
        return f"{device}:{local_id}:{at}"
    told = (device, raw.get("doorId"), raw.get("userId"), raw.get("authId"))
    words = "\0".join(str(text(value)) for value in told)
    digest = blake2s(words.encode(), digest_size=8).hexdigest()
    return f"{at}:{code}:{digest}"


def _person(raw: Mapping[str, object]) -> Person | None:
    """Return who acted; the guide's table and its sample spell the name differently."""
    person_id = text(raw.get("userId"))
    name = text(raw.get("userName")) or text(raw.get("useName"))
    return Person(id=person_id, name=name) if person_id or name else None


def _kind(code: str, known: bool) -> EventKind:
    """Return what happened; `known` tells that the cloud names somebody."""
    for suffix, kind in _SUFFIXES:
        if code.endswith(suffix):
            if "DURESS" in code and _is_auth(kind):
                return EventKind.DURESS
            if kind is EventKind.ACCESS_DENIED and not known:
                return EventKind.UNKNOWN_CREDENTIAL
            return kind
    return EventKind.OTHER


def _is_auth(kind: EventKind) -> bool:
    """Return whether somebody asked to be let in."""
    return kind not in (
        EventKind.DOOR_UNLOCKED,
        EventKind.DOOR_LOCKED,
        EventKind.OTHER,
    )


def _method(code: str) -> Method | None:
    """Return how somebody identified, from the words before `_AUTH_`."""
    before, found, _ = code.rpartition("_AUTH_")
    if not found:
        return None
    methods = {_METHODS[word] for word in before.split("_") if word in _METHODS}
    if len(methods) > 1:
        return Method.MULTI
    return methods.pop() if methods else Method.UNKNOWN
