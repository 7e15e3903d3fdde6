"""Test of what a user reads in the form of a PDK system, whatever goes wrong."""

from playwright.async_api import Page

from .browser import screenshot, visit
from .conftest import OpenPage, StartHomeAssistant, StartSimulator
from .ha import DOMAIN, free_port
from .test_pages import press

OTHER = "0738b8df-329a-4d50-88e7-7a48928c4d6f"


async def submit(page: Page, config: dict[str, str], words: str) -> None:
    """Fill in the form, and wait for the words that answer it."""
    for name, value in config.items():
        await page.locator(f"input[name={name}]").fill(value)
    await press(page, "Submit")
    await page.get_by_text(words).first.wait_for()


async def test_each_mistake_is_named(
    start_home_assistant: StartHomeAssistant,
    start_simulator: StartSimulator,
    open_page: OpenPage,
) -> None:
    """A wrong id, a wrong secret, a host out of reach, a permission that is missing."""
    simulator = await start_simulator("pdk", "--no-day")
    home_assistant = await start_home_assistant()
    page = await open_page(home_assistant)
    await visit(
        page, f"/config/integrations/dashboard/add?domain={DOMAIN}", "Do you want"
    )
    await press(page, "OK")
    await page.get_by_text("PDK", exact=True).first.click()
    config = simulator.config
    nowhere = f"http://127.0.0.1:{free_port()}"
    for wrong, words in (
        ({"system_id": OTHER}, "PDK knows no system with this ID"),
        ({"client_secret": "wrong"}, "The system refuses these credentials"),
        ({"accounts_url": nowhere}, f"{nowhere} refuses connections"),
        ({"systems_url": nowhere}, f"{nowhere} refuses connections"),
    ):
        await submit(page, config | wrong, words)
        # Only then the words that follow can't be those of before.
        await submit(page, config | {"system_id": "not one"}, "knows no system")
    await simulator.command("set_modes", permission=False)
    words = "It says: must have direct access to the specified organization"
    await submit(page, config, words)
    await screenshot(page, "form-pdk-no-permission")
    assert await page.locator("input[name=client_secret]").input_value() == ""
    assert await home_assistant.entries(DOMAIN) == []

    await simulator.command("set_modes", permission=True)
    await submit(page, config, "Doors found")
    await press(page, "Submit")
    await page.get_by_text("Name and assign").wait_for()
    (entry,) = await home_assistant.entries(DOMAIN)
    assert entry["state"] == "loaded"
