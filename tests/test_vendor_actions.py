"""Tests of every action against every vendor's simulator, above all what is refused."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.access_events.const import DOMAIN
from custom_components.access_events.coordinator import AccessCoordinator
from custom_components.access_events.models import Capability, DoorFeature
from custom_components.access_events.systems import VENDORS
from custom_components.access_events.user_services import REGISTER
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .actions import ask, door_device, exports_folder, records
from .gsdk_client import ANNEX
from .simulators import simulator_class
from .wait import wait_for

NEEDED = {"config_entry_id", "name"}
SECRETS = {"pin", "duress_pin", "cards"}

# A value for each field of a registration that no system can do anything with.
WRONG: dict[str, Any] = {
    "config_entry_id": "no such entry",
    "name": "",
    "user_id": "no \N{SNOWMAN} number " * 40,
    "active": "perhaps",
    "valid_from": "some day",
    "valid_until": "never",
    "passes": 0,
    "doors": ["no such device"],
    "schedule": "no such schedule",
    "groups": ["no such group"],
    "cards": ["not \N{SNOWMAN} a card"],
    "pin": "not 97531",
    "duress_pin": "not 97531",
    "phone": "\N{SNOWMAN}",
    "email": "\N{SNOWMAN}",
    "face_image": "/etc/hostname",
}


@dataclass
class Place:
    """A vendor's system, set up in Home Assistant."""

    hass: HomeAssistant
    vendor: str
    simulator: Any
    entry: MockConfigEntry
    folder: Path

    @property
    def coordinator(self) -> AccessCoordinator:
        """Return the owner of the connection."""
        coordinator: AccessCoordinator = self.entry.runtime_data
        return coordinator

    def can(self, capability: Capability) -> bool:
        """Tell whether the system can do something."""
        return capability in self.coordinator.system.capabilities

    async def ask(self, action: str, **data: Any) -> Any:
        """Call an action for this system, and return its answer if it has one."""
        given = {"config_entry_id": self.entry.entry_id} | data
        if action != "remove_user":
            return await ask(self.hass, action, **given)
        return await self.hass.services.async_call(DOMAIN, action, given, blocking=True)

    async def people(self) -> set[str]:
        """Return the ids of the people, as far as the system lists them."""
        if not self.can(Capability.USERS_READ):
            return set()
        answer = await self.ask("get_users")
        return {user["user_id"] for user in answer["users"]}

    def least(self) -> dict[str, Any]:
        """Return what a person needs at least, at any system that knows the field."""
        fields: dict[str, Any] = {"name": "Jane Tester", "pin": "1379"}
        if self.vendor == "clue":
            fields["user_id"] = "778899"
        return fields


@pytest.fixture(params=sorted(VENDORS))
async def place(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    socket_enabled: None,
    tmp_path: Path,
) -> AsyncGenerator[Place]:
    """Return each vendor's system in turn."""
    vendor: str = request.param
    folder = await exports_folder(hass, tmp_path)
    async with simulator_class(vendor)() as simulator:
        data = {"vendor": vendor, "import_days": 1, **simulator.config()}
        if vendor == "unifi_access":
            data["fingerprint"] = simulator.fingerprint.replace(":", "")
        if vendor == "gsdk":
            # Nobody is registered while a device of the site is away.
            await simulator.device_online(ANNEX)  # type: ignore[attr-defined]
        entry = MockConfigEntry(domain=DOMAIN, title=vendor, data=data)
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await wait_for(lambda: entry.runtime_data.caught_up, timeout=20)
        yield Place(hass, vendor, simulator, entry, folder)
        assert await hass.config_entries.async_unload(entry.entry_id)


def test_all_fields_are_tried() -> None:
    """No field of a registration is left out."""
    assert set(WRONG) == {str(key) for key in REGISTER.schema}


async def refusal(place: Place, action: str, data: dict[str, Any]) -> str:
    """Return the words of a refusal, none if nothing was refused."""
    try:
        await place.ask(action, **data)
    except (HomeAssistantError, vol.Invalid) as err:
        return str(err)
    return ""


@pytest.mark.parametrize("action", ["register_user", "update_user"])
async def test_wrong_fields(place: Place, action: str) -> None:
    """Each wrong value is refused by its field's name, and nobody is changed."""
    adds = action == "register_user"
    able = place.can(Capability.USERS_ADD if adds else Capability.USERS_UPDATE)
    data = place.least()
    if not adds:
        registered = await place.ask("register_user", **data) if able else {}
        data = {"user_id": registered.get("user_id", "778899")}
    before = await place.people()
    failures = []
    for field, wrong in WRONG.items():
        words = await refusal(place, action, {**data, field: wrong})
        named = able or field == "name" or words.startswith(("expected", "value"))
        if not words or (named and field not in words and str(wrong) not in words):
            failures.append((field, words))
        if field in SECRETS:
            assert "97531" not in words
            assert "not \N{SNOWMAN}" not in words
    assert not failures
    assert await place.people() == before


