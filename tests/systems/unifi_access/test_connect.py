"""Tests of reaching a UniFi Access console, and of being kept from it."""

import asyncio
from typing import Any

import aiohttp
import pytest

from custom_components.access_events.models import DoorFeature, DoorMode, EventKind
from custom_components.access_events.systems import VENDORS
from custom_components.access_events.systems.base import (
    AccessSystemError,
    AuthError,
    CertificateChanged,
    ConnectError,
    NotSupported,
    PermissionMissing,
)
from tests.simulators.unifi_access import UnifiAccessSimulator
from tests.wait import wait_for
from tests.words import says

from .follower import Follower

CREATE = VENDORS["unifi_access"].create


async def failure(unifi: UnifiAccessSimulator, **config: Any) -> AccessSystemError:
    """Return why a console can't be used."""
    async with Follower(unifi, **config) as site:
        with pytest.raises(AccessSystemError) as raised:
            await site.system.connect()
        return raised.value


async def test_what_a_site_has(unifi: UnifiAccessSimulator) -> None:
    """Each door has what its devices can tell and do, and nothing else."""
    async with Follower(unifi) as site:
        info = await site.system.connect()
        assert info.name == "UDM Pro"
        assert str(unifi.port) in info.id
        doors = {door.name: door for door in await site.system.doors()}
        front = doors["Front Door"]
        for feature in (
            DoorFeature.OPEN,
            DoorFeature.HOLD,
            DoorFeature.POSITION,
            DoorFeature.FORCED,
            DoorFeature.RING,
            DoorFeature.IMAGE,
            DoorFeature.CONNECTION,
        ):
            assert feature in front.features
        assert front.modes == (
            DoorMode.NORMAL,
            DoorMode.UNLOCKED,
            DoorMode.LOCKED_DOWN,
        )
        assert front.state.is_locked is True
        assert front.state.is_open is False
        assert DoorFeature.POSITION not in doors["Storage"].features
        assert doors["Storage"].state.is_open is None
        assert DoorFeature.HOLD not in doors["Garage Gate"].features
        assert DoorFeature.OPEN not in doors["Old Entrance"].features
        state = await site.system.system_state()
        assert (state.evacuation, state.lockdown) == (False, False)


async def test_wrong_token(unifi: UnifiAccessSimulator) -> None:
    """A token that is bad is told as such, and never shown."""
    err = await failure(unifi, api_token="not-a-token")
    assert isinstance(err, AuthError)
    assert err.key == "invalid_auth"
    assert "not-a-token" not in f"{err} {err.placeholders}"


@pytest.mark.parametrize("code", ["ACCESS_TOKEN_INVALID", "AUTH_FAILED"])
async def test_expired_token(unifi: UnifiAccessSimulator, code: str) -> None:
    """A token that is replaced while we are live asks for a new one."""
    await unifi.set_modes(invalid_token_code=code)
    async with Follower(unifi) as site:
        await site.start()
        await unifi.rotate_token()
        await unifi.drop_streams()
        await wait_for(lambda: site.error)
        assert isinstance(site.error, AuthError)


async def test_wrong_addresses(
    unifi: UnifiAccessSimulator, unused_tcp_port: int
) -> None:
    """Each way not to reach a console has its own name."""
    cases: dict[str, dict[str, Any]] = {
        "unknown_host": {"host": "no-such-host.invalid"},
        "refused": {"port": unused_tcp_port},
        "not_tls": {"port": int(unifi.control.rsplit(":", 1)[1])},
    }
    for code, config in cases.items():
        err = await failure(unifi, **config)
        assert isinstance(err, ConnectError)
        assert err.key == code, err


async def test_address_as_people_enter_it(unifi: UnifiAccessSimulator) -> None:
    """The address of the console's page is as good as its name."""
    async with Follower(unifi, host=" https://127.0.0.1/access/doors ") as site:
        assert (await site.system.connect()).id.startswith("127.0.0.1")


async def test_changed_certificate(unifi: UnifiAccessSimulator) -> None:
    """Another certificate than the pinned one stops all, and both are told."""
    pinned = unifi.fingerprint.replace(":", "").lower()
    async with Follower(unifi) as site:
        await site.start()
        await unifi.change_certificate()
        await unifi.drop_streams()
        await wait_for(lambda: site.error)
        assert isinstance(site.error, CertificateChanged)
        assert site.error.expected == pinned
        assert site.error.seen == unifi.fingerprint.replace(":", "").lower()


