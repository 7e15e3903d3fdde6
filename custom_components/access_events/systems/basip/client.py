"""The wire to a BAS-IP panel: HTTP, sessions, errors.

Source: BAS-IP's API pages for Android and Camdroid panels, "Login" and "Base errors".
"""

import asyncio
from collections.abc import Mapping
import hashlib
import ssl
import time
from typing import Any, NoReturn

import aiohttp
from yarl import URL

from ..base import (
    AccessSystemError,
    AuthError,
    ConnectError,
    PermissionMissing,
    RateLimited,
    RequestRejected,
)
from ..clock import ToldClock
from ..http import Answer, ask
from ..parsing import LONGEST_TOKEN, mapping, milliseconds, text

VERSIONS = ("v1", "v0")
_TOKEN_SECONDS = 100 * 60.0
"""How long a session is used; panels end it after two hours."""
_SHORT_LIVED = 60.0
_REFUSED_PAUSE = 30.0
_LONGEST_PAUSE = 3600.0
_ADMIN = ("administrator rights", "permission_denied")
_LARGEST = 8 * 1024 * 1024


class NotFound(RequestRejected):
    """The panel has no such thing, or no such function in its version."""


class NotReady(ConnectError):
    """The panel answers, but not to this: an error of its own, or a ban."""


