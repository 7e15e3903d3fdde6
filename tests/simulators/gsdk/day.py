"""A scripted day, the days that were before it, and logs of any length."""

from datetime import UTC, datetime, timedelta
import random

from tests.simulators.common import Json

from . import codes
from .happenings import Happenings
from .log import EventLog
from .site import Door, User
from .world import DeviceLike

# second of the day for the start, seconds between two people
_RUSH = ((7 * 3600 + 1800, 4200), (12 * 3600, 3600), (17 * 3600, 4800))
_PASS_SECONDS = 6
_PASS = (
    codes.VERIFY_SUCCESS,
    codes.DOOR_UNLOCKED,
    codes.DOOR_OPENED,
    codes.DOOR_CLOSED,
    codes.DOOR_LOCKED,
)


class ScriptedDay(Happenings):
    """The day that is played over and over, and the history before."""

    async def day(self) -> None:
        """Play one day: some three minutes at speed 1."""
        doors = [door for door in self.site.doors if door.device.powered]
        if not doors:
            await self.wait(60)
            return
        await self._morning(doors)
        await self._afternoon(doors)
        await self._evening(doors)

    def _door(self, doors: list[Door], index: int, *, sensor: bool = False) -> Door:
        """Return a door, whatever the size of the site."""
        found = [door for door in doors if door.sensor] if sensor else doors
        found = found or doors
        return found[index % len(found)]

    async def _morning(self, doors: list[Door]) -> None:
        """Let people come, with all sorts of credentials."""
        front = doors[0]
        await self.wait(2)
        await self.tap(front, "1", "face", opens=True, tna_key=1, temperature=3650)
        await self.wait(8)
        await self.tap(front, "2", "card", opens=True, tna_key=1)
        await self.wait(6)
        await self.tap(front, None, "face")
        await self.wait(5)
        await self.tap(self._door(doors, 2), "3", "card", opens=True)
        await self.wait(7)
        await self.tap(self._door(doors, 1), "8", granted=False, reason="access_group")
        await self.wait(6)
        await self.tap(front, "9", "id_pin")
        await self.wait(8)
        await self.schedule(front)
        await self.wait(9)
        await self.tap(self._door(doors, 3), "5", "finger", opens=True)

    async def _afternoon(self, doors: list[Door]) -> None:
        """Let things happen that should not."""
        await self.wait(7)
        await self.exit_button(doors[0], opens=True)
        await self.wait(8)
        side = self._door(doors, 1, sensor=True)
        if side.sensor:
            await self.tap(side, "4", opens=False)
            await self.hold_open(side, 15 / self.speed)
        await self.wait(20)
        forced = self._door(doors, 2, sensor=True)
        if forced.sensor:
            await self.force_open(forced)
            await self.wait(10)
            await self.close_door(forced)
        await self.wait(8)
        last = self._door(doors, 1).device
        await self.input(last, 2, 1)
        await self.wait(2)
        await self.input(last, 2, 0)
        await self.wait(6)
        await self.tamper(last)
        await self.wait(5)
        await self.tamper(last, False)

    async def _evening(self, doors: list[Door]) -> None:
        """Let a device come and go, the zones be armed, the last one leave."""
        controller = doors[-1].device
        await self.wait(7)
        await self.device_offline(controller)
        await self.tap(doors[-1], "1", opens=True)
        await self.wait(12)
        await self.device_online(controller)
        await self.wait(7)
        await self.schedule(doors[0], False)
        await self.wait(6)
        await self.tap(doors[0], "7", "finger", duress=True, opens=True)
        await self.wait(8)
        if ("intrusion", 1) in controller.zones:
            await self.arm(controller, 1)
            await self.wait(9)
            await self.zone_alarm(controller, "intrusion", 1)
            await self.wait(9)
            await self.zone_alarm(controller, "intrusion", 1, on=False)
            await self.arm(controller, 1, armed=False)
        await self.wait(10)
        await self.tap(doors[0], "6", "face", opens=True, exits=True, tna_key=2)
        await self.wait(20)

    # What was before.

    async def seed_history(self, days: int = 7, per_day: int = 60) -> Json:
        """Let days have happened, with `per_day` people on a working day.

        The same seed and the same hour give the same history.
        """
        generator = random.Random(self.seed)
        end = datetime.fromtimestamp(self.clock.time(), UTC).replace(
            minute=0, second=0, microsecond=0
        )
        moments = sorted(
            moment
            for back in range(days, -1, -1)
            for moment in _moments(generator, end - timedelta(days=back), per_day)
        )
        last, doors = 0.0, self.site.doors
        for moment in moments if doors else ():
            at = max(moment, last + _PASS_SECONDS)
            if at >= end.timestamp():
                break
            door = generator.choices(doors, [6] + [2] * (len(doors) - 1))[0]
            user = generator.choice(list(door.device.users.values())[:7])
            self._past(door, user, generator.random(), at)
            last = at
        return {"happenings": len(self.truth), "rows": len(self.written)}

    def _past(self, door: Door, user: User, chance: float, at: float) -> None:
        """Let one thing have happened."""
        device = door.device
        granted = chance > 0.1
        known = chance > 0.05
        who = user.id if known else ""
        made = self.happening(
            "tap", device, door=door.id, person=who, granted=granted, at=at
        )
        if not granted:
            code = codes.ACCESS_DENIED if known else codes.VERIFY_FAIL
            sub = 1 if known else codes.CREDENTIAL_CARD
            self.log(device, code, sub, user=who, happening=made, at=at, live=False)
            return
        face = bool(user.faces) and chance > 0.7
        success = (codes.IDENTIFY_SUCCESS, 3) if face else (codes.VERIFY_SUCCESS, 6)
        reader = door.exit_reader or door.reader
        self.log(
            device,
            *success,
            user=who,
            happening=made,
            at=at,
            live=False,
            reader=reader if chance > 0.6 else door.reader,
        )
        steps = [(codes.DOOR_UNLOCKED, 0), (codes.DOOR_LOCKED, 4)]
        if door.sensor:
            steps[1:1] = [(codes.DOOR_OPENED, 1), (codes.DOOR_CLOSED, 3)]
        for code, after in steps:
            self.log(
                device,
                code,
                entity=door.id,
                happening=made,
                at=at + after,
                live=False,
            )

    async def fill(
        self, device: DeviceLike, rows: int, days: float = 30.0, end_ago: float = 60.0
    ) -> Json:
        """Give a device a log of any length, of which no row is kept in memory.

        Each five rows are one pass. What the device had in its log is gone, and
        there is room for as many rows again before it wraps.

        Args:
            device: The device.
            rows: How many rows.
            days: Over how many days, until `end_ago` seconds before now.
            end_ago: Seconds from the last row to now.
        """
        where = self.site.device(device)
        doors = list(where.doors) or [1]
        tails = tuple(
            EventLog(
                deviceID=where.id,
                userID=self.modes.no_user if code in codes.DOOR_CODES else user,
                entityID=door if code in codes.DOOR_CODES else 0,
                eventCode=code,
                subCode=6 if code == codes.VERIFY_SUCCESS else 0,
            ).SerializeToString()
            for door in doors
            for user in where.users
            for code in _PASS
        )
        span = int(days * 86_400)
        where.log.clear(restart=True)
        where.log.capacity = max(where.log.capacity, 2 * rows)
        where.log.fill(rows, self.now(where) - int(end_ago) - span, span, tails)
        return {"device": where.id, "first": 1, "next": where.log.next_id}


def _moments(generator: random.Random, day: datetime, per_day: int) -> list[float]:
    """Return when somebody came on a day; weekends are quiet."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    count = per_day if day.weekday() < 5 else per_day // 8
    moments = []
    for _ in range(count):
        start, length = generator.choice(_RUSH)
        moments.append(midnight + start + generator.random() * length)
    return moments
