"""Tests of the clock that a system's answers set."""

import time

import pytest

from custom_components.access_events.systems.clock import ToldClock


def test_told_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs on from what was told last, whatever our own clock shows."""
    steady = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: steady)
    monkeypatch.setattr(time, "time", lambda: 5.0)
    clock = ToldClock()
    assert (clock.now, clock.now_or_ours) == (None, 5000)
    clock.set(1_000_000)
    steady += 2.5
    clock.set(None)
    assert (clock.now, clock.now_or_ours) == (1_002_500, 1_002_500)
    clock.forget()
    assert (clock.now, clock.now_or_ours) == (None, 5000)
