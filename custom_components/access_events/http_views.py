"""Pictures and files over HTTP, for those who may see them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from http import HTTPStatus
import logging
import secrets
from typing import Any
from urllib.parse import quote

from aiohttp import hdrs, web
from sqlalchemy import Row

from homeassistant.auth.models import User
from homeassistant.components.http import KEY_HASS_USER, HomeAssistantView
from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .export import CsvLines, JsonLines
from .journal import JournalError, LogFilter
from .journal_query import Names
from .journal_search import TextMatch
from .models import StoredEvent
from .pictures import PictureError, async_event_clip, async_event_picture
from .store import async_get_journal
from .targets import origins
from .visibility import async_may_see

_LOGGER = logging.getLogger(__name__)

_IMAGE_URL = f"/api/{DOMAIN}/image"
_CLIP_URL = f"/api/{DOMAIN}/clip"
_DOWNLOAD_URL = f"/api/{DOMAIN}/download"
_IMAGE_EXPIRES = timedelta(hours=24)
_OFFER_EXPIRES = timedelta(minutes=10)
_MOST_OFFERS = 100
_PAGE = 500
_TYPES = {"csv": "text/csv", "jsonl": "application/x-ndjson"}


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that a user may fetch for a while: what is in it, and how."""

    user_id: str
    wanted: LogFilter = field(repr=False)
    format: str
    zone: tzinfo
    made_at: datetime


OFFERS: HassKey[dict[str, Offer]] = HassKey(f"{DOMAIN}_offers")


@callback
def async_setup_views(hass: HomeAssistant) -> None:
    """Register the views."""
    hass.data[OFFERS] = {}
    hass.http.register_view(EventImageView())
    hass.http.register_view(EventClipView())
    hass.http.register_view(DownloadView())


def image_path(entry_id: str, event_key: str) -> str:
    """Return the path of an event's picture, for those who are logged in."""
    return f"{_IMAGE_URL}/{quote(entry_id, safe='')}/{quote(event_key, safe='')}"


def clip_path(entry_id: str, event_key: str) -> str:
    """Return the path of an event's film, for those who are logged in."""
    return f"{_CLIP_URL}/{quote(entry_id, safe='')}/{quote(event_key, safe='')}"


def async_signed_image(hass: HomeAssistant, stored: StoredEvent) -> str | None:
    """Return the signed path of an event's picture, None where there is none.

    It holds for a day, and for who asked over the websocket only.
    """
    if stored.event.image_ref is None:
        return None
    return async_signed(hass, image_path(stored.entry_id, stored.event.key))


@callback
def async_signed(hass: HomeAssistant, path: str) -> str:
    """Return the path of a picture or a film, signed for who asks, for a day."""
    # What is returned is unquoted, and a key may hold any sign.
    signature = async_sign_path(hass, path, _IMAGE_EXPIRES).rpartition("?")[2]
    return f"{path}?{signature}"


@callback
def async_offer(
    hass: HomeAssistant, user: User, wanted: LogFilter, form: str, zone: tzinfo
) -> str:
    """Return the signed path of a file with what a filter finds.

    The path holds nothing of the filter: names of people stay out of logs.
    """
    offers, now = hass.data[OFFERS], dt_util.utcnow()
    for key, offer in list(offers.items()):
        if now - offer.made_at > _OFFER_EXPIRES or len(offers) >= _MOST_OFFERS:
            del offers[key]
    key = secrets.token_urlsafe(16)
    offers[key] = Offer(user.id, wanted, form, zone, now)
    return async_sign_path(hass, f"{_DOWNLOAD_URL}/{key}", _OFFER_EXPIRES)


class EventImageView(HomeAssistantView):
    """Shows the picture of an event."""

    url = _IMAGE_URL + "/{entry_id}/{event_key:.+}"
    name = f"api:{DOMAIN}:image"
    fetch = staticmethod(async_event_picture)

    async def get(
        self, request: web.Request, entry_id: str, event_key: str
    ) -> web.Response:
        """Answer with the picture, if the user may see what happens at its door."""
        hass, user = request.app["hass"], request[KEY_HASS_USER]
        try:
            journal = await async_get_journal(hass)
            stored = await journal.find(entry_id, event_key)
        except JournalError:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        if stored is None or not async_may_see(
            hass, user, entry_id, stored.event.door_id
        ):
            return web.Response(status=HTTPStatus.NOT_FOUND)
        try:
            image = await self.fetch(hass, stored)
        except PictureError as err:
            _LOGGER.debug("No picture of an event: %s", err.code)
            return web.Response(status=err.status)
        return web.Response(
            body=image.content,
            content_type=image.content_type,
            headers={
                hdrs.CACHE_CONTROL: "private, max-age=86400",
                "X-Content-Type-Options": "nosniff",
            },
        )


class EventClipView(EventImageView):
    """Shows the film of an event."""

    url = _CLIP_URL + "/{entry_id}/{event_key:.+}"
    name = f"api:{DOMAIN}:clip"
    fetch = staticmethod(async_event_clip)


class DownloadView(HomeAssistantView):
    """Streams the events that a filter finds as a file."""

    url = _DOWNLOAD_URL + "/{key}"
    name = f"api:{DOMAIN}:download"

    async def get(self, request: web.Request, key: str) -> web.StreamResponse:
        """Answer with the file, to who asked for it."""
        hass: HomeAssistant = request.app["hass"]
        offer = hass.data[OFFERS].get(key)
        if (
            offer is None
            or request[KEY_HASS_USER].id != offer.user_id
            or dt_util.utcnow() - offer.made_at > _OFFER_EXPIRES
        ):
            return web.Response(status=HTTPStatus.NOT_FOUND)
        try:
            journal = await async_get_journal(hass)
        except JournalError:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        lines: CsvLines | JsonLines = (
            CsvLines(origins(hass), offer.zone)
            if offer.format == "csv"
            else JsonLines(origins(hass), offer.zone)
        )
        text = None if offer.wanted.text is None else TextMatch(offer.wanted.text)

        def take(rows: Sequence[Row[Any]], names: Names) -> bytes:
            if text is not None:
                rows = [
                    row
                    for row in rows
                    if text.row(
                        names,
                        row.door,
                        row.person,
                        row.credential,
                        row.reason,
                        row.message,
                    )
                ]
            return lines.page(rows, names)

        day = offer.made_at.astimezone(offer.zone).date().isoformat()
        response = web.StreamResponse(
            headers={
                hdrs.CONTENT_TYPE: f"{_TYPES[offer.format]}; charset=utf-8",
                hdrs.CONTENT_DISPOSITION: (
                    f'attachment; filename="access-events-{day}.{offer.format}"'
                ),
                hdrs.CACHE_CONTROL: "no-store",
            }
        )
        await response.prepare(request)
        await response.write(lines.head())
        try:
            async for data in journal.pages(offer.wanted, take, _PAGE):
                if data:
                    await response.write(data)
        except JournalError as err:
            _LOGGER.error("A download broke off: %s", err)
            # Without a proper end, nobody takes what is there for all there is.
            if request.transport is not None:
                request.transport.abort()
            return response
        await response.write_eof()
        return response
