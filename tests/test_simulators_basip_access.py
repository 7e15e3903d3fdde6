"""The BAS-IP simulator opens locks, keeps identifiers and pushes its log."""

import asyncio
import base64
from collections.abc import AsyncGenerator
import io
import json
import sys
from typing import Any

import aiohttp
from PIL import Image
import pytest

from .basip_client import Client, Cut, Json, Server, once
from .simulators.basip import BasIpSimulator
from .wait import wait_for

UNLOCK = "/access/general/lock/open/remote/accepted"
EMERGENCY = "/access/general/lock/{}/emergency"
SERVER = "/network/management/server"
QR = "5e0c8f52-3c62-4c0d-8f6f-6a5a8f0c7e11"


@pytest.fixture
async def sim() -> AsyncGenerator[BasIpSimulator]:
    """Return a running panel."""
    async with BasIpSimulator() as simulator:
        yield simulator


@pytest.fixture
async def client(sim: BasIpSimulator) -> AsyncGenerator[Client]:
    """Return a client that is logged in as administrator."""
    async with aiohttp.ClientSession() as session:
        made = Client(sim, session)
        assert (await made.login()).status == 200
        yield made


@pytest.fixture
async def server() -> AsyncGenerator[Server]:
    """Return a running management server."""
    made = Server("secret")
    await made.start()
    yield made
    await made.stop()


def identifier(**changes: Any) -> Json:
    """Return a body that creates an identifier."""
    return {
        "identifier_owner": {"name": "New Tenant", "type": "owner"},
        "identifier_type": "card",
        "identifier_number": "4711",
        "lock": "first",
        "valid": {"time": {"is_permanent": True}, "passes": {"is_permanent": True}},
    } | changes


async def test_unlock(sim: BasIpSimulator, client: Client) -> None:
    """One request opens once and is one row; a wrong lock opens nothing."""
    assert (await client.get(f"{UNLOCK}/1")).status == 200
    assert (await sim.state_of(1))["open"] is True
    assert (await sim.state_of(2))["open"] is False
    assert [item["lock"] for item in await sim.openings()] == [1]
    (row,) = await client.rows()
    assert row["name"]["key"] == "access_granted_by_api_call"
    assert row["info"]["model"] == {"lock": 1, "requestor": "api"}
    for number in (3, -1, "x"):
        answer = await client.get(f"{UNLOCK}/{number}")
        assert answer.status == 400
        assert answer.error == "Only 0, 1, 2 indexes available for the lock number"
    assert (await client.ask("HEAD", f"{UNLOCK}/1")).status == 404
    client.headers = {}
    assert (await client.get(f"{UNLOCK}/1")).status == 401
    assert len(await sim.openings("api")) == 1


async def test_unlock_with_lost_answer(sim: BasIpSimulator, client: Client) -> None:
    """When the answer is lost the lock has opened: asking again opens again."""
    await sim.fault(path=f"/api/v1{UNLOCK}", drop="after", count=1)
    with pytest.raises(Cut):
        async with client.session.get(
            f"{sim.base_url}{UNLOCK}/2", headers=client.headers, middlewares=(once,)
        ):
            pass
    assert len(await sim.openings("api")) == 1
    await client.get(f"{UNLOCK}/2")
    assert len(await sim.openings("api")) == 2
    await sim.fault(path=f"/api/v1{UNLOCK}", status=500, body={"error": "Oops"})
    assert (await client.get(f"{UNLOCK}/2")).status == 500
    assert len(await sim.openings("api")) == 2


