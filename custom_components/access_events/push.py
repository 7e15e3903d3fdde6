"""HTTP view of the Access Events integration for panels that push their log.

A BAS-IP panel takes Home Assistant for its management server. No page of the vendor's
describes what the panel sends then; source: what panels were seen to send. It logs in
with its serial number and the password that was entered there, and repeats a push every
minute until it is answered with a success.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from hmac import compare_digest
from http import HTTPStatus
import logging
import secrets
from typing import Any

from aiohttp import hdrs, web

from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.components.http.ban import process_success_login, process_wrong_login
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util.json import json_loads

from .const import CONF_PUSH, CONF_PUSH_PASSWORD, DOMAIN
from .coordinator import AccessConfigEntry
from .entries import async_system_entries
from .journal import JournalError
from .systems.base import AccessSystemError
from .systems.parsing import mapping, text

_LOGGER = logging.getLogger(__name__)

_PATH = f"/api/{DOMAIN}/basip"
"""What is before the panel's own paths."""
_LARGEST_LOGIN = 4096  # bytes
_LARGEST_PUSH = 1024 * 1024  # bytes; a panel sends 100 rows at most
_MOST_SESSIONS = 64
_BEARER = "bearer "


@callback
def async_setup_push(hass: HomeAssistant) -> None:
    """Let panels push, if an entry's options say so."""
    hass.http.register_view(ManagementServerView())


def new_push_password() -> str:
    """Return a new password for a panel to log in with."""
    return secrets.token_hex(10)


def push_url(hass: HomeAssistant) -> str:
    """Return the address to enter at a panel, as it is seen from the home."""
    try:
        base = get_url(hass, allow_cloud=False)
    except NoURLAvailableError:
        base = "http://homeassistant.local:8123"
    return base + _PATH


@dataclass(frozen=True, slots=True)
class _Session:
    """A panel that logged in, with the password that was right then."""

    entry_id: str
    password: str = field(repr=False)


class ManagementServerView(HomeAssistantView):
    """Answers panels as their management server does."""

    url = _PATH + "/api/{version}/devices/{action}"
    name = f"api:{DOMAIN}:basip"
    requires_auth = False

    def __init__(self) -> None:
        """Start with nobody logged in."""
        self._sessions: OrderedDict[str, _Session] = OrderedDict()

    async def post(
        self, request: web.Request, version: str, action: str
    ) -> web.Response:
        """Answer a login, a heartbeat or the wish for a new token."""
        if action == "login":
            return await self._login(request)
        if action not in ("pong", "refresh"):
            return await self.put(request, version, action)
        token = _token(request)
        if (entry := self._entry_of(request.app[KEY_HASS], token)) is None:
            return self._refused()
        if action == "pong":
            return self.json({})
        del self._sessions[token]
        return self._welcome(entry)

    async def put(
        self, request: web.Request, version: str, action: str
    ) -> web.Response:
        """Take rows of the log; answers with a success once they are recorded."""
        entry = self._entry_of(request.app[KEY_HASS], _token(request))
        if entry is None:
            return self._refused()
        if action != "logs":
            return self._failed("There is nothing here", HTTPStatus.NOT_FOUND)
        payload = await _read_json(request, _LARGEST_PUSH)
        if entry.state is not ConfigEntryState.LOADED:
            return self._failed("Not ready", HTTPStatus.SERVICE_UNAVAILABLE)
        try:
            await entry.runtime_data.take_pushed(payload)
        except (AccessSystemError, JournalError) as err:
            _LOGGER.debug("%s: a push was not taken: %s", entry.title, err)
            return self._failed("Not recorded", HTTPStatus.SERVICE_UNAVAILABLE)
        return self.json({})

    async def _login(self, request: web.Request) -> web.Response:
        """Let a panel in that knows its password."""
        told = mapping(await _read_json(request, _LARGEST_LOGIN))
        serial, password = text(told.get("login")), text(told.get("password"))
        for entry in async_system_entries(request.app[KEY_HASS]):
            if (
                (expected := _password(entry)) is not None
                and (entry.unique_id or "").casefold() == (serial or "").casefold()
                and compare_digest(expected.encode(), (password or "").encode())
            ):
                process_success_login(request)
                return self._welcome(entry)
        await process_wrong_login(request)
        return self._refused()

    def _welcome(self, entry: AccessConfigEntry) -> web.Response:
        """Answer with a new token."""
        token = secrets.token_urlsafe(32)
        self._sessions[token] = _Session(entry.entry_id, _password(entry) or "")
        while len(self._sessions) > _MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return self.json({"token": token})

    def _entry_of(self, hass: HomeAssistant, token: str) -> AccessConfigEntry | None:
        """Return the entry of the panel that has a token, if it may still push."""
        if (session := self._sessions.get(token)) is None:
            return None
        entry = hass.config_entries.async_get_entry(session.entry_id)
        if entry is None or _password(entry) != session.password:
            del self._sessions[token]
            return None
        self._sessions.move_to_end(token)
        return entry

    def _refused(self) -> web.Response:
        """Answer who is not logged in, in the panel's own words."""
        return self._failed("Log In", HTTPStatus.UNAUTHORIZED)

    def _failed(self, error: str, status: HTTPStatus) -> web.Response:
        """Answer that something was not done."""
        return self.json({"error": error}, status)


def _password(entry: AccessConfigEntry) -> str | None:
    """Return what a panel logs in with, None if it may not push."""
    if not entry.options.get(CONF_PUSH):
        return None
    password: str | None = entry.options.get(CONF_PUSH_PASSWORD)
    return password or None


def _token(request: web.Request) -> str:
    """Return the token of a request."""
    told = request.headers.get(hdrs.AUTHORIZATION, "")
    return told[len(_BEARER) :] if told.lower().startswith(_BEARER) else ""


async def _read_json(request: web.Request, largest: int) -> Any:
    """Return a body of JSON, whatever it says it is.

    Raises `HTTPRequestEntityTooLarge` and `HTTPBadRequest`.
    """
    content = bytearray()
    if (request.content_length or 0) <= largest:
        async for piece in request.content.iter_any():
            content += piece
            if len(content) > largest:
                break
        else:
            try:
                return json_loads(bytes(content))
            except ValueError as err:
                raise web.HTTPBadRequest(text="That is no JSON") from err
    raise web.HTTPRequestEntityTooLarge(
        max_size=largest, actual_size=request.content_length or len(content)
    )
