"""The system, cloud nodes, devices, holders and groups of the simulated cloud."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
import hashlib
from typing import Any
import uuid

_DAY_MS = 86_400_000

# first name, last name, card, facility code, PIN, enabled, days until the end
PEOPLE = (
    ("Jane", "Doe", 26858, 77, "", True, None),
    ("John", "Roe", 1234567, None, "", True, None),
    ("Zoë", "Müller-Lüdenscheidt", 31415, 77, "57301", True, 365),
    ("Łukasz", "Żak", 27182, 77, "", False, None),
    ("太郎", "山田", None, None, "24681", True, None),
    ("Анна", "Иванова", 16180, 78, "", True, -3),
)
# name, cloud node, dps, rex, forcedAlarm, propAlarm, publicIcon
DOORS = (
    ("Main Entrance", 0, True, True, True, True, "swingingDoor"),
    ("Staff Door", 0, True, False, False, False, "swingingDoor"),
    ("Server Room", 0, True, True, True, False, "swingingDoor"),
    ("Parking Gate", 1, False, False, False, False, "swingingGate"),
    ("Büro Łódź", 1, False, True, False, False, "swingingDoor"),
)
NODES = (("Head Office", "1234ABC", "UTC"), ("Warehouse", "5678DEF", "Europe/Berlin"))
GROUPS = ("Employees", "Visitors")


@dataclass(slots=True, eq=False)
class CloudNode:
    """A site's gateway.

    Args:
        waiting: What happened while it was off line, oldest first.
    """

    id: str
    name: str
    serial: str
    timezone: str
    created: str
    connected: bool = True
    registered: bool = True
    synced: bool = True
    changed_ms: int = 0
    waiting: list[Any] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Connection:
    """A controller behind a cloud node."""

    id: str
    name: str
    node: CloudNode
    address: str


@dataclass(slots=True, eq=False)
class Device:
    """A door, gate or other thing at a controller; `dwell` is in tenths of a second."""

    id: str
    name: str
    connection: Connection
    port: int
    kind: str = "primaryReader"
    icon: str = "swingingDoor"
    dwell: int = 50
    delay: int = 0
    dps: bool = True
    rex: bool = True
    forced_alarm: bool = True
    prop_alarm: bool = True
    prop_delay: int = 300
    relay_on: bool = False
    is_open: bool = False
    rex_on: bool = False
    forced: bool = False
    propped: bool = False
    auto_open: bool = False
    force_open: bool = False
    force_close: bool = False
    unlocked_until: float = 0.0

    @property
    def node(self) -> CloudNode:
        """Return the cloud node it belongs to."""
        return self.connection.node


@dataclass(slots=True, eq=False)
class Credential:
    """What a holder presents."""

    id: str
    types: list[str]
    number: int | None
    facility: int | None
    description: str = ""


@dataclass(slots=True, eq=False)
class Holder:
    """A person, with the fields of the API under their names."""

    id: str
    data: dict[str, Any]
    groups: list[str] = field(default_factory=list)
    credentials: list[Credential] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return the full name."""
        return f"{self.data['firstName']} {self.data['lastName']}".strip()

    def may_pass(self, now_ms: int) -> bool:
        """Tell whether the holder is let in: enabled, in time, in some group."""
        active = moment_ms(self.data["activeDate"])
        expires = moment_ms(self.data["expireDate"])
        return (
            bool(self.data["enabled"])
            and bool(self.groups)
            and (active is None or active <= now_ms)
            and (expires is None or now_ms < expires)
        )


@dataclass(slots=True, eq=False)
class Group:
    """A group of holders with shared rules."""

    id: str
    name: str


