"""The UniFi Access simulator pushes, obeys and keeps people as the vendor does."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

from .probe import Frames, Json, Probe, probing
from .simulators.unifi_access import UnifiAccessSimulator
from .wait import wait_for


@pytest.fixture
async def sim() -> AsyncGenerator[UnifiAccessSimulator]:
    """Return a running site whose doors do not wait long."""
    async with UnifiAccessSimulator() as simulator:
        await simulator.set_modes(relock_seconds=0.05, pass_seconds=0.05)
        yield simulator


@pytest.fixture
async def probe(sim: UnifiAccessSimulator) -> AsyncGenerator[Probe]:
    """Return a client with all permissions."""
    async with probing(sim) as client:
        yield client


@pytest.fixture
async def frames(sim: UnifiAccessSimulator, probe: Probe) -> Frames:
    """Return the connected WebSocket."""
    opened = await probe.frames()
    await wait_for(lambda: sim.stream.clients)
    return opened


def names(frames: list[Json]) -> list[str]:
    """Return the frames' events, without what they share."""
    return [frame["event"].removeprefix("access.") for frame in frames]


# The WebSocket.


async def test_frames_of_a_tap(sim: UnifiAccessSimulator, frames: Frames) -> None:
    """The device tells before the door, and both log frames tell the same moment."""
    await sim.tap("Front Door", "Jane Doe")
    taken = await frames.take(6)
    assert names(taken) == [
        "data.v2.device.update",
        "data.v2.location.update",
        "logs.add",
        "logs.insights.add",
        "data.v2.device.update",
        "data.v2.location.update",
    ]
    assert [taken[index]["data"]["state"]["lock"] for index in (1, 5)] == [
        "unlocked",
        "locked",
    ]
    hit, insight = taken[2]["data"], taken[3]["data"]
    assert (hit["_id"], hit["@timestamp"]) == ("", "")
    assert hit["_source"]["event"]["published"] == insight["published"]
    assert insight["metadata"]["actor"]["display_name"] == "Jane Doe"
    assert insight["metadata"]["opened_direction"]["display_name"] == "entry"


@pytest.mark.parametrize(
    ("mode", "door", "expected"),
    [
        ("device", "Storage", ["logs.insights.add"]),
        ("device", "Garage Gate", ["logs.add"]),
        ("insights", "Front Door", ["logs.insights.add"]),
        ("logs", "Front Door", ["logs.add"]),
        ("neither", "Front Door", []),
    ],
)
async def test_push_habits(
    sim: UnifiAccessSimulator,
    frames: Frames,
    mode: str,
    door: str,
    expected: list[str],
) -> None:
    """Some devices push one view of a happening, some sites none."""
    await sim.set_modes(push_logs=mode)
    await sim.tap(door, "Jane Doe", states=False)
    assert names(await frames.take(len(expected))) == expected
    assert await frames.quiet()


async def test_frame_variants(sim: UnifiAccessSimulator, frames: Frames) -> None:
    """Fields can be null, empty, lists, or in lower case."""
    await sim.set_modes(
        null_category=True,
        null_state=True,
        insights_lists=True,
        insights_lower=True,
    )
    await sim.tap("Front Door", "Jane Doe", method="face")
    device, location, _, insight = await frames.take(4)
    assert device["data"]["category"] is None
    assert location["data"]["state"] is None
    assert insight["data"]["metadata"]["door"][0]["display_name"] == "Front Door"
    assert insight["data"]["metadata"]["authentication"]["display_name"] == "face"
    await sim.set_modes(insights_empty=True)
    await sim.tap("Storage", "Jane Doe", states=False)
    insight = await frames.until("access.logs.insights.add")
    assert insight["data"]["metadata"] == {}


async def test_log_frames_come_later(sim: UnifiAccessSimulator, frames: Frames) -> None:
    """The log frames can come after the door has opened and closed."""
    await sim.set_modes(log_delay=[0.4, 0.4])
    await sim.tap("Front Door", "Jane Doe")
    assert names(await frames.take(6)) == [
        *["data.v2.device.update", "data.v2.location.update"] * 2,
        "logs.add",
        "logs.insights.add",
    ]


