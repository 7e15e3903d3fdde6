"""Tests of long exports: complete as far as can be, seen to go on, and cancelled."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.access_events.const import CONF_RETENTION_DAYS, EVENT_TYPE
from custom_components.access_events.files import NewFile, write_failed
from custom_components.access_events.models import Capability
from custom_components.access_events.systems.base import ConnectError, Gap
from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .actions import FullToySystem, ask, exports_folder, install, recorded, records
from .wait import wait_for


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> FullToySystem:
    """Return a system that a test plays, with all that actions need."""
    return install(monkeypatch)


@pytest.fixture(autouse=True)
async def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return the folder of exports, in a config folder of this test's own."""
    return await exports_folder(hass, tmp_path)


def notifications(hass: HomeAssistant) -> dict[str, str]:
    """Return what the user is shown from now on, kept up to date."""
    shown: dict[str, str] = {}

    @callback
    def update(
        kind: persistent_notification.UpdateType,
        notes: dict[str, persistent_notification.Notification],
    ) -> None:
        for key, note in notes.items():
            if kind is persistent_notification.UpdateType.REMOVED:
                shown.pop(key)
            else:
                shown[key] = note["message"]

    persistent_notification.async_register_callback(hass, update)
    return shown


# Up to now


async def test_export_reads_up_to_now_first(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """What the system knows and the stream lost is in the file."""
    toy.happen(pushed=False)
    answer = await ask(hass, "export_logs", filename="now.csv")
    assert (answer["rows"], answer["complete"]) == (1, True)
    toy.happen(pushed=False)
    answer = await ask(
        hass, "export_logs", filename="then.csv", end="2026-01-01T12:00:01+00:00"
    )
    assert (answer["rows"], answer["complete"]) == (1, True)
    assert "notes" not in answer


async def test_export_says_what_is_missing(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """A system that can't be asked does not stop an export."""
    event = toy.happen()
    await recorded(toy_entry, 1)
    toy.break_history_after = 0
    toy.happen(pushed=False)
    answer = await ask(hass, "export_logs", filename="part.csv")
    assert (answer["rows"], answer["complete"]) == (1, False)
    (part,) = answer["incomplete"]
    assert (part["system"], part["to"]) == ("Toy", None)
    assert datetime.fromisoformat(part["from"]) == event.occurred_at
    assert "No connection to the system" in part["why"]
    start, end = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC)
    toy.wire.put_nowait(Gap(start, end, "The log was cleared"))
    await wait_for(lambda: toy_entry.runtime_data.troubles.gaps)
    answer = await ask(hass, "export_logs", filename="part.csv", time_zone="UTC")
    assert answer["complete"] is False
    assert answer["incomplete"] == [
        {
            "system": "Toy",
            "from": start.isoformat(),
            "to": end.isoformat(),
            "why": "The log was cleared",
        }
    ]
    answer = await ask(
        hass, "export_logs", filename="part.csv", start="2025-06-01T00:00:00"
    )
    assert answer["complete"] is True
    assert await hass.config_entries.async_unload(toy_entry.entry_id)
    answer = await ask(hass, "export_logs", filename="part.csv")
    assert (answer["rows"], answer["complete"]) == (2, False)
    assert "not set up" in answer["incomplete"][0]["why"]


async def test_export_asks_for_what_was_before(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """What happened before the system was followed is read once, and never live."""
    told = async_capture_events(hass, EVENT_TYPE)
    since = toy_entry.created_at - timedelta(days=7)
    toy.archive = [
        toy.happen(
            key=f"old {days}", pushed=False, occurred_at=since + timedelta(days=days)
        )
        for days in (-100, -20, -1)
    ]
    toy.log.clear()
    wanted = {"filename": "all.csv", "start": (since - timedelta(days=30)).isoformat()}
    answer = await ask(hass, "export_logs", **wanted)
    assert (answer["rows"], answer["complete"]) == (2, True)
    assert toy.asked_for == [(since - timedelta(days=30), since)]
    assert [row["live"] for row in records(folder / "all.csv")] == ["false", "false"]
    # It is known from now on, and where reading goes on has not changed.
    answer = await ask(hass, "export_logs", **wanted)
    assert (answer["rows"], len(toy.asked_for)) == (2, 1)
    toy.happen()
    await wait_for(lambda: told)
    assert [event.data["key"] for event in told] == ["k0"]

    # A time that ends before needs no more than that.
    wanted["start"] = (since - timedelta(days=200)).isoformat()
    wanted["end"] = (since - timedelta(days=50)).isoformat()
    toy.break_reread = ConnectError()
    answer = await ask(hass, "export_logs", **wanted, time_zone="UTC")
    assert toy.asked_for[1:] == [
        (since - timedelta(days=200), since - timedelta(days=50))
    ]
    assert answer["rows"] == 1
    (part,) = answer["incomplete"]
    assert "No connection to the system" in part["why"]
    assert datetime.fromisoformat(part["to"]) == since - timedelta(days=50)


async def test_export_of_a_time_that_nobody_knows(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A system that can't be asked again has told what it tells."""
    monkeypatch.setattr(toy, "capabilities", Capability(0))
    since = toy_entry.created_at - timedelta(days=7)
    answer = await ask(
        hass, "export_logs", filename="x.csv", start="2020-01-01T00:00:00+00:00"
    )
    (part,) = answer["incomplete"]
    assert datetime.fromisoformat(part["to"]) == since
    assert "not recorded" in part["why"]
    hass.config_entries.async_update_entry(toy_entry, options={CONF_RETENTION_DAYS: 2})
    now = dt_util.utcnow()
    await toy_entry.runtime_data.intake.purge(now)
    answer = await ask(
        hass,
        "export_logs",
        filename="x.csv",
        start=(now - timedelta(days=3)).isoformat(),
    )
    (part,) = answer["incomplete"]
    assert datetime.fromisoformat(part["to"]) == now - timedelta(days=2)


# How far it has come


@pytest.mark.parametrize("ending", ["done", "fails", "cancelled"])
async def test_a_long_export_shows_how_far_it_is(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
) -> None:
    """A notification comes after a while, follows, and goes if there is no file."""
    for _ in range(1200):
        toy.happen(pushed=False)
    monkeypatch.setattr("tests.toy._PAGE", 500)
    shown = notifications(hass)

    def tick(seconds: int) -> str:
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
        return " ".join(shown.values())

    told: list[str] = []
    held, go_on = asyncio.Event(), asyncio.Event()
    catch_up, write = toy_entry.runtime_data.catch_up, NewFile.write

    async def slow_catch_up() -> None:
        told.append(tick(6))
        await catch_up()

    def slow_write(file: NewFile, data: bytes) -> None:
        write(file, data)
        if len(data) > 1000 and not go_on.is_set():
            hass.loop.call_soon_threadsafe(held.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), hass.loop).result(20)
            if ending == "fails":
                raise write_failed(file.path, OSError(28, "No space"))

    monkeypatch.setattr(toy_entry.runtime_data, "catch_up", slow_catch_up)
    monkeypatch.setattr(NewFile, "write", slow_write)
    task = hass.async_create_task(ask(hass, "export_logs", filename="x.csv"))
    await held.wait()
    told.append(tick(12))
    if ending == "cancelled":
        task.cancel()
    go_on.set()
    if ending == "done":
        assert (await task)["rows"] == 1200
    else:
        with pytest.raises(
            asyncio.CancelledError if ending == "cancelled" else HomeAssistantError
        ):
            await task
    assert told[0] == "x.csv: asking Toy for what is not recorded yet."
    assert told[1].startswith("x.csv: ")
    if ending == "done":
        assert tick(60) == "x.csv is written: 1200 rows."
        assert [file.name for file in folder.iterdir()] == ["x.csv"]
    else:
        assert tick(60) == ""
        assert not list(folder.iterdir())


async def test_a_short_export_shows_nothing(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """Nobody is told of what is done at once."""
    shown = notifications(hass)
    await ask(hass, "export_logs", filename="x.csv")
    assert not shown
