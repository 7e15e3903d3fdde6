"""The stream's payloads, in the five shapes of the vendor's samples."""

from tests.simulators.common import Json

from .log import Happening
from .modes import Modes
from .site import CloudNode, Connection, Device, Holder, Site, iso

ENTITY_TOPICS = (
    "cloudnode.created",
    "cloudnode.deleted",
    "cloudnode.registered",
    "cloudnode.unregistered",
)
LINK_TOPICS = ("cloudnode.connected", "cloudnode.disconnected")
REQUEST_TOPICS = (
    "device.request.allowed",
    "device.request.denied",
    "device.request.unknown",
)
AUTO_TOPICS = ("device.autoopen.off", "device.autoopen.on")
ALARM_TOPICS = (
    "device.alarm.forced",
    "device.alarm.forced.cleared",
    "device.alarm.propped.off",
    "device.alarm.propped.on",
)
FORCE_TOPICS = (
    "device.forceclose.off",
    "device.forceclose.on",
    "device.forceopen.off",
    "device.forceopen.on",
)
INPUT_TOPICS = (
    "device.input.dps.closed",
    "device.input.dps.opened",
    "device.input.relay.off",
    "device.input.relay.on",
    "device.input.rex.off",
    "device.input.rex.on",
)
ENDPOINT_TOPICS = (
    "endpoint.sync.finished",
    "endpoint.sync.finished.all",
    "endpoint.sync.started",
)
SYNC_TOPICS = ("sync.not_synced", "sync.synced")
LIVE = "liveEvent"
DEVICE_TOPICS = (
    *REQUEST_TOPICS,
    *AUTO_TOPICS,
    *ALARM_TOPICS,
    *FORCE_TOPICS,
    *INPUT_TOPICS,
)
NODE_TOPICS = (*ENTITY_TOPICS, *LINK_TOPICS, *ENDPOINT_TOPICS, *SYNC_TOPICS)
TOPICS = frozenset((*DEVICE_TOPICS, *NODE_TOPICS, LIVE))

# In the vendor's samples, these have the same id in `deviceId` and `device.id`.
_SAME_IDS = (*REQUEST_TOPICS, *AUTO_TOPICS)
_USER = {"userId": "652d768c2bf4033e4c89a971", "userName": "Site Admin"}

_PERSON = 'Person "%s" has requested access to the device "%s".'
_LIVE_TEXTS = {
    "device.request.allowed": f"{_PERSON} Access allowed."
    " Person used card for requesting access.",
    "device.request.denied": f"{_PERSON} Access denied."
    " Person used card for requesting access.",
    "device.request.unknown": 'Unknown credential was presented to the device "%s".',
    "device.alarm.forced": 'Device "%s" was forced open.',
    "device.alarm.forced.cleared": 'Forced alarm of the device "%s" was cleared.',
    "device.alarm.propped.on": 'Device "%s" is propped open.',
    "device.alarm.propped.off": 'Device "%s" is no longer propped open.',
    "device.autoopen.on": 'Auto open of the device "%s" has started.',
    "device.autoopen.off": 'Auto open of the device "%s" has ended.',
    "device.forceopen.on": 'Force open of the device "%s" has started.',
    "device.forceopen.off": 'Force open of the device "%s" has ended.',
    "device.forceclose.on": 'Do not disturb of the device "%s" has started.',
    "device.forceclose.off": 'Do not disturb of the device "%s" has ended.',
}