async def test_greetings_and_silence(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """`Hello` comes now and then, until the stream falls silent."""
    await sim.set_modes(hello_interval=0.05)
    frames = await probe.frames()
    assert [await frames.text() for _ in range(2)] == ['"Hello"\n'] * 2
    await sim.stream_fault(silent=True)
    await asyncio.sleep(0.1)
    while not await frames.quiet():
        pass
    await sim.tap("Front Door", "Jane Doe")
    assert await frames.quiet()


async def test_accidents_of_frames(sim: UnifiAccessSimulator, frames: Frames) -> None:
    """Frames get lost, come twice, late, in another order, or as rubbish."""
    await sim.set_modes(push_logs="logs")

    async def taps(*people: str) -> list[str]:
        for person in people:
            await sim.tap("Front Door", person, states=False)
        return [
            frame["data"]["_source"]["actor"]["display_name"].split()[0]
            for frame in await frames.take(2)
        ]

    jane, john, zoe = "Jane Doe", "John Roe", "Łukasz Żak"
    await sim.stream_fault(lose=1)
    assert await taps(jane, john, zoe) == ["John", "Łukasz"]
    await sim.stream_fault(repeat=1)
    assert await taps(jane) == ["Jane", "Jane"]
    await sim.stream_fault(reorder=2)
    assert await taps(jane, john) == ["John", "Jane"]
    await sim.stream_fault(delay=0.1)
    assert await taps(jane, john) == ["Jane", "John"]
    await sim.push_rubbish()
    assert await frames.text() == "{not json <<<"
    assert (await sim.stream_info())["lost"] == 1


async def test_dropped_stream(sim: UnifiAccessSimulator, frames: Frames) -> None:
    """A cut connection ends without a goodbye, and nothing is sent again."""
    assert await sim.drop_streams() == {"dropped": 1}
    message = await frames.socket.receive(timeout=30)
    assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    assert frames.socket.close_code != aiohttp.WSCloseCode.OK


async def test_unanswered_pings(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """Some controllers never answer the client's pings."""
    for answers in (True, False):
        await sim.set_modes(answer_pings=answers, hello_interval=0.2)
        socket = (await probe.frames(autoping=False)).socket
        await socket.ping(b"?")
        first = await socket.receive(timeout=30)
        kinds = {True: aiohttp.WSMsgType.PONG, False: aiohttp.WSMsgType.TEXT}
        assert first.type is kinds[answers]


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("miss", 105),
        ("reject", 106),
        ("answer", 107),
        ("cancel", 108),
        ("answer_elsewhere", 400),
    ],
)
async def test_frames_of_a_call(
    sim: UnifiAccessSimulator, frames: Frames, end: str, code: int
) -> None:
    """A ring is told in three frames, and its end with a reason code."""
    await sim.ring("Front Door")
    view, bell, logged = await frames.take(3)
    assert names([view, bell, logged]) == ["remote_view", "hw.door_bell", "logs.add"]
    assert "door_id" not in view["data"]
    assert bell["data"]["door_name"] == "Front Door"
    await getattr(sim, end)("Front Door")
    change = await frames.until("access.remote_view.change")
    assert change["data"] == {
        "reason_code": code,
        "remote_call_request_id": view["data"]["request_id"],
    }
    with pytest.raises(LookupError):
        await sim.miss("Front Door")


@pytest.mark.parametrize(
    ("spelling", "event", "key"),
    [
        ("reason", "access.remote_view.change", "reason"),
        ("remote_call", "access.remote_call.change", "reason_code"),
    ],
)
async def test_other_spellings_of_a_call_end(
    sim: UnifiAccessSimulator, frames: Frames, spelling: str, event: str, key: str
) -> None:
    """The end of a call is spelt otherwise at some sites."""
    await sim.set_modes(call_end=spelling)
    await sim.ring("Front Door")
    await sim.miss("Front Door")
    assert (await frames.until(event))["data"][key] == 105


async def test_noise(sim: UnifiAccessSimulator, frames: Frames) -> None:
    """Real sites push frames that tell nothing of use."""
    await sim.push_noise()
    told = names(await frames.take(7))
    assert told[0] == "base.info"
    assert "data.device.update" in told


async def test_ring_without_receivers(
    sim: UnifiAccessSimulator, frames: Frames
) -> None:
    """Where nobody can take a call, a ring is only in the log."""
    await sim.set_modes(call_receivers=False)
    await sim.ring("Front Door")
    assert names(await frames.take(2)) == ["logs.add", "logs.insights.add"]


# Commands.


async def test_unlock(sim: UnifiAccessSimulator, probe: Probe, frames: Frames) -> None:
    """An unlock opens for a moment and tells who asked."""
    front = sim.site.door("Front Door")
    path = f"/doors/{front.id}/unlock"
    body = {"actor_id": "ha-1", "actor_name": "Home Assistant", "extra": {"ref": 7}}
    assert (await probe.ask("PUT", path, body)).data == "success"
    assert (await probe.get(f"/doors/{front.id}")).data[
        "door_lock_relay_status"
    ] == "unlock"
    frame = await frames.until("access.data.device.remote_unlock")
    assert frame["data"]["unique_id"] == front.id
    (hit,) = await probe.hits()
    assert hit["_source"]["actor"]["type"] == "open_api"
    assert hit["_source"]["actor"]["display_name"] == "Home Assistant"
    source = [t for t in hit["_source"]["target"] if t["type"] == "unlock_source"]
    assert source[0]["display_name"] == (
        'open_api:{"actor_id":"ha-1","actor_name":"Home Assistant","extra":{"ref":7}}'
    )
    await wait_for(lambda: front.relay == "lock")
    half = await probe.ask("PUT", path, {"actor_id": "ha-1"})
    assert half.code == "CODE_PARAMS_INVALID"


