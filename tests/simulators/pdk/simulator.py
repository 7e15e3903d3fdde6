"""The PDK simulator: both hosts and the commands."""

from dataclasses import fields
from typing import Any, override

from aiohttp import web

from tests.simulators.common import HOST, Command, Json

from .api import Api
from .api_accounts import AccountsApi
from .api_holders import HoldersApi, credential_row, holder_row
from .api_reports import ReportsApi
from .api_system import SystemApi, node_of
from .day import ScriptedDay
from .log import Happening
from .tokens import TokenKind
from .world import DeviceLike

_HAPPENINGS = (
    "tap",
    "unknown_card",
    "duress",
    "multi_allowed",
    "rex",
    "door_open",
    "door_close",
    "pass_through",
    "forced",
    "clear_forced",
    "propped",
    "force_open",
    "do_not_disturb",
    "auto_open",
    "node_offline",
    "node_online",
    "create_node",
    "delete_node",
    "sync",
    "need_sync",
    "send_topic",
    "send_all_topics",
    "send_raw",
    "burst",
    "start_burst",
    "seed_history",
    "seed_range",
)
_SWITCHES = (
    "set_modes",
    "history",
    "commands_received",
    "people",
    "nodes",
    "state_of",
    "add_device",
    "remove_device",
    "stream_counts",
    "stream_faults",
    "clear_stream_faults",
    "drop_clients",
    "stall_clients",
    "expire_tokens",
    "change_secret",
    "quotas",
    "reset_quotas",
)


class PdkSimulator(ScriptedDay):
    """A PDK cloud on loopback, with one system.

    `async with PdkSimulator() as sim:` serves at `sim.accounts_url` and
    `sim.systems_url`; let things happen with `await sim.tap(0, "Jane Doe")`.
    """

    def __init__(self, **options: Any) -> None:
        """Set up the cloud; the options are those of `Simulator`.

        The accounts host has the port after `port`, if that is given.
        """
        super().__init__(**options)
        self.api = Api(self)
        self.reports_api = ReportsApi(self.api)

    @property
    def accounts_url(self) -> str:
        """Return where tokens come from."""
        return f"{self._scheme}://{HOST}:{self.accounts_port}"

    @property
    def systems_url(self) -> str:
        """Return where the API and the stream are."""
        return f"{self._scheme}://{HOST}:{self.port}"

    @property
    def _scheme(self) -> str:
        """Return the scheme of both hosts."""
        return "https" if self.modes.tls else "http"

    @override
    async def prepare(self) -> None:
        await super().prepare()
        if self.history_days and not self.reports.entries:
            await self.seed_history(self.history_days)

    @override
    def accounts_routes(self, app: web.Application) -> None:
        AccountsApi(self.api).routes(app)

    @override
    def systems_routes(self, app: web.Application) -> None:
        SystemApi(self.api).routes(app)
        HoldersApi(self.api).routes(app)
        self.reports_api.routes(app)

    @override
    def config(self) -> Json:
        return {
            "system_id": self.site.system_id,
            "client_id": self.site.client_id,
            "client_secret": self.site.client_secret,
            "accounts_url": self.accounts_url,
            "systems_url": self.systems_url,
        }

    @override
    def hints(self) -> list[str]:
        return [
            f"Doors: {', '.join(device.name for device in self.site.devices)}",
            f"Try: curl -u '{self.site.client_id}:{self.site.client_secret}'"
            f" -d grant_type=client_credentials {self.accounts_url}/oauth2/token",
            f"Try: curl -X POST {self.control}/tap"
            """ -d '{"door": 0, "person": "Jane Doe"}'""",
        ]

    @override
    def commands(self) -> dict[str, Command]:
        named = {name: getattr(self, name) for name in (*_HAPPENINGS, *_SWITCHES)}
        return super().commands() | named

    # Commands beside happenings.

    async def set_modes(self, **values: Any) -> Json:
        """Change modes and return all; the names are those of `Modes`.

        `tls` and the heartbeat restart the servers; the heartbeat is told to new
        connections only.
        """
        before = self._at_start()
        self.modes.set(values)
        if self._at_start() != before and not self.paused:
            await self.pause()
            await self.resume()
        return self.modes.as_dict()

    def _at_start(self) -> tuple[object, ...]:
        """Return the modes that the servers take at their start."""
        modes = self.modes
        return modes.tls, modes.ping_interval, modes.ping_timeout

    async def history(self, after: int = 0, topic: str = "") -> list[Happening]:
        """Return what truly happened after a number, oldest first."""
        return [item for item in self.truth[after:] if topic in ("", item.topic)]

    async def commands_received(self, command: str = "") -> list[Json]:
        """Return the door commands that came in, each as often as it came."""
        return [item for item in self.openings if command in ("", item["command"])]

    async def people(self) -> list[Json]:
        """Return all holders with their credentials."""
        return [
            holder_row(holder)
            | {"credentials": [credential_row(c, holder) for c in holder.credentials]}
            for holder in self.site.holders
        ]

    async def nodes(self) -> list[Json]:
        """Return the cloud nodes, and how much waits on them."""
        return [
            node_of(node) | {"waiting": len(node.waiting)} for node in self.site.nodes
        ]

    async def state_of(self, door: DeviceLike = 0) -> Json:
        """Return the true settings and state of a door."""
        device = self.site.device(door)
        hidden = ("connection", "unlocked_until")
        shown = [item.name for item in fields(device) if item.name not in hidden]
        return {name: getattr(device, name) for name in shown} | {
            "connection_id": device.connection.id,
            "node_id": device.node.id,
            "node_connected": device.node.connected,
        }

    async def stream_counts(self) -> Json:
        """Return clients, connects, topics, renewals and the like so far."""
        return self.stream.counts()

    async def stream_faults(self, **values: Any) -> None:
        """Plan accidents of the stream: silent, delay, lose, repeat, reorder."""
        self.stream.faults.set(**values)

    async def clear_stream_faults(self) -> None:
        """Let the stream behave again; stalled connections stay dead."""
        self.stream.faults.clear()

    async def drop_clients(self) -> dict[str, int]:
        """Cut all connections of the stream; what was withheld is lost."""
        return {"dropped": self.stream.drop()}

    async def stall_clients(self) -> dict[str, int]:
        """Let all connections of the stream die while they stay open."""
        return {"stalled": self.stream.stall()}

    async def expire_tokens(self, kind: TokenKind | None = None) -> dict[str, int]:
        """Let all tokens end now: `id`, `system` or both."""
        kinds: tuple[TokenKind, ...] = (kind,) if kind else ("id", "system")
        return {"expired": sum(self.tokens.expire(item) for item in kinds)}

    async def change_secret(self) -> dict[str, str]:
        """Give the client a new secret: the old one is refused from now on."""
        self.site.secrets += 1
        return {"client_secret": self.site.client_secret}

    async def quotas(self) -> Json:
        """Return how many reports there were today, of how many."""
        return self.reports_api.quotas()

    async def reset_quotas(self) -> None:
        """Let the quotas of reports be fresh."""
        self.reports_api.reset_quotas()
