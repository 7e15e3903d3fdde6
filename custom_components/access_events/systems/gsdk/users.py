"""The people in the registers of devices: each device has its own.

Source: G-SDK, User, Card, Face and Access APIs. Of a user's header only the id and the
mask of an update are written: the numbers of its other fields changed with V1.7.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ...models import User, UserRequest, UserResult
from ..base import AccessSystemError, Detail, NotSupported, RequestRejected
from ..parsing import text
from .client import DevicesFailed
from .credentials import (
    card_data,
    check_id,
    check_name,
    face_data,
    pin_hash,
    setting,
    unix,
)
from .names import read_people
from .protocol import message
from .site import Site

FIELDS = frozenset(
    (
        "name",
        "user_id",
        "valid_from",
        "valid_until",
        "doors",
        "groups",
        "cards",
        "pin",
        "face_image",
    )
)
_RENUMBERED = (1, 7, 0)
_DISABLED = 0x80
_PARTS = 0x01 | 0x02 | 0x04 | 0x100
"""Header, setting, name and access groups."""
_CHUNK = 200
_KEEP_ALL = 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x20 | 0x40 | 0x80
_KEEP = {"name": 0x04, "pin": 0x10, "cards": 0x20, "face_image": 0x80}
_NEEDED = "G-SDK V1.7"


class Register:
    """Lists, registers, changes and removes the people of a gateway's devices."""

    def __init__(self, site: Site) -> None:
        """Work on the devices of a gateway."""
        self._site = site
        self._changing = asyncio.Lock()

    def devices_of(self, door_ids: Sequence[str] | None) -> list[int]:
        """Return the devices at some doors (none: all there are).

        Raises `RequestRejected` if one of them is not connected.
        """
        site = self._site
        devices = {
            device
            for door_id in door_ids or ()
            if (record := site.doors.records.get(door_id))
            for device in (record.device, record.entry, record.exit)
            if device and device in site.devices.known()
        } or site.devices.known()
        away = sorted(
            device for device in devices if not site.devices.is_online(device)
        )
        if away or not devices:
            if not away:
                raise RequestRejected("no_devices")
            names = ", ".join(map(site.devices.name, away))
            raise RequestRejected("devices_away", devices=names)
        return sorted(devices)

    async def users(self) -> list[User]:
        """List the people of all connected devices, each once."""
        found: dict[str, User] = {}
        failed: AccessSystemError | None = None
        for device in sorted(self._site.devices.connected()):
            try:
                listed = await self._site.client.call(
                    "user.User/GetList", deviceID=device
                )
                ids = [header.ID for header in listed.hdrs if header.ID]
                for start in range(0, len(ids), _CHUNK):
                    for user in await self._partial(
                        device, ids[start : start + _CHUNK]
                    ):
                        known = found.get(user.id)
                        found[user.id] = _merge(known, user) if known else user
            except NotSupported:
                continue
            except AccessSystemError as err:
                failed = err
        if failed is not None and not found:
            raise failed
        return [found[user_id] for user_id in sorted(found)]

    async def _partial(self, device: int, user_ids: list[str]) -> list[User]:
        """Return some people of one device."""
        people = await read_people(self._site.client, device, user_ids, _PARTS)
        newer = self._site.client.version >= _RENUMBERED
        return [_user(info, newer) for info in people]

    async def add(self, request: UserRequest) -> UserResult:
        """Register a person at the devices of the doors, or at all.

        Raises `RequestRejected` if nothing was done.
        """
        check_name(request.name)
        devices = self.devices_of(request.doors)
        async with self._changing:
            user_id = request.user_id or await self._free_id(devices)
            check_id(user_id)
            info = message("UserInfo", hdr=message("UserHdr", ID=user_id))
            info.name = request.name or ""
            info.setting.CopyFrom(setting(request.valid_from, request.valid_until))
            info.cards.extend(card_data(card) for card in request.cards or ())
            groups = await self._groups(devices, request.groups or ())
            failed: dict[str, AccessSystemError] = {}
            if request.pin is not None:
                info.PIN = await pin_hash(self._site.client, devices, request.pin)
            if request.face_image is not None:
                try:
                    info.faces.append(await self._face(devices, request.face_image))
                except AccessSystemError as err:
                    failed["face_image"] = err
            failed |= await self._enroll(devices, info, groups)
        self._site.names.set(user_id, request.name)
        return UserResult(user_id=user_id, done=_done(request, failed), failed=failed)

    async def _enroll(
        self, devices: list[int], info: Any, groups: dict[int, tuple[int, ...]]
    ) -> dict[str, AccessSystemError]:
        """Enrol a user at devices; those of the same groups at once.

        Returns the devices that failed, as what was not done of the field `doors`.
        """
        failures: dict[int, Detail] = {}
        for wanted in sorted(set(groups.values())):
            some = [device for device in devices if groups[device] == wanted]
            del info.accessGroupIDs[:]
            info.accessGroupIDs.extend(wanted)
            try:
                await self._site.client.call_each(
                    "user.User/Enroll", some, users=[info], overwrite=False
                )
            except DevicesFailed as err:
                failures |= err.devices
            except AccessSystemError as err:
                failures |= dict.fromkeys(some, err)
        return _failed_devices(failures, devices)

    async def update(self, request: UserRequest) -> UserResult:
        """Change a person at the devices that know them; what is not said stays."""
        user_id = request.user_id or ""
        check_id(user_id)
        if request.name is not None:
            check_name(request.name)
        devices = self.devices_of(request.doors)
        whole = {"name", "valid_from", "valid_until", "pin"} & _said(request)
        if whole and self._site.client.version < _RENUMBERED:
            raise NotSupported("version_needed", version=_NEEDED)
        async with self._changing:
            present = await self._present(devices, user_id)
            if not present:
                raise RequestRejected("user_unknown")
            groups = await self._groups(sorted(present), request.groups or ())
            hashed = b""
            if request.pin is not None:
                hashed = await pin_hash(self._site.client, sorted(present), request.pin)
            failed: dict[str, AccessSystemError] = {}
            face = None
            if request.face_image is not None:
                try:
                    face = await self._face(sorted(present), request.face_image)
                except AccessSystemError as err:
                    failed["face_image"] = err
            failures: dict[int, Detail] = {}
            for device, info in present.items():
                try:
                    if whole:
                        await self._overwrite(device, info, request, hashed)
                    await self._set_parts(
                        device, user_id, request, groups[device], face
                    )
                except AccessSystemError as err:
                    failures[device] = err
            failed |= _failed_devices(failures, sorted(present))
        if request.name is not None:
            self._site.names.set(user_id, request.name)
        return UserResult(user_id=user_id, done=_done(request, failed), failed=failed)

    async def _overwrite(
        self, device: int, info: Any, request: UserRequest, hashed: bytes
    ) -> None:
        """Change what has no call of its own; the rest is sent as it was."""
        keep = _KEEP_ALL
        header = message("UserHdr", ID=info.hdr.ID)
        changed = message(
            "UserInfo",
            hdr=header,
            name=info.name,
            accessGroupIDs=info.accessGroupIDs,
        )
        changed.setting.CopyFrom(
            info.setting if info.HasField("setting") else setting()
        )
        if request.name is not None:
            changed.name = request.name
            keep &= ~_KEEP["name"]
        if request.valid_from is not None:
            changed.setting.startTime = unix(request.valid_from)
        if request.valid_until is not None:
            changed.setting.endTime = unix(request.valid_until)
        if hashed:
            changed.PIN = hashed
            keep &= ~_KEEP["pin"]
        changed.hdr.updateMask = keep
        await self._site.client.call(
            "user.User/Update", deviceID=device, users=[changed]
        )

    async def _set_parts(
        self,
        device: int,
        user_id: str,
        request: UserRequest,
        groups: tuple[int, ...],
        face: Any,
    ) -> None:
        """Change what has a call of its own."""
        call = self._site.client.call
        if request.cards is not None:
            cards = [card_data(card) for card in request.cards]
            item = message("UserCard", userID=user_id, cards=cards)
            await call("user.User/SetCard", deviceID=device, userCards=[item])
        if face is not None:
            item = message("UserFace", userID=user_id, faces=[face])
            await call("user.User/SetFace", deviceID=device, userFaces=[item])
        if request.groups is not None:
            item = message("UserAccessGroup", userID=user_id, accessGroupIDs=groups)
            await call(
                "user.User/SetAccessGroup", deviceID=device, userAccessGroups=[item]
            )

    async def remove(self, user_id: str) -> None:
        """Remove a person from all devices; says which devices it was not done on."""
        check_id(user_id)
        site = self._site
        online = sorted(site.devices.connected())
        if not online:
            raise RequestRejected("no_devices")
        async with self._changing:
            present = sorted(await self._present(online, user_id))
            away = sorted(site.devices.known() - set(online))
            if not present and not away:
                raise RequestRejected("user_unknown")
            if present:
                await site.client.call_each(
                    "user.User/Delete", present, userIDs=[user_id]
                )
        site.names.set(user_id, None)
        if away:
            names = ", ".join(map(site.devices.name, away))
            raise RequestRejected("removed_but", count=str(len(present)), devices=names)

    async def _present(self, devices: Sequence[int], user_id: str) -> dict[int, Any]:
        """Return a user's record at each of some devices that has it."""
        present: dict[int, Any] = {}
        for device in devices:
            listed = await self._site.client.call("user.User/GetList", deviceID=device)
            if any(user_id == header.ID for header in listed.hdrs):
                for info in await read_people(
                    self._site.client, device, [user_id], _PARTS
                ):
                    if user_id == info.hdr.ID:
                        present[device] = info
        return present

    async def _free_id(self, devices: Sequence[int]) -> str:
        """Return the number after the greatest that is in use."""
        greatest = 0
        for device in sorted({*devices, *self._site.devices.connected()}):
            listed = await self._site.client.call("user.User/GetList", deviceID=device)
            for header in listed.hdrs:
                if header.ID.isdecimal() and header.ID.isascii():
                    greatest = max(greatest, int(header.ID))
        if greatest + 1 >= 0xFFFF_FFFF:
            raise RequestRejected("no_free_id")
        return str(greatest + 1)

    async def _groups(
        self, devices: Sequence[int], wanted: Sequence[str]
    ) -> dict[int, tuple[int, ...]]:
        """Return the numbers of access groups, by name or number, at each device."""
        result: dict[int, tuple[int, ...]] = dict.fromkeys(devices, ())
        if not wanted:
            return result
        for device in devices:
            listed = await self._site.client.call(
                "access.Access/GetList", deviceID=device
            )
            known = {group.name.strip(): group.ID for group in listed.groups}
            known |= {str(group.ID): group.ID for group in listed.groups}
            missing = [name for name in wanted if name.strip() not in known]
            if missing:
                raise RequestRejected(
                    "unknown_in_field", field="groups", names=", ".join(missing)
                )
            result[device] = tuple(sorted({known[name.strip()] for name in wanted}))
        return result

    async def _face(self, devices: Sequence[int], picture: bytes) -> Any:
        """Return a face made of a picture by the first device that can."""
        if self._site.client.version < _RENUMBERED:
            raise NotSupported("version_needed", version=_NEEDED)
        return await face_data(self._site.client, devices, picture)


