"""What of a person goes into the journal of the Access Events integration."""

from collections.abc import Iterable
from dataclasses import replace
import hashlib

from .models import AccessEvent, Person, mask_credential


def for_journal(
    event: AccessEvent, *, salt: str, names: bool, mask_credentials: bool
) -> AccessEvent:
    """Return the event as the user wants it kept.

    Without `names` a person becomes a pseudonym that is the same each time they come,
    and the system's own text is left out, since it often holds the name.
    """
    if mask_credentials and event.credential:
        event = replace(event, credential=mask_credential(event.credential))
    if names or not (event.person or event.message):
        return event
    return replace(
        event,
        person=_pseudonym(event.person, salt) if event.person else None,
        message=None,
    )


def is_among(person: Person | None, people: Iterable[Person]) -> bool:
    """Tell whether somebody is one of some people: by id, or by name if there is none."""
    if person is None:
        return False
    if person.id:
        return any(person.id == other.id for other in people)
    return bool(person.name) and any(person.name == other.name for other in people)


def _pseudonym(person: Person, salt: str) -> Person:
    """Return a stand-in for a person that says nothing about them."""
    known_by = person.id or person.name or ""
    digest = hashlib.blake2s(known_by.encode(), key=salt.encode()[:32], digest_size=4)
    code = digest.hexdigest()
    return Person(id=code, name=f"Person {code}")
