"""Tests of a G-SDK gateway in Home Assistant, from its wire to states and log."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.access_events.const import (
    CONF_IMPORT_DAYS,
    CONF_VENDOR,
    DOMAIN,
    EVENT_TYPE,
)
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.storage import STORAGE_DIR

from .actions import door_device, logged
from .doors import state_of, value_of
from .simulators.common_tls import Certificate
from .simulators.gsdk import GsdkSimulator
from .wait import wait_for

LOCK = "lock.main_entrance"


@pytest.fixture
async def gsdk(socket_enabled: None) -> AsyncGenerator[GsdkSimulator]:
    """Return a running gateway."""
    async with GsdkSimulator() as simulator:
        yield simulator


@pytest.fixture
def site(hass: HomeAssistant, gsdk: GsdkSimulator) -> MockConfigEntry:
    """Return a config entry of the gateway, not set up yet."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Gateway",
        unique_id=f"127.0.0.1:{gsdk.port}",
        data={CONF_VENDOR: "gsdk", CONF_IMPORT_DAYS: 7, **entered(gsdk)},
    )
    entry.add_to_hass(hass)
    return entry


def entered(gsdk: GsdkSimulator, **changes: Any) -> dict[str, Any]:
    """Return what a user enters for a gateway."""
    config = {key: value for key, value in gsdk.config().items() if value}
    return config | changes


async def set_up(hass: HomeAssistant, site: MockConfigEntry) -> None:
    """Set the gateway up and wait until it is followed."""
    assert await hass.config_entries.async_setup(site.entry_id)
    await hass.async_block_till_done()
    await wait_for(lambda: site.runtime_data.caught_up)


async def test_somebody_comes(
    hass: HomeAssistant, gsdk: GsdkSimulator, site: MockConfigEntry
) -> None:
    """Who comes is shown at the right door, at once, with what the door does."""
    await set_up(hass, site)
    events = async_capture_events(hass, EVENT_TYPE)
    await gsdk.tap("Main Entrance", "Jane Doe")
    await wait_for(
        lambda: value_of(hass, "sensor.main_entrance_last_person") == "Jane Doe"
    )
    await wait_for(lambda: value_of(hass, LOCK) == "unlocked")
    assert state_of(hass, LOCK).attributes["changed_by"] == "Jane Doe"
    first = events[0].data
    assert (first["kind"], first["method"]) == ("access_granted", "card")
    assert first["door_name"] == "Main Entrance"
    await wait_for(lambda: value_of(hass, LOCK) == "locked")
    await gsdk.force_open("Main Entrance")
    await wait_for(
        lambda: value_of(hass, "binary_sensor.main_entrance_forced_open") == "on"
    )
    assert value_of(hass, "binary_sensor.main_entrance_door") == "on"
    await hass.config_entries.async_unload(site.entry_id)


async def test_one_alarm_for_two_records(
    hass: HomeAssistant, gsdk: GsdkSimulator, site: MockConfigEntry
) -> None:
    """A device records an alarm twice; both are kept, and it is told once."""
    await set_up(hass, site)
    told = async_capture_events(hass, EVENT_TYPE)
    for _ in range(2):
        await gsdk.hold_open("Main Entrance")
        await wait_for(
            lambda: value_of(hass, "binary_sensor.main_entrance_held_open") == "on"
        )
        await gsdk.close_door("Main Entrance")
        await wait_for(
            lambda: value_of(hass, "binary_sensor.main_entrance_held_open") == "off"
        )
    kinds = [event.data["kind"] for event in told]
    assert kinds.count("door_held_open") == 2
    kept = await logged(hass, 4, kinds=["door_held_open"])
    assert [event["vendor_code"] for event in kept] == [
        *("DOOR_HELD_OPEN", "DOOR_HELD_OPEN_ALARM") * 2
    ]
    await hass.config_entries.async_unload(site.entry_id)


