"""The CLUe simulator behaves as the vendor's article says."""

import asyncio
from collections.abc import AsyncGenerator
import json
import sys
import time
from typing import Any

import aiohttp
import pytest

from .clue_client import Client, Json
from .simulators.clue import ClueSimulator
from .simulators.clue.world import FACE_FAIL, FACE_SUCCESS, RELAY_OFF, RELAY_ON

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS


@pytest.fixture
async def sim() -> AsyncGenerator[ClueSimulator]:
    """Return a running cloud whose relays do not take long."""
    async with ClueSimulator() as simulator:
        await simulator.set_modes(
            relay_seconds=0.02, relay_delay=0.005, registration_gap=0.0
        )
        yield simulator


@pytest.fixture
async def client(sim: ClueSimulator) -> AsyncGenerator[Client]:
    """Return a client with the place's key."""
    async with aiohttp.ClientSession() as session:
        yield Client(sim, session)


def types(body: Json) -> list[str]:
    """Return the event types of a body, as they come."""
    return [row["eventType"] for row in body["data"]]


async def test_sample_rows(sim: ClueSimulator, client: Client) -> None:
    """A pass gives the rows of the vendor's sample: order, fields and types."""
    await sim.flow_success(0, "Jane Doe", third_party=False)
    body = await client.events(placeId=448, page=0, size=200, sort="id,asc")
    assert list(body) == ["code", "status", "message", "total", "data"]
    assert body["total"] == 3
    assert types(body) == [RELAY_OFF, RELAY_ON, FACE_SUCCESS]
    off, on, face_row = body["data"]
    assert set(on) == {
        "logId",
        "eventAt",
        "placeId",
        "deviceId",
        "doorId",
        "localLogId",
        "eventType",
    }
    assert set(face_row) - set(on) == {"authId", "doorName", "userId", "userName"}
    assert (face_row["userName"], face_row["doorName"]) == ("Jane Doe", "SupremaJP_In")
    assert (face_row["doorId"], face_row["deviceId"]) == (645, 1343)
    assert isinstance(face_row["logId"], str)
    assert len(face_row["logId"]) == 20
    assert [row["localLogId"] for row in (face_row, on, off)] == [25276, 25277, 25278]
    assert face_row["eventAt"] < on["eventAt"] < off["eventAt"]


async def test_three_flows(sim: ClueSimulator, client: Client) -> None:
    """Success, failure at CLUe and failure at the third party can be told apart."""
    await sim.flow_success(0, 0)
    await sim.flow_clue_failure(1)
    await sim.flow_clue_failure(1, 2)
    await sim.flow_vendor_failure(2, 1)
    await sim.set_modes(vendor_fail="")
    await sim.flow_vendor_failure(3, 1)

    async def at(door: int) -> list[str]:
        body = await client.events(placeId=448)
        return [r["eventType"] for r in body["data"] if r["doorId"] == door][::-1]

    assert await at(645) == [FACE_SUCCESS, "VENDOR_AUTH_SUCCESS", RELAY_ON, RELAY_OFF]
    assert await at(646) == [FACE_FAIL, FACE_FAIL]
    assert await at(647) == [FACE_SUCCESS, "VENDOR_AUTH_FAIL"]
    assert await at(648) == [FACE_SUCCESS]
    known, unknown = (
        row for row in (await client.events())["data"] if row["doorId"] == 646
    )
    assert known["userName"] == "Zoë Müller-Lüdenscheidt"
    assert not {"userName", "userId", "authId"} & set(unknown)
    assert (await sim.state_of(0))["relay_on"] is False


async def test_keys(sim: ClueSimulator, client: Client) -> None:
    """No key, a wrong, an expired and another place's key are refused."""
    keys = await sim.list_keys()
    for header in ("", "Bearer nonsense", keys["full"], f"Bearer {keys['expired']}"):
        client.headers = {"Authorization": header}
        assert (await client.refused(placeId=448))[0] == 401
    client.headers = {"Authorization": f"Bearer {keys['elsewhere']}"}
    assert (await client.refused(placeId=448))[0] == 403
    await sim.flow_clue_failure("Other Branch")
    await sim.flow_clue_failure(0)
    assert (await client.events())["total"] == 1
    client.headers = {"Authorization": f"Bearer {keys['group']}"}
    assert (await client.events(placeId=""))["total"] == 2
    assert (await client.events(placeId=449))["total"] == 1
    client.headers = {"Authorization": f"Bearer {keys['full']}"}
    await client.events(placeId=448)
    await sim.expire_key()
    assert await client.refused() == (401, "API key has expired")
    assert ClueSimulator().key == keys["full"]
    assert ClueSimulator(seed=2).key != keys["full"]
    old = (await sim.rotate_key())["api_key"]
    new = (await sim.rotate_key())["api_key"]
    assert len({keys["full"], old, new}) == 3
    assert sim.config()["api_key"] == new
    assert (await client.refused())[1] == "Unauthorized"
    client.headers = {"Authorization": f"Bearer {new}"}
    await client.events()
    await sim.set_modes(bare_key=True)
    client.headers = {"Authorization": new}
    await client.events()


