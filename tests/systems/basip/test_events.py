"""Tests of the shapes of `info.model`, and of what is secret in them."""

from typing import Any

import pytest

from custom_components.access_events.models import (
    ACCESS_KINDS,
    EventKind,
    Method,
    Person,
    mask_credential,
)
from custom_components.access_events.systems.basip.events import read_row, read_rows


def row(key: str, model: Any, text: str = "", at: int = 1608292485815) -> Any:
    """Return a row as a panel sends it."""
    return {
        "timestamp": at,
        "category": "access",
        "priority": "medium",
        "name": {"text": "Name", "key": key},
        "info": {"text": text, "model": model},
    }


def event(key: str, model: Any, text: str = "") -> Any:
    """Return the event of a row."""
    found = read_row(row(key, model, text))
    assert found is not None
    return found.event


SINGLE = {"identifier_number": "77001122", "auth_type": "card"}
USED = [
    SINGLE | {"user_name": "Jane Doe", "user_info": "", "apartments_list": ["12"]},
    {"identifier_number": "5", "auth_type": "face_id", "user_name": "Jane Doe"},
]


@pytest.mark.parametrize(
    ("key", "model", "person", "method", "door"),
    [
        (
            "access_granted_by_valid_identifier",
            {"number": 3090069, "type": "card", "owner": "Ann", "lock": "2"},
            "Ann",
            Method.CARD,
            "2",
        ),
        (
            "access_granted_by_valid_identifier",
            {"number": "48", "type": "ukey", "owner": "Ann", "lock": 0},
            "Ann",
            Method.KEY,
            "1",
        ),
        (
            "access_granted_by_valid_face_identifier",
            {"number": 3, "type": "face_id", "owner": "Ann", "lock": 1, "link_id": "u"},
            "Ann",
            Method.FACE,
            "1",
        ),
        (
            "multi_access_granted",
            {"used_identifiers_list": USED, "lock_number": 2},
            "Jane Doe",
            Method.MULTI,
            "2",
        ),
        (
            "access_granted_by_shared_identifier",
            {
                "used_identifiers_list": [{"name": "Family car"}],
                "users_list": [{"user_name": "Ann"}, {"user_name": "Bob"}],
                "number": "AB 123",
                "type": "license_plate",
                "lock_number": 1,
            },
            "Ann, Bob",
            Method.LICENSE_PLATE,
            "1",
        ),
        (
            "access_granted_by_shared_identifier",
            {"used_identifiers_list": {"name": "Family car"}, "type": "license_plate"},
            "Family car",
            Method.LICENSE_PLATE,
            "1",
        ),
        ("access_granted_by_api_call", {"lock": 1}, None, Method.REMOTE, "1"),
        (
            "lift_call_success",
            {"info": {"user": {"name": "Ann"}, "destination": {"id": 3}}},
            "Ann",
            None,
            "1",
        ),
    ],
)
def test_models(
    key: str, model: Any, person: str | None, method: Method | None, door: str
) -> None:
    """Person, method and door are found in each shape."""
    found = event(key, model)
    assert (found.person.name if found.person else None) == person
    assert found.method is method
    assert found.door_id == door


def test_other_spellings() -> None:
    """A key in capitals or without its object, and an owner in one, are understood."""
    model = {"lock": 1, "owner": {"name": "Ann", "type": "owner"}, "type": "CARD"}
    for name in ("access_granted_by_valid_identifier", "ACCESS_DENIED_BY_UNKNOWN_CARD"):
        found = read_row(row(name, model) | {"name": name, "category": "ACCESS"})
        assert found is not None
        assert found.category == "access"
        assert found.event.kind in ACCESS_KINDS
        assert found.event.person == Person(name="Ann")
        assert found.event.method is Method.CARD


