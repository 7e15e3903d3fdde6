"""The wire to one PDK system: its REST API, with tokens, pages and errors.

Source: developer.pdk.io 2.0, "REST API". No shape of errors is documented, so the text
of an answer is shown as it is.
"""

from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
import re
from typing import Any

from yarl import URL

from ..base import (
    AccessSystemError,
    AuthError,
    ConnectError,
    PermissionMissing,
    RequestRejected,
)
from ..http import Answer, TooLarge
from ..parsing import integer, mapping
from .tokens import Tokens
from .wire import Wire

PAGE = 100
_MOST_PAGES = 100_000
_NEXT = re.compile(r"rel=\"?next", re.IGNORECASE)


class NotFound(RequestRejected):
    """PDK has no such thing."""


class PdkClient:
    """Speaks with one system; every method raises `AccessSystemError` only.

    No error holds an address or a token.
    """

    def __init__(
        self, wire: Wire, tokens: Tokens, systems: URL, system_id: str
    ) -> None:
        """Keep where the system is and how to be let in."""
        self.wire = wire
        self.tokens = tokens
        self._base = systems / system_id

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Return what is read at a path."""
        return (await self.read(path, params)).json

    async def read(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """Return the whole answer of a path."""
        return await self._call("GET", path, params=params)

    async def send(
        self, method: str, path: str, body: object = None, *, patient: bool = True
    ) -> Answer:
        """Change something, once; `patient` waits while PDK asks for a pause."""
        return await self._call(method, path, body=body, patient=patient)

    async def command(self, path: str, body: object = None) -> None:
        """Do something to a door: sent once, and at once or not at all.

        Only where the token was refused it is sent with a new one, since nothing was
        done then. Raises `RequestRejected` with PDK's own text.
        """
        try:
            answer = await self._call("POST", path, body=body, patient=False)
        except PermissionMissing as err:
            raise RequestRejected(reason=err.permission) from None
        if answer.content.lstrip().startswith(b"<"):
            # A page, of a portal or of a proxy: PDK itself says nothing.
            raise self.not_pdk()

    async def pages(
        self, path: str, params: Mapping[str, str] | None = None
    ) -> AsyncIterator[list[Any]]:
        """Read a list page by page (`page` counts from zero).

        PDK may make pages smaller than they are asked for. Where an answer tells
        neither what follows nor how much there is, a page that is shorter than the
        first one, or like the one before, is the last; so is one before a page that is
        not there. Where an answer is too large smaller ones are asked for; None stands
        for a row that is too large itself.
        """
        before: list[Any] = []
        seen = first = number = 0
        size = PAGE
        while number < _MOST_PAGES:
            query = {**(params or {}), "page": str(number), "per_page": str(size)}
            try:
                answer = await self.read(path, query)
            except NotFound:
                if number:
                    return
                raise
            except TooLarge:
                # What was read so far is a whole number of smaller pages too.
                if seen != number * size:
                    raise
                if size == 1:
                    # Whether it answers this to all shows what is small.
                    await self.get("/connections", {"page": "0", "per_page": "1"})
                    yield [None]
                    number, seen = number + 1, seen + 1
                    continue
                size //= 10
                first, number = min(first, size), seen // size
                continue
            number += 1
            rows = self.rows_of(answer)
            if not rows or rows == before:
                return
            yield rows
            seen += len(rows)
            first = first or len(rows)
            before = rows
            total = integer(answer.headers.get("X-Total-Count"))
            if total is not None:
                if seen >= total:
                    return
            elif (links := answer.headers.get("Link")) is not None:
                if _NEXT.search(links) is None:
                    return
            elif len(rows) < first or len(rows) > size:
                return

    async def all(self, path: str) -> list[Mapping[str, Any]]:
        """Return a whole list."""
        return [mapping(row) async for rows in self.pages(path) for row in rows]

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        patient: bool = True,
    ) -> Answer:
        """Return a successful answer; a token that is refused is renewed once."""
        token = await self.tokens.current()
        answer = await self._ask(method, path, token.value, params, body, patient)
        if answer.status == 401:
            token = await self.tokens.renewed(token.value)
            answer = await self._ask(method, path, token.value, params, body, patient)
        if 200 <= answer.status < 300:
            return answer
        self.wire.failures += 1
        error = self._error(answer)
        if isinstance(error, AuthError):
            root = await self._ask("GET", "/", token.value, None, None, patient)
            if root.status >= 500:
                raise self._error(root)
            if root.status != HTTPStatus.UNAUTHORIZED:
                # The token is good, but not for this.
                raise self._not_allowed(answer)
        raise error

    async def _ask(
        self,
        method: str,
        path: str,
        token: str,
        params: Mapping[str, str] | None,
        body: object,
        patient: bool,
    ) -> Answer:
        """Ask once."""
        return await self.wire.ask(
            method,
            self._base.with_path(self._base.path + path),
            params=params,
            body=body,
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            patient=patient,
        )

    def rows_of(self, answer: Answer) -> list[Any]:
        """Return the rows of a list, also of one that is wrapped in an object.

        Raises `ConnectError` for what holds no list: that is no empty one, and must not
        be taken for one.
        """
        told = answer.json
        if isinstance(told, list):
            return told
        lists = [value for value in mapping(told).values() if isinstance(value, list)]
        if not lists and answer.status != HTTPStatus.NO_CONTENT:
            raise self.not_pdk()
        # Beside the rows there may be lists of plain words, such as their columns.
        return next((rows for rows in lists if rows and isinstance(rows[0], dict)), [])

    def not_pdk(self) -> ConnectError:
        """Return that something else answers at the address of PDK's systems."""
        return ConnectError("wrong_product", address=str(self._base.origin()))

    def _not_allowed(self, answer: Answer) -> PermissionMissing:
        """Return that something is kept from the API client."""
        said = self.tokens.said(answer)
        return PermissionMissing(said or "PDK does not allow this to the API client")

    def _error(self, answer: Answer) -> AccessSystemError:
        """Return what a failed answer means."""
        status, said = answer.status, self.tokens.said(answer)
        if status == 401:
            return AuthError()
        if status == 403:
            return self._not_allowed(answer)
        if status in (404, 410):
            return NotFound(reason=said) if said else NotFound("not_found")
        if status >= 500:
            return ConnectError("not_ready", status=str(status))
        if status < 400:
            return self.not_pdk()
        return RequestRejected.said(said, status)
