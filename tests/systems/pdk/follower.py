"""An owner of the PDK adapter, as small as can be: it follows, and starts over."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import replace
import json
from typing import Any, Self, cast

import aiohttp

from custom_components.access_events.models import AccessEvent, Door, EventKind
from custom_components.access_events.systems.base import (
    AccessSystemError,
    AuthError,
    Batch,
    ConnectError,
    DoorList,
    DoorUpdate,
    Gap,
    Problem,
    Signal,
    Unreadable,
)
from custom_components.access_events.systems.pdk.system import Pdk, create
from tests.systems.owner import Journal
from tests.wait import wait_for


class Follower:
    """Follows one system, as the coordinator does."""

    def __init__(
        self,
        config: Mapping[str, Any],
        *,
        journal: Journal | None = None,
        import_days: int = 0,
    ) -> None:
        """Follow what a user entered."""
        self.config = config
        self.journal = journal or Journal()
        self.doors: dict[str, Door] = {}
        self.states: list[DoorUpdate] = []
        self.gaps: list[Gap] = []
        self.problems: list[Problem] = []
        self.unreadable: list[Unreadable] = []
        self.errors: list[AccessSystemError] = []
        self.live = False
        self.rounds = 0
        self._import_days = import_days
        self._task: asyncio.Task[None] | None = None
        self.session: aiohttp.ClientSession
        self.system: Pdk

    async def __aenter__(self) -> Self:
        """Make the adapter, and follow until live."""
        self.session = aiohttp.ClientSession()
        self.system = cast("Pdk", create(self.config, {}, self.session))
        task = self._task = asyncio.create_task(self._run())
        await wait_for(lambda: self.live or task.done())
        if task.done():
            await self.__aexit__()
            task.result()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all of it."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.system.close()
        await self.session.close()

    async def has(
        self, *kinds: EventKind, count: int = 1, timeout: float = 10
    ) -> list[AccessEvent]:
        """Wait until so many events of some kinds are recorded, and return them."""
        wanted = kinds or tuple(EventKind)
        await wait_for(lambda: len(self.journal.of(*wanted)) >= count, timeout)
        return self.journal.of(*wanted)

    async def filled(self) -> None:
        """Wait until nothing of the past is missing any more."""
        await wait_for(lambda: not json.loads(self.journal.cursor or "")["holes"])

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
                first, self.live = not self.live and not self.rounds, False
                await self.system.close()
                if first:
                    raise
                await asyncio.sleep(0.02)

    async def _follow(self) -> None:
        """Go once from connecting to being live, until an error."""
        await self.system.connect()
        self._take(DoorList(await self.system.doors()), live=False)
        await self.system.subscribe()
        if self.journal.cursor is None:
            self.journal.cursor = await self.system.start_cursor(self._import_days)
        async for signal in self.system.history(self.journal.cursor):
            self._take(signal, live=False)
        self.live = True
        self.rounds += 1
        async with aclosing(
            cast("Any", self.system.live(self.journal.cursor))
        ) as signals:
            async for signal in signals:
                self._take(signal, live=True)

    def _take(self, signal: Signal, *, live: bool) -> None:
        """Keep what is told."""
        match signal:
            case Batch():
                known = dict(self.journal.events)
                self.journal.take(signal, live=live)
                for event in signal.events:
                    if (held := known.get(event.key)) and event.message:
                        self.journal.events[event.key] = replace(
                            held, message=held.message or event.message
                        )
            case DoorList(doors):
                self.doors = {door.id: door for door in doors}
            case DoorUpdate(door_id, state):
                self.states.append(signal)
                self.doors[door_id] = replace(self.doors[door_id], state=state)
            case Gap():
                self.gaps.append(signal)
            case Problem():
                self.problems.append(signal)
            case Unreadable():
                self.unreadable.append(signal)
