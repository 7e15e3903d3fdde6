"""Test the config flow with kinds of vendors of which none may be there yet."""

import sys
from typing import Any, override

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.access_events import config_flow, systems
from custom_components.access_events.const import DOMAIN
from custom_components.access_events.models import SystemInfo
from custom_components.access_events.systems import Field, FieldKind, Vendor
from custom_components.access_events.systems.base import ConnectError
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .forms import description, words
from .simulators.common import HOST
from .simulators.unifi_access import UnifiAccessSimulator
from .toy import ToySystem, toy_module

PANEL = Vendor(
    key="toy",
    name="Toy panel",
    manufacturer="Toys",
    fields=(
        Field(key="host", kind=FieldKind.TEXT),
        Field(key="port", kind=FieldKind.PORT, default=80),
        Field(key="ssl", kind=FieldKind.FLAG, default=False),
        Field(key="verify_ssl", kind=FieldKind.FLAG, default=False),
        Field(key="label", kind=FieldKind.TEXT, required=False),
        Field(key="password", kind=FieldKind.SECRET),
    ),
)
CLOUD = Vendor(
    key="toy",
    name="Toy cloud",
    manufacturer="Toys",
    fields=(
        Field(key="base_url", kind=FieldKind.URL, default="https://cloud.example"),
        Field(key="api_key", kind=FieldKind.SECRET),
    ),
)


class Panel(ToySystem):
    """A system whose id is whatever a test says, and that counts being closed."""

    id = "toy-1"
    closed = 0

    @override
    async def connect(self) -> SystemInfo:
        info = await super().connect()
        return SystemInfo(id=self.id, name=info.name)

    @override
    async def close(self) -> None:
        self.closed += 1
        await super().close()


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> Panel:
    """Return a panel's system, with its vendor in the table."""
    system = Panel()
    module = toy_module(system)
    monkeypatch.setitem(sys.modules, module.__name__.rpartition(".")[0], module)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    put(monkeypatch, PANEL)
    return system


def put(monkeypatch: pytest.MonkeyPatch, vendor: Vendor) -> None:
    """Put a vendor into the table, as if the flow had been made with it."""
    monkeypatch.setitem(systems.VENDORS, "toy", vendor)
    monkeypatch.setattr(
        config_flow.AccessEventsConfigFlow,
        "async_step_toy",
        config_flow._step_of(vendor),  # noqa: SLF001
        raising=False,
    )


