"""What happens at a gateway's devices from now on, in the order of their records."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
import logging
import time
from typing import Any

from ...models import AccessEvent
from ..base import AccessSystemError, Batch, ConnectError, Signal
from ..tasks import end, rest
from .backlog import Backlog, is_same
from .log import Page, anchor_after
from .position import Anchor
from .site import CHUNK, Site
from .watch import Watch

_PATIENCE = 0.3
"""How long a record waits for the ones before it, which may come late."""
_FOR_DOOR = 0.1
"""How long one that tells no door waits for the next, which may."""
_LONGEST = 1.5
"""After how long records are told although others before them are still being read."""
_TAIL = 0.05
_TAILS = 6
_TAILS_ANEW = 30
"""How long, and how often, to wait for the stream to tell what the log told first."""
_RECONNECTED = 20.0
"""After how long a device's log is read that came back, unless it is ready before."""
_RETRY = 2.0
_TRIES = 3
_AT_ONCE = 200

_LOGGER = logging.getLogger(__name__)


class Live:
    """Follows one gateway until it is closed or lost."""

    def __init__(self, site: Site) -> None:
        """Follow a gateway whose streams are open."""
        self._site = site
        self._watch = Watch(site, self._appeared)
        self._backlogs: dict[int, Backlog] = {}
        self._fetching: tuple[int, asyncio.Task[Page]] | None = None
        self._busy: int | None = None
        """The device of which a page is being read, or told."""
        self._waiting: list[asyncio.Future[None]] = []
        self.following = False
        self.backfills = 0

    async def follow(self) -> AsyncGenerator[Signal]:
        """Tell what happens; raises `AccessSystemError` when the gateway is lost."""
        site = self._site
        for device in site.devices.connected():
            self._behind(device, lost=True)
        self._watch.start()
        self.following = True
        try:
            yield site.door_list()
            while True:
                site.wake.clear()
                site.streams.check()
                self._watch.check()
                for signal in self._statuses():
                    yield signal
                async for signal in self._records():
                    yield signal
                async for signal in self._backfill():
                    yield signal
                while site.outbox:
                    yield site.outbox.popleft()
                self._tell_waiting()
                await self._rest()
        finally:
            await self.stop()

    async def stop(self) -> None:
        """End what runs beside `follow`."""
        self.following = False
        fetching, self._fetching = self._fetching, None
        if fetching is not None:
            await end(fetching[1])
        await self._watch.stop()
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(ConnectError("connection_lost"))
        self._waiting.clear()

    async def catch_up(self) -> None:
        """Return when all that the connected devices hold now has been told."""
        waiting = asyncio.get_running_loop().create_future()
        for device in self._site.devices.connected():
            self._behind(device)
        self._waiting.append(waiting)
        self._site.wake.set()
        await waiting

    def _tell_waiting(self) -> None:
        """Let those go on who wait until all is told."""
        if self._waiting and not self._backlogs:
            for waiting in self._waiting:
                if not waiting.done():
                    waiting.set_result(None)
            self._waiting.clear()

    async def _rest(self) -> None:
        """Wait until something came or is due."""
        site = self._site
        if site.streams.records or site.streams.statuses or site.outbox:
            await asyncio.sleep(0)
            return
        now = time.monotonic()
        busy = self._busy is not None
        due = [] if busy else [b.due for b in self._backlogs.values()]
        if any(at <= now for at in due):
            await asyncio.sleep(0)
            return
        for backlog in self._backlogs.values():
            if backlog.held:
                due += (backlog.since + _FOR_DOOR, backlog.since + _LONGEST)
        wait = min((at - now for at in due if at > now), default=5.0)
        await rest(site.wake, wait)

    # Devices that come and go

    def _behind(
        self,
        device: int,
        *,
        verify: bool = True,
        lost: bool = False,
        delay: float = 0.0,
    ) -> Backlog:
        """Have a device's log read."""
        now = time.monotonic()
        backlog = self._backlogs.setdefault(device, Backlog(now, now + delay, verify))
        backlog.due = min(backlog.due, now + delay)
        backlog.verify = backlog.verify or verify
        backlog.lost = backlog.lost or lost
        return backlog

    def _appeared(self, device: int, *, lost: bool) -> None:
        """Read the log of a device that is connected again, or just to be sure."""
        self._behind(device, lost=lost)
        self._site.wake.set()

    def _statuses(self) -> Iterator[Signal]:
        """Take over which devices have come and gone."""
        site = self._site
        while site.streams.statuses:
            status = site.streams.statuses.popleft()
            device = status.deviceID
            was = site.devices.is_online(device)
            online = site.devices.change(status)
            if online:
                # Its log may have begun anew: nothing follows until it was read.
                self._behind(device, lost=True, delay=_RECONNECTED)
                self._watch.connected(device)
            elif was:
                site.loaded.discard(device)
                site.streams.unmonitored.discard(device)
                backlog = self._backlogs.pop(device, None)
                yield from self._release(device, backlog)
            yield from site.door_updates(set(site.doors.of(device)))
            yield from site.zone_updates(device)

    # Records of the stream

    async def _records(self) -> AsyncGenerator[Signal]:
        """Tell the records that follow what was told; hold those that do not."""
        site = self._site
        if site.streams.overflowed:
            site.streams.overflowed = False
            for device in site.devices.connected():
                self._behind(device)
        while site.streams.records:
            fresh: dict[int, list[Any]] = {}
            for _ in range(min(len(site.streams.records), _AT_ONCE)):
                record = site.streams.records.popleft()
                device = self._owner(record.deviceID)
                if self._is_apart(device, record):
                    if device in fresh:
                        site.streams.records.appendleft(record)
                        break
                    for signal in self._part(device, record):
                        yield signal
                if self._is_next(device, record, fresh.get(device)):
                    fresh.setdefault(device, []).append(record)
            for device, records in fresh.items():
                if site.interpreter.waits_for_door(records[-1]):
                    backlog = self._behind(device, verify=False, delay=_PATIENCE)
                    backlog.hold(records.pop())
                if not records:
                    continue
                for signal in self._tell(device, records, move=True):
                    yield signal
                self._move(device, records)
            await asyncio.sleep(0)
        for device, backlog in list(self._backlogs.items()):
            for signal in self._follow_up(device, backlog):
                yield signal
            if backlog.held and time.monotonic() - backlog.since > _LONGEST:
                for signal in self._release(device, backlog):
                    yield signal

    def _owner(self, device: int) -> int:
        """Return the device in whose log a record is that bears a device's id."""
        if device in self._site.position.anchors or self._site.devices.is_online(
            device
        ):
            return device
        if master := self._site.devices.master(device):
            return master
        record, _ = self._site.doors.at(device)
        return record.device if record else device

    def _is_next(self, device: int, record: Any, before: list[Any] | None) -> bool:
        """Return whether a record follows what was told; keep it otherwise."""
        site = self._site
        anchor = site.position.anchors.get(device)
        last = before[-1].ID if before else anchor.last if anchor else 0
        backlog = self._backlogs.get(device)
        if backlog is None and anchor is not None and last + 1 == record.ID:
            return True
        if last >= record.ID and (
            site.told.has(device, record)
            or any(is_same(record, other) for other in before or ())
        ):
            return False
        # One before it is missing, or the log began anew, or it was never read.
        verify = anchor is None or last >= record.ID
        if backlog is None or verify:
            backlog = self._behind(
                device, verify=verify, delay=0.0 if verify else _PATIENCE
            )
        backlog.hold(record)
        return False

    def _is_apart(self, device: int, record: Any) -> bool:
        """Return whether a record can't be in the same log as those that are held.

        Its number is that of another one which is held, or which was told before them.
        """
        backlog = self._backlogs.get(device)
        anchor = self._site.position.anchors.get(device)
        if backlog is None or anchor is None or not backlog.held:
            return False
        if self._site.told.has(device, record):
            return False
        if backlog.differs(record):
            return True
        return bool(record.ID <= anchor.last < min(backlog.held))

    def _part(self, device: int, record: Any) -> Iterator[Signal]:
        """Tell what is held of the log before this record's, as it can't be read again.

        Where that is only likely, and the log may be the same after all, the position
        stays: then what is told here is read again and known by its key.
        """
        site, backlog = self._site, self._backlogs[device]
        anchor = site.position.anchors[device]
        sure = backlog.differs(record)
        backlog.checked.clear()
        records = backlog.take(list(backlog.held))
        if anchor.last >= records[0].ID:
            # That log had begun anew itself, and is known by the stream alone.
            page = Page(device, Anchor(anchor.epoch + 1), records, replaced=anchor)
            yield from site.preface(page, lost=False)
        yield from self._tell(device, records, move=sure)
        if sure:
            self._move(device, records)

    def _follow_up(self, device: int, backlog: Backlog) -> Iterator[Signal]:
        """Tell the held records that follow, once the missing one came late."""
        if backlog.verify or backlog.verifying or device == self._busy:
            return
        run = backlog.run_after(self._site.position.anchors[device].last)
        if (
            run
            and self._site.interpreter.waits_for_door(run[-1])
            and time.monotonic() - backlog.since < _FOR_DOOR
        ):
            backlog.hold(run.pop())
        if run:
            yield from self._tell(device, run, move=True)
            self._move(device, run)
            if not backlog.held:
                self._backlogs.pop(device, None)

    def _release(self, device: int, backlog: Backlog | None) -> Iterator[Signal]:
        """Tell what is held now, although what is before it is still to be read."""
        if backlog is None or backlog.verify or backlog.verifying:
            # Of which epoch they are is not known yet; the log has them too.
            return
        anchor = self._site.position.anchors.get(device, Anchor())
        if records := backlog.take(backlog.beyond(anchor.last)):
            yield from self._tell(device, records, move=False)

    def _tell(self, device: int, records: list[Any], *, move: bool) -> Iterator[Signal]:
        """Return live records, and what they change at doors."""
        site = self._site
        anchor = site.position.anchors.get(device, Anchor())
        events, signals = site.understand(records, device, anchor.epoch)
        yield from signals
        cursor = None
        if move:
            cursor = site.position.dump({device: anchor_after(anchor, records[-1])})
        yield Batch(events=events, cursor=cursor)
        yield from self._effects(device, anchor.epoch, events, records)

    def _effects(
        self,
        device: int,
        epoch: int,
        events: list[AccessEvent],
        records: list[Any],
    ) -> Iterator[Signal]:
        """Return what live events change at doors, and ask for what they leave open."""
        site = self._site
        changed: set[str] = set()
        for event in events:
            number = int(event.key.rpartition(":")[2])
            changed |= site.doors.apply(event, epoch, number)
        yield from site.door_updates(changed)
        if site.doors.stale_after(event.kind for event in events):
            self._watch.stale(device)
        if people := site.names.to_read(records):
            self._watch.renamed(device, people)

    def _move(self, device: int, records: list[Any]) -> None:
        """Move the position behind records that were taken, and remember them."""
        anchors = self._site.position.anchors
        anchors[device] = anchor_after(anchors[device], records[-1])
        self._site.told.add(device, records)

    # Records that must be read from the log

    async def _backfill(self) -> AsyncGenerator[Signal]:
        """Read the log of a device that is behind, one page at a time."""
        if self._fetching is None:
            self._busy = None
            now = time.monotonic()
            due = [device for device, b in self._backlogs.items() if b.due <= now]
            if due:
                device = min(due, key=lambda d: self._backlogs[d].due)
                task = asyncio.create_task(self._fetch(device), name="gsdk log")
                task.add_done_callback(lambda _: self._site.wake.set())
                self._fetching = device, task
                self._busy = device
            return
        device, task = self._fetching
        if not task.done():
            return
        self._fetching = None
        backlog = self._backlogs.get(device)
        try:
            page = task.result()
        except AccessSystemError as err:
            _LOGGER.debug("The log of device %s can't be read: %s", device, err)
            self._busy = None
            if backlog is not None:
                for signal in self._fail(device, backlog):
                    yield signal
            return
        if backlog is None:
            # It is gone since; what was read is read again when it is back.
            self._busy = None
            return
        async for signal in self._take_page(page, backlog):
            yield signal
        self._busy = None

    async def _fetch(self, device: int) -> Page:
        """Read a page, and give the stream a moment to tell the same."""
        site, backlog = self._site, self._backlogs[device]
        backlog.ask()
        if device not in site.position.anchors:
            site.position.anchors[device] = await site.reader.place(
                device, site.position.days, site.position.floor
            )
        page = await site.reader.page(device)
        self.backfills += 1
        # What it told of a log before it was cleared must not come after the new one.
        for _ in range(_TAILS if page.replaced is None else _TAILS_ANEW):
            if not page.records or page.more or backlog.holds(page.records[-1]):
                break
            await asyncio.sleep(_TAIL)
        return page

    def _fail(self, device: int, backlog: Backlog) -> Iterator[Signal]:
        """Go on with a device whose log can't be read now."""
        backlog.verify = backlog.verify or backlog.verifying
        backlog.verifying = False
        backlog.tries += 1
        backlog.due = time.monotonic() + _RETRY * backlog.tries
        if backlog.tries >= _TRIES:
            # The watch asks for it again; whoever waits must not wait for ever.
            backlog.verify = False
            yield from self._release(device, backlog)
            del self._backlogs[device]

    async def _take_page(self, page: Page, backlog: Backlog) -> AsyncGenerator[Signal]:
        """Tell a page: what the stream told too as live, all else as late."""
        site, device = self._site, page.device
        async for signal in self._records():
            yield signal
        if (page.replaced or page.anchor) != site.position.anchors[device]:
            # The stream told meanwhile that the log began anew.
            backlog.verify, backlog.verifying = True, False
            backlog.due = time.monotonic()
            return
        for signal in self._last_of_old(page, backlog):
            yield signal
        for signal in site.preface(page, lost=backlog.lost):
            yield signal
        if backlog.verifying:
            backlog.verifying = backlog.lost = False
        backlog.tries = 0
        if page.more:
            # There is more to come than anybody at a door would wait for.
            backlog.since = 0.0
        at = 0
        while at < len(page.records):
            live = backlog.holds(page.records[at])
            end = at
            while (
                end < len(page.records)
                and end - at < CHUNK
                and backlog.holds(page.records[end]) is live
            ):
                end += 1
            run = list(page.records[at:end])
            if live:
                for signal in self._tell(device, run, move=True):
                    yield signal
                for record in run:
                    backlog.held.pop(record.ID, None)
            else:
                events, signals = site.understand(run, device, page.anchor.epoch)
                for unreadable in signals:
                    yield unreadable
                moved = anchor_after(page.anchor, run[-1])
                cursor = site.position.dump({device: moved})
                yield Batch(events=events, cursor=cursor, live=False)
                if any(record.eventCode >> 12 in (4, 5) for record in run):
                    self._watch.stale(device)
            self._move(device, run)
            at = end
            async for signal in self._records():
                yield signal
        self._drop_known(device, backlog)
        if page.records or backlog.verify:
            backlog.due = time.monotonic()
        elif backlog.held:
            for signal in self._unlisted(device, backlog):
                yield signal
        else:
            self._backlogs.pop(device, None)

    def _last_of_old(self, page: Page, backlog: Backlog) -> Iterator[Signal]:
        """Tell what the stream told of a log before it began anew, with a hole before."""
        if page.replaced is None or backlog.verifying:
            return
        listed = {record.ID for record in page.records if backlog.holds(record)}
        gone = backlog.checked.intersection(backlog.beyond(page.replaced.last)) - listed
        if gone:
            yield from self._tell(page.device, backlog.take(gone), move=False)

    def _drop_known(self, device: int, backlog: Backlog) -> None:
        """Let go of held records that were told; see about those that can't have been.

        One whose number was told, though it is another record, is of a log that began
        anew, unless that was ruled out since it came.
        """
        last = self._site.position.anchors[device].last
        for number, record in list(backlog.held.items()):
            if number > last:
                continue
            if number in backlog.checked or self._site.told.has(device, record):
                del backlog.held[number]
            else:
                backlog.verify = True

    def _unlisted(self, device: int, backlog: Backlog) -> Iterator[Signal]:
        """Go on where the stream told what the log does not list, yet or ever."""
        backlog.tries += 1
        if backlog.tries < _TRIES:
            backlog.due = time.monotonic() + _PATIENCE
            return
        # The position stays: only a log that lists them shows that they are there.
        yield from self._release(device, backlog)
        self._backlogs.pop(device, None)
