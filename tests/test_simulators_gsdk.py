"""The G-SDK gateway simulator answers as the vendor's documentation says."""

import asyncio
from collections.abc import AsyncGenerator
import json
import sys
from typing import Any

import aiohttp
import grpc
import grpc.aio
import pytest

from .gsdk_client import ANNEX, CONTROLLER, ENTRANCE, Client, codes_of, refused
from .simulators.gsdk import GsdkSimulator, codes
from .simulators.gsdk.schema import NEWEST, schema_for

GOLDEN: dict[str, tuple[str, dict[str, Any]]] = {
    "0887b69c8202": ("gsdk.device.GetCapabilityInfoRequest", {"deviceID": ENTRANCE}),
    "0a0c082318012001400148017001": (
        "gsdk.device.GetCapabilityInfoResponse",
        {
            "capInfo": {
                "type": 0x23,
                "PINSupported": True,
                "cardSupported": True,
                "faceSupported": True,
                "userNameSupported": True,
                "imageLogSupported": True,
            }
        },
    ),
    "0801108f8e85d8061887b69c820222013730802638034801": (
        "gsdk.event.EventLog",
        {
            "ID": 1,
            "timestamp": 1795245839,
            "deviceID": ENTRANCE,
            "userID": "7",
            "eventCode": 0x1300,
            "subCode": 3,
            "hasImage": True,
        },
    ),
    "220a3432393439363732393528013080a401": (
        "gsdk.event.EventLog",
        {"userID": "4294967295", "entityID": 1, "eventCode": 0x5200},
    ),
}


@pytest.fixture
async def sim() -> AsyncGenerator[GsdkSimulator]:
    """Return a running gateway whose doors do not take long."""
    async with GsdkSimulator() as simulator:
        await simulator.set_modes(
            relock_seconds=0.03, pass_seconds=0.01, restart_seconds=0.02
        )
        yield simulator


@pytest.fixture
async def client(sim: GsdkSimulator) -> AsyncGenerator[Client]:
    """Return a client that trusts the gateway's authority."""
    async with Client(sim) as made:
        yield made


@pytest.mark.parametrize("wire", GOLDEN)
def test_golden_bytes(wire: str) -> None:
    """The messages are those of the vendor, byte by byte."""
    name, fields = GOLDEN[wire]
    kind = NEWEST.message(name)
    assert kind(**fields).SerializeToString().hex() == wire
    assert kind.FromString(bytes.fromhex(wire)) == kind(**fields)


def test_map_is_whole() -> None:
    """There are all 169 codes with their 406 pairs."""
    assert len(codes.ALL) == len(set(codes.ALL)) == 406
    assert len({code for code, _ in codes.ALL}) == 169
    assert {(0x1900, 0x1B), (0x5E04, 0), (0x1000, 0x31), (0xC500, 9)} <= set(codes.ALL)


def test_old_layouts() -> None:
    """Old versions number the fields of some messages otherwise."""
    old, new = schema_for((1, 6, 3)), schema_for((1, 7, 0))
    wires = [
        schema.message("gsdk.user.UserHdr")(ID="5", numOfCard=2).SerializeToString()
        for schema in (old, new)
    ]
    assert [wire.hex() for wire in wires] == ["0a01351002", "0a01351802"]
    image = {"capInfo": {"imageLogSupported": True}}
    wires = [
        schema_for(version)
        .message("gsdk.device.GetCapabilityInfoResponse")(**image)
        .SerializeToString()
        for version in ((1, 7, 1), (1, 8, 0))
    ]
    assert [wire.hex() for wire in wires] == ["0a03a80101", "0a027001"]


# The gateway.


async def test_version(sim: GsdkSimulator, client: Client) -> None:
    """The version can be changed; old gateways have other paths and fewer calls."""
    assert (await client.call("Admin/GetInfo")).version == "V1.9.1"
    await sim.set_modes(version="1.8.2")
    assert (await client.call("Admin/GetInfo")).version == "1.8.2"
    error = await refused(client, "Event/GetDeviceIOStates", deviceID=ENTRANCE)
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED
    await sim.set_modes(version="V1.4.0")
    error = await refused(client, "Admin/GetInfo")
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED
    async with Client(sim, prefix="") as old:
        assert (await old.call("Admin/GetInfo")).version == "V1.4.0"
        assert await old.rows(ENTRANCE) == []


