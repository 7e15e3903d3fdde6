"""Who we are to a master gateway: a client certificate, its key, and a login.

Source: G-SDK, Login API and Connect Master API. Nothing here puts a key, a certificate
or a token into an error.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
import re

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from ..base import ConnectError
from .trust import read_authority

_KEY = re.compile(
    r"-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----([A-Za-z0-9+/=\s]+?)-----END \1-----"
)
_ENCRYPTED = ("ENCRYPTED PRIVATE KEY", "Proc-Type")


@dataclass(frozen=True, slots=True)
class Identity:
    """A client certificate with its key, both in PEM, and the gateway that is meant."""

    certificate: bytes = field(repr=False)
    key: bytes = field(repr=False)
    gateway_id: str


def read_identity(certificate: str, key: str, gateway_id: str) -> Identity:
    """Return who we are, by what was pasted; lost line breaks are put back.

    Raises `ConnectError` whose code tells what is missing or does not fit.
    """
    try:
        chain = read_authority(certificate)
    except ConnectError:
        raise ConnectError("invalid_client_certificate") from None
    if any(word in key for word in _ENCRYPTED):
        raise ConnectError("encrypted_key")
    if (found := _KEY.search(key)) is None:
        raise ConnectError("invalid_client_key")
    label, body = found[1], "".join(found[2].split())
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    pem = "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))
    _check_pair(chain, pem.encode())
    return Identity(chain, pem.encode(), gateway_id)


def _check_pair(certificate: bytes, key: bytes) -> None:
    """Raise `ConnectError` for a key that is none, or another certificate's."""
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    try:
        private = load_pem_private_key(key, None)
        public = x509.load_pem_x509_certificate(certificate).public_key()
    except ValueError, TypeError, UnsupportedAlgorithm:
        raise ConnectError("invalid_client_key") from None
    if private.public_key().public_bytes(*form) != public.public_bytes(*form):
        raise ConnectError("key_mismatch")


def check_gateway(wanted: str, gateways: Sequence[str]) -> None:
    """Raise `ConnectError` if a master has no gateway of an ID, or none was given."""
    if wanted not in gateways:
        names = ", ".join(gateways) or "–"
        raise ConnectError("unknown_gateway", gateways=names)
