"""People of a BAS-IP panel: identifiers with an owner's name.

Source: BAS-IP's API pages for identifiers. A panel knows no people, only identifiers
(a card, a PIN …), each with the name of its owner.
"""

from collections.abc import Mapping
from datetime import datetime
import re
from typing import Any

from ...models import User, UserRequest, UserResult
from ..base import AccessSystemError, RequestRejected
from ..parsing import flag, instant, integer, items, mapping, text
from .client import BasIpClient

FIELDS = frozenset(
    {
        "name",
        "user_id",
        "valid_from",
        "valid_until",
        "passes",
        "doors",
        "cards",
        "pin",
    }
)
"""What a registration may set. `user_id` only says whom to change: the panel counts
identifiers itself, and a person with several has several numbers, with commas.
`cards` also takes `qr:…`, `plate:…` and `ukey:…`."""

_PATH = "access/identifier"
_ALWAYS: dict[str, Any] = {
    "time": {"is_permanent": True},
    "passes": {"is_permanent": True},
}
_MOST_PASSES = 1_000_000
_PAGE = 50
_MOST_PAGES = 400
_KINDS = {"qr": "qr", "plate": "license_plate", "ukey": "ukey", "card": "card"}
_LOCKS = {("1",): "first", ("2",): "second", ("1", "2"): "all", (): "all"}
_PIN = re.compile(r"[0-9]{3,16}")
_SHAPES = {
    "card": re.compile(r"[0-9A-Fa-f:-]{1,32}"),
    "ukey": re.compile(r"[0-9A-Za-z:-]{1,64}"),
    "qr": re.compile(r"[ -~]{1,256}"),
    "license_plate": re.compile(r"[\w -]{1,100}"),
}
"""Cards and ukeys are decimal, or hexadecimal in pairs (`AB:CD:EF:01`)."""
_WHOLE = ("identifier_owner", "identifier_type", "identifier_number", "lock", "valid")
"""What a panel wants with each change, whatever of it is new."""


class Register:
    """Lists, adds, changes and removes identifiers."""

    def __init__(self, client: BasIpClient) -> None:
        """Use a panel's client."""
        self._client = client

    async def users(self) -> list[User]:
        """List all identifiers, each as a person of its owner's name."""
        users: dict[str, User] = {}
        for number in range(1, _MOST_PAGES):
            answer = mapping(
                await self._client.get(
                    f"{_PATH}/items", {"limit": str(_PAGE), "page_number": str(number)}
                )
            )
            before = len(users)
            for row in map(mapping, items(answer.get("list_items"))):
                if (user := _user(row)) is not None:
                    users[user.id] = user
            option = mapping(answer.get("list_option")) or mapping(
                answer.get("options")
            )
            pages = integer(mapping(option.get("pagination")).get("total_pages"))
            if len(users) == before or (pages is not None and number >= pages):
                break
        return list(users.values())

    async def add(self, request: UserRequest) -> UserResult:
        """Register an identifier for each card, and one for the PIN."""
        if request.user_id is not None:
            raise RequestRejected("user_id_not_free")
        name = _name(request)
        wanted = _identifiers(request)
        if not wanted:
            raise RequestRejected("credential_needed")
        common = {
            "identifier_owner": {"name": name, "type": "owner"},
            "lock": _lock(request) or "all",
            "valid": _ALWAYS | _valid(request),
        }
        uids: list[str] = []
        done: list[str] = []
        failed: dict[str, AccessSystemError] = {}
        for field, kind, number in wanted:
            body = common | {"identifier_type": kind, "identifier_number": number}
            try:
                answer = await self._client.call("POST", _PATH, body=body)
            except AccessSystemError as err:
                if not uids and len(wanted) == 1:
                    raise
                failed[field] = err
                continue
            uid = text(mapping(answer.json).get("uid"))
            if uid is None:
                failed[field] = RequestRejected("registered_without_id")
                continue
            uids.append(uid)
            if field not in failed:
                done.append(field)
        if not uids:
            raise RequestRejected(reason=list(failed.values()))
        done += [
            field
            for field in ("name", "doors", "valid_from", "valid_until", "passes")
            if getattr(request, field) is not None
        ]
        return UserResult(
            user_id=",".join(uids),
            done=tuple(dict.fromkeys(field for field in done if field not in failed)),
            failed=failed,
        )

    async def update(self, request: UserRequest) -> UserResult:
        """Change identifiers; what is not said stays."""
        uids = _uids(request.user_id)
        change: dict[str, Any] = {}
        if request.name is not None:
            change["identifier_owner"] = {"name": _name(request), "type": "owner"}
        if (lock := _lock(request)) is not None:
            change["lock"] = lock
        valid = _valid(request)
        if wanted := _identifiers(request):
            if len(wanted) > 1 or len(uids) > 1:
                raise RequestRejected("one_credential")
            _, kind, number = wanted[0]
            change |= {"identifier_type": kind, "identifier_number": number}
        if not change and not valid:
            raise RequestRejected("nothing_to_change")
        done = [
            field
            for field in sorted(FIELDS - {"user_id"})
            if getattr(request, field) is not None
        ]
        changed: list[str] = []
        for uid in uids:
            try:
                body = await self._whole(uid, change, valid)
                await self._client.call("PATCH", f"{_PATH}/item/{uid}", body=body)
            except AccessSystemError as err:
                if not changed:
                    raise
                return UserResult(
                    user_id=",".join(changed), failed=dict.fromkeys(done, err)
                )
            changed.append(uid)
        return UserResult(user_id=",".join(uids), done=tuple(done))

    async def _whole(
        self, uid: str, change: dict[str, Any], valid: dict[str, Any]
    ) -> dict[str, Any]:
        """Return an identifier with what was not said as it is."""
        item = mapping(await self._client.get(f"{_PATH}/item/{uid}"))
        whole = {name: item[name] for name in _WHOLE if item.get(name)} | change
        if valid:
            whole["valid"] = {**_ALWAYS, **mapping(item.get("valid")), **valid}
        return whole

    async def remove(self, user_id: str) -> None:
        """Remove identifiers."""
        removed: list[str] = []
        for uid in _uids(user_id):
            try:
                await self._client.call("DELETE", f"{_PATH}/item/{uid}")
            except RequestRejected as err:
                if not removed:
                    raise
                raise RequestRejected(
                    "half_done", done=", ".join(removed), failed=uid, message=err
                ) from None
            removed.append(uid)


