"""The journal: the durable log of access events, and where reading goes on.

Events and the cursor behind them are committed together, each key once per entry.
One thread writes, another reads, so neither holds the other nor the event loop up.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, Concatenate

from sqlalchemy import Engine, Row, Select
from sqlalchemy.engine import Connection

from . import journal_counts, journal_forget, journal_query, journal_search
from .journal_counts import HourlyCounts, Uncounted
from .journal_errors import JournalError
from .journal_file import delete_all, file_size, is_no_database, make_file, set_aside
from .journal_forget import Forgotten
from .journal_merge import stored_key
from .journal_query import LogFilter, Names, Place, known_entries, microseconds, stored
from .journal_schema import (
    CHECKPOINT_PAGES,
    connect,
    database_file,
    parse,
    prepare,
    remove_tables,
)
from .journal_search import Counts, Page, Tally
from .journal_worker import Worker
from .journal_write import Recorded, Writer
from .models import AccessEvent, Person, StoredEvent

__all__ = ["Forgotten", "Journal", "JournalError", "LogFilter", "Recorded"]

_PAUSE = 0.01
"""Seconds between two slices of a purge, for intake to go on."""


class Journal:
    """The durable log of the access events of all entries.

    Methods raise `JournalError`, and nothing else that a disk or a server can cause.
    """

    def __init__(self, url: str) -> None:
        """Take a database URL of SQLAlchemy, as `sqlite:////config/file.db`.

        Raises `JournalError` for one that can't be used.
        """
        self._url = parse(url)
        self._file = database_file(self._url)
        self._lock = asyncio.Lock()
        self._writer: Worker | None = None
        self._reader: Worker | None = None
        self._store: Writer | None = None
        self._opened = 0
        self._damaged = False
        self._met: set[str] = set()
        self._stale: set[str] = set()

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
        engines = [
            await asyncio.to_thread(connect, self._url, writer=writer)
            for writer in (True, False)
        ]
        writer = Worker(engines[0], "access_events_write")
        reader = Worker(engines[1], "access_events_read")
        aside = None
        try:
            if self._file is not None and (
                self._damaged or await writer.run(is_no_database, self._file)
            ):
                aside = await writer.run(set_aside, self._file)
            try:
                store, fresh = await writer.run(self._prepare, writer.engine)
            except JournalError as error:
                if error.code != "damaged" or aside or self._file is None:
                    raise
                await writer.run(writer.engine.dispose)
                aside = await writer.run(set_aside, self._file)
                store, fresh = await writer.run(self._prepare, writer.engine)
        except BaseException:
            await reader.stop()
            await writer.stop()
            raise
        self._writer, self._reader, self._store = writer, reader, store
        self._damaged = False
        self._opened += 1
        if fresh:
            self._stale |= self._met
        return aside

    def _prepare(self, engine: Engine) -> tuple[Writer, bool]:
        """Make the file and what is in it; it is nobody's to read but ours.

        Returns what writes, and whether all is new.
        """
        if self._file is not None:
            make_file(self._file)
        fresh = prepare(engine)
        return Writer(engine), fresh

    async def write[**P, T](
        self,
        func: Callable[Concatenate[Writer, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Let the writer do something, for what has no method of its own here."""
        if self._writer is None or self._store is None:
            raise JournalError("unavailable")
        return await self._run(self._writer, func, self._store, *args, **kwargs)

    async def read[**P, T](
        self,
        func: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Read something in a transaction."""
        if (reader := self._reader) is None:
            raise JournalError("unavailable")

        def read() -> T:
            with reader.engine.begin() as connection:
                return func(connection, *args, **kwargs)

        return await self._run(reader, read)

    async def _run[**P, T](
        self, worker: Worker, func: Callable[P, T], *args: P.args, **kwargs: P.kwargs
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

        Of a key that is held, only what was not known before is filled in. What a
        user wanted forgotten is not taken again.
        """
        if entry_id in self._stale:
            # Its cursor points behind what is no longer there.
            raise JournalError("restarted")
        if self._store is not None:
            # Who fails to write holds a cursor behind it all the same.
            self._met.add(entry_id)
        return await self.write(Writer.record, entry_id, events, cursor, live)

    async def cursor(self, entry_id: str) -> str | None:
        """Return the cursor behind all that is recorded, None for an entry unknown."""
        cursor = await self.read(journal_query.cursor, entry_id)
        self._met.add(entry_id)
        self._stale.discard(entry_id)
        return cursor

    async def undelivered(self, entry_id: str) -> list[StoredEvent]:
        """Return what was recorded live but never delivered; now it is replayed."""
        return await self.write(Writer.undelivered, entry_id)

    async def mark_delivered(self, entry_id: str, seq: int) -> None:
        """Note that all rows of an entry up to this one are delivered."""
        await self.write(Writer.mark_delivered, entry_id, seq)

    async def recent(self, entry_id: str, seconds: int) -> list[AccessEvent]:
        """Return what happened within some seconds before the entry's newest event."""
        return await self.read(journal_query.recent, entry_id, seconds)

    async def latest_access(self, entry_id: str) -> dict[str, StoredEvent]:
        """Return the newest of the access kinds by the id of its door."""
        return await self.read(journal_query.latest_access, entry_id)

    async def find(self, entry_id: str, key: str) -> StoredEvent | None:
        """Return the event of a key."""
        return await self.read(journal_query.find, entry_id, stored_key(key))

    async def newest(self, entry_id: str) -> datetime | None:
        """Return when the newest event of an entry happened, as far as is known."""
        return await self.read(journal_query.newest, entry_id)

    async def last_live(self, entry_id: str) -> StoredEvent | None:
        """Return what was recorded live last, None if it is not there any more."""
        return await self.read(journal_query.last_live, entry_id)

    async def gaps(self, entry_id: str) -> list[tuple[datetime, datetime, str]]:
        """Return from when to when something is missing for good, and why."""
        return await self.read(journal_counts.known_gaps, entry_id)

    async def note_gap(
        self, entry_id: str, start: datetime, end: datetime, detail: str
    ) -> None:
        """Keep from when to when something is missing for good."""
        await self.write(Writer.note_gap, entry_id, start, end, detail)

    async def uncounted(self, entry_id: str, *, anew: bool = False) -> Uncounted | None:
        """Return what the statistics do not hold yet, or with `anew` all there is."""
        return await self.read(journal_counts.uncounted, entry_id, anew=anew)

    async def hourly(
        self, entry_id: str, door_id: str | None, since: datetime | None
    ) -> HourlyCounts:
        """Count the events at a door by kind and hour, from an hour on (None: all)."""
        return await self.read(journal_counts.hourly, entry_id, door_id, since)

    async def mark_counted(self, entry_id: str, after: int, upto: int) -> None:
        """Note that the rows behind one, up to another, are in the statistics.

        Nothing is noted if a row before them has moved to another door meanwhile.
        """
        await self.write(Writer.mark_counted, entry_id, after, upto)

    async def count(self, entry_id: str) -> int:
        """Return how many events of an entry there are."""
        wanted = LogFilter(entry_ids=(entry_id,))
        return await self.read(journal_query.total, wanted)

    async def query(self, filter: LogFilter) -> tuple[list[StoredEvent], int]:
        """Return a page of events, and how many there are on all pages."""
        return await self.read(journal_query.query, filter)

    async def search(self, filter: LogFilter, after: Place | None = None) -> Page:
        """Return the page of `filter.limit` events behind the place of another one.

        A page that takes too long is handed out short, with where to go on.
        """
        return await self.read(journal_search.search, filter, after)

    async def span(self, filter: LogFilter) -> tuple[datetime, datetime] | None:
        """Return when the first and the last event of a filter happened."""
        return await self.read(journal_search.span, filter)

    async def counts(self, filter: LogFilter, edges: Sequence[datetime]) -> Counts:
        """Count what a filter finds between each two of some ascending times."""
        tally = Tally(filter, edges)
        while not tally.done:
            await self.read(tally.go_on)
        return await self.read(tally.result)

    async def people(self, entry_id: str) -> list[Person]:
        """Return all people that the events of an entry name."""
        return await self.read(journal_search.known_people, entry_id)

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
        if (where := await self.read(journal_query.conditions, filter)) is None:
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
        while (found := await self.read(read, after)) is not None:
            made, after = found
            yield made
            if after is None:
                return

    async def purge(self, entry_id: str, before: datetime) -> int:
        """Delete the events of an entry that happened before a time.

        Returns how many; intake goes on meanwhile.
        """
        for forgotten in await self.write(Writer.disowned):
            await self._sweep(forgotten)
        numbers = await self.read(known_entries)
        if entry_id not in numbers:
            return 0
        limit = microseconds(before)
        removed = await self._delete(numbers[entry_id], entry_id, limit)
        if removed:
            await self.write(Writer.purge_names, numbers[entry_id], limit)
        return removed

    async def forget_entry(self, entry_id: str) -> None:
        """Delete all there is of an entry. What is cut short, the next purge ends."""
        await self.write(Writer.disown, entry_id)
        for forgotten in await self.write(Writer.disowned):
            await self._sweep(forgotten)

    async def forget_person(
        self, person: str, entry_ids: Collection[str] | None, *, remove: bool
    ) -> Forgotten:
        """Delete the events of a person, or leave somebody unknown in their place.

        `person` is an id or a whole name. Texts that name the person are cleared
        wherever they are. What is cut short can be done again.
        """
        who = await self.read(journal_forget.find, person, entry_ids)
        if not who.people:
            return Forgotten(0, 0, who.people)
        stand_ins = (
            None
            if remove
            else await self.write(Writer.forget, journal_forget.make_stand_ins, who)
        )
        rows = mentions = 0
        after: Place | None = None
        while True:
            number, after = await self.write(
                Writer.forget, journal_forget.forget_slice, who, stand_ins, after
            )
            rows += number
            if after is None:
                break
            await asyncio.sleep(_PAUSE)
        seq: int | None = 0
        while seq is not None and who.names:
            number, seq = await self.write(
                Writer.forget, journal_forget.clear_mentions, who, seq
            )
            mentions += number
            await asyncio.sleep(_PAUSE)
        await self.write(Writer.forget, journal_forget.finish, who)
        if self._file is not None:
            await self._pragma("wal_checkpoint(TRUNCATE)")
        return Forgotten(rows, mentions, who.people)

    async def begin_backup(self) -> None:
        """Leave the file as it is while it is copied, and go on in the log beside it.

        Whenever that log is copied, what is committed in it by then can be read: so
        nothing has to wait. It grows until `end_backup`.
        """
        if self._file is not None:
            await self._pragma("wal_checkpoint(TRUNCATE)", "wal_autocheckpoint=0")

    async def end_backup(self) -> None:
        """Take the log into the file again from time to time."""
        if self._file is not None:
            await self._pragma(f"wal_autocheckpoint={CHECKPOINT_PAGES}")

    async def _pragma(self, *words: str) -> None:
        """Tell SQLite something outside of a transaction."""
        if (writer := self._writer) is None:
            raise JournalError("unavailable")

        def tell() -> None:
            with closing(writer.engine.raw_connection()) as raw:
                for word in words:
                    raw.cursor().execute(f"PRAGMA {word}")

        await self._run(writer, tell)

    async def remove(self) -> None:
        """Delete the file and what was set aside, or our tables at a server, and close.

        Tables in which another Home Assistant keeps its log stay.
        """
        async with self._lock:
            if self._writer is None:
                raise JournalError("unavailable")
            if self._file is None:
                await self._writer.run(remove_tables, self._writer.engine)
            await self._close()
            if self._file is not None:
                await asyncio.to_thread(delete_all, self._file)

    async def _sweep(self, entry: int) -> None:
        """Delete the rows of a forgotten entry, then the entry."""
        await self._delete(entry, None, None)
        await self.write(Writer.remove_entry, entry)

    async def _delete(self, entry: int, owner: str | None, before: int | None) -> int:
        """Delete rows in slices, with pauses for others to write."""
        removed = 0
        after: Place | None = None
        while True:
            number, after = await self.write(
                Writer.purge_slice, entry, owner, before, after
            )
            removed += number
            if after is None:
                return removed
            await asyncio.sleep(_PAUSE)

    async def size(self) -> int:
        """Return how many bytes the journal takes on this disk; 0 on a server."""
        if self._reader is None:
            raise JournalError("unavailable")
        if self._file is None:
            return 0
        return await self._run(self._reader, file_size, self._file)
