"""What a user reads in a form, from what the flow says."""

import asyncio
import json
from pathlib import Path
import string
from typing import Any

from custom_components.access_events import config_flow
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

_EN = Path(config_flow.__file__).parent / "translations" / "en.json"
WORDS: dict[str, Any] = json.loads(_EN.read_text())


def filled(text: str, given: dict[str, str] | None) -> str:
    """Return a text with its placeholders, all of which must be given and not empty."""
    wanted = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    given = dict(given or {})
    assert wanted <= set(given)
    assert all(given[name] for name in wanted)
    return text.format(**given)


def words(result: ConfigFlowResult) -> str:
    """Return the form's error as the user reads it."""
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] is not None
    text = WORDS["config"]["error"][result["errors"]["base"]]
    return filled(text, dict(result["description_placeholders"] or {}))


def description(result: ConfigFlowResult) -> str:
    """Return the text above the form as the user reads it."""
    text = WORDS["config"]["step"][result["step_id"]]["description"]
    return filled(text, dict(result["description_placeholders"] or {}))


def suggested(result: ConfigFlowResult) -> dict[str, Any]:
    """Return the values that a form suggests."""
    assert result["data_schema"] is not None
    return {
        str(key): key.description["suggested_value"]
        for key in result["data_schema"].schema
        if key.description
    }


def let_handshakes_break(hass: HomeAssistant) -> None:
    """Let the loop's server see clients that refuse its certificate."""
    handle = hass.loop.get_exception_handler()
    assert handle is not None

    def ignore(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), ConnectionResetError):
            handle(loop, context)

    hass.loop.set_exception_handler(ignore)
