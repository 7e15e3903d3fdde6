"""PDK's stream messages and report rows as access events.

Source: developer.pdk.io 2.0, "Streaming API", section Events: five shapes of payloads,
whose samples disagree about times (ms or ISO 8601), ids and topics.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from hashlib import blake2s
from itertools import zip_longest
from typing import Any

from ...models import AccessEvent, EventKind, Method, Person
from ..parsing import (
    LONGEST_TEXT,
    flag,
    from_milliseconds,
    items,
    mapping,
    milliseconds,
    text,
)
from .topics import KINDS, LIVE_EVENT, SAME, STREAMED

_FACTORS: Mapping[str, Method] = {
    "cardonly": Method.CARD,
    "card": Method.CARD,
    "pinonly": Method.PIN,
    "pin": Method.PIN,
    "cardandpin": Method.MULTI,
    "touch": Method.MOBILE,
    "mobile": Method.MOBILE,
    "bluetooth": Method.MOBILE,
    "token": Method.MOBILE,
    "virtualread": Method.REMOTE,
}
"""Ways to identify, which are spelled with or without underscores and capitals."""
_INPUTS = ("card", "pin", "virtualread")
"""What a report's name of an input tells of the way; software emulates the last one."""
_REASONS: Mapping[str, str] = {
    "device.request.filtered": "The card's facility code is filtered out",
    "rule.antipassback.violation": "anti-passback",
}
"""What a topic's own name tells of why it happened."""
_WORDS = "%s"


