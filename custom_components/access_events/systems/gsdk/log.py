"""Reading the logs of devices, page by page and in order.

Source: G-SDK, Event API, GetLog. Records count upwards in each device; the oldest are
overwritten when there is no room. Nothing tells the newest number, nor that a log was
cleared: both are found out by reading.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from google.protobuf.message import DecodeError

from ..base import AccessSystemError, Gap, RequestRejected, Unreadable
from .client import GatewayClient, TooLarge
from .position import Anchor, Position
from .protocol import parse

PAGE = 2048
_DAY = 86_400
_GALLOP = 1024
_NEAR = 32
_UNREADABLE = 100
_LAST_NUMBER = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Page:
    """Records that follow an anchor, by their numbers.

    `anchor` is the one that they follow: of another epoch than before, if the log began
    anew, and then `replaced` is the old one. `more` says that there is more to read.
    """

    device: int
    anchor: Anchor
    records: Sequence[Any] = field(default=(), repr=False)
    gap: Gap | None = None
    replaced: Anchor | None = None
    more: bool = False


def anchor_after(anchor: Anchor, record: Any) -> Anchor:
    """Return the anchor behind a record."""
    return Anchor(anchor.epoch, record.ID, record.timestamp, record.eventCode)


class LogReader:
    """Reads logs from where they were left."""

    def __init__(self, client: GatewayClient) -> None:
        """Use a gateway; `position` says where reading goes on."""
        self._client = client
        self.position = Position()
        self.read = 0
        self.unreadable: deque[Unreadable] = deque(maxlen=_UNREADABLE)
        """What could not be read, until it is told."""
        self._large: dict[int, dict[int, int]] = {}
        """Of each device, behind which number to go on where a record is too large."""
        self._most: dict[int, int] = {}
        """Of each device, how many records its answers have room for, if not for a page."""

    async def page(self, device: int) -> Page:
        """Read what follows a device's anchor; raises `AccessSystemError`.

        The anchor itself is read again with it: another record in its place, or none
        where older ones are, means that the log began anew. A log may be cleared at
        any time, so what is read without its anchor can be of another epoch.
        """
        anchor = self.position.anchors[device]
        records, more = await self._page(device, anchor.last + (not anchor.at))
        if not anchor.at:
            return Page(device, anchor, records, more=more)
        if not records:
            oldest = await self._get(device, 0, 1)
            if (
                oldest
                and anchor.last > oldest[0].ID
                and await self._fits(device, anchor.last)
            ):
                return await self._anew(device, anchor)
            return Page(device, anchor)
        if anchor.last == records[0].ID:
            if not _is_at(records[0], anchor):
                return await self._anew(device, anchor)
            records = records[1:]
            if more and not records:
                # What follows is too large to come with the anchor.
                records, more = await self._page(device, anchor.last + 1)
                again = await self._get(device, anchor.last, 1)
                if not again or not _is_at(again[0], anchor):
                    return await self._anew(device, anchor)
        gap = None
        if records and anchor.last + 1 < records[0].ID:
            gap = _gap(
                anchor.at,
                records[0].timestamp,
                f"Device {device} gives no records "
                f"{anchor.last + 1} to {records[0].ID - 1}",
            )
        return Page(device, anchor, records, gap, more=more)

    async def _anew(self, device: int, old: Anchor) -> Page:
        """Read a log that began anew, from its begin."""
        anchor = Anchor(epoch=old.epoch + 1)
        self._large.pop(device, None)
        records, more = await self._page(device, 0)
        gap = None
        if records and old.at and records[0].timestamp > old.at:
            gap = _gap(
                old.at, records[0].timestamp, f"The log of device {device} was cleared"
            )
        return Page(device, anchor, records, gap, old, more)

    async def place(self, device: int, days: int, floor: int | None) -> Anchor:
        """Return where to begin with a device whose log was never read.

        With `days` 0 and no `floor` that is behind its newest record; else at the
        first one that is not older than so many days, nor than `floor`, by the
        device's own clock.
        """
        newest = await self._newest(device)
        if newest is None:
            return Anchor()
        behind = Anchor(0, newest.ID, newest.timestamp, newest.eventCode)
        if not days and floor is None:
            return behind
        since = await self.now(device, newest.timestamp) - days * _DAY
        if floor is not None:
            since = min(since, floor)
        if newest.timestamp < since:
            return behind
        return await self._before(device, newest.ID, since)

    async def now(self, device: int, otherwise: int) -> int:
        """Return a device's time in Unix seconds, `otherwise` if it does not tell."""
        try:
            told = (await self._client.call("time.Time/Get", deviceID=device)).GMTTime
        except AccessSystemError:
            return otherwise
        return int(told) or otherwise

    async def _newest(self, device: int) -> Any | None:
        """Return the newest record, found with few calls whatever there is."""
        records = await self._get(device, 0, 1)
        if not records:
            return None
        known = records[0]
        step, empty = _GALLOP, _LAST_NUMBER + 1
        while known.ID + step < empty:
            if not (records := await self._get(device, known.ID + step, 1)):
                empty = known.ID + step
                break
            known = records[0]
            step *= 2
        while empty > known.ID + 1:
            middle = (known.ID + 1 + empty) // 2
            if records := await self._get(device, middle, 1):
                known = records[0]
            else:
                empty = middle
        return known

    async def _before(self, device: int, newest: int, since: int) -> Anchor:
        """Return the anchor at the last record that is older than a time."""
        oldest = await self._get(device, 0, 1)
        if not oldest or oldest[0].timestamp >= since:
            return Anchor()
        anchor = anchor_after(Anchor(), oldest[0])
        high = newest
        while anchor.last + 1 < high:
            middle = (anchor.last + high) // 2
            records = await self._get(device, middle, 1)
            if records and records[0].timestamp < since:
                anchor = anchor_after(anchor, records[0])
            else:
                high = middle
        return anchor

    async def _page(self, device: int, start: int) -> tuple[list[Any], bool]:
        """Read a page from a number on; tells whether there may be more behind it.

        An answer that is too large is asked for in halves, down to a single record.
        """
        most = self._most.pop(device, PAGE)
        while True:
            large = self._large.get(device, {})
            start = _past(large, start)
            ends = min((number for number in large if number > start), default=None)
            count = most if ends is None else min(most, ends - start)
            try:
                records = await self._get(device, start, count)
            except TooLarge:
                most = count // 2
                continue
            if most < PAGE:
                self._most[device] = min(most * 2, PAGE)
            return records, len(records) == count or count < most

    async def _get(self, device: int, start: int, count: int) -> list[Any]:
        """Read some records from a number on, in order and each once.

        A single one that is too large is left out. Raises `TooLarge` for more.
        """
        while start < _LAST_NUMBER:
            try:
                return await self._ask(device, start, count)
            except TooLarge:
                if count > 1:
                    raise
            start = await self._behind(device, start)
        return []

    async def _behind(self, device: int, start: int) -> int:
        """Return the number behind a record that is too large, the first from `start`.

        It may have a much higher number, if the oldest ones are gone.
        """
        large = self._large.setdefault(device, {})
        if (known := _past(large, start)) != start:
            return known
        low, step = start, 1
        while not await self._fits(device, min(low + step, _LAST_NUMBER)):
            low += step
            if low >= _LAST_NUMBER:
                # It answers this to whatever it is asked.
                raise RequestRejected("answer_unreadable")
            if low > start + _NEAR:
                step *= 2
        high = low + step
        while low + 1 < high:
            middle = (low + high) // 2
            if await self._fits(device, middle):
                high = middle
            else:
                low = middle
        large[start] = high
        self.unreadable.append(Unreadable("log", {"too_large": high - start}))
        return high

    async def _fits(self, device: int, number: int) -> bool:
        """Return whether the first record from a number on can be read."""
        try:
            await self._ask(device, number, 1)
        except TooLarge:
            return False
        return True

    async def _ask(self, device: int, start: int, count: int) -> list[Any]:
        """Ask once for some records from a number on."""
        response = await self._client.call(
            "event.Event/GetLog",
            deviceID=device,
            startEventID=start,
            maxNumOfLog=count,
        )
        found: dict[int, Any] = {}
        for data in response.events:
            try:
                record = parse("EventLog", data)
            except DecodeError:
                self.unreadable.append(Unreadable("log", {"bytes": len(data)}))
                continue
            if start <= record.ID:
                found[record.ID] = record
        self.read += len(found)
        return [found[number] for number in sorted(found)]


def _past(large: Mapping[int, int], start: int) -> int:
    """Return where to read on in place of a number that nothing can be read from."""
    return next((end for first, end in large.items() if first <= start < end), start)


def _is_at(record: Any, anchor: Anchor) -> bool:
    """Return whether a record is the one that an anchor stands at."""
    return bool(
        (record.timestamp, record.eventCode) == (anchor.at, anchor.code)
        and anchor.last == record.ID
    )


def _gap(start: int, end: int, detail: str) -> Gap:
    """Return a gap between two times in Unix seconds."""
    return Gap(
        datetime.fromtimestamp(start, UTC),
        datetime.fromtimestamp(max(start, end), UTC),
        detail,
    )
