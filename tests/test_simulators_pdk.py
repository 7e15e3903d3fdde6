"""The PDK simulator's hosts and doors behave as the vendor's pages say."""

import asyncio
from collections.abc import AsyncGenerator
import json
import sys
import time
from typing import Any

import aiohttp
import pytest

from .pdk_client import Client, claims, listening, until
from .simulators.pdk import PdkSimulator


@pytest.fixture
async def sim() -> AsyncGenerator[PdkSimulator]:
    """Return a running cloud whose doors lock again soon."""
    async with PdkSimulator() as simulator:
        await simulator.set_modes(dwell_factor=0.01)
        yield simulator


@pytest.fixture
async def client(sim: PdkSimulator) -> AsyncGenerator[Client]:
    """Return a client with a system token."""
    async with aiohttp.ClientSession() as session:
        client = Client(sim, session)
        await client.log_in()
        yield client


def topics(sim: PdkSimulator, after: int = 0) -> list[str]:
    """Return the topics of what happened."""
    return [item.topic for item in sim.truth[after:]]


async def test_tokens(sim: PdkSimulator, client: Client) -> None:
    """Client credentials give an id_token, that gives a system token."""
    status, body = await client.id_token()
    assert (status, body["token_type"], body["expires_in"]) == (200, "Bearer", 300)
    said = claims(body["id_token"])
    assert said["exp"] - said["iat"] == 300
    assert abs(said["iat"] - time.time()) < 5
    status, token = await client.system_token(body["id_token"])
    assert status == 200
    assert claims(token)["exp"] - claims(token)["iat"] == 300
    # What the vendor calls not used is not a token.
    assert (await client.system_token(body["access_token"]))[0] == 401
    assert (await client.system_token(token))[0] == 401


@pytest.mark.parametrize("changed", ["client_id", "client_secret"])
async def test_wrong_client(client: Client, changed: str) -> None:
    """A wrong id or secret is refused with 401."""
    status, body = await client.id_token(**{changed: "wrong"})
    assert (status, body["error"]) == (401, "invalid_client")


async def test_no_access(sim: PdkSimulator, client: Client) -> None:
    """Another system, no permission, another grant and a new secret are refused."""
    _, body = await client.id_token()
    status, text = await client.system_token(body["id_token"], sim.site.uuid("x"))
    assert (status, text[:23]) == (403, "must have direct access")
    await sim.set_modes(permission=False)
    status, text = await client.system_token(body["id_token"])
    assert status == 403
    assert text == "must have direct access to the specified organization"
    status, body = await client.id_token(grant_type="password")
    assert (status, body) == (400, {"error": "unsupported_grant_type"})
    old = sim.config()["client_secret"]
    await sim.change_secret()
    assert (await client.id_token(client_secret=old))[0] == 401
    assert (await client.id_token())[0] == 200


async def test_token_life(sim: PdkSimulator, client: Client) -> None:
    """A token lives as long as it says, or as commanded; it may say nothing."""
    await sim.set_modes(system_token_seconds=0.15)
    await client.log_in()
    await client.get("/devices")
    await asyncio.sleep(0.2)
    assert (await client.ask("GET", "/devices"))[:2] == (401, "Unauthorized")
    await sim.set_modes(token_shape="opaque", system_token_seconds=300)
    token = await client.log_in()
    assert "." not in token
    await client.get("/devices")
    # The life of a token does not hang on a clock that is turned.
    await sim.turn_clock(86_400)
    await client.get("/devices")
    await sim.set_modes(token_shape="jwt")
    assert claims(await client.log_in())["iat"] > time.time() + 80_000
    await sim.expire_tokens("system")
    assert (await client.ask("GET", "/devices"))[0] == 401
    _, body = await client.id_token()
    await sim.expire_tokens()
    assert (await client.system_token(body["id_token"]))[0] == 401


