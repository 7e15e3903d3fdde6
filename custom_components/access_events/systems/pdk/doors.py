"""The devices of a PDK system as doors, with what is known of each.

Source: developer.pdk.io 2.0, "Devices", "Connections" and "Cloud nodes". No call that
tells a device's state is documented, so states follow from what happened.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...models import Door, DoorFeature, DoorMode, DoorState
from ..parsing import flag, integer, mapping, text
from .topics import EFFECTS

_RELAYS = frozenset({"ioDevice", "premiumIoDevice", "floorRelay"})
"""Types of devices that nobody identifies at."""
_SECOND_READERS = frozenset({"additionalReader", "additionalElevatorReader"})
"""Types of devices that are a second reader of another one's door."""
_TYPE_NAMES: Mapping[str | None, str] = {
    "primaryReader": "Reader",
    "additionalReader": "Additional reader",
    "ioDevice": "I/O device",
    "premiumIoDevice": "Premium I/O device",
    "elevatorReader": "Elevator reader",
    "additionalElevatorReader": "Additional elevator reader",
    "floorRelay": "Floor relay",
}
_ABSENT = frozenset({"none", "disabled", "false", "off", "no", "0", "unused", "null"})
_MODES = (DoorMode.NORMAL, DoorMode.UNLOCKED)
_LONGEST_DWELL = 5400
_REPORTS = (
    DoorFeature.LOCK_STATE
    | DoorFeature.DO_NOT_DISTURB
    | DoorFeature.HOLD_OPEN
    | DoorFeature.AUTO_OPEN
)
_SHOWN_BY: Mapping[str, DoorFeature] = {
    "is_open": DoorFeature.POSITION,
    "exit_request": DoorFeature.EXIT_REQUEST,
    "forced_open": DoorFeature.FORCED,
    "held_open": DoorFeature.HELD,
}
_SEEN = (
    DoorFeature.POSITION
    | DoorFeature.EXIT_REQUEST
    | DoorFeature.FORCED
    | DoorFeature.HELD
)
"""What a device may turn out to tell of, whatever its settings are called."""
_LOCKED = ("is_locked", True)
_KEEP_OPEN = ("hold_open", "auto_open")
"""What is over once a lock falls, whether or not that is told."""
_CLOCK_TURNED = 60_000
"""By how many ms what is new may be older than what is known, before the clock of a
cloud node must have been turned back."""

type Marks = dict[str, tuple[bool, int]]
"""What was told last of each field of a state, and when (ms); what came last is last."""


@dataclass(slots=True)
class Node:
    """A cloud node: the gateway of a site."""

    id: str
    name: str | None
    serial: str | None
    online: bool | None


@dataclass(slots=True)
class Device:
    """A device with its door; `node` is the id of its cloud node, if that is known."""

    door: Door
    node: str | None
    dwell: int | None
    marks: Marks = field(default_factory=dict)
    unsure: frozenset[str] = frozenset()
    """What was told before a break, and may have ended unheard."""


