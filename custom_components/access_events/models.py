"""Data models for the Access Events integration.

Nothing here knows Home Assistant or a vendor: these are the words that adapters,
journal, coordinator and platforms share.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Flag, StrEnum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .systems.base import AccessSystemError


class EventKind(StrEnum):
    """What happened, in the integration's own words."""

    ACCESS_GRANTED = "access_granted"
    ACCESS_DENIED = "access_denied"
    UNKNOWN_CREDENTIAL = "unknown_credential"
    DURESS = "duress"
    DOOR_OPENED = "door_opened"
    DOOR_CLOSED = "door_closed"
    DOOR_UNLOCKED = "door_unlocked"
    DOOR_LOCKED = "door_locked"
    EXIT_REQUESTED = "exit_requested"
    DOOR_FORCED_OPEN = "door_forced_open"
    DOOR_FORCED_OPEN_CLEARED = "door_forced_open_cleared"
    DOOR_HELD_OPEN = "door_held_open"
    DOOR_HELD_OPEN_CLEARED = "door_held_open_cleared"
    TAMPER = "tamper"
    TAMPER_CLEARED = "tamper_cleared"
    RING = "ring"
    CALL_MISSED = "call_missed"
    HOLD_OPEN_STARTED = "hold_open_started"
    HOLD_OPEN_ENDED = "hold_open_ended"
    LOCKDOWN_STARTED = "lockdown_started"
    LOCKDOWN_ENDED = "lockdown_ended"
    AUTO_OPEN_STARTED = "auto_open_started"
    AUTO_OPEN_ENDED = "auto_open_ended"
    ZONE_ALARM = "zone_alarm"
    ZONE_ALARM_CLEARED = "zone_alarm_cleared"
    USER_ADDED = "user_added"
    USER_UPDATED = "user_updated"
    USER_REMOVED = "user_removed"
    DEVICE_ONLINE = "device_online"
    DEVICE_OFFLINE = "device_offline"
    DEVICE_RESTARTED = "device_restarted"
    ADMIN = "admin"
    SYNC = "sync"
    OTHER = "other"


ACCESS_KINDS = (
    EventKind.ACCESS_GRANTED,
    EventKind.ACCESS_DENIED,
    EventKind.UNKNOWN_CREDENTIAL,
    EventKind.DURESS,
)
"""The kinds that answer "who came to which door, and was it allowed"."""

ALARM_KINDS = (
    EventKind.DOOR_FORCED_OPEN,
    EventKind.DOOR_FORCED_OPEN_CLEARED,
    EventKind.DOOR_HELD_OPEN,
    EventKind.DOOR_HELD_OPEN_CLEARED,
    EventKind.TAMPER,
    EventKind.TAMPER_CLEARED,
    EventKind.ZONE_ALARM,
    EventKind.ZONE_ALARM_CLEARED,
)
"""The kinds that a person may have to do something about."""


class Method(StrEnum):
    """How a person identified at a door."""

    CARD = "card"
    PIN = "pin"
    FINGER = "finger"
    FACE = "face"
    MOBILE = "mobile"
    QR = "qr"
    LICENSE_PLATE = "license_plate"
    KEY = "key"
    REMOTE = "remote"
    BUTTON = "button"
    MULTI = "multi"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """Which way a person went through a door."""

    ENTRY = "entry"
    EXIT = "exit"


class DoorMode(StrEnum):
    """How a door behaves until somebody changes it."""

    NORMAL = "normal"
    UNLOCKED = "unlocked"
    LOCKED_DOWN = "locked_down"
    SCHEDULED = "scheduled"
    TEMPORARILY_UNLOCKED = "temporarily_unlocked"


class DoorFeature(Flag):
    """What a system can tell about a door, or do with it."""

    ACCESS = auto()
    """Reports who came, and whether it was allowed."""
    OPEN = auto()
    """Can be opened for a moment."""
    HOLD = auto()
    """Can be held unlocked and returned to normal, and reports which it is."""
    LOCK_STATE = auto()
    """Reports whether it is locked."""
    POSITION = auto()
    """Has a door position sensor."""
    FORCED = auto()
    """Reports a door that was forced open."""
    HELD = auto()
    """Reports a door that was held open."""
    TAMPER = auto()
    """Reports tampering."""
    EXIT_REQUEST = auto()
    """Reports its exit button or sensor."""
    RING = auto()
    """Has a doorbell."""
    IMAGE = auto()
    """Has pictures."""
    CONNECTION = auto()
    """Reports whether its own controller is reachable."""
    DO_NOT_DISTURB = auto()
    """Reports do not disturb."""
    HOLD_OPEN = auto()
    """Reports being held open by command."""
    AUTO_OPEN = auto()
    """Reports being open by schedule."""


class Capability(Flag):
    """What a system as a whole can do."""

    IMAGES = auto()
    """Pictures of events, by their `image_ref`."""
    CLIPS = auto()
    """Films of events, by their `image_ref`."""
    EXPORT = auto()
    """Exports its own log as a file."""
    REREAD = auto()
    """Tells again what happened between any two times, as far as it still holds it."""
    USERS_READ = auto()
    """Lists its people."""
    USERS_ADD = auto()
    """Registers people."""
    USERS_UPDATE = auto()
    """Changes people."""
    USERS_REMOVE = auto()
    """Removes people."""
    LOCK_RULES = auto()
    """Takes temporary lock rules for a door."""
    EVACUATION = auto()
    """Unlocks all doors at once."""
    LOCKDOWN = auto()
    """Locks all doors at once."""
    IMAGE_FILTERS = auto()
    """Can be told of which events its devices take pictures."""
    CLEAR_LOG = auto()
    """Can delete what its devices hold."""
    ZONES = auto()
    """Tells of zones and their alarms in its state."""
    RELEASES = auto()
    """May open doors for a moment that stay open unless we release them."""
    EXIT_BUTTON = auto()
    """Has a setting that makes exit buttons work, or not."""
    SEVERAL_FACES = auto()
    """Takes several pictures of a person's face."""
    FORGET_DOORS = auto()
    """Can't tell which doors are gone, and so lets them be forgotten."""


