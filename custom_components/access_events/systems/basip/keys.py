"""What the keys of BAS-IP's log and its reject reasons mean.

Source: BAS-IP's API page "Get logs list"; keys of other versions from their pages.
"""

from ...models import EventKind, Method

OWN_LOGIN = "successful_login_api_call"

KEYS: dict[str, tuple[EventKind, Method | None]] = {
    "access_denied_by_not_valid_identifier": (EventKind.ACCESS_DENIED, None),
    "access_denied_by_not_valid_face_identifier": (
        EventKind.ACCESS_DENIED,
        Method.FACE,
    ),
    "access_denied_by_not_valid_input_code": (
        EventKind.UNKNOWN_CREDENTIAL,
        Method.PIN,
    ),
    "access_denied_by_remote_server_api_call": (
        EventKind.ACCESS_DENIED,
        Method.REMOTE,
    ),
    "access_denied_by_web_api_call": (EventKind.ACCESS_DENIED, Method.REMOTE),
    "access_denied_by_unknown_card": (EventKind.UNKNOWN_CREDENTIAL, Method.CARD),
    "access_denied_by_unknown_qr": (EventKind.UNKNOWN_CREDENTIAL, Method.QR),
    "access_denied_by_unknown_qr_code": (EventKind.UNKNOWN_CREDENTIAL, Method.QR),
    "access_denied_unknown_identifier": (EventKind.UNKNOWN_CREDENTIAL, None),
    "access_denied_by_unknown_identifier": (EventKind.UNKNOWN_CREDENTIAL, None),
    "access_denied_by_not_valid_shared_identifier": (EventKind.ACCESS_DENIED, None),
    "identifiers_without_linkage_to_user_access_denied": (
        EventKind.ACCESS_DENIED,
        None,
    ),
    "multi_access_denied": (EventKind.ACCESS_DENIED, Method.MULTI),
    "access_granted_by_api_call": (EventKind.ACCESS_GRANTED, Method.REMOTE),
    "access_granted_by_call_host": (EventKind.ACCESS_GRANTED, Method.REMOTE),
    "access_granted_by_master_code": (EventKind.ACCESS_GRANTED, Method.PIN),
    "access_granted_by_remote_server_api_call": (
        EventKind.ACCESS_GRANTED,
        Method.REMOTE,
    ),
    "access_granted_by_valid_identifier": (EventKind.ACCESS_GRANTED, None),
    "access_granted_by_valid_face_identifier": (
        EventKind.ACCESS_GRANTED,
        Method.FACE,
    ),
    "access_granted_by_shared_identifier": (EventKind.ACCESS_GRANTED, None),
    "multi_access_granted": (EventKind.ACCESS_GRANTED, Method.MULTI),
    "lock_was_opened_by_free_access_button": (
        EventKind.ACCESS_GRANTED,
        Method.BUTTON,
    ),
    "lock_was_opened_by_exit_btn": (EventKind.EXIT_REQUESTED, Method.BUTTON),
    "door_was_opened": (EventKind.DOOR_OPENED, None),
    "door_sensor_was_opened": (EventKind.DOOR_OPENED, None),
    "door_was_closed": (EventKind.DOOR_CLOSED, None),
    "door_sensor_was_closed": (EventKind.DOOR_CLOSED, None),
    "door_was_not_closed_too_long": (EventKind.DOOR_HELD_OPEN, None),
    "lock_is_opened_too_long": (EventKind.DOOR_HELD_OPEN, None),
    "lock_is_opened_to_long": (EventKind.DOOR_HELD_OPEN, None),
    "emergency_lock_is_opened": (EventKind.HOLD_OPEN_STARTED, None),
    "tamper_event": (EventKind.TAMPER, None),
    "outgoing_call": (EventKind.RING, None),
    "outgoing_call_missed": (EventKind.CALL_MISSED, None),
    "outgoing_call_web": (EventKind.OTHER, None),
    "incoming_call": (EventKind.OTHER, None),
    "lift_call_success": (EventKind.OTHER, None),
    "lift_call_error": (EventKind.OTHER, None),
    "lift_module_access_error": (EventKind.OTHER, None),
    "device_booted": (EventKind.DEVICE_RESTARTED, None),
    "sip_registration_lost": (EventKind.OTHER, None),
    "incorrect_login_api_call": (EventKind.ADMIN, None),
    "incorrect_login_gui_settings": (EventKind.ADMIN, None),
    "successful_login_gui_settings": (EventKind.ADMIN, None),
    OWN_LOGIN: (EventKind.ADMIN, None),
    "firmware_update": (EventKind.ADMIN, None),
}

REASONS = {
    "access_denied_by_not_valid_identifier": "The identifier is not valid now",
    "access_denied_by_not_valid_face_identifier": "The identifier is not valid now",
    "access_denied_by_remote_server_api_call": "Refused by the remote access server",
    "access_denied_by_web_api_call": "Refused over the panel's API",
    "access_denied_by_not_valid_shared_identifier": "The identifier is not valid now",
    "identifiers_without_linkage_to_user_access_denied": (
        "The identifier belongs to no user"
    ),
    "incorrect_login_api_call": "Wrong password",
    "incorrect_login_gui_settings": "Wrong password",
}

REJECTED = {
    "invalid_identifier": "The identifier is not valid",
    "invalid_identifier_time_rules": "Outside the time the identifier is valid",
    "not_enough_passes_for_identifier": "No passes left",
    "not_valid_time_profile_for_identifier": "Outside the identifier's time profile",
    "not_valid_time_profile_for_user": "Outside the user's time profile",
    "not_enough_identifiers_for_current_authentication_type": (
        "More identification is needed"
    ),
    "recognition_type_is_not_enabled": "This kind of recognition is switched off",
    "not_enough_passes_for_shared_identifier": "No passes left",
    "invalid_shared_identifier_time_rules": "Outside the time the identifier is valid",
    "not_valid_time_profile_for_shared_identifier": (
        "Outside the identifier's time profile"
    ),
}
"""The words for `reject_reasons`, by the name of the field that is there."""

METHODS = {
    "card": Method.CARD,
    "ukey": Method.KEY,
    "input_code": Method.PIN,
    "inputcode": Method.PIN,
    "face_id": Method.FACE,
    "face": Method.FACE,
    "qr": Method.QR,
    "license_plate": Method.LICENSE_PLATE,
}


def meaning(key: str, category: str | None) -> tuple[EventKind, Method | None]:
    """Return what a key means, one that nobody knows by how it begins or ends."""
    if (known := KEYS.get(key)) is not None:
        return known
    if key.startswith("access_granted") or key.endswith("access_granted"):
        return EventKind.ACCESS_GRANTED, None
    if key.startswith("access_denied") or key.endswith("access_denied"):
        if "unknown" in key:
            return EventKind.UNKNOWN_CREDENTIAL, None
        return EventKind.ACCESS_DENIED, None
    if key.startswith("lock_was_opened_by_"):
        return EventKind.DOOR_UNLOCKED, None
    if key.startswith(("incorrect_login", "successful_login")):
        return EventKind.ADMIN, None
    if key.startswith("tamper"):
        return EventKind.TAMPER, None
    if category == "emergency":
        return EventKind.ZONE_ALARM, None
    return EventKind.OTHER, None
