"""Pictures that devices took of events, and what is kept at devices.

Source: G-SDK, Event API, Image log.
"""

import asyncio
from collections.abc import Sequence

from ...models import Image
from ..base import NotSupported, RequestRejected
from .client import DevicesFailed
from .codes import KNOWN
from .protocol import message
from .site import Site

_AGAIN = 1.0
_ALWAYS = 1
_SIGNATURES = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG", "image/png"))


class Pictures:
    """Fetches pictures, one at a time, and sets when they are taken."""

    def __init__(self, site: Site) -> None:
        """Ask the devices of a gateway."""
        self._site = site
        self._one = asyncio.Semaphore(2)

    async def image(self, ref: str) -> Image:
        """Fetch the picture that a device took of an event.

        A picture may be there a moment later than its event, so it is asked for twice.
        """
        try:
            device, number, at = (int(part) for part in ref.split(":"))
        except ValueError:
            raise RequestRejected("There is no such picture") from None
        async with self._one:
            content = await self._fetch(device, number, at)
            if content is None:
                await asyncio.sleep(_AGAIN)
                content = await self._fetch(device, number, at)
        if not content:
            raise RequestRejected("The device holds no picture of this event any more")
        content_type = next(
            (kind for start, kind in _SIGNATURES if content.startswith(start)), None
        )
        if content_type is None:
            raise RequestRejected("What the device sent is not a picture")
        return Image(content, content_type)

    async def _fetch(self, device: int, number: int, at: int) -> bytes | None:
        """Return the picture of one record, None if there is another one there."""
        response = await self._site.client.call(
            "event.Event/GetImageLog",
            deviceID=device,
            startEventID=number,
            maxNumOfLog=1,
        )
        for picture in response.imageEvents:
            if number == picture.ID and picture.timestamp == at:
                return bytes(picture.JPGImage)
        return None

    async def filters(self, device: int) -> list[tuple[str, int]]:
        """Return of which events a device takes pictures, and the schedule of each."""
        response = await self._site.client.call(
            "event.Event/GetImageFilter", deviceID=device
        )
        return [
            (
                meaning.name
                if (meaning := KNOWN.get((item.eventCode, 0)))
                else f"{item.eventCode:#06x}",
                item.scheduleID,
            )
            for item in response.filters
        ]

    async def set_filter(self, devices: Sequence[int], events: Sequence[str]) -> None:
        """Have devices take a picture of each event of these names, and of no others.

        Raises `RequestRejected` for a name that is not known, with the devices that
        failed where only some did.
        """
        codes = {
            meaning.name: code for (code, sub), meaning in KNOWN.items() if not sub
        }
        unknown = sorted(set(events) - codes.keys())
        if unknown:
            raise RequestRejected(f"There are no such events: {', '.join(unknown)}")
        filters = [
            message("ImageFilter", eventCode=codes[name], scheduleID=_ALWAYS)
            for name in dict.fromkeys(events)
        ]
        try:
            await self._site.client.call(
                "event.Event/SetImageFilterMulti", deviceIDs=devices, filters=filters
            )
        except NotSupported:
            await self._each("event.Event/SetImageFilter", devices, filters=filters)

    async def clear_log(self, devices: Sequence[int]) -> None:
        """Delete all records that some devices hold; they are gone for good there."""
        try:
            await self._site.client.call("event.Event/ClearLogMulti", deviceIDs=devices)
        except NotSupported:
            await self._each("event.Event/ClearLog", devices)

    async def _each(self, path: str, devices: Sequence[int], **fields: object) -> None:
        """Make a call for each device, and tell which ones failed."""
        failed: dict[int, str] = {}
        for device in devices:
            try:
                await self._site.client.call(path, deviceID=device, **fields)
            except RequestRejected as err:
                failed[device] = err.reason
        if failed:
            raise DevicesFailed(failed)
