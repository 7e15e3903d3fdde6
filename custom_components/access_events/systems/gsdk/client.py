"""Wire of a G-SDK gateway: one gRPC channel over TLS, with a deadline on each call."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import suppress
import re
from typing import Any

from google.protobuf.message import DecodeError
import grpc
import grpc.aio

from ..base import (
    AccessSystemError,
    AuthError,
    ConnectError,
    Detail,
    NotSupported,
    RequestRejected,
)
from .identity import Identity, check_gateway
from .protocol import Call, call, message, parse
from .trust import CERTIFICATE_MISSING, find_cause

type Version = tuple[int, int, int]

NEWEST: Version = (999, 0, 0)
_LARGEST = 64 * 1024 * 1024
_DETAILS = "grpc-status-details-bin"
_LONGEST_WORDS = 300
_OPENS = "door.Door/Unlock"
_HARMLESS = "admin.Admin/GetInfo"
_OWN, _MASTERS = "connect.Connect/", "connect_master.ConnectMaster/"
_ADMINISTRATOR = "administrator"
_ABOUT_GATEWAY = ("admin.", "connect.", "gateway.", "login.")
_VERSION = re.compile(r"\s*[Vv]?(\d+)\.(\d+)(?:\.(\d+))?")
_TOO_LARGE = re.compile(r"larger than max|exceeds maximum|too large", re.IGNORECASE)
"""How gRPC, in the languages it is written in, says that a message has no room."""


class DeviceUnreachable(ConnectError):
    """A call that concerns a device did not get through; the gateway may be well."""


class TooLarge(RequestRejected):
    """An answer is larger than we take, or than the gateway sends."""

    key = "answer_unreadable"


class DevicesFailed(RequestRejected):
    """A call was not done on some devices. `devices` tells why for each."""

    def __init__(self, devices: Mapping[int, Detail]) -> None:
        """Keep why, which is a device's own words or an error."""
        super().__init__(
            reason=[
                RequestRejected("on_device", reason=why, device=str(device))
                for device, why in devices.items()
            ]
        )
        self.devices = devices


