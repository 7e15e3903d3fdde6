"""WebSocket commands of the Access Events integration that concern the log."""

from collections.abc import Callable
from datetime import datetime
import re
from typing import Any

import voluptuous as vol

from homeassistant.auth.models import User
from homeassistant.components import websocket_api
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import (
    area_registry as ar,
    config_validation as cv,
    device_registry as dr,
)
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util import dt as dt_util

from .buckets import LIMIT, edges
from .const import CONF_VENDOR, DOMAIN, SIGNAL_RECORDED
from .coordinator import AccessConfigEntry, AccessCoordinator
from .entries import async_system_entries
from .http_views import async_offer, async_signed_image
from .journal import JournalError, LogFilter, Recorded
from .journal_query import Place
from .journal_search import Count, TextMatch, matches
from .models import Capability, EventKind, StoredEvent
from .store import async_get_journal, journal_failed
from .targets import doors_of, origins, refused
from .visibility import async_may_see, async_visible_doors
from .websocket_people import async_setup_people

type Public = Callable[[StoredEvent], dict[str, Any]]

_SHOWN_GAPS = 20
_TEXT = vol.All(cv.string, vol.Length(max=255))
_IDS = vol.All([cv.string], vol.Length(max=1000))
_TIME = vol.All(cv.datetime, dt_util.as_utc)

_FILTER: dict[vol.Marker, Any] = {
    vol.Optional("entry_ids"): _IDS,
    vol.Optional("device_ids"): _IDS,
    vol.Optional("kinds"): [vol.Coerce(EventKind)],
    vol.Optional("person"): _TEXT,
    vol.Optional("text"): _TEXT,
    vol.Optional("start"): _TIME,
    vol.Optional("end"): _TIME,
}

_PLACE = re.compile(r"(-?\d{1,18})\.(\d{1,18})", re.ASCII)


def _place(value: Any) -> Place:
    """Return the place that the end of a page told of."""
    if found := _PLACE.fullmatch(cv.string(value)):
        return int(found[1]), int(found[2])
    raise vol.Invalid("is not from the field next of a page")


@callback
def async_setup_websocket(hass: HomeAssistant) -> None:
    """Register the commands."""
    for command in (_query, _subscribe, _counts, _download, _systems):
        websocket_api.async_register_command(hass, command)
    async_setup_people(hass)


# The log


