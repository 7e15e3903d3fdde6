"""What keeps the journal from working, in words that hold no values."""

from collections.abc import Iterator
from contextlib import contextmanager
import sqlite3

MESSAGES = {
    "full": "The disk of the journal is full: make room, nothing is lost meanwhile",
    "damaged": "The journal's file is damaged",
    "unavailable": "The journal's database can't be reached or used",
    "refused": (
        "The database server refuses the user, the password or the database of db_url"
    ),
    "address": "db_url is not the address of an SQLite, PostgreSQL or MariaDB database",
    "driver": "The driver {driver} for the database of db_url is not installed",
    "mysql": "The database server of db_url is MySQL: use MariaDB or PostgreSQL",
    "foreign": "The file of db_url is a database of something else: choose another one",
    "newer": (
        "The journal has version {version}, but this release knows up to {newest}:"
        " install the newer release again, or restore a backup"
    ),
    "moving": "The journal is being moved to the database of db_url",
    "restarted": "The journal was begun anew",
}

# Of SQLite's result codes; what fills an allotted size is an I/O error to it.
_FULL_CODES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_DAMAGED_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_FULL_WORDS = ("disk is full", "disk full", "No space left on device", "is full")
_DAMAGED_WORDS = ("Could not decode to UTF-8",)
# PostgreSQL's driver gives no code for what happens before it is let in.
_REFUSED_WORDS = ("authentication failed", "does not exist", "no pg_hba.conf entry")
_REFUSED_CODES = {1044, 1045, 1049}
"""MariaDB's for access denied to a database, to a user, and an unknown database."""


class JournalError(Exception):
    """The journal can't do its work now; nothing of the call was committed.

    `code` is one of
    - `full`: try again later;
    - `damaged`: `reopen` sets the file aside;
    - `unavailable`, `refused`: `reopen` later;
    - `address`, `driver`, `mysql`, `foreign`, `newer`: the user has to mend it;
    - `moving`: try again later, rows are still on their way from another database;
    - `restarted`: what the journal held of the entry is gone; ask for its `cursor`.
    """

    def __init__(self, code: str, **placeholders: str) -> None:
        """Keep the code, and what its words name."""
        super().__init__(MESSAGES[code].format(**placeholders))
        self.code = code
        self.placeholders = placeholders


def journal_error(error: Exception) -> JournalError:
    """Return what an error of the database means."""
    cause = getattr(error, "orig", None) or error
    words = str(cause)
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if code in _DAMAGED_CODES or any(part in words for part in _DAMAGED_WORDS):
        return JournalError("damaged")
    if code in _FULL_CODES or any(part in words for part in _FULL_WORDS):
        return JournalError("full")
    if (cause.args and cause.args[0] in _REFUSED_CODES) or any(
        part in words for part in _REFUSED_WORDS
    ):
        return JournalError("refused")
    return JournalError("unavailable")


@contextmanager
def file_work() -> Iterator[None]:
    """Tell of files that can't be used in the journal's words."""
    try:
        yield
    except OSError as error:
        raise journal_error(error) from error
