"""The PDK simulator's stream behaves as the vendor's page says."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio
from socketio.exceptions import ConnectionError as SocketError

from .pdk_client import Client, Json, listening, stream_url, until
from .simulators.pdk import PdkSimulator
from .simulators.pdk.frames import DEVICE_TOPICS, LIVE, TOPICS

ALLOWED = "device.request.allowed"


@pytest.fixture
async def sim() -> AsyncGenerator[PdkSimulator]:
    """Return a running cloud whose doors lock again soon."""
    async with PdkSimulator() as simulator:
        await simulator.set_modes(dwell_factor=0.01)
        yield simulator


def shape(value: Any) -> Any:
    """Return the keys in their order and the types of the values."""
    if isinstance(value, dict):
        return [(key, shape(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value).__name__


# One example for each of the five shapes, keys in the order of the vendor's page.
REQUEST: Json = {
    "id": "",
    "topic": "",
    "body": {
        "deviceId": "",
        "holderId": "",
        "credentialId": "",
        "requestFactor": "CARD_ONLY",
        "facilityCode": "77",
        "cardNumber": "26858",
        "device": {"id": "", "name": "", "connection": "", "port": 1},
        "holder": {
            "id": "",
            "name": "John Wiegand",
            "enabled": True,
            "activeDate": None,
            "expireDate": None,
        },
    },
    "cloudNode": {"id": "", "serialNumber": "1234ABC", "name": ""},
    "occurred": 1719356407640,
}
CREATED: Json = {
    "id": "",
    "systemId": "",
    "topic": "",
    "body": {
        "id": "",
        "name": "",
        "description": "",
        "serialNumber": "1234ABC",
        "timezone": "UTC",
        "cardFormat": [],
        "created": "2025-01-06T15:47:06.911Z",
    },
    "metadata": {"userId": "", "userName": "", "occurred": 1736178427241},
}
LIVE_SHAPE: Json = {
    "topic": ALLOWED,
    "info": "%s %s",
    "placeholders": [
        {"text": "John Wiegand", "id": "", "type": "holder"},
        {"text": "Test Device", "id": "", "type": "device"},
    ],
    "cloudNode": {"id": "", "name": "", "serialNumber": ""},
    "occurred": 1719358795980,
}


async def test_all_topics(sim: PdkSimulator) -> None:
    """All 31 topics come, in the five shapes of the vendor's page."""
    assert len(TOPICS) == 31
    async with listening(sim) as heard:
        await sim.send_all_topics()
        await until(lambda: set(heard.names) == TOPICS)

    def one(topic: str) -> Json:
        return heard.payloads(topic)[0]

    assert shape(one(ALLOWED)) == shape(REQUEST)
    assert one(ALLOWED)["body"]["cardNumber"] == "26858"
    unknown = one("device.request.unknown")["body"]
    assert set(unknown) == {"deviceId", "facilityCode", "cardNumber", "device"}
    assert shape(one("cloudnode.created")) == shape(CREATED)
    system = sim.site.system_id
    for topic in ("created", "deleted", "registered", "unregistered"):
        inner = one(f"cloudnode.{topic}")["topic"]
        assert inner == f"system.{system}.entity.cloudnode.{topic}"
    assert shape(one(LIVE)) == shape(LIVE_SHAPE)
    assert shape(one("cloudnode.connected")) == [
        ("serialNumber", "str"),
        ("timestamp", "str"),
    ]
    assert one("cloudnode.connected")["timestamp"][19:] == "Z"
    assert type(one("cloudnode.disconnected")["timestamp"]) is int
    assert set(one("sync.synced")) == {"systemId", "panelSn", "details"}
    assert set(one("sync.not_synced")["details"]) == {"dataFlowStatus", "timestamp"}
    for topic in (*DEVICE_TOPICS, "endpoint.sync.started"):
        assert one(topic)["topic"] == topic
        assert type(one(topic)["occurred"]) is int
    alarm, auto = one("device.alarm.forced")["body"], one("device.autoopen.on")["body"]
    assert alarm["deviceId"] != alarm["device"]["id"] == sim.site.devices[0].id
    assert auto["deviceId"] == auto["device"]["id"]
    assert set(one("endpoint.sync.started")["body"]) == {
        "connectionId",
        "address",
        "type",
    }


