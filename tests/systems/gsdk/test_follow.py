"""Tests of following the devices of a gateway: nothing is lost, nothing comes twice."""

import asyncio

import grpc
import pytest

from custom_components.access_events.models import EventKind
from custom_components.access_events.systems.gsdk import watch
from custom_components.access_events.systems.gsdk.protocol import message
from tests.systems.owner import Journal
from tests.wait import wait_for

from .follower import Follower
from .gateway import BASE, FRONT, SLAVE, Device, Gateway, Refusal, keys

DAY = 86_400
SPOILED = bytes.fromhex("08022202fffe")
"""A record whose user is no text."""


async def test_live(gateway: Gateway) -> None:
    """What happens is told as it happens, with person, door and direction."""
    gateway.devices[FRONT].users["7"] = message(
        "UserInfo", hdr=message("UserHdr", ID="7"), name="Jane Doe"
    )
    gateway.happen(0x1300, 3, userID="7")
    async with Follower(gateway) as owner:
        gateway.happen(0x1000, 6, userID="7")
        gateway.happen(0x1000, 6, userID="7", deviceID=SLAVE)
        gateway.happen(0x5200, entityID=1, userID="4294967295")
        await owner.until(3)
        entered, left, opened = owner.events()
        assert [event.key for event in owner.events()] == keys(4, 2)
        assert all(owner.journal.is_live(event) for event in owner.events())
        assert entered.person is not None
        assert (entered.person.id, entered.person.name) == ("7", "Jane Doe")
        assert (entered.door_id, entered.direction) == (f"{FRONT}:1", "entry")
        assert (left.door_id, left.direction) == (f"{FRONT}:1", "exit")
        assert left.reader_id == str(SLAVE)
        assert opened.person is None
        assert owner.doors[f"{FRONT}:1"].state.is_open is True
        assert owner.gaps == []


async def test_one_device_for_two_doors(gateway: Gateway) -> None:
    """Whom a device lets in at one of its doors is known by what it unlocks."""
    gateway.devices[2] = type(gateway.devices[FRONT])()
    gateway.put_door(2, 1, "Gate", entry=9)
    gateway.put_door(2, 2, "Yard", entry=10)
    journal = Journal()

    def pass_through(door: int) -> None:
        gateway.happen(0x1000, 6, device=2, userID="7")
        gateway.happen(0x5000, device=2, entityID=door)

    async with Follower(gateway, journal=journal) as owner:
        await asyncio.sleep(0.3)
        reads = gateway.count("event.Event/GetLog")
        for door in (1, 2, 2):
            pass_through(door)
            await asyncio.sleep(0.02)
        gateway.happen(0x1000, 6, device=2, userID="7")
        await owner.until(7)
        assert len(journal.live) == 7
        assert gateway.count("event.Event/GetLog") == reads
    pass_through(1)
    async with Follower(gateway, journal=journal) as owner:
        await owner.until(9)
    doors = [event.door_id for event in journal.of(EventKind.ACCESS_GRANTED)]
    assert doors == ["2:1", "2:2", "2:2", None, "2:1"]


async def test_import(gateway: Gateway) -> None:
    """At first so many days are read, and not all there is."""
    log = gateway.devices[FRONT]
    for number in range(50_000, 70_001):
        at = BASE + 10 * DAY - (70_000 - number) * 60
        log.log[number] = message(
            "EventLog", ID=number, timestamp=at, deviceID=FRONT, eventCode=0x5000
        )
    log.number = 70_000
    async with Follower(gateway, import_days=1) as owner:
        await owner.until(1441)
        await asyncio.sleep(0.2)
        assert [event.key for event in owner.events()] == keys(70_000, 68_560)
        assert not owner.journal.live
        assert owner.gaps == []
        probes = [
            r for p, r in gateway.calls if p.endswith("GetLog") and r.maxNumOfLog == 1
        ]
        assert len(probes) <= 60


async def test_import_nothing(gateway: Gateway) -> None:
    """With no days only what happens from now on is recorded."""
    for _ in range(3000):
        gateway.happen(0x5000)
    async with Follower(gateway) as owner:
        gateway.happen(0x5100)
        await owner.until(1)
        assert [event.key for event in owner.events()] == keys(3001, 3001)


async def test_restart(gateway: Gateway) -> None:
    """What happened while nobody listened is read, as replayed, once."""
    journal = Journal()
    async with Follower(gateway, journal=journal):
        gateway.happen(0x1300, 3, userID="7")
        await wait_for(lambda: len(journal.events) == 1)
    for _ in range(10):
        gateway.happen(0x1300, 3, userID="7")
    async with Follower(gateway, journal=journal) as owner:
        gateway.happen(0x1300, 3, userID="7")
        await owner.until(12)
        assert list(journal.events) == keys(12)
        assert journal.live == {*keys(1), *keys(12, 12)}
        assert owner.gaps == []