async def test_one_access_for_two_records(
    hass: HomeAssistant, gsdk: GsdkSimulator, site: MockConfigEntry
) -> None:
    """Who was excused is recorded twice by the device, and told once."""
    await set_up(hass, site)
    told = async_capture_events(hass, EVENT_TYPE)
    await gsdk.tap("Main Entrance", "Jane Doe", excused="apb")
    await logged(hass, 2, kinds=["access_granted"])
    await wait_for(lambda: value_of(hass, "sensor.main_entrance_last_method") == "card")
    await wait_for(lambda: value_of(hass, LOCK) == "unlocked")
    kinds = [event.data["kind"] for event in told]
    assert kinds.count("access_granted") == 1
    assert "access_denied" not in kinds
    await hass.config_entries.async_unload(site.entry_id)


async def test_commands(
    hass: HomeAssistant, gsdk: GsdkSimulator, site: MockConfigEntry
) -> None:
    """The lock, the button and the mode do what they say at the device."""
    await set_up(hass, site)

    async def act(domain: str, service: str, entity_id: str, **data: Any) -> None:
        await hass.services.async_call(
            domain, service, {"entity_id": entity_id, **data}, blocking=True
        )

    await act("lock", "unlock", LOCK)
    await wait_for(lambda: value_of(hass, LOCK) == "unlocked")
    assert value_of(hass, "select.main_entrance_door_mode") == "unlocked"
    await act("lock", "lock", LOCK)
    await wait_for(lambda: value_of(hass, LOCK) == "locked")
    assert value_of(hass, "select.main_entrance_door_mode") == "normal"
    await act("button", "press", "button.main_entrance_unlock")
    await wait_for(lambda: value_of(hass, LOCK) == "unlocked")
    await wait_for(lambda: value_of(hass, LOCK) == "locked")
    await act(
        "select",
        "select_option",
        "select.main_entrance_door_mode",
        option="locked_down",
    )
    await wait_for(
        lambda: value_of(hass, "select.main_entrance_door_mode") == "locked_down"
    )
    await hass.config_entries.async_unload(site.entry_id)


async def test_gateway_without_timer(
    hass: HomeAssistant, gsdk: GsdkSimulator, site: MockConfigEntry
) -> None:
    """Before V1.9 we lock the door again, and if not now, then at the next start."""
    await gsdk.set_modes(version="V1.8.3")
    await set_up(hass, site)
    press = ("button", "press", {"entity_id": "button.main_entrance_unlock"})
    await hass.services.async_call(*press, blocking=True)
    await wait_for(lambda: value_of(hass, LOCK) == "unlocked")
    await wait_for(lambda: value_of(hass, LOCK) == "locked", 10)

    await gsdk.fault(call="Door/Release", count=None, code="UNAVAILABLE")
    await hass.services.async_call(*press, blocking=True)
    await hass.config_entries.async_unload(site.entry_id)
    assert (await gsdk.state_of("Main Entrance"))["unlocked"]
    (kept,) = Path(hass.config.path(STORAGE_DIR)).glob(f"{DOMAIN}.openings.*")
    await gsdk.clear_faults()
    await set_up(hass, site)
    await wait_for(lambda: value_of(hass, LOCK) == "locked", 10)
    state = await gsdk.state_of("Main Entrance")
    assert not state["unlocked"]
    assert [verb for verb, _, _ in state["commands"]] == ["unlock", "release"] * 2
    assert await hass.async_add_executor_job(kept.read_text) == "[]"
    await hass.config_entries.async_remove(site.entry_id)
    assert not kept.exists()


async def act(hass: HomeAssistant, action: str, **data: Any) -> None:
    """Call one of our actions."""
    await hass.services.async_call(DOMAIN, action, data, blocking=True)


