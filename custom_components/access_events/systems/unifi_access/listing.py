"""How UniFi Access lists devices, and the words that it has for states.

Source: API reference, sections Space and Device.
"""

from collections.abc import Mapping
from dataclasses import dataclass
import re
from typing import Any

from ..parsing import flag, items, text
from .records import clean_name, device_id, is_hub_type

_SERVES_MANY = re.compile(r"(UAH|HUB)[-_ ]?ENT|EAH", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A hub, a reader or the like; `id` is a MAC without colons, as a rule."""

    id: str
    name: str | None
    type: str
    is_hub: bool
    is_reader: bool
    hub_id: str | None
    location_id: str | None
    online: bool | None

    @property
    def serves_many(self) -> bool:
        """Return whether this is a hub for several doors."""
        return bool(_SERVES_MANY.search(self.type))


def read_device(row: Mapping[str, Any]) -> Device | None:
    """Return a device as it is listed."""
    found = device_id(row.get("id"))
    if found is None:
        return None
    abilities = {text(ability) for ability in items(row.get("capabilities"))}
    kind = text(row.get("type")) or ""
    online = flag(row.get("is_online"))
    return Device(
        id=found,
        name=clean_name(row.get("alias")) or clean_name(row.get("name")),
        type=kind,
        is_hub="is_hub" in abilities if abilities else is_hub_type(kind),
        is_reader="is_reader" in abilities if abilities else not is_hub_type(kind),
        hub_id=device_id(row.get("connected_uah_id")),
        location_id=text(row.get("location_id")),
        online=flag(row.get("is_connected")) if online is None else online,
    )


def read_open(value: object) -> bool | None:
    """Return what a position sensor says; "none", "" and null are no sensor."""
    word = (text(value) or "").casefold()
    return {"open": True, "opened": True, "close": False, "closed": False}.get(word)


def read_locked(value: object) -> bool | None:
    """Return what a lock's relay says."""
    word = (text(value) or "").casefold()
    return {"lock": True, "locked": True, "unlock": False, "unlocked": False}.get(word)


def read_picture(path: object, version: object) -> str | None:
    """Return a reference to a picture that changes when the picture does."""
    if (place := text(path)) is None or "://" in place:
        return None
    changed = text(version)
    return f"static:{place}#{changed}" if changed else f"static:{place}"
