"""Test repairs: what they say, and what confirming them does."""

from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.access_events import repairs
from custom_components.access_events.const import DOMAIN
from custom_components.access_events.systems.base import Gap, Problem
from homeassistant.components.repairs import RepairsFlowManager, repairs_flow_manager
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_load_integrations
from homeassistant.setup import async_setup_component

from .forms import WORDS, filled
from .simulators.unifi_access import UnifiAccessSimulator
from .wait import wait_for

OLD, NEW, NEWER = "0a" * 32, "0b" * 32, "0c" * 32
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def manager(hass: HomeAssistant) -> RepairsFlowManager:
    """Return what runs the flows of repairs."""
    assert await async_setup_component(hass, DOMAIN, {})
    assert await async_setup_component(hass, "repairs", {})
    manager = repairs_flow_manager(hass)
    assert manager is not None
    return manager


@pytest.fixture
def some_entry(hass: HomeAssistant) -> MockConfigEntry:
    """Return an entry that is not set up."""
    entry = MockConfigEntry(domain=DOMAIN, title="Home", data={"fingerprint": OLD})
    entry.add_to_hass(hass)
    return entry


def issues(hass: HomeAssistant) -> list[ir.IssueEntry]:
    """Return what the user is shown."""
    registry = ir.async_get(hass)
    return [
        issue
        for issue in registry.issues.values()
        if issue.domain == DOMAIN and issue.active
    ]


def only(hass: HomeAssistant) -> ir.IssueEntry:
    """Return the one issue that there is."""
    (issue,) = issues(hass)
    return issue


def read(issue: ir.IssueEntry) -> str:
    """Return an issue as the user reads it."""
    assert issue.translation_key is not None
    text = WORDS["issues"][issue.translation_key]
    title = filled(text["title"], issue.translation_placeholders)
    if not issue.is_fixable:
        return f"{title}\n{filled(text['description'], issue.translation_placeholders)}"
    step = text["fix_flow"]["step"]["confirm"]
    assert filled(step["title"], issue.translation_placeholders) == title
    return f"{title}\n{filled(step['description'], issue.translation_placeholders)}"


async def open_flow(
    manager: RepairsFlowManager, issue: ir.IssueEntry
) -> dict[str, Any]:
    """Open an issue and return the form that is shown."""
    form = await manager.async_init(DOMAIN, context={"issue_id": issue.issue_id})
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "confirm"
    assert form["description_placeholders"] == issue.translation_placeholders
    return dict(form)


async def confirm(manager: RepairsFlowManager, form: dict[str, Any]) -> dict[str, Any]:
    """Submit the form of an issue."""
    return dict(await manager.async_configure(form["flow_id"], {}))


# A changed certificate


async def test_changed_certificate_is_accepted(
    hass: HomeAssistant,
    manager: RepairsFlowManager,
    entry: MockConfigEntry,
    unifi: UnifiAccessSimulator,
) -> None:
    """The connection stops, both certificates are shown, and accepting mends it."""
    old = unifi.fingerprint
    await unifi.change_certificate()
    await wait_for(lambda: bool(issues(hass)))
    issue = only(hass)
    assert issue.severity is ir.IssueSeverity.ERROR
    assert old.upper() in read(issue)
    assert unifi.fingerprint.upper() in read(issue)
    assert entry.runtime_data.available is False

    form = await open_flow(manager, issue)
    done = await confirm(manager, form)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert issues(hass) == []
    await hass.async_block_till_done()
    assert entry.data["fingerprint"] == unifi.fingerprint.replace(":", "")
    assert entry.state is ConfigEntryState.LOADED
    await wait_for(lambda: entry.runtime_data.available)
    assert issues(hass) == []
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_the_certificate_that_was_shown_is_accepted(
    hass: HomeAssistant, manager: RepairsFlowManager, some_entry: MockConfigEntry
) -> None:
    """A certificate that comes up behind an open form is not accepted with it."""
    repairs.async_raise_certificate_changed(hass, some_entry, OLD, NEW)
    form = await open_flow(manager, only(hass))
    repairs.async_raise_certificate_changed(hass, some_entry, OLD, NEWER)
    await confirm(manager, form)
    assert some_entry.data["fingerprint"] == NEW


async def test_changed_certificate_of_a_removed_entry(
    hass: HomeAssistant, manager: RepairsFlowManager, some_entry: MockConfigEntry
) -> None:
    """Accepting for a system that is gone says so."""
    repairs.async_raise_certificate_changed(hass, some_entry, OLD, NEW)
    form = await open_flow(manager, only(hass))
    hass.config_entries._entries.pop(some_entry.entry_id)  # noqa: SLF001
    done = await confirm(manager, form)
    assert done["type"] is FlowResultType.ABORT
    abort = WORDS["issues"]["certificate_changed"]["fix_flow"]["abort"]
    assert done["reason"] in abort


async def test_certificate_that_is_back(
    hass: HomeAssistant, some_entry: MockConfigEntry
) -> None:
    """The repair goes by itself when the old certificate is shown again."""
    repairs.async_raise_certificate_changed(hass, some_entry, OLD, NEW)
    repairs.async_clear_certificate_changed(hass, some_entry)
    assert issues(hass) == []


# What an adapter wants mended


