"""Tests of registering people with CLUe."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from io import BytesIO
import time
from typing import Any

import aiohttp
from PIL import Image
import pytest

from custom_components.access_events.models import UserRequest
from custom_components.access_events.systems import VENDORS
from custom_components.access_events.systems.base import (
    AccessSystem,
    ConnectError,
    RequestRejected,
)
from custom_components.access_events.systems.clue.users import build
from tests.simulators.clue import ClueSimulator
from tests.words import english, says

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=400)


def jpeg(width: int = 320, height: int = 240, *, filler: int = 0) -> bytes:
    """Return a JPEG of a size, longer by a comment of some bytes."""
    stream = BytesIO()
    Image.new("RGB", (width, height), (200, 160, 140)).save(stream, "JPEG")
    picture = stream.getvalue()
    return picture[:-2] + b"\x11" * filler + picture[-2:]


FULL = UserRequest(
    name="Jane Doe",
    user_id="emp-77",
    active=True,
    valid_from=NOW,
    valid_until=LATER,
    doors=("645", "646"),
    schedule="333",
    cards=("12345",),
    pin="48151",
    phone="+49 170 123",
    face_image=jpeg(),
    more_faces=(jpeg(640, 480),),
)


def test_the_whole_body() -> None:
    """Each field of the guide's table is sent as its table and sample say."""
    assert build(FULL, NOW) == {
        "user": {"key": "emp-77", "name": "Jane Doe"},
        "auth": {
            "activeStatus": "ACTIVE",
            "startTime": round(NOW.timestamp() * 1000),
            "endTime": round(LATER.timestamp() * 1000),
            "doorAccessType": "SPECIFIC",
            "doorIds": [645, 646],
            "scheduleType": "SPECIFIC",
            "scheduleId": 333,
            "credentials": {
                "cards": [{"cardNumber": "12345", "formatType": "CSN"}],
                "faceImages": [
                    base64.b64encode(jpeg()).decode(),
                    base64.b64encode(jpeg(640, 480)).decode(),
                ],
                "pin": 48151,
                "phoneNumber": "+49 170 123",
            },
        },
    }


def test_the_least_body() -> None:
    """What is not said is all doors, always, from now on, for long."""
    auth = build(UserRequest(name="J", user_id="1"), NOW)["auth"]
    assert auth["doorAccessType"] == "ALL_DOOR"
    assert auth["scheduleType"] == "ALWAYS"
    assert "doorIds" not in auth
    assert auth["startTime"] == round(NOW.timestamp() * 1000)
    assert auth["endTime"] > auth["startTime"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "N" * 256}, "name"),
        ({"user_id": None}, "user_id"),
        ({"valid_until": NOW - timedelta(days=1), "valid_from": NOW}, "valid_until"),
        ({"valid_from": datetime(2026, 1, 1)}, "valid_from"),
        ({"doors": ("front",)}, "doors"),
        ({"schedule": "always"}, "schedule"),
        ({"cards": ("12AB",)}, "cards"),
        ({"cards": ("12", "12")}, "cards"),
        ({"pin": "12"}, "pin"),
        ({"pin": "0123"}, "pin"),
        ({"phone": "call me"}, "phone"),
        ({"groups": ("Staff",)}, "groups"),
        ({"email": "j@example.com"}, "email"),
        ({"face_image": b"\x89PNG\r\n\x1a\n" + b"0" * 99}, "face_image"),
        ({"face_image": jpeg()[:-2]}, "face_image"),
        ({"face_image": jpeg(), "more_faces": (jpeg()[:-2],)}, "face_image"),
        ({"face_image": jpeg(10, 10)}, "face_image"),
        ({"face_image": jpeg()[:2] + b"\x00" + jpeg()[2:]}, "face_image"),
        ({"face_image": b"\xff\xd8\xff\xe0\x00\x02\xff\xd9"}, "face_image"),
        ({"face_image": jpeg(filler=5 * 1024 * 1024)}, "face_image"),
    ],
)
def test_wrong_fields(changes: dict[str, Any], field: str) -> None:
    """A wrong field is named before anything is sent, and its value is not repeated."""
    request = UserRequest(**({"name": "Jane Doe", "user_id": "emp"} | changes))
    with pytest.raises(RequestRejected) as caught:
        build(request, NOW)
    assert field in english(caught.value).lower()
    assert "0123" not in english(caught.value)


def test_a_picture_with_fill_bytes() -> None:
    """Bytes that fill up before a marker of a JPEG are no fault."""
    picture = jpeg()[:2] + b"\xff" + jpeg()[2:]
    body = build(UserRequest(name="N", user_id="n", face_image=picture), NOW)
    assert base64.b64encode(picture).decode() in str(body)


