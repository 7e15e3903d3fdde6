"""Tests of errors in the user's language, for one who reads Polish."""

from collections.abc import Awaitable, Callable
import json
import logging
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.access_events.config_check import CheckError, async_check
from custom_components.access_events.const import DOMAIN
from custom_components.access_events.logbook import async_describe_events
from custom_components.access_events.models import EventKind, Method
from custom_components.access_events.systems.base import (
    AccessSystemError,
    AuthError,
    ConnectError,
    NotSupported,
    PermissionMissing,
    RequestRejected,
)
from custom_components.access_events.words import Words, in_words
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.translation import async_load_integrations

from .actions import FullToySystem, ask, install
from .toy import TOY
from .wait import wait_for
from .words import WORDS

PL: dict[str, Any] = json.loads(WORDS.with_name("pl.json").read_text())

type SetUp = Callable[[], Awaitable[MockConfigEntry]]


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> FullToySystem:
    """Return a system that a test plays, with all that actions need."""
    return install(monkeypatch)


@pytest.fixture(autouse=True)
async def _polish(hass: HomeAssistant) -> None:
    """Let Home Assistant speak Polish."""
    hass.config.language = "pl"
    await async_load_integrations(hass, {DOMAIN})


def polish(key: str, **filled: str) -> str:
    """Return an error in Polish."""
    text: str = PL["exceptions"][key]["message"]
    return text.format(**filled).removesuffix(".")


async def press(hass: HomeAssistant) -> None:
    """Press the button of a door; its id is Polish too."""
    button = hass.states.async_entity_ids("button")[0]
    await hass.services.async_call(
        "button", "press", {"entity_id": button}, blocking=True
    )


@pytest.mark.parametrize(
    ("error", "kind", "placeholders"),
    [
        (ConnectError("timeout"), HomeAssistantError, {}),
        (PermissionMissing("edit:door"), HomeAssistantError, {"permission": "edit:door"}),
        (NotSupported("no_hub"), ServiceValidationError, {}),
        (RequestRejected("door_unknown"), ServiceValidationError, {}),
        (RequestRejected(reason="Jammed"), ServiceValidationError, {"reason": "Jammed"}),
    ],
)  # fmt: skip
async def test_an_action_that_fails(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    error: AccessSystemError,
    kind: type[HomeAssistantError],
    placeholders: dict[str, str],
) -> None:
    """The browser is told the key of the words, and Home Assistant's log reads English."""
    toy.refuse = error
    with pytest.raises(HomeAssistantError) as raised:
        await press(hass)
    assert type(raised.value) is kind
    assert raised.value.translation_domain == DOMAIN
    assert raised.value.translation_key == error.key
    told = raised.value.translation_placeholders or {}
    assert placeholders.items() <= told.items()
    assert in_words(hass, raised.value) == polish(error.key, **told)
    assert str(raised.value) != in_words(hass, raised.value)


async def test_words_within_words(
    hass: HomeAssistant, toy: FullToySystem, toy_entry: MockConfigEntry
) -> None:
    """What stands within another text is in the language of Home Assistant."""
    toy.not_set = {
        "pin": RequestRejected("pin_taken"),
        "doors": RequestRejected(
            reason=[
                RequestRejected("on_device", reason="Busy", device="7"),
                RequestRejected(
                    "on_device", reason=ConnectError("connection_lost"), device="8"
                ),
            ]
        ),
    }
    with pytest.raises(HomeAssistantError) as raised:
        await ask(
            hass, "register_user", config_entry_id=toy_entry.entry_id, name="Jane Doe"
        )
    assert (raised.value.translation_placeholders or {})["failed"] == (
        "pin: Ten PIN jest już używany; "
        "doors: Busy (urządzenie 7); "
        "Połączenie z systemem zostało przerwane (urządzenie 8)"
    )


async def test_a_system_that_can_not_be_set_up(
    hass: HomeAssistant,
    toy: FullToySystem,
    set_up_toy: SetUp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The card of the system says why, by a key."""

    async def connect() -> None:
        raise ConnectError("not_ready", status="503")

    monkeypatch.setattr(toy, "connect", connect)
    with pytest.raises(AssertionError):
        await set_up_toy()
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "not_ready"
    assert entry.reason == "The system is not ready (HTTP 503)"


async def test_the_log_is_english(
    hass: HomeAssistant,
    toy: FullToySystem,
    toy_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Who reads the log of Home Assistant finds the words that a search finds."""
    caplog.set_level(logging.WARNING)
    toy.wire.put_nowait(AuthError())
    await wait_for(lambda: "is not reachable" in caplog.text)
    assert "The system refuses these credentials" in caplog.text


async def test_form(
    hass: HomeAssistant, toy: FullToySystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reason within the words of a form is in the language of Home Assistant."""

    async def connect() -> None:
        raise ConnectError("not_ready", status="503")

    monkeypatch.setattr(toy, "connect", connect)
    with pytest.raises(CheckError) as raised:
        await async_check(hass, TOY, (), {})
    assert raised.value.errors == {"base": "cannot_connect"}
    assert raised.value.details["message"] == "System nie jest gotowy (HTTP 503)"


async def test_a_text_that_is_missing(hass: HomeAssistant) -> None:
    """A key without words is shown as it is."""
    assert Words(hass, "host").of(ConnectError("of_next_year")) == "of_next_year"


async def test_logbook(hass: HomeAssistant) -> None:
    """The lines of the logbook are in the language of Home Assistant."""
    describers: dict[str, Callable[[Any], dict[str, Any]]] = {}
    async_describe_events(
        hass, lambda domain, name, describe: describers.update({name: describe})
    )
    describe = describers["access_events_event"]

    class Row:
        """What the logbook has of an event."""

        data: dict[str, Any] = {
            "kind": EventKind.ACCESS_GRANTED.value,
            "method": Method.CARD.value,
            "person": "Anna",
        }

    assert describe(Row)["message"] == "otwarto kartą (Anna)"
    Row.data = {"kind": "access_denied", "reason": "poza harmonogramem"}
    assert describe(Row)["message"] == "odmowa dostępu: poza harmonogramem"
