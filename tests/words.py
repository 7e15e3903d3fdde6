"""What a user reads of a system's error, in English."""

from collections.abc import Callable, Sequence
import json
from pathlib import Path
import re
from typing import Any

from custom_components.access_events import panel
from custom_components.access_events.systems.base import AccessSystemError

WORDS = Path(panel.__file__).parent / "translations" / "en.json"
EN: dict[str, Any] = json.loads(WORDS.read_text())


def reason(err: AccessSystemError) -> str:
    """Return what is read of an error behind a colon."""
    return english(err.placeholders["reason"] if err.key == "rejected" else err)


def english(detail: str | AccessSystemError | Sequence[AccessSystemError]) -> str:
    """Return an error, or what fills one in, in words."""
    if isinstance(detail, str):
        return detail
    if not isinstance(detail, AccessSystemError):
        return "; ".join(map(reason, detail))
    filled = {
        name: reason(value) if isinstance(value, AccessSystemError) else english(value)
        for name, value in detail.placeholders.items()
    }
    text: str = EN["exceptions"][detail.key]["message"]
    return text.format(**{"address": "The system"} | filled)


def says(pattern: str) -> Callable[[AccessSystemError], bool]:
    """Return what checks an error's words, for `pytest.raises`."""
    return lambda err: re.search(pattern, english(err)) is not None