@dataclass(frozen=True, slots=True)
class Happening:
    """An event, with its time in ms and what tells where it happened.

    `node` is the cloud node's id or serial number, `topic` what PDK calls it, `id` that
    of the message.
    """

    event: AccessEvent
    at: int
    topic: str
    node: str | None = None
    device: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a `liveEvent` about something that has a message of its own."""

    words: str = field(repr=False)
    at: int
    topic: str
    device: str | None
    holder: str | None
    own: Happening
    """The same as an event, for topics that have no message of their own."""


def event_key(at: int, device: str | None, holder: str | None, result: str) -> str:
    """Return what stream and report both know one happening by.

    Rows of reports have no ids, so time (ms), device, holder and result have to do.
    """
    told = "\0".join((device or "", holder or "", SAME.get(result, result)))
    return f"{at}-{blake2s(told.encode(), digest_size=10).hexdigest()}"


def read_message(
    topic: str,
    payload: object,
    now: int,
    nodes: Mapping[str, str | None],
    devices: Container[str] = (),
) -> Happening | Text | None:
    """Return what a message of the stream tells; None if that can't be told.

    `now` (ms) stands in for a time that a known topic lacks; `nodes` has the names of
    cloud nodes by id and by serial number, `devices` the ids that are known.
    """
    raw = mapping(next(iter(items(payload)), None))
    at = _time(raw)
    known = text(topic)
    if known is None or not raw or (at is None and known not in STREAMED):
        return None
    topic = known
    at = now if at is None else at
    if topic == LIVE_EVENT:
        return _read_text(raw, at)
    body = mapping(raw.get("body"))
    if topic.startswith("device."):
        return _read_device(topic, raw, body or raw, at, devices)
    return _read_other(topic, raw, body, at, nodes)


def _time(raw: Mapping[str, Any]) -> int | None:
    """Return when it happened, wherever a shape has it."""
    for place in (raw, raw.get("metadata"), raw.get("details"), raw.get("body")):
        for key in ("occurred", "timestamp"):
            if (at := milliseconds(mapping(place).get(key))) is not None:
                return at
    return None


def _read_device(
    topic: str,
    raw: Mapping[str, Any],
    body: Mapping[str, Any],
    at: int,
    devices: Container[str],
) -> Happening:
    """Read what happened at a device (door).

    Its two ids disagree in PDK's samples: the one in `device` counts, unless only the
    other one is known.
    """
    device = mapping(body.get("device"))
    ids = (_id(body, "device"), text(body.get("deviceId")))
    device_id = next((one for one in ids if one in devices), ids[0] or ids[1])
    holder = mapping(body.get("holder"))
    holder_id = text(body.get("holderId")) or _id(body, "holder")
    name = text(holder.get("name"))
    card, facility = text(body.get("cardNumber")), text(body.get("facilityCode"))
    kind = KINDS.get(topic, EventKind.OTHER)
    node = mapping(raw.get("cloudNode"))
    event = AccessEvent(
        key=event_key(at, device_id, holder_id, topic),
        occurred_at=from_milliseconds(at),
        kind=kind,
        vendor_code=topic,
        door_id=device_id,
        door_name=text(device.get("name")),
        person=Person(id=holder_id, name=name) if holder_id or name else None,
        method=_method(topic, text(body.get("requestFactor")), card),
        credential=f"{facility}-{card}" if card and facility else card,
        reason=_reason(holder, at) if kind is EventKind.ACCESS_DENIED else None,
    )
    known_by = text(node.get("id")) or text(node.get("serialNumber"))
    return Happening(event, at, topic, known_by, device_id, text(raw.get("id")))


def _id(row: Mapping[str, Any], name: str) -> str | None:
    """Return the id of what is told as an object, or as its id."""
    return text(mapping(row.get(name)).get("id")) or text(row.get(name))


def _read_other(
    topic: str,
    raw: Mapping[str, Any],
    body: Mapping[str, Any],
    at: int,
    nodes: Mapping[str, str | None],
) -> Happening:
    """Read what happened to a cloud node, a controller or the whole system."""
    told = mapping(raw.get("cloudNode"))
    if topic.startswith("cloudnode."):
        told = {**raw, "id": raw.get("cloudNodeId"), **told, **body}
    node_id = text(told.get("id"))
    serial = text(told.get("serialNumber")) or text(raw.get("panelSn"))
    known = (one for one in (node_id, serial) if one in nodes)
    node = next(known, node_id or serial)
    name = text(told.get("name")) or (nodes.get(node) if node else None)
    connection = text(body.get("connectionId"))
    metadata = mapping(raw.get("metadata"))
    user_id, user = text(metadata.get("userId")), text(metadata.get("userName"))
    what = text(body.get("type")) or text(
        mapping(raw.get("details")).get("dataFlowStatus")
    )
    known_by = serial or node_id
    marks = "/".join(filter(None, (topic, connection, what, text(body.get("address")))))
    event = AccessEvent(
        key=event_key(at, known_by, user_id, marks),
        occurred_at=from_milliseconds(at),
        kind=KINDS.get(topic, EventKind.OTHER),
        vendor_code=topic,
        reader_id=connection or node,
        reader_name=name,
        person=Person(id=user_id, name=user) if user_id or user else None,
        message=what,
    )
    return Happening(event, at, topic, node)


def _read_text(raw: Mapping[str, Any], at: int) -> Text | None:
    """Read the words that a happening is described with."""
    words, topic = text(raw.get("info")), text(raw.get("topic"))
    if words is None or topic is None:
        return None
    ids: dict[str, str | None] = {}
    names: dict[str, str | None] = {}
    first, *parts = words.split(_WORDS)
    shown: list[str | None] = []
    for placeholder in map(mapping, items(raw.get("placeholders"))):
        shown.append(text(placeholder.get("text")))
        what = text(placeholder.get("type")) or ""
        ids.setdefault(what, text(placeholder.get("id")))
        names.setdefault(what, shown[-1])
    words = first + "".join(
        f"{name or '?'}{part}" for name, part in zip_longest(shown[: len(parts)], parts)
    )
    device, holder = ids.get("device"), ids.get("holder")
    words = words[:LONGEST_TEXT]
    event = AccessEvent(
        key=event_key(at, device, holder, topic),
        occurred_at=from_milliseconds(at),
        kind=KINDS.get(topic, EventKind.OTHER),
        vendor_code=topic,
        door_id=device,
        door_name=names.get("device"),
        person=(
            Person(id=holder, name=names.get("holder"))
            if holder or names.get("holder")
            else None
        ),
        reason=_REASONS.get(topic),
        message=words,
    )
    node = text(mapping(raw.get("cloudNode")).get("id"))
    own = Happening(event, at, topic, node, device)
    return Text(words, at, topic, device, holder, own)


def read_row(payload: object) -> Happening | None:
    """Return what a row of an event report tells; None without a time."""
    raw = mapping(payload)
    at = _time(raw)
    if at is None:
        return None
    details = mapping(raw.get("details"))
    happened, result = text(raw.get("event")), text(raw.get("result"))
    topic = _topic(happened, result)
    if topic is None:
        return None
    device = mapping(details.get("device"))
    holder = mapping(details.get("holder"))
    device_id = text(device.get("id")) or text(details.get("deviceId"))
    holder_id = text(details.get("holderId")) or text(holder.get("id"))
    name = text(details.get("holderName")) or text(holder.get("name"))
    card = text(details.get("cardNumber"))
    facility = text(details.get("facilityCode"))
    factor = text(details.get("requestFactor"))
    if factor is None and happened and topic.startswith("device.request."):
        factor = next((how for how in _INPUTS if how in happened), None)
    denied = KINDS.get(topic) is EventKind.ACCESS_DENIED
    event = AccessEvent(
        key=event_key(at, device_id, holder_id, topic),
        occurred_at=from_milliseconds(at),
        kind=KINDS.get(topic, EventKind.OTHER),
        vendor_code=topic,
        door_id=device_id,
        door_name=text(device.get("name")) or text(details.get("deviceName")),
        person=Person(id=holder_id, name=name) if holder_id or name else None,
        method=_method(topic, factor, card),
        credential=f"{facility}-{card}" if card and facility else card,
        reason=_REASONS.get(topic) or (text(details.get("reason")) if denied else None),
        message=text(raw.get("info")),
    )
    node = text(details.get("cloudNodeId"))
    return Happening(event, at, topic, node, device_id)


def _topic(happened: str | None, result: str | None) -> str | None:
    """Return the topic that a row's event and result stand for."""
    joined = (f"{happened}.{result}", f"device.request.{result}")
    for topic in filter(None, (result, happened, *joined)):
        if (known := topic.casefold()) in KINDS:
            return known
    return "/".join(filter(None, (happened, result))) or None


def _method(topic: str, factor: str | None, card: str | None) -> Method | None:
    """Return how somebody identified, if somebody did."""
    if not topic.startswith("device.request."):
        return None
    if topic == "device.request.multiallowed":
        return Method.MULTI
    if ".ecard." in topic:
        # An emergency card, which works while the cloud node is alone.
        return Method.CARD
    known = _FACTORS.get((factor or "").replace("_", "").casefold())
    return known or (Method.CARD if card else Method.UNKNOWN)


def _reason(holder: Mapping[str, Any], at: int) -> str | None:
    """Return why a holder was denied, where what is told of the holder explains it."""
    if flag(holder.get("enabled")) is False:
        return "The holder is disabled"
    begins = milliseconds(holder.get("activeDate"))
    ends = milliseconds(holder.get("expireDate"))
    if begins is not None and at < begins:
        return "The holder is not active yet"
    if ends is not None and at > ends:
        return "The holder has expired"
    return None
