"""Tests of the action that forgets a person: in the log, and in all that is shown."""

from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_capture_events,
    async_mock_restore_state_shutdown_restart,
    mock_restore_cache_with_extra_data,
)

from custom_components.access_events.const import CONF_RECORD_NAMES, DOMAIN, EVENT_TYPE
from custom_components.access_events.models import Image, Person
from custom_components.access_events.systems.base import ConnectError, HistoryNeeded
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Context, HomeAssistant, State
from homeassistant.exceptions import ServiceValidationError, Unauthorized

from .actions import ask
from .doors import recorded, set_up, state_of, value_of
from .toy import ToySystem
from .wait import wait_for

JANE = Person(id="p7", name="Jane Planted")
JOHN = Person(id="p8", name="John Other")
PERSON, ACCESS = "sensor.front_last_person", "event.front_access"
SNAPSHOT = "image.front_last_snapshot"


async def a_day(hass: HomeAssistant, toy: ToySystem) -> MockConfigEntry:
    """Let John come, then Jane, to one door, and Jane to another."""
    toy.pictures = {
        name: Image(b"\xff\xd8\xff", "image/jpeg") for name in ("one", "two")
    }
    entry = await set_up(hass, toy)
    toy.happen(person=JOHN, image_ref="one")
    toy.happen(person=JANE, image_ref="two", message="Hello Jane Planted")
    toy.happen(person=JANE, door_id="back", door_name="Back")
    await recorded(hass, toy, entry)
    assert value_of(hass, PERSON) == "Jane Planted"
    assert state_of(hass, ACCESS).attributes["person"] == "Jane Planted"
    return entry


def shown(hass: HomeAssistant) -> str:
    """Return all that states show."""
    return str([state.as_dict() for state in hass.states.async_all()])


