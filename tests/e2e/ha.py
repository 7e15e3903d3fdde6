"""Home Assistant and the vendors' simulators as processes of their own."""

import asyncio
from collections.abc import Mapping
import contextlib
import json
from pathlib import Path
import random
import socket
import sys
from typing import Any, Self
import zipfile

import aiohttp

from .api import Api, ApiError, Json
from .process import Process

ROOT = Path(__file__).parents[2]
DOMAIN = "access_events"
HOST = "127.0.0.1"
USERNAME = PASSWORD = "demo"

CONFIGURATION = """\
homeassistant:
  name: Demo
  country: US
  time_zone: UTC
  allowlist_external_dirs: [{folder}]
frontend:
config:
history:
logbook:
  exclude:
    entity_globs: ["event.*_access", "event.*_alarm", "event.*_doorbell"]
recorder:
  commit_interval: 1
api:
logger:
  default: warning
  logs:
    haffmpeg: fatal
    homeassistant.components.camera.img_util: fatal
    homeassistant.util.package: info
    custom_components.access_events: info
{more}"""


def free_port() -> int:
    """Return a TCP port of the loopback address that is free now.

    It is below those that connections get by themselves, so that none takes it before
    who wants it does.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port


class HomeAssistant(Api):
    """A Home Assistant with this checkout's integration, the user `demo` logged in."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        more: str = "",
        archive: Path | None = None,
    ) -> None:
        """Choose its config folder.

        Args:
            folder: The config folder; what an earlier run left there is gone on with.
            port: The port on 127.0.0.1; 0 takes a free one.
            more: Lines to add to configuration.yaml.
            archive: A release's zip to unpack as HACS does, in place of this checkout.
        """
        self.folder = folder
        self.port = port or free_port()
        self.more = more
        self.archive = archive
        super().__init__(f"http://{HOST}:{self.port}")
        self.process = Process(
            [sys.executable, "-m", "homeassistant", "-c", str(folder)],
            cwd=folder,
            output=folder / "output.log",
            environment={"PYTHONUNBUFFERED": "1"},
        )

    async def __aenter__(self) -> Self:
        """Start it."""
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        await self.stop()

    async def start(self, timeout: float = 180) -> None:
        """Start it and wait until it runs and the user is logged in.

        Raises:
            TimeoutError: It does not answer in that many seconds.
            ProcessEndedError: It ended; the message is the end of its log.
        """
        await asyncio.to_thread(self._prepare)
        await self.process.start()
        async with asyncio.timeout(timeout):
            await self._reach()
            while (await self.get("/api/config"))["state"] != "RUNNING":
                await asyncio.sleep(0.1)
        await self.call("persistent_notification.dismiss_all")

    async def stop(self) -> None:
        """End it as a user's restart does, with all it wants to save."""
        await self.close()
        await self.process.stop()

    async def kill(self) -> None:
        """End it as a power cut does."""
        await self.process.kill()
        await self.close()

    async def restart(self) -> None:
        """Start it again on the same folder and port, after `stop` or `kill`."""
        await self.stop()
        super().__init__(self.url)
        await self.start()

    def read_log(self) -> str:
        """Return what it has logged, in all its runs."""
        return self.process.read_output()

    async def set_up(
        self, vendor: str, config: Mapping[str, Any], *, import_days: int = 7
    ) -> str:
        """Add a system through the config flow and return the entry's id.

        Args:
            vendor: The vendor's name, as in the flow's menu.
            config: The fields of the vendor's step.
            import_days: How much of its history is read.

        Raises:
            ApiError: The flow did not make an entry; the message says where it stayed.
        """
        result = await self.flow(
            {"handler": DOMAIN},
            {"next_step_id": vendor},
            dict(config),
            {"import_days": import_days},
        )
        if result["type"] != "create_entry":
            keys = ("type", "step_id", "reason", "errors", "description_placeholders")
            shown = {key: result[key] for key in keys if result.get(key)}
            raise ApiError(f"Setting up {vendor}: {shown}")
        entry_id: str = result["result"]["entry_id"]
        return entry_id

    def _prepare(self) -> None:
        """Write what it reads at its start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        storage = self.folder / ".storage"
        (self.folder / "configuration.yaml").write_text(
            CONFIGURATION.format(folder=json.dumps(str(self.folder)), more=self.more)
        )
        components = self.folder / "custom_components"
        components.mkdir(exist_ok=True)
        integration = components / DOMAIN
        if self.archive is not None:
            with zipfile.ZipFile(self.archive) as archive:
                archive.extractall(integration)
        else:
            integration.unlink(missing_ok=True)
            integration.symlink_to(ROOT / "custom_components" / DOMAIN)
        write_storage(storage, "http", 3, _http_settings(self.port))
        if not (storage / "onboarding").exists():
            # These two steps would set up integrations that call servers outside.
            write_storage(
                storage, "onboarding", 4, {"done": ["core_config", "analytics"]}
            )

    async def _reach(self) -> None:
        """Wait until it answers, then log in; the first time, make the user."""
        while True:
            self.process.check()
            try:
                steps = await self.get("/api/onboarding")
                break
            except ApiError:
                steps = []
                break
            except OSError, aiohttp.ClientError:
                await asyncio.sleep(0.1)
        if any(step["step"] == "user" and not step["done"] for step in steps):
            await self.onboard(USERNAME, PASSWORD)
        else:
            await self.log_in(USERNAME, PASSWORD)


def write_storage(folder: Path, key: str, version: int, data: Json) -> None:
    """Write a file of Home Assistant's storage."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(
        {"version": version, "minor_version": 1, "key": key, "data": data}
    )
    (folder / key).write_text(text)