async def test_devices(client: Client) -> None:
    """Three devices, of which one is not connected."""
    infos = (await client.call("Connect/GetDeviceList")).deviceInfos
    assert [(item.deviceID, item.status) for item in infos] == [
        (ENTRANCE, 1),
        (CONTROLLER, 2),
        (ANNEX, 0),
    ]
    assert {item.port for item in infos} == {51211}
    slaves = (await client.call("Connect/GetSlaveDevice")).slaveDeviceInfos
    assert [(item.deviceID, len(item.rs485SlaveDeviceIDs)) for item in slaves] == [
        (CONTROLLER, 4)
    ]
    answer = await client.call("Device/GetInfo", deviceID=CONTROLLER)
    assert answer.info.modelName == "CS-40"
    answer = await client.call("Device/GetCapabilityInfo", deviceID=ENTRANCE)
    assert (answer.capInfo.type, answer.capInfo.imageLogSupported) == (0x23, True)
    answer = await client.call("Device/GetCapability", deviceID=CONTROLLER)
    assert answer.deviceCapability.maxImageLogs == 0
    assert answer.deviceCapability.maxEventLogs == 1_000_000


async def test_device_that_cannot_be_reached(
    sim: GsdkSimulator, client: Client
) -> None:
    """Its calls fail as UNAVAILABLE while the gateway is well."""
    error = await refused(client, "Door/GetList", deviceID=ANNEX)
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert "i/o timeout" in str(error.details())
    assert (await client.call("Admin/GetInfo")).version
    await sim.set_modes(device_error="unknown")
    error = await refused(client, "Door/GetList", deviceID=ANNEX)
    assert error.code() is grpc.StatusCode.UNKNOWN
    error = await refused(client, "Door/GetList", deviceID=77)
    assert error.code() is grpc.StatusCode.NOT_FOUND


async def test_time(sim: GsdkSimulator, client: Client) -> None:
    """A device's clock can be wrong, and so are its rows."""
    before = (await client.call("Time/Get", deviceID=ENTRANCE)).GMTTime
    await sim.device_clock(ENTRANCE, 7200)
    after = (await client.call("Time/Get", deviceID=ENTRANCE)).GMTTime
    assert 7190 < after - before < 7210
    other = (await client.call("Time/Get", deviceID=CONTROLLER)).GMTTime
    assert other - before < 60
    made = await sim.tap(0, "1")
    row = (await client.rows(ENTRANCE, made.rows[0].id))[0]
    assert 7190 < row.timestamp - made.at < 7210


# Certificates.


@pytest.mark.parametrize(
    ("mode", "name", "words"),
    [
        ("good", "", ""),
        ("wrong_name", "", "Hostname Verification Check failed"),
        ("wrong_name", "gateway.example", ""),
        ("cn_only", "gateway.example", ""),
        ("cn_only", "", "Hostname Verification Check failed"),
        ("dns_only", "", "Hostname Verification Check failed"),
        ("dns_only", "gateway.example", ""),
        ("wrong_ca", "", "CERTIFICATE_VERIFY_FAILED"),
        ("expired", "", "CERTIFICATE_VERIFY_FAILED"),
    ],
)
async def test_certificates(
    sim: GsdkSimulator, mode: str, name: str, words: str
) -> None:
    """Each fault of a certificate is seen as such by a client."""
    await sim.set_modes(certificate=mode)
    async with Client(sim, server_name=name) as client:
        if not words:
            assert (await client.call("Admin/GetInfo")).version == "V1.9.1"
            return
        error = await refused(client, "Admin/GetInfo")
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        assert words in str(error.details())


async def test_port_without_tls(sim: GsdkSimulator) -> None:
    """A port that does not speak TLS gives the error that such a port gives."""
    await sim.set_modes(tls=False)
    async with Client(sim) as client:
        error = await refused(client, "Admin/GetInfo")
    assert "WRONG_VERSION_NUMBER" in str(error.details())


async def test_new_certificates(sim: GsdkSimulator) -> None:
    """A new certificate keeps its authority; a new authority is another."""
    old = sim.ca_certificate
    fingerprint = sim.fingerprint
    await sim.change_certificate()
    assert sim.fingerprint != fingerprint
    async with Client(sim, ca=old) as client:
        await client.call("Admin/GetInfo")
    await sim.new_authority()
    async with Client(sim, ca=old) as client:
        assert "CERTIFICATE_VERIFY_FAILED" in str(
            (await refused(client, "Admin/GetInfo")).details()
        )
    async with Client(sim) as client:
        await client.call("Admin/GetInfo")


# Doors.


async def door_state(client: Client, device: int, door: int) -> Any:
    """Return a door's state as the gateway tells it."""
    states = (await client.call("Door/GetStatus", deviceID=device)).status
    return next(item for item in states if item.doorID == door)


async def test_doors(client: Client) -> None:
    """Door IDs are those of each device; one door has no sensor."""
    entrance = (await client.call("Door/GetList", deviceID=ENTRANCE)).doors
    controller = (await client.call("Door/GetList", deviceID=CONTROLLER)).doors
    assert [item.doorID for item in entrance] == [1, 2]
    assert [item.doorID for item in controller] == [1, 2]
    assert [item.name for item in entrance] == ["Main Entrance", "Staff Door"]
    assert [item.sensor.deviceID for item in entrance] == [ENTRANCE, 0]
    assert controller[0].entryDeviceID != controller[0].exitDeviceID


