"""Identifiers: cards, keys, codes, QR codes and plates."""

import re
from typing import Any
import uuid

from aiohttp import web

from tests.simulators.common import Json

from .api import Result, Route, json_body, member
from .errors import ApiError
from .site import LOCKS, Identifier
from .world import World

TYPES = ("card", "ukey", "inputCode", "qr", "license_plate")
_CARD = re.compile(r"[0-9]{1,10}|([0-9A-Fa-f]{2}[:-]){1,7}[0-9A-Fa-f]{2}")
_FIELDS = ("identifier_owner", "identifier_type", "identifier_number", "lock", "valid")


class IdentifierApi:
    """The list of identifiers and its changes."""

    def __init__(self, sim: World) -> None:
        """Serve a simulator."""
        self.sim = sim

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        item = "/access/identifier/item/{uid}"
        return [
            Route("POST", "/access/identifier", self._create, True),
            Route("GET", "/access/identifier/items", self._items),
            Route("DELETE", "/access/identifier/items", self._delete_many, True),
            Route("GET", item, self._get),
            Route("PATCH", item, self._update, True),
            Route("DELETE", item, self._delete, True),
            Route("POST", f"{item}/passes/reset", self._reset, True),
        ]

    def _find(self, uid: Any) -> Identifier:
        """Return an identifier by its uid. Raises ApiError."""
        found = self.sim.site.identifiers.get(int(uid)) if str(uid).isdigit() else None
        if found is None:
            raise ApiError("Wrong identifier uid")
        return found

    async def _create(self, request: web.Request) -> Result:
        """Add an identifier and answer its uid."""
        body = await json_body(request)
        _complete(body)
        made = Identifier(0, "", "owner", "", "", "first", {})
        self._apply(made, body)
        self.sim.site.add(made)
        return {"uid": made.uid}

    async def _update(self, request: web.Request) -> Result:
        """Change an identifier, which has to be given whole but for its validity."""
        item = self._find(request.match_info["uid"])
        body = await json_body(request)
        _complete(body)
        self._apply(item, body)
        return None

    async def _get(self, request: web.Request) -> Result:
        """Answer one identifier."""
        item = self._find(request.match_info["uid"])
        return _render(item) | {"additional": {"passes_left": item.passes_left}}

    async def _delete(self, request: web.Request) -> Result:
        """Remove one identifier."""
        del self.sim.site.identifiers[self._find(request.match_info["uid"]).uid]
        return None

    async def _delete_many(self, request: web.Request) -> Result:
        """Remove identifiers."""
        uids = member(await json_body(request), "uid_items", list)
        for item in [self._find(uid) for uid in uids]:
            self.sim.site.identifiers.pop(item.uid, None)
        return None

    async def _reset(self, request: web.Request) -> Result:
        """Give an identifier all its passes again."""
        item = self._find(request.match_info["uid"])
        item.passes_left = _passes(item.valid)
        return None

    async def _items(self, request: web.Request) -> Result:
        """Answer a page of identifiers."""
        modes, query = self.sim.modes, request.query
        camdroid = modes.family == "camdroid"
        limit = query.get("limit", "" if camdroid else "10")
        page = query.get("page_number", "" if camdroid else "1")
        if not limit.isdigit() or int(limit) not in modes.limits:
            raise ApiError("Wrong pagination limit")
        if not page.isdigit() or int(page) < 1:
            raise ApiError("Wrong page number")
        items = list(self.sim.site.identifiers.values())
        first = (int(page) - 1) * int(limit)
        return {
            modes.envelope: {
                "pagination": {
                    "total_items": len(items),
                    "items_limit": int(limit),
                    "total_pages": max(1, -(-len(items) // int(limit))),
                    "current_page": int(page),
                },
                "sort": {"field": "identifier_owner", "asc": True},
            },
            "list_items": [
                {"identifier_uid": item.uid} | _render(item)
                for item in items[first : first + int(limit)]
            ],
        }

    def _apply(self, item: Identifier, body: Json) -> None:
        """Take over what a body gives, if all of it is right."""
        owner = member(body, "identifier_owner", dict, optional=True) or {
            "name": item.owner,
            "type": item.owner_type,
        }
        name, owner_type = (member(owner, part, str) for part in ("name", "type"))
        if owner_type not in ("owner", "guest"):
            raise ApiError("Wrong identifier owner type")
        kind = member(body, "identifier_type", str, optional=True) or item.type
        if kind not in TYPES:
            raise ApiError("Wrong identifier type")
        number = member(body, "identifier_number", str, optional=True) or item.number
        self._check_number(item, kind, number)
        lock = member(body, "lock", str, optional=True) or item.lock
        if lock not in LOCKS:
            raise ApiError("Wrong lock")
        valid = member(body, "valid", dict, optional=True)
        if valid is not None:
            _check_valid(valid)
            item.valid, item.passes_left = valid, _passes(valid)
        item.owner, item.owner_type, item.lock = name, owner_type, lock
        item.type, item.number = kind, number

    def _check_number(self, item: Identifier, kind: str, number: str) -> None:
        """Refuse a number that its type cannot have, or that is taken."""
        right = {
            "card": _CARD.fullmatch(number) is not None,
            "ukey": _CARD.fullmatch(number) is not None,
            "inputCode": number.isascii() and number.isdigit() and len(number) <= 10,
            "qr": _is_uuid(number),
            "license_plate": 1 <= len(number) <= 100,
        }[kind]
        if not right:
            raise ApiError("Wrong identifier number")
        for other in self.sim.site.identifiers.values():
            if other is not item and (other.type, other.number) == (kind, number):
                raise ApiError("Identifier with this number already exists")


def _complete(body: Json) -> None:
    """Refuse an identifier of which a part is missing. Raises ApiError."""
    for name in _FIELDS:
        if body.get(name) is None:
            raise ApiError(f"Wrong JSON body: no value for {name}")


def _check_valid(valid: Json) -> None:
    """Refuse a validity that is not complete; its times are in seconds."""
    span = member(valid, "time", dict)
    if not member(span, "is_permanent", bool):
        start, end = (member(span, name, int) for name in ("from", "to"))
        if end <= start:
            raise ApiError("Wrong time range: 'to' must be greater then 'from'")
        if start > 10**11:
            raise ApiError("Wrong time format")
    passes = member(valid, "passes", dict)
    if not member(passes, "is_permanent", bool):
        if member(passes, "max_passes", int) < 1:
            raise ApiError("Wrong passes count")


def _passes(valid: Json) -> int:
    """Return how many passes a validity gives; -1 is any number."""
    passes = valid.get("passes", {})
    return -1 if passes.get("is_permanent", True) else int(passes["max_passes"])


def _render(item: Identifier) -> Json:
    """Return an identifier as the API gives it."""
    return {
        "identifier_owner": {"name": item.owner, "type": item.owner_type},
        "identifier_type": item.type,
        "identifier_number": item.number,
        "lock": item.lock,
        "valid": item.valid,
    }


def _is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
