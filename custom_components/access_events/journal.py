"""The journal: the durable log of access events, and where reading goes on.

Events and the cursor behind them are committed together, each key once per entry.
One thread writes, another reads, so neither holds the other nor the event loop up.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
import os
from pathlib import Path
import sqlite3
from typing import Any, Concatenate

from sqlalchemy import Engine, Row, Select, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from . import journal_counts, journal_query, journal_search
from .journal_counts import HourlyCounts, Uncounted
from .journal_merge import stored_key
from .journal_query import (
    DamagedRowError,
    LogFilter,
    Names,
    Place,
    known_entries,
    microseconds,
    stored,
)
from .journal_schema import ForeignDatabaseError, connect, database_file, prepare
from .journal_search import Counts, Page, Tally
from .journal_write import Recorded, Writer
from .models import AccessEvent, Person, StoredEvent

__all__ = ["Journal", "JournalError", "LogFilter", "Recorded"]

_PAUSE = 0.01
"""Seconds between two slices of a purge, for intake to go on."""

_MESSAGES = {
    "full": "The disk of the journal is full: make room, nothing is lost meanwhile",
    "damaged": "The journal's file is damaged",
    "unavailable": "The journal's database can't be used",
    "foreign": "The database is not a journal of this release",
}

_HEADER = b"SQLite format 3\x00"

# Of SQLite's result codes; what fills an allotted size is an I/O error to it.
_FULL_CODES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_DAMAGED_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_FULL_WORDS = ("disk is full", "disk full", "No space left on device", "is full")
_DAMAGED_WORDS = ("Could not decode to UTF-8",)


class JournalError(Exception):
    """The journal can't do its work now; nothing of the call was committed.

    `code` is `full`: try again later; `damaged`: `reopen` sets the file aside;
    `foreign`: the database is not ours to change; or `unavailable`: `reopen` later.
    """

    def __init__(self, code: str, message: str | None = None) -> None:
        """Keep the code and words that hold no values."""
        super().__init__(message or _MESSAGES[code])
        self.code = code


def _journal_error(error: Exception) -> JournalError:
    """Return what an error of the database means."""
    cause = getattr(error, "orig", None) or error
    words = str(cause)
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if code in _DAMAGED_CODES or any(part in words for part in _DAMAGED_WORDS):
        return JournalError("damaged")
    if code in _FULL_CODES or any(part in words for part in _FULL_WORDS):
        return JournalError("full")
    return JournalError("unavailable")


@contextmanager
def _file_work() -> Iterator[None]:
    """Tell of files that can't be used in the journal's words."""
    try:
        yield
    except OSError as error:
        raise _journal_error(error) from error


class _Worker:
    """A thread with a connection of its own, and errors in the journal's words."""

    def __init__(self, engine: Engine, name: str) -> None:
        """Prepare the thread; it starts with the first call."""
        self.engine = engine
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run[**P, T](
        self, func: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a function in the thread. Raises `JournalError`."""
        try:
            future = self._executor.submit(func, *args, **kwargs)
        except RuntimeError as error:  # the thread is stopped
            raise JournalError("unavailable") from error
        try:
            return await asyncio.wrap_future(future)
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise _journal_error(error) from error
        except (DamagedRowError, UnicodeDecodeError) as error:
            raise JournalError("damaged") from error
        except ForeignDatabaseError as error:
            raise JournalError("foreign", str(error)) from error

    async def stop(self) -> None:
        """Finish what was called, close the connection, and end the thread.

        By then the thread has nothing left to do: to wait for it takes no time.
        """
        try:
            await self.run(self.engine.dispose)
        finally:
            self._executor.shutdown()


class Journal:
    """The durable log of the access events of all entries.

    Methods raise `JournalError`, and nothing else that a disk or a server can cause.
    """

    def __init__(self, url: str) -> None:
        """Take a database URL of SQLAlchemy, as `sqlite:////config/file.db`."""
        self._url = make_url(url)
        self._file = database_file(self._url)
        self._lock = asyncio.Lock()
        self._writer: _Worker | None = None
        self._reader: _Worker | None = None
        self._store: Writer | None = None
        self._opened = 0
        self._damaged = False

    async def open(self) -> Path | None:
        """Open the journal, make or migrate its tables.

        Returns None, or where a damaged file was set aside to begin a fresh one. An
        open journal stays as it is, unless it was found damaged.
        """
        async with self._lock:
            if self._store is not None and not self._damaged:
                return None
            return await self._open()

    async def reopen(self) -> Path | None:
        """Close and open the journal, once for all who ask at the same time."""
        opened = self._opened
        async with self._lock:
            if opened != self._opened:
                return None
            return await self._open()

    async def close(self) -> None:
        """Finish what is under way and close the database."""
        async with self._lock:
            await self._close()

    async def _close(self) -> None:
        """Stop both threads."""
        workers = [worker for worker in (self._reader, self._writer) if worker]
        self._writer = self._reader = self._store = None
        for worker in workers:
            await worker.stop()

    async def _open(self) -> Path | None:
        """Start both threads, with a fresh file if the present one is damaged."""
        await self._close()
        writer = _Worker(connect(self._url, writer=True), "access_events_write")
        reader = _Worker(connect(self._url, writer=False), "access_events_read")
        aside = None
        try:
            if self._damaged or await writer.run(self._is_no_database):
                aside = await writer.run(self._set_aside)
            try:
                store = await writer.run(self._prepare, writer.engine)
            except JournalError as error:
                if error.code != "damaged" or aside or self._file is None:
                    raise
                await writer.run(writer.engine.dispose)
                aside = await writer.run(self._set_aside)
                store = await writer.run(self._prepare, writer.engine)
        except BaseException:
            await reader.stop()
            await writer.stop()
            raise
        self._writer, self._reader, self._store = writer, reader, store
        self._damaged = False
        self._opened += 1
        return aside

    def _prepare(self, engine: Engine) -> Writer:
        """Make the file and what is in it; it is nobody's to read but ours."""
        if self._file is not None:
            with _file_work():
                os.close(os.open(self._file, os.O_CREAT | os.O_WRONLY, 0o600))
        prepare(engine)
        return Writer(engine)

    def _is_no_database(self) -> bool:
        """Look at the file before SQLite does, which would remove the log beside it."""
        if self._file is None or not self._file.exists():
            return False
        with _file_work(), self._file.open("rb") as file:
            return file.read(len(_HEADER)) not in (_HEADER, b"")

    def _set_aside(self) -> Path | None:
        """Rename the file, and what SQLite keeps beside it."""
        if self._file is None or not self._file.exists():
            return None
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        aside = self._file.with_name(f"{self._file.name}.damaged-{stamp}")
        with _file_work():
            for end in ("-wal", "-shm", ""):
                part = self._file.with_name(self._file.name + end)
                if part.exists():
                    part.rename(aside.with_name(aside.name + end))
        return aside

    async def _write[**P, T](
        self,
        func: Callable[Concatenate[Writer, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Let the writer do something."""
        if self._writer is None or self._store is None:
            raise JournalError("unavailable", "The journal is not open")
        return await self._run(self._writer, func, self._store, *args, **kwargs)

    async def _read[**P, T](
        self,
        func: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Read something in a transaction."""
        if (reader := self._reader) is None:
            raise JournalError("unavailable", "The journal is not open")

        def read() -> T:
            with reader.engine.begin() as connection:
                return func(connection, *args, **kwargs)

        return await self._run(reader, read)

    async def _run[**P, T](
        self, worker: _Worker, func: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run something, and remember if it met damage."""
        opened = self._opened
        try:
            return await worker.run(func, *args, **kwargs)
        except JournalError as error:
            if error.code == "damaged" and opened == self._opened:
                self._damaged = True
            raise

    async def record(
        self,
        entry_id: str,
        events: Sequence[AccessEvent],
        cursor: str | None,
        *,
        live: bool,
    ) -> Recorded:
        """Commit events and the cursor behind them; a cursor of None stays as it was.

        Of a key that is held, only what was not known before is filled in.
        """
        return await self._write(Writer.record, entry_id, events, cursor, live)

    async def cursor(self, entry_id: str) -> str | None:
        """Return the cursor behind all that is recorded, None for an entry unknown."""
        return await self._read(journal_query.cursor, entry_id)

    async def undelivered(self, entry_id: str) -> list[StoredEvent]:
        """Return what was recorded live but never delivered; now it is replayed."""
        return await self._write(Writer.undelivered, entry_id)

    async def mark_delivered(self, entry_id: str, seq: int) -> None:
        """Note that all rows of an entry up to this one are delivered."""
        await self._write(Writer.mark_delivered, entry_id, seq)

    async def recent(self, entry_id: str, seconds: int) -> list[AccessEvent]:
        """Return what happened within some seconds before the entry's newest event."""
        return await self._read(journal_query.recent, entry_id, seconds)

    async def latest_access(self, entry_id: str) -> dict[str, StoredEvent]:
        """Return the newest of the access kinds by the id of its door."""
        return await self._read(journal_query.latest_access, entry_id)

    async def find(self, entry_id: str, key: str) -> StoredEvent | None:
        """Return the event of a key."""
        return await self._read(journal_query.find, entry_id, stored_key(key))

    async def newest(self, entry_id: str) -> datetime | None:
        """Return when the newest event of an entry happened, as far as is known."""
        return await self._read(journal_query.newest, entry_id)

    async def last_live(self, entry_id: str) -> StoredEvent | None:
        """Return what was recorded live last, None if it is not there any more."""
        return await self._read(journal_query.last_live, entry_id)

    async def gaps(self, entry_id: str) -> list[tuple[datetime, datetime, str]]:
        """Return from when to when something is missing for good, and why."""
        return await self._read(journal_counts.known_gaps, entry_id)

    async def note_gap(
        self, entry_id: str, start: datetime, end: datetime, detail: str
    ) -> None:
        """Keep from when to when something is missing for good."""
        await self._write(Writer.note_gap, entry_id, start, end, detail)

    async def uncounted(self, entry_id: str, *, anew: bool = False) -> Uncounted | None:
        """Return what the statistics do not hold yet, or with `anew` all there is."""
        return await self._read(journal_counts.uncounted, entry_id, anew=anew)

    async def hourly(
        self, entry_id: str, door_id: str | None, since: datetime | None
    ) -> HourlyCounts:
        """Count the events at a door by kind and hour, from an hour on (None: all)."""
        return await self._read(journal_counts.hourly, entry_id, door_id, since)

    async def mark_counted(self, entry_id: str, after: int, upto: int) -> None:
        """Note that the rows behind one, up to another, are in the statistics.

        Nothing is noted if a row before them has moved to another door meanwhile.
        """
        await self._write(Writer.mark_counted, entry_id, after, upto)

    async def count(self, entry_id: str) -> int:
        """Return how many events of an entry there are."""
        wanted = LogFilter(entry_ids=(entry_id,))
        return await self._read(journal_query.total, wanted)

    async def query(self, filter: LogFilter) -> tuple[list[StoredEvent], int]:
        """Return a page of events, and how many there are on all pages."""
        return await self._read(journal_query.query, filter)

    async def search(self, filter: LogFilter, after: Place | None = None) -> Page:
        """Return the page of `filter.limit` events behind the place of another one.

        A page that takes too long is handed out short, with where to go on.
        """
        return await self._read(journal_search.search, filter, after)

    async def span(self, filter: LogFilter) -> tuple[datetime, datetime] | None:
        """Return when the first and the last event of a filter happened."""
        return await self._read(journal_search.span, filter)

    async def counts(self, filter: LogFilter, edges: Sequence[datetime]) -> Counts:
        """Count what a filter finds between each two of some ascending times."""
        tally = Tally(filter, edges)
        while not tally.done:
            await self._read(tally.go_on)
        return await self._read(tally.result)

    async def people(self, entry_id: str) -> list[Person]:
        """Return all people that the events of an entry name."""
        return await self._read(journal_search.known_people, entry_id)

    async def stream(
        self,
        filter: LogFilter,
        size: int = 1000,
    ) -> AsyncIterator[list[StoredEvent]]:
        """Return all events in lists of some size.

        What is recorded meanwhile appears if its place is still to come.
        """
        async for page in self._pages(
            filter,
            size,
            journal_query.ROWS,
            lambda _, rows: [stored(row) for row in rows],
        ):
            yield page

    async def pages[T](
        self,
        filter: LogFilter,
        take: Callable[[Sequence[Row[Any]], Names], T],
        size: int = 1000,
    ) -> AsyncIterator[T]:
        """Hand all rows, as `BARE_ROWS` has them, to a function; return what it makes.

        It is called in the reader's thread with at most `size` rows, and is for those
        who can't afford an object for each.
        """
        names = Names()

        def take_named(connection: Connection, rows: Sequence[Row[Any]]) -> T:
            names.connection = connection
            return take(rows, names)

        async for made in self._pages(
            filter, size, journal_query.BARE_ROWS, take_named
        ):
            yield made

    async def _pages[T](
        self,
        filter: LogFilter,
        size: int,
        columns: Select[Any],
        take: Callable[[Connection, Sequence[Row[Any]]], T],
    ) -> AsyncIterator[T]:
        """Return what a function makes of all rows in the reader's thread."""
        if (where := await self._read(journal_query.conditions, filter)) is None:
            return
        chosen = where

        def read(
            connection: Connection, after: Place | None
        ) -> tuple[T, Place | None] | None:
            rows = journal_query.page(
                connection,
                chosen,
                limit=size,
                descending=filter.descending,
                after=after,
                rows=columns,
            )
            if not rows:
                return None
            last = rows[-1]
            place = (last.occurred, last.seq) if len(rows) == size else None
            return take(connection, rows), place

        after: Place | None = None
        while (found := await self._read(read, after)) is not None:
            made, after = found
            yield made
            if after is None:
                return

    async def purge(self, entry_id: str, before: datetime) -> int:
        """Delete the events of an entry that happened before a time.

        Returns how many; intake goes on meanwhile.
        """
        for forgotten in await self._write(Writer.disowned):
            await self._sweep(forgotten)
        numbers = await self._read(known_entries)
        if entry_id not in numbers:
            return 0
        limit = microseconds(before)
        removed = await self._delete(numbers[entry_id], limit)
        if removed:
            await self._write(Writer.purge_names, numbers[entry_id], limit)
        return removed

    async def forget_entry(self, entry_id: str) -> None:
        """Delete all there is of an entry. What is cut short, the next purge ends."""
        await self._write(Writer.disown, entry_id)
        for forgotten in await self._write(Writer.disowned):
            await self._sweep(forgotten)

    async def _sweep(self, entry: int) -> None:
        """Delete the rows of a forgotten entry, then the entry."""
        await self._delete(entry, None)
        await self._write(Writer.remove_entry, entry)

    async def _delete(self, entry: int, before: int | None) -> int:
        """Delete rows in slices, with pauses for others to write."""
        removed = 0
        after: Place | None = None
        while True:
            number, after = await self._write(Writer.purge_slice, entry, before, after)
            removed += number
            if after is None:
                return removed
            await asyncio.sleep(_PAUSE)

    async def size(self) -> int:
        """Return how many bytes the journal takes on this disk; 0 on a server."""
        if self._reader is None:
            raise JournalError("unavailable", "The journal is not open")
        if (file := self._file) is None:
            return 0

        def measure() -> int:
            parts = (file, file.with_name(f"{file.name}-wal"))
            with _file_work():
                return sum(part.stat().st_size for part in parts if part.exists())

        return await self._run(self._reader, measure)
