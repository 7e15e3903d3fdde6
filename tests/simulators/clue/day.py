"""A scripted day, and the days that were before it."""

from datetime import UTC, datetime, timedelta
import random

from .site import PLACE
from .world import FACE_FAIL, FACE_SUCCESS, RELAY_OFF, RELAY_ON, VENDOR_SUCCESS, World

_DAY_MS = 86_400_000


class ScriptedDay(World):
    """The day that is played over and over, and the history before."""

    async def day(self) -> None:
        """Play one day: some two minutes at speed 1."""
        doors = [door for door in self.site.doors if door.place_id == PLACE]
        if not doors:
            await self.wait(60)
            return
        front, back = doors[0], doors[1 % len(doors)]
        await self.wait(2)
        await self.flow_success(front, 0, third_party=False)
        await self.wait(7)
        await self.flow_success(front, 1)
        await self.wait(6)
        await self.flow_clue_failure(front)
        await self.wait(5)
        await self.flow_clue_failure(front, 3)
        await self.wait(8)
        await self.flow_vendor_failure(back, 2)
        await self.wait(4)
        await self.flow_success(back, 4, third_party=False)
        await self.device_offline(back)
        await self.wait(6)
        await self.flow_success(back, 5, third_party=False)
        await self.wait(9)
        await self.flow_success(front, 3, third_party=False)
        await self.wait(12)
        await self.device_online(back)
        await self.wait(7)
        await self.event("DEV_DOOR_FORCED_OPEN", front)
        await self.wait(11)
        await self.event("DEV_CARD_AUTH_SUCCESS", front, 0)
        await self.relay(front)
        await self.wait(14)
        await self.flow_success(doors[-1], 2)
        await self.wait(20)

    async def seed_history(self, days: int = 7, per_day: int = 60) -> dict[str, int]:
        """Let days have happened, with `per_day` passes on a working day."""
        before = len(self.truth)
        generator = random.Random(self.seed)
        midnight = datetime.fromtimestamp(self.clock.time(), UTC).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        for back in range(days, 0, -1):
            date = midnight - timedelta(days=back)
            start = int(date.timestamp() * 1000)
            count = per_day if date.weekday() < 5 else per_day // 8
            for moment in sorted(
                start + int(generator.gauss(0.5, 0.12) % 1 * _DAY_MS)
                for _ in range(count)
            ):
                self._past(generator, moment)
        return {"happenings": len(self.truth) - before}

    def _past(self, generator: random.Random, at_ms: int) -> None:
        """Let one pass have happened."""
        doors = [door for door in self.site.doors if door.place_id == PLACE]
        door = generator.choices(doors, [6] + [1] * (len(doors) - 1))[0]
        person = generator.choice(self.site.people[:6])
        chance = generator.random()
        if chance < 0.08:
            known = person if chance < 0.04 else None
            self.emit("face", FACE_FAIL, door, known, at_ms=at_ms)
            return
        self.emit("face", FACE_SUCCESS, door, person, at_ms=at_ms)
        if chance > 0.7:
            self.emit("third_party", VENDOR_SUCCESS, door, person, at_ms=at_ms + 20)
        for event_type, after in ((RELAY_ON, 58), (RELAY_OFF, 1076)):
            self._relay(event_type, door, at_ms + after)