async def enter(hass: HomeAssistant, entered: dict[str, Any]) -> ConfigFlowResult:
    """Choose the vendor and fill in its form."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    form = await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "toy"}
    )
    return await hass.config_entries.flow.async_configure(form["flow_id"], entered)


async def add(hass: HomeAssistant, entered: dict[str, Any]) -> MockConfigEntry:
    """Add a system and return its entry."""
    history = await enter(hass, entered)
    done = await hass.config_entries.flow.async_configure(
        history["flow_id"], {"import_days": 0}
    )
    await hass.async_block_till_done()
    entry = done["result"]
    assert entry.state is ConfigEntryState.LOADED
    return entry


async def change(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    entered: dict[str, Any],
    source: str = SOURCE_RECONFIGURE,
) -> ConfigFlowResult:
    """Fill in the form that changes how a system is reached."""
    flow = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": source, "entry_id": entry.entry_id},
        data=dict(entry.data) if source == SOURCE_REAUTH else None,
    )
    done = await hass.config_entries.flow.async_configure(flow["flow_id"], entered)
    await hass.async_block_till_done()
    return done


async def test_no_tls_no_certificate(hass: HomeAssistant, panel: Panel) -> None:
    """Without TLS nothing is pinned and no fingerprint is shown."""
    history = await enter(hass, {"host": "panel.local", "password": "p"})
    assert description(history)
    assert history["data_schema"] is not None
    assert list(history["data_schema"]({})) == ["import_days"]
    done = await hass.config_entries.flow.async_configure(
        history["flow_id"], {"import_days": 0}
    )
    assert done["data"] == {
        "vendor": "toy",
        "import_days": 0,
        "host": "panel.local",
        "port": 80,
        "ssl": False,
        "verify_ssl": False,
        "password": "p",
    }
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(done["result"].entry_id)


async def test_pin_comes_and_goes_with_tls(
    hass: HomeAssistant, panel: Panel, unifi: UnifiAccessSimulator
) -> None:
    """TLS switched on pins the certificate; verification takes its place."""
    entered: dict[str, Any] = {"host": HOST, "port": unifi.port, "password": "p"}
    entry = await add(hass, entered | {"label": "Hall"})
    assert "fingerprint" not in entry.data
    assert entry.data["label"] == "Hall"

    entered = {"host": HOST, "port": unifi.port, "ssl": True, "verify_ssl": False}
    await change(hass, entry, entered)
    assert entry.data["fingerprint"] == unifi.fingerprint.replace(":", "")
    assert entry.data["password"] == "p"
    assert "label" not in entry.data

    await change(hass, entry, entered | {"verify_ssl": True})
    assert "fingerprint" not in entry.data
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("old", ["10.0.0.1", "10.0.0.1:80"])
async def test_system_without_an_id_may_move(
    hass: HomeAssistant, panel: Panel, old: str
) -> None:
    """A system that is known by its address only keeps its entry when it moves."""
    panel.id = old
    entry = await add(hass, {"host": "10.0.0.1", "password": "p"})
    panel.id = "10.0.0.2"
    done = await change(
        hass,
        entry,
        {"host": "10.0.0.2", "port": 80, "ssl": False, "verify_ssl": False},
    )
    assert done["reason"] == "reconfigure_successful"
    assert entry.unique_id == "10.0.0.2"
    assert entry.data["host"] == "10.0.0.2"
    same = await change(
        hass,
        entry,
        {"host": "10.0.0.2", "port": 80, "ssl": False, "verify_ssl": False},
    )
    assert same["reason"] == "reconfigure_successful"
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_system_without_an_id_may_not_become_another(
    hass: HomeAssistant, panel: Panel
) -> None:
    """It does not move to where another entry is."""
    panel.id = "10.0.0.1"
    entry = await add(hass, {"host": "10.0.0.1", "password": "p"})
    MockConfigEntry(domain=DOMAIN, unique_id="10.0.0.2").add_to_hass(hass)
    panel.id = "10.0.0.2"
    done = await change(
        hass,
        entry,
        {"host": "10.0.0.2", "port": 80, "ssl": False, "verify_ssl": False},
    )
    assert done["type"] is FlowResultType.ABORT
    assert done["reason"] == "already_configured"
    assert entry.data["host"] == "10.0.0.1"
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("source", [SOURCE_REAUTH, SOURCE_RECONFIGURE])
async def test_system_with_an_id_may_not_become_another(
    hass: HomeAssistant, panel: Panel, source: str
) -> None:
    """Credentials or an address of another system are not taken."""
    panel.id = "serial-1"
    entry = await add(hass, {"host": "10.0.0.1", "password": "p"})
    before = dict(entry.data)
    panel.id = "serial-2"
    entered: dict[str, Any] = {"password": "q"}
    if source == SOURCE_RECONFIGURE:
        entered |= {"host": "10.0.0.2", "port": 80, "ssl": False, "verify_ssl": False}
    done = await change(hass, entry, entered, source)
    assert done["type"] is FlowResultType.ABORT
    assert done["reason"] == "unique_id_mismatch"
    assert entry.data == before
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_cloud_is_named_in_errors(
    hass: HomeAssistant, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is reached by an address of its own is named by it."""
    put(monkeypatch, CLOUD)
    panel.refuse = ConnectError("timeout")
    result = await enter(hass, {"api_key": "canary"})
    assert "https://cloud.example" in words(result)
    assert "canary" not in str(result)
    panel.refuse = ConnectError("not_trusted")
    result = await enter(hass, {"api_key": "canary"})
    assert result["errors"] == {"base": "cannot_connect"}
    assert "is not signed by an authority" in words(result)


async def test_cloud_keeps_its_secret(
    hass: HomeAssistant, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cloud account may be reached at another address with the secret it has."""
    put(monkeypatch, CLOUD)
    entry = await add(hass, {"api_key": "canary"})
    done = await change(hass, entry, {"base_url": "https://eu.cloud.example"})
    assert done["reason"] == "reconfigure_successful"
    assert entry.data["base_url"] == "https://eu.cloud.example"
    assert entry.data["api_key"] == "canary"
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_system_is_always_closed(hass: HomeAssistant, panel: Panel) -> None:
    """Checked with or without success, a system is let go."""
    await enter(hass, {"host": "panel.local", "password": "p"})
    assert panel.closed == 1
    panel.refuse = ConnectError()
    await enter(hass, {"host": "panel.local", "password": "p"})
    assert panel.closed == 2
