"""Credentials and settings of users, as devices want them.

Source: G-SDK, User, Card and Face APIs. Nothing here puts a credential into an error.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..base import AccessSystemError, RequestRejected
from .client import GatewayClient
from .protocol import message

_CSN = 1
_CARD_SIZE = 32
_NO_MODE = 255
_WARPED_FACE = 0x101
_LONGEST_ID = 32
_LONGEST_NAME = 48
_LARGEST_PICTURE = 10 * 1024 * 1024


def check_id(user_id: str) -> None:
    """Raise `RequestRejected` for what can't be the id of a user."""
    if not user_id or user_id == "0" or len(user_id.encode()) > _LONGEST_ID:
        raise RequestRejected("user_id_invalid", most=str(_LONGEST_ID))
    if user_id.isdecimal() and int(user_id) >= 0xFFFF_FFFF:
        raise RequestRejected("user_id_invalid", most=str(_LONGEST_ID))


def check_name(name: str | None) -> None:
    """Raise `RequestRejected` for what can't be a name."""
    if name is not None and len(name) > _LONGEST_NAME:
        raise RequestRejected("field_too_long", field="name", most=str(_LONGEST_NAME))


def setting(start: datetime | None = None, end: datetime | None = None) -> Any:
    """Return a user's settings: valid between two times, and else as devices are set.

    Zero would be a mode of its own, so each mode says that the device decides.
    """
    return message(
        "UserSetting",
        startTime=unix(start) if start else 0,
        endTime=unix(end) if end else 0,
        biometricAuthMode=_NO_MODE,
        cardAuthMode=_NO_MODE,
        IDAuthMode=_NO_MODE,
        faceAuthExtMode=_NO_MODE,
        fingerAuthExtMode=_NO_MODE,
        cardAuthExtMode=_NO_MODE,
        IDAuthExtMode=_NO_MODE,
    )


def unix(moment: datetime) -> int:
    """Return an aware time in Unix seconds, as far as devices can count."""
    return min(max(int(moment.timestamp()), 0), 0xFFFF_FFFF)


def card_data(number: str) -> Any:
    """Return a card by the number of its chip, which is decimal."""
    digits = number.strip()
    if not (digits.isascii() and digits.isdecimal()) or not 0 < int(digits) < 1 << 256:
        raise RequestRejected("card_digits")
    return message(
        "CSNCardData",
        type=_CSN,
        size=_CARD_SIZE,
        data=int(digits).to_bytes(_CARD_SIZE, "big"),
    )


async def pin_hash(client: GatewayClient, devices: Sequence[int], pin: str) -> bytes:
    """Return a PIN as the gateway hashes it; raises `AccessSystemError`.

    A device with a key of its own would never accept it.
    """
    if not (pin.isascii() and pin.isdecimal()):
        raise RequestRejected("pin_digits")
    for device in devices:
        try:
            key = await client.call("device.Device/GetHashKey", deviceID=device)
        except AccessSystemError:
            continue
        if key.checksum and not key.isDefault:
            raise RequestRejected("pin_at_device", device=str(device))
    try:
        response = await client.call("user.User/GetPINHash", PIN=pin)
    except RequestRejected as err:
        # Its words may repeat what it was given.
        if pin not in str(err):
            raise
        raise RequestRejected(reason=err.reason.replace(pin, "…")) from None
    return bytes(response.hashVal)


async def face_data(
    client: GatewayClient, devices: Sequence[int], picture: bytes
) -> Any:
    """Return a face made of a picture by the first device that can."""
    if len(picture) > _LARGEST_PICTURE:
        raise RequestRejected("face_too_large", megabytes="10")
    last: AccessSystemError | None = None
    for device in devices:
        try:
            response = await client.call(
                "face.Face/Normalize", deviceID=device, unwrappedImageData=picture
            )
        except AccessSystemError as err:
            last = err
            continue
        return message(
            "FaceData",
            index=0,
            flag=_WARPED_FACE,
            imageData=response.wrappedImageData,
        )
    raise RequestRejected("face_not_made", reason=last or "–")
