"""Where reading the logs of a gateway's devices goes on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import json
from typing import Any, Self

from ..parsing import from_json, integer, items, mapping

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last record that was read of a device's log.

    Records are counted from 1 in each `epoch`: the next begins when the log is
    cleared. `at` (Unix seconds) and `code` tell the record from another one of the
    same number; both are 0 where it was not read itself.
    """

    epoch: int = 0
    last: int = 0
    at: int = 0
    code: int = 0


@dataclass(slots=True)
class Position:
    """The anchors of all devices, and what is kept of the doors and zones.

    Of a device that is met later, records count from the time `floor` (Unix seconds of
    a device's clock), and `days` back where that is not known.
    """

    days: int = 0
    floor: int | None = None
    anchors: dict[int, Anchor] = field(default_factory=dict)
    doors: dict[int, list[list[Any]]] = field(default_factory=dict)
    zones: list[list[Any]] = field(default_factory=list)

    def dump(self, anchors: Mapping[int, Anchor] | None = None) -> str:
        """Return the position as a cursor, with some anchors moved."""
        moved = {**self.anchors, **(anchors or {})}
        return json.dumps(
            {
                "v": _VERSION,
                "days": self.days,
                "floor": self.floor,
                "devices": {
                    str(device): (anchor.epoch, anchor.last, anchor.at, anchor.code)
                    for device, anchor in moved.items()
                },
                "doors": {str(device): doors for device, doors in self.doors.items()},
                "zones": self.zones,
            },
            separators=(",", ":"),
        )

    @classmethod
    def load(cls, cursor: str) -> Self:
        """Return the position of a cursor; what is damaged in it is left out."""
        held = mapping(from_json(cursor))
        position = cls(
            days=integer(held.get("days")) or 0, floor=integer(held.get("floor"))
        )
        for key, value in mapping(held.get("devices")).items():
            numbers = [integer(number) for number in items(value)]
            device = integer(key)
            if device is not None and len(numbers) == 4 and None not in numbers:
                position.anchors[device] = Anchor(*(number or 0 for number in numbers))
        for key, doors in mapping(held.get("doors")).items():
            if (device := integer(key)) is not None:
                position.doors[device] = [list(items(door)) for door in items(doors)]
        position.zones = [list(items(zone)) for zone in items(held.get("zones"))]
        return position
