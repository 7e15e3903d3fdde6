"""Tests of the media source: pictures and clips by system, day and door."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any, override

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.access_events import media_source
from custom_components.access_events.models import Capability, Image, Person
from custom_components.access_events.systems.base import RequestRejected
from homeassistant.components.media_source import async_browse_media
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .actions import FullToySystem, install_system, recorded
from .people import shut_in
from .toy import START

ROOT = "media-source://access_events"
JPEG = Image(b"\xff\xd8\xff", "image/jpeg")


class FilmingToySystem(FullToySystem):
    """A played system that has films of what it has pictures of."""

    capabilities = FullToySystem.capabilities | Capability.CLIPS

    def __init__(self) -> None:
        """Start without films."""
        super().__init__()
        self.films: dict[str, Image] = {}

    @override
    async def clip(self, ref: str) -> Image:
        """Give the film that a test laid out."""
        if ref not in self.films:
            raise RequestRejected(reason="There is no film")
        return self.films[ref]


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> FilmingToySystem:
    """Return a system that a test plays, with pictures and films."""
    return install_system(monkeypatch, FilmingToySystem())


@pytest.fixture(autouse=True)
async def media(hass: HomeAssistant) -> None:
    """Let there be a media browser."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    assert await async_setup_component(hass, "media_source", {})


class Browser:
    """A user at the media browser."""

    def __init__(self, ws: Any) -> None:
        """Use a connection."""
        self.ws = ws

    async def ask(self, command: str, content: str) -> Any:
        """Return a result or an error."""
        await self.ws.send_json_auto_id(
            {"type": f"media_source/{command}", "media_content_id": content}
        )
        answer = await self.ws.receive_json()
        return answer["result"] if answer["success"] else answer["error"]

    async def open(self, content: str) -> list[tuple[str, str]]:
        """Return titles and addresses of what is in a folder."""
        answer = await self.ask("browse_media", content)
        return [
            (each["title"], each["media_content_id"]) for each in answer["children"]
        ]


async def test_by_system_day_and_door(
    hass: HomeAssistant,
    toy: FilmingToySystem,
    toy_entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """Pictures are where one looks for them, and a clip is shown where there is one."""
    toy.pictures = {"one": JPEG, "two": JPEG}
    toy.films = {"two": Image(b"film", "video/mp4")}
    jane = Person(id="7", name="Jane Doe")
    toy.happen(key="a/1?x", image_ref="one", person=jane)
    toy.happen(image_ref="two", person=None, reason="Unknown card")
    toy.happen()
    # In Berlin it is the next day already.
    toy.happen(
        image_ref="one",
        door_id="back",
        person=None,
        occurred_at=START + timedelta(hours=11, minutes=30),
    )
    await recorded(toy_entry, 4)
    browser = Browser(await hass_ws_client(hass))
    ((title, system),) = await browser.open(ROOT)
    assert title == "Toy"
    days = await browser.open(system)
    assert [title for title, _ in days] == ["2026-01-02", "2026-01-01"]
    ((title, _),) = await browser.open(days[0][1])
    assert title == "Back"
    ((title, door),) = await browser.open(days[1][1])
    assert title == "Front"
    (film, still) = await browser.open(door)
    assert [film[0], still[0]] == ["13:00:01 Unknown card", "13:00:00 Jane Doe"]
    client = await hass_client_no_auth()
    for (_, content), kind, body in (
        (film, "video/mp4", b"film"),
        (still, "image/jpeg", JPEG.content),
    ):
        played = await browser.ask("resolve_media", content)
        assert played["mime_type"] == kind
        answer = await client.get(played["url"])
        assert answer.status == HTTPStatus.OK
        assert answer.content_type == kind
        assert await answer.read() == body
    for wrong in ("x", f"{system[len(ROOT) + 1 :]}/nonsense", "a/b/c/d/e/f"):
        error = await browser.ask("browse_media", f"{ROOT}/{wrong}")
        assert error["code"] == "browse_media_failed"
    for wrong in ("x", f"{system[len(ROOT) + 1 :]}/2026-01-01/front/k9"):
        error = await browser.ask("resolve_media", f"{ROOT}/{wrong}")
        assert error["code"] == "resolve_media_failed"
    toy.pictures.clear()
    gone = (await browser.open((await browser.open(days[0][1]))[0][1]))[0][1]
    hass.data.pop("access_events_pictures", None)
    error = await browser.ask("resolve_media", gone)
    assert error["code"] == "resolve_media_failed"


async def test_earlier(
    hass: HomeAssistant,
    toy: FilmingToySystem,
    toy_entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What does not fit is behind "Earlier"."""
    monkeypatch.setattr(media_source, "_DAYS", 2)
    monkeypatch.setattr(media_source, "_EVENTS", 2)
    for day in range(3):
        for second in range(3):
            at = START + timedelta(days=day, seconds=second)
            toy.happen(image_ref="one", occurred_at=at, person=None)
    await recorded(toy_entry, 9)
    browser = Browser(await hass_ws_client(hass))
    ((_, system),) = await browser.open(ROOT)
    days = await browser.open(system)
    assert [title for title, _ in days] == ["2026-01-03", "2026-01-02", "Earlier"]
    days = await browser.open(days[2][1])
    assert [title for title, _ in days] == ["2026-01-01"]
    ((_, door),) = await browser.open(days[0][1])
    shown = await browser.open(door)
    assert [title for title, _ in shown] == ["13:00:02", "13:00:01", "Earlier"]
    shown = await browser.open(shown[2][1])
    assert [title for title, _ in shown] == ["13:00:00"]


async def test_only_what_may_be_seen(
    hass: HomeAssistant,
    toy: FilmingToySystem,
    toy_entry: MockConfigEntry,
    hass_admin_user: MockUser,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Who may not see a door finds none of its pictures; Home Assistant finds all."""
    toy.pictures = {"one": JPEG}
    toy.happen(image_ref="one")
    toy.happen(image_ref="one", door_id="back")
    await recorded(toy_entry, 2)
    shut_in(hass, hass_admin_user, toy_entry, "front")
    browser = Browser(await hass_ws_client(hass))
    entry_id = toy_entry.entry_id
    day = f"{ROOT}/{entry_id}/2026-01-01"
    assert [title for title, _ in await browser.open(day)] == ["Front"]
    error = await browser.ask("browse_media", f"{day}/back")
    assert error["code"] == "browse_media_failed"
    error = await browser.ask("resolve_media", f"{day}/back/k1")
    assert error["code"] == "resolve_media_failed"
    assert (await browser.ask("resolve_media", f"{day}/front/k0"))["url"]
    everything = await async_browse_media(hass, day)
    assert everything.children is not None
    assert [child.title for child in everything.children] == ["Back", "Front"]
