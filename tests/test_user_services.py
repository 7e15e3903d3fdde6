"""Tests of the actions on people: who may call them, what is asked of the system."""

from datetime import UTC, datetime
import logging
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.access_events.const import DOMAIN
from custom_components.access_events.models import Capability, User, UserRequest
from custom_components.access_events.systems.base import RequestRejected
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)

from .actions import FullToySystem, ask, door_device, exports_folder, install

ACTIONS = ("register_user", "update_user", "remove_user", "get_users")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> FullToySystem:
    """Return a system that a test plays, with all that actions need."""
    return install(monkeypatch)


@pytest.fixture(autouse=True)
async def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Load the words, and return a folder of this test's own."""
    await exports_folder(hass, tmp_path)
    return tmp_path


def minimal(action: str, entry: MockConfigEntry) -> dict[str, Any]:
    """Return the least that an action needs."""
    data = {"config_entry_id": entry.entry_id}
    if action == "register_user":
        data["name"] = "Jane Doe"
    if action in ("update_user", "remove_user"):
        data["user_id"] = "u1"
    if action == "update_user":
        data["email"] = "jane@example.com"
    return data


async def call(hass: HomeAssistant, action: str, **data: Any) -> Any:
    """Call an action, and return its answer if it has one."""
    if action != "remove_user":
        return await ask(hass, action, **data)
    return await hass.services.async_call(DOMAIN, action, data, blocking=True)


@pytest.mark.parametrize("action", ACTIONS)
async def test_admins_only(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    hass_admin_user: MockUser,
    hass_read_only_user: MockUser,
    action: str,
) -> None:
    """Nobody else may register people, or see who is."""
    data = minimal(action, toy_entry)
    for user, allowed in ((hass_read_only_user, False), (hass_admin_user, True)):
        done = hass.services.async_call(
            DOMAIN,
            action,
            data,
            blocking=True,
            context=Context(user_id=user.id),
            return_response=action != "remove_user",
        )
        if allowed:
            await done
        else:
            with pytest.raises(Unauthorized):
                await done
            assert not toy.requests
            assert not toy.commands


