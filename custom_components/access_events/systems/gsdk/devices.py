"""The devices behind a G-SDK gateway: which there are, and which are connected."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from ..base import AccessSystemError
from .client import GatewayClient

_CONNECTED = (1, 2)
"""By TCP and by TLS; whatever else a gateway tells is not connected."""
_MODELS = {
    0x08: "BioStation 2",
    0x09: "BioStation A2",
    0x0A: "FaceStation 2",
    0x0B: "I/O device",
    0x0C: "BioStation L2",
    0x0D: "BioEntry W2",
    0x0E: "CoreStation 40",
    0x0F: "Output module",
    0x10: "Input module",
    0x11: "BioEntry P2",
    0x12: "BioLite N2",
    0x13: "XPass 2",
    0x14: "XPass S3",
    0x15: "BioEntry R2",
    0x16: "XPass D2",
    0x17: "Door module 21",
    0x18: "XPass D2 keypad",
    0x19: "FaceLite",
    0x1A: "XPass 2 keypad",
    0x1B: "XPass D2",
    0x1C: "XPass D2 keypad",
    0x1D: "FaceStation F2",
    0x1E: "FaceStation F2",
    0x1F: "X-Station 2",
    0x20: "X-Station 2",
    0x21: "Input module 120",
    0x22: "X-Station 2",
    0x23: "BioStation 3",
    0x26: "BioStation 2a",
    0x2A: "BioEntry W3",
    0x2B: "CoreStation 20",
    0x2C: "Door interface 24",
    0x2D: "BioStation 3 Max",
    0x2E: "BioStation 3 Max",
    0x2F: "XPass Q2",
    0x80: "RS-485 device",
}


def is_connected(status: int) -> bool:
    """Return whether a status is one of a connected device."""
    return status in _CONNECTED


class Devices:
    """What the gateway tells of its devices, by their ids."""

    def __init__(self) -> None:
        """Start with none."""
        self._online: dict[int, bool] = {}
        self._types: dict[int, int] = {}
        self._masters: dict[int, int] = {}
        """The device behind which each slave is, which records for it."""

    async def load(self, client: GatewayClient) -> set[int]:
        """Read the list of devices; returns those that are connected since the last.

        A device that is not in the list any more is not connected: a gateway that
        started again knows its devices only when somebody has added them.
        """
        await client.look_around()
        listed = (await client.call("connect.Connect/GetDeviceList")).deviceInfos
        before = self.connected()
        self._online = dict.fromkeys(self._online, False)
        for info in listed:
            self._online[info.deviceID] = is_connected(info.status)
            self._types[info.deviceID] = info.type
        with suppress(AccessSystemError):
            slaves = await client.call("connect.Connect/GetSlaveDevice")
            self._masters = {
                slave: info.deviceID
                for info in slaves.slaveDeviceInfos
                for slave in (*info.rs485SlaveDeviceIDs, *info.wiegandSlaveDeviceIDs)
            }
        return self.connected() - before

    def recall(self, devices: Iterable[int]) -> None:
        """Know of devices from an earlier run, as not connected."""
        for device in devices:
            self._online.setdefault(device, False)

    def change(self, status: Any) -> bool:
        """Take a change of a device's status; tells whether it is connected now."""
        online = is_connected(status.status)
        self._online[status.deviceID] = online
        return online

    def master(self, device: int) -> int | None:
        """Return the device behind which a device is, None if it is none's slave."""
        return self._masters.get(device)

    def connected(self) -> set[int]:
        """Return the connected devices."""
        return {device for device, online in self._online.items() if online}

    def known(self) -> set[int]:
        """Return all devices."""
        return set(self._online)

    def is_online(self, device: int) -> bool:
        """Return whether a device is connected."""
        return self._online.get(device, False)

    def forget_states(self) -> None:
        """Take all devices for not connected, until the gateway tells otherwise."""
        self._online = dict.fromkeys(self._online, False)

    def model(self, device: int) -> str | None:
        """Return a device's model, None if it is not known."""
        return _MODELS.get(self._types.get(device, 0))

    def name(self, device: int) -> str:
        """Return what a device is called here: G-SDK has no names for them."""
        return f"{self.model(device) or 'Device'} {device}"

    def models(self) -> list[str]:
        """Return the models there are, each once per device."""
        return sorted(self.model(device) or "unknown" for device in self._online)
