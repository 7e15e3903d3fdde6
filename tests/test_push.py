"""Tests of a BAS-IP panel that pushes its log to Home Assistant, over real HTTP."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from http import HTTPStatus
import json
import time
from typing import Any

import aiohttp
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.access_events.const import (
    CONF_IMPORT_DAYS,
    CONF_PUSH,
    CONF_PUSH_LOGIN,
    CONF_PUSH_PASSWORD,
    CONF_PUSH_URL,
    CONF_VENDOR,
    DOMAIN,
    EVENT_TYPE,
)
from custom_components.access_events.diagnostics import (
    async_get_config_entry_diagnostics,
)
from custom_components.access_events.journal_query import LogFilter
from custom_components.access_events.models import StoredEvent
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component

from .doors import state_of, value_of
from .simulators.basip import BasIpSimulator
from .wait import wait_for

DOOR = "aa_14fb_simulator_lock_1"
PASSWORD = "a secret of the panel's own"
PATH = "/api/access_events/basip"
LOGINS = "successful_login_api_call"

type SetUp = Callable[..., Awaitable[MockConfigEntry]]


@pytest.fixture
async def basip(socket_enabled: None) -> AsyncGenerator[BasIpSimulator]:
    """Return a running panel that tries again soon."""
    async with BasIpSimulator() as simulator:
        await simulator.set_modes(link_retry=0.05)
        yield simulator


@pytest.fixture
async def url(
    hass: HomeAssistant,
    basip: BasIpSimulator,
    hass_client_no_auth: ClientSessionGenerator,
) -> str:
    """Return the address that a user enters at the panel."""
    for component in ("image", DOMAIN):
        assert await async_setup_component(hass, component, {})
    client = await hass_client_no_auth()
    return str(client.make_url(PATH))


@pytest.fixture
def set_up(hass: HomeAssistant, basip: BasIpSimulator) -> SetUp:
    """Return what sets up the panel, so that it may push and is hardly asked."""

    async def set_up(import_days: int = 0, **options: Any) -> MockConfigEntry:
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Front panel",
            unique_id=basip.site.serial,
            data={
                CONF_VENDOR: "basip",
                CONF_IMPORT_DAYS: import_days,
                **basip.config(),
            },
            options={
                "poll_interval": 600,
                CONF_PUSH: True,
                CONF_PUSH_PASSWORD: PASSWORD,
                **options,
            },
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        await wait_for(lambda: entry.runtime_data.caught_up, 20)
        pace = entry.runtime_data.system.pace
        await wait_for(lambda: pace.remaining, 20)
        await entry.runtime_data.catch_up()
        return entry

    return set_up


async def recorded(entry: MockConfigEntry) -> list[StoredEvent]:
    """Return all that the journal holds, but for logins, which are also ours."""
    events, _ = await entry.runtime_data.journal.query(LogFilter(limit=10_000))
    return [item for item in events if item.event.vendor_code != LOGINS]


def is_pushed(basip: BasIpSimulator) -> bool:
    """Tell whether Home Assistant took all rows that it was to get."""
    return all(item.pushed for item in basip.truth if item.key != LOGINS)


async def truth(basip: BasIpSimulator) -> Counter[tuple[str, int]]:
    """Return what truly happened: how often each key at each moment."""
    return Counter(
        (item.key, item.at_ms) for item in await basip.history() if item.key != LOGINS
    )


def counted(events: list[StoredEvent]) -> Counter[tuple[str, int]]:
    """Return what is recorded in the same way."""
    return Counter(
        (item.event.vendor_code, round(item.event.occurred_at.timestamp() * 1000))
        for item in events
    )


@pytest.mark.parametrize("content_type", [False, True])
async def test_pushed_as_it_happens(
    hass: HomeAssistant,
    basip: BasIpSimulator,
    set_up: SetUp,
    url: str,
    content_type: bool,
) -> None:
    """What is pushed is live at once, and as complete as what is read."""
    entry = await set_up()
    await basip.set_modes(link_content_type=content_type, link_pong=0.05)
    events = async_capture_events(hass, EVENT_TYPE)
    await basip.push_to(url, PASSWORD, backlog=False)
    await wait_for(lambda: basip.link.pongs > 1)
    await basip.use("Jane Doe", kind="card")
    await wait_for(lambda: events)
    await basip.open_door()
    await wait_for(lambda: value_of(hass, f"binary_sensor.{DOOR}_door") == "on", 20)
    assert [event.data["kind"] for event in events] == ["access_granted", "door_opened"]
    access = state_of(hass, f"event.{DOOR}_access").attributes
    assert access["person"] == "Jane Doe"
    assert access["method"] == "card"
    assert access["credential"] == "••69"
    image = f"image.{DOOR}_last_snapshot"
    await wait_for(lambda: value_of(hass, image) not in ("unknown", "unavailable"), 20)
    assert all(item.live for item in await recorded(entry))
    assert is_pushed(basip)


async def test_the_first_dump(
    hass: HomeAssistant, basip: BasIpSimulator, set_up: SetUp, url: str
) -> None:
    """The log of months is recorded, each row as often as it is, and triggers nothing."""
    await basip.seed_history(60, per_day=20)
    old = basip.log.rows[0].at_ms
    for number in range(100):
        # Some of these fall on both sides of where a push ends.
        await basip.write("door_was_closed", at_ms=old + number, copies=3)
    entry = await set_up(import_days=1)
    events = async_capture_events(hass, EVENT_TYPE)
    await basip.push_to(url, PASSWORD)
    await wait_for(lambda: is_pushed(basip), 60)
    await hass.async_block_till_done()
    found = await recorded(entry)
    assert counted(found) == await truth(basip)
    assert not any(item.live for item in found)
    assert events == []
    await basip.use("Jane Doe")
    await wait_for(lambda: len(events) == 1)


async def test_push_and_poll_together(
    hass: HomeAssistant, basip: BasIpSimulator, set_up: SetUp, url: str
) -> None:
    """However often the same is told, and on both ways, it counts once."""
    entry = await set_up(poll_interval=0.05)
    events = async_capture_events(hass, EVENT_TYPE)
    await basip.link_fault(repeat=3, drop_answers=3)
    await basip.push_to(url, PASSWORD)
    for _ in range(4):
        await basip.burst(40)
        at = int(time.time() * 1000)
        await basip.write("door_was_opened", at_ms=at, copies=3)
        await wait_for(lambda: is_pushed(basip), 30)
    polls = entry.runtime_data.system.polls
    await wait_for(lambda: entry.runtime_data.system.polls > polls + 2, 20)
    found = await recorded(entry)
    assert counted(found) == await truth(basip)
    assert len(events) == len(found)
    assert basip.link.events > len(basip.truth)


async def test_while_home_assistant_is_away(
    hass: HomeAssistant, basip: BasIpSimulator, set_up: SetUp, url: str
) -> None:
    """What the panel could not push is replayed once, then it is live again."""
    entry = await set_up()
    await basip.push_to(url, PASSWORD, backlog=False)
    await basip.use("Jane Doe")
    await wait_for(lambda: is_pushed(basip))
    await hass.config_entries.async_unload(entry.entry_id)
    await basip.use("John Roe")
    await wait_for(lambda: basip.link.last_status == HTTPStatus.SERVICE_UNAVAILABLE)
    await hass.config_entries.async_setup(entry.entry_id)
    await wait_for(lambda: is_pushed(basip), 20)
    await wait_for(lambda: entry.runtime_data.caught_up, 20)
    await basip.use("Jane Doe")
    await wait_for(lambda: is_pushed(basip))
    assert [item.live for item in await recorded(entry)] == [True, False, True]


async def test_the_journal_fails(
    hass: HomeAssistant, basip: BasIpSimulator, set_up: SetUp, url: str
) -> None:
    """What can't be recorded is not answered with a success, so it comes again."""
    entry = await set_up()
    await basip.push_to(url, PASSWORD, backlog=False)
    await wait_for(lambda: basip.link.logins)
    await entry.runtime_data.journal.close()
    await basip.use("Jane Doe")
    await wait_for(lambda: basip.link.failures > 2)
    assert basip.link.last_status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.OK)
    assert not is_pushed(basip)
    await entry.runtime_data.journal.reopen()
    await wait_for(lambda: is_pushed(basip), 20)
    assert len(await recorded(entry)) == 1


