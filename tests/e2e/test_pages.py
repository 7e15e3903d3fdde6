"""Tests of what a user sees, from the form to the doors; they keep the screenshots."""

import asyncio

from playwright.async_api import Page

from scripts.dashboard import make_dashboard, week_statistics

from .browser import screenshot, visit
from .conftest import OpenPage, StartHomeAssistant, StartSimulator
from .ha import DOMAIN, HomeAssistant, Simulator


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


async def test_from_the_form_to_the_doors(
    start_home_assistant: StartHomeAssistant,
    start_simulator: StartSimulator,
    open_page: OpenPage,
) -> None:
    """A user adds a controller by hand, and sees who opens its doors."""
    simulator = await start_simulator("unifi_access", "--no-day")
    home_assistant = await start_home_assistant()
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
