"""Tests of how the views of a happening are brought together."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings, strategies as st

from custom_components.access_events.models import AccessEvent, EventKind
from custom_components.access_events.systems.unifi_access.events import Sighting
from custom_components.access_events.systems.unifi_access.matching import Matcher
from custom_components.access_events.systems.unifi_access.records import View

from .rows import AT, BACK, FRONT, insight, row, see, see_insight, target


def actor(number: int) -> dict[str, Any]:
    """Return one of some people."""
    return {"id": f"u-{number}", "type": "user", "display_name": f"Person {number}"}


def views(number: int, at: int, person: int, door: str) -> list[Sighting]:
    """Return the three views of a tap."""
    hit = row(
        target("door", door, ""),
        native_id=str(number),
        published=at,
        actor=actor(person),
    )
    pushed = row(
        target("door", door, ""), native_id="", published=at, actor=actor(person)
    )
    told = insight(published=at)
    told["metadata"]["actor"] = actor(person)
    told["metadata"]["door"] = {"id": door}
    return [see(hit), see(pushed, View.LOG), see_insight(told)]


def test_three_views_of_one_tap() -> None:
    """Whichever view comes first, there is one event, and it is completed."""
    first = views(1, AT, 1, FRONT)
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        matcher = Matcher()
        events = [matcher.take(first[index])[0] for index in order]
        assert len({event.key for event in events}) == 1


def test_views_without_person_or_door() -> None:
    """A view that knows less is the same happening."""
    matcher = Matcher()
    key = matcher.take(see_insight(insight(metadata={})))[0].key
    event, news = matcher.take(see(row(native_id="1")))
    assert event.key == key
    assert news
    assert event.person is not None
    assert event.door_id == FRONT
    assert matcher.take(see(row(native_id="1"))) == (event, False)


def test_two_ids_are_two_happenings() -> None:
    """Rows that differ in nothing but the console's id are two."""
    matcher = Matcher()
    keys = {matcher.take(see(row(native_id=str(n))))[0].key for n in range(3)}
    assert len(keys) == 3


def test_rows_without_id_repeat() -> None:
    """A row without an id that comes again is the same, also with a picture."""
    matcher = Matcher()
    plain = see(row(native_id=""))
    key = matcher.take(plain)[0].key
    picture = target("activities_resource", "r-1", "Resource")
    later = see(row(target("door", FRONT, "Front Door"), picture, native_id=""))
    event, news = matcher.take(later)
    assert (event.key, event.image_ref, news) == (key, "resource:r-1", True)


def test_other_doors_outcomes_and_people_are_others() -> None:
    """What differs in something that both know is not the same."""
    matcher = Matcher()
    key = matcher.take(see(row(native_id="1")))[0].key
    for other in (
        row(target("door", BACK), native_id=""),
        row(native_id="", result="BLOCKED"),
        row(native_id="", actor=actor(9)),
        row(native_id="", published=AT + 1),
        row(native_id="", provider="FACE"),
    ):
        assert Matcher.take(matcher, see(other, View.LOG))[0].key != key


def test_restart_keeps_keys() -> None:
    """What is recorded is recognised, by whichever channel tells it again."""
    matcher = Matcher()
    all_views = views(1, AT, 1, FRONT) + views(2, AT, 2, FRONT)
    recorded: dict[str, AccessEvent] = {}
    for sighting in all_views:
        event, _ = matcher.take(sighting)
        recorded[event.key] = event
    again = Matcher()
    again.prime(recorded.values())
    keys = {again.take(sighting)[0].key for sighting in all_views}
    assert keys == recorded.keys()


def test_restart_with_pseudonyms() -> None:
    """People whose names are not recorded are recognised too."""
    matcher = Matcher()
    first = matcher.take(see(row(native_id="1")))[0]
    assert first.person is not None
    kept = replace(
        first, person=replace(first.person, id="1a2b3c4d", name="Person 1a2b3c4d")
    )
    again = Matcher()
    again.prime([kept])
    assert again.take(see(row(native_id="1")))[0].key == first.key
    assert again.take(see_insight(insight()))[0].key == first.key


