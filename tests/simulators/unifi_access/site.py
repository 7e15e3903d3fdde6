"""The doors, devices, people and policies of the simulated UniFi Access site."""

from dataclasses import dataclass, field
import hashlib
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

type DoorIdStyle = Literal["uuid", "hub_mac", "absent"]
type FrameStyle = Literal["both", "logs", "insights"]

READER = ["pin_code", "nfc", "face", "qr_code", "is_reader", "support_reboot"]
HUB = ["unlock_failure_limit", "emergency_settings", "is_hub", "pin_code"]


@dataclass(slots=True, eq=False)
class Device:
    """A hub, a reader or an intercom; its id is the MAC without colons."""

    id: str
    name: str
    type: str
    capabilities: list[str]
    location_id: str = ""
    hub_id: str = ""
    online: bool = True
    firmware: str = "v1.12.3"
    methods: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def is_hub(self) -> bool:
        """Tell whether the device drives locks."""
        return "is_hub" in self.capabilities


@dataclass(slots=True)
class Floor:
    """A floor of the building."""

    id: str
    name: str


@dataclass(slots=True)
class LockRule:
    """A temporary rule that holds a door; `ended_time` in Unix seconds."""

    type: str
    ended_time: int


@dataclass(slots=True, eq=False)
class Door:
    """A door with its state, and with what is odd about its log rows."""

    id: str
    name: str
    full_name: str
    floor: Floor
    hub: Device | None
    reader: Device | None = None
    exit_reader: Device | None = None
    sensor: bool = True
    supports_rules: bool = True
    log_door_id: DoorIdStyle = "uuid"
    log_frames: FrameStyle = "both"
    log_name: str = ""
    relay: Literal["lock", "unlock"] = "lock"
    position: Literal["open", "close"] = "close"
    rule: LockRule | None = None
    scheduled_open: bool = False
    unlocks: int = 0
    thumbnail: str = ""
    thumbnail_at: int = 0

    @property
    def devices(self) -> list[Device]:
        """Return hub and readers, each once."""
        parts = (self.hub, self.reader, self.exit_reader)
        return list({part.id: part for part in parts if part}.values())


@dataclass(slots=True, eq=False)
class Person:
    """A user or a visitor with credentials; the secrets never leave the API."""

    id: str
    first_name: str
    last_name: str
    kind: Literal["user", "visitor"] = "user"
    user_email: str = ""
    employee_number: str = ""
    phone: str = ""
    onboard_time: int = 0
    status: str = "ACTIVE"
    cards: list[str] = field(default_factory=list)
    pin: str = ""
    plates: dict[str, str] = field(default_factory=dict)
    policy_ids: list[str] = field(default_factory=list)
    visit: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the full name."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(slots=True)
class Card:
    """A card that the controller knows; `uid` is what a reader reads."""

    token: str
    display_id: str
    uid: str
    alias: str = ""


@dataclass(slots=True)
class Policy:
    """Who may open what; resources are `{"id", "type": "door|door_group"}`."""

    id: str
    name: str
    resources: list[dict[str, str]]
    schedule_id: str


@dataclass(slots=True)
class DoorGroup:
    """A group of doors of the user's own."""

    id: str
    name: str
    door_ids: list[str]


@dataclass(slots=True)
class Site:
    """All that the controller knows, but for its log."""

    seed: int
    controller_id: str
    building_id: str
    building: str
    floors: list[Floor]
    doors: dict[str, Door] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    groups: dict[str, DoorGroup] = field(default_factory=dict)
    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)
    user_groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    group_members: dict[str, list[str]] = field(default_factory=dict)
    evacuation: bool = False
    lockdown: bool = False

    def uuid(self, what: str) -> str:
        """Return the UUID that stands for `what` in this site."""
        return str(uuid5(NAMESPACE_URL, f"unifi-access:{self.seed}:{what}"))

    def mac(self, what: str) -> str:
        """Return the MAC address that stands for `what`, as an id."""
        return "245a4c" + hashlib.sha256(f"{self.seed}:{what}".encode()).hexdigest()[:6]

    def door(self, which: str | int | Door) -> Door:
        """Return a door by id, name, position or itself. Raises LookupError."""
        if isinstance(which, Door):
            return which
        if isinstance(which, int):
            return list(self.doors.values())[which]
        if which in self.doors:
            return self.doors[which]
        for door in self.doors.values():
            if which in (door.name, door.full_name):
                return door
        raise LookupError(f"no door {which}")

    def person(self, which: str | int | Person) -> Person:
        """Return a person by id, name, position or themselves. Raises LookupError."""
        if isinstance(which, Person):
            return which
        if isinstance(which, int):
            return list(self.people.values())[which]
        if which in self.people:
            return self.people[which]
        for person in self.people.values():
            if which == person.name:
                return person
        raise LookupError(f"no person {which}")

    def device(self, which: str | Device) -> Device:
        """Return a device by id or name. Raises LookupError."""
        if isinstance(which, Device):
            return which
        if which in self.devices:
            return self.devices[which]
        for device in self.devices.values():
            if which == device.name:
                return device
        raise LookupError(f"no device {which}")

    def doors_of(self, device: Device) -> list[Door]:
        """Return the doors that a device serves."""
        return [
            door
            for door in self.doors.values()
            if device in (door.hub, door.reader, door.exit_reader)
        ]

    def add_device(
        self, what: str, kind: str, *, hub: Device | None = None, location: str = ""
    ) -> Device:
        """Add a reader, or a hub where no hub is given."""
        mac = self.mac(what)
        device = Device(
            mac,
            f"{kind} {mac[-4:].upper()}",
            kind,
            list(READER if hub else HUB),
            location,
            hub.id if hub else "",
            methods=access_methods(kind),
        )
        self.devices[mac] = device
        return device

    def add_card(self, uid: str, alias: str = "") -> Card:
        """Add a card that nobody holds yet."""
        card = Card(secret(uid), str(100001 + len(self.cards)), uid, alias)
        self.cards[card.token] = card
        return card

    def card_uid(self, person: Person) -> str:
        """Return what a reader reads from a person's first card, or nothing."""
        return self.cards[person.cards[0]].uid if person.cards else ""

    def holder(self, token: str) -> Person | None:
        """Return who holds a card."""
        return next((p for p in self.people.values() if token in p.cards), None)


def secret(value: str) -> str:
    """Return the 64 hex digits under which the controller knows a credential."""
    return hashlib.sha256(f"credential:{value}".encode()).hexdigest()


def access_methods(kind: str) -> dict[str, dict[str, str]]:
    """Return the access method settings of a new device of some model."""
    methods = {
        "nfc": {"enabled": "yes"},
        "bt_tap": {"enabled": "yes"},
        "bt_button": {"enabled": "yes"},
        "pin_code": {"enabled": "yes", "pin_code_shuffle": "no"},
    }
    if "PRO" in kind.upper():
        methods["face"] = {"anti_spoofing_level": "no", "detect_distance": "far"}
        methods["qr_code"] = {"enabled": "yes"}
        methods["touch_pass"] = {"enabled": "yes"}
    return methods
