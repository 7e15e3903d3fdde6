"""Pictures that devices took of events, and what is kept at devices.

Source: G-SDK, Event API, Image log.
"""

import asyncio
from collections.abc import Sequence
import logging
from typing import Any

from ...models import Image
from ..base import AccessSystemError, RequestRejected
from .client import DevicesFailed
from .codes import KNOWN
from .protocol import message
from .site import Site

_LOGGER = logging.getLogger(__name__)

_AGAIN = 1.0
_TAKEN_WITHIN = 60
"""How many seconds may lie between a record and its picture."""
_ALWAYS = 1
_SET_FILTER = "event.Event/SetImageFilter"
_KINDS: dict[str, tuple[int, ...]] = {
    "access_granted": (0x1000, 0x1300, 0x1600),
    "access_denied": (0x1100, 0x1700, 0x1800, 0x1900, 0x1A00, 0x1C00),
    "unknown_credential": (0x1100, 0x1400, 0x1800),
    "duress": (0x1200, 0x1500),
    "exit_requested": (0x4A00,),
    "door_opened": (0x5200,),
    "door_forced_open": (0x5400, 0x5600),
    "door_held_open": (0x5500, 0x5800),
    "tamper": (0x4000,),
}
"""The codes of each kind of event that a picture may be wanted of."""
_SIGNATURES = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG", "image/png"))


class Pictures:
    """Fetches pictures, two at a time, and sets when they are taken."""

    def __init__(self, site: Site, wanted: Sequence[str] = ()) -> None:
        """Ask the devices of a gateway; `wanted` are the events to take pictures of."""
        self._site = site
        self._wanted = wanted
        self._refused: set[int] = set()
        """Devices of which it was said that they take no pictures of these."""
        self._turns = asyncio.Semaphore(2)

    async def image(self, ref: str) -> Image:
        """Fetch the picture that a device took of an event.

        A picture may be there a moment later than its event, so it is asked for twice.
        """
        try:
            device, number, at = (int(part) for part in ref.split(":"))
        except ValueError:
            raise RequestRejected("picture_gone") from None
        async with self._turns:
            content = await self._fetch(device, number, at)
            if content is None:
                await asyncio.sleep(_AGAIN)
                content = await self._fetch(device, number, at)
        if not content:
            raise RequestRejected("picture_gone")
        content_type = next(
            (kind for start, kind in _SIGNATURES if content.startswith(start)), None
        )
        if content_type is None:
            raise RequestRejected("not_a_picture")
        return Image(content, content_type)

    async def _fetch(self, device: int, number: int, at: int) -> bytes | None:
        """Return the picture of one record, None if there is another one there.

        Its number tells it, but numbers begin again when a log is cleared: one that was
        taken at quite another time is of another record.
        """
        response = await self._site.client.call(
            "event.Event/GetImageLog",
            deviceID=device,
            startEventID=number,
            maxNumOfLog=1,
        )
        for picture in response.imageEvents:
            if number == picture.ID and (
                not picture.timestamp or abs(picture.timestamp - at) <= _TAKEN_WITHIN
            ):
                return bytes(picture.JPGImage)
        return None

    # When pictures are taken

    async def keep_filter(self, device: int) -> None:
        """Have a device take the pictures that the user wants, if it does not yet."""
        if not self._wanted or device not in self._site.doors.pictured:
            return
        try:
            codes = _codes(self._wanted)
            response = await self._site.client.call(
                "event.Event/GetImageFilter", deviceID=device
            )
            present = {item.eventCode for item in response.filters if item.scheduleID}
            if present != set(codes):
                await self._site.client.call(
                    _SET_FILTER, deviceID=device, filters=_filters(codes)
                )
        except AccessSystemError as err:
            level = logging.DEBUG if device in self._refused else logging.WARNING
            self._refused.add(device)
            _LOGGER.log(
                level, "Device %s was not told when to take pictures: %s", device, err
            )
        else:
            self._refused.discard(device)

    async def set_filter(self, devices: Sequence[int], events: Sequence[str]) -> None:
        """Have devices take a picture of each of these events, and of no others.

        Raises `RequestRejected` for an event that is not known, with the devices that
        failed where only some did.
        """
        codes = _codes(events)
        able = [device for device in devices if device in self._site.doors.pictured]
        await self._multi(_SET_FILTER, able or devices, filters=_filters(codes))

    async def clear_log(self, devices: Sequence[int]) -> None:
        """Delete all records that some devices hold; they are gone for good there."""
        await self._multi("event.Event/ClearLog", devices)

    async def _multi(self, path: str, devices: Sequence[int], **fields: object) -> None:
        """Make one call for all devices, and tell on which it was done if not on all."""
        try:
            await self._site.client.call_each(path, devices, **fields)
        except DevicesFailed as err:
            names = self._site.devices.name
            done = [names(device) for device in devices if device not in err.devices]
            if not done:
                raise
            raise RequestRejected(
                "half_done",
                done=", ".join(done),
                failed=", ".join(map(names, err.devices)),
                message=err,
            ) from err


def _codes(events: Sequence[str]) -> list[int]:
    """Return the codes of events; raises `RequestRejected` for one that is unknown."""
    names = {meaning.name: code for (code, sub), meaning in KNOWN.items() if not sub}
    if unknown := sorted(set(events) - _KINDS.keys() - names.keys()):
        raise RequestRejected(
            "events_unknown", events=", ".join(unknown), known=", ".join(_KINDS)
        )
    codes = (
        code
        for event in events
        for code in (_KINDS[event] if event in _KINDS else (names[event],))
    )
    return list(dict.fromkeys(codes))


def _filters(codes: Sequence[int]) -> list[Any]:
    """Return what has devices take a picture of each of these codes, at all times."""
    return [
        message("ImageFilter", eventCode=code, scheduleID=_ALWAYS) for code in codes
    ]
