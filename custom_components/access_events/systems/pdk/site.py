"""All that the parts of one PDK adapter share."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
import time
from typing import Any

from ...models import Door
from ..base import (
    AccessSystemError,
    Batch,
    DoorList,
    DoorUpdate,
    PermissionMissing,
    Problem,
    RequestRejected,
    Signal,
)
from .client import NotFound, PdkClient
from .doors import DoorBook
from .events import Happening
from .position import Position
from .reports import Reports
from .stream import Stream
from .texts import Texts
from .topics import CONNECTED, DISCONNECTED, NODE_CHANGES

_BATCH = 200
_RELIST_SPACING = 3.0
_RELIST_AFTER = 900.0
_UPLOADS_FOR = 300.0
_KEPT_IDS = 1000
_REPORTS = "reports"
_SECOND = 1000
"""Some times are told in whole seconds."""


class Site:
    """One system: its wire, its doors, its log."""

    def __init__(self, client: PdkClient, stream: Stream, wake: asyncio.Event) -> None:
        """Put the parts together."""
        self.client = client
        self.stream = stream
        self.wake = wake
        self.book = DoorBook()
        self.texts = Texts()
        self.reports = Reports(client)
        self.position: Position | None = None
        self.following = False
        self._offline_since: dict[str, int] = {}
        self._back: dict[str, tuple[int, float]] = {}
        self._ids: dict[str, list[str]] = {}
        self._listed_at = 0.0
        self._relist = False
        self._sought: set[str] = set()
        self._no_reports = False

    @property
    def now(self) -> int:
        """Return the cloud's time in ms."""
        return self.client.wire.now

    def cursor(self) -> str:
        """Return the cursor of what is known now."""
        assert self.position is not None
        return self.position.dump(self.book.dump())

    # What the system lists

    async def list_doors(self) -> None:
        """Read cloud nodes, connections and devices."""
        self._listed_at = time.monotonic()
        if not self._relist:
            self._sought.clear()
        self._relist = False
        client = self.client
        nodes: list[Mapping[str, Any]] = []
        connections: list[Mapping[str, Any]] = []
        refused: AccessSystemError | None = None
        try:
            nodes = [row for row in await client.all("/cloud-nodes") if row.get("id")]
        except NotFound:
            refused = client.not_pdk()
        except PermissionMissing as err:
            refused = err
        with suppress(PermissionMissing, RequestRejected):
            connections = await client.all("/connections")
        try:
            devices = await client.all("/devices")
        except PermissionMissing, RequestRejected:
            devices = await self._list_by_node(nodes)
        else:
            if not devices:
                with suppress(PermissionMissing, RequestRejected):
                    devices = await self._list_by_node(nodes)
        if refused is not None and not devices:
            raise refused
        self.book.load(nodes, connections, devices)

    async def _list_by_node(
        self, nodes: Iterable[Mapping[str, Any]]
    ) -> list[Mapping[str, Any]]:
        """Return the devices of each cloud node, where not all are listed at once."""
        return [
            {"cloudNode": {"id": node["id"]}, **row}
            for node in nodes
            for row in await self.client.all(f"/cloud-nodes/{node['id']}/devices")
        ]

    @property
    def relist_due(self) -> bool:
        """Return whether the lists may have changed."""
        age = time.monotonic() - self._listed_at
        return age >= (_RELIST_SPACING if self._relist else _RELIST_AFTER)

    # What happens

    def take(self, happenings: Iterable[tuple[Happening, bool]]) -> list[Signal]:
        """Return what happenings of the stream tell; each with whether it is live.

        Of doors where something is told late only the present state is told: what
        happened to them meanwhile is past.
        """
        batches: list[Batch] = []
        effects: list[Signal] = []
        before = self.states()
        late = False
        for told, live in happenings:
            happening = self._told_apart(told)
            event = self.texts.worded(happening)
            live = live and not self._is_uploaded(happening)
            if batches and batches[-1].live is live:
                events = [*batches[-1].events, event]
                batches[-1] = Batch(events=events, live=live)
            else:
                batches.append(Batch(events=[event], live=live))
            late = late or not live
            effects += self._effects(happening, live)
        return [*batches, *(self.changed_since(before) if late else effects)]

    def _told_apart(self, happening: Happening) -> Happening:
        """Return a message's happening, with a key of its own if another has its key.

        Only messages have ids: two with one key and two ids are two happenings.
        """
        if happening.id is None:
            return happening
        key = happening.event.key
        ids = self._ids.setdefault(key, [])
        if happening.id not in ids:
            ids.append(happening.id)
        if len(self._ids) > _KEPT_IDS:
            del self._ids[next(iter(self._ids))]
        if not (place := ids.index(happening.id)):
            return happening
        event = replace(happening.event, key=f"{key}-{place + 1}")
        return replace(happening, event=event)

    def replay(self, happenings: list[Happening]) -> list[Signal]:
        """Return what happenings of a report tell, as far as it is wanted.

        The doors learn of it; `changed_since` tells what became of them.
        """
        assert self.position is not None
        floor = self.position.floor
        wanted = [happening for happening in happenings if happening.at >= floor]
        for happening in wanted:
            self.book.apply(happening.device, happening.topic, happening.at)
        return [
            Batch(
                events=[entry.event for entry in wanted[at : at + _BATCH]], live=False
            )
            for at in range(0, len(wanted), _BATCH)
        ]

    def states(self) -> dict[str, Door]:
        """Return all doors as they are now."""
        return {door.id: door for door in self.book.doors}

    def changed_since(self, before: Mapping[str, Door]) -> list[Signal]:
        """Return how doors are now that were otherwise."""
        now = self.states()
        if any(
            door_id not in before or before[door_id].features != door.features
            for door_id, door in now.items()
        ):
            return [DoorList(self.book.doors)]
        return _updates(
            door for door_id, door in now.items() if before[door_id] != door
        )

    def _effects(self, happening: Happening, live: bool) -> list[Signal]:
        """Return which doors are in another state now, and note what follows."""
        if happening.topic in (CONNECTED, DISCONNECTED):
            return self._connection(happening)
        if happening.topic in NODE_CHANGES:
            self._relist = True
        if happening.device not in self.book.devices:
            self._seek(happening.device)
        return self._door_effects(happening, live)

    def _seek(self, unknown: str | None) -> None:
        """Read the lists soon for what is not in them, once for each."""
        if unknown is not None and unknown not in self._sought:
            self._sought.add(unknown)
            self._relist = True

    def _door_effects(self, happening: Happening, live: bool) -> list[Signal]:
        """Return what a happening at a door changes."""
        before = self.book.devices.get(happening.device or "")
        features = before.door.features if before else None
        door = self.book.apply(
            happening.device, happening.topic, happening.at, live=live
        )
        if door is None:
            return []
        if door.features != features:
            return [DoorList(self.book.doors)]
        return [DoorUpdate(door.id, door.state)]

    def _connection(self, happening: Happening) -> list[Signal]:
        """Take over that a cloud node is connected, or not any more."""
        node_id = self.book.node_id(happening.node)
        if node_id is None:
            self._seek(happening.node)
            return []
        online = happening.topic == CONNECTED
        if not online:
            self._offline_since.setdefault(node_id, happening.at)
        elif (since := self._offline_since.pop(node_id, None)) is not None:
            # It may hand over what happened meanwhile, to the log only.
            back = happening.at + (0 if happening.at % 1000 else _SECOND - 1)
            if self.position is not None:
                self.position.add(since - _SECOND, max(self.now, back) + _SECOND)
            self._back[node_id] = back, time.monotonic()
        return _updates(self.book.set_online(node_id, online))

    def _is_uploaded(self, happening: Happening) -> bool:
        """Return whether a cloud node tells what happened while it was away."""
        node_id = self.book.node_id(happening.node)
        if node_id is None or (back := self._back.get(node_id)) is None:
            return False
        at, seen = back
        if time.monotonic() - seen > _UPLOADS_FOR:
            del self._back[node_id]
            return False
        return happening.at < at

    # What is missing

    def reports_missing(self, err: PermissionMissing) -> Signal:
        """Return that the API client may not read reports."""
        self._no_reports = True
        return Problem(
            code="missing_permission",
            key=_REPORTS,
            placeholders={"permission": err.permission, "feature": "history"},
        )

    def reports_work(self) -> list[Signal]:
        """Return that reports can be read, if it was said that they can't."""
        if not self._no_reports:
            return []
        self._no_reports = False
        return [Problem(code="missing_permission", key=_REPORTS, active=False)]


def _updates(doors: Iterable[Door]) -> list[Signal]:
    """Return the states of doors."""
    return [DoorUpdate(door.id, door.state) for door in doors]
