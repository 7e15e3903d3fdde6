"""Tests of a BAS-IP panel in Home Assistant, from its wire to states and log."""

from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.access_events.const import (
    CONF_IMPORT_DAYS,
    CONF_VENDOR,
    DOMAIN,
    EVENT_TYPE,
)
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component

from .doors import state_of, value_of
from .forms import words
from .simulators.basip import BasIpSimulator
from .wait import wait_for

DOOR = "aa_14fb_simulator_lock_1"


@pytest.fixture
async def basip(socket_enabled: None) -> AsyncGenerator[BasIpSimulator]:
    """Return a running panel."""
    async with BasIpSimulator() as simulator:
        yield simulator


@pytest.fixture
def panel(hass: HomeAssistant, basip: BasIpSimulator) -> MockConfigEntry:
    """Return a config entry of the panel, not set up yet."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Front panel",
        unique_id=basip.site.serial,
        data={CONF_VENDOR: "basip", CONF_IMPORT_DAYS: 7, **basip.config()},
        options={"poll_interval": 0.05},
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def live(hass: HomeAssistant, panel: MockConfigEntry) -> MockConfigEntry:
    """Return the panel's config entry, set up and followed."""
    assert await hass.config_entries.async_setup(panel.entry_id)
    await hass.async_block_till_done()
    await wait_for(lambda: panel.runtime_data.caught_up)
    return panel


async def test_visits(
    hass: HomeAssistant, basip: BasIpSimulator, live: MockConfigEntry
) -> None:
    """A card, a refusal, a ring and a button end in their entities, once."""
    events = async_capture_events(hass, EVENT_TYPE)
    await basip.use("Jane Doe", kind="card")
    access = f"event.{DOOR}_access"
    await wait_for(lambda: value_of(hass, access) != "unknown")
    attributes = state_of(hass, access).attributes
    assert attributes["event_type"] == "access_granted"
    assert attributes["person"] == "Jane Doe"
    assert attributes["method"] == "card"
    assert attributes["credential"] == "••69"
    assert attributes["reader_name"] == "AA-14FB Simulator"
    await basip.deny("John Roe")
    await wait_for(
        lambda: value_of(hass, f"sensor.{DOOR}_last_result") == "access_denied"
    )
    assert value_of(hass, f"sensor.{DOOR}_last_person") == "John Roe"
    await basip.ring()
    await wait_for(lambda: value_of(hass, f"event.{DOOR}_doorbell") != "unknown")
    await basip.press_exit()
    await wait_for(lambda: value_of(hass, f"binary_sensor.{DOOR}_exit_request") == "on")
    await hass.async_block_till_done()
    assert [event.data["kind"] for event in events] == [
        *("access_granted", "access_denied", "ring", "exit_requested"),
    ]
    assert live.runtime_data.recorded == 4
    assert "3090069" not in str([event.data for event in events])


async def test_the_door(
    hass: HomeAssistant, basip: BasIpSimulator, live: MockConfigEntry
) -> None:
    """The door sensor is shown, and that the door stands open for too long."""
    door, held = f"binary_sensor.{DOOR}_door", f"binary_sensor.{DOOR}_held_open"
    assert value_of(hass, door) == "off"
    await basip.set_modes(held_seconds=0.2)
    await basip.open_door()
    await wait_for(lambda: value_of(hass, door) == "on")
    await wait_for(lambda: value_of(hass, held) == "on")
    alarm = f"event.{DOOR}_alarm"
    await wait_for(lambda: value_of(hass, alarm) != "unknown")
    assert state_of(hass, alarm).attributes["event_type"] == "door_held_open"
    await basip.close_door()
    await wait_for(lambda: value_of(hass, door) == "off")
    await wait_for(lambda: value_of(hass, held) == "off")


async def test_unlock(
    hass: HomeAssistant, basip: BasIpSimulator, live: MockConfigEntry
) -> None:
    """Each lock has a button that opens it once; there is no lock that would lie."""
    for lock in ("1", "2"):
        await hass.services.async_call(
            "button",
            "press",
            {"entity_id": f"button.aa_14fb_simulator_lock_{lock}_unlock"},
            blocking=True,
        )
    assert [item["lock"] for item in await basip.openings()] == [1, 2]
    await wait_for(lambda: value_of(hass, f"sensor.{DOOR}_last_method") == "remote")
    assert hass.states.async_entity_ids("lock") == []


