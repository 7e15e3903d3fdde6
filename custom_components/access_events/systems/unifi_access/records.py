"""What UniFi Access records of one happening, whichever way it is told.

The log's rows and two kinds of notifications tell the same in different shapes.
Source: API reference, System Log; the shapes of notifications were observed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
import hashlib
import re
from typing import Any
import unicodedata

from ..parsing import items, mapping, milliseconds, text

_DEVICE_TYPE = re.compile(r"(UAH?|UGT|UVC)(?![a-z0-9])", re.IGNORECASE)
_HUB_TYPE = re.compile(r"UAH|UGT|UA-?ULTRA|.*HUB|device_ua_hub$", re.IGNORECASE)
_GAPS = re.compile(r"[\s-]+")
_MAC = re.compile(r"[0-9a-f]{12}")
# Nothing that the console adds to a row some seconds later may be in here.
_IDENTIFYING = ("door", "user", "visitor", "policy", "device_config")
_TELLING = (
    *_IDENTIFYING,
    "event_object",
    "opened_direction",
    "unlock_source",
    "nfc_id",
    "activities_resource",
    "capture",
    "reader_capture",
    "camera_capture",
)
_DEVICE_KEYS = ("device", "device_ua_hub", "device_ua_reader")


class View(StrEnum):
    """Which channel told of a happening; each tells it once."""

    ROW = "row"
    LOG = "log"
    INSIGHT = "insight"
    STATE = "state"
    BELL = "bell"


@dataclass(frozen=True, slots=True)
class Target:
    """Something that an event is about: a door, a device or a picture."""

    type: str
    id: str | None = None
    name: str | None = None
    other: str | None = None

    @property
    def is_hub(self) -> bool:
        """Return whether this is what drives a door's lock."""
        return is_hub_type(self.type)


# There are few types, and each notification names a dozen.
@lru_cache(maxsize=256)
def _is_device_type(name: str) -> bool:
    """Return whether a target of this type is a hub, a reader or the like."""
    return name in _DEVICE_KEYS or bool(_DEVICE_TYPE.match(name))


@lru_cache(maxsize=256)
def is_hub_type(name: str) -> bool:
    """Return whether a target of this type drives a door's lock."""
    return bool(_HUB_TYPE.match(name))


