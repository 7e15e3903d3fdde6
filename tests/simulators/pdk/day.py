"""The scripted day of the PDK simulator, and its history."""

import asyncio
from datetime import UTC, datetime, timedelta
import random
from typing import override

from .cloud import Cloud
from .log import Happening

_DAY_MS = 86_400_000


class ScriptedDay(Cloud):
    """The day that is played over and over, and the history before."""

    @override
    async def day(self) -> None:
        """Play one day: some two minutes at speed 1."""
        doors = self.site.devices
        if not doors:
            await self.wait(60)
            return
        front, back = doors[0], doors[-1]
        await self.wait(2)
        await self.tap(front, 0, passes=True)
        await self.wait(6)
        await self.tap(front, 3)
        await self.wait(4)
        await self.unknown_card(back)
        await self.wait(5)
        await self.tap(doors[1 % len(doors)], 2, factor="CARD_AND_PIN")
        if front.rex:
            await self.wait(6)
            await self.rex(front, passes=True)
        await self.wait(7)
        await self.auto_open(back, True)
        await self.wait(10)
        await self.auto_open(back, False)
        if front.dps and front.prop_alarm:
            await self.wait(6)
            await self.tap(front, 1)
            await self.propped(front)
            await self.wait(8)
            await self.door_close(front)
        guarded = next((door for door in doors if door.dps and door.forced_alarm), None)
        if guarded is not None:
            await self.wait(9)
            await self.forced(guarded)
            await self.wait(6)
            await self.door_close(guarded)
        await self.wait(5)
        await self.do_not_disturb(front, True)
        await self.tap(front, 0)
        await self.wait(8)
        await self.do_not_disturb(front, False)
        await self.wait(5)
        await self.sync(back.node)
        await self.wait(6)
        await self.node_offline(back.node)
        await self.tap(back, 1)
        await self.wait(9)
        await self.node_online(back.node)
        await self.wait(5)
        await self.duress(front, 4)
        await self.wait(15)

    async def seed_history(self, days: int = 7, per_day: int = 60) -> dict[str, int]:
        """Let days have happened, with `per_day` requests on a working day.

        The stream knows nothing of that; reports do.
        """
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

    async def seed_range(self, n: int, since_ms: int, until_ms: int) -> list[Happening]:
        """Let `n` requests have happened, evenly spread over a time range.

        Doors and holders take turns; each ninth is denied. The stream knows nothing
        of that; reports do.
        """
        step = (until_ms - since_ms) / max(1, n)
        made = []
        for index in range(n):
            if index % 500 == 499:
                await asyncio.sleep(0)
            result = "denied" if index % 9 == 8 else "allowed"
            made.append(
                self.emit(
                    "history",
                    f"device.request.{result}",
                    self.site.devices[index % len(self.site.devices)],
                    self.site.holders[index % len(self.site.holders)],
                    at_ms=int(since_ms + index * step),
                    push=False,
                )
            )
        return made

    def _past(self, generator: random.Random, at_ms: int) -> None:
        """Let one request have happened, with what follows from it."""
        site = self.site
        weights = [6] + [1] * (len(site.devices) - 1)
        device = generator.choices(site.devices, weights)[0]
        holder = generator.choice(site.holders)
        chance = generator.random()

        def note(topic: str, after: int, *, known: bool = False) -> None:
            who = holder if known else None
            self.emit("history", topic, device, who, at_ms=at_ms + after, push=False)

        if chance < 0.04:
            note("device.request.unknown", 0)
        elif not holder.may_pass(at_ms) or chance < 0.08:
            note("device.request.denied", 0, known=True)
        else:
            note("device.request.allowed", 0, known=True)
            note("device.input.relay.on", 40)
            if device.dps:
                note("device.input.dps.opened", 1100)
                note("device.input.dps.closed", 4300)
            note("device.input.relay.off", 5040)
