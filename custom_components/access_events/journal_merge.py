"""Two views of one event as one, and events as every database can keep them."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

from .journal_schema import NAME_LENGTH
from .models import AccessEvent, Method, Person

TEXTS = ("credential", "reason", "message", "image_ref")
"""The texts that one view of an event may tell, and another may not."""

_ALL_TEXTS = (
    *("vendor_code", "door_id", "door_name", "reader_id", "reader_name"),
    *TEXTS,
)
_TEXT_LENGTH = 16_000

type Pair = tuple[str | None, str | None]
"""A system's own id and a name."""


def stored_key(key: str) -> str:
    """Return a key as every database can keep it; nearly always it stays as it is."""
    if not (key.isascii() and key.isprintable()):
        key = cleaned(key)
    if len(key) <= NAME_LENGTH:
        return key
    digest = sha256(key.encode()).hexdigest()
    return key[: NAME_LENGTH - len(digest)] + digest


def merge(held: AccessEvent, newer: AccessEvent) -> AccessEvent:
    """Return what is held, with what it lacks filled from another view of it.

    A name goes with its id: it is not taken over from a view that names another.
    """
    changes: dict[str, Any] = {
        name: getattr(newer, name)
        for name in TEXTS
        if not getattr(held, name) and getattr(newer, name)
    }
    for ref, name in (("door_id", "door_name"), ("reader_id", "reader_name")):
        before = getattr(held, ref), getattr(held, name)
        after = _merge_pair(before, (getattr(newer, ref), getattr(newer, name)))
        if after != before:
            changes[ref], changes[name] = after
    if newer.person is not None:
        before = pair(held.person)
        after = _merge_pair(before, pair(newer.person))
        if after != before:
            changes["person"] = Person(id=after[0], name=after[1])
    if held.direction is None and newer.direction is not None:
        changes["direction"] = newer.direction
    if held.method is not newer.method and (
        held.method is None or (held.method is Method.UNKNOWN and newer.method)
    ):
        changes["method"] = newer.method
    return replace(held, **changes) if changes else held


def _merge_pair(held: Pair, newer: Pair) -> Pair:
    """Return an id and a name, filled unless the other view has another id."""
    if held[0] and newer[0] and held[0] != newer[0]:
        return held
    return held[0] or newer[0] or None, held[1] or newer[1] or None


def pair(person: Person | None) -> Pair:
    """Return the id and the name of a person."""
    return (None, None) if person is None else (person.id, person.name)


def cleaned(text: str) -> str:
    """Return text without what some databases refuse: NUL, half characters."""
    text = text.encode("utf-8", "replace").decode().replace("\x00", "")
    return text[:_TEXT_LENGTH]


def cleaned_event(event: AccessEvent) -> AccessEvent:
    """Return an event that any database takes."""
    changes: dict[str, Any] = {
        name: cleaned(text) for name in _ALL_TEXTS if (text := getattr(event, name))
    }
    if event.person is not None:
        ref, name = pair(event.person)
        changes["person"] = Person(id=ref and cleaned(ref), name=name and cleaned(name))
    return replace(event, **changes)
