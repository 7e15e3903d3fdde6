"""Diagnostics of the Access Events integration: no secrets, no people, no places."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .const import CONF_FINGERPRINT, CONF_PUSH_PASSWORD, CONF_SERIAL, CONF_VENDOR
from .coordinator import AccessConfigEntry, AccessCoordinator
from .journal import Journal, JournalError
from .models import Door, SystemState
from .systems import VENDORS, Field, FieldKind

_TELLING = {FieldKind.TEXT, FieldKind.URL, FieldKind.SECRET, FieldKind.PEM}
"""The kinds of fields that tell a secret, a place or an account."""


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: AccessConfigEntry
) -> dict[str, Any]:
    """Return what helps to find a fault, and nothing that names anybody."""
    vendor = VENDORS[entry.data[CONF_VENDOR]]
    hidden = _hidden(vendor.fields) | {CONF_FINGERPRINT, CONF_SERIAL}
    data: dict[str, Any] = {
        "entry": {
            "state": entry.state.value,
            "reason": entry.error_reason_translation_key,
            "data": async_redact_data(dict(entry.data), hidden),
            "options": async_redact_data(
                dict(entry.options), _hidden(vendor.options) | {CONF_PUSH_PASSWORD}
            ),
        }
    }
    if entry.state is ConfigEntryState.LOADED:
        data |= await _running(entry.runtime_data, hidden)
    return data


async def _running(coordinator: AccessCoordinator, hidden: set[str]) -> dict[str, Any]:
    """Return what is known of a system that is set up."""
    system, info = coordinator.system, coordinator.info
    return {
        "system": {
            "model": info.model,
            "version": info.version,
            "available": coordinator.available,
            "capabilities": _names(system.capabilities),
            "state": _state(coordinator.system_state),
        },
        "doors": {
            f"door_{number}": _door(door)
            for number, door in enumerate(coordinator.doors.values(), start=1)
        },
        "events": {
            "recorded": coordinator.recorded,
            "last_event_at": coordinator.last_event_at,
            "delay_seconds": coordinator.delay,
            "gaps": [
                {"start": gap.start, "end": gap.end}
                for gap in coordinator.troubles.gaps
            ],
        },
        "unreadable": {
            "count": coordinator.troubles.unreadable,
            "last": [
                {"where": sample.where, "payload": sample.payload}
                for sample in coordinator.troubles.unreadable_samples
            ],
        },
        "problems": [
            {"code": problem.code, **problem.placeholders}
            for problem in coordinator.troubles.problems.values()
        ],
        "journal": await _journal(coordinator.journal),
        "adapter": async_redact_data(system.diagnostics(), hidden),
    }


def _state(state: SystemState) -> dict[str, Any]:
    """Return a system's state without the names of its zones."""
    shown = asdict(state)
    shown["zones"] = [
        {"reason": zone.reason, "alarmed": zone.alarmed, "online": zone.online}
        for zone in state.zones
    ]
    return shown


async def _journal(journal: Journal) -> dict[str, Any]:
    """Return how large the journal is, or why that can't be told."""
    try:
        return {"bytes": await journal.size()}
    except JournalError as err:
        return {"error": err.code}


def _hidden(fields: tuple[Field, ...]) -> set[str]:
    """Return the names of the fields whose values stay hidden."""
    return {field.key for field in fields if field.kind in _TELLING}


def _names(flags: Any) -> list[str]:
    """Return the names of the flags that are set."""
    return [flag.name.lower() for flag in flags]


def _door(door: Door) -> dict[str, Any]:
    """Return a door without its name and id."""
    state = asdict(door.state)
    state["image_ref"] = door.state.image_ref is not None
    return {
        "model": door.model,
        "features": _names(door.features),
        "modes": list(door.modes),
        "state": state,
    }
