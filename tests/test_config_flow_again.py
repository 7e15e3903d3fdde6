"""Test changing how a system is reached: new credentials, new address, options."""

import asyncio
from collections.abc import AsyncGenerator
import socket
from typing import Any

import pytest

from custom_components.access_events.const import DOMAIN
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData

from .forms import description, let_handshakes_break, suggested, words
from .simulators.common import HOST, HttpListener
from .simulators.common_tls import Certificate, server_context
from .simulators.unifi_access import UnifiAccessSimulator


@pytest.fixture
async def other_port(unifi: UnifiAccessSimulator) -> AsyncGenerator[int]:
    """Serve the site at another port too, with another certificate; gives the port."""
    listener = HttpListener(unifi._app)  # noqa: SLF001
    await listener.start(
        await server_context(await asyncio.to_thread(Certificate.create, "b"))
    )
    yield listener.port
    await listener.stop()


@pytest.fixture
async def entry(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, unifi_config: dict[str, Any]
) -> AsyncGenerator[ConfigEntry]:
    """Return the entry of a site that was added as users add it."""
    flow: Any = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    for entered in ({"next_step_id": "unifi_access"}, unifi_config, {"import_days": 0}):
        flow = await hass.config_entries.flow.async_configure(flow["flow_id"], entered)
    await hass.async_block_till_done()
    entry: ConfigEntry = flow["result"]
    assert entry.state is ConfigEntryState.LOADED
    yield entry
    await hass.async_block_till_done()
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)


async def begin(
    hass: HomeAssistant, entry: ConfigEntry, source: str
) -> ConfigFlowResult:
    """Open the form that asks for something again."""
    return await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": source, "entry_id": entry.entry_id},
        data=dict(entry.data) if source == SOURCE_REAUTH else None,
    )


async def go_on(
    hass: HomeAssistant, form: ConfigFlowResult, entered: dict[str, Any]
) -> ConfigFlowResult:
    """Fill in a form, and let what follows from it happen."""
    result = await hass.config_entries.flow.async_configure(form["flow_id"], entered)
    await hass.async_block_till_done()
    return result


# New credentials


async def test_reauth(
    hass: HomeAssistant, entry: ConfigEntry, unifi: UnifiAccessSimulator
) -> None:
    """Only the secret is asked for, and the entry works with it."""
    before = dict(entry.data)
    form = await begin(hass, entry, SOURCE_REAUTH)
    assert form["step_id"] == "reauth_confirm"
    assert entry.title in description(form)
    assert form["data_schema"] is not None
    assert [str(key) for key in form["data_schema"].schema] == ["api_token"]
    assert suggested(form) == {}

    form = await go_on(hass, form, {"api_token": "wrong"})
    assert form["errors"] == {"base": "invalid_auth"}
    assert words(form)
    assert suggested(form) == {}
    assert entry.data == before

    token = unifi.tokens["no edit:user"]
    done = await go_on(hass, form, {"api_token": token})
    assert done["type"] is FlowResultType.ABORT
    assert done["reason"] == "reauth_successful"
    assert entry.data == before | {"api_token": token}
    assert entry.state is ConfigEntryState.LOADED


async def test_reauth_meets_another_certificate(
    hass: HomeAssistant, entry: ConfigEntry, unifi: UnifiAccessSimulator
) -> None:
    """A new token is not sent to a new certificate before the user has seen both."""
    old = unifi.fingerprint
    await unifi.change_certificate()
    await unifi.clear_requests()
    token = unifi.tokens["no edit:user"]
    form = await begin(hass, entry, SOURCE_REAUTH)
    form = await go_on(hass, form, {"api_token": token})
    assert form["step_id"] == "certificate"
    assert old.upper() in description(form)
    assert unifi.fingerprint.upper() in description(form)
    assert entry.data["fingerprint"] == old.replace(":", "")

    # It changes once more while the user looks at it.
    second = unifi.fingerprint
    await unifi.change_certificate()
    form = await go_on(hass, form, {})
    assert form["step_id"] == "certificate"
    assert second.upper() in description(form)
    assert unifi.fingerprint.upper() in description(form)
    assert (await unifi.requests())["counts"] == {}

    done = await go_on(hass, form, {})
    assert done["reason"] == "reauth_successful"
    assert entry.data["fingerprint"] == unifi.fingerprint.replace(":", "")
    assert entry.data["api_token"] == token
    assert entry.state is ConfigEntryState.LOADED


async def test_reauth_fails_behind_another_certificate(
    hass: HomeAssistant, entry: ConfigEntry, unifi: UnifiAccessSimulator
) -> None:
    """A wrong token leads back to its form after the certificate was accepted."""
    before = dict(entry.data)
    await unifi.change_certificate()
    form = await begin(hass, entry, SOURCE_REAUTH)
    form = await go_on(hass, form, {"api_token": "wrong"})
    form = await go_on(hass, form, {})
    assert form["step_id"] == "reauth_confirm"
    assert form["errors"] == {"base": "invalid_auth"}
    assert entry.data == before


# Another address


async def test_reconfigure_shows_all_but_secrets(
    hass: HomeAssistant, entry: ConfigEntry, unifi: UnifiAccessSimulator
) -> None:
    """The form holds what is set, and no secret."""
    form = await begin(hass, entry, SOURCE_RECONFIGURE)
    assert form["step_id"] == "reconfigure"
    assert description(form)
    assert suggested(form) == {"host": HOST, "port": unifi.port, "verify_ssl": False}


