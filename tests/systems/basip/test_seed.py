"""Tests that hold each row of BAS-IP's page "Get logs list" against a simulated panel."""

import time

import pytest

from custom_components.access_events.models import AccessEvent
from custom_components.access_events.systems.base import (
    AccessSystemError,
    AuthError,
    PermissionMissing,
    RequestRejected,
)
from tests.simulators.basip import BasIpSimulator
from tests.simulators.basip.keys import SEED_KEYS
from tests.systems.owner import Owner
from tests.wait import wait_for

NOT_VALID = "The identifier is not valid now"
MULTI = (
    "The identifier is not valid; Outside the time the identifier is valid; "
    "No passes left; Outside the identifier's time profile; "
    "Outside the user's time profile; More identification is needed: face_id, qr; "
    "This kind of recognition is switched off"
)
SHARED = (
    "No passes left; Outside the time the identifier is valid; "
    "Outside the identifier's time profile; Outside the user's time profile"
)
JANE, BOTH = "Jane Doe", "Jane Doe, John Roe"

# key: kind, method, person, lock, reason
KEYS: dict[str, tuple[str, str | None, str | None, str | None, str | None]] = {
    "access_denied_by_not_valid_identifier": (
        *("access_denied", "card", JANE, "1", NOT_VALID),
    ),
    "access_denied_by_not_valid_face_identifier": (
        *("access_denied", "face", JANE, "1", NOT_VALID),
    ),
    "access_denied_by_not_valid_input_code": (
        *("unknown_credential", "pin", None, "1", None),
    ),
    "access_denied_by_remote_server_api_call": (
        *("access_denied", "remote", None, "1", "Refused by the remote access server"),
    ),
    "access_denied_by_unknown_card": ("unknown_credential", "card", None, "1", None),
    "access_denied_by_unknown_qr": ("unknown_credential", "qr", None, "1", None),
    "access_denied_unknown_identifier": (
        *("unknown_credential", "license_plate", None, "1", None),
    ),
    "access_granted_by_api_call": ("access_granted", "remote", None, "1", "web_ui"),
    "access_granted_by_call_host": ("access_granted", "remote", "1012", "1", None),
    "access_granted_by_master_code": ("access_granted", "pin", None, "1", None),
    "access_granted_by_remote_server_api_call": (
        *("access_granted", "remote", None, "2", None),
    ),
    "access_granted_by_valid_identifier": ("access_granted", "card", JANE, "1", None),
    "access_granted_by_valid_face_identifier": (
        *("access_granted", "face", JANE, "1", None),
    ),
    "access_granted_by_shared_identifier": (
        *("access_granted", "license_plate", BOTH, "1", None),
    ),
    "access_denied_by_not_valid_shared_identifier": (
        *("access_denied", "license_plate", BOTH, "1", SHARED),
    ),
    "multi_access_granted": ("access_granted", "multi", JANE, "1", None),
    "multi_access_denied": ("access_denied", "multi", JANE, "1", MULTI),
    "identifiers_without_linkage_to_user_access_denied": (
        *("access_denied", "card", None, "1", "The identifier belongs to no user"),
    ),
    "emergency_lock_is_opened": ("hold_open_started", None, None, "1", None),
    "lock_was_opened_by_exit_btn": ("exit_requested", "button", None, "1", None),
    "lock_was_opened_by_free_access_button": (
        *("access_granted", "button", None, "1", None),
    ),
    "door_was_closed": ("door_closed", None, None, "1", None),
    "door_sensor_was_closed": ("door_closed", None, None, "1", None),
    "door_was_opened": ("door_opened", None, None, "1", None),
    "door_sensor_was_opened": ("door_opened", None, None, "1", None),
    "door_was_not_closed_too_long": ("door_held_open", None, None, "1", None),
    "tamper_event": ("tamper", None, None, "1", None),
    "lift_call_success": ("other", None, JANE, "1", None),
    "lift_call_error": ("other", None, JANE, "1", "Lift is out of service"),
    "lift_module_access_error": ("other", None, JANE, "1", "Timeout"),
    "incoming_call": ("other", None, None, "1", None),
    "outgoing_call": ("ring", None, None, "1", None),
    "outgoing_call_missed": ("call_missed", None, None, "1", "Not answered"),
    "outgoing_call_web": ("other", None, None, "1", None),
    "device_booted": ("device_restarted", None, None, None, None),
    "sip_registration_lost": ("other", None, None, "1", None),
    "incorrect_login_api_call": ("admin", None, "admin", None, "Wrong password"),
    "incorrect_login_gui_settings": ("admin", None, "admin", None, "Wrong password"),
    "successful_login_api_call": ("admin", None, "admin", None, None),
    "successful_login_gui_settings": ("admin", None, "admin", None, None),
}


async def settle(follower: Owner) -> None:
    """Wait until nothing more is asked for long."""
    await wait_for(lambda: follower.system.pace.remaining, 20)
    await follower.catch_up()


def facts(event: AccessEvent) -> tuple[str | None, ...]:
    """Return what is to be known of an event."""
    person = event.person.name or event.person.id if event.person else None
    method = event.method.value if event.method else None
    return event.kind.value, method, person, event.door_id, event.reason


async def test_every_key(basip: BasIpSimulator) -> None:
    """Each of the 40 keys, with its own model, is told as what it is."""
    assert len(KEYS) == 40
    assert KEYS.keys() == set(SEED_KEYS)
    # Long before our own login, which is left out.
    at = int(time.time() * 1000) - 60_000
    for number, key in enumerate(KEYS):
        await basip.write(key, at_ms=at + number)
    async with Owner("basip", basip.config(), import_days=1) as follower:
        await follower.until(len(KEYS))
        events = follower.journal.events.values()
        assert {event.vendor_code: facts(event) for event in events} == KEYS
        assert len(events) == len(KEYS)
        assert follower.unreadable == []


@pytest.mark.parametrize("style", ["string", "object"])
@pytest.mark.parametrize(
    ("error", "raised"),
    [
        ("Wrong pagination limit", None),
        ("Wrong page number", RequestRejected),
        ("Wrong sort type", None),
        ("Wrong sort field", None),
        ("Wrong filter type", None),
        ("Wrong filter field", None),
        ("Wrong filter value", None),
        ("Wrong filter format", None),
        ("Wrong time format", RequestRejected),
        ("Wrong time range: 'to' must be greater then 'from'", None),
        ("Administrator rights required", PermissionMissing),
    ],
)
async def test_every_error(
    basip: BasIpSimulator,
    error: str,
    raised: type[AccessSystemError] | None,
    style: str,
) -> None:
    """What can be asked for otherwise is; the rest reaches the user in its words."""
    said = error if style == "string" else {"code": "not_valid", "message": error}
    async with Owner("basip", basip.config(), interval=600) as follower:
        await settle(follower)
        system = follower.system
        await basip.fault(path="/api/v1/log/", status=400, body={"error": said})
        if raised is None:
            await system.connect()
            return
        with pytest.raises(raised) as caught:
            await system.connect()
        if raised is RequestRejected:
            assert caught.value.placeholders["reason"] == error


async def test_log_in(basip: BasIpSimulator) -> None:
    """A session that ended is begun anew; only a refused login is a wrong password."""
    async with Owner("basip", basip.config(), interval=600) as follower:
        await settle(follower)
        system = follower.system
        await basip.fault(path="/api/v1/log/", status=401, body={"error": "Log In"})
        await system.connect()
        await basip.change_password("another")
        with pytest.raises(AuthError):
            await system.connect()
