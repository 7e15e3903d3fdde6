"""What the doors behind a G-SDK gateway can be told to do.

Source: G-SDK, Door API. Each command is sent once, to the device that controls the
door, whatever becomes of it.
"""

from functools import partial

from ...models import DoorMode
from ..base import AccessSystemError, NotSupported, RequestRejected
from .doors import DoorRecord, Flag
from .moments import Moments
from .site import Site

_MOMENT = 3
_LONGEST = 86_400


class Control:
    """Carries out what users ask of doors."""

    def __init__(self, site: Site) -> None:
        """Act on the doors of a gateway."""
        self._site = site
        self.moments = Moments(site)

    async def open_door(self, door_id: str) -> None:
        """Unlock a door for as long as it is set up to stay unlocked.

        The device itself locks it again, so that it does not stay open whatever
        becomes of us, or we do where the gateway knows no timer. A door that is held
        unlocked is left as it is, and one that is locked down stays so.
        """
        record = self._record(door_id)
        await self._read(record)
        unlocked_by, locked_by = self._site.doors.flags.get(door_id, (0, 0))
        if locked_by & (Flag.OPERATOR | Flag.EMERGENCY):
            raise RequestRejected("door_locked_down")
        if unlocked_by & (Flag.OPERATOR | Flag.EMERGENCY):
            return
        seconds = min(record.lock_after or _MOMENT, _LONGEST)
        if self._site.doors.timed:
            await self._send(record, "door.Door/Unlock", Flag.OPERATOR, seconds)
        else:
            await self.moments.open(
                door_id,
                partial(self._send, record, "door.Door/Unlock", Flag.OPERATOR),
                seconds,
            )

    async def hold_unlocked(self, door_id: str) -> None:
        """Unlock a door until it is released."""
        await self._command(door_id, "door.Door/Unlock", Flag.OPERATOR)

    async def release(self, door_id: str) -> None:
        """Return a door to normal, also where a schedule holds it unlocked."""
        await self._command(door_id, "door.Door/Release", Flag.OPERATOR)
        unlocked_by, locked_by = self._site.doors.flags.get(door_id, (0, 0))
        if unlocked_by & Flag.SCHEDULED:
            await self._command(door_id, "door.Door/Release", Flag.SCHEDULED)
            unlocked_by, locked_by = self._site.doors.flags.get(door_id, (0, 0))
        if unlocked_by & Flag.EMERGENCY:
            raise RequestRejected("emergency")
        if locked_by & Flag.EMERGENCY:
            raise RequestRejected("emergency")

    async def set_mode(self, door_id: str, mode: DoorMode) -> None:
        """Set how a door behaves until somebody changes it."""
        match mode:
            case DoorMode.NORMAL:
                await self._command(door_id, "door.Door/Release", Flag.OPERATOR)
            case DoorMode.UNLOCKED:
                await self._command(door_id, "door.Door/Unlock", Flag.OPERATOR)
            case DoorMode.LOCKED_DOWN:
                await self._command(door_id, "door.Door/Lock", Flag.OPERATOR)
            case _:
                raise NotSupported("mode_not_settable")

    async def _command(self, door_id: str, path: str, flag: Flag) -> None:
        """Send a command that decides about a door, also if it is open for a moment."""
        record = self._record(door_id)
        async with self.moments.handed_over(door_id):
            await self._send(record, path, flag)

    async def _send(
        self, record: DoorRecord, path: str, flag: Flag, timer: int = 0
    ) -> None:
        """Send a command, then see what became of the door."""
        more = {"normalizeTimer": timer} if timer else {}
        await self._site.client.call(
            path,
            deviceID=record.device,
            doorIDs=[record.number],
            doorFlag=int(flag),
            **more,
        )
        try:
            await self._read(record)
        except AccessSystemError:
            # The command was carried out, and events will tell the rest.
            return

    async def _read(self, record: DoorRecord) -> None:
        """Read the states of a door's device."""
        site = self._site
        changed = await site.doors.load_states(site.client, record.device)
        site.tell(*site.door_updates(changed))

    def _record(self, door_id: str) -> DoorRecord:
        """Return a door; raises `RequestRejected` if there is none."""
        record = self._site.doors.records.get(door_id)
        if record is None:
            raise RequestRejected("door_unknown")
        if not self._site.devices.is_online(record.device):
            name = self._site.devices.name(record.device)
            raise RequestRejected("devices_away", devices=name)
        return record