async def test_image_filter(
    hass: HomeAssistant, gsdk: GsdkSimulator, site: MockConfigEntry
) -> None:
    """Cameras take pictures of what the option says, and of what the action says."""
    hass.config_entries.async_update_entry(site, options={"image_filter": ["duress"]})
    await set_up(hass, site)
    camera, controller, _ = await gsdk.devices()
    assert camera["filters"] == {0x1200: 1, 0x1500: 1}
    doors = [door_device(hass, site, f"{camera['id']}:1")]
    chosen = {"config_entry_id": site.entry_id, "doors": doors}
    await act(hass, "set_image_filter", events=["IDENTIFY_SUCCESS"], **chosen)
    assert (await gsdk.devices())[0]["filters"] == {0x1300: 1}
    await gsdk.tap("Main Entrance", "Jane Doe", "face")
    await wait_for(
        lambda: value_of(hass, "image.main_entrance_last_snapshot") != "unknown"
    )
    with pytest.raises(ServiceValidationError, match="NO_SUCH"):
        await act(hass, "set_image_filter", events=["NO_SUCH"], **chosen)
    assert controller["filters"] == {}
    await hass.config_entries.async_unload(site.entry_id)


async def test_clear_device_log(
    hass: HomeAssistant, gsdk: GsdkSimulator, site: MockConfigEntry
) -> None:
    """A log is cleared only when that is confirmed, and nothing of it is lost."""
    doors: list[Any] = ["Main Entrance", "Warehouse"]
    await gsdk.burst(30, doors=doors)
    await set_up(hass, site)
    chosen: dict[str, Any] = {"config_entry_id": site.entry_id}
    with pytest.raises(ServiceValidationError, match="547832961.*Nothing was changed"):
        await act(hass, "clear_device_log", confirm=True, **chosen)
    chosen["doors"] = [
        door_device(hass, site, f"{where.device.id}:{where.id}")
        for where in map(gsdk.site.door, doors)
    ]
    with pytest.raises(ServiceValidationError):
        await act(hass, "clear_device_log", confirm=False, **chosen)
    before = await logged(hass, 30)
    await gsdk.burst(6, doors=doors)
    await act(hass, "clear_device_log", confirm=True, **chosen)
    for door in doors:
        rows = await gsdk.log_rows(gsdk.site.door(door).device)
        assert rows[0]["code"] == 0x4200
    await gsdk.burst(4, doors=doors)
    # The devices' notes of the clearing, and ours.
    kept = await logged(hass, len(before) + 6 + 4 + 4)
    assert sum(event["kind"] == "sync" for event in kept) == 2
    assert len({event["key"] for event in kept}) == len(kept)
    await hass.config_entries.async_unload(site.entry_id)


FIRE = "binary_sensor.g_sdk_127_0_0_1_fire_zone_fire_alarm"
LIFT_LOCK = "binary_sensor.g_sdk_127_0_0_1_lift_lock_zone_goods_lift"


async def test_zones(
    hass: HomeAssistant, gsdk: GsdkSimulator, site: MockConfigEntry
) -> None:
    """A zone is there before its first alarm, shows it, and goes with its device."""
    controller = gsdk.site.door("Warehouse").device
    await set_up(hass, site)
    await wait_for(lambda: hass.states.get(FIRE))
    await wait_for(lambda: value_of(hass, FIRE) == "off")
    state = state_of(hass, FIRE)
    assert state.attributes["device_class"] == "safety"
    assert state.attributes["friendly_name"].endswith("Fire zone Fire alarm")
    told = async_capture_events(hass, EVENT_TYPE)
    await gsdk.zone_alarm(controller, "fire")
    await wait_for(lambda: value_of(hass, FIRE) == "on")
    assert [(event.data["kind"], event.data["reason"]) for event in told] == [
        ("zone_alarm", "fire")
    ]
    assert value_of(hass, LIFT_LOCK) == "off"
    await gsdk.zone_alarm(controller, "lift")
    await wait_for(lambda: value_of(hass, LIFT_LOCK) == "on")
    await gsdk.device_offline(controller)
    await wait_for(lambda: value_of(hass, FIRE) == "unavailable")
    lobby = "binary_sensor.g_sdk_127_0_0_1_anti_passback_zone_lobby"
    assert value_of(hass, lobby) == "off"
    await gsdk.device_online(controller)
    await wait_for(lambda: value_of(hass, FIRE) == "on")
    await gsdk.zone_alarm(controller, "fire", on=False)
    await wait_for(lambda: value_of(hass, FIRE) == "off")
    await hass.config_entries.async_unload(site.entry_id)


