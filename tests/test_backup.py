"""Tests of backups: what is copied while events come, and what restoring one brings."""

import asyncio
from datetime import timedelta
import logging
from pathlib import Path
import shutil
import sqlite3

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.access_events import backup, store
from custom_components.access_events.journal import LogFilter
from custom_components.access_events.journal_schema import CHECKPOINT_PAGES
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .databases import Database, servers_only
from .simulators.unifi_access import UnifiAccessSimulator
from .test_store import configure, new_entry
from .toy import ToySystem
from .wait import wait_for

EVERYTHING = LogFilter(limit=1000, descending=True)


def journal_file(hass: HomeAssistant) -> Path:
    """Return the journal's file."""
    return Path(hass.config.path("access_events.db"))


def copied(hass: HomeAssistant, folder: Path) -> list[str]:
    """Copy what Home Assistant's backup takes, slowly, and return the keys in it."""
    folder.mkdir()
    for end in ("", "-wal"):
        source = journal_file(hass).with_name(f"access_events.db{end}")
        if source.exists():
            shutil.copy(source, folder / source.name)
    with sqlite3.connect(folder / "access_events.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [
            key
            for (key,) in connection.execute(
                "SELECT event_key FROM access_events ORDER BY seq"
            )
        ]


async def test_events_are_recorded_while_a_backup_is_made(
    hass: HomeAssistant, toy: ToySystem, toy_entry: MockConfigEntry, tmp_path: Path
) -> None:
    """The file stays as it is, what comes is told at once, and any copy is whole."""
    coordinator = toy_entry.runtime_data
    for _ in range(50):
        toy.happen()
    await wait_for(lambda: coordinator.recorded == 50)
    await backup.async_pre_backup(hass)
    file = journal_file(hass)
    before = file.read_bytes()
    for number in range(60, 200, 20):
        while len(toy.log) < number:
            toy.happen(message="x" * 5000)
        await wait_for(lambda: coordinator.recorded == len(toy.log))
        keys = await asyncio.to_thread(copied, hass, tmp_path / str(number))
        assert keys == [event.key for event in toy.log]
        assert file.read_bytes() == before
    await backup.async_post_backup(hass)
    toy.happen()
    await wait_for(lambda: coordinator.recorded == len(toy.log))
    assert await checkpoint_pages(hass) == CHECKPOINT_PAGES


async def checkpoint_pages(hass: HomeAssistant) -> int:
    """Return after how many pages the log beside the file is taken into it; 0 never."""
    writer = hass.data[store.JOURNAL]._writer  # noqa: SLF001
    assert writer is not None

    def ask() -> int:
        with writer.engine.connect() as connection:
            return int(
                connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar_one()
            )

    return await writer.run(ask)


async def test_a_backup_that_never_ends(
    hass: HomeAssistant,
    toy: ToySystem,
    toy_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log beside the file doesn't grow for good."""
    await backup.async_pre_backup(hass)
    assert await checkpoint_pages(hass) == 0
    caplog.set_level(logging.WARNING)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=3))
    await wait_for(lambda: "takes too long" in caplog.text)
    async with asyncio.timeout(10):
        while await checkpoint_pages(hass) != CHECKPOINT_PAGES:
            await asyncio.sleep(0.01)
    await backup.async_post_backup(hass)


async def test_a_backup_of_a_journal_that_fails(
    hass: HomeAssistant, toy_entry: MockConfigEntry
) -> None:
    """Where the log can't be kept still no backup is made; what is begun ends anyhow."""
    await backup.async_pre_backup(hass)
    # The one before was broken off, and nobody said so.
    await backup.async_pre_backup(hass)
    await hass.data[store.JOURNAL].close()
    await backup.async_post_backup(hass)
    with pytest.raises(HomeAssistantError) as raised:
        await backup.async_pre_backup(hass)
    assert raised.value.translation_key == "journal_unavailable"


async def test_without_a_journal(hass: HomeAssistant) -> None:
    """Where there is none, there is nothing to do."""
    await backup.async_pre_backup(hass)
    await backup.async_post_backup(hass)


@servers_only
async def test_on_a_server(
    hass: HomeAssistant, toy: ToySystem, database: Database
) -> None:
    """A server's own backup is its own matter, and nothing stops meanwhile."""
    await configure(hass, database.url)
    entry = new_entry(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await wait_for(lambda: toy.listening)
    await backup.async_pre_backup(hass)
    toy.happen()
    await wait_for(lambda: entry.runtime_data.recorded == 1)
    await backup.async_post_backup(hass)


async def test_a_restored_backup_of_yesterday_ends_complete(
    hass: HomeAssistant,
    unifi: UnifiAccessSimulator,
    entry: MockConfigEntry,
    tmp_path: Path,
) -> None:
    """What happened after the backup is read from the system again, each thing once."""
    coordinator = entry.runtime_data
    await wait_for(lambda: coordinator.caught_up)
    for person in ("Jane Doe", "John Roe", None):
        await unifi.tap("Front Door", person)
    await wait_for(lambda: coordinator.recorded == 3)
    await backup.async_pre_backup(hass)
    yesterday = tmp_path / "yesterday"
    assert len(await asyncio.to_thread(copied, hass, yesterday)) == 3
    await backup.async_post_backup(hass)
    for number in range(20):
        await unifi.tap("Front Door", ("Jane Doe", "John Roe")[number % 2])
    await coordinator.catch_up()
    await wait_for(lambda: coordinator.recorded == 23)
    journal = coordinator.journal
    rows, _ = await journal.query(EVERYTHING)
    before = sorted((row.event.key, row.event.occurred_at) for row in rows)

    await hass.config_entries.async_unload(entry.entry_id)
    await journal.close()
    del hass.data[store.JOURNAL]
    for file in journal_file(hass).parent.glob("access_events.db*"):
        file.unlink()
    for file in yesterday.iterdir():
        shutil.copy(file, hass.config.path(file.name))
    assert await hass.config_entries.async_setup(entry.entry_id)
    coordinator = entry.runtime_data
    await wait_for(lambda: coordinator.caught_up)
    await wait_for(lambda: coordinator.recorded == 23)
    rows, total = await coordinator.journal.query(EVERYTHING)
    assert total == 23
    assert sorted((row.event.key, row.event.occurred_at) for row in rows) == before
    assert not any(row.live for row in rows[:20])
