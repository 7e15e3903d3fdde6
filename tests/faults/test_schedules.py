"""Whatever goes wrong, and in whatever order: nothing is lost, twice, or told too late."""

import asyncio
from functools import partial
import logging

import pytest

from custom_components.access_events import coordinator
from homeassistant.core import HomeAssistant

from .conftest import TOTALS
from .player import Player
from .worlds import WORLDS


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next try follow soon."""
    monkeypatch.setattr(coordinator, "_FIRST_DELAY", 0.05)
    monkeypatch.setattr(coordinator, "_LONGEST_DELAY", 0.5)


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Let a request that was cut a moment ago leave the timer of its end."""
    return True


def _tell(config: pytest.Config, words: str) -> None:
    """Write a line on the terminal, if there is one."""
    capturing = config.pluginmanager.get_plugin("capturemanager")
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if capturing is not None and reporter is not None:
        with capturing.global_and_fixture_disabled():
            reporter.write_line(words)


@pytest.mark.timeout(36_000)
@pytest.mark.parametrize("vendor", sorted(WORLDS))
async def test_schedules(
    hass: HomeAssistant,
    vendor: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After any schedule of faults the journal holds each happening exactly once."""
    for name, value in WORLDS[vendor].haste.items():
        monkeypatch.setattr(f"custom_components.access_events.systems.{name}", value)
    option = request.config.getoption
    # What these two tell costs as much as all the rest.
    asyncio.get_running_loop().set_debug(False)
    caplog.set_level(logging.WARNING)
    player = Player(hass, vendor, TOTALS, partial(_tell, request.config))
    if steps := option("--replay"):
        await player.replay(tuple(step.strip() for step in steps.split(";")))
    else:
        await player.play(option("--schedules"), option("--fault-seed"))
    if player.failures and option("--shrink"):
        await player.shrink(player.failures[0].schedule)
    if player.failures:
        pytest.fail("\n".join(map(str, player.failures)), pytrace=False)
