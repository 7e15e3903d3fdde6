"""One happening, one event: brings the views of several channels together.

A tap at a reader is a row of the log and up to two notifications. Which comes first,
how often each comes, and what the others leave out, does not matter: all views get one
key, and it is the same after a restart.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace

from ...models import AccessEvent, Method
from .events import (
    Sighting,
    actor_of,
    milliseconds_of,
    natural_key,
    outcome_of,
    slack_of,
)
from .records import View

LIMIT = 8192
"""How many happenings are remembered at most."""
_BUCKET = 1_000
_ENRICHED = tuple(
    entry.name
    for entry in fields(AccessEvent)
    if entry.name not in ("key", "occurred_at", "kind", "vendor_code", "method")
)


@dataclass(slots=True, eq=False)
class _Happening:
    """What is known of one happening, and which channel has told it."""

    event: AccessEvent
    outcome: str
    start: int
    end: int
    actor: str | None
    claims: dict[View, str | int] = field(default_factory=dict)
    natural: str | None = None
    """Of what was recorded by an earlier run: the key without what made it unique."""

    @property
    def buckets(self) -> list[tuple[str, int]]:
        """Return where a search by what happened and when finds this."""
        return _buckets(self.outcome, self.start, self.end)


class Matcher:
    """Gives each sighting the key of its happening.

    It remembers some thousand happenings. What is older keeps its key too, as long as
    the same channel tells it again.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        """Start with an empty memory."""
        self._limit = limit
        self._order: deque[_Happening] = deque()
        self._buckets: dict[tuple[str, int], list[_Happening]] = {}
        self._claimed: dict[tuple[View, str | int], _Happening] = {}
        self._keys: set[str] = set()
        self.since = 0
        """What was told after this time, in ms, is remembered, as far as it is here."""

    def __len__(self) -> int:
        """Return how many happenings are remembered."""
        return len(self._order)

    def clear(self) -> None:
        """Forget everything, because it may not have been recorded."""
        self._order.clear()
        self._buckets.clear()
        self._claimed.clear()
        self._keys.clear()
        self.since = 0

    def prime(self, recorded: Iterable[AccessEvent]) -> None:
        """Take what is recorded, for channels to claim it when they tell it again."""
        for event in recorded:
            if event.key in self._keys:
                continue
            outcome = outcome_of(event)
            at = milliseconds_of(event)
            self.since = min(self.since or at, at)
            slack = slack_of(outcome)
            width = 999 if at % 1000 == 0 else 0
            self._remember(
                _Happening(
                    event,
                    outcome,
                    at - slack,
                    at + slack + width,
                    None if _is_pseudonym(event) else actor_of(event),
                    natural="-".join(event.key.split("-")[:2]),
                )
            )

    def take(self, sighting: Sighting) -> tuple[AccessEvent, bool]:
        """Return the event that a sighting is, and whether that tells anything new.

        A happening that is known comes back with its key and all that is known of it
        now, so that what is recorded can be completed.
        """
        claim = (sighting.view, sighting.identity)
        if (known := self._claimed.get(claim)) is None:
            known = self._find(sighting)
            if known is None:
                return self._add(sighting, claim).event, True
            known.claims[sighting.view] = sighting.identity
            self._claimed[claim] = known
        return self._enrich(known, sighting)

    def tells(
        self, outcomes: Iterable[str], door_id: str, start: int, end: int
    ) -> bool:
        """Return whether something is known to have happened at a door between two times.

        What happened at a door that nobody could tell counts too. Times in ms.
        """
        return any(
            start <= milliseconds_of(happening.event) <= end
            for outcome in outcomes
            for bucket in _buckets(outcome, start, end)
            for happening in self._buckets.get(bucket, ())
            if happening.event.door_id in (None, door_id)
        )

    def _find(self, sighting: Sighting) -> _Happening | None:
        """Return the happening that a sighting fits best, that its channel has not told."""
        natural: str | None = None
        best: _Happening | None = None
        best_rank: tuple[bool, int, int, int] = (False, 0, 0, 0)
        for bucket in _buckets(sighting.outcome, sighting.start, sighting.end):
            for happening in self._buckets.get(bucket, ()):
                if sighting.view in happening.claims:
                    continue
                if happening.natural is not None and natural is None:
                    natural = natural_key(sighting)
                recorded = natural is not None and happening.natural == natural
                if not _fits(happening, sighting, same_actor=recorded):
                    continue
                rank = (
                    recorded,
                    _agreement(happening, sighting),
                    -abs(milliseconds_of(happening.event) - sighting.at),
                    len(happening.claims),
                )
                if best is None or rank > best_rank:
                    best, best_rank = happening, rank
        return best

    def _add(self, sighting: Sighting, claim: tuple[View, str | int]) -> _Happening:
        """Remember a new happening, with a key of its own."""
        key = natural = natural_key(sighting)
        count = 1
        while key in self._keys:
            count += 1
            key = f"{natural}-{count}"
        happening = _Happening(
            replace(sighting.event, key=key),
            sighting.outcome,
            sighting.start,
            sighting.end,
            sighting.actor,
            {sighting.view: sighting.identity},
        )
        self._claimed[claim] = happening
        self._remember(happening)
        return happening

    def _enrich(
        self, happening: _Happening, sighting: Sighting
    ) -> tuple[AccessEvent, bool]:
        """Complete a happening; returns its event, and whether anything was new."""
        event, seen = happening.event, sighting.event
        changes = {
            name: getattr(seen, name)
            for name in _ENRICHED
            if getattr(event, name) is None and getattr(seen, name) is not None
        }
        if event.method in (None, Method.UNKNOWN) and seen.method not in (
            None,
            event.method,
        ):
            changes["method"] = seen.method
        if not changes:
            return event, False
        happening.event = replace(event, **changes)
        happening.actor = happening.actor or sighting.actor
        return happening.event, True

    def _remember(self, happening: _Happening) -> None:
        """Keep a happening, and let go of the one that was kept longest."""
        self._order.append(happening)
        self._keys.add(happening.event.key)
        for bucket in happening.buckets:
            self._buckets.setdefault(bucket, []).append(happening)
        while len(self._order) > self._limit:
            self._forget(self._order.popleft())

    def _forget(self, happening: _Happening) -> None:
        """Let go of a happening."""
        self.since = max(self.since, milliseconds_of(happening.event))
        self._keys.discard(happening.event.key)
        for bucket in happening.buckets:
            kept = self._buckets[bucket]
            kept.remove(happening)
            if not kept:
                del self._buckets[bucket]
        for claim in happening.claims.items():
            self._claimed.pop(claim, None)


