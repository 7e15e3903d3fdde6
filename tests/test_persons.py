"""Tests of persons: linked in the flow, told with events, followed by sensors."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.access_events.const import DOMAIN
from custom_components.access_events.models import EventKind, Person, User
from homeassistant.config_entries import (
    ConfigSubentryData,
    SubentryFlowContext,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component

from .actions import FullToySystem, ask, install, logged, recorded
from .doors import replay
from .forms import WORDS, filled, suggested
from .toy import START
from .wait import wait_for

type SetUp = Callable[[], Awaitable[MockConfigEntry]]

JANE = Person(id="7", name="Jane Doe")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> FullToySystem:
    """Return a system that a test plays, with a register."""
    toy = install(monkeypatch)
    toy.register = [User(id="7", name="jane  DOE"), User(id="8", name="John Roe")]
    return toy


@pytest.fixture(autouse=True)
async def persons(hass: HomeAssistant) -> None:
    """Let two people live here."""
    names = {"jane": "Jane Doe", "ann": "Ann"}
    config = [{"id": key, "name": name} for key, name in names.items()]
    assert await async_setup_component(hass, "person", {"person": config})


def reference(hass: HomeAssistant, entity_id: str) -> str:
    """Return what a link holds of a person."""
    entity = er.async_get(hass).async_get(entity_id)
    assert entity is not None
    return entity.id


async def begin(
    hass: HomeAssistant, entry: MockConfigEntry, changed: str | None = None
) -> SubentryFlowResult:
    """Begin to link a person, or to change a link."""
    context = SubentryFlowContext(source="user")
    if changed is not None:
        context = SubentryFlowContext(source="reconfigure", subentry_id=changed)
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, "person"), context=context
    )


async def answer(
    hass: HomeAssistant, form: SubentryFlowResult, **values: Any
) -> SubentryFlowResult:
    """Fill a form in."""
    done = await hass.config_entries.subentries.async_configure(form["flow_id"], values)
    await hass.async_block_till_done()
    return done


async def link(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    people: list[str],
    *,
    sensors: bool = False,
    person: str = "person.jane_doe",
) -> None:
    """Link a person as a user does."""
    form = await answer(hass, await begin(hass, entry), person=person)
    done = await answer(hass, form, people=people, sensors=sensors)
    assert done["type"] is FlowResultType.CREATE_ENTRY, done


async def test_link(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """Those of the same name are suggested, from the register and from the log."""
    toy.happen(person=Person(id=None, name="Jane Doe"))
    toy.happen(person=Person(id="9", name="Somebody else"))
    await recorded(toy_entry, 2)
    form = await begin(hass, toy_entry)
    assert suggested(form) == {"person": "person.jane_doe"}  # type: ignore[arg-type]
    form = await answer(hass, form, person="person.jane_doe")
    assert form["step_id"] == "people"
    assert form["description_placeholders"] == {"name": "Jane Doe"}
    steps = WORDS["config_subentries"]["person"]["step"]
    assert filled(steps["people"]["title"], {"name": "Jane Doe"})
    assert form["data_schema"] is not None
    fields = set(map(str, form["data_schema"].schema))
    assert set(steps["people"]["data"]) == fields
    assert set(steps["people"]["data_description"]) == fields
    assert suggested(form) == {"people": ["Jane Doe", "7"]}  # type: ignore[arg-type]
    form = await answer(hass, form, people=[], sensors=False)
    assert form["errors"] == {"people": "none_chosen"}
    done = await answer(hass, form, people=["7", "Jane Doe"], sensors=False)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    (subentry,) = toy_entry.subentries.values()
    assert subentry.title == "Jane Doe"
    assert subentry.data == {
        "person": reference(hass, "person.jane_doe"),
        "people": ["7", "Jane Doe"],
        "sensors": False,
    }
    # Somebody else can't be the same one.
    form = await answer(hass, await begin(hass, toy_entry), person="person.ann")
    form = await answer(hass, form, people=["jane doe"], sensors=False)
    assert form["errors"] == {"people": "already_linked"}
    await answer(hass, form, people=["8"], sensors=False)
    assert (await begin(hass, toy_entry))["reason"] == "no_person"
    # The link itself can be changed.
    form = await begin(hass, toy_entry, subentry.subentry_id)
    assert suggested(form)["people"] == ["7", "Jane Doe"]  # type: ignore[arg-type]
    done = await answer(hass, form, people=["7"], sensors=False)
    assert done["reason"] == "reconfigure_successful"
    assert toy_entry.subentries[subentry.subentry_id].data["people"] == ["7"]


async def test_people_without_names(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """Where names are not recorded, the register's are of no use, and not shown."""
    hass.config_entries.async_update_entry(toy_entry, options={"record_names": False})
    toy.happen(person=Person(id="7", name="Jane Doe"))
    form = await answer(hass, await begin(hass, toy_entry), person="person.jane_doe")
    assert suggested(form) == {"people": []}  # type: ignore[arg-type]
    assert form["data_schema"] is not None
    assert "Jane" not in str(form["data_schema"].schema)


