"""Locks, the door, the exit button, the camera and settings of the panel."""

import base64
from typing import Any

from aiohttp import web

from tests.simulators.common import Json

from .api import Result, Route, json_body, member
from .errors import ApiError
from .link import Linked

MOST_SECONDS = 604_800
_LANGUAGES = (
    "English",
    "Spanish",
    "Russian",
    "Ukrainian",
    "Polish",
    "Dutch",
    "Turkish",
    "French",
    "Danish",
)


class AccessApi:
    """Everything but the log and the identifiers."""

    def __init__(self, sim: Linked) -> None:
        """Serve a simulator."""
        self.sim = sim

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        lock = "/access/general/lock"
        exit_button = "/access/exit/button/toggle"
        server = "/network/management/server"
        return [
            Route("GET", f"{lock}/open/remote/accepted/{{number}}", self._unlock),
            Route("POST", f"{lock}/open/emergency", self._emergency_open, True),
            Route("POST", f"{lock}/close/emergency", self._emergency_close, True),
            Route("GET", f"{lock}/timeout/{{number}}", self._timeout),
            Route("POST", f"{lock}/timeout/{{number}}", self._set_timeout, True),
            Route("GET", "/access/door/status", self._door),
            Route("GET", "/access/door/sensor", self._sensor),
            Route("GET", exit_button, self._exit_button),
            Route("POST", exit_button, self._set_exit_button, True),
            Route("GET", "/photo/file", self._photo),
            Route("GET", "/device/language", self._language),
            Route("POST", "/device/language", self._set_language, True),
            Route("GET", "/device/time", self._time),
            Route("GET", server, self._server, True),
            Route("POST", server, self._set_server, True),
            Route("PUT", server, self._set_server, True),
        ]

    # Locks.

    def _number(self, value: Any, least: int = 0) -> int:
        """Return the number of a lock. Raises ApiError."""
        numbers = [n for n in (0, *self.sim.site.locks) if n >= least]
        text = str(value)
        if not text.isdigit() or int(text) not in numbers:
            listed = ", ".join(map(str, numbers))
            raise ApiError(f"Only {listed} indexes available for the lock number")
        return int(text)

    async def _unlock(self, request: web.Request) -> Result:
        """Open a lock: this GET has a consequence."""
        number = self._number(request.match_info["number"])
        seconds = None
        if self.sim.modes.family == "camdroid" and "unlockTime" in request.query:
            text = request.query["unlockTime"]
            if not text.isdigit() or int(text) > MOST_SECONDS:
                raise ApiError("Wrong unlock time")
            seconds = float(text)
        self.sim.open_lock(number, "api", seconds)
        self.sim.emit(
            "unlock",
            "access_granted_by_api_call",
            {"lock": number, "requestor": "api"},
            text=f"Lock {number} opened by API call",
        )
        return None

    async def _emergency_open(self, request: web.Request) -> Result:
        """Hold locks open for a while."""
        wanted: list[tuple[int, int]] = []
        for item in member(await json_body(request), "locks", list):
            if not isinstance(item, dict):
                raise ApiError("Wrong JSON body")
            number = self._number(member(item, "lock_number", int))
            seconds = member(item, "unlock_time", int)
            if not 1 <= seconds <= MOST_SECONDS:
                raise ApiError(
                    f"Unlock time should be in range [1, {MOST_SECONDS}] seconds"
                )
            wanted.append((number, seconds))
        if not wanted:
            raise ApiError("Wrong JSON body: no value for locks")
        for number, seconds in wanted:
            self.sim.open_lock(number, "emergency", 0)
            for lock in self.sim.site.locks.values():
                if number in (0, lock.number):
                    lock.emergency_until = self.sim.clock.time() + seconds
        self.sim.emit("emergency", "emergency_lock_is_opened", {})
        return None

    async def _emergency_close(self, request: web.Request) -> Result:
        """End the holding of locks."""
        numbers = [
            self._number(item)
            for item in member(await json_body(request), "locks", list)
        ]
        for lock in self.sim.site.locks.values():
            if 0 in numbers or lock.number in numbers:
                lock.emergency_until = lock.open_until = 0.0
        return None

    async def _timeout(self, request: web.Request) -> Result:
        """Answer how long a lock stays open."""
        number = self._number(request.match_info["number"], 1)
        return {"lock_timeout": self.sim.site.locks[number].timeout}

    async def _set_timeout(self, request: web.Request) -> Result:
        """Set how long a lock stays open."""
        number = self._number(request.match_info["number"], 1)
        seconds = member(await json_body(request), "lock_timeout", int)
        if not 1 <= seconds <= 300:
            raise ApiError("Wrong lock timeout")
        self.sim.site.locks[number].timeout = seconds
        return None

    # The door and its button.

    async def _door(self, _: web.Request) -> Result:
        """Answer how the door stands."""
        if not self.sim.modes.door_sensor:
            raise ApiError("Door sensor mode is not activated")
        door = self.sim.site.door
        opened = self.sim.clock.time() - door.opened_at if door.is_open else 0
        return {
            "is_timeout_exceed": door.exceeded,
            "status": "open" if door.is_open else "closed",
            "opentime": int(opened),
            "mode": "door_sensor",
        }

    async def _sensor(self, _: web.Request) -> Result:
        """Answer the settings of the door's sensor."""
        button = (
            "call_button" if self.sim.modes.family == "camdroid" else "enter_button"
        )
        return {
            "enable": self.sim.modes.door_sensor,
            "repeating_message_delay": 60,
            "repeating_message_enable": False,
            "opening_delay": int(self.sim.modes.held_seconds),
            "available_modes": ["door_sensor", button],
            "mode": "door_sensor",
        }

    async def _exit_button(self, _: web.Request) -> Result:
        """Answer whether the exit button works."""
        return {"enable": self.sim.site.exit_button}

    async def _set_exit_button(self, request: web.Request) -> Result:
        """Let the exit button work or not."""
        self.sim.site.exit_button = member(await json_body(request), "enable", bool)
        return None

    # The camera.

    async def _photo(self, _: web.Request) -> Result:
        """Answer a picture, in the way of this firmware."""
        kind = self.sim.modes.photo
        if kind == "none":
            return web.Response(status=404, text="Not found")
        if kind == "webp":
            return web.Response(
                body=self.sim.photo("WEBP"), content_type="application/octet-stream"
            )
        picture = self.sim.photo("JPEG")
        if kind == "base64":
            return web.Response(text=base64.b64encode(picture).decode())
        return web.Response(body=picture, content_type="image/jpeg")

    # Settings.

    async def _language(self, _: web.Request) -> Result:
        """Answer the panel's own language."""
        return {"language": self.sim.site.language}

    async def _set_language(self, request: web.Request) -> Result:
        """Set the panel's own language."""
        language = request.query.get("language", "")
        if language not in _LANGUAGES:
            raise ApiError("Wrong language")
        self.sim.site.language = language
        return None

    async def _time(self, _: web.Request) -> Result:
        """Answer the panel's time, in seconds."""
        return {
            "timestamp": int(self.sim.clock.time()),
            "timezone": "UTC±00:00",
            "ntp": {"is_enabled": False, "server": "pool.ntp.org"},
            "dst": {"is_enabled": False},
        }

    async def _server(self, _: web.Request) -> Result:
        """Answer the settings of the management server."""
        server = self.sim.site.management
        settings: Json = {
            "url": server.url,
            "password": server.password,
            "is_logging_enabled": server.is_logging_enabled,
            "is_heartbeat_enabled": server.is_heartbeat_enabled,
        }
        return {
            "is_enabled": server.is_enabled,
            "protocol": "http",
            "settings": settings,
        }

    async def _set_server(self, request: web.Request) -> Result:
        """Set the management server; a new one gets the whole log."""
        body = await json_body(request)
        enabled = member(body, "is_enabled", bool)
        if member(body, "protocol", str) != "http":
            raise ApiError("Wrong protocol")
        settings = member(body, "settings", dict)
        url, password = (member(settings, name, str) for name in ("url", "password"))
        logging = member(settings, "is_logging_enabled", bool)
        heartbeat = member(settings, "is_heartbeat_enabled", bool, optional=True)
        self.sim.set_management(
            url=url,
            password=password,
            enabled=enabled,
            logging=logging,
            heartbeat=bool(heartbeat),
        )
        return None
