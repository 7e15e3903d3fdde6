"""An owner of the adapter, as small as can be: it follows, and starts over."""

import asyncio
from contextlib import aclosing, suppress
from typing import Any, Protocol, Self, cast

from custom_components.access_events.models import AccessEvent, Door, EventKind
from custom_components.access_events.systems.base import (
    AccessSystemError,
    Batch,
    DoorList,
    DoorUpdate,
    Gap,
    Signal,
    Unreadable,
)
from custom_components.access_events.systems.gsdk.system import GsdkGateway, create
from tests.systems.owner import Journal
from tests.wait import wait_for


class Reachable(Protocol):
    """A gateway of the tests, whoever wrote it."""

    def config(self) -> dict[str, Any]:
        """Return what a user enters."""


class Follower:
    """Follows a gateway as the coordinator does."""

    def __init__(
        self,
        gateway: Reachable,
        *,
        journal: Journal | None = None,
        import_days: int = 0,
    ) -> None:
        """Follow a gateway."""
        self.system = cast(
            "GsdkGateway", create(gateway.config(), {}, cast("Any", None))
        )
        self.journal = journal or Journal()
        self.doors: dict[str, Door] = {}
        self.gaps: list[Gap] = []
        self.unreadable: list[Unreadable] = []
        self.order: list[str] = []
        self.live = False
        self._import_days = import_days
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Follow until live."""
        self._task = asyncio.create_task(self._run())
        await wait_for(lambda: self.live or (self._task and self._task.done()))
        if self._task.done():
            await self._task
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all of it."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.system.close()

    async def until(self, count: int, *kinds: EventKind, timeout: float = 30) -> None:
        """Wait until so many events (of some kinds) are recorded."""
        wanted = kinds or tuple(EventKind)
        await wait_for(lambda: len(self.journal.of(*wanted)) >= count, timeout)

    def events(self) -> list[AccessEvent]:
        """Return what is recorded."""
        return list(self.journal.events.values())

    async def _run(self) -> None:
        """Follow, and start over after errors."""
        if self.journal.cursor is not None:
            await self.system.resume(self.journal.cursor)
        while True:
            try:
                await self._follow()
            except AccessSystemError:
                self.live = False
                await self.system.close()
                await asyncio.sleep(0.05)

    async def _follow(self) -> None:
        """Go once from connecting to being live, until an error."""
        system = self.system
        await system.connect()
        await system.subscribe()
        self._take(DoorList(await system.doors()), live=False)
        if self.journal.cursor is None:
            self.journal.cursor = await system.start_cursor(self._import_days)
        async for signal in system.history(self.journal.cursor):
            self._take(signal, live=False)
        async with aclosing(cast("Any", system.live(self.journal.cursor))) as signals:
            async for signal in signals:
                self._take(signal, live=True)
                self.live = True

    def _take(self, signal: Signal, *, live: bool) -> None:
        """Keep what is told."""
        match signal:
            case Batch():
                before = set(self.journal.events)
                self.journal.take(signal, live=live)
                self.order += [e.key for e in signal.events if e.key not in before]
            case DoorList(doors):
                self.doors = {door.id: door for door in doors}
            case DoorUpdate(door_id, state) if door_id in self.doors:
                self.doors[door_id] = _with_state(self.doors[door_id], state)
            case Gap():
                self.gaps.append(signal)
            case Unreadable():
                self.unreadable.append(signal)


def _with_state(door: Door, state: Any) -> Door:
    """Return a door with another state."""
    return Door(
        id=door.id,
        name=door.name,
        features=door.features,
        model=door.model,
        modes=door.modes,
        state=state,
    )
