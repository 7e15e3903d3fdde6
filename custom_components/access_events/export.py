"""Export of the journal to files, for the Access Events integration."""

import codecs
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
import io
import re
from typing import Any

from sqlalchemy import Row

from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import json_bytes

from .files import NewFile
from .journal import Journal, LogFilter
from .journal_query import DamagedRowError, Names
from .models import Direction, EventKind, Method, Person, mask_credential
from .public import Origins

FIELDS = (
    "key",
    "occurred_at",
    "kind",
    "vendor_code",
    "door_id",
    "door_name",
    "reader_id",
    "reader_name",
    "person",
    "person_id",
    "method",
    "credential",
    "direction",
    "reason",
    "message",
    "image_ref",
    "entry_id",
    "vendor",
    "device_id",
    "received_at",
    "ha_person",
    "live",
)
"""What an export tells of an event, in this order: as on the bus, and `live`."""

_PAGE = 500
_REMEMBERED = 20_000

# What a newer release wrote is told as unknown.
_KINDS = {kind.value: kind.value for kind in EventKind}
_METHODS = {method.value: method.value for method in Method}
_DIRECTIONS = {direction.value: direction.value for direction in Direction}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = 60_000_000
_SECOND = 1_000_000

# A spreadsheet takes a cell that begins so for a formula, whatever blanks, quotes or
# invisible signs come first.
_FORMULA = '[\\s"\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]*[=+\\-@＝＋－＠]'
_begins_as_formula = re.compile(f"{_FORMULA}|[\t\r\n]").match
_needs_care = re.compile('[",;\t\r\n]').search
# Most texts are such, and are seen to be in one look.
_is_plain = re.compile("[0-9A-Za-z][0-9A-Za-z .:/_+-]*").fullmatch
# Where lists are separated otherwise, a cell ends at other signs, quoted or not.
_inner_formula = re.compile(f"([;\t\r\n])(?={_FORMULA})")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet runs as a formula.

    An apostrophe before it makes it a text; all others stay as they are.
    """
    if _needs_care(text):
        text = _inner_formula.sub("\\1'", text)
    return f"'{text}" if _begins_as_formula(text) else text


def csv_cell(text: str) -> str:
    """Return a harmless text as RFC 4180 has it in a file."""
    if _is_plain(text):
        return text
    if _needs_care(text):
        return '"{}"'.format(harmless(text).replace('"', '""'))
    return f"'{text}" if _begins_as_formula(text) else text


def in_zone(time: datetime, zone: tzinfo) -> datetime:
    """Return a time in a zone, as it is where a device's clock is at the end of time."""
    try:
        return time.astimezone(zone)
    except OverflowError:
        return time


class _Memory[T](dict[T, str]):
    """What was made of a value, to be made once: most values come again and again."""

    def __init__(self, make: Callable[[T], str]) -> None:
        """Begin with nothing remembered."""
        super().__init__()
        self._make = make

    def __missing__(self, value: T) -> str:
        """Make what is not remembered; forget all before it gets too much."""
        if len(self) >= _REMEMBERED:
            self.clear()
        made = self[value] = self._make(value)
        return made


class _Times(dict[int, tuple[str, str]]):
    """Times of a zone in ISO 8601 with offset, by what is around the seconds."""

    def __init__(self, zone: tzinfo) -> None:
        """Begin with nothing remembered."""
        super().__init__()
        self._zone = zone

    def __missing__(self, minute: int) -> tuple[str, str]:
        """Return what a minute's times begin and end with."""
        if len(self) >= _REMEMBERED:
            self.clear()
        text = self.local(minute * _MINUTE).isoformat()
        around = self[minute] = text[:17], text[19:]
        return around

    def local(self, time: int) -> datetime:
        """Return a time of the journal in the zone."""
        return in_zone(_EPOCH + timedelta(microseconds=time), self._zone)

    def shown(self, time: int) -> str:
        """Return a time of the journal as a text."""
        minute, rest = divmod(time, _MINUTE)
        before, after = self[minute]
        if len(after) > len("+00:00"):
            # A zone of old, whose offset has seconds.
            return self.local(time).isoformat()
        second, fraction = divmod(rest, _SECOND)
        if fraction:
            return f"{before}{second:02}.{fraction:06}{after}"
        return f"{before}{second:02}{after}"


