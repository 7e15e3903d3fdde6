"""Media source of the Access Events integration: pictures and clips of events.

They are found by system, day and door, as far as the user may see the doors. What is
shown is fetched from the system when somebody looks.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import override
from urllib.parse import quote, unquote

from homeassistant.auth.models import User
from homeassistant.components import websocket_api
from homeassistant.components.media_player import BrowseError, MediaClass
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .coordinator import AccessConfigEntry, AccessCoordinator
from .http_views import async_signed, clip_path, image_path
from .journal import Journal, JournalError, LogFilter
from .journal_query import Place
from .journal_search import Page
from .models import Capability, Image, StoredEvent
from .pictures import PictureError, async_event_clip, async_event_picture
from .store import async_get_journal
from .targets import door_devices
from .visibility import async_may_see

_DAYS = 31
"""How many days with pictures are shown before there is "Earlier"."""

_EVENTS = 100
_IMAGE = "image/jpeg"


async def async_get_media_source(hass: HomeAssistant) -> AccessMediaSource:
    """Return the media source."""
    return AccessMediaSource(hass)


class AccessMediaSource(MediaSource):
    """Shows pictures and clips of events by system, day and door."""

    name = "Access Events"

    def __init__(self, hass: HomeAssistant) -> None:
        """Show what the journal of all systems knows."""
        super().__init__(DOMAIN)
        self.hass = hass

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return the address of a clip, or of the picture where there is none."""
        parts = item.identifier.split("/")
        if len(parts) != 4:
            raise Unresolvable("That is not a picture of an event")
        entry_id, key = parts[0], unquote(parts[3])
        try:
            journal = await async_get_journal(self.hass)
            stored = await journal.find(entry_id, key)
        except JournalError as err:
            raise Unresolvable(str(err)) from err
        if stored is None or not self._may_see(entry_id, stored.event.door_id):
            raise Unresolvable("The log holds no such event")
        try:
            clip = await async_event_clip(self.hass, stored)
        except PictureError:
            pass
        else:
            return self._playable(clip_path(entry_id, key), clip)
        try:
            image = await async_event_picture(self.hass, stored)
        except PictureError as err:
            raise Unresolvable("The system does not show its picture now") from err
        return self._playable(image_path(entry_id, key), image)

    def _playable(self, path: str, image: Image) -> PlayMedia:
        """Return an address that is signed already: others don't keep its quotes."""
        return PlayMedia(async_signed(self.hass, path), image.content_type)

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return what there is at one step: systems, days, doors or pictures."""
        try:
            match item.identifier.split("/") if item.identifier else []:
                case []:
                    return _folder(None, self.name, self._systems())
                case [entry_id]:
                    return await self._browse_days(self._system(entry_id), None)
                case [entry_id, "earlier", day]:
                    return await self._browse_days(self._system(entry_id), day)
                case [entry_id, day]:
                    return await self._browse_doors(self._system(entry_id), day)
                case [entry_id, day, door]:
                    return await self._browse_events(
                        self._system(entry_id), day, unquote(door), None
                    )
                case [entry_id, day, door, "earlier", place]:
                    return await self._browse_events(
                        self._system(entry_id), day, unquote(door), place
                    )
        except JournalError as err:
            raise BrowseError(str(err)) from err
        except ValueError as err:
            raise BrowseError("There is no such folder") from err
        raise BrowseError("There is no such folder")

    def _systems(self) -> list[BrowseMediaSource]:
        """Return the systems that have pictures of doors the user may see."""
        entries: list[AccessConfigEntry] = (
            self.hass.config_entries.async_loaded_entries(DOMAIN)
        )
        return [
            _folder(entry.entry_id, entry.title)
            for entry in entries
            if Capability.IMAGES in entry.runtime_data.system.capabilities
            and (self._user() is None or self._doors(entry.entry_id))
        ]

    def _system(self, entry_id: str) -> AccessCoordinator:
        """Return a system that is set up."""
        entry: AccessConfigEntry
        for entry in self.hass.config_entries.async_loaded_entries(DOMAIN):
            if entry.entry_id == entry_id:
                return entry.runtime_data
        raise BrowseError("That system is not set up now")

    async def _browse_days(
        self, coordinator: AccessCoordinator, before: str | None
    ) -> BrowseMediaSource:
        """Return the days on which there are pictures, newest first."""
        entry = coordinator.entry
        journal, doors = coordinator.journal, self._doors(entry.entry_id)
        end = None if before is None else _start(date.fromisoformat(before))
        days: list[BrowseMediaSource] = []
        while len(days) <= _DAYS and (
            found := await _page(journal, entry.entry_id, doors, None, end, 1)
        ):
            day = dt_util.as_local(found.events[0].event.occurred_at).date()
            if len(days) == _DAYS:
                shown = (day + timedelta(days=1)).isoformat()
                title = await self._word("media_earlier")
                days.append(_folder(f"{entry.entry_id}/earlier/{shown}", title))
            else:
                days.append(_folder(f"{entry.entry_id}/{day}", day.isoformat()))
            end = _start(day)
        return _folder(entry.entry_id, entry.title, days)

    async def _browse_doors(
        self, coordinator: AccessCoordinator, shown: str
    ) -> BrowseMediaSource:
        """Return the doors at which there are pictures of a day."""
        entry, day = coordinator.entry, date.fromisoformat(shown)
        start, end = _start(day), _start(day + timedelta(days=1))
        doors = []
        for door, name in self._doors(entry.entry_id).items():
            if await _page(coordinator.journal, entry.entry_id, [door], start, end, 1):
                identifier = f"{entry.entry_id}/{shown}/{quote(door, safe='')}"
                doors.append(_folder(identifier, name))
        return _folder(f"{entry.entry_id}/{shown}", shown, doors)

    async def _browse_events(
        self,
        coordinator: AccessCoordinator,
        shown: str,
        door: str,
        before: str | None,
    ) -> BrowseMediaSource:
        """Return the pictures of a day at a door, newest first."""
        entry, day = coordinator.entry, date.fromisoformat(shown)
        doors = self._doors(entry.entry_id)
        if door not in doors:
            raise BrowseError("There is no such door")
        after = None
        if before is not None:
            occurred, _, seq = before.partition(".")
            after = int(occurred), int(seq)
        page = await _page(
            coordinator.journal,
            entry.entry_id,
            [door],
            _start(day),
            _start(day + timedelta(days=1)),
            _EVENTS,
            after,
        )
        identifier = f"{entry.entry_id}/{shown}/{quote(door, safe='')}"
        clips = Capability.CLIPS in coordinator.system.capabilities
        found = [] if page is None else page.events
        children = [_item(identifier, stored, clips=clips) for stored in found]
        if page is not None and page.next is not None:
            place = f"{page.next[0]}.{page.next[1]}"
            title = await self._word("media_earlier")
            children.append(_folder(f"{identifier}/earlier/{place}", title))
        return _folder(identifier, doors[door], children, of=MediaClass.IMAGE)

    def _doors(self, entry_id: str) -> dict[str, str]:
        """Return the names of a system's doors that the user may see, by their ids."""
        registry = dr.async_get(self.hass)
        names: dict[str, str] = {}
        for (entry, door), device_id in door_devices(self.hass).items():
            if entry == entry_id and self._may_see(entry, door):
                device = registry.async_get(device_id)
                names[door] = (device and (device.name_by_user or device.name)) or door
        return dict(sorted(names.items(), key=lambda item: item[1].casefold()))

    def _may_see(self, entry_id: str, door: str | None) -> bool:
        """Tell whether who asks may see a door; Home Assistant itself may."""
        user = self._user()
        return user is None or async_may_see(self.hass, user, entry_id, door)

    @staticmethod
    def _user() -> User | None:
        """Return who looks, None for Home Assistant itself."""
        connection = websocket_api.current_connection.get()
        return connection.user if connection else None

    async def _word(self, key: str) -> str:
        """Return a word in Home Assistant's language."""
        words = await async_get_translations(
            self.hass, self.hass.config.language, "common", {DOMAIN}
        )
        return words[f"component.{DOMAIN}.common.{key}"]


