"""What can happen to the cloud nodes of the PDK simulator, and any topic at all."""

from typing import Any, Literal

from .doors import Doors
from .frames import DEVICE_TOPICS, LIVE, NODE_TOPICS, REQUEST_TOPICS, TOPICS
from .log import Happening
from .world import DeviceLike, HolderLike, NodeLike


class Cloud(Doors):
    """Cloud nodes, their controllers and their sync."""

    async def node_offline(self, node: NodeLike = 0) -> Happening:
        """Cut a cloud node from the cloud; its doors go on."""
        where = self.site.node(node)
        where.connected, where.changed_ms = False, self.clock.ms()
        return self.emit("node_offline", "cloudnode.disconnected", node=where)

    async def node_online(self, node: NodeLike = 0) -> dict[str, Any]:
        """Connect a cloud node again; reports then have what happened meanwhile."""
        where = self.site.node(node)
        where.connected, where.changed_ms = True, self.clock.ms()
        happening = self.emit("node_online", "cloudnode.connected", node=where)
        return {"happening": happening, "uploaded": self.publish_waiting(where)}

    async def create_node(
        self, name: str = "Branch", serial: str = "9ABC123", timezone: str = "UTC"
    ) -> list[Happening]:
        """Add a cloud node, and associate its panel with it."""
        node = self.site.add_node(name, serial, timezone, self.clock.ms())
        return [
            self.emit("create_node", f"cloudnode.{what}", node=node)
            for what in ("created", "registered", "connected")
        ]

    async def delete_node(self, node: NodeLike) -> list[Happening]:
        """Remove a cloud node with its doors."""
        where = self.site.node(node)
        made = [
            self.emit("delete_node", f"cloudnode.{what}", node=where)
            for what in ("disconnected", "unregistered", "deleted")
        ]
        site = self.site
        site.nodes.remove(where)
        site.devices = [item for item in site.devices if item.node is not where]
        site.connections = [item for item in site.connections if item.node is not where]
        return made

    async def sync(self, node: NodeLike = 0) -> list[Happening]:
        """Let a cloud node sync: needed, started, finished, all finished, done."""
        where = self.site.node(node)
        topics = (
            "sync.not_synced",
            "endpoint.sync.started",
            "endpoint.sync.finished",
            "endpoint.sync.finished.all",
            "sync.synced",
        )
        return [self.emit("sync", topic, node=where) for topic in topics]

    async def need_sync(self, node: NodeLike = 0) -> Happening:
        """Let a cloud node fall behind; `sync` ends that."""
        return self.emit("need_sync", "sync.not_synced", node=node)

    async def add_device(
        self, name: str, node: NodeLike = 0, **fields: Any
    ) -> dict[str, str]:
        """Add a device; `fields` are those of `Device`, such as `kind` and `dps`."""
        device = self.site.add_device(name, self.site.node(node), **fields)
        return {"id": device.id}

    async def remove_device(self, door: DeviceLike) -> None:
        """Remove a device."""
        self.site.devices.remove(self.site.device(door))

    # Any topic.

    async def send_topic(
        self,
        topic: str,
        door: DeviceLike = 0,
        person: HolderLike = 0,
        node: NodeLike | None = None,
        shown: Literal["all", "specific", "live"] = "all",
        at_ms: int | None = None,
    ) -> Happening:
        """Send one of the stream's topics, whatever the door is and was.

        Args:
            topic: One of the 31; `liveEvent` is sent alone, about a granted request.
            door: Where, for a device's topic.
            person: Who, for a request.
            node: The cloud node; None is the door's.
            shown: With its `liveEvent`, without, or only that.
            at_ms: When; None is now.
        """
        if topic not in TOPICS:
            raise ValueError(f"no topic {topic}")
        if topic == LIVE:
            topic, shown = "device.request.allowed", "live"
        if topic not in DEVICE_TOPICS:
            where = self.site.node(self.site.device(door) if node is None else node)
            return self.emit("send_topic", topic, node=where, at_ms=at_ms)
        request = topic in REQUEST_TOPICS
        known = request and topic != "device.request.unknown"
        holder = self.site.holder(person) if known else None
        credential = None
        if request:
            credential = next(iter(self.site.holder(person).credentials), None)
        return self.emit(
            "send_topic",
            topic,
            door,
            holder,
            at_ms=at_ms,
            shown=shown,
            credential=credential,
            factor="CARD_ONLY" if known else None,
        )

    async def send_all_topics(
        self, door: DeviceLike = 0, person: HolderLike = 0
    ) -> list[Happening]:
        """Send all 31 topics, `liveEvent` beside the specific ones."""
        return [
            await self.send_topic(topic, door, person)
            for topic in (*DEVICE_TOPICS, *NODE_TOPICS)
        ]

    async def send_raw(self, event: str, arguments: list[Any] | None = None) -> int:
        """Send all clients any event with any arguments; return how many clients."""
        self.stream.push_raw(event, arguments or [])
        return len(self.stream.subscribers)
