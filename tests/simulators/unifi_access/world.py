"""What every happening of the UniFi Access simulator is made of."""

import base64
import hashlib
from pathlib import Path
import pickle
import random
from typing import Any, override

from tests.simulators.common import HttpSimulator

from . import frames, render
from .log import Actor, Happening, LogStore, Row, Target
from .modes import Modes
from .site import Device, Door, Person
from .stream import Stream
from .world_data import build_site

type DoorLike = Door | str | int
type PersonLike = Person | str | int

SCOPES = tuple(
    f"{verb}:{what}"
    for what in (
        "space",
        "device",
        "system_log",
        "user",
        "visitor",
        "policy",
        "credential",
        "webhook",
    )
    for verb in ("view", "edit")
)

# An expired token, and keys of the console's other applications.
UNUSABLE = ("expired", "protect", "network")

# What outlives the process.
KEPT = ("site", "log", "truth", "tokens", "scopes", "pictures")


class World(HttpSimulator):
    """The site, its log, its tokens and its WebSocket; `record` joins them."""

    vendor = "unifi_access"

    def __init__(self, **options: Any) -> None:
        """Set up the site; the options are those of `Simulator`."""
        super().__init__(**options)
        self.site = build_site(self.doors_wanted, self.seed)
        self.log = LogStore()
        self.truth: list[Happening] = []
        self.modes = Modes()
        self.stream = Stream(self.modes)
        self.random = random.Random(self.seed)
        self.tokens = self._make_tokens()
        self.scopes = {
            token: set(SCOPES) - {name.removeprefix("no ")}
            for name, token in self.tokens.items()
            if name not in UNUSABLE
        }
        self.pictures: dict[str, tuple[str, int]] = {}
        self._places: dict[tuple[Any, ...], tuple[Target, ...]] = {}
        self._copies: dict[tuple[Target, ...], tuple[Target, ...]] = {}
        self._actors: dict[tuple[str, ...], Actor] = {}
        self._last_ms: dict[str, int] = {}

    @property
    def token(self) -> str:
        """Return the token that may do everything."""
        return self.tokens["full"]

    def make_token(self, name: str) -> str:
        """Return a token that depends on the seed and the name only."""
        digest = hashlib.sha256(f"{self.seed}:token:{name}".encode()).digest()
        return base64.b64encode(digest, altchars=b"ab")[:22].decode()

    def _make_tokens(self) -> dict[str, str]:
        """Return a full token, one without each permission key, and useless ones."""
        names = ("full", *(f"no {scope}" for scope in SCOPES), *UNUSABLE)
        return {name: self.make_token(name) for name in names}

    # State that outlives the process.

    @override
    async def prepare(self) -> None:
        if self.state is not None and (file := self._state_file).exists():
            kept = pickle.loads(file.read_bytes())  # noqa: S301 - its own file
            for name, value in zip(KEPT, kept, strict=True):
                setattr(self, name, value)
            # The timers that would have locked them did not outlive the process.
            for door in self.site.doors.values():
                door.relay = "unlock" if self.held_unlocked(door) else "lock"

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
        return self.state / "unifi_access.pickle"

    # Time.

    def stamp(self, door: Door | None, at_ms: int | None = None) -> int:
        """Return the time of a happening: at one door no two are the same."""
        if at_ms is not None:
            return int(at_ms)
        key = door.id if door else ""
        moment = max(self.clock.ms(), self._last_ms.get(key, 0) + 1)
        # After the clock was turned back, its time counts again.
        if moment - self.clock.ms() > 60_000:
            moment = self.clock.ms()
        self._last_ms[key] = moment
        return moment

    # Rows.

    def _shared(self, targets: tuple[Target, ...]) -> tuple[Target, ...]:
        """Return the one copy of targets that a million rows may have."""
        return self._copies.setdefault(targets, targets)

    def places(
        self, door: Door | None, device: Device | None = None, direction: str = ""
    ) -> tuple[Target, ...]:
        """Return the targets that say where something happened."""
        device = device or (door.hub if door else None)
        key = (door.id, door.log_name) if door else ""
        cached = (key, device.id if device else "", direction, self.modes.door_id)
        if cached not in self._places:
            self._places[cached] = self._make_places(door, device, direction)
        return self._places[cached]

    def _make_places(
        self, door: Door | None, device: Device | None, direction: str
    ) -> tuple[Target, ...]:
        """Return those targets anew."""
        made: list[Target] = []
        hub = door.hub if door else None
        if hub is not None:
            made.append(Target(hub.type, hub.id, hub.name))
        if device is not None and device is not hub:
            made.append(Target(device.type, device.id, device.name))
        if direction:
            made.append(Target("device_config", "door_entry_method", direction))
        if door is not None:
            key = self._log_door_id(door)
            if key:
                made.append(Target("door", key, door.log_name))
            made.append(Target("floor", door.floor.id, door.floor.name))
            made.append(Target("building", self.site.building_id, self.site.building))
        return tuple(made)

    def _log_door_id(self, door: Door) -> str:
        """Return the id that log rows give a door, or nothing."""
        style = self.modes.door_id
        match door.log_door_id if style == "device" else style:
            case "hub_mac":
                return door.hub.id if door.hub else door.id
            case "absent":
                return ""
        return door.id

    def record(
        self,
        happening: Happening,
        *,
        type: str,
        message: str,
        result: str,
        topics: tuple[str, ...],
        log_key: str = "",
        push: bool = True,
        **parts: Any,
    ) -> Happening:
        """Write the log row of a happening and push its log frames."""
        row = Row(
            number=self.log.number(),
            published=happening.at_ms,
            topics=topics,
            type=type,
            message=message,
            result=result,
            log_key=log_key or type,
            **parts,
        )
        happening.row, happening.topics = row.number, topics
        self.log.add(row, self.modes.index_delay)
        if push and self.stream.clients:
            self._push_row(row, self._find_door(happening.door_id))
        return happening

    def _find_door(self, key: str | None) -> Door | None:
        """Return a door that may be gone by now."""
        return self.site.doors.get(key) if key else None

    def _push_row(self, row: Row, door: Door | None) -> None:
        """Push the log frames of a row as the device at the door does."""
        style: str = self.modes.push_logs
        if style == "device":
            style = door.log_frames if door else "both"
        if style == "neither":
            return
        key = door.hub.id if door and door.hub else ""
        delay = self.random.uniform(*self.modes.log_delay)
        if style in ("both", "logs"):
            frame = render.logs_frame(row, key, self.modes)
            self.later(delay, lambda: self.stream.push(frame))
            delay += self.modes.insights_gap
        if style in ("both", "insights"):
            other = render.insights_frame(row, key, self.modes)
            self.later(delay, lambda: self.stream.push(other))

    # Truth.

    def happening(
        self,
        name: str,
        kind: str,
        *,
        door: Door | None = None,
        person: Person | None = None,
        device: Device | None = None,
        at_ms: int | None = None,
        **more: Any,
    ) -> Happening:
        """Note that something happened."""
        made = Happening(
            number=len(self.truth) + 1,
            name=name,
            kind=kind,
            at_ms=self.stamp(door, at_ms),
            door_id=door.id if door else None,
            door_name=door.name if door else None,
            person_id=person.id if person else None,
            person_name=person.name if person else None,
            device_id=device.id if device else None,
            **more,
        )
        self.truth.append(made)
        return made

    def actor(self, person: Person | None) -> Actor:
        """Return a person, or nobody, as the actor of a row."""
        if person is None:
            return Actor()
        key = (person.kind, person.id, person.name)
        if key not in self._actors:
            self._actors[key] = Actor(*key, f"/avatar/{person.id}")
        return self._actors[key]

    # Door state.

    def push_door(self, door: Door) -> None:
        """Push a door's state: the device's frame comes before the door's."""
        if not self.stream.clients:
            return
        if door.hub is not None:
            self.stream.push(frames.device_update(self.site, door.hub, self.modes))
        now = self.clock.ms()
        self.stream.push(frames.location_update(self.site, door, self.modes, now))

    def unlock(self, door: Door) -> None:
        """Unlock a door until its timer locks it again."""
        door.unlocks += 1
        turn = door.unlocks
        door.relay = "unlock"
        self.push_door(door)

        def relock() -> None:
            if door.unlocks == turn and not self.held_unlocked(door):
                door.relay = "lock"
                self.push_door(door)

        self.later(self.modes.relock_seconds, relock)

    def held_unlocked(self, door: Door) -> bool:
        """Tell whether a rule, a schedule or an evacuation keeps a door unlocked."""
        if self.site.lockdown or (door.rule and door.rule.type == "keep_lock"):
            return False
        if self.site.evacuation:
            return True
        if door.rule is not None:
            return door.rule.type in ("keep_unlock", "custom")
        return door.scheduled_open

    def settle(self, door: Door) -> None:
        """Bring the relay to what rules, schedule and emergency say, and push."""
        door.unlocks += 1
        door.relay = "unlock" if self.held_unlocked(door) else "lock"
        self.push_door(door)

    def refused(self, door: Door) -> bool:
        """Tell whether the door refuses all credentials now."""
        return self.site.lockdown or bool(door.rule and door.rule.type == "keep_lock")
