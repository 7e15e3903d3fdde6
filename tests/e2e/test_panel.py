"""Tests of the page "Access log" and of the card, as a user sees them."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import csv
from dataclasses import dataclass
import io
import json
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect
import pytest
import pytest_asyncio

from .api import Api, Json
from .browser import log_in, screenshot, visit
from .ha import DOMAIN, ROOT, HomeAssistant, Simulator, write_storage

PATH = "/access-events"
DASHBOARD = "card-test"
PERSON = "Ada <b>Lovelace</b>"
AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
TIMEOUT = 30_000  # ms
# Home Assistant has no page to make such a group, but it keeps and obeys one.
GUESTS = {
    "id": "guests",
    "name": "Guests",
    "policy": {"entities": {"entity_ids": {"event.front_door_access": True}}},
}

pytestmark = pytest.mark.timeout(240)


@dataclass(frozen=True, slots=True)
class House:
    """A Home Assistant with two systems: UniFi Access, and BAS-IP with pictures."""

    home_assistant: HomeAssistant
    unifi: Simulator
    basip: Simulator
    entry_id: str
    basip_id: str


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Run it for all tests of the module."""
    folder = tmp_path_factory.mktemp("house")
    async with contextlib.AsyncExitStack() as stack:
        unifi, basip = [
            await stack.enter_async_context(
                Simulator(vendor, folder, "--no-day", "--history-days", "2")
            )
            for vendor in ("unifi_access", "basip")
        ]
        nobody: Json = {"users": [], "credentials": [], "refresh_tokens": []}
        storage = folder / "config" / ".storage"
        write_storage(storage, "auth", 1, nobody | {"groups": [GUESTS]})
        home_assistant = await stack.enter_async_context(
            HomeAssistant(folder / "config")
        )
        entry_id = await home_assistant.set_up("unifi_access", unifi.config)
        basip_id = await home_assistant.set_up("basip", basip.config)
        async with asyncio.timeout(60):
            while not await is_live(home_assistant):
                await asyncio.sleep(0.2)
        yield House(home_assistant, unifi, basip, entry_id, basip_id)


async def is_live(home_assistant: HomeAssistant) -> bool:
    """Return whether all systems have caught up."""
    answer = await home_assistant.ws(f"{DOMAIN}/systems")
    return all(system["state"] == "live" for system in answer["systems"])


@pytest_asyncio.fixture(loop_scope="session")
async def page(house: House, browser: Browser) -> AsyncIterator[Page]:
    """Open a page whose errors fail the test."""
    page = await log_in(browser, house.home_assistant)
    page.set_default_timeout(TIMEOUT)
    expect.set_options(timeout=TIMEOUT)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    await page.context.close()
    assert [error for error in errors if "access-events" in error] == []


def rows(page: Page) -> Locator:
    """Return the rows of the log."""
    return page.locator("access-events-list .rows [role=row]")


async def tap(house: House, person: str | None, *, door: int = 0) -> None:
    """Let somebody come to a door."""
    await house.unifi.command("tap", door=door, person=person)


async def accept_files(page: Page, name: str) -> str:
    """Press a button and return the file that the browser is given."""
    async with page.expect_download() as started:
        await page.get_by_role("button", name=name).click()
    path = await (await started.value).path()
    return await asyncio.to_thread(Path(path).read_text, encoding="utf-8")


async def test_log_is_live_filtered_and_downloaded(house: House, page: Page) -> None:
    """Who comes is seen at once; filters narrow the list and the files."""
    await visit(page, PATH, "Access log")
    await expect(rows(page).nth(5)).to_be_visible()

    await tap(house, "Jane Doe")
    first = rows(page).first
    await expect(first).to_contain_text("Jane Doe")
    await expect(first).to_contain_text("Access granted")
    await expect(first).to_contain_text("Front Door")
    await screenshot(page, "panel-log")

    search = page.get_by_role("search")
    await search.get_by_role("searchbox", name="Person").fill("john roe")
    await expect(first).to_contain_text("John Roe")
    await tap(house, "Jane Doe")
    await tap(house, "John Roe", door=1)
    await expect(first).to_contain_text("Side Door")
    for text in await rows(page).all_inner_texts():
        assert "John Roe" in text

    content = await accept_files(page, "Download as CSV")
    table = list(csv.DictReader(io.StringIO(content)))
    assert {row["person"] for row in table} == {"John Roe"}
    lines = (await accept_files(page, "Download as JSON Lines")).splitlines()
    assert len(lines) == len(table) > 1
    assert {json.loads(line)["person"] for line in lines} == {"John Roe"}

    await page.get_by_role("link", name="Systems").click()
    await page.get_by_role("link", name="Log", exact=True).click()
    await expect(search.get_by_role("searchbox", name="Person")).to_have_value(
        "john roe"
    )
    await search.get_by_role("combobox", name="Door").select_option(label="Side Door")
    await expect(rows(page).filter(has_text="Front Door")).to_have_count(0)
    await page.get_by_role("button", name="Clear filter").click()
    await search.get_by_role("combobox", name="Event").select_option(
        label="Denied only"
    )
    await tap(house, None)
    await expect(first).to_contain_text("Unknown credential")
    await search.get_by_role("searchbox", name="Search").fill("no such thing anywhere")
    await expect(page.get_by_text("Nothing found")).to_be_visible()


