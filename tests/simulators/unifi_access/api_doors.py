"""Doors, door groups, devices and emergencies of the developer API."""

from typing import Any

from aiohttp import web

from .api import ApiError, Json, Route, body_of, text
from .site import Device, Door, DoorGroup
from .system import System


class DoorApi:
    """The endpoints about doors and devices."""

    def __init__(self, sim: System) -> None:
        """Serve the doors of a simulator."""
        self.sim = sim

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        view, edit = "view:space", "edit:space"
        return [
            Route("GET", "/doors", view, self.doors),
            Route("GET", "/doors/settings/emergency", view, self.emergency, "1.24.6"),
            Route(
                "PUT", "/doors/settings/emergency", edit, self.set_emergency, "1.24.6"
            ),
            Route("GET", "/doors/{id}", view, self.door),
            Route("PUT", "/doors/{id}/unlock", edit, self.unlock),
            Route("GET", "/doors/{id}/lock_rule", view, self.rule, "1.24.6"),
            Route("PUT", "/doors/{id}/lock_rule", edit, self.set_rule, "1.24.6"),
            Route("GET", "/door_groups/topology", view, self.topology),
            Route("GET", "/door_groups", view, self.groups),
            Route("POST", "/door_groups", edit, self.add_group),
            Route("GET", "/door_groups/{id}", view, self.group),
            Route("PUT", "/door_groups/{id}", edit, self.change_group),
            Route("DELETE", "/door_groups/{id}", edit, self.remove_group),
            Route("GET", "/devices", "view:device", self.devices),
            Route(
                "GET", "/devices/{id}/settings", "view:device", self.methods, "3.3.10"
            ),
            Route(
                "PUT",
                "/devices/{id}/settings",
                "edit:device",
                self.set_methods,
                "3.3.10",
            ),
            Route("POST", "/devices/{id}/doorbell", "edit:device", self.bell, "4.0.10"),
            Route(
                "GET",
                "/devices/notifications",
                "view:device",
                self.sim.stream.serve,
                "1.20.11",
            ),
        ]

    # Doors.

    def _door(self, request: web.Request) -> Door:
        """Return the door in the path."""
        door = self.sim.site.doors.get(request.match_info["id"])
        if door is None:
            raise ApiError("NOT_EXISTS", 404)
        return door

    def _json(self, door: Door) -> Json:
        """Return a door as the API does."""
        answer: Json = {
            "door_lock_relay_status": door.relay,
            "door_position_status": door.position if door.sensor else "none",
            "floor_id": door.floor.id,
            "full_name": door.full_name,
            "id": door.id,
            "is_bind_hub": door.hub is not None,
            "name": door.name,
            "type": "door",
        }
        if door.hub is None:
            answer["door_position_status"] = ""
        if door.thumbnail:
            answer["extras"] = {
                "door_thumbnail": door.thumbnail,
                "door_thumbnail_last_update": door.thumbnail_at,
            }
        return answer

    async def doors(self, _: web.Request) -> object:
        """List the doors."""
        return [self._json(door) for door in self.sim.site.doors.values()]

    async def door(self, request: web.Request) -> object:
        """Return one door."""
        return self._json(self._door(request))

    def _reachable(self, request: web.Request) -> Door:
        """Return the door in the path if its hub can be reached."""
        door = self._door(request)
        if door.hub is None:
            raise ApiError("SPACE_DEVICE_BOUND_LOCATION_NOT_FOUND")
        if not door.hub.online:
            raise ApiError("DEVICE_DEVICE_OFFLINE")
        return door

    async def unlock(self, request: web.Request) -> object:
        """Unlock a door; `actor_id` and `actor_name` come together or not at all."""
        door = self._reachable(request)
        body = await body_of(request)
        actor_id, actor_name = text(body, "actor_id"), text(body, "actor_name")
        if bool(actor_id) != bool(actor_name):
            raise ApiError("PARAMS_INVALID")
        token = request.headers["Authorization"].partition(" ")[2]
        await self.sim.api_unlock(door, token, actor_id, actor_name, body.get("extra"))
        return "success"

    def _ruled(self, request: web.Request) -> Door:
        """Return the door in the path if its hub knows lock rules."""
        door = self._reachable(request)
        if not door.supports_rules:
            raise ApiError("DEVICE_API_NOT_SUPPORTED", 404)
        return door

    async def rule(self, request: web.Request) -> object:
        """Return the lock rule of a door; empty text if there is none."""
        door = self._ruled(request)
        if door.rule is not None:
            return {"ended_time": door.rule.ended_time, "type": door.rule.type}
        if door.scheduled_open:
            end = int(self.sim.clock.time()) + 4 * 3600
            return {"ended_time": end, "type": "schedule"}
        return ""

    async def set_rule(self, request: web.Request) -> object:
        """Put a lock rule on a door."""
        door = self._ruled(request)
        body = await body_of(request)
        kind, interval = text(body, "type", required=True), body.get("interval")
        if kind == "custom" and not (
            isinstance(interval, int | float) and interval > 0
        ):
            raise ApiError("PARAMS_INVALID")
        try:
            self.sim.set_rule(door, kind, interval or 10)
        except ValueError as error:
            raise ApiError("PARAMS_INVALID") from error
        return "success"

    async def emergency(self, _: web.Request) -> object:
        """Return whether there is a lockdown or an evacuation."""
        site = self.sim.site
        return {"evacuation": site.evacuation, "lockdown": site.lockdown}

    async def set_emergency(self, request: web.Request) -> object:
        """Start or end a lockdown or an evacuation."""
        body = await body_of(request)
        values = [body.get("lockdown"), body.get("evacuation")]
        if not all(value is None or isinstance(value, bool) for value in values):
            raise ApiError("PARAMS_INVALID")
        self.sim.set_emergency(*values)
        return "success"

    # Door groups.

    def _resources(self, ids: list[str], *, bound: bool = False) -> list[Json]:
        """Return doors as members of a group."""
        doors = [self.sim.site.doors[key] for key in ids if key in self.sim.site.doors]
        return [
            {"id": door.id, "name": door.name, "type": "door"}
            | ({"is_bind_hub": door.hub is not None} if bound else {})
            for door in doors
        ]

    def _group_json(self, group: DoorGroup) -> Json:
        """Return a door group as the API does."""
        kind = "building" if group.id == self.sim.site.building_id else "access"
        return {
            "id": group.id,
            "name": group.name,
            "resources": self._resources(group.door_ids),
            "type": kind,
        }

    def _all_groups(self) -> dict[str, DoorGroup]:
        """Return the group of all doors and the user's own."""
        site = self.sim.site
        everything = DoorGroup(site.building_id, "All Doors", list(site.doors))
        return {everything.id: everything, **site.groups}

    def _group(self, request: web.Request) -> DoorGroup:
        """Return the group in the path."""
        group = self._all_groups().get(request.match_info["id"])
        if group is None:
            raise ApiError("NOT_EXISTS", 404)
        return group

    async def topology(self, _: web.Request) -> object:
        """Return groups, their floors, and the floors' doors."""
        return [
            {
                "id": group.id,
                "name": group.name,
                "resource_topologies": self._floors(group),
                "type": self._group_json(group)["type"],
            }
            for group in self._all_groups().values()
        ]

    def _floors(self, group: DoorGroup) -> list[Json]:
        """Return the floors of a group with their doors."""
        doors = self.sim.site.doors
        answer = []
        for floor in self.sim.site.floors:
            ids = [
                key
                for key in group.door_ids
                if key in doors and doors[key].floor.id == floor.id
            ]
            if ids:
                members = self._resources(ids, bound=True)
                answer.append(
                    {
                        "id": floor.id,
                        "name": floor.name,
                        "resources": members,
                        "type": "floor",
                    }
                )
        return answer

    async def groups(self, _: web.Request) -> object:
        """List the user's own groups."""
        return [self._group_json(group) for group in self.sim.site.groups.values()]

    async def group(self, request: web.Request) -> object:
        """Return one group."""
        return self._group_json(self._group(request))

    async def add_group(self, request: web.Request) -> object:
        """Add a group."""
        body = await body_of(request)
        name = text(body, "group_name", required=True)
        key = self.sim.site.uuid(f"group {name} {len(self.sim.site.groups)}")
        group = DoorGroup(key, name, _ids(body.get("resources")))
        self.sim.site.groups[key] = group
        return self._group_json(group)

    async def change_group(self, request: web.Request) -> object:
        """Change name or doors of a group."""
        group = self._own_group(request)
        body = await body_of(request)
        group.name = text(body, "group_name") or group.name
        if "resources" in body:
            group.door_ids = _ids(body["resources"])
        return self._group_json(group)

    async def remove_group(self, request: web.Request) -> object:
        """Remove a group."""
        del self.sim.site.groups[self._own_group(request).id]
        return "success"

    def _own_group(self, request: web.Request) -> DoorGroup:
        """Return the group in the path if it can be changed."""
        group = self._group(request)
        if group.id not in self.sim.site.groups:
            raise ApiError("OPERATION_FORBIDDEN")
        return group

    # Devices.

    async def devices(self, _: web.Request) -> object:
        """List the devices: a list for each hub with what belongs to it."""
        together: dict[str, list[Json]] = {}
        for device in self.sim.site.devices.values():
            together.setdefault(device.hub_id or device.id, []).append(_device(device))
        return list(together.values())

    def _device(self, request: web.Request) -> Device:
        """Return the device in the path."""
        device = self.sim.site.devices.get(request.match_info["id"])
        if device is None:
            raise ApiError("DEVICE_DEVICE_NOT_FOUND", 404)
        return device

    async def methods(self, request: web.Request) -> object:
        """Return the access methods of a device."""
        device = self._device(request)
        return {"access_methods": device.methods, "device_id": device.id}

    async def set_methods(self, request: web.Request) -> object:
        """Change the access methods of a device."""
        device = self._device(request)
        methods = (await body_of(request)).get("access_methods")
        if not isinstance(methods, dict):
            raise ApiError("PARAMS_INVALID")
        for name, settings in methods.items():
            device.methods.setdefault(name, {}).update(settings)
        return "success"

    async def bell(self, request: web.Request) -> object:
        """Ring the doorbell of a device, or end the ring."""
        device = self._device(request)
        doors = self.sim.site.doors_of(device)
        if not doors:
            raise ApiError("SPACE_DEVICE_BOUND_LOCATION_NOT_FOUND")
        if (await body_of(request)).get("cancel"):
            try:
                await self.sim.cancel(doors[0])
            except LookupError as error:
                raise ApiError("NOT_EXISTS", 404) from error
        else:
            await self.sim.ring(doors[0])
        return "success"


def _device(device: Device) -> Json:
    """Return a device as the API does."""
    return {
        "alias": "",
        "capabilities": device.capabilities,
        "connected_uah_id": device.hub_id,
        "id": device.id,
        "is_adopted": True,
        "is_connected": device.online,
        "is_managed": True,
        "is_online": device.online,
        "location_id": device.location_id,
        "name": device.name,
        "type": device.type,
    }


def _ids(resources: Any) -> list[str]:
    """Return door ids, given as text or as `{"id": …}`."""
    if not isinstance(resources, list):
        raise ApiError("PARAMS_INVALID")
    return [item["id"] if isinstance(item, dict) else str(item) for item in resources]
