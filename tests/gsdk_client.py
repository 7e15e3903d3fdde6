"""A plain gRPC client of the G-SDK gateway, for tests of the simulator."""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import grpc
import grpc.aio
import pytest

from .simulators.gsdk import GsdkSimulator
from .simulators.gsdk.schema import NEWEST, Schema

ENTRANCE, CONTROLLER, ANNEX = 541530887, 542192231, 547832961
# gRPC's own thread is of the process, not of one test.
grpc.aio.init_grpc_aio()

_SERVICES = {
    "Connect": "gsdk.connect.Connect",
    "Master": "gsdk.connect_master.ConnectMaster",
    "Gateway": "gsdk.gateway.Gateway",
    "Intrusion": "gsdk.intrusion_zone.IntrusionAlarmZone",
    "Fire": "gsdk.fire_zone.FireAlarmZone",
}


class Client:
    """A client with a channel of its own."""

    def __init__(
        self,
        sim: GsdkSimulator,
        *,
        ca: str | None = None,
        server_name: str = "",
        client: tuple[str, str] | None = None,
        token: str = "",
        schema: Schema = NEWEST,
        prefix: str = "gsdk.",
    ) -> None:
        """Trust the simulator's authority, or another."""
        chain, key = (part.encode() for part in client) if client else (None, None)
        options: list[tuple[str, Any]] = [("grpc.max_receive_message_length", 64 << 20)]
        if server_name:
            options.append(("grpc.ssl_target_name_override", server_name))
        self.channel = grpc.aio.secure_channel(
            f"127.0.0.1:{sim.port}",
            grpc.ssl_channel_credentials(
                (ca or sim.ca_certificate).encode(), key, chain
            ),
            options,
        )
        self.token = token
        self._schema = schema
        self._prefix = prefix

    async def __aenter__(self) -> Self:
        """Start."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the channel."""
        await self.channel.close()

    def _rpc(self, name: str) -> tuple[str, Any]:
        """Return the path of `Service/Method`, and what is known about it."""
        service, method = name.split("/")
        full = _SERVICES.get(service, f"gsdk.{service.lower()}.{service}")
        path = f"/{full}/{method}"
        return path.replace("/gsdk.", f"/{self._prefix}"), self._schema.rpcs[path]

    @property
    def _metadata(self) -> tuple[tuple[str, str], ...]:
        """Return what goes with each call."""
        return (("token", self.token),) if self.token else ()

    async def call(self, name: str, /, timeout: float = 10.0, **fields: Any) -> Any:
        """Return the answer of `Service/Method`. Raises grpc.aio.AioRpcError."""
        path, rpc = self._rpc(name)
        ask = self.channel.unary_unary(
            path, rpc.request.SerializeToString, rpc.response.FromString
        )
        return await ask(
            rpc.request(**fields), timeout=timeout, metadata=self._metadata
        )

    def device_errors(self, error: grpc.aio.AioRpcError) -> dict[int, int]:
        """Return the status of each device that a call for many failed with."""
        trailer = dict(error.trailing_metadata() or ())
        status = self._schema.message("google.rpc.Status").FromString(
            trailer["grpc-status-details-bin"]
        )
        (detail,) = status.details
        assert detail.type_url == "type.googleapis.com/gsdk.err.MultiErrorResponse"
        inner = self._schema.message("gsdk.err.MultiErrorResponse")
        found = inner.FromString(detail.value).deviceErrors
        assert all(item.msg for item in found)
        return {item.deviceID: item.code for item in found}

    def stream(self, name: str, /, **fields: Any) -> Any:
        """Return the stream of `Service/Method`."""
        path, rpc = self._rpc(name)
        ask = self.channel.unary_stream(
            path, rpc.request.SerializeToString, rpc.response.FromString
        )
        return ask(rpc.request(**fields), metadata=self._metadata)

    async def rows(self, device: int, start: int = 0, most: int = 0) -> list[Any]:
        """Return rows of a device's log."""
        answer = await self.call(
            "Event/GetLog", deviceID=device, startEventID=start, maxNumOfLog=most
        )
        return list(answer.events)


async def refused(client: Client, name: str, /, **fields: Any) -> grpc.aio.AioRpcError:
    """Return the error of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await client.call(name, **fields)
    return caught.value


async def take(stream: AsyncIterator[Any], count: int) -> list[Any]:
    """Return the next messages of a stream."""
    return [await anext(stream) for _ in range(count)]


def codes_of(rows: list[Any]) -> list[tuple[int, int]]:
    """Return the event codes and sub codes of rows."""
    return [(row.eventCode, row.subCode) for row in rows]
