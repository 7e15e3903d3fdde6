"""Registering people with CLUe.

Source: Suprema's guide to the CLUe API, "Register User", table of the request body.
"""

import asyncio
import base64
from datetime import UTC, datetime
import re
import time
from typing import Any

from ...models import UserRequest, UserResult
from ..base import AccessSystemError, RequestRejected
from ..parsing import mapping, text
from .client import ClueClient

FIELDS = frozenset(
    {
        "name",
        "user_id",
        "active",
        "valid_from",
        "valid_until",
        "doors",
        "schedule",
        "cards",
        "pin",
        "phone",
        "face_image",
    }
)
"""What a registration may set. `user_id` is the key that the user chooses, `schedule`
the number of one of CLUe's schedules."""

PAUSE = 0.3
"""Seconds that CLUe wants between two registrations."""

_LARGEST_FACE = 5 * 1024 * 1024
_SMALLEST_SIDE, _LARGEST_SIDE = 64, 8192
_CARD = re.compile(r"[0-9]{1,20}")
_PIN = re.compile(r"[0-9]{4,16}")
_PHONE = re.compile(r"\+?[0-9 ()./-]{4,30}")
_NUMBER = re.compile(r"[0-9]{1,18}")
_YEARS = 10
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Register:
    """Registers people of one place."""

    def __init__(self, client: ClueClient) -> None:
        """Use a place's client."""
        self._client = client
        self._turn = asyncio.Lock()
        self._last = -PAUSE

    async def add(self, request: UserRequest) -> UserResult:
        """Register a person; nothing is sent before every field is found right.

        Raises `RequestRejected` with the field and the reason, or with CLUe's own.
        """
        body = build(request, datetime.now(UTC))
        async with self._turn:
            await asyncio.sleep(self._last + PAUSE - time.monotonic())
            try:
                data = await self._client.register(body)
            finally:
                self._last = time.monotonic()
        done = [name for name in sorted(FIELDS) if getattr(request, name) is not None]
        failed: dict[str, AccessSystemError] = {}
        state = text(mapping(data.get("auth")).get("activeStatus"))
        wanted = body["auth"]["activeStatus"]
        if state is not None and state.upper() != wanted:
            failed["active"] = RequestRejected("active_not_taken", state=state)
            done = [name for name in done if name != "active"]
        auth_id = text(data.get("authId"))
        if auth_id is None:
            raise RequestRejected("registered_without_id")
        return UserResult(user_id=auth_id, done=tuple(done), failed=failed)


def build(request: UserRequest, now: datetime) -> dict[str, Any]:
    """Return the body of a registration; raises `RequestRejected` for a wrong field.

    Without `valid_from` it is valid from `now`, without `valid_until` for ten years.
    """
    for name in ("groups", "email"):
        if getattr(request, name) is not None:
            raise RequestRejected("field_unused", field=name)
    start = request.valid_from or now
    end = request.valid_until or start.replace(day=min(start.day, 28)).replace(
        year=start.year + _YEARS
    )
    if end <= start:
        raise RequestRejected("valid_until_before_valid_from")
    auth: dict[str, Any] = {
        "activeStatus": "INACTIVE" if request.active is False else "ACTIVE",
        "startTime": _ms("valid_from", start),
        "endTime": _ms("valid_until", end),
        "doorAccessType": "SPECIFIC" if request.doors else "ALL_DOOR",
        "scheduleType": "ALWAYS" if request.schedule is None else "SPECIFIC",
    }
    if request.doors:
        auth["doorIds"] = [_number("doors", door) for door in request.doors]
    if request.schedule is not None:
        auth["scheduleId"] = _number("schedule", request.schedule)
    auth["credentials"] = _credentials(request)
    return {
        "user": {"key": _text("user_id", request.user_id), "name": _name(request)},
        "auth": auth,
    }


def _credentials(request: UserRequest) -> dict[str, Any]:
    """Return what a person identifies with."""
    credentials: dict[str, Any] = {}
    if request.cards:
        cards = [card.strip() for card in request.cards]
        if not all(map(_CARD.fullmatch, cards)):
            raise RequestRejected("card_digits")
        if len(set(cards)) < len(cards):
            raise RequestRejected("card_twice")
        credentials["cards"] = [
            {"cardNumber": card, "formatType": "CSN"} for card in cards
        ]
    if request.face_image is not None:
        faces = (request.face_image, *(request.more_faces or ()))
        for face in faces:
            check_face(face)
        credentials["faceImages"] = [base64.b64encode(face).decode() for face in faces]
    if request.pin:
        if not _PIN.fullmatch(request.pin):
            raise RequestRejected("pin_length", field="pin", least="4", most="16")
        if request.pin.startswith("0"):
            # CLUe's field is a number, which can't begin with a zero.
            raise RequestRejected("pin_begins_with_0")
        credentials["pin"] = int(request.pin)
    if request.phone:
        if not _PHONE.fullmatch(request.phone.strip()):
            raise RequestRejected("phone_invalid")
        credentials["phoneNumber"] = request.phone.strip()
    return credentials


def check_face(image: bytes) -> None:
    """Refuse what is not a whole JPEG of a size that can show a face."""
    if not image.startswith(b"\xff\xd8\xff"):
        raise RequestRejected("face_not_jpeg")
    if len(image) > _LARGEST_FACE:
        raise RequestRejected("face_too_large", megabytes="5")
    size = _jpeg_size(image)
    if size is None or b"\xff\xd9" not in image[-64:]:
        raise RequestRejected("face_damaged")
    if not all(_SMALLEST_SIDE <= side <= _LARGEST_SIDE for side in size):
        raise RequestRejected(
            "face_size",
            width=str(size[0]),
            height=str(size[1]),
            least=str(_SMALLEST_SIDE),
            most=str(_LARGEST_SIDE),
        )


def _jpeg_size(image: bytes) -> tuple[int, int] | None:
    """Return the width and height that a JPEG's frame header tells."""
    at = 2
    while at + 9 <= len(image):
        if image[at] != 0xFF:
            return None
        marker = image[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _FRAMES:
            height = int.from_bytes(image[at + 5 : at + 7])
            return int.from_bytes(image[at + 7 : at + 9]), height
        at += 2 + int.from_bytes(image[at + 2 : at + 4])
    return None


def _ms(field: str, moment: datetime) -> int:
    """Return a time in ms since 1970."""
    if moment.tzinfo is None or moment.year < 1971:
        raise RequestRejected("field_time", field=field)
    return round(moment.timestamp() * 1000)


def _number(field: str, value: str) -> int:
    """Return a number of CLUe's."""
    if not _NUMBER.fullmatch(value.strip()):
        raise RequestRejected("field_numbers", field=field)
    return int(value)


def _name(request: UserRequest) -> str:
    """Return the name of the person."""
    return _text("name", request.name)


def _text(field: str, value: str | None) -> str:
    """Return a text that must be there."""
    value = (value or "").strip()
    if not value:
        raise RequestRejected("field_needed", field=field)
    if len(value) > 255 or not value.isprintable():
        raise RequestRejected("field_too_long", field=field, most="255")
    return value
