"""What tests of actions share: a system that can do all, and ways to ask."""

import asyncio
from collections.abc import AsyncIterator
import csv
from dataclasses import fields
from datetime import datetime
from pathlib import Path
import sys
from typing import Any, override

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.access_events import systems
from custom_components.access_events.const import DOMAIN
from custom_components.access_events.models import (
    AccessEvent,
    Capability,
    User,
    UserRequest,
    UserResult,
)
from custom_components.access_events.systems.base import (
    AccessSystemError,
    Batch,
    RequestRejected,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_load_integrations

from .toy import TOY, ToySystem, toy_module
from .wait import wait_for


class FullToySystem(ToySystem):
    """A played system with pictures, lock rules and an export of its own."""

    capabilities = (
        Capability.IMAGES
        | Capability.LOCK_RULES
        | Capability.EXPORT
        | Capability.REREAD
        | Capability.USERS_READ
        | Capability.USERS_ADD
        | Capability.USERS_UPDATE
        | Capability.USERS_REMOVE
        | Capability.SEVERAL_FACES
    )
    user_fields = frozenset(found.name for found in fields(UserRequest))

    def __init__(self) -> None:
        """Start with an empty export and register."""
        super().__init__()
        self.register: list[User] = []
        self.requests: list[UserRequest] = []
        self.not_set: dict[str, AccessSystemError] = {}
        self.pieces: list[bytes | AccessSystemError] = []
        self.archive: list[AccessEvent] = []
        self.asked_for: list[tuple[datetime, datetime]] = []
        self.break_reread: AccessSystemError | None = None
        self.refuse_door: str | None = None

    @override
    async def set_lock_rule(
        self, door_id: str, rule: str, interval: int | None
    ) -> None:
        """Note a rule."""
        self._command("set_lock_rule", door_id, rule, interval)
        if door_id == self.refuse_door:
            raise RequestRejected(reason="The lock is jammed")

    @override
    async def export(
        self, start: datetime, end: datetime, time_zone: str
    ) -> AsyncIterator[bytes]:
        """Give the pieces that the test laid out."""
        self._command("export", start, end, time_zone)
        for piece in self.pieces:
            if isinstance(piece, AccessSystemError):
                raise piece
            yield piece

    @override
    async def reread(self, start: datetime, end: datetime) -> AsyncIterator[Batch]:
        """Give what the test laid into the archive."""
        self.asked_for.append((start, end))
        for event in self.archive:
            if start <= event.occurred_at < end:
                yield Batch(events=(event,), cursor="spoiled")
        if self.break_reread is not None:
            raise self.break_reread

    @override
    async def users(self) -> list[User]:
        """List who was laid out."""
        return self.register

    @override
    async def register_user(self, request: UserRequest) -> UserResult:
        """Note a request, and do as much of it as the test wants."""
        self.requests.append(request)
        if self.refuse is not None:
            raise self.refuse
        return UserResult(
            user_id=request.user_id or "u1", done=("name",), failed=self.not_set
        )

    @override
    async def update_user(self, request: UserRequest) -> UserResult:
        """Note a request, and do as much of it as the test wants."""
        return await self.register_user(request)

    @override
    async def remove_user(self, user_id: str) -> None:
        """Note who is to go."""
        self._command("remove_user", user_id)


def install(
    monkeypatch: pytest.MonkeyPatch, system: FullToySystem | None = None
) -> FullToySystem:
    """Return a played system that is one more vendor's."""
    return install_system(monkeypatch, system or FullToySystem())


def install_system[T: ToySystem](monkeypatch: pytest.MonkeyPatch, system: T) -> T:
    """Make a played system one more vendor's, and return it."""
    module = toy_module(system)
    monkeypatch.setitem(sys.modules, module.__name__.rpartition(".")[0], module)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(systems.VENDORS, TOY.key, TOY)
    return system


async def ask(hass: HomeAssistant, action: str, **data: Any) -> Any:
    """Call an action and return its answer."""
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True
    )


def door_device(hass: HomeAssistant, entry: MockConfigEntry, door: str) -> str:
    """Return the device of a door."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, f"{entry.entry_id}_{door}"), entry.entry_id
    )
    assert device is not None
    return device.id


async def recorded(entry: MockConfigEntry, count: int) -> None:
    """Wait until the journal holds so many of an entry's events."""
    await wait_for(lambda: entry.runtime_data.recorded == count)


async def logged(
    hass: HomeAssistant, count: int, **wanted: Any
) -> list[dict[str, Any]]:
    """Wait until a question has so many answers, and return them, oldest first."""
    async with asyncio.timeout(10):
        while True:
            answer = await ask(hass, "get_logs", order="asc", **wanted)
            if answer["total"] >= count:
                events: list[dict[str, Any]] = answer["events"]
                return events
            await asyncio.sleep(0.02)


async def exports_folder(hass: HomeAssistant, config: Path) -> Path:
    """Use a config folder, allow no other, load the words; return where files go."""
    await async_load_integrations(hass, {DOMAIN})
    hass.config.config_dir = str(config)
    hass.config.allowlist_external_dirs = set()
    return config / DOMAIN / "exports"


def records(path: Path) -> list[dict[str, str]]:
    """Return what a CSV reader makes of a file."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


async def ws_ask(ws: MockHAClientWebSocket, command: str, **data: Any) -> Any:
    """Send a command, and return its result, or its error."""
    await ws.send_json_auto_id({"type": f"access_events/{command}", **data})
    answer = await ws.receive_json()
    assert answer["type"] == "result"
    return answer["result"] if answer["success"] else answer["error"]