@dataclass(slots=True)
class Site:
    """All of the system."""

    seed: int
    nodes: list[CloudNode] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    devices: list[Device] = field(default_factory=list)
    holders: list[Holder] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    secrets: int = 0
    made: int = 0

    @property
    def system_id(self) -> str:
        """Return the system's id."""
        return self.uuid("system")

    @property
    def organization_id(self) -> str:
        """Return the organization's id."""
        return self.uuid("organization")

    @property
    def client_id(self) -> str:
        """Return the id of the API client."""
        return self.uuid("client")

    @property
    def client_secret(self) -> str:
        """Return the secret of the API client."""
        text = f"{self.seed} secret {self.secrets}"
        return hashlib.sha256(text.encode()).hexdigest()[:40]

    def uuid(self, name: str) -> str:
        """Return a UUID that depends on the seed and the name only."""
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{self.seed}.{name}"))

    def new_id(self) -> str:
        """Return the id of something new."""
        self.made += 1
        return self.uuid(f"new {self.made}")

    def device(self, which: Device | int | str) -> Device:
        """Return a device by its object, name, id or index. Raises LookupError."""
        return _find(self.devices, which, "device")

    def node(self, which: CloudNode | Device | int | str) -> CloudNode:
        """Return a cloud node by its object, name, id, index or device."""
        if isinstance(which, Device):
            return which.node
        return _find(self.nodes, which, "cloud node")

    def holder(self, which: Holder | int | str) -> Holder:
        """Return a holder by its object, name, id or index. Raises LookupError."""
        return _find(self.holders, which, "holder")

    def group(self, which: Group | int | str) -> Group:
        """Return a group by its object, name, id or index. Raises LookupError."""
        return _find(self.groups, which, "group")

    def add_node(self, name: str, serial: str, timezone: str, now_ms: int) -> CloudNode:
        """Add a cloud node with one controller."""
        node_id = self.uuid(f"node {serial}")
        node = CloudNode(
            node_id, name, serial, timezone, iso(now_ms), changed_ms=now_ms
        )
        self.nodes.append(node)
        self.connections.append(
            Connection(
                self.uuid(f"connection {serial}"),
                f"{name} Controller",
                node,
                f"192.0.2.{10 + len(self.nodes)}",
            )
        )
        return node

    def add_device(self, name: str, node: CloudNode, **fields: Any) -> Device:
        """Add a device to a cloud node."""
        connection = next(item for item in self.connections if item.node is node)
        port = 1 + sum(item.connection is connection for item in self.devices)
        device = Device(self.uuid(f"device {name}"), name, connection, port, **fields)
        self.devices.append(device)
        return device

    def add_holder(self, first: str, last: str, **fields: Any) -> Holder:
        """Add a holder."""
        data: dict[str, Any] = {
            "firstName": first,
            "lastName": last,
            "email": None,
            "pin": None,
            "duressPin": None,
            "enabled": True,
            "activeDate": None,
            "expireDate": None,
            "partition": None,
            "customFields": {},
        }
        holder = Holder(self.new_id(), data | fields)
        self.holders.append(holder)
        return holder


def _find[T](items: list[T], which: T | int | str, word: str) -> T:
    """Return the item that is meant. Raises LookupError."""
    for item in items:
        if item is which or which in (getattr(item, "id"), item.name):  # type: ignore[attr-defined]  # noqa: B009
            return item
    if isinstance(which, int) and 0 <= which < len(items):
        return items[which]
    raise LookupError(f"no {word} {which}")


def moment_ms(value: object) -> int | None:
    """Return the time that a date field says. Raises ValueError."""
    if value is None:
        return None
    if isinstance(value, int):
        return value
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def iso(at_ms: int, timespec: str = "milliseconds") -> str:
    """Return a time as ISO text with `Z`."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec=timespec).replace("+00:00", "Z")


def build_site(doors: int | None, seed: int, now_ms: int) -> Site:
    """Return the default site, or one with just so many doors."""
    site = Site(seed)
    for name, serial, timezone in NODES:
        site.add_node(name, serial, timezone, now_ms - 400 * _DAY_MS)
    wanted = len(DOORS) if doors is None else doors
    for name, node, dps, rex, forced, prop, icon in DOORS[:wanted]:
        site.add_device(
            name,
            site.nodes[node],
            dps=dps,
            rex=rex,
            forced_alarm=forced,
            prop_alarm=prop,
            icon=icon,
        )
    for number in range(len(DOORS), wanted):
        site.add_device(f"Door {number + 1}", site.nodes[number % 2])
    for name in GROUPS:
        site.groups.append(Group(site.uuid(f"group {name}"), name))
    for first, last, card, facility, pin, enabled, days in PEOPLE:
        expires = None if days is None else iso(now_ms + days * _DAY_MS)
        holder = site.add_holder(
            first, last, pin=pin or None, enabled=enabled, expireDate=expires
        )
        holder.groups.append(site.groups[0].id)
        types = ["card"] if card else ["token"]
        holder.credentials.append(Credential(site.new_id(), types, card, facility))
    return site