async def test_site(sim: PdkSimulator, client: Client) -> None:
    """System, cloud nodes, connections and devices are as the sheet lists them."""
    assert (await client.get(""))["id"] == sim.config()["system_id"]
    nodes = await client.get("/cloud-nodes")
    assert [node["serialNumber"] for node in nodes] == ["1234ABC", "5678DEF"]
    assert nodes[0]["connectionStatus"]["connected"] is True
    assert await client.get(f"/cloud-nodes/{nodes[1]['id']}") == nodes[1]
    connections = await client.get("/connections")
    assert [row["cloudNode"]["id"] for row in connections] == [n["id"] for n in nodes]
    devices = await client.get("/devices")
    assert len(devices) == 5
    assert {row["connection"] for row in devices} == {row["id"] for row in connections}
    settings = [(row["dps"], row["rex"], row["forcedAlarm"]) for row in devices]
    assert len(set(settings)) >= 4
    at_second = await client.get(f"/cloud-nodes/{nodes[1]['id']}/devices")
    assert at_second == devices[3:]
    await sim.set_modes(device_connection="object")
    devices = await client.get("/devices")
    assert devices[0]["connection"] == connections[0]
    assert (await client.ask("GET", "/nothing"))[0] == 404
    assert (await client.ask("GET", "/cloud-nodes/none/devices"))[0] == 404


async def test_pages(sim: PdkSimulator, client: Client) -> None:
    """Pages count from 0; Link and X-Total-Count lead on."""
    for number in range(21):
        await sim.add_device(f"More {number}")
    status, rows, headers = await client.ask("GET", "/devices")
    assert (status, len(rows), headers["X-Total-Count"]) == (200, 20, "26")
    path, seen, follow = "/devices?per_page=10", [], 0
    while path:
        _, rows, headers = await client.ask("GET", path)
        seen += rows
        links = dict(
            reversed(part.split("; rel=")) for part in headers["Link"].split(", ")
        )
        link = links.get('"next"', "").strip("<>")
        path = link.rpartition("/")[2] and f"/{link.rpartition('/')[2]}"
        follow += 1
    assert (follow, len(seen), len({row["id"] for row in seen})) == (3, 26, 26)
    assert '"prev"' in links
    assert len(await client.get("/devices", per_page=500)) == 26
    assert await client.get("/devices", page=9, per_page=10) == []
    assert (await client.ask("GET", "/devices?page=-1"))[0] == 400


async def test_limits(sim: PdkSimulator, client: Client) -> None:
    """Requests beyond the limit of a second get 429, and headers count them."""
    await asyncio.sleep(1)
    await sim.set_modes(systems_total=4, systems_writes=1)
    seen = []
    for _ in range(5):
        status, _, headers = await client.ask("GET", "/groups")
        seen.append((status, headers["X-RateLimit-Remaining"]))
        assert headers["X-RateLimit-Limit"] == "4"
        assert 0 < int(headers["X-RateLimit-Reset"]) - time.time() <= 2
    assert seen == [(200, "3"), (200, "2"), (200, "1"), (200, "0"), (429, "0")]
    await asyncio.sleep(1)
    assert await client.command(0, "close") == 204
    assert await client.command(0, "close") == 429
    assert (await client.ask("GET", "/groups"))[0] == 200


@pytest.mark.parametrize("shape", ["text", "json", "empty"])
async def test_refusals(sim: PdkSimulator, client: Client, shape: str) -> None:
    """The text of a refusal comes in each shape."""
    await sim.set_modes(error_body=shape)
    status, body, _ = await client.ask("GET", "/holders/none")
    text = "holder not found"
    assert status == 404
    assert body == {"text": text, "json": {"message": text}, "empty": ""}[shape]


async def test_try_open(sim: PdkSimulator, client: Client) -> None:
    """A momentary unlock moves the relay for the dwell; each command counts."""
    assert await client.command(0, "try-open") == 204
    assert (await sim.state_of(0))["relay_on"] is True
    await until(lambda: len(sim.truth) == 2)
    assert topics(sim) == ["device.input.relay.on", "device.input.relay.off"]
    assert sim.truth[1].at_ms - sim.truth[0].at_ms >= 40
    assert await client.command(0, "try-open", dwell=5400) == 204
    assert await client.command(1, "try-open", dwell=1) == 204
    got = await sim.commands_received("try-open")
    assert [item["dwell"] for item in got] == [None, 5400, 1]
    assert got[2]["device_name"] == "Staff Door"
    await until(lambda: topics(sim)[-1] == "device.input.relay.off")
    assert (await sim.state_of(0))["relay_on"] is True
    for dwell in (0, 5401, "9", True, 1.5):
        assert await client.command(0, "try-open", dwell=dwell) == 400
    assert await client.command(0, "try-open", seconds=3) == 400
    assert len(await sim.commands_received()) == 3


