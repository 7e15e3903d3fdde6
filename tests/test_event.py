"""Tests of the event platform."""

import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.access_events.models import (
    ACCESS_KINDS,
    ALARM_KINDS,
    Direction,
    EventKind,
    Method,
    Person,
)
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event

from .doors import assert_platform, recorded, replay, set_up, state_of, value_of
from .toy import ToySystem

ACCESS, ALARM, DOORBELL = (
    "event.front_access",
    "event.front_alarm",
    "event.front_doorbell",
)


async def test_entities(
    hass: HomeAssistant, toy: ToySystem, snapshot: SnapshotAssertion
) -> None:
    """Each door has the event entities of what it reports."""
    await set_up(hass, toy)
    assert_platform(hass, snapshot, "event")


@pytest.mark.parametrize("kind", ACCESS_KINDS)
async def test_access(hass: HomeAssistant, toy: ToySystem, kind: EventKind) -> None:
    """Who came, how, and whether it was allowed, with the card number masked."""
    entry = await set_up(hass, toy)
    event = toy.happen(
        kind=kind,
        person=Person(id="7", name="Jane Doe"),
        method=Method.CARD,
        credential="0123456789",
        direction=Direction.ENTRY,
        reason="Outside schedule",
        reader_name="Front reader",
        message="Jane Doe, card 0123456789",
    )
    await recorded(hass, toy, entry)
    attributes = dict(state_of(hass, ACCESS).attributes)
    assert {
        name: value
        for name, value in attributes.items()
        if name not in ("event_types", "friendly_name")
    } == {
        "event_type": kind.value,
        "person": "Jane Doe",
        "person_id": "7",
        "method": "card",
        "credential": "••6789",
        "direction": "entry",
        "reason": "Outside schedule",
        "reader_name": "Front reader",
        "occurred_at": event.occurred_at.isoformat(),
        "event_key": event.key,
        "ha_person": None,
    }
    assert "0123456789" not in str(hass.states.async_all())


@pytest.mark.parametrize("kind", ALARM_KINDS)
async def test_alarm(hass: HomeAssistant, toy: ToySystem, kind: EventKind) -> None:
    """An alarm and its end are events of one entity."""
    entry = await set_up(hass, toy)
    toy.happen(kind=kind, person=None, method=None, reason="fire")
    await recorded(hass, toy, entry)
    attributes = state_of(hass, ALARM).attributes
    assert attributes["event_type"] == kind.value
    assert attributes["reason"] == "fire"
    assert "person" not in attributes
    assert value_of(hass, ACCESS) == "unknown"


async def test_doorbell(hass: HomeAssistant, toy: ToySystem) -> None:
    """A ring is a ring, and a missed call is not."""
    entry = await set_up(hass, toy)
    toy.happen(kind=EventKind.CALL_MISSED)
    await recorded(hass, toy, entry)
    assert value_of(hass, DOORBELL) == "unknown"
    toy.happen(kind=EventKind.RING)
    await recorded(hass, toy, entry)
    assert state_of(hass, DOORBELL).attributes["event_type"] == "ring"


async def test_each_event_is_a_change_of_its_own(
    hass: HomeAssistant, toy: ToySystem
) -> None:
    """Many events at once are as many changes, so automations see each."""
    entry = await set_up(hass, toy)
    keys: list[str] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        assert event.data["new_state"] is not None
        keys.append(event.data["new_state"].attributes["event_key"])

    async_track_state_change_event(hass, ACCESS, changed)
    happened = [toy.happen() for _ in range(50)]
    await recorded(hass, toy, entry)
    assert keys == [event.key for event in happened]


async def test_replayed_events_trigger_nothing(
    hass: HomeAssistant, toy: ToySystem
) -> None:
    """What was imported, or missed and read later, changes no event entity."""
    for kind in (*ACCESS_KINDS, *ALARM_KINDS, EventKind.RING):
        toy.happen(kind=kind)
    entry = await set_up(hass, toy)
    for kind in (*ACCESS_KINDS, *ALARM_KINDS, EventKind.RING):
        await replay(hass, toy, entry, kind=kind)
    shown = {
        entity_id: value_of(hass, entity_id) for entity_id in (ACCESS, ALARM, DOORBELL)
    }
    assert shown == {ACCESS: "unknown", ALARM: "unknown", DOORBELL: "unknown"}


async def test_a_replayed_event_leaves_the_live_one(
    hass: HomeAssistant, toy: ToySystem
) -> None:
    """A late event does not take the place of the one that was seen."""
    entry = await set_up(hass, toy)
    live = toy.happen()
    await recorded(hass, toy, entry)
    await replay(hass, toy, entry)
    assert state_of(hass, ACCESS).attributes["event_key"] == live.key
