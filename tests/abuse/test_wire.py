"""Answers without end, bottom or sense, over real sockets: bounded, and then all goes on."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
import tracemalloc
from typing import Any

import aiohttp
import pytest
from yarl import URL

from custom_components.access_events import coordinator
from custom_components.access_events.systems.base import ConnectError
from custom_components.access_events.systems.http import LARGEST, TooLarge, ask
from custom_components.access_events.systems.pdk import stream as pdk_stream
from homeassistant.core import HomeAssistant
from tests.faults.run import Run
from tests.faults.worlds import WORLDS, HttpWorld
from tests.simulators.common_faults import HttpFault
from tests.simulators.unifi_access import UnifiAccessSimulator
from tests.systems.pdk.follower import Follower as PdkFollower
from tests.systems.pdk.server import PdkServer, access
from tests.systems.unifi_access.follower import Follower
from tests.wait import wait_for

MEGABYTE = 1024 * 1024
HTTP = sorted(name for name, world in WORLDS.items() if issubclass(world, HttpWorld))


async def answer(sim: UnifiAccessSimulator, **options: Any) -> None:
    """Ask a site for something, once."""
    async with aiohttp.ClientSession() as session:
        url = URL(f"https://127.0.0.1:{sim.port}/api/v1/developer/doors")
        await ask(session, "GET", url, trust=False, **options)


@pytest.mark.parametrize(
    "flood", [{"endless": True}, {"bomb": "gzip"}, {"bomb": "deflate"}]
)
async def test_too_much(unifi: UnifiAccessSimulator, flood: dict[str, Any]) -> None:
    """Of an answer that has no end, or unfolds to one, only so much is ever held."""
    fault = HttpFault(**flood)
    unifi.faults.add(fault)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            await answer(unifi)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * LARGEST
    assert fault.sent < 4 * LARGEST


async def test_too_slow(unifi: UnifiAccessSimulator) -> None:
    """An answer that never ends, bit by bit, has no more time than another."""
    await unifi.fault(drip=0.05)
    with pytest.raises(ConnectError) as raised:
        await answer(unifi, timeout=aiohttp.ClientTimeout(total=1))
    assert raised.value.key == "timeout"


@asynccontextmanager
async def raw_server(begin: bytes, more: bytes) -> AsyncGenerator[int]:
    """Serve the begin of an answer, and then the same over and over."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(begin)
            for _ in range(500):
                writer.write(more)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * MEGABYTE),
        (b"HTTP/1.1 200 OK\r\n", b"X-Many: x\r\n" * 10_000),
        (b"", b"no HTTP at all " * 10_000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"f" * MEGABYTE),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n",
            b"no gzip" * 100,
        ),
    ],
    ids=["endless line", "endless headers", "no HTTP", "no chunk", "no gzip"],
)
async def test_no_answer_at_all(
    socket_enabled: None, begin: bytes, more: bytes
) -> None:
    """What is no answer is an error like any other."""
    async with raw_server(begin, more) as port, aiohttp.ClientSession() as session:
        with pytest.raises(ConnectError):
            await ask(session, "GET", URL(f"http://127.0.0.1:{port}/"))


@pytest.mark.parametrize("vendor", HTTP)
async def test_goes_on(
    hass: HomeAssistant, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After answers without end, bottom or sense all that happened is recorded."""
    monkeypatch.setattr(coordinator, "_FIRST_DELAY", 0.05)
    monkeypatch.setattr(coordinator, "_LONGEST_DELAY", 0.5)
    # A stream that is cut often must not rest for a minute.
    monkeypatch.setattr(pdk_stream, "_SHORT_LIFE", 0.0)
    world = WORLDS[vendor]()
    assert isinstance(world, HttpWorld)
    run = Run(hass, world)
    async with world:
        sim = world.sim
        await run.start()
        for fault in (
            {"endless": True},
            {"bomb": "gzip"},
            {"status": 200, "body": "[" * 20_000 + "]" * 20_000},
            {"status": 200, "body": '{"a":' * 200_000},
        ):
            await sim.fault(path=world.paths[0], **fault)
            await sim.burst(3)
        async with asyncio.timeout(60):
            while any(rule.count for rule in sim.faults.rules):
                if vendor == "pdk":
                    await sim.drop_clients()
                await asyncio.sleep(0.3)
        await sim.burst(3)
        await run.settle()
        await run.check()
        await run.end()


async def test_giant_frames_and_floods(unifi: UnifiAccessSimulator) -> None:
    """A frame that is too large ends the stream; too many frames never pile up."""
    async with Follower(unifi) as owner:
        await owner.start()
        before = len(await unifi.history())
        await unifi.push_rubbish("x" * 5 * MEGABYTE)
        await wait_for(lambda: not owner.system.diagnostics()["stream_connected"])
        await wait_for(lambda: owner.system.diagnostics()["stream_connected"])
        for _ in range(20_000):
            await unifi.push_rubbish()
        for _ in range(60):
            await unifi.push_rubbish('"' + "x" * MEGABYTE + '"')
        await unifi.burst(3)
        truth = await unifi.history()
        happened = len(truth) - before
        await wait_for(lambda: len(owner.journal.events) >= happened, timeout=60)


async def test_parts_that_never_come(socket_enabled: None) -> None:
    """A message that announces parts does not take the next messages for them."""
    async with PdkServer() as server, PdkFollower(server.config) as owner:
        await wait_for(lambda: server.topics)
        (sid,) = server.sessions
        eio = server.sio.manager.eio_sid_from_sid(sid, "/")
        for count, announced in enumerate(("1", "9", "999999999", "-1"), 1):
            part = '{"_placeholder":true,"num":0}'
            await server.sio.eio.send(
                eio, f'5{announced}-["device.request.allowed",{part}]'
            )
            at = 1_780_000_000_000 + count
            await server.emit("device.request.allowed", access(at))
            await wait_for(partial(has_events, owner, count))
        assert owner.rounds == 1


def has_events(owner: PdkFollower, count: int) -> bool:
    """Tell whether so many events were recorded."""
    return len(owner.journal.events) >= count
