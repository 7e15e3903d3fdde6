"""Test diagnostics and system health: they help, and they name nobody."""

import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.access_events.const import DOMAIN
from custom_components.access_events.journal import JournalError
from custom_components.access_events.systems import VENDORS
from custom_components.access_events.systems.base import Gap, Problem, Unreadable
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .forms import WORDS
from .simulators.unifi_access import UnifiAccessSimulator
from .toy import START, ToySystem
from .wait import wait_for

HIDDEN = "**REDACTED**"


def canaries(unifi: UnifiAccessSimulator, entry: MockConfigEntry) -> set[str]:
    """Return all that must not be told: secrets, people, places, addresses."""
    site = unifi.site
    said = {
        *unifi.tokens.values(),
        *site.people,
        *(person.name for person in site.people.values()),
        *site.doors,
        *(door.name for door in site.doors.values()),
        *site.devices,
        *(device.name for device in site.devices.values()),
        *site.cards,
        site.building,
        site.building_id,
        site.controller_id,
        unifi.fingerprint,
        entry.data["fingerprint"],
        entry.data["host"],
        entry.unique_id or "",
    }
    return {canary for canary in said if len(canary) > 3}


async def test_diagnostics_name_nobody(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    unifi: UnifiAccessSimulator,
    hass_client: ClientSessionGenerator,
) -> None:
    """After people came and went, nothing in the file tells who or where."""
    coordinator = entry.runtime_data
    await wait_for(lambda: coordinator.available)
    before = coordinator.recorded
    await unifi.tap(0, 0)
    await unifi.ring(0)
    await wait_for(lambda: coordinator.recorded >= before + 2)
    data = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    text = json.dumps(data).casefold()
    told = {canary for canary in canaries(unifi, entry) if canary.casefold() in text}
    assert told == set()
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_diagnostics_help(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    unifi: UnifiAccessSimulator,
    hass_client: ClientSessionGenerator,
) -> None:
    """They tell what the system is and can do, and how its doors are."""
    await wait_for(lambda: entry.runtime_data.available)
    data: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert data["entry"] == {
        "state": "loaded",
        "reason": None,
        "data": {
            "vendor": "unifi_access",
            "import_days": 7,
            "host": HIDDEN,
            "port": unifi.port,
            "api_token": HIDDEN,
            "verify_ssl": False,
            "fingerprint": HIDDEN,
        },
        "options": {},
    }
    assert data["system"]["available"] is True
    assert "lock_rules" in data["system"]["capabilities"]
    assert list(data["doors"]) == [
        f"door_{number}" for number in range(1, len(unifi.site.doors) + 1)
    ]
    door = data["doors"]["door_1"]
    assert "open" in door["features"]
    assert door["state"]["is_locked"] is True
    assert isinstance(door["state"]["image_ref"], bool)
    assert data["journal"]["bytes"] > 0
    assert data["unreadable"]["count"] == 0
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_diagnostics_of_trouble(
    hass: HomeAssistant,
    toy_entry: MockConfigEntry,
    toy: ToySystem,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What went wrong is told: gaps, problems, what could not be read."""
    coordinator = toy_entry.runtime_data
    toy.wire.put_nowait(Gap(START, START))
    toy.wire.put_nowait(Unreadable("the stream", {"person": {"name": "str"}}))
    toy.wire.put_nowait(
        Problem(
            code="missing_permission",
            key="a",
            placeholders={"permission": "a", "feature": "b"},
        )
    )
    await wait_for(lambda: coordinator.troubles.problems)

    async def broken() -> int:
        raise JournalError("damaged")

    monkeypatch.setattr(coordinator.journal, "size", broken)
    data: Any = await get_diagnostics_for_config_entry(hass, hass_client, toy_entry)
    start = START.isoformat()
    assert data["events"]["gaps"] == [{"start": start, "end": start}]
    assert data["problems"] == [
        {"code": "missing_permission", "permission": "a", "feature": "b"}
    ]
    assert data["unreadable"] == {
        "count": 1,
        "last": [{"where": "the stream", "payload": {"person": {"name": "str"}}}],
    }
    assert data["journal"] == {"error": "damaged"}
    assert await hass.config_entries.async_unload(toy_entry.entry_id)


async def test_diagnostics_of_a_system_that_is_not_set_up(
    hass: HomeAssistant,
    unifi_entry: MockConfigEntry,
    unifi: UnifiAccessSimulator,
    hass_client: ClientSessionGenerator,
) -> None:
    """Where a system can't be reached, the reason is told, and nothing hidden is."""
    await unifi.pause()
    assert not await hass.config_entries.async_setup(unifi_entry.entry_id)
    assert unifi_entry.state is ConfigEntryState.SETUP_RETRY
    data: Any = await get_diagnostics_for_config_entry(hass, hass_client, unifi_entry)
    assert list(data) == ["entry"]
    assert data["entry"]["state"] == "setup_retry"
    assert data["entry"]["reason"]
    text = json.dumps(data)
    assert unifi.token not in text
    assert unifi_entry.data["host"] not in text


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)
def test_every_secret_is_of_a_kind_that_is_hidden(vendor: Any) -> None:
    """No field whose name sounds like a secret is of a kind that is told."""
    from custom_components.access_events.diagnostics import _hidden  # noqa: PLC0415

    told = {field.key for field in vendor.fields} - _hidden(vendor.fields)
    assert not {
        key
        for key in told
        for word in ("key", "token", "secret", "password", "host", "id", "url", "name")
        if word in key.split("_")
    }


# System health


async def test_system_health(
    hass: HomeAssistant, toy_entry: MockConfigEntry, toy: ToySystem
) -> None:
    """The page tells how many systems answer, and how large the log is."""
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    MockConfigEntry(domain=DOMAIN, data={"vendor": "toy"}).add_to_hass(hass)
    before = toy_entry.runtime_data.recorded
    info = await get_system_health_info(hass, DOMAIN)
    assert info["systems_reachable"] == "1/2"
    assert info["largest_delay"] is None
    assert info["events_recorded"] == before
    assert info["journal_size"].endswith(" MiB")
    assert set(info) == set(WORDS["system_health"]["info"])

    toy.happen()
    await wait_for(lambda: toy_entry.runtime_data.delay is not None)
    info = await get_system_health_info(hass, DOMAIN)
    assert info["largest_delay"].endswith(" s")
    assert info["events_recorded"] == before + 1
    assert await hass.config_entries.async_unload(toy_entry.entry_id)
    info = await get_system_health_info(hass, DOMAIN)
    assert info == {"systems_reachable": "0/2"}


async def test_system_health_of_a_broken_journal(
    hass: HomeAssistant,
    toy_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A log whose size can't be told is shown as failed."""
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()

    async def broken() -> int:
        raise JournalError("unavailable")

    monkeypatch.setattr(toy_entry.runtime_data.journal, "size", broken)
    info = await get_system_health_info(hass, DOMAIN)
    assert info["journal_size"] == {"type": "failed", "error": "unavailable"}
    assert await hass.config_entries.async_unload(toy_entry.entry_id)