def _http_settings(port: int) -> Json:
    """Return the stored settings of the web server.

    Home Assistant keeps them there, and only asks YAML the first time.
    """
    return {
        "stable": {
            "server_host": [HOST],
            "server_port": port,
            "cors_allowed_origins": [],
            "login_attempts_threshold": -1,
            "ip_ban_enabled": False,
            "ssl_profile": "intermediate_v6",
            "use_x_frame_options": True,
            "created_at": "2026-01-01T00:00:00+00:00",
            "error": None,
            "error_message": None,
        },
        "pending": None,
        "yaml_migration_done": True,
    }


class Simulator:
    """A vendor's simulator in a process of its own."""

    def __init__(self, vendor: str, folder: Path, *options: str, port: int = 0) -> None:
        """Choose the vendor.

        Args:
            vendor: As in the config flow's menu.
            folder: Where its data (which outlive a stop) and its log are kept.
            options: More of the command line of `python -m tests.simulators`.
            port: The vendor's port; 0 takes a free one.
        """
        self.vendor = vendor
        self.port = port or free_port()
        self.info: Json = {}
        state = folder / vendor
        self.process = Process(
            [
                sys.executable,
                *("-m", "tests.simulators", vendor, "--port", str(self.port)),
                *("--state", str(state), *options),
            ],
            cwd=ROOT,
            output=folder / f"{vendor}.log",
            environment={"PYTHONUNBUFFERED": "1"},
        )
        state.mkdir(parents=True, exist_ok=True)

    async def __aenter__(self) -> Self:
        """Start it."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        await self.stop()

    @property
    def config(self) -> Json:
        """The fields of the config flow that reach it."""
        config: Json = self.info["config"]
        return config

    async def start(self, timeout: float = 30) -> None:
        """Start it and wait until it says how to reach it.

        Raises:
            ProcessEndedError: It could not serve; the message is the end of its log.
        """
        output = await self.process.start(pipe_output=True)
        assert output is not None
        async with asyncio.timeout(timeout):
            line = await output.readline()
        if not line:
            await self.process.wait()
            self.process.check()
        self.info = json.loads(line)

    async def stop(self) -> None:
        """End it as a shutdown does; its data are saved."""
        await self.process.stop(10)

    async def kill(self) -> None:
        """End it as a power cut does."""
        await self.process.kill()

    async def command(self, name: str, **arguments: Any) -> Any:
        """Run a command of its control server (`info`, `pause`, `resume`, …).

        Raises:
            ApiError: It refused; the message says why.
        """
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.info['control']}/{name}", json=arguments) as response,
        ):
            answer = await response.json()
            if response.status >= 400:
                raise ApiError(f"Simulator command {name}: {answer}")
            return answer
