"""Reading the logs of devices, page by page and in order.

Source: G-SDK, Event API, GetLog. Records count upwards in each device; the oldest are
overwritten when there is no room. Nothing tells the newest number, nor that a log was
cleared: both are found out by reading.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from google.protobuf.message import DecodeError

from ..base import AccessSystemError, Gap, Unreadable
from .client import GatewayClient
from .position import Anchor, Position
from .protocol import parse

PAGE = 2048
_DAY = 86_400
_GALLOP = 1024
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

    async def page(self, device: int) -> Page:
        """Read what follows a device's anchor; raises `AccessSystemError`.

        The anchor itself is read again with it: another record in its place, or none
        where older ones are, means that the log began anew. A log may be cleared at
        any time, so what is read without its anchor can be of another epoch.
        """
        anchor = self.position.anchors[device]
        records = await self._get(device, anchor.last + (not anchor.at), PAGE)
        more = len(records) == PAGE
        if not anchor.at:
            return Page(device, anchor, records, more=more)
        if not records:
            oldest = await self._get(device, 0, 1)
            if oldest and anchor.last > oldest[0].ID:
                return await self._anew(device, anchor)
            return Page(device, anchor)
        if anchor.last == records[0].ID:
            if (records[0].timestamp, records[0].eventCode) != (anchor.at, anchor.code):
                return await self._anew(device, anchor)
            records = records[1:]
        gap = None
        if records and anchor.last + 1 < records[0].ID:
            gap = _gap(
                anchor.at,
                records[0].timestamp,
                f"Device {device} holds no records "
                f"{anchor.last + 1} to {records[0].ID - 1}",
            )
        return Page(device, anchor, records, gap, more=more)

    async def _anew(self, device: int, old: Anchor) -> Page:
        """Read a log that began anew, from its begin."""
        anchor = Anchor(epoch=old.epoch + 1)
        records = await self._get(device, 0, PAGE)
        gap = None
        if records and old.at and records[0].timestamp > old.at:
            gap = _gap(
                old.at, records[0].timestamp, f"The log of device {device} was cleared"
            )
        return Page(device, anchor, records, gap, old, len(records) == PAGE)

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
        anchor = Anchor()
        high = newest
        while anchor.last + 1 < high:
            middle = (anchor.last + high) // 2
            records = await self._get(device, middle, 1)
            if records and records[0].timestamp < since:
                anchor = anchor_after(anchor, records[0])
            else:
                high = middle
        return anchor

    async def _get(self, device: int, start: int, count: int) -> list[Any]:
        """Read some records from a number on, in order and each once."""
        if start > _LAST_NUMBER:
            return []
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


def _gap(start: int, end: int, detail: str) -> Gap:
    """Return a gap between two times in Unix seconds."""
    return Gap(
        datetime.fromtimestamp(start, UTC),
        datetime.fromtimestamp(max(start, end), UTC),
        detail,
    )
