"""Reading the logs of devices, page by page and in order.

Source: G-SDK, Event API, GetLog. Records count upwards in each device; the oldest are
overwritten when there is no room. Nothing tells the newest number, nor that a log was
cleared: both are found out by reading.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..base import AccessSystemError, Gap
from .client import GatewayClient
from .position import Anchor, Position

PAGE = 4096
_DAY = 86_400
_GALLOP = 1024
_LAST_NUMBER = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Page:
    """Records that follow an anchor, by their numbers.

    `anchor` is the one that they follow: of another epoch than before, if the log began
    anew, and then `replaced` is the old one.
    """

    device: int
    anchor: Anchor
    records: Sequence[Any] = field(default=(), repr=False)
    gap: Gap | None = None
    replaced: Anchor | None = None


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

    async def page(self, device: int, *, verify: bool) -> Page:
        """Read what follows a device's anchor; raises `AccessSystemError`.

        With `verify` the anchor itself is read again first: another record in its
        place, or none where older ones are, means that the log began anew.
        """
        anchor = self.position.anchors[device]
        check = verify and anchor.last > 0
        start = anchor.last if check and anchor.at else anchor.last + 1
        records = await self._get(device, start, PAGE)
        if not check:
            return Page(device, anchor, records)
        if not records:
            oldest = await self._get(device, 0, 1)
            if oldest and anchor.last > oldest[0].ID:
                return await self._anew(device, anchor)
            return Page(device, anchor)
        first = records[0]
        if anchor.last == first.ID:
            if (first.timestamp, first.eventCode) != (anchor.at, anchor.code):
                return await self._anew(device, anchor)
            if len(records) == 1:
                return Page(device, anchor)
            records = records[1:]
            first = records[0]
        gap = None
        if anchor.last + 1 < first.ID and anchor.at:
            gap = _gap(
                anchor.at,
                first.timestamp,
                f"Device {device} holds no records {anchor.last + 1} to {first.ID - 1}",
            )
        return Page(device, anchor, records, gap)

    async def _anew(self, device: int, old: Anchor) -> Page:
        """Read a log that began anew, from its begin."""
        anchor = Anchor(epoch=old.epoch + 1)
        records = await self._get(device, 0, PAGE)
        gap = None
        if records and old.at and records[0].timestamp > old.at:
            gap = _gap(
                old.at, records[0].timestamp, f"The log of device {device} was cleared"
            )
        return Page(device, anchor, records, gap, old)

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
        return Anchor(last=await self._first_since(device, newest.ID, since) - 1)

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

    async def _first_since(self, device: int, newest: int, since: int) -> int:
        """Return the number of the first record that is not older than a time."""
        low, high = 0, newest
        while low < high:
            middle = (low + high) // 2
            records = await self._get(device, middle, 1)
            if records and records[0].timestamp < since:
                low = records[0].ID + 1
            else:
                high = middle
        return max(low, 1)

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
        found: Mapping[int, Any] = {
            record.ID: record for record in response.events if start <= record.ID
        }
        self.read += len(found)
        return [found[number] for number in sorted(found)]


def _gap(start: int, end: int, detail: str) -> Gap:
    """Return a gap between two times in Unix seconds."""
    return Gap(
        datetime.fromtimestamp(start, UTC),
        datetime.fromtimestamp(max(start, end), UTC),
        detail,
    )
