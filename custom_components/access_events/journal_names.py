"""Names of people, doors and readers in the journal, each kept once, by number."""

from itertools import batched

from sqlalchemy import Table, func, insert, select, tuple_
from sqlalchemy.engine import Connection

from .journal_merge import Pair, cleaned
from .journal_schema import NAME_LENGTH

_LOOKUP = 500
_CACHED_NAMES = 50_000


class NamePairs:
    """The numbers of pairs of id and name, of one entry, as far as they were used."""

    def __init__(self, table: Table) -> None:
        """Know no pairs but the empty one."""
        self._table = table
        self._numbers: dict[int, dict[Pair, int | None]] = {}

    def clear(self) -> None:
        """Forget what a transaction that failed may have made."""
        self._numbers.clear()

    def numbers(
        self, connection: Connection, entry: int, pairs: set[Pair]
    ) -> dict[Pair, int | None]:
        """Return the numbers of pairs, and give numbers to new ones."""
        known = self._numbers.get(entry)
        if known is None or len(known) > _CACHED_NAMES:
            known = self._numbers[entry] = {}
        if missing := pairs - known.keys():
            self._look_up(connection, entry, missing, known)
        return known

    def _look_up(
        self,
        connection: Connection,
        entry: int,
        pairs: set[Pair],
        known: dict[Pair, int | None],
    ) -> None:
        """Read the numbers of pairs, and insert what is not there."""
        table = self._table
        rows = {
            wanted: (
                cleaned(wanted[0] or "")[:NAME_LENGTH],
                cleaned(wanted[1] or "")[:NAME_LENGTH],
            )
            for wanted in pairs
        }
        numbers: dict[tuple[str, str], int | None] = {("", ""): None}
        for part in batched(set(rows.values()), _LOOKUP, strict=False):
            found = connection.execute(
                select(table.c.ref, table.c.name, table.c.id).where(
                    table.c.entry == entry, tuple_(table.c.ref, table.c.name).in_(part)
                )
            )
            numbers.update({(ref, name): number for ref, name, number in found})
        if fresh := sorted(set(rows.values()) - numbers.keys()):
            start = (connection.scalar(select(func.max(table.c.id))) or 0) + 1
            numbers.update({row: start + index for index, row in enumerate(fresh)})
            connection.execute(
                insert(table),
                [
                    {"id": numbers[row], "entry": entry, "ref": row[0], "name": row[1]}
                    for row in fresh
                ],
            )
        known.update({wanted: numbers[row] for wanted, row in rows.items()})
