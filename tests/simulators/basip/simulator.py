"""The BAS-IP simulator: the API, the push, and its commands."""

import time
from typing import Any, override

from aiohttp import web

from tests.simulators.common import HOST, Command, Json

from .api import Api, Route
from .api_access import AccessApi
from .api_identifiers import IdentifierApi
from .api_log import LogApi
from .day import ScriptedDay
from .log import Happening
from .site import Lock

_HAPPENINGS = (
    "use",
    "deny",
    "unknown",
    "face",
    "ring",
    "answer_and_open",
    "press_exit",
    "open_door",
    "close_door",
    "tamper",
    "reboot",
    "write",
    "write_all",
    "burst",
    "start_burst",
    "seed_history",
    "push_to",
    "stop_push",
    "link_state",
    "link_fault",
)
_SWITCHES = (
    "set_modes",
    "history",
    "state_of",
    "openings",
    "identifiers",
    "sessions",
    "expire_tokens",
    "change_password",
    "ban",
    "unban",
    "clear_log",
    "wrap_log",
)
_FAMILY_LOCKS = {"android": 2, "camdroid": 8}


class BasIpSimulator(ScriptedDay):
    """A BAS-IP panel on loopback.

    `async with BasIpSimulator() as sim:` serves at `sim.base_url`; log in as
    `sim.username` with the MD5 of `sim.password`, and let things happen with
    `await sim.use("Jane Doe")`.
    """

    username = "admin"

    @property
    def password(self) -> str:
        """Return the administrator's password."""
        return self.site.accounts["admin"].password

    @property
    def digest(self) -> str:
        """Return the MD5 of the administrator's password."""
        return self.site.accounts["admin"].digest

    @property
    def base_url(self) -> str:
        """Return where the API is."""
        scheme = "https" if self.modes.tls else "http"
        return f"{scheme}://{HOST}:{self.port}/api/{self.modes.api_prefix}"

    @override
    async def prepare(self) -> None:
        await super().prepare()
        if self.history_days and not self.log.rows:
            await self.seed_history(self.history_days)

    @override
    def routes(self, app: web.Application) -> None:
        api = Api(self)
        routes: list[Route] = [
            Route("GET", "/logout", api.logout),
            *LogApi(self).routes(),
            *AccessApi(self).routes(),
            *IdentifierApi(self).routes(),
        ]
        api.install(app, routes)

    @override
    def config(self) -> Json:
        return {
            "host": HOST,
            "port": self.port,
            "ssl": self.modes.tls,
            "verify_ssl": False,
            "username": self.username,
            "password": self.password,
        }

    @override
    def hints(self) -> list[str]:
        return [
            f"Locks: {len(self.site.locks)}, serial number {self.site.serial}",
            f"Try: curl '{self.base_url}/login?username=admin&password={self.digest}'",
            f"""Try: curl -X POST {self.control}/use -d '{{"person": "Jane Doe"}}'""",
        ]

    @override
    def commands(self) -> dict[str, Command]:
        named = {name: getattr(self, name) for name in (*_HAPPENINGS, *_SWITCHES)}
        return super().commands() | named

    # Commands beside happenings.

    async def set_modes(self, **values: Any) -> Json:
        """Change modes and return all; the names are those of `Modes`."""
        before = self.modes.tls, self.modes.family
        self.modes.set(values)
        if before[1] != self.modes.family and self.doors_wanted is None:
            number = _FAMILY_LOCKS[self.modes.family]
            self.site.locks = {n: Lock(n) for n in range(1, number + 1)}
        if before[0] != self.modes.tls and not self.paused:
            await self.pause()
            await self.resume()
        return self.modes.as_dict()

    async def history(self, after: int = 0, name: str = "") -> list[Happening]:
        """Return what truly happened after a number, oldest first."""
        return [item for item in self.truth[after:] if not name or item.name == name]

    async def state_of(self, lock: int = 1) -> Json:
        """Return the true state of a lock and of the door."""
        found, now = self.site.locks[lock], self.clock.time()
        return {
            "lock": found.number,
            "open": now < max(found.open_until, found.emergency_until),
            "emergency": now < found.emergency_until,
            "timeout": found.timeout,
            "door_open": self.site.door.is_open,
            "held_open": self.site.door.exceeded,
            "exit_button": self.site.exit_button,
        }

    async def openings(self, via: str = "") -> list[Json]:
        """Return how often what opened which lock, oldest first."""
        return [item for item in self.site.openings if via in ("", item["via"])]

    async def identifiers(self) -> list[Json]:
        """Return all identifiers as they truly are."""
        return [
            {
                "uid": item.uid,
                "owner": item.owner,
                "type": item.type,
                "number": item.number,
                "lock": item.lock,
                "valid": item.valid,
                "passes_left": item.passes_left,
            }
            for item in self.site.identifiers.values()
        ]

    async def sessions(self) -> Json:
        """Return how often somebody logged in, and what is refused."""
        now = time.monotonic()
        return {
            "logins": self.logins,
            "open": sum(now < expires for _, expires in self.tokens.values()),
            "refused_in_a_row": self.refused_logins,
            "banned_seconds": max(0.0, self.banned_until - now),
        }

    async def expire_tokens(self) -> None:
        """End all sessions."""
        self.tokens.clear()

    async def change_password(self, password: str, username: str = "admin") -> None:
        """Give an account another password; its sessions end."""
        self.site.accounts[username].password = password
        self.tokens.clear()

    async def ban(self, seconds: float = 300.0) -> None:
        """Ban the address of everybody here."""
        self.banned_until = time.monotonic() + seconds

    async def unban(self) -> None:
        """Lift the ban."""
        self.banned_until = 0.0
        self.refused_logins = 0

    async def clear_log(self) -> None:
        """Let the panel forget its log."""
        self.log.clear()

    async def wrap_log(self, keep: int = 0) -> None:
        """Let the panel forget all rows but the newest so many."""
        self.log.wrap(keep)
