"""The ground truth of a test, and the rows that reports are made of."""

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from tests.simulators.common import Json

from .modes import Modes

CARD_READ = "device.input.cardread"
VIRTUAL_READ = "device.input.virtualread"

KINDS = {
    "device.request.allowed": "access_granted",
    "device.request.multiallowed": "access_granted",
    "device.request.denied": "access_denied",
    "device.request.unknown": "unknown_credential",
    "device.request.duress": "duress",
    "device.input.dps.opened": "door_opened",
    "device.input.dps.closed": "door_closed",
    "device.input.relay.on": "door_unlocked",
    "device.input.relay.off": "door_locked",
    "device.input.rex.on": "exit_requested",
    "device.alarm.forced": "door_forced_open",
    "device.alarm.forced.cleared": "door_forced_open_cleared",
    "device.alarm.propped.on": "door_held_open",
    "device.alarm.propped.off": "door_held_open_cleared",
    "device.forceopen.on": "hold_open_started",
    "device.forceopen.off": "hold_open_ended",
    "device.forceclose.on": "lockdown_started",
    "device.forceclose.off": "lockdown_ended",
    "device.autoopen.on": "auto_open_started",
    "device.autoopen.off": "auto_open_ended",
    "cloudnode.connected": "device_online",
    "cloudnode.disconnected": "device_offline",
    "cloudnode.created": "admin",
    "cloudnode.deleted": "admin",
    "cloudnode.registered": "admin",
    "cloudnode.unregistered": "admin",
    "endpoint.sync.started": "sync",
    "endpoint.sync.finished": "sync",
    "endpoint.sync.finished.all": "sync",
    "sync.synced": "sync",
    "sync.not_synced": "sync",
}


@dataclass(slots=True, kw_only=True)
class Happening:
    """Something that truly happened, once: what a test compares with.

    Args:
        number: Counts all happenings.
        name: What was done, such as `tap`.
        topic: The vendor's word; some are in reports only.
        kind: The word that this project has for it.
        at_ms: The system's time, in ms since the epoch.
        event_id: The `id` in the stream, if its shape has one.
        report_event: The `event` of its report row.
        frames: What the stream showed or would have: event names and payloads.
        row: What a report shows; None if it shows nothing.
        clients: How many clients were subscribed to it when it happened.
    """

    number: int
    name: str
    topic: str
    kind: str
    at_ms: int
    event_id: str
    node_id: str
    device_id: str | None = None
    device_name: str | None = None
    holder_id: str | None = None
    holder_name: str | None = None
    credential_id: str | None = None
    factor: str | None = None
    facility: int | None = None
    card: int | None = None
    granted: bool | None = None
    report_event: str = ""
    frames: list[tuple[str, Json]] = field(default_factory=list)
    row: Json | None = None
    clients: int = 0


def report_row(item: Happening, modes: Modes) -> Json | None:
    """Return the row that a report has for a happening."""
    if not item.topic.startswith("device."):
        return None
    request = item.topic.startswith("device.request.")
    if not request and modes.state_rows == "none":
        return None
    row: Json = {"occurred": item.at_ms, "event": item.report_event}
    if request or modes.state_rows == "same":
        row["result"] = item.topic
    elif modes.state_rows == "null":
        row["result"] = None
    details = {
        "holderId": item.holder_id,
        "holderName": item.holder_name,
        "deviceId": item.device_id,
        "deviceName": item.device_name,
    }
    if modes.empty_details == "absent":
        details = {name: value for name, value in details.items() if value is not None}
    return row | {"details": details}


type Entry = tuple[int, int, float, Json]


@dataclass(slots=True)
class ReportStore:
    """The rows of all reports by time."""

    entries: list[Entry] = field(default_factory=list)
    added: int = 0

    def add(self, row: Json, findable_at: float = 0.0) -> None:
        """Add a row that reports show from a monotonic time on."""
        self.added += 1
        entry = (row["occurred"], self.added, findable_at, row)
        if self.entries and self.entries[-1][0] > entry[0]:
            insort(self.entries, entry, key=_order)
        else:
            self.entries.append(entry)

    def find(self, since_ms: int, until_ms: int, now: float) -> list[Json]:
        """Return the rows of a half-open time range, oldest first."""
        first = bisect_left(self.entries, since_ms, key=_time)
        last = bisect_left(self.entries, until_ms, key=_time)
        return [
            row
            for _, _, findable_at, row in self.entries[first:last]
            if findable_at <= now
        ]


def _time(entry: Entry) -> int:
    """Return when an entry's happening was."""
    return entry[0]


def _order(entry: Entry) -> tuple[int, int]:
    """Return the order of entries."""
    return entry[0], entry[1]