class BasIpClient:
    """Speaks with one panel; every method raises `AccessSystemError` only.

    No error holds an address, the password or a token.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base: URL,
        username: str,
        password: str,
        trust: aiohttp.Fingerprint | ssl.SSLContext | bool,
    ) -> None:
        """Keep where the panel is and how to be let in."""
        self._session = session
        self._base = base
        self._username = username
        # The protocol's own digest; it protects nothing, and is as secret as what it is of.
        digest = hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
        self._digests = [digest, digest.upper()]
        """The digest as it may be spelled, until it is known how the panel wants it."""
        self._trust = trust
        self._version = VERSIONS[0]
        self._token: str | None = None
        self._token_at = 0.0
        self._logging_in = asyncio.Lock()
        self._refused = 0
        self._short_lived = 0
        self._no_login_before = 0.0
        self._clock = ToldClock()
        self.requests = 0
        self.failures = 0
        self.logins = 0
        self.login_at: list[int] = []
        """The panel's time, in ms, of the newest logins of ours."""

    @property
    def now(self) -> int | None:
        """Return the panel's own time in ms, None if it does not tell it."""
        return self._clock.now

    async def info(self) -> Mapping[str, Any]:
        """Return what the panel says it is; needs no session."""
        answer = await self._send("GET", self._base / "api" / "info", repeatable=True)
        info = mapping(answer.json)
        if answer.status == 403:
            raise _blocked()
        if answer.status != 200 or not any(key.startswith("device_") for key in info):
            raise ConnectError("wrong_product")
        return info

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Return what the panel answers to a question."""
        return (await self.call("GET", path, params=params, repeatable=True)).json

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        repeatable: bool = False,
    ) -> Answer:
        """Return a successful answer.

        Without `repeatable` nothing is sent again after it may have been heard. A
        request that the panel refused for want of a session was not carried out, and
        is sent once more with a new one.
        """
        for last in (False, True):
            token = await self._session_token()
            answer = await self._send(
                method,
                self._base.joinpath("api", self._version, *path.strip("/").split("/")),
                params=params,
                body=body,
                headers={"Authorization": f"Bearer {token}"},
                repeatable=repeatable,
            )
            if answer.status != 401:
                break
            if self._token == token:
                self._token = None
            if last:
                raise ConnectError("ends_at_once")
        if (error := error_of(answer)) is not None:
            self.failures += 1
            raise error
        return answer

    async def read_clock(self) -> None:
        """Note the panel's own time; a panel that does not tell it has none."""
        try:
            self._take_clock(await self.get("device/time"))
        except RequestRejected, PermissionMissing, NotReady:
            self._clock.forget()

    def _take_clock(self, told: object) -> None:
        """Take the time from an answer, wherever in it that is."""
        for name, value in mapping(told).items():
            if "time" not in name or "zone" in name:
                continue
            if (at := milliseconds(value)) is not None:
                self._clock.set(at)
                return

    async def _session_token(self) -> str:
        """Return a session's token; however many ask, one login is under way."""
        async with self._logging_in:
            age = time.monotonic() - self._token_at
            if self._token is None or age > _TOKEN_SECONDS:
                self._token = await self._login(age)
                self._token_at = time.monotonic()
                await self._note_login(self._token)
            return self._token

    async def _login(self, age: float) -> str:
        """Begin a session; a panel bans addresses that try too often."""
        wait = self._no_login_before - time.monotonic()
        if wait > 0:
            if self._refused:
                raise AuthError("auth_paused", seconds=f"{wait:.0f}")
            raise RateLimited("ends_at_once", retry_after=wait)
        self._short_lived = self._short_lived + 1 if age < _SHORT_LIVED else 0
        answer = await self._answer_to_login()
        self.logins += 1
        if (token := token_of(answer)) is None:
            self._refuse(answer)
        self._refused = 0
        pause = 2.0**self._short_lived if self._short_lived > 1 else 0.0
        self._no_login_before = time.monotonic() + min(pause, _LONGEST_PAUSE)
        return token

    async def _answer_to_login(self) -> Answer:
        """Ask for a session; the page spells the digest in upper case, panels in both.

        Which of the two the panel takes is found out with the first session only.
        """
        for digest in tuple(self._digests):
            answer = await self._ask_for_session(digest)
            if token_of(answer) is not None:
                self._digests = [digest]
            if answer.status not in (400, 401):
                break
        return answer

    async def _ask_for_session(self, digest: str) -> Answer:
        """Ask for a session, in the version of the API that the panel has.

        For a version that it has not a panel may show its web page.
        """
        query = {"username": self._username, "password": digest}
        versions = (self._version, *(v for v in VERSIONS if v != self._version))
        for version in versions:
            url = self._base / "api" / version / "login"
            answer = await self._send("GET", url, params=query)
            if answer.status != 404 and (answer.status != 200 or token_of(answer)):
                self._version = version
                return answer
        raise ConnectError("wrong_product")

    def _refuse(self, answer: Answer) -> NoReturn:
        """Raise what a refused login means; the next one waits longer and longer."""
        self.failures += 1
        if answer.status == 403:
            raise _blocked()
        if answer.status >= 500:
            raise ConnectError("not_ready", status=str(answer.status))
        if answer.status not in (400, 401):
            raise ConnectError("wrong_product")
        self._refused += 1
        pause = min(_REFUSED_PAUSE * 2 ** (self._refused - 1), _LONGEST_PAUSE)
        self._no_login_before = time.monotonic() + pause
        raise AuthError

    async def _note_login(self, token: str) -> None:
        """Note when the panel's log has our login, by the panel's own clock."""
        answer = await self._send(
            "GET",
            self._base / "api" / self._version / "device" / "time",
            headers={"Authorization": f"Bearer {token}"},
            repeatable=True,
        )
        if answer.status == 200:
            self._take_clock(answer.json)
        at = answer.sent_at if self.now is None else self.now
        if at is not None:
            self.login_at = [*self.login_at[-9:], at]

    async def _send(
        self,
        method: str,
        url: URL,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """Ask once, and count."""
        self.requests += 1
        try:
            return await ask(
                self._session,
                method,
                url,
                params=params,
                body=body,
                headers=headers,
                trust=self._trust,
                repeatable=repeatable,
                largest=_LARGEST,
            )
        except AccessSystemError:
            self.failures += 1
            raise


def token_of(answer: Answer) -> str | None:
    """Return the token of a new session."""
    return text(mapping(answer.json).get("token"), LONGEST_TOKEN)


def error_of(answer: Answer) -> AccessSystemError | None:
    """Return what a failed answer means; its `error` is a text or an object."""
    if 200 <= answer.status < 300:
        return None
    error = mapping(answer.json).get("error")
    said = mapping(error)
    code = (text(said.get("code")) or "").lower()
    message = text(said.get("message")) or text(error) or code
    if any(word in (code, message.lower()) for word in _ADMIN) or _ADMIN[0] in (
        message.lower()
    ):
        return PermissionMissing("administrator")
    if answer.status == 404:
        return NotFound(reason=message) if message else NotFound("version_too_old")
    if answer.status == 403:
        return _blocked()
    if answer.status >= 500:
        return NotReady("not_ready", status=str(answer.status))
    if 300 <= answer.status < 400:
        return ConnectError("wrong_product")
    return RequestRejected.said(message, answer.status)


def _blocked() -> NotReady:
    """Return what it means that the panel refuses before it asks who we are."""
    return NotReady("address_blocked")
