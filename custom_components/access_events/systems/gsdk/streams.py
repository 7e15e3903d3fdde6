"""The streams of a gateway: what devices record, and whether they are connected.

Source: G-SDK, Event API (Monitoring) and Connect API. A stream can't be resumed, and a
full queue at the gateway drops records without a word.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable
from contextlib import aclosing
import logging
from typing import Any

from ..base import AccessSystemError, ConnectError, NotSupported, RequestRejected
from ..tasks import end
from .client import DevicesFailed, DeviceUnreachable, GatewayClient

_QUEUE = 8192
_STATUS_QUEUE = 1024
_BUFFER = 20_000
_HEAD_START = 0.05
_MONITOR = "event.Event/EnableMonitoring"

_LOGGER = logging.getLogger(__name__)


class Streams:
    """Keeps both streams open, and what they bring until it is taken."""

    def __init__(self, client: GatewayClient, wake: asyncio.Event) -> None:
        """Use a gateway; `wake` is set whenever there is something to take."""
        self._client = client
        self._wake = wake
        self._tasks: list[asyncio.Task[None]] = []
        self._error: AccessSystemError | None = None
        self.records: deque[Any] = deque()
        self.statuses: deque[Any] = deque()
        self.overflowed = False
        self.received = 0
        self.unmonitored: set[int] = set()
        """Devices whose records are not sent yet."""

    async def start(self) -> None:
        """Open both streams; devices send their records once they are told to."""
        await self.stop()
        self.records.clear()
        self.statuses.clear()
        self.unmonitored.clear()
        self.overflowed = False
        self._error = None
        self._tasks = [
            asyncio.create_task(
                self._read("event.Event/SubscribeRealtimeLog", _QUEUE, self._record),
                name="gsdk records",
            ),
            asyncio.create_task(
                self._read(
                    "connect.Connect/SubscribeStatus",
                    _STATUS_QUEUE,
                    self._status,
                    needed=False,
                ),
                name="gsdk statuses",
            ),
        ]
        # Nothing answers before the first record, so all that can be done is to send
        # the request before the next one; what slips through is read from the log.
        await asyncio.sleep(_HEAD_START)
        self.check()

    async def stop(self) -> None:
        """End our streams. Others that listen to the gateway go on undisturbed."""
        tasks, self._tasks = self._tasks, []
        await end(*tasks)

    def check(self) -> None:
        """Raise what ended a stream."""
        if self._error is not None:
            raise self._error

    async def enable(self, devices: Iterable[int]) -> None:
        """Have devices send their records, as they must be told once connected."""
        self.unmonitored |= set(devices)
        if not self.unmonitored:
            return
        wanted = sorted(self.unmonitored)
        failed: Collection[int] = ()
        try:
            await self._monitor(wanted)
        except DevicesFailed as err:
            failed = err.devices
            _LOGGER.debug("No monitoring: %s", err)
        except AccessSystemError as err:
            failed = wanted
            _LOGGER.debug("No monitoring: %s", err)
        self.unmonitored.difference_update(set(wanted).difference(failed))

    async def _monitor(self, devices: list[int]) -> None:
        """Have devices send their records; raises `AccessSystemError`."""
        try:
            await self._client.call_each(_MONITOR, devices)
        except DevicesFailed:
            raise
        except (RequestRejected, DeviceUnreachable) as err:
            if err.key == "timeout":
                raise
            # It may be for one of them alone, and which one was not told.
            await self._client.call_singly(_MONITOR, devices)

    def _record(self, record: Any) -> None:
        """Keep a record, if there is room."""
        if record.deviceID in self._client.others:
            return
        self.received += 1
        if record.deviceID and len(self.records) < _BUFFER:
            self.records.append(record)
        else:
            # It is in a log too; one that tells no device may be in any.
            self.overflowed = True

    def _status(self, status: Any) -> None:
        """Keep a change of a device's status."""
        if status.deviceID not in self._client.others:
            self.statuses.append(status)

    async def _read(
        self, path: str, queue: int, keep: Any, *, needed: bool = True
    ) -> None:
        """Read a stream until it ends, which ends all.

        One that is not `needed` may be unknown to the gateway.
        """
        try:
            async with aclosing(self._client.stream(path, queueSize=queue)) as items:
                async for item in items:
                    keep(item)
                    self._wake.set()
        except NotSupported as err:
            if needed:
                self._error = self._error or err
        except AccessSystemError as err:
            self._error = self._error or err
        except Exception:
            _LOGGER.exception("A stream could not be read")
            self._error = self._error or ConnectError("answer_unreadable")
        self._wake.set()
