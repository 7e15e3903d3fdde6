"""Tests of the actions as a user calls them: in the developer tools, in a browser."""

import asyncio
import json
from typing import Any

from playwright.async_api import Page

from .browser import screenshot, visit
from .conftest import OpenPage, StartHomeAssistant, StartSimulator
from .ha import DOMAIN

START = "2026-01-01 00:00:00"


class Tools:
    """The page of the developer tools that calls actions."""

    def __init__(self, page: Page) -> None:
        """Use a page that is logged in."""
        self.page = page

    async def open(self, action: str, data: dict[str, Any]) -> None:
        """Open the form of an action, filled as a user would."""
        wanted = {"action": f"{DOMAIN}.{action}", "data": data}
        if self.page.url == "about:blank":
            await self.page.goto("/manifest.json")
        await self.page.evaluate(
            """([data]) => {
                localStorage.setItem('panel-dev-action-state-service-data', data);
                localStorage.setItem('panel-dev-action-state-yaml-mode', 'false');
            }""",
            [json.dumps(wanted)],
        )
        await visit(self.page, "/config/developer-tools/action", "Perform action")

    async def perform(self, words: str) -> None:
        """Perform the action, and wait until words are to be seen."""
        await self.page.get_by_role("button", name="Perform action").click()
        await self.page.get_by_text(words).first.wait_for(timeout=30_000)


async def test_every_action_in_its_form(
    start_home_assistant: StartHomeAssistant,
    start_simulator: StartSimulator,
    open_page: OpenPage,
) -> None:
    """Each action has a form that answers, or says what is wrong."""
    simulator = await start_simulator("unifi_access", "--no-day", "--history-days", "2")
    home_assistant = await start_home_assistant()
    entry_id = await home_assistant.set_up("unifi_access", simulator.config)
    page = await open_page(home_assistant)
    await page.set_viewport_size({"width": 1280, "height": 1800})
    tools = Tools(page)
    system = {"config_entry_id": entry_id}

    async def users() -> dict[str, str]:
        answer = await home_assistant.call(f"{DOMAIN}.get_users", system, response=True)
        return {user["name"]: user["user_id"] for user in answer["users"]}

    devices = await home_assistant.ws("config/device_registry/list")
    door = next(device["id"] for device in devices if device["name"] == "Front Door")
    before = await users()

    await tools.open("register_user", system | {"name": "Jane Tester", "pin": "97531"})
    pin = page.locator("input[type=password]")
    assert await pin.first.input_value() == "97531"
    await screenshot(page, "action-register_user")
    await tools.perform("user_id")
    (user_id,) = {*(await users()).values()} - {*before.values()}

    person = system | {"user_id": user_id}
    for action, data, words in (
        ("get_logs", system | {"limit": 2}, "occurred_at"),
        ("export_logs", {"filename": "own.csv", "start": START}, "own.csv"),
        ("get_users", system, "has_pin"),
        ("update_user", person | {"name": "Jane Changed"}, "done"),
        ("update_user", person | {"pin": "12"}, "has to have 4 to 8 digits"),
        ("update_user", person | {"phone": "1"}, "no use for"),
        (
            "get_image",
            system | {"event_key": "gone", "filename": "x.jpg"},
            "no event of UDM Pro with the event_key gone",
        ),
        ("set_lock_rule", {"doors": [door], "rule": "custom"}, "needs the field"),
        ("forget_person", {"person": "Jane Doe"}, "mentions"),
        ("clear_device_log", system | {"confirm": True}, "no way for the action"),
        (
            "set_image_filter",
            system | {"events": ["access_denied"]},
            "no way for the action",
        ),
    ):
        await tools.open(action, data)
        await tools.perform(words)
    await screenshot(page, "action-refused")
    assert "Jane Changed" in await users()
    assert (home_assistant.folder / DOMAIN / "exports" / "own.csv").exists()

    # These two have nothing to tell but that it is done.
    await tools.open("remove_user", person)
    await page.get_by_role("button", name="Perform action").click()
    async with asyncio.timeout(20):
        while "Jane Changed" in await users():
            await asyncio.sleep(0.2)
    await tools.open("set_lock_rule", {"doors": [door], "rule": "keep_unlock"})
    await page.get_by_role("button", name="Perform action").click()
    await home_assistant.wait_for("lock.front_door", "unlocked")
