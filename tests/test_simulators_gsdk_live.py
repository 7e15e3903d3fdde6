"""The simulated G-SDK gateway's streams, and what can go wrong with them."""

import asyncio
from collections.abc import AsyncGenerator
import time
from typing import Any

import grpc
import grpc.aio
import pytest

from .gsdk_client import ANNEX, CONTROLLER, ENTRANCE, Client, codes_of, refused, take
from .simulators.gsdk import GsdkSimulator, codes
from .wait import wait_for

EVENTS = "Event/SubscribeRealtimeLog"


@pytest.fixture
async def sim() -> AsyncGenerator[GsdkSimulator]:
    """Return a running gateway whose doors stay unlocked for the test."""
    async with GsdkSimulator() as simulator:
        await simulator.set_modes(relock_seconds=60.0, restart_seconds=0.02)
        yield simulator


@pytest.fixture
async def client(sim: GsdkSimulator) -> AsyncGenerator[Client]:
    """Return a client that trusts the gateway's authority."""
    async with Client(sim) as made:
        yield made


async def listen(sim: GsdkSimulator, client: Client, **fields: Any) -> Any:
    """Return a stream of rows that the gateway knows of."""
    before = sim.events.opened
    stream = client.stream(EVENTS, **({"queueSize": 1024} | fields))
    await wait_for(lambda: sim.events.opened > before)
    return aiter(stream)


# Streams.


async def test_needs_monitoring_and_stream(sim: GsdkSimulator, client: Client) -> None:
    """Rows come live only where monitoring is on."""
    stream = await listen(sim, client)
    await sim.tamper(ENTRANCE)
    await client.call("Event/EnableMonitoring", deviceID=ENTRANCE)
    await sim.tamper(CONTROLLER)
    await sim.tamper(ENTRANCE, False)
    row = await anext(stream)
    assert (row.deviceID, row.ID, row.eventCode) == (ENTRANCE, 2, codes.TAMPER_OFF)
    await client.call("Event/DisableMonitoring", deviceID=ENTRANCE)
    await sim.tamper(ENTRANCE)
    await client.call("Event/EnableMonitoringMulti", deviceIDs=[ENTRANCE, CONTROLLER])
    await sim.tamper(CONTROLLER, False)
    row = await anext(stream)
    assert (row.deviceID, row.ID) == (CONTROLLER, 2)
    await client.call("Event/DisableMonitoringMulti", deviceIDs=[ENTRANCE, CONTROLLER])
    await sim.tamper(CONTROLLER)
    await client.call("Event/EnableMonitoring", deviceID=CONTROLLER)
    await sim.tamper(CONTROLLER, False)
    row = await anext(stream)
    assert (row.deviceID, row.ID) == (CONTROLLER, 4)


async def test_pass(sim: GsdkSimulator, client: Client) -> None:
    """Somebody who goes through gives the rows of a real device, in order."""
    await sim.set_modes(relock_seconds=0.05, pass_seconds=0.01)
    await client.call("Event/EnableMonitoringMulti", deviceIDs=[ENTRANCE])
    stream = await listen(sim, client)
    made = await sim.tap(0, "Jane Doe", "face", opens=True, tna_key=1, temperature=3650)
    rows = await take(stream, 5)
    assert codes_of(rows) == [
        (0x1300, 3),
        (0x5000, 0),
        (0x5200, 0),
        (0x5300, 0),
        (0x5100, 0),
    ]
    assert [row.userID for row in rows] == ["1", *["4294967295"] * 4]
    assert [row.entityID for row in rows] == [0, 1, 1, 1, 1]
    assert (rows[0].TNAKey, rows[0].temperature, rows[0].hasImage) == (1, 3650, True)
    assert [row.id for row in made.rows] == [row.ID for row in rows]
    assert rows == await client.rows(ENTRANCE)


