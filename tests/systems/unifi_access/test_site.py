"""Tests of a UniFi Access site that changes while we look."""

import asyncio

import pytest

from custom_components.access_events.models import (
    DoorFeature,
    DoorMode,
    EventKind,
    Method,
)
from custom_components.access_events.systems.base import HistoryNeeded
from custom_components.access_events.systems.unifi_access import polls
from tests.simulators.unifi_access import UnifiAccessSimulator
from tests.wait import wait_for

from .follower import Follower, Journal

ALL = {
    "poll_interval": 1,
    "held_open_after": 60,
    "topics": (
        "door_openings",
        "critical",
        "device_events",
        "updates",
        "admin_activity",
        "visitor",
    ),
}


async def test_doors_come_and_go(unifi: UnifiAccessSimulator) -> None:
    """A new door appears, a renamed one is renamed, a removed one goes."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.add_door("Cellar")
        await wait_for(
            lambda: "Cellar" in {door.name for door in site.doors.values()}, 8
        )
        await wait_for(lambda: DoorFeature.OPEN in site.door("Cellar").features)
        await unifi.tap("Cellar", "Jane Doe")
        (event,) = await site.has(EventKind.ACCESS_GRANTED)
        assert event.door_id == site.door("Cellar").id
        await unifi.rename_door("Cellar", "Vault")
        await wait_for(
            lambda: "Vault" in {door.name for door in site.doors.values()}, 8
        )
        await unifi.remove_door("Vault")
        await wait_for(
            lambda: "Vault" not in {door.name for door in site.doors.values()}, 8
        )


async def test_empty_list_is_not_believed(unifi: UnifiAccessSimulator) -> None:
    """A console that lists no doors once, as when it starts, keeps them all."""
    await unifi.revoke("view:device")
    async with Follower(unifi) as site:
        await site.start()
        await unifi.fault(
            path="/api/v1/developer/doors",
            method="GET",
            body={"code": "SUCCESS", "data": []},
            status=200,
        )
        await asyncio.sleep(8)
        assert len(site.doors) == 7
        assert site.error is None


async def test_devices_lose_their_connection(unifi: UnifiAccessSimulator) -> None:
    """A hub that is offline is told of its door, and in the log."""
    async with Follower(unifi, ALL) as site:
        await site.start()
        hub = (await unifi.state_of("Front Door"))["hub"]
        await unifi.device_offline(hub)
        await wait_for(lambda: site.door("Front Door").state.online is False)
        (event,) = await site.has(EventKind.DEVICE_OFFLINE)
        assert event.door_id == site.door("Front Door").id
        assert event.reader_id == hub
        assert site.door("Side Door").state.online is True
        await unifi.device_online(hub)
        await wait_for(lambda: site.door("Front Door").state.online is True)
        await site.has(EventKind.DEVICE_ONLINE)


async def test_all_topics(unifi: UnifiAccessSimulator) -> None:
    """What administrators, visitors and devices do is recorded, each once."""
    async with Follower(unifi, ALL) as site:
        await site.start()
        await unifi.admin_change()
        await unifi.pin_changed("Jane Doe")
        await unifi.create_visitor("Vera", "Visitor")
        await unifi.device_restart((await unifi.state_of("Front Door"))["hub"])
        for kind in (
            EventKind.ADMIN,
            EventKind.USER_UPDATED,
            EventKind.USER_ADDED,
            EventKind.DEVICE_RESTARTED,
        ):
            await site.has(kind)
        await asyncio.sleep(1.5)
        for kind in (EventKind.ADMIN, EventKind.USER_UPDATED, EventKind.USER_ADDED):
            assert len(site.journal.of(kind)) == 1, kind


async def test_only_the_chosen_topics(unifi: UnifiAccessSimulator) -> None:
    """What is pushed of a topic that nobody chose is not recorded."""
    async with Follower(
        unifi, {"poll_interval": 1, "topics": ["door_openings"]}
    ) as site:
        await site.start()
        await unifi.admin_change()
        await unifi.create_visitor("Vera", "Visitor")
        await unifi.device_restart((await unifi.state_of("Front Door"))["hub"])
        await unifi.tap(0, 0)
        await site.has(EventKind.ACCESS_GRANTED)
        await asyncio.sleep(1.5)
        assert {event.kind for event in site.journal.events.values()} == {
            EventKind.ACCESS_GRANTED
        }


async def test_rules_of_others(unifi: UnifiAccessSimulator) -> None:
    """A rule, a schedule or an emergency that somebody else began is shown."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.change_rule("Front Door", "keep_lock")
        await wait_for(
            lambda: site.door("Front Door").state.mode is DoorMode.LOCKED_DOWN
        )
        await unifi.change_rule("Front Door", "reset")
        await wait_for(lambda: site.door("Front Door").state.mode is DoorMode.NORMAL)
        await unifi.emergency(lockdown=True)
        async with asyncio.timeout(30):
            while not (await site.system.system_state()).lockdown:
                await asyncio.sleep(0.05)


async def test_sensor_that_is_wired_later(unifi: UnifiAccessSimulator) -> None:
    """A door that turns out to have a sensor has one from then on, also next time."""
    journal = Journal()
    async with Follower(unifi, journal=journal) as site:
        await site.start()
        assert DoorFeature.POSITION not in site.door("Storage").features
        await unifi.set_sensor("Storage", True)
        await unifi.tap("Storage", "Jane Doe", opens=True)
        await wait_for(lambda: DoorFeature.POSITION in site.door("Storage").features)
        await site.has(EventKind.DOOR_CLOSED)