@pytest.mark.parametrize(
    ("used", "shown"),
    [(USED, "card + face_id"), ([SINGLE, SINGLE], "card + card"), ([SINGLE], None)],
)
def test_what_several_were(used: Any, shown: str | None) -> None:
    """Several credentials are spelled out; a kind is never taken for a number."""
    found = event("multi_access_denied", {"used_identifiers_list": used})
    assert found.credential == shown
    assert mask_credential(found.credential) == shown


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("access_granted_by_tea_leaves", EventKind.ACCESS_GRANTED),
        ("access_denied_by_tea_leaves", EventKind.ACCESS_DENIED),
        ("access_denied_by_unknown_tea_leaves", EventKind.UNKNOWN_CREDENTIAL),
        ("lock_was_opened_by_tea_leaves", EventKind.DOOR_UNLOCKED),
        ("successful_login_by_tea_leaves", EventKind.ADMIN),
        ("tea_is_ready", EventKind.OTHER),
    ],
)
def test_keys_of_later_versions(key: str, kind: EventKind) -> None:
    """A key that no page names is told by how it begins, else it is just told."""
    found = event(key, {"lock": 1})
    assert (found.kind, found.vendor_code) == (kind, key)


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ([{"invalid_identifier": SINGLE}], "The identifier is not valid"),
        ([{"not_enough_passes_for_identifier": [SINGLE]}], "No passes left"),
        (
            {"invalid_identifier_time_rules": [SINGLE], "invalid_identifier": None},
            "Outside the time the identifier is valid",
        ),
        (
            [{"not_valid_time_profile_for_user": {"user_name": "Jane"}}],
            "Outside the user's time profile",
        ),
        (
            [
                {
                    "not_enough_identifiers_for_current_authentication_type": [
                        "card",
                        "qr",
                    ]
                }
            ],
            "More identification is needed: card, qr",
        ),
        (
            [
                {"recognition_type_is_not_enabled": "qr"},
                {"not_valid_time_profile_for_identifier": [SINGLE]},
            ],
            "This kind of recognition is switched off: qr; "
            "Outside the identifier's time profile",
        ),
        (
            [{"not_enough_passes_for_shared_identifier": [{"owner_name": "A"}]}],
            "No passes left",
        ),
        ([{"too_late_for_tea": [{"a": 1}]}], "too late for tea"),
    ],
)
def test_reject_reasons(reasons: Any, words: str) -> None:
    """Each reject reason is told in words, without a name or a number in them."""
    found = event(
        "multi_access_denied",
        {"used_identifiers_list": USED, "reject_reasons": reasons},
    )
    assert found.kind is EventKind.ACCESS_DENIED
    assert found.reason == words


def test_secrets_are_nowhere() -> None:
    """A PIN is kept nowhere, and a card's number only where it is masked later."""
    found = event(
        "access_denied_by_not_valid_input_code",
        {"code": "8642"},
        "Wrong input code 8642 was entered",
    )
    assert "8642" not in repr(found) + (found.message or "") + found.key
    assert found.credential is None
    assert found.method is Method.PIN
    found = event(
        "access_denied_by_unknown_card", {"card": "12345678901"}, "Card 12345678901"
    )
    assert found.credential == "12345678901"
    assert found.message == "Card ••8901"
    assert "12345678901" not in found.public()["credential"]
    pin = {"number": 4711, "type": "input_code", "owner": "Ann"}
    found = event("access_granted_by_valid_identifier", pin, "Code 4711 by Ann")
    assert found.credential is None
    assert found.message == "Code •• by Ann"


def test_keys_tell_no_secret() -> None:
    """Rows that differ in a code only are counted, not told apart by the code."""
    rows = [row("access_denied_by_not_valid_input_code", {"code": c}) for c in "1223"]
    keys = [item.event.key for item in read_rows(rows)[0]]
    assert len(set(keys)) == 4
    assert len({key.partition("#")[0] for key in keys}) == 1


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "row",
        {},
        {"timestamp": "x", "name": {"key": "a"}},
        {"timestamp": 1e300, "name": {"key": "a"}},
        {"timestamp": 1608292485815, "name": {"key": None}},
    ],
)
def test_no_rows(payload: Any) -> None:
    """What has no time or no key is none, and stops nothing."""
    rows, unreadable = read_rows([payload, row("door_was_opened", None)])
    assert [item.event.vendor_code for item in rows] == ["door_was_opened"]
    assert unreadable == [payload]


def test_the_samples_of_the_page() -> None:
    """The page's two samples are read; seconds and ms are told apart."""
    found = read_row(row("incoming_call", {}, at=1540819272))
    assert found is not None
    assert found.event.occurred_at.year == 2018
    found = read_row(row("successful_login_api_call", {"account_type": "admin"}))
    assert found is not None
    assert found.event.kind is EventKind.ADMIN
    assert found.event.occurred_at.year == 2020
