"""Rows of a UniFi Access log, as a console writes them, to be bent by tests."""

from typing import Any

from custom_components.access_events.systems.unifi_access.doors import DoorBook
from custom_components.access_events.systems.unifi_access.events import (
    Interpreter,
    Sighting,
)
from custom_components.access_events.systems.unifi_access.records import (
    View,
    from_hit,
    from_insight,
)

FRONT = "0ed545f8-2fcd-4839-9021-b39e707f6aa9"
BACK = "5785e97b-6123-4596-ba49-b6e51164db9b"
GATE = "6ff875d2-af87-470b-9cb5-774c6596afc8"
HUB = "58d61f25c2d5"
READER = "58d61f309629"
MANY = "7483c2770008"
MANY_READER = "7483c2770108"
AT = 1689077487123

# The sample of the vendor's own reference.
SAMPLE: dict[str, Any] = {
    "@timestamp": "2023-07-11T12:11:27Z",
    "_id": "",
    "_source": {
        "actor": {
            "alternate_id": "",
            "alternate_name": "",
            "display_name": "N/A",
            "id": "",
            "type": "user",
        },
        "authentication": {"credential_provider": "NFC", "issuer": "6FC02554"},
        "event": {
            "display_message": "Access Denied / Unknown (NFC)",
            "published": 1689077487000,
            "reason": "",
            "result": "BLOCKED",
            "type": "access.door.unlock",
        },
        "target": [
            {
                "alternate_id": "",
                "alternate_name": "",
                "display_name": "UA-HUB-3855",
                "id": "7483c2773855",
                "type": "UAH",
            }
        ],
    },
    "tag": "access",
}


def door(door_id: str, name: str, full_name: str, **more: Any) -> dict[str, Any]:
    """Return a door as it is listed."""
    return {
        "door_lock_relay_status": "lock",
        "door_position_status": "close",
        "floor_id": "23c5db06-b59b-494d-94f1-23e88fbe4909",
        "full_name": full_name,
        "id": door_id,
        "is_bind_hub": True,
        "name": name,
        "type": "door",
        **more,
    }


def device(device_id: str, kind: str, place: str = "", **more: Any) -> dict[str, Any]:
    """Return a device as it is listed."""
    hub = kind.startswith(("UAH", "UA-ULTRA"))
    return {
        "alias": "",
        "capabilities": ["is_hub"] if hub else ["is_reader", "nfc"],
        "connected_uah_id": "",
        "id": device_id,
        "is_online": True,
        "location_id": place,
        "name": f"{kind} {device_id[-4:].upper()}",
        "type": kind,
        **more,
    }


def book() -> DoorBook:
    """Return what is known of a site with three doors, two at one hub."""
    known = DoorBook()
    known.load_doors(
        [
            door(FRONT, "Front Door", "UNVR - 1F - Front Door"),
            door(BACK, "Büro ", "UNVR - 1F - Büro"),
            door(GATE, "Gate", "UNVR - 1F - Gate", door_position_status="none"),
        ]
    )
    known.load_devices(
        [
            [device(READER, "UA-G2-PRO", FRONT, connected_uah_id=HUB)],
            [device(HUB, "UAH-DOOR", FRONT)],
            [
                device(MANY, "UAH-Ent"),
                device(MANY_READER, "UA-LITE", BACK, connected_uah_id=MANY),
            ],
        ]
    )
    return known


def target(
    kind: str, target_id: Any = "", name: Any = "", **more: Any
) -> dict[str, Any]:
    """Return a row's target."""
    return {"type": kind, "id": target_id, "display_name": name, **more}


def row(
    *targets: dict[str, Any],
    native_id: Any = "73118",
    published: Any = AT,
    actor: Any = None,
    provider: str = "NFC",
    issuer: Any = "6FC02554",
    **event: Any,
) -> dict[str, Any]:
    """Return a row of somebody who was let in, but for what is said otherwise."""
    return {
        "@timestamp": "",
        "_id": native_id,
        "_source": {
            "actor": actor or {"id": "u-1", "type": "user", "display_name": "Jane Doe"},
            "authentication": {"credential_provider": provider, "issuer": issuer},
            "event": {
                "display_message": "Access Granted (NFC)",
                "published": published,
                "reason": "",
                "result": "ACCESS",
                "type": "access.door.unlock",
                "log_key": "dashboard.access.door.unlock.success",
                **event,
            },
            "target": list(targets) or [target("door", FRONT, "Front Door")],
        },
        "tag": "access",
    }


def insight(**more: Any) -> dict[str, Any]:
    """Return the other notification of the same happening."""
    metadata = {
        "actor": {"id": "u-1", "type": "user", "display_name": "Jane Doe"},
        "authentication": {"id": "", "type": "", "display_name": "NFC"},
        "door": {"id": FRONT, "type": "door", "display_name": "Front Door"},
        "device": {"id": READER, "type": "UA-G2-PRO", "display_name": "Reader"},
        "opened_direction": {"id": "door_entry_method", "display_name": "entry"},
    }
    return {
        "log_key": "dashboard.access.door.unlock.success",
        "event_type": "access.door.unlock",
        "message": "Access Granted (NFC)",
        "published": AT,
        "result": "ACCESS",
        "metadata": metadata,
        **more,
    }


def see(hit: object, view: View = View.ROW, known: DoorBook | None = None) -> Sighting:
    """Return what a row means."""
    record = from_hit(hit, view)
    assert record is not None
    return Interpreter(known or book()).sighting(record)


def see_insight(data: object, known: DoorBook | None = None) -> Sighting:
    """Return what an insight means."""
    record = from_insight(data)
    assert record is not None
    return Interpreter(known or book()).sighting(record)