@pytest.mark.parametrize(
    ("person", "fields", "expected", "granted"),
    [
        ("1", {}, [(0x1000, 6), (0x5000, 0)], True),
        ("7", {"method": "finger", "duress": True}, [(0x1500, 1), (0x5000, 0)], True),
        ("2", {"method": "id_pin", "duress": True}, [(0x1200, 1), (0x5000, 0)], True),
        (
            "2",
            {"excused": "apb"},
            [(0x1900, 8), (0x1000, 6), (0x5000, 0)],
            True,
        ),
        ("9", {}, [(0x1900, 2)], False),
        ("2", {"granted": False}, [(0x1900, 1)], False),
        ("2", {"reason": "apb"}, [(0x1900, 5)], False),
        ("2", {"reason": "timeout"}, [(0x1800, 3)], False),
        (None, {}, [(0x1100, 2)], False),
        (None, {"method": "face"}, [(0x1400, 5)], False),
    ],
)
async def test_taps(
    sim: GsdkSimulator,
    client: Client,
    person: str | None,
    fields: dict[str, Any],
    expected: list[tuple[int, int]],
    granted: bool,
) -> None:
    """Each way to be let in or not has its own code and sub code."""
    made = await sim.tap(0, person, **fields)
    rows = await client.rows(ENTRANCE)
    assert codes_of(rows) == expected
    assert made.granted is granted
    assert rows[0].userID == (person or "")
    if expected == [(0x1100, 2)]:
        assert rows[0].cardData == (0x0BADCA4D).to_bytes(32, "big")


async def test_things(sim: GsdkSimulator, client: Client) -> None:
    """Inputs, interlocks and the case tell more than their code."""
    await sim.input(CONTROLLER, 3, 1)
    await sim.input(CONTROLLER, 3, 0)
    await sim.input(CONTROLLER, 2, 3)
    await sim.interlock(CONTROLLER)
    await sim.tamper(CONTROLLER)
    rows = await client.rows(CONTROLLER)
    assert codes_of(rows) == [
        (0x3F00, 0),
        (0x3F00, 1),
        (0x4700, 0),
        (0xA000, 0),
        (0x4000, 0),
    ]
    assert (rows[0].inputInfo.port, rows[0].inputInfo.value) == (3, 1)
    assert list(rows[3].interlockZoneInfo.doorIDs) == [1, 2]
    states = (await client.call("Event/GetDeviceIOStates", deviceID=CONTROLLER)).states
    assert list(states[0].input.states) == [0, 0, 3, 0]
    assert list(states[0].tamper.states) == [1]


async def test_slaves(sim: GsdkSimulator, client: Client) -> None:
    """A reader's rows name its device, or in another mode the reader."""
    await sim.tap("Warehouse", "1")
    await sim.set_modes(slave_events="slave")
    await sim.tap("Warehouse", "1", exits=True)
    rows = [row for row in await client.rows(CONTROLLER) if row.eventCode == 0x1000]
    doors = (await client.call("Door/GetList", deviceID=CONTROLLER)).doors
    assert [row.deviceID for row in rows] == [CONTROLLER, doors[0].exitDeviceID]


async def test_filters_of_streams(sim: GsdkSimulator, client: Client) -> None:
    """A stream can be for some devices and some codes; two streams get all twice."""
    await client.call("Event/EnableMonitoringMulti", deviceIDs=[ENTRANCE, CONTROLLER])
    some = await listen(
        sim, client, deviceIDs=[CONTROLLER], eventCodes=[codes.TAMPER_OFF]
    )
    every = await listen(sim, client)
    for device in (ENTRANCE, CONTROLLER):
        await sim.tamper(device)
        await sim.tamper(device, False)
    assert len(await take(every, 4)) == 4
    row = await anext(some)
    assert (row.deviceID, row.eventCode) == (CONTROLLER, codes.TAMPER_OFF)


async def test_overflow(sim: GsdkSimulator, client: Client) -> None:
    """A full queue loses rows without a word; the log has them all."""
    await client.call("Event/EnableMonitoring", deviceID=ENTRANCE)
    stream = await listen(sim, client, queueSize=16)
    await sim.burst(100, doors=[0])
    rows = await take(stream, 16)
    assert [row.ID for row in rows] == list(range(1, 17))
    await sim.tamper(ENTRANCE)
    assert (await anext(stream)).ID == 101
    assert len(await client.rows(ENTRANCE)) == 101
    assert (await sim.stream_info())["events"]["lost"] == 84
    wide = await listen(sim, client, queueSize=4096)
    await sim.overflow(6000)
    await client.call("Event/EnableMonitoring", deviceID=CONTROLLER)
    await take(wide, 1000)


