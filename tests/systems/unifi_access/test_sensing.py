"""Tests of doors that are forced or held open, as their sensors and locks show."""

from dataclasses import replace

from custom_components.access_events.models import AccessEvent, DoorMode, EventKind
from custom_components.access_events.systems.parsing import from_milliseconds
from custom_components.access_events.systems.unifi_access.sensing import Sensing

from .rows import AT, FRONT, book


def opened(key: str = "k", at: int = AT) -> AccessEvent:
    """Return the event of the front door's opening."""
    return AccessEvent(
        key=key,
        occurred_at=from_milliseconds(at),
        kind=EventKind.DOOR_OPENED,
        vendor_code="x",
        door_id=FRONT,
    )


def sensing(*, explained: bool = False) -> Sensing:
    """Return what watches a site, where openings have a reason or not."""
    return Sensing(book(), 60, lambda door, start, end: explained)


def kinds(events: list[AccessEvent]) -> list[EventKind]:
    """Return what happened."""
    return [event.kind for event in events]


def test_forced() -> None:
    """An opening that nothing explains is an alarm, once, until the door closes."""
    watch = sensing()
    watch.opened(opened(), 100)
    assert watch.look(102, polled=0) == []
    assert 103 <= watch.next(100) <= 104
    (alarm,) = watch.look(104, polled=102)
    assert alarm.kind is EventKind.DOOR_FORCED_OPEN
    assert alarm.key == "k:door_forced_open"
    assert alarm.occurred_at == from_milliseconds(AT)
    assert watch.book.doors[FRONT].state.forced_open is True
    assert watch.look(105, polled=102) == []
    assert kinds(watch.closed(FRONT, AT + 9000)) == [EventKind.DOOR_FORCED_OPEN_CLEARED]
    assert watch.book.doors[FRONT].state.forced_open is False


def test_judged_only_after_the_log_was_read() -> None:
    """An opening waits for the log, but not for ever."""
    watch = sensing()
    watch.opened(opened(), 100)
    assert watch.look(104, polled=50) == []
    assert watch.waits_for_log(104)
    assert kinds(watch.look(111, polled=50)) == [EventKind.DOOR_FORCED_OPEN]


def test_closed_before_it_is_judged() -> None:
    """A forced door that closes at once is told as forced, then as closed."""
    watch = sensing()
    watch.opened(opened(), 100)
    assert watch.closed(FRONT, AT + 1000) == []
    assert kinds(watch.look(104, polled=102)) == [
        EventKind.DOOR_FORCED_OPEN,
        EventKind.DOOR_FORCED_OPEN_CLEARED,
    ]
    assert watch.look(200, polled=102) == []


def test_explained() -> None:
    """A grant, an unlocked lock, a mode or an evacuation explain an opening."""
    watch = sensing(explained=True)
    watch.opened(opened(), 100)
    assert watch.look(104, polled=102) == []

    watch = sensing()
    watch.lock(FRONT, False, 98)
    watch.lock(FRONT, True, 99)
    watch.opened(opened(), 100)
    assert watch.look(120, polled=102) == []

    watch = sensing()
    watch.opened(opened(), 100)
    watch.lock(FRONT, False, 101)
    assert watch.look(120, polled=102) == []

    watch = sensing()
    watch.evacuation = True
    watch.opened(opened(), 100)
    assert watch.look(120, polled=102) == []

    watch = sensing()
    watch.book.change(FRONT, mode=DoorMode.UNLOCKED)
    watch.opened(opened(), 100)
    assert watch.look(300, polled=102) == []


def test_held() -> None:
    """A door that stays open is an alarm after the time, and its end is told."""
    watch = sensing(explained=True)
    watch.opened(opened(), 100)
    watch.look(104, polled=102)
    assert watch.next(104) == 160
    (alarm,) = watch.look(160, polled=102)
    assert alarm.kind is EventKind.DOOR_HELD_OPEN
    assert alarm.occurred_at == from_milliseconds(AT + 60_000)
    assert kinds(watch.closed(FRONT, AT + 90_000)) == [EventKind.DOOR_HELD_OPEN_CLEARED]


def test_restart_goes_on() -> None:
    """What was open and told before a restart is not told again, but its end is."""
    watch = sensing()
    held = replace(opened(), key="k:door_held_open", kind=EventKind.DOOR_HELD_OPEN)
    watch.restore([opened(), held])
    watch.book.change(FRONT, is_open=True)
    assert watch.settle(AT, 500) == []
    assert watch.book.doors[FRONT].state.held_open is True
    assert watch.look(1000, polled=0) == []
    watch.book.change(FRONT, is_open=False)
    assert kinds(watch.settle(AT + 100_000, 1000)) == [EventKind.DOOR_HELD_OPEN_CLEARED]


def test_open_since_nobody_knows_when() -> None:
    """A door that is open at the start is held open after the time from then."""
    watch = sensing()
    watch.book.change(FRONT, is_open=True)
    assert watch.settle(AT, 500) == []
    assert watch.look(559, polled=0) == []
    assert kinds(watch.look(561, polled=0)) == [EventKind.DOOR_HELD_OPEN]


def test_closed_door_was_closed() -> None:
    """What was recorded as closed is not taken to be open."""
    watch = sensing()
    closing = replace(opened(), key="c", kind=EventKind.DOOR_CLOSED)
    watch.restore([opened(), closing])
    assert watch.settle(AT, 500) == []
    assert watch.look(1000, polled=0) == []