def _user(row: Mapping[str, Any]) -> User | None:
    """Return an identifier as it is listed, without its number."""
    uid = text(row.get("identifier_uid")) or text(row.get("uid"))
    if uid is None:
        return None
    kind = (text(row.get("identifier_type")) or "").lower()
    valid = mapping(row.get("valid"))
    time, passes = mapping(valid.get("time")), mapping(valid.get("passes"))
    always = flag(time.get("is_permanent"))
    unlimited = flag(passes.get("is_permanent"))
    return User(
        id=uid,
        name=text(mapping(row.get("identifier_owner")).get("name")) or uid,
        valid_from=None if always else instant(time.get("from")),
        valid_until=None if always else instant(time.get("to")),
        passes=None if unlimited else integer(passes.get("max_passes")),
        cards=int(kind in ("card", "ukey", "qr", "license_plate")),
        has_pin=kind in ("inputcode", "input_code"),
        faces=int(kind == "face_id"),
    )


def _identifiers(request: UserRequest) -> list[tuple[str, str, str]]:
    """Return the field, the type and the number of each identifier."""
    wanted: list[tuple[str, str, str]] = []
    for card in request.cards or ():
        prefix, colon, rest = card.strip().partition(":")
        kind = _KINDS.get(prefix.strip().lower()) if colon else None
        number = (rest if kind else card).strip()
        kind = kind or "card"
        if not _SHAPES[kind].fullmatch(number):
            raise RequestRejected("card_or_prefix")
        wanted.append(("cards", kind, number))
    if request.pin:
        if not _PIN.fullmatch(request.pin):
            raise RequestRejected("pin_length", field="pin", least="3", most="16")
        wanted.append(("pin", "inputCode", request.pin))
    for name in ("email", "phone", "groups", "schedule", "face_image", "active"):
        if getattr(request, name) is not None:
            raise RequestRejected("field_unused", field=name)
    return wanted


def _name(request: UserRequest) -> str:
    """Return the name of the owner."""
    name = (request.name or "").strip()
    if not name or len(name) > 255:
        raise RequestRejected("field_needed", field="name")
    return name


def _lock(request: UserRequest) -> str | None:
    """Return which locks are opened; a panel knows the first, the second or all."""
    if request.doors is None:
        return None
    doors = tuple(sorted(set(request.doors)))
    if doors not in _LOCKS:
        raise RequestRejected("one_lock_or_all")
    return _LOCKS[doors]


def _valid(request: UserRequest) -> dict[str, Any]:
    """Return what was said of when, and how often, identifiers open; may be empty."""
    valid: dict[str, Any] = {}
    if request.valid_from is not None or request.valid_until is not None:
        valid["time"] = _period(request)
    if request.passes is not None:
        if not 1 <= request.passes <= _MOST_PASSES:
            raise RequestRejected(
                "field_range", field="passes", least="1", most=str(_MOST_PASSES)
            )
        valid["passes"] = {"is_permanent": False, "max_passes": request.passes}
    return valid


def _period(request: UserRequest) -> dict[str, Any]:
    """Return when identifiers open, in seconds as the panel has it."""
    if request.valid_from is None or request.valid_until is None:
        raise RequestRejected("both_times_needed")
    if request.valid_until <= request.valid_from:
        raise RequestRejected("valid_until_before_valid_from")
    return {
        "is_permanent": False,
        "from": _seconds(request.valid_from),
        "to": _seconds(request.valid_until),
    }


def _seconds(moment: datetime) -> int:
    """Return a time in seconds since 1970."""
    return int(moment.timestamp())


def _uids(user_id: str | None) -> list[str]:
    """Return the numbers of the identifiers that are meant."""
    uids = [part.strip() for part in (user_id or "").split(",")]
    if not all(re.fullmatch(r"[0-9]{1,18}", uid) for uid in uids):
        raise RequestRejected("user_unknown")
    return uids
