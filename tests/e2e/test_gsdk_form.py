"""Test of the form of a Suprema gateway in a browser: it says what is wrong."""

from playwright.async_api import Page

from tests.simulators.common_tls import Certificate

from .browser import screenshot, visit
from .conftest import OpenPage, StartHomeAssistant, StartSimulator
from .ha import DOMAIN
from .test_pages import press


async def refused(page: Page, words: str) -> None:
    """Submit the form, and wait until it says what is wrong."""
    await press(page, "Submit")
    await page.locator("ha-alert").get_by_text(words).wait_for(timeout=60_000)


async def test_form_says_what_is_wrong(
    start_home_assistant: StartHomeAssistant,
    start_simulator: StartSimulator,
    open_page: OpenPage,
) -> None:
    """A wrong authority, port, name, or a missing certificate is told, then all is well."""
    simulator = await start_simulator("gsdk", "--no-day")
    control = int(simulator.info["control"].rpartition(":")[2].partition("/")[0])
    other = Certificate.create("Other CA", (), is_authority=True)
    home_assistant = await start_home_assistant()
    page = await open_page(home_assistant)
    path = f"/config/integrations/dashboard/add?domain={DOMAIN}"
    await visit(page, path, "Do you want")
    await press(page, "OK")
    await page.get_by_text("Suprema G-SDK", exact=True).first.click()
    authority = page.locator("textarea").first
    name = page.locator("input[name=server_name]")
    port = page.locator("input[type=number]")
    await page.locator("input[name=host]").fill("127.0.0.1")

    await port.fill(str(simulator.port))
    await authority.fill(other.certificate_pem.decode())
    await refused(page, "was not signed by the authority whose certificate was given")
    await screenshot(page, "gsdk-wrong-ca")

    await authority.fill(simulator.config["ca_certificate"])
    await port.fill(str(control))
    await refused(page, "does not use TLS. Check the port")
    await screenshot(page, "gsdk-wrong-port")

    await port.fill(str(simulator.port))
    await name.fill("elsewhere.home")
    await refused(page, "not made for elsewhere.home, but for: 127.0.0.1")
    await screenshot(page, "gsdk-wrong-name")

    await name.fill("")
    await simulator.command("set_modes", master=True)
    await refused(page, "wants a client certificate, as a master gateway does")
    await page.get_by_text("Master gateway", exact=True).click()
    config = (await simulator.command("info"))["config"]
    await page.locator("textarea").nth(1).fill(config["client_certificate"])
    await page.locator("input[name=client_key]").fill(config["client_key"])
    await page.locator("input[name=gateway_id]").fill(config["gateway_id"])
    await screenshot(page, "gsdk-master")
    await press(page, "Submit")
    await page.get_by_text("Days to look back").wait_for(timeout=60_000)
