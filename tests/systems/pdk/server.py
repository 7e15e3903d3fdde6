"""A small PDK cloud for tests of the adapter: accounts, REST and Socket.IO."""

import asyncio
import base64
from collections import Counter
from datetime import date, datetime, timedelta
import json
import time
from typing import Any, Self
from urllib.parse import parse_qs
import uuid

from aiohttp import web
import socketio

from tests.wait import wait_for

SYSTEM_ID = "0738b8df-329a-4d50-88e7-7a48928c4d6f"
CLIENT_ID, CLIENT_SECRET = "access-events", "s3cret-of-the-client"
NODE = {
    "id": "cn-1",
    "name": "Main building",
    "serialNumber": "1234ABC",
    "connectionStatus": {"connected": True},
}
DEVICES: list[dict[str, Any]] = [
    {
        "id": "front",
        "name": "Front door",
        "connection": {"id": "con-1", "name": "Controller"},
        "port": 1,
        "type": "primaryReader",
        "dwell": 50,
        "dps": True,
        "rex": True,
        "propAlarm": True,
        "forcedAlarm": True,
    },
    {
        "id": "gate",
        "name": "Gate",
        "connection": "con-1",
        "port": 2,
        "type": "ioDevice",
        "dps": False,
        "rex": False,
        "propAlarm": False,
        "forcedAlarm": False,
    },
]


def jwt(life: float, serial: int) -> str:
    """Return a token that tells its own end."""
    now = time.time()
    claims = {"iat": now, "exp": now + life, "n": serial}
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{part}.secretsignature{serial}"


