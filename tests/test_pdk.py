"""Tests of a PDK system in Home Assistant, from its cloud to the states."""

import asyncio
import base64
import logging

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.access_events import coordinator
from custom_components.access_events.const import CONF_IMPORT_DAYS, DOMAIN, EVENT_TYPE
from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_USER, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr

from .forms import words
from .simulators.pdk import PdkSimulator
from .wait import wait_for

DOOR = "main_entrance"


async def test_menu_to_entry(hass: HomeAssistant, pdk: PdkSimulator) -> None:
    """A system is added by its id and its client; a wrong secret is said to be wrong."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    flow_id = menu["flow_id"]
    configure = hass.config_entries.flow.async_configure
    await configure(flow_id, {"next_step_id": "pdk"})
    config = pdk.config()
    form = await configure(flow_id, config | {"client_secret": "wrong"})
    assert form["errors"] == {"base": "invalid_auth"}
    for system_id in ("not one", "0738b8df-329a-4d50-88e7-7a48928c4d6f"):
        form = await configure(flow_id, config | {"system_id": system_id})
        assert form["errors"] == {"base": "unknown_system"}
    await pdk.set_modes(permission=False)
    form = await configure(flow_id, config)
    assert form["errors"] == {"base": "no_access"}
    assert "must have direct access to the specified organization" in words(form)
    await pdk.set_modes(permission=True)
    for key in ("accounts_url", "systems_url"):
        form = await configure(flow_id, config | {key: "http://127.0.0.1:9"})
        assert form["errors"] == {"base": "refused"}
        assert "http://127.0.0.1:9 refuses connections" in words(form)
    form = await configure(flow_id, config)
    assert form["step_id"] == "history"
    done = await configure(flow_id, {CONF_IMPORT_DAYS: 0})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    entry = done["result"]
    assert entry.unique_id == config["system_id"]
    assert entry.state is ConfigEntryState.LOADED
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    models = {device.name: device.model for device in devices}
    assert models["Main Entrance"] == "Reader"
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_old_stream(hass: HomeAssistant, pdk: PdkSimulator) -> None:
    """A stream of an older generation is named in the form."""
    await pdk.set_modes(generation="old")
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    configure = hass.config_entries.flow.async_configure
    await configure(menu["flow_id"], {"next_step_id": "pdk"})
    form = await configure(menu["flow_id"], pdk.config())
    assert form["errors"] == {"base": "old_protocol"}


async def test_stream_turns_old(
    hass: HomeAssistant,
    pdk: PdkSimulator,
    pdk_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stream that speaks no known generation any more is left in peace, and named."""
    for name in ("_FIRST_DELAY", "_LONGEST_DELAY"):
        monkeypatch.setattr(coordinator, name, 0.1)
    await pdk.set_modes(generation="old")
    await pdk.drop_clients()

    def is_named() -> bool:
        return "older generation of Socket.IO" in caplog.text

    caplog.set_level(logging.DEBUG, logger="custom_components.access_events")
    await wait_for(is_named, 15)
    connects = (await pdk.stream_counts())["connects"]
    await asyncio.sleep(2)
    assert (await pdk.stream_counts())["connects"] == connects
    state = hass.states.get("binary_sensor.test_system_connection")
    assert state is not None
    assert state.state == "off"


async def test_tap(
    hass: HomeAssistant, pdk: PdkSimulator, pdk_entry: MockConfigEntry
) -> None:
    """Somebody comes: one event on the bus, one at the door, and the last person."""
    events = async_capture_events(hass, EVENT_TYPE)
    await pdk.tap(0, 0, unlocks=False)
    await wait_for(lambda: events)
    await hass.async_block_till_done()
    assert len(events) == 1
    data = events[0].data
    assert data["kind"] == "access_granted"
    assert data["vendor"] == "pdk"
    assert data["method"] == "card"
    state = hass.states.get(f"event.{DOOR}_access")
    assert state is not None
    assert state.attributes["person"] == data["person"]
    assert state.attributes["event_type"] == "access_granted"
    state = hass.states.get(f"sensor.{DOOR}_last_person")
    assert state is not None
    assert state.state == data["person"]


