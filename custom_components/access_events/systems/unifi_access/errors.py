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

_WORDS = {
    "PARAMS_INVALID": "UniFi Access does not accept these values",
    "OPERATION_FORBIDDEN": "UniFi Access does not allow this",
    "NOT_EXISTS": "UniFi Access does not know this item any more",
    "RESOURCE_NOT_FOUND": "UniFi Access does not know this item any more",
    "USER_EMAIL_ERROR": "UniFi Access does not accept this email address",
    "USER_ACCOUNT_NOT_EXIST": "UniFi Access does not know this user",
    "USER_WORKER_NOT_EXISTS": "UniFi Access does not know this user",
    "USER_NAME_DUPLICATED": "A user of this name is already registered",
    "CREDS_NFC_HAS_BIND_USER": "This card already belongs to somebody else",
    "CREDS_DISABLE_TRANSFER_UID_USER_NFC": "This card can't be given to somebody else",
    "CREDS_NFC_CARD_IS_PROVISION": "This card is being written",
    "CREDS_NFC_CARD_PROVISION_FAILED": "This card could not be written",
    "CREDS_NFC_CARD_INVALID": "UniFi Access does not accept this card",
    "CREDS_NFC_CARD_CANNOT_BE_DELETE": "This card can't be removed",
    "CREDS_PIN_CODE_CREDS_ALREADY_EXIST": "This PIN is already in use",
    "CREDS_PIN_CODE_CREDS_LENGTH_INVALID": "The PIN is too short or too long",
    "SPACE_DEVICE_BOUND_LOCATION_NOT_FOUND": "No hub is assigned to this door",
    "DEVICE_DEVICE_BUSY": "The door's hub is busy. Try again in a moment",
    "DEVICE_DEVICE_NOT_FOUND": "The door's hub is not known any more",
    "DEVICE_DEVICE_OFFLINE": "The door's hub is offline",
}


class Refused(base.RequestRejected):
    """The console understood, and said no; `api_code` is its code without prefix."""

    def __init__(self, reason: str, api_code: str = "") -> None:
        """Keep the console's code beside the words."""
        super().__init__(reason)
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
        return base.NotSupported(
            "This console was moved to UniFi Identity Enterprise, which switches the local "
            "API off. It can't be used until it is moved back",
            code="identity_enterprise",
        )
    if code in UNAUTHORIZED or status == 401:
        return Unauthorized("The console does not accept the API token")
    if status == 403:
        return base.PermissionMissing(
            permission, f"The API token lacks the permission {permission}"
        )
    if code in _UNSUPPORTED:
        return base.NotSupported(
            "The door's hub or the console's version can't do this"
        )
    if code in _NOT_FOUND or status == 404:
        return NotFound(_WORDS.get(code, "The console does not have this"), code)
    if code in _WORDS:
        return Refused(_WORDS[code], code)
    if status >= 500 or code == "SYSTEM_ERROR":
        return NotReady(f"The console is not ready (HTTP {status})")
    if 300 <= status < 400 or not code:
        return base.ConnectError(
            f"What answers there is not UniFi Access (HTTP {status})",
            code="wrong_product",
        )
    return Refused(message or f"UniFi Access refused ({code})", code)
