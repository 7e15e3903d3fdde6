"""What every happening of the CLUe simulator is made of."""

import asyncio
from dataclasses import replace
from pathlib import Path
import pickle
import random
from typing import Any, override

from tests.simulators.common import HttpSimulator
from tests.simulators.common_tls import server_context

from .log import EventStore, Happening, Row
from .modes import Modes
from .site import PLACE, Device, Door, Person, build_site

type DoorLike = Door | str | int
type PersonLike = Person | str | int

FACE_SUCCESS = "DEV_FACE_AUTH_SUCCESS"
FACE_FAIL = "DEV_FACE_AUTH_FAIL"
VENDOR_SUCCESS = "VENDOR_AUTH_SUCCESS"
RELAY_ON = "DEV_DOOR_RELAY_ON"
RELAY_OFF = "DEV_DOOR_RELAY_OFF"

# What outlives the process.
KEPT = ("site", "log", "truth")


def kind_of(event_type: str) -> str:
    """Return the word that this project has for an event."""
    if event_type.endswith("_AUTH_SUCCESS"):
        return "access_granted"
    if event_type.endswith("_AUTH_FAIL"):
        return "access_denied"
    return {RELAY_ON: "door_unlocked", RELAY_OFF: "door_locked"}.get(
        event_type, "other"
    )


