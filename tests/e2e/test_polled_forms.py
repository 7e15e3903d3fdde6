"""Tests of what a user reads in the forms of CLUe and BAS-IP, whatever goes wrong."""

from collections.abc import Mapping

from playwright.async_api import Page

from .browser import screenshot, visit
from .conftest import OpenPage, StartHomeAssistant, StartSimulator
from .ha import DOMAIN, HomeAssistant, free_port
from .test_pages import press


async def open_form(page: Page, vendor: str) -> None:
    """Go to a vendor's form as a user does."""
    path = f"/config/integrations/dashboard/add?domain={DOMAIN}"
    await visit(page, path, "Do you want")
    await press(page, "OK")
    await page.get_by_text(vendor, exact=True).first.click()
    await page.get_by_role("button", name="Submit", exact=True).wait_for()


async def submit(
    page: Page, values: Mapping[str, str | int | bool], words: str
) -> None:
    """Fill in the form, and wait for the words that answer it.

    Numbers are ports, and switches go by what is written beside them.
    """
    assert await page.get_by_text(words).count() == 0
    for name, value in values.items():
        if isinstance(value, bool):
            await page.get_by_role("switch", name=name).set_checked(value, force=True)
        elif isinstance(value, int):
            await page.locator("input[type=number]").fill(str(value))
        else:
            await page.locator(f"input[name={name}]").fill(value)
    await press(page, "Submit")
    await page.get_by_text(words).first.wait_for()


async def finish(page: Page, home_assistant: HomeAssistant) -> None:
    """Go on from the step `history`, to a system that is set up."""
    await press(page, "Submit")
    await page.get_by_text("Name and assign").wait_for()
    (entry,) = await home_assistant.entries(DOMAIN)
    assert entry["state"] == "loaded"


async def test_basip(
    start_home_assistant: StartHomeAssistant,
    start_simulator: StartSimulator,
    open_page: OpenPage,
) -> None:
    """A wrong host, port, password, product, certificate; no rights, and a ban."""
    panel = await start_simulator("basip", "--no-day", "--history-days", "0")
    other = await start_simulator("clue", "--no-day", "--history-days", "0")
    home_assistant = await start_home_assistant()
    page = await open_page(home_assistant)
    await open_form(page, "BAS-IP")
    secret = {"password": panel.config["password"]}
    here = {"host": panel.config["host"], "port": panel.config["port"]} | secret

    await submit(page, here | {"host": "no-such-panel.invalid"}, "was not found")
    await submit(page, here | {"port": free_port()}, "refuses connections")
    await submit(page, here | {"password": "wrong"}, "refuses these credentials")
    await submit(page, here | {"port": other.port}, "is a different product")
    rights = {"error": "Administrator rights required"}
    await panel.command("fault", path="/api/v1/log/", status=400, body=rights)
    await submit(page, here, "lack the permission administrator")
    await panel.command("ban")
    await submit(page, here, "A panel bans addresses after several")
    await panel.command("unban")
    tls = {"Uses an SSL certificate": True, "Verify SSL certificate": True}
    await submit(page, secret | tls, "does not use TLS")
    await panel.command("set_modes", tls=True)
    await submit(page, secret, "is not signed by an authority")
    await screenshot(page, "form-basip-not-trusted")
    assert await page.locator("input[name=password]").input_value() == ""
    assert await home_assistant.entries(DOMAIN) == []

    await submit(page, secret | {"Verify SSL certificate": False}, "Doors found: 2")
    await finish(page, home_assistant)


async def test_clue(
    start_home_assistant: StartHomeAssistant,
    start_simulator: StartSimulator,
    open_page: OpenPage,
) -> None:
    """A wrong address, port, key, place, product or certificate."""
    cloud = await start_simulator("clue", "--no-day", "--history-days", "1")
    other = await start_simulator("basip", "--no-day", "--history-days", "0")
    home_assistant = await start_home_assistant()
    page = await open_page(home_assistant)
    await open_form(page, "CLUe")
    config = cloud.config

    def at(address: str) -> dict[str, str]:
        return config | {"base_url": address}

    await submit(page, at("api.moon.supremainc.com/v1/be"), "not the address of an API")
    await submit(page, at("http://no-such-cloud.invalid/v1/be"), "was not found")
    nowhere = f"http://127.0.0.1:{free_port()}/v1/be"
    await submit(page, at(nowhere), "refuses connections")
    await submit(page, config | {"api_key": "wrong"}, "CLUe refuses this API key")
    await submit(page, config | {"place_id": "999"}, "CLUe does not know this place")
    await submit(page, config | {"place_id": "here"}, "The place ID is a number")
    panel = f"http://127.0.0.1:{other.port}/v1/be"
    await submit(page, at(panel), "is a different product")
    await cloud.command("set_modes", tls=True)
    secure = str(config["base_url"]).replace("http:", "https:")
    words = "can't be reached: The certificate of"
    await submit(page, at(secure), words)
    await screenshot(page, "form-clue-not-trusted")
    await cloud.command("set_modes", tls=False)
    assert await page.locator("input[name=api_key]").input_value() == ""
    assert await home_assistant.entries(DOMAIN) == []

    await submit(page, config, "Doors found")
    await finish(page, home_assistant)
