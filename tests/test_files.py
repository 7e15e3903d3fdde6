"""Tests of the files that actions write: where they may go, and when they appear."""

import asyncio
import os
from pathlib import Path

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.access_events.files import NewFile
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .actions import FullToySystem, ask, exports_folder, install, recorded, records


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> FullToySystem:
    """Return a system that a test plays, with all that actions need."""
    return install(monkeypatch)


@pytest.fixture(autouse=True)
async def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return the folder of exports, in a config folder of this test's own."""
    return await exports_folder(hass, tmp_path)


@pytest.mark.parametrize(
    ("filename", "words"),
    [
        ("", "length"),
        ("x" * 256, "length"),
        ("../x.csv", "names a folder"),
        ("a/b.csv", "names a folder"),
        ("..", "can't be the name"),
        (".", "can't be the name"),
        (".hidden.csv", "can't be the name"),
        ("a\x00b.csv", "can't be the name"),
        ("a\nb.csv", "can't be the name"),
        ("a\\b.csv", "can't be the name"),
        ("c:x.csv", "can't be the name"),
        ("con.csv", "can't be the name"),
        ("NUL", "can't be the name"),
        ("what?.csv", "can't be the name"),
        ("x.csv ", "can't be the name"),
        ("x\u202ecsv.exe", "can't be the name"),
        ("ö" * 120 + ".csv", "can't be the name"),
        ("/", "can't be the name"),
        ("x.yaml", "must end in one of these: .csv"),
        ("/etc/x.csv", "may not write /etc/x.csv"),
        ("/nowhere/x.csv", "may not write"),
        ("/proc/self/x.csv", "may not write"),
        ("/etc/\x00/x.csv", "names a folder"),
    ],
)
async def test_names_are_refused(
    hass: HomeAssistant,
    toy_entry: MockConfigEntry,
    folder: Path,
    filename: str,
    words: str,
) -> None:
    """What is no plain name, or not in an allowed folder, is refused in words."""
    with pytest.raises((ServiceValidationError, vol.Invalid), match=words):
        await ask(hass, "export_logs", filename=filename)
    assert not folder.exists() or not list(folder.iterdir())


async def test_half_a_character_is_refused(
    hass: HomeAssistant, toy_entry: MockConfigEntry
) -> None:
    """A name that no file system takes is refused as such."""
    with pytest.raises(ServiceValidationError, match="can't be the name"):
        await hass.async_add_executor_job(NewFile, hass, "\ud800.csv", ".csv")


async def test_allowed_folder(
    hass: HomeAssistant, toy_entry: MockConfigEntry, tmp_path: Path, folder: Path
) -> None:
    """A folder is used where the user allows it, and no other by way of it."""
    allowed, other = tmp_path / "allowed", tmp_path / "other"
    for path in (allowed, allowed / "sub", other):
        path.mkdir()
    (allowed / "link").symlink_to(other)
    (allowed / "out.csv").symlink_to(other / "out.csv")
    (other / "there.csv").write_text("kept")
    (allowed / "there.csv").symlink_to(other / "there.csv")
    (allowed / "in.csv").symlink_to(allowed / "sub" / "in.csv")
    (allowed / "folder.csv").mkdir()
    hass.config.allowlist_external_dirs = {str(allowed)}

    async def export(path: Path | str) -> str:
        return str((await ask(hass, "export_logs", filename=str(path)))["path"])

    assert await export(allowed / "x.csv") == str(allowed / "x.csv")
    assert (allowed / "x.csv").stat().st_mode & 0o777 == 0o600
    assert await export(f"{allowed}/sub/../y.csv") == str(allowed / "y.csv")
    folder.mkdir(parents=True)
    assert await export(folder / "z.csv") == str(folder / "z.csv")
    for target, words in (
        (allowed / "link" / "x.csv", "may not write"),
        (f"{allowed}/../other/x.csv", "may not write"),
        (allowed / "there.csv", "may not write"),
        (allowed / "out.csv", "already a folder or a link"),
        (allowed / "in.csv", "already a folder or a link"),
        (allowed / "folder.csv", "already a folder or a link"),
        (allowed / "missing" / "x.csv", "may not write"),
        (f"{allowed}s/x.csv", "may not write"),
    ):
        with pytest.raises(ServiceValidationError, match=words):
            await export(target)
    assert [path.name for path in other.iterdir()] == ["there.csv"]
    assert (other / "there.csv").read_text() == "kept"


async def test_our_folder_is_no_link(
    hass: HomeAssistant, toy_entry: MockConfigEntry, tmp_path: Path, folder: Path
) -> None:
    """A link in place of our folder leads nowhere."""
    other = tmp_path / "other"
    other.mkdir()
    folder.parent.mkdir()
    folder.symlink_to(other)
    for filename in ("x.csv", str(folder / "x.csv"), str(other / "x.csv")):
        with pytest.raises(ServiceValidationError, match=r"is a link|may not write"):
            await ask(hass, "export_logs", filename=filename)
    assert not list(other.iterdir())


async def test_a_file_is_replaced_as_a_whole_or_not_at_all(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While an export goes on, and when it fails, the old file is there."""
    toy.happen()
    await recorded(toy_entry, 1)
    await ask(hass, "export_logs", filename="x.csv")
    before = (folder / "x.csv").read_bytes()
    seen: list[bytes] = []

    def full(descriptor: int) -> None:
        seen.append((folder / "x.csv").read_bytes())
        assert len(list(folder.iterdir())) == 2
        raise OSError(28, os.strerror(28))

    toy.happen()
    await recorded(toy_entry, 2)
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(
            HomeAssistantError, match=r"x\.csv could not be written: No space"
        ):
            await ask(hass, "export_logs", filename="x.csv")
    assert seen == [before]
    assert (folder / "x.csv").read_bytes() == before
    assert [file.name for file in folder.iterdir()] == ["x.csv"]
    assert (await ask(hass, "export_logs", filename="x.csv"))["rows"] == 2
    assert len(records(folder / "x.csv")) == 2


async def test_our_folder_is_something_else(
    hass: HomeAssistant, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """Where our folder can't be made, that is told, and nobody's file is replaced."""
    folder.parent.mkdir()
    folder.write_text("somebody's file")
    with pytest.raises(HomeAssistantError, match="could not be written"):
        await ask(hass, "export_logs", filename="log.csv")
    assert folder.read_text() == "somebody's file"


async def test_an_export_can_be_cancelled(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, folder: Path
) -> None:
    """A script that is stopped leaves nothing behind."""
    held = asyncio.Event()

    async def never() -> None:
        held.set()
        await asyncio.Event().wait()

    toy_entry.runtime_data.catch_up = never
    task = hass.async_create_task(ask(hass, "export_logs", filename="x.csv"))
    await held.wait()
    assert len(list(folder.iterdir())) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not list(folder.iterdir())
