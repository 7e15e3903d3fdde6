"""Subscriptions, each with a queue that overflows without a word."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from .rpc import RpcError

MAX_QUEUE = 1_000_000


class Subscription[Item]:
    """One client's stream."""

    def __init__(self, size: int, wants: Callable[[Item], bool]) -> None:
        """Wait for what it `wants`; beyond `size` waiting items more are lost."""
        self.size = min(max(size, 1), MAX_QUEUE)
        self.wants = wants
        self.lost = 0
        self.sent = 0
        self._items: deque[Item] = deque()
        self._wake = asyncio.Event()
        self._error: RpcError | None = None

    def offer(self, item: Item) -> None:
        """Put an item in the queue, or lose it."""
        if not self.wants(item):
            return
        if len(self._items) >= self.size:
            self.lost += 1
            return
        self._items.append(item)
        self._wake.set()

    def end(self, error: RpcError) -> None:
        """End the stream with an error, before what still waits."""
        self._error = error
        self._wake.set()

    async def next(self) -> Item:
        """Wait for the next item. Raises RpcError at the end."""
        while True:
            if self._error is not None:
                raise self._error
            if self._items:
                self.sent += 1
                return self._items.popleft()
            self._wake.clear()
            await self._wake.wait()


class Channel[Item]:
    """All subscriptions of one kind."""

    def __init__(self) -> None:
        """Start without any."""
        self.subscriptions: list[Subscription[Item]] = []
        self.opened = 0
        self.lost = 0
        self._flowing = asyncio.Event()
        self._flowing.set()

    def offer(self, item: Item) -> None:
        """Give an item to all who want it."""
        for subscription in self.subscriptions:
            subscription.offer(item)

    def stall(self, stalled: bool) -> None:
        """Let queues fill up, or flow again."""
        if stalled:
            self._flowing.clear()
        else:
            self._flowing.set()

    def end(self, error: RpcError) -> int:
        """End all streams with an error; return how many."""
        for subscription in self.subscriptions:
            subscription.end(error)
        return len(self.subscriptions)

    async def subscribe(
        self, size: int, wants: Callable[[Item], bool]
    ) -> AsyncIterator[Item]:
        """Give what comes until the client goes."""
        subscription = Subscription(size, wants)
        self.subscriptions.append(subscription)
        self.opened += 1
        try:
            while True:
                item = await subscription.next()
                await self._flowing.wait()
                yield item
        finally:
            self.subscriptions.remove(subscription)
            self.lost += subscription.lost

    def info(self) -> dict[str, int]:
        """Return what tests want to know."""
        return {
            "clients": len(self.subscriptions),
            "opened": self.opened,
            "lost": self.lost + sum(item.lost for item in self.subscriptions),
            "sent": sum(item.sent for item in self.subscriptions),
        }
