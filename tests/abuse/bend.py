"""Payloads as no vendor would send them: bent in one or a few places, by a seed."""

from collections.abc import Callable, Iterator
import copy
import json
import random
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

type Json = Any

_WORDS = (
    "",
    " ",
    "\0",
    "\ud800",
    "front\udfff door",
    "null",
    "NaN",
    "-1",
    "1e309",
    "9" * 400,
    "٣٤٥",
    "%s%s%n{0}{x}",
    "'; DROP TABLE events; --",
    "<script>alert(1)</script>",
    "=1+1",
    "../../etc/passwd",
    "a(b" * 30,
    "a" + " " * 500 + "b",
    "tamper" * 100,
    "\u202e" + "é" * 50,
    "2026-02-30T25:61:61Z",
    "9999-12-31T23:59:59.999Z",
    "0001-01-01T00:00:00+14:00",
    "open_api:" + "[" * 500,
)
_NUMBERS: tuple[int | float, ...] = (
    0,
    -1,
    1,
    0.5,
    2**31,
    2**32,
    2**63,
    2**64,
    -(2**63),
    10**40,
    10**400,
    1e14,
    1e308,
    253402300799999,
    float("inf"),
    float("-inf"),
    float("nan"),
)
_HUGE = 100_000
_DEEP = (3, 60, 1200, 5000)


def deep(levels: int, *, objects: bool = False) -> Json:
    """Return something nested in itself."""
    value: Json = "bottom"
    for _ in range(levels):
        value = {"info": value} if objects else [value]
    return value


class Bender:
    """Bends copies of real payloads."""

    def __init__(self, seed: int) -> None:
        """Depend on nothing but a seed."""
        self.random = random.Random(seed)

    def bent(self, payload: Json) -> Json:
        """Return a copy of a payload, bent in one to four places."""
        bent = copy.deepcopy(payload)
        for _ in range(self.random.choice((1, 1, 1, 2, 4))):
            bent = self._bend(bent)
            if _is_huge(bent):
                # What is repeated within repetitions grows beyond what any wire takes.
                break
        return bent

    def _bend(self, payload: Json) -> Json:
        """Bend a payload in one place, which may be all of it."""
        places = list(_places(payload))
        if not places or self.random.random() < 0.02:
            return self.anything(payload)
        holder, name = self.random.choice(places)
        match self.random.randrange(8):
            case 0 if isinstance(holder, dict):
                del holder[name]
            case 1 if isinstance(holder, list):
                holder *= self.random.choice((0, 2, 20))
            case 2 if isinstance(holder, dict):
                holder[self.random.choice((*_WORDS, "x" * 300))] = holder.pop(name)
            case 3 if isinstance(holder, dict):
                entries = list(holder.items())
                self.random.shuffle(entries)
                holder.clear()
                holder.update(entries)
            case 4:
                # What another place holds, as if they were mixed up.
                other, place = self.random.choice(places)
                holder[name] = json.loads(json.dumps(other[place]))
            case _:
                holder[name] = self.anything(holder[name])
        return payload

    def anything(self, before: Json) -> Json:
        """Return something in place of a value."""
        makers: tuple[Callable[[], Json], ...] = (
            lambda: None,
            lambda: self.random.choice((True, False)),
            lambda: self.random.choice(_NUMBERS),
            lambda: str(self.random.choice(_NUMBERS[:10])),
            lambda: self.random.choice(_WORDS),
            lambda: self.random.choice(_WORDS) + str(before)[:50],
            list,
            dict,
            lambda: [before],
            lambda: [before] * 3,
            lambda: {"id": before, "name": before, "text": before},
            lambda: [[before], {"id": [before]}],
            self._extreme,
        )
        return self.random.choice(makers)()

    def _extreme(self) -> Json:
        """Return something huge or deep; seldom, since it takes long to make."""
        if self.random.random() < 0.7:
            return "x"
        levels = self.random.choice(_DEEP)
        return self.random.choice(
            (
                lambda: "h" * _HUGE,
                lambda: "a" + " " * _HUGE + "b",
                lambda: "9" * _HUGE,
                lambda: [0] * 1000,
                lambda: {str(number): number for number in range(500)},
                lambda: deep(levels),
                lambda: deep(levels, objects=True),
            )
        )()

    def bytes_of(self, data: bytes) -> bytes:
        """Return bytes, bent in one to four places."""
        bent = bytearray(data)
        for _ in range(self.random.choice((1, 1, 2, 4))):
            at = self.random.randrange(len(bent) + 1)
            match self.random.randrange(6):
                case 0:
                    del bent[at:]
                case 1:
                    del bent[at : at + self.random.randrange(1, 9)]
                case 2:
                    bent[at:at] = self.random.randbytes(self.random.randrange(1, 9))
                case 3:
                    bent[at:at] = b"\xff" * self.random.randrange(1, 12)
                case 4:
                    bent += bent[: self.random.randrange(len(bent) + 1)]
                case _:
                    for place in range(at, min(at + 3, len(bent))):
                        bent[place] = self.random.randrange(256)
        return bytes(bent)

    def fields_of(self, message: Message) -> None:
        """Give some fields of a message any value that they can hold."""
        for field in message.DESCRIPTOR.fields:
            if self.random.random() > 0.3:
                continue
            if field.message_type is not None:
                if not field.is_repeated:
                    self.fields_of(getattr(message, field.name))
                continue
            value = self._scalar(field)
            if field.is_repeated:
                getattr(message, field.name).extend([value] * self.random.randrange(9))
            else:
                setattr(message, field.name, value)

    def _scalar(self, field: Any) -> Any:
        """Return a value that a field can hold."""
        match field.type:
            case FieldDescriptor.TYPE_BYTES:
                return self.random.randbytes(self.random.choice((0, 1, 32, 5000)))
            case FieldDescriptor.TYPE_STRING:
                return self.random.choice(("", "0", "7", "4294967295", "x" * 50_000))
            case FieldDescriptor.TYPE_BOOL:
                return self.random.choice((True, False))
            case FieldDescriptor.TYPE_INT32:
                return self.random.choice((0, -1, 1, -(2**31), 2**31 - 1))
        return self.random.choice((0, 1, 2**31, 2**32 - 1, 0x1100, 0x5400, 0x9300))


def _is_huge(payload: Json) -> bool:
    """Tell whether a payload is so large that it must not be repeated."""
    left, waiting = _HUGE // 2, [payload]
    while waiting and left > 0:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        left -= len(value) if isinstance(value, str) else 1
    return left <= 0


def _places(payload: Json, levels: int = 6) -> Iterator[tuple[Json, Json]]:
    """Return each place in a payload: what holds it, and by what name."""
    if levels == 0 or not isinstance(payload, dict | list):
        return
    names = payload if isinstance(payload, dict) else range(len(payload[:20]))
    for name in tuple(names):
        yield payload, name
        yield from _places(payload[name], levels - 1)