async def test_hold_open(
    hass: HomeAssistant, basip: BasIpSimulator, live: MockConfigEntry
) -> None:
    """A door is held open by its mode, all doors by the evacuation."""
    mode = f"select.{DOOR}_door_mode"
    evacuation = "switch.aa_14fb_simulator_evacuation"
    await hass.services.async_call(
        "select",
        "select_option",
        {"entity_id": mode, "option": "unlocked"},
        blocking=True,
    )
    await wait_for(lambda: value_of(hass, mode) == "unlocked")
    assert (await basip.state_of(1))["emergency"] is True
    for action, held, shown in (("on", True, "unlocked"), ("off", False, "normal")):
        await hass.services.async_call(
            "switch", f"turn_{action}", {"entity_id": evacuation}, blocking=True
        )
        await wait_for(lambda: value_of(hass, evacuation) == action)  # noqa: B023
        await wait_for(lambda: value_of(hass, mode) == shown)  # noqa: B023
        assert (await basip.state_of(2))["emergency"] is held


async def test_exit_button(
    hass: HomeAssistant, basip: BasIpSimulator, live: MockConfigEntry
) -> None:
    """The exit button can be switched off, say while nobody is at home."""
    button = "switch.aa_14fb_simulator_exit_button"
    assert value_of(hass, button) == "on"
    await hass.services.async_call(
        "switch", "turn_off", {"entity_id": button}, blocking=True
    )
    await wait_for(lambda: value_of(hass, button) == "off")
    assert (await basip.state_of())["exit_button"] is False


async def test_a_missed_call(
    hass: HomeAssistant, basip: BasIpSimulator, live: MockConfigEntry
) -> None:
    """A call that nobody answered is told as such, after it rang or without."""
    events = async_capture_events(hass, EVENT_TYPE)
    await basip.ring(answered=False)
    await wait_for(lambda: events)
    assert [event.data["kind"] for event in events] == ["call_missed"]
    assert events[0].data["door_id"] == "1"
    assert events[0].data["reason"] == "Not answered"


async def test_a_picture(
    hass: HomeAssistant,
    basip: BasIpSimulator,
    live: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """What the panel saw as somebody rang can be looked at."""
    await basip.use("Jane Doe")
    image = f"image.{DOOR}_last_snapshot"
    await wait_for(lambda: value_of(hass, image) not in ("unknown", "unavailable"))
    await async_setup_component(hass, "http", {})
    client = await hass_client()
    answer = await client.get(state_of(hass, image).attributes["entity_picture"])
    assert answer.status == HTTPStatus.OK
    assert (await answer.read()).startswith(b"\xff\xd8\xff")


async def test_a_new_password(
    hass: HomeAssistant, basip: BasIpSimulator, live: MockConfigEntry
) -> None:
    """A password that was changed is asked for, and not tried on and on."""
    await basip.change_password("new secret")
    await wait_for(lambda: list(live.async_get_active_flows(hass, {"reauth"})))
    (flow,) = live.async_get_active_flows(hass, {"reauth"})
    assert (await basip.sessions())["refused_in_a_row"] == 1
    result: Any = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"password": "new secret"}
    )
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    await wait_for(lambda: live.runtime_data.caught_up)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": "wrong"}, "refuses these credentials"),
        ({"port": 1}, "refuses connections"),
        ({"ssl": True}, "does not use TLS"),
    ],
)
async def test_the_form(
    hass: HomeAssistant, basip: BasIpSimulator, changes: dict[str, Any], said: str
) -> None:
    """Each cause of failure is named, and what is right makes an entry."""
    flow = hass.config_entries.flow
    menu = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    await flow.async_configure(menu["flow_id"], {"next_step_id": "basip"})
    result: Any = await flow.async_configure(menu["flow_id"], basip.config() | changes)
    assert said in words(result)
    result = await flow.async_configure(menu["flow_id"], basip.config())
    assert result["step_id"] == "history"
    assert result["description_placeholders"]["doors"] == "2"
    result = await flow.async_configure(menu["flow_id"], {"import_days": 0})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == basip.site.serial


async def test_a_ban_in_the_form(hass: HomeAssistant, basip: BasIpSimulator) -> None:
    """A ban is told from a wrong password."""
    await basip.ban()
    flow = hass.config_entries.flow
    menu = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    await flow.async_configure(menu["flow_id"], {"next_step_id": "basip"})
    result = await flow.async_configure(menu["flow_id"], basip.config())
    assert "bans addresses" in words(result)


async def test_a_pinned_certificate(hass: HomeAssistant, basip: BasIpSimulator) -> None:
    """With SSL the panel's own certificate is pinned, and shown to be compared."""
    await basip.set_modes(tls=True)
    flow = hass.config_entries.flow
    menu = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    await flow.async_configure(menu["flow_id"], {"next_step_id": "basip"})
    result: Any = await flow.async_configure(menu["flow_id"], basip.config())
    assert result["step_id"] == "history"
    result = await flow.async_configure(menu["flow_id"], {"import_days": 0})
    assert result["result"].data["fingerprint"] == basip.fingerprint.replace(":", "")