class CsvLines:
    """Events as comma-separated values, as RFC 4180 has them, safe for spreadsheets."""

    def __init__(self, origins: Origins, zone: tzinfo, *, bom: bool = False) -> None:
        """Write times in a zone, and a byte order mark first where it is needed."""
        self._times = _Times(zone)
        # What was read from a system together was received at one time.
        self._received: _Memory[int] = _Memory(self._times.shown)
        self._bom = bom
        self._names = Names()
        self._cells: _Memory[str | None] = _Memory(_csv_text)
        self._credentials: _Memory[str | None] = _Memory(
            lambda credential: _csv_text(mask_credential(credential))
        )
        self._places: _Memory[int | None] = _Memory(
            lambda number: ",".join(map(_csv_text, self._names.place(number)))
        )
        self._people: _Memory[int | None] = _Memory(
            lambda number: ",".join(map(_csv_text, self._names.person(number)[::-1]))
        )
        self._from: _Memory[tuple[int, int | None]] = _Memory(
            lambda numbers: ",".join(
                map(_csv_text, origins.of(*_origin(self._names, *numbers)))
            )
        )
        self._links: _Memory[tuple[int, int | None]] = _Memory(
            lambda numbers: _csv_text(_link(origins, self._names, *numbers))
        )

    def head(self) -> bytes:
        """Return the names of the fields."""
        return codecs.BOM_UTF8 * self._bom + csv_bytes([FIELDS])

    def page(self, rows: Iterable[Row[Any]], names: Names) -> bytes:
        """Return a line for each row of the journal."""
        self._names = names
        shown, received_at, cells = self._times.shown, self._received, self._cells
        places, people, origins = self._places, self._people, self._from
        credentials, links = self._credentials, self._links
        return "".join(
            [
                f"{csv_cell(key)},{shown(occurred)},{_KINDS.get(kind, 'other')}"
                f",{cells[vendor_code]},{places[door]},{places[reader]}"
                f",{people[person]}"
                f",{'' if method is None else _METHODS.get(method, 'unknown')}"
                f",{credentials[credential]},{_DIRECTIONS.get(direction, '')}"
                f",{cells[reason]},{cells[message]}"
                f",{csv_cell(image_ref) if image_ref else ''}"
                f",{origins[entry, door]},{received_at[received]},{links[entry, person]}"
                f",{'true' if live == 1 else 'false'}\r\n"
                for (
                    _,
                    entry,
                    key,
                    occurred,
                    received,
                    live,
                    kind,
                    vendor_code,
                    door,
                    reader,
                    person,
                    method,
                    credential,
                    direction,
                    reason,
                    message,
                    image_ref,
                ) in rows
            ]
        ).encode(errors="replace")


class JsonLines:
    """Events as JSON objects, one a line."""

    def __init__(self, origins: Origins, zone: tzinfo) -> None:
        """Write times in a zone."""
        self._times = _Times(zone)
        self._origins = origins

    def head(self) -> bytes:
        """Return nothing: each line is whole by itself."""
        return b""

    def page(self, rows: Iterable[Row[Any]], names: Names) -> bytes:
        """Return a line for each row of the journal."""
        shown = self._times.shown
        lines: list[bytes] = []
        for row in rows:
            door_id, door = names.place(row.door)
            reader_id, reader = names.place(row.reader)
            person_id, person = names.person(row.person)
            entry_id, vendor, device_id = self._origins.of(
                *_origin(names, row.entry, row.door)
            )
            values = (
                row.event_key,
                shown(row.occurred),
                _KINDS.get(row.kind, "other"),
                row.vendor_code,
                door_id or None,
                door or None,
                reader_id or None,
                reader or None,
                person or None,
                person_id or None,
                row.method and _METHODS.get(row.method, "unknown"),
                mask_credential(row.credential),
                _DIRECTIONS.get(row.direction),
                row.reason,
                row.message,
                row.image_ref,
                entry_id,
                vendor,
                device_id,
                shown(row.received),
                _link(self._origins, names, row.entry, row.person),
                row.live == 1,
            )
            lines += json_bytes(dict(zip(FIELDS, values, strict=True))), b"\n"
        return b"".join(lines)