class World(HttpSimulator):
    """The places, their devices' logs and the cloud's log; `emit` joins them."""

    vendor = "clue"

    def __init__(self, **options: Any) -> None:
        """Set up the cloud; the options are those of `Simulator`."""
        super().__init__(**options)
        self.modes = Modes()
        self.site = build_site(self.doors_wanted, self.seed, self.clock.ms())
        self.log = EventStore()
        self.truth: list[Happening] = []
        self.random = random.Random(self.seed)
        self._last_ms: dict[int, int] = {}

    # State that outlives the process.

    @override
    async def prepare(self) -> None:
        if self.state is not None and (file := self._state_file).exists():
            kept = pickle.loads(file.read_bytes())  # noqa: S301 - its own file
            for name, value in zip(KEPT, kept, strict=True):
                setattr(self, name, value)
            # The timers that would have ended them did not outlive the process.
            for door in self.site.doors:
                door.relay_on = False

    @override
    async def save(self) -> None:
        if self.state is not None:
            self.state.mkdir(parents=True, exist_ok=True)
            kept = [getattr(self, name) for name in KEPT]
            self._state_file.write_bytes(pickle.dumps(kept))

    @property
    def _state_file(self) -> Path:
        """Return where the data outlive the process."""
        assert self.state is not None
        return self.state / "clue.pickle"

    @override
    async def open(self) -> None:
        context = await server_context(self.certificate) if self.modes.tls else None
        await self._listener.start(context)

    # Rows.

    def emit(
        self,
        name: str,
        event_type: str,
        door: DoorLike,
        person: PersonLike | None = None,
        *,
        at_ms: int | None = None,
        lost: bool = False,
        with_door_name: bool = True,
    ) -> Happening:
        """Let a device log one event and upload it, if it can.

        Args:
            name: What was done.
            event_type: The vendor's word.
            door: Where.
            person: Who; None where the device does not know.
            at_ms: When; None is now.
            lost: The device's log has a hole where this was.
            with_door_name: Whether the row says the door's name.
        """
        where = self.site.door(door)
        who = None if person is None else self.site.person(person)
        device = where.device
        local_id, device.next_local_id = device.next_local_id, device.next_local_id + 1
        kind = kind_of(event_type)
        granted = {"access_granted": True, "access_denied": False}.get(kind)
        happening = Happening(
            number=len(self.truth),
            name=name,
            kind=kind,
            at_ms=self._stamp(device, at_ms),
            event_type=event_type,
            place_id=where.place_id,
            device_id=device.id,
            local_id=local_id,
            door_id=where.id,
            door_name=where.name,
            auth_id=who.auth_id if who else None,
            person_id=who.key if who else None,
            person_name=who.name if who else None,
            granted=granted,
            lost=lost,
        )
        self.truth.append(happening)
        if event_type in (RELAY_ON, RELAY_OFF):
            where.relay_on = event_type == RELAY_ON
        row = Row(
            event_at=happening.at_ms,
            event_type=event_type,
            place_id=where.place_id,
            device_id=device.id,
            local_id=local_id,
            door_id=where.id,
            door_name=where.name if with_door_name else None,
            auth_id=happening.auth_id,
            user_id=who.user_id if who else None,
            user_key=happening.person_id,
            user_name=happening.person_name,
        )
        if not lost:
            self._send(device, row, happening)
        return happening

    def _send(self, device: Device, row: Row, happening: Happening) -> None:
        """Upload a row, or keep it on the device."""
        if device.hold > 0:
            device.hold -= 1
            device.waiting.append((row, happening, True))
        elif not device.online:
            device.waiting.append((row, happening, False))
        else:
            self.later(self.modes.upload_delay, lambda: self.upload(row, happening))

    def upload(self, row: Row, happening: Happening) -> None:
        """Put a row into the cloud's log."""
        self.log.add(replace(row, number=self.log.uploads))
        happening.uploaded = True

    def upload_waiting(self, device: Device, *, held: bool) -> int:
        """Upload what waits on a device, newest first; return how many rows."""
        ready = [item for item in device.waiting if held or not item[2]]
        device.waiting = [item for item in device.waiting if item not in ready]
        for row, happening, _ in reversed(ready):
            self.upload(row, happening)
        return len(ready)

    def _stamp(self, device: Device, at_ms: int | None) -> int:
        """Return the time of a happening: a device's log is in order."""
        if at_ms is not None:
            return int(at_ms)
        now = self.clock.ms()
        last = self._last_ms.get(device.id, 0)
        # After the clock was turned back, its time counts again.
        moment = max(now, last) if last - now < 60_000 else now
        self._last_ms[device.id] = moment
        return moment

    # Flows.

    async def relay(
        self, door: DoorLike, at_ms: int | None = None, person: PersonLike | None = None
    ) -> list[Happening]:
        """Let a relay go on and off again."""
        modes = self.modes
        if at_ms is None:
            await asyncio.sleep(modes.relay_delay)
        else:
            at_ms += int(modes.relay_delay * 1000)
        first = self._relay(RELAY_ON, door, at_ms)
        if at_ms is None:
            await asyncio.sleep(modes.relay_seconds)
        else:
            at_ms += int(modes.relay_seconds * 1000) + 18
        return [first, self._relay(RELAY_OFF, door, at_ms)]

    def _relay(self, event_type: str, door: DoorLike, at_ms: int | None) -> Happening:
        """Let a relay go on or off; its rows have no names, as in the sample."""
        return self.emit("relay", event_type, door, at_ms=at_ms, with_door_name=False)

    async def flow_success(
        self,
        door: DoorLike = 0,
        person: PersonLike = 0,
        third_party: bool = True,
        at_ms: int | None = None,
    ) -> list[Happening]:
        """Let somebody in: face, third party, relay on, relay off."""
        made = [self.emit("face", FACE_SUCCESS, door, person, at_ms=at_ms)]
        if third_party:
            later = None if at_ms is None else at_ms + 20
            made.append(
                self.emit("third_party", VENDOR_SUCCESS, door, person, at_ms=later)
            )
        return made + await self.relay(door, at_ms)

    async def flow_clue_failure(
        self,
        door: DoorLike = 0,
        person: PersonLike | None = None,
        at_ms: int | None = None,
    ) -> list[Happening]:
        """Let CLUe refuse a face: unknown, or of a person without access."""
        return [self.emit("face", FACE_FAIL, door, person, at_ms=at_ms)]

    async def flow_vendor_failure(
        self, door: DoorLike = 0, person: PersonLike = 0, at_ms: int | None = None
    ) -> list[Happening]:
        """Let the third party refuse somebody whose face CLUe knows."""
        made = [self.emit("face", FACE_SUCCESS, door, person, at_ms=at_ms)]
        if self.modes.vendor_fail:
            event, later = self.modes.vendor_fail, at_ms and at_ms + 20
            made.append(self.emit("third_party", event, door, person, at_ms=later))
        return made

    async def event(
        self,
        event_type: str,
        door: DoorLike = 0,
        person: PersonLike | None = None,
        at_ms: int | None = None,
    ) -> Happening:
        """Let a device log any event."""
        return self.emit("event", event_type, door, person, at_ms=at_ms)

    async def burst(self, n: int = 100, rate: float = 0.0) -> list[Happening]:
        """Let `n` people show their faces, `rate` a second (0: at once).

        Doors and people take turns; each ninth is refused. No relays.
        """
        doors = [door for door in self.site.doors if door.place_id == PLACE]
        people = [item for item in self.site.people if item.place_id == PLACE]
        made = []
        for index in range(n):
            if rate > 0:
                await asyncio.sleep(1 / rate)
            elif index % 500 == 499:
                await asyncio.sleep(0)
            made.append(
                self.emit(
                    "face",
                    FACE_FAIL if index % 9 == 8 else FACE_SUCCESS,
                    doors[index % len(doors)],
                    people[index % len(people)],
                )
            )
        return made

    async def start_burst(self, n: int = 100, rate: float = 50.0) -> dict[str, int]:
        """Start a burst and return at once; `history` with `after` tells it."""
        after = len(self.truth)
        self.spawn(self.burst(n, rate))
        return {"after": after}

    # Devices.

    async def device_offline(self, door: DoorLike | Device) -> None:
        """Cut a device from the cloud; it goes on logging."""
        self.site.device(door).online = False

    async def device_online(self, door: DoorLike | Device) -> dict[str, int]:
        """Connect a device again; it uploads what waited, newest first."""
        device = self.site.device(door)
        device.online = True
        return {"uploaded": self.upload_waiting(device, held=False)}

    async def hold_rows(self, door: DoorLike | Device, n: int = 1) -> None:
        """Keep the next rows on a device while later ones are uploaded."""
        self.site.device(door).hold += n

    async def release_rows(self, door: DoorLike | Device) -> dict[str, int]:
        """Upload the rows that were held: the hole in the log is filled."""
        device = self.site.device(door)
        device.hold = 0
        return {"uploaded": self.upload_waiting(device, held=True)}

    async def lose_rows(self, door: DoorLike, n: int = 1) -> list[Happening]:
        """Let a device lose events for good: the hole in its log stays."""
        people = self.site.people
        return [
            self.emit("face", FACE_SUCCESS, door, people[index % 6], lost=True)
            for index in range(n)
        ]
