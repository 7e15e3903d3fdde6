"""Tests of the one journal of all systems: where it is, what it needs, when it goes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
import logging
from pathlib import Path
import sqlite3
import sys
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from sqlalchemy import delete, insert, inspect

from custom_components.access_events import store
from custom_components.access_events.const import (
    CONF_IMPORT_DAYS,
    CONF_VENDOR,
    DOMAIN,
    EVENT_TYPE,
)
from custom_components.access_events.journal import Journal, JournalError
from custom_components.access_events.journal_schema import (
    connect,
    entries,
    metadata,
    parse,
    remove_tables,
)
from custom_components.access_events.journal_write import Writer
from custom_components.access_events.openings import StoredOpenings
from custom_components.access_events.panel import PANEL, Sidebar
from custom_components.access_events.repairs import async_raise_journal_damaged
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from .databases import PASSWORD, Database, servers_only, sqlite_only
from .test_repairs import issues, only, read
from .toy import TOY, ToySystem
from .wait import wait_for

type SetUpToy = Callable[[], Awaitable[MockConfigEntry]]


async def configure(hass: HomeAssistant, db_url: str) -> None:
    """Let the configuration file name a database."""
    assert await async_setup_component(hass, DOMAIN, {DOMAIN: {"db_url": db_url}})


def new_entry(hass: HomeAssistant, title: str = "Toy") -> MockConfigEntry:
    """Return one more played system, not set up."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title=title,
        unique_id=title,
        data={CONF_VENDOR: TOY.key, CONF_IMPORT_DAYS: 7},
    )
    entry.add_to_hass(hass)
    return entry


def keys(database: Database) -> list[str]:
    """Return the keys of all rows in their order, as another program reads them."""
    return [
        key
        for (key,) in database.rows("SELECT event_key FROM access_events ORDER BY seq")
    ]


