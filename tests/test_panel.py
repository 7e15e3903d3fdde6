"""Tests of the panel and the card: served, registered, shown to whom the user wants."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.access_events import panel
from custom_components.access_events.const import DOMAIN
from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .forms import suggested

type SetUp = Callable[[], Awaitable[MockConfigEntry]]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a module that stands for the one that is built."""
    monkeypatch.setattr(panel, "FOLDER", tmp_path)
    path = tmp_path / panel.MODULE
    path.write_text("customElements.define('access-events-panel', class {})")
    return path


async def shown(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Any:
    """Return the panel as the frontend hears of it, None if there is none."""
    ws = await hass_ws_client(hass)
    await ws.send_json_auto_id({"type": "get_panels"})
    return (await ws.receive_json())["result"].get("access-events")


async def test_panel_and_card(
    hass: HomeAssistant,
    module: Path,
    set_up_toy: SetUp,
    hass_ws_client: WebSocketGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """The panel is there for administrators, and the card without a resource."""
    assert await async_setup_component(hass, "frontend", {})
    entry = await set_up_toy()
    told = await shown(hass, hass_ws_client)
    assert told["title"] == "Access log"
    assert told["require_admin"] is True
    assert told["show_in_sidebar"] is True
    custom = told["config"]["_panel_custom"]
    assert custom["name"] == "access-events-panel"
    url = custom["module_url"]
    assert url in hass.data[DATA_EXTRA_MODULE_URL].urls
    client = await hass_client_no_auth()
    answer = await client.get(url)
    assert answer.status == HTTPStatus.OK
    assert answer.content_type in ("text/javascript", "application/javascript")
    assert "max-age" in answer.headers["Cache-Control"]
    assert await answer.text() == module.read_text()
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert await shown(hass, hass_ws_client) is None


async def test_choice(
    hass: HomeAssistant,
    module: Path,
    set_up_toy: SetUp,
    hass_ws_client: WebSocketGenerator,
    hass_storage: dict[str, Any],
) -> None:
    """The choice is one for all systems, takes effect at once, and is kept."""
    assert await async_setup_component(hass, "frontend", {})
    entry = await set_up_toy()
    for choice, admins, visible in (
        ("everybody", False, True),
        ("nobody", True, False),
        ("admins", True, True),
        ("everybody", False, True),
    ):
        form = await hass.config_entries.options.async_init(entry.entry_id)
        await hass.config_entries.options.async_configure(
            form["flow_id"],
            {
                "retention_days": 30,
                "mask_credentials": True,
                "record_names": True,
                "sidebar": choice,
            },
        )
        await hass.async_block_till_done()
        told = await shown(hass, hass_ws_client)
        assert (told["require_admin"], told["show_in_sidebar"]) == (admins, visible)
        assert "sidebar" not in entry.options
    assert hass_storage[f"{DOMAIN}.panel"]["data"] == {"sidebar": "everybody"}
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert suggested(form)["sidebar"] == "everybody"


async def test_kept_choice(
    hass: HomeAssistant,
    module: Path,
    set_up_toy: SetUp,
    hass_ws_client: WebSocketGenerator,
    hass_storage: dict[str, Any],
) -> None:
    """What was chosen is there after a restart, in Home Assistant's language."""
    hass.config.language = "en"
    hass_storage[f"{DOMAIN}.panel"] = {
        "version": 1,
        "key": f"{DOMAIN}.panel",
        "data": {"sidebar": "nobody"},
    }
    assert await async_setup_component(hass, "frontend", {})
    await set_up_toy()
    assert (await shown(hass, hass_ws_client))["show_in_sidebar"] is False


async def test_without_a_module(
    hass: HomeAssistant,
    module: Path,
    set_up_toy: SetUp,
    hass_ws_client: WebSocketGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A file that is missing costs the panel, not the log."""
    module.unlink()
    assert await async_setup_component(hass, "frontend", {})
    await set_up_toy()
    assert await shown(hass, hass_ws_client) is None
    assert "install the integration again" in caplog.text
