"""Doors: locks, sensors, flags of commands, alarms."""

from typing import Literal

import grpc

from tests.simulators.common import Json

from . import codes
from .rpc import RpcError
from .site import ALARM_FORCED, ALARM_HELD, Device, Door
from .world import Happening, World

type DoorLike = Door | int | str
type Verb = Literal["lock", "unlock", "release"]

_RANK = {0: 0, codes.FLAG_SCHEDULE: 1, codes.FLAG_OPERATOR: 2, codes.FLAG_EMERGENCY: 3}
_REQUESTS = {"lock": codes.DOOR_LOCK, "unlock": codes.DOOR_UNLOCK}
DAY_SECONDS = 86_400


class Doors(World):
    """The doors of the site and what moves them."""

    def door_row(
        self, door: Door, code: int, sub: int = 0, happening: Happening | None = None
    ) -> None:
        """Log something about a door."""
        self.log(door.device, code, sub, entity=door.id, happening=happening)

    def relock(self, door: Door, was: bool, happening: Happening | None) -> None:
        """Log that the lock let go or holds again, if so."""
        if door.is_unlocked == was:
            return
        if door.is_unlocked:
            door.openings += 1
        code = codes.DOOR_UNLOCKED if door.is_unlocked else codes.DOOR_LOCKED
        self.door_row(door, code, happening=happening)

    # Commands of the gateway.

    def operate(self, door: Door, verb: Verb, flag: int, timer: int = 0) -> None:
        """Obey a command. Raises RpcError if a stronger flag holds the door."""
        if flag not in _RANK:
            raise RpcError(
                grpc.StatusCode.INVALID_ARGUMENT, f"Invalid door flag: {flag}"
            )
        if timer and flag != codes.FLAG_OPERATOR:
            raise RpcError(
                grpc.StatusCode.INVALID_ARGUMENT,
                "normalizeTimer is for the operator flag only",
            )
        if timer > DAY_SECONDS:
            raise RpcError(
                grpc.StatusCode.INVALID_ARGUMENT, f"Invalid normalizeTimer: {timer}"
            )
        if _RANK[flag] < _RANK[door.held_by]:
            raise RpcError(
                grpc.StatusCode.UNKNOWN,
                f"Cannot {verb} the door {door.id}: a flag of higher priority is set",
            )
        made = self.happening(verb, door.device, door=door.id)
        was = door.is_unlocked
        door.turn += 1
        door.commands.append((verb, flag, timer))
        if verb == "release":
            door.unlock_flags &= ~flag
            door.lock_flags &= ~flag
            door.let_in = False
            self.door_row(door, codes.DOOR_RELEASE, flag, made)
        else:
            door.unlock_flags = door.unlock_flags & ~flag
            door.lock_flags = door.lock_flags & ~flag
            if verb == "unlock":
                door.unlock_flags |= flag
            else:
                door.lock_flags |= flag
            if not flag and verb == "unlock":
                self._let_in(door, made)
            base = _REQUESTS[verb]
            if self.modes.requests_as_codes and flag:
                self.door_row(door, base | flag, 0, made)
            else:
                self.door_row(door, base, flag, made)
        self.relock(door, was, made)
        if timer:
            turn = door.turn
            self.later(float(timer), lambda: self._normalize(door, turn))

    def _normalize(self, door: Door, turn: int) -> None:
        """End a timed command, unless another command came since."""
        if door.turn != turn:
            return
        made = self.happening("normalized", door.device, door=door.id)
        was = door.is_unlocked
        door.unlock_flags &= ~codes.FLAG_OPERATOR
        door.lock_flags &= ~codes.FLAG_OPERATOR
        self.door_row(door, codes.DOOR_NORMALIZED, happening=made)
        self.relock(door, was, made)

    def set_alarm(self, door: Door, flags: int) -> None:
        """Set a door's alarms; log those that begin and end."""
        made = self.happening("set_alarm", door.device, door=door.id)
        for flag, on, off in (
            (ALARM_FORCED, codes.FORCED_ALARM, codes.FORCED_ALARM_CLEAR),
            (ALARM_HELD, codes.HELD_ALARM, codes.HELD_ALARM_CLEAR),
            (4, codes.APB_ALARM, codes.APB_ALARM_CLEAR),
        ):
            if (flags ^ door.alarm_flags) & flag:
                self.door_row(door, on if flags & flag else off, happening=made)
        door.alarm_flags = flags

    def door_of(self, device: Device, number: int) -> Door:
        """Return a door of a device. Raises RpcError."""
        if (door := device.doors.get(number)) is None:
            raise RpcError(
                grpc.StatusCode.UNKNOWN, f"Cannot find the door {number} in the device"
            )
        return door

    # What people and the building do.

    def _let_in(self, door: Door, happening: Happening) -> None:
        """Unlock a door for a moment, if nothing else holds it."""
        was = door.is_unlocked
        door.let_in = True
        door.turn += 1
        turn = door.turn
        self.relock(door, was, happening)

        def over() -> None:
            if door.turn == turn and door.let_in:
                unlocked = door.is_unlocked
                door.let_in = False
                self.relock(door, unlocked, happening)

        self.later(self.modes.relock_seconds, over)

    def let_in(self, door: Door, happening: Happening, *, opens: bool) -> None:
        """Unlock a door for somebody, who may pass."""
        self._let_in(door, happening)
        if opens and door.sensor:
            self._opened(door, happening)
            self.later(self.modes.pass_seconds, lambda: self._closed(door, happening))

    def _opened(self, door: Door, happening: Happening) -> None:
        """Let the leaf move open."""
        if not door.is_open:
            door.is_open = True
            door.last_open = self.now(door.device)
            self.door_row(door, codes.DOOR_OPENED, happening=happening)

    def _closed(self, door: Door, happening: Happening) -> None:
        """Let the leaf fall shut; alarms of a held or forced door end."""
        if not door.is_open:
            return
        door.is_open = door.held = False
        self.door_row(door, codes.DOOR_CLOSED, happening=happening)
        for flag, code in (
            (ALARM_FORCED, codes.FORCED_ALARM_CLEAR),
            (ALARM_HELD, codes.HELD_ALARM_CLEAR),
        ):
            if door.alarm_flags & flag:
                door.alarm_flags &= ~flag
                self.door_row(door, code, happening=happening)

    def _sensed(self, which: DoorLike) -> Door:
        """Return a door with a sensor. Raises ValueError for another."""
        door = self.site.door(which)
        if not door.sensor:
            raise ValueError(f"{door.name} has no sensor")
        return door

    async def open_door(self, door: DoorLike) -> Happening:
        """Open the leaf; a locked door is thereby forced."""
        where = self._sensed(door)
        if not where.is_unlocked:
            return await self.force_open(where)
        made = self.happening("open_door", where.device, door=where.id)
        self._opened(where, made)
        return made

    async def close_door(self, door: DoorLike) -> Happening:
        """Close the leaf."""
        where = self._sensed(door)
        made = self.happening("close_door", where.device, door=where.id)
        self._closed(where, made)
        return made

    async def force_open(self, door: DoorLike) -> Happening:
        """Break a locked door open."""
        where = self._sensed(door)
        made = self.happening("force_open", where.device, door=where.id)
        self._opened(where, made)
        self.door_row(where, codes.DOOR_FORCED, happening=made)
        where.alarm_flags |= ALARM_FORCED
        if self.modes.alarm_rows:
            self.door_row(where, codes.FORCED_ALARM, happening=made)
        return made

    async def hold_open(
        self, door: DoorLike, seconds: float | None = None
    ) -> Happening:
        """Hold an open door for too long; let go after some seconds, or never."""
        where = self._sensed(door)
        made = self.happening("hold_open", where.device, door=where.id)
        self._opened(where, made)
        where.held = True
        where.alarm_flags |= ALARM_HELD
        self.door_row(where, codes.DOOR_HELD, happening=made)
        if self.modes.alarm_rows:
            self.door_row(where, codes.HELD_ALARM, happening=made)
        if seconds is not None:
            self.later(seconds, lambda: self._closed(where, made))
        return made

    async def exit_button(self, door: DoorLike, opens: bool = False) -> Happening:
        """Let somebody press the button inside."""
        where = self.site.door(door)
        made = self.happening("exit_button", where.device, door=where.id)
        self.door_row(where, codes.EXIT_BUTTON, happening=made)
        if not where.locked_down:
            self.let_in(where, made, opens=opens)
        return made

    async def schedule(self, door: DoorLike, active: bool = True) -> Happening:
        """Let a schedule that unlocks a door begin or end."""
        where = self.site.door(door)
        made = self.happening("schedule", where.device, door=where.id)
        was, flag = where.is_unlocked, codes.FLAG_SCHEDULE
        if active:
            where.unlock_flags |= flag
            base = codes.DOOR_UNLOCK
            if self.modes.requests_as_codes:
                self.door_row(where, base | flag, 0, made)
            else:
                self.door_row(where, base, flag, made)
        else:
            where.unlock_flags &= ~flag
            self.door_row(where, codes.DOOR_RELEASE, flag, made)
        self.relock(where, was, made)
        return made

    async def state_of(self, door: DoorLike) -> Json:
        """Return the true state of a door."""
        where = self.site.door(door)
        return {
            "device": where.device.id,
            "id": where.id,
            "name": where.name,
            "unlocked": where.is_unlocked,
            "locked_down": where.locked_down,
            "open": where.is_open if where.sensor else None,
            "held": where.held,
            "unlock_flags": where.unlock_flags,
            "lock_flags": where.lock_flags,
            "alarm_flags": where.alarm_flags,
            "openings": where.openings,
            "commands": list(where.commands),
        }
