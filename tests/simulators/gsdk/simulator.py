"""The G-SDK gateway simulator: the gRPC server and its commands."""

import asyncio
from collections.abc import AsyncIterator, Callable
import pickle
from typing import Any, override

import grpc
import grpc.aio

from tests.simulators.common import HOST, Command, Json
from tests.simulators.common_tls import Certificate

from . import codes
from .api import Api
from .api_connect import AdminApi, ConnectApi, ConnectMasterApi
from .api_device import AccessApi, DeviceApi, FaceApi, TimeApi
from .api_door import DoorApi, ZoneApi
from .api_event import EventApi
from .api_master import ADMINISTRATOR, GATEWAY_ID, GatewayApi, LoginApi
from .api_user import UserApi
from .certs import GATEWAY_NAME, Authority
from .day import ScriptedDay
from .link import Link
from .log import Row
from .rpc import Handler, Router, RpcError, RpcFault, snake
from .schema import NEWEST, ZONE_SERVICES
from .site import DISCONNECTED
from .world import DeviceLike, Happening

_MAX_RECEIVE = 75_497_472
_STOP_SECONDS = 0.2
_SINCE = {
    "/gsdk.event.Event/GetDeviceIOStates": (1, 9, 0),
    "/gsdk.device.Device/GetCapability": (1, 5, 0),
}
_STATE = "gsdk.pickle"
_KEPT = (
    "site",
    "truth",
    "written",
    "modes",
    "tenant_certificate",
    "tenant_key",
    "admin_certificate",
    "admin_key",
)
_MASTER_ONLY = (
    "gsdk.connect_master.ConnectMaster",
    "gsdk.login.Login",
    "gsdk.gateway.Gateway",
)
_DEVICE_ONLY = ("gsdk.connect.Connect",)
_HAPPENINGS = (
    "tap",
    "burst",
    "start_burst",
    "overflow",
    "event",
    "every_event",
    "open_door",
    "close_door",
    "force_open",
    "hold_open",
    "exit_button",
    "schedule",
    "tamper",
    "input",
    "zone_alarm",
    "arm",
    "interlock",
    "device_offline",
    "device_online",
    "device_reconnect",
    "device_restart",
    "device_clock",
    "clear_log",
    "factory_reset",
    "set_capacity",
    "seed_history",
    "fill",
)
_SWITCHES = (
    "set_modes",
    "history",
    "rows",
    "log_rows",
    "state_of",
    "devices",
    "users",
    "new_authority",
    "restart_gateway",
    "stream_info",
    "stream_fault",
    "stall_streams",
    "drop_streams",
    "cut_connections",
    "freeze",
    "expire_tokens",
    "gateway_connected",
)


