"""A system without a wire: the contract of adapters, played from a script.

What is particular to a vendor is tested against its simulator. This one shows how the
coordinator behaves towards any system, at moments that no real one can be held at.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any, override

import aiohttp

from custom_components.access_events.models import (
    AccessEvent,
    Door,
    DoorFeature,
    DoorMode,
    EventKind,
    Image,
    Method,
    Person,
    SystemInfo,
)
from custom_components.access_events.systems import Vendor
from custom_components.access_events.systems.base import (
    AccessSystem,
    AccessSystemError,
    Batch,
    ConnectError,
    Cursor,
    RequestRejected,
    Signal,
)

TOY = Vendor(key="toy", name="Toy", manufacturer="Toys", fields=())
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
_PAGE = 3


class ToySystem(AccessSystem):
    """A system that does what a test says."""

    def __init__(self, door_names: Sequence[str] = ("Front", "Back")) -> None:
        """Start reachable, with nothing happened yet."""
        self.log: list[AccessEvent] = []
        self.wire: asyncio.Queue[Signal | AccessSystemError] = asyncio.Queue()
        self.subscribed = False
        self.listening = False
        self.refuse: AccessSystemError | None = None
        self.break_history_after: int | None = None
        self.connects = 0
        self.opened: list[str] = []
        self.commands: list[tuple[object, ...]] = []
        self.pictures: dict[str, Image] = {}
        self.door_list = [
            Door(
                id=name.lower(),
                name=name,
                features=DoorFeature.ACCESS | DoorFeature.OPEN | DoorFeature.POSITION,
            )
            for name in door_names
        ]

    # What a test does

    def happen(self, *, pushed: bool = True, **fields: Any) -> AccessEvent:
        """Let somebody come to a door; `pushed` False loses it on the stream.

        Only history moves the cursor, since the stream may have lost something.
        """
        number = len(self.log)
        known: dict[str, Any] = {
            "key": f"k{number}",
            "occurred_at": START + timedelta(seconds=number),
            "kind": EventKind.ACCESS_GRANTED,
            "vendor_code": "toy",
            "door_id": "front",
            "door_name": "Front",
            "person": Person(id=f"p{number}", name=f"Person {number}"),
            "method": Method.CARD,
        }
        event = AccessEvent(**known | fields)
        self.log.append(event)
        if pushed and self.subscribed:
            self.wire.put_nowait(Batch(events=(event,)))
        return event

    def drop(self) -> None:
        """Break the stream."""
        self.wire.put_nowait(ConnectError())

    # What the coordinator does

    @override
    async def connect(self) -> SystemInfo:
        self.connects += 1
        if self.refuse is not None:
            raise self.refuse
        return SystemInfo(id="toy-1", name="Toy", version="1.0")

    @override
    async def doors(self) -> list[Door]:
        return list(self.door_list)

    @override
    async def subscribe(self) -> None:
        self.wire = asyncio.Queue()
        self.subscribed = True

    @override
    async def start_cursor(self, import_days: int) -> Cursor:
        return "0" if import_days else str(len(self.log))

    @override
    async def history(self, cursor: Cursor) -> AsyncIterator[Signal]:
        position = int(cursor)
        while position < len(self.log):
            if self.break_history_after is not None:
                if self.break_history_after == 0:
                    self.break_history_after = None
                    raise ConnectError
                self.break_history_after -= 1
            page = self.log[position : position + _PAGE]
            position += len(page)
            yield Batch(events=page, cursor=str(position))
            await asyncio.sleep(0)

    @override
    async def live(self, cursor: Cursor) -> AsyncIterator[Signal]:
        self.listening = True
        while True:
            signal = await self.wire.get()
            if isinstance(signal, AccessSystemError):
                raise signal
            yield signal

    @override
    async def close(self) -> None:
        self.subscribed = self.listening = False

    @override
    async def open_door(self, door_id: str) -> None:
        self.opened.append(door_id)
        self._command("open_door", door_id)

    @override
    async def hold_unlocked(self, door_id: str) -> None:
        self._command("hold_unlocked", door_id)

    @override
    async def release(self, door_id: str) -> None:
        self._command("release", door_id)

    @override
    async def set_mode(self, door_id: str, mode: DoorMode) -> None:
        self._command("set_mode", door_id, mode)

    @override
    async def set_evacuation(self, active: bool) -> None:
        self._command("set_evacuation", active)

    @override
    async def set_lockdown(self, active: bool) -> None:
        self._command("set_lockdown", active)

    @override
    async def set_exit_button(self, enabled: bool) -> None:
        self._command("set_exit_button", enabled)

    @override
    async def image(self, ref: str) -> Image:
        self._command("image", ref)
        if ref not in self.pictures:
            raise RequestRejected("picture_gone")
        return self.pictures[ref]

    def _command(self, *command: object) -> None:
        """Note a command, and fail as the test said."""
        self.commands.append(command)
        if self.refuse is not None:
            raise self.refuse


def toy_module(system: ToySystem) -> ModuleType:
    """Return a vendor's `system` module that always makes this system."""

    def create(
        config: Mapping[str, Any],
        options: Mapping[str, Any],
        session: aiohttp.ClientSession,
    ) -> AccessSystem:
        return system

    module = ModuleType("custom_components.access_events.systems.toy.system")
    module.create = create  # type: ignore[attr-defined]
    return module