async def test_sloppy_details(sim: PdkSimulator) -> None:
    """Ids, times, numbers and liveEvent can be otherwise."""
    device = sim.site.devices[0].id
    async with listening(sim) as heard:
        seen: dict[str, tuple[bool, bool]] = {}
        for how in ("same", "other", "device_only", "plain_only"):
            await sim.set_modes(device_ids=how)
            await sim.send_topic(ALLOWED)
            await heard.wait_for(len(seen) + 1, ALLOWED)
            body = heard.payloads(ALLOWED)[-1]["body"]
            seen[how] = (body.get("deviceId") == device, "device" in body)
        assert seen == {
            "same": (True, True),
            "other": (False, True),
            "device_only": (False, True),
            "plain_only": (True, False),
        }
        heard.heard.clear()
        await sim.set_modes(
            numeric_cards=True, live_first=True, live_offset_ms=7, cloudnode_time="ms"
        )
        made = await sim.send_topic(ALLOWED)
        await sim.send_topic("cloudnode.connected")
        await heard.wait_for(3)
        assert heard.names == [LIVE, ALLOWED, "cloudnode.connected"]
        assert heard.payloads(ALLOWED)[0]["body"]["cardNumber"] == 26858
        assert heard.payloads(LIVE)[0]["occurred"] == made.at_ms + 7
        assert type(heard.payloads("cloudnode.connected")[0]["timestamp"]) is int
        heard.heard.clear()
        await sim.send_topic(LIVE)
        await sim.set_modes(live_events=False)
        await sim.send_topic(ALLOWED)
        await heard.wait_for(2)
        assert heard.names == [LIVE, ALLOWED]


async def test_only_subscribed_topics(sim: PdkSimulator) -> None:
    """Nothing comes that was not asked for, and truth tells how many asked."""
    async with listening(sim, topics=[ALLOWED, "no.such.topic"]) as heard:
        made = [await sim.send_topic(topic) for topic in ("sync.synced", ALLOWED, LIVE)]
        assert [item.clients for item in made] == [0, 1, 0]
        assert made[1].frames[0] == (ALLOWED, made[1].frames[0][1])
        async with listening(sim, topics=["sync.synced"]) as other:
            await sim.send_topic("sync.synced")
            await other.wait_for(1)
        await heard.sio.emit("subscribeIsolated", {"topics": ["sync.synced"]})
        await until(lambda: len(sim.stream.subscriptions) == 3)
        await sim.send_topic("sync.synced")
        await heard.wait_for(2)
        assert heard.names == [ALLOWED, "sync.synced"]


@pytest.mark.parametrize("argument", ["none", "null", "object"])
async def test_token_ends(sim: PdkSimulator, argument: str) -> None:
    """Each event becomes invalidToken until renewal, then all come at once."""
    await sim.set_modes(invalid_token_argument=argument, live_events=False)
    async with listening(sim) as heard:
        await sim.send_topic(ALLOWED)
        await heard.wait_for(1)
        await sim.expire_tokens("system")
        made = await sim.burst(5)
        await heard.wait_for(6)
        expected: dict[str, tuple[Any, ...]] = {
            "none": (),
            "null": (None,),
            "object": ({"message": "invalid token"},),
        }
        assert heard.heard[1:] == [("invalidToken", expected[argument])] * 5
        await heard.renew("wrong")
        await heard.wait_for(7)
        assert heard.names[-1] == "invalidToken"
        await heard.renew(sim.new_system_token())
        await heard.wait_for(12)
        ids = [arguments[0]["id"] for _, arguments in heard.heard[7:]]
        assert ids == [item.event_id for item in made]
        await sim.send_topic("sync.synced")
        await heard.wait_for(13)
    counts = await sim.stream_counts()
    assert (counts["invalid_tokens"], counts["renewals"]) == (6, 1)


