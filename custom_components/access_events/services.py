"""Actions of the Access Events integration."""

from datetime import datetime, tzinfo
from functools import partial
from typing import Any

import voluptuous as vol

from homeassistant.const import CONF_FILENAME
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from .completeness import Missing, async_complete
from .const import DOMAIN
from .coordinator import AccessCoordinator
from .device_services import async_setup_device_services
from .entries import async_system_entries
from .export import (
    CsvLines,
    JsonLines,
    Written,
    async_export_journal,
    async_export_vendor,
    in_zone,
)
from .files import NewFile
from .journal import JournalError, LogFilter
from .models import Capability, EventKind
from .pictures import SUFFIXES as PICTURE_SUFFIXES, picture_type
from .privacy_services import async_setup_privacy_services
from .progress import ExportProgress
from .store import async_get_journal, journal_failed
from .targets import (
    ATTR_CONFIG_ENTRY_ID,
    ATTR_DOORS,
    coordinator_of,
    doors_of_devices,
    origins,
    refused,
)
from .user_services import async_setup_user_services
from .words import in_words

ATTR_BOM = "bom"
ATTR_END = "end"
ATTR_EVENT_KEY = "event_key"
ATTR_FORMAT = "format"
ATTR_INTERVAL = "interval"
ATTR_KINDS = "kinds"
ATTR_LIMIT = "limit"
ATTR_OFFSET = "offset"
ATTR_ORDER = "order"
ATTR_PERSON = "person"
ATTR_RULE = "rule"
ATTR_START = "start"
ATTR_TIME_ZONE = "time_zone"

_SUFFIXES = {"csv": (".csv",), "jsonl": (".jsonl", ".ndjson"), "vendor": (".csv",)}
_TEXT = vol.All(cv.string, vol.Length(min=1, max=255))

