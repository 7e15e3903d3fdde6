"""Tests of what a gateway is told to do: doors, pictures and people."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
import logging
from typing import Any

import grpc
import pytest

from custom_components.access_events.models import DoorMode, UserRequest
from custom_components.access_events.systems.base import (
    AccessSystemError,
    ConnectError,
    NotSupported,
    RequestRejected,
)
from custom_components.access_events.systems.gsdk.protocol import message
from custom_components.access_events.systems.gsdk.system import GsdkGateway, create
from tests.words import english, reason, says

from .gateway import BASE, FRONT, Device, Gateway, Refusal
from .test_connect import reach

DOOR = f"{FRONT}:1"


@pytest.fixture
async def system(gateway: Gateway) -> AsyncGenerator[GsdkGateway]:
    """Return the adapter, connected, with all doors known."""
    made = await reach(gateway)
    await made.doors()
    yield made
    await made.close()


def commands(gateway: Gateway) -> list[tuple[str, int, int]]:
    """Return what doors were told: the command, its flag and its timer."""
    return [
        (path.partition("/")[2], request.doorFlag, request.normalizeTimer)
        for path, request in gateway.calls
        if path.startswith("door.Door/") and "Get" not in path
    ]


async def state(system: GsdkGateway) -> Any:
    """Return the state of the door."""
    return next(door.state for door in await system.doors() if door.id == DOOR)


async def test_hold_and_release(gateway: Gateway, system: GsdkGateway) -> None:
    """A door is held unlocked by the operator, and released to normal."""
    await system.hold_unlocked(DOOR)
    shown = await state(system)
    assert (shown.is_locked, shown.mode) == (False, DoorMode.UNLOCKED)
    await system.release(DOOR)
    shown = await state(system)
    assert (shown.is_locked, shown.mode) == (True, DoorMode.NORMAL)
    assert commands(gateway) == [("Unlock", 4, 0), ("Release", 4, 0)]


async def test_modes(gateway: Gateway, system: GsdkGateway) -> None:
    """The door mode locks down, unlocks and returns to normal."""
    for mode in (DoorMode.LOCKED_DOWN, DoorMode.UNLOCKED, DoorMode.NORMAL):
        await system.set_mode(DOOR, mode)
        assert (await state(system)).mode is mode
    with pytest.raises(NotSupported):
        await system.set_mode(DOOR, DoorMode.SCHEDULED)
    assert [name for name, _, _ in commands(gateway)] == ["Lock", "Unlock", "Release"]


async def test_release_from_schedule(gateway: Gateway, system: GsdkGateway) -> None:
    """A door that a schedule holds unlocked is locked too."""
    status = gateway.devices[FRONT].states[1]
    status.unlockFlags, status.isUnlocked = 1, True
    await system.release(DOOR)
    assert (await state(system)).is_locked is True
    status.unlockFlags, status.isUnlocked = 2, True
    with pytest.raises(RequestRejected, check=says("emergency")):
        await system.release(DOOR)
    status.unlockFlags, status.isUnlocked, status.lockFlags = 0, False, 2
    with pytest.raises(RequestRejected, match="emergency"):
        await system.release(DOOR)


async def test_states_that_can_not_be_read(
    gateway: Gateway, system: GsdkGateway
) -> None:
    """A command that was carried out is no failure because its outcome can't be seen."""
    gateway.failing["door.Door/GetStatus"] = Refusal(grpc.StatusCode.UNKNOWN, "Busy")
    await system.hold_unlocked(DOOR)
    assert commands(gateway) == [("Unlock", 4, 0)]
    with pytest.raises(RequestRejected):
        await system.open_door(f"{FRONT}:77")


async def test_open(gateway: Gateway, system: GsdkGateway) -> None:
    """A door is opened for as long as it is set up to, and the device ends it."""
    await system.open_door(DOOR)
    assert commands(gateway) == [("Unlock", 4, 5)]


async def test_open_ends_no_mode(gateway: Gateway, system: GsdkGateway) -> None:
    """A momentary opening ends neither a hold nor a lockdown."""
    await system.hold_unlocked(DOOR)
    await system.open_door(DOOR)
    await system.set_mode(DOOR, DoorMode.LOCKED_DOWN)
    with pytest.raises(RequestRejected, check=says("locked down")):
        await system.open_door(DOOR)
    assert [name for name, _, _ in commands(gateway)] == ["Unlock", "Lock"]