async def test_short_tokens_lose_nothing(sim: PdkSimulator) -> None:
    """With tokens of a tenth of a second, a client that renews hears all."""
    await sim.set_modes(system_token_seconds=0.1)
    async with listening(sim, topics=[ALLOWED, "device.request.denied"]) as heard:

        async def renew(*_: object) -> None:
            await heard.renew(sim.new_system_token())

        heard.sio.on("invalidToken", renew)
        made = await sim.burst(100, 200)
        await heard.wait_for(100)
        ids = [arguments[0]["id"] for _, arguments in heard.heard]
        assert sorted(ids) == sorted(item.event_id for item in made)
    assert sim.stream.renewals >= 3


async def test_refused_connects(sim: PdkSimulator) -> None:
    """Bad tokens and commanded refusals are told by Socket.IO."""
    for token in ("", "wrong", sim.new_system_token(0)):
        with pytest.raises(SocketError):
            async with listening(sim, token):
                pass
    await sim.set_modes(refuse_connect="come back later")
    sio = socketio.AsyncClient(reconnection=False, handle_sigint=False)
    told: list[Any] = []
    sio.on("connect_error", told.append)
    with pytest.raises(SocketError):
        await sio.connect(
            stream_url(sim, sim.new_system_token()), transports=["websocket"]
        )
    assert told == [{"message": "come back later"}]
    await sio.shutdown()
    assert (await sim.stream_counts())["refused"] == 4
    await sim.set_modes(refuse_connect="")
    async with listening(sim):
        assert (await sim.stream_counts())["clients"] == 1


async def test_other_ways_to_refuse(sim: PdkSimulator) -> None:
    """A bad token can also mean HTTP 401, a closed connection, or no events."""
    await sim.set_modes(bad_token="http")
    async with aiohttp.ClientSession() as session:
        url = f"{sim.systems_url}/socket.io/?EIO=4&transport=polling"
        async with session.get(url) as response:
            assert response.status == 401
        await sim.set_modes(bad_token="close")
        url = url.replace("polling", "websocket")
        async with session.ws_connect(url) as socket:
            assert (await socket.receive(2)).type is aiohttp.WSMsgType.CLOSE
    await sim.set_modes(bad_token="accept")
    async with listening(sim, "wrong") as heard:
        await sim.send_topic("sync.synced")
        await heard.wait_for(1)
        assert heard.names == ["invalidToken"]


async def test_polling_client(sim: PdkSimulator) -> None:
    """The default way of clients works too: polling first."""
    async with listening(sim, transports=("polling", "websocket")) as heard:
        await sim.send_topic("sync.synced")
        await heard.wait_for(1)
        assert heard.sio.transport() == "websocket"
    async with listening(sim, transports=("polling",)) as heard:
        await sim.send_topic("sync.synced")
        await heard.wait_for(1)
        await sim.drop_clients()
        await until(lambda: heard.disconnects == 1)


async def test_drops_and_pauses(sim: PdkSimulator) -> None:
    """Clients can be cut; what happens meanwhile is not in the stream later."""
    async with listening(sim) as heard:
        assert await sim.drop_clients() == {"dropped": 1}
        await until(lambda: heard.disconnects == 1)
        await until(lambda: not sim.stream.subscribers)
        missed = await sim.tap(0, 0, unlocks=False)
        assert missed[0].clients == 0
    async with listening(sim) as heard:
        await sim.pause()
        await until(lambda: heard.disconnects == 1)
        await sim.resume()
        await asyncio.sleep(0.05)
        assert heard.names == []