async def test_log_shows_pictures_and_what_was_late(house: House, page: Page) -> None:
    """What was read from the history is marked, and a row opens with its picture."""
    await house.basip.command("face", index=0)
    await visit(page, PATH, "Access log")
    await expect(rows(page).filter(has_text="Learned late").first).to_be_attached()
    search = page.get_by_role("search")
    await search.get_by_role("searchbox", name="Search").fill("face")
    pictured = rows(page).filter(has_text="face", has=page.locator("img")).first
    await expect(pictured).to_be_visible()
    await pictured.click()
    picture = page.get_by_role("dialog").locator("img.picture")
    await expect(picture).to_be_visible()
    await page.wait_for_function(
        "image => image.naturalWidth > 0", arg=await picture.element_handle()
    )
    await screenshot(page, "panel-picture")
    await page.keyboard.press("Escape")
    await expect(picture).not_to_be_visible()


async def test_log_is_read_to_its_end_by_keyboard(house: House, page: Page) -> None:
    """Pages come as they are needed, and only some rows are in the page."""
    await visit(page, PATH, "Access log")
    grid = page.get_by_role("grid", name="Log")
    await expect(rows(page).nth(5)).to_be_visible()
    await grid.focus()
    total = (
        await house.home_assistant.call(
            f"{DOMAIN}.get_logs", {"limit": 1}, response=True
        )
    )["total"]
    async with asyncio.timeout(60):
        while await grid.get_attribute("aria-rowcount") != str(total + 1):
            await page.keyboard.press("End")
            await asyncio.sleep(0.1)
    await page.keyboard.press("End")
    await expect(rows(page).last).to_have_attribute("aria-rowindex", str(total + 1))
    assert await rows(page).count() < 60
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_contain_text("Happened")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Home")
    await expect(rows(page).first).to_have_attribute("aria-rowindex", "2")


async def test_chart_tells_what_the_log_holds(house: House, page: Page) -> None:
    """The chart's legend and tables say the journal's own numbers."""
    await visit(page, f"{PATH}/chart", "Accesses over time")
    counted = await house.home_assistant.call(
        f"{DOMAIN}.get_logs", {"kinds": ["access_granted"], "limit": 1}, response=True
    )
    await expect(page.locator(".legend")).to_contain_text(
        f"Granted: {counted['total']}"
    )
    await expect(page.get_by_role("img", name="Accesses granted")).to_be_visible()
    by_door = page.get_by_role("region", name="Accesses by door").get_by_role("row")
    await expect(by_door.filter(has_text="Front Door")).to_be_visible()
    await screenshot(page, "panel-chart")
    await page.get_by_role("button", name="By hour").click()
    await page.get_by_text("Show as a table").click()
    await expect(page.locator("details tbody tr")).to_have_count(48)


async def test_people_are_registered_changed_and_removed(
    house: House, page: Page
) -> None:
    """What is done on the page is done in the system; a name is never code."""
    await visit(page, f"{PATH}/people", "Register a person")
    await expect(page.get_by_role("listitem").first).to_be_visible()
    await page.get_by_role("combobox", name="System").select_option(house.entry_id)
    await page.get_by_role("button", name="Register a person").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="Name").fill(PERSON)
    await expect(dialog.get_by_label("Valid until")).to_have_count(0)
    await screenshot(page, "panel-person")
    await dialog.get_by_role("button", name="Register", exact=True).click()
    person = page.get_by_role("listitem").filter(has_text=PERSON)
    await expect(person).to_be_visible()
    assert (await registered(house))[PERSON]["active"]

    await person.get_by_role("button", name="Disable").click()
    await expect(person).to_contain_text("Disabled")
    assert not (await registered(house))[PERSON]["active"]
    await screenshot(page, "panel-people")

    await person.get_by_role("button", name="Remove").click()
    await dialog.get_by_role("button", name="Remove").click()
    await expect(person).to_have_count(0)
    assert PERSON not in await registered(house)