class DoorBook:
    """Knows all devices of a system."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self.devices: dict[str, Device] = {}
        self.nodes: dict[str, Node] = {}
        self._serials: dict[str, str] = {}
        self._kept: dict[str, Marks] = {}

    @property
    def doors(self) -> list[Door]:
        """Return all doors as they are now."""
        return [device.door for device in self.devices.values()]

    @property
    def node_names(self) -> dict[str, str | None]:
        """Return the names of cloud nodes by id and by serial number."""
        names = {node.id: node.name for node in self.nodes.values()}
        names |= {node.serial: node.name for node in self.nodes.values() if node.serial}
        return names

    def node_id(self, known_by: str | None) -> str | None:
        """Return the id of a cloud node from its id or serial number."""
        if known_by is None or known_by in self.nodes:
            return known_by
        return self._serials.get(known_by)

    # What the system lists

    def load(
        self,
        nodes: Iterable[Mapping[str, Any]],
        connections: Iterable[Mapping[str, Any]],
        devices: Iterable[Mapping[str, Any]],
    ) -> None:
        """Take over the lists of cloud nodes, connections and devices."""
        self._load_nodes(nodes)
        on_node = {
            connection_id: node_id
            for row in connections
            if (connection_id := text(row.get("id"))) is not None
            and (node_id := _reference(row, "cloudNode")) is not None
        }
        before, self.devices = self.devices, {}
        for row in devices:
            if (device_id := text(row.get("id"))) is None:
                continue
            node = _reference(row, "cloudNode")
            if node is None:
                connection = row.get("connection") or row.get("connectionId")
                node = _node_of(connection, on_node)
            if node is None and len(self.nodes) == 1:
                node = next(iter(self.nodes))
            known = before.get(device_id)
            marks = known.marks if known else self._kept.pop(device_id, {})
            features = _features(row) | _seen_features(marks)
            if known is not None:
                features |= known.door.features & _SEEN
            if node is not None:
                features |= DoorFeature.CONNECTION
            type_ = text(row.get("type"))
            door = Door(
                id=device_id,
                name=text(row.get("name")) or device_id,
                features=features,
                model=_TYPE_NAMES.get(type_, type_),
                modes=_MODES if features & DoorFeature.HOLD else (),
                state=_state(marks, self._online(node)),
            )
            dwell = integer(row.get("dwell"))
            self.devices[device_id] = Device(
                door,
                node,
                dwell if dwell and 1 <= dwell <= _LONGEST_DWELL else None,
                marks,
                known.unsure if known else frozenset(marks),
            )

    def _load_nodes(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take over the list of cloud nodes."""
        self.nodes = {}
        self._serials = {}
        for row in rows:
            if (node_id := text(row.get("id"))) is None:
                continue
            status = row.get("connectionStatus")
            online = flag(mapping(status).get("connected", status))
            serial = text(row.get("serialNumber"))
            self.nodes[node_id] = Node(node_id, text(row.get("name")), serial, online)
            if serial is not None:
                self._serials[serial] = node_id

    def _online(self, node_id: str | None) -> bool | None:
        """Return whether a cloud node is connected."""
        node = self.nodes.get(node_id) if node_id else None
        return node.online if node else None

    # What happens

    def apply(
        self, device_id: str | None, topic: str, at: int, *, live: bool = False
    ) -> Door | None:
        """Take over what happened at a device; returns its door if that changed it.

        What is older than what is known already changes nothing, unless it is heard as
        it happens and is so much older that a clock was turned back.
        """
        effect = EFFECTS.get(topic)
        device = self.devices.get(device_id) if device_id else None
        if effect is None or device is None:
            return None
        name, value = effect
        marks, known = device.marks, device.marks.get(name)
        if known is not None and at < known[1]:
            if not live or known[1] - at <= _CLOCK_TURNED:
                return None
        marks.pop(name, None)
        marks[name] = value, at
        if effect == _LOCKED:
            for over in device.unsure.intersection(marks, _KEEP_OPEN):
                marks[over] = False, at
        device.unsure -= {name}
        return self._show(device)

    def set_online(self, node_id: str, online: bool) -> list[Door]:
        """Take over whether a cloud node is connected; returns the doors it changed."""
        if (node := self.nodes.get(node_id)) is not None:
            node.online = online
        changed = (
            self._show(device)
            for device in self.devices.values()
            if device.node == node_id
        )
        return [door for door in changed if door is not None]

    def _show(self, device: Device) -> Door | None:
        """Bring a door up to date with what is known; returns it if that changed it."""
        door = device.door
        shown = replace(
            door,
            features=door.features | _seen_features(device.marks),
            state=_state(device.marks, self._online(device.node)),
        )
        if shown == door:
            return None
        device.door = shown
        return shown

    def doubt(self) -> None:
        """Note that nobody listened for a while; a moment is over by now."""
        for device in self.devices.values():
            device.marks.pop("exit_request", None)
            device.unsure = frozenset(device.marks)
            self._show(device)

    # What is kept over restarts

    def dump(self) -> dict[str, dict[str, list[int]]]:
        """Return what is known of all doors, for a cursor."""
        return {
            device_id: {
                name: [int(value), at] for name, (value, at) in device.marks.items()
            }
            for device_id, device in self.devices.items()
            if device.marks
        }

    def recall(self, kept: object) -> None:
        """Take back what `dump` returned, before the doors are loaded."""
        for device_id, marks in mapping(kept).items():
            known: Marks = {}
            for name, told in mapping(marks).items():
                if isinstance(told, list) and len(told) == 2 and name in _FIELDS:
                    known[name] = bool(told[0]), integer(told[1]) or 0
            self._kept[device_id] = known


