"""The systems that the Access Events integration speaks with.

One row here, one folder beside it, its strings and its simulator are all that a
vendor needs. A vendor's folder is imported only when it is set up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    import aiohttp

    from .base import AccessSystem


class FieldKind(Enum):
    """What a form's field holds, for the form to choose its input."""

    TEXT = auto()
    URL = auto()
    PORT = auto()
    SECRET = auto()
    PEM = auto()
    FLAG = auto()
    SECONDS = auto()
    CHOICES = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a vendor's set-up form or of its options."""

    key: str
    kind: FieldKind
    default: object = None
    required: bool = True
    choices: tuple[str, ...] = ()
    minimum: int = 1
    maximum: int = 86400
    advanced: bool = False
    """Whether it is in a section that is folded up, for the few who need it."""
    renewed: bool = False
    """Whether it is asked for again together with the secrets."""

    @property
    def is_secret(self) -> bool:
        """Return whether what it holds is never shown again."""
        return self.kind is FieldKind.SECRET


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A vendor as the config flow presents it."""

    key: str
    name: str
    manufacturer: str
    fields: tuple[Field, ...]
    options: tuple[Field, ...] = ()
    announced_as: str | None = None
    """The manufacturer that its hardware tells over UPnP, as in the manifest's `ssdp`."""

    def create(
        self,
        config: Mapping[str, Any],
        options: Mapping[str, Any],
        session: aiohttp.ClientSession,
    ) -> AccessSystem:
        """Make the adapter of one system; imports it, so not for the event loop.

        `config` holds the set-up form's fields, and `fingerprint` (SHA-256, lower-case
        hex) where the certificate is pinned.
        """
        module = cast("_SystemModule", import_module(f".{self.key}.system", __name__))
        return module.create(config, options, session)


class _SystemModule(Protocol):
    """What each vendor's `system` module offers."""

    def create(
        self,
        config: Mapping[str, Any],
        options: Mapping[str, Any],
        session: aiohttp.ClientSession,
    ) -> AccessSystem:
        """Make the adapter of one system."""


_VENDORS = (
    Vendor(
        key="unifi_access",
        name="UniFi Access",
        manufacturer="Ubiquiti",
        announced_as="Ubiquiti Networks",
        fields=(
            Field(key="host", kind=FieldKind.TEXT),
            Field(key="port", kind=FieldKind.PORT, default=12445),
            Field(key="api_token", kind=FieldKind.SECRET),
            Field(key="verify_ssl", kind=FieldKind.FLAG, default=False),
        ),
        options=(
            Field(
                key="poll_interval",
                kind=FieldKind.SECONDS,
                default=60,
                minimum=5,
                maximum=3600,
            ),
            Field(
                key="topics",
                kind=FieldKind.CHOICES,
                default=(
                    "door_openings",
                    "critical",
                    "device_events",
                    "admin_activity",
                    "visitor",
                ),
                choices=(
                    "door_openings",
                    "critical",
                    "device_events",
                    "updates",
                    "admin_activity",
                    "visitor",
                ),
            ),
            Field(
                key="held_open_after",
                kind=FieldKind.SECONDS,
                default=60,
                minimum=5,
                maximum=3600,
            ),
        ),
    ),
    Vendor(
        key="clue",
        name="CLUe",
        manufacturer="Suprema",
        fields=(
            Field(key="place_id", kind=FieldKind.TEXT),
            Field(key="api_key", kind=FieldKind.SECRET),
            Field(
                key="base_url",
                kind=FieldKind.URL,
                default="https://api.moon.supremainc.com/v1/be",
            ),
        ),
        options=(
            Field(
                key="poll_interval",
                kind=FieldKind.SECONDS,
                default=15,
                minimum=10,
                maximum=3600,
            ),
        ),
    ),
    Vendor(
        key="gsdk",
        name="Suprema G-SDK",
        manufacturer="Suprema",
        fields=(
            Field(key="host", kind=FieldKind.TEXT),
            Field(key="port", kind=FieldKind.PORT, default=4000),
            Field(key="ca_certificate", kind=FieldKind.PEM),
            Field(key="server_name", kind=FieldKind.TEXT, required=False),
            Field(
                key="client_certificate",
                kind=FieldKind.PEM,
                required=False,
                advanced=True,
                renewed=True,
            ),
            Field(
                key="client_key", kind=FieldKind.SECRET, required=False, advanced=True
            ),
            Field(key="gateway_id", kind=FieldKind.TEXT, required=False, advanced=True),
        ),
        options=(
            Field(
                key="image_filter",
                kind=FieldKind.CHOICES,
                required=False,
                default=(),
                choices=(
                    "access_granted",
                    "access_denied",
                    "unknown_credential",
                    "duress",
                    "exit_requested",
                    "door_opened",
                    "door_forced_open",
                    "door_held_open",
                    "tamper",
                ),
            ),
        ),
    ),
    Vendor(
        key="basip",
        name="BAS-IP",
        manufacturer="BAS-IP",
        fields=(
            Field(key="host", kind=FieldKind.TEXT),
            Field(key="port", kind=FieldKind.PORT, default=80),
            Field(key="ssl", kind=FieldKind.FLAG, default=False),
            Field(key="verify_ssl", kind=FieldKind.FLAG, default=False),
            Field(key="username", kind=FieldKind.TEXT, default="admin"),
            Field(key="password", kind=FieldKind.SECRET),
        ),
        options=(
            Field(
                key="poll_interval",
                kind=FieldKind.SECONDS,
                default=3,
                minimum=1,
                maximum=3600,
            ),
            Field(
                key="categories",
                kind=FieldKind.CHOICES,
                default=("access", "emergency", "info", "system"),
                choices=("access", "emergency", "info", "system"),
            ),
            Field(key="push", kind=FieldKind.FLAG, default=False),
        ),
    ),
    Vendor(
        key="pdk",
        name="PDK",
        manufacturer="ProdataKey",
        fields=(
            Field(key="system_id", kind=FieldKind.TEXT),
            Field(key="client_id", kind=FieldKind.TEXT),
            Field(key="client_secret", kind=FieldKind.SECRET),
            Field(
                key="accounts_url",
                kind=FieldKind.URL,
                default="https://accounts.pdk.io",
            ),
            Field(
                key="systems_url", kind=FieldKind.URL, default="https://systems.pdk.io"
            ),
        ),
    ),
)
VENDORS: Mapping[str, Vendor] = {vendor.key: vendor for vendor in _VENDORS}


def vendor_announced_by(manufacturer: str | None) -> Vendor | None:
    """Return the vendor whose hardware names this manufacturer over UPnP."""
    if not manufacturer:
        return None
    return next(
        (vendor for vendor in VENDORS.values() if vendor.announced_as == manufacturer),
        None,
    )
