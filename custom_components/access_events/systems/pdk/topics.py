"""What PDK calls the things that happen.

Source: developer.pdk.io 2.0, "Streaming API", section Events, for the topics that can
be streamed; "Webhooks" for those that only reports tell of.
"""

from collections.abc import Mapping

from ...models import EventKind

STREAMED: tuple[str, ...] = (
    "cloudnode.connected",
    "cloudnode.created",
    "cloudnode.deleted",
    "cloudnode.disconnected",
    "cloudnode.registered",
    "cloudnode.unregistered",
    "device.alarm.forced",
    "device.alarm.forced.cleared",
    "device.alarm.propped.off",
    "device.alarm.propped.on",
    "device.autoopen.off",
    "device.autoopen.on",
    "device.forceclose.off",
    "device.forceclose.on",
    "device.forceopen.off",
    "device.forceopen.on",
    "device.input.dps.closed",
    "device.input.dps.opened",
    "device.input.relay.off",
    "device.input.relay.on",
    "device.input.rex.off",
    "device.input.rex.on",
    "device.request.allowed",
    "device.request.denied",
    "device.request.unknown",
    "endpoint.sync.finished",
    "endpoint.sync.finished.all",
    "endpoint.sync.started",
    "liveEvent",
    "sync.not_synced",
    "sync.synced",
)

LIVE_EVENT = "liveEvent"
CONNECTED = "cloudnode.connected"
DISCONNECTED = "cloudnode.disconnected"
ALLOWED = "device.request.allowed"
DENIED = "device.request.denied"
NODE_CHANGES = frozenset(
    {
        "cloudnode.created",
        "cloudnode.deleted",
        "cloudnode.registered",
        "cloudnode.unregistered",
    }
)

KINDS: Mapping[str, EventKind] = {
    CONNECTED: EventKind.DEVICE_ONLINE,
    DISCONNECTED: EventKind.DEVICE_OFFLINE,
    **dict.fromkeys(NODE_CHANGES, EventKind.ADMIN),
    "device.alarm.forced": EventKind.DOOR_FORCED_OPEN,
    "device.alarm.forced.cleared": EventKind.DOOR_FORCED_OPEN_CLEARED,
    "device.alarm.propped.on": EventKind.DOOR_HELD_OPEN,
    "device.alarm.propped.off": EventKind.DOOR_HELD_OPEN_CLEARED,
    "device.autoopen.on": EventKind.AUTO_OPEN_STARTED,
    "device.autoopen.off": EventKind.AUTO_OPEN_ENDED,
    "device.forceclose.on": EventKind.LOCKDOWN_STARTED,
    "device.forceclose.off": EventKind.LOCKDOWN_ENDED,
    "device.forceopen.on": EventKind.HOLD_OPEN_STARTED,
    "device.forceopen.off": EventKind.HOLD_OPEN_ENDED,
    "device.input.dps.opened": EventKind.DOOR_OPENED,
    "device.input.dps.closed": EventKind.DOOR_CLOSED,
    "device.input.relay.on": EventKind.DOOR_UNLOCKED,
    "device.input.relay.off": EventKind.DOOR_LOCKED,
    "device.input.rex.on": EventKind.EXIT_REQUESTED,
    "device.input.rex.off": EventKind.OTHER,
    ALLOWED: EventKind.ACCESS_GRANTED,
    DENIED: EventKind.ACCESS_DENIED,
    "device.request.unknown": EventKind.UNKNOWN_CREDENTIAL,
    "device.request.multiallowed": EventKind.ACCESS_GRANTED,
    "device.request.ecard.allowed": EventKind.ACCESS_GRANTED,
    "device.request.ecard.denied": EventKind.ACCESS_DENIED,
    "device.request.filtered": EventKind.ACCESS_DENIED,
    "device.request.duress": EventKind.DURESS,
    "device.alarm.propped.alloff": EventKind.DOOR_HELD_OPEN_CLEARED,
    "rule.antipassback.violation": EventKind.ZONE_ALARM,
    "endpoint.sync.started": EventKind.SYNC,
    "endpoint.sync.finished": EventKind.SYNC,
    "endpoint.sync.finished.all": EventKind.SYNC,
    "sync.synced": EventKind.SYNC,
    "sync.not_synced": EventKind.SYNC,
    "controller.alarm.comloss.on": EventKind.DEVICE_OFFLINE,
    "controller.alarm.comloss.off": EventKind.DEVICE_ONLINE,
    "holder.created": EventKind.USER_ADDED,
    "holder.updated": EventKind.USER_UPDATED,
    "holder.deleted": EventKind.USER_REMOVED,
}

SAME: Mapping[str, str] = {
    "device.request.multiallowed": ALLOWED,
    "device.request.ecard.allowed": ALLOWED,
    "device.request.ecard.denied": DENIED,
}
"""Results that a report tells, and the stream tells by a plainer name."""

EFFECTS: Mapping[str, tuple[str, bool]] = {
    "device.alarm.forced": ("forced_open", True),
    "device.alarm.forced.cleared": ("forced_open", False),
    "device.alarm.propped.on": ("held_open", True),
    "device.alarm.propped.off": ("held_open", False),
    "device.alarm.propped.alloff": ("held_open", False),
    "device.autoopen.on": ("auto_open", True),
    "device.autoopen.off": ("auto_open", False),
    "device.forceclose.on": ("do_not_disturb", True),
    "device.forceclose.off": ("do_not_disturb", False),
    "device.forceopen.on": ("hold_open", True),
    "device.forceopen.off": ("hold_open", False),
    "device.input.dps.opened": ("is_open", True),
    "device.input.dps.closed": ("is_open", False),
    "device.input.relay.on": ("is_locked", False),
    "device.input.relay.off": ("is_locked", True),
    "device.input.rex.on": ("exit_request", True),
    "device.input.rex.off": ("exit_request", False),
}
"""What a topic says of its door: a field of `DoorState`, and its value."""
