"""Home Assistant's persons behind the people of the systems.

A subentry of a system links one of Home Assistant's persons to the ids or names under
which that system knows them. The same person may be linked in several systems.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigSubentry,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.hass_dict import HassKey

from .const import CONF_PEOPLE, CONF_PERSON, DOMAIN, SIGNAL_RECORDED, SUBENTRY_PERSON
from .entries import async_system_entries
from .journal import JournalError, LogFilter, Recorded
from .models import ACCESS_KINDS, Person, StoredEvent, plain
from .store import async_get_journal


def links_of(entry: ConfigEntry) -> Iterator[ConfigSubentry]:
    """Return the subentries of a system that link persons."""
    return (
        subentry
        for subentry in entry.subentries.values()
        if subentry.subentry_type == SUBENTRY_PERSON
    )


class PersonLinks:
    """Tells which of Home Assistant's persons somebody of one system is."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Take the links as they are whenever somebody asks."""
        self._registry = er.async_get(hass)
        self._entry = entry
        self._subentries: Mapping[str, ConfigSubentry] | None = None
        self._known: dict[str, str] = {}

    def reference(self, person: Person | None) -> str | None:
        """Return what a link holds of Home Assistant's person, None without a link."""
        if self._subentries is not self._entry.subentries:
            self._subentries = self._entry.subentries
            self._known = {
                plain(value): subentry.data[CONF_PERSON]
                for subentry in links_of(self._entry)
                for value in subentry.data[CONF_PEOPLE]
            }
        if not self._known or person is None:
            return None
        for value in (person.id, person.name):
            if value and (found := self._known.get(plain(value))):
                return found
        return None

    def entity_id(self, person: Person | None) -> str | None:
        """Return the entity of Home Assistant's person, None without a link."""
        if (reference := self.reference(person)) is None:
            return None
        return er.async_resolve_entity_id(self._registry, reference)


class PersonWatch:
    """Knows where persons were seen last, over all systems that they are linked in."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Hear of all that is recorded, and of links that change."""
        self.latest: dict[str, StoredEvent] = {}
        self._hass = hass
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        self._links: dict[str, PersonLinks] = {}
        async_dispatcher_connect(hass, SIGNAL_RECORDED, self._async_recorded)
        async_dispatcher_connect(
            hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._async_entry_changed
        )

    async def async_follow(
        self, reference: str, listener: Callable[[], None]
    ) -> CALLBACK_TYPE:
        """Call the listener whenever a person was seen later; restore what is known."""
        listeners = self._listeners.setdefault(reference, [])
        listeners.append(listener)
        if reference not in self.latest:
            await self._async_restore(reference)
        return partial(self._stop, reference, listener)

    def _stop(self, reference: str, listener: Callable[[], None]) -> None:
        """Call a listener no more; forget a person whom nobody follows."""
        self._listeners[reference].remove(listener)
        if not self._listeners[reference]:
            del self._listeners[reference]
            self.latest.pop(reference, None)

    @callback
    def _async_recorded(self, recorded: Recorded, _: object) -> None:
        """Look whether persons whom somebody follows were seen."""
        if self._listeners:
            self._take((*recorded.new, *recorded.enriched))

    def _take(self, events: Iterable[StoredEvent]) -> None:
        """Keep what is newest, and tell of it once."""
        seen: set[str] = set()
        for stored in events:
            if stored.event.kind not in ACCESS_KINDS or stored.event.person is None:
                continue
            reference = self._links_in(stored.entry_id).reference(stored.event.person)
            if reference not in self._listeners:
                continue
            shown = self.latest.get(reference)
            if shown is None or _time(stored) >= _time(shown):
                self.latest[reference] = stored
                seen.add(reference)
        for reference in seen:
            for listener in tuple(self._listeners[reference]):
                listener()

    def _links_in(self, entry_id: str) -> PersonLinks:
        """Return the links of a system."""
        if entry_id not in self._links:
            entry = self._hass.config_entries.async_get_known_entry(entry_id)
            self._links[entry_id] = PersonLinks(self._hass, entry)
        return self._links[entry_id]

    async def _async_restore(self, reference: str) -> None:
        """Read from the journal where a person was seen last."""
        found: list[StoredEvent] = []
        try:
            journal = await async_get_journal(self._hass)
            for entry in async_system_entries(self._hass):
                people = tuple(
                    value
                    for subentry in links_of(entry)
                    if subentry.data[CONF_PERSON] == reference
                    for value in subentry.data[CONF_PEOPLE]
                )
                if not people:
                    continue
                wanted = LogFilter(
                    entry_ids=(entry.entry_id,),
                    people=people,
                    kinds=ACCESS_KINDS,
                    limit=1,
                    descending=True,
                )
                page = await journal.search(wanted)
                while not page.events and page.next is not None:
                    page = await journal.search(wanted, page.next)
                found += page.events
        except JournalError:
            # What happens from now on is known, and the journal's trouble told.
            return
        self._take(found)

    @callback
    def _async_entry_changed(
        self, change: ConfigEntryChange, entry: ConfigEntry[Any]
    ) -> None:
        """Look again when a link may be another one now."""
        if entry.domain != DOMAIN:
            return
        if change is ConfigEntryChange.REMOVED:
            self._links.pop(entry.entry_id, None)
        if change is ConfigEntryChange.UPDATED and self._listeners:
            self._hass.async_create_task(self.async_look_again())

    async def async_look_again(self) -> None:
        """Read of all whom somebody follows where they were seen last.

        That may be earlier than it was, or nowhere, where events were forgotten.
        """
        for reference, listeners in tuple(self._listeners.items()):
            self.latest.pop(reference, None)
            await self._async_restore(reference)
            for listener in tuple(listeners):
                listener()


PERSON_WATCH: HassKey[PersonWatch] = HassKey(f"{DOMAIN}_persons")


def _time(stored: StoredEvent) -> tuple[Any, int]:
    """Return an event's place in time."""
    return stored.event.occurred_at, stored.seq