async def test_certificate_nobody_vouches_for(unifi: UnifiAccessSimulator) -> None:
    """With verification on, the certificate that was shown is told."""
    # The server's half of a handshake that we refuse is no failure of this test.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    err = await failure(unifi, verify_ssl=True, fingerprint=None)
    assert err.key == "not_trusted"
    assert err.placeholders["fingerprint"] == unifi.fingerprint.replace(":", "").lower()


async def test_unpinned_is_refused(unifi: UnifiAccessSimulator) -> None:
    """Without verification and without a pin nothing is sent at all."""
    async with aiohttp.ClientSession() as session:
        config = {"host": "127.0.0.1", "port": unifi.port, "api_token": unifi.token}
        with pytest.raises(ConnectError, check=says("not signed by an authority")):
            CREATE({**config, "verify_ssl": False}, {}, session)


async def test_identity_enterprise(unifi: UnifiAccessSimulator) -> None:
    """A console that was moved to Identity Enterprise says so in words."""
    await unifi.set_modes(identity_enterprise=True)
    err = await failure(unifi)
    assert isinstance(err, NotSupported)
    assert err.key == "identity_enterprise"


@pytest.mark.parametrize("status", [401, 403])
async def test_doors_must_be_seen(unifi: UnifiAccessSimulator, status: int) -> None:
    """A token without the permission for doors is good, but not good enough."""
    await unifi.set_modes(scope_status=status)
    await unifi.revoke("view:space")
    err = await failure(unifi)
    assert isinstance(err, PermissionMissing)
    assert err.permission == "view:space"


@pytest.mark.parametrize("status", [401, 403])
async def test_missing_permissions(unifi: UnifiAccessSimulator, status: int) -> None:
    """What a token may not do is named; the rest works; no new token is asked for."""
    await unifi.set_modes(scope_status=status)
    await unifi.revoke("view:system_log")
    await unifi.revoke("edit:space")
    async with Follower(unifi) as site:
        await site.start()
        await wait_for(lambda: "view:system_log" in site.problems)
        problem = site.problems["view:system_log"]
        assert problem.active
        assert problem.placeholders["permission"] == "view:system_log"
        await unifi.tap(0, 0)
        (event,) = await site.has(EventKind.ACCESS_GRANTED)
        assert site.journal.is_live(event)
        with pytest.raises(PermissionMissing):
            await site.system.open_door(site.door("Front Door").id)
        await wait_for(lambda: "edit:space" in site.problems)
        await unifi.grant("edit:space")
        await site.system.open_door(site.door("Front Door").id)
        await wait_for(lambda: not site.problems["edit:space"].active)
        assert site.error is None


async def test_without_the_stream(unifi: UnifiAccessSimulator) -> None:
    """A token that may not see devices still brings live events, by polls."""
    await unifi.revoke("view:device")
    async with Follower(unifi) as site:
        await site.start()
        await wait_for(lambda: "view:device" in site.problems)
        await unifi.tap("Front Door", "Jane Doe", opens=True)
        (event,) = await site.has(EventKind.ACCESS_GRANTED)
        assert site.journal.is_live(event)
        opened = await site.has(EventKind.DOOR_OPENED)
        assert len(opened) == 1
        await wait_for(lambda: site.door("Front Door").state.is_open is False)
        await site.has(EventKind.DOOR_CLOSED)
        await asyncio.sleep(6)
        assert len(site.journal.of(EventKind.DOOR_OPENED)) == 1
        assert len(site.journal.of(EventKind.DOOR_CLOSED)) == 1


async def test_permission_comes_back(unifi: UnifiAccessSimulator) -> None:
    """A problem that is mended is told as mended, after the next start."""
    await unifi.revoke("view:system_log")
    async with Follower(unifi) as site:
        await site.start()
        await wait_for(lambda: "view:system_log" in site.problems)
        await unifi.grant("view:system_log")
        await site.stop()
        site.caught_up.clear()
        await site.start()
        await wait_for(lambda: not site.problems["view:system_log"].active)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html>"),
        (200, '{"hello": 1}'),
        (404, "no-man zone"),
        (302, ""),
        (200, "[]"),
    ],
)
async def test_another_product(
    unifi: UnifiAccessSimulator, status: int, body: str
) -> None:
    """A server that is no UniFi Access is told as such."""
    await unifi.fault(
        path="/api/v1/developer/doors", status=status, body=body, count=None
    )
    err = await failure(unifi)
    assert isinstance(err, ConnectError)
    assert err.key == "wrong_product"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_console_that_starts(unifi: UnifiAccessSimulator, status: int) -> None:
    """A console that is not ready is tried again, not set up anew."""
    await unifi.fault(
        path="/api/v1/developer/doors", status=status, body="busy", count=None
    )
    err = await failure(unifi)
    assert isinstance(err, ConnectError)
    assert err.key == "not_ready"
