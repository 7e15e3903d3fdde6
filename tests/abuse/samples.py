"""Real payloads of each vendor, as the simulated systems send them."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import aiohttp
import grpc.aio

from tests import basip_client, clue_client, gsdk_client, pdk_client
from tests.probe import probing
from tests.simulators.basip import BasIpSimulator
from tests.simulators.clue import ClueSimulator
from tests.simulators.gsdk import GsdkSimulator
from tests.simulators.pdk import PdkSimulator
from tests.simulators.unifi_access import UnifiAccessSimulator
from tests.wait import wait_for

type Json = Any

_FAST = 100_000.0
"""How many times faster than written the day is played."""


async def unifi_access() -> tuple[list[Json], list[Json]]:
    """Return rows of the log, and notifications."""
    async with UnifiAccessSimulator(speed=_FAST) as sim, probing(sim) as probe:
        frames = await probe.frames()
        await sim.day()
        await sim.burst(10)
        await sim.push_noise()
        told: list[Json] = []
        while not await frames.quiet(0.5) and len(told) < 200:
            told += await frames.take(1)
        rows = await probe.hits()
        return rows, told


async def clue() -> list[Json]:
    """Return rows of the log."""
    async with (
        ClueSimulator(speed=_FAST) as sim,
        aiohttp.ClientSession() as session,
    ):
        await sim.day()
        now = sim.clock.ms()
        body = await clue_client.Client(sim, session).events(
            startTime=str(now - 86_400_000),
            endTime=str(now + 86_400_000),
            page="0",
            size="200",
            placeId=sim.config()["place_id"],
        )
        rows: list[Json] = body["data"]
        return rows


async def basip() -> list[Json]:
    """Return rows of the log."""
    async with (
        BasIpSimulator(speed=_FAST) as sim,
        aiohttp.ClientSession() as session,
    ):
        await sim.day()
        client = basip_client.Client(sim, session)
        await client.login()
        return await client.rows()


async def pdk() -> tuple[list[Json], list[tuple[str, Json]]]:
    """Return rows of a report, and messages of the stream with their topics."""
    async with (
        PdkSimulator(speed=_FAST) as sim,
        aiohttp.ClientSession() as session,
        pdk_client.listening(sim) as listener,
    ):
        await sim.day()
        await wait_for(lambda: len(listener.heard) > 20)
        client = pdk_client.Client(sim, session)
        await client.log_in()
        today = datetime.now(UTC).date().isoformat()
        period = {
            "type": "occurred",
            "period": "custom",
            "startDate": today,
            "stopDate": today,
        }
        _, rows, _ = await client.ask(
            "POST", "/reports/events/preview", json={"filters": [period]}
        )
        return rows, [(topic, told[0]) for topic, told in listener.heard if told]


async def gsdk() -> list[bytes]:
    """Return records of devices' logs."""
    async with GsdkSimulator(speed=_FAST) as sim, gsdk_client.Client(sim) as client:
        await sim.day()
        records: list[bytes] = []
        for device in await sim.devices():
            # One of them is away.
            with suppress(grpc.aio.AioRpcError):
                rows = await client.rows(device["id"])
                records += [row.SerializeToString() for row in rows]
        return records
