"""Tests of the UniFi Access adapter against a running site: what happens now."""

import asyncio

from custom_components.access_events.models import Direction, EventKind, Method
from custom_components.access_events.systems.base import Unreadable
from tests.simulators.unifi_access import UnifiAccessSimulator
from tests.wait import wait_for

from .follower import Follower

POLLED = 1.6
"""Seconds within which a poll has come."""
GRANTED = EventKind.ACCESS_GRANTED


async def test_tap_is_one_live_event(unifi: UnifiAccessSimulator) -> None:
    """Row, log frame and insight of a tap become one event, completed."""
    async with Follower(unifi) as site:
        await site.start()
        truth = await unifi.tap("Front Door", "Jane Doe", picture=True)
        (event,) = await site.has(GRANTED)
        # Long enough for a poll to bring the row as well.
        await asyncio.sleep(POLLED)
        assert site.journal.of(GRANTED) == [site.journal.events[event.key]]
        event = site.journal.events[event.key]
        assert site.journal.is_live(event)
        assert round(event.occurred_at.timestamp() * 1000) == truth.at_ms
        assert event.door_id == truth.door_id
        assert event.person is not None
        assert (event.person.id, event.person.name) == (truth.person_id, "Jane Doe")
        assert (event.method, event.direction) == (Method.CARD, Direction.ENTRY)
        assert event.image_ref is not None
        picture = await site.system.image(event.image_ref)
        assert picture.content_type.startswith("image/")
        assert len(picture.content) > 100
        clip = await site.system.clip(event.image_ref)
        assert (clip.content_type, clip.content[4:8]) == ("video/mp4", b"ftyp")


async def test_two_persons_within_a_second(unifi: UnifiAccessSimulator) -> None:
    """Two taps at one door in one moment are two events."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.tap(0, "Jane Doe")
        await unifi.tap(0, "John Roe")
        await site.has(GRANTED, count=2)
        await asyncio.sleep(POLLED)
        names = [
            event.person.name for event in site.journal.of(GRANTED) if event.person
        ]
        assert names == ["Jane Doe", "John Roe"]


async def test_polls_tell_what_the_stream_does_not(unifi: UnifiAccessSimulator) -> None:
    """A tap that is never pushed is live too, by the poll after a healthy poll."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.set_modes(push_logs="neither")
        await unifi.tap(0, "Jane Doe", states=False)
        (event,) = await site.has(GRANTED)
        assert site.journal.is_live(event)


async def test_door_states_follow_the_stream(unifi: UnifiAccessSimulator) -> None:
    """Relay and sensor are told at once, and the sensor as events, each once."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.tap("Front Door", "Jane Doe", opens=True)
        await wait_for(lambda: site.door("Front Door").state.is_open)
        assert site.door("Front Door").state.is_locked is False
        await wait_for(lambda: site.door("Front Door").state.is_open is False)
        await asyncio.sleep(POLLED)
        assert len(site.journal.of(EventKind.DOOR_OPENED)) == 1
        assert len(site.journal.of(EventKind.DOOR_CLOSED)) == 1
        assert not site.journal.of(EventKind.DOOR_FORCED_OPEN)
        assert site.door("Front Door").state.is_locked is True


async def test_ring_and_missed_call(unifi: UnifiAccessSimulator) -> None:
    """A ring is told once by all that tell it, and so is that nobody answered."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.ring("Front Door")
        await site.has(EventKind.RING)
        await unifi.miss("Front Door")
        await site.has(EventKind.CALL_MISSED)
        await asyncio.sleep(POLLED)
        assert len(site.journal.of(EventKind.RING)) == 1
        assert len(site.journal.of(EventKind.CALL_MISSED)) == 1
        assert not site.journal.of(GRANTED, EventKind.ACCESS_DENIED)
        assert all(map(site.journal.is_live, site.journal.events.values()))


