"""Tests of reaching a gateway, and of the words for what keeps us from it."""

import asyncio
import re
from typing import Any

from aiohttp import web
import grpc
import pytest

from custom_components.access_events.systems.base import ConnectError
from custom_components.access_events.systems.gsdk.system import GsdkGateway, create
from custom_components.access_events.systems.gsdk.trust import read_authority
from custom_components.access_events.systems.openings import Openings
from tests.simulators.common import HttpListener
from tests.simulators.common_tls import Certificate, server_context

from .gateway import FRONT, Gateway, Refusal


async def error_of(config: dict[str, Any]) -> ConnectError:
    """Return what keeps us from a gateway."""
    system = create(config, {}, None)  # type: ignore[arg-type]
    with pytest.raises(ConnectError) as caught:
        await system.connect()
    await system.close()
    return caught.value


async def reach(
    gateway: Gateway, adopt: Openings | None = None, **changes: Any
) -> GsdkGateway:
    """Return the adapter of a gateway, connected."""
    system = create(gateway.config(**changes), {}, None)  # type: ignore[arg-type]
    assert isinstance(system, GsdkGateway)
    if adopt is not None:
        system.adopt(adopt)
    await system.connect()
    return system


async def test_connect(gateway: Gateway) -> None:
    """A gateway is reached, and tells its version and its doors."""
    system = create(gateway.config(), {}, None)  # type: ignore[arg-type]
    info = await system.connect()
    assert info.id == f"127.0.0.1:{gateway.port}"
    assert info.version == "V1.9.1"
    doors = await system.doors()
    assert [door.id for door in doors] == [f"{FRONT}:1", f"{FRONT}:2"]
    assert [door.name for door in doors] == ["Front door", "Back door"]
    await system.close()


async def test_older_generation(socket_enabled: None) -> None:
    """Gateways up to V1.4 have other paths."""
    async with Gateway(prefix="", version="1.4.0") as gateway:
        system = await reach(gateway)
        assert len(await system.doors()) == 2
        await system.close()


async def test_no_version(gateway: Gateway) -> None:
    """A gateway that does not tell its version is known by its list of devices."""
    gateway.unknown.add("admin.Admin/GetInfo")
    system = create(gateway.config(), {}, None)  # type: ignore[arg-type]
    assert (await system.connect()).version is None
    assert len(await system.doors()) == 2
    # It may be one that knows no timer, and would leave the door open.
    await system.open_door(f"{FRONT}:1")
    assert [r.normalizeTimer for p, r in gateway.calls if "Unlock" in p] == [0]
    await system.close()


async def test_wrong_name(socket_enabled: None) -> None:
    """A certificate for other names is told with these names, and can be accepted."""
    async with Gateway(names=("gateway.home",)) as gateway:
        err = await error_of(gateway.config())
        assert err.key == "wrong_server_name"
        assert err.placeholders["names"] == "gateway.home, gateway"
        system = await reach(gateway, server_name=" gateway.home ")
        await system.close()


async def test_wrong_authority(gateway: Gateway) -> None:
    """A certificate of another authority is told."""
    other = Certificate.create("Other CA", (), is_authority=True)
    pem = other.certificate_pem.decode()
    err = await error_of(gateway.config(ca_certificate=pem))
    assert err.key == "wrong_ca"


async def test_not_tls(socket_enabled: None) -> None:
    """A port that does not speak TLS is told."""

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server, Gateway() as gateway:
        port = server.sockets[0].getsockname()[1]
        assert (await error_of(gateway.config(port=port))).key == "not_tls"


async def test_refused_and_unknown(gateway: Gateway) -> None:
    """A closed port is told, and so is a name that nobody knows."""
    config = gateway.config()
    await gateway.stop()
    assert (await error_of(config)).key == "refused"


async def test_client_certificate(socket_enabled: None) -> None:
    """A master gateway, which wants a certificate of ours, is told."""
    async with Gateway(mutual=True) as gateway:
        assert (await error_of(gateway.config())).key == "client_certificate"


async def test_other_product(socket_enabled: None) -> None:
    """What speaks gRPC but does not know a gateway's calls is another product."""
    async with Gateway(prefix="other.") as gateway:
        assert (await error_of(gateway.config())).key == "wrong_product"


async def test_after_the_end(gateway: Gateway) -> None:
    """A gateway that is let go of is asked nothing more, in words."""
    system = await reach(gateway)
    await system.doors()
    await system.close()
    with pytest.raises(ConnectError):
        await system.doors()


async def test_no_answer_in_time(gateway: Gateway) -> None:
    """A gateway that is too slow is told apart from one that refuses."""
    system = await reach(gateway)
    gateway.failing["connect.Connect/GetDeviceList"] = Refusal(
        grpc.StatusCode.DEADLINE_EXCEEDED, "too late"
    )
    with pytest.raises(ConnectError) as raised:
        await system.doors()
    assert raised.value.key == "timeout"
    await system.close()


async def test_web_server(gateway: Gateway) -> None:
    """What has a good certificate, and does not even speak HTTP/2, is another product."""
    certificate = Certificate.create("web", authority=gateway.authority)
    listener = HttpListener(web.Application)
    await listener.start(await server_context(certificate))
    try:
        err = await error_of(gateway.config(port=listener.port))
        assert err.key == "wrong_product"
    finally:
        await listener.stop()


async def test_expired(socket_enabled: None) -> None:
    """A certificate that is over is told as such: server certificates end in two years."""
    async with Gateway(days=0) as gateway:
        assert (await error_of(gateway.config())).key == "certificate_expired"


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("", "invalid_ca"),
        ("ca.crt", "invalid_ca"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            "invalid_ca",
        ),
        (Certificate.create("x").key_pem.decode(), "private_key"),
    ],
    ids=["nothing", "file name", "rubbish", "private key"],
)
def test_not_a_certificate(pasted: str, code: str) -> None:
    """What is not a certificate is refused before anything is sent."""
    with pytest.raises(ConnectError) as caught:
        read_authority(pasted)
    assert caught.value.key == code


def test_certificate_without_line_breaks() -> None:
    """A certificate that lost its line breaks on the way is understood."""
    pem = Certificate.create("x", is_authority=True).certificate_pem.decode()
    assert read_authority(re.sub(r"\s*\n\s*", " ", pem)).decode() == pem
    assert (
        read_authority(f"Bag\r\n{pem.replace(chr(10), chr(13) + chr(10))}")
        == pem.encode()
    )
