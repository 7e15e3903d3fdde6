"""The demo's dashboard: a section for each door, and what happened."""

from collections.abc import Iterable

from tests.e2e.api import Api, Json
from tests.e2e.ha import DOMAIN

URL_PATH = "access-doors"
VIEW = "doors"

# The entities that a card each is made for, by the ends of their unique ids.
DOOR_TILES = (
    "lock",
    "unlock",
    "mode",
    "door",
    "last_person",
    "last_access",
    "last_method",
    "last_result",
    "forced_open",
    "held_open",
)
SYSTEM_TILES = (
    "connection",
    "last_event",
    "events_recorded",
    "evacuation",
    "lockdown",
)
# What the logbook card shows; all else would say the same again.
LOGGED = ("access", "alarm", "doorbell", "door", "last_person")

# What is counted for the graph of a week, by the end of the statistics' names.
COUNTED = ": Access granted"

type Found = dict[str, str]
"""The entities of a device, by the ends of their unique ids."""


async def make_dashboard(api: Api) -> str:
    """Make the dashboard anew from what is set up now, and return its path."""
    devices = await api.ws("config/device_registry/list")
    entities = [
        entity
        for entity in await api.ws("config/entity_registry/list")
        if entity["platform"] == DOMAIN and entity["disabled_by"] is None
    ]
    statistics = await week_statistics(api)
    sections: list[Json] = []
    for entry in await api.entries(DOMAIN):
        own = [item for item in devices if item["config_entry_id"] == entry["entry_id"]]
        found = {item["id"]: _found(item, entities) for item in own}
        for device in own:
            if [DOMAIN, entry["entry_id"]] in device["identifiers"]:
                system = _section(device, found[device["id"]], SYSTEM_TILES)
                system["cards"].append(_latest(entry["entry_id"]))
                system["cards"].append(_logbook(found.values()))
                sections.insert(0, system)
            else:
                sections.append(_section(device, found[device["id"]], DOOR_TILES))
        counted = {
            key: name.removeprefix(f"{entry['title']} ")
            for key, name in statistics.items()
            if entry["entry_id"].lower() in key
        }
        sections.append(_history(found.values(), counted))
    view = {
        "title": "Doors",
        "path": VIEW,
        "type": "sections",
        "max_columns": 4,
        "sections": sections,
    }
    paths = [item["url_path"] for item in await api.ws("lovelace/dashboards/list")]
    if URL_PATH not in paths:
        await api.ws(
            "lovelace/dashboards/create",
            url_path=URL_PATH,
            title="Doors",
            icon="mdi:door",
            show_in_sidebar=True,
        )
    await api.ws("lovelace/config/save", url_path=URL_PATH, config={"views": [view]})
    return f"/{URL_PATH}/{VIEW}"


async def week_statistics(api: Api) -> dict[str, str]:
    """Return the statistics that a graph shows, with the names of system and door."""
    return {
        item["statistic_id"]: str(item["name"]).removesuffix(COUNTED)
        for item in await api.ws("recorder/list_statistic_ids", statistic_type="sum")
        if item["source"] == DOMAIN and str(item["name"]).endswith(COUNTED)
    }


def _found(device: Json, entities: list[Json]) -> Found:
    """Return the entities of a device."""
    prefix = "_".join(device["identifiers"][0][1:])
    return {
        entity["unique_id"].removeprefix(f"{prefix}_"): entity["entity_id"]
        for entity in entities
        if entity["device_id"] == device["id"]
    }


def _section(device: Json, found: Found, tiles: Iterable[str]) -> Json:
    """Return the section of a door or of a system."""
    name = device["name_by_user"] or device["name"]
    cards: list[Json] = [{"type": "heading", "heading": name, "icon": "mdi:door"}]
    if snapshot := found.get("last_snapshot"):
        cards.append(
            {
                "type": "picture-entity",
                "entity": snapshot,
                "show_state": False,
                "show_name": False,
            }
        )
    cards += [_tile(key, found[key]) for key in tiles if key in found]
    return {"type": "grid", "cards": cards}


def _tile(key: str, entity_id: str) -> Json:
    """Return the card of an entity; a touch on a button presses it."""
    card: Json = {"type": "tile", "entity": entity_id, "name": {"type": "entity"}}
    if key == "unlock":
        card["hide_state"] = True
        card["tap_action"] = {
            "action": "perform-action",
            "perform_action": "button.press",
            "target": {"entity_id": entity_id},
        }
    return card


def _latest(entry_id: str) -> Json:
    """Return the integration's own card, with who came last to a system's doors."""
    return {
        "type": "custom:access-events-card",
        "systems": [entry_id],
        "kinds": ["access_granted", "access_denied", "unknown_credential", "duress"],
        "count": 5,
        "grid_options": {"columns": "full"},
    }


def _logbook(devices: Iterable[Found]) -> Json:
    """Return the card with what happened at all doors of a system."""
    logged = [found[key] for found in devices for key in LOGGED if key in found]
    return {
        "type": "logbook",
        "target": {"entity_id": sorted(logged)},
        "hours_to_show": 24,
        "grid_options": {"columns": "full", "rows": 8},
    }


def _history(devices: Iterable[Found], counted: dict[str, str]) -> Json:
    """Return the section with who was where when, and how many came in a week."""
    people = [found["last_person"] for found in devices if "last_person" in found]
    cards: list[Json] = [
        {
            "type": "history-graph",
            "title": "Last person",
            "entities": people,
            "hours_to_show": 1,
            "grid_options": {"columns": "full"},
        }
    ]
    if counted:
        cards.append(
            {
                "type": "statistics-graph",
                "title": "People let in this week",
                "entities": [
                    {"entity": key, "name": name}
                    for key, name in sorted(counted.items(), key=lambda item: item[1])
                ],
                "days_to_show": 7,
                "period": "hour",
                "stat_types": ["change"],
                "chart_type": "bar-stack",
                "grid_options": {"columns": "full"},
            }
        )
    return {"type": "grid", "column_span": 2, "cards": cards}