_FIELDS = frozenset(name for name, _ in EFFECTS.values())


def _state(marks: Marks, online: bool | None) -> DoorState:
    """Return a door's state from what was told last of each of its fields."""
    told: dict[str, Any] = {name: value for name, (value, _) in marks.items()}
    return DoorState(online=online, mode=_mode(marks), **told)


def _mode(marks: Marks) -> DoorMode | None:
    """Return how a door behaves; do not disturb refuses credentials."""
    ranks = {name: (at, rank) for rank, (name, (_, at)) in enumerate(marks.items())}

    def holds(name: str) -> bool:
        return marks.get(name, (False, 0))[0]

    def keeps_open(name: str) -> bool:
        return holds(name) and not (
            holds("is_locked") and ranks["is_locked"] > ranks[name]
        )

    if holds("do_not_disturb"):
        return DoorMode.LOCKED_DOWN
    if keeps_open("hold_open"):
        return DoorMode.UNLOCKED
    if keeps_open("auto_open"):
        return DoorMode.SCHEDULED
    known = ranks.keys() & {"do_not_disturb", *_KEEP_OPEN}
    return DoorMode.NORMAL if known or holds("is_locked") else None


def _features(row: Mapping[str, Any]) -> DoorFeature:
    """Return what a device's type and settings make it able to tell and to do."""
    type_ = text(row.get("type"))
    if type_ in _SECOND_READERS:
        return DoorFeature.ACCESS
    features = DoorFeature.OPEN | DoorFeature.HOLD | _REPORTS
    if type_ not in _RELAYS:
        features |= DoorFeature.ACCESS
    if position := _is_set(row, "dps"):
        features |= DoorFeature.POSITION
    if _is_set(row, "rex"):
        features |= DoorFeature.EXIT_REQUEST
    # Both alarms need a door position sensor, whatever they are set to.
    if position is not False:
        if _is_set(row, "forcedAlarm"):
            features |= DoorFeature.FORCED
        if _is_set(row, "propAlarm"):
            features |= DoorFeature.HELD
    return features


def _seen_features(marks: Mapping[str, object]) -> DoorFeature:
    """Return what a device can tell, since it did."""
    features = DoorFeature(0)
    for name in marks:
        features |= _SHOWN_BY.get(name, DoorFeature(0))
    return features


def _is_set(row: Mapping[str, Any], name: str) -> bool | None:
    """Return whether a setting is on, in any of the shapes it may have."""
    value = row.get(name)
    if isinstance(value, dict):
        for key in ("enabled", "active", "connected"):
            if key in value:
                return flag(value[key])
        return bool(value)
    if isinstance(value, str):
        return value.strip().casefold() not in _ABSENT if value.strip() else False
    return bool(value) if name in row else None


def _reference(row: Mapping[str, Any], name: str) -> str | None:
    """Return the id of what a row refers to, an object or a plain id."""
    value = row.get(name)
    return (
        text(mapping(value).get("id"))
        or (None if isinstance(value, dict) else text(value))
        or text(row.get(f"{name}Id"))
    )


def _node_of(connection: object, on_node: Mapping[str, str]) -> str | None:
    """Return the cloud node of a connection, an object or a plain id."""
    told = mapping(connection)
    if (node := _reference(told, "cloudNode")) is not None:
        return node
    connection_id = text(told.get("id")) if told else text(connection)
    return on_node.get(connection_id) if connection_id else None
