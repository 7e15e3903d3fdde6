"""A scripted day, and the week that was before it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
import random

from .site import Door, Person
from .system import System

# second of the day for the start, seconds between two people
_RUSH = ((7 * 3600 + 1800, 4200), (12 * 3600, 3600), (17 * 3600, 4800))


class ScriptedDay(System):
    """The day that is played over and over, and the history before."""

    async def day(self) -> None:
        """Play one day: some four minutes at speed 1."""
        async for _ in self._steps():
            pass

    async def _steps(self) -> AsyncIterator[None]:
        """Do one thing after the other."""
        doors = [door for door in self.site.doors.values() if door.hub]
        people = [p for p in self.site.people.values() if p.status != "DEACTIVATED"]
        if not doors:
            await self.wait(60)
            return
        front, last = doors[0], doors[-1]
        await self.wait(2)
        await self.tap(front, people[0], opens=True, picture=True)
        await self.wait(8)
        await self.tap(self._door(doors, 1), people[2], "pin", opens=True)
        await self.wait(6)
        await self.tap(front, people[1], granted=False, reason="Schedule")
        await self.wait(8)
        await self.schedule(front)
        await self.wait(5)
        await self.tap(front, None, picture=True)
        await self.wait(9)
        await self.tap(self._door(doors, 3), people[3], "face", opens=True)
        await self.wait(7)
        await self.tap(last, people[0], "license_plate", picture=True)
        yield
        await self._visitor(front, people)
        yield
        await self._afternoon(doors, people)
        yield
        await self._evening(doors, people)

    def _door(self, doors: list[Door], index: int) -> Door:
        """Return a door, whatever the size of the site."""
        return doors[index % len(doors)]

    async def _visitor(self, front: Door, people: list[Person]) -> None:
        """Let somebody ring twice: missed, then let in."""
        await self.wait(8)
        await self.ring(front)
        await self.wait(10)
        if self.calls:
            await self.miss(front)
        await self.wait(6)
        await self.ring(front)
        await self.wait(5)
        if self.calls:
            await self.answer(front, people[0], opens=True)
        await self.wait(8)
        await self.remote_unlock(front, people[3], opens=True)

    async def _afternoon(self, doors: list[Door], people: list[Person]) -> None:
        """Let people go, hold a door open, force another, lose a device."""
        await self.wait(8)
        await self.rex(doors[0], opens=True)
        await self.wait(9)
        side = self._door([door for door in doors if door.sensor], 1)
        await self.tap(side, people[4], "mobile")
        await self.hold_open(side, 40 / self.speed)
        await self.wait(12)
        forced = self._door([door for door in doors if door.sensor], 2)
        await self.force_open(forced)
        await self.wait(10)
        await self.close_door(forced)
        await self.wait(8)
        reader = next(item for item in self.site.devices.values() if not item.is_hub)
        await self.device_offline(reader.id)
        await self.wait(12)
        await self.device_online(reader.id)

    async def _evening(self, doors: list[Door], people: list[Person]) -> None:
        """Let the schedule end, an administrator work, and the last one leave."""
        await self.wait(7)
        await self.schedule(doors[0], active=False)
        await self.wait(6)
        await self.admin_change("Door settings updated")
        await self.wait(14)
        await self.tap(doors[0], people[2], direction="exit", opens=True)
        await self.wait(15)
        await self.tap(doors[0], people[-2], direction="exit", opens=True)
        await self.wait(20)

    # The week before.

    async def seed_history(self, days: int = 7, per_day: int = 60) -> int:
        """Fill the log with days that have passed; return how many rows there are.

        The same seed and the same hour give the same history.
        """
        generator = random.Random(self.seed)
        end = self.clock.now().replace(minute=0, second=0, microsecond=0)
        moments = sorted(
            moment
            for back in range(days, -1, -1)
            for moment in _moments(generator, end - timedelta(days=back), per_day)
            if moment < end
        )
        for moment in moments:
            await self._past(generator, int(moment.timestamp() * 1000))
        return len(self.log.rows)

    async def _past(self, generator: random.Random, at_ms: int) -> None:
        """Let one thing have happened."""
        doors = [door for door in self.site.doors.values() if door.hub]
        people = [p for p in self.site.people.values() if p.kind == "user"]
        door = generator.choices(doors, [8] + [2] * (len(doors) - 1))[0]
        person = generator.choice(people[:6])
        chance = generator.random()
        method = "card" if person.cards else "pin"
        if chance < 0.01 and door.reader:
            self._record_missed(door, at_ms)
        elif chance < 0.04:
            await self.rex(door, at_ms=at_ms)
        elif chance < 0.07:
            await self.tap(door, None, at_ms=at_ms, push=False)
        elif chance < 0.12:
            await self.tap(
                door,
                person,
                method,
                granted=False,
                reason="Schedule",
                at_ms=at_ms,
                push=False,
            )
        else:
            direction = "exit" if door.exit_reader and chance > 0.7 else "entry"
            await self.tap(
                door,
                person,
                "face" if 0.5 < chance < 0.56 else method,
                granted=True,
                direction=direction,
                at_ms=at_ms,
                picture=chance > 0.9,
                push=False,
            )


def _moments(generator: random.Random, day: datetime, per_day: int) -> list[datetime]:
    """Return when something happened on a day; weekends are quiet."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    count = per_day if day.weekday() < 5 else per_day // 8
    moments = []
    for _ in range(count):
        start, length = generator.choice(_RUSH)
        second = start + generator.random() * length
        moments.append(midnight + timedelta(seconds=round(second, 3)))
    return moments
