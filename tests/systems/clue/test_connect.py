"""Tests of reaching CLUe: keys, places and addresses that are wrong."""

import asyncio
from typing import Any, Self, override

import aiohttp
import pytest

from custom_components.access_events.systems import VENDORS
from custom_components.access_events.systems.base import AuthError, ConnectError
from tests.simulators.clue import ClueSimulator
from tests.systems.owner import Owner
from tests.wait import wait_for
from tests.words import english


class Connecting(Owner):
    """An owner that follows nothing by itself."""

    def __init__(self, config: dict[str, Any]) -> None:
        """Keep what a user entered."""
        super().__init__("clue", config)

    @override
    async def __aenter__(self) -> Self:
        """Make the adapter only."""
        self.session = aiohttp.ClientSession()
        try:
            self.system = VENDORS["clue"].create(  # type: ignore[assignment]
                self._config, {}, self.session
            )
        except BaseException:
            await self.session.close()
            raise
        return self


async def test_a_key_that_expires(clue: ClueSimulator) -> None:
    """An expired key asks for a new one, and says how keys expire."""
    async with Owner("clue", clue.config()) as follower:
        await clue.expire_key()
        await wait_for(lambda: follower.errors)
        (error,) = follower.errors
        assert isinstance(error, AuthError)
        assert error.key == "invalid_key"
        assert "validity period" in english(error)
        assert clue.key not in str(error)


@pytest.mark.parametrize("modes", [{}, {"errors_as_200": True}])
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"api_key": "nonsense"}, "invalid_key"),
        ({"place_id": "9999"}, "unknown_place"),
    ],
)
async def test_refusals(
    clue: ClueSimulator, modes: dict[str, Any], changes: dict[str, str], code: str
) -> None:
    """Each refusal has its code, also under HTTP 200."""
    await clue.set_modes(**modes)
    config = clue.config() | changes
    with pytest.raises((AuthError, ConnectError)) as caught:
        async with asyncio.timeout(5), Connecting(config) as follower:
            await follower.system.connect()
    assert caught.value.key == code


async def test_a_pasted_header(clue: ClueSimulator) -> None:
    """A key may be pasted with the words around it."""
    for pasted in (f"Bearer {clue.key}", f"Authorization: bearer {clue.key} "):
        config = clue.config() | {"api_key": pasted}
        async with Connecting(config) as follower:
            assert (await follower.system.connect()).id == "448"


@pytest.mark.parametrize(
    ("base_url", "code"),
    [
        ("http://127.0.0.1:1/v1/be", "refused"),
        ("ftp://127.0.0.1/v1", "wrong_url"),
        ("{control}/v1", "wrong_product"),
    ],
)
async def test_wrong_addresses(clue: ClueSimulator, base_url: str, code: str) -> None:
    """A wrong address is told from a wrong key."""
    config = clue.config() | {"base_url": base_url.format(control=clue.control)}
    with pytest.raises(ConnectError) as caught:
        async with Connecting(config) as follower:
            await follower.system.connect()
    assert caught.value.key == code
