"""Tests of a UniFi Access site in Home Assistant, from its wire to what a user sees."""

from http import HTTPStatus
import subprocess
import sys

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.access_events.const import DOMAIN, EVENT_TYPE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from .simulators.unifi_access import UnifiAccessSimulator
from .wait import wait_for


async def test_one_tap_in_three_views_is_one_event(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, entry: MockConfigEntry
) -> None:
    """Both notifications and the log row of a tap are one event, once on the bus."""
    coordinator = entry.runtime_data
    await wait_for(lambda: coordinator.caught_up)
    events = async_capture_events(hass, EVENT_TYPE)
    happening = await unifi.tap("Front Door", "Jane Doe")
    await wait_for(lambda: events)
    assert events[0].data["person_id"] == happening.person_id
    await coordinator.catch_up()
    await hass.async_block_till_done()
    assert len(events) == 1
    assert await coordinator.journal.count(entry.entry_id) == 1


async def test_two_persons_within_a_second_are_two(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, entry: MockConfigEntry
) -> None:
    """People who come together to one door are each told, and each once."""
    coordinator = entry.runtime_data
    await wait_for(lambda: coordinator.caught_up)
    events = async_capture_events(hass, EVENT_TYPE)
    await unifi.tap("Front Door", "Jane Doe")
    await unifi.tap("Front Door", "John Roe")
    await unifi.tap("Front Door", None)
    await unifi.tap("Front Door", None)
    await wait_for(lambda: len(events) == 4)
    await coordinator.catch_up()
    await hass.async_block_till_done()
    assert [event.data["person"] for event in events] == [
        "Jane Doe",
        "John Roe",
        None,
        None,
    ]
    assert await coordinator.journal.count(entry.entry_id) == 4


async def test_an_exit_button_shows_when_it_is_pressed(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, entry: MockConfigEntry
) -> None:
    """No list tells of exit buttons: the first press does, and is shown itself."""
    await wait_for(lambda: entry.runtime_data.caught_up)
    sensor = "binary_sensor.side_door_exit_request"
    assert hass.states.get(sensor) is None
    await unifi.rex("Side Door")
    await wait_for(lambda: (state := hass.states.get(sensor)) and state.state == "on")


async def test_a_missing_permission_is_a_repair_and_the_rest_works(
    hass: HomeAssistant,
    unifi: UnifiAccessSimulator,
    unifi_entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Without the log's permission events still come, and the user is told its name."""
    await unifi.revoke("view:system_log")
    assert await hass.config_entries.async_setup(unifi_entry.entry_id)
    await wait_for(lambda: unifi_entry.runtime_data.caught_up)
    await wait_for(lambda: issue_registry.issues)
    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "missing_permission"
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["permission"] == "view:system_log"
    assert not hass.config_entries.flow.async_progress()
    events = async_capture_events(hass, EVENT_TYPE)
    await unifi.tap("Front Door", "Jane Doe")
    await wait_for(lambda: events)


async def test_a_changed_certificate_stops_all_until_the_user_accepts_it(
    hass: HomeAssistant,
    unifi: UnifiAccessSimulator,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    hass_client: ClientSessionGenerator,
) -> None:
    """Another certificate is not spoken to; the repair shows both, and takes the new."""
    assert await async_setup_component(hass, "repairs", {})
    await wait_for(lambda: entry.runtime_data.caught_up)
    before = unifi.fingerprint
    await unifi.change_certificate()
    await unifi.clear_requests()
    await wait_for(lambda: issue_registry.issues)
    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "certificate_changed"
    shown = {
        key: value.replace(":", "").lower()
        for key, value in (issue.translation_placeholders or {}).items()
    }
    assert shown["expected"] == before.replace(":", "")
    assert shown["seen"] == unifi.fingerprint.replace(":", "")
    assert not entry.runtime_data.available
    assert (await unifi.requests())["counts"] == {}

    client = await hass_client()
    path = "/api/repairs/issues/fix"
    answer = await client.post(
        path, json={"handler": DOMAIN, "issue_id": issue.issue_id}
    )
    assert answer.status == HTTPStatus.OK
    flow_id = (await answer.json())["flow_id"]
    answer = await client.post(f"{path}/{flow_id}", json={})
    assert (await answer.json())["type"] == "create_entry"
    await hass.async_block_till_done()
    await wait_for(lambda: entry.runtime_data.caught_up)
    assert not issue_registry.issues


def test_nothing_of_other_vendors_is_imported() -> None:
    """A Home Assistant with only this vendor loads no package of another's protocol."""
    code = (
        "import sys\n"
        "import custom_components.access_events.config_flow\n"
        "from custom_components.access_events.systems.unifi_access import system\n"
        "from custom_components.access_events.systems import VENDORS\n"
        "names = ['grpc', 'socketio', 'engineio', 'google.protobuf']\n"
        "names += [f'custom_components.access_events.systems.{key}'"
        " for key in VENDORS if key != 'unifi_access']\n"
        "print([name for name in names if name in sys.modules])\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    assert run.stdout.strip() == "[]"
