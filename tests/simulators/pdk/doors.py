"""What can happen at the doors of the PDK simulator."""

import asyncio
import time
from typing import Any

from .log import VIRTUAL_READ, Happening
from .site import Credential, Device, Holder
from .world import DeviceLike, HolderLike, World


class Doors(World):
    """Doors, their locks and their inputs."""

    # Locks.

    def set_relay(
        self, name: str, device: Device, on: bool, at_ms: int | None = None
    ) -> list[Happening]:
        """Let a relay go on or off, if it is not so yet."""
        if device.relay_on == on:
            return []
        topic = f"device.input.relay.{'on' if on else 'off'}"
        return [self.emit(name, topic, device, at_ms=at_ms)]

    def unlock(
        self,
        name: str,
        device: Device,
        dwell: int | None = None,
        at_ms: int | None = None,
    ) -> list[Happening]:
        """Let a relay go on, and off after the dwell (tenths of a second).

        A door that do not disturb keeps locked does nothing. With `at_ms`, all of
        that is in the past.
        """
        if device.force_close:
            return []
        tenths = device.dwell if dwell is None else dwell
        made = self.set_relay(name, device, True, at_ms)
        if at_ms is not None:
            end = at_ms + tenths * 100
            return made + (self.set_relay(name, device, False, end) if made else [])
        seconds = tenths / 10 * self.modes.dwell_factor
        device.unlocked_until = max(device.unlocked_until, time.monotonic() + seconds)
        self.later(seconds, lambda: self._relock(name, device))
        return made

    def _relock(self, name: str, device: Device) -> list[Happening]:
        """Lock a door that nothing keeps unlocked."""
        # A timer may be early by the clock's grain.
        busy = device.unlocked_until > time.monotonic() + 0.005
        if busy or device.force_open or device.auto_open:
            return []
        return self.set_relay(name, device, False)

    def _switch(
        self, name: str, device: Device, topic: str, on: bool
    ) -> list[Happening]:
        """Let one of the three ways to hold a door begin or end."""
        state = {
            "device.forceopen": device.force_open,
            "device.forceclose": device.force_close,
            "device.autoopen": device.auto_open,
        }[topic]
        if state == on:
            return []
        return [self.emit(name, f"{topic}.{'on' if on else 'off'}", device)]

    async def force_open(
        self, door: DeviceLike = 0, on: bool = True
    ) -> list[Happening]:
        """Hold a door open, or end that."""
        device = self.site.device(door)
        made = self._switch("force_open", device, "device.forceopen", on)
        if on and not device.force_close:
            return made + self.set_relay("force_open", device, True)
        return made + self._relock("force_open", device)

    async def do_not_disturb(
        self, door: DeviceLike = 0, on: bool = True
    ) -> list[Happening]:
        """Keep a door locked for everybody, or end that."""
        device = self.site.device(door)
        made = self._switch("do_not_disturb", device, "device.forceclose", on)
        held = not on and (device.force_open or device.auto_open)
        return made + self.set_relay("do_not_disturb", device, held)

    async def auto_open(self, door: DeviceLike = 0, on: bool = True) -> list[Happening]:
        """Let a schedule unlock a door, or lock it again."""
        device = self.site.device(door)
        made = self._switch("auto_open", device, "device.autoopen", on)
        if on and not device.force_close:
            return made + self.set_relay("auto_open", device, True)
        return made + self._relock("auto_open", device)

    # Requests.

    async def tap(
        self,
        door: DeviceLike = 0,
        person: HolderLike = 0,
        granted: bool | None = None,
        factor: str = "CARD_ONLY",
        passes: bool = False,
        unlocks: bool = True,
        at_ms: int | None = None,
    ) -> list[Happening]:
        """Let a holder ask for access.

        Args:
            door: Where.
            person: Who.
            granted: Whether it is granted; None asks the holder's own rules.
            factor: How the holder is known.
            passes: Whether the holder opens the door and closes it again.
            unlocks: Whether the relay moves when it is granted.
            at_ms: When; None is now.
        """
        device, holder = self.site.device(door), self.site.holder(person)
        made = [self._request("tap", device, holder, granted, factor, at_ms=at_ms)]
        if made[0].granted and unlocks:
            made += self.unlock("tap", device, None, at_ms and at_ms + 1)
        if made[0].granted and passes and device.dps:
            made += await self.pass_through(device, at_ms)
        return made

    def _request(
        self,
        name: str,
        device: Device,
        holder: Holder,
        granted: bool | None,
        factor: str,
        *,
        at_ms: int | None = None,
        report_event: str = "",
    ) -> Happening:
        """Decide about a holder at a door."""
        if granted is None:
            now = self.clock.ms() if at_ms is None else at_ms
            granted = holder.may_pass(now) and not device.force_close
        credential = next(iter(holder.credentials), None)
        return self.emit(
            name,
            f"device.request.{'allowed' if granted else 'denied'}",
            device,
            holder,
            at_ms=at_ms,
            credential=credential,
            factor=factor,
            report_event=report_event,
        )

    async def unknown_card(
        self,
        door: DeviceLike = 0,
        card: int = 99999,
        facility: int | None = 77,
        at_ms: int | None = None,
    ) -> Happening:
        """Let somebody present a card that nobody has."""
        shown = Credential("", ["card"], card, facility)
        return self.emit(
            "unknown_card",
            "device.request.unknown",
            door,
            at_ms=at_ms,
            credential=shown,
        )

    async def duress(
        self, door: DeviceLike = 0, person: HolderLike = 0, at_ms: int | None = None
    ) -> list[Happening]:
        """Let a holder use the duress PIN: that is in reports, not in the stream."""
        made = await self.tap(door, person, True, "PIN_ONLY", at_ms=at_ms)
        later = at_ms and at_ms + 2
        topic = "device.request.duress"
        return [*made, self.emit("duress", topic, door, person, at_ms=later)]

    async def multi_allowed(
        self, door: DeviceLike = 0, person: HolderLike = 0, at_ms: int | None = None
    ) -> list[Happening]:
        """Let the second of two needed holders in: only reports tell of that."""
        device = self.site.device(door)
        topic = "device.request.multiallowed"
        made = [self.emit("multi_allowed", topic, device, person, at_ms=at_ms)]
        return made + self.unlock("multi_allowed", device, None, at_ms and at_ms + 1)

    # Inputs.

    async def pass_through(
        self, door: DeviceLike = 0, at_ms: int | None = None
    ) -> list[Happening]:
        """Let a door be opened and closed again."""
        made = await self.door_open(door, at_ms and at_ms + 900)
        if at_ms is None:
            await asyncio.sleep(self.modes.dwell_factor)
        return made + await self.door_close(door, at_ms and at_ms + 3200)

    async def door_open(
        self, door: DeviceLike = 0, at_ms: int | None = None
    ) -> list[Happening]:
        """Let a door be opened; a locked one raises the alarm that it is set to."""
        device = self._with(door, "dps")
        made = [self.emit("door_open", "device.input.dps.opened", device, at_ms=at_ms)]
        locked = not device.relay_on and not device.rex_on
        if locked and device.forced_alarm and at_ms is None:
            made.append(self.emit("door_open", "device.alarm.forced", device))
        return made

    async def door_close(
        self, door: DeviceLike = 0, at_ms: int | None = None
    ) -> list[Happening]:
        """Let a door be closed; its alarms end."""
        device = self._with(door, "dps")
        made = [self.emit("door_close", "device.input.dps.closed", device, at_ms=at_ms)]
        if device.propped:
            made.append(self.emit("door_close", "device.alarm.propped.off", device))
        if device.forced:
            made.append(self.emit("door_close", "device.alarm.forced.cleared", device))
        return made

    async def forced(self, door: DeviceLike = 0) -> list[Happening]:
        """Let a locked door be forced open."""
        device = self._with(door, "dps")
        if not device.forced_alarm:
            raise ValueError(f"{device.name} has no alarm for that")
        made = self.set_relay("forced", device, False)
        return made + await self.door_open(device)

    async def propped(self, door: DeviceLike = 0) -> list[Happening]:
        """Let a door stand open for too long."""
        device = self._with(door, "dps")
        if not device.prop_alarm:
            raise ValueError(f"{device.name} has no alarm for that")
        made = []
        if not device.is_open:
            topic = "device.input.dps.opened"
            made.append(self.emit("propped", topic, device))
        return [*made, self.emit("propped", "device.alarm.propped.on", device)]

    async def clear_forced(self, door: DeviceLike = 0) -> list[Happening]:
        """Let somebody clear the alarm of a forced door."""
        device = self.site.device(door)
        if not device.forced:
            return []
        return [self.emit("clear_forced", "device.alarm.forced.cleared", device)]

    async def rex(self, door: DeviceLike = 0, passes: bool = False) -> list[Happening]:
        """Let somebody ask to leave: the door unlocks."""
        device = self._with(door, "rex")
        made = [self.emit("rex", "device.input.rex.on", device)]
        made += self.unlock("rex", device)
        if passes and device.dps:
            made += await self.pass_through(device)
        else:
            await asyncio.sleep(0.2 * self.modes.dwell_factor)
        return [*made, self.emit("rex", "device.input.rex.off", device)]

    def _with(self, door: DeviceLike, what: str) -> Device:
        """Return a door that has an input. Raises ValueError if it has not."""
        device = self.site.device(door)
        if not getattr(device, what):
            raise ValueError(f"{device.name} has no {what}")
        return device

    # What the API's commands do; each is counted, whatever comes of it.

    def command(
        self, what: str, device: Device, dwell: int | None = None, holder: str = ""
    ) -> None:
        """Carry out a command for a door after the relay's delay."""
        self.openings.append(
            {
                "number": len(self.openings),
                "command": what,
                "device_id": device.id,
                "device_name": device.name,
                "dwell": dwell,
                "holder_id": holder or None,
                "at_ms": self.clock.ms(),
            }
        )
        self.later(
            self.modes.relay_delay, lambda: self._do(what, device, dwell, holder)
        )

    def _do(self, what: str, device: Device, dwell: int | None, holder: str) -> Any:
        """Do it."""
        if what == "try-open":
            return self.unlock(what, device, dwell)
        if what == "open":
            made = self._switch(what, device, "device.forceopen", True)
            on = not device.force_close
            return made + (self.set_relay(what, device, True) if on else [])
        if what == "close":
            device.unlocked_until = 0.0
            made = self._switch(what, device, "device.forceopen", False)
            return made + self.set_relay(what, device, False)
        request = self._request(
            what,
            device,
            self.site.holder(holder),
            None,
            "CARD_ONLY",
            report_event=VIRTUAL_READ,
        )
        return self.unlock(what, device) if request.granted else []

    # Many.

    async def burst(self, n: int = 100, rate: float = 0.0) -> list[Happening]:
        """Let `n` holders ask for access, `rate` a second (0: at once).

        Doors and holders take turns; each ninth is denied. No relays.
        """
        made: list[Happening] = []
        for index in range(n):
            if rate > 0:
                await asyncio.sleep(1 / rate)
            elif index % 200 == 199:
                await asyncio.sleep(0)
            made += await self.tap(
                self.site.devices[index % len(self.site.devices)],
                self.site.holders[index % len(self.site.holders)],
                index % 9 != 8,
                unlocks=False,
            )
        return made

    async def start_burst(self, n: int = 100, rate: float = 50.0) -> dict[str, int]:
        """Start a burst and return at once; `history` with `after` tells it."""
        after = len(self.truth)
        self.spawn(self.burst(n, rate))
        return {"after": after}
