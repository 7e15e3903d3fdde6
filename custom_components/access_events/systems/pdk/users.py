"""The people of a PDK system: its holders.

Source: developer.pdk.io 2.0, "Holders", "Credentials" and "Groups".
"""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
import re
from typing import Any

from ...models import User, UserRequest, UserResult
from ..base import AccessSystemError, RequestRejected
from ..parsing import flag, instant, integer, items, mapping, text
from .client import NotFound, PdkClient

FIELDS = frozenset(
    {
        "name",
        "user_id",
        "active",
        "valid_from",
        "valid_until",
        "groups",
        "cards",
        "pin",
        "duress_pin",
        "email",
    }
)
"""What a registration may set. `groups` are PDK's, by name or id; `cards` are numbers,
with the facility code before a dash where the card has one (`77-26858`)."""

_HOLDERS = "/holders"
_LONGEST_NAME = 35
_CARD = re.compile(r"(?:([0-9]{1,10})[-:/ ])?([0-9]{1,20})")
_PIN = re.compile(r"[0-9]{4,9}")
_ID = re.compile(r"[\w.-]+")

type Card = tuple[int | None, int]
"""A facility code and a card number."""
type Step = Callable[[], Awaitable[Step | None]]
"""Something to do, which returns what takes it back."""
type Part = Callable[[], Awaitable[None]]
"""What sets one field of a request."""