async def test_accidents(sim: GsdkSimulator, client: Client) -> None:
    """Rows on their way can be lost, doubled, late and in another order."""
    await client.call("Event/EnableMonitoring", deviceID=ENTRANCE)
    stream = await listen(sim, client)
    await sim.stream_fault(lose=1, repeat=1, reorder=0)
    await sim.burst(3, doors=[0])
    assert [row.ID for row in await take(stream, 3)] == [2, 2, 3]
    await sim.stream_fault(reorder=3)
    await sim.burst(3, doors=[0])
    assert [row.ID for row in await take(stream, 3)] == [6, 5, 4]
    await sim.stream_fault(delay=0.1)
    started = time.monotonic()
    await sim.burst(1, doors=[0])
    assert (await anext(stream)).ID == 7
    assert time.monotonic() - started > 0.09


async def test_streams_end(sim: GsdkSimulator, client: Client) -> None:
    """A stream can end with an error while the channel lives, or with its cable."""
    stream = await listen(sim, client)
    assert (await sim.drop_streams())["dropped"] == 1
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await anext(stream)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    stream = await listen(sim, client)
    assert (await sim.cut_connections())["dropped"] == 1
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await anext(stream)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert (await client.call("Admin/GetInfo")).version
    await wait_for(lambda: not sim.events.subscriptions)


async def test_client_that_goes(sim: GsdkSimulator, client: Client) -> None:
    """A stream that the client ends is forgotten."""
    stream = client.stream(EVENTS, queueSize=16)
    await wait_for(lambda: sim.events.subscriptions)
    stream.cancel()
    await wait_for(lambda: not sim.events.subscriptions)


async def test_frozen(sim: GsdkSimulator, client: Client) -> None:
    """A frozen cable lets nothing through, and nothing is lost in it."""
    await client.call("Event/EnableMonitoring", deviceID=ENTRANCE)
    stream = await listen(sim, client)
    await sim.freeze()
    await sim.burst(5, doors=[0])
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await client.call("Admin/GetInfo", timeout=0.2)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await sim.freeze(False)
    assert [row.ID for row in await take(stream, 5)] == [1, 2, 3, 4, 5]


# Devices that come and go.


async def test_reconnect_ends_monitoring(sim: GsdkSimulator, client: Client) -> None:
    """A device that comes back must be monitored anew; its log has what was."""
    await client.call("Event/EnableMonitoringMulti", deviceIDs=[ENTRANCE, CONTROLLER])
    changes = aiter(client.stream("Connect/SubscribeStatus", queueSize=16))
    await wait_for(lambda: sim.changes.subscriptions)
    stream = await listen(sim, client)
    await sim.device_offline(ENTRANCE)
    error = await refused(client, "Event/GetLog", deviceID=ENTRANCE)
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    await sim.tap(0, "1")
    await sim.device_online(ENTRANCE)
    seen = await take(changes, 3)
    assert [(item.deviceID, item.status) for item in seen] == [
        (ENTRANCE, 0),
        (ENTRANCE, 4),
        (ENTRANCE, 1),
    ]
    await sim.tamper(ENTRANCE)
    await sim.tamper(CONTROLLER)
    assert (await anext(stream)).deviceID == CONTROLLER
    await client.call("Event/EnableMonitoring", deviceID=ENTRANCE)
    await sim.tamper(ENTRANCE, False)
    row = await anext(stream)
    rows = await client.rows(ENTRANCE)
    assert (row.eventCode, row.ID) == (codes.TAMPER_OFF, rows[-1].ID)
    assert [row.eventCode for row in rows[:3]] == [0x3C00, 0x1000, 0x5000]


async def test_annex_comes(sim: GsdkSimulator, client: Client) -> None:
    """The device that was away has kept its log."""
    await sim.tap("Annex", "1")
    await sim.device_online(ANNEX)
    assert codes_of(await client.rows(ANNEX))[:2] == [(0x1000, 6), (0x5000, 0)]
    await sim.device_restart(ANNEX)
    await wait_for(lambda: sim.site.device(ANNEX).connected)
    codes_seen = [code for code, _ in codes_of(await client.rows(ANNEX))]
    about_device = [code for code in codes_seen if 0x3000 <= code < 0x4000]
    assert about_device == [0x3B00, 0x3000, 0x3C00, 0x3100, 0x3B00]


