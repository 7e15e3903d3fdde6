"""All keys of the panel's log, each with the data that its rows have."""

from dataclasses import dataclass, field
from typing import Any

type Json = dict[str, Any]
type _Keys = tuple[tuple[str, str, str, str, Json], ...]

LINK_ID = "6f1f7d0a-52c1-4c55-9a43-6f3a4b0c2d11"


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key of the log.

    Args:
        key: The vendor's key.
        category: access, info, system or emergency.
        priority: low, medium, high or critical.
        text: Its name in English.
        kind: The word that this project has for it.
        model: A sample of `info.model`, with the fields of the vendor's schema.
    """

    key: str
    category: str
    priority: str
    text: str
    kind: str
    model: Json = field(default_factory=dict)


def _used(kind: str, number: str = "3090069") -> Json:
    """Return one used identifier of a multi-factor access."""
    return {
        "identifier_number": number,
        "auth_type": kind,
        "user_name": "Jane Doe",
        "user_info": "First floor",
        "apartments_list": ["1-1-1-12", "1-1-1-13"],
    }


def _factor(kind: str, number: str = "3090069") -> Json:
    """Return an identifier within a reject reason."""
    return {"identifier_number": number, "auth_type": kind}


def _identifier(kind: str = "card", number: str = "3090069", **more: Any) -> Json:
    """Return what an identifier's row says."""
    return {
        "number": number,
        "type": kind,
        "owner": "Jane Doe",
        "apartment_address": "1-1-1-12",
        "lock": 1,
        **more,
    }


_SHARED: Json = {
    "used_identifiers_list": [{"name": "Family car"}],
    "users_list": [
        {"user_name": "Jane Doe", "user_info": "First floor"},
        {"user_name": "John Roe", "user_info": ""},
    ],
    "number": "JD 420",
    "type": "license_plate",
    "apartments_list": ["1-1-1-12"],
}
_USER: Json = {"user_name": "Jane Doe", "user_info": "First floor"}
_LIFT: Json = {
    "user": {"link_id": LINK_ID, "name": "Jane Doe"},
    "destination": {"id": 7, "short_name": "3F"},
}
MULTI_REASONS: list[Json] = [
    {"invalid_identifier": _factor("card", "9999999")},
    {"invalid_identifier_time_rules": [_factor("card")]},
    {"not_enough_passes_for_identifier": [_factor("qr", "b1c5")]},
    {"not_valid_time_profile_for_identifier": [_factor("card")]},
    {"not_valid_time_profile_for_user": _USER},
    {"not_enough_identifiers_for_current_authentication_type": ["face_id", "qr"]},
    {"recognition_type_is_not_enabled": {"recognition_type_is_not_enabled": "face_id"}},
]
SHARED_REASONS: list[Json] = [
    {"not_enough_passes_for_shared_identifier": {"owner_name": "Family car"}},
    {"invalid_shared_identifier_time_rules": {"owner_name": "Family car"}},
    {"not_valid_time_profile_for_shared_identifier": {"owner_name": "Family car"}},
    {"not_valid_time_profile_for_user": _USER},
]