async def test_camdroid_locks(sim: BasIpSimulator, client: Client) -> None:
    """Camdroid has eight locks, and a time for each opening."""
    await sim.set_modes(family="camdroid", empty_body="none")
    answer = await client.get(f"{UNLOCK}/8", unlockTime=600)
    assert (answer.status, answer.body) == (200, b"")
    assert (await sim.state_of(8))["open"] is True
    assert (await client.get(f"{UNLOCK}/9")).status == 400
    assert (await client.get(f"{UNLOCK}/1", unlockTime=604801)).status == 400
    await client.get(f"{UNLOCK}/0")
    assert [item["lock"] for item in await sim.openings()] == [8, 0]
    assert all([(await sim.state_of(n))["open"] for n in range(1, 9)])


async def test_emergency(sim: BasIpSimulator, client: Client) -> None:
    """Locks are held open for a time, and closed again."""
    path = EMERGENCY.format("open")
    body = {"locks": [{"lock_number": 2, "unlock_time": 60}]}
    assert (await client.ask("POST", path, body)).status == 200
    assert (await sim.state_of(2))["emergency"] is True
    assert (await sim.state_of(1))["emergency"] is False
    assert [row["name"]["key"] for row in await client.rows()] == [
        "emergency_lock_is_opened"
    ]
    answer = await client.ask("POST", EMERGENCY.format("close"), {"locks": [2]})
    assert answer.status == 200
    assert (await sim.state_of(2))["open"] is False
    wrongs: list[Json] = [
        {},
        {"locks": []},
        {"locks": [1]},
        {"locks": [{"lock_number": 1}]},
        {"locks": [{"lock_number": 1, "unlock_time": 0}]},
        {"locks": [{"lock_number": 1, "unlock_time": 604801}]},
        {"locks": [{"lock_number": 3, "unlock_time": 1}]},
        {"locks": [{"lock_number": "1", "unlock_time": 1}]},
    ]
    for wrong in wrongs:
        assert (await client.ask("POST", path, wrong)).status == 400
    await client.login("manager")
    answer = await client.ask("POST", path, body)
    assert (answer.status, answer.error) == (403, "Administrator rights required")
    await sim.set_modes(admin_status=400, error_style="object")
    answer = await client.ask("POST", path, body)
    assert (answer.status, answer.error["code"]) == (400, "permission_denied")


async def test_door(sim: BasIpSimulator, client: Client) -> None:
    """The door's sensor tells open, since when, and too long."""
    await sim.set_modes(held_seconds=0.05)
    closed = (await client.get("/access/door/status")).body
    assert closed == {
        "is_timeout_exceed": False,
        "status": "closed",
        "opentime": 0,
        "mode": "door_sensor",
    }
    await sim.open_door()
    assert (await client.get("/access/door/status")).body["status"] == "open"
    await asyncio.sleep(0.1)
    assert (await client.get("/access/door/status")).body["is_timeout_exceed"] is True
    await sim.close_door()
    assert (await client.get("/access/door/status")).body == closed
    await sim.set_modes(door_keys="door")
    await sim.open_door()
    await sim.close_door()
    assert [row["name"]["key"] for row in await client.rows()] == [
        "door_sensor_was_opened",
        "door_was_not_closed_too_long",
        "door_sensor_was_closed",
        "door_was_opened",
        "door_was_closed",
    ]
    await sim.set_modes(door_sensor=False)
    answer = await client.get("/access/door/status")
    assert (answer.status, answer.error) == (400, "Door sensor mode is not activated")


async def test_settings(sim: BasIpSimulator, client: Client) -> None:
    """The exit button, the locks' times and the language can be set."""
    exit_button = "/access/exit/button/toggle"
    assert (await client.get(exit_button)).body == {"enable": True}
    assert (await client.ask("POST", exit_button, {"enable": False})).status == 200
    assert await sim.press_exit() is None
    assert (await client.ask("POST", exit_button, {"enable": 1})).status == 400
    assert (await client.ask("POST", exit_button, {})).status == 400
    timeout = "/access/general/lock/timeout"
    assert (await client.get(f"{timeout}/1")).body == {"lock_timeout": 3}
    await client.ask("POST", f"{timeout}/1", {"lock_timeout": 9})
    assert (await sim.state_of(1))["timeout"] == 9
    assert (await client.get(f"{timeout}/0")).status == 400
    assert (await client.get("/device/language")).body == {"language": "English"}
    await client.ask("POST", "/device/language", language="Danish")
    assert (await client.get("/device/language")).body == {"language": "Danish"}
    answer = await client.ask("POST", "/device/language", language="Klingon")
    assert answer.status == 400


