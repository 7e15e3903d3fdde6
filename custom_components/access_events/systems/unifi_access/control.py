"""What a UniFi Access console can be told to do, and what it hands out.

Source: API reference, sections Space and System Log. A command that opens a door is
sent once, whatever becomes of it.
"""

import asyncio
import codecs
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from ...models import Door, DoorMode, Image
from ..base import AccessSystemError, NotSupported, PermissionMissing, RequestRejected
from ..parsing import flag, mapping, text
from .errors import NotFound, Refused
from .events import ACTOR_ID, ACTOR_NAME
from .log import PERMISSION
from .site import Site

RULES = ("keep_lock", "keep_unlock", "custom", "reset", "lock_early")
_EDIT = "edit:space"
_LARGEST_IMAGE = 10 * 1024 * 1024
_LARGEST_CLIP = 64 * 1024 * 1024
_PICTURES = ("video_record_thumbnail", "thumbnail", "capture")
_CLIP = "video_record"
_LONGEST_EXPORT = timedelta(days=28)
_LONGEST_RULE = 7 * 24 * 60
_SETTLES = 0.5
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG", "image/png"),
    (b"RIFF", "image/webp"),
    (b"GIF8", "image/gif"),
)


class Control:
    """Carries out what users ask of a site."""

    def __init__(self, site: Site) -> None:
        """Act on a site."""
        self._site = site
        self._emergency = asyncio.Lock()
        self._unsigned = False

    async def open_door(self, door_id: str) -> None:
        """Unlock a door for a moment, in the name of Home Assistant.

        Consoles before 3.3.21 may not know the name. Only where one says that it does
        not accept it, and so has done nothing, is the door unlocked without.
        """
        self._check(door_id)
        site, path = self._site, f"/doors/{door_id}/unlock"
        site.opened[door_id] = site.device_time()
        signed = {
            "actor_id": ACTOR_ID,
            "actor_name": ACTOR_NAME,
            "extra": {"source": "access_events"},
        }
        try:
            await self._edit(path, None if self._unsigned else signed)
        except Refused as err:
            if err.api_code != "PARAMS_INVALID" or self._unsigned:
                raise
            await self._edit(path, None)
            self._unsigned = True
        if self._unsigned:
            site.interpreter.own_unlocks[door_id] = site.opened[door_id]
        site.pace.soon(_SETTLES)

    async def hold_unlocked(self, door_id: str) -> None:
        """Unlock a door until it is released."""
        await self.set_lock_rule(door_id, "keep_unlock", None)

    async def release(self, door_id: str) -> None:
        """Return a door to normal, and lock it early where a schedule holds it open."""
        before = self._check(door_id)
        rule = await self._rule(door_id)
        if rule not in ("schedule", "lock_early"):
            await self._set_rule(door_id, "reset", None)
            rule = await self._rule(door_id)
        if rule == "schedule":
            await self._set_rule(door_id, "lock_early", None)
        await self._settle(before)

    async def set_mode(self, door_id: str, mode: DoorMode) -> None:
        """Set how a door behaves until somebody changes it."""
        rules = {
            DoorMode.NORMAL: "reset",
            DoorMode.UNLOCKED: "keep_unlock",
            DoorMode.LOCKED_DOWN: "keep_lock",
        }
        if (rule := rules.get(mode)) is None:
            raise NotSupported("mode_not_settable")
        await self.set_lock_rule(door_id, rule, None)

    async def set_lock_rule(
        self, door_id: str, rule: str, interval: int | None
    ) -> None:
        """Set a temporary lock rule; `interval` is in minutes, for `custom` only."""
        if rule not in RULES:
            raise RequestRejected("field_invalid", field="rule")
        if rule == "custom" and (
            interval is None or not 1 <= interval <= _LONGEST_RULE
        ):
            raise RequestRejected(
                "field_range", field="interval", least="1", most=str(_LONGEST_RULE)
            )
        if rule != "custom" and interval is not None:
            raise RequestRejected("interval_not_for_rule", rule=rule)
        before = self._check(door_id)
        await self._set_rule(door_id, rule, interval)
        await self._settle(before)

    async def set_emergency(
        self, *, evacuation: bool | None = None, lockdown: bool | None = None
    ) -> None:
        """Switch evacuation or lockdown of all doors; the other one stays as it is."""
        path = "/doors/settings/emergency"
        async with self._emergency:
            try:
                now = mapping(await self._site.client.get(path, "view:space"))
            except NotFound:
                raise NotSupported(
                    "version_needed", version="UniFi Access 1.24.6"
                ) from None
            wanted = {
                "lockdown": flag(now.get("lockdown")) or False
                if lockdown is None
                else lockdown,
                "evacuation": flag(now.get("evacuation")) or False
                if evacuation is None
                else evacuation,
            }
            await self._edit(path, wanted)
            self._site.set_emergency(wanted["evacuation"], wanted["lockdown"])
        self._site.pace.soon(_SETTLES)

    async def image(self, ref: str) -> Image:
        """Fetch a picture: of a row's resource, or at a path of the console."""
        kind, _, place = ref.partition(":")
        place = place.partition("#")[0]
        if kind == "resource" and place:
            place = await self._resource(place, *_PICTURES)
        elif kind != "static":
            raise RequestRejected("picture_gone")
        content, content_type = await self._file(place, _LARGEST_IMAGE)
        if not content_type.startswith("image/"):
            content_type = next(
                (kind for start, kind in _SIGNATURES if content.startswith(start)), ""
            )
        if not content_type or not content:
            raise RequestRejected("not_a_picture")
        return Image(content, content_type)

    async def clip(self, ref: str) -> Image:
        """Fetch the film that belongs to a row (API reference, Fetch Resources)."""
        kind, _, place = ref.partition(":")
        if kind != "resource" or not place:
            raise RequestRejected("picture_gone")
        place = await self._resource(place, _CLIP)
        content, content_type = await self._file(place, _LARGEST_CLIP)
        if content[4:8] == b"ftyp":
            content_type = "video/mp4"
        if not content_type.startswith("video/") or not content:
            raise RequestRejected("not_a_picture")
        return Image(content, content_type)

    async def _file(self, place: str, largest: int) -> tuple[bytes, str]:
        """Return a file of the console by its path, and its content type."""
        place = place.strip("/")
        if not place or any(part in ("", ".", "..") for part in place.split("/")):
            raise RequestRejected("picture_gone")
        return await self._site.client.download(
            f"/system/static/{place}", PERMISSION, largest
        )

    async def export(
        self, start: datetime, end: datetime, time_zone: str
    ) -> AsyncIterator[bytes]:
        """Read the console's own log file of the chosen topics.

        The console takes a month at most, so longer times are read in pieces. What is
        joined has one header, and a line's end between two pieces.
        """
        header: bytes | None = None
        last = b""
        for topic in self._site.reader.topics:
            since = start
            while since < end:
                until = min(since + _LONGEST_EXPORT, end)
                body = {
                    "topic": topic,
                    "since": int(since.timestamp()),
                    # A row at the very end may come twice, but none is left out.
                    "until": ceil(until.timestamp()),
                    "timezone": time_zone,
                }
                pieces = self._site.client.stream(
                    "/system/logs/export", PERMISSION, body
                )
                line, begun = b"", False
                async for piece in pieces:
                    if begun:
                        last = piece or last
                        yield piece
                        continue
                    line += piece
                    head, newline, rest = line.partition(b"\n")
                    if not newline:
                        continue
                    begun = True
                    if header is None or not _is_same_line(head, header):
                        header = header or head
                        rest = line
                    if rest:
                        yield _apart(last, rest)
                        last = rest
                if not begun and line and not _is_same_line(line, header):
                    header = header or line
                    yield _apart(last, line)
                    last = line
                since = until

    def _check(self, door_id: str) -> Door:
        """Return a door; refuse one that is unknown, or that nothing drives."""
        if (door := self._site.book.doors.get(door_id)) is None:
            raise RequestRejected("door_unknown")
        if not self._site.book.has_hub(door_id):
            raise NotSupported("no_hub")
        return door

    async def _edit(self, path: str, body: object) -> Any:
        """Change something about doors, and note whether the token may."""
        try:
            data = await self._site.client.send("PUT", path, _EDIT, body)
        except PermissionMissing as err:
            self._site.missing(err)
            raise
        self._site.granted(_EDIT)
        return data

    async def _rule(self, door_id: str) -> str:
        """Return the lock rule of a door as it is now."""
        if (update := await self._site.read_rule(door_id)) is not None:
            self._site.tell(update)
        return self._site.book.rules.get(door_id, "")

    async def _set_rule(self, door_id: str, rule: str, interval: int | None) -> None:
        """Send a lock rule."""
        body: dict[str, object] = {"type": rule}
        if interval is not None:
            body["interval"] = interval
        try:
            await self._edit(f"/doors/{door_id}/lock_rule", body)
        except NotFound:
            raise NotSupported("version_too_old") from None

    async def _settle(self, before: Door) -> None:
        """Tell what became of a door; that it can't be read now undoes nothing."""
        site = self._site
        with suppress(AccessSystemError):
            await site.read_rule(before.id)
            data = await site.client.get(f"/doors/{before.id}", "view:space")
            site.book.door_told(before.id, data)
        site.tell_doors({**site.book.doors, before.id: before})
        site.pace.soon(_SETTLES)

    async def _resource(self, resource: str, *keys: str) -> str:
        """Return the path of the first file there is that belongs to a row of the log."""
        if "/" in resource or resource in (".", ".."):
            raise RequestRejected("picture_gone")
        data = mapping(
            await self._site.client.get(f"/system/logs/resource/{resource}", PERMISSION)
        )
        for key in keys:
            if (path := text(data.get(key))) is not None:
                return path
        raise RequestRejected("picture_gone")


def _is_same_line(line: bytes, other: bytes | None) -> bool:
    """Tell whether two lines say the same, with or without a byte order mark."""
    return other is not None and (
        line.removeprefix(codecs.BOM_UTF8).strip()
        == other.removeprefix(codecs.BOM_UTF8).strip()
    )


def _apart(before: bytes, piece: bytes) -> bytes:
    """Return a piece that begins on a line of its own."""
    if not before or before.endswith(b"\n"):
        return piece
    return b"\r\n" + piece
