"""Options of the schedules of faults, and their summary."""

from collections import Counter

import pytest

from .player import summary

TOTALS: Counter[str] = Counter()
"""How many schedules ran, and what went wrong in all of them."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the schedules be chosen."""
    group = parser.getgroup("faults")
    group.addoption(
        "--schedules", type=int, default=100, help="schedules of faults per vendor"
    )
    group.addoption(
        "--fault-seed",
        type=int,
        default=1,
        help="the first seed; each one stands for ten schedules",
    )
    group.addoption(
        "--replay", default="", help="the steps of one schedule, with `; ` between them"
    )
    group.addoption(
        "--shrink",
        action="store_true",
        default=False,
        help="find the shortest schedule that fails",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what came of the schedules."""
    if TOTALS:
        terminalreporter.write_line(summary(TOTALS))
