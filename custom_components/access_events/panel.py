"""The panel "Access log" and the dashboard card of the Access Events integration.

Both are one module that comes with the integration. Its address has the digest of what
is in it, so that browsers keep it until there is another one.
"""

from enum import StrEnum
import hashlib
import logging
from pathlib import Path
from typing import TypedDict

from homeassistant.components import frontend
from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .entries import async_system_entries

_LOGGER = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "frontend"
MODULE = "access-events.js"
STATIC_URL = f"/{DOMAIN}_static"
PANEL_URL = "access-events"

_ELEMENT = "access-events-panel"
_ICON = "mdi:door-closed-lock"
_TITLE = f"component.{DOMAIN}.common.panel_title"


class Sidebar(StrEnum):
    """Who finds the panel in the sidebar."""

    ADMINS = "admins"
    EVERYBODY = "everybody"
    NOBODY = "nobody"


class _Kept(TypedDict, total=False):
    """What is stored: one choice for all systems together."""

    sidebar: str


class AccessPanel:
    """Shows the panel in the sidebar as the user wants it, while there is a system."""

    def __init__(self, hass: HomeAssistant, module_url: str | None) -> None:
        """Take the address of the module, None where there is no frontend."""
        self._hass = hass
        self._module_url = module_url
        self._store: Store[_Kept] = Store(hass, 1, f"{DOMAIN}.panel")
        self.sidebar = Sidebar.ADMINS

    async def async_load(self) -> None:
        """Take over what was chosen."""
        kept = await self._store.async_load()
        if kept and (chosen := kept.get("sidebar")) in set(Sidebar):
            self.sidebar = Sidebar(chosen)

    async def async_choose(self, sidebar: Sidebar) -> None:
        """Change who finds the panel, and keep it."""
        if sidebar is not self.sidebar:
            self.sidebar = sidebar
            await self._store.async_save({"sidebar": sidebar.value})
            await self.async_update()

    async def async_forget(self) -> None:
        """Keep nothing of what was chosen."""
        self.sidebar = Sidebar.ADMINS
        await self._store.async_remove()

    async def async_update(self) -> None:
        """Show the panel, or take it away with the last system."""
        hass = self._hass
        if self._module_url is None:
            return
        if not async_system_entries(hass):
            frontend.async_remove_panel(hass, PANEL_URL, warn_if_unknown=False)
            return
        words = await async_get_translations(
            hass, hass.config.language, "common", {DOMAIN}
        )
        frontend.async_register_built_in_panel(
            hass,
            "custom",
            sidebar_title=words.get(_TITLE, "Access log"),
            sidebar_icon=_ICON,
            frontend_url_path=PANEL_URL,
            config={
                "_panel_custom": {
                    "name": _ELEMENT,
                    "module_url": self._module_url,
                    "embed_iframe": False,
                    "trust_external": False,
                }
            },
            # Who may not have it in the sidebar may still be sent to its address.
            require_admin=self.sidebar is not Sidebar.EVERYBODY,
            show_in_sidebar=self.sidebar is not Sidebar.NOBODY,
            update=True,
        )


PANEL: HassKey[AccessPanel] = HassKey(f"{DOMAIN}_panel")


async def async_setup_panel(hass: HomeAssistant) -> None:
    """Serve the module, load it in every page for the card, and show the panel."""
    url = None
    if frontend.DOMAIN in hass.config.components:
        url = await _async_serve_module(hass)
    panel = hass.data[PANEL] = AccessPanel(hass, url)
    await panel.async_load()
    await panel.async_update()


async def _async_serve_module(hass: HomeAssistant) -> str | None:
    """Return the address of the module, None if it is missing; the log goes on then."""
    try:
        digest = await hass.async_add_executor_job(_digest, FOLDER / MODULE)
    except OSError as err:
        _LOGGER.error("No panel and no card, install the integration again: %s", err)
        return None
    url = f"{STATIC_URL}/{MODULE}?v={digest}"
    await hass.http.async_register_static_paths(
        [StaticPathConfig(STATIC_URL, str(FOLDER), cache_headers=True)]
    )
    frontend.add_extra_js_url(hass, url)
    return url


def _digest(path: Path) -> str:
    """Return what tells one content of a file from another."""
    return hashlib.blake2s(path.read_bytes(), digest_size=8).hexdigest()
