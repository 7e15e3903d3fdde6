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
from .models import EventKind, Method

_WITH: dict[str, str] = {
    Method.CARD: "with card",
    Method.PIN: "with PIN",
    Method.FINGER: "with fingerprint",
    Method.FACE: "with face",
    Method.MOBILE: "with phone",
    Method.QR: "with QR code",
    Method.LICENSE_PLATE: "with license plate",
    Method.KEY: "with electronic key",
    Method.REMOTE: "remotely",
    Method.BUTTON: "with button",
    Method.MULTI: "with several credentials",
}

# The words, and the icon. What is in braces falls away where nothing is known of it.
_WORDS: dict[str, tuple[str, str]] = {
    EventKind.ACCESS_GRANTED: ("opened{by}{how}", "mdi:door-open"),
    EventKind.ACCESS_DENIED: ("denied{whom}{how}{why}", "mdi:account-cancel"),
    EventKind.UNKNOWN_CREDENTIAL: (
        "denied an unknown credential{how}{why}",
        "mdi:account-question",
    ),
    EventKind.DURESS: ("opened under duress{by}{how}", "mdi:account-alert"),
    EventKind.DOOR_OPENED: ("opened{by}", "mdi:door-open"),
    EventKind.DOOR_CLOSED: ("closed{by}", "mdi:door-closed"),
    EventKind.DOOR_UNLOCKED: ("unlocked{by}{how}", "mdi:lock-open-variant"),
    EventKind.DOOR_LOCKED: ("locked{by}{how}", "mdi:lock"),
    EventKind.EXIT_REQUESTED: ("exit requested{by}", "mdi:exit-run"),
    EventKind.DOOR_FORCED_OPEN: ("forced open", "mdi:shield-alert"),
    EventKind.DOOR_FORCED_OPEN_CLEARED: ("no longer forced open", "mdi:shield-check"),
    EventKind.DOOR_HELD_OPEN: ("held open", "mdi:timer-alert"),
    EventKind.DOOR_HELD_OPEN_CLEARED: ("no longer held open", "mdi:shield-check"),
    EventKind.TAMPER: ("tampered with{why}", "mdi:shield-alert"),
    EventKind.TAMPER_CLEARED: ("no longer tampered with", "mdi:shield-check"),
    EventKind.RING: ("doorbell rang{by}", "mdi:doorbell"),
    EventKind.CALL_MISSED: ("call missed{by}", "mdi:phone-missed"),
    EventKind.HOLD_OPEN_STARTED: ("hold open started{by}", "mdi:door-open"),
    EventKind.HOLD_OPEN_ENDED: ("hold open ended{by}", "mdi:door-closed"),
    EventKind.LOCKDOWN_STARTED: ("lockdown started{by}", "mdi:lock-alert"),
    EventKind.LOCKDOWN_ENDED: ("lockdown ended{by}", "mdi:lock-check"),
    EventKind.AUTO_OPEN_STARTED: ("auto open started{by}", "mdi:calendar-check"),
    EventKind.AUTO_OPEN_ENDED: ("auto open ended{by}", "mdi:calendar-clock"),
    EventKind.ZONE_ALARM: ("zone alarm{why}", "mdi:alarm-light"),
    EventKind.ZONE_ALARM_CLEARED: ("zone alarm cleared{why}", "mdi:shield-check"),
    EventKind.USER_ADDED: ("person added{name}", "mdi:account-plus"),
    EventKind.USER_UPDATED: ("person updated{name}", "mdi:account-edit"),
    EventKind.USER_REMOVED: ("person removed{name}", "mdi:account-minus"),
    EventKind.DEVICE_ONLINE: ("{reader}online", "mdi:lan-connect"),
    EventKind.DEVICE_OFFLINE: ("{reader}offline", "mdi:lan-disconnect"),
    EventKind.DEVICE_RESTARTED: ("{reader}restarted", "mdi:restart"),
    EventKind.ADMIN: ("administration{by}{what}", "mdi:account-cog"),
    EventKind.SYNC: ("synchronization{what}", "mdi:sync"),
    EventKind.OTHER: ("reported{what}", "mdi:information-outline"),
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
        words, icon = describe(event.data)
        return {
            LOGBOOK_ENTRY_NAME: _name(hass, event.data),
            LOGBOOK_ENTRY_MESSAGE: words,
            LOGBOOK_ENTRY_ICON: icon,
        }

    def describe_caught_up(event: LazyEventPartialState) -> dict[str, Any]:
        count = event.data.get("count")
        return {
            LOGBOOK_ENTRY_NAME: event.data.get("name") or _name(hass, event.data),
            LOGBOOK_ENTRY_MESSAGE: (
                f"caught up {count} {'event' if count == 1 else 'events'}"
                f" from {_local(event.data.get('first'))}"
                f" to {_local(event.data.get('last'))}"
            ),
            LOGBOOK_ENTRY_ICON: "mdi:history",
        }

    async_describe_event(DOMAIN, EVENT_TYPE, describe_event)
    async_describe_event(DOMAIN, CAUGHT_UP_EVENT_TYPE, describe_caught_up)


def describe(data: Mapping[str, Any]) -> tuple[str, str]:
    """Return an event's data in words, and its icon.

    What an older or newer release put on the bus is described as far as it goes.
    """
    words, icon = _WORDS.get(data.get("kind", ""), _WORDS[EventKind.OTHER])
    person, reason = data.get("person"), data.get("reason")
    how = _WITH.get(data.get("method") or "")
    what = data.get("message") or reason or data.get("vendor_code")
    reader = data.get("reader_name")
    said = words.format(
        by=f" by {person}" if person else "",
        whom=f" {person}" if person else " access",
        how=f" {how}" if how else "",
        why=f": {reason}" if reason else "",
        name=f": {person}" if person else "",
        reader=f"{reader} " if reader else "",
        what=f": {what}" if what else "",
    )
    return said, icon


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
