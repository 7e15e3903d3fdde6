"""Calls: how they are found, answered, refused, and made to fail."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
import re
from typing import Any, Literal, Protocol, override

import grpc
import grpc.aio

from tests.simulators.common_faults import HttpFaults

from .schema import NEWEST, Rpc, Schema

type Fields = dict[str, Any]

DETAILS = "grpc-status-details-bin"
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class RpcError(Exception):
    """A call that fails.

    Args:
        code: The status.
        text: The words.
        details: The value of the trailer `grpc-status-details-bin`.
    """

    def __init__(self, code: grpc.StatusCode, text: str, details: bytes = b"") -> None:
        """Fail with a status."""
        super().__init__(text)
        self.code = code
        self.text = text
        self.details = details

    @property
    def number(self) -> int:
        """Return the status as a number."""
        number: int = self.code.value[0]
        return number


def multi_error(errors: dict[int, RpcError], *, prefix: str) -> RpcError:
    """Return the error of a call for many devices.

    Args:
        errors: What went wrong, by device.
        prefix: What stands before the package; older gateways have nothing there.
    """
    first = next(iter(errors.values()))
    inner = NEWEST.message("gsdk.err.MultiErrorResponse")(
        deviceErrors=error_list(errors)
    )
    status = NEWEST.message("google.rpc.Status")(
        code=first.number,
        message=f"Multi command failed on {len(errors)} device(s)",
        details=[
            {
                "type_url": f"type.googleapis.com/{prefix}err.MultiErrorResponse",
                "value": inner.SerializeToString(),
            }
        ],
    )
    return RpcError(first.code, status.message, status.SerializeToString())


def error_list(errors: dict[int, RpcError]) -> list[Fields]:
    """Return what went wrong as a list of ErrorResponse."""
    return [
        {"deviceID": key, "code": error.number, "msg": error.text}
        for key, error in errors.items()
    ]


@dataclass(slots=True, kw_only=True)
class RpcFault:
    """What to do wrong with calls that match.

    Args:
        call: A part of the path, such as `Door/Unlock`; empty for all.
        device: Only calls for this device; 0 for all.
        count: How many matching calls go wrong; None for all.
        skip: How many matching calls go right before that.
        delay: Seconds to wait before the call is handled.
        when: Fail `before` or `after` the call was obeyed.
        code: The name of the status to fail with; empty for none.
        message: The words of that.
        hang: Never answer.
        cut: Cut all connections instead of answering.
    """

    call: str = ""
    device: int = 0
    count: int | None = 1
    skip: int = 0
    delay: float = 0.0
    when: Literal["before", "after"] = "before"
    code: str = ""
    message: str = "transport is closing"
    hang: bool = False
    cut: bool = False
    hits: int = 0

    def __post_init__(self) -> None:
        """Refuse a status that there is not."""
        if self.code and self.code not in grpc.StatusCode.__members__:
            raise ValueError(f"no status {self.code}")
        if self.when not in ("before", "after"):
            raise ValueError("when is 'before' or 'after'")

    def take(self, path: str, request: Any) -> bool:
        """Tell whether a call goes wrong, and count it."""
        if self.call not in path or (self.device and self.device not in _of(request)):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.count is not None:
            if self.count <= 0:
                return False
            self.count -= 1
        self.hits += 1
        return True


class Gateway(Protocol):
    """What the router asks of the simulator."""

    faults: HttpFaults
    rpc_faults: list[RpcFault]

    @property
    def schema(self) -> Schema:
        """Return the messages of its version."""

    def find(self, path: str, metadata: dict[str, Any]) -> Handler | None:
        """Return who answers a call."""

    def cut(self) -> int:
        """Cut all connections."""


@dataclass(slots=True, frozen=True)
class Handler:
    """A call's own part: what it is, and what answers it."""

    rpc: Rpc
    work: Callable[[Any], Any]


class Router(grpc.GenericRpcHandler):
    """Finds who answers a call, and counts it."""

    def __init__(self, gateway: Gateway) -> None:
        """Route for a gateway."""
        self._gateway = gateway

    @override
    def service(self, handler_call_details: Any) -> Any:
        path = handler_call_details.method
        metadata = dict(handler_call_details.invocation_metadata or ())
        handler = self._gateway.find(path, metadata)
        if handler is None:
            self._gateway.faults.counts[path] += 1
            return None
        parse = handler.rpc.request.FromString

        async def one(request: Any, context: Any) -> Any:
            note = self._note(path, request, context)
            try:
                return await self._one(path, handler, request, note)
            except RpcError as error:
                note["status"] = error.code.name
                await _abort(context, error)

        async def many(request: Any, context: Any) -> AsyncIterator[Any]:
            note = self._note(path, request, context)
            try:
                await self._before(path, request)
                async for item in handler.work(request):
                    yield item if isinstance(item, bytes) else _make(handler, item)
            except RpcError as error:
                note["status"] = error.code.name
                await _abort(context, error)

        if handler.rpc.stream:
            return grpc.unary_stream_rpc_method_handler(many, parse, _bytes)
        return grpc.unary_unary_rpc_method_handler(one, parse, _bytes)

    def _note(self, path: str, request: Any, context: Any) -> dict[str, Any]:
        """Write a call into the list of requests."""
        faults = self._gateway.faults
        faults.counts[path] += 1
        note = {
            "path": path,
            "devices": _of(request),
            "at": asyncio.get_running_loop().time(),
            "deadline": context.time_remaining(),
            "status": None,
        }
        faults.recent.append(note)
        return note

    async def _one(
        self, path: str, handler: Handler, request: Any, note: dict[str, Any]
    ) -> Any:
        """Answer a call."""
        fault = await self._before(path, request)
        answer = await handler.work(request)
        if fault is not None:
            await self._fail(fault)
        note["status"] = "OK"
        return answer if isinstance(answer, bytes) else _make(handler, answer)

    async def _before(self, path: str, request: Any) -> RpcFault | None:
        """Let a call fail now; return the fault that is for later."""
        for fault in self._gateway.rpc_faults:
            if not fault.take(path, request):
                continue
            if fault.delay:
                await asyncio.sleep(fault.delay)
            if fault.when == "after":
                return fault
            await self._fail(fault)
            return None
        return None

    async def _fail(self, fault: RpcFault) -> None:
        """Do what the fault says instead of answering."""
        if fault.hang:
            await asyncio.Event().wait()
        if fault.cut:
            self._gateway.cut()
        if fault.code or fault.cut:
            code = grpc.StatusCode[fault.code or "UNAVAILABLE"]
            raise RpcError(code, fault.message)


def _make(handler: Handler, fields: Fields | None) -> Any:
    """Return the answer's message."""
    return handler.rpc.response(**(fields or {}))


def _bytes(answer: Any) -> bytes:
    """Return an answer as it goes over the wire."""
    if isinstance(answer, bytes):
        return answer
    made: bytes = answer.SerializeToString()
    return made


def _of(request: Any) -> list[int]:
    """Return the devices that a request names."""
    names = request.DESCRIPTOR.fields_by_name
    if "deviceIDs" in names:
        return list(request.deviceIDs)
    return [request.deviceID] if "deviceID" in names else []


async def _abort(context: Any, error: RpcError) -> None:
    """End a call with an error."""
    trailer = ((DETAILS, error.details),) if error.details else ()
    await context.abort(error.code, error.text, trailer)


def snake(name: str) -> str:
    """Return the name of the method that answers a call."""
    return _WORD.sub("_", name).lower()