async def test_frame_faults(sim: PdkSimulator) -> None:
    """Frames can be lost, doubled, turned round, late, or none."""
    await sim.set_modes(live_events=False)
    async with listening(sim, topics=[ALLOWED]) as heard:

        async def hear(taps: int, expected: int) -> list[str]:
            heard.heard.clear()
            made = [await sim.send_topic(ALLOWED) for _ in range(taps)]
            await heard.wait_for(expected)
            await asyncio.sleep(0.03)
            names = {item.event_id: chr(97 + n) for n, item in enumerate(made)}
            return [names[payload["id"]] for payload in heard.payloads(ALLOWED)]

        await sim.stream_faults(lose=1)
        assert await hear(2, 1) == ["b"]
        await sim.stream_faults(repeat=1, copies=2)
        assert await hear(2, 4) == ["a", "a", "a", "b"]
        await sim.stream_faults(reorder=3)
        assert await hear(4, 4) == ["c", "b", "a", "d"]
        await sim.stream_faults(silent=True)
        assert await hear(2, 0) == []
        await sim.clear_stream_faults()
        await sim.stream_faults(delay=0.1)
        loop = asyncio.get_running_loop()
        before = loop.time()
        assert await hear(1, 1) == ["a"]
        assert loop.time() - before >= 0.1
        await sim.clear_stream_faults()
        await sim.send_raw("device.request.allowed", ["rubbish", {"more": 1}])
        await sim.send_raw("nobody.asked.for.this")
        await heard.wait_for(3)
        assert heard.heard[1:] == [
            (ALLOWED, ("rubbish", {"more": 1})),
            ("nobody.asked.for.this", ()),
        ]


async def test_stalled_connection(sim: PdkSimulator) -> None:
    """A dead connection stays open without heartbeats; a new one works."""
    await sim.set_modes(ping_interval=1, ping_timeout=0.3)
    async with listening(sim) as heard:
        await asyncio.sleep(2.5)
        assert heard.disconnects == 0
        assert await sim.stall_clients() == {"stalled": 1}
        await sim.send_topic("sync.synced")
        async with listening(sim) as other:
            await sim.send_topic("sync.synced")
            await other.wait_for(1)
            await until(lambda: heard.disconnects == 1)
            assert other.disconnects == 0
        assert heard.names == []


async def test_cloud_node_off_line(sim: PdkSimulator) -> None:
    """A cloud node's happenings wait on it; the stream may show them late."""
    async with listening(sim) as heard:
        for late, expected in ((False, 2), (True, 4)):
            await sim.set_modes(late_frames=late)
            heard.heard.clear()
            await sim.node_offline(0)
            waiting = await sim.tap(0, 0, unlocks=False)
            assert (await sim.nodes())[0]["connectionStatus"]["connected"] is False
            assert (await sim.nodes())[0]["waiting"] == 1
            rows = len(sim.reports.entries)
            assert (await sim.node_online(0))["uploaded"] == 1
            assert len(sim.reports.entries) == rows + 1
            await heard.wait_for(expected)
            assert heard.names[:2] == ["cloudnode.disconnected", "cloudnode.connected"]
            assert bool(waiting[0].frames) is late


async def test_nodes_come_and_go(sim: PdkSimulator) -> None:
    """Cloud nodes are created and deleted, and sync."""
    async with (
        listening(sim) as heard,
        aiohttp.ClientSession() as session,
    ):
        client = Client(sim, session)
        await client.log_in()
        await sim.create_node("Branch", "9ABC123")
        door = await sim.add_device("Branch Door", "Branch", kind="ioDevice")
        assert len(await client.get("/devices")) == 6
        assert (await client.get("/devices"))[-1]["id"] == door["id"]
        await sim.need_sync("Branch")
        assert (await client.get("/cloud-nodes"))[2]["syncStatus"]["synced"] is False
        await sim.sync("Branch")
        assert (await client.get("/cloud-nodes"))[2]["syncStatus"]["synced"] is True
        await sim.delete_node("Branch")
        assert len(await client.get("/devices")) == 5
        await heard.wait_for(12)
        assert len(heard.names) == 3 + 1 + 5 + 3


# The older protocol generation, by plain WebSockets.


@asynccontextmanager
async def raw(
    sim: PdkSimulator, extra: str = ""
) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
    """Connect as the vendor's example for plain WebSockets does."""
    query = stream_url(sim, sim.new_system_token()).partition("?")[2]
    url = f"{sim.systems_url}/socket.io/?{query}&transport=websocket{extra}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        yield socket