async def test_photo(sim: BasIpSimulator, client: Client) -> None:
    """The picture comes as a JPEG, its base64, a WebP, or not at all."""

    def kind(raw: bytes) -> str | None:
        with Image.open(io.BytesIO(raw)) as image:
            return image.format

    answer = await client.get("/photo/file")
    assert (answer.type, kind(answer.body)) == ("image/jpeg", "JPEG")
    await sim.set_modes(photo="base64")
    answer = await client.get("/photo/file")
    assert kind(base64.b64decode(answer.body)) == "JPEG"
    await sim.set_modes(photo="webp")
    assert kind((await client.get("/photo/file")).body) == "WEBP"
    await sim.set_modes(photo="none")
    assert (await client.get("/photo/file")).status == 404


async def test_identifiers(sim: BasIpSimulator, client: Client) -> None:
    """Identifiers are created, used, listed, changed and removed."""
    before = len(await sim.identifiers())
    answer = await client.ask("POST", "/access/identifier", identifier())
    uid = answer.body["uid"]
    assert answer.status == 200
    listed = (await client.get("/access/identifier/items", limit=50)).body
    assert listed["list_option"]["pagination"]["total_items"] == before + 1
    assert listed["list_items"][-1] == {"identifier_uid": uid} | identifier()
    item = f"/access/identifier/item/{uid}"
    assert (await client.get(item)).body["additional"] == {"passes_left": -1}
    assert (await sim.use("New Tenant")).key == "access_granted_by_valid_identifier"
    limited: Json = {"time": {"is_permanent": True}}
    limited["passes"] = {"is_permanent": False, "max_passes": 1}
    change = {"lock": "all", "valid": limited}
    answer = await client.ask("PATCH", item, change)
    assert answer.error == "Wrong JSON body: no value for identifier_owner"
    answer = await client.ask("PATCH", item, identifier() | change)
    assert answer.status == 200
    assert (await sim.use("New Tenant")).lock == 0
    assert (await sim.use("New Tenant")).kind == "access_denied"
    await client.ask("POST", f"{item}/passes/reset")
    assert (await sim.use("New Tenant")).kind == "access_granted"
    past: Json = {"time": {"is_permanent": False, "from": 1, "to": 2}}
    past["passes"] = {"is_permanent": True}
    await client.ask("PATCH", item, identifier() | {"valid": past})
    assert (await sim.use("New Tenant")).kind == "access_denied"
    assert (await client.ask("DELETE", item)).status == 200
    assert (await client.get(item)).status == 400
    uids = [entry["uid"] for entry in await sim.identifiers()][:2]
    path = "/access/identifier/items"
    assert (await client.ask("DELETE", path, {"uid_items": uids})).status == 200
    assert len(await sim.identifiers()) == before - 2


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("card", "AB:CD:EF:01"),
        ("ukey", "12"),
        ("inputCode", "1234"),
        ("qr", QR),
        ("license_plate", "B AS 1"),
    ],
)
async def test_identifier_types(client: Client, kind: str, number: str) -> None:
    """Each type has its numbers, and no number is there twice."""
    body = identifier(identifier_type=kind, identifier_number=number)
    assert (await client.ask("POST", "/access/identifier", body)).status == 200
    answer = await client.ask("POST", "/access/identifier", body)
    assert answer.error == "Identifier with this number already exists"


