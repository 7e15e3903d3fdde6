"""Tests of long times with a PDK system: hours of stream, and gaps of minutes and days."""

import asyncio
from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.access_events.const import CAUGHT_UP_EVENT_TYPE, EVENT_TYPE
from homeassistant.core import HomeAssistant

from .actions import ask, recorded
from .simulators.pdk import PdkSimulator
from .wait import wait_for

DAY = 86_400


async def rows(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return all rows of the log, oldest first."""
    found: list[dict[str, Any]] = []
    while True:
        page = await ask(hass, "get_logs", order="asc", limit=1000, offset=len(found))
        found += page["events"]
        if len(found) >= page["total"]:
            return found


def told(found: list[dict[str, Any]]) -> Counter[tuple[str, int, str | None]]:
    """Return what rows tell: the topic, the time and the person."""
    return Counter(
        (
            row["vendor_code"],
            round(datetime.fromisoformat(row["occurred_at"]).timestamp() * 1000),
            row["person_id"],
        )
        for row in found
    )


async def truth(pdk: PdkSimulator) -> Counter[tuple[str, int, str | None]]:
    """Return what truly happened."""
    return Counter(
        (happening.topic, happening.at_ms, happening.holder_id)
        for happening in await pdk.history()
    )


async def test_an_hour_with_tokens_that_soon_end(
    hass: HomeAssistant, pdk: PdkSimulator, pdk_entry: MockConfigEntry
) -> None:
    """As many come as in a busy hour, while each token ends after a second: all are live.

    Some tokens tell when they end and are renewed before; others don't, and some end
    early: in place of each event that follows comes `invalidToken`, in all its forms.
    """
    heard = async_capture_events(hass, EVENT_TYPE)
    for shape, argument in (("jwt", "none"), ("opaque", "null"), ("jwt", "object")):
        await pdk.set_modes(
            token_shape=shape, invalid_token_argument=argument, system_token_seconds=1
        )
        before = await pdk.stream_counts()
        burst = asyncio.create_task(pdk.burst(150, 60))
        while not burst.done():
            await pdk.expire_tokens("system")
            await asyncio.wait((burst,), timeout=1)
        after = await pdk.stream_counts()
        assert after["invalid_tokens"] > before["invalid_tokens"]
        assert after["renewals"] > before["renewals"]
    await recorded_all(pdk_entry, pdk)
    counts = await pdk.stream_counts()
    assert counts["connects"] == 1
    assert counts["renewals"] >= 6
    assert len(heard) == 450
    found = await rows(hass)
    assert told(found) == await truth(pdk)
    assert all(row["live"] for row in found)


async def recorded_all(entry: MockConfigEntry, pdk: PdkSimulator) -> None:
    """Wait until the log has as many rows as things happened."""
    count = len(await pdk.history())
    await wait_for(lambda: entry.runtime_data.recorded >= count, 30)
    await recorded(entry, count)


@pytest.mark.parametrize(
    ("seconds", "happenings", "previews", "reports"),
    [(600, 40, 1, 0), (3 * DAY, 500, 1, 2)],
    ids=["ten minutes", "three days"],
)
async def test_gap(
    hass: HomeAssistant,
    pdk: PdkSimulator,
    pdk_entry: MockConfigEntry,
    seconds: int,
    happenings: int,
    previews: int,
    reports: int,
) -> None:
    """What happened meanwhile is told once and as late, and costs what it has to.

    The reports of the days hold what the stream told before the gap as well. One of
    three days is too long for the cloud, which leaves rows out; smaller ones are not.
    """
    await pdk.set_modes(report_rows=300)
    heard = async_capture_events(hass, EVENT_TYPE)
    for number in range(5):
        await pdk.tap(number % 3, number % 2, unlocks=False)
    await recorded_all(pdk_entry, pdk)
    live = len(heard)

    assert await hass.config_entries.async_unload(pdk_entry.entry_id)
    before = pdk_entry_quotas(await pdk.quotas())
    for number in range(1, happenings + 1):
        await pdk.turn_clock(seconds * number / happenings)
        await pdk.tap(number % 5, number % 4, unlocks=False)
    assert await hass.config_entries.async_setup(pdk_entry.entry_id)
    await recorded_all(pdk_entry, pdk)
    await wait_for(lambda: pdk_entry.runtime_data.caught_up, 30)

    found = await rows(hass)
    assert told(found) == await truth(pdk)
    assert sum(row["live"] for row in found) == live == len(heard)
    assert not pdk_entry.runtime_data.troubles.gaps

    used = pdk_entry_quotas(await pdk.quotas())
    if seconds < DAY:
        assert used["preview"] - before["preview"] == previews
        assert used["generate"] - before["generate"] == reports
    else:
        assert used["generate"] >= reports
    shown = pdk_entry.runtime_data.system.diagnostics()
    assert shown["reports_preview"] == f"{used['preview']} of 500"
    assert shown["reports_generate"] == f"{used['generate']} of 150"
    assert (shown["reports_truncated"] > 0) is (seconds > DAY)

    # Again, with nothing that happened in between: nothing comes twice.
    assert await hass.config_entries.async_reload(pdk_entry.entry_id)
    await wait_for(lambda: pdk_entry.runtime_data.caught_up, 30)
    assert told(await rows(hass)) == await truth(pdk)
    again = pdk_entry_quotas(await pdk.quotas())
    shown = pdk_entry.runtime_data.system.diagnostics()
    assert shown["reports_preview"] == f"{again['preview']} of 500"
    assert again["preview"] == used["preview"] + 1


def pdk_entry_quotas(quotas: dict[str, Any]) -> dict[str, int]:
    """Return how many previews and reports the cloud counted today."""
    return {kind: told["used"] for kind, told in quotas.items()}


async def test_a_long_past_is_summed_up(
    hass: HomeAssistant, pdk: PdkSimulator, pdk_entry: MockConfigEntry
) -> None:
    """What a whole report tells after a restart is said to be caught up, in one line."""
    told = async_capture_events(hass, CAUGHT_UP_EVENT_TYPE)
    assert await hass.config_entries.async_unload(pdk_entry.entry_id)
    for number in range(60):
        await pdk.tap(number % 5, number % 4, unlocks=False)
    assert await hass.config_entries.async_setup(pdk_entry.entry_id)
    await recorded_all(pdk_entry, pdk)
    await wait_for(lambda: sum(event.data["count"] for event in told) == 60)
