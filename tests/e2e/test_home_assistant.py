"""Tests of the ground the other end-to-end tests stand on."""

from .browser import screenshot, visit
from .conftest import OpenPage, StartHomeAssistant


async def test_starts_installs_nothing_and_survives_a_kill(
    start_home_assistant: StartHomeAssistant, open_page: OpenPage
) -> None:
    """A new Home Assistant shows its pages, and runs again after a power cut."""
    home_assistant = await start_home_assistant()
    page = await open_page(home_assistant)
    await visit(page, "/config/integrations/dashboard", "Add integration")
    await screenshot(page, "integrations")
    assert "zone.home" in await home_assistant.states()

    await home_assistant.kill()
    await home_assistant.restart()
    assert "zone.home" in await home_assistant.states()
    assert "Attempting install" not in home_assistant.read_log()
