"""What UniFi Access records of one happening, whichever way it is told.

The log's rows and two kinds of notifications tell the same in different shapes.
Source: API reference, System Log; the shapes of notifications were observed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import chain
import re
from typing import Any, NamedTuple
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


class Target(NamedTuple):
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
def _is_identifying(name: str) -> bool:
    """Return whether a row that has another target of this type is another row."""
    return name in _IDENTIFYING or _is_device_type(name)


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
    targets: Mapping[str, Sequence[Target]] = field(default_factory=dict, repr=False)
    """What it is about, by type, in the order it was told."""

    def targets_of(self, *types: str) -> Iterator[Target]:
        """Return the targets of some types, in the order of the types."""
        return chain.from_iterable(self.targets.get(kind, ()) for kind in types)

    @property
    def devices(self) -> list[Target]:
        """Return the hubs and readers."""
        return [
            target
            for kind, targets in self.targets.items()
            if _is_device_type(kind)
            for target in targets
        ]

    @property
    def identity(self) -> str | int:
        """Return what tells two happenings of one channel apart while this runs.

        That is the console's id, or else a hash of all but what the console may add
        later, such as pictures.
        """
        if self.native_id:
            return self.native_id
        return hash(
            (
                self.at,
                self.type,
                self.log_key,
                self.result,
                self.message,
                self.provider,
                self.issuer,
                self.actor_id,
                self.actor_name,
                frozenset(
                    (kind, target.id, target.name)
                    for kind, targets in self.targets.items()
                    if _is_identifying(kind)
                    for target in targets
                ),
            )
        )


def clean_name(value: object) -> str | None:
    """Return a name as people write it: no blanks around it, one form of its letters."""
    name = text(value)
    if name is None or name.isascii():
        return name
    return unicodedata.normalize("NFC", name)


def device_id(value: object) -> str | None:
    """Return a device's id as the console lists it: a MAC has no colons, in lower case."""
    name = text(value)
    return None if name is None else _plain_id(name)


# A site has few devices, and each notification names them several times.
@lru_cache(maxsize=1024)
def _plain_id(name: str) -> str:
    """Return an id without the colons and capitals that a MAC may be written with."""
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
        targets=_by_type(chain(_row_targets(targets), _about(object_id))),
    )


def _row_targets(targets: object) -> Iterator[Target]:
    """Return the targets of a row that tell anything."""
    for target in map(mapping, items(targets)):
        kind = text(target.get("type"))
        if kind is not None and _is_telling(kind):
            yield Target(
                type=kind,
                id=text(target.get("id")),
                name=clean_name(target.get("display_name")),
                other=text(target.get("alternate_id")),
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
        targets=_by_type(chain(_insight_targets(metadata), _about(object_id))),
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


@lru_cache(maxsize=256)
def _insight_type(key: str, told: str | None) -> str:
    """Return the type that a row would give to something in a notification's metadata."""
    if key == "opened_direction":
        return "device_config"
    if told is None or key == "door":
        return key
    if key in _DEVICE_KEYS:
        return told if _DEVICE_TYPE.match(told) else key
    return told if told in ("activities_resource", "nfc_id") else key


def _insight_targets(metadata: Mapping[str, Any]) -> Iterator[Target]:
    """Return a notification's metadata as the targets that a row would have."""
    for key, value in metadata.items():
        if key in ("actor", "authentication"):
            continue
        for target in map(mapping, items(value)):
            kind = _insight_type(key, text(target.get("type")))
            if _is_telling(kind):
                yield Target(
                    type=kind,
                    id=text(target.get("id")),
                    name=clean_name(target.get("display_name") or target.get("name")),
                    other=text(target.get("alternate_id")),
                )


def _by_type(targets: Iterable[Target]) -> dict[str, list[Target]]:
    """Return targets by their type."""
    found: dict[str, list[Target]] = {}
    for target in targets:
        found.setdefault(target.type, []).append(target)
    return found


def _first(value: object) -> Mapping[str, Any]:
    """Return the first object of what may be an object or a list."""
    found = items(value)
    return mapping(found[0]) if found else {}


def _word(value: object) -> str:
    """Return a result or a means of identification in one spelling."""
    return _GAPS.sub("_", text(value) or "").upper()
