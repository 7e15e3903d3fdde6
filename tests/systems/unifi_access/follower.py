"""An owner of an adapter, as small as can be: it follows, and keeps what it is told."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Self

import aiohttp

from custom_components.access_events.models import AccessEvent, Door, EventKind
from custom_components.access_events.systems import VENDORS
from custom_components.access_events.systems.base import (
    AccessSystem,
    Batch,
    DoorList,
    DoorUpdate,
    HistoryNeeded,
    Problem,
    Signal,
)
from tests.simulators.unifi_access import UnifiAccessSimulator
from tests.wait import wait_for

FAST = {"poll_interval": 1, "held_open_after": 5}


@dataclass
class Journal:
    """What is recorded, which outlives a restart."""

    events: dict[str, AccessEvent] = field(default_factory=dict)
    live: set[str] = field(default_factory=set)
    cursor: str | None = None
    told: int = 0
    """How many events came in all, repeats and completions included."""

    def take(self, batch: Batch, *, live: bool) -> None:
        """Record a batch: only what is new counts as live or replayed."""
        for event in batch.events:
            self.told += 1
            if event.key not in self.events and live and batch.live:
                self.live.add(event.key)
            self.events[event.key] = event
        self.cursor = batch.cursor or self.cursor

    def of(self, *kinds: EventKind) -> list[AccessEvent]:
        """Return what is recorded of some kinds, in the order it came."""
        return [event for event in self.events.values() if event.kind in kinds]

    def is_live(self, event: AccessEvent) -> bool:
        """Return whether an event was told as it happened."""
        return event.key in self.live


class Follower:
    """Connects, catches up and goes live, once."""

    def __init__(
        self,
        simulator: UnifiAccessSimulator,
        options: Mapping[str, Any] = FAST,
        journal: Journal | None = None,
        import_days: int = 0,
        **config: Any,
    ) -> None:
        """Follow a simulated site."""
        self.simulator = simulator
        self.journal = journal or Journal()
        self.doors: dict[str, Door] = {}
        self.signals: list[Signal] = []
        self.problems: dict[str, Problem] = {}
        self.error: BaseException | None = None
        self.caught_up = asyncio.Event()
        self._options = options
        self._import_days = import_days
        self._config = {
            "host": "127.0.0.1",
            "port": simulator.port,
            "api_token": simulator.token,
            "verify_ssl": False,
            "fingerprint": simulator.fingerprint,
            **config,
        }
        self._task: asyncio.Task[None] | None = None
        self.session: aiohttp.ClientSession
        self.system: AccessSystem

    async def __aenter__(self) -> Self:
        """Make the adapter and its session."""
        self.session = aiohttp.ClientSession()
        self.system = VENDORS["unifi_access"].create(
            self._config, self._options, self.session
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all of it."""
        await self.stop()
        await self.session.close()

    async def start(self) -> Self:
        """Follow until live, also after an error."""
        self.error = None
        self.caught_up.clear()
        self._task = asyncio.create_task(self._follow())
        waiting = asyncio.create_task(self.caught_up.wait())
        async with asyncio.timeout(60):
            await asyncio.wait(
                {self._task, waiting}, return_when=asyncio.FIRST_COMPLETED
            )
        waiting.cancel()
        if self.error is not None:
            raise self.error
        return self

    async def stop(self) -> None:
        """Stop following."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self.system.close()

    async def _follow(self) -> None:
        """Go the way that an owner goes."""
        try:
            await self.system.connect()
            self.doors = {door.id: door for door in await self.system.doors()}
            await self.system.prime(list(self.journal.events.values()))
            await self.system.subscribe()
            if self.journal.cursor is None:
                cursor = await self.system.start_cursor(self._import_days)
                self.journal.cursor = cursor
            await self._read_history()
            assert self.journal.cursor is not None
            async with aclosing(self.system.live(self.journal.cursor)) as signals:  # type: ignore[type-var]
                async for signal in signals:
                    await self._take(signal, live=True)
                    self.caught_up.set()
        except Exception as err:  # noqa: BLE001
            self.error = err

    async def _read_history(self) -> None:
        """Read what happened since the cursor."""
        assert self.journal.cursor is not None
        async for signal in self.system.history(self.journal.cursor):
            await self._take(signal, live=False)

    async def _take(self, signal: Signal, *, live: bool) -> None:
        """Take one signal in."""
        self.signals.append(signal)
        match signal:
            case Batch():
                self.journal.take(signal, live=live)
            case DoorList(doors):
                self.doors = {door.id: door for door in doors}
            case DoorUpdate(door_id, state):
                self.doors[door_id] = replace(self.doors[door_id], state=state)
            case HistoryNeeded():
                await self._read_history()
            case Problem():
                self.problems[signal.key] = signal

    def told(self, kind: type[Signal]) -> list[Any]:
        """Return the signals of one kind."""
        return [signal for signal in self.signals if isinstance(signal, kind)]

    def door(self, name: str) -> Door:
        """Return a door by its name."""
        return next(door for door in self.doors.values() if door.name == name)

    async def has(
        self, *kinds: EventKind, count: int = 1, timeout: float = 30.0
    ) -> list[AccessEvent]:
        """Wait until so many events of some kinds are recorded, and return them."""
        await wait_for(lambda: len(self.journal.of(*kinds)) >= count, timeout)
        return self.journal.of(*kinds)