@pytest.mark.parametrize(
    "changes",
    [
        {"identifier_owner": None},
        {"identifier_owner": {"name": "X"}},
        {"identifier_owner": {"name": "X", "type": "king"}},
        {"identifier_type": "input_code"},
        {"identifier_number": "12345678901"},
        {"identifier_number": 4711},
        {"identifier_type": "inputCode", "identifier_number": "12a4"},
        {"identifier_type": "qr"},
        {"lock": "third"},
        {"valid": {}},
        {"valid": {"time": {"is_permanent": False}, "passes": {"is_permanent": True}}},
        {
            "valid": {
                "time": {"is_permanent": False, "from": 2, "to": 1},
                "passes": {"is_permanent": True},
            }
        },
        {
            "valid": {
                "time": {"is_permanent": False, "from": 10**12, "to": 2 * 10**12},
                "passes": {"is_permanent": True},
            }
        },
        {
            "valid": {
                "time": {"is_permanent": True},
                "passes": {"is_permanent": False, "max_passes": 0},
            }
        },
    ],
)
async def test_identifier_refusals(
    sim: BasIpSimulator, client: Client, changes: Json
) -> None:
    """What an identifier cannot be is refused, and nothing is kept."""
    before = await sim.identifiers()
    body = identifier(**changes)
    assert (await client.ask("POST", "/access/identifier", body)).status == 400
    assert await sim.identifiers() == before


async def test_push(sim: BasIpSimulator, server: Server) -> None:
    """The whole log goes first, 100 rows a time, then each row as it is written."""
    await sim.write_all()
    await sim.burst(210)
    await sim.push_to(server.url, "secret")
    await wait_for(lambda: len(server.events) == 250)
    assert server.sizes == [100, 100, 50]
    assert server.logins == [{"login": sim.site.serial, "password": "secret"}]
    assert set(server.paths) == {
        "POST /prefix/api/v0/devices/login",
        "PUT /prefix/api/v0/devices/logs",
    }
    assert set(server.types) == {None}
    truth = await sim.history()
    assert [(e["created_at"], e["code"], e["category"]) for e in server.events] == [
        (item.at_ms, item.key, item.category) for item in truth
    ]
    await sim.use("Jane Doe", "card")
    await wait_for(lambda: len(server.events) == 251)
    assert server.events[-1]["info"]["owner"] == "Jane Doe"
    assert set(server.events[-1]) == {"created_at", "category", "code", "info"}
    # The panel knows it once the answer has come back.
    await wait_for(lambda: all(item.pushed for item in sim.truth))
    await sim.stop_push()
    await sim.use("John Roe")
    await asyncio.sleep(0.1)
    assert len(server.events) == 251


async def test_push_settings(
    sim: BasIpSimulator, client: Client, server: Server
) -> None:
    """The API sets the management server; an administrator only."""
    body: Json = {
        "is_enabled": True,
        "protocol": "http",
        "settings": {
            "url": server.url.removeprefix("http://"),
            "password": "secret",
            "is_logging_enabled": True,
            "is_heartbeat_enabled": True,
        },
    }
    assert (await client.get(SERVER)).body["is_enabled"] is False
    assert (await client.ask("PUT", SERVER, body)).status == 200
    assert (await client.get(SERVER)).body == body
    await wait_for(lambda: len(server.events) == 1)
    wrong: list[Json] = [{"protocol": "mqtt"}, {"settings": {}}, {"is_enabled": 1}]
    for change in wrong:
        assert (await client.ask("POST", SERVER, body | change)).status == 400
    await client.ask("POST", SERVER, body | {"is_enabled": False})
    await sim.tamper()
    await asyncio.sleep(0.1)
    assert len(server.events) == 1
    await client.login("manager")
    assert (await client.get(SERVER)).status == 403


