"""Tests of the actions: what a user asks, and the answer or the refusal."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.access_events.const import DOMAIN
from custom_components.access_events.models import Capability, EventKind, Image, Person
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_load_integrations

from .actions import FullToySystem, ask, door_device, install, recorded
from .wait import wait_for


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> FullToySystem:
    """Return a system that a test plays, with all that actions need."""
    return install(monkeypatch)


@pytest.fixture(autouse=True)
async def words(hass: HomeAssistant) -> None:
    """Load the words of the refusals."""
    await async_load_integrations(hass, {DOMAIN})


# get_logs


async def test_get_logs_tells_what_the_bus_tells(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """Each event has the fields of the bus, and whether it was live."""
    heard: list[dict[str, Any]] = []
    hass.bus.async_listen(
        "access_events_event", lambda event: heard.append(dict(event.data))
    )
    toy.happen(reason="because", credential="04A1B2C3D4E5F6", message="Hello")
    await wait_for(lambda: heard)
    answer = await ask(hass, "get_logs")
    assert answer == {"events": [heard[0] | {"live": True}], "total": 1}
    assert answer["events"][0]["credential"] == "••E5F6"
    assert answer["events"][0]["device_id"] == door_device(hass, toy_entry, "front")


async def test_get_logs_filters_and_pages(
    hass: HomeAssistant,
    toy: FullToySystem,
    set_up_toy: Callable[[], Awaitable[MockConfigEntry]],
) -> None:
    """Each field narrows the answer; the total counts all pages."""
    for number in range(10):
        toy.happen(
            kind=EventKind.ACCESS_DENIED if number % 2 else EventKind.ACCESS_GRANTED,
            door_id="back" if number > 6 else "front",
            person=Person(id=f"p{number}", name="Zoë Müller" if number == 3 else "Al"),
        )
    entry = await set_up_toy()
    await recorded(entry, 10)

    async def keys(**data: Any) -> list[str]:
        answer = await ask(hass, "get_logs", **data)
        return [event["key"] for event in answer["events"]]

    assert await keys(order="asc", limit=3) == ["k0", "k1", "k2"]
    assert await keys(limit=3, offset=2) == ["k7", "k6", "k5"]
    assert (await ask(hass, "get_logs", limit=3))["total"] == 10
    assert await keys(kinds=["access_denied"], limit=2) == ["k9", "k7"]
    assert await keys(
        kinds="access_denied", doors=[door_device(hass, entry, "back")]
    ) == ["k9", "k7"]
    assert await keys(person="zoë m") == ["k3"]
    assert await keys(person="p4") == ["k4"]
    assert await keys(
        start="2026-01-01T12:00:02+00:00", end="2026-01-01T12:00:04+00:00"
    ) == ["k3", "k2"]
    assert await keys(config_entry_id=entry.entry_id, limit=1) == ["k9"]
    assert (await ask(hass, "get_logs"))["events"][0]["live"] is False


async def test_get_logs_takes_times_without_zone_as_local(
    hass: HomeAssistant,
    toy: FullToySystem,
    set_up_toy: Callable[[], Awaitable[MockConfigEntry]],
) -> None:
    """A form sends local times."""
    await hass.config.async_set_time_zone("Asia/Tokyo")
    for _ in range(3):
        toy.happen()
    await recorded(await set_up_toy(), 3)
    answer = await ask(hass, "get_logs", start="2026-01-01 21:00:02")
    assert [event["key"] for event in answer["events"]] == ["k2"]


async def test_get_logs_of_a_system_that_is_not_set_up(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """What is recorded can be read while the system is unloaded."""
    toy.happen()
    await recorded(toy_entry, 1)
    before = await ask(hass, "get_logs")
    assert await hass.config_entries.async_unload(toy_entry.entry_id)
    assert await ask(hass, "get_logs", config_entry_id=toy_entry.entry_id) == before


@pytest.mark.parametrize(
    "data",
    [
        {"limit": 0},
        {"limit": 10_001},
        {"limit": "many"},
        {"offset": -1},
        {"order": "sideways"},
        {"kinds": ["access_grunted"]},
        {"start": "yesterday"},
        {"person": ""},
        {"unheard_of": 1},
    ],
)
async def test_get_logs_refuses_by_name(
    hass: HomeAssistant, toy_entry: MockConfigEntry, data: dict[str, Any]
) -> None:
    """A refusal names the field."""
    with pytest.raises(vol.Invalid, match=next(iter(data))):
        await ask(hass, "get_logs", **data)


async def test_get_logs_refuses_what_does_not_exist(
    hass: HomeAssistant, toy_entry: MockConfigEntry
) -> None:
    """Systems and doors that are not ours are named."""
    other = MockConfigEntry(domain="other", title="Other")
    other.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id, identifiers={("other", "x")}, name="Toaster"
    )
    door = dr.async_get(hass).async_get(door_device(hass, toy_entry, "front"))
    assert isinstance(door, dr.DeviceEntry)
    for data, words in (
        ({"config_entry_id": "nope"}, "nope"),
        ({"config_entry_id": other.entry_id}, other.entry_id),
        ({"doors": ["gone"]}, "gone is not a door"),
        ({"doors": [device.id]}, "Toaster is not a door"),
        ({"doors": [door.via_device_id]}, "Toy is not a door"),
        ({"start": "2026-01-02 00:00", "end": "2026-01-01 00:00"}, "end is a time"),
    ):
        with pytest.raises(ServiceValidationError, match=words):
            await ask(hass, "get_logs", **data)


# get_image


async def test_get_image(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """The picture of an event is written to a file that only we can read."""
    toy.pictures["ref"] = Image(b"\xff\xd8picture", "image/jpeg; charset=binary")
    toy.happen(image_ref="ref")
    await recorded(toy_entry, 1)
    answer = await ask(
        hass,
        "get_image",
        config_entry_id=toy_entry.entry_id,
        event_key="k0",
        filename="visitor",
    )
    path = Path(hass.config.path(DOMAIN, "exports", "visitor.jpg"))
    assert answer == {"path": str(path), "content_type": "image/jpeg"}
    assert path.read_bytes() == b"\xff\xd8picture"
    assert path.stat().st_mode & 0o777 == 0o600


async def test_get_image_refuses_in_words(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """No such event, no picture, no picture any more, and no picture at all."""
    toy.pictures["page"] = Image(b"<script>", "text/html")
    for ref in (None, "gone", "page"):
        toy.happen(image_ref=ref)
    await recorded(toy_entry, 3)
    for key, words in (
        ("k9", "holds no event of Toy with the event_key k9"),
        ("k0", "no picture of the event k0"),
        ("k1", "does not hold this picture"),
        ("k2", "text/html"),
    ):
        with pytest.raises(HomeAssistantError, match=words):
            await ask(
                hass,
                "get_image",
                config_entry_id=toy_entry.entry_id,
                event_key=key,
                filename="x.jpg",
            )
    assert not Path(hass.config.path(DOMAIN, "exports", "x.jpg")).exists()
    assert await hass.config_entries.async_unload(toy_entry.entry_id)
    with pytest.raises(ServiceValidationError, match="not loaded"):
        await ask(
            hass,
            "get_image",
            config_entry_id=toy_entry.entry_id,
            event_key="k1",
            filename="x.jpg",
        )


# set_lock_rule


async def set_rule(hass: HomeAssistant, **data: Any) -> None:
    """Set a rule."""
    await hass.services.async_call(DOMAIN, "set_lock_rule", data, blocking=True)


async def test_set_lock_rule(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """A rule goes to each door."""
    front, back = (door_device(hass, toy_entry, door) for door in ("front", "back"))
    await set_rule(hass, doors=[front, back], rule="custom", interval=10)
    await set_rule(hass, doors=front, rule="reset")
    assert toy.commands == [
        ("set_lock_rule", "front", "custom", 10),
        ("set_lock_rule", "back", "custom", 10),
        ("set_lock_rule", "front", "reset", None),
    ]


async def test_set_lock_rule_refuses_before_it_begins(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A call that can't be done as a whole does nothing."""
    front = door_device(hass, toy_entry, "front")
    for data, words in (
        ({"rule": "custom"}, "needs the field interval"),
        ({"rule": "keep_lock", "interval": 5}, "no use for the field interval"),
        ({"rule": "reset", "doors": [front, "gone"]}, "gone is not a door"),
    ):
        with pytest.raises(ServiceValidationError, match=words):
            await set_rule(hass, **{"doors": [front]} | data)
    for data in ({"rule": "forever"}, {"rule": "custom", "interval": 0}, {}):
        with pytest.raises(vol.Invalid):
            await set_rule(hass, **{"doors": [front]} | data)
    monkeypatch.setattr(toy, "capabilities", Capability(0))
    with pytest.raises(ServiceValidationError, match="Toy has no lock rules"):
        await set_rule(hass, doors=[front], rule="reset")
    assert toy.commands == []


async def test_set_lock_rule_says_which_half_is_done(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """When a door fails, those before it are named, and it is not tried again."""
    front, back = (door_device(hass, toy_entry, door) for door in ("front", "back"))
    toy.refuse_door = "back"
    with pytest.raises(
        HomeAssistantError, match="done for Front, and then failed for Back: .*jammed"
    ):
        await set_rule(hass, doors=[front, back], rule="reset")
    assert [command[1] for command in toy.commands] == ["front", "back"]
    toy.refuse_door = "front"
    with pytest.raises(ServiceValidationError, match="jammed"):
        await set_rule(hass, doors=[front, back], rule="reset")
