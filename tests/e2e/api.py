"""A client of Home Assistant's REST and WebSocket interfaces."""

import asyncio
from collections.abc import AsyncIterator, Callable
import contextlib
import itertools
import time
from typing import Any, Self

import aiohttp

type Json = dict[str, Any]


class ApiError(Exception):
    """Home Assistant refused a request; the message says which and why."""


class Api:
    """One user's connection to a running Home Assistant.

    Calls raise ApiError when Home Assistant refuses them, and OSError or
    aiohttp.ClientError when it cannot be reached.
    """

    def __init__(self, url: str) -> None:
        """Remember where Home Assistant is (`http://host:port`)."""
        self.url = url
        self.tokens: Json = {}
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._subscriptions: dict[int, asyncio.Queue[Any]] = {}

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        if self._socket is not None:
            await self._socket.close()
        await self._session.close()

    # REST.

    async def request(self, method: str, path: str, **options: Any) -> Any:
        """Send a request and return the answer's JSON, or its text."""
        headers = {}
        if token := self.tokens.get("access_token"):
            headers["Authorization"] = f"Bearer {token}"
        async with self._session.request(
            method, f"{self.url}{path}", headers=headers, **options
        ) as response:
            if response.status >= 400:
                text = await response.text()
                raise ApiError(f"{method} {path}: {response.status} {text[:500]}")
            if response.content_type == "application/json":
                return await response.json()
            return await response.read()

    async def get(self, path: str) -> Any:
        """Send a GET request."""
        return await self.request("GET", path)

    async def post(self, path: str, data: Json | None = None) -> Any:
        """Send a POST request with a JSON object."""
        return await self.request("POST", path, json=data or {})

    async def delete(self, path: str) -> Any:
        """Send a DELETE request."""
        return await self.request("DELETE", path)

    # Who we are.

    async def onboard(self, username: str, password: str) -> None:
        """Make the first user and finish the onboarding as its wizard does."""
        answer = await self.post(
            "/api/onboarding/users",
            {
                "client_id": f"{self.url}/",
                "name": username.title(),
                "username": username,
                "password": password,
                "language": "en",
            },
        )
        await self._take_tokens(answer["auth_code"])
        for step in await self.get("/api/onboarding"):
            if step["done"]:
                continue
            data = (
                {"client_id": f"{self.url}/", "redirect_uri": f"{self.url}/"}
                if step["step"] == "integration"
                else {}
            )
            await self.post(f"/api/onboarding/{step['step']}", data)
        await self._stay()

    async def log_in(self, username: str, password: str) -> None:
        """Log in as the login page does."""
        client = {"client_id": f"{self.url}/"}
        flow = await self.post(
            "/auth/login_flow",
            client
            | {"handler": ["homeassistant", None], "redirect_uri": f"{self.url}/"},
        )
        answer = await self.post(
            f"/auth/login_flow/{flow['flow_id']}",
            client | {"username": username, "password": password},
        )
        if answer["type"] != "create_entry":
            raise ApiError(f"Logging in: {answer['errors']}")
        await self._take_tokens(answer["result"])
        await self._stay()

    async def _take_tokens(self, code: str) -> None:
        """Turn an authorization code into tokens."""
        self.tokens = await self.request(
            "POST",
            "/auth/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "client_id": f"{self.url}/",
            },
        )

    async def _stay(self) -> None:
        """Open the WebSocket and take a token that outlives the half hour of others."""
        await self._open_socket()
        self.tokens["access_token"] = await self.ws(
            "auth/long_lived_access_token", client_name=f"{time.time_ns()}", lifespan=7
        )

    # WebSocket.

    async def _open_socket(self) -> None:
        """Connect and authenticate."""
        self._socket = await self._session.ws_connect(
            f"{self.url}/api/websocket", max_msg_size=0, heartbeat=55
        )
        await self._socket.receive_json()
        await self._socket.send_json(
            {"type": "auth", "access_token": self.tokens["access_token"]}
        )
        answer = await self._socket.receive_json()
        if answer["type"] != "auth_ok":
            raise ApiError(f"WebSocket: {answer}")
        self._reader = asyncio.create_task(self._read(self._socket))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Hand each message to who waits for it, until the connection ends."""
        async for message in socket:
            data = message.json()
            if data["type"] == "event":
                if (queue := self._subscriptions.get(data["id"])) is not None:
                    queue.put_nowait(data["event"])
            elif (future := self._answers.pop(data["id"], None)) is not None:
                if data["type"] == "result" and not data["success"]:
                    future.set_exception(ApiError(f"{data['error']}"))
                else:
                    future.set_result(data.get("result"))
        for future in self._answers.values():
            future.set_exception(ConnectionError("Home Assistant closed the WebSocket"))
        for queue in self._subscriptions.values():
            queue.shutdown()

    async def ws(self, command: str, **fields: Any) -> Any:
        """Send a WebSocket command and return its result."""
        return await self._send(next(self._ids), command, fields)

    async def _send(self, number: int, command: str, fields: Json) -> Any:
        """Send a command under a number and wait for its result."""
        if self._socket is None or self._reader is None or self._reader.done():
            raise ConnectionError("There is no WebSocket")
        future = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "type": command} | fields)
        async with asyncio.timeout(60):
            return await future

    @contextlib.asynccontextmanager
    async def subscribe(
        self, command: str = "subscribe_events", **fields: Any
    ) -> AsyncIterator[asyncio.Queue[Any]]:
        """Give the queue of a subscription's events; it is shut down with the socket."""
        number = next(self._ids)
        queue = self._subscriptions[number] = asyncio.Queue()
        try:
            await self._send(number, command, fields)
            yield queue
        finally:
            del self._subscriptions[number]
            with contextlib.suppress(ApiError, ConnectionError, TimeoutError):
                await self.ws("unsubscribe_events", subscription=number)

    # States and actions.

    async def states(self, domain: str | None = None) -> dict[str, Json]:
        """Return all states, or a domain's, by entity id."""
        return {
            state["entity_id"]: state
            for state in await self.get("/api/states")
            if domain is None or state["entity_id"].startswith(f"{domain}.")
        }

    async def state(self, entity_id: str) -> Json | None:
        """Return a state with its attributes, or None."""
        return (await self.states()).get(entity_id)

    async def wait_for(
        self,
        entity_id: str,
        expected: str | Callable[[Json], bool],
        timeout: float = 30,
    ) -> Json:
        """Wait until an entity has a state, or one that a function accepts.

        Raises:
            TimeoutError: It has not; the message says what it had.
        """
        state: Json | None = None
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            state = await self.state(entity_id)
            if state is not None and (
                expected(state) if callable(expected) else state["state"] == expected
            ):
                return state
            await asyncio.sleep(0.1)
        raise TimeoutError(f"{entity_id} is {state and state['state']} ({state})")

    async def call(
        self, action: str, data: Json | None = None, *, response: bool = False
    ) -> Any:
        """Run an action (`domain.name`) and return its response if asked to."""
        domain, service = action.split(".")
        result = await self.ws(
            "call_service",
            domain=domain,
            service=service,
            service_data=data or {},
            return_response=response,
        )
        return result["response"] if response else None

    # Flows.

    async def flow(
        self, start: Json, *steps: Json, path: str = "/api/config/config_entries/flow"
    ) -> Json:
        """Start a flow, answer its steps in order and return the last result.

        A step that shows its form again, with errors, is the last.

        Args:
            start: What starts it: `{"handler": "access_events"}` for a new entry, with
                `entry_id` to reconfigure one.
            steps: What each step's form is answered with; a menu with
                `{"next_step_id": …}`.
            path: Whose flow it is; see `options` and `fix`.
        """
        result: Json = await self.post(path, start)
        for data in steps:
            result = await self.post(f"{path}/{result['flow_id']}", data)
            if result.get("errors"):
                break
        return result

    async def options(self, entry_id: str, *steps: Json) -> Json:
        """Go through an entry's options."""
        path = "/api/config/config_entries/options/flow"
        return await self.flow({"handler": entry_id}, *steps, path=path)

    async def fix(self, domain: str, issue_id: str, *steps: Json) -> Json:
        """Go through the fix of a repair issue."""
        start = {"handler": domain, "issue_id": issue_id}
        return await self.flow(start, *steps, path="/api/repairs/issues/fix")

    async def issues(self, domain: str) -> list[Json]:
        """Return a domain's repair issues."""
        issues = (await self.ws("repairs/list_issues"))["issues"]
        return [issue for issue in issues if issue["domain"] == domain]

    async def entries(self, domain: str) -> list[Json]:
        """Return a domain's config entries."""
        result: list[Json] = await self.ws("config_entries/get", domain=domain)
        return result
