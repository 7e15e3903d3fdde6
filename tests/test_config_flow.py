"""Test adding a system: the way a user goes, and what the forms say when it fails."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
import socket
from typing import Any

from aiohttp import web
import pytest

from custom_components.access_events import config_check, config_flow
from custom_components.access_events.const import DOMAIN
from custom_components.access_events.systems import VENDORS, tls
from custom_components.access_events.systems.base import (
    AccessSystemError,
    RequestRejected,
)
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData

from .forms import description, let_handshakes_break, suggested, words
from .simulators.common import HOST, HttpListener
from .simulators.common_tls import server_context
from .simulators.unifi_access import UnifiAccessSimulator


async def start(hass: HomeAssistant) -> str:
    """Open the menu, choose the vendor, and return the flow's id."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    form = await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "unifi_access"}
    )
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "unifi_access"
    assert not form["errors"]
    return str(form["flow_id"])


async def enter(hass: HomeAssistant, config: dict[str, Any]) -> ConfigFlowResult:
    """Fill in the vendor's form and return what comes next."""
    return await hass.config_entries.flow.async_configure(await start(hass), config)


# The way that works


async def test_user_adds_a_system(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, unifi_config: dict[str, Any]
) -> None:
    """Menu, form, history: then the entry is there, pinned, and works."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert menu["type"] is FlowResultType.MENU
    assert menu["step_id"] == "user"
    options = menu["menu_options"]
    assert isinstance(options, list)
    names = [VENDORS[key].name for key in options]
    assert names == sorted(names, key=str.casefold)

    form = await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "unifi_access"}
    )
    assert form["step_id"] == "unifi_access"
    history = await hass.config_entries.flow.async_configure(
        form["flow_id"], unifi_config
    )
    assert history["type"] is FlowResultType.FORM
    assert history["step_id"] == "history"
    assert history["last_step"]
    assert f"Doors found: {len(unifi.site.doors)}" in description(history)
    assert history["data_schema"] is not None
    shown = history["data_schema"]({})["fingerprint"]
    assert shown == unifi.fingerprint.upper()

    done = await hass.config_entries.flow.async_configure(
        history["flow_id"], {"import_days": 3}
    )
    assert done["type"] is FlowResultType.CREATE_ENTRY
    entry = done["result"]
    assert entry.title == done["title"]
    assert f"**{entry.title}**" in description(history)
    assert entry.unique_id
    assert entry.data == {
        "vendor": "unifi_access",
        "import_days": 3,
        "fingerprint": unifi.fingerprint.replace(":", ""),
        **unifi_config,
    }
    assert entry.options == {}
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_pasted_address(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, unifi_config: dict[str, Any]
) -> None:
    """A whole address in place of the host does, and blanks do no harm."""
    entered = unifi_config | {
        "host": f" https://{HOST}:{unifi.port}/access ",
        "port": 1,
        "api_token": f"{unifi.token}\n",
    }
    history = await enter(hass, entered)
    assert history["step_id"] == "history"
    done = await hass.config_entries.flow.async_configure(
        history["flow_id"], {"import_days": 0}
    )
    assert unifi_config.items() <= done["data"].items()
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(done["result"].entry_id)


@pytest.mark.parametrize("days", [-1, 3651, "all"])
async def test_days_are_bounded(
    hass: HomeAssistant, unifi_config: dict[str, Any], days: object
) -> None:
    """More days than any system remembers, or fewer than none, are refused."""
    history = await enter(hass, unifi_config)
    with pytest.raises(InvalidData):
        await hass.config_entries.flow.async_configure(
            history["flow_id"], {"import_days": days}
        )


async def test_same_system_twice(
    hass: HomeAssistant, unifi_config: dict[str, Any]
) -> None:
    """A system that is set up already is not added again."""
    first = await enter(hass, unifi_config)
    done = await hass.config_entries.flow.async_configure(
        first["flow_id"], {"import_days": 0}
    )
    await hass.async_block_till_done()
    again = await enter(hass, unifi_config | {"verify_ssl": False})
    assert again["type"] is FlowResultType.ABORT
    assert again["reason"] == "already_configured"
    assert await hass.config_entries.async_unload(done["result"].entry_id)


async def test_checking_leaves_nothing_open(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, unifi_config: dict[str, Any]
) -> None:
    """What was opened to check a system is closed, and no door was touched."""
    await enter(hass, unifi_config)
    await enter(hass, unifi_config | {"api_token": "wrong"})
    await asyncio.sleep(0)
    assert (await unifi.stream_info())["connections"] == 0
    asked = (await unifi.requests())["counts"]
    assert asked
    assert all(what.split()[0] == "GET" for what in asked)


# What may go wrong


@asynccontextmanager
async def serving(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
    simulator: UnifiAccessSimulator,
) -> AsyncGenerator[int]:
    """Serve something else with the site's certificate; gives its port."""

    def build() -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        return app

    listener = HttpListener(build)
    await listener.start(await server_context(simulator.certificate))
    try:
        yield listener.port
    finally:
        await listener.stop()


