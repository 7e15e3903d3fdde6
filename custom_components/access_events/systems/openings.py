"""Doors that were unlocked for a moment, and that nobody but us locks again."""

import asyncio


class Openings:
    """Which doors we must release, by their ids.

    These are forgotten with the process; the owner of a system gives it ones that are
    kept on disk.
    """

    def __init__(self) -> None:
        """Start with none."""
        self.doors: frozenset[str] = frozenset()
        self._changing = asyncio.Lock()

    async def add(self, door_id: str) -> None:
        """Keep that a door must be released; raises `AccessSystemError` if it can't."""
        async with self._changing:
            await self.save(self.doors | {door_id})
            self.doors |= {door_id}

    async def remove(self, door_id: str) -> None:
        """Forget a door that was released."""
        async with self._changing:
            if door_id in self.doors:
                await self.save(self.doors - {door_id})
                self.doors -= {door_id}

    async def save(self, doors: frozenset[str]) -> None:
        """Keep the doors for the next process."""
