"""Tests of a gateway behind a master gateway, over real mutual TLS."""

import asyncio
from collections.abc import AsyncGenerator
import re
from typing import Any

import pytest

from custom_components.access_events.models import EventKind
from custom_components.access_events.systems.base import (
    AccessSystemError,
    AuthError,
    ConnectError,
)
from custom_components.access_events.systems.gsdk.system import GsdkGateway, create
from tests.simulators.common_tls import Certificate
from tests.simulators.gsdk import GsdkSimulator
from tests.wait import wait_for
from tests.words import english, says

from .follower import Follower

ENTRANCE, ANNEX = 541530887, 547832961


@pytest.fixture
async def master(socket_enabled: None) -> AsyncGenerator[GsdkSimulator]:
    """Return a running master gateway."""
    simulator = GsdkSimulator()
    simulator.modes.master = True
    async with simulator:
        yield simulator


async def reach(gsdk: GsdkSimulator, **changes: Any) -> GsdkGateway:
    """Return the adapter, connected."""
    system = create(gsdk.config() | changes, {}, None)  # type: ignore[arg-type]
    assert isinstance(system, GsdkGateway)
    try:
        await system.connect()
    except AccessSystemError:
        await system.close()
        raise
    return system


async def code_of(gsdk: GsdkSimulator, **changes: Any) -> str:
    """Return the code of what keeps us from a gateway."""
    with pytest.raises(ConnectError) as caught:
        await reach(gsdk, **changes)
    assert "PRIVATE" not in str(caught.value)
    return caught.value.key


async def test_followed(master: GsdkSimulator) -> None:
    """A gateway is known by its ID, and what happens there is told as it happens."""
    system = create(master.config(), {}, None)  # type: ignore[arg-type]
    assert (await system.connect()).id == "gateway1"
    await system.close()
    async with Follower(master) as owner:
        await master.tap("Main Entrance", "Jane Doe")
        await owner.until(1, EventKind.ACCESS_GRANTED)
        (event,) = owner.journal.of(EventKind.ACCESS_GRANTED)
        assert owner.journal.is_live(event)
        assert event.door_name == "Main Entrance"


async def test_devices_of_other_gateways(master: GsdkSimulator) -> None:
    """What another gateway's devices do is another system's."""
    master.elsewhere.add(ANNEX)
    async with Follower(master) as owner:
        assert not any(key.startswith(str(ANNEX)) for key in owner.doors)
        master.site.device(ANNEX).monitoring = True
        await master.event(0x3600, device=ANNEX)
        await master.device_reconnect(ANNEX)
        await master.event(0x3600, device=ENTRANCE)
        await owner.until(1, EventKind.ADMIN)
        await owner.system.doors()
        assert {event.reader_id for event in owner.events()} == {str(ENTRANCE)}


async def test_login_ends(master: GsdkSimulator) -> None:
    """A login that ended is renewed, and what opens a door is sent once."""
    system = await reach(master)
    (door,) = [door for door in await system.doors() if door.name == "Main Entrance"]
    for _ in range(2):
        await master.expire_tokens()
        await system.hold_unlocked(door.id)
        await master.expire_tokens()
        await system.release(door.id)
    await master.expire_tokens()
    await asyncio.gather(*(system.doors() for _ in range(5)))
    assert master.login.logins == 6
    refused = [
        note["path"]
        for note in master.faults.recent
        if note["status"] == "UNAUTHENTICATED"
    ]
    assert refused
    assert not any("Unlock" in path for path in refused)
    await system.close()


async def test_login_ends_on_the_stream(master: GsdkSimulator) -> None:
    """Streams that end with the login are opened again, and nothing is lost."""
    async with Follower(master) as owner:
        await master.expire_tokens()
        await master.drop_streams(status=True)
        await master.burst(20, doors=[0])
        await wait_for(
            lambda: (
                sum(key.startswith(str(ENTRANCE)) for key in owner.journal.events) >= 20
            ),
            20,
        )


async def test_administrator(master: GsdkSimulator) -> None:
    """The administrator of the master logs in by a call of its own."""
    system = await reach(
        master,
        client_certificate=master.admin_certificate,
        client_key=master.admin_key,
    )
    assert await system.doors()
    await system.close()


async def test_login_refused(master: GsdkSimulator) -> None:
    """A certificate that is no tenant's any more asks for a new one."""
    system = await reach(master)
    master.login.tenants.clear()
    await master.expire_tokens()
    with pytest.raises(AuthError) as caught:
        await system.doors()
    assert "CERTIFICATE" not in english(caught.value)
    await system.close()
    with pytest.raises(AuthError):
        await reach(master)


async def test_what_is_wrong(master: GsdkSimulator) -> None:
    """What keeps us from a gateway behind a master has a word of its own."""
    assert await code_of(master, client_certificate="") == "client_certificate"
    other = Certificate.create("tenant1", ())
    strange = {
        "client_certificate": other.certificate_pem.decode(),
        "client_key": other.key_pem.decode(),
    }
    assert await code_of(master, **strange) == "client_certificate_refused"
    assert await code_of(master, client_key=strange["client_key"]) == "key_mismatch"
    assert await code_of(master, client_key="") == "invalid_client_key"
    bad = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
    assert await code_of(master, client_key=bad) == "invalid_client_key"
    locked = bad.replace("PRIVATE", "ENCRYPTED PRIVATE")
    assert await code_of(master, client_key=locked) == "encrypted_key"
    key = strange["client_key"]
    assert await code_of(master, client_certificate=key) == "invalid_client_certificate"
    with pytest.raises(ConnectError, check=says("gateway1, gateway2")) as caught:
        await reach(master, gateway_id="")
    assert caught.value.placeholders["gateways"] == "gateway1, gateway2"
    assert await code_of(master, gateway_id="gateway2") == "gateway_away"
    other_ca = Certificate.create("Other", (), is_authority=True)
    pem = other_ca.certificate_pem.decode()
    assert await code_of(master, ca_certificate=pem) == "wrong_ca"
    identity = master.config()
    await master.set_modes(master=False)
    assert await code_of(master, **identity) == "not_master"


async def test_gateway_leaves(master: GsdkSimulator) -> None:
    """A gateway that loses its master takes its doors with it."""
    system = await reach(master)
    await system.doors()
    await master.gateway_connected(connected=False)
    with pytest.raises(ConnectError, check=says("not connected")):
        await system.doors()
    await system.close()


async def test_pasted_in_one_line(master: GsdkSimulator) -> None:
    """A key that lost its line breaks in a form is understood."""
    config = master.config()
    flat = {
        name: re.sub(r"\s*\n\s*", "", config[name])
        for name in ("client_certificate", "client_key")
    }
    await (await reach(master, **flat)).close()
