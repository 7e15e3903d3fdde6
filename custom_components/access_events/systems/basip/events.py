"""Rows of a BAS-IP panel's log as access events.

Source: BAS-IP's API page "Get logs list", the schema of `list_items` and all models of
`info.model`. Numbers come as text there and lists as single objects, so nothing is
taken for granted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2s
import json
import re
from typing import Any

from ...models import AccessEvent, EventKind, Method, Person, mask_credential
from ..parsing import (
    flag,
    from_milliseconds,
    integer,
    items,
    mapping,
    milliseconds,
    text,
)
from .keys import METHODS, REASONS, REJECTED, meaning

MAIN_DOOR = "1"

_SECRET = ("number", "code", "card", "qr", "identifier_number")
_CODES = ("input_code", "inputcode")
_DIGITS = re.compile(r"(?<![•\d])\d{4,}")
_DEEPEST = 20
"""How deep a model is looked at; those of panels are not half as deep."""
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_CALLS = frozenset({"outgoing_call", "outgoing_call_missed", "incoming_call"})


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the log. `at` is in ms of the panel's clock.

    `base_key` is the event's key before equal rows of one moment were numbered.
    """

    at: int
    category: str | None
    base_key: str
    event: AccessEvent


def read_rows(
    payloads: Iterable[Any], counts: Counter[str] | None = None
) -> tuple[list[Row], list[Any]]:
    """Return rows in the order in which they happened, and what is none.

    Rows have no id, so what they say is their key, and equal rows of one moment are
    numbered. The payloads must hold all rows of each moment, but those that `counts`
    has counted already; it counts on.
    """
    rows: list[Row] = []
    unreadable: list[Any] = []
    for payload in payloads:
        if (row := read_row(payload)) is None:
            unreadable.append(payload)
        else:
            rows.append(row)
    if len(rows) > 1 and rows[0].at > rows[-1].at:
        rows.reverse()
    rows.sort(key=lambda row: row.at)
    counts = Counter() if counts is None else counts
    numbered: list[Row] = []
    for row in rows:
        key = row.base_key
        counts[key] += 1
        if counts[key] > 1:
            event = replace(row.event, key=f"{key}#{counts[key]}")
            row = replace(row, event=event)
        numbered.append(row)
    return numbered, unreadable


def read_row(payload: object) -> Row | None:
    """Return a row as far as it is understood; None without a time or a key."""
    raw = mapping(payload)
    at = milliseconds(raw.get("timestamp"))
    name = raw.get("name")
    key = text(mapping(name).get("key")) or text(name)
    if at is None or key is None:
        return None
    info = mapping(raw.get("info"))
    model = mapping(info.get("model"))
    category = (text(raw.get("category")) or "").lower() or None
    known = key.lower()
    kind, method = meaning(known, category)
    method = method or _method(model, kind)
    base_key = _key(at, key, model)
    return Row(
        at,
        category,
        base_key,
        AccessEvent(
            key=base_key,
            occurred_at=from_milliseconds(at),
            kind=kind,
            vendor_code=key,
            door_id=_door(model, kind),
            person=_person(known, model),
            method=method,
            credential=_credential(model, method),
            reason=_reason(known, category, kind, model),
            message=_message(known, info, model),
        ),
    )


def _key(at: int, key: str, model: Mapping[str, Any]) -> str:
    """Return what a row says as a key, without what is secret in it.

    It is the same for each way to say it: numbers as text, and what is empty left out.
    """
    told = json.dumps(_canonical(model), sort_keys=True, default=str)
    digest = blake2s(told.encode("utf-8", "replace"), digest_size=6).hexdigest()
    return f"{at}:{key}:{digest}"


def _canonical(value: Any, levels: int = _DEEPEST) -> Any:
    """Return a model without numbers that somebody could guess from a digest."""
    if levels == 0:
        return None
    if isinstance(value, dict):
        said = {
            str(name): _canonical(item, levels - 1)
            for name, item in value.items()
            if name not in _SECRET
        }
        return {name: item for name, item in said.items() if item not in _EMPTY}
    if isinstance(value, list):
        return [_canonical(item, levels - 1) for item in value]
    return value if isinstance(value, bool) else text(value)


def _door(model: Mapping[str, Any], kind: EventKind) -> str | None:
    """Return the lock of a row; 0 is all of them, and the panel stands at the first."""
    if kind in (EventKind.ADMIN, EventKind.DEVICE_RESTARTED):
        return None
    for name in ("lock", "lock_number"):
        if (number := integer(model.get(name))) is not None and 0 < number < 100:
            return str(number)
    return MAIN_DOOR