async def subscribe(socket: aiohttp.ClientWebSocketResponse, *topics: str) -> None:
    """Subscribe as the vendor's example does."""
    data = json.dumps(["subscribeIsolated", {"topics": topics}])
    await socket.send_str(f"42{data}")


@pytest.mark.parametrize("extra", ["", "&EIO=3"])
async def test_plain_websocket(sim: PdkSimulator, extra: str) -> None:
    """The vendor's plain example works: no EIO, client pings, events, renewal."""
    async with raw(sim, extra) as socket:
        opening = json.loads((await socket.receive_str())[1:])
        assert (opening["pingInterval"], opening["pingTimeout"]) == (25000, 20000)
        assert "maxPayload" in opening
        assert await socket.receive_str() == "40"
        await subscribe(socket, "sync.synced")
        await socket.send_str("2")
        assert await socket.receive_str() == "3"
        await sim.send_topic("sync.synced")
        event, payload = json.loads((await socket.receive_str())[2:])
        assert (event, payload["panelSn"]) == ("sync.synced", "1234ABC")
        await sim.expire_tokens("system")
        await sim.send_topic("sync.synced")
        assert await socket.receive_str() == '42["invalidToken"]'
        token = sim.new_system_token()
        await socket.send_str("42" + json.dumps(["renewedToken", {"token": token}]))
        assert (await socket.receive_str()).startswith('42["sync.synced",')
        await sim.stall_clients()
        await socket.send_str("2")
        with pytest.raises(TimeoutError):
            await socket.receive(0.1)


async def test_silent_old_client_is_cut(sim: PdkSimulator) -> None:
    """A client of the older generation that sends no heartbeat is cut."""
    await sim.set_modes(ping_interval=0.1, ping_timeout=0.1)
    async with raw(sim) as socket:
        await socket.receive_str()
        assert await socket.receive_str() == "40"
        assert (await socket.receive(2)).type in (
            aiohttp.WSMsgType.CLOSED,
            aiohttp.WSMsgType.ERROR,
            aiohttp.WSMsgType.CLOSE,
        )


async def test_generation_new(sim: PdkSimulator) -> None:
    """Without the older generation, such clients learn why only by polling."""
    await sim.set_modes(generation="new")
    async with listening(sim):
        pass
    async with raw(sim) as socket:
        message = await socket.receive(2)
        assert message.type is aiohttp.WSMsgType.ERROR
    url = f"{sim.systems_url}/socket.io/?EIO=3&transport=polling"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status == 400
        assert await response.json() == {
            "code": 5,
            "message": "Unsupported protocol version",
        }


async def test_generation_old(sim: PdkSimulator) -> None:
    """An old server takes each client for an old one, and the client dies of it."""
    await sim.set_modes(generation="old", ping_interval=0.3, ping_timeout=0.3)
    async with listening(sim) as heard:
        await sim.send_topic("sync.synced")
        await heard.wait_for(1)
        # The client's own connect makes a second socket that it subscribes with.
        assert (await sim.stream_counts())["clients"] == 2
        await until(lambda: heard.disconnects == 1)
    async with raw(sim, "&EIO=4") as socket:
        assert "maxPayload" not in json.loads((await socket.receive_str())[1:])
    query = stream_url(sim, sim.new_system_token()).partition("?")[2]
    url = f"{sim.systems_url}/socket.io/?{query}&EIO=4&transport=polling"
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            length, _, rest = (await response.text()).partition(":")
            assert rest[int(length) :] == "2:40"
        async with session.get(f"{url}&sid=none") as response:
            assert response.status == 400


async def test_secrets_stay_out_of_the_log(
    sim: PdkSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    """The simulator itself writes no token into a log that a test reads."""
    caplog.set_level("DEBUG")
    token = sim.new_system_token()
    async with listening(sim) as heard:
        await heard.renew(token)
        await until(lambda: sim.stream.renewals == 1)
    server = [
        record
        for record in caplog.records
        if Path(record.pathname).name in ("async_server.py", "async_socket.py")
    ]
    assert server == []