def plain(name: str) -> str:
    """Return a name or an id as it is compared: in any case, with any blanks."""
    return " ".join(name.split()).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who the system says acted: an id of the system's, a name, or both."""

    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEvent:
    """One normalised record of something that happened at a system.

    `key` is unique within a config entry and the same for every view of one
    happening. `occurred_at` is the device's time, aware, in UTC. `credential` may be
    a full card number, so it is never shown: `public` masks it. A PIN is never kept.

    Some systems write two records of one happening. Both are recorded; `same_as` is the
    key of the other one, which says that nobody is to be told twice. It is not kept.
    """

    key: str
    occurred_at: datetime
    kind: EventKind
    vendor_code: str
    door_id: str | None = None
    door_name: str | None = None
    reader_id: str | None = None
    reader_name: str | None = None
    person: Person | None = field(default=None, repr=False)
    method: Method | None = None
    credential: str | None = field(default=None, repr=False)
    direction: Direction | None = None
    reason: str | None = None
    message: str | None = field(default=None, repr=False)
    image_ref: str | None = field(default=None, repr=False)
    same_as: str | None = None

    def public(self) -> dict[str, str | None]:
        """Return the fields as they go on the bus and into responses."""
        return {
            "key": self.key,
            "occurred_at": self.occurred_at.isoformat(),
            "kind": self.kind.value,
            "vendor_code": self.vendor_code,
            "door_id": self.door_id,
            "door_name": self.door_name,
            "reader_id": self.reader_id,
            "reader_name": self.reader_name,
            "person": self.person.name if self.person else None,
            "person_id": self.person.id if self.person else None,
            "method": self.method.value if self.method else None,
            "credential": mask_credential(self.credential),
            "direction": self.direction.value if self.direction else None,
            "reason": self.reason,
            "message": self.message,
            "image_ref": self.image_ref,
        }


def mask_credential(credential: str | None) -> str | None:
    """Return a credential with all but its last four characters hidden.

    What has eight characters or fewer keeps only two, so that a short number can't be
    guessed from its end. A masked credential stays as it is, and so do the names of
    several kinds that were shown together ("card + finger").
    """
    if not credential or credential.startswith("•"):
        return credential
    if " + " in credential and not any(map(str.isdigit, credential)):
        return credential
    shown = 4 if len(credential) > 8 else 2
    if len(credential) <= shown:
        return "••"
    return "••" + credential[-shown:]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An access event as the journal holds it.

    `seq` grows with each row of the journal. `live` is false for what was learned
    later.
    """

    seq: int
    entry_id: str
    event: AccessEvent
    received_at: datetime
    live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorState:
    """What is known of a door now; None is unknown or not told by the system."""

    is_open: bool | None = None
    is_locked: bool | None = None
    mode: DoorMode | None = None
    online: bool | None = None
    forced_open: bool | None = None
    held_open: bool | None = None
    tamper: bool | None = None
    exit_request: bool | None = None
    do_not_disturb: bool | None = None
    hold_open: bool | None = None
    auto_open: bool | None = None
    image_ref: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A thing that opens."""

    id: str
    name: str
    features: DoorFeature
    model: str | None = None
    modes: tuple[DoorMode, ...] = ()
    """The modes that can be chosen; `state.mode` may report others too."""
    state: DoorState = DoorState()


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemInfo:
    """What a system says it is. `id` is stable, for the config entry's unique id."""

    id: str
    name: str
    model: str | None = None
    version: str | None = None
    configuration_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Something beside its doors that a system watches, and raises an alarm for.

    `reason` is that of its events: `fire`, `intrusion`, `anti-passback` … `name` is the
    system's own name, or a number. `online` is false while its controller is away.
    """

    id: str
    reason: str
    name: str
    alarmed: bool | None = None
    online: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemState:
    """The state of a system as a whole; None is unknown or not told.

    `zones` are there with the capability `ZONES`.
    """

    evacuation: bool | None = None
    lockdown: bool | None = None
    zones: tuple[Zone, ...] = ()
    exit_button: bool | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A picture or a clip and its content type (`image/jpeg`, `video/mp4` …)."""

    content: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person as the system's register holds them. Credentials only as counts."""

    id: str
    name: str = field(repr=False)
    active: bool | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    groups: tuple[str, ...] = ()
    passes: int | None = None
    cards: int | None = None
    has_pin: bool | None = None
    faces: int | None = None
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRequest:
    """What a person is to be registered with, or changed to. None is "not said".

    Times are aware. `doors` are ids of the system's doors; an empty tuple is all.
    `passes` is how often the person may come in.
    """

    name: str | None = field(default=None, repr=False)
    user_id: str | None = None
    active: bool | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    passes: int | None = None
    doors: tuple[str, ...] | None = None
    schedule: str | None = None
    groups: tuple[str, ...] | None = None
    cards: tuple[str, ...] | None = field(default=None, repr=False)
    pin: str | None = field(default=None, repr=False)
    duress_pin: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    face_image: bytes | None = field(default=None, repr=False)
    more_faces: tuple[bytes, ...] | None = field(default=None, repr=False)
    """Further pictures of the same face."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserResult:
    """What became of a request: which fields were set, and which were not, and why."""

    user_id: str
    done: tuple[str, ...] = ()
    failed: Mapping[str, AccessSystemError] = field(default_factory=dict)
