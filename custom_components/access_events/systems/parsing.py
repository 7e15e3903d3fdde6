"""Lenient reading of what systems send.

Vendors' samples contradict their own tables: numbers come as strings, lists as
single objects, times in three units. These functions never raise; what can't be
understood is None or empty.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
import json
import math
from typing import Any

import orjson

_MICROSECONDS_FROM = 1e14
_MILLISECONDS_FROM = 1e11
_LONGEST_NUMBER = 10**40
LONGEST_TEXT = 4096
LONGEST_TOKEN = 65_536
_LATEST = 253_370_764_800_000
"""The year 9999 in ms: no time zone's calendar ends within it."""
_DEEPEST = 8
_MOST_ITEMS = 3
_MOST_KEYS = 60
_LONGEST_KEY = 40
_DIGITS_AS_ZEROS = bytes(48 if 48 <= byte <= 57 else 32 for byte in range(256))
_MORE_THAN_64_BITS = b"0" * 19


def text(value: object, longest: int = LONGEST_TEXT) -> str | None:
    """Return a string without the blanks around it; numbers are spelled out.

    What is longer than anything that could be right is cut. Returns None for nothing,
    blanks only, and what is neither string nor number.
    """
    if isinstance(value, str):
        if len(value) > longest:
            value = value[:longest]
        if not value.isascii() or "\0" in value:
            # Half a surrogate pair can't be encoded, and no database takes a zero.
            value = value.encode(errors="replace").decode().replace("\0", "")
        return value.strip() or None
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value) if abs(value) < _LONGEST_NUMBER else None
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else str(value)
    return None


def number(value: object) -> float | None:
    """Return a finite number, also from a string."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value.strip())
        except ValueError:
            return None
    if not isinstance(value, int | float):
        return None
    try:
        result = float(value)
    except OverflowError:
        return None
    return result if math.isfinite(result) else None


def integer(value: object) -> int | None:
    """Return a whole number, also from a string; fractions are cut off."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    result = number(value)
    return None if result is None else int(result)


def flag(value: object) -> bool | None:
    """Return true or false from the words and numbers that stand for them."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return bool(value) if value in (0, 1) else None
    if isinstance(value, str):
        word = value.strip().casefold()
        if word in ("true", "yes", "on", "1"):
            return True
        if word in ("false", "no", "off", "0"):
            return False
    return None


def from_json(told: str | bytes) -> Any:
    """Return what a JSON text says, None if it is none.

    The quick decoder makes floats of whole numbers that are longer than 64 bits, and
    refuses what the standard library takes: NaN, half surrogate pairs, UTF-16.
    """
    try:
        raw = told.encode() if isinstance(told, str) else told
        if _MORE_THAN_64_BITS not in raw.translate(_DIGITS_AS_ZEROS):
            return orjson.loads(raw)
    except ValueError:
        pass
    try:
        return json.loads(told)
    except ValueError, RecursionError:
        return None


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> Sequence[Any]:
    """Return a list as it is, a single object as a list of one, else an empty one."""
    if isinstance(value, list | tuple):
        return value
    return (value,) if isinstance(value, dict) and value else ()


def milliseconds(value: object) -> int | None:
    """Return a time as milliseconds since 1970 UTC.

    Takes seconds, milliseconds (above 1e11) or microseconds (above 1e14), as numbers
    or strings, and ISO 8601 or RFC 3339 text, which is UTC where it names no zone.
    Returns None for zero, for what is before 1970 and for what no calendar holds.
    """
    if (count := number(value)) is not None:
        if count >= _MICROSECONDS_FROM:
            count /= 1000
        elif count < _MILLISECONDS_FROM:
            count *= 1000
        result = round(count)
    elif isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            result = round(moment.timestamp() * 1000)
        except ValueError, OverflowError:
            return None
    else:
        return None
    return result if 0 < result < _LATEST else None


def from_milliseconds(value: int) -> datetime:
    """Return an aware time in UTC from milliseconds since 1970."""
    seconds, rest = divmod(value, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


def to_milliseconds(moment: datetime) -> int:
    """Return an aware time as milliseconds since 1970 UTC."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def instant(value: object) -> datetime | None:
    """Return an aware time in UTC from what `milliseconds` takes."""
    count = milliseconds(value)
    return None if count is None else from_milliseconds(count)


def digest(payload: object) -> str:
    """Return what tells payloads apart that nobody understands."""
    try:
        told = json.dumps(payload, sort_keys=True, default=repr)
    except RecursionError, TypeError, ValueError:
        told = repr(redact_shape(payload))
    return blake2s(told.encode("utf-8", "replace"), digest_size=12).hexdigest()


def _is_name(key: object) -> bool:
    """Tell whether a key looks like the name of a field, not like data."""
    return isinstance(key, str) and len(key) <= _LONGEST_KEY and key.isprintable()


def redact_shape(payload: object, depth: int = _DEEPEST) -> object:
    """Return a payload's keys and the types of its values, and no value.

    Keys that look like data are hidden too. Of a list the first few items are shown.
    """
    if isinstance(payload, Mapping):
        if depth <= 0:
            return "object"
        shape: dict[str, object] = {}
        for position, (key, value) in enumerate(payload.items()):
            if position >= _MOST_KEYS:
                shape["…"] = f"{len(payload) - _MOST_KEYS} more"
                break
            name = key if _is_name(key) else "…"
            shape[name] = redact_shape(value, depth - 1)
        return shape
    if isinstance(payload, list | tuple):
        if depth <= 0:
            return "list"
        return [redact_shape(item, depth - 1) for item in payload[:_MOST_ITEMS]]
    if payload is None:
        return "null"
    return type(payload).__name__