class GatewayClient:
    """Speaks with one gateway."""

    def __init__(
        self,
        host: str,
        port: int,
        authority: bytes,
        server_name: str | None,
        identity: Identity | None = None,
    ) -> None:
        """Keep where the gateway is and how it is known; nothing is sent.

        With an identity it is a master gateway, and one of its gateways is meant.
        """
        self.host, self.port = host, port
        self.identity = identity
        self.others: frozenset[int] = frozenset()
        """Devices of other gateways of the same master."""
        self._authority = authority
        self._server_name = server_name
        self._token = ""
        self._logging_in = asyncio.Lock()
        self._channel: grpc.aio.Channel | None = None
        self._prefix = "gsdk."
        self.version = NEWEST
        self.calls = self.failures = self.unreadable = 0

    async def connect(self) -> str:
        """Reach the gateway anew and return its version as it tells it.

        Raises `ConnectError` with the cause as its code, and `AuthError`.
        """
        await self.close()
        self._channel = self._open()
        try:
            info = await self._probe()
        except ConnectError as err:
            await self.close()
            raise await self._cause(err) from err
        except NotSupported as err:
            await self.close()
            if self.identity is not None:
                raise ConnectError("not_master") from err
            raise ConnectError("wrong_product") from err
        match = _VERSION.match(info.version)
        self.version = (
            (int(match[1]), int(match[2]), int(match[3] or 0)) if match else NEWEST
        )
        await self.look_around()
        return str(info.version)

    async def _cause(self, err: ConnectError) -> AccessSystemError:
        """Return what keeps us from the gateway, by a handshake of our own."""
        cause = await find_cause(
            self.host, self.port, self._authority, self._server_name
        )
        if self.identity is None or cause is None or cause.key != CERTIFICATE_MISSING:
            return cause or err
        return ConnectError("client_certificate_refused")

    async def _probe(self) -> Any:
        """Ask who is there, in the words of V1.5 and later, then in older ones."""
        self._prefix = "gsdk."
        try:
            return await self._introduce()
        except NotSupported:
            self._prefix = ""
            return await self._introduce()

    async def _introduce(self) -> Any:
        """Log in where that is wanted, and ask who is there.

        A gateway that does not tell its version is known by its list of devices.
        """
        if self.identity is not None:
            await self._log_in(self._token)
        try:
            return await self.call("admin.Admin/GetInfo")
        except NotSupported:
            if self.identity is None:
                await self.call("connect.Connect/GetDeviceList")
            return message("AdminInfo")

    async def _log_in(self, token: str) -> None:
        """Get a token in place of one; raises `AuthError` if we are refused."""
        assert self.identity is not None
        certificate = self.identity.certificate.decode()
        async with self._logging_in:
            if self._token != token:
                return
            try:
                answer = await self._call(
                    "login.Login/Login", {"tenantCert": certificate}
                )
            except AuthError, RequestRejected:
                try:
                    answer = await self._call(
                        "login.Login/LoginAdmin",
                        {"adminTenantCert": certificate, "tenantID": _ADMINISTRATOR},
                    )
                except RequestRejected, NotSupported:
                    raise AuthError from None
            self._token = answer.jwtToken

    async def look_around(self) -> None:
        """Learn what else there is at a master gateway.

        Raises `ConnectError` if our gateway is not there, or not connected.
        """
        if self.identity is None:
            return
        ours = self.identity.gateway_id
        try:
            gateways = (await self.call("gateway.Gateway/GetList")).gatewayIDs
            check_gateway(ours, gateways)
            response = await self.call("gateway.Gateway/Get", gatewayIDs=gateways)
        except NotSupported:
            check_gateway(ours, [ours] if ours else [])
            return
        for info in response.gatewayInfos:
            if info.gatewayID == ours and not info.isConnected:
                raise ConnectError("gateway_away")
        self.others = frozenset(
            device
            for info in response.gatewayInfos
            if info.gatewayID != ours
            for device in info.deviceIDs
        )

    async def close(self) -> None:
        """End the connection, and with it our streams; nobody else's."""
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close()

    async def call(self, path: str, /, **fields: Any) -> Any:
        """Make a call and return its response; raises `AccessSystemError`.

        It is made once, but for a login that has ended: then it was not carried out,
        and is made again after a new one. What opens a door never is.
        """
        if self.identity is None:
            return await self._call(path, fields)
        if path == _OPENS:
            await self.call(_HARMLESS)
        token = self._token
        try:
            return await self._call(path, fields)
        except AuthError:
            await self._log_in(token)
            if path == _OPENS:
                raise ConnectError("login_ended") from None
            return await self._call(path, fields)

    async def call_each(self, path: str, devices: Sequence[int], **fields: Any) -> None:
        """Make a call for several devices: at once, where the gateway has that.

        Raises `DevicesFailed` if it was not done on some, else `AccessSystemError`.
        """
        try:
            await self.call(f"{path}Multi", deviceIDs=devices, **fields)
        except NotSupported:
            await self.call_singly(path, devices, **fields)

    async def call_singly(
        self, path: str, devices: Sequence[int], **fields: Any
    ) -> None:
        """Make a call for one device after the other; raises `DevicesFailed`."""
        failed: dict[int, AccessSystemError] = {}
        for device in devices:
            try:
                await self.call(path, deviceID=device, **fields)
            except AccessSystemError as err:
                failed[device] = err
        if failed:
            raise DevicesFailed(failed)

    async def _call(self, path: str, fields: dict[str, Any]) -> Any:
        """Make a call once."""
        wanted, fields = self._address(path, fields)
        request = message(wanted.request.DESCRIPTOR.name, **fields)
        self.calls += 1
        multi = self._opened().unary_unary(
            self._path(wanted),
            request_serializer=wanted.request.SerializeToString,
            response_deserializer=_reader(wanted),
        )
        try:
            response = await multi(
                request, timeout=wanted.deadline, metadata=self._metadata
            )
        except grpc.aio.AioRpcError as err:
            self.failures += 1
            raise explain(err, path) from None
        except grpc.aio.UsageError:
            raise ConnectError("connection_lost") from None
        except asyncio.CancelledError:
            if _is_cancelled():
                raise
            raise ConnectError("connection_lost") from None
        if response is None:
            raise RequestRejected("answer_unreadable")
        if wanted.response.DESCRIPTOR.name == "MultiErrorResponse":
            _check_devices(response)
        return response

    async def stream(self, path: str, /, **fields: Any) -> AsyncGenerator[Any]:
        """Read a stream until it ends; raises `ConnectError` when it breaks.

        What can't be read in it is left out, and counted.
        """
        wanted, fields = self._address(path, fields)
        multi = self._opened().unary_stream(
            self._path(wanted),
            request_serializer=wanted.request.SerializeToString,
            response_deserializer=_reader(wanted),
        )
        stream = multi(
            message(wanted.request.DESCRIPTOR.name, **fields), metadata=self._metadata
        )
        try:
            async for item in stream:
                if item is None:
                    self.unreadable += 1
                else:
                    yield item
        except grpc.aio.AioRpcError as err:
            error = explain(err, path)
            if isinstance(error, AuthError):
                # The next connection logs in, and finds out whether we are still known.
                error = ConnectError("connection_lost")
            raise error from None
        except asyncio.CancelledError:
            if _is_cancelled():
                raise
        finally:
            stream.cancel()
        raise ConnectError("connection_lost")

    def _open(self) -> grpc.aio.Channel:
        """Open a channel; it connects with its first call."""
        options: list[tuple[str, Any]] = [
            ("grpc.max_receive_message_length", _LARGEST),
            # What opens a door must not be sent twice.
            ("grpc.enable_retries", 0),
            ("grpc.enable_http_proxy", 0),
            ("grpc.use_local_subchannel_pool", 1),
        ]
        if self._server_name:
            options.append(("grpc.ssl_target_name_override", self._server_name))
        host = f"[{self.host}]" if ":" in self.host else self.host
        return grpc.aio.secure_channel(
            f"{host}:{self.port}",
            grpc.ssl_channel_credentials(
                self._authority,
                self.identity.key if self.identity else None,
                self.identity.certificate if self.identity else None,
            ),
            options=options,
        )

    @property
    def _metadata(self) -> tuple[tuple[str, str], ...]:
        """Return what goes with each call."""
        return (("token", self._token),) if self._token else ()

    def _address(
        self, path: str, fields: dict[str, Any]
    ) -> tuple[Call, dict[str, Any]]:
        """Return a call as this gateway has it; a master wants to know of whom."""
        wanted = call(path)
        if self.identity is None or not path.startswith(_OWN):
            return wanted, fields
        wanted = call(path.replace(_OWN, _MASTERS))
        if "gatewayID" in wanted.request.DESCRIPTOR.fields_by_name:
            fields = {**fields, "gatewayID": self.identity.gateway_id}
        return wanted, fields

    def _opened(self) -> grpc.aio.Channel:
        """Return the channel; raises `ConnectError` if there is none."""
        if self._channel is None:
            raise ConnectError("connection_lost")
        return self._channel

    def _path(self, wanted: Call) -> str:
        """Return where a call goes on this generation of gateways."""
        return f"/{self._prefix}{wanted.path}"


