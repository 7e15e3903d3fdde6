"""What the controller, its devices and its administrators do."""

from typing import Any

from . import frames
from .calls import Calls
from .log import Actor, Happening, Target
from .site import Device, Door, LockRule, Person
from .world import DoorLike, PersonLike
from .world_data import new_door

ADMIN = Actor("admin", "9b6be46e-1039-4fea-8f0d-2f1f3a5b7c11", "Site Owner")
FAR = 3602128309


class System(Calls):
    """Happenings of devices, settings and administrators."""

    def __init__(self, **options: Any) -> None:
        """Set up without enrolments; the options are those of `Simulator`."""
        super().__init__(**options)
        self.enrolments: dict[str, str | None] = {}

    # Devices.

    async def device_offline(self, device: str) -> Happening:
        """Let a device lose its connection."""
        return self._device(device, "offline", ("critical", "device_events"))

    async def device_online(self, device: str) -> Happening:
        """Let a device come back."""
        return self._device(device, "online", ("device_events",))

    async def device_restart(self, device: str) -> Happening:
        """Let a device restart."""
        return self._device(device, "restart", ("critical",))

    async def device_update(self, device: str, firmware: str) -> Happening:
        """Let a device take a new firmware."""
        self.site.device(device).firmware = firmware
        return self._device(device, "update", ("updates", "device_events"))

    def _device(self, which: str, what: str, topics: tuple[str, ...]) -> Happening:
        """Note a change of a device, with its frame and its row."""
        device = self.site.device(which)
        if what in ("offline", "online"):
            device.online = what == "online"
        kinds = {"restart": "device_restarted", "update": "other"}
        kind = kinds.get(what, f"device_{what}")
        doors = self.site.doors_of(device)
        door = doors[0] if len(doors) == 1 else None
        happening = self.happening(f"device_{what}", kind, device=device)
        self.stream.push(frames.device_update(self.site, device, self.modes))
        for item in doors if device.is_hub else []:
            self.push_door(item)
        return self.record(
            happening,
            type=f"access.device.{what}",
            message=f"{device.name} {what}",
            result="SUCCESS",
            topics=topics,
            category="Devices",
            actor=Actor(device.type, device.id, device.name),
            places=self.places(door, device)
            or (Target(device.type, device.id, device.name),),
        )

    # Administrators.

    async def admin_change(self, what: str = "Settings changed") -> Happening:
        """Let an administrator change settings."""
        return self._admin("admin_change", "access.settings.change", what)

    async def pin_changed(self, person: str | int) -> Happening:
        """Let an administrator give somebody another PIN."""
        who = self.site.person(person)
        return self._admin("pin_changed", "access.pin_code.update", "PIN updated", who)

    def _admin(
        self,
        name: str,
        kind: str,
        message: str,
        person: Person | None = None,
        topics: tuple[str, ...] = ("admin_activity",),
        door: Door | None = None,
    ) -> Happening:
        """Write the row of something that an administrator did."""
        extra = (Target("user", person.id, person.name),) if person else ()
        return self.record(
            self.happening(name, "admin", door=door),
            type=kind,
            message=message,
            result="SUCCESS",
            topics=topics,
            category="Admin Activity",
            actor=ADMIN,
            places=self.places(door) if door else (),
            extra=extra,
        )

    async def user_changed(self, person: PersonLike, what: str) -> Happening:
        """Note that an administrator created, updated or deleted a user."""
        who = self.site.person(person)
        return self._admin(
            f"user_{what}", "access.admin.update", f"User {who.name} {what}", who
        )

    async def create_visitor(self, first_name: str, last_name: str) -> Person:
        """Let an administrator invite a visitor; two topics have the row."""
        key = self.site.uuid(f"visitor {first_name} {last_name} {len(self.truth)}")
        visitor = Person(key, first_name, last_name, "visitor")
        self.site.people[key] = visitor
        self._admin(
            "visitor_created",
            "access.visitor.create",
            f"Visitor {visitor.name} created",
            visitor,
            ("visitor", "admin_activity"),
        )
        return visitor

    async def hold_card(self, uid: str) -> list[str]:
        """Hold a card to each reader that waits for one; return the sessions."""
        waiting = [key for key, seen in self.enrolments.items() if seen is None]
        for key in waiting:
            self.enrolments[key] = uid
        return waiting

    # Rules, schedules, emergencies.

    def set_rule(self, door: Door, kind: str, interval: float = 10.0) -> None:
        """Apply a lock rule as the API and the app do. Raises ValueError."""
        now = int(self.clock.time())
        match kind:
            case "reset":
                door.rule = None
            case "keep_lock" | "keep_unlock":
                door.rule = LockRule(kind, FAR)
            case "custom":
                door.rule = LockRule(kind, now + int(interval * 60))
                self.later(interval * 60, lambda: self._rule_over(door, "custom"))
            case "lock_early":
                if not door.scheduled_open:
                    raise ValueError("no unlock schedule is active")
                door.rule = LockRule(kind, now + 8 * 3600)
            case "lock_now":
                door.rule = None
            case _:
                raise ValueError(f"no lock rule {kind}")
        self.settle(door)

    def _rule_over(self, door: Door, kind: str) -> None:
        """End a rule whose time is over."""
        if door.rule and door.rule.type == kind:
            if door.rule.ended_time <= self.clock.time() + 1:
                door.rule = None
                self.settle(door)

    async def change_rule(
        self,
        door: DoorLike,
        type: str,
        interval: float = 10.0,
    ) -> Happening:
        """Let an administrator put a lock rule on a door."""
        where = self.site.door(door)
        self.set_rule(where, type, interval)
        return self._admin(
            "rule_changed",
            "access.settings.change",
            f"Door lock rule changed: {type}",
            door=where,
        )

    async def schedule(self, door: DoorLike, active: bool = True) -> Happening:
        """Let a door's unlock schedule begin or end."""
        where = self.site.door(door)
        where.scheduled_open = active
        if where.rule and where.rule.type == "lock_early":
            where.rule = None
        self.settle(where)
        word = "activate" if active else "deactivate"
        happening = self.happening(f"schedule_{word}", "", door=where)
        return self.record(
            happening,
            type=f"access.unlock_schedule.{word}",
            message=f"Unlock schedule {word}d",
            result="SUCCESS",
            topics=("device_events",),
            category="Schedules",
            places=self.places(where),
        )

    async def emergency(
        self, lockdown: bool | None = None, evacuation: bool | None = None
    ) -> Happening:
        """Let somebody start or end a lockdown or an evacuation."""
        self.set_emergency(lockdown, evacuation)
        return self._admin(
            "emergency", "access.settings.change", "Emergency settings changed"
        )

    def set_emergency(self, lockdown: bool | None, evacuation: bool | None) -> None:
        """Start or end a lockdown or an evacuation at all doors."""
        if lockdown is not None:
            self.site.lockdown = lockdown
        if evacuation is not None:
            self.site.evacuation = evacuation
        self.stream.push(frames.setting_update(self.site))
        for door in self.site.doors.values():
            self.settle(door)

    # Doors that come and go.

    async def add_door(self, name: str) -> Happening:
        """Let an administrator add a door with a hub and a reader."""
        hub = self.site.add_device(f"{name} hub", "UAH-DOOR")
        door = new_door(self.site, name, hub)
        door.reader = self.site.add_device(
            f"{name} in", "UA-LITE", hub=hub, location=door.id
        )
        self.push_door(door)
        return self._admin(
            "door_added", "access.settings.change", f"Door {name} added", door=door
        )

    async def remove_door(self, door: DoorLike) -> Happening:
        """Let an administrator remove a door with its devices."""
        where = self.site.door(door)
        happening = self._admin(
            "door_removed",
            "access.settings.change",
            f"Door {where.name} removed",
            door=where,
        )
        del self.site.doors[where.id]
        for device in where.devices:
            if not self.site.doors_of(device):
                self._remove_device(device)
        return happening

    def _remove_device(self, device: Device) -> None:
        """Remove a device and tell so."""
        self.site.devices.pop(device.id, None)
        self.stream.push(frames.device_deleted(device))

    async def rename_door(self, door: DoorLike, name: str) -> Happening:
        """Let an administrator give a door another name."""
        where = self.site.door(door)
        previous = where.name
        where.name = where.log_name = name
        where.full_name = f"{self.site.building} - {where.floor.name} - {name}"
        self.stream.push(frames.location_renamed(where, previous))
        return self._admin(
            "door_renamed",
            "access.settings.change",
            f"Door {previous} renamed to {name}",
            door=where,
        )

    async def set_sensor(self, door: DoorLike, present: bool) -> None:
        """Wire a sensor to a door, or take it away."""
        where = self.site.door(door)
        where.sensor = present
        self.push_door(where)

    async def set_habit(self, door: DoorLike, **values: Any) -> None:
        """Change what is odd about a door: `log_door_id`, `log_frames` and so on."""
        where = self.site.door(door)
        for name, value in values.items():
            if name not in ("log_door_id", "log_frames", "log_name", "supports_rules"):
                raise ValueError(f"no such habit: {name}")
            setattr(where, name, value)