class Register:
    """Lists, adds, changes and removes holders."""

    def __init__(self, client: PdkClient) -> None:
        """Use a system's client."""
        self._client = client

    async def users(self) -> list[User]:
        """List all holders."""
        groups = {
            group_id: text(row.get("name")) or group_id
            for row in await self._client.all("/groups")
            if (group_id := text(row.get("id"))) is not None
        }
        return [
            _user(row, groups)
            for row in await self._client.all(_HOLDERS)
            if text(row.get("id")) is not None
        ]

    async def add(self, request: UserRequest) -> UserResult:
        """Register a holder; if a part fails, all is undone.

        Raises `RequestRejected` with the part that failed. Where the holder can't be
        removed again, the answer tells what of it was set.
        """
        if request.user_id is not None:
            raise RequestRejected("user_id_not_free")
        if request.name is None:
            raise RequestRejected("field_needed", field="name")
        body, asked = _body(request)
        cards, groups = _cards(request), await self._groups(request)
        answer = await self._client.send("POST", _HOLDERS, body)
        holder = text(mapping(answer.json).get("id"))
        if holder is None:
            location = answer.headers.get("Location", "")
            holder = text(location.rstrip("/").rpartition("/")[2])
        if holder is None:
            raise RequestRejected("registered_without_id")
        result = await self._run(holder, asked, self._parts(holder, cards, groups))
        if not result.failed:
            return result
        try:
            await self.remove(holder)
        except AccessSystemError:
            return result
        raise RequestRejected(
            "registration_undone",
            reason=[
                RequestRejected("of_field", field=field, reason=why)
                for field, why in result.failed.items()
            ],
        )

    async def update(self, request: UserRequest) -> UserResult:
        """Change a holder; what is not said stays."""
        if request.user_id is None:
            raise RequestRejected("field_needed", field="user_id")
        holder = _part(request.user_id)
        body, asked = _body(request)
        cards, groups = _cards(request), await self._groups(request)
        before = mapping(await self._client.get(f"{_HOLDERS}/{holder}"))
        held_groups = () if groups is None else await self._held_groups(holder, before)
        held_cards = {} if cards is None else await self._held_cards(holder)
        if body:
            await self._client.send("PATCH", f"{_HOLDERS}/{holder}", body)
        parts = self._parts(holder, cards, groups, held_cards, held_groups)
        return await self._run(holder, asked, parts)

    async def remove(self, user_id: str) -> None:
        """Remove a holder; one that is gone already is no error."""
        try:
            await self._client.send("DELETE", f"{_HOLDERS}/{_part(user_id)}")
        except NotFound:
            return

    async def _run(
        self, holder: str, done: list[str], parts: Mapping[str, Part]
    ) -> UserResult:
        """Set what takes requests of its own; tells what of it failed, and why."""
        failed: dict[str, AccessSystemError] = {}
        for name, part in parts.items():
            try:
                await part()
            except AccessSystemError as err:
                failed[name] = err
            else:
                done.append(name)
        return UserResult(user_id=holder, done=tuple(done), failed=failed)

    def _parts(
        self,
        holder: str,
        cards: tuple[Card, ...] | None,
        groups: tuple[str, ...] | None,
        held_cards: Mapping[Card, str] | None = None,
        held_groups: tuple[str, ...] = (),
    ) -> dict[str, Part]:
        """Return what takes requests of its own, by the field that it sets."""
        parts: dict[str, Part] = {}
        if groups is not None:
            parts["groups"] = lambda: self._set_groups(holder, groups, held_groups)
        if cards is not None:
            parts["cards"] = lambda: self._set_cards(holder, cards, held_cards or {})
        return parts

    async def _set_groups(
        self, holder: str, wanted: tuple[str, ...], held: tuple[str, ...]
    ) -> None:
        """Put a holder into just these groups; on an error those before again."""

        async def join(group: str) -> Step:
            await self._client.send("PUT", f"{path}/{_part(group)}")
            return partial(leave, group)

        async def leave(group: str) -> Step:
            await self._client.send("DELETE", f"{path}/{_part(group)}")
            return partial(join, group)

        path = f"{_HOLDERS}/{holder}/groups"
        await _all_or_none(
            *(partial(join, group) for group in wanted if group not in held),
            *(partial(leave, group) for group in held if group not in wanted),
        )

    async def _set_cards(
        self, holder: str, wanted: tuple[Card, ...], held: Mapping[Card, str]
    ) -> None:
        """Give a holder just these cards; on an error those before again."""

        async def give(card: Card) -> Step | None:
            facility, number = card
            body = {
                "types": ["card"],
                "credentialNumber": number,
                "facilityCode": facility,
            }
            answer = await self._client.send("POST", path, body)
            credential = text(mapping(answer.json).get("id"))
            return None if credential is None else partial(take, card, credential)

        async def take(card: Card, credential: str) -> Step:
            await self._client.send("DELETE", f"{path}/{_part(credential)}")
            return partial(give, card)

        path = f"{_HOLDERS}/{holder}/credentials"
        await _all_or_none(
            *(partial(give, card) for card in wanted if card not in held),
            *(
                partial(take, card, credential)
                for card, credential in held.items()
                if card not in wanted
            ),
        )

    async def _held_groups(
        self, holder: str, told: Mapping[str, Any]
    ) -> tuple[str, ...]:
        """Return the groups that a holder is in, which not every answer tells."""
        if "groups" in told:
            return _references(told["groups"])
        try:
            return _references(await self._client.all(f"{_HOLDERS}/{holder}/groups"))
        except NotFound:
            return ()

    async def _held_cards(self, holder: str) -> dict[Card, str]:
        """Return the ids of the cards that a holder has."""
        held: dict[Card, str] = {}
        for row in await self._client.all(f"{_HOLDERS}/{holder}/credentials"):
            number = integer(row.get("credentialNumber"))
            credential = text(row.get("id"))
            if number is not None and credential is not None:
                held[integer(row.get("facilityCode")), number] = credential
        return held

    async def _groups(self, request: UserRequest) -> tuple[str, ...] | None:
        """Return the ids of the groups that are asked for."""
        if not request.groups:
            return request.groups
        known: dict[str, str] = {}
        for row in await self._client.all("/groups"):
            if (group_id := text(row.get("id"))) is not None:
                known[group_id] = group_id
                if (name := text(row.get("name"))) is not None:
                    known.setdefault(name.casefold(), group_id)
        found: list[str] = []
        for asked in map(str.strip, request.groups):
            group = known.get(asked) or known.get(asked.casefold())
            if group is None:
                raise RequestRejected("unknown_in_field", field="groups", names=asked)
            found.append(_part(group))
        return tuple(dict.fromkeys(found))


