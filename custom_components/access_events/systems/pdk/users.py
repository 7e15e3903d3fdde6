"""The people of a PDK system: its holders.

Source: developer.pdk.io 2.0, "Holders", "Credentials" and "Groups".
"""

from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
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
type Step = Callable[[], Coroutine[Any, Any, object]]


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
            raise RequestRejected(
                "user_id: PDK chooses the ids of holders. Leave it out"
            )
        if request.name is None:
            raise RequestRejected("name: PDK needs this field")
        body, asked = _body(request)
        cards, groups = _cards(request), await self._groups(request)
        answer = await self._client.send("POST", _HOLDERS, body)
        holder = text(mapping(answer.json).get("id"))
        if holder is None:
            location = answer.headers.get("Location", "")
            holder = text(location.rstrip("/").rpartition("/")[2])
        if holder is None:
            raise RequestRejected("PDK registered the holder, but did not say as whom")
        result = await self._run(holder, asked, self._steps(holder, cards, groups))
        if not result.failed:
            return result
        why = "; ".join(f"{part}: {reason}" for part, reason in result.failed.items())
        try:
            await self.remove(holder)
        except AccessSystemError:
            return result
        raise RequestRejected(
            f"{why}. The holder was removed again, so nobody is registered"
        )

    async def update(self, request: UserRequest) -> UserResult:
        """Change a holder; what is not said stays."""
        if request.user_id is None:
            raise RequestRejected("user_id: say which holder is to be changed")
        holder = _part(request.user_id)
        body, asked = _body(request)
        cards, groups = _cards(request), await self._groups(request)
        before = mapping(await self._client.get(f"{_HOLDERS}/{holder}"))
        held_groups = _references(before.get("groups"))
        held_cards = {} if cards is None else await self._held_cards(holder)
        if body:
            await self._client.send("PATCH", f"{_HOLDERS}/{holder}", body)
        steps = self._steps(holder, cards, groups, held_cards, held_groups)
        return await self._run(holder, asked, steps)

    async def remove(self, user_id: str) -> None:
        """Remove a holder; one that is gone already is no error."""
        try:
            await self._client.send("DELETE", f"{_HOLDERS}/{_part(user_id)}")
        except NotFound:
            return

    async def _run(
        self, holder: str, done: list[str], steps: Mapping[str, Step]
    ) -> UserResult:
        """Set what takes requests of its own; tells what of it failed, and why."""
        failed: dict[str, str] = {}
        for name, step in steps.items():
            try:
                await step()
            except AccessSystemError as err:
                failed[name] = str(err)
            else:
                done.append(name)
        return UserResult(user_id=holder, done=tuple(done), failed=failed)

    def _steps(
        self,
        holder: str,
        cards: tuple[Card, ...] | None,
        groups: tuple[str, ...] | None,
        held_cards: Mapping[Card, str] | None = None,
        held_groups: tuple[str, ...] = (),
    ) -> dict[str, Step]:
        """Return what takes requests of its own, by the field that it sets."""
        steps: dict[str, Step] = {}
        if groups is not None:
            steps["groups"] = lambda: self._set_groups(holder, groups, held_groups)
        if cards is not None:
            steps["cards"] = lambda: self._set_cards(holder, cards, held_cards or {})
        return steps

    async def _set_groups(
        self, holder: str, wanted: tuple[str, ...], held: tuple[str, ...]
    ) -> None:
        """Put a holder into just these groups; on an error those before again."""
        path = f"{_HOLDERS}/{holder}/groups"
        added: list[str] = []
        try:
            for group in wanted:
                if group not in held:
                    await self._client.send("PUT", f"{path}/{group}")
                    added.append(group)
        except AccessSystemError:
            for group in added:
                await self._undo(f"{path}/{group}")
            raise
        for group in held:
            if group not in wanted:
                await self._client.send("DELETE", f"{path}/{_part(group)}")

    async def _set_cards(
        self, holder: str, wanted: tuple[Card, ...], held: Mapping[Card, str]
    ) -> None:
        """Give a holder just these cards; on an error those before again."""
        path = f"{_HOLDERS}/{holder}/credentials"
        added: list[str] = []
        try:
            for facility, number in wanted:
                if (facility, number) in held:
                    continue
                body = {
                    "types": ["card"],
                    "credentialNumber": number,
                    "facilityCode": facility,
                }
                answer = await self._client.send("POST", path, body)
                if (credential := text(mapping(answer.json).get("id"))) is not None:
                    added.append(credential)
        except AccessSystemError:
            for credential in added:
                await self._undo(f"{path}/{_part(credential)}")
            raise
        for card, credential in held.items():
            if card not in wanted:
                await self._client.send("DELETE", f"{path}/{_part(credential)}")

    async def _undo(self, path: str) -> None:
        """Take back what was done, as far as that is possible."""
        try:
            await self._client.send("DELETE", path)
        except AccessSystemError:
            return

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
                raise RequestRejected(f"groups: PDK knows no group {asked}")
            found.append(_part(group))
        return tuple(dict.fromkeys(found))


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
            raise RequestRejected(f"{name}: a PIN has 4 to 9 digits")
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
        raise RequestRejected("valid_until has to be after valid_from")
    if request.pin and request.pin == request.duress_pin:
        raise RequestRejected("duress_pin: has to be another one than the PIN")
    return body, asked


def _names(name: str) -> dict[str, str]:
    """Return a name as PDK wants it, in two parts of up to 35 characters."""
    first, _, last = name.strip().rpartition(" ")
    if not first.strip() or not last:
        raise RequestRejected("name: PDK needs a first and a last name")
    if max(len(first.strip()), len(last)) > _LONGEST_NAME:
        raise RequestRejected(
            f"name: PDK takes up to {_LONGEST_NAME} characters for each part"
        )
    return {"firstName": first.strip(), "lastName": last}


def _cards(request: UserRequest) -> tuple[Card, ...] | None:
    """Return the cards that are asked for."""
    if request.cards is None:
        return None
    cards: list[Card] = []
    for given in request.cards:
        if (found := _CARD.fullmatch(given.strip())) is None:
            raise RequestRejected(
                "cards: a card is a number, with its facility code before a dash where it "
                "has one, for example 77-26858"
            )
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
        raise RequestRejected("That is not an id of PDK's")
    return user_id
