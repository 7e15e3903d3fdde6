"""The system log of the developer API: search, export, resources, pictures."""

import asyncio
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiohttp import web

from tests.simulators.common_faults import as_json

from . import render
from .api import ApiError, Json, Route, body_of, paging, text, whole
from .log import TOPICS, RowRange
from .pictures import picture
from .system import System

MONTH = 31 * 24 * 3600
# The box that every film of this type begins with, and an empty one of data.
FILM = b"\0\0\0\x14ftypisom\0\0\2\0isom" + b"\0\0\0\x08mdat"
FOLDERS = ("avatar", "preview", "capture", "activities_resource")


class LogApi:
    """The endpoints about the log."""

    def __init__(self, sim: System) -> None:
        """Serve the log of a simulator."""
        self.sim = sim

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        key = "view:system_log"
        return [
            Route("POST", "/system/logs", key, self.search),
            Route("POST", "/system/logs/export", key, self.export, "1.20.11"),
            Route("GET", "/system/logs/resource/{id}", key, self.resource, "1.24.6"),
            Route("GET", "/system/static/{path:.*}", key, self.static, "1.24.6"),
        ]

    def _topic(self, body: Json) -> str:
        """Return the topic in the body."""
        topic = text(body, "topic", required=True)
        if topic not in TOPICS and not (topic == "all" and self.sim.modes.topic_all):
            raise ApiError("PARAMS_INVALID")
        return topic

    async def search(self, request: web.Request) -> object:
        """Return a page of log rows, newest first."""
        body = await body_of(request)
        number, size = paging(request)
        modes = self.sim.modes
        found = self.sim.log.find(
            self._topic(body),
            whole(body, "since"),
            whole(body, "until"),
            until_inclusive=modes.until_inclusive,
            actor_id=text(body, "actor_id") or None,
        )
        size = min(size, modes.page_limit)
        rows = found.page(1, len(found) or 1)
        if not modes.ignores_paging:
            rows = found.page(number, size)
        hits = [render.hit(row, modes) for row in rows]
        return self._shape(hits, number, size, found)

    def _shape(self, hits: list[Json], number: int, size: int, found: RowRange) -> Any:
        """Return a page in the site's shape."""
        match self.sim.modes.page_shape:
            case "list":
                return hits
            case "inner_pagination":
                counts = {"page_num": number, "page_size": size, "total": len(found)}
                return {"hits": hits, "pagination": counts}
        # The vendor's sample has no `msg` here.
        body = {"hits": hits, "page": number, "total": len(found)}
        return web.json_response(text=as_json({"code": "SUCCESS", "data": body}))

    async def export(self, request: web.Request) -> object:
        """Return the rows of at most one month as CSV."""
        body = await body_of(request)
        topic = self._topic(body)
        since = whole(body, "since", required=True) or 0
        until = whole(body, "until", required=True) or 0
        try:
            zone = ZoneInfo(text(body, "timezone", required=True))
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ApiError("PARAMS_INVALID") from error
        if until < since or until - since > MONTH:
            raise ApiError("PARAMS_INVALID")
        actor = text(body, "actor_id") or None
        rows = list(
            self.sim.log.find(topic, since, until, actor_id=actor).oldest_first()
        )
        written = await asyncio.to_thread(render.export, rows[::-1], zone)
        if self.sim.modes.export_ends_bare:
            written = written.removesuffix("\r\n")
        name = f"attachment; filename=system_logs_{since}_{until}.csv"
        return web.Response(
            text=written, content_type="text/csv", headers={"Content-Disposition": name}
        )

    async def resource(self, request: web.Request) -> object:
        """Return where the pictures of a log row are."""
        key = request.match_info["id"]
        if (taken := self.sim.pictures.get(key)) is None:
            raise ApiError("RESOURCE_NOT_FOUND", 404)
        stem = f"{taken[1] // 1000}_{key.partition('-')[2]}"
        when = render.iso(taken[1])
        return {
            "video_record": f"/activities_resource/video/{stem}.mp4",
            "video_record_thumbnail": f"/activities_resource/thumbnail/{stem}.jpg",
            "created_at": when,
            "updated_at": when,
        }

    async def static(self, request: web.Request) -> object:
        """Return a picture, or the film that belongs to it."""
        path = request.match_info["path"].strip("/")
        folder, _, name = path.partition("/")
        if folder not in FOLDERS or not name:
            raise ApiError("RESOURCE_NOT_FOUND", 404)
        if (title := self._title(folder, name)) is None:
            raise ApiError("RESOURCE_NOT_FOUND", 404)
        if name.endswith(".mp4"):
            return web.Response(body=FILM, content_type="video/mp4")
        kind = "PNG" if name.endswith(".png") else "JPEG"
        image = await asyncio.to_thread(picture, *title, kind)
        return web.Response(body=image, content_type=f"image/{kind.lower()}")

    def _title(self, folder: str, name: str) -> tuple[str, str] | None:
        """Return what a picture shows; None if it was never taken."""
        stem = name.rpartition("/")[2].rpartition(".")[0] or name
        match folder:
            case "activities_resource":
                for key, (door, at_ms) in self.sim.pictures.items():
                    if key.endswith(stem.rpartition("_")[2]):
                        return door, render.iso(at_ms)
            case "avatar":
                if person := self.sim.site.people.get(stem):
                    return person.name.encode("ascii", "replace").decode(), "Avatar"
            case _:
                for place in self.sim.site.doors.values():
                    if place.id in name and place.thumbnail.endswith(name):
                        return place.name, render.iso(place.thumbnail_at * 1000)
        return None
