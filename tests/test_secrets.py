"""Search all that the integration says, at every level, for what it must never say."""

import base64
from collections.abc import AsyncGenerator
import json
import logging
from pathlib import Path
import re
from typing import Any

from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.access_events.const import DOMAIN
from custom_components.access_events.diagnostics import (
    async_get_config_entry_diagnostics,
)
from custom_components.access_events.systems import VENDORS
from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import EVENT_CALL_SERVICE, MATCH_ALL
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, issue_registry as ir

from .actions import ask, exports_folder
from .simulators import VENDORS as SIMULATORS, simulator_class
from .simulators.common import Simulator
from .wait import wait_for

NAME = "Zacharias Kanarienvogel"
PINS = ("918273", "736455")
CARDS = ("3141592653", "2718281828")
EMAIL = "zacharias@kanarienvogel.example"
PHONE = "+4917212345678"
WRONG = "wr0ng-s3cret-0123456789abcdef"
# What carries a credential, whichever library writes it.
CARRIERS = re.compile(
    r"(?i)(bearer\s+|authorization['\"]?\s*[:=]\s*|[?&](token|password|secret)=)"
    r"(?!\*|<|redacted)['\"]?[\w.~+/-]{8,}"
)
# Home Assistant's own address of a picture, which it gives to whoever sees the state.
PROXIED = re.compile(r"/api/image_proxy/[\w.]+\?token=\w+")
# The simulators run in the same process, and may say what they are sent.
SERVERS = ("engineio.server", "socketio.server", "aiohttp.server", "tests.")


@pytest.fixture(params=sorted(SIMULATORS))
async def simulator(
    request: pytest.FixtureRequest, socket_enabled: None
) -> AsyncGenerator[Simulator]:
    """Return a running system of each vendor, in which people come and go."""
    async with simulator_class(request.param)(history_days=1) as running:
        yield running