_ACCESS: _Keys = (
    (
        "access_denied_by_not_valid_identifier",
        "high",
        "Not valid identifier",
        "access_denied",
        _identifier(),
    ),
    (
        "access_denied_by_not_valid_face_identifier",
        "high",
        "Not valid face identifier",
        "access_denied",
        _identifier("face_id", "41"),
    ),
    (
        "access_denied_by_not_valid_input_code",
        "high",
        "Wrong input code",
        "unknown_credential",
        {"code": "4711"},
    ),
    (
        "access_denied_by_remote_server_api_call",
        "high",
        "Access denied by remote server",
        "access_denied",
        {},
    ),
    (
        "access_denied_by_unknown_card",
        "high",
        "Unknown identifier",
        "unknown_credential",
        {"card": "9999999"},
    ),
    (
        "access_denied_by_unknown_qr",
        "high",
        "Unknown QR code",
        "unknown_credential",
        {"qr": "b1c5a0d2-1111-4f4f-8888-0123456789ab"},
    ),
    (
        "access_granted_by_api_call",
        "medium",
        "Access granted",
        "access_granted",
        {"lock": 1, "requestor": "web_ui"},
    ),
    (
        "access_granted_by_call_host",
        "medium",
        "Lock opened by response device",
        "access_granted",
        {"host": "1012", "lock": 1},
    ),
    (
        "access_granted_by_master_code",
        "medium",
        "General access code entered",
        "access_granted",
        {"lock": 1},
    ),
    (
        "access_granted_by_remote_server_api_call",
        "medium",
        "Access granted by remote server",
        "access_granted",
        {"lock": 2},
    ),
    (
        "access_granted_by_valid_identifier",
        "medium",
        "Lock opened by identifier",
        "access_granted",
        _identifier(link_id=LINK_ID),
    ),
    (
        "access_granted_by_valid_face_identifier",
        "medium",
        "Lock opened by face identifier",
        "access_granted",
        _identifier("face_id", "41", link_id=None),
    ),
    ("door_was_closed", "low", "Door was closed", "door_closed", {}),
    (
        "access_denied_unknown_identifier",
        "high",
        "Access denied by unknown identifier",
        "unknown_credential",
        {"identifier_number": "XY 123", "identifier_type": "license_plate"},
    ),
    ("door_sensor_was_closed", "low", "Door sensor closed", "door_closed", {}),
    ("door_was_opened", "low", "Door was opened", "door_opened", {}),
    ("door_sensor_was_opened", "low", "Door sensor opened", "door_opened", {}),
    (
        "emergency_lock_is_opened",
        "critical",
        "The lock is open on alarm",
        "hold_open_started",
        {},
    ),
    (
        "lock_was_opened_by_exit_btn",
        "medium",
        "Lock opened by exit button",
        "exit_requested",
        {"lock": 1},
    ),
    (
        "lock_was_opened_by_free_access_button",
        "medium",
        "Lock opened by free access button",
        "access_granted",
        {"lock": 1},
    ),
    (
        "multi_access_granted",
        "medium",
        "Multi factor access granted",
        "access_granted",
        {
            "used_identifiers_list": [_used("card"), _used("face_id", "41")],
            "lock_number": 1,
        },
    ),
    (
        "identifiers_without_linkage_to_user_access_denied",
        "high",
        "Identifiers without linkage to user are not allowed",
        "access_denied",
        {"identifier_number": "3090069", "identifier_type": "card"},
    ),
    (
        "multi_access_denied",
        "high",
        "Multi factor access denied",
        "access_denied",
        {"used_identifiers_list": [_used("card")], "reject_reasons": MULTI_REASONS},
    ),
    (
        "lift_call_success",
        "low",
        "Successful lift call",
        "other",
        {"info": _LIFT, "lift": {"id": 1, "short_name": "A"}},
    ),
    (
        "lift_call_error",
        "medium",
        "Failed to call the lift",
        "other",
        {"info": _LIFT, "error": {"message": "Lift is out of service"}},
    ),
    (
        "lift_module_access_error",
        "medium",
        "Cannot access lift module",
        "other",
        {"info": {"user": _LIFT["user"]}, "errormessage": "Timeout"},
    ),
    (
        "access_granted_by_shared_identifier",
        "medium",
        "Access granted by shared identifier",
        "access_granted",
        _SHARED | {"lock_number": 1},
    ),
    (
        "access_denied_by_not_valid_shared_identifier",
        "high",
        "Access denied by shared identifier",
        "access_denied",
        _SHARED | {"reject_reasons": SHARED_REASONS},
    ),
)
_INFO: _Keys = (
    (
        "incoming_call",
        "low",
        "Incoming call",
        "other",
        {"number": "1012", "answered": True},
    ),
    (
        "outgoing_call",
        "low",
        "Outgoing call",
        "ring",
        {"number": "12", "answered": True},
    ),
    (
        "outgoing_call_missed",
        "low",
        "Missed outgoing call",
        "call_missed",
        {"number": "12", "answered": False},
    ),
    ("device_booted", "low", "Device booted", "device_restarted", {}),
    ("sip_registration_lost", "medium", "SIP registration lost", "other", {}),
    (
        "outgoing_call_web",
        "low",
        "Outgoing call from web",
        "other",
        {"number": "12", "answered": False},
    ),
)
_SYSTEM: _Keys = (
    (
        "incorrect_login_api_call",
        "high",
        "Failed login attempt to the web interface",
        "admin",
        {"account_type": "admin"},
    ),
    (
        "incorrect_login_gui_settings",
        "high",
        "Failed login attempt to the GUI settings",
        "admin",
        {"account_type": "admin"},
    ),
    (
        "successful_login_api_call",
        "medium",
        "Login to the web interface",
        "admin",
        {"account_type": "admin"},
    ),
    (
        "successful_login_gui_settings",
        "medium",
        "Entered to GUI settings",
        "admin",
        {"account_type": "admin"},
    ),
)
_EMERGENCY: _Keys = (
    (
        "door_was_not_closed_too_long",
        "critical",
        "Door is not closed too long",
        "door_held_open",
        {"lock_opened_time": 120},
    ),
    ("tamper_event", "critical", "Tamper triggered", "tamper", {}),
)