async def test_validity_is_changed_where_the_system_knows_it(
    house: House, page: Page
) -> None:
    """A time is the user's own, and what a system holds is shown again."""
    await visit(page, f"{PATH}/people", "Register a person")
    await page.get_by_role("combobox", name="System").select_option(house.basip_id)
    person = page.get_by_role("listitem").filter(has_text="Jane Doe").first
    await person.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Valid until").fill("2030-01-31T18:00")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("valid_from")
    await dialog.get_by_label("Valid from").fill("2026-01-01T08:00")
    await dialog.get_by_role("button", name="Save").click()
    await expect(person).to_contain_text("Until Jan 31, 2030")
    held = [user["valid_until"] for user in await users(house, house.basip_id)]
    assert any(until and until.startswith("2030-01-31T18:00") for until in held)
    await person.get_by_role("button", name="Edit").click()
    await expect(dialog.get_by_label("Valid until")).to_have_value("2030-01-31T18:00")


async def users(house: House, entry_id: str) -> list[Json]:
    """Return who is registered in a system."""
    answer = await house.home_assistant.call(
        f"{DOMAIN}.get_users", {"config_entry_id": entry_id}, response=True
    )
    found: list[Json] = answer["users"]
    return found


async def registered(house: House) -> dict[str, Json]:
    """Return who is registered in UniFi Access, by name."""
    return {user["name"]: user for user in await users(house, house.entry_id)}


async def test_systems_tell_how_they_are(house: House, page: Page) -> None:
    """A system that is lost is said to be offline, and live when it is back."""
    await visit(page, f"{PATH}/systems", "Events recorded")
    unifi = page.locator("access-events-systems section").filter(has_text="Front Door")
    await expect(unifi).to_contain_text("Live")
    await screenshot(page, "panel-systems")
    await house.unifi.command("pause")
    try:
        await expect(unifi).to_contain_text("Offline", timeout=90_000)
    finally:
        await house.unifi.command("resume")
    await expect(unifi).to_contain_text("Live", timeout=90_000)


async def add_guest(house: House) -> None:
    """Make a user who may see one entity of one door, and nothing else."""
    api = house.home_assistant
    guest = await api.ws("config/auth/create", name="Guest", group_ids=[GUESTS["id"]])
    await api.ws(
        "config/auth_provider/homeassistant/create",
        user_id=guest["user"]["id"],
        username="guest",
        password="guest",
    )


async def choose_sidebar(house: House, choice: str) -> None:
    """Choose who finds the page, and wait until the system is back."""
    await house.home_assistant.options(house.basip_id, {"sidebar": choice})
    async with asyncio.timeout(60):
        while not await is_live(house.home_assistant):
            await asyncio.sleep(0.2)


async def test_guests_see_their_door_only(house: House, browser: Browser) -> None:
    """Who is no administrator has the page if that is chosen, without what is not theirs."""
    await add_guest(house)
    async with Api(house.home_assistant.url) as guest:
        await guest.log_in("guest", "guest")
        page = await log_in(browser, guest)
        page.set_default_timeout(TIMEOUT)
        expect.set_options(timeout=TIMEOUT)
        link = page.get_by_role("link", name="Access log")
        await visit(page, "/profile", "Guest")
        await expect(link).to_have_count(0)

        await choose_sidebar(house, "everybody")
        await link.click()
        await expect(rows(page).nth(5)).to_be_visible()
        await expect(page.get_by_role("link", name="Chart")).to_be_visible()
        await expect(page.get_by_role("link", name="People")).to_have_count(0)
        await tap(house, "John Roe", door=1)
        await tap(house, "Jane Doe")
        await expect(rows(page).first).to_contain_text("Jane Doe")
        others = rows(page).filter(has_not_text="Front Door")
        await expect(others).to_have_count(0)
        await screenshot(page, "panel-guest")

        await page.get_by_role("link", name="Chart").click()
        doors = page.get_by_role("region", name="Accesses by door").get_by_role("row")
        await expect(doors).to_have_count(2)
        await page.get_by_role("link", name="Systems").click()
        await expect(page.locator("access-events-systems section")).to_have_count(1)
        await page.goto(f"{PATH}/people")
        await expect(rows(page).first).to_be_visible()
        await expect(page.get_by_text("Register a person")).to_have_count(0)

        await choose_sidebar(house, "admins")
        await expect(link).to_have_count(0)
        await page.context.close()


