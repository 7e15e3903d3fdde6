"""The doors and devices of a UniFi Access site, and what is known of them.

Source: API reference, sections Space and Device.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
import re
from typing import Any

from ...models import AccessEvent, Door, DoorFeature, DoorMode, DoorState, EventKind
from ..base import DoorUpdate, Unreadable
from ..parsing import flag, integer, items, mapping, redact_shape, text
from .listing import Device, read_device, read_locked, read_open, read_picture
from .records import clean_name, device_id

_HAS_BELL = re.compile(r"INTERCOM|ENTRY|G2-?PRO|G3-?PRO|DOOR-?BELL", re.IGNORECASE)
_HAS_CAMERA = re.compile(r"INTERCOM|ENTRY|G2-?PRO|G3-?PRO|UVC", re.IGNORECASE)
_MODES = {
    "keep_lock": DoorMode.LOCKED_DOWN,
    "keep_unlock": DoorMode.UNLOCKED,
    "custom": DoorMode.TEMPORARILY_UNLOCKED,
    "schedule": DoorMode.SCHEDULED,
}
_ENDS = ("custom", "schedule")
NOT_DOORS = ("site", "building", "floor")
"""Types of places that are no doors."""
CHOOSABLE = (DoorMode.NORMAL, DoorMode.UNLOCKED, DoorMode.LOCKED_DOWN)


@dataclass(slots=True)
class _Facts:
    """What was ever told of a door; features don't come and go with the weather."""

    has_hub: bool = False
    has_lock: bool = False
    has_sensor: bool = False
    has_picture: bool = False
    has_rules: bool = False
    has_bell: bool = False
    has_exit: bool = False
    has_connection: bool = False
    learned: set[str] = field(default_factory=set)
    """Those of the above that no list tells, so that they must be kept."""

    def learn(self, what: str) -> bool:
        """Note what a door has; returns whether that was not known."""
        if getattr(self, what):
            return False
        setattr(self, what, True)
        self.learned.add(what)
        return True


_LEARNABLE = ("has_sensor", "has_picture", "has_bell", "has_exit", "has_connection")
_SHOWS = {
    EventKind.RING: (DoorFeature.RING, "has_bell"),
    EventKind.EXIT_REQUESTED: (DoorFeature.EXIT_REQUEST, "has_exit"),
}