@pytest.mark.parametrize("mode", ["remove", "pseudonymise"])
async def test_nothing_shows_them_any_more(
    hass: HomeAssistant,
    toy: ToySystem,
    mode: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Log, sensors, event entities and pictures are free of the person at once."""
    entry = await a_day(hass, toy)
    events = async_capture_events(hass, EVENT_TYPE)
    before = value_of(hass, ACCESS)
    answer = await ask(hass, "forget_person", person="Jane Planted", mode=mode)
    assert answer == {"rows": 2, "mentions": 0, "not_read": []}
    await hass.async_block_till_done()
    assert "Planted" not in shown(hass)
    assert "p7" not in shown(hass)
    # What happened stays shown, and nothing is told again.
    assert value_of(hass, ACCESS) == before
    assert events == []
    if mode == "remove":
        assert value_of(hass, PERSON) == "John Other"
        assert value_of(hass, "sensor.back_last_person") == "unknown"
        first = toy.log[0].occurred_at.isoformat()
        assert value_of(hass, SNAPSHOT) == first
    else:
        stranger = value_of(hass, PERSON)
        assert stranger.startswith("Person ")
        assert value_of(hass, "sensor.back_last_person") == stranger
    log = await ask(hass, "get_logs")
    assert log["total"] == (1 if mode == "remove" else 3)
    assert "Planted" not in str(log)
    assert entry.runtime_data.recorded == log["total"]
    assert "Planted" not in caplog.text


@pytest.mark.parametrize("mode", ["remove", "pseudonymise"])
async def test_catching_up_brings_nothing_back(
    hass: HomeAssistant, toy: ToySystem, mode: str
) -> None:
    """What the system still holds and tells again, at any start, stays forgotten."""
    entry = await a_day(hass, toy)
    await ask(hass, "forget_person", person="p7", mode=mode)
    left = (await ask(hass, "get_logs"))["events"]
    # Its history is read again from the beginning, as with an overlap.
    journal = entry.runtime_data.journal
    await hass.config_entries.async_unload(entry.entry_id)
    await journal.record(entry.entry_id, (), "0", live=False)
    await hass.config_entries.async_setup(entry.entry_id)
    await wait_for(lambda: toy.listening)
    assert await journal.cursor(entry.entry_id) == "3"
    toy.wire.put_nowait(HistoryNeeded("once more"))
    await entry.runtime_data.catch_up()
    await hass.async_block_till_done()
    assert (await ask(hass, "get_logs"))["events"] == left
    assert "Planted" not in shown(hass)
    # What they do from now on is told again.
    toy.happen(person=JANE)
    await wait_for(lambda: value_of(hass, PERSON) == "Jane Planted")


async def test_what_was_not_read_yet(hass: HomeAssistant, toy: ToySystem) -> None:
    """The log is completed first, and the answer names systems where that failed."""
    entry = await a_day(hass, toy)
    toy.happen(person=JANE, pushed=False)
    answer = await ask(hass, "forget_person", person=" jane planted ")
    assert answer == {"rows": 3, "mentions": 0, "not_read": []}
    toy.happen(person=JANE, pushed=False)
    toy.refuse = ConnectError()
    toy.drop()
    await wait_for(lambda: not entry.runtime_data.available)
    answer = await ask(hass, "forget_person", person="John Other")
    assert answer == {"rows": 1, "mentions": 0, "not_read": ["Toy"]}


async def test_one_system_only(hass: HomeAssistant, toy: ToySystem) -> None:
    """A system that is not meant keeps what it has."""
    entry = await a_day(hass, toy)
    await entry.runtime_data.journal.record("other", [toy.log[1]], "1", live=False)
    await ask(
        hass,
        "forget_person",
        person="p7",
        config_entry_id=entry.entry_id,
        mode="remove",
    )
    assert await entry.runtime_data.journal.count("other") == 1
    with pytest.raises(ServiceValidationError) as error:
        await ask(hass, "forget_person", person="p7", config_entry_id="none")
    assert error.value.translation_key == "entry_unknown"


@pytest.mark.parametrize("person", ["Jane", "", " ", "nobody"])
async def test_nobody(hass: HomeAssistant, toy: ToySystem, person: str) -> None:
    """Who is not in the log is refused, without a word of the name."""
    await a_day(hass, toy)
    with pytest.raises(ServiceValidationError) as error:
        await ask(hass, "forget_person", person=person)
    assert error.value.translation_key == "person_unknown"
    assert (await ask(hass, "get_logs"))["total"] == 3


async def test_admins_only(
    hass: HomeAssistant, toy: ToySystem, hass_read_only_user: MockUser
) -> None:
    """Who may only look may not make others forgotten."""
    await a_day(hass, toy)
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN,
            "forget_person",
            {"person": "p7"},
            blocking=True,
            context=Context(user_id=hass_read_only_user.id),
        )
    assert (await ask(hass, "get_logs"))["total"] == 3


async def test_what_was_shown_before_a_restart(
    hass: HomeAssistant, toy: ToySystem
) -> None:
    """An event entity that was restored forgets too, and is stored without the name."""
    attributes: dict[str, Any] = {
        "person": "Jane Planted",
        "person_id": "p7",
        "credential": "••1234",
        "event_key": "k0",
    }
    stored = {
        "last_event_type": "access_granted",
        "last_event_attributes": attributes,
    }
    state = State(ACCESS, "2026-01-01T12:00:00.000+00:00")
    mock_restore_cache_with_extra_data(hass, [(state, stored)])
    toy.happen(person=JANE)
    await set_up(hass, toy)
    assert state_of(hass, ACCESS).attributes["person"] == "Jane Planted"
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    await ask(hass, "forget_person", person="Jane Planted")
    await hass.async_block_till_done()
    assert "Planted" not in shown(hass)
    assert value_of(hass, ACCESS) == "2026-01-01T12:00:00.000+00:00"
    assert [c.data["new_state"].state for c in changes if c.data["entity_id"] == ACCESS]
    data = await async_mock_restore_state_shutdown_restart(hass)
    assert "Planted" not in str(data.last_states[ACCESS].as_dict())


async def test_names_that_are_not_recorded(hass: HomeAssistant, toy: ToySystem) -> None:
    """Without names, a pseudonym is kept, the same each time, and can be forgotten."""
    entry = await set_up(hass, toy)
    hass.config_entries.async_update_entry(entry, options={CONF_RECORD_NAMES: False})
    events = async_capture_events(hass, EVENT_TYPE)
    for _ in range(2):
        toy.happen(person=JANE, message="Hello Jane Planted", credential="0014A3151F")
    await recorded(hass, toy, entry)
    first, second = (event.data["person"] for event in events)
    assert first == second == value_of(hass, PERSON)
    assert first.startswith("Person ")
    assert "Planted" not in f"{shown(hass)}{[event.data for event in events]}"
    for file in Path(hass.config.config_dir).glob("access_events.db*"):
        content = file.read_bytes()
        assert b"Planted" not in content
        assert b"0014A3" not in content
    answer = await ask(hass, "forget_person", person=first)
    assert answer["rows"] == 2