async def test_phone_size_and_language(house: House, page: Page) -> None:
    """On a phone the tabs are below and the filters fold; the words are the user's."""
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.emulate_media(color_scheme="dark")
    await page.goto(PATH)
    await expect(page.get_by_role("heading", name="Access log")).to_be_visible()
    await expect(rows(page).first).to_be_visible()
    await screenshot(page, "panel-phone")
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide
    await page.get_by_role("button", name="Filter").click()
    await expect(page.get_by_role("combobox", name="Door")).to_be_visible()
    await page.get_by_role("link", name="People").click()
    await expect(page.get_by_text("Jane Doe")).to_be_visible()

    await page.evaluate("localStorage.setItem('selectedLanguage', '\"de\"')")
    await page.goto(PATH)
    heading = page.get_by_role("heading", name="Zutrittsprotokoll")
    await expect(heading).to_be_visible()
    assert not await heading.evaluate("found => found.scrollWidth > found.clientWidth")
    await expect(page.get_by_role("link", name="Systeme")).to_be_visible()


async def breaches(page: Page, selector: str) -> dict[str, list[str]]:
    """Return the rules of axe-core that an element breaks, and where."""
    await page.wait_for_timeout(500)  # until what fades in is there
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    result = await page.locator(selector).evaluate(
        "element => axe.run(element, {resultTypes: ['violations']})"
    )
    assert len(result["passes"]) > 5
    return {
        rule["id"]: [node["html"] for node in rule["nodes"]]
        for rule in result["violations"]
    }


@pytest.mark.skipif(not AXE.exists(), reason="Run scripts/frontend --install first")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_is_in_the_way_of_anybody(
    page: Page, house: House, scheme: str
) -> None:
    """No part of the page breaks a rule of axe-core."""
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for tab, text in (
        ("", "Learned late"),
        ("/chart", "Accesses by door"),
        ("/systems", "Events recorded"),
        ("/people", "Jane Doe"),
    ):
        await visit(page, f"{PATH}{tab}", text)
        assert await breaches(page, "access-events-panel") == {}, tab
    await page.get_by_role("button", name="Register a person").click()
    assert await breaches(page, "access-events-panel") == {}, "register"
    await visit(page, PATH, "Access log")
    await rows(page).first.click()
    assert await breaches(page, "access-events-panel") == {}, "details"
    await show_card(house, page)
    assert await breaches(page, "access-events-card") == {}, "card"


async def show_card(house: House, page: Page) -> None:
    """Show a dashboard with nothing but the card."""
    api = house.home_assistant
    dashboards = await api.ws("lovelace/dashboards/list")
    if DASHBOARD not in [dashboard["url_path"] for dashboard in dashboards]:
        await api.ws(
            "lovelace/dashboards/create",
            url_path=DASHBOARD,
            title="Cards",
            show_in_sidebar=False,
        )
    card = {"type": "custom:access-events-card", "title": "At the door", "count": 4}
    view = {"title": "Doors", "path": "0", "cards": [card]}
    await api.ws("lovelace/config/save", url_path=DASHBOARD, config={"views": [view]})
    await visit(page, f"/{DASHBOARD}/0", "At the door")
    await expect(
        page.locator("access-events-card").get_by_role("listitem")
    ).to_have_count(4)


async def test_card_is_on_a_dashboard_and_edited_there(
    house: House, page: Page
) -> None:
    """The card tells who comes; its editor and the card picker are Home Assistant's."""
    await show_card(house, page)
    shown = page.locator("access-events-card")
    await tap(house, "Jane Doe", door=2)
    await expect(shown.get_by_role("listitem").first).to_contain_text("Jane Doe")
    await expect(shown.get_by_role("listitem").first).to_contain_text("Storage")
    await expect(shown.get_by_role("listitem")).to_have_count(4)
    await screenshot(page, "card")

    await page.goto(f"/{DASHBOARD}/0?edit=1")
    options = page.locator("hui-card-options")
    await expect(options.get_by_text("At the door")).to_be_visible()
    await options.locator("ha-button").first.click()
    editor = page.locator("access-events-card-editor")
    await editor.locator("input").first.fill("Who came")
    await expect(page.get_by_role("heading", name="Who came").last).to_be_visible()
    await screenshot(page, "card-editor")

    await page.goto(f"/{DASHBOARD}/0?edit=1")
    await page.get_by_text("Add card").click()
    await page.get_by_text("By card").click()
    picker = page.locator("hui-card-picker")
    await picker.locator("input").first.fill("Access events")
    preview = picker.locator("access-events-card").get_by_role("listitem")
    await expect(preview.first).to_contain_text("Jane Doe")
    await screenshot(page, "card-picker")
