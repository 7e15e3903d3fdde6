"""The tokens that PDK's cloud lets us in with.

Source: developer.pdk.io, "Authentication": client credentials bring an id token, an id
token brings a system token, a system token opens the system's API and its stream.
"""

import asyncio
import base64
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
import json
import time
from typing import Any

from yarl import URL

from ..base import (
    AccessSystemError,
    AuthError,
    ConnectError,
    PermissionMissing,
    RateLimited,
)
from ..http import Answer
from ..parsing import LONGEST_TOKEN, items, mapping, number, text
from .wire import Wire

_UNTOLD = 240.0
"""How many seconds a token counts as good that tells no expiry."""
_USED_FOR = 0.8
_SHORTEST, _LONGEST = 1.0, 86_400.0
_LONGEST_TEXT = 300
_MOST_ORGANIZATIONS = 5


class NoAccess(PermissionMissing):
    """The API client is let in, but not into this system."""

    key = "no_access"


class UnknownSystem(ConnectError):
    """The API client is let into other systems, and none of them has this id."""

    key = "unknown_system"


@dataclass(frozen=True, slots=True)
class Token:
    """A token and the moment of our steady clock from which to get a new one."""

    value: str = field(repr=False)
    renew_at: float

    @property
    def fresh(self) -> bool:
        """Return whether most of its life is still before it."""
        return time.monotonic() < self.renew_at


class Tokens:
    """Gets system tokens, one request at a time, and keeps the newest."""

    def __init__(
        self,
        wire: Wire,
        accounts: URL,
        system_id: str,
        client_id: str,
        client_secret: str,
    ) -> None:
        """Keep who we are."""
        self._wire = wire
        self._accounts = accounts
        self._system_id = system_id
        self._secret = client_secret
        pair = f"{client_id}:{client_secret}".encode()
        self._basic = f"Basic {base64.b64encode(pair).decode()}"
        self._id_token: Token | None = None
        self._token: Token | None = None
        self._turn = asyncio.Lock()
        self.renewals = 0

    async def current(self) -> Token:
        """Return a system token that is good for a while."""
        return await self._get(None)

    async def renewed(self, stale: str) -> Token:
        """Return another system token than one that was refused."""
        return await self._get(stale)

    async def _get(self, stale: str | None) -> Token:
        """Return the token that is kept, or a new one for all who wait for it."""
        async with self._turn:
            token = self._token
            if token is not None and token.fresh and token.value != stale:
                return token
            self._token = await self._fetch()
            self.renewals += 1
            return self._token

    async def _fetch(self) -> Token:
        """Get a system token, with a new id token if the old one is not accepted."""
        kept = self._id_token
        if kept is not None and kept.fresh:
            answer = await self._ask_system(kept)
            if answer.status not in (401, 403):
                return self._system_token(answer)
        self._id_token = None
        kept = self._id_token = await self._fetch_id()
        try:
            return self._system_token(await self._ask_system(kept))
        except NoAccess:
            if await self._is_elsewhere(kept):
                raise UnknownSystem from None
            raise

    async def _is_elsewhere(self, id_token: Token) -> bool:
        """Return whether all that the API client is let into are other systems.

        PDK answers the same for an id that there is not and for a permission that is
        missing; the organizations that it lists tell the two apart.
        """
        path = self._accounts / "api" / "organizations"
        headers = {"Authorization": f"Bearer {id_token.value}"}
        found: set[str | None] = set()
        with suppress(AccessSystemError):
            answer = await self._wire.ask("GET", path / "mine", headers=headers)
            for row in map(mapping, items(answer.json)[:_MOST_ORGANIZATIONS]):
                if (organization := text(row.get("id"))) is None:
                    continue
                answer = await self._wire.ask(
                    "GET", path / organization, headers=headers
                )
                found.add(text(mapping(answer.json).get("systemId")))
        return bool(found) and not found & {None, self._system_id}

    async def _fetch_id(self) -> Token:
        """Exchange client id and secret for an id token."""
        answer = await self._wire.ask(
            "POST",
            self._accounts / "oauth2" / "token",
            headers={"Authorization": self._basic, "Accept": "application/json"},
            form={"grant_type": "client_credentials"},
        )
        data = mapping(answer.json)
        value = text(data.get("id_token"), LONGEST_TOKEN)
        if answer.status == 200 and value is not None:
            return self._keep(value, answer, number(data.get("expires_in")))
        if answer.status in (400, 401, 403):
            raise AuthError
        raise self._unexpected(answer)

    async def _ask_system(self, id_token: Token) -> Answer:
        """Ask for a system token."""
        return await self._wire.ask(
            "POST",
            self._accounts / "api" / "systems" / self._system_id / "token",
            headers={
                "Authorization": f"Bearer {id_token.value}",
                "Accept": "application/json",
            },
        )

    def _system_token(self, answer: Answer) -> Token:
        """Return the token of an answer."""
        value = text(mapping(answer.json).get("token"), LONGEST_TOKEN)
        if 200 <= answer.status < 300 and value is not None:
            return self._keep(value, answer, None)
        if answer.status == 401:
            raise AuthError
        if answer.status == 403:
            said = self.said(answer) or "access to this system"
            raise NoAccess(said)
        if answer.status in (400, 404):
            raise UnknownSystem
        raise self._unexpected(answer)

    def _keep(self, value: str, answer: Answer, told: float | None) -> Token:
        """Return a token with the time that most of its life takes."""
        life = _life(value, answer.sent_at) or told or _UNTOLD
        life = min(max(life, _SHORTEST), _LONGEST)
        return Token(value, time.monotonic() + life * _USED_FOR)

    def _unexpected(self, answer: Answer) -> AccessSystemError:
        """Return what an answer means that is none to our question."""
        if answer.status == 429:
            return RateLimited()
        if answer.status >= 500:
            return ConnectError("not_ready", status=str(answer.status))
        return ConnectError("wrong_product")

    def said(self, answer: Answer) -> str | None:
        """Return the words of an answer that failed, without anything secret."""
        words = _words(answer)
        if words is None:
            return None
        for token in (self._token, self._id_token):
            if token is not None:
                words = words.replace(token.value, "••")
        words = words.replace(self._secret, "••") if self._secret else words
        return words[:_LONGEST_TEXT]


def _words(answer: Answer) -> str | None:
    """Return the text of an answer, which has no documented shape."""
    told = answer.json
    if isinstance(told, dict):
        for key in ("message", "error_description", "error", "detail", "reason"):
            value = told.get(key)
            if isinstance(value, dict):
                value = value.get("message")
            if (found := text(value)) is not None:
                return found
        return None
    if isinstance(told, str):
        return text(told)
    words = text(answer.content.decode(errors="replace"))
    return None if words is None or words.startswith("<") else words


def _life(token: str, sent_at: int | None) -> float | None:
    """Return the seconds a JWT lives, by the clock that wrote it; None if untold."""
    claims: Mapping[str, Any] = {}
    with suppress(ValueError, IndexError):
        part = token.split(".")[1]
        claims = mapping(
            json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        )
    expires = number(claims.get("exp"))
    begins = number(claims.get("iat")) or number(claims.get("nbf"))
    if begins is None and sent_at is not None:
        begins = sent_at / 1000
    if expires is None or begins is None or expires <= begins:
        return None
    return expires - begins
