# What this project uses of python-socketio, which tells no types of its own.

from collections.abc import Awaitable, Callable, Sequence
import logging
from typing import Any

import aiohttp
import engineio

from . import exceptions as exceptions

class _Packet:
    attachment_count: int

class AsyncClient:
    connected: bool
    eio: engineio.AsyncClient
    sid: str | None
    _binary_packet: _Packet | None

    def __init__(
        self,
        *,
        engineio_logger: bool | logging.Logger = ...,
        handle_sigint: bool = ...,
        http_session: aiohttp.ClientSession | None = ...,
        logger: bool | logging.Logger = ...,
        reconnection: bool = ...,
        request_timeout: float = ...,
    ) -> None: ...
    def on(self, event: str, handler: Callable[..., object] | None = ...) -> Any: ...
    async def connect(
        self,
        url: str | Callable[[], Awaitable[str]],
        *,
        socketio_path: str = ...,
        transports: Sequence[str] | None = ...,
        wait_timeout: float = ...,
    ) -> None: ...
    async def disconnect(self) -> None: ...
    async def shutdown(self) -> None: ...
    async def emit(self, event: str, data: object = ...) -> None: ...
    def get_sid(self, namespace: str | None = ...) -> str | None: ...
    async def _handle_eio_message(self, data: str | bytes) -> None: ...

class AsyncServer:
    def __init__(self, **options: Any) -> None: ...
    def __getattr__(self, name: str) -> Any: ...
