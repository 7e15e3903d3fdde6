"""An owner of a polled adapter, as small as can be: it follows, and starts over."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self, cast

import aiohttp

from custom_components.access_events.models import (
    AccessEvent,
    Door,
    DoorMode,
    EventKind,
    SystemState,
)
from custom_components.access_events.systems import VENDORS
from custom_components.access_events.systems.base import (
    AccessSystemError,
    AuthError,
    Batch,
    ConnectError,
    DoorList,
    DoorUpdate,
    Gap,
    Signal,
    SystemUpdate,
    Unreadable,
)
from custom_components.access_events.systems.polled import PolledSystem
from tests.wait import wait_for


@dataclass
class Journal:
    """What is recorded, which outlives a restart."""

    events: dict[str, AccessEvent] = field(default_factory=dict)
    live: set[str] = field(default_factory=set)
    cursor: str | None = None
    told: int = 0

    def take(self, batch: Batch, *, live: bool) -> None:
        """Record a batch: only what is new counts as live or replayed."""
        for event in batch.events:
            self.told += 1
            if event.key not in self.events:
                self.events[event.key] = event
                if live and batch.live:
                    self.live.add(event.key)
        self.cursor = batch.cursor or self.cursor

    def of(self, *kinds: EventKind) -> list[AccessEvent]:
        """Return what is recorded of some kinds, in the order it came."""
        return [event for event in self.events.values() if event.kind in kinds]

    def is_live(self, event: AccessEvent) -> bool:
        """Return whether an event was told as it happened."""
        return event.key in self.live

    def recent(self, seconds: int) -> list[AccessEvent]:
        """Return the newest events, oldest first."""
        events = sorted(self.events.values(), key=lambda event: event.occurred_at)
        since = events[-1].occurred_at - timedelta(seconds=seconds) if events else None
        return [event for event in events if since and event.occurred_at >= since]


class Owner:
    """Follows one system, as the coordinator does."""

    def __init__(
        self,
        vendor: str,
        config: Mapping[str, Any],
        *,
        interval: float = 0.05,
        journal: Journal | None = None,
        import_days: int = 0,
        **options: Any,
    ) -> None:
        """Follow a simulated system."""
        self.journal = journal or Journal()
        self.doors: dict[str, Door] = {}
        self.states: list[DoorUpdate] = []
        self.systems: list[SystemState] = []
        self.gaps: list[Gap] = []
        self.unreadable: list[Unreadable] = []
        self.errors: list[AccessSystemError] = []
        self.rounds = 0
        self.live = False
        self._vendor, self._config = vendor, config
        self._options = {"poll_interval": interval, **options}
        self._import_days = import_days
        self._task: asyncio.Task[None] | None = None
        self.session: aiohttp.ClientSession
        self.system: PolledSystem

    async def __aenter__(self) -> Self:
        """Make the adapter, and follow until live."""
        self.session = aiohttp.ClientSession()
        try:
            self.system = cast(
                "PolledSystem",
                VENDORS[self._vendor].create(self._config, self._options, self.session),
            )
            self._task = asyncio.create_task(self._run())
            await wait_for(lambda: self.live or self._has_ended())
            if self._has_ended():
                await self._task
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all of it."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError, AccessSystemError):
                await self._task
            await self.system.close()
        await self.session.close()

    def _has_ended(self) -> bool:
        """Tell whether following came to an end by itself."""
        return self._task is None or self._task.done()

    async def until(self, count: int, *kinds: EventKind, timeout: float = 30) -> None:
        """Wait until so many events (of some kinds) are recorded."""
        wanted = kinds or tuple(EventKind)
        await wait_for(lambda: len(self.journal.of(*wanted)) >= count, timeout)

    def modes(self, door_id: str) -> list[DoorMode | None]:
        """Return the modes of a door as they were told."""
        return [
            update.state.mode for update in self.states if update.door_id == door_id
        ]

    async def polls(self, count: int) -> None:
        """Wait for some more polls to end."""
        wanted = self.system.polls + count + 1
        await wait_for(lambda: self.system.polls >= wanted)

    async def catch_up(self) -> None:
        """Read history beside the stream, as an action does."""
        assert self.journal.cursor is not None
        async for signal in self.system.history(self.journal.cursor):
            self.take(signal, live=True)

    async def _run(self) -> None:
        """Follow, and start over after errors."""
        if self.journal.cursor is not None:
            await self.system.resume(self.journal.cursor)
        while True:
            try:
                await self._follow()
            except AuthError as err:
                self.errors.append(err)
                raise
            except ConnectError as err:
                self.errors.append(err)
                self.live = False
                await self.system.close()
                await asyncio.sleep(0.02)

    async def _follow(self) -> None:
        """Go once from connecting to being live, until an error."""
        await self.system.connect()
        self.take(DoorList(await self.system.doors()), live=False)
        await self.system.prime(self.journal.recent(self.system.overlap_seconds))
        await self.system.subscribe()
        if self.journal.cursor is None:
            self.journal.cursor = await self.system.start_cursor(self._import_days)
        async for signal in self.system.history(self.journal.cursor):
            self.take(signal, live=False)
        self.live = True
        self.rounds += 1
        async with aclosing(
            cast("Any", self.system.live(self.journal.cursor))
        ) as signals:
            async for signal in signals:
                self.take(signal, live=True)

    def take(self, signal: Signal, *, live: bool) -> None:
        """Keep what is told."""
        match signal:
            case Batch():
                self.journal.take(signal, live=live)
            case DoorList(doors):
                self.doors = {door.id: door for door in doors}
            case DoorUpdate():
                self.states.append(signal)
            case SystemUpdate(state):
                self.systems.append(state)
            case Gap():
                self.gaps.append(signal)
            case Unreadable():
                self.unreadable.append(signal)