async def test_time_range(sim: ClueSimulator, client: Client) -> None:
    """A range is seven days at most, and both its ends belong to it."""
    now = sim.clock.ms()
    made = [await sim.event("X_AUTH_FAIL", at_ms=now + ms) for ms in (0, 1000, 2000)]
    end = now + 2000
    assert (await client.events(startTime=end - WEEK_MS, endTime=end))["total"] == 3
    assert (await client.events(startTime=now + 1000, endTime=end))["total"] == 2
    assert (await client.events(endTime=now + 1999))["total"] == 2
    refusal = await client.refused(startTime=end - WEEK_MS - 1, endTime=end)
    assert refusal == (400, "startTime must be within 7 days from endTime")
    assert (await client.refused(startTime=now - WEEK_MS - DAY_MS))[0] == 400
    assert (await client.refused(startTime=end, endTime=now))[0] == 400
    for name in ("startTime", "endTime", "page", "size", "placeId"):
        assert (await client.refused(**{name: "x1"}))[0] == 400
    await sim.set_modes(end_inclusive=False)
    assert (await client.events(endTime=made[-1].at_ms))["total"] == 2


async def test_filter_and_pages(sim: ClueSimulator, client: Client) -> None:
    """Events can be filtered, pages count from 0 and end, no page is all rows."""
    await sim.burst(45)
    assert len((await client.events())["data"]) == 45
    pages = [await client.events(page=page, size=20) for page in range(4)]
    assert [len(page["data"]) for page in pages] == [20, 20, 5, 0]
    assert {page["total"] for page in pages} == {45}
    seen = [row["logId"] for page in pages for row in page["data"]]
    assert len(set(seen)) == 45
    failed = await client.events(filterEvents=FACE_FAIL)
    assert failed["total"] == 5
    both = await client.events(filterEvents=f"{FACE_FAIL},{FACE_SUCCESS}", size=7)
    assert (both["total"], len(both["data"])) == (45, 7)
    assert (await client.events(filterEvents="NO_SUCH_EVENT"))["data"] == []
    assert (await client.refused(size=1001))[0] == 400
    assert (await client.refused(sort="name,asc"))[0] == 400


async def test_orders(sim: ClueSimulator, client: Client) -> None:
    """Rows come newest first, oldest first, by id or mixed within a page."""
    await sim.burst(30)
    await sim.device_offline(0)
    late = await sim.event(FACE_SUCCESS, 0, 0)
    await sim.event(FACE_SUCCESS, 1, 0)
    await sim.device_online(0)

    async def times(**params: Any) -> list[int]:
        return [row["eventAt"] for row in (await client.events(**params))["data"]]

    newest = await times()
    assert newest == sorted(newest, reverse=True)
    await sim.set_modes(order="oldest")
    assert await times() == newest[::-1]
    await sim.set_modes(order="id")
    assert (await times(sort="id,asc"))[-1] == late.at_ms
    assert (await times(sort="id,desc"))[0] == late.at_ms
    await sim.set_modes(order="newest")
    first = [row["logId"] for row in (await client.events(page=0, size=16))["data"]]
    await sim.set_modes(order="shuffled")
    mixed = [row["logId"] for row in (await client.events(page=0, size=16))["data"]]
    assert mixed != first
    assert sorted(mixed) == sorted(first)


async def test_total_grows_while_paging(sim: ClueSimulator, client: Client) -> None:
    """What happens between two pages pushes rows on: none lost, some twice."""
    await sim.burst(20)
    await sim.grow(rows=3, pages=2)
    pages = [await client.events(page=page, size=10) for page in range(3)]
    assert [page["total"] for page in pages] == [20, 23, 26]
    seen = [
        (row["deviceId"], row["localLogId"]) for page in pages for row in page["data"]
    ]
    first = {(item.device_id, item.local_id) for item in sim.truth[:20]}
    assert first <= set(seen)
    assert len(seen) - len(set(seen)) == 6


async def test_total_variants(sim: ClueSimulator, client: Client) -> None:
    """The count is of all rows, of the page, text, or missing."""
    await sim.burst(12)
    await sim.set_modes(total="page")
    assert (await client.events(page=0, size=5))["total"] == 5
    await sim.set_modes(total="text")
    assert (await client.events(page=0, size=5))["total"] == "12"
    await sim.set_modes(total="absent")
    assert "total" not in await client.events(page=0, size=5)


