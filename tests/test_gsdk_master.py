"""Tests of adding a gateway behind a master gateway, and of its credentials."""

from collections.abc import AsyncGenerator
import logging
from typing import Any, cast

import pytest

from custom_components.access_events.const import DOMAIN
from custom_components.access_events.diagnostics import (
    async_get_config_entry_diagnostics,
)
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowContext,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section
from homeassistant.exceptions import HomeAssistantError

from .doors import value_of
from .forms import words
from .simulators.gsdk import GsdkSimulator
from .wait import wait_for

SECTION = ("client_certificate", "client_key", "gateway_id")


@pytest.fixture
async def master(socket_enabled: None) -> AsyncGenerator[GsdkSimulator]:
    """Return a running master gateway."""
    simulator = GsdkSimulator()
    simulator.modes.master = True
    async with simulator:
        yield simulator


def entered(master: GsdkSimulator, **changes: Any) -> dict[str, Any]:
    """Return what a user enters, with what is advanced in its section."""
    config = {key: value for key, value in master.config().items() if value} | changes
    plain = {key: value for key, value in config.items() if key not in SECTION}
    return plain | {"advanced": {key: config[key] for key in SECTION if key in config}}


async def begin(hass: HomeAssistant, **context: Any) -> Any:
    """Open a form."""
    flow = await hass.config_entries.flow.async_init(
        DOMAIN, context=cast("ConfigFlowContext", context)
    )
    if flow["type"] is FlowResultType.MENU:
        return await go_on(hass, flow, {"next_step_id": "gsdk"})
    return flow


async def go_on(hass: HomeAssistant, flow: Any, given: dict[str, Any]) -> Any:
    """Fill in a form, and let what follows from it happen."""
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], given)
    await hass.async_block_till_done()
    return result


async def add(hass: HomeAssistant, master: GsdkSimulator) -> ConfigEntry:
    """Add the gateway as users do."""
    flow = await begin(hass, source=SOURCE_USER)
    flow = await go_on(hass, flow, entered(master))
    flow = await go_on(hass, flow, {"import_days": 0})
    entry: ConfigEntry = flow["result"]
    await wait_for(lambda: entry.runtime_data.caught_up)
    return entry


def shown(flow: Any) -> str:
    """Return all that a form suggests when it is shown."""
    suggested: list[Any] = []

    def collect(schema: Any) -> None:
        for key, value in schema.schema.items():
            suggested.append((key.description or {}).get("suggested_value"))
            if isinstance(value, section):
                collect(value.schema)

    collect(flow["data_schema"])
    return "\n".join(map(str, suggested))


async def test_add(hass: HomeAssistant, master: GsdkSimulator) -> None:
    """The form leads to a gateway of the master, and never shows the key again."""
    flow = await begin(hass, source=SOURCE_USER)
    assert flow["data_schema"].schema["advanced"].options == {"collapsed": True}
    flow = await go_on(hass, flow, entered(master, client_certificate=""))
    assert flow["errors"] == {"base": "client_certificate"}
    flow = await go_on(hass, flow, entered(master, gateway_id="Lobby"))
    assert flow["errors"] == {"base": "unknown_gateway"}
    assert "gateway1, gateway2" in words(flow)
    assert master.tenant_certificate.strip() in shown(flow)
    assert "PRIVATE KEY" not in shown(flow)
    flow = await go_on(hass, flow, entered(master))
    assert flow["step_id"] == "history"
    flow = await go_on(hass, flow, {"import_days": 0})
    entry = flow["result"]
    assert entry.unique_id == "gateway1"
    assert value_of(hass, "lock.main_entrance") == "locked"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_reauth(
    hass: HomeAssistant, master: GsdkSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A certificate that the master no longer knows is replaced with its key.

    Neither a key nor a token is ever logged, nor in the diagnostics.
    """
    caplog.set_level(logging.DEBUG)
    entry = await add(hass, master)
    master.login.tenants.clear()
    await master.expire_tokens()
    with pytest.raises(HomeAssistantError):
        await hass.services.async_call(
            "lock", "unlock", {"entity_id": "lock.main_entrance"}, blocking=True
        )
    await hass.async_block_till_done()
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    form: Any = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert [str(key) for key in form["data_schema"].schema] == [
        "client_certificate",
        "client_key",
    ]
    assert "PRIVATE KEY" not in shown(form)
    certificate, key = master.login.issue(master.authority, "tenant2")
    given = {"client_certificate": certificate, "client_key": key}
    done = await go_on(hass, form, given)
    assert done["reason"] == "reauth_successful"
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["gateway_id"] == "gateway1"
    said = caplog.text + str(await async_get_config_entry_diagnostics(hass, entry))
    assert "eyJhbGci" not in said
    for pem in (key, master.tenant_key):
        assert pem.splitlines()[1] not in said
    await hass.config_entries.async_unload(entry.entry_id)


async def test_reconfigure(hass: HomeAssistant, master: GsdkSimulator) -> None:
    """A key that is left empty is kept."""
    entry = await add(hass, master)
    before = dict(entry.data)
    form = await begin(hass, source=SOURCE_RECONFIGURE, entry_id=entry.entry_id)
    assert "PRIVATE KEY" not in shown(form)
    given = entered(master)
    del given["advanced"]["client_key"]
    done = await go_on(hass, form, given)
    assert done["reason"] == "reconfigure_successful"
    assert dict(entry.data) == before
    await wait_for(lambda: entry.runtime_data.caught_up)
    await hass.config_entries.async_unload(entry.entry_id)