async def test_lock(
    hass: HomeAssistant, pdk: PdkSimulator, pdk_entry: MockConfigEntry
) -> None:
    """Unlock holds open, lock returns to normal, open lasts as long as the dwell."""
    lock = f"lock.{DOOR}"

    async def shows(entity_id: str, value: str) -> None:
        def is_shown() -> bool:
            state = hass.states.get(entity_id)
            return state is not None and state.state == value

        await wait_for(is_shown)

    for action, command, state, mode in (
        ("unlock", "open", "unlocked", "unlocked"),
        ("lock", "close", "locked", "normal"),
        ("open", "try-open", "unlocked", "normal"),
    ):
        await hass.services.async_call(
            "lock", action, {"entity_id": lock}, blocking=True
        )
        [*_, received] = await pdk.commands_received()
        assert received["command"] == command
        await shows(lock, state)
        await shows(f"select.{DOOR}_door_mode", mode)
    await hass.services.async_call(
        "button", "press", {"entity_id": f"button.{DOOR}_unlock"}, blocking=True
    )
    assert len(await pdk.commands_received("try-open")) == 2
    await pdk.do_not_disturb(0)
    await shows(f"binary_sensor.{DOOR}_do_not_disturb", "on")
    await shows(f"select.{DOOR}_door_mode", "locked_down")


async def test_secret_replaced(
    hass: HomeAssistant, pdk: PdkSimulator, pdk_entry: MockConfigEntry
) -> None:
    """When the secret is refused, the user is asked for the new one, once."""
    await pdk.change_secret()
    await pdk.expire_tokens()
    await pdk.drop_clients()

    def asked() -> bool:
        flows = hass.config_entries.flow.async_progress()
        return [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]

    await wait_for(asked)


async def test_nothing_secret_is_logged(
    hass: HomeAssistant,
    pdk: PdkSimulator,
    pdk_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With all that every library has to say, no token and no secret is in the log."""
    monkeypatch.setattr(coordinator, "_FIRST_DELAY", 0.1)
    monkeypatch.setattr(coordinator, "_LONGEST_DELAY", 0.1)
    for name in ("", *logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)
    reload = hass.config_entries.async_reload
    await pdk.set_modes(system_token_seconds=1, id_token_seconds=2)

    async def heard() -> None:
        await wait_for(lambda: pdk_entry.runtime_data.caught_up, 15)
        count = len(await pdk.history()) + 1
        await pdk.unknown_card()
        await wait_for(lambda: pdk_entry.runtime_data.recorded >= count, 15)

    assert await reload(pdk_entry.entry_id)
    await heard()
    diagnostics = str(pdk_entry.runtime_data.system.diagnostics())
    await pdk.expire_tokens()
    await heard()
    for path in ("/api/systems", "/socket.io"):
        await pdk.fault(path=path, status=500, body="broken")
    await pdk.drop_clients()
    await wait_for(lambda: not pdk_entry.runtime_data.available)
    await heard()
    await pdk.pause()
    await wait_for(lambda: not pdk_entry.runtime_data.available)
    await pdk.resume()
    await heard()
    await pdk.set_modes(refuse_connect="unauthorized")
    await pdk.drop_clients()
    await wait_for(lambda: hass.config_entries.flow.async_progress(), 15)

    secret = pdk.site.client_secret
    pair = base64.b64encode(f"{pdk.site.client_id}:{secret}".encode()).decode()
    # What the simulated servers log is theirs, and so is a test's own call.
    logged = [
        f"{record.getMessage()} {record.exc_text or ''}"
        for record in caplog.records
        if record.name != "aiohttp.server"
    ]
    assert len(logged) > 100
    assert len(pdk.tokens.issued) > 10
    found = "\n".join(logged)
    for value in (*pdk.tokens.issued, secret, pair):
        assert value not in found
        assert value not in diagnostics
