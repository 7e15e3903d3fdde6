"""The site: devices with their doors, zones, users and logs."""

from dataclasses import dataclass, field
import hashlib

from .log import DeviceLog

DISCONNECTED, TCP_CONNECTED, TLS_CONNECTED = 0, 1, 2
TRY_TO_CONNECT = 4
TCP_CANNOT_CONNECT = 0x100
BIOSTATION_3, CORESTATION_40, FACESTATION_F2 = 0x23, 0x0E, 0x1E
FACES = (BIOSTATION_3, FACESTATION_F2)
MODELS = {
    BIOSTATION_3: "BS3-APWB",
    CORESTATION_40: "CS-40",
    FACESTATION_F2: "FSF2-AB",
}
NO_MODE = 255
ALARM_FORCED, ALARM_HELD, ALARM_APB = 1, 2, 4


@dataclass(slots=True, kw_only=True)
class Face:
    """A face as a device keeps it."""

    index: int = 0
    flag: int = 0
    templates: tuple[bytes, ...] = ()
    image: bytes = b""


@dataclass(slots=True, kw_only=True)
class User:
    """A user as one device keeps it.

    Args:
        modes: The four modes and four extended modes of authentication; 255 is
            the device's own choice, 0 for a card or an ID lets only biometry in.
        cards: Type and 32 bytes of each card.
    """

    id: str
    name: str = ""
    flag: int = 1
    start: int = 0
    end: int = 0
    modes: tuple[int, ...] = (NO_MODE,) * 7
    security_level: int = 0
    cards: list[tuple[int, bytes]] = field(default_factory=list)
    faces: list[Face] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    pin: bytes = b""
    photo: bytes = b""
    fingers: int = 0

    def copy(self) -> User:
        """Return another of the same, for another device."""
        return User(
            id=self.id,
            name=self.name,
            flag=self.flag,
            start=self.start,
            end=self.end,
            modes=self.modes,
            security_level=self.security_level,
            cards=list(self.cards),
            faces=list(self.faces),
            groups=list(self.groups),
            pin=self.pin,
            photo=self.photo,
            fingers=self.fingers,
        )


@dataclass(slots=True, kw_only=True)
class Door:
    """A door; its ID is the device's own.

    Args:
        openings: How often the lock has let go, for whatever reason.
        commands: The commands that were obeyed: verb, flag, timer.
        let_in: Somebody was let in, so the door is unlocked for a moment.
        turn: Counts reasons to stay unlocked, so that an old timer knows.
    """

    id: int
    name: str
    device: Device = field(repr=False)
    reader: int
    exit_reader: int = 0
    sensor: bool = True
    is_open: bool = False
    unlock_flags: int = 0
    lock_flags: int = 0
    alarm_flags: int = 0
    held: bool = False
    last_open: int = 0
    let_in: bool = False
    openings: int = 0
    commands: list[tuple[str, int, int]] = field(default_factory=list)
    turn: int = 0

    @property
    def held_by(self) -> int:
        """Return the flag that decides about the door, 0 for none."""
        flags = self.unlock_flags | self.lock_flags
        return next((flag for flag in (2, 4, 1) if flags & flag), 0)

    @property
    def locked_down(self) -> bool:
        """Tell whether nobody is let in."""
        return bool(self.lock_flags & self.held_by)

    @property
    def is_unlocked(self) -> bool:
        """Tell whether the lock lets go."""
        if flag := self.held_by:
            return bool(self.unlock_flags & flag)
        return self.let_in


@dataclass(slots=True, kw_only=True)
class Zone:
    """A zone of one kind; IDs are unique within a device and kind."""

    id: int
    kind: str
    name: str
    status: int = 0
    disabled: bool = False


@dataclass(slots=True, kw_only=True)
class Device:
    """A device and what it keeps."""

    id: int
    type: int
    ip: str
    log: DeviceLog
    use_ssl: bool = False
    powered: bool = True
    listed: bool = True
    auto: bool = True
    to_server: bool = False
    status: int = TCP_CONNECTED
    monitoring: bool = False
    clock_offset: float = 0.0
    slaves: list[int] = field(default_factory=list)
    doors: dict[int, Door] = field(default_factory=dict)
    zones: dict[tuple[str, int], Zone] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[int, str] = field(default_factory=dict)
    filters: dict[int, int] = field(default_factory=dict)
    tamper: bool = False
    inputs: dict[int, int] = field(default_factory=dict)

    @property
    def connected(self) -> bool:
        """Tell whether the gateway can talk to it."""
        return self.status in (TCP_CONNECTED, TLS_CONNECTED)

    @property
    def camera(self) -> bool:
        """Tell whether it keeps images."""
        return self.type in FACES

    @property
    def model(self) -> str:
        """Return the name of the model."""
        return MODELS[self.type]


@dataclass(slots=True)
class Site:
    """All devices that the gateway may reach."""

    devices: dict[int, Device] = field(default_factory=dict)

    @property
    def doors(self) -> list[Door]:
        """Return all doors, device after device."""
        return [door for item in self.devices.values() for door in item.doors.values()]

    def device(self, which: Device | int | str) -> Device:
        """Return a device by itself, its ID or its place. Raises LookupError."""
        if isinstance(which, Device):
            return which
        if which in self.devices:
            return self.devices[int(which)]
        devices = list(self.devices.values())
        if isinstance(which, int) and 0 <= which < len(devices):
            return devices[which]
        raise LookupError(f"no device {which}")

    def door(self, which: Door | int | str) -> Door:
        """Return a door by itself, its place, its name or `device/door`."""
        if isinstance(which, Door):
            return which
        for place, door in enumerate(self.doors):
            if which in (place, door.name, f"{door.device.id}/{door.id}"):
                return door
        raise LookupError(f"no door {which}")

    def master(self, device_id: int) -> Device | None:
        """Return the device that a device is attached to, or the device."""
        for device in self.devices.values():
            if device_id == device.id or device_id in device.slaves:
                return device
        return None


def card(number: int) -> bytes:
    """Return a card number as devices keep it."""
    return number.to_bytes(32, "big")


def pin_hash(pin: str) -> bytes:
    """Return what the gateway makes of a PIN."""
    return hashlib.sha256(f"gateway {pin}".encode()).digest()
