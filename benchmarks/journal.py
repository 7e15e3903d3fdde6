"""What the journal costs, against SQLite by itself on the same rows.

Figures, all of one run:

- catch-up: batches of a thousand through `record`, against bare `executemany` of the very
  rows that came of it, into the same tables with the same settings and transactions;
- overlap: the same batches again, when all of it is held already;
- reading: all as events through `stream`, against bare `fetchmany` of the same SELECT;
- live: one event through `record`, and `mark_delivered` behind it;
- searching: pages and totals, and the newest access at each door, in a full journal;
- memory: how much the process grew meanwhile, and how long the event loop was held.
"""

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import batched
from pathlib import Path
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from types import ModuleType
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from custom_components.access_events import journal, journal_query, models
else:
    # The journal alone: the package of that name brings Home Assistant along.
    package = ModuleType("journal_alone")
    package.__path__ = [
        str(Path(__file__).parents[1] / "custom_components" / "access_events")
    ]
    sys.modules[package.__name__] = package
    journal = import_module("journal_alone.journal")
    journal_query = import_module("journal_alone.journal_query")
    models = import_module("journal_alone.models")

START = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 1000
KINDS = (
    *(models.EventKind.ACCESS_GRANTED,) * 6,
    models.EventKind.ACCESS_DENIED,
    models.EventKind.DOOR_OPENED,
    models.EventKind.DOOR_CLOSED,
    models.EventKind.RING,
)


def make_batches(number: int, seed: int = 1) -> Iterator[list[models.AccessEvent]]:
    """Yield a site's log: 50 doors, 300 people, keys of a UUID's shape."""
    chance = random.Random(seed)
    doors = [str(UUID(int=chance.getrandbits(128))) for _ in range(50)]
    people = [
        models.Person(id=str(UUID(int=chance.getrandbits(128))), name=f"Person {n}")
        for n in range(300)
    ]
    for first in range(0, number, BATCH):
        batch = []
        for second in range(first, min(first + BATCH, number)):
            door = chance.randrange(len(doors))
            batch.append(
                models.AccessEvent(
                    key=str(UUID(int=chance.getrandbits(128))),
                    occurred_at=START + timedelta(seconds=second * 20),
                    kind=chance.choice(KINDS),
                    vendor_code="access.door.unlock",
                    door_id=doors[door],
                    door_name=f"Door {door}",
                    reader_id=f"reader-{door}",
                    reader_name=f"Reader {door}",
                    person=chance.choice(people),
                    method=models.Method.CARD,
                    credential="1234567890",
                    direction=models.Direction.ENTRY,
                    message="Access granted",
                )
            )
        yield batch


class Loop:
    """How long the event loop was held, as a tick each millisecond finds it."""

    def __init__(self, held: list[float]) -> None:
        """Measure until stopped."""
        self._held = held
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        """Ask for a turn each millisecond, and note how late it comes."""
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(0.001)
            self._held.append(time.perf_counter() - asked - 0.001)

    def stop(self) -> None:
        """Measure no more."""
        self._task.cancel()


def worst(held: list[float]) -> float:
    """Return the 99th percentile in milliseconds: the rest is other programs' work."""
    return statistics.quantiles(held, n=100)[-1] * 1000


@contextmanager
def timed(times: list[float]) -> Iterator[None]:
    """Add the seconds that something takes."""
    start = time.perf_counter()
    yield
    times.append(time.perf_counter() - start)


def peak() -> float:
    """Return the most memory this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Bare:
    """The journal's rows once more, with nothing but SQLite."""

    def __init__(self, source: Path, target: Path) -> None:
        """Make the same tables in a file of their own."""
        self._source = sqlite3.connect(source, check_same_thread=False)
        self._target = sqlite3.connect(
            target, isolation_level=None, check_same_thread=False
        )
        self._target.execute("PRAGMA journal_mode=WAL")
        self._target.execute("PRAGMA synchronous=NORMAL")
        for (statement,) in self._source.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
        ):
            self._target.execute(statement)
        self._last = 0

    def insert(self) -> float:
        """Insert what the journal has got since; return the seconds."""
        found = self._source.execute(
            "SELECT * FROM access_events WHERE seq > ? ORDER BY seq", (self._last,)
        )
        rows = found.fetchall()
        self._last = rows[-1][0]
        marks = ",".join("?" * len(found.description))
        start = time.perf_counter()
        self._target.execute("BEGIN IMMEDIATE")
        self._target.executemany(
            f"INSERT INTO access_events VALUES ({marks})",  # noqa: S608
            rows,
        )
        self._target.execute("COMMIT")
        return time.perf_counter() - start

    def close(self) -> None:
        """Close both files."""
        self._source.close()
        self._target.close()


async def read(log: journal.Journal, source: Path) -> tuple[float, float, list[float]]:
    """Read everything as events, in turn with the same SELECT by SQLite alone.

    Returns the seconds of both, and how long the loop was held.
    """
    rows = journal_query.ROWS.order_by("occurred", "seq")
    streamed: list[float] = []
    bare: list[float] = []
    held: list[float] = []
    pages = log.stream(journal.LogFilter(), BATCH)
    with closing(sqlite3.connect(source, check_same_thread=False)) as connection:
        cursor = connection.execute(str(rows.compile()))
        left = True
        while left:
            watch = Loop(held)
            with timed(streamed):
                left = bool(await anext(pages, None))
            watch.stop()
            with timed(bare):
                await asyncio.to_thread(cursor.fetchmany, BATCH)
    return sum(streamed), sum(bare), held


