"""Wire of a G-SDK gateway: one gRPC channel over TLS, with a deadline on each call."""

import asyncio
from collections.abc import AsyncGenerator
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
    NotSupported,
    RequestRejected,
)
from .protocol import Call, call, message, parse
from .trust import find_cause

type Version = tuple[int, int, int]

NEWEST: Version = (999, 0, 0)
_LARGEST = 64 * 1024 * 1024
_DETAILS = "grpc-status-details-bin"
_LONGEST_WORDS = 300
_VERSION = re.compile(r"\s*[Vv]?(\d+)\.(\d+)(?:\.(\d+))?")


class DeviceUnreachable(ConnectError):
    """A call that concerns a device did not get through; the gateway may be well."""


class DevicesFailed(RequestRejected):
    """A call was not done on some devices. `devices` has each one's words."""

    def __init__(self, devices: dict[int, str]) -> None:
        """Keep the words of each device."""
        super().__init__(
            "; ".join(f"{words} (device {device})" for device, words in devices.items())
        )
        self.devices = devices


class GatewayClient:
    """Speaks with one gateway."""

    def __init__(
        self, host: str, port: int, authority: bytes, server_name: str | None
    ) -> None:
        """Keep where the gateway is and how it is known; nothing is sent."""
        self.host, self.port = host, port
        self._authority = authority
        self._server_name = server_name
        self._channel: grpc.aio.Channel | None = None
        self._prefix = "gsdk."
        self.version = NEWEST
        self.calls = self.failures = 0

    async def connect(self) -> str:
        """Reach the gateway anew and return its version as it tells it.

        Raises `ConnectError` with the cause as its code.
        """
        await self.close()
        self._channel = self._open()
        try:
            info = await self._probe()
        except ConnectError as err:
            await self.close()
            cause = await find_cause(
                self.host, self.port, self._authority, self._server_name
            )
            raise cause or err from err
        except NotSupported as err:
            await self.close()
            raise ConnectError(
                "What answers at that port is not a G-SDK gateway", code="wrong_product"
            ) from err
        match = _VERSION.match(info.version)
        self.version = (
            (int(match[1]), int(match[2]), int(match[3] or 0)) if match else NEWEST
        )
        return str(info.version)

    async def _probe(self) -> Any:
        """Ask who is there, in the words of V1.5 and later, then in older ones."""
        self._prefix = "gsdk."
        try:
            return await self.call("admin.Admin/GetInfo")
        except NotSupported:
            self._prefix = ""
            return await self.call("admin.Admin/GetInfo")

    async def close(self) -> None:
        """End the connection, and with it our streams; nobody else's."""
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close()

    async def call(self, path: str, /, **fields: Any) -> Any:
        """Make a call once and return its response; raises `AccessSystemError`."""
        wanted = call(path)
        request = message(wanted.request.DESCRIPTOR.name, **fields)
        self.calls += 1
        multi = self._opened().unary_unary(
            self._path(wanted),
            request_serializer=wanted.request.SerializeToString,
            response_deserializer=wanted.response.FromString,
        )
        try:
            response = await multi(request, timeout=wanted.deadline)
        except grpc.aio.AioRpcError as err:
            self.failures += 1
            raise explain(err, path) from None
        except grpc.aio.UsageError:
            raise ConnectError("The connection to the gateway was closed") from None
        if wanted.response.DESCRIPTOR.name == "MultiErrorResponse":
            _check_devices(response)
        return response

    async def stream(self, path: str, /, **fields: Any) -> AsyncGenerator[Any]:
        """Read a stream until it ends; raises `ConnectError` when it breaks."""
        wanted = call(path)
        multi = self._opened().unary_stream(
            self._path(wanted),
            request_serializer=wanted.request.SerializeToString,
            response_deserializer=wanted.response.FromString,
        )
        stream = multi(message(wanted.request.DESCRIPTOR.name, **fields))
        try:
            async for item in stream:
                yield item
        except grpc.aio.AioRpcError as err:
            raise explain(err, path) from None
        except asyncio.CancelledError:
            # A channel that closes cancels its streams, and that is no cancel of ours.
            if (task := asyncio.current_task()) and task.cancelling():
                raise
        finally:
            stream.cancel()
        raise ConnectError("The gateway ended the stream")

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
            grpc.ssl_channel_credentials(root_certificates=self._authority),
            options=options,
        )

    def _opened(self) -> grpc.aio.Channel:
        """Return the channel; raises `ConnectError` if there is none."""
        if self._channel is None:
            raise ConnectError("The gateway is not connected")
        return self._channel

    def _path(self, wanted: Call) -> str:
        """Return where a call goes on this generation of gateways."""
        return f"/{self._prefix}{wanted.path}"


def explain(err: grpc.aio.AioRpcError, path: str) -> AccessSystemError:
    """Return what a gateway's error means, in words."""
    if devices := _devices(err):
        return DevicesFailed(devices)
    words = _words(err.details())
    about_device = not path.startswith(("admin.", "connect."))
    match err.code():
        case grpc.StatusCode.UNAVAILABLE:
            kind = DeviceUnreachable if about_device else ConnectError
            return kind(words or "The gateway can't be reached")
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            kind = DeviceUnreachable if about_device else ConnectError
            return kind("The gateway did not answer in time", code="timeout")
        case grpc.StatusCode.UNAUTHENTICATED:
            return AuthError(words or "The gateway does not know us")
        case grpc.StatusCode.UNIMPLEMENTED:
            return NotSupported(
                f"This gateway has no {path.partition('/')[2]}. Update the gateway"
            )
        case grpc.StatusCode.CANCELLED:
            return ConnectError("The connection to the gateway was closed")
    return RequestRejected(words or f"The gateway refused it ({err.code().name})")


def _words(details: str | None) -> str:
    """Return an error's text, in one line and not too long."""
    text = " ".join((details or "").split())
    return text if len(text) <= _LONGEST_WORDS else f"{text[:_LONGEST_WORDS]}…"


def _devices(err: grpc.aio.AioRpcError) -> dict[int, str]:
    """Return what each device has to say, where an error's trailer tells it."""
    for key, value in err.trailing_metadata() or ():
        if key != _DETAILS or not isinstance(value, bytes):
            continue
        with suppress(DecodeError):
            for detail in parse("Status", value).details:
                if detail.type_url.endswith("err.MultiErrorResponse"):
                    return _failures(parse("MultiErrorResponse", detail.value))
    return {}


def _failures(response: Any) -> dict[int, str]:
    """Return the words of the devices that failed."""
    return {
        int(error.deviceID): _words(error.msg) or f"error {error.code}"
        for error in response.deviceErrors
        if error.code or error.msg
    }


def _check_devices(response: Any) -> None:
    """Raise `DevicesFailed` if a response tells of devices that failed."""
    if failures := _failures(response):
        raise DevicesFailed(failures)