class Frames:
    """What the stream shows of a happening."""

    def __init__(self, site: Site, modes: Modes) -> None:
        """Write for a site."""
        self.site = site
        self.modes = modes

    def of(
        self,
        item: Happening,
        node: CloudNode,
        device: Device | None = None,
        holder: Holder | None = None,
    ) -> list[tuple[str, Json]]:
        """Return event names and payloads, in the order in which they go out."""
        topic = item.topic
        if topic not in TOPICS:
            return []
        if topic in LINK_TOPICS:
            return [(topic, self._link(item, node))]
        if topic in ENTITY_TOPICS:
            return [(topic, self._entity(item, node))]
        if topic in SYNC_TOPICS:
            return [(topic, self._sync(item, node))]
        if topic in ENDPOINT_TOPICS:
            return [(topic, self._endpoint(item, node))]
        assert device is not None
        frames = [(topic, self._device(item, device, holder))]
        if self.modes.live_events and topic in _LIVE_TEXTS:
            frames.append((LIVE, self.live(item, device)))
            if self.modes.live_first:
                frames.reverse()
        return frames

    def live(self, item: Happening, device: Device) -> Json:
        """Return the text for people, which has no id."""
        places: list[Json] = [{"text": device.name, "id": device.id, "type": "device"}]
        info = _LIVE_TEXTS.get(item.topic, f'{item.topic} at the device "%s".')
        if info.count("%s") == 2:
            person = {"text": item.holder_name, "id": item.holder_id, "type": "holder"}
            places.insert(0, person)
        return {
            "topic": item.topic,
            "info": info,
            "placeholders": places,
            "cloudNode": _node_last(device.node),
            "occurred": item.at_ms + self.modes.live_offset_ms,
        }

    def _link(self, item: Happening, node: CloudNode) -> Json:
        """Return the shape without id and topic, and with either kind of time."""
        how = self.modes.cloudnode_time
        if how == "seed":
            how = "iso" if item.topic == "cloudnode.connected" else "ms"
        time = iso(item.at_ms, "seconds") if how == "iso" else item.at_ms
        return {"serialNumber": node.serial, "timestamp": time}

    def _entity(self, item: Happening, node: CloudNode) -> Json:
        """Return the shape whose inner topic is another than the event's name."""
        system = self.site.system_id
        body: Json = {"id": node.id, "name": node.name}
        if item.topic == "cloudnode.created":
            body["description"] = "Test description"
        body["serialNumber"] = node.serial
        if item.topic == "cloudnode.deleted":
            body |= {"locale": "en", "timezone": node.timezone}
            body |= {"killTimer": 300, "offlinePolicy": 2}
        if item.topic == "cloudnode.created":
            body["timezone"] = node.timezone
        if item.topic in ("cloudnode.created", "cloudnode.deleted"):
            body |= {"cardFormat": [], "created": node.created}
        return {
            "id": item.event_id,
            "systemId": system,
            "topic": f"system.{system}.entity.{item.topic}",
            "body": body,
            "metadata": {**_USER, "occurred": item.at_ms},
        }

    def _sync(self, item: Happening, node: CloudNode) -> Json:
        """Return the shape with the cloud node's serial number under another name."""
        details: Json = {"timestamp": item.at_ms}
        if item.topic == "sync.not_synced":
            details = {"dataFlowStatus": "Pending", **details}
        return {
            "systemId": self.site.system_id,
            "panelSn": node.serial,
            "details": details,
        }

    def _endpoint(self, item: Happening, node: CloudNode) -> Json:
        """Return the shape of controllers."""
        connection = next(c for c in self.site.connections if c.node is node)
        return {
            "id": item.event_id,
            "topic": item.topic,
            "body": {"connectionId": connection.id, "address": "", "type": "ao_rules"},
            "cloudNode": _node_last(node),
            "occurred": item.at_ms,
        }

    def _device(self, item: Happening, device: Device, holder: Holder | None) -> Json:
        """Return the shape of devices."""
        body: Json = {"deviceId": self._plain_id(item, device)}
        if item.topic in REQUEST_TOPICS:
            body |= self._request(item)
        body["device"] = {
            "id": device.id,
            "name": device.name,
            "connection": device.connection.id,
            "port": device.port,
        }
        if self.modes.device_ids == "device_only":
            del body["deviceId"]
        if self.modes.device_ids == "plain_only":
            del body["device"]
        if holder is not None and item.topic in REQUEST_TOPICS:
            body["holder"] = {
                "id": holder.id,
                "name": holder.name,
                "enabled": holder.data["enabled"],
                "activeDate": holder.data["activeDate"],
                "expireDate": holder.data["expireDate"],
            }
        node = device.node
        if item.topic in AUTO_TOPICS:
            ordered = _node_last(node)
        else:
            ordered = {"id": node.id, "serialNumber": node.serial, "name": node.name}
        return {
            "id": item.event_id,
            "topic": item.topic,
            "body": body,
            "cloudNode": ordered,
            "occurred": item.at_ms,
        }

    def _plain_id(self, item: Happening, device: Device) -> str:
        """Return what stands in `deviceId`."""
        how = self.modes.device_ids
        if how == "other" or (how == "seed" and item.topic not in _SAME_IDS):
            return self.site.uuid(f"other {device.id}")
        return device.id

    def _request(self, item: Happening) -> Json:
        """Return what only requests have."""

        def number(value: int | None) -> int | str | None:
            return value if value is None or self.modes.numeric_cards else str(value)

        fields = {
            "holderId": item.holder_id,
            "credentialId": item.credential_id,
            "requestFactor": item.factor,
            "facilityCode": number(item.facility),
            "cardNumber": number(item.card),
        }
        return {name: value for name, value in fields.items() if value is not None}


def _node_last(node: CloudNode) -> Json:
    """Return a cloud node with its serial number last."""
    return {"id": node.id, "name": node.name, "serialNumber": node.serial}


def connection_of(connection: Connection) -> Json:
    """Return a controller as the API gives it."""
    return {
        "id": connection.id,
        "name": connection.name,
        "type": "pdk",
        "ipaddress": connection.address,
        "cloudNode": {"id": connection.node.id, "name": connection.node.name},
    }