@dataclass
class Filled:
    """Seconds that it took to record, the same by SQLite alone, and to record again."""

    recorded: float = 0
    bare: float = 0
    again: float = 0
    held: list[float] = field(default_factory=list)


async def fill(log: journal.Journal, bare: Bare, number: int) -> Filled:
    """Record everything, in turn with the bare rows, so that both find equal weather."""
    result = Filled()
    batches = make_batches(number)
    for cursor in range(number // BATCH):
        events = await asyncio.to_thread(next, batches)
        watch = Loop(result.held)
        times: list[float] = []
        with timed(times):
            await log.record("site", events, str(cursor), live=False)
        result.recorded += times[0]
        result.bare += await asyncio.to_thread(bare.insert)
        with timed(times):
            await log.record("site", events, str(cursor), live=False)
        result.again += times[1]
        watch.stop()
    return result


async def live(log: journal.Journal) -> tuple[list[float], list[float]]:
    """Record some events alone; return the seconds of each, and of its mark."""
    records: list[float] = []
    marks: list[float] = []
    for (event,) in batched(next(make_batches(300, seed=2)), 1, strict=True):
        with timed(records):
            recorded = await log.record("site", [event], event.key, live=True)
        with timed(marks):
            await log.mark_delivered("site", recorded.new[0].seq)
    return records, marks


async def search(log: journal.Journal) -> None:
    """Print how long questions take."""
    wanted = journal.LogFilter
    questions = {
        "newest page, all": wanted(descending=True),
        "page deep inside": wanted(offset=await log.count("site") // 2),
        "one person": wanted(person="person 7", descending=True),
        "one door and kind": wanted(
            door_ids=(next(iter(await log.latest_access("site"))),),
            kinds=(models.EventKind.RING,),
        ),
        "one day": wanted(start=START, end=START + timedelta(days=1)),
        "nobody": wanted(person="nobody"),
    }
    for name, question in questions.items():
        times: list[float] = []
        with timed(times):
            _, total = await log.query(question)
        print(f"  {name:24} {times[0] * 1000:8.1f} ms  of {total} rows")
    pages = {
        "page: newest": wanted(limit=50, descending=True),
        "page: one person": wanted(limit=50, descending=True, person="person 7"),
        "page: nothing of a kind": wanted(limit=50, kinds=(models.EventKind.DURESS,)),
        "page: a text nowhere": wanted(limit=50, descending=True, text="xyzzy"),
    }
    for name, question in pages.items():
        times = []
        with timed(times):
            found = await log.search(question)
        print(f"  {name:24} {times[0] * 1000:8.1f} ms  {len(found.events)} rows")
    hours = [START + timedelta(hours=hour) for hour in range(7 * 24 + 1)]
    times = []
    with timed(times):
        counts = await log.counts(wanted(), hours)
    print(
        f"  {'hours of a week':24} {times[0] * 1000:8.1f} ms  {len(counts.doors)} doors"
    )
    times = []
    with timed(times):
        doors = len(await log.latest_access("site"))
    print(f"  {'latest access':24} {times[0] * 1000:8.1f} ms  of {doors} doors")


async def main(number: int) -> int:
    """Run everything; return how many bars were missed."""
    missed = 0

    def bar(name: str, value: float, limit: float, unit: str = "×") -> None:
        nonlocal missed
        missed += value > limit
        sign = "ok" if value <= limit else "MISSED"
        print(f"{name:26} {value:8.2f} {unit:3} bar {limit:g} {unit}  {sign}")

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "journal.db")
        log = journal.Journal(f"sqlite:///{file}")
        await log.open()
        bare = Bare(file, Path(folder, "bare.db"))
        idle = peak()
        filled = await fill(log, bare, number)
        grown = peak() - idle
        bare.close()
        streaming, bare_reading, held = await read(log, file)
        streamed = peak() - idle
        print(f"{number} events, {await log.size() / 1e6:.0f} MB")
        await search(log)
        records, marks = await live(log)
        await log.close()
    per_batch = BATCH / number * 1000
    print(
        f"  per {BATCH}: record {filled.recorded * per_batch:.1f} ms, bare"
        f" {filled.bare * per_batch:.1f} ms, again {filled.again * per_batch:.1f} ms,"
        f" stream {streaming * per_batch:.1f} ms, bare {bare_reading * per_batch:.1f} ms"
    )
    bar("catch-up", filled.recorded / filled.bare, 3)
    bar("the same again", filled.again / filled.bare, 3)
    bar("stream", streaming / bare_reading, 6)
    bar("live record, median", statistics.median(records) * 1000, 2, "ms")
    bar("mark delivered, median", statistics.median(marks) * 1000, 2, "ms")
    bar("loop held, catch-up", worst(filled.held), 20, "ms")
    bar("loop held, stream", worst(held), 20, "ms")
    bar("memory, catch-up", grown, 64, "MB")
    bar("memory, stream", streamed, 64, "MB")
    return missed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=100_000)
    raise SystemExit(asyncio.run(main(parser.parse_args().events)))
