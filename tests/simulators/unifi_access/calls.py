"""Rings at doors and how they end."""

from dataclasses import dataclass
from typing import Any

from . import frames
from .log import Actor, Happening
from .site import Door
from .taps import Taps
from .world import DoorLike, PersonLike

REASONS = {
    "timeout": 105,
    "rejected": 106,
    "unlocked": 107,
    "cancelled": 108,
    "elsewhere": 400,
}


@dataclass(slots=True)
class Call:
    """A ring that nobody has answered yet."""

    door: Door
    request_id: str


class Calls(Taps):
    """Happenings of the intercoms."""

    def __init__(self, **options: Any) -> None:
        """Set up without calls; the options are those of `Simulator`."""
        super().__init__(**options)
        self.calls: dict[str, Call] = {}

    async def ring(self, door: DoorLike) -> Happening:
        """Let a visitor press the doorbell; nobody answering, it is missed."""
        where = self.site.door(door)
        happening = self.happening("ring", "ring", door=where, method="button")
        request_id = self.site.uuid(f"ring {happening.number}").replace("-", "")
        call = Call(where, request_id)
        self.calls[request_id] = call
        if self.modes.call_receivers:
            self.stream.push(
                frames.remote_view(self.site, where, request_id, happening.at_ms)
            )
            self.stream.push(frames.door_bell(where, request_id))
        device = where.reader or where.hub
        self.record(
            happening,
            type=self.modes.ring_type,
            message="Doorbell Rang",
            result="INCOMPLETE",
            topics=("door_openings",),
            log_key="access.doorbell.visitor.rang.remotecall",
            category="Doorbell",
            actor=Actor(device.type, device.id, device.name) if device else Actor(),
            provider="BUTTON_DOOR_BELL",
            places=self.places(where, where.reader),
        )
        self.later(
            self.modes.call_seconds,
            lambda: self._missed(call) if request_id in self.calls else None,
        )
        return happening

    async def answer(
        self, door: DoorLike, person: PersonLike = 0, opens: bool = False
    ) -> Happening:
        """Let somebody answer the ring at a door and unlock it."""
        call = self._take(door)
        who = self.site.person(person)
        happening = self.happening(
            "call_answered",
            "access_granted",
            door=call.door,
            person=who,
            method="call",
            granted=True,
        )
        self._end(call, "unlocked")
        self.unlock(call.door)
        self._record_access(happening, call.door, who)
        if opens:
            self.pass_through(call.door)
        return happening

    async def miss(self, door: DoorLike) -> Happening:
        """Let the ring at a door time out now."""
        return self._missed(self._take(door))

    async def reject(self, door: DoorLike) -> Happening:
        """Let somebody reject the ring at a door; the log keeps no row of it."""
        call = self._take(door)
        self._end(call, "rejected")
        return self.happening("call_rejected", "", door=call.door)

    async def cancel(self, door: DoorLike) -> Happening:
        """Let the visitor end the ring at a door; the log keeps no row of it."""
        call = self._take(door)
        self._end(call, "cancelled")
        return self.happening("call_cancelled", "", door=call.door)

    async def answer_elsewhere(self, door: DoorLike) -> Happening:
        """Let another device take the ring at a door without unlocking."""
        call = self._take(door)
        self._end(call, "elsewhere")
        return self.happening("call_taken", "", door=call.door)

    def _take(self, door: DoorLike) -> Call:
        """Return the newest ring at a door. Raises LookupError without one."""
        where = self.site.door(door)
        for key in reversed(self.calls):
            if self.calls[key].door is where:
                return self.calls[key]
        raise LookupError(f"nobody rings at {where.name}")

    def _end(self, call: Call, how: str) -> None:
        """End a ring and tell how it ended."""
        self.calls.pop(call.request_id, None)
        if self.modes.call_receivers:
            self.stream.push(
                frames.remote_view_change(call.request_id, REASONS[how], self.modes)
            )

    def _missed(self, call: Call) -> Happening:
        """End a ring that nobody answered; its row has the type of an unlock."""
        self._end(call, "timeout")
        return self._record_missed(call.door)

    def _record_missed(self, door: Door, at_ms: int | None = None) -> Happening:
        """Write the row of a missed call."""
        happening = self.happening("call_missed", "call_missed", door=door, at_ms=at_ms)
        return self.record(
            happening,
            type="access.door.unlock",
            message="Doorbell Missed",
            result=self.modes.missed_result,
            topics=("door_openings",),
            log_key="access.doorbell.from_door.missed",
            category="Doorbell",
            provider="BUTTON_DOOR_BELL",
            places=self.places(door, door.reader),
            push=at_ms is None,
        )