def _said(request: UserRequest) -> set[str]:
    """Return the fields of a request that say something."""
    return {field for field in FIELDS if getattr(request, field) is not None}


def _done(
    request: UserRequest, failed: Mapping[str, AccessSystemError]
) -> tuple[str, ...]:
    """Return the fields that were set, if only at some devices."""
    return tuple(sorted(_said(request) - {"user_id"} - failed.keys()))


def _failed_devices(
    failures: Mapping[int, Detail], devices: Sequence[int]
) -> dict[str, AccessSystemError]:
    """Return what failed at devices; raises `DevicesFailed` if it did at all."""
    if failures and len(failures) >= len(devices):
        raise DevicesFailed(failures)
    return {"doors": DevicesFailed(failures)} if failures else {}


def _user(info: Any, newer: bool) -> User:
    """Return a person as a device has them."""
    header = info.hdr
    cards, faces = (
        (header.third, header.fifth) if newer else (header.second, header.fourth)
    )
    return User(
        id=header.ID,
        name=text(info.name) or "",
        active=not header.second & _DISABLED if newer else None,
        valid_from=_time(info.setting.startTime),
        valid_until=_time(info.setting.endTime),
        groups=tuple(str(group) for group in info.accessGroupIDs),
        cards=cards,
        faces=faces,
    )


def _merge(known: User, other: User) -> User:
    """Return a person that two devices know."""
    return replace(
        known,
        name=known.name or other.name,
        groups=tuple(dict.fromkeys((*known.groups, *other.groups))),
        cards=max(known.cards or 0, other.cards or 0),
        faces=max(known.faces or 0, other.faces or 0),
    )


def _time(seconds: int) -> datetime | None:
    """Return a time, None for no limit."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