@pytest.mark.parametrize("options", [{}, {CONF_PUSH: False}], ids=["wrong", "off"])
async def test_a_wrong_password(
    hass: HomeAssistant,
    basip: BasIpSimulator,
    set_up: SetUp,
    url: str,
    options: dict[str, Any],
) -> None:
    """Who does not know the panel's password, or may not push, is refused."""
    entry = await set_up(**options)
    await basip.push_to(url, PASSWORD if options else "guessed")
    await basip.use("Jane Doe")
    await wait_for(lambda: basip.link.failures > 2)
    assert basip.link.last_status == HTTPStatus.UNAUTHORIZED
    assert basip.link.logins == 0
    assert await recorded(entry) == []


async def test_a_password_that_is_not_good_any_more(
    hass: HomeAssistant, basip: BasIpSimulator, set_up: SetUp, url: str
) -> None:
    """A panel that is logged in is refused once the push is switched off."""
    entry = await set_up()
    await basip.push_to(url, PASSWORD, backlog=False)
    await wait_for(lambda: basip.link.logins)
    options = dict(entry.options) | {CONF_PUSH: False}
    hass.config_entries.async_update_entry(entry, options=options)
    await basip.use("Jane Doe")
    await wait_for(lambda: basip.link.last_status == HTTPStatus.UNAUTHORIZED)
    assert await recorded(entry) == []


