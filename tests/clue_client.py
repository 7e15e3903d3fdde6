"""A plain client of the CLUe API, to test its simulator with."""

import json
from typing import Any

import aiohttp

from .simulators.clue import ClueSimulator

type Json = dict[str, Any]


class Client:
    """A plain client of the cloud."""

    def __init__(self, sim: ClueSimulator, session: aiohttp.ClientSession) -> None:
        """Ask a simulator with its key."""
        self.sim = sim
        self.session = session
        self.headers = {"Authorization": f"Bearer {sim.key}"}

    async def ask(
        self, method: str, path: str, base: str | None = None, **options: Any
    ) -> tuple[int, Json, Any]:
        """Return status, parsed body and headers of an answer."""
        async with self.session.request(
            method,
            f"{base or self.sim.base_url}{path}",
            headers=self.headers,
            ssl=False,
            **options,
        ) as response:
            return response.status, json.loads(await response.read()), response.headers

    async def events(self, **params: Any) -> Json:
        """Return the body of a search that goes well."""
        status, body, _ = await self.ask("GET", "/events", params=params)
        assert (status, body["code"], body["status"]) == (200, 200, True), body
        return body

    async def refused(self, **params: Any) -> tuple[int, str]:
        """Return status and message of a search that is refused."""
        status, body, _ = await self.ask("GET", "/events", params=params)
        assert body["status"] is False
        assert "data" not in body
        return status, body["message"]

    async def register(self, body: Any) -> tuple[int, Json]:
        """Register a user, and return status and body."""
        status, answer, _ = await self.ask("POST", "/places/448/auths", json=body)
        return status, answer