async def test_gateway_restarts(gateway: Gateway) -> None:
    """A gateway that ends and starts again is followed on."""
    async with Follower(gateway) as owner:
        gateway.happen(0x1300)
        await owner.until(1)
        await gateway.stop()
        await wait_for(lambda: not owner.live)
        for _ in range(5):
            gateway.happen(0x1300)
        await gateway.start()
        await wait_for(lambda: owner.live)
        gateway.happen(0x1300)
        await owner.until(7)
        assert [event.key for event in owner.events()] == keys(7)


async def test_hole(gateway: Gateway) -> None:
    """What the stream leaves out is read from the log, in its place."""
    async with Follower(gateway) as owner:
        gateway.happen(0x1300)
        await owner.until(1)
        gateway.happen(0x1300, tell=False)
        gateway.happen(0x1300, tell=False)
        gateway.happen(0x1300)
        await owner.until(4)
        assert owner.order == keys(4)
        assert owner.journal.live == {*keys(1), *keys(4, 4)}


async def test_disorder(gateway: Gateway) -> None:
    """What comes in another order is told in the right one, without a call."""
    async with Follower(gateway) as owner:
        await asyncio.sleep(0.3)
        reads = gateway.count("event.Event/GetLog")
        records = [gateway.happen(0x1300, tell=False) for _ in range(4)]
        for index in (2, 1, 3, 0, 1):
            gateway.push(records[index])
        await owner.until(4)
        assert owner.order == keys(4)
        assert owner.journal.live == set(keys(4))
        assert gateway.count("event.Event/GetLog") == reads


async def test_device_comes_back(gateway: Gateway) -> None:
    """A device that was away takes only its own doors with it."""
    gateway.devices[2] = type(gateway.devices[FRONT])()
    gateway.put_door(2, 1, "Gate")
    async with Follower(gateway) as owner:
        gateway.connect(FRONT, 0)
        await wait_for(lambda: owner.doors[f"{FRONT}:1"].state.online is False)
        assert owner.doors["2:1"].state.online is True
        for _ in range(3):
            gateway.happen(0x1300)
        gateway.happen(0x1300, device=2)
        await owner.until(1)
        gateway.connect(FRONT, 2)
        await owner.until(4)
        await wait_for(lambda: owner.doors[f"{FRONT}:1"].state.online is True)
        await wait_for(lambda: gateway.devices[FRONT].monitored)
        gateway.happen(0x1300)
        await owner.until(5)
        assert f"{FRONT}:4" in owner.journal.live
        assert not owner.journal.live & set(keys(3))
        assert owner.live


async def test_monitoring_one_by_one(gateway: Gateway) -> None:
    """A gateway that can't enable many devices at once is asked for each."""
    gateway.failing["event.Event/EnableMonitoringMulti"] = Refusal(
        grpc.StatusCode.UNIMPLEMENTED, "unknown method"
    )
    async with Follower(gateway) as owner:
        for number in (1, 2):
            gateway.happen(0x1300)
            await owner.until(number)
            assert gateway.count("event.Event/EnableMonitoring") == number
            gateway.connect(FRONT, 0)
            gateway.connect(FRONT, 2)
            await wait_for(lambda: gateway.devices[FRONT].monitored)
        assert owner.journal.live == set(keys(2))


async def test_slave_without_door(gateway: Gateway) -> None:
    """What a slave tells is in its master's log, also where it is at no door."""
    gateway.slaves[FRONT] = [77]
    async with Follower(gateway) as owner:
        gateway.happen(0x4000, deviceID=77)
        gateway.happen(0x4100, deviceID=77)
        await owner.until(2)
        assert keys(2) == [event.key for event in owner.events()]
        assert owner.journal.live == set(keys(2))
        assert {event.reader_id for event in owner.events()} == {"77"}


