"""The frame of the simulators: certificates, faults, commands, state, processes."""

import asyncio
from collections.abc import AsyncGenerator
from email.utils import parsedate_to_datetime
import json
import os
from pathlib import Path
import signal
import ssl
import sys
import time
from typing import Any

import aiohttp
import pytest

from .probe import Json, Probe, probing
from .simulators import VENDORS, simulator_class
from .simulators.basip import BasIpSimulator
from .simulators.clue import ClueSimulator
from .simulators.common_tls import Certificate, fingerprint
from .simulators.unifi_access import UnifiAccessSimulator
from .wait import wait_for

ROOT = Path(__file__).parent.parent


@pytest.fixture
async def sim() -> AsyncGenerator[UnifiAccessSimulator]:
    """Return a running site."""
    async with UnifiAccessSimulator() as simulator:
        yield simulator


@pytest.fixture
async def probe(sim: UnifiAccessSimulator) -> AsyncGenerator[Probe]:
    """Return a client with all permissions."""
    async with probing(sim) as client:
        yield client


async def served_fingerprint(port: int) -> str:
    """Return the fingerprint of the certificate that a port serves."""
    served = await asyncio.to_thread(
        ssl.get_server_certificate, ("127.0.0.1", port), timeout=5
    )
    return fingerprint(ssl.PEM_cert_to_DER_cert(served))


async def command(control: str, name: str, **arguments: Any) -> tuple[int, Any]:
    """Run a command over HTTP."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{control}/{name}", json=arguments) as response,
    ):
        return response.status, await response.json()


# Certificates.


async def test_certificate_changes(sim: UnifiAccessSimulator) -> None:
    """Each start has its own certificate, and a command changes it in place."""
    port, first = sim.port, sim.fingerprint
    assert await served_fingerprint(port) == first
    changed = await sim.change_certificate()
    assert changed["fingerprint"] != first
    assert sim.port == port
    assert await served_fingerprint(port) == changed["fingerprint"]
    async with UnifiAccessSimulator() as other:
        assert other.fingerprint not in (first, changed["fingerprint"])


def test_certificate_of_an_authority() -> None:
    """A certificate can be signed by an authority, for those that need one."""
    authority = Certificate.create("Authority", is_authority=True)
    server = Certificate.create("Server", ("127.0.0.1",), authority=authority)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context(cadata=authority.certificate_pem.decode())
    client = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    peer = server.server_context().wrap_bio(outgoing, incoming, server_side=True)
    for side in (client, peer, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert client.getpeercert()


# Faults.


async def test_status_and_retry_after(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """A rule answers in place of the vendor, as often as it says."""
    await sim.fault(
        path="/api/v1/developer/doors",
        method="GET",
        status=429,
        body={"code": "CODE_X"},
        headers={"Retry-After": "7"},
        skip=1,
        count=2,
    )
    answers = [await probe.get("/doors") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 429, 429, 200]
    assert answers[1].headers["Retry-After"] == "7"
    assert (await sim.requests())["counts"] == {"GET /api/v1/developer/doors": 4}


async def test_cut_before_and_after(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """A connection is cut before the request is obeyed, or after."""
    reader = sim.site.door("Front Door").reader
    assert reader is not None
    for when, rings in (("before", 0), ("after", 1)):
        await sim.fault(method="POST", drop=when)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await probe.ask("POST", f"/devices/{reader.id}/doorbell")
        assert len(await sim.history(name="ring")) == rings


async def test_rubbish_and_truncation(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """An answer can be no JSON, or end too early."""
    await sim.fault(rubbish=True)
    with pytest.raises(ValueError, match="codec|Expecting"):
        await probe.get("/doors")
    await sim.fault(truncate=True)
    with pytest.raises(aiohttp.ClientPayloadError):
        await probe.get("/doors")
    assert (await probe.get("/doors")).status == 200


async def test_the_answer_before(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """The very same request gets the first one's answer again, as from a cache."""

    async def names() -> list[str]:
        return [door["name"] for door in (await probe.get("/doors")).data]

    await sim.fault(stale=True, count=2)
    before = await names()
    await sim.rename_door("Front Door", "Portal")
    assert await names() == before
    assert "Portal" in await names()