def _is_cancelled() -> bool:
    """Return whether we are cancelled, and not by a channel that was closed."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _reader(wanted: Call) -> Callable[[bytes], Any]:
    """Return what reads the answers to a call; None is what can't be read."""

    def read(data: bytes) -> Any:
        with suppress(DecodeError):
            return wanted.response.FromString(data)
        return None

    return read


def explain(err: grpc.aio.AioRpcError, path: str) -> AccessSystemError:
    """Return what a gateway's error means, in words."""
    if devices := _devices(err):
        return DevicesFailed(devices)
    words = _words(err.details())
    about_device = not path.startswith(_ABOUT_GATEWAY)
    match err.code():
        case grpc.StatusCode.UNAVAILABLE:
            kind = DeviceUnreachable if about_device else ConnectError
            return kind("unreachable", reason=words) if words else kind()
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            kind = DeviceUnreachable if about_device else ConnectError
            return kind("timeout")
        case grpc.StatusCode.UNAUTHENTICATED:
            return AuthError()
        case grpc.StatusCode.UNIMPLEMENTED:
            return NotSupported("version_too_old")
        case grpc.StatusCode.CANCELLED:
            return ConnectError("connection_lost")
        case grpc.StatusCode.RESOURCE_EXHAUSTED if _TOO_LARGE.search(words):
            return TooLarge()
    return RequestRejected.said(words, err.code().name)


def _words(details: str | None) -> str:
    """Return an error's text, in one line and not too long."""
    text = " ".join((details or "").split())
    return text if len(text) <= _LONGEST_WORDS else f"{text[:_LONGEST_WORDS]}…"


def _devices(err: grpc.aio.AioRpcError) -> Mapping[int, Detail]:
    """Return what each device has to say, where an error's trailer tells it."""
    for key, value in err.trailing_metadata() or ():
        if key != _DETAILS or not isinstance(value, bytes):
            continue
        with suppress(DecodeError):
            for detail in parse("Status", value).details:
                if detail.type_url.endswith("err.MultiErrorResponse"):
                    return _failures(parse("MultiErrorResponse", detail.value))
    return {}


def _failures(response: Any) -> Mapping[int, Detail]:
    """Return the words of the devices that failed."""
    return {
        int(error.deviceID): _words(error.msg)
        or RequestRejected("rejected_with_code", code=str(error.code))
        for error in response.deviceErrors
        if error.code or error.msg
    }


def _check_devices(response: Any) -> None:
    """Raise `DevicesFailed` if a response tells of devices that failed."""
    if failures := _failures(response):
        raise DevicesFailed(failures)
