"""Tests of what a user sees, from the form to the doors; they keep the screenshots."""

import asyncio
import json
from pathlib import Path

from playwright.async_api import Page

from scripts.dashboard import make_dashboard, week_statistics

from .browser import screenshot, visit
from .conftest import OpenPage, StartHomeAssistant, StartSimulator
from .ha import DOMAIN, ROOT, HomeAssistant, Simulator
from .process import Process


async def press(page: Page, name: str) -> None:
    """Press a button of a dialog."""
    await page.get_by_role("button", name=name, exact=True).click()


async def add_by_hand(page: Page, simulator: Simulator) -> None:
    """Add a system as a user does, with a wrong token at first."""
    await visit(
        page, f"/config/integrations/dashboard/add?domain={DOMAIN}", "Do you want"
    )
    await press(page, "OK")
    await page.get_by_text("UniFi Access", exact=True).first.click()
    await page.locator("input[name=host]").fill(simulator.config["host"])
    await page.locator("input[type=number]").fill(str(simulator.config["port"]))
    await screenshot(page, "form")

    await page.locator("input[name=api_token]").fill("wrong")
    await press(page, "Submit")
    await page.locator("ha-alert").first.wait_for()
    await screenshot(page, "form-wrong-token")

    await page.locator("input[name=api_token]").fill(simulator.config["api_token"])
    await press(page, "Submit")
    await page.get_by_text("certificate").first.wait_for()
    await screenshot(page, "form-history")
    await press(page, "Submit")
    await page.get_by_text("Name and assign").wait_for()
    await screenshot(page, "form-done")
    await press(page, "Skip and finish")


async def come_until_seen(home_assistant: HomeAssistant, simulator: Simulator) -> None:
    """Let somebody come again and again until it is seen live.

    At first the log is read, and what happens meanwhile is learned from there.
    """
    async with (
        home_assistant.subscribe(event_type="access_events_event") as events,
        asyncio.timeout(30),
    ):
        while events.empty():
            await simulator.command("tap", door=0, person="Jane Doe", opens=True)
            await asyncio.sleep(2)


async def door_device(home_assistant: HomeAssistant, name: str) -> str:
    """Return the id of the device of a door."""
    devices = await home_assistant.ws("config/device_registry/list")
    return next(str(device["id"]) for device in devices if device["name"] == name)


async def release(folder: Path) -> Path:
    """Make a release and return its zip."""
    manifest = ROOT / "custom_components" / DOMAIN / "manifest.json"
    version = json.loads(manifest.read_text())["version"]
    command = [str(ROOT / "scripts" / "release"), f"v{version}", str(folder)]
    output = folder / "release.log"
    process = Process(command, cwd=folder, output=output, environment={})
    await process.start()
    assert await process.wait(60) == 0, process.read_output()
    return folder / f"{DOMAIN}.zip"


async def remove_by_hand(page: Page, home_assistant: HomeAssistant) -> None:
    """Remove a system as a user does."""
    await visit(page, f"/config/integrations/integration/{DOMAIN}", "UDM Pro")
    row = page.locator("ha-config-entry-row")
    await row.locator("ha-dropdown").first.locator("ha-icon-button").click()
    await row.get_by_text("Delete", exact=True).click()
    await screenshot(page, "remove")
    await press(page, "Delete")
    async with asyncio.timeout(30):
        while await home_assistant.entries(DOMAIN):
            await asyncio.sleep(0.1)


async def nothing_is_left(home_assistant: HomeAssistant) -> None:
    """See that a system that was removed left nothing behind but the integration."""
    folder = home_assistant.folder
    async with asyncio.timeout(30):
        while [
            path
            for path in folder.rglob(f"{DOMAIN}*")
            if path.parent.name != "custom_components"
        ]:
            await asyncio.sleep(0.1)
    entities = await home_assistant.ws("config/entity_registry/list")
    assert [found for found in entities if found["platform"] == DOMAIN] == []
    assert "access-events" not in await home_assistant.ws("get_panels")
    assert await week_statistics(home_assistant) == {}
    assert await home_assistant.issues(DOMAIN) == []
    states = await home_assistant.states()
    assert not any("front_door" in entity_id for entity_id in states)


async def test_from_the_release_to_the_doors_and_back(
    start_home_assistant: StartHomeAssistant,
    start_simulator: StartSimulator,
    open_page: OpenPage,
    tmp_path: Path,
) -> None:
    """A user adds a controller by hand, sees who opens its doors, and removes it."""
    simulator = await start_simulator("unifi_access", "--no-day")
    home_assistant = await start_home_assistant(archive=await release(tmp_path))
    page = await open_page(home_assistant)
    await add_by_hand(page, simulator)

    (entry,) = await home_assistant.entries(DOMAIN)
    assert entry["state"] == "loaded"
    await come_until_seen(home_assistant, simulator)
    await home_assistant.wait_for("sensor.front_door_last_person", "Jane Doe")

    await visit(page, "/logbook", "opened by Jane Doe with card")
    await screenshot(page, "logbook")
    device_id = await door_device(home_assistant, "Front Door")
    await visit(page, f"/config/devices/device/{device_id}", "Last person")
    await screenshot(page, "device")

    async with asyncio.timeout(60):
        while not await week_statistics(home_assistant):
            await asyncio.sleep(0.5)
    path = await make_dashboard(home_assistant)
    await page.set_viewport_size({"width": 1600, "height": 1400})
    await visit(page, path, "Jane Doe")
    for name in ("Front Door", "Side Door", "Storage", "Garage Gate"):
        await page.get_by_text(name).first.wait_for()
    await screenshot(page, "dashboard")
    graph = page.locator("hui-statistics-graph-card").first
    await graph.scroll_into_view_if_needed()
    await graph.locator("canvas").first.wait_for()
    await screenshot(page, "dashboard-week")

    await remove_by_hand(page, home_assistant)
    await nothing_is_left(home_assistant)
