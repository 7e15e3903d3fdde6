"""Tests of the three promises, with a real Home Assistant that is really killed."""

import asyncio
from collections import Counter
from collections.abc import Iterable
import contextlib
import random
from typing import Any

import pytest

from .api import Json
from .browser import screenshot, visit
from .conftest import OpenPage, StartHomeAssistant, StartSimulator
from .ha import DOMAIN, HomeAssistant, Simulator
from .journal import Row, read_journal

# An automation that a user might have; it leaves a trace for each time it ran.
AUTOMATION = """
automation:
  - id: greet
    alias: Greet
    mode: parallel
    max: 1000
    triggers:
      - trigger: event
        event_type: access_events_event
    actions:
      - event: greeted
        event_data:
          key: "{{ trigger.event.data.key }}"
"""
type Did = tuple[int, str | None, str | None]

ACCESS = {"access_granted", "access_denied", "unknown_credential"}
KILLS = 20
STREAM = 5000


def happened(history: Iterable[Json]) -> Counter[Did]:
    """Return what people truly did: when, where, who."""
    return Counter(
        (item["at_ms"], item["door_id"], item["person_id"])
        for item in history
        if item["kind"] in ACCESS
    )


def recorded(rows: Iterable[Row]) -> Counter[Did]:
    """Return what the journal says people did."""
    return Counter(
        (row.at_ms, row.door_id, row.person_id) for row in rows if row.kind in ACCESS
    )


async def all_recorded(
    home_assistant: HomeAssistant, simulator: Simulator, timeout: float = 60
) -> list[Row]:
    """Wait until the journal holds as much as happened, and return its rows."""
    wanted = happened(await simulator.command("history"))
    rows: list[Row] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            while not wanted <= recorded(rows):
                await asyncio.sleep(0.5)
                rows = await asyncio.to_thread(read_journal, home_assistant.folder)
    found = recorded(rows)
    assert not wanted - found, f"lost: {list((wanted - found).items())[:5]}"
    assert not found - wanted, f"twice: {list((found - wanted).items())[:5]}"
    return rows


async def first_live_tap(simulator: Simulator, greeted: asyncio.Queue[Any]) -> set[str]:
    """Let people come until one is greeted, since reading history may take a moment."""
    async with asyncio.timeout(30):
        while greeted.empty():
            await simulator.command("tap", door=0, person=0)
            await asyncio.sleep(1)
    return {item["key"] for item in await take_all(greeted)}


async def take_all(queue: asyncio.Queue[Any]) -> list[Json]:
    """Return the data of all events that a queue holds."""
    await asyncio.sleep(0.5)
    return [queue.get_nowait()["data"] for _ in range(queue.qsize())]


async def test_an_outage_is_caught_up_and_triggers_nothing(
    start_home_assistant: StartHomeAssistant,
    start_simulator: StartSimulator,
    open_page: OpenPage,
) -> None:
    """While the system is unplugged things happen: all is recorded, nothing is greeted."""
    simulator = await start_simulator("unifi_access", "--no-day")
    home_assistant = await start_home_assistant(more=AUTOMATION)
    entry_id = await home_assistant.set_up(
        "unifi_access", simulator.config, import_days=30
    )
    await home_assistant.wait_for("binary_sensor.udm_pro_connection", "on")
    async with (
        home_assistant.subscribe(event_type="greeted") as greeted,
        home_assistant.subscribe(event_type="access_events_caught_up") as caught_up,
    ):
        greetings = await first_live_tap(simulator, greeted)
        await take_all(caught_up)

        await simulator.command("pause")
        await home_assistant.wait_for("binary_sensor.udm_pro_connection", "off")
        for number in range(12):
            await simulator.command("tap", door=number % 3, person=number % 5)
        await simulator.command("tap", door=0, person=None)
        await simulator.command("resume")
        async with asyncio.timeout(90):
            told = (await caught_up.get())["data"]
        assert told["entry_id"] == entry_id
        assert told["count"] >= 13

        rows = await all_recorded(home_assistant, simulator)
        assert not await take_all(greeted)
        live = {row.key for row in rows if row.live and row.kind in ACCESS}
        assert live == greetings

        await simulator.command("tap", door=1, person=1)
        async with asyncio.timeout(10):
            await greeted.get()
    log = home_assistant.read_log()
    assert log.count("is not reachable") == 1
    assert log.count("is back") == 1

    page = await open_page(home_assistant)
    await visit(page, "/logbook", "events caught up from")
    await screenshot(page, "logbook-caught-up")


async def keep_killing(home_assistant: HomeAssistant, chance: random.Random) -> None:
    """Kill Home Assistant at random moments after it is up, and start it again."""
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.2, 4))
        await home_assistant.kill()
        await home_assistant.restart()


@pytest.mark.timeout(900)
async def test_killed_twenty_times_in_a_stream_of_thousands(
    start_home_assistant: StartHomeAssistant, start_simulator: StartSimulator
) -> None:
    """A power cut at any moment loses no event and records none twice."""
    simulator = await start_simulator("unifi_access", "--no-day")
    home_assistant = await start_home_assistant()
    await home_assistant.set_up("unifi_access", simulator.config, import_days=30)
    await home_assistant.wait_for("binary_sensor.udm_pro_connection", "on")
    # About as long as the kills take.
    stream = asyncio.create_task(
        simulator.command("burst", n=STREAM, rate=STREAM / 200)
    )
    await keep_killing(home_assistant, random.Random(20))
    await stream
    rows = await all_recorded(home_assistant, simulator, timeout=120)
    assert len(rows) >= STREAM
    assert any(row.live for row in rows)
    assert any(not row.live for row in rows)
    told = await home_assistant.issues(DOMAIN)
    assert not [
        (issue["issue_id"], issue["translation_placeholders"]) for issue in told
    ]


async def test_killed_while_a_door_is_open(
    start_home_assistant: StartHomeAssistant, start_simulator: StartSimulator
) -> None:
    """A door that only we lock again is locked after a power cut."""
    simulator = await start_simulator("gsdk", "--no-day")
    await simulator.command("set_modes", version="V1.8.3")
    home_assistant = await start_home_assistant()
    await home_assistant.set_up("gsdk", simulator.config, import_days=0)
    await home_assistant.wait_for("lock.main_entrance", "locked")
    entries = home_assistant.folder / ".storage" / "core.config_entries"
    async with asyncio.timeout(30):
        while not (entries.exists() and DOMAIN in entries.read_text()):
            await asyncio.sleep(0.1)
    # Not even a slow machine releases the door before it is killed.
    await simulator.command("fault", call="Door/Release", count=None, code="UNKNOWN")
    button = {"entity_id": "button.main_entrance_unlock"}
    await home_assistant.call("button.press", button)
    await home_assistant.kill()
    await simulator.command("clear_faults")
    assert (await simulator.command("state_of", door=0))["unlocked"]

    await home_assistant.restart()
    await home_assistant.wait_for("lock.main_entrance", "locked")
    state = await simulator.command("state_of", door=0)
    assert not state["unlocked"]
    assert [verb for verb, _, _ in state["commands"]] == ["unlock", "release"]