class PdkServer:
    """A cloud with one system of two devices."""

    def __init__(self, life: float = 300.0) -> None:
        """Start with tokens that live so many seconds."""
        self.life = life
        self.opaque = False
        self.tokens: dict[str, float] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self.count: Counter[str] = Counter()
        self.fail: dict[str, list[tuple[int, Any, dict[str, str]]]] = {}
        self.rows: list[dict[str, Any]] = []
        self.reports: dict[str, dict[str, Any]] = {}
        self.truncate_above: int | None = None
        self.fails = 0
        """How many reports can't be made."""
        self.hold_reports = False
        self.tells_filters = True
        self.devices = [dict(device) for device in DEVICES]
        self.holders: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, str] = {}
        self.topics: dict[str, list[str]] = {}
        self.withheld: dict[str, list[tuple[str, Any]]] = {}
        self.hold_tokens = asyncio.Event()
        self.hold_tokens.set()
        self.renewals: list[str] = []
        self.refuse_stream: str | None = None
        self.sio: Any = socketio.AsyncServer(
            async_mode="aiohttp", ping_interval=5, ping_timeout=5
        )
        self.sio.on("connect", self._connect)
        self.sio.on("disconnect", self._disconnect)
        self.sio.on("subscribeIsolated", self._subscribe)
        self.sio.on("renewedToken", self._renewed)
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        """Serve."""
        app = web.Application()
        self.sio.attach(app)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """End."""
        assert self._runner is not None
        await self.drop()
        await self._runner.cleanup()
        await self.sio.shutdown()
        # The library lets its pings go on until they find nobody.
        for task in asyncio.all_tasks():
            if "AsyncSocket._send_ping" in repr(task.get_coro()):
                task.cancel()

    @property
    def config(self) -> dict[str, Any]:
        """Return what a user enters."""
        url = f"http://127.0.0.1:{self.port}"
        return {
            "system_id": SYSTEM_ID,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "accounts_url": url,
            "systems_url": url,
        }

    # The stream

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        query = parse_qs(environ["QUERY_STRING"])
        token = query.get("token", [""])[0]
        if self.refuse_stream is not None:
            raise socketio.exceptions.ConnectionRefusedError(self.refuse_stream)
        if query.get("systemId") != [SYSTEM_ID] or not self.good(token):
            raise socketio.exceptions.ConnectionRefusedError("unauthorized")
        self.sessions[sid] = token

    async def _disconnect(self, sid: str, *_: Any) -> None:
        self.sessions.pop(sid, None)
        self.topics.pop(sid, None)

    async def _subscribe(self, sid: str, data: dict[str, Any]) -> None:
        self.topics[sid] = data["topics"]

    async def _renewed(self, sid: str, data: dict[str, Any]) -> None:
        self.renewals.append(data["token"])
        self.sessions[sid] = data["token"]
        if self.good(data["token"]):
            for topic, payload in self.withheld.pop(sid, []):
                await self.sio.emit(topic, payload, to=sid)

    def good(self, token: str) -> bool:
        """Return whether a token is one that has not ended."""
        return self.tokens.get(token, 0) > time.time()

    async def emit(self, topic: str, payload: Any) -> None:
        """Tell all who subscribed, or that their token has ended."""
        await wait_for(lambda: self.topics.keys() >= self.sessions.keys())
        for sid, topics in list(self.topics.items()):
            if topic not in topics:
                continue
            if self.good(self.sessions[sid]):
                await self.sio.emit(topic, payload, to=sid)
            else:
                self.withheld.setdefault(sid, []).append((topic, payload))
                await self.sio.emit("invalidToken", to=sid)

    async def drop(self) -> None:
        """End all connections of the stream."""
        for sid in list(self.sessions):
            await self.sio.disconnect(sid)

    def expire(self) -> None:
        """End all tokens now."""
        self.tokens.clear()

    # Accounts and REST

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = "/" + request.match_info["path"]
        body = await request.json() if request.content_type.endswith("json") and (
            request.can_read_body
        ) else None  # fmt: skip
        self.requests.append((request.method, path, body))
        name = f"{request.method} {path.removeprefix('/' + SYSTEM_ID)}"
        self.count[name] += 1
        if failures := self.fail.get(name):
            status, words, headers = failures.pop(0)
            if status == 0:
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            if isinstance(words, str):
                return web.Response(status=status, text=words, headers=headers)
            return web.json_response(words, status=status, headers=headers)
        if path == "/oauth2/token":
            expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode())
            if request.headers.get("Authorization") != f"Basic {expected.decode()}":
                return web.json_response({"error": "invalid_client"}, status=401)
            return web.json_response({"id_token": "id-token", "expires_in": 300})
        if path == f"/api/systems/{SYSTEM_ID}/token":
            await self.hold_tokens.wait()
            token = f"opaque{len(self.tokens)}" if self.opaque else (
                jwt(self.life, self.count["tokens"])
            )  # fmt: skip
            self.count["tokens"] += 1
            self.tokens[token] = time.time() + self.life
            return web.json_response({"token": token})
        if not path.startswith(f"/{SYSTEM_ID}"):
            return web.json_response({"message": "no such system"}, status=404)
        if not self.good(request.headers.get("Authorization", "")[7:]):
            return web.Response(status=401)
        return self._rest(request, path.removeprefix(f"/{SYSTEM_ID}"), body)

    def _rest(self, request: web.Request, path: str, body: Any) -> web.Response:
        parts = path.strip("/").split("/")
        match request.method, *parts:
            case "GET", "":
                return web.json_response({"id": SYSTEM_ID, "name": "Acme"})
            case "GET", "cloud-nodes":
                return self._page(request, [NODE])
            case "GET", "connections":
                return self._page(
                    request, [{"id": "con-1", "cloudNode": {"id": "cn-1"}}]
                )
            case ("GET", "devices") | ("GET", "cloud-nodes", _, "devices"):
                return self._page(request, self.devices)
            case "POST", "cloud-nodes", _, "devices", _, _:
                return web.Response(status=204)
            case "POST", "reports", "events", kind:
                days = body["filters"][0]
                rows = self._rows(days["startDate"], days["stopDate"])
                if kind == "preview":
                    return web.json_response(rows[:50])
                name, cut = uuid.uuid4().hex, False
                if self.truncate_above is not None and len(rows) > self.truncate_above:
                    rows, cut = rows[: self.truncate_above], True
                status = "finishedTruncated" if cut else "finished"
                if self.fails:
                    self.fails, status = self.fails - 1, "failed"
                self.reports[name] = {**body, "id": name, "looks": 0, "rows": rows}
                self.reports[name]["result"] = status
                return web.Response(status=204)
            case "GET", "reports", "events", "requests":
                listed = [self._shown(report) for report in self.reports.values()]
                return web.json_response(listed[::-1])
            case "GET", "reports", "events", "requests", name:
                report = self.reports[name]
                report["looks"] += not self.hold_reports
                return web.json_response(self._shown(report))
            case "GET", "reports", "events", "requests", name, "view":
                return self._page(request, self.reports[name]["rows"])
            case "DELETE", "reports", "events", "requests", name:
                del self.reports[name]
                return web.Response(status=204)
            case _, "holders" | "groups", *rest:
                return self._people(request, parts[0], rest, body)
        return web.Response(status=404)

    def _shown(self, report: dict[str, Any]) -> dict[str, Any]:
        looks = report["looks"]
        status = ("pending", "executing")[looks] if looks < 2 else report["result"]
        shown = {"id": report["id"], "status": status}
        return shown | ({"filters": report["filters"]} if self.tells_filters else {})

    def _page(self, request: web.Request, rows: list[Any]) -> web.Response:
        page = int(request.query.get("page", 0))
        size = int(request.query.get("per_page", 20))
        return web.json_response(rows[page * size : (page + 1) * size])

    def _rows(self, start: str, stop: str) -> list[dict[str, Any]]:
        first, last = date.fromisoformat(start), date.fromisoformat(stop)
        found = [
            row
            for row in self.rows
            if first
            <= datetime.fromtimestamp(row["occurred"] / 1000).astimezone().date()
            <= last
        ]
        return sorted(found, key=lambda row: -row["occurred"])

    def _people(
        self, request: web.Request, what: str, rest: list[str], body: Any
    ) -> web.Response:
        if what == "groups":
            return self._page(request, [{"id": "g-1", "name": "Staff"}])
        holders = self.holders
        match request.method, *rest:
            case ("GET",):
                return self._page(request, list(holders.values()))
            case ("POST",):
                holder = {"id": f"h-{len(holders) + 1}", **body}
                holders[holder["id"]] = holder | {"groups": [], "cards": {}}
                return web.json_response(holder, status=201)
            case method, holder_id if holder_id in holders:
                if method == "GET":
                    return web.json_response(holders[holder_id])
                if method == "PATCH":
                    holders[holder_id] |= body
                else:
                    del holders[holder_id]
                return web.Response(status=204)
            case method, holder_id, "groups", group:
                groups = holders[holder_id]["groups"]
                (groups.append if method == "PUT" else groups.remove)(group)
                return web.Response(status=204)
            case "GET", holder_id, "credentials":
                cards = holders[holder_id]["cards"].values()
                return self._page(request, list(cards))
            case "POST", holder_id, "credentials":
                cards = holders[holder_id]["cards"]
                self.count["cards"] += 1
                card = {"id": f"c-{self.count['cards']}", **body}
                cards[card["id"]] = card
                return web.json_response(card, status=201)
            case "DELETE", holder_id, "credentials", credential:
                del holders[holder_id]["cards"][credential]
                return web.Response(status=204)
        return web.Response(status=404)


