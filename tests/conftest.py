"""Fixtures for the tests of the Access Events integration."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
import logging
from pathlib import Path
import sys
from typing import Any

import grpc.aio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import pytest_socket

from custom_components.access_events import systems
from custom_components.access_events.const import CONF_IMPORT_DAYS, CONF_VENDOR, DOMAIN
from homeassistant.core import HomeAssistant

from .databases import KINDS, Database, Servers, sqlite_database
from .simulators.pdk import PdkSimulator
from .simulators.unifi_access import UnifiAccessSimulator
from .toy import TOY, ToySystem, toy_module
from .wait import wait_for

# Home Assistant's test library lets every statement be told; those of the journal's
# thread land between two tests, in nobody's captured log.
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


@pytest.fixture(scope="session", autouse=True)
def _grpc_stays() -> Iterator[None]:
    """Keep gRPC's own thread for all tests: it is of the process, not of one test."""
    grpc.aio.init_grpc_aio()
    yield
    grpc.aio.shutdown_grpc_aio()


@pytest.fixture(autouse=True)
def _real_sockets(
    socket_enabled: None, enable_custom_integrations: None
) -> Generator[None]:
    """Let tests reach simulators, on this machine only."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "localhost", "::1"])
    yield
    pytest_socket.enable_socket()


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Give each test a config folder, and so a journal, of its own."""
    return hass_tmp_config_dir


@pytest.fixture(scope="session")
def servers() -> Generator[Servers]:
    """Return the database servers, each of which starts with the first use."""
    servers = Servers()
    yield servers
    servers.close()


@pytest.fixture(params=KINDS)
def database(
    request: pytest.FixtureRequest,
    servers: Servers,
    tmp_path: Path,
    _real_sockets: None,
) -> Generator[Database]:
    """Return each kind of database that a journal may be on, with nothing in it."""
    if request.param == "sqlite":
        yield sqlite_database(tmp_path)
        return
    with servers.get(request.param).database() as database:
        yield database


@pytest.fixture
async def unifi(socket_enabled: None) -> AsyncGenerator[UnifiAccessSimulator]:
    """Return a running UniFi Access site."""
    async with UnifiAccessSimulator() as simulator:
        yield simulator


@pytest.fixture
def unifi_config(unifi: UnifiAccessSimulator) -> dict[str, Any]:
    """Return what a user enters to reach the site."""
    return {
        "host": "127.0.0.1",
        "port": unifi.port,
        "api_token": unifi.token,
        "verify_ssl": False,
    }


@pytest.fixture
def unifi_entry(
    hass: HomeAssistant, unifi: UnifiAccessSimulator, unifi_config: dict[str, Any]
) -> MockConfigEntry:
    """Return a config entry of the site, not set up yet."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="UniFi Access",
        unique_id="test-site",
        data={
            CONF_VENDOR: "unifi_access",
            CONF_IMPORT_DAYS: 7,
            "fingerprint": unifi.fingerprint.replace(":", ""),
            **unifi_config,
        },
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def entry(hass: HomeAssistant, unifi_entry: MockConfigEntry) -> MockConfigEntry:
    """Return the site's config entry, set up."""
    assert await hass.config_entries.async_setup(unifi_entry.entry_id)
    await hass.async_block_till_done()
    return unifi_entry


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> ToySystem:
    """Return a system that a test plays, as one more vendor."""
    system = ToySystem()
    module = toy_module(system)
    monkeypatch.setitem(sys.modules, module.__name__.rpartition(".")[0], module)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(systems.VENDORS, TOY.key, TOY)
    return system


@pytest.fixture
def set_up_toy(
    hass: HomeAssistant, toy: ToySystem
) -> Callable[[], Awaitable[MockConfigEntry]]:
    """Return what sets up the played system."""

    async def set_up() -> MockConfigEntry:
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Toy",
            unique_id="toy-1",
            data={CONF_VENDOR: TOY.key, CONF_IMPORT_DAYS: 7},
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        await wait_for(lambda: toy.listening)
        return entry

    return set_up


@pytest.fixture
async def toy_entry(
    set_up_toy: Callable[[], Awaitable[MockConfigEntry]],
) -> MockConfigEntry:
    """Return the played system's config entry, set up."""
    return await set_up_toy()


@pytest.fixture
async def pdk(socket_enabled: None) -> AsyncGenerator[PdkSimulator]:
    """Return a running PDK cloud."""
    async with PdkSimulator() as simulator:
        yield simulator


@pytest.fixture
async def pdk_entry(hass: HomeAssistant, pdk: PdkSimulator) -> MockConfigEntry:
    """Return the PDK system's config entry, set up and heard live."""
    config = pdk.config()
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="PDK",
        unique_id=config["system_id"],
        data={CONF_VENDOR: "pdk", CONF_IMPORT_DAYS: 0, **config},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await wait_for(lambda: entry.runtime_data.caught_up, timeout=10)
    return entry