async def chunks(size: int) -> AsyncIterator[bytes]:
    """Send so many bytes without telling before how many."""
    for _ in range(size // 65536):
        yield b" " * 65536


@pytest.fixture
async def panel(
    basip: BasIpSimulator, set_up: SetUp, url: str
) -> AsyncGenerator[Callable[..., Awaitable[tuple[int, Any]]]]:
    """Return what sends one request as a panel that has logged in."""
    await set_up()
    async with aiohttp.ClientSession() as session:

        async def send(
            method: str, path: str, body: Any = None, token: str | None = None
        ) -> tuple[int, Any]:
            data = json.dumps(body) if isinstance(body, dict) else body
            async with session.request(
                method,
                f"{url}/api/v0/devices/{path}",
                data=data,
                headers={"Authorization": f"Bearer {token or send.token}"},  # type: ignore[attr-defined]
            ) as answer:
                text = await answer.text()
                return answer.status, json.loads(text) if text[:1] == "{" else text

        send.token = ""  # type: ignore[attr-defined]
        login = {"login": basip.site.serial.upper(), "password": PASSWORD}
        status, answer = await send("POST", "login", login)
        assert status == HTTPStatus.OK
        send.token = answer["token"]  # type: ignore[attr-defined]
        yield send


async def test_what_is_refused(
    hass: HomeAssistant,
    basip: BasIpSimulator,
    panel: Callable[..., Awaitable[tuple[int, Any]]],
) -> None:
    """What is too large, no JSON or of nobody is refused, and nothing of it is taken."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    row = {
        "created_at": int(time.time() * 1000),
        "category": "access",
        "code": "access_granted_by_master_code",
        "info": {"lock": 1},
    }
    large = {"events": [row], "more": "x" * 2**20}
    assert (await panel("PUT", "logs", large))[0] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert (await panel("PUT", "logs", chunks(2**21)))[0] == (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    )
    assert (await panel("POST", "login", large))[0] == (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    )
    assert (await panel("PUT", "logs", "{not json"))[0] == HTTPStatus.BAD_REQUEST
    assert (await panel("PUT", "news", {"events": [row]}))[0] == HTTPStatus.NOT_FOUND
    for token in ("x", "Bearer", PASSWORD):
        for method, path in (("PUT", "logs"), ("POST", "pong"), ("POST", "refresh")):
            status, answer = await panel(method, path, {"events": [row]}, token)
            assert (status, answer) == (HTTPStatus.UNAUTHORIZED, {"error": "Log In"})
    for login in (
        {"login": "other", "password": PASSWORD},
        {"login": basip.site.serial, "password": ""},
        {"login": basip.site.serial},
        {},
    ):
        assert (await panel("POST", "login", login))[0] == HTTPStatus.UNAUTHORIZED
    assert await recorded(entry) == []
    assert (await panel("PUT", "logs", {"events": [7, row, {"code": "x"}]}))[0] == (
        HTTPStatus.OK
    )
    assert len(await recorded(entry)) == 1
    assert entry.runtime_data.troubles.unreadable == 2


async def test_a_new_token(
    hass: HomeAssistant, panel: Callable[..., Awaitable[tuple[int, Any]]]
) -> None:
    """A token is good until another one is asked for."""
    assert await panel("POST", "pong") == (HTTPStatus.OK, {})
    status, answer = await panel("POST", "refresh")
    assert status == HTTPStatus.OK
    assert (await panel("POST", "pong"))[0] == HTTPStatus.UNAUTHORIZED
    assert (await panel("POST", "pong", token=answer["token"]))[0] == HTTPStatus.OK


async def test_the_option(
    hass: HomeAssistant, basip: BasIpSimulator, set_up: SetUp, url: str
) -> None:
    """Who switches the push on is shown what to enter at the panel, and it works."""
    entry = await set_up()
    hass.config_entries.async_update_entry(entry, options={})
    flow = hass.config_entries.options
    form: Any = await flow.async_init(entry.entry_id)
    given = form["data_schema"]({})
    assert given[CONF_PUSH] is False
    shown: Any = await flow.async_configure(form["flow_id"], given | {CONF_PUSH: True})
    assert (shown["type"], shown["step_id"]) == (FlowResultType.FORM, "push")
    values = shown["data_schema"]({})
    assert values[CONF_PUSH_URL].endswith(PATH)
    assert values[CONF_PUSH_LOGIN] == basip.site.serial
    done: Any = await flow.async_configure(shown["flow_id"], values)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert set(done["data"]) == {*given, CONF_PUSH_PASSWORD}
    await hass.async_block_till_done()
    await wait_for(lambda: entry.runtime_data.caught_up, 20)
    await basip.push_to(url, values[CONF_PUSH_PASSWORD], backlog=False)
    await basip.use("Jane Doe")
    await wait_for(lambda: is_pushed(basip))

    form = await flow.async_init(entry.entry_id)
    shown = await flow.async_configure(form["flow_id"], given | {CONF_PUSH: True})
    again = shown["data_schema"]({})
    assert again[CONF_PUSH_PASSWORD] == values[CONF_PUSH_PASSWORD]
    told = await async_get_config_entry_diagnostics(hass, entry)
    assert values[CONF_PUSH_PASSWORD] not in json.dumps(told, default=str)

    form = await flow.async_init(entry.entry_id)
    done = await flow.async_configure(form["flow_id"], given)
    assert CONF_PUSH_PASSWORD not in done["data"]
    await hass.async_block_till_done()
