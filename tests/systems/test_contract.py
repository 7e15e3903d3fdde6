"""Tests that the adapters of all vendors keep to one contract."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from custom_components.access_events.models import Capability, DoorMode, UserRequest
from custom_components.access_events.systems import VENDORS
from custom_components.access_events.systems.base import AccessSystem, NotSupported
from tests.simulators.common_tls import Certificate
from tests.words import english

FROM, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)

type Ask = Callable[[AccessSystem], Awaitable[object] | AsyncIterator[object]]

NEEDS: list[tuple[Capability, Ask]] = [
    (Capability.FORGET_DOORS, lambda system: system.forget_door("1")),
    (Capability.EVACUATION, lambda system: system.set_evacuation(True)),
    (Capability.LOCKDOWN, lambda system: system.set_lockdown(True)),
    (Capability.EXIT_BUTTON, lambda system: system.set_exit_button(True)),
    (Capability.LOCK_RULES, lambda system: system.set_lock_rule("1", "reset", None)),
    (Capability.IMAGES, lambda system: system.image("1")),
    (Capability.CLIPS, lambda system: system.clip("1")),
    (Capability.IMAGE_FILTERS, lambda system: system.set_image_filter((), ())),
    (Capability.CLEAR_LOG, lambda system: system.clear_log(())),
    (Capability.EXPORT, lambda system: system.export(FROM, UNTIL, "UTC")),
    (Capability.REREAD, lambda system: system.reread(FROM, UNTIL)),
    (Capability.USERS_READ, lambda system: system.users()),
    (Capability.USERS_ADD, lambda system: system.register_user(UserRequest())),
    (Capability.USERS_UPDATE, lambda system: system.update_user(UserRequest())),
    (Capability.USERS_REMOVE, lambda system: system.remove_user("1")),
]
OF_CLUE: list[Ask] = [
    lambda system: system.open_door("1"),
    lambda system: system.hold_unlocked("1"),
    lambda system: system.release("1"),
    lambda system: system.set_mode("1", DoorMode.NORMAL),
]
"""What CLUe can do with no door: it only tells of them."""
LEARNED = {"basip": Capability.EXIT_BUTTON}
"""What a system is known to be able to only once it was asked."""


def config_of(key: str) -> dict[str, Any]:
    """Return what a form may hold for a system that nobody asks for anything."""
    given = {
        field.key: field.default if field.default is not None else "1"
        for field in VENDORS[key].fields
        if field.required
    }
    given |= {"host": "127.0.0.1", "verify_ssl": True}
    if key == "gsdk":
        authority = Certificate.create("Nobody", is_authority=True)
        given["ca_certificate"] = authority.certificate_pem.decode()
    return given


async def done(system: AccessSystem, ask: Ask) -> object:
    """Ask for something, and wait for all of it or its first part."""
    answer = ask(system)
    return await (answer if isinstance(answer, Awaitable) else anext(answer))


async def is_refused(system: AccessSystem, ask: Ask) -> None:
    """Check that something is refused in words, and nobody is asked for it."""
    with pytest.raises(NotSupported) as raised:
        await done(system, ask)
    assert english(raised.value)


@pytest.mark.parametrize("key", VENDORS)
async def test_what_a_system_is_not_able_to(key: str) -> None:
    """Whoever asks for what a system has no capability for is told so."""
    async with aiohttp.ClientSession() as session:
        system = VENDORS[key].create(config_of(key), {}, session)
        able = system.capabilities | LEARNED.get(key, Capability(0))
        lacking = [ask for need, ask in NEEDS if need not in able]
        assert lacking
        for ask in (*lacking, *(OF_CLUE if key == "clue" else ())):
            await is_refused(system, ask)
        if key != "basip":
            await is_refused(system, lambda system: system.pushed({}))
        assert isinstance(system.diagnostics(), dict)
        await system.close()
