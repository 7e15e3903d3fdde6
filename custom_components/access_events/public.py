"""How an event is shown outside: on the bus, in responses and in files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .models import Person, StoredEvent


def public_event(
    stored: StoredEvent, vendor: str, device_id: str | None, ha_person: str | None
) -> dict[str, Any]:
    """Return an event's fields flat, with where it comes from.

    `device_id` is Home Assistant's, of the door; `ha_person` is the entity that the
    person is linked to; `received_at` is our time.
    """
    return {
        **stored.event.public(),
        "entry_id": stored.entry_id,
        "vendor": vendor,
        "device_id": device_id,
        "received_at": stored.received_at.isoformat(),
        "ha_person": ha_person,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """Where events come from: vendors by entry, and devices by entry and door.

    `persons` tells by entry which of Home Assistant's persons somebody is.
    """

    vendors: Mapping[str, str]
    persons: Mapping[str, Callable[[Person | None], str | None]]
    devices: Mapping[tuple[str, str], str]

    def of(self, entry_id: str, door_id: str | None) -> tuple[str, str, str | None]:
        """Return the entry, its vendor, and Home Assistant's id of the door's device."""
        device_id = None if door_id is None else self.devices.get((entry_id, door_id))
        return entry_id, self.vendors.get(entry_id, ""), device_id

    def ha_person(self, entry_id: str, person: Person | None) -> str | None:
        """Return the entity of Home Assistant that a system's person is linked to."""
        link = self.persons.get(entry_id)
        return link(person) if link else None

    def public(self, stored: StoredEvent) -> dict[str, Any]:
        """Return an event's fields as on the bus, and whether it was live."""
        _, vendor, device_id = self.of(stored.entry_id, stored.event.door_id)
        ha_person = self.ha_person(stored.entry_id, stored.event.person)
        return {
            **public_event(stored, vendor, device_id, ha_person),
            "live": stored.live,
        }
