"""Moving a journal from one database to another.

Nothing is deleted or numbered by the old one, and a key is taken over once. So a move
that was cut short is begun again, and skips what is there.
"""

from collections.abc import Collection
from itertools import batched

from .journal import Journal, LogFilter
from .journal_forget import forgotten_keys
from .journal_write import Writer

_SLICE = 1000


async def move(source: Journal, target: Journal, entry_ids: Collection[str]) -> int:
    """Copy all there is of some entries, the cursor last; returns how many rows.

    Both are open, and nothing else may use them meanwhile. Raises `JournalError`.
    """
    moved = 0
    for entry_id in entry_ids:
        # What was recorded live and not delivered is late by now in any case.
        for journal in (source, target):
            await journal.undelivered(entry_id)
        gone = await source.read(forgotten_keys, entry_id)
        for part in batched(gone.items(), _SLICE, strict=False):
            await target.write(Writer.adopt, entry_id, (), dict(part), None)
        wanted = LogFilter(entry_ids=(entry_id,))
        async for rows in source.stream(wanted, _SLICE):
            moved += await target.write(Writer.adopt, entry_id, rows, {}, None)
        for start, end, detail in await source.gaps(entry_id):
            await target.note_gap(entry_id, start, end, detail)
        if (cursor := await source.cursor(entry_id)) is not None:
            await target.write(Writer.adopt, entry_id, (), {}, cursor)
    return moved
