"""What a console's notifications mean.

Source: API reference, Notification; most kinds are not documented, and were observed.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
import hashlib
import json
from typing import Any

from ...models import AccessEvent, DoorMode, EventKind, Method, SystemState
from ..base import DoorUpdate, Signal, SystemUpdate, Unreadable
from ..parsing import (
    flag,
    from_milliseconds,
    integer,
    items,
    mapping,
    milliseconds,
    redact_shape,
    text,
)
from .doors import NOT_DOORS, DoorBook
from .events import Interpreter, Sighting, slack_of
from .records import View, clean_name, device_id, from_hit, from_insight
from .topics import is_wanted

_MOST_CALLS = 64
_TIMED_OUT = 105
_HINTS = (
    "access.base.info",
    "access.data.top_log.update",
    "access.remote_view.change",
    "access.remote_call.change",
)
_PLACE = (
    "access.data.v2.location.update",
    "access.data.location.update",
    "access.data.device.location_update_v2",
)
_RELIST = (
    "access.data.device.delete",
    "access.data.v2.device.delete",
    "access.data.location.delete",
    "access.data.v2.location.delete",
    "access.dps_change",
)


_STAYING = (None, DoorMode.NORMAL, DoorMode.SCHEDULED)


@dataclass(slots=True)
class Effects:
    """What follows from a notification."""

    sightings: list[Sighting] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    moved: list[tuple[str, bool]] = field(default_factory=list)
    """Doors whose position changed, and whether they are open now."""
    locks: list[tuple[str, bool]] = field(default_factory=list)
    """Doors whose lock changed, and whether it is locked now."""
    unlocked: list[str] = field(default_factory=list)
    """Doors that were unlocked remotely, by somebody whom the log will name."""
    rules: set[str] = field(default_factory=set)
    """Doors whose lock rule may have ended."""
    touched: set[str] = field(default_factory=set)
    """Doors of which a state was told."""
    poll: float | None = None
    """Seconds until the log is worth reading."""
    back_from: int | None = None
    """Since when, by the console's time in ms, a device was offline that is back."""
    list_doors: bool = False
    list_devices: bool = False
    emergency: bool = False
    """Whether evacuation or lockdown may have changed."""


