"""The UniFi Access simulator: the API, the WebSocket, and its commands."""

from typing import Any, override

from aiohttp import web

from tests.simulators.common import HOST, Command, Json

from .api import install
from .api_doors import DoorApi
from .api_logs import LogApi
from .api_people import UserApi
from .api_policies import CredentialApi, PolicyApi
from .api_visitors import VisitorApi
from .day import ScriptedDay
from .frames import noise
from .log import Happening

_HAPPENINGS = (
    "tap",
    "rex",
    "remote_unlock",
    "burst",
    "start_burst",
    "ring",
    "answer",
    "miss",
    "reject",
    "cancel",
    "answer_elsewhere",
    "open_door",
    "close_door",
    "force_open",
    "hold_open",
    "device_offline",
    "device_online",
    "device_restart",
    "device_update",
    "admin_change",
    "pin_changed",
    "create_visitor",
    "user_changed",
    "hold_card",
    "change_rule",
    "schedule",
    "emergency",
    "add_door",
    "remove_door",
    "rename_door",
    "set_sensor",
    "set_habit",
    "seed_history",
)
_SWITCHES = (
    "set_modes",
    "history",
    "state_of",
    "list_tokens",
    "rotate_token",
    "revoke",
    "grant",
    "stream_info",
    "stream_fault",
    "drop_streams",
    "push_rubbish",
    "push_frame",
    "push_noise",
    "clear_log",
    "wrap_log",
)


class UnifiAccessSimulator(ScriptedDay):
    """A UniFi Access controller on loopback.

    `async with UnifiAccessSimulator(doors=3) as sim:` serves on `sim.port`; use
    `sim.token`, and let things happen with `await sim.tap(0, "Jane Doe")`.
    """

    @override
    async def prepare(self) -> None:
        await super().prepare()
        if self.history_days and not self.log.rows:
            await self.seed_history(self.history_days)

    @override
    def routes(self, app: web.Application) -> None:
        parts = (
            DoorApi(self),
            LogApi(self),
            UserApi(self),
            VisitorApi(self),
            PolicyApi(self),
            CredentialApi(self),
        )
        install(app, self, [route for part in parts for route in part.routes()])

    @override
    async def close(self) -> None:
        self.stream.drop()
        await super().close()

    @override
    def config(self) -> Json:
        return {
            "host": HOST,
            "port": self.port,
            "api_token": self.token,
            "verify_ssl": False,
        }

    @override
    def hints(self) -> list[str]:
        return [
            f"Doors: {', '.join(door.name for door in self.site.doors.values())}",
            f"Try: curl -k -H 'Authorization: Bearer {self.token}'"
            f" https://{HOST}:{self.port}/api/v1/developer/doors",
            f"Try: curl -X POST {self.control}/tap"
            """ -d '{"door": 0, "person": "Jane Doe", "opens": true}'""",
        ]

    @override
    def commands(self) -> dict[str, Command]:
        named = {name: getattr(self, name) for name in (*_HAPPENINGS, *_SWITCHES)}
        return super().commands() | named

    # Commands beside happenings.

    async def set_modes(self, **values: Any) -> Json:
        """Change modes and return all; the names are those of `Modes`."""
        self.modes.set(values)
        self._places.clear()
        return {name: getattr(self.modes, name) for name in type(self.modes).__slots__}

    async def history(self, after: int = 0, name: str = "") -> list[Happening]:
        """Return what truly happened after a number, oldest first."""
        return [item for item in self.truth[after:] if not name or item.name == name]

    async def state_of(self, door: str | int) -> Json:
        """Return the true state of a door."""
        where = self.site.door(door)
        return {
            "id": where.id,
            "name": where.name,
            "relay": where.relay,
            "position": where.position if where.sensor else None,
            "rule": where.rule,
            "scheduled_open": where.scheduled_open,
            "hub": where.hub.id if where.hub else None,
            "devices": [device.id for device in where.devices],
        }

    async def list_tokens(self) -> dict[str, str]:
        """Return all tokens by name."""
        return self.tokens

    async def rotate_token(self, name: str = "full") -> Json:
        """Replace a token: the old one is refused from now on."""
        old = self.tokens[name]
        new = self.make_token(f"{name} after {old}")
        self.scopes[new] = self.scopes.pop(old)
        self.tokens[name] = new
        return {"token": new}

    async def revoke(self, scope: str, name: str = "full") -> list[str]:
        """Take a permission key from a token; return those that are left."""
        scopes = self.scopes[self.tokens[name]]
        scopes.discard(scope)
        return sorted(scopes)

    async def grant(self, scope: str, name: str = "full") -> list[str]:
        """Give a token a permission key; return all it has."""
        scopes = self.scopes[self.tokens[name]]
        scopes.add(scope)
        return sorted(scopes)

    async def stream_info(self) -> Json:
        """Return how many clients the WebSocket has and had, and its frames."""
        return {
            "clients": len(self.stream.clients),
            "connections": self.stream.connections,
            "pushed": self.stream.faults.pushed,
            "lost": self.stream.faults.lost,
        }

    async def stream_fault(self, clear: bool = False, **plan: Any) -> None:
        """Plan accidents with pushed frames; see `PushFaults.set`."""
        if clear:
            self.stream.faults.clear()
        self.stream.faults.set(**plan)

    async def drop_streams(self) -> Json:
        """Cut all WebSocket connections."""
        return {"dropped": self.stream.drop()}

    async def push_rubbish(self, text: str = "{not json <<<") -> None:
        """Push text that is no frame."""
        self.stream.push_raw(text)

    async def push_frame(self, frame: Json) -> None:
        """Push any frame."""
        self.stream.push(frame)

    async def push_noise(self) -> None:
        """Push frames that tell nothing of use, as real sites do all day."""
        for frame in noise(self.site):
            self.stream.push(frame)

    async def clear_log(self) -> None:
        """Let the controller forget its log, as when its disk was full."""
        self.log.clear()

    async def wrap_log(self, keep: int = 0) -> None:
        """Let the controller forget all rows but the newest so many."""
        self.log.wrap(keep)