async def test_row_variants(sim: ClueSimulator, client: Client) -> None:
    """Ids can be numbers or text, names differ, and fields can be missing."""
    await sim.event(FACE_SUCCESS, 0, "Jane Doe")

    async def row() -> Json:
        found: Json = (await client.events())["data"][0]
        return found

    await sim.set_modes(ids="number", person_field="useName")
    assert {type((await row())[name]) for name in ("logId", "userId")} == {int}
    assert (await row())["useName"] == "Jane Doe"
    assert "userName" not in await row()
    await sim.set_modes(ids="text", person_field="both")
    text = await row()
    assert all(isinstance(text[n], str) for n in ("doorId", "localLogId", "placeId"))
    assert isinstance(text["eventAt"], int)
    assert text["useName"] == text["userName"] == "Jane Doe"
    await sim.set_modes(drop_fields=["doorName", "deviceId"])
    assert not {"doorName", "deviceId"} & set(await row())
    await sim.set_modes(empty="null", drop_fields=[])
    await sim.event(RELAY_ON, 0)
    assert (await row())["userName"] is None
    with pytest.raises(ValueError, match="one of"):
        await sim.set_modes(ids="roman")
    with pytest.raises(ValueError, match="no mode"):
        await sim.set_modes(colour="blue")


async def test_late_upload(sim: ClueSimulator, client: Client) -> None:
    """An offline device keeps its rows, and their times, until it is back."""
    await sim.device_offline(1)
    made = [await sim.event(FACE_SUCCESS, 1, index) for index in range(3)]
    newer = await sim.event(FACE_SUCCESS, 0, 0)
    assert (await client.events())["total"] == 1
    assert (await sim.state_of(1))["waiting"] == 3
    assert not any(item.uploaded for item in made)
    assert await sim.device_online(1) == {"uploaded": 3}
    rows = (await client.events())["data"]
    expected = sorted(
        (item.at_ms, item.device_id, item.local_id) for item in (*made, newer)
    )
    got = [(r["eventAt"], r["deviceId"], r["localLogId"]) for r in rows]
    assert got[::-1] == expected
    assert all(item.uploaded for item in made)


async def test_holes(sim: ClueSimulator, client: Client) -> None:
    """A hole in a device's log is filled late, or stays."""

    async def local_ids() -> list[int]:
        rows = (await client.events())["data"]
        return sorted(row["localLogId"] for row in rows)

    await sim.hold_rows(0, 2)
    for _ in range(4):
        await sim.event(FACE_SUCCESS, 0, 0)
    assert await local_ids() == [25278, 25279]
    assert await sim.release_rows(0) == {"uploaded": 2}
    assert await local_ids() == [25276, 25277, 25278, 25279]
    lost = await sim.lose_rows(0, 3)
    await sim.event(FACE_SUCCESS, 0, 0)
    assert await local_ids() == [25276, 25277, 25278, 25279, 25283]
    assert [item.local_id for item in lost] == [25280, 25281, 25282]
    assert [item.lost for item in await sim.history()].count(True) == 3


async def test_paths(sim: ClueSimulator, client: Client) -> None:
    """Only one revision's path is there; verbs and paths unknown are 404."""
    origin = f"http://127.0.0.1:{sim.port}"
    assert sim.base_url == sim.config()["base_url"] == f"{origin}/v1/be"
    assert (await client.ask("GET", "/events", f"{origin}/v1"))[0] == 404
    await sim.set_modes(base_path="/v1")
    assert (await client.ask("GET", "/events", f"{origin}/v1/be"))[0] == 404
    assert (await client.ask("GET", "/events", f"{origin}/v1"))[0] == 200
    assert sim.config()["base_url"] == f"{origin}/v1/be"
    assert (await client.ask("DELETE", "/events"))[0] == 404
    assert (await client.ask("GET", "/doors"))[0] == 404
    await sim.set_modes(error_body="gateway")
    async with client.session.get(f"{origin}/v1/be/events") as response:
        assert (response.status, response.content_type) == (404, "text/html")


async def test_refusal_under_200(sim: ClueSimulator, client: Client) -> None:
    """A refusal can come under HTTP 200 with its code in the body."""
    await sim.set_modes(errors_as_200=True)
    client.headers = {}
    status, body, _ = await client.ask("GET", "/events")
    assert (status, body["code"], body["status"]) == (200, 401, False)