@websocket_api.websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/query",
        **_FILTER,
        vol.Optional("limit", default=50): vol.All(int, vol.Range(1, 200)),
        vol.Optional("before"): _place,
        vol.Optional("order", default="newest"): vol.In(("newest", "oldest")),
    }
)
@websocket_api.async_response
async def _query(
    hass: HomeAssistant,
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Answer with a page of events, and where the next one begins."""
    wanted = _wanted(
        hass,
        connection.user,
        msg,
        limit=msg["limit"],
        descending=msg["order"] == "newest",
    )
    try:
        journal = await async_get_journal(hass)
        page = await journal.search(wanted, msg.get("before"))
    except JournalError as err:
        raise journal_failed(err) from err
    sources = origins(hass)
    connection.send_result(
        msg["id"],
        {
            "events": [
                _shown(hass, sources.public(stored), stored) for stored in page.events
            ],
            "next": page.next and f"{page.next[0]}.{page.next[1]}",
        },
    )


@websocket_api.websocket_command(
    {vol.Required("type"): f"{DOMAIN}/subscribe", **_FILTER}
)
@callback
def _subscribe(
    hass: HomeAssistant,
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Tell of all that is recorded from now on, live and late, until unsubscribed."""
    # Which doors a user may see can change while they look.
    wanted = _wanted(hass, None, msg)
    text = None if wanted.text is None else TextMatch(wanted.text)

    def seen(events: list[StoredEvent], public: Public) -> list[dict[str, Any]]:
        return [
            _shown(hass, {**public(stored), "live": stored.live}, stored)
            for stored in events
            if matches(stored, wanted, text)
            and async_may_see(
                hass, connection.user, stored.entry_id, stored.event.door_id
            )
        ]

    @callback
    def async_recorded(recorded: Recorded, public: Public) -> None:
        message = {"events": seen(recorded.new, public)}
        if changed := seen(recorded.enriched, public):
            message["changed"] = changed
        if any(message.values()):
            connection.send_event(msg["id"], message)

    connection.subscriptions[msg["id"]] = async_dispatcher_connect(
        hass, SIGNAL_RECORDED, async_recorded
    )
    connection.send_result(msg["id"])


@websocket_api.websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/counts",
        **_FILTER,
        vol.Required("bucket"): vol.In(("hour", "day")),
        vol.Required("time_zone"): cv.string,
    }
)
@websocket_api.async_response
async def _counts(
    hass: HomeAssistant,
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Answer with how much happened in each hour or day, and at each door."""
    if (zone := await dt_util.async_get_time_zone(msg["time_zone"])) is None:
        raise refused("time_zone_unknown", time_zone=msg["time_zone"])
    wanted = _wanted(hass, connection.user, msg)
    try:
        journal = await async_get_journal(hass)
        span = await journal.span(wanted)
        start = wanted.start or (span and span[0])
        end = wanted.end or (span and span[1])
        if start is None or end is None:
            connection.send_result(msg["id"], {"buckets": [], "doors": []})
            return
        try:
            between = edges(msg["bucket"], start, end, zone)
        except ValueError:
            raise refused("too_many_buckets", limit=str(LIMIT)) from None
        counts = await journal.counts(wanted, between)
    except JournalError as err:
        raise journal_failed(err) from err
    sources = origins(hass)
    registry = dr.async_get(hass)
    doors = []
    for (entry_id, door_id), (name, count) in counts.doors.items():
        device_id = sources.of(entry_id, door_id)[2]
        device = registry.async_get(device_id) if device_id else None
        doors.append(
            {
                "entry_id": entry_id,
                "door_id": door_id,
                "device_id": device_id,
                "door": (device and (device.name_by_user or device.name)) or name,
                **_count(count),
            }
        )
    connection.send_result(
        msg["id"],
        {
            "buckets": [
                {"start": begin.isoformat(), **_count(count)}
                for begin, count in zip(between, counts.spans, strict=False)
            ],
            "doors": doors,
        },
    )


def _count(count: Count) -> dict[str, int]:
    """Return a count as it is answered."""
    return {"granted": count.granted, "denied": count.denied, "other": count.other}


@websocket_api.websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/download",
        **_FILTER,
        vol.Required("format"): vol.In(("csv", "jsonl")),
        vol.Optional("time_zone"): cv.string,
    }
)
@websocket_api.async_response
async def _download(
    hass: HomeAssistant,
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Answer with where a file of what a filter finds can be fetched."""
    name = msg.get("time_zone") or hass.config.time_zone
    if (zone := await dt_util.async_get_time_zone(name)) is None:
        raise refused("time_zone_unknown", time_zone=name)
    wanted = _wanted(hass, connection.user, msg, descending=True)
    path = async_offer(hass, connection.user, wanted, msg["format"], zone)
    connection.send_result(msg["id"], {"path": path})


def _wanted(
    hass: HomeAssistant, user: User | None, msg: dict[str, Any], **page: Any
) -> LogFilter:
    """Return what a message asks of the journal, as far as a user may see it.

    Without a user, what they may see is left to be looked at later. A list that is
    empty is no filter.
    """
    doors: tuple[tuple[str, str], ...] | None = None
    if msg.get("device_ids"):
        registry = dr.async_get(hass)
        doors = tuple(
            door
            for device_id in msg["device_ids"]
            if (device := registry.async_get(device_id))
            for door in doors_of(device)
        )
    if user is not None and (visible := async_visible_doors(hass, user)) is not None:
        doors = tuple(visible) if doors is None else tuple(visible.keys() & {*doors})
    entry_ids = msg.get("entry_ids") or [
        entry.entry_id for entry in async_system_entries(hass)
    ]
    return LogFilter(
        entry_ids=None if user is None and not msg.get("entry_ids") else (*entry_ids,),
        start=msg.get("start"),
        end=msg.get("end"),
        kinds=tuple(msg["kinds"]) if msg.get("kinds") else None,
        door_ids=doors,
        person=msg.get("person") or None,
        text=msg.get("text") or None,
        **page,
    )


def _shown(
    hass: HomeAssistant, fields: dict[str, Any], stored: StoredEvent
) -> dict[str, Any]:
    """Return an event's public fields with what the panel and the card need beside."""
    return {
        **fields,
        "seq": stored.seq,
        "image": async_signed_image(hass, stored),
    }


# The systems


@websocket_api.websocket_command({vol.Required("type"): f"{DOMAIN}/systems"})
@websocket_api.async_response
async def _systems(
    hass: HomeAssistant,
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Answer with the systems, how they are, and their doors."""
    visible = async_visible_doors(hass, connection.user)
    systems = []
    for entry in async_system_entries(hass):
        doors = _doors(hass, entry, visible)
        if visible is not None and not doors:
            continue
        systems.append(
            {
                "entry_id": entry.entry_id,
                "title": entry.title,
                "vendor": entry.data[CONF_VENDOR],
                **await _state(hass, entry),
                "doors": doors,
            }
        )
    connection.send_result(msg["id"], {"systems": systems})


def _doors(
    hass: HomeAssistant,
    entry: AccessConfigEntry,
    visible: dict[tuple[str, str], str] | None,
) -> list[dict[str, Any]]:
    """Return the doors of a system that may be seen, by name."""
    areas = ar.async_get(hass)
    found = []
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
        for door in doors_of(device):
            if visible is not None and door not in visible:
                continue
            area = areas.async_get_area(device.area_id) if device.area_id else None
            found.append(
                {
                    "device_id": device.id,
                    "door_id": door[1],
                    "name": device.name_by_user or device.name or door[1],
                    "area": area and area.name,
                }
            )
    return sorted(found, key=lambda door: str(door["name"]).casefold())


async def _state(hass: HomeAssistant, entry: AccessConfigEntry) -> dict[str, Any]:
    """Return how a system is; of one that is not set up, what is recorded."""
    if entry.state is ConfigEntryState.LOADED:
        return _state_of(entry.runtime_data)
    waiting = (
        ConfigEntryState.SETUP_RETRY,
        ConfigEntryState.SETUP_IN_PROGRESS,
    )
    try:
        recorded = await (await async_get_journal(hass)).count(entry.entry_id)
    except JournalError as err:
        raise journal_failed(err) from err
    return {
        "connected": False,
        "state": "connecting" if entry.state in waiting else "not_loaded",
        "catch_up": None,
        "last_event": None,
        "delay": None,
        "events_recorded": recorded,
        "gaps": [],
        "capabilities": [],
        "user_fields": [],
    }


def _state_of(coordinator: AccessCoordinator) -> dict[str, Any]:
    """Return how a system is that is set up."""
    if not coordinator.available:
        state = "offline"
    else:
        state = "live" if coordinator.caught_up else "catching_up"
    since = coordinator.reading_since
    return {
        "connected": coordinator.available,
        "state": state,
        "catch_up": (
            {"read": coordinator.intake.late_count, "since": _iso(since)}
            if since is not None and state == "catching_up"
            else None
        ),
        "last_event": _iso(coordinator.last_event_at),
        "delay": coordinator.delay,
        "events_recorded": coordinator.recorded,
        "gaps": [
            {"start": _iso(gap.start), "end": _iso(gap.end), "detail": gap.detail}
            for gap in coordinator.troubles.gaps[-_SHOWN_GAPS:]
        ],
        "capabilities": [
            str(capability.name).lower()
            for capability in Capability
            if capability in coordinator.system.capabilities
        ],
        "user_fields": sorted(coordinator.system.user_fields),
    }


def _iso(time: datetime | None) -> str | None:
    """Return a time as it is answered."""
    return time.isoformat() if time else None
