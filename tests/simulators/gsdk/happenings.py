"""What people and things at the doors do."""

import asyncio
from typing import Any

from tests.simulators.common import Json

from . import codes
from .doors import DoorLike, Doors
from .log import EventLog, Row
from .site import Device, Door, User, Zone, card
from .world import DeviceLike, Happening

type PersonLike = User | int | str

_UNKNOWN_CARD = 0x0BADCA4D
# kind of zone -> (code of an alarm, code of its end)
_ZONE_ALARMS = {
    "apb": (0x6100, 0x6200),
    "timed_apb": (0x6400, 0x6500),
    "fire": (0x6700, 0x6800),
    "lock": (0x6E00, 0x6F00),
    "intrusion": (codes.INTRUSION_ALARM, codes.INTRUSION_ALARM_CLEAR),
    "interlock": (0xA100, 0xA400),
    "lift": (0xBA00, 0xBB00),
}
ALARMED, ARMED = 1, 8


class Happenings(Doors):
    """All that can happen, but for a whole day of it."""

    # People at doors.

    def person(self, device: Device, which: PersonLike) -> User:
        """Return a user of a device by ID, name or place. Raises LookupError."""
        if isinstance(which, User):
            which = which.id
        for place, user in enumerate(device.users.values()):
            if which in (user.id, user.name, place):
                return user
        raise LookupError(f"no person {which} at {device.id}")

    def judge(self, door: Door, user: User, method: str) -> str:
        """Return why a device would deny somebody; empty if it would not."""
        now = self.now(door.device)
        if door.locked_down:
            return "door_locked"
        if user.flag & 0x80:
            return "disabled"
        if (user.end and now > user.end) or now < user.start:
            return "expired"
        if not user.groups:
            return "access_group"
        if method.startswith("card") and user.modes[1] == 0:
            return "auth_mode"
        if method.startswith("id_") and user.modes[2] == 0:
            return "auth_mode"
        return ""

    async def tap(
        self,
        door: DoorLike,
        person: PersonLike | None = None,
        method: str = "card",
        *,
        granted: bool | None = None,
        reason: str = "",
        excused: str = "",
        duress: bool = False,
        opens: bool = False,
        exits: bool = False,
        image: bool | None = None,
        tna_key: int = 0,
        temperature: int = 0,
        card_number: int = _UNKNOWN_CARD,
    ) -> Happening:
        """Let somebody show a credential.

        Args:
            door: The door.
            person: Who; None is somebody that the device does not know.
            method: One of `METHODS`.
            granted: Whether the door opens; None as the device would decide.
            reason: One of `REASONS`, for a denial.
            excused: One of `EXCUSED`: let in although a rule was broken.
            duress: With a finger that tells of duress: let in, silent alarm.
            opens: Whether the person goes through.
            exits: Whether at the reader for the way out.
            image: Whether there is an image; None as the image filters say.
            tna_key: The time and attendance key, 1 to 16.
            temperature: In hundredths of a degree Celsius.
            card_number: The card of an unknown person.

        Raises:
            LookupError: The door, person, method or reason is unknown.
        """
        where = self.site.door(door)
        device = where.device
        success, sub, failure = codes.METHODS[method]
        user = None if person is None else self.person(device, person)
        if user is not None and not reason and granted is not True:
            reason = self.judge(where, user, method)
            if granted is False and not reason:
                reason = "access_group"
        if granted is None:
            granted = user is not None and not reason
        made = self.happening(
            "tap",
            device,
            door=where.id,
            person=user.id if user else "",
            granted=granted,
        )
        more: dict[str, Any] = {"TNAKey": tna_key, "temperature": temperature}
        common: dict[str, Any] = {
            "happening": made,
            "user": user.id if user else "",
            "reader": (where.exit_reader if exits else 0) or where.reader,
            "image": image,
        }
        if granted:
            if duress:
                success += 0x0200
            if excused:
                self.log(device, codes.ACCESS_DENIED, codes.EXCUSED[excused], **common)
            self.log(device, success, sub, **common, **more)
            self.let_in(where, made, opens=opens)
        elif user is None:
            code = (
                codes.VERIFY_FAIL
                if success == codes.VERIFY_SUCCESS
                else codes.IDENTIFY_FAIL
            )
            if failure == codes.CREDENTIAL_CARD:
                more["cardData"] = card(card_number)
            self.log(device, code, failure, **common, **more)
        else:
            code, sub = codes.REASONS[reason]
            self.log(device, code, sub, **common, **more)
        return made

    async def burst(
        self,
        n: int = 100,
        rate: float = 0.0,
        doors: list[DoorLike] | None = None,
        unlocks: bool = False,
    ) -> list[Happening]:
        """Let `n` people show their cards, `rate` a second (0: at once).

        Doors and people take turns; each fourteenth card is unknown, each ninth
        person denied; a device that was reset knows nobody. Doors stay locked unless `unlocks`, so that each is one row.
        Returns what happened.
        """
        places = [self.site.door(item) for item in doors or []] or self.site.doors
        loop = asyncio.get_running_loop()
        start, made = loop.time(), []
        for index in range(n):
            if rate:
                await asyncio.sleep(max(0.0, start + index / rate - loop.time()))
            where = places[index % len(places)]
            users = list(where.device.users)
            unknown = index % 14 == 13 or not users
            denied = index % 9 == 8
            who = None if unknown else users[index % len(users)]
            if unlocks or unknown or denied:
                granted = not (unknown or denied)
                made.append(await self.tap(where, who, granted=granted))
                continue
            happening = self.happening(
                "tap", where.device, door=where.id, person=who or "", granted=True
            )
            self.log(
                where.device,
                codes.VERIFY_SUCCESS,
                6,
                user=who,
                reader=where.reader,
                happening=happening,
            )
            made.append(happening)
        return made

    async def start_burst(
        self, n: int = 100, rate: float = 10.0, unlocks: bool = False
    ) -> None:
        """Start a burst and go on."""
        self.spawn(self.burst(n, rate, unlocks=unlocks))

    async def overflow(self, n: int = 2000) -> list[Happening]:
        """Let more happen than queues hold, while no stream flows."""
        self.events.stall(True)
        try:
            await asyncio.sleep(0)
            return await self.burst(n)
        finally:
            self.events.stall(False)

    # Anything of the map.

    async def event(
        self,
        code: int,
        sub: int = 0,
        device: DeviceLike = 0,
        *,
        user: str | None = None,
        entity: int = 0,
        image: bool | None = None,
        **more: Any,
    ) -> Happening:
        """Let a device log any code, with any other field of EventLog."""
        if unknown := set(more) - set(EventLog.DESCRIPTOR.fields_by_name):
            raise ValueError(f"no fields {sorted(unknown)}")
        where = self.site.device(device)
        made = self.happening("event", where, person=user or "")
        self.log(
            where,
            int(code),
            int(sub),
            happening=made,
            user=user,
            entity=entity,
            image=image,
            **more,
        )
        return made

    async def every_event(self, device: DeviceLike = 0) -> Json:
        """Let a device log each pair of the map once; return the first ID."""
        where = self.site.device(device)
        first = where.log.next_id
        for code, sub in codes.ALL:
            about_person = code in codes.PERSON_CODES
            await self.event(
                code,
                sub,
                where,
                user=next(iter(where.users), "1") if about_person else None,
                entity=0 if about_person else 1,
                image=False,
            )
        return {"device": where.id, "first": first, "rows": len(codes.ALL)}

    # Things.

    async def tamper(self, device: DeviceLike, on: bool = True) -> Happening:
        """Open a device's case, or close it."""
        where = self.site.device(device)
        where.tamper = on
        made = self.happening("tamper", where)
        code = codes.TAMPER_ON if on else codes.TAMPER_OFF
        self.log(where, code, happening=made)
        return made

    async def input(
        self, device: DeviceLike, port: int = 0, value: int = 1, io_device: int = 0
    ) -> Happening:
        """Let an input port change: 0 open, 1 closed, 2 short, 3 cut."""
        where = self.site.device(device)
        where.inputs[port] = value
        made = self.happening("input", where)
        code = {2: codes.INPUT_SHORT, 3: codes.INPUT_OPEN}.get(
            value, codes.INPUT_DETECTED
        )
        info = {"ioDeviceID": io_device or where.id, "port": port, "value": value}
        sub = int(value == 0)
        self.log(where, code, sub, happening=made, inputInfo=info)
        return made

    def zone(self, device: DeviceLike, kind: str, number: int) -> Zone:
        """Return a zone. Raises LookupError."""
        if (zone := self.site.device(device).zones.get((kind, number))) is None:
            raise LookupError(f"no {kind} zone {number}")
        return zone

    async def zone_alarm(
        self,
        device: DeviceLike,
        kind: str,
        zone: int = 1,
        on: bool = True,
        door: int = 0,
    ) -> Happening:
        """Let a zone's alarm begin or end."""
        where = self.site.device(device)
        what = self.zone(where, kind, zone)
        made = self.happening("zone_alarm", where, door=door)
        what.status = what.status | ALARMED if on else what.status & ~ALARMED
        more: dict[str, Any] = {}
        if kind == "intrusion" and on:
            more["alarmZoneInfo"] = {
                "zoneID": zone,
                "doorID": door,
                "ioDeviceID": where.id,
                "port": 1,
            }
        self.log(where, _ZONE_ALARMS[kind][not on], happening=made, entity=zone, **more)
        return made

    async def arm(
        self, device: DeviceLike, zone: int = 1, armed: bool = True
    ) -> Happening:
        """Arm an intrusion zone, or disarm it."""
        where = self.site.device(device)
        what = self.zone(where, "intrusion", zone)
        made = self.happening("arm", where)
        what.status = what.status | ARMED if armed else what.status & ~ARMED
        code = codes.INTRUSION_ARMED if armed else codes.INTRUSION_DISARMED
        self.log(where, code, happening=made, entity=zone)
        return made

    async def interlock(
        self, device: DeviceLike, zone: int = 1, doors: tuple[int, ...] = (1, 2)
    ) -> Happening:
        """Let somebody open two doors of an interlock zone."""
        where = self.site.device(device)
        made = self.happening("interlock", where)
        info = {"zoneID": zone, "doorIDs": list(doors)}
        self.log(
            where,
            codes.INTERLOCK_VIOLATION,
            happening=made,
            entity=zone,
            interlockZoneInfo=info,
        )
        return made

    def rows_of(self, device: DeviceLike) -> list[Row]:
        """Return the rows that a device has written since the start."""
        key = self.site.device(device).id
        return [row for row in self.written if row.log_device == key]
