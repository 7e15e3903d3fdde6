"""A device gateway, as small as can be, over real TLS: what the tests need to steer."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Self

import grpc
import grpc.aio

from custom_components.access_events.systems.gsdk.protocol import call, message
from custom_components.access_events.systems.gsdk.schema import CALLS
from tests.simulators.common_tls import Certificate

FRONT = 541530887
"""A device with two doors."""
SLAVE = 600000001
"""A reader of the first device, which the gateway does not list."""
BASE = 1_780_000_000
STREAMS = ("event.Event/SubscribeRealtimeLog", "connect.Connect/SubscribeStatus")


@dataclass
class Device:
    """A device: its records, its doors and its people."""

    status: int = 2
    log: dict[int, Any] = field(default_factory=dict)
    number: int = 0
    doors: list[Any] = field(default_factory=list)
    states: dict[int, Any] = field(default_factory=dict)
    users: dict[str, Any] = field(default_factory=dict)
    pictures: dict[int, Any] = field(default_factory=dict)
    groups: list[Any] = field(default_factory=list)
    filters: list[Any] = field(default_factory=list)
    monitored: bool = False


def _wire(sent: Any) -> bytes:
    """Return what goes over the wire; bytes go as they are, and records may be spoiled."""
    if isinstance(sent, bytes):
        return sent
    return bytes(sent.SerializeToString())


class Refusal(Exception):
    """What a handler refuses, with a status and a trailer."""

    def __init__(
        self, code: grpc.StatusCode, words: str, trailer: bytes | None = None
    ) -> None:
        """Keep what is answered."""
        super().__init__(words)
        self.code, self.words, self.trailer = code, words, trailer


class Gateway(grpc.GenericRpcHandler):
    """A gateway that runs on loopback while it is entered."""

    def __init__(
        self,
        *,
        names: tuple[str, ...] = ("localhost", "127.0.0.1"),
        version: str = "V1.9.1",
        prefix: str = "gsdk.",
        mutual: bool = False,
        days: int = 825,
    ) -> None:
        """Make certificates and one device with two doors."""
        self.authority = Certificate.create("G-SDK CA", (), is_authority=True)
        self._names, self._prefix, self._mutual = names, prefix, mutual
        self._days = days
        self.version = version
        self.devices: dict[int, Device] = {FRONT: Device()}
        self.calls: list[tuple[str, Any]] = []
        self.failing: dict[str, Refusal] = {}
        self.unknown: set[str] = set()
        """Calls that this gateway does not have."""
        self.slaves: dict[int, list[int]] = {}
        """Readers behind a device that are at none of its doors."""
        self.hidden: set[int] = set()
        self.hash_key: Any = None
        """How devices hash PINs, if not as the gateway does."""
        self.delay = 0.0
        self.reads = 0
        """How many pages of logs are being asked for now."""
        self.readable = asyncio.Event()
        """Cleared, the gateway keeps those waiting who ask for logs."""
        self.readable.set()
        self._subscribers: dict[str, list[asyncio.Queue[Any]]] = defaultdict(list)
        self._server: grpc.aio.Server | None = None
        self.port = 0
        self.put_door(FRONT, 1, "Front door", SLAVE, entry=FRONT, sensor=True)
        self.put_door(FRONT, 2, "Back door")

    async def __aenter__(self) -> Self:
        """Start to answer."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End."""
        await self.stop()

    async def start(self) -> None:
        """Start to answer, at the same port as before if there was one."""
        certificate = Certificate.create(
            "gateway", self._names, authority=self.authority, days=self._days
        )
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers((self,))
        self.port = self._server.add_secure_port(
            f"127.0.0.1:{self.port}",
            grpc.ssl_server_credentials(
                [(certificate.key_pem, certificate.certificate_pem)],
                self.authority.certificate_pem if self._mutual else None,
                self._mutual,
            ),
        )
        await self._server.start()

    async def stop(self) -> None:
        """Break all connections."""
        server, self._server = self._server, None
        if server is not None:
            await server.stop(0)
        self._subscribers.clear()
        for device in self.devices.values():
            device.monitored = False

    def config(self, **changes: Any) -> dict[str, Any]:
        """Return what a user enters."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "ca_certificate": self.authority.certificate_pem.decode(),
        } | changes

    def count(self, path: str) -> int:
        """Return how often a call was made."""
        return sum(made == path for made, _ in self.calls)

    # What happens

    def put_door(
        self,
        device: int,
        number: int,
        name: str,
        leave: int = 0,
        *,
        entry: int = 0,
        sensor: bool = False,
    ) -> None:
        """Add a door."""
        info = message(
            "DoorInfo",
            doorID=number,
            name=name,
            entryDeviceID=entry,
            exitDeviceID=leave,
            autoLockTimeout=5,
        )
        if sensor:
            info.sensor.deviceID = device
        self.devices[device].doors.append(info)
        self.devices[device].states[number] = message("DoorStatus", doorID=number)

    def happen(
        self,
        code: int,
        sub_code: int = 0,
        *,
        device: int = FRONT,
        tell: bool = True,
        at: int | None = None,
        **fields: Any,
    ) -> Any:
        """Record something, and tell those who listen unless it is lost on the way."""
        owner = self.devices[device]
        owner.number += 1
        record = message(
            "EventLog",
            ID=owner.number,
            timestamp=BASE + owner.number if at is None else at,
            **{"deviceID": device, "eventCode": code, "subCode": sub_code, **fields},
        )
        owner.log[record.ID] = record
        if tell and owner.monitored:
            self.push(record)
        return record

    def is_heard(self, device: int) -> bool:
        """Return whether somebody is told what a device records."""
        return self.devices[device].monitored and bool(self._subscribers[STREAMS[0]])

    def push(self, record: Any) -> None:
        """Send a record to those who listen."""
        for queue in self._subscribers[STREAMS[0]]:
            queue.put_nowait(record)

    def connect(self, device: int, status: int) -> None:
        """Have a device come or go, which ends its monitoring."""
        self.devices[device].status = status
        self.devices[device].monitored = False
        change = message("StatusChange", deviceID=device, status=status, timestamp=BASE)
        for queue in self._subscribers[STREAMS[1]]:
            queue.put_nowait(change)

    def clear(self, device: int = FRONT) -> None:
        """Clear a log, and count from 1 again."""
        self.devices[device].log.clear()
        self.devices[device].number = 0

    # The wire

    def service(
        self, details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Return what answers a call, None for what is not known."""
        path = details.method.removeprefix(f"/{self._prefix}")
        known = {line.split()[0] for line in CALLS.strip().splitlines()}
        if path not in known - self.unknown:
            return None
        wanted = call(path)
        coders: dict[str, Any] = {
            "request_deserializer": wanted.request.FromString,
            "response_serializer": _wire,
        }
        if path in STREAMS:

            async def stream(request: Any, _: Any) -> AsyncIterator[Any]:
                queue: asyncio.Queue[Any] = asyncio.Queue()
                self.calls.append((path, request))
                self._subscribers[path].append(queue)
                try:
                    while True:
                        yield await queue.get()
                finally:
                    if queue in self._subscribers[path]:
                        self._subscribers[path].remove(queue)

            return grpc.unary_stream_rpc_method_handler(stream, **coders)

        async def unary(request: Any, context: Any) -> Any:
            self.calls.append((path, request))
            try:
                if refusal := self.failing.get(path):
                    raise refusal
                return await self._answer(path, request, wanted.response)
            except Refusal as err:
                trailer = (
                    (("grpc-status-details-bin", err.trailer),) if err.trailer else ()
                )
                await context.abort(err.code, err.words, trailer)

        return grpc.unary_unary_rpc_method_handler(unary, **coders)

    async def _answer(self, path: str, request: Any, response: Any) -> Any:
        """Answer a call."""
        device = getattr(request, "deviceID", 0)
        if device and self.devices[device].status not in (1, 2):
            raise Refusal(
                grpc.StatusCode.UNAVAILABLE, "Cannot handshake the direct connection"
            )
        owner = self.devices.get(device)
        match path.partition("/")[2], path.partition(".")[0]:
            case "GetInfo", "admin":
                return response(version=self.version, buildDate="2026")
            case "GetDeviceList", _:
                listed = [
                    message(
                        "ConnectDeviceInfo", deviceID=key, status=d.status, type=0x23
                    )
                    for key, d in self.devices.items()
                ]
                return response(deviceInfos=listed)
            case "GetSlaveDevice", _:
                slaves = [
                    message("SlaveDeviceInfo", deviceID=key, rs485SlaveDeviceIDs=found)
                    for key, found in self.slaves.items()
                ]
                return response(slaveDeviceInfos=slaves)
            case "EnableMonitoringMulti", _:
                for key in request.deviceIDs:
                    self.devices[key].monitored = True
                return response()
            case "EnableMonitoring", _:
                self.devices[device].monitored = True
                return response()
            case "GetLog", _:
                self.reads += 1
                try:
                    await asyncio.sleep(self.delay)
                    await self.readable.wait()
                finally:
                    self.reads -= 1
                return response(events=self._page(owner, request))
            case "GetImageFilter", _:
                return response(filters=owner.filters if owner else ())
            case "GetImageLog", _:
                picture = owner and owner.pictures.get(request.startEventID)
                return response(imageEvents=[picture] if picture else [])
            case "Get", "time":
                return response(GMTTime=BASE + 10 * 86_400)
            case "GetCapability", _:
                return response(
                    deviceCapability=message("Capability", maxImageLogs=100)
                )
            case "GetList", "door":
                return response(doors=owner.doors if owner else ())
            case "GetStatus", _:
                return response(status=owner.states.values() if owner else ())
            case ("Unlock" | "Lock" | "Release") as command, _:
                assert owner is not None
                self._command(owner, command, request)
                return response()
            case "GetList", "access":
                return response(groups=owner.groups if owner else ())
            case "GetHashKey", _ if self.hash_key is not None:
                return self.hash_key
            case "GetPINHash", _:
                return response(hashVal=b"#" * 32)
            case "Normalize", _:
                return response(wrappedImageData=b"face:" + request.unwrappedImageData)
        return self._people(path.partition("/")[2], owner, request, response)

    def _people(
        self, name: str, owner: Device | None, request: Any, response: Any
    ) -> Any:
        """Answer a call that concerns people."""
        match name:
            case "GetList":
                return response(
                    hdrs=[user.hdr for user in owner.users.values()] if owner else ()
                )
            case "GetPartial" | "Get":
                users = (
                    [owner.users.get(key) for key in request.userIDs] if owner else []
                )
                return response(users=[user for user in users if user])
            case "EnrollMulti":
                for key in request.deviceIDs:
                    for user in request.users:
                        self.devices[key].users[user.hdr.ID] = user
            case "Enroll" if owner:
                for user in request.users:
                    owner.users[user.hdr.ID] = user
            case "Delete" if owner:
                for user_id in request.userIDs:
                    owner.users.pop(user_id, None)
            case "DeleteMulti":
                for key in request.deviceIDs:
                    for user_id in request.userIDs:
                        self.devices[key].users.pop(user_id, None)
        return response()

    def _page(self, owner: Device | None, request: Any) -> list[Any]:
        """Return a page of a log."""
        assert owner is not None
        numbers = sorted(n for n in owner.log if n >= request.startEventID)
        return [
            _wire(owner.log[n])
            for n in numbers[: request.maxNumOfLog or None]
            if n not in self.hidden
        ]

    @staticmethod
    def _command(owner: Device, command: str, request: Any) -> None:
        """Do what a door is told."""
        for number in request.doorIDs:
            state = owner.states[number]
            if command == "Release":
                state.unlockFlags &= ~request.doorFlag
                state.lockFlags &= ~request.doorFlag
            else:
                unlock = command == "Unlock"
                state.unlockFlags = request.doorFlag if unlock else 0
                state.lockFlags = 0 if unlock else request.doorFlag
            state.isUnlocked = bool(state.unlockFlags)


def keys(last: int, first: int = 1, epoch: str = "") -> list[str]:
    """Return the keys of some records of the front device in a row."""
    return [f"{FRONT}{epoch}:{number}" for number in range(first, last + 1)]


async def read_up(gateway: Gateway) -> None:
    """Wait until nobody has asked for a log for a while."""
    count = -1
    while count != (count := gateway.count("event.Event/GetLog")) or gateway.reads:
        await asyncio.sleep(0.4)
