"""The wire to CLUe: HTTPS, its envelope, errors, and two bases of one API.

Source: Suprema's guide to the CLUe API, "Register User" and "Retrieve Logs".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from yarl import URL

from ..base import (
    AccessSystemError,
    AuthError,
    ConnectError,
    RateLimited,
    RequestRejected,
)
from ..clock import ToldClock
from ..http import Answer, ask
from ..parsing import flag, integer, items, mapping, text

SUCCESS = 200
_BE = "be"
_BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the log; `total` counts all pages, None if it is not told."""

    rows: Sequence[Any] = field(repr=False)
    total: int | None


class ClueClient:
    """Speaks with one place; every method raises `AccessSystemError` only.

    No error holds the API key.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        place_id: str,
        api_key: str,
    ) -> None:
        """Keep where the place is and how to be let in."""
        self._session = session
        self._base = _url(base_url)
        self._place_id = place_id
        self._key = _bare_key(api_key)
        self._headers = {"Authorization": f"Bearer {self._key}", "Accept": "*/*"}
        self._clock = ToldClock()
        self.alternative: set[str] = set()
        """The resources that were found at the other base."""
        self._found: set[str] = set()
        self.requests = 0
        self.failures = 0

    @property
    def now(self) -> int:
        """Return the cloud's own time in ms, as its last answer told it.

        It only bounds what is asked for. Our own clock stands in where none was told.
        """
        return self._clock.now_or_ours

    async def events(
        self, start: int, end: int, page: int, size: int, only: Sequence[str] = ()
    ) -> Page:
        """Return a page of what happened between two times in ms.

        `page` counts from 0; `only` names types of events. Of the order of rows
        nothing is known, whatever is asked for.
        """
        params = {
            "startTime": str(start),
            "endTime": str(end),
            "page": str(page),
            "size": str(size),
            "sort": "id,asc",
            "placeId": self._place_id,
        }
        if only:
            params["filterEvents"] = ",".join(only)
        envelope = await self._call("GET", "events", "events", params=params)
        total = integer(envelope.get("total"))
        return Page(items(envelope.get("data")), total)

    async def register(self, body: object) -> Mapping[str, Any]:
        """Register a person and what they may open; returns the answer's `data`."""
        envelope = await self._call(
            "POST", "auths", f"places/{self._place_id}/auths", body=body
        )
        return mapping(envelope.get("data"))

    async def _call(
        self,
        method: str,
        resource: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Mapping[str, Any]:
        """Return a successful envelope, from the base where the resource is."""
        other = resource in self.alternative
        try:
            answer = await self._ask(method, path, other, params, body)
            if answer.status == 404 and resource not in self._found:
                # Nothing was done, so it may be asked for at the other base.
                second = await self._ask(method, path, not other, params, body)
                if second.status != 404:
                    answer, other = second, not other
            envelope = self._checked(answer, resource)
        except AccessSystemError:
            self.failures += 1
            raise
        self._found.add(resource)
        (self.alternative.add if other else self.alternative.discard)(resource)
        return envelope

    async def _ask(
        self,
        method: str,
        path: str,
        other: bool,
        params: Mapping[str, str] | None,
        body: object,
    ) -> Answer:
        """Ask once, and note the cloud's time."""
        self.requests += 1
        base = _other(self._base) if other else self._base
        answer = await ask(
            self._session,
            method,
            base / path,
            params=params,
            body=body,
            headers=self._headers,
            repeatable=method == "GET",
        )
        self._clock.set(answer.sent_at)
        return answer

    def _checked(self, answer: Answer, resource: str) -> Mapping[str, Any]:
        """Return an envelope that says success in all three places."""
        envelope = mapping(answer.json)
        code = integer(envelope.get("code"))
        message = text(envelope.get("message"))
        succeeded = 200 <= answer.status < 300
        if succeeded and code == SUCCESS and flag(envelope.get("status")):
            return envelope
        if succeeded and not envelope:
            raise ConnectError("wrong_product")
        if message is not None:
            message = message.replace(self._key, "••")
        status = answer.status
        if succeeded and code is not None and 400 <= code < 600:
            status = code
        if status == 404 and message and self._found - {resource}:
            # The place is there, so it is something in it that is not.
            raise RequestRejected.said(message, status)
        raise _error(status, message, known=bool(envelope))


def _error(status: int, message: str | None, *, known: bool) -> AccessSystemError:
    """Return what a failed answer means; `known` tells that it was CLUe's envelope."""
    if status == 401:
        return AuthError("invalid_key")
    if status == 403 or (status == 404 and known):
        return ConnectError("unknown_place")
    if status == 429:
        return RateLimited()
    if status >= 500:
        return ConnectError("not_ready", status=str(status))
    if known or status == 400:
        return RequestRejected.said(message, status)
    return ConnectError("wrong_product")


def _url(base_url: str) -> URL:
    """Return the address of the API, without what may trail it."""
    try:
        url = URL(base_url.strip())
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise ConnectError("wrong_url")
    return url.with_query(None).with_fragment(None).with_path(url.path.rstrip("/"))


def _other(base: URL) -> URL:
    """Return the other base: CLUe's guides disagree about `/be` at the end."""
    return base.parent if base.name == _BE else base / _BE


def _bare_key(api_key: str) -> str:
    """Return the key, also from what was pasted as a whole header."""
    key = api_key.strip()
    if key.lower().startswith("authorization:"):
        key = key.partition(":")[2].strip()
    if key.lower().startswith(_BEARER):
        key = key[len(_BEARER) :].strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise AuthError("invalid_key")
    return key