@servers_only
async def test_server_lost_in_mid_stream(
    hass: HomeAssistant,
    toy: ToySystem,
    set_up_toy: SetUpToy,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The server goes and comes back: nothing is lost, nothing is there twice.

    What happened meanwhile is recorded as replayed, and automations hear none of it.
    """
    await configure(hass, database.url)
    events = async_capture_events(hass, EVENT_TYPE)
    entry = await set_up_toy()
    for _ in range(5):
        toy.happen()
    await wait_for(lambda: len(events) == 5)
    await asyncio.to_thread(database.server.stop)
    for _ in range(20):
        toy.happen()
        await asyncio.sleep(0)
    await wait_for(lambda: "nothing is recorded" in caplog.text, timeout=30)
    toy.happen(pushed=False)
    await asyncio.to_thread(database.server.start)
    await wait_for(lambda: entry.runtime_data.recorded == 26, timeout=60)
    await wait_for(lambda: toy.listening)
    toy.happen()
    await wait_for(lambda: entry.runtime_data.recorded == 27, timeout=30)
    assert sorted(keys(database)) == sorted(event.key for event in toy.log)
    told = [event.data["key"] for event in events]
    assert told[:5] == ["k0", "k1", "k2", "k3", "k4"]
    assert told[-1] == "k26"
    assert len(told) == len(set(told))
    live = database.rows("SELECT event_key FROM access_events WHERE live = 1")
    assert set(told) == {key for (key,) in live}
    assert PASSWORD not in caplog.text


@servers_only
async def test_server_killed_at_any_moment(
    hass: HomeAssistant, toy: ToySystem, set_up_toy: SetUpToy, database: Database
) -> None:
    """Connections that break in the middle of anything cost nothing."""
    await configure(hass, database.url)
    entry = await set_up_toy()
    for number in range(30):
        toy.happen()
        if number % 10 == 5:
            await asyncio.to_thread(database.disconnect)
        await asyncio.sleep(0.01)
    toy.drop()
    await wait_for(lambda: entry.runtime_data.recorded == 30, timeout=60)
    assert sorted(keys(database)) == sorted(event.key for event in toy.log)


@servers_only
async def test_removed_from_a_server(
    hass: HomeAssistant, toy: ToySystem, set_up_toy: SetUpToy, database: Database
) -> None:
    """An entry takes its rows along, and the last one our tables, and nothing else."""
    database.execute("CREATE TABLE somebody_elses (id INTEGER)")
    await configure(hass, database.url)
    first, second = await set_up_toy(), new_entry(hass, "Second")
    assert await hass.config_entries.async_setup(second.entry_id)
    toy.happen()
    await wait_for(lambda: len(keys(database)) == 2)
    await hass.config_entries.async_remove(first.entry_id)
    assert len(keys(database)) == 1
    await hass.config_entries.async_remove(second.entry_id)
    assert database.tables() == {"somebody_elses"}
    third = new_entry(hass, "Third")
    assert await hass.config_entries.async_setup(third.entry_id)
    await wait_for(lambda: keys(database) == ["k0"])


async def test_nothing_is_left_of_the_last_entry(
    hass: HomeAssistant,
    toy: ToySystem,
    toy_entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """No file, choice or repair is left of systems that are removed; a new one begins anew."""
    toy.happen()
    await wait_for(lambda: toy_entry.runtime_data.recorded == 1)
    folder = Path(hass.config.config_dir)
    assert list(folder.glob("access_events.db*"))
    damaged = folder / "access_events.db.damaged-20260301T120000.000000Z"
    damaged.write_bytes(b"what was there before")
    async_raise_journal_damaged(hass, str(damaged))
    await StoredOpenings(hass, toy_entry.entry_id).save(frozenset({"front"}))
    await hass.data[PANEL].async_choose(Sidebar.EVERYBODY)
    assert f"{DOMAIN}.panel" in hass_storage
    MockConfigEntry(
        domain=DOMAIN, source=SOURCE_IGNORE, unique_id="another console"
    ).add_to_hass(hass)
    await hass.config_entries.async_remove(toy_entry.entry_id)
    left = (*folder.glob(f"*{DOMAIN}*"), *folder.glob(f".storage/*{DOMAIN}*"))
    assert left == ()
    assert [key for key in hass_storage if DOMAIN in key] == []
    assert issues(hass) == []
    assert hass.data[PANEL].sidebar is Sidebar.ADMINS
    entry = new_entry(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await wait_for(lambda: entry.runtime_data.recorded == 1)


@pytest.mark.parametrize(
    ("db_url", "code", "words"),
    [
        ("no address", "address", "postgresql://user:password@host/database"),
        (f"postgres://u:{PASSWORD}@127.0.0.1/x", "address", "not the address"),
        (f"mssql://u:{PASSWORD}@127.0.0.1/x", "address", "not the address"),
        (
            f"postgresql+nothing://u:{PASSWORD}@127.0.0.1/x",
            "address",
            "not the address",
        ),
        (
            f"postgresql+psycopg_async://u:{PASSWORD}@127.0.0.1/x",
            "address",
            "not the address",
        ),
        (f"mysql+aiomysql://u:{PASSWORD}@127.0.0.1/x", "driver", "aiomysql"),
        (f"mysql://u:{PASSWORD}@127.0.0.1/x", "driver", "MySQLdb"),
        (f"postgresql://u:{PASSWORD}@127.0.0.1/x", "driver", "psycopg2"),
    ],
)
async def test_what_the_user_has_to_mend(
    hass: HomeAssistant,
    toy: ToySystem,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    db_url: str,
    code: str,
    words: str,
) -> None:
    """A wrong address or a missing driver is named, as error and as repair."""
    for driver in ("MySQLdb", "psycopg2", "aiomysql"):
        monkeypatch.setitem(sys.modules, driver, None)
    await configure(hass, db_url)
    entry = new_entry(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == f"journal_{code}"
    assert words in read(only(hass))
    assert PASSWORD not in caplog.text


@pytest.mark.parametrize("kind", ["postgresql+psycopg", "mysql+pymysql"])
async def test_a_server_that_is_away(
    hass: HomeAssistant, toy: ToySystem, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """A server that can't be reached is waited for; there is nothing to mend."""
    await configure(hass, f"{kind}://u:{PASSWORD}@127.0.0.1:1/x")
    entry = new_entry(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "journal_unavailable"
    assert issues(hass) == []
    assert PASSWORD not in caplog.text


async def test_removed_while_the_log_is_away(
    hass: HomeAssistant, toy_entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """What can't be removed now is said, and the system goes all the same."""
    await hass.data[store.JOURNAL].close()
    assert await hass.config_entries.async_remove(toy_entry.entry_id)
    assert hass.config_entries.async_entries(DOMAIN) == []
    assert "Toy: its events are not removed" in caplog.text


def test_tables_stay_while_they_are_used(tmp_path: Path) -> None:
    """Tables go with the last system of the last Home Assistant, not before."""
    engine = connect(parse(f"sqlite:///{tmp_path / 'log.db'}"), writer=True)
    try:
        metadata.create_all(engine)
        with engine.begin() as connection:
            row = {"id": 1, "last_seq": 0, "last_live": 0, "delivered": 0}
            connection.execute(insert(entries).values(row))
        assert remove_tables(engine) is False
        with engine.begin() as connection:
            connection.execute(delete(entries))
        assert remove_tables(engine) is True
        assert inspect(engine).get_table_names() == []
    finally:
        engine.dispose()


@servers_only
async def test_a_refused_password(
    hass: HomeAssistant,
    toy: ToySystem,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The server's refusal is told without the password, and goes once it is mended."""
    caplog.set_level(logging.DEBUG)
    await configure(hass, database.url.replace(PASSWORD, "planted-wrong-one"))
    entry = new_entry(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.error_reason_translation_key == "journal_refused"
    assert "refuses the user, the password or the database" in read(only(hass))
    hass.data[store.YAML_CONFIG].db_url = database.url
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert issues(hass) == []
    assert "planted-wrong-one" not in caplog.text
    assert PASSWORD not in caplog.text


async def test_a_journal_of_something_else(hass: HomeAssistant, toy: ToySystem) -> None:
    """A file that is not ours is named in words of its own."""
    with sqlite3.connect(hass.config.path("access_events.db")) as connection:
        connection.execute("CREATE TABLE states (state TEXT)")
    entry = new_entry(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.error_reason_translation_key == "journal_foreign"
    assert "database of something else" in read(only(hass))


async def test_all_systems_fill_a_journal_that_was_begun_anew(
    hass: HomeAssistant, toy: ToySystem, set_up_toy: SetUpToy
) -> None:
    """Damage that one system meets is healed for all of them, each from its import."""
    first, second = await set_up_toy(), new_entry(hass, "Second")
    assert await hass.config_entries.async_setup(second.entry_id)
    entries = (first, second)
    for _ in range(7):
        toy.happen(pushed=False)
    for entry in entries:
        await entry.runtime_data.catch_up()
    file = Path(hass.config.path("access_events.db"))
    journal = first.runtime_data.journal
    await journal.close()
    content = file.read_bytes()
    file.write_bytes(content[:100] + b"\xa5" * (len(content) - 100))
    for entry in entries:
        with pytest.raises(JournalError):
            await entry.runtime_data.journal.record(entry.entry_id, (), "x", live=True)
    toy.drop()

    def healed() -> bool:
        with closing(sqlite3.connect(file)) as connection, suppress(sqlite3.Error):
            found = connection.execute(
                "SELECT count(*) FROM access_events GROUP BY entry"
            ).fetchall()
            return found == [(7,), (7,)]
        return False

    await wait_for(healed, timeout=30)
    assert "put aside" in read(only(hass))
    assert list(file.parent.glob("access_events.db.damaged-*"))


# Moving


@pytest.mark.parametrize("cut", [None, 1])
async def test_the_log_moves_along(
    hass: HomeAssistant,
    toy: ToySystem,
    set_up_toy: SetUpToy,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    cut: int | None,
) -> None:
    """With another db_url the old log comes along, also if the first try fails."""
    entry = await set_up_toy()
    for _ in range(9):
        toy.happen()
    await wait_for(lambda: entry.runtime_data.recorded == 9)
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.data[store.JOURNAL].close()
    del hass.data[store.JOURNAL]
    toy.happen()
    file = Path(hass.config.path("access_events.db"))
    # The system itself remembers nothing of it.
    told, toy.log = toy.log, [*toy.log[9:]]
    monkeypatch.setattr(
        ToySystem, "history", lambda self, cursor: past(self, cursor, 9)
    )
    hass.data[store.YAML_CONFIG].db_url = database.url
    if cut is not None:
        with monkeypatch.context() as patch:
            patch.setattr(Journal, "note_gap", None)
            patch.setattr(Writer, "adopt", fail)
            assert not await hass.config_entries.async_setup(entry.entry_id)
            await wait_for(lambda: hass.data[store._MOVE].done())  # noqa: SLF001
        assert file.exists()
        await hass.config_entries.async_reload(entry.entry_id)
    else:
        assert not await hass.config_entries.async_setup(entry.entry_id)
        assert entry.error_reason_translation_key == "journal_moving"
    await wait_for(lambda: entry.state is ConfigEntryState.LOADED, timeout=30)
    await wait_for(lambda: entry.runtime_data.recorded == 10, timeout=30)
    assert sorted(keys(database)) == sorted(event.key for event in told)
    assert not file.exists()
    (moved,) = file.parent.glob("access_events.db.moved-*")
    issue = only(hass)
    assert str(moved) in read(issue)
    assert "9 events" in read(issue)
    assert await async_setup_component(hass, "repairs", {})
    manager = repairs_flow_manager(hass)
    assert manager is not None
    form = await manager.async_init(DOMAIN, context={"issue_id": issue.issue_id})
    await manager.async_configure(form["flow_id"], {})
    assert not moved.exists()
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue.issue_id) is None


async def past(toy: ToySystem, cursor: str, forgotten: int) -> Any:
    """Tell what a system's history holds that forgot its beginning."""
    position = max(int(cursor) - forgotten, 0)
    from custom_components.access_events.systems.base import Batch  # noqa: PLC0415

    yield Batch(events=toy.log[position:], cursor=str(len(toy.log) + forgotten))


def fail(*_: Any) -> int:
    """Fail as a server that goes away."""
    raise JournalError("unavailable")


@sqlite_only
async def test_another_file(
    hass: HomeAssistant, toy: ToySystem, set_up_toy: SetUpToy, database: Database
) -> None:
    """The same file under another name is the same, and moves nowhere."""
    file = Path(hass.config.path("access_events.db"))
    await configure(hass, f"sqlite:///{file.parent}/../{file.parent.name}/{file.name}")
    entry = await set_up_toy()
    toy.happen()
    await wait_for(lambda: entry.runtime_data.recorded == 1)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert file.exists()
    assert issues(hass) == []
