"""The people registered with UniFi Access.

Source: API reference, sections User, Access Policy and Credential. UniFi knows no
validity dates for users, only for visitors, so none are taken.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
import re
from typing import Any

from ...models import User, UserRequest, UserResult
from ..base import AccessSystemError, NotSupported, PermissionMissing, RequestRejected
from ..parsing import integer, items, mapping, text
from .client import page_info
from .errors import NotFound
from .records import hits
from .site import Site

FIELDS = frozenset({"name", "active", "email", "groups", "cards", "pin"})
"""What a registration may set. `groups` are access policies, by name or id; `cards` are
cards that are enrolled already, by the number or alias shown in UniFi, or by token.
UniFi chooses the ids itself."""

_VIEW, _EDIT = "view:user", "edit:user"
_PAGE = 100
_MOST_PAGES = 200
_TOKEN = re.compile(r"[0-9a-fA-F]{60,70}")
_PIN = re.compile(r"[0-9]{4,8}")


class Register:
    """Lists, adds, changes and removes users."""

    def __init__(self, site: Site) -> None:
        """Use a site's console."""
        self._site = site

    async def users(self) -> list[User]:
        """List all users."""
        params = {"expand[]": "access_policy"}
        return [_user(row) async for row in self._rows("/users", _VIEW, params)]

    async def add(self, request: UserRequest) -> UserResult:
        """Register a user, then set what takes requests of its own."""
        if request.name is None:
            raise RequestRejected("field_needed", field="name")
        self._check(request)
        policies = await self._policies(request)
        cards = await self._cards(request)
        body: dict[str, object] = dict(_names(request.name))
        if request.email is not None:
            body["user_email"] = request.email
        data = mapping(await self._edit("POST", "/users", body))
        if (user_id := text(data.get("id"))) is None:
            raise RequestRejected("registered_without_id")
        done = ["name", *(["email"] if request.email is not None else [])]
        return await self._set(user_id, request, policies, cards, done, held=())

    async def update(self, request: UserRequest) -> UserResult:
        """Change a user; what is not said stays."""
        if (user_id := request.user_id) is None:
            raise RequestRejected("field_needed", field="user_id")
        self._check(request)
        policies = await self._policies(request)
        cards = await self._cards(request)
        user = mapping(await self._site.client.get(f"/users/{_part(user_id)}", _VIEW))
        body: dict[str, object] = {}
        if request.name is not None:
            body |= _names(request.name)
        if request.email is not None:
            body["user_email"] = request.email
        if body:
            await self._edit("PUT", f"/users/{_part(user_id)}", body)
        done = [
            name for name in ("name", "email") if getattr(request, name) is not None
        ]
        held = tuple(
            token
            for card in map(mapping, items(user.get("nfc_cards")))
            if (token := text(card.get("token"))) is not None
        )
        return await self._set(user_id, request, policies, cards, done, held)

    async def remove(self, user_id: str) -> None:
        """Deactivate a user, then delete it: UniFi deletes no active ones."""
        path = f"/users/{_part(user_id)}"
        await self._edit("PUT", path, {"status": "DEACTIVATED"})
        try:
            await self._edit("DELETE", path)
        except NotFound:
            raise NotSupported("user_deactivated") from None

    async def _set(
        self,
        user_id: str,
        request: UserRequest,
        policies: list[str] | None,
        cards: dict[str, str] | None,
        done: list[str],
        held: tuple[str, ...],
    ) -> UserResult:
        """Set what takes requests of its own; tells what of it failed, and why."""
        path = f"/users/{_part(user_id)}"
        failed: dict[str, AccessSystemError] = {}

        async def attempt(
            name: str, step: Callable[[], Coroutine[Any, Any, object]]
        ) -> None:
            try:
                await step()
            except AccessSystemError as err:
                failed[name] = err
            else:
                done.append(name)

        if policies is not None:
            body = {"access_policy_ids": policies}
            await attempt(
                "groups", lambda: self._edit("PUT", f"{path}/access_policies", body)
            )
        if cards is not None:
            await attempt("cards", lambda: self._set_cards(path, cards, held))
        if request.pin is not None:
            step = (
                self._edit("PUT", f"{path}/pin_codes", {"pin_code": request.pin})
                if request.pin
                else self._edit("DELETE", f"{path}/pin_codes")
            )
            await attempt("pin", lambda: step)
        if request.active is not None:
            status = {"status": "ACTIVE" if request.active else "DEACTIVATED"}
            await attempt("active", lambda: self._edit("PUT", path, status))
        return UserResult(user_id=user_id, done=tuple(done), failed=failed)

    async def _set_cards(
        self, path: str, cards: Mapping[str, str], held: tuple[str, ...]
    ) -> None:
        """Give a user just these cards; none is taken from somebody else."""
        wanted = cards.values()
        for token in wanted:
            if token not in held:
                await self._edit(
                    "PUT", f"{path}/nfc_cards", {"token": token, "force_add": False}
                )
        for token in held:
            if token not in wanted:
                await self._edit("PUT", f"{path}/nfc_cards/delete", {"token": token})

    def _check(self, request: UserRequest) -> None:
        """Refuse before anything is done what UniFi would refuse half-way."""
        if request.pin and not _PIN.fullmatch(request.pin):
            raise RequestRejected("pin_length", field="pin", least="4", most="8")
        if request.name is not None:
            _names(request.name)

    async def _policies(self, request: UserRequest) -> list[str] | None:
        """Return the ids of the access policies that are asked for."""
        if request.groups is None:
            return None
        if not request.groups:
            return []
        data = await self._site.client.get("/access_policies", "view:policy")
        known: dict[str, str] = {}
        for policy in map(mapping, items(data)):
            if (policy_id := text(policy.get("id"))) is not None:
                known[policy_id] = policy_id
                known.setdefault(text(policy.get("name")) or policy_id, policy_id)
        return [
            _known(
                known,
                group.strip(),
                RequestRejected("unknown_in_field", field="groups", names=group),
            )
            for group in request.groups
        ]

    async def _cards(self, request: UserRequest) -> dict[str, str] | None:
        """Return the tokens of the cards that are asked for, by what was asked."""
        if request.cards is None:
            return None
        if all(_TOKEN.fullmatch(card.strip()) for card in request.cards):
            return {card: card.strip() for card in request.cards}
        known: dict[str, str] = {}
        async for row in self._rows(
            "/credentials/nfc_cards/tokens", "view:credential", {}
        ):
            if (token := text(row.get("token"))) is None:
                continue
            known[token] = token
            for key in ("display_id", "alias", "note"):
                if (name := text(row.get(key))) is not None:
                    known.setdefault(name.casefold(), token)
        return {
            card: _known(known, card.strip(), RequestRejected("card_unknown"))
            for card in request.cards
        }

    async def _rows(
        self, path: str, permission: str, params: Mapping[str, str]
    ) -> AsyncIterator[Mapping[str, Any]]:
        """Read a list page by page, also where the console ignores pages."""
        seen: set[str] = set()
        for number in range(1, _MOST_PAGES + 1):
            try:
                envelope = await self._site.client.envelope(
                    "GET",
                    path,
                    permission,
                    params={**params, "page_num": str(number), "page_size": str(_PAGE)},
                )
            except PermissionMissing as err:
                self._site.missing(err)
                raise
            self._site.granted(permission)
            rows = [mapping(row) for row in hits(envelope.get("data"))]
            fresh = 0
            for row in rows:
                key = text(row.get("id")) or text(row.get("token"))
                if key is not None and key not in seen:
                    seen.add(key)
                    fresh += 1
                    yield row
            total = integer(page_info(envelope).get("total"))
            if not fresh or (
                total is not None and len(seen) >= total and len(rows) < _PAGE
            ):
                return

    async def _edit(self, method: str, path: str, body: object = None) -> Any:
        """Change something about users, and note whether the token may."""
        try:
            data = await self._site.client.send(method, path, _EDIT, body)
        except PermissionMissing as err:
            self._site.missing(err)
            raise
        self._site.granted(_EDIT)
        return data