_FILTER = {
    vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
    vol.Optional(ATTR_START): cv.datetime,
    vol.Optional(ATTR_END): cv.datetime,
    vol.Optional(ATTR_KINDS): vol.All(cv.ensure_list, [vol.Coerce(EventKind)]),
    vol.Optional(ATTR_DOORS): vol.All(cv.ensure_list, [cv.string]),
    vol.Optional(ATTR_PERSON): _TEXT,
}
_GET_LOGS = vol.Schema(
    {
        **_FILTER,
        vol.Optional(ATTR_LIMIT, default=100): vol.All(
            vol.Coerce(int), vol.Range(1, 10_000)
        ),
        vol.Optional(ATTR_OFFSET, default=0): vol.All(
            vol.Coerce(int), vol.Range(min=0)
        ),
        vol.Optional(ATTR_ORDER, default="desc"): vol.In(("asc", "desc")),
    }
)
_EXPORT_LOGS = vol.Schema(
    {
        **_FILTER,
        vol.Required(CONF_FILENAME): _TEXT,
        vol.Optional(ATTR_FORMAT, default="csv"): vol.In(tuple(_SUFFIXES)),
        vol.Optional(ATTR_TIME_ZONE): cv.string,
        vol.Optional(ATTR_BOM, default=False): cv.boolean,
        vol.Optional(ATTR_ORDER): vol.In(("asc", "desc")),
    }
)
_GET_IMAGE = vol.Schema(
    {
        vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Required(ATTR_EVENT_KEY): cv.string,
        vol.Required(CONF_FILENAME): _TEXT,
    }
)
_SET_LOCK_RULE = vol.Schema(
    {
        vol.Required(ATTR_DOORS): vol.All(
            cv.ensure_list, vol.Length(min=1), [cv.string]
        ),
        vol.Required(ATTR_RULE): vol.In(
            ("keep_lock", "keep_unlock", "custom", "reset", "lock_early")
        ),
        vol.Optional(ATTR_INTERVAL): vol.All(vol.Coerce(int), vol.Range(1, 1440)),
    }
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, handler, schema, response in (
        ("get_logs", _get_logs, _GET_LOGS, SupportsResponse.ONLY),
        ("export_logs", _export_logs, _EXPORT_LOGS, SupportsResponse.OPTIONAL),
        ("get_image", _get_image, _GET_IMAGE, SupportsResponse.OPTIONAL),
        ("set_lock_rule", _set_lock_rule, _SET_LOCK_RULE, SupportsResponse.NONE),
    ):
        hass.services.async_register(
            DOMAIN, name, handler, schema, supports_response=response
        )
    async_setup_device_services(hass)
    async_setup_user_services(hass)
    async_setup_privacy_services(hass)


# The log


async def _get_logs(call: ServiceCall) -> ServiceResponse:
    """Answer with a page of events, and how many there are."""
    hass = call.hass
    wanted = _log_filter(
        call,
        limit=call.data[ATTR_LIMIT],
        offset=call.data[ATTR_OFFSET],
        descending=call.data[ATTR_ORDER] == "desc",
    )
    try:
        journal = await async_get_journal(hass)
        events, total = await journal.query(wanted)
    except JournalError as err:
        raise journal_failed(err) from err
    sources = origins(hass)
    return {"events": [sources.public(stored) for stored in events], "total": total}


async def _export_logs(call: ServiceCall) -> ServiceResponse:
    """Write events to a file."""
    hass, data = call.hass, call.data
    form = data[ATTR_FORMAT]
    zone = dt_util.get_default_time_zone()
    if (name := data.get(ATTR_TIME_ZONE)) is not None:
        if (found := await dt_util.async_get_time_zone(name)) is None:
            raise refused("time_zone_unknown", time_zone=name)
        zone = found
    if form == "vendor":
        unused: tuple[str, ...] = (ATTR_KINDS, ATTR_DOORS, ATTR_PERSON, ATTR_ORDER)
        coordinator = _exporting_system(call)
    else:
        unused = (ATTR_BOM,) if form == "jsonl" else ()
        coordinator = None
    for key in unused:
        if data.get(key):
            raise refused("field_not_for_format", field=key, format=form)
    wanted = _log_filter(call, descending=data.get(ATTR_ORDER) == "desc")
    file = await hass.async_add_executor_job(
        partial(NewFile, hass, data[CONF_FILENAME], *_SUFFIXES[form])
    )
    missing: list[Missing] = []
    try:
        async with ExportProgress(hass, file.path.name) as progress:
            if coordinator is not None:
                written = await coordinator.command(
                    async_export_vendor(
                        hass,
                        coordinator.system.export(
                            data_time(data[ATTR_START]),
                            wanted.end or dt_util.utcnow(),
                            data.get(ATTR_TIME_ZONE) or hass.config.time_zone,
                        ),
                        file,
                        progress.write,
                        bom=data[ATTR_BOM],
                    )
                )
            else:
                missing = await async_complete(
                    hass,
                    wanted.entry_ids or (),
                    wanted.start,
                    wanted.end,
                    progress.read,
                )
                sources = origins(hass)
                written = await async_export_journal(
                    hass,
                    await async_get_journal(hass),
                    wanted,
                    JsonLines(sources, zone)
                    if form == "jsonl"
                    else CsvLines(sources, zone, bom=data[ATTR_BOM]),
                    file,
                    progress.write,
                )
            await hass.async_add_executor_job(file.commit)
    except JournalError as err:
        raise journal_failed(err) from err
    finally:
        await hass.async_add_executor_job(file.discard)
    return _export_answer(file, written, zone, missing)


def _export_answer(
    file: NewFile, written: Written, zone: tzinfo, missing: list[Missing]
) -> ServiceResponse:
    """Return what an export tells of itself."""

    def shown(time: datetime | None) -> str | None:
        return in_zone(time, zone).isoformat() if time else None

    answer: dict[str, Any] = {
        "path": str(file.path),
        "rows": written.rows,
        "first": shown(written.first),
        "last": shown(written.last),
        "complete": not missing,
    }
    if missing:
        answer["incomplete"] = [
            {
                "system": part.system,
                "from": shown(part.start),
                "to": shown(part.end),
                "why": part.why,
            }
            for part in missing
        ]
    return answer


def _exporting_system(call: ServiceCall) -> AccessCoordinator:
    """Return the system that is to export its own log."""
    for key in (ATTR_CONFIG_ENTRY_ID, ATTR_START):
        if key not in call.data:
            raise refused("field_needed_for_format", field=key, format="vendor")
    coordinator = coordinator_of(call.hass, call.data[ATTR_CONFIG_ENTRY_ID])
    if Capability.EXPORT not in coordinator.system.capabilities:
        raise refused("export_not_supported", name=coordinator.entry.title)
    return coordinator


# Pictures


async def _get_image(call: ServiceCall) -> ServiceResponse:
    """Write the picture of an event to a file."""
    hass, data = call.hass, call.data
    coordinator = coordinator_of(hass, data[ATTR_CONFIG_ENTRY_ID])
    try:
        stored = await coordinator.journal.find(
            coordinator.entry.entry_id, data[ATTR_EVENT_KEY]
        )
    except JournalError as err:
        raise journal_failed(err) from err
    name = coordinator.entry.title
    if stored is None:
        raise refused("event_unknown", name=name, event_key=data[ATTR_EVENT_KEY])
    if (
        Capability.IMAGES not in coordinator.system.capabilities
        or stored.event.image_ref is None
    ):
        raise refused("event_without_image", event_key=data[ATTR_EVENT_KEY])
    image = await coordinator.command(coordinator.system.image(stored.event.image_ref))
    content_type = picture_type(image)
    if (suffixes := PICTURE_SUFFIXES.get(content_type)) is None:
        raise refused("image_of_unknown_type", content_type=content_type)

    def write() -> str:
        file = NewFile(hass, data[CONF_FILENAME], *suffixes)
        try:
            file.write(image.content)
            file.commit()
        finally:
            file.discard()
        return str(file.path)

    path = await hass.async_add_executor_job(write)
    return {"path": path, "content_type": content_type}


# Doors


async def _set_lock_rule(call: ServiceCall) -> None:
    """Set a temporary lock rule for doors."""
    rule, interval = call.data[ATTR_RULE], call.data.get(ATTR_INTERVAL)
    if rule == "custom" and interval is None:
        raise refused("interval_needed")
    if rule != "custom" and interval is not None:
        raise refused("interval_not_for_rule", rule=rule)
    targets = []
    for entry_id, door_id in doors_of_devices(call.hass, call.data[ATTR_DOORS]):
        coordinator = coordinator_of(call.hass, entry_id)
        if Capability.LOCK_RULES not in coordinator.system.capabilities:
            raise refused("lock_rules_not_supported", name=coordinator.entry.title)
        targets.append((coordinator, door_id))
    done: list[str] = []
    for coordinator, door_id in targets:
        door = coordinator.doors.get(door_id)
        name = door.name if door else door_id
        try:
            await coordinator.command(
                coordinator.system.set_lock_rule(door_id, rule, interval)
            )
        except HomeAssistantError as err:
            if not done:
                raise
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="half_done",
                translation_placeholders={
                    "done": ", ".join(done),
                    "failed": name,
                    "message": in_words(call.hass, err),
                },
            ) from err
        done.append(name)


