"""Options of the schedules of faults, and their summary."""

from collections import Counter

import pytest

TOTALS: Counter[str] = Counter()
"""How many schedules ran, and what went wrong in all of them."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the number of schedules be chosen."""
    parser.addoption(
        "--schedules", type=int, default=6, help="schedules of faults per vendor"
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what came of the schedules."""
    if TOTALS:
        terminalreporter.write_line(
            ", ".join(f"{name}: {count}" for name, count in TOTALS.items())
        )
