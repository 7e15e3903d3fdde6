"""Fixtures of the end-to-end tests.

All tests and fixtures share one event loop, so that a browser and a Home Assistant may
serve a whole module.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
import contextlib
import os
from pathlib import Path

from playwright.async_api import Browser, Page
import pytest
import pytest_asyncio

from .browser import chromium, log_in, open_browser
from .ha import HomeAssistant, Simulator

type StartSimulator = Callable[..., Awaitable[Simulator]]
type StartHomeAssistant = Callable[..., Awaitable[HomeAssistant]]
type OpenPage = Callable[[HomeAssistant], Awaitable[Page]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let it be chosen how often Home Assistant is killed, and at what moments."""
    group = parser.getgroup("kills")
    group.addoption(
        "--kills",
        type=int,
        default=3,
        help="kills of a Home Assistant with all vendors",
    )
    group.addoption(
        "--kill-seed", type=int, default=1, help="what the moments and faults depend on"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all tests in one loop."""
    for item in items:
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session")
async def start_simulator(tmp_path: Path) -> AsyncIterator[StartSimulator]:
    """Give a function that starts a vendor's simulator for the test's duration."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(vendor: str, *options: str, port: int = 0) -> Simulator:
            folder = tmp_path / "simulators"
            folder.mkdir(exist_ok=True)
            simulator = Simulator(vendor, folder, *options, port=port)
            return await stack.enter_async_context(simulator)

        yield start


@pytest_asyncio.fixture(loop_scope="session")
async def start_home_assistant(tmp_path: Path) -> AsyncIterator[StartHomeAssistant]:
    """Give a function that starts a Home Assistant for the test's duration."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(
            name: str = "config", more: str = "", archive: Path | None = None
        ) -> HomeAssistant:
            home_assistant = HomeAssistant(tmp_path / name, more=more, archive=archive)
            return await stack.enter_async_context(home_assistant)

        yield start


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Run one Chromium for all tests; without one, they are skipped, but not in CI."""
    if chromium() is None:
        reason = "Chromium is not installed (Debian: apt install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    async with open_browser() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """Give a function that opens a page with the user logged in."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_for(home_assistant: HomeAssistant) -> Page:
            page = await log_in(browser, home_assistant)
            stack.push_async_callback(page.context.close)
            return page

        yield open_for