async def test_missing_permission(
    hass: HomeAssistant, some_entry: MockConfigEntry
) -> None:
    """Each missing permission is named with what it costs, and goes once it is there."""
    problems = [
        Problem(
            code="missing_permission",
            key=permission,
            placeholders={"permission": permission, "feature": feature},
        )
        for permission, feature in (
            ("edit:space", "unlocking"),
            ("view:device", "readers"),
        )
    ]
    for problem in problems:
        repairs.async_raise_problem(hass, some_entry, problem)
        repairs.async_raise_problem(hass, some_entry, problem)
    first, second = issues(hass)
    assert not first.is_fixable
    for word in ("Home", "edit:space", "unlocking"):
        assert word in read(first)
    assert "view:device" in read(second)

    gone = Problem(code="missing_permission", key="edit:space", active=False)
    repairs.async_raise_problem(hass, some_entry, gone)
    assert only(hass) == second
    repairs.async_clear_problem(hass, some_entry, problems[1])
    assert issues(hass) == []


async def test_missing_permission_in_german(
    hass: HomeAssistant, some_entry: MockConfigEntry
) -> None:
    """What a permission is for is told in the language of Home Assistant."""
    hass.config.language = "de"
    await async_load_integrations(hass, {DOMAIN})  # as its set-up does
    placeholders = {"permission": "edit:space", "feature": "control"}
    problem = Problem(code="missing_permission", key="", placeholders=placeholders)
    repairs.async_raise_problem(hass, some_entry, problem)
    shown = only(hass).translation_placeholders
    assert shown is not None
    assert shown["feature"] == "Öffnen von Türen und Schlossregeln"


async def test_missing_permission_end_to_end(
    hass: HomeAssistant, unifi_entry: MockConfigEntry, unifi: UnifiAccessSimulator
) -> None:
    """A token without a permission raises the repair, the rest works, no reauth."""
    hass.config_entries.async_update_entry(
        unifi_entry,
        data=unifi_entry.data | {"api_token": unifi.tokens["no view:system_log"]},
    )
    assert await hass.config_entries.async_setup(unifi_entry.entry_id)
    await wait_for(lambda: bool(issues(hass)))
    assert "view:system_log" in read(only(hass))
    assert "earlier events" in read(only(hass))
    assert unifi_entry.state is ConfigEntryState.LOADED
    assert unifi_entry.runtime_data.available
    assert not hass.config_entries.flow.async_progress()
    assert await hass.config_entries.async_unload(unifi_entry.entry_id)


# The log


async def test_gap_widens_until_it_was_read(
    hass: HomeAssistant, manager: RepairsFlowManager, some_entry: MockConfigEntry
) -> None:
    """Several gaps are told as one span of time until the user has read it."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    hour = timedelta(hours=1)
    repairs.async_raise_gap(hass, some_entry, Gap(START, START + hour))
    repairs.async_raise_gap(hass, some_entry, Gap(START + 5 * hour, START + 6 * hour))
    repairs.async_raise_gap(hass, some_entry, Gap(START + hour, START + 2 * hour))
    issue = only(hass)
    assert issue.is_persistent
    assert "between 2026-03-01 13:00 CET and 2026-03-01 19:00 CET" in read(issue)
    done = await confirm(manager, await open_flow(manager, issue))
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert issues(hass) == []
    repairs.async_raise_gap(hass, some_entry, Gap(START + 7 * hour, START + 8 * hour))
    assert "between 2026-03-01 20:00 CET and 2026-03-01 21:00 CET" in read(only(hass))


async def test_damaged_journal(
    hass: HomeAssistant, manager: RepairsFlowManager, tmp_path: Path
) -> None:
    """The user learns where the damaged file is, until they confirm it."""
    path = str(tmp_path / "access_events.db.corrupt")
    repairs.async_raise_journal_damaged(hass, path)
    issue = only(hass)
    assert issue.is_persistent
    assert path in read(issue)
    await confirm(manager, await open_flow(manager, issue))
    assert issues(hass) == []


async def test_full_journal(hass: HomeAssistant) -> None:
    """A full disk is told once, and no longer than it lasts."""
    repairs.async_set_journal_full(hass, False)
    repairs.async_set_journal_full(hass, True)
    repairs.async_set_journal_full(hass, True)
    assert "disk" in read(only(hass))
    repairs.async_set_journal_full(hass, False)
    assert issues(hass) == []


async def test_removed_entry_leaves_nothing(
    hass: HomeAssistant, some_entry: MockConfigEntry
) -> None:
    """What was told of an entry goes with it, and all else stays."""
    other = MockConfigEntry(domain=DOMAIN, title="Office")
    for entry in (some_entry, other):
        repairs.async_raise_certificate_changed(hass, entry, OLD, NEW)
        repairs.async_raise_gap(hass, entry, Gap(START, START))
        problem = Problem(
            code="missing_permission",
            key="edit:space",
            placeholders={"permission": "edit:space", "feature": "unlocking"},
        )
        repairs.async_raise_problem(hass, entry, problem)
    repairs.async_set_journal_full(hass, True)
    repairs.async_clear_entry(hass, some_entry.entry_id)
    left = issues(hass)
    assert len(left) == 4
    assert all(some_entry.entry_id not in issue.issue_id for issue in left)


async def test_issues_survive_a_restart(
    hass: HomeAssistant, some_entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """What only the user can confirm is stored; what is seen again is not."""
    repairs.async_raise_gap(hass, some_entry, Gap(START, START))
    repairs.async_raise_certificate_changed(hass, some_entry, OLD, NEW)
    stored = ir.async_get(hass)._data_to_save()["issues"]  # noqa: SLF001
    kept = [issue for issue in stored if issue["is_persistent"]]
    assert [issue["translation_key"] for issue in kept] == ["gap"]
    assert json.loads(json.dumps(kept[0]["data"]))["start"] == START.isoformat()