async def test_no_retry_is_seen(sim: PdkSimulator, client: Client) -> None:
    """A command whose answer is lost was carried out, once."""
    await sim.fault(path="/", method="POST", drop="after")
    with pytest.raises(aiohttp.ClientError):
        await client.command(0, "try-open")
    assert len(await sim.commands_received()) == 1
    await sim.fault(path="/", method="POST", drop="before")
    with pytest.raises(aiohttp.ClientError):
        await client.command(0, "try-open")
    assert len(await sim.commands_received()) == 1


async def test_open_and_close(sim: PdkSimulator, client: Client) -> None:
    """Hold open stays until close, whatever a momentary unlock does meanwhile."""
    assert await client.command(0, "open") == 204
    assert await client.command(0, "open") == 204
    assert await client.command(0, "try-open", dwell=1) == 204
    await asyncio.sleep(0.05)
    assert topics(sim) == ["device.forceopen.on", "device.input.relay.on"]
    assert await client.command(0, "close") == 204
    assert topics(sim, 2) == ["device.forceopen.off", "device.input.relay.off"]
    assert len(await sim.commands_received()) == 4


async def test_command_for_wrong_place(sim: PdkSimulator, client: Client) -> None:
    """A device is at its own cloud node only, which has to be on line."""
    device, other = sim.site.devices[0], sim.site.nodes[1]
    path = f"/cloud-nodes/{other.id}/devices/{device.id}/open"
    assert (await client.ask("POST", path))[0] == 404
    await sim.node_offline(0)
    assert await client.command(0, "open") == 504
    await sim.node_online(0)
    assert await client.command(0, "open") == 204
    assert len(await sim.commands_received()) == 1


async def test_virtual_read(sim: PdkSimulator, client: Client) -> None:
    """A virtual read obeys the holder's own rules, and is the holder's event."""
    jane, gone = sim.site.holders[0], sim.site.holders[3]
    assert await client.command(0, "virtual-read", holderId=jane.id) == 204
    first, second = sim.truth
    assert (first.topic, first.holder_name) == ("device.request.allowed", "Jane Doe")
    assert first.report_event == "device.input.virtualread"
    assert second.topic == "device.input.relay.on"
    assert await client.command(1, "virtual-read", holderId=gone.id) == 204
    assert topics(sim, 2) == ["device.request.denied"]
    assert await client.command(0, "virtual-read", holderId="nobody") == 404
    assert await client.command(0, "virtual-read") == 400


async def test_holders_rules(sim: PdkSimulator) -> None:
    """Disabled, expired and groupless holders are denied, and all under DND."""
    expected = [True, True, True, False, True, False]
    for number, granted in enumerate(expected):
        assert (await sim.tap(0, number, unlocks=False))[0].granted is granted
    assert (await sim.tap(0, 3, True))[0].granted is True
    sim.site.holders[0].groups.clear()
    assert (await sim.tap(0, 0))[0].granted is False
    made = await sim.do_not_disturb(1)
    assert [item.topic for item in made] == ["device.forceclose.on"]
    assert (await sim.tap(1, 1))[0].granted is False
    await sim.do_not_disturb(1, False)
    assert (await sim.tap(1, 1))[0].granted is True


async def test_inputs_and_alarms(sim: PdkSimulator) -> None:
    """Positions, exits and alarms come in order, where a door has them."""
    await sim.tap(0, 0, passes=True)
    assert topics(sim)[:3] == [
        "device.request.allowed",
        "device.input.relay.on",
        "device.input.dps.opened",
    ]
    await until(lambda: not sim.site.devices[0].relay_on)
    after = len(sim.truth)
    await sim.forced(0)
    await sim.propped(0)
    await sim.door_close(0)
    assert topics(sim, after) == [
        "device.input.dps.opened",
        "device.alarm.forced",
        "device.alarm.propped.on",
        "device.input.dps.closed",
        "device.alarm.propped.off",
        "device.alarm.forced.cleared",
    ]
    after = len(sim.truth)
    await sim.rex(0)
    await until(lambda: len(sim.truth) == after + 4)
    assert topics(sim, after)[:2] == ["device.input.rex.on", "device.input.relay.on"]
    assert not (await sim.state_of(0))["rex_on"]
    # The staff door has no such alarm, the gate no sensor at all.
    after = len(sim.truth)
    await sim.door_open(1)
    assert topics(sim, after) == ["device.input.dps.opened"]
    for refused in (sim.forced(1), sim.propped(1), sim.rex(1), sim.door_open(3)):
        with pytest.raises(ValueError):
            await refused