def _origin(names: Names, entry: int, door: int | None) -> tuple[str, str | None]:
    """Return the entry's and the door's ids that numbers stand for."""
    return names.entry(entry), names.place(door)[0] or None


def _link(origins: Origins, names: Names, entry: int, person: int | None) -> str | None:
    """Return the person of Home Assistant that numbers stand for."""
    ref, name = names.person(person)
    return origins.ha_person(names.entry(entry), Person(id=ref, name=name))


def _csv_text(text: str | None) -> str:
    """Return a text that may be missing as a cell."""
    return csv_cell(text) if text else ""


def csv_bytes(rows: Iterable[Iterable[str]]) -> bytes:
    """Return lines of harmless texts as RFC 4180 has them, in UTF-8."""
    return "".join(
        [",".join([csv_cell(text) for text in row]) + "\r\n" for row in rows]
    ).encode(errors="replace")


@dataclass(slots=True, kw_only=True)
class Written:
    """What came into a file: how many rows, and the earliest and latest time."""

    rows: int = 0
    first: datetime | None = None
    last: datetime | None = None


async def async_export_journal(
    hass: HomeAssistant,
    journal: Journal,
    wanted: LogFilter,
    lines: CsvLines | JsonLines,
    file: NewFile,
    told: Callable[[int], None],
) -> Written:
    """Write what a filter finds, page by page, and tell how many rows there are.

    Raises `JournalError`, and `HomeAssistantError` where the file can't be written.
    """

    def take(rows: Sequence[Row[Any]], names: Names) -> tuple[int, int, int]:
        try:
            data = lines.page(rows, names)
        except (TypeError, OverflowError) as err:
            raise DamagedRowError from err
        file.write(data)
        return len(rows), rows[0].occurred, rows[-1].occurred

    await hass.async_add_executor_job(file.write, lines.head())
    count = 0
    ends: list[int] = []
    async for number, *page_ends in journal.pages(wanted, take, _PAGE):
        count += number
        told(count)
        ends = [min(ends + page_ends), max(ends + page_ends)]
    first, last = (
        (_EPOCH + timedelta(microseconds=end) for end in ends) if ends else (None, None)
    )
    return Written(rows=count, first=first, last=last)


async def async_export_vendor(
    hass: HomeAssistant,
    pieces: AsyncIterator[bytes],
    file: NewFile,
    told: Callable[[int], None],
    *,
    bom: bool,
) -> Written:
    """Write a system's own CSV file, safe for spreadsheets like all others."""
    records = CsvRecords()
    count = 0

    def write(piece: bytes | None) -> int:
        rows = records.feed(piece)
        file.write(csv_bytes(rows))
        return len(rows)

    if bom:
        await hass.async_add_executor_job(file.write, codecs.BOM_UTF8)
    async for piece in pieces:
        count += await hass.async_add_executor_job(write, piece)
        told(count)
    count += await hass.async_add_executor_job(write, None)
    # The first is the header.
    return Written(rows=max(0, count - 1))


class CsvRecords:
    """Takes a CSV file in pieces of any length and gives its records as they end."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._rest = ""

    def feed(self, piece: bytes | None) -> list[list[str]]:
        """Return the records that end in this piece; None ends the file."""
        text = self._rest + self._decoder.decode(piece or b"", final=piece is None)
        lines = list(io.StringIO(text, newline="\n"))
        partial = ""
        if piece is not None and lines and not lines[-1].endswith("\n"):
            partial = lines.pop()
        # One more line shows whether the last record goes on: then it takes that too.
        reader = csv.reader(lines if piece is None else [*lines, ""])
        rows: list[list[str]] = []
        read = 0
        try:
            for row in reader:
                if reader.line_num > len(lines):
                    break
                read = reader.line_num
                rows.append(row)
        except csv.Error:
            # A quote that never ends, for example: go on line by line.
            rows += [line.rstrip("\r\n").split(",") for line in lines[read:]]
            read = len(lines)
        self._rest = "".join(lines[read:]) + partial
        return [row for row in rows if row]
