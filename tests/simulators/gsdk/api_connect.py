"""The services that tell of the gateway and its devices' connections."""

from collections.abc import AsyncIterator, Iterable
from functools import partial
from typing import Any, override

import grpc

from .api import Api
from .happenings import Happenings
from .rpc import Fields, RpcError
from .site import DISCONNECTED, Device
from .world import Change

DEVICE_PORT = 51211
BUILD_DATE = "Mon Apr 13 10:04:53 +0900 KST 2026"


class AdminApi(Api):
    """The service gsdk.admin.Admin."""

    service = "gsdk.admin.Admin"

    async def get_info(self, _: Any) -> Fields:
        """Return the gateway's version."""
        return {"version": self.world.modes.version, "buildDate": BUILD_DATE}


class ConnectApi(Api):
    """The service gsdk.connect.Connect."""

    service = "gsdk.connect.Connect"
    accept: Any = None

    def check(self, request: Any) -> None:
        """Refuse a request for another gateway; here there is but one."""

    def _listed(self) -> Iterable[Device]:
        """Return the devices that the gateway knows."""
        return [item for item in self.world.site.devices.values() if item.listed]

    async def get_device_list(self, request: Any) -> Fields:
        """Return the known devices and how each is connected."""
        self.check(request)
        return {
            "deviceInfos": [
                {
                    "deviceID": item.id,
                    "connectionMode": int(item.to_server),
                    "IPAddr": item.ip,
                    "port": DEVICE_PORT,
                    "status": item.status,
                    "autoReconnect": item.auto,
                    "useSSL": item.use_ssl,
                    "type": item.type,
                }
                for item in self._listed()
            ]
        }

    async def connect(self, request: Any) -> Fields:
        """Connect with a device at an address."""
        self.check(request)
        info = request.connectInfo
        for item in self.world.site.devices.values():
            if item.ip == info.IPAddr and item.powered:
                item.listed, item.use_ssl = True, info.useSSL
                self.world.dial(item)
                return {"deviceID": item.id}
        raise RpcError(
            grpc.StatusCode.UNAVAILABLE,
            f"Cannot connect to the device: dial tcp {info.IPAddr}:{info.port}:"
            " i/o timeout",
        )

    async def add_async_connection(self, request: Any) -> None:
        """Know devices from now on, and connect with them."""
        self.check(request)
        for info in request.connectInfos:
            device = self.world.site.devices.get(info.deviceID)
            if device is None:
                continue
            device.listed = device.auto = True
            device.use_ssl = info.useSSL
            self.world.later(
                self.world.modes.connect_seconds, partial(self.world.dial, device)
            )

    async def delete_async_connection(self, request: Any) -> None:
        """Know devices no more."""
        self.check(request)
        for number in request.deviceIDs:
            self._hang_up(self.world.reach(number), forget=True)

    async def disconnect(self, request: Any) -> None:
        """End the connections with devices."""
        for number in request.deviceIDs:
            self._hang_up(self.world.reach(number))

    async def disconnect_all(self, request: Any) -> None:
        """End the connections with all devices."""
        self.check(request)
        for item in self._listed():
            if item.connected:
                self._hang_up(item)

    def _hang_up(self, device: Device, *, forget: bool = False) -> None:
        """End the connection with a device."""
        self.world.set_status(device, DISCONNECTED)
        device.auto = False
        if forget:
            device.listed = False

    async def set_accept_filter(self, request: Any) -> None:
        """Set which devices may connect by themselves."""
        self.check(request)
        self.accept = request.filter

    async def get_accept_filter(self, request: Any) -> Fields:
        """Return which devices may connect by themselves."""
        self.check(request)
        return {"filter": self.accept} if self.accept is not None else {}

    async def get_pending_list(self, request: Any) -> Fields:
        """Return the devices that wait to be accepted."""
        self.check(request)
        allowed = self.accept is not None and self.accept.allowAll
        return {
            "deviceInfos": [
                {
                    "deviceID": item.id,
                    "IPAddr": item.ip,
                    "lastTry": int(self.world.clock.time()),
                    "type": item.type,
                }
                for item in self.world.site.devices.values()
                if item.to_server and item.powered and not item.listed and not allowed
            ]
        }

    async def search_device(self, request: Any) -> Fields:
        """Return the devices in the gateway's network."""
        self.check(request)
        return {
            "deviceInfos": [
                {
                    "deviceID": item.id,
                    "type": item.type,
                    "connectionMode": int(item.to_server),
                    "IPAddr": item.ip,
                    "port": DEVICE_PORT,
                    "useSSL": item.use_ssl,
                }
                for item in self.world.site.devices.values()
                if item.powered
            ]
        }

    async def get_slave_device(self, request: Any) -> Fields:
        """Return which readers are attached to which device."""
        self.check(request)
        return {
            "slaveDeviceInfos": [
                {"deviceID": item.id, "rs485SlaveDeviceIDs": item.slaves}
                for item in self._listed()
                if item.slaves
            ]
        }

    async def subscribe_status(self, request: Any) -> AsyncIterator[Fields]:
        """Give changes of connections as they happen."""

        def every(_: Change) -> bool:
            return True

        async for change in self.world.changes.subscribe(request.queueSize, every):
            yield {
                "deviceID": change.device,
                "status": change.status,
                "timestamp": change.timestamp,
            }


class ConnectMasterApi(ConnectApi):
    """The service gsdk.connect_master.ConnectMaster."""

    service = "gsdk.connect_master.ConnectMaster"

    def __init__(self, world: Happenings, gateway: str) -> None:
        """Serve the world as one gateway of the master."""
        super().__init__(world)
        self.gateway = gateway

    @override
    def _listed(self) -> Iterable[Device]:
        elsewhere = self.world.elsewhere
        return [item for item in super()._listed() if item.id not in elsewhere]

    @override
    def check(self, request: Any) -> None:
        if request.gatewayID != self.gateway:
            raise RpcError(
                grpc.StatusCode.NOT_FOUND,
                f"Cannot find the gateway: {request.gatewayID}",
            )

    async def add_async_connection_db(self, request: Any) -> None:
        """Know devices from now on, also after a restart."""
        await self.add_async_connection(request)