async def test_gateway_restart(sim: GsdkSimulator, client: Client) -> None:
    """A restarted gateway monitors nothing, and may have forgotten its devices."""
    await client.call("Event/EnableMonitoring", deviceID=ENTRANCE)
    port = sim.port
    await sim.set_modes(forgets_devices=True)
    await sim.restart_gateway()
    assert sim.port == port
    assert not sim.site.device(ENTRANCE).monitoring
    infos = (await client.call("Connect/GetDeviceList")).deviceInfos
    assert infos == []
    info = {"deviceID": ENTRANCE, "IPAddr": "10.0.0.8", "port": 51211}
    await client.call("Connect/AddAsyncConnection", connectInfos=[info])
    await wait_for(lambda: sim.site.device(ENTRANCE).connected)
    infos = (await client.call("Connect/GetDeviceList")).deviceInfos
    assert [(item.deviceID, item.status) for item in infos] == [(ENTRANCE, 1)]


async def test_connect(sim: GsdkSimulator, client: Client) -> None:
    """Devices can be connected by address, and be let go."""
    await client.call("Connect/DeleteAsyncConnection", deviceIDs=[ENTRANCE])
    infos = (await client.call("Connect/GetDeviceList")).deviceInfos
    assert ENTRANCE not in {item.deviceID for item in infos}
    found = (await client.call("Connect/SearchDevice")).deviceInfos
    assert {item.deviceID for item in found} == {ENTRANCE, CONTROLLER}
    info = {"IPAddr": "10.0.0.8", "port": 51211}
    answer = await client.call("Connect/Connect", connectInfo=info)
    assert answer.deviceID == ENTRANCE
    error = await refused(client, "Connect/Connect", connectInfo={"IPAddr": "10.9.9.9"})
    assert error.code() is grpc.StatusCode.UNAVAILABLE


# Calls that fail.


async def test_faults(sim: GsdkSimulator, client: Client) -> None:
    """A call can fail before or after it was obeyed, hang, or lose its cable."""
    unlock: dict[str, Any] = {"deviceID": ENTRANCE, "doorIDs": [1], "doorFlag": 4}
    await sim.fault(call="Door/Unlock", code="UNKNOWN", message="no")
    error = await refused(client, "Door/Unlock", **unlock)
    assert (error.code(), error.details()) == (grpc.StatusCode.UNKNOWN, "no")
    assert (await sim.state_of(0))["openings"] == 0
    await sim.fault(call="Door/Unlock", when="after", cut=True)
    error = await refused(client, "Door/Unlock", **unlock)
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert (await sim.state_of(0))["openings"] == 1
    await sim.fault(call="Event/GetLog", device=ENTRANCE, hang=True)
    error = await refused(client, "Event/GetLog", timeout=0.2, deviceID=ENTRANCE)
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await sim.fault(call="Admin", delay=0.1, skip=1, count=None)
    started = asyncio.get_running_loop().time()
    await client.call("Admin/GetInfo")
    assert asyncio.get_running_loop().time() - started < 0.1
    await client.call("Admin/GetInfo")
    assert asyncio.get_running_loop().time() - started > 0.1
    await sim.clear_faults()
    assert await client.rows(ENTRANCE)
    counts = (await sim.requests(recent=3))["counts"]
    assert counts["/gsdk.door.Door/Unlock"] == 2
    recent = (await sim.requests(recent=1))["recent"][0]
    assert (recent["devices"], recent["status"]) == ([ENTRANCE], "OK")
    assert 0 < recent["deadline"] < 11


async def test_day(sim: GsdkSimulator, client: Client) -> None:
    """The scripted day plays through, and leaves the doors locked."""
    sim.speed = 2000.0
    await sim.set_modes(relock_seconds=0.03, pass_seconds=0.01)
    await sim.day()
    assert {item.name for item in await sim.history()} >= {
        "tap",
        "exit_button",
        "hold_open",
        "force_open",
        "zone_alarm",
        "device_offline",
    }
    await asyncio.sleep(0.1)
    states = (await client.call("Door/GetStatus", deviceID=ENTRANCE)).status
    assert not any(item.isUnlocked or item.isOpen for item in states)


async def test_week_before() -> None:
    """History is in each device's log in the order of time, and the same each time."""
    seen = []
    for _ in range(2):
        async with GsdkSimulator(history_days=3) as sim, Client(sim) as client:
            rows = await client.rows(CONTROLLER)
            times = [row.timestamp for row in rows]
            assert times == sorted(times)
            assert time.time() - 4 * 86_400 < times[0] < times[-1] < time.time()
            seen.append([(row.ID, row.eventCode, row.userID) for row in rows])
    assert seen[0] == seen[1]
