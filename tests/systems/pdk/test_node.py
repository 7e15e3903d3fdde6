"""Test the PDK adapter's stream with the servers that PDK's own may be made with."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
import fcntl
import json
import os
from pathlib import Path
import shutil
import subprocess

import aiohttp
import pytest
from yarl import URL

from custom_components.access_events.systems.pdk.stream import OldProtocol, Stream
from custom_components.access_events.systems.pdk.tokens import Tokens
from custom_components.access_events.systems.pdk.wire import Wire
from tests.words import says

from .server import CLIENT_ID, CLIENT_SECRET, SYSTEM_ID, PdkServer

SERVER = Path(__file__).with_name("node_server.js")
PACKAGES = {
    "sio2": "socket.io@2.5.1",
    "sio3": "socket.io@3.1.2",
    "sio4": "socket.io@4.8.4",
}

pytestmark = pytest.mark.skipif(
    not (shutil.which("node") and shutil.which("npm")), reason="needs node and npm"
)


@pytest.fixture(scope="module")
def modules() -> Path:
    """Return a folder with the servers' packages, installed once and for all workers."""
    cache = (
        os.environ.get("ACCESS_EVENTS_CACHE") or Path.home() / ".cache/access_events"
    )
    folder = Path(cache) / "socketio-servers"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_installed(folder):
            install(folder)
    if not is_installed(folder):
        pytest.skip("the servers' packages can't be installed from here (no network?)")
    return folder / "node_modules"


def is_installed(folder: Path) -> bool:
    """Tell whether just these versions are there, as npm left them when it ended."""
    for name, package in PACKAGES.items():
        try:
            told = json.loads(
                (folder / "node_modules" / name / "package.json").read_text()
            )
        except OSError, ValueError:
            return False
        if f"{told['name']}@{told['version']}" != package:
            return False
    return (folder / "package-lock.json").exists()


def install(folder: Path) -> None:
    """Install the packages, as far as that works within a minute."""
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(
            [
                *("npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund"),
                *("--ignore-scripts", "--prefer-offline", "--fetch-retries=0"),
                *(f"{name}@npm:{package}" for name, package in PACKAGES.items()),
            ],
            capture_output=True,
            timeout=60,
            check=False,
        )


@asynccontextmanager
async def opened(
    modules: Path, accounts: PdkServer, name: str, *flags: str
) -> AsyncGenerator[Stream]:
    """Run a server, and return a stream that is to be opened to it."""
    process = await asyncio.create_subprocess_exec(
        *("node", str(SERVER), name, *flags),
        env={**os.environ, "NODE_PATH": str(modules)},
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        port = int(await asyncio.wait_for(process.stdout.readline(), 60))
        async with aiohttp.ClientSession() as session:
            wire = Wire(session)
            url = URL(accounts.config["accounts_url"])
            tokens = Tokens(wire, url, SYSTEM_ID, CLIENT_ID, CLIENT_SECRET)
            systems = URL(f"http://127.0.0.1:{port}")
            stream = Stream(wire, tokens, systems, SYSTEM_ID, asyncio.Event())
            yield stream
            await stream.stop()
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize(
    ("name", "flags"), [("sio3", ("eio3",)), ("sio4", ("eio3",)), ("sio4", ())]
)
async def test_server(
    server: PdkServer, modules: Path, name: str, flags: tuple[str, ...]
) -> None:
    """Through several heartbeats and tokens, each event comes once and in order."""
    async with opened(modules, server, name, *flags) as stream:
        await stream.probe()
        await stream.start()
        heard: list[int] = []
        async with asyncio.timeout(30):
            while len(heard) < 25:
                while (frame := stream.take()) is not None:
                    assert isinstance(frame.payload, dict)
                    holder = frame.payload["body"]["holderId"]
                    heard.append(int(holder.removeprefix("h-")))
                assert stream.ended is None
                await asyncio.sleep(0.05)
        assert heard == list(range(1, len(heard) + 1))
        assert stream.renewals >= 2
        assert stream.connects == 1


async def test_old_server(server: PdkServer, modules: Path) -> None:
    """An old server is told apart at once, and said so in words that help."""
    async with opened(modules, server, "sio2") as stream:
        with pytest.raises(
            OldProtocol, check=says(r"older generation of Socket\.IO")
        ) as told:
            await stream.probe()
        assert told.value.retry_after == 3600
        with pytest.raises(OldProtocol):
            await stream.start()
        assert not stream.connected
