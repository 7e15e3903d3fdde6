"""The simulated G-SDK gateway's users, faces and images, and the master gateway."""

from collections.abc import AsyncGenerator
import io
import time
from typing import Any

import grpc
import grpc.aio
from PIL import Image
import pytest

from .gsdk_client import ANNEX, CONTROLLER, ENTRANCE, Client, codes_of, refused
from .simulators.gsdk import GsdkSimulator
from .simulators.gsdk.schema import schema_for
from .wait import wait_for

MODES = dict.fromkeys(
    (
        "biometricAuthMode",
        "cardAuthMode",
        "IDAuthMode",
        "faceAuthExtMode",
        "fingerAuthExtMode",
        "cardAuthExtMode",
        "IDAuthExtMode",
    ),
    255,
)
CARD = {"type": 1, "size": 32, "data": (0xCAFE).to_bytes(32, "big")}


@pytest.fixture
async def sim() -> AsyncGenerator[GsdkSimulator]:
    """Return a running gateway."""
    async with GsdkSimulator() as simulator:
        yield simulator


@pytest.fixture
async def client(sim: GsdkSimulator) -> AsyncGenerator[Client]:
    """Return a client that trusts the gateway's authority."""
    async with Client(sim) as made:
        yield made


def picture(width: int = 600, height: int = 800, kind: str = "JPEG") -> bytes:
    """Return a picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (90, 120, 150)).save(out, kind)
    return out.getvalue()


def new_user(**more: Any) -> dict[str, Any]:
    """Return a user that all devices take."""
    return {
        "hdr": {"ID": "42"},
        "setting": MODES,
        "name": "Ada Lovelace",
        "cards": [CARD],
        "accessGroupIDs": [1],
    } | more


async def test_people(client: Client) -> None:
    """Each device knows all people; PINs stay there."""
    hdrs = (await client.call("User/GetList", deviceID=ENTRANCE)).hdrs
    assert [item.ID for item in hdrs] == [str(number) for number in range(1, 10)]
    assert (hdrs[0].numOfCard, hdrs[0].numOfFinger, hdrs[0].numOfFace) == (1, 2, 1)
    assert (hdrs[0].userFlag, hdrs[8].userFlag) == (1, 0x81)
    answer = await client.call("User/Get", deviceID=ENTRANCE, userIDs=["5", "1"])
    five, one = answer.users
    assert (five.name, one.name) == ("山田太郎", "Jane Doe")
    assert one.cards[0].data == (0x6FC02554).to_bytes(32, "big")
    assert (one.setting.cardAuthMode, one.PIN) == (255, b"")
    answer = await client.call(
        "User/GetPartial", deviceID=ENTRANCE, userIDs=["1"], infoMask=0x4
    )
    assert (answer.users[0].name, list(answer.users[0].cards)) == ("Jane Doe", [])
    error = await refused(client, "User/Get", deviceID=ENTRANCE, userIDs=["77"])
    assert error.code() is grpc.StatusCode.NOT_FOUND
    groups = (await client.call("Access/GetList", deviceID=ENTRANCE)).groups
    assert [(item.ID, item.name) for item in groups][0] == (1, "Staff")


async def test_old_headers(sim: GsdkSimulator) -> None:
    """A gateway before 1.7 counts cards where a newer one has the flag."""
    await sim.set_modes(version="V1.6.3")
    async with Client(sim, schema=schema_for((1, 6, 3))) as old:
        hdrs = (await old.call("User/GetList", deviceID=ENTRANCE)).hdrs
        assert (hdrs[0].numOfCard, hdrs[0].numOfFinger, hdrs[0].numOfFace) == (1, 2, 1)
    async with Client(sim) as new:
        hdrs = (await new.call("User/GetList", deviceID=ENTRANCE)).hdrs
        assert (hdrs[0].ID, hdrs[0].userFlag, hdrs[0].numOfFinger) == ("1", 1, 1)


async def test_enroll(sim: GsdkSimulator, client: Client) -> None:
    """Somebody enrolled gets in with card and PIN, until deleted."""
    pin = (await client.call("User/GetPINHash", PIN="24681357")).hashVal
    assert len(pin) == 32
    devices = [ENTRANCE, CONTROLLER]
    await client.call("User/EnrollMulti", deviceIDs=devices, users=[new_user(PIN=pin)])
    users = {item["id"]: item for item in await sim.users(CONTROLLER)}
    assert (users["42"]["name"], users["42"]["pin"]) == ("Ada Lovelace", True)
    assert (await sim.tap(0, "Ada Lovelace", "card_pin")).granted is True
    rows = await client.rows(ENTRANCE)
    assert codes_of(rows)[:2] == [(0x2000, 1), (0x1000, 7)]
    assert (rows[0].userID, rows[1].userID) == ("42", "42")
    error = await refused(
        client, "User/EnrollMulti", deviceIDs=devices, users=[new_user()]
    )
    assert set(client.device_errors(error)) == set(devices)
    await client.call(
        "User/EnrollMulti", deviceIDs=devices, users=[new_user()], overwrite=True
    )
    await client.call("User/DeleteMulti", deviceIDs=devices, userIDs=["42"])
    assert "42" not in {item["id"] for item in await sim.users(ENTRANCE)}
    assert codes_of(await client.rows(ENTRANCE))[-1] == (0x2400, 1)


async def test_traps(sim: GsdkSimulator, client: Client) -> None:
    """Modes left at 0, no group, and a time that is over keep people out."""
    for key, more, code in (
        ("51", {"setting": {"startTime": 0}}, (0x1800, 1)),
        ("52", {"accessGroupIDs": []}, (0x1900, 1)),
        ("53", {"setting": MODES | {"endTime": int(time.time()) - 9}}, (0x1900, 3)),
    ):
        user = new_user(hdr={"ID": key}, cards=[]) | more
        await client.call("User/Enroll", deviceID=ENTRANCE, users=[user])
        assert (await sim.tap(0, key)).granted is False
        assert codes_of(await client.rows(ENTRANCE))[-1] == code


@pytest.mark.parametrize(
    "more",
    [
        {"hdr": {"ID": "0"}},
        {"hdr": {"ID": "ada"}},
        {"hdr": {"ID": "1" * 33}},
        {"name": "x" * 49},
        {"PIN": b"1234"},
        {"photo": b"x" * 20_000},
        {"cards": [CARD | {"data": b"\x01"}]},
        {"cards": [CARD] * 9},
        {"accessGroupIDs": [99]},
        {"faces": [{"flag": 0x20}]},
        {"faces": [{"flag": 0x101, "imageData": b"no picture"}]},
    ],
)
async def test_refused_users(
    sim: GsdkSimulator, client: Client, more: dict[str, Any]
) -> None:
    """Devices refuse what the documentation rules out."""
    error = await refused(
        client, "User/Enroll", deviceID=ENTRANCE, users=[new_user(**more)]
    )
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert len(await sim.users(ENTRANCE)) == 9


async def test_card_of_another(client: Client) -> None:
    """A card has one owner; the device logs that somebody tried."""
    taken = CARD | {"data": (0x6FC02554).to_bytes(32, "big")}
    error = await refused(
        client, "User/Enroll", deviceID=ENTRANCE, users=[new_user(cards=[taken])]
    )
    assert error.code() is grpc.StatusCode.ALREADY_EXISTS
    assert codes_of(await client.rows(ENTRANCE)) == [(0x2800, 1)]


async def test_update(sim: GsdkSimulator, client: Client) -> None:
    """An update replaces all but what its mask keeps."""
    hdr = {"ID": "1", "updateMask": 0x20 | 0x80 | 0x10}
    user = {"hdr": hdr, "setting": MODES, "name": "Jane Roe", "accessGroupIDs": [2]}
    await client.call("User/Update", deviceID=ENTRANCE, users=[user])
    jane = (await sim.users(ENTRANCE))[0]
    assert (jane["name"], jane["groups"], jane["pin"]) == ("Jane Roe", [2], True)
    assert (len(jane["cards"]), jane["faces"]) == (1, 1)
    await client.call(
        "User/SetCard", deviceID=ENTRANCE, userCards=[{"userID": "1", "cards": [CARD]}]
    )
    answer = await client.call("User/GetCard", deviceID=ENTRANCE, userIDs=["1"])
    assert answer.userCards[0].cards[0].data == CARD["data"]
    await client.call(
        "User/SetAccessGroupMulti",
        deviceIDs=[ENTRANCE],
        userAccessGroups=[{"userID": "1", "accessGroupIDs": [3, 1]}],
    )
    answer = await client.call("User/GetAccessGroup", deviceID=ENTRANCE, userIDs=["1"])
    assert list(answer.userAccessGroups[0].accessGroupIDs) == [3, 1]


async def test_faces(sim: GsdkSimulator, client: Client) -> None:
    """A picture is normalized by a device that knows faces, then set."""
    answer = await client.call(
        "Face/Normalize", deviceID=ENTRANCE, unwrappedImageData=picture(kind="PNG")
    )
    warped = answer.wrappedImageData
    assert Image.open(io.BytesIO(warped)).format == "JPEG"
    answer = await client.call(
        "Face/Extract", deviceID=ENTRANCE, imageData=warped, isWarped=True
    )
    face = {"flag": 0x101, "imageData": warped, "templates": [answer.templateData]}
    faces = [{"userID": "2", "faces": [face]}]
    await client.call("User/SetFaceMulti", deviceIDs=[ENTRANCE], userFaces=faces)
    answer = await client.call("User/GetFace", deviceID=ENTRANCE, userIDs=["2"])
    assert answer.userFaces[0].faces[0].imageData == warped
    assert (await sim.tap(0, "2", "face")).granted is True
    error = await refused(
        client, "User/SetFaceMulti", deviceIDs=[ENTRANCE, CONTROLLER], userFaces=faces
    )
    assert client.device_errors(error) == {
        CONTROLLER: grpc.StatusCode.UNIMPLEMENTED.value[0]
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no picture", "decoded"),
        (picture(100, 100), "224"),
        (picture(4100, 300), "4000"),
        (picture(kind="BMP"), "neither"),
    ],
)
async def test_pictures_of_no_use(client: Client, data: bytes, words: str) -> None:
    """A picture without a usable face is refused in words."""
    error = await refused(
        client, "Face/Normalize", deviceID=ENTRANCE, unwrappedImageData=data
    )
    assert words in str(error.details())


# Images.


async def test_images(sim: GsdkSimulator, client: Client) -> None:
    """An event with an image has one to read, by its ID."""
    for _ in range(3):
        await sim.tap(0, "1", "face")
    rows = [row for row in await client.rows(ENTRANCE) if row.hasImage]
    assert [row.eventCode for row in rows] == [0x1300] * 3
    answer = await client.call(
        "Event/GetImageLog",
        deviceID=ENTRANCE,
        startEventID=rows[1].ID,
        maxNumOfLog=1,
    )
    (found,) = answer.imageEvents
    assert (found.ID, found.timestamp, found.userID, found.eventCode) == (
        rows[1].ID,
        rows[1].timestamp,
        "1",
        0x1300,
    )
    assert Image.open(io.BytesIO(found.JPGImage)).format == "JPEG"
    answer = await client.call("Event/GetImageLog", deviceID=ENTRANCE)
    assert [item.ID for item in answer.imageEvents] == [row.ID for row in rows]
    error = await refused(client, "Event/GetImageLog", deviceID=CONTROLLER)
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_late_image(sim: GsdkSimulator, client: Client) -> None:
    """An image may come after its event."""
    await sim.set_modes(image_delay=0.15)
    made = await sim.tap(0, "1", "face")
    fields = {"deviceID": ENTRANCE, "startEventID": made.rows[0].id, "maxNumOfLog": 1}
    assert not (await client.call("Event/GetImageLog", **fields)).imageEvents

    await wait_for(lambda: time.time() > made.at + 0.2)
    assert (await client.call("Event/GetImageLog", **fields)).imageEvents


async def test_image_filters(sim: GsdkSimulator, client: Client) -> None:
    """Filters decide what has an image; a device without a camera has none."""
    answer = await client.call("Event/GetImageFilter", deviceID=ENTRANCE)
    assert 0x1300 in {item.eventCode for item in answer.filters}
    wanted = [{"eventCode": 0x1900, "scheduleID": 1}]
    error = await refused(
        client,
        "Event/SetImageFilterMulti",
        deviceIDs=[ENTRANCE, CONTROLLER, ANNEX],
        filters=wanted,
    )
    assert set(client.device_errors(error)) == {CONTROLLER, ANNEX}
    await sim.tap(0, "1", "face")
    await sim.tap(0, "1", granted=False)
    rows = await client.rows(ENTRANCE)
    assert [row.eventCode for row in rows if row.hasImage] == [0x1900]


# The master gateway.


async def test_master(sim: GsdkSimulator) -> None:
    """A master gateway asks for a certificate, a login, a token and a gateway."""
    await sim.set_modes(master=True)
    config = sim.config()
    assert config["gateway_id"] == "gateway1"
    async with Client(sim) as bare:
        error = await refused(bare, "Login/Login", tenantCert=sim.tenant_certificate)
        assert error.code() is grpc.StatusCode.UNAVAILABLE
    pair = (config["client_certificate"], config["client_key"])
    async with Client(sim, client=pair) as client:
        error = await refused(client, "Admin/GetInfo")
        assert error.code() is grpc.StatusCode.UNAUTHENTICATED
        error = await refused(client, "Login/Login", tenantCert="another")
        assert error.code() is grpc.StatusCode.UNAUTHENTICATED
        answer = await client.call("Login/Login", tenantCert=sim.tenant_certificate)
        client.token = answer.jwtToken
        assert (await client.call("Admin/GetInfo")).version == "V1.9.1"
        ids = (await client.call("Gateway/GetList")).gatewayIDs
        assert list(ids) == ["gateway1", "gateway2"]
        infos = (await client.call("Gateway/Get", gatewayIDs=ids)).gatewayInfos
        assert [item.isConnected for item in infos] == [True, False]
        assert ENTRANCE in infos[0].deviceIDs
        answer = await client.call("Master/GetDeviceList", gatewayID="gateway1")
        assert len(answer.deviceInfos) == 3
        error = await refused(client, "Master/GetDeviceList", gatewayID="none")
        assert error.code() is grpc.StatusCode.NOT_FOUND
        error = await refused(client, "Connect/GetDeviceList")
        assert error.code() is grpc.StatusCode.UNIMPLEMENTED
        assert await sim.expire_tokens() == {"expired": 1}
        stream = client.stream("Event/SubscribeRealtimeLog", queueSize=16)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await anext(aiter(stream))
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_administrator(sim: GsdkSimulator) -> None:
    """The administrator logs in by another call; tokens end by themselves."""
    await sim.set_modes(master=True, token_seconds=60.0)
    pair = (sim.admin_certificate, sim.admin_key)
    async with Client(sim, client=pair) as client:
        error = await refused(client, "Login/Login", tenantCert=pair[0])
        assert error.code() is grpc.StatusCode.UNAUTHENTICATED
        answer = await client.call(
            "Login/LoginAdmin", adminTenantCert=pair[0], tenantID="administrator"
        )
        client.token = answer.jwtToken
        await client.call("Admin/GetInfo")
        await sim.turn_clock(61)
        error = await refused(client, "Admin/GetInfo")
        assert error.code() is grpc.StatusCode.UNAUTHENTICATED
