"""Tests that what the README tells users to write works as it stands."""

from datetime import timedelta
from pathlib import Path
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.access_events.models import EventKind, Person
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml

from .actions import FullToySystem, exports_folder, install, recorded, records

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> FullToySystem:
    """Return a system that a test plays, with all that actions need."""
    return install(monkeypatch)


def scripts(media: str) -> dict[str, Any]:
    """Return the scripts that users are shown, with another folder of media."""
    found: dict[str, Any] = {}
    text = README.read_text().replace(" /media/", f" {media}/")
    for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL):
        configuration: Any = parse_yaml(block)
        found |= configuration.get("script", {})
    return found


async def test_scripts(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry, tmp_path: Path
) -> None:
    """Last week's log is a file that is mailed; who was refused is told."""
    await exports_folder(hass, tmp_path)
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    mails = async_mock_service(hass, "smtp", "send_message")
    notes = async_mock_service(hass, "notify", "send_message")
    assert await async_setup_component(
        hass, "script", {"script": scripts(str(tmp_path))}
    )
    now = dt_util.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    toy.happen(pushed=False, occurred_at=dt_util.as_utc(midnight).replace(year=2025))
    toy.happen(pushed=False, occurred_at=dt_util.as_utc(midnight - timedelta(days=2)))
    toy.happen(
        occurred_at=dt_util.as_utc(midnight),
        kind=EventKind.ACCESS_DENIED,
        person=Person(name="John Roe"),
    )
    await recorded(toy_entry, 1)
    await hass.services.async_call("script", "mail_last_weeks_log", blocking=True)
    (mail,) = mails
    path = tmp_path / "last_week.csv"
    (attached,) = mail.data["attachments"]
    assert attached["media_source"]["media_content_id"].endswith(f"/local/{path.name}")
    assert mail.data["message"].strip() == "1 events are in the attached file."
    assert [row["key"] for row in records(path)] == ["k1"]
    await hass.services.async_call("script", "tell_refusals", blocking=True)
    assert notes[0].data["message"] == "1 were refused: John Roe"