@pytest.fixture
def said(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> dict[str, list[str]]:
    """Return what is heard on the bus; all libraries log all they can."""
    caplog.set_level(logging.DEBUG)
    heard: dict[str, list[str]] = {"bus": []}

    @callback
    def listen(event: Event) -> None:
        # Home Assistant itself says which action was called, and with what.
        if event.event_type != EVENT_CALL_SERVICE:
            heard["bus"].append(json.dumps(event.as_dict(), default=str))

    hass.bus.async_listen(MATCH_ALL, listen)
    return heard


async def add(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """Add a system as a user does: with a wrong secret first."""
    config = simulator.config()
    fields = VENDORS[simulator.vendor].fields
    config = {
        field.key: config[field.key] for field in fields if config.get(field.key)
    } | {field.key: False for field in fields if config.get(field.key) is False}
    flows = hass.config_entries.flow
    menu = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
    form = await flows.async_configure(
        menu["flow_id"], {"next_step_id": simulator.vendor}
    )
    secrets = {
        field.key: WRONG for field in fields if field.is_secret and field.required
    }
    if secrets:
        form = await flows.async_configure(form["flow_id"], config | secrets)
        assert form["errors"]
        assert WRONG not in str(form["description_placeholders"])
    history = await flows.async_configure(form["flow_id"], config)
    done = await flows.async_configure(history["flow_id"], {"import_days": 1})
    assert done["type"] is FlowResultType.CREATE_ENTRY, done
    entry: MockConfigEntry = done["result"]
    await wait_for(lambda: entry.runtime_data.caught_up)
    return entry


async def register(
    hass: HomeAssistant, entry: MockConfigEntry, face: Path
) -> list[str]:
    """Register, change and remove a person, as far as the system lets us."""
    known = entry.runtime_data.system.user_fields
    fields: dict[str, Any] = {
        "name": NAME,
        "pin": PINS[0],
        "cards": [CARDS[0]],
        "email": EMAIL,
        "phone": PHONE,
        "face_image": str(face),
    }
    answers: list[str] = []

    async def call(action: str, **data: Any) -> Any:
        try:
            answer = await hass.services.async_call(
                DOMAIN,
                action,
                {"config_entry_id": entry.entry_id, **data},
                blocking=True,
                return_response=action != "remove_user",
            )
        except HomeAssistantError as err:
            answers.append(f"{action}: {err} {err.__cause__}")
            return None
        answers.append(f"{action}: {answer}")
        return answer

    usable = {key: value for key, value in fields.items() if key in known}
    await call("register_user", **fields)
    for left_out in ((), ("cards",), ("face_image",), ("cards", "face_image")):
        some = {key: value for key, value in usable.items() if key not in left_out}
        if done := await call("register_user", user_id="77", **some) or (
            await call("register_user", **some)
        ):
            user_id = done["user_id"]
            await call("update_user", user_id=user_id, pin=PINS[1], cards=[CARDS[1]])
            await call("update_user", user_id=user_id, pin=PINS[1])
            await call("remove_user", user_id=user_id)
            break
    await call("update_user", user_id=NAME, pin=PINS[1])
    return answers


async def test_nothing_is_said(
    hass: HomeAssistant,
    simulator: Simulator,
    said: dict[str, list[str]],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """Secrets are nowhere; names of people are neither in logs nor in diagnostics."""
    await exports_folder(hass, tmp_path)
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    face = tmp_path / "face.jpg"
    Image.new("RGB", (320, 240), (200, 160, 140)).save(face, comment=NAME.encode())
    picture = base64.b64encode(face.read_bytes()).decode()
    entry = await add(hass, simulator)
    said["answers"] = await register(hass, entry, face)
    await simulator.play_day(speed=200, loop=False)
    recorded = entry.runtime_data.recorded
    await wait_for(lambda: entry.runtime_data.recorded > recorded + 3)
    if entry.runtime_data.system.user_fields:
        assert any("user_id" in answer for answer in said["answers"])
    logs = await ask(hass, "get_logs", limit=1000)
    # An account such as "admin" is nobody's name.
    people = {
        event["person"] for event in logs["events"] if " " in (event["person"] or "")
    }
    assert people
    said["answers"].append(json.dumps(logs, default=str))
    for kind in ("csv", "jsonl"):
        answer = await ask(hass, "export_logs", filename=f"all.{kind}", format=kind)
        said["answers"].append(Path(answer["path"]).read_text())
    said["diagnostics"] = [
        json.dumps(await async_get_config_entry_diagnostics(hass, entry), default=str)
    ]
    said["states"] = [
        json.dumps(state.as_dict(), default=str) for state in hass.states.async_all()
    ]
    said["registries"] = [
        *(str(issue) for issue in ir.async_get(hass).issues.values()),
        *(
            str(device)
            for device in dr.async_entries_for_config_entry(
                dr.async_get(hass), entry.entry_id
            )
        ),
        entry.title,
    ]
    assert await hass.config_entries.async_unload(entry.entry_id)
    said["logs"] = [
        f"{record.name}: {record.getMessage()} {record.exc_text or ''}"
        for record in caplog.records
        if not record.name.startswith(SERVERS)
        and "call_service" not in record.getMessage()
    ]
    secrets = {*PINS, *CARDS, WRONG, picture[40:80]} | {
        str(simulator.config()[field.key])
        for field in VENDORS[simulator.vendor].fields
        if field.is_secret and field.required
    }
    for where, texts in said.items():
        assert texts or where == "answers", where
        for text in texts:
            for secret in secrets:
                assert secret not in text, f"{where}: {_around(text, secret)}"
            found = CARRIERS.search(PROXIED.sub("", text))
            assert found is None, f"{where}: {_around(text, found and found[0])}"
    for where in ("logs", "diagnostics"):
        for text in said[where]:
            for person in {NAME, *people}:
                if where == "logs" and text.startswith("homeassistant.core"):
                    # Home Assistant logs the states and events that it is given.
                    continue
                assert person not in text, f"{where}: {_around(text, person)}"


def _around(text: str, found: str | None) -> str:
    """Return what stands around a find."""
    at = text.index(found or "")
    return text[max(at - 200, 0) : at + 200]
