"""Doors that are forced or held open, worked out from their position sensors."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ...models import AccessEvent, DoorMode, EventKind
from ..parsing import from_milliseconds
from .doors import DoorBook

_GRACE = 3.5
"""A grant may be told up to three seconds after the opening that it explains."""
_PATIENCE = 10.0
"""After which an opening is judged even if the log can't be read."""
_LOOK_AGAIN = 0.5
_BEFORE = 5_000
_AFTER = 5_000
_RELOCKED = 2.0
_HELD_ON_PURPOSE = (
    DoorMode.UNLOCKED,
    DoorMode.TEMPORARILY_UNLOCKED,
    DoorMode.SCHEDULED,
)

DERIVED = "derived."


@dataclass(slots=True)
class _Opening:
    """A door that is open, or was until its opening is judged."""

    key: str
    at: int
    since: float
    suspicious: bool
    closed_at: int | None = None
    forced: bool = False
    held: bool = False


@dataclass(slots=True)
class Sensing:
    """Watches doors; times `now` are of our steady clock, `at` of the device in ms."""

    book: DoorBook
    held_after: float
    explained: Callable[[str, int, int], bool]
    """Whether anything at a door between two device times explains its opening."""
    _open: dict[str, _Opening] = field(default_factory=dict)
    _unlocked: dict[str, float] = field(default_factory=dict)
    evacuation: bool = False

    def restore(self, recorded: Iterable[AccessEvent]) -> None:
        """Take over openings that were recorded, to go on under the same keys."""
        for event in recorded:
            if event.door_id is None:
                continue
            opening = self._open.get(event.door_id)
            if event.kind is EventKind.DOOR_OPENED and opening is None:
                at = round(event.occurred_at.timestamp() * 1000)
                self._open[event.door_id] = _Opening(
                    event.key, at, 0.0, suspicious=False
                )
            elif event.kind is EventKind.DOOR_CLOSED:
                self._open.pop(event.door_id, None)
            elif opening is not None and event.kind is EventKind.DOOR_HELD_OPEN:
                opening.held = True
            elif opening is not None and event.kind is EventKind.DOOR_FORCED_OPEN:
                opening.forced = True

    def settle(self, at: int | None, now: float) -> list[AccessEvent]:
        """Take the doors as they are after a break; returns the alarms that are over."""
        events: list[AccessEvent] = []
        for door in [*self.book.doors.values()]:
            opening = self._open.get(door.id)
            if door.state.is_open:
                if opening is None and at is not None:
                    self._open[door.id] = _Opening(
                        f"{door.id}-{at}", at, now, suspicious=False
                    )
                elif opening is not None:
                    opening.since = opening.since or now
                    opening.suspicious = False
                    self.book.change(
                        door.id, forced_open=opening.forced, held_open=opening.held
                    )
            elif opening is not None and at is not None:
                opening.suspicious = False
                events += self.closed(door.id, at)
        return events

    def lock(self, door_id: str, is_locked: bool, now: float) -> None:
        """Take that a lock was locked or unlocked."""
        if not is_locked:
            self._unlocked[door_id] = float("inf")
            if (opening := self._open.get(door_id)) is not None:
                # The notification of the lock may come after that of the door.
                opening.suspicious = opening.suspicious and now - opening.since > _GRACE
        elif self._unlocked.get(door_id) == float("inf"):
            self._unlocked[door_id] = now

    def opened(self, event: AccessEvent, now: float) -> None:
        """Take that a door opened."""
        door = self.book.doors.get(event.door_id or "")
        if door is None or (
            (known := self._open.get(door.id)) and known.closed_at is None
        ):
            return
        unlocked = now - self._unlocked.get(door.id, float("-inf")) < _RELOCKED
        suspicious = (
            door.state.is_locked is True
            and not unlocked
            and not self.evacuation
            and door.state.mode not in _HELD_ON_PURPOSE
        )
        at = round(event.occurred_at.timestamp() * 1000)
        self._open[door.id] = _Opening(event.key, at, now, suspicious)

    def closed(self, door_id: str, at: int) -> list[AccessEvent]:
        """Take that a door closed; returns the alarms that this ends."""
        if (opening := self._open.get(door_id)) is None:
            return []
        if opening.suspicious:
            opening.closed_at = at
            return []
        del self._open[door_id]
        return self._end(door_id, opening, at)

    def next(self, now: float) -> float:
        """Return when to look again, by our steady clock."""
        times = [float("inf")]
        for door_id, opening in self._open.items():
            if opening.suspicious:
                times.append(max(opening.since + _GRACE, now + _LOOK_AGAIN))
            elif opening.closed_at is not None:
                times.append(now)
            elif not opening.held and not self._on_purpose(door_id):
                times.append(opening.since + self.held_after)
        return min(times)

    def look(self, now: float, polled: float) -> list[AccessEvent]:
        """Return the alarms that are due.

        `polled` is when the newest successful reading of the log began: it must be
        after an opening for that to be judged early.
        """
        events: list[AccessEvent] = []
        for door_id, opening in [*self._open.items()]:
            if opening.suspicious and now >= opening.since + _GRACE:
                explained = self.explained(
                    door_id, opening.at - _BEFORE, opening.at + _AFTER
                )
                if (
                    not explained
                    and polled < opening.since + 1
                    and now < opening.since + _PATIENCE
                ):
                    continue
                opening.suspicious = False
                if not explained:
                    opening.forced = True
                    self.book.change(door_id, forced_open=True)
                    events.append(
                        self._event(
                            door_id, EventKind.DOOR_FORCED_OPEN, opening.key, opening.at
                        )
                    )
            if opening.closed_at is not None:
                if not opening.suspicious:
                    events += self.closed(door_id, opening.closed_at)
            elif (
                not opening.suspicious
                and not opening.held
                and now >= opening.since + self.held_after
                and not self._on_purpose(door_id)
            ):
                opening.held = True
                self.book.change(door_id, held_open=True)
                at = opening.at + round(self.held_after * 1000)
                events.append(
                    self._event(door_id, EventKind.DOOR_HELD_OPEN, opening.key, at)
                )
        return events

    def waits_for_log(self, now: float) -> bool:
        """Return whether an opening waits for the log to explain it."""
        return any(
            opening.suspicious and now >= opening.since + _GRACE
            for opening in self._open.values()
        )

    def _on_purpose(self, door_id: str) -> bool:
        """Return whether a door may stand open: somebody holds it unlocked."""
        door = self.book.doors.get(door_id)
        return self.evacuation or door is None or door.state.mode in _HELD_ON_PURPOSE

    def _end(self, door_id: str, opening: _Opening, at: int) -> list[AccessEvent]:
        """Return the ends of an opening's alarms."""
        events: list[AccessEvent] = []
        if opening.forced:
            events.append(
                self._event(
                    door_id, EventKind.DOOR_FORCED_OPEN_CLEARED, opening.key, at
                )
            )
        if opening.held:
            events.append(
                self._event(door_id, EventKind.DOOR_HELD_OPEN_CLEARED, opening.key, at)
            )
        if events:
            self.book.change(door_id, forced_open=False, held_open=False)
        return events

    def _event(self, door_id: str, kind: EventKind, key: str, at: int) -> AccessEvent:
        """Return an alarm, or its end, of the opening of that key."""
        door = self.book.doors.get(door_id)
        return AccessEvent(
            key=f"{key}:{kind.value}",
            occurred_at=from_milliseconds(at),
            kind=kind,
            vendor_code=f"{DERIVED}{kind.value}",
            door_id=door_id,
            door_name=door.name if door else None,
        )
