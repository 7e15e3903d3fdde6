"""The CLUe simulator registers people as the vendor's article says."""

import asyncio
import base64
from collections.abc import AsyncGenerator
import io
from typing import Any

import aiohttp
from PIL import Image
import pytest

from .clue_client import Client, Json
from .simulators.clue import ClueSimulator
from .simulators.clue.modes import Modes
from .simulators.clue.world import FACE_SUCCESS


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


def face() -> str:
    """Return the base64 of a small JPEG."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 180, 160)).save(out, "JPEG")
    return base64.b64encode(out.getvalue()).decode()


def registration(**changes: Any) -> Json:
    """Return the vendor's sample of a registration, with changes to `auth`."""
    return {
        "user": {"key": "1234567", "name": "namehere"},
        "auth": {
            "startTime": 1718809200000,
            "endTime": 1718895540000,
            "doorAccessType": "SPECIFIC",
            "doorIds": [645, 646],
            "scheduleType": "SPECIFIC",
            "scheduleId": 333,
            "credentials": {
                "cards": [{"cardNumber": "12345", "formatType": "CSN"}],
                "faceImages": [face()],
            },
            "activeStatus": "ACTIVE",
        }
        | changes,
    }


async def test_register_sample(sim: ClueSimulator, client: Client) -> None:
    """The vendor's sample registers somebody, who then can come in."""
    status, body = await client.register(registration())
    assert (status, body["code"], body["status"], body["message"]) == (
        200,
        200,
        True,
        "OK",
    )
    data = body["data"]
    assert data["user"]["key"] == "1234567"
    assert data["user"]["realNameAuthStatusType"] == "REAL_NAME_AUTH_BEFORE"
    assert data["auth"]["activeStatus"] == "ACTIVE"
    assert data["auth"]["scheduleId"] == 333
    assert data["auth"]["credentials"]["modes"] == ["FACE", "CARD"]
    assert data["auth"]["doors"][0] == {"doorId": 645, "doorName": "SupremaJP_In"}
    assert isinstance(data["authId"], int)
    await sim.event(FACE_SUCCESS, 0, "namehere")
    row = (await client.events())["data"][0]
    assert (row["authId"], row["userId"]) == (data["authId"], "1234567")
    kept = (await sim.people())[-1]
    assert kept["auth"]["credentials"]["faceImages"] == 1
    assert (await client.register(registration()))[0] == 409
    other = registration()
    other["user"]["key"] = "other"
    assert (await client.register(other))[1]["message"] == "card is already registered"


async def test_register_least(client: Client) -> None:
    """All doors, always, without credentials, and ids as text are accepted."""
    body = registration(
        doorAccessType="ALL_DOOR",
        scheduleType="ALWAYS",
        credentials={},
        activeStatus="INACTIVE",
    )
    del body["auth"]["doorIds"], body["auth"]["scheduleId"]
    status, answer = await client.register(body)
    assert status == 200
    assert answer["data"]["auth"]["activeStatus"] == "INACTIVE"
    assert answer["data"]["auth"]["scheduleId"] is None
    texts = registration(doorIds=["645"], scheduleId="334", credentials={"pin": 1234})
    texts["user"]["key"] = "texts"
    status, answer = await client.register(texts)
    assert status == 200
    assert answer["data"]["auth"]["credentials"]["modes"] == ["PIN"]


PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(32)).decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"activeStatus": "active"}, "activeStatus must be one of ACTIVE, INACTIVE"),
        ({"activeStatus": None}, "activeStatus"),
        ({"startTime": 1718809200}, "startTime must be in epoch milliseconds"),
        ({"endTime": "1718895540000"}, "endTime must be in epoch milliseconds"),
        ({"endTime": 1718809200000}, "must be after"),
        ({"doorAccessType": "SOME"}, "doorAccessType must be one of"),
        ({"doorIds": []}, "doorIds is required"),
        ({"doorIds": None}, "doorIds is required"),
        ({"doorIds": [645, 901]}, "901 is not a door of the place"),
        ({"scheduleType": ""}, "scheduleType must be one of"),
        ({"scheduleId": None}, "scheduleId is required"),
        ({"scheduleId": 1}, "not a schedule"),
        ({"credentials": None}, "credentials is required"),
        ({"credentials": {"cards": {}}}, "cards must be an array"),
        ({"credentials": {"cards": ["12345"]}}, "cardNumber must be decimal"),
        (
            {"credentials": {"cards": [{"cardNumber": "0A", "formatType": "CSN"}]}},
            "cardNumber must be decimal",
        ),
        ({"credentials": {"cards": [{"cardNumber": "1"}]}}, "formatType"),
        ({"credentials": {"faceImages": "abc"}}, "faceImages must be an array"),
        ({"credentials": {"faceImages": ["abc"]}}, "face image is not valid"),
        ({"credentials": {"faceImages": [7]}}, "face image is not valid"),
        ({"credentials": {"faceImages": [PNG]}}, "face image is not valid"),
        ({"credentials": {"pin": "12 34"}}, "pin must be a number"),
        ({"credentials": {"phone": "+44"}}, "phone must be a number"),
    ],
)
async def test_register_refusals(client: Client, changes: Json, words: str) -> None:
    """Each rule of the vendor's table is kept, and its breach is named."""
    status, body = await client.register(registration(**changes))
    assert (status, body["code"], body["status"]) == (400, 400, False)
    assert words in body["message"]
    assert len(await client.sim.people()) == 6


async def test_register_shapes(sim: ClueSimulator, client: Client) -> None:
    """A body that is no JSON object, has no user, or is of another type is refused."""
    nameless = registration() | {"user": {"key": "1", "name": " "}}
    shapes: list[Any] = [[], {"user": {}, "auth": {}}, nameless]
    for body in shapes:
        assert (await client.register(body))[0] == 400
    path, headers = "/places/448/auths", dict(client.headers)
    assert (await client.ask("POST", path, data=b"{}"))[0] == 415
    client.headers = headers | {"Content-Type": "application/json"}
    assert (await client.ask("POST", path, data=b"{"))[0] == 400
    assert (await client.ask("POST", "/places/449/auths", json={}))[0] == 403
    assert (await client.ask("POST", "/places/x/auths", json={}))[0] == 400


async def test_register_pace(sim: ClueSimulator, client: Client) -> None:
    """Registrations that come sooner than 300 ms after another are refused."""
    assert Modes().registration_gap == 0.3
    await sim.set_modes(registration_gap=1.0)
    bodies = [registration(credentials={}) for _ in range(3)]
    for number, body in enumerate(bodies):
        body["user"]["key"] = f"key {number}"
    assert (await client.register(bodies[0]))[0] == 200
    status, body = await client.register(bodies[1])
    assert (status, body["message"]) == (429, "Too Many Requests")
    await asyncio.sleep(1.01)
    assert (await client.register(bodies[1]))[0] == 200
    assert len(await sim.people()) == 8