async def test_commands_of_doors(sim: GsdkSimulator, client: Client) -> None:
    """Unlock holds until it is released; lock keeps people out."""
    fields: dict[str, Any] = {"deviceID": ENTRANCE, "doorIDs": [1], "doorFlag": 4}
    await client.call("Door/Unlock", **fields)
    state = await door_state(client, ENTRANCE, 1)
    assert (state.isUnlocked, state.unlockFlags, state.lockFlags) == (True, 4, 0)
    await client.call("Door/Release", **fields)
    assert not (await door_state(client, ENTRANCE, 1)).isUnlocked
    await client.call("Door/Lock", **fields)
    assert (await door_state(client, ENTRANCE, 1)).lockFlags == 4
    made = await sim.tap(0, "1")
    assert made.granted is False
    assert codes_of(await client.rows(ENTRANCE)) == [
        (0x5E04, 0),
        (0x5000, 0),
        (0x5C00, 4),
        (0x5100, 0),
        (0x5D04, 0),
        (0x1900, 0x17),
    ]
    state = await sim.state_of(0)
    assert state["openings"] == 1
    assert state["commands"] == [("unlock", 4, 0), ("release", 4, 0), ("lock", 4, 0)]


async def test_weaker_flag_is_refused(client: Client) -> None:
    """A command may not have less priority than the flag that is set."""
    fields: dict[str, Any] = {"deviceID": ENTRANCE, "doorIDs": [1]}
    await client.call("Door/Lock", **fields, doorFlag=2)
    error = await refused(client, "Door/Unlock", **fields, doorFlag=4)
    assert error.code() is grpc.StatusCode.UNKNOWN
    await client.call("Door/Release", **fields, doorFlag=2)
    await client.call("Door/Unlock", **fields, doorFlag=4)
    assert (await door_state(client, ENTRANCE, 1)).isUnlocked


@pytest.mark.parametrize(("version", "locked"), [("V1.9.0", True), ("V1.8.1", False)])
async def test_timer(
    sim: GsdkSimulator, client: Client, version: str, locked: bool
) -> None:
    """A timer locks again since 1.9.0; before that the door stays unlocked."""
    await sim.set_modes(version=version)
    await client.call(
        "Door/Unlock", deviceID=ENTRANCE, doorIDs=[1], doorFlag=4, normalizeTimer=1
    )
    assert (await door_state(client, ENTRANCE, 1)).isUnlocked
    await asyncio.sleep(1.1)
    assert (await door_state(client, ENTRANCE, 1)).isUnlocked is not locked
    first, *rest = codes_of(await client.rows(ENTRANCE))
    assert first == (0x5E00, 4)
    assert rest == [(0x5000, 0), *([(0x5F07, 0), (0x5100, 0)] if locked else [])]


async def test_timer_is_for_operators(client: Client) -> None:
    """A timer with another flag, or one too long, is refused."""
    fields: dict[str, Any] = {"deviceID": ENTRANCE, "doorIDs": [1]}
    for more in (
        {"doorFlag": 1, "normalizeTimer": 5},
        {"doorFlag": 4, "normalizeTimer": 86_401},
        {"doorFlag": 3},
    ):
        error = await refused(client, "Door/Unlock", **fields, **more)
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert not (await door_state(client, ENTRANCE, 1)).isUnlocked
    error = await refused(
        client, "Door/Unlock", deviceID=ENTRANCE, doorIDs=[1, 9], doorFlag=4
    )
    assert "9" in str(error.details())
    assert not (await door_state(client, ENTRANCE, 1)).isUnlocked


async def test_alarms_of_doors(sim: GsdkSimulator, client: Client) -> None:
    """Forced and held doors raise alarms, which end with the door or by command."""
    await sim.force_open("Main Entrance")
    state = await door_state(client, ENTRANCE, 1)
    assert (state.isOpen, state.alarmFlags) == (True, 1)
    await client.call("Door/SetAlarm", deviceID=ENTRANCE, doorIDs=[1], alarmFlag=0)
    assert (await door_state(client, ENTRANCE, 1)).alarmFlags == 0
    await sim.close_door(0)
    await sim.hold_open(0)
    state = await door_state(client, ENTRANCE, 1)
    assert (state.heldOpen, state.alarmFlags) == (True, 2)
    await sim.close_door(0)
    assert codes_of(await client.rows(ENTRANCE)) == [
        (code, 0)
        for code in (
            *(0x5200, 0x5400, 0x5600, 0x5700, 0x5300),
            *(0x5200, 0x5500, 0x5800, 0x5300, 0x5900),
        )
    ]
    with pytest.raises(ValueError, match="no sensor"):
        await sim.force_open("Staff Door")