async def test_reconfigure_keeps_the_secret(
    hass: HomeAssistant, entry: ConfigEntry, unifi: UnifiAccessSimulator
) -> None:
    """An empty secret keeps the old one; the same certificate is still pinned."""
    before = dict(entry.data)
    form = await begin(hass, entry, SOURCE_RECONFIGURE)
    done = await go_on(
        hass,
        form,
        {"host": f"https://{HOST}/", "port": unifi.port, "verify_ssl": False},
    )
    assert done["type"] is FlowResultType.ABORT
    assert done["reason"] == "reconfigure_successful"
    assert entry.data == before
    assert entry.state is ConfigEntryState.LOADED


async def test_reconfigure_takes_a_new_secret(
    hass: HomeAssistant, entry: ConfigEntry, unifi: UnifiAccessSimulator
) -> None:
    """A new secret may be entered here too."""
    token = unifi.tokens["no edit:user"]
    form = await begin(hass, entry, SOURCE_RECONFIGURE)
    entered = {"host": HOST, "port": unifi.port, "verify_ssl": False}
    form = await go_on(hass, form, entered | {"api_token": "wrong"})
    assert form["errors"] == {"base": "invalid_auth"}
    assert suggested(form) == entered
    await go_on(hass, form, entered | {"api_token": token})
    assert entry.data["api_token"] == token


async def test_reconfigure_to_nothing(
    hass: HomeAssistant, entry: ConfigEntry, unifi: UnifiAccessSimulator
) -> None:
    """An address that does not answer changes nothing."""
    before = dict(entry.data)
    with socket.create_server((HOST, 0)) as closed:
        port = closed.getsockname()[1]
    form = await begin(hass, entry, SOURCE_RECONFIGURE)
    form = await go_on(hass, form, {"host": HOST, "port": port, "verify_ssl": False})
    assert form["errors"] == {"base": "refused"}
    assert suggested(form)["port"] == port
    assert entry.data == before


async def test_reconfigure_to_another_address(
    hass: HomeAssistant, entry: ConfigEntry, other_port: int
) -> None:
    """A system that moved shows another certificate, which is asked about first."""
    before = dict(entry.data)
    form = await begin(hass, entry, SOURCE_RECONFIGURE)
    entered = {"host": HOST, "port": other_port, "verify_ssl": False}
    form = await go_on(hass, form, entered)
    assert form["step_id"] == "certificate"
    assert f"{HOST}:{other_port}" in description(form)
    done = await go_on(hass, form, {})
    assert done["reason"] == "reconfigure_successful"
    assert entry.data["fingerprint"] != before["fingerprint"]
    changed = {"port": other_port, "fingerprint": entry.data["fingerprint"]}
    assert entry.data == before | changed
    assert entry.state is ConfigEntryState.LOADED


async def test_reconfigure_fails_behind_another_certificate(
    hass: HomeAssistant, entry: ConfigEntry, unifi: UnifiAccessSimulator
) -> None:
    """What was entered is still there after a certificate was accepted in vain."""
    await unifi.change_certificate()
    form = await begin(hass, entry, SOURCE_RECONFIGURE)
    entered = {"host": HOST, "port": unifi.port, "verify_ssl": False}
    form = await go_on(hass, form, entered | {"api_token": "wrong"})
    assert form["step_id"] == "certificate"
    form = await go_on(hass, form, {})
    assert form["step_id"] == "reconfigure"
    assert form["errors"] == {"base": "invalid_auth"}
    assert suggested(form) == entered


async def test_reconfigure_to_a_verified_certificate(
    hass: HomeAssistant, entry: ConfigEntry, unifi: UnifiAccessSimulator
) -> None:
    """Verification of a certificate that nobody signed fails, and changes nothing."""
    let_handshakes_break(hass)
    before = dict(entry.data)
    form = await begin(hass, entry, SOURCE_RECONFIGURE)
    form = await go_on(
        hass, form, {"host": HOST, "port": unifi.port, "verify_ssl": True}
    )
    assert form["errors"] == {"base": "not_trusted"}
    assert unifi.fingerprint.upper() in words(form)
    assert entry.data == before


# Options


async def test_options(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """The options start at their defaults, are kept, and take effect at once."""
    coordinator = entry.runtime_data
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "init"
    assert form["data_schema"] is not None
    values = form["data_schema"]({})
    assert values == {
        "retention_days": 365,
        "mask_credentials": True,
        "record_names": True,
        "poll_interval": 60,
        "topics": [
            "door_openings",
            "critical",
            "device_events",
            "admin_activity",
            "visitor",
        ],
        "held_open_after": 60,
    }

    values |= {"retention_days": 30.0, "record_names": False, "topics": ["critical"]}
    done = await hass.config_entries.options.async_configure(form["flow_id"], values)
    await hass.async_block_till_done()
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == values
    assert isinstance(entry.options["retention_days"], int)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data is not coordinator

    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert suggested(form) == values | {"sidebar": "admins"}


async def test_options_need_a_choice(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """To record no part of the log at all is no choice."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert form["data_schema"] is not None
    values = form["data_schema"]({}) | {"topics": [], "retention_days": 10}
    form = await hass.config_entries.options.async_configure(form["flow_id"], values)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"topics": "none_chosen"}
    assert suggested(form)["retention_days"] == 10
    assert entry.options == {}


@pytest.mark.parametrize("days", [0, 3651])
async def test_options_are_bounded(
    hass: HomeAssistant, entry: ConfigEntry, days: int
) -> None:
    """Events are kept for a day at least, and not for ever."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert form["data_schema"] is not None
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(
            form["flow_id"],
            {
                "retention_days": days,
                "mask_credentials": True,
                "record_names": True,
                "poll_interval": 60,
                "topics": ["critical"],
                "held_open_after": 60,
            },
        )