def access(
    at: int, result: str = "allowed", holder: str | None = "h-1", name: str = "Jo Doe"
) -> dict[str, Any]:
    """Return a message about somebody at the front door."""
    body: dict[str, Any] = {
        "deviceId": "front",
        "facilityCode": "77",
        "cardNumber": "26858",
        "device": {"id": "front", "name": "Front door", "connection": "con-1"},
    }
    if holder is not None:
        body |= {
            "holderId": holder,
            "requestFactor": "CARD_ONLY",
            "holder": {"id": holder, "name": name, "enabled": True},
        }
    return {
        "id": uuid.uuid4().hex,
        "topic": f"device.request.{result}",
        "body": body,
        "cloudNode": {"id": "cn-1", "serialNumber": "1234ABC", "name": "Main building"},
        "occurred": at,
    }


def row(
    at: int, result: str = "allowed", holder: str | None = "h-1", name: str = "Jo Doe"
) -> dict[str, Any]:
    """Return the same as a row of a report."""
    details = {"deviceId": "front", "deviceName": "Front door"}
    if holder is not None:
        details |= {"holderId": holder, "holderName": name}
    return {
        "occurred": at,
        "event": "device.input.cardread",
        "result": f"device.request.{result}",
        "details": details,
    }


def ms(**ago: float) -> int:
    """Return a time so long ago, in ms."""
    return round((time.time() - timedelta(**ago).total_seconds()) * 1000)
