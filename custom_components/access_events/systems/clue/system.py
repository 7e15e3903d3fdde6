"""A place of Suprema CLUe as an access system."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
import re
import time
from typing import Any, override

import aiohttp

from ...models import (
    AccessEvent,
    Capability,
    Door,
    DoorFeature,
    DoorState,
    EventKind,
    SystemInfo,
    UserRequest,
    UserResult,
)
from ..base import (
    AccessSystem,
    AccessSystemError,
    Batch,
    Cursor,
    DoorList,
    DoorUpdate,
    Gap,
    Signal,
    Unreadable,
    between,
)
from ..parsing import (
    digest,
    from_milliseconds,
    mapping,
    milliseconds,
    redact_shape,
    text,
    to_milliseconds,
)
from ..polled import Lateness, PolledSystem, Seen
from ..polling import Pace
from .client import ClueClient
from .events import Row, read_row
from .position import Hole, Position
from .reader import DAY, WINDOW, Reader
from .users import FIELDS, Register

BASE_URL = "https://api.moon.supremainc.com/v1/be"

_OVERLAP = DAY + 3_600_000
"""How far back late uploads are looked for, in ms: a whole day, and a little more for
devices whose clock is a day behind."""
_SHORT = 600_000
"""How far back a poll between two looks for late uploads reads, in ms."""
_QUICK = 60_000
"""The same where ten minutes are many pages: then these are read each minute only."""
_MANY_REQUESTS = 2
_SHORT_EVERY = 60.0
_SWEEP = 600.0
"""The most seconds between two looks for late uploads."""
_SWEEP_SHARE = 15.0
"""Seconds between two of them for each request that one takes. As long as a day is few
requests each poll looks."""
_LONGEST_LAG = 6 * DAY
_LOOKS = 5
"""How often a hole is looked at before it is a gap; each time it waits twice as long."""
_BATCH = 500
_FEATURES = DoorFeature.ACCESS | DoorFeature.LOCK_STATE
_RELAY = {EventKind.DOOR_LOCKED: True, EventKind.DOOR_UNLOCKED: False}


class Clue(PolledSystem):
    """One place of CLUe. Its doors are those that its events name."""

    capabilities = (
        Capability.USERS_ADD
        | Capability.SEVERAL_FACES
        | Capability.REREAD
        | Capability.FORGET_DOORS
    )
    user_fields = FIELDS
    overlap_seconds = _OVERLAP // 1000 + 3600

    def __init__(self, place_id: str, client: ClueClient, pace: Pace) -> None:
        """Start with nothing read and no door known."""
        super().__init__(pace)
        self._place_id = place_id
        self._client = client
        self._reader = Reader(client)
        self._register = Register(client)
        self._seen = Seen()
        self._late = Lateness()
        self._lags: dict[str, int] = {}
        self._swept = 0.0
        self._sweep_pause = 0.0
        self._many = False
        """Whether reading as far back as usual took many requests."""
        self._looked_back = -_SHORT_EVERY
        self._next_look: dict[tuple[str, int], float] = {}
        self._names: dict[str, str | None] = {}
        self._named_at: dict[str, int] = {}
        self._told_at: dict[str, int] = {}
        self._gone: dict[str, int] = {}
        self._locked: dict[str, tuple[tuple[int, int], bool]] = {}
        self._uneven: list[str] = []
        self.holes = 0

    # What there is

    @override
    async def resume(self, cursor: Cursor) -> None:
        position = Position.load(cursor)
        self._names |= position.doors
        self._gone |= position.gone
        self._client.alternative |= position.alternative

    @override
    async def connect(self) -> SystemInfo:
        self._learn(await self._reader.recent())
        return SystemInfo(
            id=self._place_id,
            name=f"CLUe {self._place_id}",
            model="CLUe",
            configuration_url="https://clue.moon.supremainc.com",
        )

    @override
    async def doors(self) -> list[Door]:
        return [self._door(door_id) for door_id in self._names]

    def _door(self, door_id: str) -> Door:
        """Return a door as it is known."""
        locked = self._locked.get(door_id)
        return Door(
            id=door_id,
            name=self._names[door_id] or f"Door {door_id}",
            features=_FEATURES,
            state=DoorState(is_locked=locked[1] if locked else None),
        )

    def _learn(self, rows: Iterable[Any]) -> None:
        """Take the doors and their newest names from rows, before events are made."""
        for raw in map(mapping, rows):
            if (door_id := text(raw.get("doorId"))) is None:
                continue
            name, at = text(raw.get("doorName")), milliseconds(raw.get("eventAt")) or 0
            if at <= self._gone.get(door_id, -1):
                continue
            self._gone.pop(door_id, None)
            self._told_at[door_id] = max(at, self._told_at.get(door_id, 0))
            self._names.setdefault(door_id, None)
            if name and at and at >= self._named_at.get(door_id, 0):
                self._named_at[door_id] = at
                self._names[door_id] = name

    @override
    async def forget_door(self, door_id: str) -> None:
        self._gone[door_id] = self._told_at.get(door_id, 0)
        for known in (self._names, self._named_at, self._locked):
            known.pop(door_id, None)

    # What happened

    @override
    async def prime(self, recent: Sequence[AccessEvent]) -> None:
        self._seen.add(event.key for event in recent)

    @override
    async def start_cursor(self, import_days: int) -> Cursor:
        now = self._client.now
        position = Position(now, now - import_days * DAY, doors=dict(self._names))
        position.alternative = set(self._client.alternative)
        if import_days:
            position.at = position.floor
        else:
            # Where each device's log begins is told by its own clock.
            position.floor = 0
            async for rows in self._reader.read(now - _OVERLAP, self._reader.end):
                for row in self._rows(rows)[0]:
                    position.begin_after(row)
        return position.dump()

    @override
    async def read(self, cursor: Cursor) -> AsyncGenerator[Signal]:
        position = Position.load(cursor)
        if missing := position.doors.keys() - self._names.keys() - self._gone.keys():
            kept = {door_id: position.doors[door_id] for door_id in missing}
            self._names = kept | self._names
        position.alternative = set(self._client.alternative)
        began, requests = time.monotonic(), self._client.requests
        sweep = not self.following or began - self._swept >= self._sweep_pause
        looks_back = not self._many or began - self._looked_back >= _SHORT_EVERY
        if not self.following:
            for device, at in position.reached():
                self._late.know(device, at)
        start, end = self._start(position, sweep, looks_back), self._reader.end
        async for rows in self._reader.read(start, end):
            for signal in self._take(rows, position):
                yield signal
            for gap in self._reader.left_out.take():
                yield gap
        if sweep:
            self._swept = began
            share = min(1.0, 2 * _OVERLAP / max(end - start, 1))
            swept = share * (self._client.requests - requests)
            pause = min(_SWEEP, _SWEEP_SHARE * swept)
            self._sweep_pause = pause if swept > _MANY_REQUESTS else 0.0
        for hole in self._due(position):
            async for signal in self._look(hole, position):
                yield signal
        requests = self._client.requests - requests
        self.pace.spent(requests)
        if looks_back:
            self._looked_back = began
            self._many = requests > _MANY_REQUESTS
        if not self.following:
            for door_id in tuple(self._locked):
                yield DoorUpdate(door_id, self._door(door_id).state)
        self._late.reached()
        self.holes = len(position.holes)
        self._uneven = [
            device for device, count in position.counts.items() if count.uneven
        ]

    @override
    async def reread(self, start: datetime, end: datetime) -> AsyncGenerator[Signal]:
        windows = self._reader.read(to_milliseconds(start), to_milliseconds(end))
        async for raw in self.in_turns(windows):
            rows, unreadable = self._rows(raw)
            for told in unreadable:
                yield told
            for batch in between([row.event for row in rows], start, end):
                yield batch

    def _start(self, position: Position, sweep: bool, looks_back: bool) -> int:
        """Return from when to read, in ms.

        A device whose clock is behind hands in what seems old each time; how far that
        goes is learned when it is found.
        """
        lag = min(max(self._lags.values(), default=0), _LONGEST_LAG)
        since = round((self.elapsed or 0) * 1000)
        start = min(position.at, self._client.now - lag - since)
        start -= _SHORT if looks_back else _QUICK
        start = max(start, position.at - WINDOW)
        if sweep:
            start = min(start, position.at - _OVERLAP)
        # Reading never begins after now, even if a clock told so.
        return max(min(start, self._client.now), position.floor, 0)

    def _rows(self, raw: Iterable[Any]) -> tuple[list[Row], list[Unreadable]]:
        """Return rows in the order in which they happened, and what is none."""
        raw = list(raw)
        self._learn(raw)
        rows: list[Row] = []
        unreadable: list[Unreadable] = []
        for payload in raw:
            if (row := read_row(payload, self._names)) is not None:
                rows.append(row)
            elif (key := f"unreadable {digest(payload)}") not in self._seen:
                self._seen.add((key,))
                unreadable.append(Unreadable("events", redact_shape(payload)))
        return sorted(rows, key=lambda row: row.order), unreadable

    def _take(self, raw: Iterable[Any], position: Position) -> Iterable[Signal]:
        """Tell what of a whole window is new, and note how far it brings us."""
        before = position.dump()
        known = position.doors
        if self.following:
            raw = [row for row in raw if not self._was_told(row)]
        rows, unreadable = self._rows(raw)
        yield from unreadable
        rows = [row for row in rows if position.wants(row)]
        for row in rows:
            position.at = max(position.at, min(row.at, self._client.now))
        fresh = [row for row in rows if row.event.key not in self._seen]
        for row in fresh:
            position.count(row)
        changes = self._note_relays(fresh if self.following else rows)
        position.doors, position.gone = dict(self._names), dict(self._gone)
        if position.doors != known:
            yield DoorList([self._door(door_id) for door_id in self._names])
        late, others = self._late.part(
            [(row.device, row.at, row.event) for row in fresh], self.elapsed
        )
        punctual = {id(event) for event in others}
        self._note_lags(row for row in fresh if id(row.event) in punctual)
        parts = [
            Batch(events=events[at : at + _BATCH], live=live)
            for events, live in ((late, False), (others, True))
            for at in range(0, len(events), _BATCH)
        ]
        if (cursor := position.dump()) != before:
            if parts:
                parts[-1] = replace(parts[-1], cursor=cursor)
            else:
                parts.append(Batch(cursor=cursor))
        for part in parts:
            yield part
            self._seen.add(event.key for event in part.events)
        if self.following:
            for door_id, locked in changes:
                yield DoorUpdate(door_id, DoorState(is_locked=locked))

    def _was_told(self, row: Any) -> bool:
        """Tell whether a row came before, without looking into it."""
        log_id = text(mapping(row).get("logId"))
        return log_id is not None and log_id in self._seen

    def _note_relays(self, rows: Iterable[Row]) -> list[tuple[str, bool]]:
        """Note which doors are locked; returns each change, also a short one."""
        changes: list[tuple[str, bool]] = []
        for row in rows:
            door_id, locked = row.event.door_id, _RELAY.get(row.event.kind)
            if door_id not in self._names or locked is None:
                continue
            known = self._locked.get(door_id)
            if known is None or row.order >= known[0]:
                self._locked[door_id] = (row.order, locked)
                changes.append((door_id, locked))
        return changes

    def _note_lags(self, fresh: Iterable[Row]) -> None:
        """Note how far each device's newest event seems to be behind the cloud."""
        if self.following:
            now = self._client.now
            for row in fresh:
                self._lags[row.device] = max(0, now - row.at)

    # What is missing

    def _due(self, position: Position) -> list[Hole]:
        """Return the holes that are to be looked at now."""
        now = time.monotonic()
        known = {(hole.device, hole.first) for hole in position.holes}
        self._next_look = {
            key: at for key, at in self._next_look.items() if key in known
        }
        due: list[Hole] = []
        for hole in position.holes if self.following else ():
            key = (hole.device, hole.first)
            pause = self.pace.interval * 2**hole.looks
            if now >= self._next_look.setdefault(key, now + pause):
                self._next_look[key] = now + 2 * pause
                due.append(hole)
        return due

    async def _look(self, hole: Hole, position: Position) -> AsyncGenerator[Signal]:
        """Read once more where rows are missing; one that stays is a gap."""
        async for rows in self._reader.read(max(hole.start - 1000, 0), hole.end + 1000):
            for signal in self._take(rows, position):
                yield signal
        if hole not in position.holes:
            return
        hole.looks += 1
        worth_telling = hole.looks >= _LOOKS and position.give_up(hole)
        yield Batch(cursor=position.dump())
        if worth_telling:
            count = hole.last - hole.first + 1
            yield Gap(
                from_milliseconds(hole.start),
                from_milliseconds(hole.end),
                f"{count} of device {hole.device}: {hole.first} to {hole.last}",
            )

    # What can be done

    @override
    async def register_user(self, request: UserRequest) -> UserResult:
        return await self._register.add(request)

    @override
    def diagnostics(self) -> dict[str, object]:
        return {
            "requests": self._client.requests,
            "failed_requests": self._client.failures,
            "polls": self.polls,
            "poll_interval": self.pace.interval,
            "other_base": sorted(self._client.alternative),
            "remembered": len(self._seen),
            "doors_known": len(self._names),
            "holes_open": self.holes,
            "devices_with_uneven_numbers": self._uneven,
            "windows_short_of_total": self._reader.incomplete,
        }


def create(
    config: Mapping[str, Any],
    options: Mapping[str, Any],
    session: aiohttp.ClientSession,
) -> AccessSystem:
    """Make the adapter of one place.

    `config` has `place_id`, `api_key` and `base_url`; `options` may have
    `poll_interval` in seconds.
    """
    place_id = str(config["place_id"]).strip()
    if not re.fullmatch(r"[0-9]{1,18}", place_id):
        raise AccessSystemError("wrong_place_id")
    client = ClueClient(
        session,
        str(config.get("base_url") or BASE_URL),
        place_id,
        str(config["api_key"]),
    )
    interval = float(options.get("poll_interval") or 15)
    quick = min(interval, max(5.0, interval / 3))
    return Clue(place_id, client, Pace(interval, quick=quick, idle=2 * interval))
