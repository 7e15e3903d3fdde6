"""What a BAS-IP panel has: its locks, its door's sensor, its exit button.

Source: BAS-IP's API pages "Access general", "Door sensor" and "Exit button".
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
import re
import time
from typing import Any

from ...models import Door, DoorFeature, DoorMode, DoorState, SystemState
from ..base import DoorUpdate, PermissionMissing, RequestRejected, SystemUpdate
from ..parsing import flag, mapping, text
from .client import BasIpClient, NotReady
from .events import MAIN_DOOR

MODES = (DoorMode.NORMAL, DoorMode.UNLOCKED)

_EXIT_BUTTON = "access/exit/button/toggle"
_LOCK = "access/general/lock"
_LOCK_ID = re.compile(r"[1-9][0-9]?")
_LONGEST_HOLD = 604_800
"""Seconds that a panel holds a lock open at most: a week."""
_MOST_LOCKS = {False: 2, True: 8}
_TAMPERED_FOR = 60.0
"""Seconds that tampering is shown: a panel does not say when it ends."""


class Site:
    """The locks of one panel, which are its doors; the panel stands at the first.

    A panel does not tell whether a lock is held open, so that is what was asked for
    from here, and unknown until then.
    """

    def __init__(self, client: BasIpClient) -> None:
        """Start with one lock of which nothing is known."""
        self._client = client
        self.name = "BAS-IP"
        self.model: str | None = None
        self.camdroid = False
        self.has_camera = True
        self.has_sensor = True
        self.exit_button: bool | None = None
        """Whether the exit button works; None where the panel does not say."""
        self.locks: list[str] = [MAIN_DOOR]
        self._sensed = DoorState()
        self._tampered_until = 0.0
        self._modes: dict[str, tuple[DoorMode, float]] = {}
        self._told: dict[str, DoorState] = {}
        self._system_told = SystemState()

    def add_locks(self, locks: Iterable[str]) -> bool:
        """Take locks that were not known; tells whether there are new ones."""
        new = {lock for lock in locks if _LOCK_ID.fullmatch(lock)} - set(self.locks)
        self.locks = sorted({*self.locks, *new}, key=int)
        return bool(new)

    def doors(self) -> list[Door]:
        """Return the doors as they are known."""
        main = (
            DoorFeature.ACCESS
            | DoorFeature.OPEN
            | DoorFeature.RING
            | DoorFeature.TAMPER
            | DoorFeature.EXIT_REQUEST
        )
        if self.has_sensor:
            main |= DoorFeature.POSITION | DoorFeature.HELD
        if self.has_camera:
            main |= DoorFeature.IMAGE
        return [
            Door(
                id=lock,
                name=self.door_name(lock),
                features=main
                if lock == MAIN_DOOR
                else DoorFeature.ACCESS | DoorFeature.OPEN,
                model=self.model,
                modes=MODES,
                state=self._state(lock),
            )
            for lock in self.locks
        ]

    def door_name(self, lock: str) -> str:
        """Return what a lock is called; it has no name of its own."""
        return f"{self.name} lock {lock}"

    def system_state(self) -> SystemState:
        """Return what holds for all locks."""
        modes = [self._mode(lock) for lock in self.locks]
        return SystemState(
            evacuation=None
            if None in modes
            else all(mode is DoorMode.UNLOCKED for mode in modes),
            exit_button=self.exit_button,
        )

    def tampered(self) -> None:
        """Note that the panel was tampered with."""
        self._tampered_until = time.monotonic() + _TAMPERED_FOR

    async def read(self) -> None:
        """Read all there is to know."""
        for number in range(2, _MOST_LOCKS[self.camdroid] + 1):
            if not await self._setting(f"{_LOCK}/timeout/{number}"):
                break
            self.add_locks([str(number)])
        self.has_sensor = True
        await self._read_sensor()
        self.exit_button = flag((await self._setting(_EXIT_BUTTON)).get("enable"))
        self._note_told()

    async def changes(self) -> list[DoorUpdate | SystemUpdate]:
        """Read the door's sensor, and tell what changed since the last time."""
        if self.has_sensor:
            await self._read_sensor()
        doors, system = self._told, self._system_told
        self._note_told()
        changes: list[DoorUpdate | SystemUpdate] = [
            DoorUpdate(lock, state)
            for lock, state in self._told.items()
            if state != doors.get(lock)
        ]
        if self._system_told != system:
            changes.append(SystemUpdate(self._system_told))
        return changes

    async def open(self, lock: str) -> None:
        """Open a lock for a moment."""
        await self._client.call("GET", f"{_LOCK}/open/remote/accepted/{lock}")

    async def hold(self, locks: Iterable[str], mode: DoorMode) -> None:
        """Hold locks open for as long as a panel does, or end that."""
        locks = tuple(locks)
        if mode is DoorMode.UNLOCKED:
            wanted: list[Any] = [
                {"lock_number": int(lock), "unlock_time": _LONGEST_HOLD}
                for lock in locks
            ]
            path = f"{_LOCK}/open/emergency"
        else:
            wanted = [int(lock) for lock in locks]
            path = f"{_LOCK}/close/emergency"
        await self._client.call("POST", path, body={"locks": wanted})
        until = time.monotonic() + _LONGEST_HOLD
        self._modes |= dict.fromkeys(locks, (mode, until))

    async def set_exit_button(self, enabled: bool) -> None:
        """Let the exit button work, or not."""
        await self._client.call("POST", _EXIT_BUTTON, body={"enable": enabled})
        self.exit_button = enabled

    async def _read_sensor(self) -> None:
        """Read how the door stands."""
        self._sensed = DoorState()
        try:
            status = mapping(await self._client.get("access/door/status"))
        except NotReady:
            # For now nothing is known; whether there is a sensor stays as it was.
            return
        except RequestRejected, PermissionMissing:
            status = {}
        mode = text(status.get("mode")) or "door_sensor"
        told = (text(status.get("status")) or "").lower()
        self.has_sensor = mode == "door_sensor" and told in ("open", "closed")
        if self.has_sensor:
            held = flag(status.get("is_timeout_exceed"))
            self._sensed = DoorState(is_open=told == "open", held_open=held)

    async def _setting(self, path: str) -> Mapping[str, Any]:
        """Return a setting, empty where the panel has none or does not show it."""
        with suppress(RequestRejected, PermissionMissing, NotReady):
            return mapping(await self._client.get(path))
        return {}

    def _state(self, lock: str) -> DoorState:
        """Return what is known of a lock and its door."""
        state = DoorState(mode=self._mode(lock))
        if lock != MAIN_DOOR:
            return state
        return replace(
            self._sensed,
            mode=state.mode,
            tamper=time.monotonic() < self._tampered_until,
        )

    def _mode(self, lock: str) -> DoorMode | None:
        """Return how a lock was last set; the panel ends a hold by itself."""
        mode, until = self._modes.get(lock, (None, 0.0))
        if mode is DoorMode.UNLOCKED and time.monotonic() >= until:
            return DoorMode.NORMAL
        return mode

    def _note_told(self) -> None:
        """Note what is told now."""
        self._told = {lock: self._state(lock) for lock in self.locks}
        self._system_told = self.system_state()