# What calls have in common


def _log_filter(call: ServiceCall, **page: Any) -> LogFilter:
    """Return what a call wants of the journal."""
    hass, data = call.hass, call.data
    if (entry_id := data.get(ATTR_CONFIG_ENTRY_ID)) is None:
        entries = async_system_entries(hass)
        entry_ids = tuple(entry.entry_id for entry in entries)
    else:
        entry = hass.config_entries.async_get_entry(entry_id)
        if entry is None or entry.domain != DOMAIN:
            raise refused("entry_unknown", config_entry_id=entry_id)
        entry_ids = (entry_id,)
    start, end = (
        data_time(data[key]) if key in data else None for key in (ATTR_START, ATTR_END)
    )
    if start is not None and end is not None and start > end:
        raise refused("end_before_start")
    return LogFilter(
        entry_ids=entry_ids,
        start=start,
        end=end,
        kinds=tuple(data[ATTR_KINDS]) if data.get(ATTR_KINDS) else None,
        door_ids=(
            tuple(doors_of_devices(hass, data[ATTR_DOORS]))
            if data.get(ATTR_DOORS)
            else None
        ),
        person=data.get(ATTR_PERSON),
        **page,
    )


def data_time(time: datetime) -> datetime:
    """Return a time of a call; without a zone it is Home Assistant's local time."""
    return dt_util.as_utc(time)