async def test_register(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """All that is said reaches the system as it wants it; secrets are not shown."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    face = folder / "jane.jpg"
    face.write_bytes(b"face")
    hass.config.allowlist_external_dirs = {str(folder)}
    answer = await ask(
        hass,
        "register_user",
        config_entry_id=toy_entry.entry_id,
        name="Jane Doe",
        user_id="7",
        active=True,
        valid_from="2026-01-01 00:00:00",
        valid_until="2026-07-01T00:00:00+00:00",
        doors=[door_device(hass, toy_entry, "back")],
        schedule="office",
        groups=["staff"],
        cards=[12345678, "04A1"],
        pin="0042",
        duress_pin="9042",
        phone="+49",
        email="jane@example.com",
        face_image=str(face),
    )
    assert toy.requests == [
        UserRequest(
            name="Jane Doe",
            user_id="7",
            active=True,
            valid_from=datetime(2025, 12, 31, 23, tzinfo=UTC),
            valid_until=datetime(2026, 7, 1, tzinfo=UTC),
            doors=("back",),
            schedule="office",
            groups=("staff",),
            cards=("12345678", "04A1"),
            pin="0042",
            duress_pin="9042",
            phone="+49",
            email="jane@example.com",
            face_image=b"face",
        )
    ]
    assert answer == {"user_id": "7", "done": ["name"]}


async def test_no_doors_are_all_doors(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A person is registered for all doors, where the system asks; a change is not."""
    data = minimal("register_user", toy_entry)
    await ask(hass, "register_user", **data)
    await ask(hass, "update_user", **minimal("update_user", toy_entry))
    await ask(hass, "update_user", **minimal("update_user", toy_entry), doors=[])
    monkeypatch.setattr(toy, "user_fields", frozenset({"name"}))
    await ask(hass, "register_user", **data)
    assert [request.doors for request in toy.requests] == [(), None, (), None]


async def test_update_and_remove(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """A change says only what changes; the one to go is named."""
    data = {"config_entry_id": toy_entry.entry_id, "user_id": "u1"}
    assert (await ask(hass, "update_user", **data, active=False))["user_id"] == "u1"
    assert toy.requests == [UserRequest(user_id="u1", active=False)]
    await call(hass, "remove_user", **data)
    assert toy.commands == [("remove_user", "u1")]


async def test_several_faces(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Several pictures go to a system that takes them; another one says so."""
    hass.config.allowlist_external_dirs = {str(folder)}
    paths = [folder / "left.jpg", folder / "right.jpg"]
    for path in paths:
        path.write_bytes(path.stem.encode())
    data = minimal("register_user", toy_entry) | {"face_image": list(map(str, paths))}
    await ask(hass, "register_user", **data)
    assert toy.requests[0].face_image == b"left"
    assert toy.requests[0].more_faces == (b"right",)
    less = toy.capabilities & ~Capability.SEVERAL_FACES
    monkeypatch.setattr(toy, "capabilities", less)
    with pytest.raises(ServiceValidationError, match="one picture of a face only"):
        await ask(hass, "register_user", **data)
    assert len(toy.requests) == 1


async def test_get_users(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """People are listed without what they open doors with."""
    toy.register = [
        User(
            id="u1",
            name="Jane Doe",
            active=True,
            valid_until=datetime(2026, 1, 1, tzinfo=UTC),
            groups=("staff",),
            cards=2,
            has_pin=True,
        )
    ]
    assert await ask(hass, "get_users", config_entry_id=toy_entry.entry_id) == {
        "users": [
            {
                "user_id": "u1",
                "name": "Jane Doe",
                "active": True,
                "valid_from": None,
                "valid_until": "2026-01-01T00:00:00+00:00",
                "groups": ["staff"],
                "passes": None,
                "cards": 2,
                "has_pin": True,
                "faces": None,
                "email": None,
                "phone": None,
            }
        ]
    }


async def test_what_is_of_no_use_is_refused_by_name(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fields, actions, doors and times that can't be are named, and nothing is done."""
    register = minimal("register_user", toy_entry)
    update = {"config_entry_id": toy_entry.entry_id, "user_id": "u1"}
    other = MockConfigEntry(domain=DOMAIN, title="Other", data={"vendor": "toy"})
    other.add_to_hass(hass)
    for action, data, words in (
        ("update_user", update, "at least one field"),
        ("register_user", register | {"doors": ["gone"]}, "gone is not a door"),
        (
            "register_user",
            register
            | {"valid_from": "2026-01-01 00:00", "valid_until": "2026-01-01 00:00"},
            "valid_until is not after",
        ),
        ("get_users", {"config_entry_id": "gone"}, "gone"),
        ("get_users", {"config_entry_id": other.entry_id}, "Other .* is not loaded"),
    ):
        with pytest.raises(ServiceValidationError, match=words):
            await ask(hass, action, **data)
    for data in ({}, {"name": ""}, {"active": "perhaps"}, {"valid_from": "soon"}):
        given = {"config_entry_id": toy_entry.entry_id, **data}
        with pytest.raises(vol.Invalid, match=next(iter(data), "name")):
            await ask(hass, "register_user", **given)
    monkeypatch.setattr(toy, "user_fields", frozenset({"name", "email"}))
    with pytest.raises(
        ServiceValidationError,
        match=r"Toy has no use .*: duress_pin, groups, pin\. .*: email, name",
    ):
        await ask(
            hass,
            "register_user",
            **register,
            pin="1234",
            duress_pin="4321",
            groups="x",
            email="y",
        )
    monkeypatch.setattr(toy, "capabilities", Capability(0))
    for action in ACTIONS:
        with pytest.raises(ServiceValidationError, match=f"Toy can't do .*{action}"):
            await call(hass, action, **minimal(action, toy_entry))
    assert not toy.requests
    assert not toy.commands


async def test_half_done_says_which_half(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """The user knows whom to mend, and what; a refusal comes in the system's words."""
    toy.not_set = {
        "pin": RequestRejected("pin_taken"),
        "cards": RequestRejected(reason="unknown"),
    }
    with pytest.raises(
        HomeAssistantError,
        match="user u1. Set: name. Not set: pin: This PIN is already in use; cards: unk",
    ):
        await ask(hass, "register_user", **minimal("register_user", toy_entry))
    toy.refuse = RequestRejected(reason="A user needs a first and a last name")
    with pytest.raises(ServiceValidationError, match="first and a last name"):
        await ask(hass, "register_user", **minimal("register_user", toy_entry))


async def test_faces_come_from_allowed_folders(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """No other file of this machine gets to a system."""
    allowed = folder / "allowed"
    allowed.mkdir()
    hass.config.allowlist_external_dirs = {str(allowed)}
    (folder / "secret").write_text("x")
    (allowed / "link").symlink_to(folder / "secret")
    with (allowed / "large").open("wb") as file:
        file.truncate(10_000_001)
    for path, words in (
        (folder / "secret", "may not read"),
        (allowed / "link", "may not read"),
        (allowed / ".." / "secret", "may not read"),
        (allowed / "missing", "may not read"),
        (allowed, "may not read"),
        ("relative", "may not read"),
        (f"{allowed}/a\0b", "may not read"),
        (allowed / "large", "larger than 10 MB"),
    ):
        with pytest.raises(ServiceValidationError, match=words):
            await ask(
                hass,
                "register_user",
                **minimal("register_user", toy_entry),
                face_image=str(path),
            )
    assert not toy.requests


async def test_secrets_stay_out_of_the_log(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither success nor failure writes a PIN, a card or a name anywhere."""
    caplog.set_level(logging.DEBUG, logger="custom_components.access_events")
    data = minimal("register_user", toy_entry)
    data |= {"pin": "86420", "duress_pin": "13579", "cards": ["9753102"]}
    answer = await ask(hass, "register_user", **data)
    toy.not_set = {"pin": RequestRejected("pin_taken")}
    with pytest.raises(HomeAssistantError) as half:
        await ask(hass, "register_user", **data)
    own = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components")
    ]
    for secret in ("86420", "13579", "9753102", "Jane Doe"):
        for told in (str(answer), str(half.value), *own):
            assert secret not in told
