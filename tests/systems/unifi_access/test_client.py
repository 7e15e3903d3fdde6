"""Tests of the wire to a UniFi Access console, and of its refusals."""

from collections.abc import AsyncGenerator

import aiohttp
from aiohttp import web
import pytest

from custom_components.access_events.models import Capability
from custom_components.access_events.systems.base import (
    AccessSystemError,
    AuthError,
    ConnectError,
    NotSupported,
    PermissionMissing,
    RateLimited,
    RequestRejected,
)
from custom_components.access_events.systems.http import TooLarge
from custom_components.access_events.systems.unifi_access.client import UnifiClient
from custom_components.access_events.systems.unifi_access.clock import ConsoleClock
from custom_components.access_events.systems.unifi_access.system import _address
from tests.simulators.common_tls import Certificate
from tests.simulators.unifi_access import UnifiAccessSimulator
from tests.words import english

from .follower import Follower

DOORS = "/api/v1/developer/doors"


@pytest.fixture
async def client(unifi: UnifiAccessSimulator) -> AsyncGenerator[UnifiClient]:
    """Return a client of the site."""
    pin = aiohttp.Fingerprint(bytes.fromhex(unifi.fingerprint.replace(":", "")))
    async with aiohttp.ClientSession() as session:
        yield UnifiClient(session, "127.0.0.1", unifi.port, unifi.token, pin)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (200, "CODE_SYSTEM_ERROR", ConnectError),
        (200, "CODE_PARAMS_INVALID", RequestRejected),
        (400, "CODE_PARAMS_INVALID", RequestRejected),
        (402, "CODE_OPERATION_FORBIDDEN", RequestRejected),
        (402, "CODE_SOMETHING_NEW", RequestRejected),
        (403, "CODE_OPERATION_FORBIDDEN", PermissionMissing),
        (404, "CODE_NOT_EXISTS", RequestRejected),
        (401, "CODE_ACCESS_TOKEN_INVALID", AuthError),
        (200, "CODE_AUTH_FAILED", AuthError),
        (500, "CODE_DEVICE_DEVICE_OFFLINE", RequestRejected),
        (500, "CODE_SYSTEM_ERROR", ConnectError),
        (200, "CODE_DEVICE_API_NOT_SUPPORTED", NotSupported),
        (402, "CODE_OTHERS_UID_ADOPTED_NOT_SUPPORTED", NotSupported),
        (500, "SUCCESS", ConnectError),
    ],
)
async def test_refusals(
    unifi: UnifiAccessSimulator,
    client: UnifiClient,
    status: int,
    code: str,
    kind: type[AccessSystemError],
) -> None:
    """A code counts whatever the status is, and each has words."""
    await unifi.fault(
        path=DOORS, count=None, status=status, body={"code": code, "msg": "no"}
    )
    with pytest.raises(kind) as raised:
        await client.get("/doors", "view:space")
    assert type(raised.value).__name__ != "AccessSystemError"
    assert english(raised.value)
    assert "127.0.0.1" not in english(raised.value)


@pytest.mark.parametrize("code", ["SUCCESS", "SUCCEED", "success"])
async def test_answer_without_data(
    unifi: UnifiAccessSimulator, client: UnifiClient, code: str
) -> None:
    """An answer need not have data, and success has two spellings."""
    await unifi.fault(path=DOORS, status=200, body={"code": code, "msg": "success"})
    assert await client.get("/doors", "view:space") is None


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "-3"}, 0),
        ({}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Wed, 21 Oct 2093 07:28:30 GMT"}, 3600),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:30 GMT"}, 0),
    ],
    ids=str,
)
async def test_pauses(
    unifi: UnifiAccessSimulator,
    client: UnifiClient,
    headers: dict[str, str],
    pause: float | None,
) -> None:
    """A pause that is asked for is told, by the console's own clock."""
    await unifi.fault(path=DOORS, status=429, headers=headers, body="")
    with pytest.raises(RateLimited) as raised:
        await client.get("/doors", "view:space")
    assert raised.value.retry_after == pause


async def test_huge_and_deep_answers(
    unifi: UnifiAccessSimulator, client: UnifiClient
) -> None:
    """An answer without end or bottom is an error like any other."""
    await unifi.fault(path=DOORS, status=200, body="[" * 200_000)
    with pytest.raises(ConnectError):
        await client.get("/doors", "view:space")
    await unifi.fault(path=DOORS, status=200, body=" " * (17 * 1024 * 1024))
    with pytest.raises(TooLarge):
        await client.get("/doors", "view:space")
    await unifi.fault(path=DOORS, status=200, body="x" * 100)
    with pytest.raises(TooLarge):
        await client.download("/doors", "view:space", 10)


@pytest.mark.parametrize("knows", [True, False])
async def test_protect_key(unifi: UnifiAccessSimulator, knows: bool) -> None:
    """A key that the console's Protect accepts is told to be one."""
    seen: list[str | None] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.headers.get("X-API-KEY"))
        return web.json_response({}, status=200 if knows else 401)

    app = web.Application()
    app.router.add_get("/proxy/protect/integration/v1/meta/info", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    context = Certificate.create("unifi.local").server_context()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    port = runner.addresses[0][1]
    try:
        async with Follower(unifi, api_token="a-protect-key") as site:
            site.system._client._console = (  # type: ignore[attr-defined]  # noqa: SLF001
                site.system._client._base.with_port(port)  # type: ignore[attr-defined]  # noqa: SLF001
            )
            with pytest.raises(AuthError) as raised:
                await site.system.connect()
        assert raised.value.key == ("protect_key" if knows else "invalid_auth")
        assert seen == ["a-protect-key"]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("entered", "expected"),
    [
        ("192.168.1.1", ("192.168.1.1", 12445)),
        (" unifi.local ", ("unifi.local", 12445)),
        ("https://unifi.local/access", ("unifi.local", 12445)),
        ("https://unifi.local:8443/access", ("unifi.local", 12445)),
        ("unifi.local:1234", ("unifi.local", 1234)),
        ("[fe80::1]", ("fe80::1", 12445)),
    ],
)
def test_addresses(entered: str, expected: tuple[str, int]) -> None:
    """An address is understood as people have it at hand."""
    assert _address(entered, 12445) == expected


async def test_old_version(unifi: UnifiAccessSimulator) -> None:
    """A console from before lock rules and emergencies offers neither."""
    await unifi.set_modes(version="1.20.11")
    async with Follower(unifi) as site:
        await site.start()
        assert Capability.EVACUATION not in site.system.capabilities
        assert Capability.LOCK_RULES not in site.system.capabilities
        assert not site.door("Front Door").modes
        with pytest.raises(NotSupported):
            await site.system.set_lockdown(True)
        await site.system.open_door(site.door("Front Door").id)


def test_clock() -> None:
    """The console's time is known to less than a second, and a turn is noticed."""
    now = 100.0
    clock = ConsoleClock(lambda: now)
    clock.note("nonsense", 99.0, 100.0)
    assert clock.now() is None
    clock.note("Wed, 21 Oct 2015 07:28:00 GMT", 99.9, 100.0)
    clock.note("Wed, 21 Oct 2015 07:28:01 GMT", 100.4, 100.5)
    told = clock.now()
    assert told is not None
    assert abs(told - 1_445_412_480_600) < 500
    assert clock.jumps == 0
    clock.note("Wed, 21 Oct 2015 09:28:01 GMT", 100.6, 100.7)
    assert clock.jumps == 1
    told = clock.now()
    assert told is not None
    assert told > 1_445_412_480_600 + 7_000_000