class FrameReader:
    """Reads notifications, with what is known of the site."""

    def __init__(
        self,
        book: DoorBook,
        interpreter: Interpreter,
        device_time: Callable[[float], int],
        topics: Container[str],
    ) -> None:
        """Use what is known; `device_time` turns our steady clock into the console's.

        Of the log's notifications only those of the chosen topics count.
        """
        self._book = book
        self._interpreter = interpreter
        self._device_time = device_time
        self._topics = topics
        self._calls: dict[str, tuple[Sighting, int]] = {}
        self._emergencies: dict[str, object] = {}
        self.kinds: dict[str, int] = {}
        """How often each kind of notification came, for diagnostics."""

    def read(self, frame: object, arrived: float) -> Effects:
        """Return what follows from a notification; never raises for what it holds."""
        effects = Effects()
        envelope = mapping(frame)
        event = text(envelope.get("event"))
        if event is None:
            effects.signals.append(Unreadable("notifications", redact_shape(frame)))
            return effects
        if event in self.kinds or len(self.kinds) < 50:
            self.kinds[event] = self.kinds.get(event, 0) + 1
        data = envelope.get("data")
        try:
            self._dispatch(event, envelope, data, arrived, effects)
        except (
            AttributeError,
            KeyError,
            OverflowError,
            RecursionError,
            TypeError,
            ValueError,
        ):
            # Nothing here should raise; if it does, the next frame must not suffer.
            effects.signals.append(Unreadable(event, redact_shape(frame)))
        return effects

    def _dispatch(
        self,
        event: str,
        envelope: Mapping[str, Any],
        data: object,
        arrived: float,
        effects: Effects,
    ) -> None:
        """Hand a notification to what understands its kind."""
        if event in ("access.logs.add", "access.logs.insights.add"):
            record = (
                from_hit(data, View.LOG, envelope.get("event_object_id"))
                if event == "access.logs.add"
                else from_insight(data, envelope.get("event_object_id"))
            )
            if record is None:
                effects.signals.append(Unreadable(event, redact_shape(data)))
                return
            sighting = self._interpreter.sighting(record)
            if is_wanted(sighting, self._topics):
                effects.sightings.append(sighting)
        elif event in ("access.remote_view", "access.hw.door_bell"):
            self._ring(event, mapping(data), arrived, effects)
        elif event in ("access.remote_view.change", "access.remote_call.change"):
            self._call_ended(event, mapping(data), arrived, effects)
        elif event == "access.data.device.remote_unlock":
            self._remote_unlock(envelope, mapping(data), effects)
        elif event in _PLACE:
            self._place(mapping(data), effects)
        elif event in ("access.data.v2.device.update", "access.data.device.update"):
            self._device(mapping(data), arrived, effects)
        elif event == "access.data.setting.update":
            self._settings(mapping(data), effects)
        elif event in _RELIST:
            effects.list_doors = effects.list_devices = True
        if event in _HINTS:
            effects.poll = 0.5

    def _ring(
        self, event: str, data: Mapping[str, Any], arrived: float, effects: Effects
    ) -> None:
        """Take that somebody rings at a door."""
        request = text(data.get("request_id"))
        if request is None and text(data.get("clear_request_id")):
            return
        device = self._book.device(data.get("device_id"))
        door_id = self._book.resolve(
            text(data.get("door_id")),
            clean_name(data.get("door_name")),
            [text(data.get("device_id")), text(data.get("connected_uah_id"))],
        )
        told = milliseconds(data.get("create_time"))
        at = told or self._device_time(arrived)
        slack = slack_of(EventKind.RING)
        sighting = Sighting(
            view=View.STATE if event == "access.remote_view" else View.BELL,
            identity=f"ring:{request or _digest(data, at if told else at // 5000)}",
            event=AccessEvent(
                key="",
                occurred_at=from_milliseconds(at),
                kind=EventKind.RING,
                vendor_code=event,
                door_id=door_id,
                door_name=self._book.doors[door_id].name
                if door_id
                else clean_name(data.get("door_name")),
                reader_id=device_id(data.get("device_id")),
                reader_name=(device.name if device else None)
                or clean_name(data.get("device_name")),
                method=Method.BUTTON,
            ),
            outcome=EventKind.RING,
            start=at - slack,
            end=at + slack + (999 if told else 0),
        )
        if request is not None:
            self._calls.setdefault(request, (sighting, at))
            while len(self._calls) > _MOST_CALLS:
                del self._calls[next(iter(self._calls))]
        effects.sightings.append(sighting)
        effects.poll = 2.0

    def _call_ended(
        self, event: str, data: Mapping[str, Any], arrived: float, effects: Effects
    ) -> None:
        """Take that a call ended; only one that nobody answered is told."""
        request = text(data.get("remote_call_request_id")) or text(
            data.get("request_id")
        )
        reason = integer(data.get("reason_code", data.get("reason")))
        call = self._calls.get(request or "")
        if reason != _TIMED_OUT or call is None:
            return
        ring, rang_at = call
        at = max(self._device_time(arrived), rang_at)
        slack = slack_of(EventKind.CALL_MISSED)
        effects.sightings.append(
            Sighting(
                view=View.STATE,
                identity=f"missed:{request}",
                event=AccessEvent(
                    key="",
                    occurred_at=from_milliseconds(at),
                    kind=EventKind.CALL_MISSED,
                    vendor_code=event,
                    door_id=ring.event.door_id,
                    door_name=ring.event.door_name,
                    reader_id=ring.event.reader_id,
                    reader_name=ring.event.reader_name,
                ),
                outcome=EventKind.CALL_MISSED,
                start=rang_at - slack,
                end=at + slack,
            )
        )

    def _remote_unlock(
        self, envelope: Mapping[str, Any], data: Mapping[str, Any], effects: Effects
    ) -> None:
        """Take that somebody unlocked a door remotely."""
        door_id = self._book.resolve(
            text(data.get("unique_id")),
            clean_name(data.get("name")),
            [text(envelope.get("event_object_id"))],
        )
        if door_id is not None:
            effects.unlocked.append(door_id)
        effects.poll = 0.5

    def _place(self, data: Mapping[str, Any], effects: Effects) -> None:
        """Take that a door's state changed."""
        door_id = text(data.get("id")) or text(data.get("unique_id"))
        if door_id is None:
            return
        if door_id not in self._book.doors:
            if (text(data.get("location_type")) or "door") not in NOT_DOORS:
                effects.list_doors = effects.list_devices = True
            return
        self._book.link(door_id, items(data.get("device_ids")))
        state = mapping(data.get("state"))
        if not state:
            effects.list_doors = True
        self._state(door_id, state, effects, data.get("thumbnail"))
        name = clean_name(data.get("name"))
        if name is not None and name != self._book.doors[door_id].name:
            effects.list_doors = True

    def _device(
        self, data: Mapping[str, Any], arrived: float, effects: Effects
    ) -> None:
        """Take that a device's state changed, which may tell of its doors."""
        found = data.get("id") or data.get("unique_id") or data.get("mac")
        online = next(
            (
                told
                for key in ("online", "is_online", "is_connected")
                if (told := flag(data.get(key))) is not None
            ),
            None,
        )
        if self._book.device(found) is None:
            effects.list_devices = True
        elif online is not None:
            effects.signals += self._book.set_online(found, online, arrived)
            since = (
                self._book.offline.pop(device_id(found) or "", None) if online else None
            )
            if since is not None:
                effects.back_from = self._device_time(since)
        states = [
            place for place in map(mapping, items(data.get("location_states"))) if place
        ]
        for place in states:
            if (door_id := text(place.get("location_id"))) in self._book.doors:
                assert door_id is not None
                self._state(door_id, place, effects)
        if not states and data.get("configs"):
            effects.list_doors = True

    def _state(
        self,
        door_id: str,
        state: Mapping[str, Any],
        effects: Effects,
        thumbnail: object = None,
    ) -> None:
        """Take what is told of a door."""
        before = self._book.doors[door_id].state
        changes = self._book.place_update(door_id, state, thumbnail)
        self._book.change(door_id, **changes)
        if (rule := self._book.rule_told(state)) is not None:
            self._book.set_rule(door_id, rule, None)
        elif "lock" in state and before.mode not in _STAYING:
            # All is told of the door, but not the rule that it has.
            effects.rules.add(door_id)
        effects.touched.add(door_id)
        after = self._book.doors[door_id].state
        if after.is_locked is not None and after.is_locked is not before.is_locked:
            effects.locks.append((door_id, after.is_locked))
            if not after.is_locked:
                effects.poll = 2.0
        if (
            None not in (before.is_open, after.is_open)
            and before.is_open is not after.is_open
        ):
            effects.moved.append((door_id, bool(after.is_open)))
        emergency = state.get("emergency")
        if emergency is not None and self._emergencies.get(door_id) != emergency:
            if door_id in self._emergencies or _is_emergency(emergency):
                effects.emergency = True
            self._emergencies[door_id] = emergency
        if after != before:
            effects.signals.append(DoorUpdate(door_id, after))

    def _settings(self, data: Mapping[str, Any], effects: Effects) -> None:
        """Take that evacuation or lockdown was switched."""
        evacuation, lockdown = flag(data.get("evacuation")), flag(data.get("lockdown"))
        if evacuation is None or lockdown is None:
            effects.emergency = True
        else:
            effects.signals.append(
                SystemUpdate(SystemState(evacuation=evacuation, lockdown=lockdown))
            )


def _is_emergency(told: object) -> bool:
    """Return whether a door says that it is unlocked or locked by an emergency."""
    words = [text(word) for word in mapping(told).values()]
    return any(word is not None and word.casefold() != "none" for word in words)


def _digest(data: Mapping[str, Any], at: int) -> str:
    """Return what tells rings apart that have no id."""
    told = json.dumps(
        [data.get("door_id"), data.get("door_name"), data.get("device_id"), at]
    )
    return hashlib.sha256(told.encode()).hexdigest()[:16]
