"""What a UniFi Access console answers when it refuses, in words."""

from collections.abc import Mapping
from typing import Any

from .. import base
from ..parsing import text

SUCCESS = ("SUCCESS", "SUCCEED")
"""Codes of an answer that is none of an error; the reference's samples have both."""
_PREFIX = "CODE_"

UNAUTHORIZED = frozenset({"AUTH_FAILED", "ACCESS_TOKEN_INVALID", "UNAUTHORIZED"})
"""Codes of a token that is bad, expired, or lacks a permission: they don't say which."""

_ENTERPRISE = "OTHERS_UID_ADOPTED_NOT_SUPPORTED"
_UNSUPPORTED = frozenset(
    {
        "DEVICE_API_NOT_SUPPORTED",
        "DEVICE_DEVICE_VERSION_TOO_OLD",
        "DEVICE_DEVICE_VERSION_NOT_FOUND",
    }
)
_NOT_FOUND = frozenset({"NOT_EXISTS", "RESOURCE_NOT_FOUND"})
_PASSING = frozenset({"DEVICE_DEVICE_BUSY", "DEVICE_DEVICE_OFFLINE"})

_KEYS = {
    "PARAMS_INVALID": "values_refused",
    "OPERATION_FORBIDDEN": "forbidden",
    "NOT_EXISTS": "not_found",
    "RESOURCE_NOT_FOUND": "not_found",
    "USER_EMAIL_ERROR": "email_invalid",
    "USER_ACCOUNT_NOT_EXIST": "user_unknown",
    "USER_WORKER_NOT_EXISTS": "user_unknown",
    "USER_NAME_DUPLICATED": "name_taken",
    "CREDS_NFC_HAS_BIND_USER": "card_taken",
    "CREDS_DISABLE_TRANSFER_UID_USER_NFC": "card_taken",
    "CREDS_NFC_CARD_IS_PROVISION": "card_refused",
    "CREDS_NFC_CARD_PROVISION_FAILED": "card_refused",
    "CREDS_NFC_CARD_INVALID": "card_refused",
    "CREDS_NFC_CARD_CANNOT_BE_DELETE": "card_refused",
    "CREDS_PIN_CODE_CREDS_ALREADY_EXIST": "pin_taken",
    "CREDS_PIN_CODE_CREDS_LENGTH_INVALID": "pin_wrong_length",
    "SPACE_DEVICE_BOUND_LOCATION_NOT_FOUND": "no_hub",
    "DEVICE_DEVICE_BUSY": "device_busy",
    "DEVICE_DEVICE_NOT_FOUND": "no_hub",
    "DEVICE_DEVICE_OFFLINE": "device_offline",
}


class Refused(base.RequestRejected):
    """The console understood, and said no; `api_code` is its code without prefix."""

    def __init__(self, api_code: str, message: str | None = None) -> None:
        """Keep the console's code, and its text where we have no better words."""
        if (key := _KEYS.get(api_code)) is not None:
            super().__init__(key)
        elif message:
            super().__init__(reason=message)
        else:
            super().__init__("rejected_with_code", code=api_code)
        self.api_code = api_code

    @property
    def passing(self) -> bool:
        """Return whether the same request may well succeed later."""
        return self.api_code in _PASSING


class NotFound(Refused):
    """The console has no such item, or no such function in its version."""


class NotReady(base.ConnectError):
    """The console answers, but could not do this now: it may be starting."""


class Unauthorized(base.AuthError):
    """The token is bad, or lacks the permission: the console does not say which."""


def bare_code(envelope: Mapping[str, Any]) -> str:
    """Return an answer's code without its prefix, in upper case."""
    return (text(envelope.get("code")) or "").upper().removeprefix(_PREFIX)


def error_of(
    status: int, code: str, message: str | None, permission: str
) -> base.AccessSystemError:
    """Return what a failed answer means.

    `status` is that of HTTP, `code` the envelope's without prefix ("" if there was
    none), `permission` the key that the request needs.
    """
    if code == _ENTERPRISE:
        return base.NotSupported("identity_enterprise")
    if code in UNAUTHORIZED or status == 401:
        return Unauthorized()
    if status == 403:
        return base.PermissionMissing(permission)
    if code in _UNSUPPORTED:
        return base.NotSupported("version_too_old")
    if code in _NOT_FOUND or status == 404:
        return NotFound(code if code in _KEYS else "NOT_EXISTS")
    if code in _KEYS:
        return Refused(code)
    if status >= 500 or code == "SYSTEM_ERROR":
        return NotReady("not_ready", status=str(status))
    if 300 <= status < 400 or not code:
        return base.ConnectError("wrong_product")
    return Refused(code, message)