@asynccontextmanager
async def silent() -> AsyncGenerator[int]:
    """Take connections and say nothing; gives the port."""

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(hold, HOST)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in held:
            writer.transport.abort()
        await server.wait_closed()


async def test_unknown_host(
    hass: HomeAssistant, unifi_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that nobody knows is named."""

    def nobody(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    result = await enter(hass, unifi_config | {"host": "nobody.invalid"})
    assert result["errors"] == {"base": "unknown_host"}
    assert "nobody.invalid" in words(result)


@pytest.mark.parametrize("verify_ssl", [False, True])
async def test_refused(
    hass: HomeAssistant, unifi_config: dict[str, Any], verify_ssl: bool
) -> None:
    """A port that nothing listens at is named."""
    with socket.create_server((HOST, 0)) as closed:
        port = closed.getsockname()[1]
    result = await enter(hass, unifi_config | {"port": port, "verify_ssl": verify_ssl})
    assert result["errors"] == {"base": "refused"}
    assert f"{HOST}:{port}" in words(result)


async def test_timeout(
    hass: HomeAssistant, unifi_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something that takes connections and says nothing is given up."""
    monkeypatch.setattr(tls, "_TIMEOUT", 0.2)
    async with silent() as port:
        result = await enter(hass, unifi_config | {"port": port})
    assert result["errors"] == {"base": "timeout"}
    assert str(port) in words(result)


async def test_timeout_of_the_whole_check(
    hass: HomeAssistant,
    unifi: UnifiAccessSimulator,
    unifi_config: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A system that is too slow to work with is given up."""
    monkeypatch.setattr(config_check, "_SECONDS", 0.2)
    await unifi.fault(path="/api", count=1, delay=0.5)
    result = await enter(hass, unifi_config)
    await asyncio.sleep(0.5)
    assert result["errors"] == {"base": "timeout"}
    assert str(unifi.port) in words(result)


async def test_not_tls(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, unifi_config: dict[str, Any]
) -> None:
    """A port that speaks plain HTTP is told apart from a wrong token."""
    port = int(unifi.control.rpartition(":")[2])
    result = await enter(hass, unifi_config | {"port": port})
    assert result["errors"] == {"base": "not_tls"}
    assert "TLS" in words(result)


async def test_not_trusted(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, unifi_config: dict[str, Any]
) -> None:
    """An untrusted certificate is shown, so that the user may decide."""
    let_handshakes_break(hass)
    result = await enter(hass, unifi_config | {"verify_ssl": True})
    assert result["errors"] == {"base": "not_trusted"}
    assert unifi.fingerprint.upper() in words(result)
    assert (await unifi.requests())["counts"] == {}


@pytest.mark.parametrize("name", ["expired", "never made"])
async def test_invalid_token(
    hass: HomeAssistant,
    unifi: UnifiAccessSimulator,
    unifi_config: dict[str, Any],
    name: str,
) -> None:
    """A token that is not good is asked for again, and never shown."""
    token = unifi.tokens.get(name, "never-made")
    result = await enter(hass, unifi_config | {"api_token": token})
    assert result["errors"] == {"base": "invalid_auth"}
    assert words(result)
    assert suggested(result) == {
        "host": HOST,
        "port": unifi.port,
        "verify_ssl": False,
    }
    assert token not in str(result["description_placeholders"])


async def test_missing_permission(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, unifi_config: dict[str, Any]
) -> None:
    """A permission without which nothing works is named."""
    await unifi.set_modes(scope_status=403)
    token = unifi.tokens["no view:space"]
    result = await enter(hass, unifi_config | {"api_token": token})
    assert result["errors"] == {"base": "missing_permission"}
    assert "view:space" in words(result)


async def test_identity_enterprise(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, unifi_config: dict[str, Any]
) -> None:
    """A site that was moved to Identity Enterprise is told so."""
    await unifi.set_modes(identity_enterprise=True)
    result = await enter(hass, unifi_config)
    assert result["errors"] == {"base": "identity_enterprise"}
    assert "Identity Enterprise" in words(result)


async def test_wrong_product(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, unifi_config: dict[str, Any]
) -> None:
    """A web server that is something else is told apart."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>Router</html>", content_type="text/html")

    async with serving(page, unifi) as port:
        result = await enter(hass, unifi_config | {"port": port})
    assert result["errors"] == {"base": "wrong_product"}
    assert str(port) in words(result)


async def test_rate_limited(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, unifi_config: dict[str, Any]
) -> None:
    """A system that wants a pause gets it from the user."""
    await unifi.fault(path="/api", count=None, status=429)
    result = await enter(hass, unifi_config)
    assert result["errors"] == {"base": "rate_limited"}
    assert words(result)


async def test_cannot_connect(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, unifi_config: dict[str, Any]
) -> None:
    """Any other failure of a system comes with its own words."""
    await unifi.fault(path="/api", count=None, status=503)
    result = await enter(hass, unifi_config)
    assert result["errors"] == {"base": "cannot_connect"}
    assert "503" in words(result)
    await unifi.clear_faults()
    after = await hass.config_entries.flow.async_configure(
        result["flow_id"], unifi_config
    )
    assert after["step_id"] == "history"


async def test_certificate_changes_meanwhile(
    hass: HomeAssistant,
    unifi: UnifiAccessSimulator,
    unifi_config: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two certificates within one check are no place to send a token to."""
    before = unifi.fingerprint

    async def read_and_change(host: str, port: int) -> str:
        seen = await tls.read_fingerprint(host, port)
        await unifi.change_certificate()
        return seen

    monkeypatch.setattr(config_check, "read_fingerprint", read_and_change)
    result = await enter(hass, unifi_config)
    assert result["errors"] == {"base": "certificate_changed"}
    assert before.upper() in words(result)
    assert unifi.fingerprint.upper() in words(result)
    assert (await unifi.requests())["counts"] == {}


async def test_protect_key(
    hass: HomeAssistant,
    unifi: UnifiAccessSimulator,
    unifi_config: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A key of another UniFi application is recognised."""
    refuse(monkeypatch, AccessSystemError("protect_key"))
    result = await enter(hass, unifi_config)
    assert result["errors"] == {"base": "protect_key"}
    assert "UniFi Protect" in words(result)


def refuse(monkeypatch: pytest.MonkeyPatch, err: Exception) -> None:
    """Let the adapter fail as no simulator can be made to fail."""

    async def create(*_: object) -> None:
        raise err

    monkeypatch.setattr(config_check, "async_create_system", create)


async def test_a_mistake_of_ours(
    hass: HomeAssistant,
    unifi_config: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An unexpected error is logged, and the form stays."""
    refuse(monkeypatch, RuntimeError("canary"))
    result = await enter(hass, unifi_config)
    assert result["errors"] == {"base": "unknown"}
    assert "RuntimeError" in words(result)
    assert "canary" not in words(result)
    assert "Unexpected error while reaching UniFi Access" in caplog.text


async def test_an_error_without_words_of_its_own(
    hass: HomeAssistant, unifi_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a system says is shown where there are no words for its code."""
    refuse(monkeypatch, RequestRejected(reason="The moon is not full"))
    result = await enter(hass, unifi_config)
    assert result["errors"] == {"base": "unknown"}
    assert "The moon is not full" in words(result)


async def test_blank_fields(hass: HomeAssistant, unifi_config: dict[str, Any]) -> None:
    """Blanks are no host and no token."""
    result = await enter(hass, unifi_config | {"host": " ", "api_token": " "})
    assert result["errors"] == {"host": "required", "api_token": "required"}


def test_flow_type_is_free_of_vendors() -> None:
    """Each row of the table has its step; the code names none."""
    source = Path(config_flow.__file__).read_text()
    for key in VENDORS:
        assert hasattr(config_flow.AccessEventsConfigFlow, f"async_step_{key}")
        assert key not in source
