"""`POST /places/{placeId}/auths`: registration, with all its checks."""

import base64
import binascii
import io
import json
import time
from typing import Any

from aiohttp import web
from PIL import Image, UnidentifiedImageError

from tests.simulators.common import Json

from .api import ApiError, answer
from .site import SCHEDULES, ApiKey, Person
from .world import World

FACE_LIMIT = 5 * 2**20
# Epoch milliseconds have as many digits since 1973; seconds do not until 5138.
_LEAST_MS = 10**11


class AuthsApi:
    """The registration of users."""

    def __init__(self, sim: World) -> None:
        """Serve a simulator."""
        self.sim = sim
        self._last = float("-inf")

    async def register(self, request: web.Request, key: ApiKey) -> Json:
        """Register a user with an authorisation."""
        place = request.match_info["place"]
        if not place.isdigit():
            raise ApiError(400, "placeId is not valid")
        if int(place) not in key.places:
            raise ApiError(403, "Access to the place is denied")
        self._check_pace()
        if request.content_type != "application/json":
            raise ApiError(415, "Content-Type must be application/json")
        try:
            body = json.loads(await request.read())
        except ValueError:
            raise ApiError(400, "Malformed JSON") from None
        user, auth = _object(body, "user"), _object(body, "auth")
        name, user_key = _text(user, "user", "name"), _text(user, "user", "key")
        self._check_auth(auth, int(place))
        people = [item for item in self.sim.site.people if item.place_id == int(place)]
        if any(item.key == user_key for item in people):
            raise ApiError(
                self.sim.modes.registration_status, "user.key is already registered"
            )
        taken = {card for item in people for card in item.cards}
        for card in auth["credentials"].get("cards") or ():
            if str(card["cardNumber"]) in taken:
                raise ApiError(409, "card is already registered")
        person = self.sim.site.add_person(user_key, name, int(place), auth)
        return answer({"data": self._data(person)})

    def _check_pace(self) -> None:
        """Refuse a registration that comes too soon after the one before."""
        now = time.monotonic()
        since, self._last = now - self._last, now
        if since < self.sim.modes.registration_gap:
            raise ApiError(429, "Too Many Requests", {"Retry-After": "1"})

    def _check_auth(self, auth: Json, place: int) -> None:
        """Refuse an authorisation that is not as the vendor's table says."""
        _choice(auth, "activeStatus", "ACTIVE", "INACTIVE")
        start, end = _moment(auth, "startTime"), _moment(auth, "endTime")
        if end <= start:
            raise ApiError(400, "auth.endTime must be after auth.startTime")
        if _choice(auth, "doorAccessType", "ALL_DOOR", "SPECIFIC") == "SPECIFIC":
            known = {item.id for item in self.sim.site.doors if item.place_id == place}
            doors = auth.get("doorIds")
            if not isinstance(doors, list) or not doors:
                raise ApiError(400, "auth.doorIds is required")
            for door in doors:
                if _whole(door) not in known:
                    raise ApiError(400, f"doorId {door} is not a door of the place")
        if _choice(auth, "scheduleType", "ALWAYS", "SPECIFIC") == "SPECIFIC":
            if auth.get("scheduleId") is None:
                raise ApiError(400, "auth.scheduleId is required")
            if _whole(auth["scheduleId"]) not in SCHEDULES:
                raise ApiError(400, "auth.scheduleId is not a schedule of the place")
        self._check_credentials(_object(auth, "credentials", "auth.credentials"))

    def _check_credentials(self, credentials: Json) -> None:
        """Refuse cards, faces, PINs or phones that cannot be."""
        cards = _list(credentials, "cards")
        for card in cards:
            if not isinstance(card, dict) or _whole(card.get("cardNumber")) is None:
                raise ApiError(400, "cardNumber must be decimal")
            if card.get("formatType") != "CSN":
                raise ApiError(400, "formatType is not valid")
        numbers = [str(card["cardNumber"]) for card in cards]
        if len(set(numbers)) != len(numbers):
            raise ApiError(400, "a card is listed twice")
        for face in _list(credentials, "faceImages"):
            _check_face(face)
        for name in ("pin", "phone"):
            value = credentials.get(name)
            if value is not None and _whole(value) is None:
                raise ApiError(400, f"auth.credentials.{name} must be a number")

    def _data(self, person: Person) -> Json:
        """Return what the answer says of a person."""
        auth, text = person.auth, self.sim.modes.ids == "text"
        credentials = auth["credentials"]
        known = {item.id: item for item in self.sim.site.doors}
        ids = [_whole(item) or 0 for item in auth.get("doorIds") or ()]
        schedule = auth.get("scheduleId")
        modes = {
            "FACE": credentials.get("faceImages"),
            "CARD": credentials.get("cards"),
            "PIN": credentials.get("pin"),
            "PHONE": credentials.get("phone"),
        }
        return {
            "authId": str(person.auth_id) if text else person.auth_id,
            "lastModifiedAt": self.sim.clock.ms(),
            "user": {
                "userId": str(person.user_id) if text else person.user_id,
                "key": person.key,
                "name": person.name,
                "realNameAuthStatusType": "REAL_NAME_AUTH_BEFORE",
            },
            "auth": {
                "startTime": auth["startTime"],
                "endTime": auth["endTime"],
                "doorAccessType": auth["doorAccessType"],
                "scheduleType": auth["scheduleType"],
                "scheduleId": None if schedule is None else _whole(schedule),
                "doors": [
                    {
                        "doorId": str(item) if text else item,
                        "doorName": known[item].name,
                    }
                    for item in ids
                ],
                "credentials": {
                    "modes": [name for name, value in modes.items() if value],
                    "faceImages": ["..."] * len(credentials.get("faceImages") or ()),
                    "name": person.name,
                },
                "activeStatus": auth["activeStatus"],
            },
        }


def _object(body: Any, name: str, label: str = "") -> Json:
    """Return an object that is required. Raises ApiError 400."""
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, dict):
        raise ApiError(400, f"{label or name} is required")
    return value


def _text(body: Json, parent: str, name: str) -> str:
    """Return a text that is required. Raises ApiError 400."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ApiError(400, f"{parent}.{name} is required")
    return value


def _list(body: Json, name: str) -> list[Any]:
    """Return an array that may be missing. Raises ApiError 400."""
    value = body.get(name)
    if value is not None and not isinstance(value, list):
        raise ApiError(400, f"auth.credentials.{name} must be an array")
    return value or []


def _choice(body: Json, name: str, *allowed: str) -> str:
    """Return one of some words. Raises ApiError 400."""
    value = body.get(name)
    if value not in allowed:
        raise ApiError(400, f"auth.{name} must be one of {', '.join(allowed)}")
    assert isinstance(value, str)
    return value


def _moment(body: Json, name: str) -> int:
    """Return a time in ms. Raises ApiError 400."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < _LEAST_MS:
        raise ApiError(400, f"auth.{name} must be in epoch milliseconds")
    return value


def _whole(value: Any) -> int | None:
    """Return a whole number that may be written as text; None if it is not one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return None


def _check_face(face: Any) -> None:
    """Refuse a face that is not the base64 of a JPEG."""
    try:
        picture = base64.b64decode(face, validate=True)
        if len(picture) > FACE_LIMIT:
            raise ApiError(400, "face image is too large")
        with Image.open(io.BytesIO(picture)) as image:
            kind = image.format
            image.load()
    except TypeError, ValueError, binascii.Error, UnidentifiedImageError, OSError:
        raise ApiError(400, "face image is not valid") from None
    if kind != "JPEG":
        raise ApiError(400, "face image must be a JPEG")
