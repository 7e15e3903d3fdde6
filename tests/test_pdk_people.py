"""Tests of the actions on people with a PDK system."""

import time
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.access_events.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.translation import async_load_integrations

from .actions import ask
from .simulators.pdk import PdkSimulator

NEW: dict[str, Any] = {
    "name": "Mary Ann Major",
    "pin": "4711",
    "duress_pin": "4712",
    "cards": ["77-40001", "40002"],
    "groups": ["Visitors"],
    "valid_from": "2026-01-01T00:00:00+00:00",
    "valid_until": "2027-01-01T00:00:00+00:00",
    "email": "mary@example.com",
}


@pytest.fixture(autouse=True)
async def _words(hass: HomeAssistant) -> None:
    """Load the words of refusals."""
    await async_load_integrations(hass, {DOMAIN})


async def people(pdk: PdkSimulator) -> dict[str, dict[str, Any]]:
    """Return the holders of the cloud by their last name."""
    return {person["lastName"]: person for person in await pdk.people()}


async def test_from_coming_to_going(
    hass: HomeAssistant, pdk: PdkSimulator, pdk_entry: MockConfigEntry
) -> None:
    """A person comes with all that is asked for, is changed, is listed, and goes."""
    entry = {"config_entry_id": pdk_entry.entry_id}
    answer = await ask(hass, "register_user", **entry, **NEW)
    user = {**entry, "user_id": answer["user_id"]}
    assert set(answer["done"]) == set(NEW)
    major = (await people(pdk))["Major"]
    visitors = pdk.site.group("Visitors").id
    assert major | {"credentials": None} == {
        "id": answer["user_id"],
        "firstName": "Mary Ann",
        "lastName": "Major",
        "pin": "4711",
        "duressPin": "4712",
        "email": "mary@example.com",
        "enabled": True,
        "groups": [visitors],
        "credentials": None,
        "activeDate": "2026-01-01T00:00:00Z",
        "expireDate": "2027-01-01T00:00:00Z",
        "partition": None,
        "customFields": {},
    }
    cards = {
        (card["facilityCode"], card["credentialNumber"])
        for card in major["credentials"]
    }
    assert cards == {(77, 40001), (None, 40002)}

    await ask(
        hass,
        "update_user",
        **user,
        cards=["40002"],
        groups=["Employees"],
        duress_pin="4713",
        active=False,
    )
    major = (await people(pdk))["Major"]
    assert [card["credentialNumber"] for card in major["credentials"]] == [40002]
    assert (major["pin"], major["duressPin"], major["enabled"]) == (
        "4711",
        "4713",
        False,
    )

    listed = (await ask(hass, "get_users", **entry))["users"]
    (shown,) = [one for one in listed if one["user_id"] == answer["user_id"]]
    assert shown["name"] == "Mary Ann Major"
    assert shown["active"] is False
    assert shown["groups"] == ["Employees"]
    for secret in ("4711", "4713", "40002"):
        assert secret not in str(listed)

    await hass.services.async_call(DOMAIN, "remove_user", user, blocking=True)
    assert "Major" not in await people(pdk)


async def test_refusals_are_shown(
    hass: HomeAssistant, pdk: PdkSimulator, pdk_entry: MockConfigEntry
) -> None:
    """What PDK says is what the user reads, and nothing half done is left behind."""
    entry = {"config_entry_id": pdk_entry.entry_id}
    system = f"/{pdk.site.system_id}"
    before = await people(pdk)
    with pytest.raises(
        ServiceValidationError, match="credential is already in use.*remo"
    ):
        await ask(hass, "register_user", **entry, name="Jo Doe", cards=["77-26858"])
    with pytest.raises(ServiceValidationError, match='"pin" is already in use'):
        await ask(hass, "register_user", **entry, name="Jo Doe", pin="57301")
    with pytest.raises(ServiceValidationError, match="phone.*duress_pin"):
        await ask(hass, "register_user", **entry, name="Jo Doe", phone="1")
    await pdk.fault(path=f"{system}/holders", status=403, body="role manager needed")
    with pytest.raises(HomeAssistantError, match="role manager needed"):
        await ask(hass, "register_user", **entry, name="Jo Doe")
    assert await people(pdk) == before

    # What can't be undone is said, with what of it was done.
    await pdk.fault(path=f"{system}/holders", method="DELETE", status=500)
    with pytest.raises(
        HomeAssistantError, match=r"Set: name, groups.* Not set: cards: credential is"
    ):
        await ask(
            hass,
            "register_user",
            **entry,
            name="Jo Half",
            groups=["Visitors"],
            cards=["77-26858"],
        )
    assert "Half" in await people(pdk)


async def test_limits(
    hass: HomeAssistant, pdk: PdkSimulator, pdk_entry: MockConfigEntry
) -> None:
    """A list waits until the limit ends; a door that would open late stays shut."""
    entry = {"config_entry_id": pdk_entry.entry_id}
    system = f"/{pdk.site.system_id}"

    async def limit(path: str, seconds: int) -> None:
        reset = str(int(time.time()) + seconds)
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
        await pdk.fault(path=f"{system}{path}", status=429, headers=headers)

    await limit("/holders", 2)
    assert len((await ask(hass, "get_users", **entry))["users"]) == 6
    await limit("/cloud-nodes", 20)
    button = {"entity_id": "button.main_entrance_unlock"}
    for _ in range(2):
        with pytest.raises(HomeAssistantError, match="asks for a pause"):
            await hass.services.async_call("button", "press", button, blocking=True)
    assert not await pdk.commands_received()
