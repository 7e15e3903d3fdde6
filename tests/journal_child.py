"""A process that writes a journal until it is killed, or its disk is full.

It loads the journal alone: a package of that name would bring Home Assistant with it,
which takes longer than the tests do.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from importlib import import_module
import os
from pathlib import Path
import random
import resource
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custom_components.access_events import journal, models
else:
    package = ModuleType("journal_alone")
    package.__path__ = [
        str(Path(__file__).parents[1] / "custom_components" / "access_events")
    ]
    sys.modules[package.__name__] = package
    journal = import_module("journal_alone.journal")
    models = import_module("journal_alone.models")

START = datetime(2026, 1, 1, tzinfo=UTC)
ENTRY = "entry"


def make_batch(first: int, size: int, text: str = "") -> list[models.AccessEvent]:
    """Return events with the numbers from `first` on."""
    return [
        models.AccessEvent(
            key=str(number),
            occurred_at=START + timedelta(seconds=number),
            kind=models.EventKind.ACCESS_GRANTED,
            vendor_code="granted",
            door_id=f"door {number % 7}",
            person=models.Person(name=f"Person {number // 3}"),
            message=text,
        )
        for number in range(first, first + size)
    ]


def say(*words: object) -> None:
    """Tell the parent something, at once and in one piece."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def write(url: str) -> None:
    """Record batch after batch; the cursor is the number of the last event.

    Says the cursor of what is committed, and up to which row all is delivered.
    """
    log = journal.Journal(url)
    await log.open()
    chance = random.Random()
    cursor = int(await log.cursor(ENTRY) or -1)
    say("open")
    while True:
        size = chance.choice((1, 1, 1, 3, 50, 400))
        events = make_batch(cursor + 1, size)
        # A repeat of what is there, as every overlapping read has it.
        events += make_batch(max(0, cursor - 5), min(cursor, 5))
        live = chance.random() < 0.6
        recorded = await log.record(ENTRY, events, str(cursor + size), live=live)
        cursor += size
        say("cursor", cursor)
        if live:
            if chance.random() < 0.8:
                await log.mark_delivered(ENTRY, recorded.new[-1].seq)
                say("marked", recorded.new[-1].seq)


async def fill(url: str) -> None:
    """Record until no file may grow any more, then with room again."""
    log = journal.Journal(url)
    await log.open()
    await log.record(ENTRY, make_batch(0, 100), "99", live=True)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    cursor = 99
    try:
        while True:
            events = make_batch(cursor + 1, 100, "x" * 200)
            await log.record(ENTRY, events, str(cursor + 100), live=True)
            cursor += 100
    except journal.JournalError as error:
        say(error.code, cursor, await log.cursor(ENTRY), await log.count(ENTRY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    events = make_batch(cursor + 1, 100, "x" * 200)
    recorded = await log.record(ENTRY, events, str(cursor + 100), live=True)
    say("room", len(recorded.new), await log.cursor(ENTRY), await log.count(ENTRY))
    await log.close()


def serve(url: str) -> None:
    """For each line that comes in, write in a child until somebody kills it.

    A fork is there at once, where a new process has everything to import.
    """
    for _ in sys.stdin:
        if not (child := os.fork()):
            asyncio.run(write(url))
        say("child", child)
        os.waitpid(child, 0)
        say("dead")


if __name__ == "__main__":
    assert "homeassistant" not in sys.modules
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        asyncio.run(fill(sys.argv[2]))
