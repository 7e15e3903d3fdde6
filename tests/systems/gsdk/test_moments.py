"""Tests of opening for a moment at gateways that never lock a door again."""

from collections.abc import AsyncGenerator
import logging
from typing import override

import grpc
import pytest

from custom_components.access_events.models import DoorMode
from custom_components.access_events.systems.base import ConnectError, RequestRejected
from custom_components.access_events.systems.gsdk.system import GsdkGateway
from custom_components.access_events.systems.openings import Openings
from tests.wait import wait_for
from tests.words import says

from .gateway import FRONT, Gateway, Refusal
from .test_actions import commands, state
from .test_connect import reach

DOOR = f"{FRONT}:1"
AWAY = Refusal(grpc.StatusCode.UNAVAILABLE, "i/o timeout")


class Kept(Openings):
    """Openings that a test looks into, and that can be full."""

    def __init__(self, gateway: Gateway, *doors: str) -> None:
        """Begin with what an earlier process left."""
        super().__init__()
        self.doors = frozenset(doors)
        self.full = False
        self.told: list[tuple[frozenset[str], int]] = []
        self._gateway = gateway

    @override
    async def save(self, doors: frozenset[str]) -> None:
        if self.full:
            raise RequestRejected(reason="No room")
        self.told.append((doors, len(commands(self._gateway))))


@pytest.fixture
async def old(socket_enabled: None) -> AsyncGenerator[Gateway]:
    """Return a running gateway without a timer, whose doors stay open for 0.5 s."""
    async with Gateway(version="1.8.2") as gateway:
        yield gateway


async def start(old: Gateway, kept: Kept, *, seconds: int = 1) -> GsdkGateway:
    """Return the adapter, connected, with a door that is open for so long."""
    old.devices[FRONT].doors[0].autoLockTimeout = seconds
    system = await reach(old, adopt=kept)
    await system.doors()
    return system


async def test_released_by_itself(old: Gateway) -> None:
    """A door is unlocked once that is kept, released in time, and then forgotten."""
    kept = Kept(old)
    system = await start(old, kept)
    await system.open_door(DOOR)
    assert commands(old) == [("Unlock", 4, 0)]
    assert kept.told == [(frozenset({DOOR}), 0)]
    await wait_for(lambda: not kept.doors)
    assert commands(old) == [("Unlock", 4, 0), ("Release", 4, 0)]
    assert kept.told[1:] == [(frozenset(), 2)]
    await system.close()


async def test_not_kept_not_opened(old: Gateway) -> None:
    """A door stays locked if it can't be kept that it must be released."""
    kept = Kept(old)
    kept.full = True
    system = await start(old, kept)
    with pytest.raises(RequestRejected, check=says("No room")):
        await system.open_door(DOOR)
    assert not commands(old)
    await system.close()


async def test_unlocking_may_have_come_through(old: Gateway) -> None:
    """A command that failed is not sent again, and the door is released all the same."""
    kept = Kept(old)
    system = await start(old, kept)
    old.failing["door.Door/Unlock"] = AWAY
    with pytest.raises(ConnectError):
        await system.open_door(DOOR)
    assert kept.doors == {DOOR}
    await wait_for(lambda: not kept.doors)
    assert [path for path, _ in old.calls if "Unlock" in path] == ["door.Door/Unlock"]
    assert old.count("door.Door/Release") == 1
    await system.close()


async def test_released_after_a_restart(old: Gateway) -> None:
    """What an earlier process left unlocked is released as soon as it can be."""
    state = old.devices[FRONT].states[1]
    state.unlockFlags, state.isUnlocked = 4, True
    old.failing["door.Door/Release"] = AWAY
    kept = Kept(old, DOOR)
    system = await start(old, kept)
    await wait_for(lambda: old.count("door.Door/Release"))
    assert kept.doors == {DOOR}
    del old.failing["door.Door/Release"]
    await wait_for(lambda: not kept.doors)
    assert not state.isUnlocked
    await system.close()


async def test_released_when_all_ends(
    old: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    """A door that is open for long is released at the end; if not, it stays kept."""
    kept = Kept(old)
    system = await start(old, kept, seconds=600)
    await system.open_door(DOOR)
    old.failing["door.Door/Release"] = AWAY
    await system.close()
    assert kept.doors == {DOOR}
    del old.failing["door.Door/Release"]
    await system.connect()
    await wait_for(lambda: not kept.doors)
    await system.doors()
    await system.open_door(DOOR)
    await system.close()
    assert not kept.doors
    assert commands(old)[-1] == ("Release", 4, 0)
    assert not [item for item in caplog.records if item.levelno > logging.WARNING]


@pytest.mark.parametrize("mode", [DoorMode.UNLOCKED, DoorMode.LOCKED_DOWN])
async def test_another_command_takes_over(old: Gateway, mode: DoorMode) -> None:
    """Who decides about the door meanwhile has the last word; a failure has not."""
    kept = Kept(old)
    system = await start(old, kept, seconds=600)
    await system.open_door(DOOR)
    path = "door.Door/Unlock" if mode is DoorMode.UNLOCKED else "door.Door/Lock"
    old.failing[path] = AWAY
    with pytest.raises(ConnectError):
        await system.set_mode(DOOR, mode)
    await wait_for(lambda: not kept.doors)
    assert commands(old)[-1] == ("Release", 4, 0)
    del old.failing[path]
    await system.open_door(DOOR)
    await system.set_mode(DOOR, mode)
    assert not kept.doors
    assert (await state(system)).mode is mode
    await system.close()
    assert commands(old)[-1][0] == path.partition("/")[2]


async def test_gateway_of_unknown_version(socket_enabled: None) -> None:
    """A gateway that does not tell its version is not trusted to lock again."""
    async with Gateway(version="beta") as gateway:
        kept = Kept(gateway)
        system = await start(gateway, kept)
        await system.open_door(DOOR)
        assert commands(gateway) == [("Unlock", 4, 0)]
        await wait_for(lambda: not kept.doors)
        await system.close()