async def test_schedules(sim: PdkSimulator) -> None:
    """Auto open and force open hold the relay; do not disturb wins over both."""
    await sim.auto_open(2)
    await sim.force_open(2)
    await sim.auto_open(2, False)
    assert (await sim.state_of(2))["relay_on"] is True
    await sim.do_not_disturb(2)
    assert (await sim.state_of(2))["relay_on"] is False
    await sim.do_not_disturb(2, False)
    await sim.force_open(2, False)
    assert topics(sim) == [
        "device.autoopen.on",
        "device.input.relay.on",
        "device.forceopen.on",
        "device.autoopen.off",
        "device.forceclose.on",
        "device.input.relay.off",
        "device.forceclose.off",
        "device.input.relay.on",
        "device.forceopen.off",
        "device.input.relay.off",
    ]


async def test_day_and_burst(sim: PdkSimulator) -> None:
    """The scripted day has all there is to see; a burst is as many as asked."""
    sim.speed = 2000
    await sim.day()
    kinds = {item.kind for item in sim.truth}
    assert kinds >= {
        "access_granted",
        "access_denied",
        "unknown_credential",
        "duress",
        "door_opened",
        "door_forced_open",
        "door_held_open",
        "exit_requested",
        "auto_open_started",
        "lockdown_started",
        "device_offline",
        "sync",
    }
    made = await sim.burst(45)
    assert len({item.at_ms for item in sim.truth}) == len(sim.truth)
    assert [item.granted for item in made].count(False) == 5
    after = (await sim.start_burst(5, 1000))["after"]
    async with asyncio.timeout(3):
        while sum(item.name == "tap" for item in await sim.history(after)) < 5:
            await asyncio.sleep(0.01)


async def test_data_outlive_a_stop(tmp_path: Any) -> None:
    """Holders, rows and truth are there again; a timer's relay is not."""
    async with PdkSimulator(state=tmp_path, history_days=3) as sim:
        await sim.tap(0, 0)
        await sim.force_open(1)
        rows, truth = len(sim.reports.entries), len(sim.truth)
        system = sim.config()["system_id"]
        ports = {"port": sim.port, "accounts_port": sim.accounts_port}
    async with PdkSimulator(state=tmp_path, history_days=3, **ports) as sim:
        assert (sim.port, sim.accounts_port) == tuple(ports.values())
        assert (len(sim.reports.entries), len(sim.truth)) == (rows, truth)
        assert sim.config()["system_id"] == system
        assert (await sim.state_of(0))["relay_on"] is False
        assert (await sim.state_of(1))["relay_on"] is True
        async with listening(sim) as heard:
            await sim.force_open(1, False)
            await heard.wait_for(3)
            assert "device.input.relay.off" in heard.names


async def test_tls_and_pause(sim: PdkSimulator, client: Client) -> None:
    """Both hosts can be HTTPS, and come back on the same ports."""
    ports = sim.port, sim.accounts_port
    await sim.set_modes(tls=True)
    assert sim.config()["systems_url"].startswith("https://")
    await client.log_in()
    await client.get("/devices")
    assert (sim.port, sim.accounts_port) == ports
    await sim.pause()
    with pytest.raises(aiohttp.ClientError):
        await client.id_token()
    await sim.resume()
    await client.get("/devices")


async def test_process() -> None:
    """It runs as a process, says how to reach it, and takes commands."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.simulators", "pdk", "--no-day"),
        *("--history-days", "1", "--mode", "live_events=false"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        info = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        assert set(info["config"]) == {
            "system_id",
            "client_id",
            "client_secret",
            "accounts_url",
            "systems_url",
        }
        async with aiohttp.ClientSession() as session:
            url = f"{info['control']}/tap"
            async with session.post(url, json={"person": "Jane Doe"}) as response:
                made = await response.json()
                assert made[0]["holder_name"] == "Jane Doe"
                assert [frame[0] for frame in made[0]["frames"]] == [made[0]["topic"]]
            async with session.get(f"{info['control']}/") as response:
                help_texts = await response.json()
        assert all(help_texts.values())
        assert {"send_topic", "burst", "stall_clients", "quotas"} <= set(help_texts)
    finally:
        process.terminate()
        await process.wait()