async def test_open_is_never_repeated(gateway: Gateway, system: GsdkGateway) -> None:
    """A command that may have come through is not sent again."""
    gateway.failing["door.Door/Unlock"] = Refusal(
        grpc.StatusCode.UNAVAILABLE, "i/o timeout"
    )
    with pytest.raises(ConnectError, check=says("i/o timeout")):
        await system.open_door(DOOR)
    assert gateway.count("door.Door/Unlock") == 1


async def test_device_away(gateway: Gateway, system: GsdkGateway) -> None:
    """A door whose device is away says so."""
    gateway.devices[FRONT].status = 0
    await system.doors()
    with pytest.raises(RequestRejected, check=says(str(FRONT))):
        await system.open_door(DOOR)


async def test_picture(gateway: Gateway, system: GsdkGateway) -> None:
    """A picture is that of the event, and never another one."""
    gateway.devices[FRONT].pictures[3] = message(
        "ImageLog", ID=3, timestamp=BASE, deviceID=FRONT, JPGImage=b"\xff\xd8\xff!"
    )
    picture = await system.image(f"{FRONT}:3:{BASE}")
    assert (picture.content, picture.content_type) == (b"\xff\xd8\xff!", "image/jpeg")
    # It may be taken a moment later, and of a log before this one.
    assert (await system.image(f"{FRONT}:3:{BASE - 1}")).content == picture.content
    gateway.devices[FRONT].pictures[5] = message(
        "ImageLog", ID=5, timestamp=BASE, deviceID=FRONT, JPGImage=b"<html>"
    )
    with pytest.raises(RequestRejected):
        await system.image(f"{FRONT}:5:{BASE}")
    for ref in (f"{FRONT}:3:{BASE - 90}", f"{FRONT}:4:{BASE}", "nonsense"):
        with pytest.raises(RequestRejected):
            await system.image(ref)
    gateway.devices[FRONT].pictures[4] = message(
        "ImageLog", ID=5, timestamp=BASE, JPGImage=b"\xff\xd8\xff!"
    )
    with pytest.raises(RequestRejected):
        await system.image(f"{FRONT}:4:{BASE}")
    gateway.devices[FRONT].pictures[6] = message(
        "ImageLog", ID=6, JPGImage=b"\xff\xd8\xff!"
    )
    assert await system.image(f"{FRONT}:6:{BASE}")


async def test_image_filter_and_clearing(gateway: Gateway, system: GsdkGateway) -> None:
    """Devices are told when to take pictures, and to clear their logs."""
    await system.set_image_filter([DOOR], ["unknown_credential", "ACCESS_DENIED"])
    await system.clear_log([])
    made = dict(gateway.calls)
    filters = made["event.Event/SetImageFilterMulti"]
    assert [(item.eventCode, item.scheduleID) for item in filters.filters] == [
        (code, 1) for code in (0x1100, 0x1400, 0x1800, 0x1900)
    ]
    assert list(made["event.Event/ClearLogMulti"].deviceIDs) == [FRONT]
    with pytest.raises(RequestRejected, check=says("NO_SUCH")):
        await system.set_image_filter([], ["NO_SUCH"])