async def test_forced_open(unifi: UnifiAccessSimulator) -> None:
    """A door that opens though nobody was let in is forced, until it is closed."""
    async with Follower(unifi, {"held_open_after": 60}) as site:
        await site.start()
        await unifi.force_open("Front Door")
        (forced,) = await site.has(EventKind.DOOR_FORCED_OPEN)
        assert site.journal.is_live(forced)
        assert site.door("Front Door").state.forced_open is True
        await unifi.close_door("Front Door")
        await site.has(EventKind.DOOR_FORCED_OPEN_CLEARED)
        await wait_for(lambda: site.door("Front Door").state.forced_open is False)


async def test_late_grant_explains_an_opening(unifi: UnifiAccessSimulator) -> None:
    """Log frames that follow the opening by two seconds raise no alarm."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.set_modes(log_delay=(2.0, 2.5))
        await unifi.tap("Side Door", "John Roe", opens=True, states=False)
        await site.has(EventKind.DOOR_OPENED)
        await site.has(GRANTED)
        await asyncio.sleep(5)
        assert not site.journal.of(EventKind.DOOR_FORCED_OPEN)


async def test_held_open(unifi: UnifiAccessSimulator) -> None:
    """A door that stands open for longer than the option says is held open."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.rex("Side Door")
        await unifi.hold_open("Side Door", 30)
        (held,) = await site.has(EventKind.DOOR_HELD_OPEN)
        opened = site.journal.of(EventKind.DOOR_OPENED)[0]
        assert (held.occurred_at - opened.occurred_at).total_seconds() == 5
        assert site.door("Side Door").state.held_open is True
        await unifi.close_door("Side Door")
        await site.has(EventKind.DOOR_HELD_OPEN_CLEARED)
        assert not site.journal.of(EventKind.DOOR_FORCED_OPEN)


async def test_own_unlock_is_recognised(unifi: UnifiAccessSimulator) -> None:
    """What we open is told as opened by Home Assistant, remotely, once."""
    async with Follower(unifi) as site:
        await site.start()
        await site.system.open_door(site.door("Front Door").id)
        (event,) = await site.has(GRANTED)
        await asyncio.sleep(POLLED)
        assert len(site.journal.of(GRANTED)) == 1
        assert event.person is not None
        assert (event.person.name, event.method) == ("Home Assistant", Method.REMOTE)


async def test_silent_stream_is_replaced(unifi: UnifiAccessSimulator) -> None:
    """A stream that says nothing any more is opened anew; nothing is lost or late."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.stream_fault(silent=True)
        await unifi.tap(0, "Jane Doe")
        (event,) = await site.has(GRANTED)
        assert site.journal.is_live(event)
        await unifi.stream_fault(clear=True)
        await unifi.drop_streams()
        await wait_for(lambda: site.system.diagnostics()["stream_connected"])
        await unifi.tap(1, "John Roe")
        await site.has(GRANTED, count=2)
        assert site.error is None


async def test_lost_repeated_and_reordered_frames(unifi: UnifiAccessSimulator) -> None:
    """Whatever becomes of frames, each tap is one event."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.stream_fault(lose=5, repeat=10, copies=2, reorder=7)
        truth = [await unifi.tap(n % 2, n % 3, states=False) for n in range(12)]
        granted = (GRANTED, EventKind.ACCESS_DENIED, EventKind.UNKNOWN_CREDENTIAL)
        await site.has(*granted, count=len(truth))
        await asyncio.sleep(POLLED)
        times = sorted(
            round(event.occurred_at.timestamp() * 1000)
            for event in site.journal.of(*granted)
        )
        assert times == sorted(happening.at_ms for happening in truth)
        assert all(map(site.journal.is_live, site.journal.of(*granted)))


async def test_rubbish_is_counted_and_skipped(unifi: UnifiAccessSimulator) -> None:
    """What is no notification disturbs none of its neighbours."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.push_rubbish()
        await unifi.push_frame({"event": "access.logs.add", "data": {"_source": None}})
        await unifi.push_frame({"event": {}, "data": []})
        await unifi.tap(0, "Jane Doe")
        await site.has(GRANTED)
        assert len(site.told(Unreadable)) == 3
        assert "Jane" not in str([signal.payload for signal in site.told(Unreadable)])