async def test_asked_twice_on_the_way(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """Something on the way asks twice, and who asked once knows nothing of it."""
    reader = sim.site.door("Front Door").reader
    assert reader is not None
    await sim.fault(method="POST", twice=True)
    assert (await probe.ask("POST", f"/devices/{reader.id}/doorbell")).status == 200
    assert len(await sim.history(name="ring")) == 2


@pytest.mark.parametrize("vendor", ["basip", "clue", "unifi_access"])
async def test_log_wraps(vendor: str) -> None:
    """A log forgets its oldest rows, and goes on with the next."""
    async with simulator_class(vendor)() as sim:
        assert isinstance(sim, BasIpSimulator | ClueSimulator | UnifiAccessSimulator)
        await sim.burst(5)
        newest = list(sim.log.rows[-2:])
        await sim.wrap_log(2)
        assert sim.log.rows == newest
        await sim.wrap_log(2)
        await sim.burst(1)
        assert len(sim.log.rows) == 3
        assert all(row in sim.log.rows for row in newest)


async def test_delay_and_clearing(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """An answer can come late, until the faults are cleared."""
    await sim.fault(delay=0.2, count=None)
    start = time.monotonic()
    await probe.get("/doors")
    assert time.monotonic() - start >= 0.2
    await sim.clear_faults()
    start = time.monotonic()
    await probe.get("/doors")
    assert time.monotonic() - start < 0.2
    await sim.clear_requests()
    assert (await sim.requests(recent=5)) == {"counts": {}, "recent": []}
    with pytest.raises(ValueError, match="before"):
        await sim.fault(drop="sometimes")


# Life.


async def test_unplugged(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """Unplugged, it is gone; what happens meanwhile is there afterwards."""
    port = sim.port
    frames = await probe.frames()
    await sim.pause()
    message = await frames.socket.receive(timeout=30)
    assert message.type is not aiohttp.WSMsgType.TEXT
    with pytest.raises(aiohttp.ClientConnectorError):
        await probe.get("/doors")
    await sim.tap("Front Door", "Jane Doe")
    await sim.resume()
    assert sim.port == port
    assert len(await probe.hits()) == 1


async def test_state_outlives_the_process(tmp_path: Path) -> None:
    """With a folder, certificate, log and people are there at the next start."""
    async with UnifiAccessSimulator(state=tmp_path, history_days=2) as first:
        await first.tap("Front Door", "Jane Doe")
        await first.rename_door("Front Door", "Main Door")
        kept, rows = first.fingerprint, len(first.log.rows)
    async with UnifiAccessSimulator(state=tmp_path, history_days=2) as second:
        assert second.fingerprint == kept
        assert len(second.log.rows) == rows
        assert second.token == first.token
        made = await second.tap("Main Door", "Jane Doe")
        assert made.row == first.log.rows[-1].number + 1
        assert second.site.door("Main Door").id == first.site.door("Main Door").id


async def test_turned_clock(sim: UnifiAccessSimulator, probe: Probe) -> None:
    """Its clock can be wrong: in rows and in the Date header."""
    await sim.turn_clock(-86_400 * 365)
    made = await sim.tap("Front Door", "Jane Doe")
    answer = await probe.get("/doors")
    seen = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert abs(seen - (time.time() - 86_400 * 365)) < 5
    assert abs(made.at_ms / 1000 - seen) < 5
    await sim.turn_clock(0)
    later = await sim.tap("Front Door", "Jane Doe")
    assert abs(later.at_ms / 1000 - time.time()) < 5


async def test_commands_over_http(sim: UnifiAccessSimulator) -> None:
    """Commands take and give JSON, and say what was wrong."""
    made = (await command(sim.control, "tap", door=0, person="Jane Doe"))[1]
    assert made["kind"] == "access_granted"
    assert (await command(sim.control, "history"))[1] == [made]
    assert (await command(sim.control, "no_such_thing"))[0] == 404
    status, told = await command(sim.control, "tap", door="Nowhere")
    assert (status, told) == (400, {"error": "LookupError('no door Nowhere')"})
    assert (await command(sim.control, "tap", window=1))[0] == 400
    assert (await command(sim.control, "set_modes", page_shape="round"))[0] == 400
    async with aiohttp.ClientSession() as session, session.get(sim.control) as answer:
        listed = await answer.json()
    assert all(listed.values()), "each command has a line of help"


async def test_day_in_the_background(sim: UnifiAccessSimulator) -> None:
    """The day is played until it is stopped."""
    await sim.play_day(speed=500)
    await wait_for(lambda: len(sim.truth) > 5)
    await sim.stop_day()
    count = len(sim.truth)
    await asyncio.sleep(0.1)
    # Doors that stood open may still close.
    assert {item.name for item in sim.truth[count:]} <= {"door_closed"}


# Processes.


async def start_process(*arguments: str) -> tuple[asyncio.subprocess.Process, Json]:
    """Start a simulator and return it with its first line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.simulators", "unifi_access", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        return process, json.loads(await process.stdout.readline())


async def test_process_tells_and_ends() -> None:
    """Its first line says how to reach it, and SIGTERM ends it at once."""
    process, told = await start_process("--no-day", "--doors", "2")
    try:
        assert told["vendor"] == "unifi_access"
        assert told["config"]["port"] == told["port"]
        assert await served_fingerprint(told["port"]) == told["fingerprint"]
        _, state = await command(told["control"], "state_of", door=1)
        assert state["name"] == "Side Door"
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    assert b"Doors: Front Door, Side Door" in errors
    assert b"Traceback" not in errors


async def test_process_ends_with_its_parent() -> None:
    """A simulator does not outlive who started it."""
    code = (
        "import subprocess, sys; child = subprocess.Popen([sys.executable, '-m',"
        " 'tests.simulators', 'unifi_access', '--no-day'], stdout=subprocess.PIPE);"
        " child.stdout.readline(); print(child.pid, flush=True)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    await wait_for(lambda: _gone(int(output)))


def _gone(pid: int) -> bool:
    """Tell whether a process has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" in status.read_text()


async def test_port_in_use(sim: UnifiAccessSimulator) -> None:
    """A port that is taken is a clear line and an exit code."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.simulators", "unifi_access"),
        *("--port", str(sim.port)),
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 1
    assert errors.startswith(b"The simulator cannot serve:")


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_vendor_has_its_class(vendor: str) -> None:
    """The table leads to the simulator of each vendor."""
    assert simulator_class(vendor).vendor == vendor
