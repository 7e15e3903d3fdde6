"""A device's log: a ring of rows, of which the oldest may be computed only."""

from dataclasses import dataclass
from typing import Any

from .schema import NEWEST

EventLog = NEWEST.message("gsdk.event.EventLog")
_COMPACT = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row that a device has written.

    Args:
        id: The device's number for it.
        log_device: The device whose log it is in.
        device_id: The device it names, which may be one attached to that.
        timestamp: Seconds since the epoch, by the device's clock.
        generation: How often the log had been cleared before.
        at: The true time.
    """

    id: int
    log_device: int
    device_id: int
    timestamp: int
    code: int
    sub: int
    user_id: str
    entity_id: int
    image: bool
    generation: int
    at: float


@dataclass(frozen=True, slots=True)
class Computed:
    """Rows that are made when they are read.

    Args:
        first: The ID of the first.
        count: How many there are.
        start: The timestamp of the first.
        span: Seconds from the first to the last.
        tails: All fields after the timestamp, in turns.
    """

    first: int
    count: int
    start: int
    span: int
    tails: tuple[bytes, ...]

    @property
    def end(self) -> int:
        """Return the ID after the last."""
        return self.first + self.count

    def timestamp(self, number: int) -> int:
        """Return the timestamp of a row."""
        return self.start + (number - self.first) * self.span // self.count

    def frames(self, start: int, stop: int) -> list[bytes]:
        """Return rows as the answer of GetLog holds them."""
        first, span, count = self.first, self.span, self.count
        base, tails = self.start, self.tails
        kinds = len(tails)
        made = []
        last, moment = -1, b""
        for number in range(start, stop):
            index = number - first
            timestamp = base + index * span // count
            if timestamp != last:
                last, moment = timestamp, b"\x10" + varint(timestamp)
            tail = tails[index % kinds]
            if number < 0x4000:
                head = varint(number)
            elif number < 0x200000:
                head = bytes(
                    (number & 127 | 128, number >> 7 & 127 | 128, number >> 14)
                )
            else:
                head = varint(number)
            length = 1 + len(head) + len(moment) + len(tail)
            made.append(b"\x0a%b\x08%b%b%b" % (varint(length), head, moment, tail))
        return made


class DeviceLog:
    """The log of one device."""

    def __init__(self, capacity: int) -> None:
        """Start empty; beyond `capacity` rows the oldest are overwritten."""
        self.capacity = capacity
        self.first = 1
        self.generation = 0
        self.computed: Computed | None = None
        self.images: dict[int, float] = {}
        self._rows: list[bytes] = []
        self._rows_first = 1

    def __len__(self) -> int:
        """Return how many rows it holds."""
        return self.next_id - self.first

    @property
    def next_id(self) -> int:
        """Return the ID that the next row will have."""
        return self._rows_first + len(self._rows)

    def append(self, data: bytes) -> None:
        """Keep a message, whose ID must be `next_id`."""
        self._rows.append(data)
        self.trim()

    def trim(self) -> None:
        """Forget the rows that are overwritten."""
        self.first = max(self.first, self.next_id - self.capacity)
        if (gone := self.first - self._rows_first) > _COMPACT:
            del self._rows[:gone]
            self._rows_first = self.first
        for number in list(self.images):
            if number >= self.first:
                break
            del self.images[number]

    def fill(self, count: int, start: int, span: int, tails: tuple[bytes, ...]) -> None:
        """Add rows that are computed. Raises ValueError unless the log is empty."""
        if len(self):
            raise ValueError("only an empty log can be filled")
        self.computed = Computed(self.next_id, count, start, span, tails)
        self._rows_first += count
        self.trim()

    def clear(self, *, restart: bool) -> None:
        """Forget all rows; IDs start again or go on."""
        self._rows_first = 1 if restart else self.next_id
        self.first = self._rows_first
        self._rows = []
        self.computed = None
        self.images = {}
        self.generation += 1

    def frames(self, start: int, most: int) -> list[bytes]:
        """Return rows from an ID on, as GetLog's answer holds them.

        Args:
            start: The first ID wanted; 0 is the oldest.
            most: How many at most; 0 for all.
        """
        start = max(start, self.first)
        stop = self.next_id if most == 0 else min(self.next_id, start + most)
        made: list[bytes] = []
        if self.computed is not None and start < self.computed.end:
            made = self.computed.frames(start, min(stop, self.computed.end))
        first = max(start - self._rows_first, 0)
        last = max(stop - self._rows_first, 0)
        made += [
            b"\x0a%b%b" % (varint(len(data)), data) for data in self._rows[first:last]
        ]
        return made

    def decoded(self, start: int, most: int) -> list[Any]:
        """Return rows as messages."""
        answer = NEWEST.message("gsdk.event.GetLogResponse")
        return list(answer.FromString(b"".join(self.frames(start, most))).events)

    def row(self, number: int) -> Any | None:
        """Return one row as a message, if it is there still."""
        found = self.decoded(number, 1)
        return next((row for row in found if number == row.ID), None)


def varint(number: int) -> bytes:
    """Return a number as the wire format writes it."""
    if number < 128:
        return bytes((number,))
    if number < 0x4000:
        return bytes((number & 127 | 128, number >> 7))
    made = bytearray()
    while number > 127:
        made.append(number & 127 | 128)
        number >>= 7
    made.append(number)
    return bytes(made)
