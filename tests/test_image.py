"""Tests of the image platform."""

from dataclasses import replace
from http import HTTPStatus
import logging

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

from custom_components.access_events.models import EventKind, Image
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .doors import (
    FRONT,
    assert_platform,
    change,
    recorded,
    replay,
    set_up,
    state_of,
    value_of,
)
from .toy import START, ToySystem

SNAPSHOT = "image.front_last_snapshot"
JPEG, PNG = Image(b"\xff\xd8\xff first", "image/jpeg"), Image(b"\x89PNG", "image/png")


async def look(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> tuple[int, str, bytes]:
    """Fetch the picture as a browser does: status, content type, bytes."""
    await async_setup_component(hass, "http", {})
    client = await hass_client()
    answer = await client.get(state_of(hass, SNAPSHOT).attributes["entity_picture"])
    return answer.status, answer.content_type, await answer.read()


async def test_entities(
    hass: HomeAssistant, toy: ToySystem, snapshot: SnapshotAssertion
) -> None:
    """Only a door that has pictures shows one."""
    toy.happen(image_ref="one")
    await set_up(hass, toy)
    assert_platform(hass, snapshot, "image")


async def test_picture_of_an_event(
    hass: HomeAssistant, toy: ToySystem, hass_client: ClientSessionGenerator
) -> None:
    """The newest picture is fetched when somebody looks, and once."""
    toy.pictures = {"one": JPEG, "two": PNG}
    entry = await set_up(hass, toy)
    assert value_of(hass, SNAPSHOT) == "unknown"
    assert (await look(hass, hass_client))[0] == HTTPStatus.INTERNAL_SERVER_ERROR
    first = toy.happen(image_ref="one")
    await recorded(hass, toy, entry)
    assert value_of(hass, SNAPSHOT) == first.occurred_at.isoformat()
    assert toy.commands == []
    for _ in range(3):
        assert await look(hass, hass_client) == (200, "image/jpeg", JPEG.content)
    assert toy.commands == [("image", "one")]
    second = toy.happen(kind=EventKind.RING, image_ref="two")
    await recorded(hass, toy, entry)
    assert value_of(hass, SNAPSHOT) == second.occurred_at.isoformat()
    assert await look(hass, hass_client) == (200, "image/png", PNG.content)
    assert toy.commands == [("image", "one"), ("image", "two")]


async def test_the_newest_wins(hass: HomeAssistant, toy: ToySystem) -> None:
    """A late event changes the picture only if it is newer than the one shown."""
    toy.happen(image_ref="imported")
    entry = await set_up(hass, toy)
    assert value_of(hass, SNAPSHOT) == START.isoformat()
    toy.happen(image_ref=None)
    live = toy.happen(image_ref="live")
    await recorded(hass, toy, entry)
    await replay(hass, toy, entry, image_ref="old", occurred_at=START)
    toy.happen(door_id="back", image_ref="elsewhere")
    await recorded(hass, toy, entry)
    assert value_of(hass, SNAPSHOT) == live.occurred_at.isoformat()
    late = await replay(hass, toy, entry, image_ref="late")
    assert value_of(hass, SNAPSHOT) == late.occurred_at.isoformat()


async def test_picture_of_the_door(
    hass: HomeAssistant, toy: ToySystem, hass_client: ClientSessionGenerator
) -> None:
    """A picture that the door's state tells of is shown from when it changed."""
    toy.pictures = {"one": JPEG, "two": PNG}
    state = replace(FRONT.state, image_ref="one")
    entry = await set_up(hass, toy, replace(FRONT, state=state))
    before = value_of(hass, SNAPSHOT)
    assert await look(hass, hass_client) == (200, "image/jpeg", JPEG.content)
    await change(hass, toy, entry, is_open=True)
    assert value_of(hass, SNAPSHOT) == before
    await change(hass, toy, entry, image_ref="two")
    assert value_of(hass, SNAPSHOT) > before
    assert await look(hass, hass_client) == (200, "image/png", PNG.content)


async def test_no_picture(
    hass: HomeAssistant,
    toy: ToySystem,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A picture that can't be fetched is told once, without what it is called."""
    # At debug level Home Assistant itself logs each event with its fields.
    caplog.set_level(logging.INFO)
    entry = await set_up(hass, toy)
    toy.happen(image_ref="token=secret")
    await recorded(hass, toy, entry)
    for _ in range(3):
        assert (await look(hass, hass_client))[0] == HTTPStatus.INTERNAL_SERVER_ERROR
    assert caplog.text.count(f"No picture for {SNAPSHOT}") == 1
    assert "secret" not in caplog.text
    assert "secret" not in str(state_of(hass, SNAPSHOT))
    toy.pictures = {"token=secret": JPEG}
    assert await look(hass, hass_client) == (200, "image/jpeg", JPEG.content)
