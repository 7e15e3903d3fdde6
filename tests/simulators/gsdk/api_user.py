"""The service gsdk.user.User."""

from collections.abc import Callable, Iterable
import hashlib
from typing import Any

import grpc

from . import codes
from .api import Api
from .pictures import is_normalized
from .rpc import Fields, RpcError
from .site import FACES, NO_MODE, Device, Face, User, pin_hash

MAX_ID, MAX_NAME, MAX_CARDS, MAX_FACES, MAX_GROUPS = 32, 48, 8, 5, 16
MAX_PHOTO = 16 * 1024
CARD_BYTES = PIN_BYTES = 32
MIN_PIN, MAX_PIN = 4, 16
TEMPLATE_ONLY, EX, WARPED = 0x20, 0x100, 0x01
_MASKS = {
    "hdr": 0x01,
    "setting": 0x02,
    "name": 0x04,
    "photo": 0x08,
    "PIN": 0x10,
    "cards": 0x20,
    "faces": 0x80,
    "accessGroupIDs": 0x100,
}
_MODES = (
    "biometricAuthMode",
    "cardAuthMode",
    "IDAuthMode",
    "faceAuthExtMode",
    "fingerAuthExtMode",
    "cardAuthExtMode",
    "IDAuthExtMode",
)


def _refuse(text: str) -> RpcError:
    """Return the error of a user that a device does not take."""
    return RpcError(grpc.StatusCode.INVALID_ARGUMENT, text)


