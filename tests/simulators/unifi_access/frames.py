"""WebSocket frames about doors, devices and calls."""

from typing import Any

from .modes import Modes
from .render import envelope
from .site import Device, Door, Site

type Json = dict[str, Any]


def _meta(kind: str, key: str) -> Json:
    """Return the part that only the v2 frames have."""
    return {
        "object_type": kind,
        "target_field": None,
        "all_field": True,
        "id": key,
        "source": "",
    }


def _dps(door: Door) -> str:
    """Return the door position as frames write it."""
    return door.position if door.sensor else "none"


def _remain(door: Door) -> Json:
    """Return the parts about a lock rule."""
    if door.rule is None:
        return {}
    name = "remain_lock" if "keep_lock" in door.rule.type else "remain_unlock"
    state = {"type": door.rule.type, "until": door.rule.ended_time, "state": "on"}
    return {name: state}


def door_state(site: Site, door: Door) -> Json:
    """Return the state of a door as frames write it."""
    emergency = {
        "software": _emergency(site),
        "hardware": "none",
    }
    state: Json = {
        "lock": "unlocked" if door.relay == "unlock" else "locked",
        "dps": _dps(door),
        "dps_connected": door.sensor,
        "emergency": emergency,
        "is_unavailable": door.hub is None or not door.hub.online,
        "enable": True,
        "alarms": [],
    }
    return state | _remain(door)


def _emergency(site: Site) -> str:
    """Return the state of emergency that somebody declared."""
    if site.lockdown:
        return "lockdown"
    return "evacuation" if site.evacuation else "none"


def location_update(site: Site, door: Door, modes: Modes, at_ms: int) -> Json:
    """Return the frame that tells a door's state."""
    data: Json = {
        "id": door.id,
        "location_type": "door",
        "name": door.name,
        "up_id": door.floor.id,
        "device_ids": [device.id for device in door.devices],
        "state": None if modes.null_state else door_state(site, door),
        "thumbnail": {
            "type": "thumbnail",
            "url": door.thumbnail,
            "door_thumbnail_last_update": door.thumbnail_at,
        },
        "last_activity": at_ms // 1000,
    }
    name = "access.data.v2.location.update"
    return envelope(name, door.id, data) | {"meta": _meta("location", door.id)}


def device_update(site: Site, device: Device, modes: Modes) -> Json:
    """Return the frame that tells a device's state and its doors'."""
    pairs = zip(device.id[::2], device.id[1::2], strict=True)
    mac = ":".join(high + low for high, low in pairs)
    category = None if modes.null_category else [_category(device)]
    data: Json = {
        "id": device.id,
        "name": device.name,
        "alias": "",
        "device_type": device.type,
        "ip": "192.0.2.10",
        "mac": mac,
        "online": device.online,
        "firmware": device.firmware,
        "version": device.firmware,
        "category": category,
        "location_states": [
            {"location_id": door.id, **door_state(site, door)}
            for door in site.doors_of(device)
            if device.is_hub
        ],
        "access_method": device.methods,
    }
    name = "access.data.v2.device.update"
    return envelope(name, device.id, data) | {"meta": _meta("device", device.id)}


def _category(device: Device) -> str:
    """Return the category of a device."""
    return "hub" if device.is_hub else "reader"


def remote_unlock(door: Door) -> Json:
    """Return the frame that tells of a remote unlock."""
    dps = "on" if door.sensor and door.position == "open" else "off"
    data: Json = {
        "unique_id": door.id,
        "name": door.name,
        "up_id": door.floor.id,
        "timezone": "",
        "location_type": "door",
        "extra_type": "",
        "full_name": door.full_name,
        "level": 0,
        "work_time": "[]",
        "work_time_id": "",
        "extras": {
            "uah-input_state_dps": dps,
            "uah-wiring_state_dps-neg": "off",
            "uah-wiring_state_dps-pos": "off",
        },
    }
    hub = door.hub.id if door.hub else ""
    return envelope("access.data.device.remote_unlock", hub, data)


def remote_view(site: Site, door: Door, request_id: str, at_ms: int) -> Json:
    """Return the frame that tells of a ring; its token is a secret."""
    device = door.reader or door.hub
    assert device is not None
    data: Json = {
        "channel": site.uuid(f"channel {request_id}"),
        "token": site.uuid(f"call token {request_id}"),
        "device_id": device.id,
        "device_type": device.type,
        "device_name": device.name,
        "door_name": door.name,
        "controller_id": site.controller_id,
        "floor_name": door.floor.name,
        "request_id": request_id,
        "clear_request_id": "",
        "in_or_out": "in",
        "create_time": at_ms // 1000,
        "reason_code": 0,
        "door_guard_ids": list(site.people)[:2],
        "connected_uah_id": door.hub.id if door.hub else "",
        "connected_uah_type": door.hub.type if door.hub else "",
        "room_id": f"WR-{device.id}-{request_id}",
        "host_device_mac": site.controller_id.upper(),
        "support_feature": ["video"],
    }
    return envelope("access.remote_view", site.uuid(f"view {request_id}"), data)


def remote_view_change(request_id: str, reason_code: int, modes: Modes) -> Json:
    """Return the frame that tells how a ring ended."""
    key = "reason" if modes.call_end == "reason" else "reason_code"
    name = "remote_call" if modes.call_end == "remote_call" else "remote_view"
    data = {key: reason_code, "remote_call_request_id": request_id}
    return envelope(f"access.{name}.change", "", data)


def door_bell(door: Door, request_id: str) -> Json:
    """Return the older frame that tells of a ring."""
    data = {"door_id": door.id, "door_name": door.name, "request_id": request_id}
    return envelope("access.hw.door_bell", door.id, data)


def setting_update(site: Site) -> Json:
    """Return the frame that tells of evacuation and lockdown."""
    data = {"evacuation": site.evacuation, "lockdown": site.lockdown}
    return envelope("access.data.setting.update", "", data)


def location_renamed(door: Door, previous: str) -> Json:
    """Return the frame that tells a door's new name."""
    data: Json = {
        "unique_id": door.id,
        "name": door.name,
        "previous_name": [previous],
        "up_id": door.floor.id,
        "location_type": "door",
        "full_name": door.full_name,
    }
    return envelope("access.data.location.update", door.id, data)


def device_deleted(device: Device) -> Json:
    """Return the frame that tells that a device is gone."""
    data = {"unique_id": device.id, "name": device.name}
    return envelope("access.data.device.delete", device.id, data)


def noise(site: Site) -> list[Json]:
    """Return frames that a real site sends and that tell nothing of use."""
    device = next(iter(site.devices.values()))
    door = next(iter(site.doors.values()))
    configs = [{"key": "input_d1_dps", "value": "off", "tag": "hub"}]
    return [
        base_info(3),
        envelope("access.data.top_log.update", "", None),
        envelope("access.data.wallet_status.update", "", {}),
        envelope("access.dps_change", device.id, {"status": ""}),
        envelope(
            "access.data.device.update",
            device.id,
            {"unique_id": device.id, "configs": configs},
        ),
        envelope(
            "access.data.device.location_update_v2",
            device.id,
            {"id": device.id, "location_id": door.id},
        ),
        envelope(
            "access.data.location.update",
            door.id,
            {"unique_id": door.id, "name": door.name, "previous_name": door.name},
        ),
    ]


def base_info(count: int) -> Json:
    """Return the frame that tells how many log rows are new."""
    return envelope("access.base.info", "", {"top_log_count": count})
