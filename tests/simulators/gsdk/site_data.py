"""The site that the simulator starts with, for any number of doors."""

from .log import DeviceLog
from .site import (
    BIOSTATION_3,
    CORESTATION_40,
    DISCONNECTED,
    FACESTATION_F2,
    TLS_CONNECTED,
    Device,
    Door,
    Face,
    Site,
    User,
    Zone,
    card,
    pin_hash,
)

CAPACITY = 1_000_000
GROUPS = {1: "Staff", 2: "Visitors", 3: "Cleaning"}
LEVELS = {1: "All doors", 2: "Entrance only"}
ENTRANCE, CONTROLLER, ANNEX = 541530887, 542192231, 547832961
READERS = (541651432, 541651433, 541651434, 541651435)

# ID, name, card number, PIN, fingers, has a face, groups
PEOPLE = (
    ("1", "Jane Doe", 0x6FC02554, "57301208", 2, True, (1,)),
    ("2", "John Roe", 0x36184452, "88120934", 1, False, (1,)),
    ("3", "Zoë Müller-Lüdenscheidt", 0x04A1B2C3D4E580, "", 0, True, (1, 3)),
    ("4", "Łukasz Żak", 0x014A3151, "24681012", 0, False, (3,)),
    ("5", "山田太郎", 0x70112233, "", 2, True, (1,)),
    ("6", "Анна Иванова", 0, "13579135", 1, True, (1,)),
    ("7", "Conor O'Brien", 0x068E2836, "90817263", 1, True, (1, 2)),
    ("8", "Victor Visitor", 0x068E2839, "", 0, False, (2,)),
    ("9", "Former Employee", 0x068E2840, "11223344", 0, False, (1,)),
)

_NAMES = ("Main Entrance", "Staff Door", "Warehouse", "Car Park", "Annex")


def build_site(doors: int | None) -> Site:
    """Return the default site, or one with just so many doors."""
    site = Site()
    entrance = _device(site, ENTRANCE, BIOSTATION_3, "10.0.0.8")
    controller = _device(site, CONTROLLER, CORESTATION_40, "10.0.0.9")
    annex = _device(site, ANNEX, FACESTATION_F2, "10.0.0.10")
    controller.status, controller.use_ssl = TLS_CONNECTED, True
    controller.slaves = list(READERS)
    annex.powered, annex.status = False, DISCONNECTED
    wanted = len(_NAMES) if doors is None else doors
    places = (
        (entrance, 1, ENTRANCE, 0, True),
        (entrance, 2, ENTRANCE, 0, False),
        (controller, 1, READERS[0], READERS[1], True),
        (controller, 2, READERS[2], 0, True),
        (annex, 1, ANNEX, 0, True),
    )
    for name, place in list(zip(_NAMES, places, strict=True))[:wanted]:
        device, number, reader, exit_reader, sensor = place
        device.doors[number] = Door(
            id=number,
            name=name,
            device=device,
            reader=reader,
            exit_reader=exit_reader,
            sensor=sensor,
        )
    _more_doors(site, wanted - len(_NAMES))
    _add_zones(entrance, controller)
    for device in site.devices.values():
        _add_people(device)
    return site


def _device(site: Site, number: int, kind: int, ip: str) -> Device:
    """Add a device to the site."""
    device = Device(id=number, type=kind, ip=ip, log=DeviceLog(CAPACITY))
    site.devices[number] = device
    if device.camera:
        device.filters = {0x1000: 1, 0x1100: 1, 0x1300: 1, 0x1400: 1, 0x1900: 1}
    return device


def _more_doors(site: Site, count: int) -> None:
    """Add controllers with eight doors each."""
    for index in range(max(0, count)):
        number, place = divmod(index, 8)
        key = CONTROLLER + 100 + number
        device = site.devices.get(key) or _device(
            site, key, CORESTATION_40, f"10.0.{1 + number // 250}.{1 + number % 250}"
        )
        device.doors[place + 1] = Door(
            id=place + 1,
            name=f"Door {index + len(_NAMES) + 1:03}",
            device=device,
            reader=key,
        )


def _add_zones(entrance: Device, controller: Device) -> None:
    """Add zones of all kinds."""
    for device, number, kind, name in (
        (controller, 1, "intrusion", "Warehouse alarm"),
        (controller, 2, "intrusion", "Office alarm"),
        (controller, 1, "fire", "Fire alarm"),
        (controller, 1, "interlock", "Air lock"),
        (controller, 1, "lift", "Goods lift"),
        (entrance, 1, "apb", "Lobby"),
        (entrance, 1, "timed_apb", "Canteen"),
        (entrance, 1, "lock", "Night lock"),
    ):
        device.zones[kind, number] = Zone(id=number, kind=kind, name=name)


def _add_people(device: Device) -> None:
    """Add the staff and one visitor."""
    device.groups = dict(GROUPS)
    for number, name, csn, pin, fingers, has_face, groups in PEOPLE:
        device.users[number] = User(
            id=number,
            name=name,
            flag=0x81 if name.startswith("Former") else 1,
            cards=[(1, card(csn))] if csn else [],
            faces=(
                [Face(flag=0x20, templates=(f"face {number}".encode() * 64,))]
                if has_face and device.camera
                else []
            ),
            groups=list(groups),
            pin=pin_hash(pin) if pin else b"",
            fingers=fingers,
        )