async def test_image_filter_as_an_option(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    """What the user wants pictures of is set where it is not, and else left alone."""
    caplog.set_level(logging.WARNING)
    system = create(
        gateway.config(),
        {"image_filter": ["duress", "tamper"]},
        None,  # type: ignore[arg-type]
    )
    await system.connect()
    await system.doors()
    made = dict(gateway.calls)
    filters = made["event.Event/SetImageFilter"].filters
    assert [item.eventCode for item in filters] == [0x1200, 0x1500, 0x4000]
    gateway.devices[FRONT].filters = list(filters)
    await system.doors()
    assert gateway.count("event.Event/GetImageFilter") == 2
    assert gateway.count("event.Event/SetImageFilter") == 1
    gateway.failing["event.Event/GetImageFilter"] = Refusal(
        grpc.StatusCode.UNKNOWN, "Camera broken"
    )
    for _ in range(2):
        assert await system.doors()
    warned = [item for item in caplog.messages if "Camera broken" in item]
    assert len(warned) == 1
    await system.close()


async def test_done_on_some_devices(gateway: Gateway, system: GsdkGateway) -> None:
    """Where a call fails on some devices, both halves are told."""
    gateway.devices[2] = Device()
    await system.doors()
    detail = message(
        "Any",
        type_url="type.googleapis.com/gsdk.err.MultiErrorResponse",
        value=message(
            "MultiErrorResponse",
            deviceErrors=[message("ErrorResponse", deviceID=2, code=2, msg="Busy")],
        ).SerializeToString(),
    )
    status = message("Status", code=2, details=[detail]).SerializeToString()
    gateway.failing["event.Event/ClearLogMulti"] = Refusal(
        grpc.StatusCode.UNKNOWN, "multi error", status
    )
    with pytest.raises(
        RequestRejected, check=says(rf"done for .*{FRONT}.*Busy \(device 2\)")
    ):
        await system.clear_log([])


async def test_older_gateway_without_multi(
    gateway: Gateway, system: GsdkGateway
) -> None:
    """A gateway without the calls for many devices is asked for each."""
    gateway.devices[2] = Device()
    await system.doors()
    gateway.failing["event.Event/ClearLogMulti"] = Refusal(
        grpc.StatusCode.UNIMPLEMENTED, "unknown method"
    )
    await system.clear_log([])
    cleared = [r.deviceID for p, r in gateway.calls if p == "event.Event/ClearLog"]
    assert cleared == [2, FRONT]
    gateway.unknown |= {
        "user.User/EnrollMulti",
        "user.User/DeleteMulti",
        "user.User/GetPartial",
    }
    added = await system.register_user(UserRequest(name="Jane Doe"))
    assert [user.name for user in await system.users()] == ["Jane Doe"]
    assert added.user_id in gateway.devices[2].users
    await system.remove_user(added.user_id)
    assert await system.users() == []


async def test_register(gateway: Gateway, system: GsdkGateway) -> None:
    """A person is registered as devices want it."""
    device = gateway.devices[FRONT]
    device.groups.append(message("AccessGroup", ID=3, name="Staff"))
    device.users["41"] = message("UserInfo", hdr=message("UserHdr", ID="41"))
    request = UserRequest(
        name="Jane Doe",
        cards=("1234567890",),
        pin="12345678",
        face_image=b"portrait",
        groups=("Staff",),
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        doors=(DOOR,),
    )
    result = await system.register_user(request)
    assert result.user_id == "42"
    assert not result.failed
    user = device.users["42"]
    assert user.hdr == message("UserHdr", ID="42")
    assert user.cards[0].data == (1234567890).to_bytes(32, "big")
    assert (user.cards[0].type, user.cards[0].size) == (1, 32)
    assert (user.PIN, list(user.accessGroupIDs)) == (b"#" * 32, [3])
    assert (user.faces[0].flag, user.faces[0].imageData) == (0x101, b"face:portrait")
    modes = [
        value
        for field, value in user.setting.ListFields()
        if field.name.endswith("Mode")
    ]
    assert modes == [255] * 7
    assert user.setting.startTime == 1_767_225_600
    assert user.setting.endTime == 0
    listed = {person.id: person for person in await system.users()}
    assert listed["42"].name == "Jane Doe"
    assert listed["42"].groups == ("3",)


async def test_register_half_done(gateway: Gateway, system: GsdkGateway) -> None:
    """Where some devices fail, their words are told; where all do, nothing is done."""
    gateway.devices[2] = Device()
    await system.doors()
    detail = message(
        "Any",
        type_url="type.googleapis.com/gsdk.err.MultiErrorResponse",
        value=message(
            "MultiErrorResponse",
            deviceErrors=[message("ErrorResponse", deviceID=2, code=2, msg="No room")],
        ).SerializeToString(),
    )
    status = message("Status", code=2, details=[detail]).SerializeToString()
    gateway.failing["user.User/EnrollMulti"] = Refusal(
        grpc.StatusCode.UNKNOWN, "multi error", status
    )
    result = await system.register_user(UserRequest(name="Jane Doe", user_id="8"))
    assert {key: reason(why) for key, why in result.failed.items()} == {
        "doors": "No room (device 2)"
    }
    gateway.failing["user.User/EnrollMulti"] = Refusal(grpc.StatusCode.UNKNOWN, "Busy")
    with pytest.raises(RequestRejected, check=says("Busy")):
        await system.register_user(UserRequest(name="Jane Doe", user_id="8"))


@pytest.mark.parametrize(
    "request_",
    [
        UserRequest(name="x" * 49),
        UserRequest(name="Jane", user_id="0"),
        UserRequest(name="Jane", user_id="4294967295"),
        UserRequest(name="Jane", cards=("12AB",)),
        UserRequest(name="Jane", pin="secret"),
        UserRequest(name="Jane", groups=("Nobody",)),
    ],
)
async def test_register_refused(
    gateway: Gateway, system: GsdkGateway, request_: UserRequest
) -> None:
    """What devices would not take is refused before anything is sent, without secrets."""
    with pytest.raises(RequestRejected) as caught:
        await system.register_user(request_)
    assert "12AB" not in english(caught.value)
    assert "secret" not in english(caught.value)
    assert gateway.count("user.User/EnrollMulti") == 0


async def test_pin_is_never_told(gateway: Gateway, system: GsdkGateway) -> None:
    """A gateway that repeats a PIN in its words does not make us repeat it."""
    gateway.failing["user.User/GetPINHash"] = Refusal(
        grpc.StatusCode.INVALID_ARGUMENT, "bad PIN 123456"
    )
    with pytest.raises(RequestRejected) as caught:
        await system.register_user(UserRequest(name="Jane", pin="123456"))
    assert "123456" not in english(caught.value)


async def test_update(gateway: Gateway, system: GsdkGateway) -> None:
    """Only what is said is changed; the rest is sent as it was, or kept."""
    setting = message("UserSetting", startTime=5, cardAuthMode=2)
    device = gateway.devices[FRONT]
    device.users["7"] = message(
        "UserInfo",
        hdr=message("UserHdr", ID="7"),
        name="Jane",
        setting=setting,
        accessGroupIDs=[3],
    )
    result = await system.update_user(
        UserRequest(
            user_id="7",
            valid_until=datetime(2027, 1, 1, tzinfo=UTC),
            cards=("99",),
        )
    )
    assert result.done == ("cards", "valid_until")
    made = dict(gateway.calls)
    user = made["user.User/Update"].users[0]
    assert user.hdr.updateMask == 0xFF
    assert (user.name, list(user.accessGroupIDs)) == ("Jane", [3])
    assert (user.setting.startTime, user.setting.cardAuthMode) == (5, 2)
    assert user.setting.endTime == 1_798_761_600
    cards = made["user.User/SetCard"].userCards[0]
    assert (cards.userID, cards.cards[0].data[-1]) == ("7", 99)
    with pytest.raises(RequestRejected, check=says("nobody with this user_id")):
        await system.update_user(UserRequest(user_id="8", name="x"))


async def test_update_pin_and_time(gateway: Gateway, system: GsdkGateway) -> None:
    """A PIN and the beginning of a time are changed, and all else is kept."""
    gateway.devices[FRONT].users["7"] = message(
        "UserInfo", hdr=message("UserHdr", ID="7"), name="Jane"
    )
    result = await system.update_user(
        UserRequest(
            user_id="7", pin="123456", valid_from=datetime(2026, 1, 1, tzinfo=UTC)
        )
    )
    assert result.done == ("pin", "valid_from")
    user = dict(gateway.calls)["user.User/Update"].users[0]
    assert (user.PIN, user.name) == (b"#" * 32, "Jane")
    assert user.setting.startTime == 1_767_225_600


async def test_face_that_fails(gateway: Gateway, system: GsdkGateway) -> None:
    """A face of which no device makes anything is told, and the rest is done."""
    gateway.failing["face.Face/Normalize"] = Refusal(
        grpc.StatusCode.INVALID_ARGUMENT, "No face found"
    )
    added = await system.register_user(UserRequest(name="Jane", face_image=b"portrait"))
    assert added.done == ("name",)
    assert "No face found" in english(added.failed["face_image"])
    changed = await system.update_user(
        UserRequest(user_id=added.user_id, name="Jan", face_image=b"x" * 10_000_001)
    )
    assert (changed.done, set(changed.failed)) == (("name",), {"face_image"})


async def test_pin_of_a_device_with_its_own_key(
    gateway: Gateway, system: GsdkGateway
) -> None:
    """A PIN that a device would never accept is refused before anything is done."""
    gateway.hash_key = message("HashKeyResponse", checksum=7)
    with pytest.raises(RequestRejected, check=says(str(FRONT))):
        await system.register_user(UserRequest(name="Jane", pin="123456"))
    assert gateway.devices[FRONT].users == {}
    # A device that knows no such key hashes as the gateway does.
    gateway.unknown.add("device.Device/GetHashKey")
    added = await system.register_user(UserRequest(name="Jane", pin="123456"))
    assert gateway.devices[FRONT].users[added.user_id].PIN == b"#" * 32


async def test_older_gateway_without_parts(socket_enabled: None) -> None:
    """What an old gateway would take for something else is refused in words."""
    async with Gateway(version="V1.4.0", prefix="") as gateway:
        system = await reach(gateway)
        await system.doors()
        with pytest.raises(NotSupported):
            await system.update_user(UserRequest(user_id="7", name="Jane"))
        added = await system.register_user(
            UserRequest(name="Jane", face_image=b"portrait")
        )
        assert set(added.failed) == {"face_image"}
        await system.close()


async def test_no_number_is_free(gateway: Gateway, system: GsdkGateway) -> None:
    """Where the greatest number is taken, the user is asked for one."""
    device = gateway.devices[FRONT]
    device.users["4294967294"] = message(
        "UserInfo", hdr=message("UserHdr", ID="4294967294")
    )
    with pytest.raises(RequestRejected, check=says("user_id")):
        await system.register_user(UserRequest(name="Jane"))
    assert (await system.register_user(UserRequest(name="Jane", user_id="5"))).done


async def test_people_of_several_devices(gateway: Gateway, system: GsdkGateway) -> None:
    """People are listed as far as devices tell of them; if none does, that is told."""
    gateway.devices[2] = Device()
    await system.doors()
    await system.register_user(UserRequest(name="Jane", user_id="7"))
    gateway.devices[2].status = 0
    assert [user.name for user in await system.users()] == ["Jane"]
    gateway.devices[FRONT].status = 0
    with pytest.raises(AccessSystemError):
        await system.users()
    await system.doors()
    with pytest.raises(RequestRejected):
        await system.remove_user("7")


async def test_update_parts(gateway: Gateway, system: GsdkGateway) -> None:
    """Groups and a face are set by calls of their own, and nothing else is touched."""
    device = gateway.devices[FRONT]
    device.groups.append(message("AccessGroup", ID=3, name="Staff"))
    device.users["7"] = message("UserInfo", hdr=message("UserHdr", ID="7"), name="Jane")
    result = await system.update_user(
        UserRequest(user_id="7", groups=("Staff",), face_image=b"portrait")
    )
    assert set(result.done) == {"groups", "face_image"}
    made = dict(gateway.calls)
    groups = made["user.User/SetAccessGroup"].userAccessGroups[0]
    assert (groups.userID, list(groups.accessGroupIDs)) == ("7", [3])
    face = made["user.User/SetFace"].userFaces[0]
    assert (face.userID, face.faces[0].imageData) == ("7", b"face:portrait")
    assert made["user.User/SetFace"].deviceID == FRONT
    assert "user.User/SetCard" not in made


async def test_remove(gateway: Gateway, system: GsdkGateway) -> None:
    """A person is removed; a device that is away is named."""
    device = gateway.devices[FRONT]
    device.users["7"] = message("UserInfo", hdr=message("UserHdr", ID="7"))
    await system.remove_user("7")
    assert not device.users
    with pytest.raises(RequestRejected, check=says("nobody with this user_id")):
        await system.remove_user("7")
    device.users["7"] = message("UserInfo", hdr=message("UserHdr", ID="7"))
    gateway.devices[2] = Device(status=0)
    await system.doors()
    with pytest.raises(RequestRejected, check=says("Device.* 2|BioStation.* 2")):
        await system.remove_user("7")
    assert not device.users