def test_memory_is_bounded() -> None:
    """Old happenings are forgotten, and keep their keys all the same."""
    matcher = Matcher(limit=50)
    keys = [
        matcher.take(see(row(native_id=str(n), published=AT + n)))[0].key
        for n in range(200)
    ]
    assert len(matcher) == 50
    assert len(set(keys)) == 200
    assert matcher.take(see(row(native_id="0", published=AT)))[0].key == keys[0]


def test_rings_match_within_seconds() -> None:
    """The rows of a ring bear another time than its notification."""
    ring = row(native_id="1", log_key="access.doorbell.visitor.rang.remotecall")
    later = row(
        native_id="2",
        published=AT + 30_000,
        log_key="access.doorbell.visitor.rang.remotecall",
    )
    pushed = see(
        row(
            native_id="",
            published=AT + 2500,
            log_key=ring["_source"]["event"]["log_key"],
        )
    )
    matcher = Matcher()
    key = matcher.take(replace(pushed, view=View.STATE))[0].key
    assert matcher.take(see(ring))[0].key == key
    assert matcher.take(see(later))[0].key != key


def test_tells() -> None:
    """What happened at a door, or at one that nobody could tell, explains things."""
    matcher = Matcher()
    matcher.take(see(row()))
    assert matcher.tells(("granted",), FRONT, AT - 10, AT + 10)
    assert not matcher.tells(("granted",), BACK, AT - 10, AT + 10)
    assert not matcher.tells(("granted",), FRONT, AT + 1, AT + 10)
    assert not matcher.tells((EventKind.RING,), FRONT, AT - 10, AT + 10)


@st.composite
def days(draw: st.DrawFn) -> tuple[list[tuple[int, int, int, str]], list[int]]:
    """Return some taps close together, and the order in which views come."""
    taps = draw(
        st.lists(
            st.tuples(
                st.integers(0, 3).map(lambda n: AT + n * 400),
                st.integers(1, 2),
                st.sampled_from([FRONT, BACK]),
            ),
            min_size=1,
            max_size=6,
        )
    )
    numbered = [(number, *tap) for number, tap in enumerate(taps)]
    order = draw(
        st.lists(st.integers(0, 3 * len(taps) - 1), max_size=30).map(
            lambda extra: [*range(3 * len(taps)), *extra]
        )
    )
    return numbered, draw(st.permutations(order))


@settings(max_examples=120, deadline=None)
@given(day=days(), restarts=st.sets(st.integers(0, 40), max_size=3))
def test_each_happening_once(
    day: tuple[list[tuple[int, int, int, str]], list[int]], restarts: set[int]
) -> None:
    """In any order, with repeats and restarts, rows and events are one to one."""
    taps, order = day
    seen = [sighting for tap in taps for sighting in views(*tap)]
    matcher = Matcher()
    journal: dict[str, AccessEvent] = {}
    rows: dict[str | int, str] = {}
    pushed: set[int] = set()

    def take(sighting: Sighting) -> None:
        event, _ = matcher.take(sighting)
        journal[event.key] = event
        if sighting.view is View.ROW:
            rows[sighting.identity] = event.key

    for step, index in enumerate(order):
        if step in restarts:
            # A restart reads again what was read shortly before; nothing is pushed again.
            matcher = Matcher()
            matcher.prime(journal.values())
            for sighting in seen:
                if sighting.view is View.ROW and sighting.identity in rows:
                    take(sighting)
        if seen[index].view is not View.ROW:
            if index in pushed and restarts:
                continue
            pushed.add(index)
        take(seen[index])
    assert len(rows) == len(set(rows.values())) == len(taps)
    assert journal.keys() == set(rows.values())
