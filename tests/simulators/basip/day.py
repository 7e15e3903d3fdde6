"""A scripted day, and the days that were before it."""

from datetime import UTC, datetime, timedelta
import random

from .link import Linked

_DAY_MS = 86_400_000


class ScriptedDay(Linked):
    """The day that is played over and over, and the history before."""

    async def day(self) -> None:
        """Play one day: some two minutes at speed 1."""
        await self.wait(2)
        await self.use("Jane Doe")
        await self.open_door()
        await self.wait(4)
        await self.close_door()
        await self.wait(7)
        await self.ring("12", answered=True)
        await self.wait(3)
        await self.answer_and_open()
        await self.wait(6)
        await self.use("John Roe")
        await self.wait(5)
        await self.unknown("card")
        await self.wait(6)
        await self.face(1)
        await self.open_door()
        await self.wait(3)
        await self.close_door()
        await self.wait(8)
        await self.ring("13", answered=False)
        await self.wait(7)
        await self.deny("Łukasz Żak")
        await self.wait(5)
        await self.unknown("input_code", "4711")
        await self.wait(6)
        await self.press_exit()
        await self.wait(5)
        await self.write("multi_access_granted")
        await self.wait(6)
        await self.write("multi_access_denied")
        await self.wait(7)
        await self.write("access_granted_by_shared_identifier")
        await self.wait(8)
        await self.unknown("license_plate", "XY 123")
        await self.wait(9)
        await self.tamper()
        await self.wait(10)
        await self.face(0, granted=False)
        await self.wait(8)
        await self.use("Анна Иванова")
        await self.wait(20)

    async def seed_history(self, days: int = 7, per_day: int = 40) -> dict[str, int]:
        """Let days have happened, with `per_day` happenings on a working day."""
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
                await self._past(generator, moment)
        return {"happenings": len(self.truth) - before}

    async def _past(self, generator: random.Random, at_ms: int) -> None:
        """Let one thing have happened."""
        owners = ("Jane Doe", "John Roe", "Zoë Müller-Lüdenscheidt", "Анна Иванова")
        chance = generator.random()
        if chance < 0.06:
            self.emit("unknown", "access_denied_by_unknown_card", at_ms=at_ms)
        elif chance < 0.11:
            await self.deny(generator.choice(owners), at_ms=at_ms)
        elif chance < 0.2:
            self.emit("ring", "outgoing_call", at_ms=at_ms)
        elif chance < 0.26:
            self.emit("exit", "lock_was_opened_by_exit_btn", at_ms=at_ms)
        else:
            await self.use(generator.choice(owners), at_ms=at_ms)
            keys = self.modes.door_keys
            self.emit("open_door", f"{keys}_was_opened", {}, at_ms=at_ms + 900)
            self.emit("close_door", f"{keys}_was_closed", {}, at_ms=at_ms + 5200)