def _person(key: str, model: Mapping[str, Any]) -> Person | None:
    """Return who acted; several who share an identifier are named together."""
    user = mapping(mapping(model.get("info")).get("user")) or mapping(model.get("user"))
    owner = model.get("owner")
    names = [
        text(owner) or text(mapping(owner).get("name")),
        text(user.get("name")),
    ]
    for name in ("used_identifiers_list", "users_list"):
        names += [
            text(mapping(item).get("user_name")) for item in items(model.get(name))
        ]
    if not any(names):
        names = [
            text(mapping(item).get("name"))
            for item in items(model.get("used_identifiers_list"))
        ]
    found = list(dict.fromkeys(filter(None, names)))
    ref = text(model.get("link_id")) or text(user.get("link_id"))
    if not found and "login" in key:
        found = list(filter(None, [text(model.get("account_type"))]))
    if not found and ref is None:
        host = text(model.get("host"))
        return Person(id=host) if host else None
    return Person(id=ref, name=text(", ".join(found)))


def _types(model: Mapping[str, Any]) -> list[str]:
    """Return the types of what was used to identify, each once."""
    told = map(text, (model.get("type"), model.get("identifier_type")))
    return list(
        dict.fromkeys([*(kind.lower() for kind in told if kind), *_used(model)])
    )


def _used(model: Mapping[str, Any]) -> list[str]:
    """Return the type of each identifier of several."""
    told = (
        text(mapping(item).get("auth_type"))
        for item in items(model.get("used_identifiers_list"))
    )
    return [kind.lower() for kind in told if kind]


def _method(model: Mapping[str, Any], kind: EventKind) -> Method | None:
    """Return how somebody identified."""
    types = _types(model)
    if len(types) > 1:
        return Method.MULTI
    if types:
        return METHODS.get(types[0], Method.UNKNOWN)
    granted_or_not = (
        EventKind.ACCESS_GRANTED,
        EventKind.ACCESS_DENIED,
        EventKind.UNKNOWN_CREDENTIAL,
    )
    return Method.UNKNOWN if kind in granted_or_not else None


def _credential(model: Mapping[str, Any], method: Method | None) -> str | None:
    """Return what was used: a number, or the kinds of several; never a PIN or face."""
    if method is Method.MULTI:
        kinds = max(_used(model), _types(model), key=len)
        return text(" + ".join(kinds)) if len(kinds) > 1 else None
    if method in (Method.PIN, Method.FACE, Method.REMOTE, Method.BUTTON, None):
        return None
    if any(kind in _CODES for kind in _types(model)):
        return None
    for name in ("number", "card", "qr", "identifier_number"):
        if (number := text(model.get(name))) is not None:
            return number
    return None


def _reason(
    key: str, category: str | None, kind: EventKind, model: Mapping[str, Any]
) -> str | None:
    """Return why it came so, in words."""
    if reasons := _rejected(model.get("reject_reasons")):
        return text("; ".join(reasons))
    if (reason := REASONS.get(key)) is not None:
        return reason
    if key in _CALLS and flag(model.get("answered")) is False:
        return "Not answered"
    if (status := text(model.get("status"))) is not None:
        return status
    if (requestor := text(model.get("requestor"))) is not None:
        return requestor
    error = model.get("errormessage") or model.get("error")
    if error := text(mapping(error).get("message")) or text(error):
        return error
    return key if kind is EventKind.ZONE_ALARM else None


def _rejected(told: object) -> list[str]:
    """Return the reject reasons in words; each is a field that holds something."""
    reasons: dict[str, None] = {}
    for reason in items(told):
        for name, value in mapping(reason).items():
            if value in (None, "", [], {}, False):
                continue
            words = REJECTED.get(name) or text(name.replace("_", " ")) or "?"
            needed = [value] if isinstance(value, str) else items(value)
            kinds = [
                kind
                for told in needed
                if isinstance(told, str) and (kind := text(told))
            ]
            reasons[f"{words}: {', '.join(kinds)}" if kinds else words] = None
    return list(reasons)


def _message(key: str, info: Mapping[str, Any], model: Mapping[str, Any]) -> str | None:
    """Return the panel's own words without the secrets that it writes into them."""
    message = text(info.get("text"))
    if message is None:
        return None
    codes = key.endswith("_code") or any(kind in _CODES for kind in _types(model))
    secrets = {secret for name in _SECRET for secret in _found(model, name)}
    if key not in _CALLS:
        for secret in sorted(secrets, key=len, reverse=True):
            shown = "••" if codes else mask_credential(secret) or "••"
            message = message.replace(secret, shown)
        message = _DIGITS.sub(
            lambda match: "••" if codes else mask_credential(match[0]) or "••", message
        )
    return message


def _found(value: Any, name: str, levels: int = _DEEPEST) -> Iterable[str]:
    """Return all texts of a name, wherever in a model."""
    if levels == 0:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if key == name and (told := text(item)) is not None:
                yield told
            yield from _found(item, name, levels - 1)
    elif isinstance(value, list):
        for item in value:
            yield from _found(item, name, levels - 1)