def _start(day: date) -> datetime:
    """Return when a day begins here, in UTC."""
    zone = dt_util.get_default_time_zone()
    return datetime.combine(day, time.min, zone).astimezone(UTC)


async def _page(
    journal: Journal,
    entry_id: str,
    doors: Iterable[str],
    start: datetime | None,
    end: datetime | None,
    limit: int,
    after: Place | None = None,
) -> Page | None:
    """Return the newest events with a picture, None if there are none."""
    wanted = LogFilter(
        entry_ids=(entry_id,),
        door_ids=tuple((entry_id, door) for door in doors),
        start=start,
        end=end,
        pictures=True,
        limit=limit,
        descending=True,
    )
    page = await journal.search(wanted, after)
    while not page.events and page.next is not None:
        page = await journal.search(wanted, page.next)
    return page if page.events else None


def _item(folder: str, stored: StoredEvent, *, clips: bool) -> BrowseMediaSource:
    """Return an event as a picture or a clip, with what a glance tells."""
    event = stored.event
    at = dt_util.as_local(event.occurred_at).strftime("%H:%M:%S")
    who = (event.person and (event.person.name or event.person.id)) or event.reason
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=f"{folder}/{quote(event.key, safe='')}",
        media_class=MediaClass.VIDEO if clips else MediaClass.IMAGE,
        media_content_type="video/mp4" if clips else _IMAGE,
        title=f"{at} {who}" if who else at,
        thumbnail=image_path(stored.entry_id, event.key),
        can_play=True,
        can_expand=False,
    )


def _folder(
    identifier: str | None,
    title: str,
    children: list[BrowseMediaSource] | None = None,
    *,
    of: MediaClass = MediaClass.DIRECTORY,
) -> BrowseMediaSource:
    """Return a step on the way to pictures."""
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier,
        media_class=MediaClass.DIRECTORY,
        media_content_type="",
        title=title,
        can_play=False,
        can_expand=True,
        children_media_class=of,
        children=children,
    )