class GsdkSimulator(ScriptedDay):
    """A G-SDK gateway on loopback.

    `async with GsdkSimulator() as sim:` serves on `sim.port`; trust
    `sim.ca_certificate`, and let things happen with `await sim.tap(0, "Jane Doe")`.
    """

    def __init__(self, **options: Any) -> None:
        """Set up the gateway; the options are those of `Simulator`."""
        super().__init__(**options)
        self.authority = Authority(Certificate(b"", b""))
        self.tenant_certificate = self.tenant_key = ""
        self.admin_certificate = self.admin_key = ""
        self.login = LoginApi(self)
        self.gateways = GatewayApi(self)
        self._link = Link(self._wanted_port)
        self._server: grpc.aio.Server | None = None
        self._served = False
        self._works: dict[str, Callable[[Any], Any]] = {}
        for api in (
            AdminApi(self),
            ConnectApi(self),
            ConnectMasterApi(self, GATEWAY_ID),
            EventApi(self),
            DoorApi(self),
            UserApi(self),
            DeviceApi(self),
            TimeApi(self),
            AccessApi(self),
            FaceApi(self),
            self.login,
            self.gateways,
            *(ZoneApi(self, kind) for kind in ZONE_SERVICES),
        ):
            self._works |= _works(api)

    # Life.

    @property
    @override
    def port(self) -> int:
        return self._link.port

    @property
    def ca_certificate(self) -> str:
        """Return the certificate of the authority, in PEM."""
        return self.authority.pem

    @override
    async def prepare(self) -> None:
        self.authority = await asyncio.to_thread(Authority.load_or_create, self.state)
        if not self._load():
            self.tenant_certificate, self.tenant_key = self.login.issue(
                self.authority, "tenant1"
            )
            self.admin_certificate, self.admin_key = self.login.issue(
                self.authority, ADMINISTRATOR
            )
            if self.history_days:
                await self.seed_history(self.history_days)

    def _load(self) -> bool:
        """Go on where the last process ended; tell whether there was one."""
        if self.state is None or not (file := self.state / _STATE).exists():
            return False
        kept = pickle.loads(file.read_bytes())  # noqa: S301 - its own file
        for name, value in zip(_KEPT, kept[:-1], strict=True):
            setattr(self, name, value)
        self.login.tenants = kept[-1]
        # The timers that would have ended them did not outlive the process.
        for door in self.site.doors:
            door.let_in = False
            if door.commands and door.commands[-1][2]:
                door.unlock_flags &= ~codes.FLAG_OPERATOR
                door.lock_flags &= ~codes.FLAG_OPERATOR
        return True

    @override
    async def save(self) -> None:
        if self.state is not None:
            kept = [*(getattr(self, name) for name in _KEPT), self.login.tenants]
            (self.state / _STATE).write_bytes(pickle.dumps(kept))

    @override
    async def open(self) -> None:
        server = grpc.aio.server(
            options=(
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", _MAX_RECEIVE),
                ("grpc.max_send_message_length", -1),
            )
        )
        server.add_generic_rpc_handlers((Router(self),))
        behind = f"{HOST}:0"
        if self.modes.tls:
            self.certificate = self.authority.server(self.modes.certificate)
            port = server.add_secure_port(behind, self._credentials())
        else:
            port = server.add_insecure_port(behind)
        await server.start()
        try:
            await self._link.start(port)
        except OSError:
            await server.stop(0)
            raise
        self._server = server
        for device in self.site.devices.values():
            if self._served and self.modes.forgets_devices:
                device.listed = False
            elif device.listed and device.auto and device.powered:
                self.dial(device)
        self._served = True

    @override
    async def close(self) -> None:
        await self._link.stop()
        server, self._server = self._server, None
        if server is not None:
            await server.stop(_STOP_SECONDS)
        self.push.forget()
        for device in self.site.devices.values():
            device.monitoring = False
            if device.connected:
                self.set_status(device, DISCONNECTED)

    def _credentials(self) -> grpc.ServerCredentials:
        """Return what the server shows, and asks of clients."""
        pair = (self.certificate.key_pem, self.certificate.certificate_pem)
        master = self.modes.master
        return grpc.ssl_server_credentials(
            [pair],
            root_certificates=self.authority.own.certificate_pem if master else None,
            require_client_auth=master,
        )

    @override
    def config(self) -> Json:
        without_address = self.modes.certificate in ("dns_only", "cn_only")
        fields = {
            "host": HOST,
            "port": self.port,
            "ca_certificate": self.ca_certificate,
            "server_name": GATEWAY_NAME if without_address else "",
        }
        if self.modes.master:
            fields |= {
                "client_certificate": self.tenant_certificate,
                "client_key": self.tenant_key,
                "gateway_id": GATEWAY_ID,
            }
        return fields

    @override
    def hints(self) -> list[str]:
        return [
            f"Doors: {', '.join(door.name for door in self.site.doors)}",
            f"Try: curl -X POST {self.control}/tap"
            """ -d '{"door": 0, "person": "Jane Doe", "opens": true}'""",
            f"The authority's certificate: curl -X POST {self.control}/info",
        ]

    @override
    def commands(self) -> dict[str, Command]:
        named = {name: getattr(self, name) for name in (*_HAPPENINGS, *_SWITCHES)}
        return super().commands() | named

    # Calls.

    def find(self, path: str, metadata: dict[str, Any]) -> Handler | None:
        """Return who answers a call; None if this gateway does not have it."""
        version = self.modes.number
        new = version >= (1, 5, 0)
        if path.startswith("/gsdk.") != new:
            return None
        full = path if new else f"/gsdk.{path[1:]}"
        rpc, work = self.schema.rpcs.get(full), self._works.get(full)
        if rpc is None or work is None or version < _SINCE.get(full, (0, 0, 0)):
            return None
        if rpc.service in (_DEVICE_ONLY if self.modes.master else _MASTER_ONLY):
            return None
        if (
            self.modes.master
            and rpc.service != self.login.service
            and not self.login.valid(metadata.get("token"))
        ):
            work = _refuse_stream if rpc.stream else _refuse
        return Handler(rpc, work)

    def cut(self) -> int:
        """Cut all connections; return how many there were."""
        return self._link.cut()

    # Commands beside happenings.

    async def set_modes(self, **values: Any) -> Json:
        """Change modes and return all; the names are those of `Modes`."""
        before = self.modes.as_dict()
        self.modes.set(values)
        serving = ("tls", "certificate", "master")
        if any(before[name] != getattr(self.modes, name) for name in serving):
            await self._again()
        return self.modes.as_dict()

    async def _again(self) -> None:
        """Serve anew, if it serves."""
        if not self.paused:
            await self.pause()
            await self.resume()

    @override
    async def change_certificate(self) -> Json:
        """Serve with a new certificate of the same authority on the same port."""
        await self._again()
        return {"fingerprint": self.fingerprint}

    async def new_authority(self) -> Json:
        """Make a new authority, as somebody who starts all over does."""
        self.authority = await asyncio.to_thread(Authority.create)
        if self.state is not None:
            await asyncio.to_thread(self.authority.save, self.state)
        await self._again()
        return {"ca_certificate": self.ca_certificate}

    async def restart_gateway(self, seconds: float = 0.0) -> None:
        """Stop the gateway and start it again: all monitoring is off then."""
        await self.pause()
        await asyncio.sleep(seconds)
        await self.resume()

    @override
    async def fault(self, **rule: Any) -> Json:
        """Plan a misbehaviour; the fields are those of `RpcFault`."""
        self.rpc_faults.append(RpcFault(**rule))
        return {"rules": len(self.rpc_faults)}

    @override
    async def clear_faults(self) -> None:
        """Behave again."""
        self.rpc_faults.clear()
        self.push.clear()

    async def history(self, after: int = 0, name: str = "") -> list[Happening]:
        """Return what truly happened after a number, oldest first."""
        return [item for item in self.truth[after:] if not name or item.name == name]

    async def rows(self, device: DeviceLike | None = None) -> list[Row]:
        """Return all rows written since the start, also those cleared or wrapped."""
        return self.written if device is None else self.rows_of(device)

    async def log_rows(
        self, device: DeviceLike, start: int = 0, most: int = 100
    ) -> list[Json]:
        """Return rows that are in a device's log now."""
        return [
            {
                "id": row.ID,
                "timestamp": row.timestamp,
                "device_id": row.deviceID,
                "code": row.eventCode,
                "sub": row.subCode,
                "user_id": row.userID,
                "entity_id": row.entityID,
                "image": row.hasImage,
            }
            for row in self.site.device(device).log.decoded(start, most)
        ]

    async def devices(self) -> list[Json]:
        """Return the true state of all devices."""
        return [
            {
                "id": item.id,
                "model": item.model,
                "status": item.status,
                "powered": item.powered,
                "listed": item.listed,
                "monitoring": item.monitoring,
                "first": item.log.first,
                "next": item.log.next_id,
                "images": len(item.log.images),
                "filters": item.filters,
                "slaves": item.slaves,
            }
            for item in self.site.devices.values()
        ]

    async def users(self, device: DeviceLike = 0) -> list[Json]:
        """Return the users of a device, with how much there is of each."""
        return [
            {
                "id": item.id,
                "name": item.name,
                "start": item.start,
                "end": item.end,
                "modes": item.modes,
                "groups": item.groups,
                "cards": [data.hex() for _, data in item.cards],
                "faces": len(item.faces),
                "pin": bool(item.pin),
            }
            for item in self.site.device(device).users.values()
        ]

    async def stream_info(self) -> Json:
        """Return how many streams there are and were, and their frames."""
        return {
            "events": self.events.info(),
            "status": self.changes.info(),
            "pushed": self.push.pushed,
            "lost": self.push.lost,
            "connections": self._link.connections,
            "clients": self._link.clients,
        }

    async def stream_fault(self, clear: bool = False, **plan: Any) -> None:
        """Plan accidents with rows on their way; see `PushFaults.set`."""
        if clear:
            self.push.clear()
        self.push.set(**plan)

    async def stall_streams(self, stalled: bool = True) -> None:
        """Let queues fill up, or flow again."""
        self.events.stall(stalled)

    async def drop_streams(self, status: bool = False) -> Json:
        """End all streams of rows with an error, and those of status if so asked."""
        error = RpcError(grpc.StatusCode.UNAVAILABLE, "transport is closing")
        dropped = self.events.end(error)
        if status:
            dropped += self.changes.end(error)
        return {"dropped": dropped}

    async def cut_connections(self) -> Json:
        """Cut all connections; the port goes on listening."""
        return {"dropped": self.cut()}

    async def freeze(self, frozen: bool = True) -> None:
        """Let no byte through, or again, while connections stay open."""
        self._link.freeze(frozen)

    async def expire_tokens(self) -> Json:
        """End all logins at the master gateway."""
        return {"expired": self.login.expire()}

    async def gateway_connected(
        self, gateway: str = GATEWAY_ID, connected: bool = True
    ) -> None:
        """Let a gateway lose or find the master."""
        self.gateways.set(gateway, connected)


def _works(api: Api) -> dict[str, Callable[[Any], Any]]:
    """Return what answers the calls of a service, by path."""
    return {
        path: work
        for path, rpc in NEWEST.rpcs.items()
        if rpc.service == api.service
        and (work := getattr(api, snake(rpc.name), None)) is not None
    }


async def _refuse(_: Any) -> None:
    """Refuse a call without a valid token."""
    raise RpcError(grpc.StatusCode.UNAUTHENTICATED, "Invalid token")


async def _refuse_stream(_: Any) -> AsyncIterator[Any]:
    """Refuse a stream without a valid token."""
    await _refuse(None)
    yield b""
