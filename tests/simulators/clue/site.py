"""The places, doors, devices, people and keys of the simulated cloud."""

import base64
from dataclasses import dataclass, field
import hashlib
import json
from typing import Any
import uuid

# name, card in decimal, PIN
PEOPLE = (
    ("Jane Doe", "1811940692", "57301208"),
    ("John Roe", "907559890", ""),
    ("Zoë Müller-Lüdenscheidt", "78321412", ""),
    ("Łukasz Żak", "21639505", "24681012"),
    ("山田 太郎", "", ""),
    ("Анна Иванова", "", "13579135"),
)
DOORS = ("SupremaJP_In", "SupremaJP_Out", "SmartLight", "Büro")
PLACE = 448
OTHER_PLACE = 449
SCHEDULES = (333, 334)
_YEAR_MS = 365 * 86_400_000


@dataclass(slots=True)
class Device:
    """A reader that keeps its own log and uploads it when it is online.

    Args:
        waiting: Rows that the cloud does not have yet, oldest first.
        hold: How many of the next rows stay on the device until they are released.
    """

    id: int
    place_id: int
    next_local_id: int
    online: bool = True
    hold: int = 0
    waiting: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Door:
    """A door and the device at it."""

    id: int
    name: str
    place_id: int
    device: Device
    relay_on: bool = False


@dataclass(slots=True)
class Person:
    """A person with an authorisation (`auth`) at a place."""

    auth_id: int
    user_id: int
    key: str
    name: str
    place_id: int
    auth: dict[str, Any]
    cards: tuple[str, ...] = ()


@dataclass(slots=True)
class ApiKey:
    """A key of the portal, with its validity and its places."""

    name: str
    value: str
    expires_at: int
    places: tuple[int, ...]


@dataclass(slots=True)
class Site:
    """All of the cloud that this simulator has."""

    seed: int
    doors: list[Door] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    issued: int = 0
    next_auth_id: int = 107_909
    next_user_id: int = 106_569

    def door(self, which: Door | int | str) -> Door:
        """Return a door by its object, name, id or index. Raises LookupError."""
        if isinstance(which, Door):
            return which
        for door in self.doors:
            if which in (door.name, door.id, str(door.id)):
                return door
        if isinstance(which, int) and 0 <= which < len(self.doors):
            return self.doors[which]
        raise LookupError(f"no door {which}")

    def device(self, which: Door | Device | int | str) -> Device:
        """Return a device by its object or id, or by a door. Raises LookupError."""
        if isinstance(which, Device):
            return which
        for door in self.doors:
            if which in (door.device.id, str(door.device.id)):
                return door.device
        return self.door(which).device

    def person(self, which: Person | int | str) -> Person:
        """Return a person by object, name, key or index. Raises LookupError."""
        if isinstance(which, Person):
            return which
        for person in self.people:
            if which in (person.name, person.key):
                return person
        if isinstance(which, int) and 0 <= which < len(self.people):
            return self.people[which]
        raise LookupError(f"no person {which}")

    def add_key(
        self, name: str, now_ms: int, places: tuple[int, ...], years: float
    ) -> ApiKey:
        """Issue a key: a JWT that depends on the seed and the names only."""
        expires = now_ms + int(years * _YEAR_MS)
        self.issued += 1
        head = _part({"alg": "HS256", "typ": "JWT"})
        body = _part({"sub": name, "jti": self.issued})
        sign = hashlib.sha256(f"{self.seed}:{head}.{body}".encode()).digest()
        value = f"{head}.{body}.{base64.urlsafe_b64encode(sign).decode().rstrip('=')}"
        self.keys[value] = ApiKey(name, value, expires, places)
        return self.keys[value]

    def add_person(
        self, key: str, name: str, place_id: int, auth: dict[str, Any]
    ) -> Person:
        """Add a person with an authorisation as a registration has it."""
        credentials = auth.get("credentials", {})
        cards = tuple(str(card["cardNumber"]) for card in credentials.get("cards", ()))
        person = Person(
            self.next_auth_id, self.next_user_id, key, name, place_id, auth, cards
        )
        self.next_auth_id += 1
        self.next_user_id += 1
        self.people.append(person)
        return person

    def uuid(self, name: str) -> str:
        """Return a UUID that depends on the seed and the name only."""
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{self.seed}.{name}"))


def build_site(doors: int | None, seed: int, now_ms: int) -> Site:
    """Return the default site, or one with just so many doors."""
    site = Site(seed)
    wanted = len(DOORS) if doors is None else doors
    names = [*DOORS[:wanted], *(f"Door {n + 1}" for n in range(len(DOORS), wanted))]
    for index, name in enumerate(names):
        device = Device(1343 + index, PLACE, 25_276 + 1000 * index)
        site.doors.append(Door(645 + index, name, PLACE, device))
    site.doors.append(
        Door(901, "Other Branch", OTHER_PLACE, Device(1990, OTHER_PLACE, 17))
    )
    for name, card, pin in PEOPLE:
        credentials: dict[str, Any] = {"faceImages": []}
        if card:
            credentials["cards"] = [{"cardNumber": card, "formatType": "CSN"}]
        if pin:
            credentials["pin"] = pin
        site.add_person(
            site.uuid(name),
            name,
            PLACE,
            {
                "activeStatus": "ACTIVE",
                "startTime": now_ms - _YEAR_MS,
                "endTime": now_ms + _YEAR_MS,
                "doorAccessType": "ALL_DOOR",
                "scheduleType": "ALWAYS",
                "credentials": credentials,
            },
        )
    site.add_key("full", now_ms, (PLACE,), 1)
    site.add_key("group", now_ms, (PLACE, OTHER_PLACE), 3)
    site.add_key("elsewhere", now_ms, (OTHER_PLACE,), 1)
    site.add_key("expired", now_ms, (PLACE,), -0.01)
    return site


def _part(value: dict[str, Any]) -> str:
    """Return a part of a JWT."""
    text = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")
