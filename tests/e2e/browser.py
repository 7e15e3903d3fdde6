"""A headless Chromium in which the user of a Home Assistant is logged in."""

from collections.abc import AsyncIterator
import contextlib
import json
import os
from pathlib import Path
import shutil
import time

from playwright.async_api import Browser, Page, async_playwright

from .api import Api

SCREENSHOTS = Path(__file__).parent / "screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """Return the path of the machine's Chromium, or None."""
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        if name and (path := shutil.which(name)):
            return path
    return None


@contextlib.asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """Run Chromium.

    Raises:
        FileNotFoundError: There is no Chromium.
    """
    if (path := chromium()) is None:
        raise FileNotFoundError("Chromium is not installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=list(ARGUMENTS)
        )
        async with browser:
            yield browser


async def log_in(browser: Browser, api: Api) -> Page:
    """Open a page whose local storage holds what the login page would leave there."""
    tokens = api.tokens | {
        "hassUrl": api.url,
        "clientId": f"{api.url}/",
        "expires_in": 86400,
        "expires": int((time.time() + 86400) * 1000),
    }
    context = await browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-US", base_url=api.url
    )
    await context.add_init_script(
        f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))});"
    )
    return await context.new_page()


async def visit(page: Page, path: str, text: str, *, timeout: float = 30) -> None:
    """Go to a page of Home Assistant and wait until a text is to be seen there."""
    await page.goto(path)
    await page.get_by_text(text).first.wait_for(timeout=timeout * 1000)


async def screenshot(page: Page, name: str) -> Path:
    """Keep a picture of what is to be seen, once it has come to rest."""
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    await page.wait_for_timeout(1000)
    await page.screenshot(path=path)
    return path