def _user(row: Mapping[str, Any]) -> User:
    """Return a user as it is listed."""
    status = (text(row.get("status")) or "").upper()
    names = (text(row.get("first_name")), text(row.get("last_name")))
    name = (
        text(row.get("full_name"))
        or " ".join(filter(None, names))
        or text(row.get("alias"))
    )
    user_id = text(row.get("id")) or ""
    pin = row.get("pin_code")
    policies = [
        text(mapping(policy).get("name"))
        for policy in items(row.get("access_policies"))
    ]
    return User(
        id=user_id,
        name=name or user_id,
        active={"ACTIVE": True, "PENDING": True, "DEACTIVATED": False}.get(status),
        groups=tuple(policy for policy in policies if policy is not None),
        cards=len(items(row.get("nfc_cards"))),
        has_pin=bool(pin) if "pin_code" in row else None,
        email=text(row.get("user_email")) or text(row.get("email")),
        phone=text(row.get("phone")),
    )


def _names(name: str) -> dict[str, str]:
    """Return a name as UniFi wants it, in two parts."""
    first, _, last = name.strip().rpartition(" ")
    if not first or not last:
        raise RequestRejected("two_names_needed")
    return {"first_name": first.strip(), "last_name": last}


def _known(known: Mapping[str, str], asked: str, unknown: RequestRejected) -> str:
    """Return the id of what was asked for, by its name or id; raises what it is given."""
    found = known.get(asked) or known.get(asked.casefold())
    if found is None:
        raise unknown
    return found


def _part(user_id: str) -> str:
    """Return an id that may stand in a path."""
    if not re.fullmatch(r"[\w.-]+", user_id) or user_id in (".", ".."):
        raise RequestRejected("user_unknown")
    return user_id
