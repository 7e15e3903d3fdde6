"""What the event codes of Suprema devices mean."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from ...models import EventKind, Method
from .code_table import CODES, SUB_CODES


class Subject(StrEnum):
    """Whom an event concerns, and so what its user and entity fields hold."""

    USER = "user"
    DEVICE = "device"
    DOOR = "door"
    ZONE = "zone"
    LIFT = "lift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a code with its sub code means."""

    name: str
    kind: EventKind = EventKind.OTHER
    subject: Subject | None = None
    method: Method | None = None
    words: str | None = None
    """Why, or by what, as the sub code tells."""


# Kinds that a sub code changes. What was excused was allowed.
_KINDS = {
    (0x1100, 0x01): EventKind.UNKNOWN_CREDENTIAL,
    (0x1100, 0x02): EventKind.UNKNOWN_CREDENTIAL,
    (0x1100, 0x08): EventKind.UNKNOWN_CREDENTIAL,
    (0x1100, 0x09): EventKind.UNKNOWN_CREDENTIAL,
    (0x1100, 0x0A): EventKind.UNKNOWN_CREDENTIAL,
    (0x1100, 0x0B): EventKind.UNKNOWN_CREDENTIAL,
    (0x1100, 0x0C): EventKind.UNKNOWN_CREDENTIAL,
    (0x1100, 0x0D): EventKind.UNKNOWN_CREDENTIAL,
    (0x1800, 0x01): EventKind.ACCESS_DENIED,
    (0x1800, 0x03): EventKind.ACCESS_DENIED,
    (0x1800, 0x04): EventKind.ACCESS_DENIED,
    (0x1800, 0x06): EventKind.ACCESS_DENIED,
    (0x1800, 0x07): EventKind.ACCESS_DENIED,
    (0x1900, 0x08): EventKind.ACCESS_GRANTED,
    (0x1900, 0x09): EventKind.ACCESS_GRANTED,
    (0x1900, 0x10): EventKind.ACCESS_GRANTED,
    (0x5C00, 0x01): EventKind.AUTO_OPEN_ENDED,
}
_METHODS = {
    0x1A00: Method.FINGER,
    0x4A00: Method.BUTTON,
    0x4A01: Method.REMOTE,
    0x4B00: Method.REMOTE,
    0x4C00: Method.REMOTE,
}


def _build() -> dict[tuple[int, int], Meaning]:
    """Return the meaning of each pair of code and sub code that is known."""
    groups: dict[str, list[list[str]]] = {}
    for line in SUB_CODES.strip().splitlines():
        if line.startswith("["):
            group = groups.setdefault(line.strip("[]"), [])
        else:
            group.append(line.split(maxsplit=3))
    known: dict[tuple[int, int], Meaning] = {}
    for line in CODES.strip().splitlines():
        if line.startswith("["):
            subject = Subject(line.strip("[]"))
            continue
        text, name, kind, *group_name = line.split()
        code = int(text, 16)
        plain = Meaning(
            name=name,
            kind=EventKind(kind),
            subject=subject,
            method=_METHODS.get(code),
        )
        known[code, 0] = plain
        for digits, sub_name, method, words in (
            groups[group_name[0]] if group_name else ()
        ):
            sub_code = int(digits, 16)
            known[code, sub_code] = replace(
                plain,
                name=f"{name}/{sub_name}",
                kind=_KINDS.get((code, sub_code), plain.kind),
                method=plain.method if method == "-" else Method(method),
                words=words,
            )
    return known


KNOWN = _build()


@lru_cache(maxsize=1024)
def look_up(code: int, sub_code: int) -> Meaning:
    """Return what a code with its sub code means.

    Gateways before V1.9 put into the sub code of a door request what later ones put
    into the code, so both are understood. Of an unknown sub code the code counts.
    """
    base = code & 0xFF00
    for key in ((code, sub_code), (code | sub_code, 0), (base, code & 0xFF)):
        if meaning := KNOWN.get(key):
            return meaning
    raw = f"{code:#06x}/{sub_code:#04x}"
    for key in ((code, 0), (base, 0)):
        if meaning := KNOWN.get(key):
            return replace(meaning, name=f"{meaning.name} ({raw})")
    return Meaning(name=raw)
