"""Tests of what of a person goes into the journal, and out of it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from custom_components.access_events.models import (
    AccessEvent,
    EventKind,
    Method,
    Person,
    mask_credential,
)
from custom_components.access_events.privacy import for_journal

EVENT = AccessEvent(
    key="k",
    occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    kind=EventKind.ACCESS_GRANTED,
    vendor_code="tap",
    person=Person(id="p1", name="Jane Doe"),
    method=Method.CARD,
    credential="0014A3151F",
    message="Jane Doe came in",
)


@pytest.mark.parametrize(
    ("credential", "shown"),
    [
        (None, None),
        ("0014A3151F", "••151F"),
        ("6FC02554", "••54"),
        ("77", "••"),
        ("••54", "••54"),
        ("card + finger", "card + finger"),
        ("card 1234567 + finger", "••nger"),
        ("KABCDE", "••DE"),
    ],
)
def test_mask(credential: str | None, shown: str | None) -> None:
    """No number is shown whole, and kinds of credentials are no numbers."""
    assert mask_credential(credential) == shown
    assert replace(EVENT, credential=credential).public()["credential"] == shown


def test_names_left_out() -> None:
    """Without names a person is a word that is theirs at this system only."""
    kept = for_journal(EVENT, salt="one", names=False, mask_credentials=True)
    again = for_journal(
        replace(EVENT, key="other"), salt="one", names=False, mask_credentials=True
    )
    elsewhere = for_journal(EVENT, salt="two", names=False, mask_credentials=True)
    assert kept.person is not None
    assert kept.person == again.person
    assert kept.person != elsewhere.person
    told = f"{kept.person} {kept.message} {kept.credential}"
    assert not any(word in told for word in ("Jane", "p1", "0014A3"))


def test_kept_as_it_is() -> None:
    """With names and whole numbers wanted, the journal holds both; nothing shows them."""
    kept = for_journal(EVENT, salt="one", names=True, mask_credentials=False)
    assert kept == EVENT
    assert "0014A3151F" not in f"{kept!r} {kept.public()}"
    assert "Jane" not in repr(kept)
