"""Repairs of the Access Events integration: what a user should look at or mend."""

from datetime import datetime
from pathlib import Path
from typing import Any, override

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .config_forms import readable_fingerprint
from .const import CONF_FINGERPRINT, DOMAIN
from .journal_errors import JournalError
from .journal_file import delete_file
from .systems.base import Gap, Problem
from .words import common

_CERTIFICATE = "certificate_changed"
_GAP = "gap"
_JOURNAL_DAMAGED = "journal_damaged"
_JOURNAL_FULL = "journal_full"
_JOURNAL_MOVED = "journal_moved"
_JOURNAL_UNUSABLE = "journal_unusable"
_OF_JOURNAL = (_JOURNAL_DAMAGED, _JOURNAL_FULL, _JOURNAL_MOVED, _JOURNAL_UNUSABLE)

TO_MEND = ("address", "driver", "foreign", "mysql", "newer", "refused")
"""What keeps the journal from working until the user does something."""


@callback
def async_raise_certificate_changed(
    hass: HomeAssistant, entry: ConfigEntry, expected: str, seen: str
) -> None:
    """Show both certificates (SHA-256 in hex), and let the user accept the new one."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _entry_issue(_CERTIFICATE, entry.entry_id),
        data={"entry_id": entry.entry_id, "seen": seen},
        is_fixable=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key=_CERTIFICATE,
        translation_placeholders={
            "name": entry.title,
            "expected": readable_fingerprint(expected),
            "seen": readable_fingerprint(seen),
        },
    )


@callback
def async_clear_certificate_changed(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget a changed certificate: the pinned one is shown again."""
    ir.async_delete_issue(hass, DOMAIN, _entry_issue(_CERTIFICATE, entry.entry_id))


@callback
def async_raise_problem(
    hass: HomeAssistant, entry: ConfigEntry, problem: Problem
) -> None:
    """Show what an adapter says is to be mended, or forget it once it is."""
    if not problem.active:
        async_clear_problem(hass, entry, problem)
        return
    placeholders = {"name": entry.title, **problem.placeholders}
    if feature := problem.placeholders.get("feature"):
        placeholders["feature"] = common(hass, f"feature_{feature}")
    ir.async_create_issue(
        hass,
        DOMAIN,
        _entry_issue(problem.code, entry.entry_id, problem.key),
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=problem.code,
        translation_placeholders=placeholders,
    )


@callback
def async_clear_problem(
    hass: HomeAssistant, entry: ConfigEntry, problem: Problem
) -> None:
    """Forget what an adapter said was to be mended."""
    ir.async_delete_issue(
        hass, DOMAIN, _entry_issue(problem.code, entry.entry_id, problem.key)
    )


@callback
def async_raise_gap(hass: HomeAssistant, entry: ConfigEntry, gap: Gap) -> None:
    """Tell that events are lost; widens what was told and not yet confirmed."""
    issue_id = _entry_issue(_GAP, entry.entry_id)
    start, end = gap.start, gap.end
    told = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    if told is not None and told.data is not None:
        start = min(start, datetime.fromisoformat(str(told.data["start"])))
        end = max(end, datetime.fromisoformat(str(told.data["end"])))
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data={
            "entry_id": entry.entry_id,
            "start": start.isoformat(),
            "end": end.isoformat(),
        },
        is_fixable=True,
        is_persistent=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=_GAP,
        translation_placeholders={
            "name": entry.title,
            "start": _local(start),
            "end": _local(end),
        },
    )


@callback
def async_raise_journal_damaged(hass: HomeAssistant, path: str) -> None:
    """Tell where a damaged journal was put, until the user confirms."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _JOURNAL_DAMAGED,
        data={"path": path},
        is_fixable=True,
        is_persistent=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key=_JOURNAL_DAMAGED,
        translation_placeholders={"path": path},
    )


@callback
def async_raise_journal_moved(hass: HomeAssistant, path: str, rows: int) -> None:
    """Tell where the old file is, and let the user delete it."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _JOURNAL_MOVED,
        data={"moved": path},
        is_fixable=True,
        is_persistent=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=_JOURNAL_MOVED,
        translation_placeholders={"path": path, "rows": str(rows)},
    )


@callback
def async_set_journal_unusable(hass: HomeAssistant, err: JournalError | None) -> None:
    """Tell what the user has to mend before the journal works, or that it does."""
    if err is None or err.code not in TO_MEND:
        ir.async_delete_issue(hass, DOMAIN, _JOURNAL_UNUSABLE)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        _JOURNAL_UNUSABLE,
        is_fixable=False,
        severity=ir.IssueSeverity.ERROR,
        translation_key=f"journal_{err.code}",
        translation_placeholders=err.placeholders,
    )


@callback
def async_set_journal_full(hass: HomeAssistant, full: bool) -> None:
    """Tell that there is no room for the journal, or that there is again."""
    if not full:
        ir.async_delete_issue(hass, DOMAIN, _JOURNAL_FULL)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        _JOURNAL_FULL,
        is_fixable=False,
        severity=ir.IssueSeverity.ERROR,
        translation_key=_JOURNAL_FULL,
    )


@callback
def async_clear_journal(hass: HomeAssistant) -> None:
    """Forget all that was told of the journal, since it is removed."""
    for issue_id in _OF_JOURNAL:
        ir.async_delete_issue(hass, DOMAIN, issue_id)


@callback
def async_clear_entry(hass: HomeAssistant, entry_id: str) -> None:
    """Forget all that was told of an entry, since it is removed."""
    for domain, issue_id in tuple(ir.async_get(hass).issues):
        if domain == DOMAIN and entry_id in issue_id.split("/"):
            ir.async_delete_issue(hass, DOMAIN, issue_id)


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the flow that mends an issue, or that only confirms it was read."""
    if data is not None and "seen" in data:
        return CertificateRepairFlow()
    if data is not None and "moved" in data:
        return MovedRepairFlow()
    return ConfirmRepairFlow()


class CertificateRepairFlow(ConfirmRepairFlow):
    """Accepts the certificate that a system shows now."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Show both certificates, and pin the one that was shown as new."""
        if user_input is None:
            return await super().async_step_confirm()
        assert self.data is not None
        entries = self.hass.config_entries
        entry = entries.async_get_entry(str(self.data["entry_id"]))
        if entry is None:
            return self.async_abort(reason="entry_removed")
        entries.async_update_entry(
            entry, data={**entry.data, CONF_FINGERPRINT: self.data["seen"]}
        )
        entries.async_schedule_reload(entry.entry_id)
        return self.async_create_entry(data={})


class MovedRepairFlow(ConfirmRepairFlow):
    """Deletes the file that the log was in before."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask, and delete the file."""
        if user_input is not None:
            assert self.data is not None
            try:
                await self.hass.async_add_executor_job(
                    delete_file, Path(str(self.data["moved"]))
                )
            except JournalError:
                return self.async_abort(reason="file_not_deleted")
        return await super().async_step_confirm(user_input)


def _entry_issue(code: str, entry_id: str, key: str | None = None) -> str:
    """Return the id of an issue of one entry."""
    return "/".join(part for part in (code, entry_id, key) if part)


def _local(at: datetime) -> str:
    """Return a time as the user's clock shows it."""
    return dt_util.as_local(at).strftime("%Y-%m-%d %H:%M %Z")