async def test_unlock_that_nobody_explains(unifi: UnifiAccessSimulator) -> None:
    """Without log and log frames a remote unlock is told all the same."""
    await unifi.revoke("view:system_log")
    await unifi.set_modes(push_logs="neither")
    async with Follower(unifi) as site:
        await site.start()
        await unifi.remote_unlock("Front Door", "Jane Doe")
        (event,) = await site.has(EventKind.ACCESS_GRANTED)
        assert event.method is Method.REMOTE
        assert event.person is None
        assert event.door_id == site.door("Front Door").id


async def test_unlock_that_the_log_explains(unifi: UnifiAccessSimulator) -> None:
    """A remote unlock that the log tells late is told once, by name."""
    await unifi.set_modes(push_logs="neither", index_delay=3.0)
    async with Follower(unifi) as site:
        await site.start()
        await unifi.remote_unlock("Front Door", "Jane Doe")
        await site.has(EventKind.ACCESS_GRANTED)
        await wait_for(
            lambda: (
                [
                    event.person and event.person.name
                    for event in site.journal.of(EventKind.ACCESS_GRANTED)
                ]
                == ["Jane Doe"]
            )
        )


@pytest.mark.parametrize("end", ["reject", "cancel", "answer", "answer_elsewhere"])
async def test_calls_that_are_not_missed(unifi: UnifiAccessSimulator, end: str) -> None:
    """A call that somebody ended is not missed."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.ring("Front Door")
        await site.has(EventKind.RING)
        await getattr(unifi, end)("Front Door")
        await asyncio.sleep(2)
        assert len(site.journal.of(EventKind.RING)) == 1
        assert not site.journal.of(EventKind.CALL_MISSED)


async def test_two_rings(unifi: UnifiAccessSimulator) -> None:
    """Two rings at two doors at once are two."""
    async with Follower(unifi) as site:
        await site.start()
        await unifi.ring("Front Door")
        await unifi.ring("Garage Gate")
        await site.has(EventKind.RING, count=2)
        await asyncio.sleep(1.5)
        assert len(site.journal.of(EventKind.RING)) == 2
        assert {event.door_name for event in site.journal.of(EventKind.RING)} == {
            "Front Door",
            "Garage Gate",
        }


async def test_rings_without_receivers(unifi: UnifiAccessSimulator) -> None:
    """Where nobody takes calls no notification is sent, and the log tells the ring."""
    await unifi.set_modes(call_receivers=False)
    async with Follower(unifi) as site:
        await site.start()
        await unifi.ring("Front Door")
        await site.has(EventKind.RING)
        await asyncio.sleep(1.5)
        assert len(site.journal.of(EventKind.RING)) == 1


async def test_more_notifications_than_can_be_kept(unifi: UnifiAccessSimulator) -> None:
    """When too many came history is read again, and nothing is lost."""
    async with Follower(unifi) as site:
        await site.start()
        stream = site.system._site.stream  # type: ignore[attr-defined]  # noqa: SLF001
        stream.overflowed = True
        await unifi.tap(0, 0)
        await site.has(EventKind.ACCESS_GRANTED)
        await wait_for(lambda: site.told(HistoryNeeded))
        assert site.error is None


async def test_door_left_open_over_a_restart(unifi: UnifiAccessSimulator) -> None:
    """A door that is held open at a restart is told so once, and when it ends."""
    journal = Journal()
    options = {"poll_interval": 1, "held_open_after": 2}
    async with Follower(unifi, options, journal) as site:
        await site.start()
        await unifi.rex("Front Door")
        await unifi.open_door("Front Door")
        await site.has(EventKind.DOOR_HELD_OPEN)
    async with Follower(unifi, options, journal) as site:
        await site.start()
        await wait_for(lambda: site.door("Front Door").state.held_open)
        await asyncio.sleep(3)
        assert len(journal.of(EventKind.DOOR_HELD_OPEN)) == 1
        await unifi.close_door("Front Door")
        await site.has(EventKind.DOOR_HELD_OPEN_CLEARED)


async def test_what_a_device_hands_in_late(
    unifi: UnifiAccessSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What happened at a hub while it was offline is replayed when it is back."""
    monkeypatch.setattr(polls, "OVERLAP", 1000)
    monkeypatch.setattr(polls, "_QUICK_OVERLAP", 500)
    monkeypatch.setattr(polls, "_HANDED_IN_AFTER", (0.5, 1.0))
    async with Follower(unifi, import_days=1) as site:
        await site.start()
        hub = (await unifi.state_of("Front Door"))["hub"]
        await unifi.device_offline(hub)
        await asyncio.sleep(3)
        await unifi.tap("Side Door", "Jane Doe")
        (early,) = await site.has(EventKind.ACCESS_GRANTED)
        at = round(early.occurred_at.timestamp() * 1000) - 130_000
        site.system._site.book.offline[hub] -= 150  # type: ignore[attr-defined]  # noqa: SLF001
        await unifi.tap("Front Door", "John Roe", at_ms=at, push=False, states=False)
        await asyncio.sleep(2)
        assert len(site.journal.of(EventKind.ACCESS_GRANTED)) == 1
        await unifi.device_online(hub)
        _, late = await site.has(EventKind.ACCESS_GRANTED, count=2)
        assert late.door_name == "Front Door"
        assert not site.journal.is_live(late)
        assert site.journal.is_live(early)