async def test_zones_after_a_restart(
    hass: HomeAssistant, gsdk: GsdkSimulator, site: MockConfigEntry
) -> None:
    """A zone that no gateway lists is known by its alarms, and stays so."""
    # As at a gateway that has no calls for zones.
    await gsdk.fault(call="Zone/", count=None, code="UNIMPLEMENTED")
    controller = gsdk.site.door("Warehouse").device
    await set_up(hass, site)
    await gsdk.zone_alarm(controller, "intrusion")
    burglary = "binary_sensor.g_sdk_127_0_0_1_intrusion_zone_1"
    await wait_for(lambda: hass.states.get(burglary))
    assert value_of(hass, burglary) == "on"
    assert not hass.states.get(FIRE)
    await hass.config_entries.async_unload(site.entry_id)
    await set_up(hass, site)
    assert value_of(hass, burglary) == "on"
    await hass.config_entries.async_unload(site.entry_id)
    await gsdk.zone_alarm(controller, "intrusion", on=False)
    await set_up(hass, site)
    await wait_for(lambda: value_of(hass, burglary) == "off")
    await hass.config_entries.async_unload(site.entry_id)


async def test_device_away(
    hass: HomeAssistant, gsdk: GsdkSimulator, site: MockConfigEntry
) -> None:
    """A device that is away takes its own doors with it, and not the gateway."""
    await set_up(hass, site)
    await gsdk.device_offline(0)
    await wait_for(lambda: value_of(hass, LOCK) == "unavailable")
    assert value_of(hass, "lock.warehouse") == "locked"
    assert value_of(hass, "binary_sensor.main_entrance_connection") == "off"
    await gsdk.tap("Main Entrance", "Jane Doe")
    await gsdk.device_online(0)
    await wait_for(lambda: value_of(hass, LOCK) != "unavailable")
    await wait_for(
        lambda: value_of(hass, "sensor.main_entrance_last_person") == "Jane Doe"
    )
    await hass.config_entries.async_unload(site.entry_id)


@pytest.mark.parametrize("wrong", ["ca", "port", "name", "pem"])
async def test_form_says_what_is_wrong(
    hass: HomeAssistant, gsdk: GsdkSimulator, wrong: str
) -> None:
    """A wrong authority, port or name is told as such, and then all is right."""
    other = Certificate.create("Other CA", is_authority=True).certificate_pem.decode()
    cases: dict[str, tuple[dict[str, Any], str]] = {
        "ca": ({"ca_certificate": other}, "wrong_ca"),
        "port": ({"port": 1}, "refused"),
        "name": ({"server_name": "elsewhere.home"}, "wrong_server_name"),
        "pem": ({"ca_certificate": "ca.crt"}, "invalid_ca"),
    }
    changes, error = cases[wrong]
    flows = hass.config_entries.flow
    flow = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
    flow = await flows.async_configure(flow["flow_id"], {"next_step_id": "gsdk"})
    assert flow["step_id"] == "gsdk"
    flow = await flows.async_configure(flow["flow_id"], entered(gsdk, **changes))
    assert flow["errors"] == {"base": error}
    flow = await flows.async_configure(flow["flow_id"], entered(gsdk))
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "history"
    flow = await flows.async_configure(flow["flow_id"], {"import_days": 0})
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert flow["result"].unique_id == f"127.0.0.1:{gsdk.port}"
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(flow["result"].entry_id)
