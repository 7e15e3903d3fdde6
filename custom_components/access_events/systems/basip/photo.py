"""Pictures of a BAS-IP panel's camera: what it sees now is all that there is.

Source: BAS-IP's API page "Photo"; panels were seen to send the bytes, base64 text of
them, or another format than they say, so the bytes decide.
"""

import asyncio
import base64
import binascii
from collections import OrderedDict
from collections.abc import Iterable

from ...models import Image
from ..base import AccessSystemError, RequestRejected
from ..parsing import mapping
from .client import BasIpClient, NotFound

_KEPT = 8
_LARGEST = 4 * 1024 * 1024


def sniffed(content: bytes) -> Image | None:
    """Return a picture and its true type, None if the bytes are no picture."""
    if content.startswith(b"\xff\xd8\xff"):
        return Image(content, "image/jpeg")
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return Image(content, "image/webp")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return Image(content, "image/png")
    return None


def picture(content: bytes) -> Image | None:
    """Return the picture in an answer, also from base64 text, quoted or as a URL."""
    if (image := sniffed(content)) is not None:
        return image
    encoded = content.strip().strip(b"\"'")
    if encoded.startswith(b"data:"):
        encoded = encoded.partition(b",")[2]
    try:
        return sniffed(base64.b64decode(b"".join(encoded.split()), validate=True))
    except binascii.Error, ValueError:
        return None


class Photos:
    """Takes a picture when something happens, and keeps the newest few."""

    def __init__(self, client: BasIpClient) -> None:
        """Start with no picture."""
        self._client = client
        self._kept: OrderedDict[str, asyncio.Future[Image | None]] = OrderedDict()
        self.available = True

    def announce(self, ref: str) -> None:
        """Promise a picture that will be taken in a moment."""
        self._kept[ref] = asyncio.get_running_loop().create_future()
        while len(self._kept) > _KEPT:
            _, future = self._kept.popitem(last=False)
            if not future.done():
                future.set_result(None)

    async def take(self, refs: Iterable[str]) -> None:
        """Take the picture that was promised; a panel without a camera has none."""
        image = None
        try:
            answer = await self._client.call("GET", "photo/file", repeatable=True)
            if len(answer.content) <= _LARGEST:
                image = picture(answer.content)
            if image is None and (told := mapping(answer.json)):
                texts = [value for value in told.values() if isinstance(value, str)]
                found = (picture(value.encode()) for value in texts)
                image = next(filter(None, found), None)
        except NotFound:
            self.available = False
        except AccessSystemError:
            image = None
        for ref in refs:
            future = self._kept.get(ref)
            if future is not None and not future.done():
                future.set_result(image)

    async def get(self, ref: str) -> Image:
        """Return a picture that is still kept."""
        image = None
        if (future := self._kept.get(ref)) is not None:
            try:
                async with asyncio.timeout(30):
                    image = await asyncio.shield(future)
            except TimeoutError:
                image = None
        if image is None:
            raise RequestRejected("picture_gone")
        return image
