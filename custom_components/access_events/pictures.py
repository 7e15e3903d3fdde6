"""Pictures of events, fetched from their systems when somebody looks."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from http import HTTPStatus

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .coordinator import AccessConfigEntry
from .models import Capability, Image, StoredEvent

SUFFIXES = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/bmp": (".bmp",),
}
"""The types of pictures that are shown and written; no other can do harm in a page."""

_MOST_BYTES = 16 * 1024 * 1024
_AT_ONCE = 3


class PictureError(Exception):
    """There is no picture now; `status` is HTTP's, `code` is free of values."""

    def __init__(self, status: HTTPStatus, code: str) -> None:
        """Keep why."""
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass(slots=True)
class _Album:
    """Pictures that were looked at lately; controllers are slow and easily busy."""

    pictures: OrderedDict[tuple[str, str], Image] = field(default_factory=OrderedDict)
    size: int = 0
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    def keep(self, key: tuple[str, str], image: Image) -> None:
        """Keep a picture, and let go of those that were not looked at for longest."""
        self.pictures[key] = image
        self.size += len(image.content)
        while self.size > _MOST_BYTES:
            _, old = self.pictures.popitem(last=False)
            self.size -= len(old.content)


_ALBUM: HassKey[_Album] = HassKey(f"{DOMAIN}_pictures")


def forget_pictures(hass: HomeAssistant) -> None:
    """Let go of all pictures that are at hand."""
    hass.data.pop(_ALBUM, None)


def picture_type(image: Image) -> str:
    """Return a picture's type without parameters, as `SUFFIXES` has it."""
    return image.content_type.partition(";")[0].strip().lower()


async def async_event_picture(hass: HomeAssistant, stored: StoredEvent) -> Image:
    """Return the picture of an event. Raises `PictureError`."""
    entry: AccessConfigEntry | None
    entry = hass.config_entries.async_get_entry(stored.entry_id)
    coordinator = getattr(entry, "runtime_data", None)
    if stored.event.image_ref is None:
        raise PictureError(HTTPStatus.NOT_FOUND, "no_picture")
    album = hass.data.setdefault(_ALBUM, _Album())
    key = stored.entry_id, stored.event.image_ref
    if (image := album.pictures.get(key)) is not None:
        album.pictures.move_to_end(key)
        return image
    if coordinator is None:
        raise PictureError(HTTPStatus.SERVICE_UNAVAILABLE, "not_loaded")
    if Capability.IMAGES not in coordinator.system.capabilities:
        raise PictureError(HTTPStatus.NOT_FOUND, "no_picture")
    async with album.turn:
        if (image := album.pictures.get(key)) is not None:
            return image
        try:
            image = await coordinator.command(
                coordinator.system.image(stored.event.image_ref)
            )
        except HomeAssistantError as err:
            raise PictureError(HTTPStatus.BAD_GATEWAY, "not_fetched") from err
    image = Image(image.content, picture_type(image))
    if image.content_type not in SUFFIXES:
        raise PictureError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unknown_type")
    album.keep(key, image)
    return image
