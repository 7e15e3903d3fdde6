"""Logbook platform for the Access Events integration: events in words."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
    LazyEventPartialState,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util

from .const import CAUGHT_UP_EVENT_TYPE, DOMAIN, EVENT_TYPE
from .models import EventKind
from .words import COMMON, common_words

_WORDS = f"{COMMON}logbook_"
_ICONS: dict[str, str] = {
    EventKind.ACCESS_GRANTED: "mdi:door-open",
    EventKind.ACCESS_DENIED: "mdi:account-cancel",
    EventKind.UNKNOWN_CREDENTIAL: "mdi:account-question",
    EventKind.DURESS: "mdi:account-alert",
    EventKind.DOOR_OPENED: "mdi:door-open",
    EventKind.DOOR_CLOSED: "mdi:door-closed",
    EventKind.DOOR_UNLOCKED: "mdi:lock-open-variant",
    EventKind.DOOR_LOCKED: "mdi:lock",
    EventKind.EXIT_REQUESTED: "mdi:exit-run",
    EventKind.DOOR_FORCED_OPEN: "mdi:shield-alert",
    EventKind.DOOR_FORCED_OPEN_CLEARED: "mdi:shield-check",
    EventKind.DOOR_HELD_OPEN: "mdi:timer-alert",
    EventKind.DOOR_HELD_OPEN_CLEARED: "mdi:shield-check",
    EventKind.TAMPER: "mdi:shield-alert",
    EventKind.TAMPER_CLEARED: "mdi:shield-check",
    EventKind.RING: "mdi:doorbell",
    EventKind.CALL_MISSED: "mdi:phone-missed",
    EventKind.HOLD_OPEN_STARTED: "mdi:door-open",
    EventKind.HOLD_OPEN_ENDED: "mdi:door-closed",
    EventKind.LOCKDOWN_STARTED: "mdi:lock-alert",
    EventKind.LOCKDOWN_ENDED: "mdi:lock-check",
    EventKind.AUTO_OPEN_STARTED: "mdi:calendar-check",
    EventKind.AUTO_OPEN_ENDED: "mdi:calendar-clock",
    EventKind.ZONE_ALARM: "mdi:alarm-light",
    EventKind.ZONE_ALARM_CLEARED: "mdi:shield-check",
    EventKind.USER_ADDED: "mdi:account-plus",
    EventKind.USER_UPDATED: "mdi:account-edit",
    EventKind.USER_REMOVED: "mdi:account-minus",
    EventKind.DEVICE_ONLINE: "mdi:lan-connect",
    EventKind.DEVICE_OFFLINE: "mdi:lan-disconnect",
    EventKind.DEVICE_RESTARTED: "mdi:restart",
    EventKind.ADMIN: "mdi:account-cog",
    EventKind.SYNC: "mdi:sync",
    EventKind.OTHER: "mdi:information-outline",
}


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[
        [str, str, Callable[[LazyEventPartialState], dict[str, Any]]], None
    ],
) -> None:
    """Tell the logbook how to word what happens."""

    def describe_event(event: LazyEventPartialState) -> dict[str, Any]:
        message, icon = describe(common_words(hass), event.data)
        return {
            LOGBOOK_ENTRY_NAME: _name(hass, event.data),
            LOGBOOK_ENTRY_MESSAGE: message,
            LOGBOOK_ENTRY_ICON: icon,
        }

    def describe_caught_up(event: LazyEventPartialState) -> dict[str, Any]:
        return {
            LOGBOOK_ENTRY_NAME: event.data.get("name") or _name(hass, event.data),
            LOGBOOK_ENTRY_MESSAGE: _worded(
                common_words(hass),
                "caught_up",
                count=str(event.data.get("count")),
                first=_local(event.data.get("first")),
                last=_local(event.data.get("last")),
            ),
            LOGBOOK_ENTRY_ICON: "mdi:history",
        }

    async_describe_event(DOMAIN, EVENT_TYPE, describe_event)
    async_describe_event(DOMAIN, CAUGHT_UP_EVENT_TYPE, describe_caught_up)


def describe(words: Mapping[str, str], data: Mapping[str, Any]) -> tuple[str, str]:
    """Return an event's data in words of a language, and its icon.

    What is not known falls away, and what an older or newer release put on the bus is
    described as far as it goes.
    """
    kind = str(data.get("kind"))
    if kind not in _ICONS:
        kind = EventKind.OTHER
    person, reason = data.get("person"), data.get("reason")
    by = _worded(words, "by", person=person) if person else ""
    how = _worded(words, f"with_{data.get('method')}")
    what = data.get("message") or reason or data.get("vendor_code")
    nobody = kind == EventKind.ACCESS_DENIED and not person
    said = _worded(
        words,
        "access_denied_nobody" if nobody else kind,
        by=f" {by}" if by else "",
        whom=person or "",
        how=f" {how}" if how else "",
        why=f": {reason}" if reason else "",
        name=f": {person}" if person else "",
        reader=data.get("reader_name") or "",
        what=f": {what}" if what else "",
    )
    return said, _ICONS[kind]


def _worded(words: Mapping[str, str], key: str, **values: str) -> str:
    """Return a text with its gaps filled, or nothing if there is no such text."""
    return " ".join(words.get(f"{_WORDS}{key}", "").format(**values).split())


def _name(hass: HomeAssistant, data: Mapping[str, Any]) -> str:
    """Return the name of the door, as the user calls it, or else of the system."""
    device_id = data.get("device_id")
    if device_id and (device := dr.async_get(hass).async_get(device_id)):
        if name := device.name_by_user or device.name:
            return name
    if name := data.get("door_name"):
        return str(name)
    entry = hass.config_entries.async_get_entry(data.get("entry_id") or "")
    return entry.title if entry else "Access Events"


def _local(time: str | None) -> str:
    """Return a time of an event's data as a clock here would show it."""
    if time is None or (parsed := dt_util.parse_datetime(time)) is None:
        return "?"
    return dt_util.as_local(parsed).strftime("%Y-%m-%d %H:%M")
