"""What benchmarks run beside each other: a site's simulator, and Home Assistant.

The simulator has a process of its own; Home Assistant's core, with an integration that is
set up by its own form, is in this one. It may be furnished as it is at home: with the
recorder, history and logbook, and with a dashboard that is open in a browser.
"""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from datetime import datetime
from enum import IntEnum
import json
from pathlib import Path
import socket
import sys
import time
from typing import Any

import aiohttp
from pytest_homeassistant_custom_component.common import async_test_home_assistant

from homeassistant import loader
from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import frame
from homeassistant.helpers.recorder import async_initialize_recorder
from homeassistant.setup import async_setup_component

from . import fast

ROOT = Path(__file__).parents[1]
DOMAIN = "access_events"


class Home(IntEnum):
    """What Home Assistant has beside the integration."""

    BARE = 0
    RECORDER = 1
    """The recorder, history and logbook, which every installation has."""
    DASHBOARD = 2
    """The same, and one dashboard that is open."""


class Site:
    """The simulator of a site, in a process of its own."""

    def __init__(self, info: dict[str, Any], session: aiohttp.ClientSession) -> None:
        """Keep how to reach it."""
        self.info = info
        self._session = session

    async def command(self, name: str, **arguments: Any) -> Any:
        """Run a command of its control server."""
        url = f"{self.info['control']}/{name}"
        async with self._session.post(url, json=arguments) as response:
            response.raise_for_status()
            return await response.json()


@contextlib.asynccontextmanager
async def serving(*arguments: str) -> AsyncIterator[Any]:
    """Run a module in a process of its own; gives what its first line says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", *fast.arguments(), *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        yield json.loads(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def site(
    doors: int, vendor: str = "unifi_access", *options: str
) -> AsyncIterator[Site]:
    """Run the simulator of a vendor's site with so many doors."""
    module = ("tests.simulators", vendor, "--no-day", "--doors", str(doors))
    async with (
        serving(*module, *options) as info,
        aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None)
        ) as session,
    ):
        yield Site(info, session)


@contextlib.asynccontextmanager
async def core(folder: Path, home: Home = Home.BARE) -> AsyncIterator[HomeAssistant]:
    """Run Home Assistant's core, which finds the integration in its folder."""
    (folder / "custom_components").symlink_to(ROOT / "custom_components")
    async with async_test_home_assistant(config_dir=str(folder)) as hass:
        hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
        hass.config.recovery_mode = False
        frame.async_setup(hass)
        assert await async_setup_component(hass, "network", {})
        async with contextlib.AsyncExitStack() as furniture:
            if home >= Home.RECORDER:
                await _furnish(hass)
            if home >= Home.DASHBOARD:
                await furniture.enter_async_context(_dashboard(hass))
            try:
                yield hass
            finally:
                await hass.async_stop(force=True)


def _free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


async def _furnish(hass: HomeAssistant) -> None:
    """Set up what every installation has."""
    async_initialize_recorder(hass)
    database = hass.config.path("home-assistant_v2.db")
    http = {"server_host": "127.0.0.1", "server_port": _free_port()}
    config = {"recorder": {"db_url": f"sqlite:///{database}"}, "http": http}
    for name in ("homeassistant", "recorder", "http", "history", "logbook"):
        assert await async_setup_component(hass, name, config), name
    await hass.async_block_till_done()


@contextlib.asynccontextmanager
async def _dashboard(hass: HomeAssistant) -> AsyncIterator[None]:
    """Hear of all entities, as the frontend does for as long as it is open."""
    user = await hass.auth.async_create_system_user(
        "dashboard", group_ids=[GROUP_ID_ADMIN]
    )
    token = await hass.auth.async_create_refresh_token(user)
    url = f"http://127.0.0.1:{hass.http.server_port}/api/websocket"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as client:
        await client.receive_json()
        access = hass.auth.async_create_access_token(token)
        await client.send_json({"type": "auth", "access_token": access})
        assert (await client.receive_json())["type"] == "auth_ok"
        await client.send_json({"id": 1, "type": "subscribe_entities"})
        assert (await client.receive_json())["success"]

        async def show() -> None:
            async for _ in client:
                pass

        shown = asyncio.create_task(show())
        try:
            yield
        finally:
            shown.cancel()


async def add(hass: HomeAssistant, vendor: str, config: dict[str, Any]) -> ConfigEntry:
    """Set a system up by the integration's own form, and wait until all is read."""
    flows = hass.config_entries.flow
    step = await flows.async_init(DOMAIN, context={"source": "user"})
    for answer in ({"next_step_id": vendor}, config, {"import_days": 0}):
        step = await flows.async_configure(step["flow_id"], answer)
        assert not step.get("errors"), step
    assert step["type"] == "create_entry", step
    entry = step["result"]
    await hass.async_block_till_done()
    while not entry.runtime_data.caught_up:
        await asyncio.sleep(0.05)
    return entry


@contextlib.asynccontextmanager
async def home_assistant(
    folder: Path,
    config: dict[str, Any],
    vendor: str = "unifi_access",
    home: Home = Home.BARE,
) -> AsyncIterator[HomeAssistant]:
    """Run Home Assistant's core with one system."""
    async with core(folder, home) as hass:
        await add(hass, vendor, config)
        yield hass


class Latency:
    """Hears live events and notes how long each was on its way, in milliseconds."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen."""
        self.taken: list[float] = []
        hass.bus.async_listen("access_events_event", self._heard)

    @callback
    def _heard(self, event: Event) -> None:
        """Note one."""
        stamped = datetime.fromisoformat(event.data["occurred_at"]).timestamp()
        self.taken.append((time.time() - stamped) * 1000)

    async def wait(self, number: int) -> None:
        """Wait until so many were heard."""
        async with asyncio.timeout(60):
            while len(self.taken) < number:
                await asyncio.sleep(0.05)