async def test_new_door(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """A door that is told of and not known is looked up, soon and once."""
    monkeypatch.setattr(watch, "_INTERVAL", 0.2)
    async with Follower(gateway) as owner:
        gateway.put_door(FRONT, 3, "Cellar")
        for door in (3, 99):
            gateway.happen(0x5000, entityID=door)
        await wait_for(lambda: f"{FRONT}:3" in owner.doors)
        reads = gateway.count("door.Door/GetList")
        for door in (3, 99):
            gateway.happen(0x5000, entityID=door)
        await owner.until(4)
        doors = [event.door_id for event in owner.events()]
        assert doors == [None, None, f"{FRONT}:3", None]
        lists = gateway.count("connect.Connect/GetDeviceList")
        await wait_for(
            lambda: gateway.count("connect.Connect/GetDeviceList") > lists + 2
        )
        assert gateway.count("door.Door/GetList") == reads


async def test_no_device(gateway: Gateway) -> None:
    """A record that tells no device is looked up in the logs."""
    async with Follower(gateway) as owner:
        gateway.happen(0x1300, deviceID=0)
        await owner.until(1)
        gateway.happen(0x1300)
        await owner.until(2)
        assert keys(2) == [event.key for event in owner.events()]
        assert owner.events()[0].reader_id == str(FRONT)


async def test_monitoring_of_each(gateway: Gateway) -> None:
    """A call for all devices that fails without a word on which is made for each."""
    gateway.devices[2] = Device()
    gateway.failing["event.Event/EnableMonitoringMulti"] = Refusal(
        grpc.StatusCode.UNAVAILABLE, "i/o timeout"
    )
    async with Follower(gateway) as owner:
        assert all(device.monitored for device in gateway.devices.values())
        assert owner.system.diagnostics()["unmonitored_devices"] == 0


async def test_no_statuses(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a stream of statuses, the list of devices tells who comes and goes."""
    monkeypatch.setattr(watch, "_INTERVAL", 0.2)
    gateway.unknown.add("connect.Connect/SubscribeStatus")
    async with Follower(gateway) as owner:
        gateway.happen(0x1300)
        await owner.until(1)
        gateway.connect(FRONT, 0)
        await wait_for(lambda: owner.doors[f"{FRONT}:1"].state.online is False)
        gateway.happen(0x1300)
        gateway.connect(FRONT, 2)
        await owner.until(2)
        # So short an interruption leaves no trace in the list, as others that stop it.
        gateway.devices[FRONT].monitored = False
        await wait_for(lambda: gateway.devices[FRONT].monitored)
        gateway.happen(0x1300)
        await owner.until(3)
        assert {*keys(1), *keys(3, 3)} == owner.journal.live


async def test_unknown_person(gateway: Gateway) -> None:
    """The name of somebody who is not known is read when they come, and once."""
    async with Follower(gateway) as owner:
        people = gateway.devices[FRONT].users
        people["7"] = message(
            "UserInfo", hdr=message("UserHdr", ID="7"), name="Jane Doe"
        )
        for user in ("7", "8"):
            gateway.happen(0x1300, userID=user)
        await wait_for(lambda: owner.system.diagnostics()["names_known"] == 1)
        reads = gateway.count("user.User/GetPartial")
        for user in ("7", "8"):
            gateway.happen(0x1300, userID=user)
        await owner.until(4)
        named = [event.person.name for event in owner.events() if event.person]
        assert named == [None, None, "Jane Doe", None]
        assert gateway.count("user.User/GetPartial") == reads


async def test_monitoring_fails_at_first(gateway: Gateway) -> None:
    """A device that can't be told to send its records is told again, and read."""
    error = message("ErrorResponse", deviceID=FRONT, code=2, msg="Busy")
    detail = message(
        "Any",
        type_url="type.googleapis.com/gsdk.err.MultiErrorResponse",
        value=message("MultiErrorResponse", deviceErrors=[error]).SerializeToString(),
    )
    gateway.failing["event.Event/EnableMonitoringMulti"] = Refusal(
        grpc.StatusCode.UNKNOWN,
        "multi error",
        message("Status", code=2, details=[detail]).SerializeToString(),
    )
    async with Follower(gateway) as owner:
        assert owner.system.diagnostics()["unmonitored_devices"] == 1
        gateway.failing.clear()
        gateway.happen(0x1300)
        gateway.connect(FRONT, 2)
        await owner.until(1)
        await wait_for(lambda: gateway.devices[FRONT].monitored)
        gateway.happen(0x1300)
        await owner.until(2)
        assert owner.journal.live == set(keys(2, 2))


async def test_device_away_at_start(gateway: Gateway) -> None:
    """Doors of a device that is away are kept, and come back with it."""
    journal = Journal()
    async with Follower(gateway, journal=journal):
        gateway.happen(0x1300)
        await wait_for(lambda: len(journal.events) == 1)
    gateway.devices[FRONT].status = 0
    gateway.happen(0x1300)
    async with Follower(gateway, journal=journal) as owner:
        assert set(owner.doors) == {f"{FRONT}:1", f"{FRONT}:2"}
        assert owner.doors[f"{FRONT}:1"].state.online is False
        assert owner.doors[f"{FRONT}:1"].name == "Front door"
        gateway.connect(FRONT, 1)
        await owner.until(2)
        await wait_for(lambda: owner.doors[f"{FRONT}:1"].state.online is True)


async def test_log_never_readable(gateway: Gateway) -> None:
    """What a device tells whose log can't be read is told all the same."""
    gateway.happen(0x1300)
    gateway.failing["event.Event/GetLog"] = Refusal(
        grpc.StatusCode.UNAVAILABLE, "Timeout to read the start code"
    )
    async with Follower(gateway) as owner:
        gateway.happen(0x1300)
        await owner.until(1)
        assert owner.journal.live == set(keys(2, 2))


async def test_log_unreadable(gateway: Gateway) -> None:
    """A device whose log can't be read is tried again, and the gateway stays."""
    refusal = Refusal(grpc.StatusCode.UNAVAILABLE, "Timeout to read the start code")
    async with Follower(gateway) as owner:
        gateway.happen(0x1300)
        await owner.until(1)
        gateway.failing["event.Event/GetLog"] = refusal
        gateway.happen(0x1300, tell=False)
        gateway.happen(0x1300)
        await owner.until(2)
        gateway.failing.clear()
        await owner.until(3)
        assert set(owner.order) == set(keys(3))
        assert owner.live


async def test_unreadable(gateway: Gateway) -> None:
    """A record that is no message stops neither the stream nor the log."""
    async with Follower(gateway) as owner:
        gateway.happen(0x1300)
        await owner.until(1)
        spoiled = gateway.happen(0x1300, tell=False)
        gateway.devices[FRONT].log[spoiled.ID] = SPOILED
        gateway.push(SPOILED)
        gateway.happen(0x1300)
        await owner.until(2)
        gateway.happen(0x1300)
        await owner.until(3)
        assert owner.order == [*keys(1), *keys(4, 3)]
        assert owner.journal.live == set(owner.order)
        assert owner.unreadable
        assert owner.system.diagnostics()["unreadable_answers"] == 1


async def test_live_during_backlog(gateway: Gateway) -> None:
    """While a long log is read, what happens is told at once."""
    for _ in range(60_000):
        gateway.happen(0x5000)
    journal = Journal()
    gateway.delay = 0.3
    async with Follower(gateway, journal=journal, import_days=365) as owner:
        await asyncio.sleep(0.5)
        record = gateway.happen(0x1300)
        key = f"{FRONT}:{record.ID}"
        await wait_for(lambda: key in journal.events)
        assert len(journal.events) < 50_000
        await owner.until(60_001)
        assert key in journal.live
        assert set(journal.events) == set(keys(60_001))


async def test_looked_at_now_and_then(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no stream tells is found by asking: devices that come, doors, lost records."""
    monkeypatch.setattr(watch, "_INTERVAL", 0.05)
    monkeypatch.setattr(watch, "_DOORS_EVERY", 3)
    async with Follower(gateway) as owner:
        gateway.happen(0x1000, userID="7", tell=False)
        await owner.until(1)
        assert not owner.journal.live
        gateway.put_door(FRONT, 9, "Cellar door")
        await wait_for(lambda: f"{FRONT}:9" in owner.doors)
        gateway.devices[2] = Device()
        gateway.put_door(2, 1, "Gate")
        await wait_for(lambda: "2:1" in owner.doors)


async def test_gateway_that_refuses_to_list(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that answers no more is lost, though its streams are only silent."""
    monkeypatch.setattr(watch, "_INTERVAL", 0.05)
    path = "connect.Connect/GetDeviceList"
    async with Follower(gateway) as owner:
        gateway.failing[path] = Refusal(grpc.StatusCode.UNAVAILABLE, "Shutting down")
        await wait_for(lambda: not owner.live)
        del gateway.failing[path]
        await wait_for(lambda: owner.live)
        gateway.happen(0x1000, userID="7")
        await owner.until(1)


async def test_only_our_stream_ends(gateway: Gateway) -> None:
    """When all ends, other clients of the gateway keep their devices."""
    async with Follower(gateway):
        pass
    assert gateway.devices[FRONT].monitored
    made = {path.partition("/")[2] for path, _ in gateway.calls}
    assert not {"DisableMonitoring", "DisableMonitoringMulti", "Disconnect"} & made
    streams = [r for p, r in gateway.calls if p.endswith("SubscribeRealtimeLog")]
    assert streams[0].queueSize >= 1024
    order = [path for path, _ in gateway.calls]
    assert order.index("event.Event/SubscribeRealtimeLog") < order.index(
        "event.Event/EnableMonitoringMulti"
    )