async def test_rate_limit(sim: ClueSimulator, client: Client) -> None:
    """Too many requests are refused with the time to wait."""
    await sim.set_modes(rate_limit=2, rate_seconds=1.0)
    await client.events()
    await client.events()
    status, body, headers = await client.ask("GET", "/events")
    assert (status, body["code"], headers["Retry-After"]) == (429, 429, "1")
    await asyncio.sleep(1.05)
    await client.events()
    counts = (await sim.requests(recent=1))["counts"]
    assert counts == {"GET /v1/be/events": 4}


async def test_unplugged(sim: ClueSimulator, client: Client) -> None:
    """While the cloud is gone things happen; it is back at the same address."""
    await sim.pause()
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.events()
    await sim.burst(5)
    await sim.resume()
    assert (await client.events())["total"] == 5


async def test_tls(sim: ClueSimulator, client: Client) -> None:
    """It serves HTTPS when told so."""
    await sim.set_modes(tls=True)
    assert sim.base_url.startswith("https://")
    assert (await client.events())["total"] == 0


async def test_history_and_truth(client: Client) -> None:
    """The seeded days are in the log, each happening once, and quick to read."""
    async with ClueSimulator(history_days=9, doors=2) as sim:
        client = Client(sim, client.session)
        truth = await sim.history()
        assert len({(item.device_id, item.local_id) for item in truth}) == len(truth)
        start, read = sim.clock.ms() - 10 * DAY_MS, []
        while start < sim.clock.ms():
            params = {"startTime": start, "endTime": start + DAY_MS - 1}
            read += (await client.events(**params, placeId=448))["data"]
            start += DAY_MS
        assert sorted((r["deviceId"], r["localLogId"]) for r in read) == sorted(
            (item.device_id, item.local_id) for item in truth
        )
        assert {"access_granted", "access_denied", "door_unlocked"} <= {
            item.kind for item in truth
        }


async def test_large_log(sim: ClueSimulator, client: Client) -> None:
    """A hundred thousand rows are searched without a wait."""
    await sim.burst(100_000)
    start = time.monotonic()
    for page in (0, 50, 88):
        body = await client.events(page=page, size=1000, filterEvents=FACE_SUCCESS)
        assert body["total"] == 100_000 - 100_000 // 9
        assert len(body["data"]) == (889 if page == 88 else 1000)
    assert time.monotonic() - start < 5


async def test_day(client: Client) -> None:
    """The scripted day plays all flows, and a device that uploads late."""
    async with ClueSimulator(doors=3, speed=400) as sim:
        await sim.set_modes(relay_seconds=0.001, relay_delay=0.001)
        await sim.day()
        truth = await sim.history()
        assert all(item.uploaded for item in truth)
        assert {item.event_type for item in truth} >= {
            FACE_SUCCESS,
            FACE_FAIL,
            "VENDOR_AUTH_SUCCESS",
            "VENDOR_AUTH_FAIL",
            "DEV_CARD_AUTH_SUCCESS",
            RELAY_ON,
            RELAY_OFF,
        }
        body = await Client(sim, client.session).events(placeId=448)
        assert body["total"] == len(truth)


async def test_state_outlives_process(tmp_path: Any, client: Client) -> None:
    """Log, people and keys are kept in the state folder."""
    async with ClueSimulator(state=tmp_path) as first:
        await first.set_modes(relay_seconds=0.0)
        await first.flow_success(0, 0)
        key = (await first.rotate_key())["api_key"]
    async with ClueSimulator(state=tmp_path) as second:
        assert second.key == key
        assert (await Client(second, client.session).events())["total"] == 4


async def test_new_door(sim: ClueSimulator, client: Client) -> None:
    """A door that is added shows with its first event."""
    await sim.add_door("Loading Dock")
    await sim.event(FACE_SUCCESS, "Loading Dock", 0)
    row = (await client.events())["data"][0]
    assert (row["doorName"], row["localLogId"]) == ("Loading Dock", 1)


async def test_own_process(client: Client) -> None:
    """As a process of its own it tells how to reach it, and takes commands."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.simulators", "clue", "--no-day"),
        *("--history-days", "0", "--mode", "tls=true", "--mode", "ids=text"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        info = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        assert info["vendor"] == "clue"
        config = info["config"]
        assert set(config) == {"place_id", "api_key", "base_url"}
        assert config["base_url"] == f"https://127.0.0.1:{info['port']}/v1/be"
        async with client.session.post(
            f"{info['control']}/flow_clue_failure", json={"door": 1}
        ) as response:
            happening = (await response.json())[0]
        client.headers = {"Authorization": f"Bearer {config['api_key']}"}
        status, body, _ = await client.ask("GET", "/events", config["base_url"])
        assert status == 200
        assert body["data"][0]["localLogId"] == str(happening["local_id"])
    finally:
        process.terminate()
        await process.wait()
