"""Trust in a gateway, by the certificate of its own authority.

gRPC tells of a failed handshake in words of its library only. When a gateway can't be
reached, the same handshake is tried again with Python's own TLS, which tells why.
"""

import asyncio
from contextlib import suppress
import re
import ssl

from ..base import AccessSystemError, ConnectError
from ..tls import connect_error

CERTIFICATE_MISSING = "client_certificate"
"""The code of the error that a gateway wants a certificate of ours."""
_TIMEOUT = 10.0
_PATIENCE = 1.0
_BLOCK = re.compile(
    r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----"
)
_EXPIRED = (9, 10)
_OTHER_NAME = (62, 64)
"""OpenSSL's codes for a host name and for an address that do not match."""
_WANTS_CERTIFICATE = ("CERTIFICATE_REQUIRED", "BAD_CERTIFICATE", "HANDSHAKE_FAILURE")


def read_authority(pasted: str) -> bytes:
    """Return the certificates in a text, in the form that TLS libraries want.

    Lost line breaks are put back. Raises `ConnectError` with code `invalid_ca` for
    what holds no certificate, `private_key` for what must never be pasted.
    """
    if "PRIVATE KEY-----" in pasted:
        raise ConnectError("private_key")
    blocks: list[str] = []
    for body in _BLOCK.findall(pasted):
        packed = "".join(body.split())
        lines = [packed[at : at + 64] for at in range(0, len(packed), 64)]
        blocks.append(
            "\n".join(
                ("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", "")
            )
        )
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(
            cadata="".join(blocks)
        )
    except ValueError, ssl.SSLError:
        raise ConnectError("invalid_ca") from None
    return "".join(blocks).encode()


async def find_cause(
    host: str, port: int, authority: bytes, name: str | None
) -> AccessSystemError | None:
    """Return what keeps us from a gateway, None if the handshake works.

    No certificate of ours is shown, so that a gateway that wants one always says so.
    """
    try:
        context = await asyncio.to_thread(_context, authority)
        return await _shake_hands(host, port, context, name or host)
    except ssl.SSLCertVerificationError as err:
        return await _judge(err, host, port, context, name or host)
    except ssl.SSLError as err:
        if any(word in (err.reason or "").upper() for word in _WANTS_CERTIFICATE):
            return _client_certificate_missing()
        return connect_error(err, handshake=True)
    except (OSError, ValueError) as err:
        return connect_error(err, handshake=True)


def _context(authority: bytes) -> ssl.SSLContext:
    """Return a context that trusts an authority, as gRPC does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=authority.decode())
    context.set_alpn_protocols(["h2"])
    return context


async def _shake_hands(
    host: str, port: int, context: ssl.SSLContext, name: str
) -> AccessSystemError | None:
    """Connect, and return what is wrong although the certificate is right."""
    async with asyncio.timeout(_TIMEOUT):
        reader, writer = await asyncio.open_connection(
            host, port, ssl=context, server_hostname=name
        )
    try:
        shown: ssl.SSLObject = writer.get_extra_info("ssl_object")
        if shown.selected_alpn_protocol() != "h2":
            return ConnectError("wrong_product")
        # With TLS 1.3, a server that misses our certificate says so only now, or hangs
        # up without a word. Any other begins to speak at once.
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                if not await reader.read(1):
                    return _client_certificate_missing()
    finally:
        writer.close()
    return None


async def _judge(
    err: ssl.SSLCertVerificationError,
    host: str,
    port: int,
    context: ssl.SSLContext,
    name: str,
) -> AccessSystemError:
    """Return why a certificate is not accepted."""
    if err.verify_code in _EXPIRED:
        return ConnectError("certificate_expired")
    if err.verify_code in _OTHER_NAME:
        names = await _names(host, port, context, name)
        return ConnectError("wrong_server_name", name=name, names=names)
    return ConnectError("wrong_ca")


async def _names(host: str, port: int, context: ssl.SSLContext, name: str) -> str:
    """Return the names that a certificate is for."""
    context.check_hostname = False
    with suppress(OSError, ValueError):
        async with asyncio.timeout(_TIMEOUT):
            _, writer = await asyncio.open_connection(
                host, port, ssl=context, server_hostname=name
            )
        try:
            shown = writer.get_extra_info("ssl_object").getpeercert() or {}
        finally:
            writer.close()
        names = [value for _, value in shown.get("subjectAltName", ())]
        names += [
            value
            for part in shown.get("subject", ())
            for key, value in part
            if key == "commonName"
        ]
        return ", ".join(dict.fromkeys(names))
    return ""


def _client_certificate_missing() -> ConnectError:
    """Return that the server wants to see a certificate of ours."""
    return ConnectError(CERTIFICATE_MISSING)