@lru_cache(maxsize=256)
def _is_telling(name: str) -> bool:
    """Return whether targets of this type tell anything that an event has a place for."""
    return name in _TELLING or _is_device_type(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One happening as one channel tells it; texts are None where nothing was said."""

    view: View
    native_id: str | None = None
    at: int
    """The device's time, in milliseconds since 1970."""
    type: str
    log_key: str = ""
    result: str = ""
    message: str | None = field(default=None, repr=False)
    reason: str | None = None
    provider: str = ""
    issuer: str | None = field(default=None, repr=False)
    actor_id: str | None = None
    actor_name: str | None = field(default=None, repr=False)
    actor_type: str = ""
    targets: tuple[Target, ...] = field(default=(), repr=False)

    def targets_of(self, *types: str) -> list[Target]:
        """Return the targets of some types, in the order of the types."""
        return [
            target
            for wanted in types
            for target in self.targets
            if target.type == wanted
        ]

    @property
    def devices(self) -> list[Target]:
        """Return the hubs and readers, in the order they were told."""
        return [target for target in self.targets if _is_device_type(target.type)]

    @property
    def identity(self) -> str:
        """Return what tells two happenings of one channel apart.

        That is the console's id, or else a hash of all but what the console may add
        later, such as pictures.
        """
        if self.native_id:
            return self.native_id
        parts = [
            self.at,
            self.type,
            self.log_key,
            self.result,
            self.message,
            self.provider,
            self.issuer,
            self.actor_id,
            self.actor_name,
            *sorted(
                f"{target.type}:{target.id}:{target.name}"
                for target in self.targets
                if target.type in _IDENTIFYING or _is_device_type(target.type)
            ),
        ]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def clean_name(value: object) -> str | None:
    """Return a name as people write it: no blanks around it, one form of its letters."""
    name = text(value)
    if name is None or name.isascii():
        return name
    return unicodedata.normalize("NFC", name)


def device_id(value: object) -> str | None:
    """Return a device's id as the console lists it: a MAC has no colons, in lower case."""
    name = text(value)
    if name is None:
        return None
    plain = name.replace(":", "").replace("-", "").lower()
    return plain if _MAC.fullmatch(plain) else name


def hits(data: object) -> list[Any]:
    """Return the rows in the `data` of the log's answer: it is an object or a list."""
    if isinstance(data, list):
        return data
    found = mapping(data).get("hits")
    return found if isinstance(found, list) else []


def from_hit(hit: object, view: View, object_id: object = None) -> Record | None:
    """Return what a row of the log says, None if it can't be understood.

    `object_id` is what the notification that brought the row says it is about.
    """
    row = mapping(hit)
    source = mapping(row.get("_source")) or row
    event = mapping(source.get("event"))
    at = milliseconds(event.get("published")) or milliseconds(row.get("@timestamp"))
    if at is None or not event:
        return None
    result = _word(event.get("result"))
    actor = mapping(source.get("actor"))
    authentication = mapping(source.get("authentication"))
    targets = source.get("target", source.get("targets"))
    return Record(
        view=view,
        native_id=text(row.get("_id")),
        at=at,
        type=_type(event.get("type"), event.get("log_key"), result),
        log_key=text(event.get("log_key")) or "",
        result=result,
        message=text(event.get("display_message")),
        reason=text(event.get("reason")),
        provider=_word(authentication.get("credential_provider")),
        issuer=text(authentication.get("issuer")),
        actor_id=text(actor.get("id")),
        actor_name=clean_name(actor.get("display_name")),
        actor_type=(text(actor.get("type")) or "").casefold(),
        targets=tuple(
            Target(
                type=kind,
                id=text(target.get("id")),
                name=clean_name(target.get("display_name")),
                other=text(target.get("alternate_id")),
            )
            for target in map(mapping, items(targets))
            if (kind := text(target.get("type"))) is not None and _is_telling(kind)
        )
        + _about(object_id),
    )


def from_insight(frame_data: object, object_id: object = None) -> Record | None:
    """Return what an `access.logs.insights.add` notification says, None if nothing."""
    data = mapping(frame_data)
    at = milliseconds(data.get("published"))
    if at is None:
        return None
    result = _word(data.get("result"))
    metadata = mapping(data.get("metadata"))
    actor = _first(metadata.get("actor"))
    authentication = _first(metadata.get("authentication"))
    return Record(
        view=View.INSIGHT,
        native_id=text(data.get("_id")),
        at=at,
        type=_type(data.get("event_type"), data.get("log_key"), result),
        log_key=text(data.get("log_key")) or "",
        result=result,
        message=text(data.get("message")) or text(data.get("display_message")),
        reason=text(data.get("reason")),
        provider=_word(
            text(authentication.get("credential_provider"))
            or text(authentication.get("display_name"))
            or text(metadata.get("opened_method"))
            or text(_first(metadata.get("opened_method")).get("display_name"))
        ),
        issuer=text(authentication.get("issuer")),
        actor_id=text(actor.get("id")),
        actor_name=clean_name(actor.get("display_name")),
        actor_type=(text(actor.get("type")) or "").casefold(),
        targets=(*_insight_targets(metadata), *_about(object_id)),
    )


def _type(told: object, log_key: object, result: str) -> str:
    """Return what kind of thing happened; only accesses are granted or blocked."""
    return (
        text(told)
        or text(log_key)
        or ("access.door.unlock" if result in ("ACCESS", "BLOCKED") else "unknown")
    )


def _about(object_id: object) -> tuple[Target, ...]:
    """Return as a target what a notification says it is about."""
    told = text(object_id)
    return () if told is None else (Target(type="event_object", id=told),)


def _insight_targets(metadata: Mapping[str, Any]) -> Iterator[Target]:
    """Return a notification's metadata as the targets that a row would have."""
    for key, value in metadata.items():
        if key in ("actor", "authentication"):
            continue
        for target in map(mapping, items(value)):
            kind = text(target.get("type")) or key
            if key == "opened_direction":
                kind = "device_config"
            elif (
                key == "door"
                or (key in _DEVICE_KEYS and not _DEVICE_TYPE.match(kind))
                or (
                    key not in _DEVICE_KEYS
                    and kind
                    not in (
                        "activities_resource",
                        "nfc_id",
                    )
                )
            ):
                kind = key
            if _is_telling(kind):
                yield Target(
                    type=kind,
                    id=text(target.get("id")),
                    name=clean_name(target.get("display_name") or target.get("name")),
                    other=text(target.get("alternate_id")),
                )


def _first(value: object) -> Mapping[str, Any]:
    """Return the first object of what may be an object or a list."""
    found = items(value)
    return mapping(found[0]) if found else {}


def _word(value: object) -> str:
    """Return a result or a means of identification in one spelling."""
    return _GAPS.sub("_", text(value) or "").upper()