async def test_push_heartbeat(sim: BasIpSimulator, server: Server) -> None:
    """Heartbeats and refreshes go on, with a content type if so wanted."""
    await sim.set_modes(link_pong=0.02, link_refresh=0.05, link_content_type=True)
    await sim.tamper()
    await sim.push_to(server.url, "secret")
    state = await sim.link_state()
    await wait_for(lambda: state.pongs >= 3 and state.refreshes >= 2)
    assert set(server.types) == {"application/json"}
    assert "POST /prefix/api/v0/devices/pong" in server.paths
    assert "POST /prefix/api/v0/devices/refresh" in server.paths


async def test_push_to_dead_server(sim: BasIpSimulator, server: Server) -> None:
    """What a server did not take is sent again, none left out."""
    await sim.set_modes(link_retry=0.03)
    await sim.push_to(server.url, "secret")
    await sim.tamper()
    await wait_for(lambda: len(server.events) == 1)
    await server.stop()
    made = await sim.burst(130)
    state = await sim.link_state()
    await wait_for(lambda: state.failures >= 2)
    await server.start()
    await wait_for(lambda: len(server.events) == 131)
    server.status = 500
    await sim.tamper()
    before = state.failures
    await wait_for(lambda: state.failures > before + 1)
    server.status = 200
    await wait_for(lambda: len(server.events) == 132)
    assert [e["created_at"] for e in server.events[1:131]] == [m.at_ms for m in made]


async def test_push_sessions(sim: BasIpSimulator, server: Server) -> None:
    """A lost session is opened again, a wrong password is tried again later."""
    await sim.set_modes(link_retry=0.03)
    await sim.push_to(server.url, "wrong")
    state = await sim.link_state()
    await wait_for(lambda: state.failures >= 2)
    assert state.last_status == 401
    await sim.push_to(server.url, "secret")
    await wait_for(lambda: state.logins == 1)
    server.tokens.clear()
    await sim.tamper()
    await wait_for(lambda: len(server.events) == 1)
    assert state.logins == 2
    await sim.set_modes(link_login_each=True)
    await sim.tamper()
    await wait_for(lambda: len(server.events) == 2)
    assert state.logins == 3


async def test_push_accidents(sim: BasIpSimulator, server: Server) -> None:
    """A push can come twice, and again when its answer was lost."""
    await sim.set_modes(link_retry=0.02)
    await sim.link_fault(repeat=1, drop_answers=1)
    await sim.burst(5)
    await sim.push_to(server.url, "secret")
    await wait_for(lambda: len(server.events) == 15)
    assert server.sizes == [5, 5, 5]
    await sim.push_to(server.url, "secret", backlog=False)
    await sim.tamper()
    await wait_for(lambda: len(server.events) == 16)


async def test_push_ends_with_power(sim: BasIpSimulator, server: Server) -> None:
    """An unplugged panel pushes nothing, and all of it when it is back."""
    await sim.push_to(server.url, "secret")
    await sim.tamper()
    await wait_for(lambda: len(server.events) == 1)
    await sim.pause()
    await sim.burst(3)
    await sim.push_to(server.url, "secret", backlog=True)
    await asyncio.sleep(0.1)
    assert len(server.events) == 1
    await sim.resume()
    await wait_for(lambda: len(server.events) == 5)


async def test_own_process(client: Client) -> None:
    """As a process of its own it tells how to reach it, and takes commands."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.simulators", "basip", "--no-day"),
        *("--history-days", "1", "--mode", "family=camdroid", "--doors", "4"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        info = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        assert set(info["config"]) == {
            "host",
            "port",
            "ssl",
            "verify_ssl",
            "username",
            "password",
        }
        origin = f"http://{info['config']['host']}:{info['config']['port']}"
        async with client.session.get(f"{origin}/api/info") as response:
            assert (await response.json())["device_model"] == "AV-03BD"
        async with client.session.post(f"{info['control']}/ring", json={}) as response:
            assert (await response.json())["kind"] == "ring"
        async with client.session.get(f"{info['control']}/") as response:
            assert {"push_to", "write_all", "openings"} <= set(await response.json())
    finally:
        process.terminate()
        await process.wait()