class UserApi(Api):
    """Users of devices."""

    service = "gsdk.user.User"

    # Reading.

    async def get_list(self, request: Any) -> Fields:
        """Return the headers of a device's users."""
        device = self.world.reach(request.deviceID)
        return {"hdrs": [self._header(user) for user in device.users.values()]}

    async def get(self, request: Any) -> Fields:
        """Return users of a device."""
        found = self._found(request.deviceID, request.userIDs)
        return {"users": [self._info(user) for user in found]}

    async def get_partial(self, request: Any) -> Fields:
        """Return parts of users of a device."""
        mask = request.infoMask
        kept = {name for name, bit in _MASKS.items() if mask & bit} | {"hdr"}
        found = self._found(request.deviceID, request.userIDs)
        return {
            "users": [
                {key: part for key, part in self._info(user).items() if key in kept}
                for user in found
            ]
        }

    async def get_card(self, request: Any) -> Fields:
        """Return the cards of users."""
        found = self._found(request.deviceID, request.userIDs)
        return {
            "userCards": [
                {"userID": user.id, "cards": self._info(user)["cards"]}
                for user in found
            ]
        }

    async def get_face(self, request: Any) -> Fields:
        """Return the faces of users."""
        found = self._found(request.deviceID, request.userIDs)
        return {
            "userFaces": [
                {"userID": user.id, "faces": self._info(user)["faces"]}
                for user in found
            ]
        }

    async def get_access_group(self, request: Any) -> Fields:
        """Return the access groups of users."""
        found = self._found(request.deviceID, request.userIDs)
        return {
            "userAccessGroups": [
                {"userID": user.id, "accessGroupIDs": user.groups} for user in found
            ]
        }

    async def get_pin_hash(self, request: Any) -> Fields:
        """Return what devices keep of a PIN."""
        self._check_pin(request.PIN)
        return {"hashVal": pin_hash(request.PIN)}

    async def get_pin_hash_with_key(self, request: Any) -> Fields:
        """Return what devices with a key of their own keep of a PIN."""
        self._check_pin(request.PIN)
        salted = request.hashKey + request.PIN.encode()
        return {"hashVal": hashlib.sha256(salted).digest()}

    def _check_pin(self, pin: str) -> None:
        """Refuse a PIN that is none."""
        if not MIN_PIN <= len(pin.encode()) <= MAX_PIN:
            raise _refuse("Invalid PIN length")

    def _found(self, number: int, wanted: Iterable[str]) -> list[User]:
        """Return users of a device. Raises RpcError if one is not there."""
        device = self.world.reach(number)
        return [self._user(device, key) for key in wanted]

    def _user(self, device: Device, key: str) -> User:
        """Return a user of a device. Raises RpcError."""
        if (user := device.users.get(key)) is None:
            raise RpcError(grpc.StatusCode.NOT_FOUND, f"Cannot find the user: {key}")
        return user

    def _header(self, user: User) -> Fields:
        """Return a user's header, with the fields of this version."""
        header: Fields = {
            "ID": user.id,
            "numOfCard": len(user.cards),
            "numOfFinger": user.fingers,
            "numOfFace": len(user.faces),
        }
        if self.world.modes.number >= (1, 7, 0):
            header["userFlag"] = user.flag
        return header

    def _info(self, user: User) -> Fields:
        """Return all of a user; a PIN never leaves its device."""
        return {
            "hdr": self._header(user),
            "setting": {
                "startTime": user.start,
                "endTime": user.end,
                "securityLevel": user.security_level,
                **dict(zip(_MODES, user.modes, strict=True)),
            },
            "name": user.name,
            "cards": [
                {"type": kind, "size": CARD_BYTES, "data": data}
                for kind, data in user.cards
            ],
            "faces": [
                {
                    "index": face.index,
                    "flag": face.flag,
                    "templates": list(face.templates),
                    "imageData": face.image,
                }
                for face in user.faces
            ],
            "accessGroupIDs": user.groups,
            "photo": user.photo,
        }

    # Writing.

    async def enroll(self, request: Any) -> None:
        """Enroll users at a device."""
        self._enroll(request)(self.world.reach(request.deviceID))

    async def enroll_multi(self, request: Any) -> Fields | None:
        """Enroll users at devices."""
        return self.for_all(request.deviceIDs, self._enroll(request))

    def _enroll(self, request: Any) -> Callable[[Device], None]:
        """Return what enrolls the users of a request at a device."""

        def work(device: Device) -> None:
            for info in request.users:
                if info.hdr.ID in device.users and not request.overwrite:
                    raise RpcError(
                        grpc.StatusCode.ALREADY_EXISTS,
                        f"The user already exists: {info.hdr.ID}",
                    )
                self._keep(device, self._parse(device, info), codes.USER_ENROLLED)

        return work

    async def update(self, request: Any) -> None:
        """Replace users of a device, but for what their masks keep."""
        self._update(request)(self.world.reach(request.deviceID))

    async def update_multi(self, request: Any) -> Fields | None:
        """Replace users of devices, but for what their masks keep."""
        return self.for_all(request.deviceIDs, self._update(request))

    def _update(self, request: Any) -> Callable[[Device], None]:
        """Return what updates the users of a request at a device."""

        def work(device: Device) -> None:
            for info in request.users:
                old = self._user(device, info.hdr.ID)
                user = self._parse(device, info)
                mask = info.hdr.updateMask
                for bit, name in (
                    (0x04, "name"),
                    (0x08, "photo"),
                    (0x10, "pin"),
                    (0x20, "cards"),
                    (0x40, "fingers"),
                    (0x80, "faces"),
                ):
                    if mask & bit:
                        setattr(user, name, getattr(old, name))
                self._keep(device, user, codes.USER_UPDATED)

        return work

    async def delete(self, request: Any) -> None:
        """Delete users of a device."""
        self._delete(request)(self.world.reach(request.deviceID))

    async def delete_multi(self, request: Any) -> Fields | None:
        """Delete users of devices."""
        return self.for_all(request.deviceIDs, self._delete(request))

    async def delete_all(self, request: Any) -> None:
        """Delete all users of a device."""
        device = self.world.reach(request.deviceID)
        device.users.clear()
        made = self.world.happening("delete_all", device)
        self.world.log(device, codes.USER_DELETED_ALL, codes.BY_SERVER, happening=made)

    def _delete(self, request: Any) -> Callable[[Device], None]:
        """Return what deletes the users of a request."""

        def work(device: Device) -> None:
            for key in request.userIDs:
                self._user(device, key)
            for key in request.userIDs:
                del device.users[key]
                self._note(device, key, codes.USER_DELETED)

        return work

    async def set_card(self, request: Any) -> None:
        """Set the cards of users of a device."""
        self._set_cards(request)(self.world.reach(request.deviceID))

    async def set_card_multi(self, request: Any) -> Fields | None:
        """Set the cards of users of devices."""
        return self.for_all(request.deviceIDs, self._set_cards(request))

    def _set_cards(self, request: Any) -> Callable[[Device], None]:
        """Return what sets the cards of a request."""

        def work(device: Device) -> None:
            for item in request.userCards:
                user = self._user(device, item.userID).copy()
                user.cards = self._cards(device, user.id, item.cards)
                self._keep(device, user, codes.USER_UPDATED)

        return work

    async def set_face(self, request: Any) -> None:
        """Set the faces of users of a device."""
        self._set_faces(request)(self.world.reach(request.deviceID))

    async def set_face_multi(self, request: Any) -> Fields | None:
        """Set the faces of users of devices."""
        return self.for_all(request.deviceIDs, self._set_faces(request))

    def _set_faces(self, request: Any) -> Callable[[Device], None]:
        """Return what sets the faces of a request."""

        def work(device: Device) -> None:
            for item in request.userFaces:
                user = self._user(device, item.userID).copy()
                user.faces = self._faces(device, item.faces)
                self._keep(device, user, codes.USER_UPDATED)

        return work

    async def set_access_group(self, request: Any) -> None:
        """Set the access groups of users of a device."""
        self._set_groups(request)(self.world.reach(request.deviceID))

    async def set_access_group_multi(self, request: Any) -> Fields | None:
        """Set the access groups of users of devices."""
        return self.for_all(request.deviceIDs, self._set_groups(request))

    def _set_groups(self, request: Any) -> Callable[[Device], None]:
        """Return what sets the access groups of a request."""

        def work(device: Device) -> None:
            for item in request.userAccessGroups:
                user = self._user(device, item.userID).copy()
                user.groups = self._groups(device, item.accessGroupIDs)
                self._keep(device, user, codes.USER_UPDATED)

        return work

    # What devices accept.

    def _keep(self, device: Device, user: User, code: int) -> None:
        """Keep a user, and log that the server did it."""
        device.users[user.id] = user
        self._note(device, user.id, code)

    def _note(self, device: Device, key: str, code: int) -> None:
        """Log that the server changed a user."""
        made = self.world.happening("user", device, person=key)
        self.world.log(device, code, codes.BY_SERVER, user=key, happening=made)

    def _parse(self, device: Device, info: Any) -> User:
        """Return a user as a device would keep it. Raises RpcError."""
        key = info.hdr.ID
        if not key.isdecimal() or key.strip("0") == "" or len(key) > MAX_ID:
            raise _refuse(f"Invalid user ID: {key!r}")
        if len(info.name) > MAX_NAME:
            raise _refuse("The name is longer than 48 characters")
        if len(info.photo) > MAX_PHOTO:
            raise _refuse("The photo is larger than 16 KB")
        if info.PIN and len(info.PIN) != PIN_BYTES:
            raise _refuse("The PIN is not a hash of 32 bytes")
        setting = info.setting
        modes = tuple(getattr(setting, name) for name in _MODES)
        return User(
            id=key,
            name=info.name,
            start=setting.startTime,
            end=setting.endTime,
            modes=modes if info.HasField("setting") else (NO_MODE,) * len(_MODES),
            security_level=setting.securityLevel,
            cards=self._cards(device, key, info.cards),
            faces=self._faces(device, info.faces),
            groups=self._groups(device, info.accessGroupIDs),
            pin=info.PIN,
            photo=info.photo,
        )

    def _cards(
        self, device: Device, key: str, cards: Iterable[Any]
    ) -> list[tuple[int, bytes]]:
        """Return cards as a device would keep them."""
        kept = [(item.type, item.data) for item in cards]
        if len(kept) > MAX_CARDS:
            raise _refuse("More than 8 cards")
        if any(
            len(item.data) != CARD_BYTES or item.size != CARD_BYTES for item in cards
        ):
            raise _refuse("A card is not of 32 bytes")
        for user in device.users.values():
            if user.id == key:
                continue
            if any(data == other for _, data in kept for _, other in user.cards):
                self._note(device, key, codes.DUPLICATE_CREDENTIAL)
                raise RpcError(
                    grpc.StatusCode.ALREADY_EXISTS,
                    f"Duplicate credential: the card is that of the user {user.id}",
                )
        return kept

    def _faces(self, device: Device, faces: Iterable[Any]) -> list[Face]:
        """Return faces as a device would keep them."""
        kept = list(faces)
        if kept and device.type not in FACES:
            raise RpcError(
                grpc.StatusCode.UNIMPLEMENTED,
                f"Not supported by the device {device.id}: face",
            )
        if len(kept) > MAX_FACES:
            raise _refuse("More than 5 faces")
        for item in kept:
            if item.flag & TEMPLATE_ONLY:
                if not item.templates:
                    raise _refuse("A face without templates")
            elif not item.flag & EX or not item.flag & WARPED:
                raise _refuse(f"Invalid face flag: {item.flag:#x}")
            elif not is_normalized(item.imageData):
                raise _refuse("The image of a face is not warped")
        return [
            Face(
                index=item.index,
                flag=item.flag,
                templates=tuple(item.templates),
                image=item.imageData,
            )
            for item in kept
        ]

    def _groups(self, device: Device, groups: Iterable[int]) -> list[int]:
        """Return access groups as a device would keep them."""
        kept = list(groups)
        if len(kept) > MAX_GROUPS:
            raise _refuse("More than 16 access groups")
        if missing := [key for key in kept if key not in device.groups]:
            raise _refuse(f"Cannot find the access groups {missing}")
        return kept