@dataclass(slots=True)
class DoorBook:
    """What is known of a site's doors and devices now."""

    doors: dict[str, Door] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    """The lock rule of each door that has any, in the console's word ("" is none)."""
    offline: dict[str, float] = field(default_factory=dict)
    """Devices that lost their connection, and when, by our steady clock."""
    stale: bool = False
    """Whether a door was told to have something that its features don't show yet."""
    _facts: dict[str, _Facts] = field(default_factory=dict)
    _links: dict[str, set[str]] = field(default_factory=dict)
    _served: dict[str, set[str]] = field(default_factory=dict)
    _here: dict[str, list[Device]] = field(default_factory=dict)
    _names: dict[str, str | None] = field(default_factory=dict)
    _full_names: list[str] = field(default_factory=list)

    @property
    def site_name(self) -> str | None:
        """Return the console's name, which begins the full name of each of its doors."""
        parts = {
            name.split(" - ")[0].strip() for name in self._full_names if " - " in name
        }
        return parts.pop() if len(parts) == 1 else None

    def learned(self) -> dict[str, list[str]]:
        """Return what was learned of doors that no list tells."""
        return {
            door_id: sorted(self._facts[door_id].learned)
            for door_id in self.doors
            if self._facts[door_id].learned
        }

    def recall(self, learned: object) -> None:
        """Take what an earlier run has learned."""
        for door_id, told in mapping(learned).items():
            facts = self._facts.setdefault(door_id, _Facts())
            for what in items(told):
                if what in _LEARNABLE:
                    facts.learn(what)

    def load_doors(
        self, data: object, touched: Container[str] = ()
    ) -> list[Unreadable]:
        """Take the list of doors; returns what of it can't be understood.

        The doors `touched` have told newer states since the list was asked for.
        """
        unreadable: list[Unreadable] = []
        doors: dict[str, Door] = {}
        names: dict[str, str | None] = {}
        self._full_names = []
        for row in items(data):
            fields = mapping(row)
            door_id = text(fields.get("id"))
            if door_id is None or text(fields.get("type")) in NOT_DOORS:
                if door_id is None:
                    unreadable.append(Unreadable("doors", redact_shape(row)))
                continue
            full_name = clean_name(fields.get("full_name"))
            name = clean_name(fields.get("name")) or full_name or door_id
            for known_as in {name, full_name} - {None}:
                assert known_as is not None
                names[known_as] = None if known_as in names else door_id
            if full_name is not None:
                self._full_names.append(full_name)
            self._note_door(door_id, fields)
            before = self.doors.get(door_id)
            state = before.state if before else DoorState()
            if door_id not in touched:
                state = replace(
                    state,
                    is_open=read_open(fields.get("door_position_status")),
                    is_locked=read_locked(fields.get("door_lock_relay_status")),
                )
            extras = mapping(fields.get("extras"))
            if picture := read_picture(
                extras.get("door_thumbnail"), extras.get("door_thumbnail_last_update")
            ):
                state = replace(state, image_ref=picture)
            doors[door_id] = Door(
                id=door_id, name=name, features=DoorFeature.ACCESS, state=state
            )
        self.doors, self._names = doors, names
        self._rebuild()
        return unreadable

    def load_devices(self, data: object) -> list[Unreadable]:
        """Take the list of devices, which is a list of lists."""
        unreadable: list[Unreadable] = []
        devices: dict[str, Device] = {}
        for group in items(data):
            for row in items(group):
                device = read_device(mapping(row))
                if device is None:
                    unreadable.append(Unreadable("devices", redact_shape(row)))
                else:
                    devices[device.id] = device
        self.devices = devices
        self._rebuild()
        return unreadable

    def set_rule(
        self, door_id: str, data: object, now: int | None
    ) -> DoorUpdate | None:
        """Take the answer to a door's lock rule; `now` is the console's time in ms."""
        if door_id not in self.doors:
            return None
        rule = mapping(data)
        kind = (text(rule.get("type")) or "").casefold()
        ends = integer(rule.get("ended_time") or rule.get("until"))
        if kind in _ENDS and ends and now is not None and ends * 1000 <= now:
            kind = ""
        facts = self._facts[door_id]
        if not facts.has_rules or self.rules.get(door_id) != kind:
            facts.has_rules = True
            self.rules[door_id] = kind
            self._rebuild_door(door_id)
        return self.change(door_id, mode=_MODES.get(kind, DoorMode.NORMAL))

    def change(self, door_id: str, **changes: Any) -> DoorUpdate | None:
        """Change a door's state; returns it as a whole if that made a difference."""
        if (door := self.doors.get(door_id)) is None:
            return None
        if all(getattr(door.state, name) == told for name, told in changes.items()):
            return None
        state = replace(door.state, **changes)
        self.doors[door_id] = replace(door, state=state)
        return DoorUpdate(door_id, state)

    def door_told(self, door_id: str, data: object) -> None:
        """Take one door as it is listed now."""
        fields = mapping(data)
        if door_id not in self.doors or text(fields.get("id")) != door_id:
            return
        self.change(
            door_id, is_locked=read_locked(fields.get("door_lock_relay_status"))
        )

    def place_update(
        self, door_id: str, state: Mapping[str, Any], thumbnail: object = None
    ) -> dict[str, Any]:
        """Return what a notification about a place says of its door's state."""
        changes: dict[str, Any] = {}
        facts = self._facts.setdefault(door_id, _Facts())
        if (locked := read_locked(state.get("lock"))) is not None:
            changes["is_locked"] = locked
        if flag(state.get("dps_connected")) is False:
            changes["is_open"] = None
        elif (is_open := read_open(state.get("dps"))) is not None:
            changes["is_open"] = is_open
            self.stale = facts.learn("has_sensor") or self.stale
        if (unavailable := flag(state.get("is_unavailable"))) is not None:
            changes["online"] = not unavailable
            self.stale = facts.learn("has_connection") or self.stale
        shown = mapping(thumbnail)
        if picture := read_picture(
            shown.get("url"), shown.get("door_thumbnail_last_update")
        ):
            changes["image_ref"] = picture
            self.stale = facts.learn("has_picture") or self.stale
        return changes

    def rule_told(self, state: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the lock rule that a notification tells, None if it tells none."""
        told = [key for key in ("remain_lock", "remain_unlock") if key in state]
        for key in told:
            if text((rule := mapping(state.get(key))).get("type")):
                return rule
        return {} if told else None

    def link(self, door_id: str, devices: Iterable[object]) -> None:
        """Note which devices a notification says a door has."""
        for told in devices:
            if (device := device_id(told)) is not None:
                if (
                    known := self.devices.get(device)
                ) is not None and known.serves_many:
                    continue
                self._links.setdefault(device, set()).add(door_id)
                self._served.setdefault(device, set()).add(door_id)

    def note_event(self, event: AccessEvent) -> None:
        """Note what an event shows a door to have: a bell, an exit button, a camera."""
        if event.kind not in _SHOWS and event.image_ref is None:
            return
        if (door := self.doors.get(event.door_id or "")) is None:
            return
        facts = self._facts.setdefault(door.id, _Facts())
        feature, fact = _SHOWS.get(event.kind, (None, ""))
        if feature is not None and feature not in door.features:
            self.stale = facts.learn(fact) or self.stale
        if event.image_ref is not None and DoorFeature.IMAGE not in door.features:
            self.stale = facts.learn("has_picture") or self.stale

    def refresh(self) -> None:
        """Work out anew what each door has."""
        self._rebuild()
        self.stale = False

    def set_online(self, told: object, online: bool, now: float) -> list[DoorUpdate]:
        """Take that a device is online or not; returns the doors that this changes."""
        found = device_id(told)
        if found is None or (device := self.devices.get(found)) is None:
            return []
        if device.online is online:
            return []
        self.devices[found] = replace(device, online=online)
        if not online:
            self.offline.setdefault(found, now)
        self._place_devices()
        places = {
            device.location_id or "",
            *self._served.get(found, ()),
        } & self.doors.keys()
        updates = (self.change(place, online=self._online(place)) for place in places)
        return [update for update in updates if update is not None]

    def device(self, told: object) -> Device | None:
        """Return a device by its id, however that is spelled."""
        found = device_id(told)
        return None if found is None else self.devices.get(found)

    def has_hub(self, door_id: str) -> bool:
        """Return whether a hub drives the door's lock."""
        return door_id in self._facts and self._facts[door_id].has_hub

    def resolve(
        self, door_id: str | None, name: str | None, candidates: Iterable[str | None]
    ) -> str | None:
        """Return the door that is meant, None if that can't be told for certain.

        The console may name a hub where it means a door: so first the door's own id,
        then the only door of a device, then the only door of that name.
        """
        if door_id in self.doors:
            return door_id
        for candidate in (door_id, *candidates):
            if candidate in self.doors:
                return candidate
            served = (
                self._served.get(device_id(candidate) or "", set()) & self.doors.keys()
            )
            if len(served) == 1:
                return next(iter(served))
        return self._names.get(name) if name else None

    def _note_door(self, door_id: str, fields: Mapping[str, Any]) -> None:
        """Remember what a door has shown to have."""
        facts = self._facts.setdefault(door_id, _Facts())
        facts.has_hub = flag(fields.get("is_bind_hub")) is not False
        if read_locked(fields.get("door_lock_relay_status")) is not None:
            facts.has_lock = True
        if read_open(fields.get("door_position_status")) is not None:
            facts.has_sensor = True
        if text(mapping(fields.get("extras")).get("door_thumbnail")):
            facts.has_picture = True

    def _place_devices(self) -> None:
        """Work out which devices are at each door, its hubs first."""
        here: dict[str, list[Device]] = {}
        hubs: dict[str, list[Device]] = {}
        for device in self.devices.values():
            if (place := device.location_id) not in self.doors:
                continue
            (hubs if device.is_hub else here).setdefault(place or "", []).append(device)
            if device.hub_id and (hub := self.devices.get(device.hub_id)):
                hubs.setdefault(place or "", []).append(hub)
        for told, places in self._links.items():
            if (linked := self.devices.get(told)) is not None and linked.is_hub:
                for place in places:
                    hubs.setdefault(place, []).append(linked)
        self._here = {
            place: [*hubs.get(place, ()), *here.get(place, ())]
            for place in {*hubs, *here}
        }

    def _rebuild(self) -> None:
        """Work out which device serves which door, and what each door can do."""
        self._place_devices()
        served = {key: set(value) for key, value in self._links.items()}
        for place, devices in self._here.items():
            for device in devices:
                served.setdefault(device.id, set()).add(place)
                if device.hub_id:
                    served.setdefault(device.hub_id, set()).add(place)
        for device in self.devices.values():
            if device.serves_many:
                # That some of its doors are known does not make them all known.
                served.pop(device.id, None)
        self._served = served
        for door_id in [*self.doors]:
            self._rebuild_door(door_id)

    def _rebuild_door(self, door_id: str) -> None:
        """Work out what one door can do."""
        door = self.doors[door_id]
        facts = self._facts.setdefault(door_id, _Facts())
        hub = self._hub(door_id)
        if (online := self._online(door_id)) is None:
            online = door.state.online
        else:
            facts.has_connection = True
        features = self._features(door_id, facts)
        forced, held = door.state.forced_open, door.state.held_open
        if DoorFeature.FORCED in features and forced is None:
            forced = False
        if DoorFeature.HELD in features and held is None:
            held = False
        self.doors[door_id] = replace(
            door,
            features=features,
            model=hub.type if hub else None,
            modes=CHOOSABLE if facts.has_rules and facts.has_hub else (),
            state=replace(
                door.state, online=online, forced_open=forced, held_open=held
            ),
        )

    def _features(self, door_id: str, facts: _Facts) -> DoorFeature:
        """Return what a door can tell and do."""
        features = DoorFeature.ACCESS
        if facts.has_hub:
            features |= DoorFeature.OPEN
            if facts.has_rules:
                features |= DoorFeature.HOLD
        if facts.has_lock:
            features |= DoorFeature.LOCK_STATE
        if facts.has_sensor:
            features |= DoorFeature.POSITION | DoorFeature.HELD
            if facts.has_lock:
                features |= DoorFeature.FORCED
        if facts.has_connection:
            features |= DoorFeature.CONNECTION
        here = self._here.get(door_id, ())
        if facts.has_picture or any(_HAS_CAMERA.search(device.type) for device in here):
            features |= DoorFeature.IMAGE
        if facts.has_bell or any(_HAS_BELL.search(device.type) for device in here):
            features |= DoorFeature.RING
        if facts.has_exit:
            features |= DoorFeature.EXIT_REQUEST
        return features

    def _hub(self, door_id: str) -> Device | None:
        """Return the hub of a door, by its place or by that of its readers."""
        return next(
            (device for device in self._here.get(door_id, ()) if device.is_hub), None
        )

    def _online(self, door_id: str) -> bool | None:
        """Return whether the door's hub can be reached, or else any of its readers."""
        if (hub := self._hub(door_id)) is not None:
            return hub.online
        here = self._here.get(door_id, ())
        told = [device.online for device in here if device.online is not None]
        return any(told) if told else None