async def test_people_come_and_go(place: Place) -> None:
    """Whoever is registered is listed, changed and removed, or why not is said."""
    before = await place.people()
    data = place.least()
    if not place.can(Capability.USERS_ADD):
        assert "register_user" in await refusal(place, "register_user", data)
        return
    user_id = (await place.ask("register_user", **data))["user_id"]
    assert user_id
    if place.can(Capability.USERS_READ):
        assert await place.people() > before
    for action, capability, more in (
        ("update_user", Capability.USERS_UPDATE, {"name": "Jane Changed"}),
        ("remove_user", Capability.USERS_REMOVE, {}),
    ):
        given = {"user_id": user_id, **more}
        if place.can(capability):
            await place.ask(action, **given)
        else:
            assert action in await refusal(place, action, given)
    if place.can(Capability.USERS_REMOVE):
        assert await place.people() == before


async def test_the_log(place: Place) -> None:
    """The log is read and written to files; wrong fields are named."""
    door = next(iter(place.coordinator.doors.values()), None)
    for action in ("get_logs", "export_logs"):
        more = {"filename": "x.csv"} if action == "export_logs" else {}
        wrong: dict[str, Any] = {
            "start": "some day",
            "end": "never",
            "kinds": ["no_such_kind"],
            "doors": ["no such device"],
            "person": "",
            "order": "sideways",
            "config_entry_id": "no such entry",
        }
        wrong |= (
            {
                "filename": "../x.csv",
                "format": "xlsx",
                "time_zone": "Mars/X",
                "bom": "?",
            }
            if more
            else {"limit": 0, "offset": -1}
        )
        for field, value in wrong.items():
            with pytest.raises((HomeAssistantError, vol.Invalid)) as refusal:
                await place.ask(action, **{**more, field: value})
            words = str(refusal.value)
            shown = value[0] if isinstance(value, list) else str(value)
            assert field in words or shown in words, words
    answer = await place.ask("get_logs", limit=5)
    assert len(answer["events"]) == min(answer["total"], 5)
    if door is not None:
        device = door_device(place.hass, place.entry, door.id)
        found = await place.ask("get_logs", doors=[device])
        assert {event["door_id"] for event in found["events"]} <= {door.id}
    answer = await place.ask("export_logs", filename="own.csv")
    assert answer["complete"]
    assert answer["rows"] == len(records(place.folder / "own.csv"))
    answer = await place.ask("export_logs", filename="own", format="jsonl")
    assert answer["rows"] == len(
        (place.folder / "own.jsonl").read_text(encoding="utf-8").splitlines()
    )
    vendor_export = {
        "filename": "vendor.csv",
        "format": "vendor",
        "start": (dt_util.utcnow().replace(hour=0)).isoformat(),
    }
    if place.can(Capability.EXPORT):
        answer = await place.ask("export_logs", **vendor_export)
        assert (place.folder / "vendor.csv").exists()
    else:
        with pytest.raises(HomeAssistantError, match="no export of its own"):
            await place.ask("export_logs", **vendor_export)


async def test_pictures_and_rules(place: Place) -> None:
    """A picture and a lock rule are had where there are any, and refused by name."""
    for field, value in (
        ("config_entry_id", "no such entry"),
        ("event_key", "no such key"),
        ("filename", ""),
    ):
        data = {"event_key": "x", "filename": "x.jpg"} | {field: value}
        with pytest.raises((HomeAssistantError, vol.Invalid)) as refusal:
            await place.ask("get_image", **data)
        assert field in str(refusal.value) or value in str(refusal.value)
    doors = [
        door_device(place.hass, place.entry, door.id)
        for door in place.coordinator.doors.values()
        if door.features & DoorFeature.OPEN
    ][:1]
    rules: tuple[tuple[str, Any], ...] = (
        ("doors", ["no such device"]),
        ("doors", []),
        ("rule", "for ever"),
        ("interval", 0),
    )
    for field, wrong in rules:
        with pytest.raises((HomeAssistantError, vol.Invalid)) as refusal:
            await place.hass.services.async_call(
                DOMAIN,
                "set_lock_rule",
                {"doors": doors or ["x"], "rule": "custom", "interval": 5}
                | {field: wrong},
                blocking=True,
            )
        assert field in str(refusal.value) or "no such device" in str(refusal.value)
    if not doors:
        return
    rule = place.hass.services.async_call(
        DOMAIN, "set_lock_rule", {"doors": doors, "rule": "reset"}, blocking=True
    )
    if place.can(Capability.LOCK_RULES):
        await rule
    else:
        with pytest.raises(HomeAssistantError, match="no lock rules"):
            await rule
