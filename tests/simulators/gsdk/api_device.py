"""The services about devices themselves: what they are and can, time, faces."""

import asyncio
import hashlib
from typing import Any

import grpc

from . import codes, pictures
from .api import Api
from .rpc import Fields, RpcError
from .site import CORESTATION_40, FACES, Device
from .site_data import LEVELS

_TEMPLATE_BYTES = 552


class DeviceApi(Api):
    """The service gsdk.device.Device."""

    service = "gsdk.device.Device"

    async def get_info(self, request: Any) -> Fields:
        """Return what a device is."""
        device = self.world.reach(request.deviceID)
        address = device.id.to_bytes(4, "big").hex(":")
        return {
            "info": {
                "MACAddr": f"00:17:{address}",
                "modelName": device.model,
                "firmwareVersion": "1.2.1_230606",
                "kernelVersion": "4.9.88",
                "BSCoreVersion": "2.9.6",
                "boardVersion": "1.0.0",
            }
        }

    async def get_capability_info(self, request: Any) -> Fields:
        """Return what a device can, by yes and no."""
        device = self.world.reach(request.deviceID)
        face = device.type in FACES
        info = {
            "type": device.type,
            "maxNumOfUser": 500_000 if device.type == CORESTATION_40 else 100_000,
            "PINSupported": True,
            "cardSupported": True,
            "fingerSupported": device.type == CORESTATION_40,
            "faceSupported": face,
            "userNameSupported": True,
            "userPhotoSupported": face,
            "imageLogSupported": device.camera,
            "TNASupported": face,
            "triggerActionSupported": True,
        }
        message = self.world.schema.message("gsdk.device.CapabilityInfo")
        known = message.DESCRIPTOR.fields_by_name
        return {
            "capInfo": {name: value for name, value in info.items() if name in known}
        }

    async def get_capability(self, request: Any) -> Fields:
        """Return what a device can, in numbers; since 1.5."""
        device = self.world.reach(request.deviceID)
        face = device.type in FACES
        return {
            "deviceCapability": {
                "maxUsers": 500_000 if device.type == CORESTATION_40 else 100_000,
                "maxEventLogs": device.log.capacity,
                "maxImageLogs": 50_000 if device.camera else 0,
                "maxCards": 100_000,
                "maxFaces": 50_000 if face else 0,
                "maxRelays": max(1, len(device.doors)),
                "cameraSupported": device.camera,
                "tamperSupported": True,
                "displaySupported": face,
                "faceExSupported": face,
            }
        }

    async def get_hash_key(self, request: Any) -> Fields:
        """Return whether a device hashes PINs as all do."""
        self.world.reach(request.deviceID)
        return {"isDefault": True, "checksum": 0}

    async def reboot(self, request: Any) -> None:
        """Start a device again."""
        await self.world.device_restart(self.world.reach(request.deviceID))

    async def factory_reset(self, request: Any) -> None:
        """Let a device forget all."""
        await self.world.factory_reset(self.world.reach(request.deviceID))

    async def clear_db(self, request: Any) -> None:
        """Let a device forget its users and log."""
        device = self.world.reach(request.deviceID)
        await self.world.factory_reset(device, codes.DATABASE_RESET)


class TimeApi(Api):
    """The service gsdk.time.Time."""

    service = "gsdk.time.Time"

    async def get(self, request: Any) -> Fields:
        """Return the time by a device's clock."""
        return {"GMTTime": self.world.now(self.world.reach(request.deviceID))}

    async def set(self, request: Any) -> None:
        """Set a device's clock."""
        device = self.world.reach(request.deviceID)
        device.clock_offset = request.GMTTime - self.world.clock.time()
        self.world.log(device, codes.TIME_SET)

    async def get_config(self, request: Any) -> Fields:
        """Return whether the gateway sets a device's clock."""
        self.world.reach(request.deviceID)
        return {"config": {"timeZone": 32_400, "syncWithServer": True}}


class AccessApi(Api):
    """The service gsdk.access.Access."""

    service = "gsdk.access.Access"

    async def get_list(self, request: Any) -> Fields:
        """Return a device's access groups."""
        device = self.world.reach(request.deviceID)
        return {
            "groups": [
                {"ID": key, "name": name, "levelIDs": [1 if key == 1 else 2]}
                for key, name in device.groups.items()
            ]
        }

    async def get_level_list(self, request: Any) -> Fields:
        """Return a device's access levels."""
        device = self.world.reach(request.deviceID)
        return {
            "levels": [
                {
                    "ID": key,
                    "name": name,
                    "doorSchedules": [
                        {"doorID": door, "scheduleID": 1}
                        for door in list(device.doors)[: None if key == 1 else 1]
                    ],
                }
                for key, name in LEVELS.items()
            ]
        }


class FaceApi(Api):
    """The service gsdk.face.Face."""

    service = "gsdk.face.Face"

    def _device(self, number: int) -> Device:
        """Return a device that knows faces by pictures. Raises RpcError."""
        device = self.world.reach(number)
        if device.type not in FACES:
            raise RpcError(
                grpc.StatusCode.UNIMPLEMENTED, f"Not supported by the device {number}"
            )
        return device

    async def normalize(self, request: Any) -> Fields:
        """Return a picture as devices want it."""
        self._device(request.deviceID)
        try:
            made = await asyncio.to_thread(
                pictures.normalize, request.unwrappedImageData
            )
        except ValueError as error:
            raise RpcError(
                grpc.StatusCode.INVALID_ARGUMENT, f"Cannot normalize: {error}"
            ) from error
        return {"wrappedImageData": made}

    async def extract(self, request: Any) -> Fields:
        """Return a template of a normalized picture."""
        self._device(request.deviceID)
        if not request.isWarped or not pictures.is_normalized(request.imageData):
            raise RpcError(
                grpc.StatusCode.INVALID_ARGUMENT, "Cannot extract: no warped image"
            )
        digest = hashlib.sha512(request.imageData).digest()
        return {"templateData": (digest * 9)[:_TEMPLATE_BYTES]}
