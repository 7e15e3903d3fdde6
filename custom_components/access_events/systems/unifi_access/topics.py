"""Which topics of the log a happening belongs to.

Notifications tell of all topics, so what the user did not choose is left out there too.
Source: API reference, System Log, Topic Reference.
"""

from collections.abc import Container

from ...models import EventKind
from .events import Sighting

_ADMIN = ("admin_activity",)
_VISITOR = ("visitor", "admin_activity")
_DEVICE = ("device_events",)
_CRITICAL = ("critical", "device_events")
_UPDATES = ("updates", "device_events")
_TOPICS = {
    EventKind.ADMIN: _ADMIN,
    EventKind.USER_ADDED: _ADMIN,
    EventKind.USER_UPDATED: _ADMIN,
    EventKind.USER_REMOVED: _ADMIN,
    EventKind.DEVICE_ONLINE: _DEVICE,
    EventKind.SYNC: _DEVICE,
    EventKind.AUTO_OPEN_STARTED: _DEVICE,
    EventKind.AUTO_OPEN_ENDED: _DEVICE,
    EventKind.DEVICE_OFFLINE: _CRITICAL,
    EventKind.DEVICE_RESTARTED: _CRITICAL,
    EventKind.TAMPER: _CRITICAL,
    EventKind.TAMPER_CLEARED: _CRITICAL,
}


def is_wanted(sighting: Sighting, topics: Container[str]) -> bool:
    """Return whether a happening belongs to a chosen topic, or to none that is known.

    What happens at doors is always wanted: it is what all else is about.
    """
    event = sighting.event
    code = event.vendor_code
    found = _TOPICS.get(event.kind, ())
    if found is _ADMIN and ".visitor." in code:
        found = _VISITOR
    if event.kind is EventKind.OTHER and ".device.up" in code:
        found = _UPDATES
    return not found or any(topic in topics for topic in found)
