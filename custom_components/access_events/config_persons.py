"""The flow that links a person of Home Assistant to people of a system."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .const import CONF_PEOPLE, CONF_PERSON, CONF_RECORD_NAMES, CONF_SENSORS
from .coordinator import AccessConfigEntry
from .journal import JournalError
from .models import Capability, Person, plain
from .persons import links_of
from .store import async_get_journal

# Its module needs what is installed with it, and not everybody has it.
_PERSON_DOMAIN = "person"


class PersonSubentryFlow(ConfigSubentryFlow):
    """Asks for a person, then for who they are in the system."""

    def __init__(self) -> None:
        """Start with nobody chosen."""
        self._person = ""
        self._people: list[Person] | None = None

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the person; one who has the name of somebody not linked is suggested."""
        registry = er.async_get(self.hass)
        linked = {
            subentry.data[CONF_PERSON] for subentry in links_of(self._get_entry())
        }
        persons = {
            state.entity_id: state.name
            for state in self.hass.states.async_all(_PERSON_DOMAIN)
            if _reference(registry, state.entity_id) not in linked
        }
        if not persons:
            return self.async_abort(reason="no_person")
        if user_input is not None:
            self._person = user_input[CONF_PERSON]
            return await self.async_step_people()
        names = {plain(person.name) for person in await self._known() if person.name}
        alike = [
            entity_id for entity_id, name in persons.items() if plain(name) in names
        ]
        shown = vol.Required(
            CONF_PERSON, description={"suggested_value": alike[0] if alike else None}
        )
        selector = EntitySelector(EntitySelectorConfig(include_entities=list(persons)))
        return self.async_show_form(
            step_id="user", data_schema=vol.Schema({shown: selector}), last_step=False
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask anew who a person is in the system."""
        registry = er.async_get(self.hass)
        reference = self._get_reconfigure_subentry().data[CONF_PERSON]
        self._person = er.async_resolve_entity_id(registry, reference) or reference
        return await self.async_step_people()

    async def async_step_people(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask who the person is in the system; those of the same name are suggested."""
        state = self.hass.states.get(self._person)
        name = state.name if state else self._person
        errors: dict[str, str] = {}
        if user_input is not None:
            if not user_input[CONF_PEOPLE]:
                errors[CONF_PEOPLE] = "none_chosen"
            elif self._taken() & set(map(plain, user_input[CONF_PEOPLE])):
                errors[CONF_PEOPLE] = "already_linked"
            else:
                return self._finish(name, user_input)
        known = await self._known()
        return self.async_show_form(
            step_id="people",
            data_schema=self.add_suggested_values_to_schema(
                _people_schema(known), user_input or self._suggested(name, known)
            ),
            errors=errors,
            description_placeholders={"name": name},
            last_step=True,
        )

    def _suggested(self, name: str, known: list[Person]) -> Mapping[str, Any]:
        """Return what is linked, or those of the person's name."""
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_subentry().data
        taken = self._taken()
        return {
            CONF_PEOPLE: [
                _value(person)
                for person in known
                if plain(person.name or "") == plain(name)
                and plain(_value(person)) not in taken
            ]
        }

    def _finish(self, name: str, user_input: dict[str, Any]) -> SubentryFlowResult:
        """Keep the link; what follows persons hears of it without a reload."""
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(),
                self._get_reconfigure_subentry(),
                title=name,
                data_updates=user_input,
            )
        reference = _reference(er.async_get(self.hass), self._person)
        return self.async_create_entry(
            title=name, data={CONF_PERSON: reference, **user_input}, unique_id=reference
        )

    def _taken(self) -> set[str]:
        """Return who is linked to other persons already."""
        own = (
            self._reconfigure_subentry_id if self.source == SOURCE_RECONFIGURE else None
        )
        return {
            plain(value)
            for subentry in links_of(self._get_entry())
            if subentry.subentry_id != own
            for value in subentry.data[CONF_PEOPLE]
        }

    async def _known(self) -> list[Person]:
        """Return whom the system knows: its register, and who came so far."""
        if self._people is not None:
            return self._people
        entry: AccessConfigEntry = self._get_entry()
        people: dict[str, Person] = {}
        with suppress(JournalError):
            journal = await async_get_journal(self.hass)
            people = {
                _value(person): person
                for person in await journal.people(entry.entry_id)
            }
        if (
            entry.state is ConfigEntryState.LOADED
            # Without names, events are by pseudonyms that the register does not know.
            and entry.options.get(CONF_RECORD_NAMES, True)
            and Capability.USERS_READ in entry.runtime_data.system.capabilities
        ):
            coordinator = entry.runtime_data
            with suppress(HomeAssistantError):
                people |= {
                    user.id: Person(id=user.id, name=user.name)
                    for user in await coordinator.command(coordinator.system.users())
                }
        self._people = list(people.values())
        return self._people


def _people_schema(known: list[Person]) -> vol.Schema:
    """Return the form of who a person is in the system."""
    options = [
        SelectOptionDict(value=_value(person), label=_label(person)) for person in known
    ]
    selector = SelectSelector(
        SelectSelectorConfig(
            options=sorted(options, key=lambda option: option["label"].casefold()),
            multiple=True,
            custom_value=True,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )
    return vol.Schema(
        {
            vol.Required(CONF_PEOPLE): selector,
            vol.Required(CONF_SENSORS, default=False): BooleanSelector(),
        }
    )


def _value(person: Person) -> str:
    """Return what a link holds of somebody: the id, which stays when a name changes."""
    return person.id or person.name or ""


def _label(person: Person) -> str:
    """Return how somebody is shown in the list."""
    if person.name and person.id:
        return f"{person.name} ({person.id})"
    return person.name or person.id or ""


def _reference(registry: er.EntityRegistry, entity_id: str) -> str:
    """Return what a link holds of a person: what stays when the entity is renamed."""
    entity = registry.async_get(entity_id)
    return entity.id if entity else entity_id
