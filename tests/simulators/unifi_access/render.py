"""Log rows as the API, the WebSocket and the CSV export write them."""

import csv
from datetime import UTC, datetime
from functools import lru_cache
import hashlib
import io
from typing import Any
from zoneinfo import ZoneInfo

from .log import Actor, Row, Target
from .modes import Modes

type Json = dict[str, Any]

HUB_TYPES = {"UAH", "UAH-DOOR", "UAH-Ent", "UA-ULTRA", "UGT", "UA-Hub-Door-Mini"}
_INSIGHT_NAMES = {
    "door": "door",
    "floor": "floor",
    "building": "building",
    "user_status": "user_status",
    "activities_resource": "camera_capture",
    "policy": "policy",
}


def row_id(row: Row, modes: Modes) -> str:
    """Return the `_id` of a row in the site's style."""
    match modes.id_style:
        case "empty":
            return ""
        case "opaque":
            return hashlib.sha1(str(row.number).encode()).hexdigest()[:20]
    return str(row.number)


def iso(ms: int) -> str:
    """Return the time in UTC, in whole seconds."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def published(ms: int, modes: Modes) -> int | str:
    """Return `event.published` in the site's style."""
    match modes.published_style:
        case "seconds":
            return ms // 1000
        case "rfc3339":
            exact = datetime.fromtimestamp(ms / 1000, UTC)
            return exact.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case "ms_text":
            return str(ms)
    return ms


def issuer(row: Row, modes: Modes) -> str | int:
    """Return the issuer, as a number where the site does so."""
    if modes.numeric_issuer and row.issuer.isdecimal():
        return int(row.issuer)
    return row.issuer


def actor_json(actor: Actor, modes: Modes) -> Json:
    """Return the actor of a row."""
    answer: Json = {
        "alternate_id": "",
        "alternate_name": "",
        "display_name": actor.name,
        "id": actor.id,
        "type": actor.type,
    }
    if modes.row_style == "live":
        answer |= {"avatar": actor.avatar, "sso_picture": ""}
    return answer


@lru_cache(maxsize=4096)
def targets_json(targets: tuple[Target, ...]) -> list[Json]:
    """Return targets of a row; many rows share them, so nobody may change them."""
    return [
        {
            "alternate_id": target.alternate_id,
            "alternate_name": target.alternate_name,
            "display_name": target.display_name,
            "id": target.id,
            "type": target.type,
        }
        for target in targets
    ]


def hit(row: Row, modes: Modes) -> Json:
    """Return a row as `POST /system/logs` gives it."""
    event: Json = {
        "display_message": row.message,
        "published": published(row.published, modes),
        "reason": row.reason,
        "result": row.result,
        "type": row.type,
    }
    targets = targets_json(row.places) + targets_json(row.extra)
    if modes.row_style == "doc":
        targets = [item for item in targets if item["type"] in HUB_TYPES]
    else:
        event |= {
            "direction": "",
            "event": "",
            "level": "INFO",
            "log_category": row.category,
            "log_key": row.log_key,
        }
    source: Json = {
        "actor": actor_json(row.actor, modes),
        "authentication": {
            "credential_provider": row.provider,
            "issuer": issuer(row, modes),
        },
        "event": event,
        "target": targets,
    }
    return {
        "@timestamp": iso(row.published),
        "_id": row_id(row, modes),
        "_source": source,
        "tag": "access",
    }


def logs_frame(row: Row, object_id: str, modes: Modes) -> Json:
    """Return the frame `access.logs.add` of a row."""
    data = hit(row, modes) | {"_id": "", "@timestamp": ""}
    return envelope("access.logs.add", object_id, data)


def insights_frame(row: Row, object_id: str, modes: Modes) -> Json:
    """Return the frame `access.logs.insights.add` of a row."""
    data: Json = {
        "log_key": row.log_key,
        "event_type": row.type,
        "message": row.message,
        "published": published(row.published, modes),
        "result": row.result,
        "metadata": {} if modes.insights_empty else _metadata(row, modes),
    }
    return envelope("access.logs.insights.add", object_id, data)


def _metadata(row: Row, modes: Modes) -> Json:
    """Return the metadata of insights: actor, credential and targets by name."""
    provider = row.provider.lower() if modes.insights_lower else row.provider
    metadata: Json = {
        "actor": {
            "id": row.actor.id,
            "type": row.actor.type,
            "display_name": row.actor.name,
        },
        "authentication": {
            "id": row.issuer,
            "type": "authentication",
            "display_name": provider,
            "credential_provider": provider,
        },
    }
    for target in row.targets:
        short = {
            "id": target.id,
            "type": target.type,
            "display_name": target.display_name,
        }
        if target.type in HUB_TYPES:
            metadata["device_ua_hub"] = short
            metadata.setdefault("device", [short] if modes.insights_lists else short)
        elif target.type == "device_config":
            metadata["opened_direction"] = short
        elif (name := _INSIGHT_NAMES.get(target.type)) is not None:
            listed = modes.insights_lists and name == "door"
            metadata[name] = [short] if listed else short
        elif target.type.startswith(("UA-", "UVC")):
            metadata["device_ua_reader"] = short
    return metadata


def envelope(event: str, object_id: str, data: Any) -> Json:
    """Return a WebSocket frame."""
    return {
        "event": event,
        "receiver_id": "",
        "event_object_id": object_id,
        "save_to_history": False,
        "data": data,
    }


def export(rows: list[Row], zone: ZoneInfo) -> str:
    """Return rows as the controller's CSV export."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["Time", "Event", "Result", "Actor", "Credential", "Door", "Device", "Message"]
    )
    for row in rows:
        named = {target.type: target.display_name for target in row.targets}
        device = next((named[key] for key in named if key in HUB_TYPES), "")
        when = datetime.fromtimestamp(row.published / 1000, zone)
        writer.writerow(
            [
                when.strftime("%Y-%m-%d %H:%M:%S"),
                row.type,
                row.result,
                row.actor.name,
                row.provider,
                named.get("door", ""),
                device,
                row.message,
            ]
        )
    return out.getvalue()
