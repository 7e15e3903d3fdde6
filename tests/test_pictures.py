"""Tests of the pictures of events, as the panel shows them."""

import asyncio
from collections import Counter
from http import HTTPStatus
import logging

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.access_events import pictures
from custom_components.access_events.models import Capability, Image
from homeassistant.core import HomeAssistant

from .actions import FullToySystem, install, recorded, ws_ask

JPEG = Image(b"\xff\xd8\xff first", "image/jpeg; charset=binary")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> FullToySystem:
    """Return a system that a test plays, with all that the panel shows."""
    return install(monkeypatch)


@pytest.fixture
async def ws(
    hass: HomeAssistant,
    toy_entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> MockHAClientWebSocket:
    """Return an administrator's connection."""
    return await hass_ws_client(hass)


async def test_picture(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    ws: MockHAClientWebSocket,
    hass_client_no_auth: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A picture's path is signed for a while, and its picture is fetched once."""
    caplog.set_level(logging.DEBUG)
    toy.pictures = {"one": JPEG, "page": Image(b"<script>", "text/html")}
    toy.happen(key="a/b?c:1", image_ref="one")
    toy.happen(image_ref="page")
    toy.happen(image_ref="/secret/gone")
    await recorded(toy_entry, 3)
    gone, page, picture = (
        event["image"] for event in (await ws_ask(ws, "query"))["events"]
    )
    client = await hass_client_no_auth()
    for _ in range(2):
        answer = await client.get(picture)
        assert answer.status == HTTPStatus.OK
        assert answer.content_type == "image/jpeg"
        assert await answer.read() == JPEG.content
    assert toy.commands.count(("image", "one")) == 1
    unsigned = picture.partition("?")[0]
    assert (await client.get(unsigned)).status == HTTPStatus.UNAUTHORIZED
    assert (await client.get(page)).status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert (await client.get(gone)).status == HTTPStatus.BAD_GATEWAY
    ours = [r.message for r in caplog.records if "access_events" in r.name]
    assert "/secret/gone" not in str(ours)
    await hass.config_entries.async_unload(toy_entry.entry_id)
    assert (await client.get(gone)).status == HTTPStatus.SERVICE_UNAVAILABLE


async def test_pictures_at_hand(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    ws: MockHAClientWebSocket,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pictures stay at hand up to a size, whoever asks for them, and how many at once."""
    monkeypatch.setattr(pictures, "_MOST_BYTES", 2 * len(JPEG.content))
    toy.pictures = dict.fromkeys(("one", "two", "three"), JPEG)
    fetch = toy.image

    async def slowly(ref: str) -> Image:
        await asyncio.sleep(0.05)
        return await fetch(ref)

    toy.image = slowly  # type: ignore[method-assign]
    for ref in toy.pictures:
        toy.happen(image_ref=ref)
    toy.happen()
    await recorded(toy_entry, 4)
    none, three, two, one = (
        event["image"] for event in (await ws_ask(ws, "query"))["events"]
    )
    assert none is None
    client = await hass_client_no_auth()

    async def looks(*paths: str) -> dict[str, int]:
        """Look at pictures, and tell how often each was fetched for that."""
        toy.commands.clear()
        answers = await asyncio.gather(*(client.get(path) for path in paths))
        assert {answer.status for answer in answers} == {HTTPStatus.OK}
        return Counter(str(ref) for _, ref in toy.commands)

    assert (await looks(*[one] * 6))["one"] <= 3
    assert await looks(two) == {"two": 1}
    assert await looks(one, two) == {}
    assert await looks(three) == {"three": 1}
    assert await looks(two, three) == {}
    assert await looks(one) == {"one": 1}


async def test_no_picture(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """An event without a picture has no film either; a log that is closed has nothing."""
    toy.happen()
    toy.happen(image_ref="one")
    await recorded(toy_entry, 2)
    client = await hass_client()
    urls = [
        f"/api/access_events/{what}/{toy_entry.entry_id}/{key}"
        for what in ("image", "clip")
        for key in ("k0", "k1", "k9")
    ]
    toy.capabilities = Capability(0)
    for url in urls:
        assert (await client.get(url)).status == HTTPStatus.NOT_FOUND, url
    await toy_entry.runtime_data.journal.close()
    for url in urls:
        assert (await client.get(url)).status == HTTPStatus.SERVICE_UNAVAILABLE, url
