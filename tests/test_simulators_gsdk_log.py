"""The simulated G-SDK gateway's logs: pages, rings, clearing, and filters."""

from collections.abc import AsyncGenerator
import time

import grpc
import grpc.aio
import pytest

from .gsdk_client import ANNEX, CONTROLLER, ENTRANCE, Client, codes_of, refused
from .simulators.gsdk import GsdkSimulator, codes
from .wait import wait_for


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


async def test_pages(sim: GsdkSimulator, client: Client) -> None:
    """GetLog starts at the ID asked for, oldest first, and ends with an empty page."""
    await sim.burst(40, doors=[0])
    assert [row.ID for row in await client.rows(ENTRANCE)] == list(range(1, 41))
    assert [row.ID for row in await client.rows(ENTRANCE, 7, 3)] == [7, 8, 9]
    assert [row.ID for row in await client.rows(ENTRANCE, 40, 5)] == [40]
    assert await client.rows(ENTRANCE, 41, 5) == []
    assert {row.deviceID for row in await client.rows(ENTRANCE)} == {ENTRANCE}
    await sim.set_modes(past_end="error")
    error = await refused(client, "Event/GetLog", deviceID=ENTRANCE, startEventID=41)
    assert error.code() is grpc.StatusCode.UNKNOWN


async def test_long_log(sim: GsdkSimulator, client: Client) -> None:
    """A log of millions of rows is there at once, and as fast as one can read."""
    await sim.fill(ENTRANCE, 3_000_000, days=300)
    await sim.tap("Main Entrance", "1")
    for start in (1, 127, 16_383, 2_097_150, 2_999_990):
        rows = await client.rows(ENTRANCE, start, 10)
        assert [row.ID for row in rows] == list(range(start, start + 10))
    rows = await client.rows(ENTRANCE, 2_990_000)
    assert len(rows) == 10_003
    times = [row.timestamp for row in rows]
    assert times == sorted(times)
    assert times[0] < times[-1] - 60_000
    assert codes_of(rows[-3:]) == [(0x5100, 0), (0x1000, 6), (0x5000, 0)]
    assert {row.userID for row in rows if row.eventCode == 0x1000} == {
        str(number) for number in range(1, 10)
    }
    first = (await client.rows(ENTRANCE, 0, 1))[0]
    assert time.time() - 301 * 86_400 < first.timestamp < time.time() - 299 * 86_400
    started = time.monotonic()
    assert len(await client.rows(ENTRANCE, 500_000, 16_384)) == 16_384
    assert time.monotonic() - started < 1.5


async def test_ring(sim: GsdkSimulator, client: Client) -> None:
    """A full log loses its oldest rows; IDs go on."""
    await sim.set_capacity(ENTRANCE, 100)
    await sim.burst(250, doors=[0])
    rows = await client.rows(ENTRANCE)
    assert [row.ID for row in rows] == list(range(151, 251))
    assert [row.ID for row in await client.rows(ENTRANCE, 10, 2)] == [151, 152]
    assert len(await sim.rows(ENTRANCE)) == 250
    await sim.fill(CONTROLLER, 1000)
    await sim.set_capacity(CONTROLLER, 1000)
    await sim.tamper(CONTROLLER)
    assert (await client.rows(CONTROLLER, 0, 1))[0].ID == 2


async def test_clear(sim: GsdkSimulator, client: Client) -> None:
    """A cleared log starts at 1 with a row about it, or goes on in other modes."""
    await sim.burst(5, doors=[0])
    await client.call("Event/ClearLog", deviceID=ENTRANCE)
    rows = await client.rows(ENTRANCE)
    assert [(row.ID, row.eventCode) for row in rows] == [(1, 0x4200)]
    await sim.burst(3, doors=[0])
    await sim.set_modes(ids_after_clear="continue", clear_row=False)
    await client.call("Event/ClearLog", deviceID=ENTRANCE)
    assert await client.rows(ENTRANCE) == []
    await sim.tamper(ENTRANCE)
    assert [row.ID for row in await client.rows(ENTRANCE)] == [5]
    generations = [row.generation for row in await sim.rows(ENTRANCE)]
    assert generations == [0] * 5 + [1] * 4 + [2]


async def test_clear_many(sim: GsdkSimulator, client: Client) -> None:
    """A call for many devices does what it can; the trailer tells the rest."""
    await sim.burst(6, doors=[0, 2])
    error = await refused(
        client, "Event/ClearLogMulti", deviceIDs=[ENTRANCE, CONTROLLER, ANNEX, 5]
    )
    assert len(await client.rows(ENTRANCE)) == len(await client.rows(CONTROLLER)) == 1
    assert client.device_errors(error) == {
        ANNEX: grpc.StatusCode.UNAVAILABLE.value[0],
        5: grpc.StatusCode.NOT_FOUND.value[0],
    }
    await sim.set_modes(multi_errors="response")
    answer = await client.call("Event/ClearLogMulti", deviceIDs=[ENTRANCE, 5])
    assert [item.deviceID for item in answer.deviceErrors] == [5]


async def test_factory_reset(sim: GsdkSimulator, client: Client) -> None:
    """A reset device has no users and a new log, and connects again."""
    await sim.burst(5, doors=[0])
    await sim.factory_reset(ENTRANCE)
    await wait_for(lambda: sim.site.device(ENTRANCE).connected)
    rows = await client.rows(ENTRANCE)
    assert codes_of(rows) == [(0x4502, 0), (0x3C00, 0), (0x3B00, 0)]
    assert rows[0].ID == 1
    assert (await client.call("User/GetList", deviceID=ENTRANCE)).hdrs == []
    await sim.burst(2, doors=[0])
    rows = await client.rows(ENTRANCE, rows[-1].ID + 1)
    assert codes_of(rows) == [(0x1100, 2)] * 2


async def test_filter(sim: GsdkSimulator, client: Client) -> None:
    """The old call with filters finds rows by user, code and time."""
    await sim.burst(60, doors=[0])
    answer = await client.call(
        "Event/GetLogWithFilter",
        deviceID=ENTRANCE,
        maxNumOfLog=2,
        filters=[{"userID": "3", "eventCode": codes.VERIFY_SUCCESS}],
    )
    assert [row.userID for row in answer.events] == ["3", "3"]
    later = [{"startTime": int(time.time()) + 100}]
    answer = await client.call(
        "Event/GetLogWithFilter", deviceID=ENTRANCE, filters=later
    )
    assert answer.events == []


async def test_every_code(sim: GsdkSimulator, client: Client) -> None:
    """Each pair of the map can be logged, and more than is in the map."""
    first = (await sim.every_event(ENTRANCE))["first"]
    rows = await client.rows(ENTRANCE, first)
    assert tuple(codes_of(rows)) == codes.ALL
    await sim.event(0xEE11, 0x99, ENTRANCE, entity=3, temperature=3750, TNAKey=20)
    row = (await client.rows(ENTRANCE, first + 406))[0]
    assert (row.eventCode, row.subCode, row.temperature) == (0xEE11, 0x99, 3750)
    assert (row.entityID, row.TNAKey, row.userID) == (3, 20, "4294967295")
    with pytest.raises(ValueError, match="nothing"):
        await sim.event(0x1000, nothing=1)