async def test_events_carry_the_person(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Bus, entity, answers and the panel tell who it was, also under a new entity id."""
    heard = async_capture_events(hass, "access_events_event")
    await link(hass, toy_entry, ["7", "jane doe"])
    er.async_get(hass).async_update_entity(
        "person.jane_doe", new_entity_id="person.jane"
    )
    await hass.async_block_till_done()
    for person in (JANE, Person(id=None, name="JANE Doe"), Person(id="8"), None):
        toy.happen(person=person)
    await recorded(toy_entry, 4)
    await hass.async_block_till_done()
    told = [event.data["ha_person"] for event in heard]
    assert told == ["person.jane", "person.jane", None, None]
    state = hass.states.get("event.front_access")
    assert state is not None
    assert state.attributes["ha_person"] is None
    assert [event["ha_person"] for event in await logged(hass, 4)] == told
    ws = await hass_ws_client(hass)
    await ws.send_json_auto_id({"type": "access_events/query", "order": "oldest"})
    events = (await ws.receive_json())["result"]["events"]
    assert [event["ha_person"] for event in events] == told
    await ws.send_json_auto_id(
        {"type": "access_events/people/list", "entry_id": toy_entry.entry_id}
    )
    people = (await ws.receive_json())["result"]["people"]
    assert [person["ha_person"] for person in people] == ["person.jane", None]
    # Without the link, nothing is told.
    (subentry_id,) = toy_entry.subentries
    hass.config_entries.async_remove_subentry(toy_entry, subentry_id)
    assert (await logged(hass, 4))[0]["ha_person"] is None


def value(hass: HomeAssistant, name: str) -> str | None:
    """Return the state of a person's sensor."""
    state = hass.states.get(f"sensor.jane_doe_{name}")
    return state.state if state else None


async def test_sensors(
    hass: HomeAssistant, toy: FullToySystem, set_up_toy: SetUp
) -> None:
    """Sensors show where somebody was seen last, in all systems, and never go back."""
    entry = await set_up_toy()
    toy.happen(person=JANE, door_id="back", door_name="Back")
    toy.happen(person=JANE, kind=EventKind.DOOR_OPENED)
    await recorded(entry, 2)
    await link(hass, entry, ["7"], sensors=True)
    # What was recorded before there were sensors is known.
    assert value(hass, "last_door") == "Back"
    assert value(hass, "last_seen") == START.isoformat()
    later = toy.happen(person=JANE, occurred_at=START + timedelta(hours=1))
    toy.happen(person=Person(id="8"), occurred_at=START + timedelta(hours=2))
    await recorded(entry, 4)
    await wait_for(lambda: value(hass, "last_door") == "Front")
    assert value(hass, "last_seen") == later.occurred_at.isoformat()
    await replay(hass, toy, entry, person=JANE, door_id="back")
    assert value(hass, "last_door") == "Front"
    # The log forgets that she came, and so does her sensor.
    await ask(hass, "forget_person", person="7", config_entry_id=entry.entry_id)
    assert value(hass, "last_door") == "unknown"
    toy.happen(person=JANE, occurred_at=START + timedelta(hours=2))
    later = toy.log[-1]
    await wait_for(lambda: value(hass, "last_door") == "Front")
    # After a restart the journal tells.
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert value(hass, "last_door") == "Front"
    assert value(hass, "last_seen") == later.occurred_at.isoformat()
    # Another system knows her under another name.
    other = MockConfigEntry(
        domain=DOMAIN,
        title="Other",
        data=entry.data,
        subentries_data=[
            ConfigSubentryData(
                data={
                    "person": reference(hass, "person.jane_doe"),
                    "people": ["J. D."],
                    "sensors": False,
                },
                subentry_type="person",
                title="Jane Doe",
                unique_id=None,
            )
        ],
    )
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    toy.happen(
        person=Person(name="j. d."),
        door_id="back",
        occurred_at=START + timedelta(hours=3),
    )
    await wait_for(lambda: value(hass, "last_door") == "Back")
    # Who is no longer linked is no longer followed.
    subentry_id = next(iter(entry.subentries))
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await hass.async_block_till_done()
    assert value(hass, "last_door") is None


async def test_sensors_are_optional(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """Sensors come and go with the choice, without a reload of the system."""
    coordinator = toy_entry.runtime_data
    await link(hass, toy_entry, ["7"])
    assert value(hass, "last_door") is None
    (subentry_id,) = toy_entry.subentries
    for wanted in (True, False, True):
        form = await begin(hass, toy_entry, subentry_id)
        await answer(hass, form, people=["7"], sensors=wanted)
        assert value(hass, "last_door") == ("unknown" if wanted else None)
    assert toy_entry.runtime_data is coordinator
    toy.happen(person=JANE)
    await recorded(toy_entry, 1)
    await wait_for(lambda: value(hass, "last_door") == "Front")
    # The person's device outlives the list of doors, which others don't.
    toy.drop()
    await wait_for(lambda: not coordinator.available)
    await wait_for(lambda: coordinator.caught_up, timeout=20)
    assert any(
        device.name == "Jane Doe"
        for device in dr.async_entries_for_config_entry(
            dr.async_get(hass), toy_entry.entry_id
        )
    )