async def test_zones(sim: GsdkSimulator, client: Client) -> None:
    """Zones are armed and raise alarms, at the gateway's word or by themselves."""
    zones = (await client.call("Intrusion/Get", deviceID=CONTROLLER)).zones
    assert [(item.zoneID, item.name) for item in zones] == [
        (1, "Warehouse alarm"),
        (2, "Office alarm"),
    ]
    await client.call("Intrusion/SetArm", deviceID=CONTROLLER, zoneIDs=[1], armed=True)
    await sim.zone_alarm(CONTROLLER, "intrusion", 1, door=2)
    answer = await client.call("Intrusion/GetStatus", deviceID=CONTROLLER)
    assert [(item.zoneID, item.status) for item in answer.status] == [(1, 9), (2, 0)]
    await client.call(
        "Intrusion/SetAlarm", deviceID=CONTROLLER, zoneIDs=[1], alarmed=False
    )
    answer = await client.call("Intrusion/GetStatus", deviceID=CONTROLLER, zoneIDs=[1])
    assert [item.status for item in answer.status] == [8]
    rows = await client.rows(CONTROLLER)
    assert codes_of(rows) == [(0x9200, 0), (0x9800, 0), (0x9900, 0)]
    assert (rows[1].alarmZoneInfo.zoneID, rows[1].alarmZoneInfo.doorID) == (1, 2)
    await sim.zone_alarm(CONTROLLER, "fire")
    answer = await client.call("Fire/GetStatus", deviceID=CONTROLLER)
    assert [item.status for item in answer.status] == [1]


# Frame.


async def test_command_line() -> None:
    """The first line says how to reach it, and what the form asks for."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.simulators",
        "gsdk",
        "--no-day",
        "--history-days=1",
        "--mode=version=V1.8.0",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        info = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        assert set(info["config"]) == {"host", "port", "ca_certificate", "server_name"}
        channel = grpc.aio.secure_channel(
            f"{info['config']['host']}:{info['config']['port']}",
            grpc.ssl_channel_credentials(info["config"]["ca_certificate"].encode()),
        )
        rpc = NEWEST.rpcs["/gsdk.admin.Admin/GetInfo"]
        ask = channel.unary_unary(
            "/gsdk.admin.Admin/GetInfo",
            rpc.request.SerializeToString,
            rpc.response.FromString,
        )
        assert (await ask(rpc.request(), timeout=10)).version == "V1.8.0"
        await channel.close()
        tap = {"door": "Warehouse", "person": "Jane Doe", "granted": False}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{info['control']}/tap", json=tap) as response,
        ):
            made = await response.json()
        assert (made["device"], made["door"], made["granted"]) == (CONTROLLER, 1, False)
        assert [row["code"] for row in made["rows"]] == [0x1900]
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_state_outlives(tmp_path: Any) -> None:
    """The authority, logs, users and doors are the same after a new start."""
    async with GsdkSimulator(state=tmp_path) as sim:
        authority, tenant = sim.ca_certificate, sim.tenant_certificate
        await sim.fill(ENTRANCE, 5000)
        await sim.tap(0, "1")
        async with Client(sim) as client:
            fields: dict[str, Any] = {"deviceID": CONTROLLER, "doorIDs": [1]}
            await client.call("Door/Unlock", **fields, doorFlag=4)
            await client.call("User/Delete", deviceID=ENTRANCE, userIDs=["8"])
    async with (
        GsdkSimulator(state=tmp_path) as sim,
        Client(sim, ca=authority) as client,
    ):
        assert sim.tenant_certificate == tenant
        rows = await client.rows(ENTRANCE, 4999)
        assert [row.ID for row in rows][:3] == [4999, 5000, 5001]
        assert rows[2].userID == "1"
        states = (await client.call("Door/GetStatus", deviceID=CONTROLLER)).status
        assert [item.isUnlocked for item in states] == [True, False]
        assert len(await sim.users(ENTRANCE)) == 8
        await sim.new_authority()
        renewed = sim.ca_certificate
    async with GsdkSimulator(state=tmp_path) as sim:
        assert sim.ca_certificate == renewed != authority


async def test_doors_wanted() -> None:
    """A site can have any number of doors, on as many devices as that takes."""
    async with GsdkSimulator(doors=30) as sim, Client(sim) as client:
        infos = (await client.call("Connect/GetDeviceList")).deviceInfos
        doors = [
            item.name
            for info in infos
            if info.status
            for item in (
                await client.call("Door/GetList", deviceID=info.deviceID)
            ).doors
        ]
    assert len(set(doors)) == 29
    async with GsdkSimulator(doors=1) as sim:
        assert [door.name for door in sim.site.doors] == ["Main Entrance"]
