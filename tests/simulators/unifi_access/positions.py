"""What door sensors see."""

from typing import Literal

from .log import Actor, Happening
from .site import Door
from .world import DoorLike, World


class Positions(World):
    """Happenings that a door's sensor reports."""

    async def open_door(self, door: DoorLike) -> Happening:
        """Open a door, whatever the reason."""
        return self._move(self.site.door(door), "open")

    async def close_door(self, door: DoorLike) -> Happening:
        """Close a door."""
        return self._move(self.site.door(door), "close")

    async def force_open(self, door: DoorLike) -> Happening:
        """Open a door that nobody unlocked."""
        happening = self._move(self.site.door(door), "open", name="forced_open")
        happening.derived = "door_forced_open"
        return happening

    async def hold_open(self, door: DoorLike, seconds: float = 60.0) -> Happening:
        """Open a door and let it stand open; it closes after `seconds`."""
        where = self.site.door(door)
        happening = self._move(where, "open", name="held_open")
        happening.derived = "door_held_open"
        self.later(seconds, lambda: self._move(where, "close"))
        return happening

    def pass_through(self, door: Door) -> None:
        """Open a door now and close it after somebody has passed."""
        if door.sensor:
            self._move(door, "open")
            self.later(self.modes.pass_seconds, lambda: self._move(door, "close"))

    def _move(
        self,
        door: Door,
        position: Literal["open", "close"],
        name: str = "",
    ) -> Happening:
        """Move a door, write its row and push its state."""
        if not door.sensor:
            raise ValueError(f"{door.name} has no sensor")
        door.position = position
        word = "opened" if position == "open" else "closed"
        kind = f"door_{word}"
        happening = self.happening(
            name or kind, kind, door=door, device=door.hub, method=None
        )
        self.push_door(door)
        hub = door.hub
        return self.record(
            happening,
            type="access.dps.status.update",
            message=f"Door status - {word.title()}",
            result="SUCCESS",
            topics=self.modes.dps_topics,
            category="Door status",
            actor=Actor(hub.type, hub.id, hub.name) if hub else Actor(),
            places=self.places(door),
        )
