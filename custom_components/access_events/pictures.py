"""Pictures of events, fetched from their systems when somebody looks."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Container
from dataclasses import dataclass, field
from http import HTTPStatus

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .coordinator import AccessConfigEntry, AccessCoordinator
from .models import Capability, Image, StoredEvent

SUFFIXES = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/bmp": (".bmp",),
}
"""The types of pictures that are shown and written; no other can do harm in a page."""

_CLIPS = ("video/mp4",)
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
        # Two may have waited for the same one at once.
        if (before := self.pictures.pop(key, None)) is not None:
            self.size -= len(before.content)
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
    if (ref := stored.event.image_ref) is None:
        raise PictureError(HTTPStatus.NOT_FOUND, "no_picture")
    album = hass.data.setdefault(_ALBUM, _Album())
    key = stored.entry_id, ref
    if (image := album.pictures.get(key)) is not None:
        album.pictures.move_to_end(key)
        return image
    coordinator = _able(hass, stored, Capability.IMAGES)
    async with album.turn:
        if (image := album.pictures.get(key)) is not None:
            return image
        image = await _fetch(coordinator, coordinator.system.image(ref), SUFFIXES)
    album.keep(key, image)
    return image


async def async_event_clip(hass: HomeAssistant, stored: StoredEvent) -> Image:
    """Return the film of an event. Raises `PictureError`."""
    if (ref := stored.event.image_ref) is None:
        raise PictureError(HTTPStatus.NOT_FOUND, "no_picture")
    coordinator = _able(hass, stored, Capability.CLIPS)
    async with hass.data.setdefault(_ALBUM, _Album()).turn:
        return await _fetch(coordinator, coordinator.system.clip(ref), _CLIPS)


def _able(
    hass: HomeAssistant, stored: StoredEvent, capability: Capability
) -> AccessCoordinator:
    """Return the system of an event, if it is set up and has such a thing."""
    entry: AccessConfigEntry | None
    entry = hass.config_entries.async_get_entry(stored.entry_id)
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        raise PictureError(HTTPStatus.SERVICE_UNAVAILABLE, "not_loaded")
    if capability not in entry.runtime_data.system.capabilities:
        raise PictureError(HTTPStatus.NOT_FOUND, "no_picture")
    return entry.runtime_data


async def _fetch(
    coordinator: AccessCoordinator, fetching: Awaitable[Image], types: Container[str]
) -> Image:
    """Return what a system sends, if it is of one of some types."""
    try:
        image = await coordinator.command(fetching)
    except HomeAssistantError as err:
        raise PictureError(HTTPStatus.BAD_GATEWAY, "not_fetched") from err
    image = Image(image.content, picture_type(image))
    if image.content_type not in types:
        raise PictureError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unknown_type")
    return image
