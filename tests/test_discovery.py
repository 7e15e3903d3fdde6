"""Test consoles that announce themselves."""

from dataclasses import replace

from aiohttp import web
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.access_events import systems
from custom_components.access_events.const import DOMAIN
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_SSDP,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.ssdp import SsdpServiceInfo

from .forms import words
from .simulators.common import HOST, HttpListener
from .simulators.common_tls import server_context
from .simulators.unifi_access import UnifiAccessSimulator

SERIAL = "245a4c000001"


@pytest.fixture(autouse=True)
def _port(monkeypatch: pytest.MonkeyPatch, unifi: UnifiAccessSimulator) -> None:
    """Let the simulated console's port be the one that UniFi Access always has."""
    _expect_port(monkeypatch, unifi.port)


def _expect_port(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Let UniFi Access be looked for at a port."""
    vendor = systems.VENDORS["unifi_access"]
    fields = tuple(
        replace(field, default=port) if field.key == "port" else field
        for field in vendor.fields
    )
    monkeypatch.setitem(systems.VENDORS, "unifi_access", replace(vendor, fields=fields))


async def announce(
    hass: HomeAssistant, host: str | None = HOST, serial: str | None = SERIAL
) -> ConfigFlowResult:
    """Let a console announce itself."""
    return await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_SSDP},
        data=SsdpServiceInfo(
            ssdp_usn="uuid:1",
            ssdp_st="upnp:rootdevice",
            ssdp_location=host and f"http://{host}:41417/rootDesc.xml",
            upnp={
                "manufacturer": "Ubiquiti Networks",
                "friendlyName": "Dream Machine",
                "modelDescription": "UniFi Dream Machine Pro",
                **({"serialNumber": serial} if serial else {}),
            },
        ),
    )


async def test_a_discovered_console(
    hass: HomeAssistant, unifi: UnifiAccessSimulator
) -> None:
    """Only the token is asked for; a wrong one is said to be wrong."""
    form = await announce(hass)
    assert form["step_id"] == "unifi_access"
    assert not form["errors"]
    assert form["data_schema"] is not None
    assert {str(key) for key in form["data_schema"].schema} == {
        "api_token",
        "verify_ssl",
    }
    (shown,) = hass.config_entries.flow.async_progress()
    assert shown["context"]["title_placeholders"] == {
        "name": f"UniFi Access: Dream Machine ({HOST})"
    }

    configure = hass.config_entries.flow.async_configure
    wrong = await configure(form["flow_id"], {"api_token": "x", "verify_ssl": False})
    assert "credentials" in words(wrong)
    history = await configure(
        form["flow_id"], {"api_token": unifi.token, "verify_ssl": False}
    )
    done = await configure(history["flow_id"], {"import_days": 0})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    entry = done["result"]
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["serial"] == SERIAL

    again = await announce(hass)
    assert again["reason"] == "already_configured"
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_console_that_moved(hass: HomeAssistant) -> None:
    """A console that is set up is followed to its new address, and no other is."""
    other, entry = (
        MockConfigEntry(
            domain=DOMAIN,
            unique_id=unique_id,
            data={"vendor": "unifi_access", "host": host, "port": 12445},
        )
        for unique_id, host in (("its own id", "192.0.2.9"), ("192.0.2.1", "192.0.2.1"))
    )
    other.add_to_hass(hass)
    entry.add_to_hass(hass)
    assert (await announce(hass, "192.0.2.1"))["reason"] == "already_configured"
    assert (await announce(hass))["reason"] == "already_configured"
    assert entry.data["host"] == entry.unique_id == HOST
    assert not hass.config_entries.flow.async_progress()
    assert (other.unique_id, other.data["host"]) == ("its own id", "192.0.2.9")
    told = await announce(hass, "192.0.2.9", "245a4c000009")
    assert told["reason"] == "already_configured"
    told = await announce(hass, HOST, "245a4c000009")
    assert told["reason"] == "already_configured"
    assert (other.unique_id, other.data["host"]) == ("its own id", HOST)
    await hass.async_block_till_done()


async def test_an_ignored_console(
    hass: HomeAssistant,
    toy_entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """A console that the user ignores is not shown again, and in nobody's way."""
    assert (await announce(hass))["type"] is FlowResultType.FORM
    await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_IGNORE},
        data={"unique_id": SERIAL, "title": "Not this one"},
    )
    assert (await announce(hass))["reason"] == "already_configured"
    assert not hass.config_entries.flow.async_progress()
    ws = await hass_ws_client(hass)
    await ws.send_json_auto_id({"type": f"{DOMAIN}/systems"})
    told = (await ws.receive_json())["result"]["systems"]
    assert [system["entry_id"] for system in told] == [toy_entry.entry_id]
    logs = await hass.services.async_call(
        DOMAIN, "get_logs", {}, blocking=True, return_response=True
    )
    assert logs is not None
    assert "total" in logs


async def test_a_console_without_access(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A console on which UniFi Access does not run, or something else, is left alone."""
    for host, serial in ((None, SERIAL), (HOST, None)):
        assert (await announce(hass, host, serial))["reason"] == "not_found"
    listener = HttpListener(web.Application)
    await listener.start(await server_context(unifi.certificate))
    _expect_port(monkeypatch, listener.port)
    try:
        assert (await announce(hass))["reason"] == "not_found"
    finally:
        await listener.stop()
