"""What happens at a UniFi Access site from now on: notifications, confirmed by polls."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
import time

from ...models import AccessEvent, DoorMode, EventKind, Method, Person
from ..base import Batch, Cursor, DoorUpdate, HistoryNeeded, Signal, SystemUpdate
from ..parsing import from_milliseconds
from ..tasks import rest
from .events import ACTOR_ID, ACTOR_NAME, Sighting, slack_of
from .frames import FrameReader
from .polls import Polls
from .position import Position
from .records import View
from .site import Site

_SIBLING = 0.3
_CONFIRMED_AFTER = 5.0
_UNCONFIRMED_AFTER = 15.0
_RULES_AFTER = 20.0
_RULE_AFTER = 1.0
_AROUND = 10_000
_FRAMES_AT_ONCE = 50


class Live:
    """Follows one site until it is closed or lost."""

    def __init__(self, site: Site) -> None:
        """Follow a site whose stream is open and whose history was read."""
        self._site = site
        self._frames = FrameReader(
            site.book, site.interpreter, site.device_time, site.reader.topics
        )
        self._polls = Polls(site, self._moved)
        self._unlocks: list[tuple[float, str, int]] = []
        self._siblings: list[tuple[float, Sighting]] = []
        self._watched: dict[str, float] = {}

    @property
    def notifications(self) -> dict[str, int]:
        """Return how often each kind of notification came."""
        return self._frames.kinds

    async def follow(self, cursor: Cursor) -> AsyncGenerator[Signal]:
        """Tell what happens; raises `AccessSystemError` when the site is lost."""
        site = self._site
        if site.position is None:
            site.position = Position.load(cursor, site.device_time())
        self._polls.start()
        try:
            for signal in self._settle():
                yield signal
            while True:
                self._polls.check()
                site.wake.clear()
                self._polls.mind_stream()
                if site.stream.overflowed:
                    site.stream.drop()
                    self._polls.reread_doors()
                    yield HistoryNeeded("more notifications came than could be kept")
                for signal in self._heard():
                    yield signal
                if not self._polls.parts.empty():
                    async for signal in self._polled():
                        yield signal
                for signal in (*self._due(), *site.drain()):
                    yield signal
                if site.stream.waits:
                    await asyncio.sleep(0)
                elif not site.wake.is_set():
                    await self._rest()
        finally:
            await self._polls.stop()

    async def stop(self) -> None:
        """End the polls, in case nobody ends `follow`."""
        await self._polls.stop()

    async def _rest(self) -> None:
        """Wait until something came or is due."""
        now = time.monotonic()
        due = [self._site.sensing.next(now), now + 5]
        due += [when for when, _ in self._siblings]
        due += [max(when, now + 0.5) for when, _, _ in self._unlocks]
        due += self._watched.values()
        await rest(self._site.wake, max(min(due) - now, 0.01))

    def _heard(self) -> Iterator[Signal]:
        """Tell what the next notifications tell."""
        for _ in range(_FRAMES_AT_ONCE):
            if (taken := self._site.stream.take()) is None:
                return
            arrived, frame = taken
            yield from self._take_frame(frame, arrived)

    async def _polled(self) -> AsyncIterator[Signal]:
        """Tell what the polls have read."""
        parts = self._polls.parts
        while not parts.empty():
            polled = parts.get_nowait()
            try:
                async for signal in self._site.digest(
                    polled.part, live=polled.live, mark=polled.mark
                ):
                    yield signal
            finally:
                parts.task_done()

    def _take_frame(self, frame: object, arrived: float) -> list[Signal]:
        """Return what a notification tells, and note what it asks for."""
        site = self._site
        effects = self._frames.read(frame, arrived)
        signals: list[Signal] = []
        for signal in effects.signals:
            if isinstance(signal, SystemUpdate):
                site.set_emergency(signal.state.evacuation, signal.state.lockdown)
            else:
                signals.append(signal)
        for sighting in effects.sightings:
            if sighting.event.door_id is None and sighting.view in (
                View.LOG,
                View.INSIGHT,
            ):
                # Its sibling may know the door.
                self._siblings.append((arrived + _SIBLING, sighting))
            else:
                signals += self._take(sighting)
        for door_id, is_locked in effects.locks:
            site.sensing.lock(door_id, is_locked, arrived)
            self._watched[door_id] = arrived + _RULES_AFTER
        for door_id in effects.rules:
            self._watched[door_id] = arrived + _RULE_AFTER
        for door_id, is_open in effects.moved:
            slack = slack_of(EventKind.DOOR_OPENED)
            at = site.device_time(arrived)
            signals += self._moved(door_id, is_open, at, arrived, at - slack)
        for door_id in effects.unlocked:
            self._unlocks.append(
                (arrived + _CONFIRMED_AFTER, door_id, site.device_time(arrived))
            )
        self._polls.ask(effects, arrived)
        # What shows a thing comes first, for it to show this very event.
        return [*site.learned(), *signals]

    def _take(self, sighting: Sighting, *, live: bool = True) -> list[Signal]:
        """Return what a sighting tells."""
        event, news = self._site.matcher.take(sighting)
        self._site.note_time(sighting.at)
        self._site.book.note_event(event)
        return [Batch(events=[event], live=live)] if news else []

    def _moved(
        self, door_id: str, is_open: bool, at: int, now: float, earliest: int
    ) -> list[Signal]:
        """Return that a door opened or closed, as its sensor shows."""
        site = self._site
        kind = EventKind.DOOR_OPENED if is_open else EventKind.DOOR_CLOSED
        sighting = Sighting(
            view=View.STATE,
            identity=f"{kind}:{door_id}:{at}",
            event=AccessEvent(
                key="",
                occurred_at=from_milliseconds(at),
                kind=kind,
                vendor_code="access.data.v2.location.update",
                door_id=door_id,
                door_name=site.book.doors[door_id].name,
            ),
            outcome=kind,
            start=earliest,
            end=at + slack_of(kind),
        )
        event, news = site.matcher.take(sighting)
        signals: list[Signal] = [Batch(events=[event])] if news else []
        if is_open:
            site.sensing.opened(event, now)
            site.pace.soon(2.0)
        else:
            signals += self._alarms(site.sensing.closed(door_id, at))
        return signals

    def _alarms(self, events: list[AccessEvent], *, live: bool = True) -> list[Signal]:
        """Return alarms with the states of the doors that they changed."""
        if not events:
            return []
        doors = {event.door_id for event in events}
        states = [
            DoorUpdate(door.id, door.state)
            for door in self._site.book.doors.values()
            if door.id in doors
        ]
        return [Batch(events=events, live=live), *states]

    def _settle(self) -> list[Signal]:
        """Return what followed from a break: alarms that ended unseen."""
        site = self._site
        events = site.sensing.settle(site.device_time(), time.monotonic())
        return [*self._alarms(events, live=False), site.door_list()]

    def _due(self) -> list[Signal]:
        """Return what time has brought about."""
        site, now = self._site, time.monotonic()
        signals = self._alarms(site.sensing.look(now, self._polls.newest))
        if site.sensing.waits_for_log(now) and site.can_log:
            site.pace.soon(0.0)
        ripe = [sighting for due, sighting in self._siblings if due <= now]
        if ripe:
            self._siblings = [entry for entry in self._siblings if entry[0] > now]
            for sighting in ripe:
                signals += self._take(sighting)
        if self._unlocks:
            signals += self._judge_unlocks(now)
        for door_id in [door for door, due in self._watched.items() if due <= now]:
            del self._watched[door_id]
            state = (
                site.book.doors[door_id].state if door_id in site.book.doors else None
            )
            if (
                door_id in site.book.rules
                and state is not None
                and (state.is_locked is False or state.mode is not DoorMode.NORMAL)
            ):
                self._polls.reread_doors()
        return signals

    def _judge_unlocks(self, now: float) -> list[Signal]:
        """Return the remote unlocks that neither log nor notification tells more of."""
        site = self._site
        signals: list[Signal] = []
        waiting: list[tuple[float, str, int]] = []
        for due, door_id, at in self._unlocks:
            confirmed = (
                not site.can_log or self._polls.newest > due - _CONFIRMED_AFTER + 0.5
            )
            if now < due or (
                not confirmed and now < due - _CONFIRMED_AFTER + _UNCONFIRMED_AFTER
            ):
                waiting.append((due, door_id, at))
                continue
            outcomes = ("granted", EventKind.DOOR_UNLOCKED)
            if site.matcher.tells(outcomes, door_id, at - _AROUND, at + _AROUND):
                continue
            ours = abs(site.opened.get(door_id, 0) - at) < _AROUND
            sighting = Sighting(
                view=View.STATE,
                identity=f"unlock:{door_id}:{at}",
                event=AccessEvent(
                    key="",
                    occurred_at=from_milliseconds(at),
                    kind=EventKind.ACCESS_GRANTED,
                    vendor_code="access.data.device.remote_unlock",
                    door_id=door_id,
                    door_name=site.book.doors[door_id].name
                    if door_id in site.book.doors
                    else None,
                    person=Person(id=ACTOR_ID, name=ACTOR_NAME) if ours else None,
                    method=Method.REMOTE,
                ),
                outcome="granted",
                start=at - _AROUND,
                end=at + _AROUND,
                actor=ACTOR_ID if ours else None,
            )
            signals += self._take(sighting)
        self._unlocks = waiting
        return signals
