"""The CLUe simulator: the API and its commands."""

from typing import Any, override

from aiohttp import web

from tests.simulators.common import HOST, Command, Json

from .api import Api, ApiError, EventsApi
from .api_auths import AuthsApi
from .day import ScriptedDay
from .log import Happening
from .site import PLACE, ApiKey, Door
from .world import DoorLike

_HAPPENINGS = (
    "flow_success",
    "flow_clue_failure",
    "flow_vendor_failure",
    "relay",
    "event",
    "burst",
    "start_burst",
    "device_offline",
    "device_online",
    "hold_rows",
    "release_rows",
    "lose_rows",
    "seed_history",
)
_SWITCHES = (
    "set_modes",
    "history",
    "people",
    "state_of",
    "list_keys",
    "rotate_key",
    "expire_key",
    "grow",
    "add_door",
    "clear_log",
    "wrap_log",
)


class ClueSimulator(ScriptedDay):
    """A CLUe cloud on loopback.

    `async with ClueSimulator() as sim:` serves at `sim.base_url`; use `sim.key`,
    and let things happen with `await sim.flow_success(0, "Jane Doe")`.
    """

    def __init__(self, **options: Any) -> None:
        """Set up the cloud; the options are those of `Simulator`."""
        super().__init__(**options)
        self._events = EventsApi(self)
        self._api = Api(self)
        self._auths = AuthsApi(self)

    @property
    def key(self) -> str:
        """Return the API key of the place."""
        return self._key("full").value

    @property
    def base_url(self) -> str:
        """Return where the API is."""
        return f"{self._origin}{self.modes.base_path}"

    @property
    def _origin(self) -> str:
        """Return the address of the server."""
        return f"{'https' if self.modes.tls else 'http'}://{HOST}:{self.port}"

    def _key(self, name: str) -> ApiKey:
        """Return the newest key of a name. Raises LookupError."""
        found = [key for key in self.site.keys.values() if key.name == name]
        if not found:
            raise LookupError(f"no key {name}")
        return found[-1]

    @override
    async def prepare(self) -> None:
        await super().prepare()
        if self.history_days and not self.log.rows:
            await self.seed_history(self.history_days)

    @override
    def routes(self, app: web.Application) -> None:
        for base in ("/v1/be", "/v1"):
            app.router.add_get(
                f"{base}/events",
                self._api.handler(self._events.events),
                allow_head=False,
            )
            app.router.add_post(
                f"{base}/places/{{place}}/auths",
                self._api.handler(self._auths.register),
            )
        app.router.add_route("*", "/{tail:.*}", self._unknown)

    async def _unknown(self, _: web.Request) -> web.StreamResponse:
        """Answer a path or a verb that there is not."""
        return self._api.refuse(ApiError(404, "Not Found"))

    @override
    def config(self) -> Json:
        # What the vendor's article says, wherever this server has the API.
        return {
            "place_id": str(PLACE),
            "api_key": self.key,
            "base_url": f"{self._origin}/v1/be",
        }

    @override
    def hints(self) -> list[str]:
        return [
            f"Doors: {', '.join(door.name for door in self.site.doors)}",
            f"Try: curl -H 'Authorization: Bearer {self.key}'"
            f" '{self.base_url}/events?page=0&size=5&placeId={PLACE}'",
            f"Try: curl -X POST {self.control}/flow_success"
            """ -d '{"door": 0, "person": "Jane Doe"}'""",
        ]

    @override
    def commands(self) -> dict[str, Command]:
        named = {name: getattr(self, name) for name in (*_HAPPENINGS, *_SWITCHES)}
        return super().commands() | named

    # Commands beside happenings.

    async def set_modes(self, **values: Any) -> Json:
        """Change modes and return all; the names are those of `Modes`."""
        before = self.modes.tls
        self.modes.set(values)
        if self.modes.tls != before and not self.paused:
            await self.pause()
            await self.resume()
        return self.modes.as_dict()

    async def history(self, after: int = 0, name: str = "") -> list[Happening]:
        """Return what truly happened after a number, oldest first."""
        return [item for item in self.truth[after:] if not name or item.name == name]

    async def people(self) -> list[Json]:
        """Return all people with their authorisation, without pictures."""
        return [
            {
                "auth_id": person.auth_id,
                "user_id": person.user_id,
                "key": person.key,
                "name": person.name,
                "place_id": person.place_id,
                "auth": person.auth
                | {
                    "credentials": person.auth["credentials"]
                    | {
                        "faceImages": len(
                            person.auth["credentials"].get("faceImages") or ()
                        )
                    }
                },
            }
            for person in self.site.people
        ]

    async def state_of(self, door: DoorLike) -> Json:
        """Return the true state of a door and its device."""
        where = self.site.door(door)
        device = where.device
        return {
            "id": where.id,
            "name": where.name,
            "place_id": where.place_id,
            "relay_on": where.relay_on,
            "device_id": device.id,
            "online": device.online,
            "waiting": len(device.waiting),
            "next_local_id": device.next_local_id,
        }

    async def list_keys(self) -> dict[str, str]:
        """Return all keys by name."""
        return {key.name: key.value for key in self.site.keys.values()}

    async def rotate_key(self, name: str = "full") -> Json:
        """Replace a key: the old one is refused from now on."""
        old = self._key(name)
        new = self.site.add_key(name, self.clock.ms(), old.places, 1)
        del self.site.keys[old.value]
        return {"api_key": new.value}

    async def expire_key(self, name: str = "full") -> None:
        """Let a key's validity period end now."""
        self._key(name).expires_at = self.clock.ms()

    async def grow(self, rows: int = 1, pages: int = 1) -> None:
        """Let `rows` events happen after each of the next `pages` answers."""
        self._events.grow_rows = rows
        self._events.grow_pages = pages

    async def add_door(self, name: str) -> Json:
        """Add a door with a device of its own."""
        last = max(
            (door for door in self.site.doors if door.place_id == PLACE),
            key=lambda door: door.id,
        )
        device = type(last.device)(last.device.id + 1, PLACE, 1)
        door = Door(last.id + 1, name, PLACE, device)
        self.site.doors.append(door)
        return await self.state_of(door)

    async def clear_log(self) -> None:
        """Let the cloud forget its log."""
        self.log.clear()

    async def wrap_log(self, keep: int = 0) -> None:
        """Let the cloud forget all rows but the newest so many."""
        self.log.wrap(keep)
