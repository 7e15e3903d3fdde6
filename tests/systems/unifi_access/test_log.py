"""Tests of reading a log from consoles that answer in odd ways."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.access_events.systems.base import ConnectError
from custom_components.access_events.systems.unifi_access.client import UnifiClient
from custom_components.access_events.systems.unifi_access.clock import ConsoleClock
from custom_components.access_events.systems.unifi_access.errors import Refused
from custom_components.access_events.systems.unifi_access.log import LogReader, Part
from custom_components.access_events.systems.unifi_access.position import Position

from .rows import row

NOW = 1_700_000_000
DAY = 86_400


@dataclass
class Console:
    """A console's log and how it answers, without the wire."""

    times: list[int]
    """When rows were published, in seconds."""
    largest: int = 100
    pages: bool = True
    ranges: bool = True
    totals: bool = True
    page_totals: bool = False
    tells_time: bool = True
    ids: bool = True
    topics: tuple[str, ...] = ("door_openings",)
    before: Callable[[int], object] = lambda count: None
    asked: int = 0
    clock: ConsoleClock = field(init=False)

    def __post_init__(self) -> None:
        """Set the clock, if the console tells it."""
        self.clock = ConsoleClock(lambda: 0.0)
        if self.tells_time:
            self.clock.note("Tue, 14 Nov 2023 22:13:20 GMT", 0.0, 0.0)

    async def envelope(
        self, method: str, path: str, permission: str, **request: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Answer as the console would."""
        self.asked += 1
        assert self.asked < 5000
        self.before(self.asked)
        body, params = request["body"], request["params"]
        if body["topic"] not in self.topics:
            raise Refused("no such topic", "PARAMS_INVALID")
        since, until = body.get("since", 0), body.get("until", 1 << 40)
        found = [
            row(
                native_id=number if self.ids else "",
                published=time * 1000 + number % 1000,
            )
            for number, time in enumerate(self.times)
            if not self.ranges or since <= time <= until
        ]
        found.sort(key=lambda hit: hit["_source"]["event"]["published"], reverse=True)
        size = min(int(params["page_size"]), self.largest)
        start = (int(params["page_num"]) - 1) * size if self.pages else 0
        data: dict[str, Any] = {"hits": found[start : start + size]}
        if self.totals:
            data["total"] = len(found) if not self.page_totals else len(data["hits"])
        return {"code": "SUCCESS", "data": data}


async def read(
    console: Console, since: int = 0, topics: tuple[str, ...] = ("door_openings",)
) -> list[Part]:
    """Read all of a console's log since a time in seconds."""
    reader = LogReader(cast(UnifiClient, console), topics)
    position = Position(at=max(since * 1000, 1), floor=max(since * 1000, 1))
    return [part async for part in reader.read(position, patient=True)]


def max_of(console: Console) -> int:
    """Return when the newest row was published, in milliseconds."""
    return max(time * 1000 + number % 1000 for number, time in enumerate(console.times))


def numbers(parts: list[Part]) -> set[str]:
    """Return which rows were read."""
    return {record.native_id or "" for part in parts for record in part.records}


@settings(max_examples=60, deadline=None)
@given(
    count=st.sampled_from([0, 1, 5, 99, 100, 101, 250, 1200]),
    chance=st.randoms(use_true_random=False),
    largest=st.sampled_from([3, 50, 100]),
    totals=st.booleans(),
    ranges=st.booleans(),
    tells_time=st.booleans(),
)
async def test_nothing_is_missed(
    count: int,
    chance: Random,
    largest: int,
    totals: bool,
    ranges: bool,
    tells_time: bool,
) -> None:
    """However large its pages are and whatever it tells, all rows are read, in order."""
    times = [
        NOW - int(chance.choice([50, 20 * DAY]) * chance.random()) for _ in range(count)
    ]
    console = Console(
        times, largest=largest, totals=totals, ranges=ranges, tells_time=tells_time
    )
    parts = await read(console, NOW - 21 * DAY)
    assert numbers(parts) == {str(number) for number in range(len(times))}
    for part in parts:
        read_at = [record.at for record in part.records]
        assert read_at == sorted(read_at)
        assert not part.gaps
    if times:
        newest = max(time * 1000 + number % 1000 for number, time in enumerate(times))
        assert newest <= parts[-1].position.at <= max(newest, NOW * 1000)


async def test_large_log_is_read_in_slices() -> None:
    """A month of many rows comes in parts that are small, the cursor moving along."""
    console = Console([NOW - n * 60 for n in range(12_000)])
    parts = await read(console, NOW - 10 * DAY)
    assert len(numbers(parts)) == 12_000
    assert max(len(part.records) for part in parts) <= 1000
    positions = [part.position.at for part in parts]
    assert positions == sorted(positions)
    assert console.asked < 400


async def test_row_that_was_read_last() -> None:
    """The newest row of the last time is looked for where it must be, and only there."""
    console = Console([NOW - n for n in range(0, 5000, 2)])
    known = Position(at=max_of(console), floor=1, row=True, topics=("door_openings",))
    reader = LogReader(cast(UnifiClient, console), ("door_openings",))
    parts = [part async for part in reader.read(known, patient=True, overlap=4_000_000)]
    assert len(parts) > 1
    assert not [gap for part in parts for gap in part.gaps]
    assert parts[-1].position == known
    console.times = [NOW - 1]
    reader = LogReader(cast(UnifiClient, console), ("door_openings",))
    parts = [part async for part in reader.read(known, patient=True, overlap=4_000_000)]
    assert len([gap for part in parts for gap in part.gaps]) == 1


async def test_burst_within_a_second() -> None:
    """More rows in one second than a slice should hold are read all the same."""
    console = Console([NOW - 5000] * 1500 + [NOW - 60])
    assert len(numbers(await read(console, NOW - DAY))) == 1501


async def test_one_page_only() -> None:
    """Where only the newest few rows are shown, narrow slices show the others."""
    console = Console([NOW - n * 30 for n in range(300)], largest=25, pages=False)
    parts = await read(console, NOW - DAY)
    assert len(numbers(parts)) == 300
    assert not [gap for part in parts for gap in part.gaps]


async def test_rows_that_are_never_shown() -> None:
    """Rows that no slice shows are told as a gap, and all others are read."""
    console = Console([NOW - 100] * 40 + [NOW - 50], largest=25, pages=False)
    parts = await read(console, NOW - DAY)
    assert len(numbers(parts)) == 26
    gaps = [gap for part in parts for gap in part.gaps]
    assert gaps
    assert all(
        gap.start.timestamp() <= NOW - 100 <= gap.end.timestamp() for gap in gaps
    )


async def test_console_that_always_says_the_same() -> None:
    """A console that heeds neither page nor time is not asked for ever."""
    console = Console(
        [NOW - n for n in range(60)], largest=25, pages=False, ranges=False
    )
    parts = await read(console, NOW - DAY)
    assert len(numbers(parts)) == 25
    assert not [gap for part in parts for gap in part.gaps]
    assert console.asked < 10


async def test_rows_that_come_while_reading() -> None:
    """New rows push others to later pages, and make none of them missed."""
    console = Console([NOW - n for n in range(250)], largest=100)
    console.before = lambda count: console.times.append(NOW) if count == 2 else None
    assert len(numbers(await read(console, NOW - DAY))) >= 250


async def test_rows_that_go_while_reading() -> None:
    """Where rows vanish between two pages the slice is read again."""
    console = Console([NOW - n for n in range(250)], largest=100)
    console.before = lambda count: console.times.pop() if count == 2 else None
    parts = await read(console, NOW - DAY)
    assert numbers(parts) == {str(number) for number in range(249)}


async def test_log_that_never_rests() -> None:
    """A log that changes with every page is an error, to be tried again later."""
    console = Console([NOW - n for n in range(900)], largest=10)
    console.before = lambda count: console.times.pop()
    with pytest.raises(ConnectError):
        await read(console, NOW - DAY)


async def test_totals_of_pages() -> None:
    """A console that counts each page by itself shows all that it has."""
    console = Console([NOW - n for n in range(250)], page_totals=True)
    assert len(numbers(await read(console, NOW - DAY))) == 250


async def test_topics_that_are_not_there() -> None:
    """A topic that an old console does not know is left out, the others are read."""
    console = Console([NOW - 5], topics=("door_openings",))
    assert numbers(await read(console, NOW - DAY, ("visitor", "door_openings"))) == {
        "0"
    }
    with pytest.raises(Refused):
        await read(console, NOW - DAY, ("visitor",))


async def test_row_of_two_topics_comes_once() -> None:
    """A row that two topics have is read once."""
    console = Console([NOW - 5, NOW - 6], topics=("door_openings", "critical"))
    parts = await read(console, NOW - DAY, ("door_openings", "critical"))
    assert sum(len(part.records) for part in parts) == 2


async def test_row_that_nobody_understands() -> None:
    """A row without sense is told as such, and its neighbours are read."""
    console = Console([NOW - 5, NOW - 6])

    class Odd(Console):
        async def envelope(self, *args: Any, **kwargs: Any) -> Mapping[str, Any]:
            envelope = await console.envelope(*args, **kwargs)
            return {
                "data": {"hits": [*envelope["data"]["hits"], "nonsense", {"_id": "9"}]}
            }

    parts = await read(Odd([]), NOW - DAY)
    assert numbers(parts) == {"0", "1"}
    assert len([one for part in parts for one in part.unreadable]) == 2


def test_damaged_cursor() -> None:
    """A cursor that is damaged reads a day back."""
    for cursor in ("", "{", "[]", '{"at":"x"}', '{"at":-5}'):
        assert Position.load(cursor, NOW * 1000).at == (NOW - DAY) * 1000


def test_cursor_and_back() -> None:
    """A cursor is the position that it was made of."""
    position = Position(at=5_000, floor=1_000, row=True, topics=("a", "b"))
    assert Position.load(position.dump({"d": ["has_bell"]}), NOW * 1000) == position


@pytest.mark.parametrize(
    ("behind_ms", "cut"), [(0, True), (999, True), (119_000, True), (121_000, False)]
)
def test_missing_row(behind_ms: int, cut: bool) -> None:
    """A row that is gone is missed, though the console tells its time in whole seconds.

    Only a clock that was really turned back tells nothing.
    """
    position = Position(at=NOW * 1000, floor=1, row=True, topics=("a",))
    assert position.was_cut([], ("a",), NOW * 1000 - behind_ms) is cut
    assert not position.was_cut([NOW * 1000], ("a",), NOW * 1000 - behind_ms)
