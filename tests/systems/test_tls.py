"""Tests of trust in certificates, against real servers."""

import asyncio
from collections.abc import AsyncGenerator
import hashlib
import socket
import ssl

import aiohttp
import pytest

from custom_components.access_events.systems.base import (
    CertificateChanged,
    ConnectError,
)
from custom_components.access_events.systems.tls import (
    connect_error,
    read_fingerprint,
    ssl_argument,
)
from tests.simulators.unifi_access import UnifiAccessSimulator


@pytest.mark.parametrize(
    ("err", "handshake", "code"),
    [
        (ConnectError("timeout"), False, "timeout"),
        (ConnectionResetError(), True, "not_tls"),
        (ConnectionResetError(), False, "cannot_connect"),
        (TimeoutError(), False, "timeout"),
    ],
)
def test_words_for_errors(err: Exception, handshake: bool, code: str) -> None:
    """What the libraries raise is told apart as far as a user can do something about it."""
    assert connect_error(err, handshake=handshake).key == code


@pytest.fixture
async def plain() -> AsyncGenerator[int]:
    """Return the port of a server that hangs up on whoever speaks TLS."""

    async def hang_up(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def test_fingerprint(unifi: UnifiAccessSimulator) -> None:
    """The fingerprint is that of the certificate which the server shows."""
    shown = await asyncio.to_thread(
        ssl.get_server_certificate, ("127.0.0.1", unifi.port)
    )
    expected = hashlib.sha256(ssl.PEM_cert_to_DER_cert(shown)).hexdigest()
    assert await read_fingerprint("127.0.0.1", unifi.port) == expected


async def test_no_fingerprint(plain: int, unused_tcp_port: int) -> None:
    """Why there is none has a name each time."""
    for host, port, code in (
        ("127.0.0.1", plain, "not_tls"),
        ("127.0.0.1", unused_tcp_port, "refused"),
    ):
        with pytest.raises(ConnectError) as raised:
            await read_fingerprint(host, port)
        assert raised.value.key == code


async def test_pinning(unifi: UnifiAccessSimulator) -> None:
    """The pinned certificate is taken, and no other one is."""
    pin = await read_fingerprint("127.0.0.1", unifi.port)
    url = f"https://127.0.0.1:{unifi.port}/"
    async with aiohttp.ClientSession() as session:
        async with session.get(url, ssl=ssl_argument(False, pin)) as answer:
            assert answer.status
        colons = ":".join(pin[i : i + 2] for i in range(0, 64, 2)).upper()
        async with session.get(url, ssl=ssl_argument(False, colons)) as answer:
            assert answer.status
    other = "0" * 64
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ServerFingerprintMismatch) as raised:
            await session.get(url, ssl=ssl_argument(False, other))
    error = connect_error(raised.value)
    assert isinstance(error, CertificateChanged)
    assert (error.expected, error.seen) == (other, pin)


def test_trust() -> None:
    """Verification is the session's; without it there must be a pin."""
    assert ssl_argument(True, None) is True
    for fingerprint in (None, "", "00", "nonsense"):
        with pytest.raises(ConnectError) as raised:
            ssl_argument(False, fingerprint)
        assert raised.value.key == "not_trusted"


@pytest.mark.parametrize(
    ("err", "code"),
    [
        (TimeoutError(), "timeout"),
        (aiohttp.ServerTimeoutError(), "timeout"),
        (ConnectionRefusedError(), "refused"),
        (socket.gaierror(-2, "Name or service not known"), "unknown_host"),
        (aiohttp.InvalidURL("x"), "unknown_host"),
        (aiohttp.ServerDisconnectedError(), "connection_lost"),
        (aiohttp.ClientPayloadError(), "connection_lost"),
        (aiohttp.ClientConnectionError("https://secret"), "connection_lost"),
        (OSError(113, "No route to host"), "cannot_connect"),
        (ValueError("secret"), "answer_unreadable"),
    ],
)
def test_words(err: Exception, code: str) -> None:
    """Each failure has words that hold nothing of the original text."""
    error = connect_error(err)
    assert error.key == code
    assert "secret" not in f"{error} {error.placeholders}"