async def register(
    clue: ClueSimulator, *requests: UserRequest
) -> list[tuple[str, tuple[str, ...]]]:
    """Register people one after the other."""
    async with aiohttp.ClientSession() as session:
        system: AccessSystem = VENDORS["clue"].create(clue.config(), {}, session)
        results = [await system.register_user(request) for request in requests]
    assert all(not result.failed for result in results)
    return [(result.user_id, result.done) for result in results]


async def test_registered(clue: ClueSimulator) -> None:
    """A person is there, with what was asked for, and the answer says what was set."""
    ((user_id, done),) = await register(clue, FULL)
    (person,) = [item for item in await clue.people() if item["name"] == "Jane Doe"][1:]
    assert str(person["auth_id"]) == user_id
    assert person["key"] == "emp-77"
    assert person["auth"]["doorIds"] == [645, 646]
    assert person["auth"]["credentials"]["faceImages"] == 2
    assert set(done) == {
        *("name", "user_id", "active", "valid_from", "valid_until", "doors"),
        *("schedule", "cards", "pin", "phone", "face_image"),
    }


async def test_one_at_a_time(clue: ClueSimulator) -> None:
    """Between two registrations there are the 300 ms that CLUe wants."""
    began = time.monotonic()
    await register(clue, *(UserRequest(name="N", user_id=str(n)) for n in range(3)))
    assert time.monotonic() - began >= 0.6


async def test_the_other_base(clue: ClueSimulator) -> None:
    """A registration finds the newer base too, and is done once."""
    await clue.set_modes(base_path="/v1")
    before = len(await clue.people())
    await register(clue, UserRequest(name="N", user_id="n"))
    assert len(await clue.people()) == before + 1


@pytest.mark.parametrize("as_200", [False, True])
async def test_refused(clue: ClueSimulator, as_200: bool) -> None:
    """What CLUe says reaches the user, also under HTTP 200."""
    await clue.set_modes(errors_as_200=as_200)
    with pytest.raises(RequestRejected, check=says(r"(?i)exist|use|taken|duplicat")):
        await register(clue, *[UserRequest(name="N", user_id="same")] * 2)
    await asyncio.sleep(0.3)
    with pytest.raises(RequestRejected, check=says(r"(?i)door")):
        await register(clue, UserRequest(name="N", user_id="other", doors=("999999",)))


async def test_what_is_not_found(clue: ClueSimulator) -> None:
    """Of a place that is known CLUe's own words tell what there is not."""
    async with aiohttp.ClientSession() as session:
        system: AccessSystem = VENDORS["clue"].create(clue.config(), {}, session)
        await system.connect()
        body = {"code": 404, "status": False, "message": "No such schedule"}
        await clue.fault(path="/", status=404, body=body, count=2)
        with pytest.raises(RequestRejected, check=says("No such schedule")):
            await system.register_user(UserRequest(name="N", user_id="n"))


@pytest.mark.parametrize(
    "answer",
    [
        {"code": 200, "status": False, "message": "Not today", "data": {}},
        {"code": 4001, "status": True, "message": "Not today"},
        {"code": 400, "message": "Not today"},
    ],
)
async def test_half_a_success(clue: ClueSimulator, answer: dict[str, Any]) -> None:
    """Success is told in three places, and must be in all of them."""
    await clue.fault(path="/", status=200, body=answer)
    with pytest.raises(RequestRejected, check=says("Not today")):
        await register(clue, UserRequest(name="N", user_id="n"))


@pytest.mark.parametrize(
    ("data", "failed"),
    [
        ({"authId": 7, "auth": {"activeStatus": "INACTIVE"}}, {"active"}),
        ({"authId": 7, "auth": {"activeStatus": "ACTIVE"}}, set()),
        ({"auth": {"activeStatus": "ACTIVE"}}, None),
    ],
)
async def test_what_the_answer_tells(
    clue: ClueSimulator, data: Any, failed: set[str] | None
) -> None:
    """What CLUe made of it is told, and nobody is called registered without an id."""
    body = {"code": 200, "status": True, "message": "OK", "data": data}
    await clue.fault(path="/", status=200, body=body)
    request = UserRequest(name="N", user_id="n", active=True)
    async with aiohttp.ClientSession() as session:
        system: AccessSystem = VENDORS["clue"].create(clue.config(), {}, session)
        if failed is None:
            with pytest.raises(RequestRejected):
                await system.register_user(request)
        else:
            result = await system.register_user(request)
            assert result.user_id == "7"
            assert set(result.failed) == failed
            assert ("active" in result.done) is (not failed)


async def test_never_sent_twice(clue: ClueSimulator) -> None:
    """A connection that breaks leaves it open whether it was done; nothing is repeated."""
    await clue.fault(path="/", drop="after")
    before = len(await clue.people())
    with pytest.raises(ConnectError):
        await register(clue, UserRequest(name="N", user_id="n"))
    assert len(await clue.people()) == before + 1
