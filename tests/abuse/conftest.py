"""Options of the tests of abuse, and their summary."""

from collections import Counter

import pytest

TOTALS: Counter[str] = Counter()
"""How many payloads of each vendor were read, and how many of them were refused."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the number of payloads, and what they depend on, be chosen."""
    group = parser.getgroup("abuse")
    group.addoption(
        "--payloads", type=int, default=2000, help="bent payloads per vendor"
    )
    group.addoption(
        "--payload-seed", type=int, default=1, help="what bent payloads depend on"
    )
    group.addoption("--reloads", type=int, default=4, help="reloads per vendor")
    group.addoption(
        "--crowd", type=int, default=100, help="people who come at once per vendor"
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what came of the payloads."""
    if TOTALS:
        terminalreporter.write_line(
            ", ".join(f"{name}: {count}" for name, count in TOTALS.items())
        )