async def _all_or_none(*steps: Step) -> None:
    """Take all steps; if one fails, take back those before it.

    Each step returns what takes it back, None if nothing can.
    """
    backwards: deque[Step | None] = deque()
    try:
        for step in steps:
            backwards.appendleft(await step())
    except AccessSystemError as err:
        try:
            for back in backwards:
                if back is None:
                    raise RequestRejected from None
                await back()
        except AccessSystemError:
            raise RequestRejected("not_undone", reason=err) from None
        raise


def _body(request: UserRequest) -> tuple[dict[str, Any], list[str]]:
    """Return what goes into a holder's own record, and the fields that are set by it."""
    body: dict[str, Any] = {}
    asked: list[str] = []
    if request.name is not None:
        body |= _names(request.name)
        asked.append("name")
    for name, key in (("email", "email"), ("pin", "pin"), ("duress_pin", "duressPin")):
        value: str | None = getattr(request, name)
        if value is None:
            continue
        if "pin" in name and value and not _PIN.fullmatch(value):
            raise RequestRejected("pin_length", field=name, least="4", most="9")
        body[key] = value or None
        asked.append(name)
    if request.active is not None:
        body["enabled"] = request.active
        asked.append("active")
    for name, key in (("valid_from", "activeDate"), ("valid_until", "expireDate")):
        moment: datetime | None = getattr(request, name)
        if moment is not None:
            body[key] = moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
            asked.append(name)
    if (
        request.valid_from is not None
        and request.valid_until is not None
        and request.valid_until <= request.valid_from
    ):
        raise RequestRejected("valid_until_before_valid_from")
    if request.pin and request.pin == request.duress_pin:
        raise RequestRejected("duress_pin_same")
    return body, asked


def _names(name: str) -> dict[str, str]:
    """Return a name as PDK wants it, in two parts of up to 35 characters."""
    first, _, last = name.strip().rpartition(" ")
    if not first.strip() or not last:
        raise RequestRejected("two_names_needed")
    if max(len(first.strip()), len(last)) > _LONGEST_NAME:
        raise RequestRejected("field_too_long", field="name", most=str(_LONGEST_NAME))
    return {"firstName": first.strip(), "lastName": last}


def _cards(request: UserRequest) -> tuple[Card, ...] | None:
    """Return the cards that are asked for."""
    if request.cards is None:
        return None
    cards: list[Card] = []
    for given in request.cards:
        if (found := _CARD.fullmatch(given.strip())) is None:
            raise RequestRejected("card_with_facility")
        cards.append((int(found[1]) if found[1] else None, int(found[2])))
    return tuple(dict.fromkeys(cards))


def _user(row: Mapping[str, Any], groups: Mapping[str, str]) -> User:
    """Return a holder as it is listed."""
    holder = text(row.get("id")) or ""
    names = (text(row.get("firstName")), text(row.get("lastName")))
    credentials = row.get("credentials")
    return User(
        id=holder,
        name=" ".join(filter(None, names)) or text(row.get("name")) or holder,
        active=flag(row.get("enabled")),
        valid_from=instant(row.get("activeDate")),
        valid_until=instant(row.get("expireDate")),
        groups=tuple(
            groups.get(group, group) for group in _references(row.get("groups"))
        ),
        cards=len(credentials) if isinstance(credentials, list) else None,
        has_pin=bool(row.get("pin")) if "pin" in row else None,
        email=text(row.get("email")),
    )


def _references(value: object) -> tuple[str, ...]:
    """Return ids, of a list of objects or of plain ids."""
    found = (text(mapping(item).get("id")) or text(item) for item in items(value))
    return tuple(reference for reference in found if reference is not None)


def _part(user_id: str) -> str:
    """Return an id that may stand in a path."""
    if not _ID.fullmatch(user_id) or user_id in (".", ".."):
        raise RequestRejected("user_unknown")
    return user_id
