"""Test what the PDK adapter hears, over a real Socket.IO server."""

import asyncio
import time
from typing import Any

import pytest

from custom_components.access_events.models import EventKind
from custom_components.access_events.systems.base import AuthError, RateLimited
from custom_components.access_events.systems.pdk import stream
from custom_components.access_events.systems.pdk.topics import STREAMED
from tests.wait import wait_for

from .follower import Follower
from .server import SYSTEM_ID, PdkServer, access, ms


async def test_somebody_comes(server: PdkServer) -> None:
    """A message becomes a live event, with all that it tells."""
    async with Follower(server.config) as owner:
        at = ms()
        await server.emit("device.request.allowed", access(at))
        assert set(next(iter(server.topics.values()))) == set(STREAMED)
        assert len(STREAMED) == 31
        [event] = await owner.has(EventKind.ACCESS_GRANTED)
        assert owner.journal.is_live(event)
        assert event.person is not None
        assert (event.person.id, event.person.name) == ("h-1", "Jo Doe")
        assert event.credential == "77-26858"
        assert event.door_id == "front"
        assert round(event.occurred_at.timestamp() * 1000) == at


async def test_tokens_that_soon_end(server: PdkServer) -> None:
    """With tokens that soon end nothing is lost, and all is told as it happens."""
    server.life = 1.5
    async with Follower(server.config) as owner:
        base = ms()
        for number in range(40):
            await server.emit("device.request.allowed", access(base + number))
            await asyncio.sleep(0.1)
        events = await owner.has(EventKind.ACCESS_GRANTED, count=40)
        assert len(events) == 40
        assert all(map(owner.journal.is_live, events))
        assert owner.rounds == 1
        assert len(server.renewals) >= 2


async def test_no_new_token_for_a_while(server: PdkServer) -> None:
    """Accounts that answer late cost nothing; the stream waits for the new token."""
    async with Follower(server.config) as owner:
        token = f"POST /api/systems/{SYSTEM_ID}/token"
        server.fail[token] = [(500, "", {}), (429, "busy", {"Retry-After": "1"})]
        server.expire()
        await server.emit("device.request.allowed", access(ms()))
        [event] = await owner.has(EventKind.ACCESS_GRANTED, timeout=30)
        assert event.door_id == "front"
        assert owner.rounds == 1


async def test_credentials_refused_while_followed(server: PdkServer) -> None:
    """An API client that is deleted meanwhile asks for new credentials."""
    async with Follower(server.config) as owner:
        refusal: tuple[int, Any, dict[str, str]] = (401, {"error": "invalid"}, {})
        server.fail["POST /oauth2/token"] = [refusal] * 9
        server.fail[f"POST /api/systems/{SYSTEM_ID}/token"] = [refusal] * 9
        server.expire()
        await server.emit("device.request.allowed", access(ms()))
        await wait_for(lambda: owner.errors)
        assert isinstance(owner.errors[0], AuthError)


async def test_burst_of_invalid_tokens(server: PdkServer) -> None:
    """However often the server says so, one new token is got and shown."""
    async with Follower(server.config) as owner:
        server.hold_tokens.clear()
        server.expire()
        tokens = server.count["tokens"]
        base = ms()
        for number in range(30):
            await server.emit("device.request.allowed", access(base + number))
        await asyncio.sleep(0.2)
        assert not owner.journal.events
        server.hold_tokens.set()
        events = await owner.has(EventKind.ACCESS_GRANTED, count=30)
        assert all(map(owner.journal.is_live, events))
        assert server.count["tokens"] == tokens + 1
        assert len(server.renewals) == 1


async def test_withheld_for_long(
    server: PdkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was withheld for long is no news, what follows is."""
    async with Follower(server.config) as owner:
        monkeypatch.setattr(stream, "_PROMPT", 0.1)
        monkeypatch.setattr(stream, "_FLUSH", 0.3)
        server.hold_tokens.clear()
        server.expire()
        base = ms()
        for number in range(3):
            await server.emit("device.request.allowed", access(base + number))
        await asyncio.sleep(0.4)
        server.hold_tokens.set()
        events = await owner.has(EventKind.ACCESS_GRANTED, count=3)
        assert not any(map(owner.journal.is_live, events))
        await asyncio.sleep(0.4)
        await server.emit("device.request.allowed", access(base + 10))
        events = await owner.has(EventKind.ACCESS_GRANTED, count=4)
        assert owner.journal.is_live(events[-1])


async def test_break(server: PdkServer) -> None:
    """After a break it is heard again, with another token if the old one ended."""
    async with Follower(server.config) as owner:
        server.expire()
        began = time.monotonic()
        await server.drop()
        await wait_for(lambda: owner.rounds == 2)
        assert time.monotonic() - began < 5
        await server.emit("device.request.allowed", access(ms()))
        [event] = await owner.has(EventKind.ACCESS_GRANTED)
        assert owner.journal.is_live(event)


async def test_a_stream_that_never_lasts(server: PdkServer) -> None:
    """A server that hangs up again and again is left in peace for longer and longer."""
    async with Follower(server.config) as owner:
        await server.drop()
        await wait_for(lambda: owner.rounds == 2, 10)
        await server.drop()
        await wait_for(lambda: owner.rounds == 3, 10)
        assert not any(isinstance(err, RateLimited) for err in owner.errors)
        await server.drop()
        await wait_for(lambda: len(owner.errors) == 3)
        last = owner.errors[-1]
        assert isinstance(last, RateLimited)
        assert last.retry_after == 8
