"""Tests of the file that names the doors that have to be locked again."""

from pathlib import Path

import pytest

from custom_components.access_events.openings import StoredOpenings
from custom_components.access_events.systems.base import RequestRejected
from homeassistant.core import HomeAssistant


@pytest.fixture
def path(hass: HomeAssistant) -> Path:
    """Return where the file is."""
    path = Path(hass.config.path(".storage", "access_events.openings.one"))
    path.parent.mkdir(exist_ok=True)
    return path


async def test_kept(hass: HomeAssistant, path: Path) -> None:
    """What one process keeps, the next one finds, until it is forgotten."""
    await StoredOpenings(hass, "one").save(frozenset({"2", "1"}))
    assert path.stat().st_mode & 0o077 == 0
    later = StoredOpenings(hass, "one")
    await later.load()
    assert later.doors == {"1", "2"}
    await later.forget()
    await later.forget()
    assert not path.exists()


async def test_damaged(
    hass: HomeAssistant, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that can't be read stops nothing, and the log says what that may mean."""
    path.write_text("[")
    openings = StoredOpenings(hass, "one")
    await openings.load()
    assert openings.doors == frozenset()
    assert "Doors may be left unlocked" in caplog.text


async def test_not_to_be_written(hass: HomeAssistant, path: Path) -> None:
    """A door that could stay open is not opened where that can't be kept."""
    path.mkdir()
    with pytest.raises(RequestRejected):
        await StoredOpenings(hass, "one").save(frozenset({"1"}))