def _buckets(outcome: str, start: int, end: int) -> list[tuple[str, int]]:
    """Return the buckets of what happened between two times in milliseconds."""
    return [(outcome, bucket) for bucket in range(start // _BUCKET, end // _BUCKET + 1)]


def _fits(happening: _Happening, sighting: Sighting, *, same_actor: bool) -> bool:
    """Return whether a sighting may be one more view of a happening.

    `same_actor` is whether its key says so, if the person is not recorded as such.
    """
    if happening.end < sighting.start or sighting.end < happening.start:
        return False
    known, seen = happening.event, sighting.event
    if not (
        same_actor or _same(happening.actor, sighting.actor) or _same_name(known, seen)
    ):
        return False
    if known.door_id is not None and seen.door_id is not None:
        if known.door_id != seen.door_id:
            return False
    elif not _same(known.door_name, seen.door_name):
        return False
    methods = {known.method, seen.method} - {None, Method.UNKNOWN}
    return len(methods) < 2


def _is_pseudonym(event: AccessEvent) -> bool:
    """Return whether the journal keeps a stand-in for the person of an event."""
    return event.person is not None and event.person.name == f"Person {event.person.id}"


def _same(one: str | None, other: str | None) -> bool:
    """Return whether two things are equal, or one is unknown."""
    return one is None or other is None or one == other


def _same_name(one: AccessEvent, other: AccessEvent) -> bool:
    """Return whether a view that knows no id of a person names the same one."""
    if (
        one.person is None
        or other.person is None
        or (one.person.id and other.person.id)
    ):
        return False
    return one.person.name is not None and one.person.name == other.person.name


def _agreement(happening: _Happening, sighting: Sighting) -> int:
    """Return in how many things a sighting and a happening are equal, not just unknown."""
    known, seen = happening.event, sighting.event
    return sum(
        ours is not None and ours == theirs
        for ours, theirs in (
            (happening.actor, sighting.actor),
            (known.door_id, seen.door_id),
            (known.method, seen.method),
            (known.reader_id, seen.reader_id),
            (known.message, seen.message),
        )
    )