async def test_unlock_refused(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """A door without a hub, or with one that is offline, cannot be unlocked."""
    old, side = sim.site.door("Old Entrance"), sim.site.door("Side Door")
    answer = await probe.ask("PUT", f"/doors/{old.id}/unlock")
    assert answer.code == "CODE_SPACE_DEVICE_BOUND_LOCATION_NOT_FOUND"
    assert side.hub is not None
    await sim.device_offline(side.hub.id)
    answer = await probe.ask("PUT", f"/doors/{side.id}/unlock")
    assert answer.code == "CODE_DEVICE_DEVICE_OFFLINE"
    assert (await probe.ask("PUT", "/doors/nowhere/unlock")).code == "CODE_NOT_EXISTS"
    assert await probe.hits() == []


async def test_lock_rules(
    sim: UnifiAccessSimulator, probe: Probe, frames: Frames
) -> None:
    """Rules hold a door, refuse badges, and end."""
    front = sim.site.door("Front Door")
    path = f"/doors/{front.id}/lock_rule"

    async def put(kind: str, **more: Any) -> str:
        return (await probe.ask("PUT", path, {"type": kind, **more})).code

    assert (await probe.get(path)).data == ""
    assert await put("keep_unlock") == "SUCCESS"
    told = await frames.until("access.data.v2.location.update")
    assert told["data"]["state"]["lock"] == "unlocked"
    assert told["data"]["state"]["remain_unlock"]["type"] == "keep_unlock"
    assert (await probe.get(path)).data["ended_time"] == 3602128309
    assert await put("keep_lock") == "SUCCESS"
    assert not (await sim.tap(front, "Jane Doe")).granted
    assert await put("reset") == "SUCCESS"
    assert (await sim.tap(front, "Jane Doe")).granted
    assert await put("custom") == "CODE_PARAMS_INVALID"
    assert await put("custom", interval=0.002) == "SUCCESS"
    await wait_for(lambda: front.rule is None)
    assert await put("lock_early") == "CODE_PARAMS_INVALID"
    await sim.schedule(front)
    assert (await probe.get(path)).data["type"] == "schedule"
    assert front.relay == "unlock"
    assert await put("lock_early") == "SUCCESS"
    assert (await sim.state_of("Front Door"))["relay"] == "lock"
    gate = sim.site.door("Garage Gate")
    assert (await probe.get(f"/doors/{gate.id}/lock_rule")).status == 404


async def test_emergency(
    sim: UnifiAccessSimulator, probe: Probe, frames: Frames
) -> None:
    """An evacuation unlocks, a lockdown refuses all badges."""
    path = "/doors/settings/emergency"
    await probe.ask("PUT", path, {"evacuation": True})
    frame = await frames.until("access.data.setting.update")
    assert frame["data"] == {"evacuation": True, "lockdown": False}
    assert all(door.relay == "unlock" for door in sim.site.doors.values())
    await probe.ask("PUT", path, {"evacuation": False, "lockdown": True})
    assert (await probe.get(path)).data == {"evacuation": False, "lockdown": True}
    assert (await sim.tap("Front Door", "Jane Doe")).reason == "Lockdown"
    refused = await probe.ask("PUT", path, {"lockdown": "yes"})
    assert refused.code == "CODE_PARAMS_INVALID"


async def test_doors_come_and_go(
    sim: UnifiAccessSimulator, probe: Probe, frames: Frames
) -> None:
    """Doors are added, renamed and removed, with their devices."""
    await sim.add_door("Cellar")
    await sim.rename_door("Cellar", "Wine Cellar")
    frame = await frames.until("access.data.location.update")
    assert frame["data"]["previous_name"] == ["Cellar"]
    listed = [door["name"] for door in (await probe.get("/doors")).data]
    assert listed[-1] == "Wine Cellar"
    await sim.remove_door("Wine Cellar")
    await frames.until("access.data.device.delete")
    assert len((await probe.get("/doors")).data) == len(listed) - 1


async def test_topology_and_devices(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """Devices are a list of lists; the topology holds each door of a floor."""
    devices = (await probe.get("/devices?refresh=true")).data
    assert all(isinstance(group, list) for group in devices)
    hubs = {group[0]["id"] for group in devices}
    assert {item["connected_uah_id"] for group in devices for item in group[1:]} <= hubs
    everything, ground = (await probe.get("/door_groups/topology")).data
    assert everything["type"] == "building"
    doors = [
        door["name"]
        for floor in everything["resource_topologies"]
        for door in floor["resources"]
    ]
    assert sorted(doors) == sorted(door.name for door in sim.site.doors.values())
    assert len(ground["resource_topologies"][0]["resources"]) == 3
    device = devices[0][1]["id"]
    changed = {"access_methods": {"nfc": {"enabled": "no"}}}
    await probe.ask("PUT", f"/devices/{device}/settings", changed)
    methods = (await probe.get(f"/devices/{device}/settings")).data["access_methods"]
    assert methods["nfc"] == {"enabled": "no"}
    assert methods["bt_tap"] == {"enabled": "yes"}


async def test_many_doors() -> None:
    """A site of any size has so many doors, and everybody's rows are distinct."""
    async with UnifiAccessSimulator(doors=200) as sim, probing(sim) as probe:
        doors = (await probe.get("/doors")).data
        assert len({door["id"] for door in doors}) == 200
        made = await sim.burst(400)
        moments = {(item.door_id, item.at_ms) for item in made}
        assert len(moments) == 400
