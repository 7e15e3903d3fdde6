"""Trust in servers with certificates of their own, and words for what goes wrong.

A server on a local network rarely has a certificate that anybody vouches for. Its
SHA-256 fingerprint is taken once, at set-up, and every later connection must show
the same certificate.
"""

import asyncio
from contextlib import suppress
import hashlib
import socket
import ssl

import aiohttp

from .base import AccessSystemError, CertificateChanged, ConnectError

_TIMEOUT = 10.0
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "RECORD_LAYER",
    "UNEXPECTED_EOF",
    "EOF",
)


async def read_fingerprint(host: str, port: int) -> str:
    """Return the SHA-256 of the certificate that a server shows, in lower-case hex.

    Nothing is sent to the server but the start of TLS. Raises `ConnectError` with
    key `unknown_host`, `refused`, `timeout`, `not_tls` or `cannot_connect`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(_TIMEOUT):
            _, writer = await asyncio.open_connection(
                host, port, ssl=context, server_hostname=host
            )
    except (OSError, ValueError) as err:
        raise connect_error(err, handshake=True) from err
    try:
        shown: ssl.SSLObject = writer.get_extra_info("ssl_object")
        certificate = shown.getpeercert(binary_form=True)
    finally:
        writer.close()
        with suppress(OSError):
            async with asyncio.timeout(1):
                await writer.wait_closed()
    if not certificate:
        raise ConnectError("not_tls")
    return hashlib.sha256(certificate).hexdigest()


def ssl_argument(
    verify_ssl: bool, fingerprint: str | None
) -> aiohttp.Fingerprint | ssl.SSLContext | bool:
    """Return what makes aiohttp trust a server as the user chose.

    With `verify_ssl` the session's own authorities decide; else the server must show
    the certificate of that fingerprint. Raises `ConnectError` with key `not_trusted`
    if there is neither.
    """
    if verify_ssl:
        return True
    try:
        return aiohttp.Fingerprint(bytes.fromhex((fingerprint or "").replace(":", "")))
    except ValueError as err:
        raise ConnectError("not_trusted", fingerprint="") from err


def connect_error(err: BaseException, *, handshake: bool = False) -> AccessSystemError:
    """Return what kept us from a server, from what the libraries raise.

    `handshake` says that the connection was to speak TLS and had not begun to: a
    server that hangs up then speaks something else.
    """
    if isinstance(err, AccessSystemError):
        return err
    if isinstance(err, aiohttp.ServerFingerprintMismatch):
        return CertificateChanged(err.expected.hex(), err.got.hex())
    if isinstance(
        err, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError
    ):
        return ConnectError("not_trusted", fingerprint="")
    if isinstance(err, aiohttp.ClientConnectorDNSError):
        return ConnectError("unknown_host")
    if isinstance(err, aiohttp.ClientConnectorError) and err.os_error is not None:
        cause = _from_os(err.os_error, handshake=True)
        return cause or ConnectError()
    if isinstance(err, aiohttp.ServerTimeoutError):
        return ConnectError("timeout")
    if isinstance(err, aiohttp.InvalidURL):
        return ConnectError("unknown_host")
    if isinstance(err, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError):
        return ConnectError("connection_lost")
    if isinstance(err, OSError | UnicodeError):
        cause = _from_os(err, handshake=handshake)
        return cause or ConnectError()
    if isinstance(err, aiohttp.ClientConnectionError):
        return ConnectError("connection_lost")
    return ConnectError("answer_unreadable")


def _from_os(err: OSError | ValueError, *, handshake: bool) -> ConnectError | None:
    """Return the cause that an operating system's error tells of, if it is known."""
    if isinstance(err, TimeoutError):
        return ConnectError("timeout")
    if isinstance(err, socket.gaierror | UnicodeError):
        return ConnectError("unknown_host")
    if isinstance(err, ConnectionRefusedError):
        return ConnectError("refused")
    if isinstance(err, ssl.SSLError):
        reason = (err.reason or "").upper()
        if any(word in reason for word in _NOT_TLS) or isinstance(err, ssl.SSLEOFError):
            return ConnectError("not_tls")
        return ConnectError("not_tls")
    if handshake and isinstance(err, ConnectionResetError | ConnectionAbortedError):
        return ConnectError("not_tls")
    return None
