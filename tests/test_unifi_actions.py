"""Tests of the actions against a UniFi Access site, over the wire."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.access_events.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr

from .actions import ask, exports_folder, logged, records
from .simulators.unifi_access import UnifiAccessSimulator
from .wait import wait_for

FRONT = "Front Door"


@pytest.fixture(autouse=True)
async def folder(hass: HomeAssistant, entry: MockConfigEntry, tmp_path: Path) -> Path:
    """Return the folder of exports, of a site that is followed live."""
    await wait_for(lambda: entry.runtime_data.caught_up)
    return await exports_folder(hass, tmp_path)


async def test_exports(
    hass: HomeAssistant,
    unifi: UnifiAccessSimulator,
    entry: MockConfigEntry,
    folder: Path,
) -> None:
    """Our export and the console's own tell of the same people, each once."""
    for person in ("Jane Doe", "John Roe"):
        await unifi.tap(FRONT, person)
    start = (datetime.now(UTC) - timedelta(days=70)).isoformat()
    answer = await ask(hass, "export_logs", filename="own.csv", start=start)
    own = records(folder / "own.csv")
    assert answer["complete"]
    assert [row["person"] for row in own if row["kind"] == "access_granted"] == [
        "Jane Doe",
        "John Roe",
    ]
    answer = await ask(
        hass,
        "export_logs",
        config_entry_id=entry.entry_id,
        format="vendor",
        filename="vendor.csv",
        start=start,
        end=(datetime.now(UTC) + timedelta(minutes=1)).isoformat(),
        time_zone="Europe/Berlin",
    )
    # Several months of several topics, under one header.
    rows = records(folder / "vendor.csv")
    assert answer["rows"] == len(rows)
    assert [row["Actor"] for row in rows].count("Jane Doe") == 1
    assert [row["Actor"] for row in rows].count("John Roe") == 1
    assert "Time" not in {row["Time"] for row in rows}


async def test_picture(
    hass: HomeAssistant,
    unifi: UnifiAccessSimulator,
    entry: MockConfigEntry,
    folder: Path,
) -> None:
    """The picture of a tap is fetched from the console."""
    await unifi.tap(FRONT, "Jane Doe", picture=True)
    await unifi.tap(FRONT, "John Roe")
    await entry.runtime_data.catch_up()
    jane, john = await logged(hass, 2, kinds="access_granted")
    answer = await ask(
        hass,
        "get_image",
        config_entry_id=entry.entry_id,
        event_key=jane["key"],
        filename="jane",
    )
    assert answer == {
        "path": str(folder / "jane.jpg"),
        "content_type": "image/jpeg",
    }
    assert (folder / "jane.jpg").read_bytes().startswith(b"\xff\xd8")
    with pytest.raises(HomeAssistantError, match="no picture"):
        await ask(
            hass,
            "get_image",
            config_entry_id=entry.entry_id,
            event_key=john["key"],
            filename="john",
        )


async def test_lock_rules(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, entry: MockConfigEntry
) -> None:
    """Rules are set at the door; what a door can't do is refused in words."""
    state = await unifi.state_of(FRONT)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, f"{entry.entry_id}_{state['id']}"), entry.entry_id
    )
    assert device is not None

    async def rule(name: str, **data: int) -> str | None:
        await hass.services.async_call(
            DOMAIN,
            "set_lock_rule",
            {"doors": [device.id], "rule": name, **data},
            blocking=True,
        )
        found = (await unifi.state_of(FRONT))["rule"]
        return found and str(found.type)

    assert await rule("keep_unlock") == "keep_unlock"
    assert await rule("custom", interval=10) == "custom"
    assert await rule("reset") is None
    await unifi.revoke("edit:space")
    with pytest.raises(HomeAssistantError, match="edit:space"):
        await rule("keep_lock")


async def test_people(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, entry: MockConfigEntry
) -> None:
    """Somebody is registered, seen, changed, and removed; the site agrees."""
    site = {"config_entry_id": entry.entry_id}

    async def listed() -> dict[str, dict[str, object]]:
        users = (await ask(hass, "get_users", **site))["users"]
        return {user["user_id"]: user for user in users}

    before = await listed()
    assert "Jane Doe" in {user["name"] for user in before.values()}
    answer = await ask(
        hass,
        "register_user",
        **site,
        name="Mary Ann Moe",
        email="mary@example.com",
        pin="8642",
    )
    user_id = answer["user_id"]
    assert set(answer["done"]) == {"name", "email", "pin"}
    mary = (await listed())[user_id]
    assert (mary["name"], mary["email"]) == ("Mary Ann Moe", "mary@example.com")
    assert (mary["active"], mary["has_pin"]) == (True, True)
    assert "8642" not in str(mary)
    await ask(hass, "update_user", **site, user_id=user_id, active=False, pin="")
    mary = (await listed())[user_id]
    assert (mary["active"], mary["has_pin"]) == (False, False)
    await hass.services.async_call(
        DOMAIN, "remove_user", {**site, "user_id": user_id}, blocking=True
    )
    assert await listed() == before
    for field, value in (("valid_until", "2030-01-01 00:00:00"), ("user_id", "7")):
        with pytest.raises(HomeAssistantError, match=f"no use .*: {field}"):
            await ask(hass, "register_user", **site, name="A B", **{field: value})
    with pytest.raises(HomeAssistantError, match="first and a last name"):
        await ask(hass, "register_user", **site, name="Cher")
    assert await listed() == before
