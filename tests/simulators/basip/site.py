"""The panel: its locks, door, identifiers, accounts and settings."""

from dataclasses import dataclass, field
import hashlib
from typing import Any
import uuid

type Json = dict[str, Any]

LOCKS = {"first": 1, "second": 2, "all": 0}
# owner, type, number, apartment, lock
IDENTIFIERS = (
    ("Jane Doe", "card", "3090069", "1-1-1-12", "all"),
    ("Jane Doe", "inputCode", "57301208", "1-1-1-12", "first"),
    ("John Roe", "card", "36184452", "1-1-1-13", "first"),
    ("Zoë Müller-Lüdenscheidt", "ukey", "04:A1:B2:C3", "1-1-2-21", "first"),
    ("Łukasz Żak", "qr", "0b2f4f0e-3c1e-4d1f-9a55-0d7a5a1f6e01", "", "second"),
    ("Анна Иванова", "license_plate", "AI 314", "1-1-3-31", "second"),
)
FACES = (("Jane Doe", "41"), ("山田 太郎", "42"))
ADMIN_PASSWORD = "Pförtner 123456"
MANAGER_PASSWORD = "concierge"


@dataclass(slots=True)
class Lock:
    """A lock, which cannot be read over the API."""

    number: int
    timeout: int = 3
    open_until: float = 0.0
    emergency_until: float = 0.0


@dataclass(slots=True)
class Door:
    """The door with the sensor; the times are the panel's."""

    is_open: bool = False
    opened_at: float = 0.0
    exceeded: bool = False


@dataclass(slots=True)
class Identifier:
    """What somebody identifies with, as the API has it."""

    uid: int
    owner: str
    owner_type: str
    type: str
    number: str
    lock: str
    valid: Json
    passes_left: int = -1
    apartment: str = ""


@dataclass(slots=True)
class Account:
    """Who may log in."""

    username: str
    password: str
    type: str

    @property
    def digest(self) -> str:
        """Return the MD5 of the password."""
        return hashlib.md5(self.password.encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class Management:
    """The settings of the management server; `sent` is the last row it took."""

    is_enabled: bool = False
    url: str = "link.bas-ip.com"
    password: str = ""
    is_logging_enabled: bool = True
    is_heartbeat_enabled: bool = True
    sent: int = -1


@dataclass(slots=True)
class Site:
    """All that the panel has besides its log."""

    serial: str
    locks: dict[int, Lock] = field(default_factory=dict)
    door: Door = field(default_factory=Door)
    identifiers: dict[int, Identifier] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    management: Management = field(default_factory=Management)
    exit_button: bool = True
    language: str = "English"
    next_uid: int = 1
    openings: list[Json] = field(default_factory=list)

    def add(self, identifier: Identifier) -> Identifier:
        """Add an identifier under the next number."""
        identifier.uid = self.next_uid
        self.next_uid += 1
        self.identifiers[identifier.uid] = identifier
        return identifier

    def find(self, which: int | str, kind: str = "") -> Identifier:
        """Return an identifier by uid, owner or number. Raises LookupError."""
        for item in self.identifiers.values():
            if which in (item.uid, item.owner, item.number) and kind in ("", item.type):
                return item
        raise LookupError(f"no identifier {which} {kind}".rstrip())


def build_site(locks: int | None, seed: int) -> Site:
    """Return a panel with two locks, or with just so many."""
    site = Site(str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{seed}.panel")))
    site.locks = {n: Lock(n) for n in range(1, 1 + (2 if locks is None else locks))}
    forever: Json = {"time": {"is_permanent": True}, "passes": {"is_permanent": True}}
    for owner, kind, number, apartment, lock in IDENTIFIERS:
        site.add(
            Identifier(
                0, owner, "owner", kind, number, lock, forever, apartment=apartment
            )
        )
    for account in (
        Account("admin", ADMIN_PASSWORD, "admin"),
        Account("manager", MANAGER_PASSWORD, "manager"),
    ):
        site.accounts[account.username] = account
    return site