SEED_KEYS: dict[str, LogKey] = {
    key: LogKey(key, category, priority, text, kind, model)
    for category, rows in (
        ("access", _ACCESS),
        ("info", _INFO),
        ("system", _SYSTEM),
        ("emergency", _EMERGENCY),
    )
    for key, priority, text, kind, model in rows
}
"""The keys of the page "Get logs list"."""

OTHER_KEYS: dict[str, LogKey] = {
    row.key: row
    for row in (
        LogKey(
            "access_denied_by_unknown_qr_code",
            "access",
            "high",
            "Unknown QR code",
            "unknown_credential",
            {"qr": "b1c5a0d2-1111-4f4f-8888-0123456789ab"},
        ),
        LogKey(
            "access_denied_by_web_api_call",
            "access",
            "high",
            "Access denied by web interface",
            "access_denied",
        ),
        LogKey(
            "access_denied_by_unknown_identifier",
            "access",
            "high",
            "Unknown identifier",
            "unknown_credential",
            {"identifier_number": "77", "identifier_type": "ukey"},
        ),
        LogKey(
            "bond_lift_request", "access", "low", "Lift request", "other", {"lock": 1}
        ),
        LogKey(
            "lift_called_to_floor",
            "access",
            "low",
            "Lift called",
            "other",
            {"floor": 3},
        ),
        LogKey(
            "lock_is_opened_too_long",
            "access",
            "high",
            "Lock is opened too long",
            "door_held_open",
            {"lock_opened_time": 90},
        ),
        LogKey(
            "lock_is_opened_to_long",
            "access",
            "high",
            "Lock is opened too long",
            "door_held_open",
            {"lock_opened_time": 90},
        ),
        LogKey("abnormal_event", "emergency", "critical", "Abnormal event", "other"),
        LogKey("emergent_event", "emergency", "critical", "Emergent event", "other"),
        LogKey(
            "firmware_update",
            "system",
            "medium",
            "Firmware update",
            "other",
            {"status": "installing"},
        ),
        LogKey(
            "access_granted_by_palm_vein",
            "access",
            "medium",
            "Lock opened by palm",
            "access_granted",
            {"lock": 1, "owner": "Jane Doe", "palm": "left"},
        ),
        LogKey(
            "access_denied_by_curfew",
            "access",
            "high",
            "Denied by curfew",
            "access_denied",
            {"owner": "John Roe", "lock": "1"},
        ),
    )
}
"""Keys of other versions, and two that no version has."""

ALL_KEYS = SEED_KEYS | OTHER_KEYS
CATEGORIES = ("access", "emergency", "system", "info")
PRIORITIES = ("critical", "high", "low", "medium")
