"""Tables of the journal, their version, and the connections to them.

Names of people, doors and readers are kept once and referred to by number: that
makes a row a third as long, lets a person be searched in any script, and leaves one
place to change when a person is to be forgotten. Numbers are given out by the one
writer, not by the database, so that no dialect's own way of telling them is needed.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
import sqlite3
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    inspect,
    select,
    update,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from .journal_errors import JournalError

NAME_LENGTH = 255
BUSY_SECONDS = 10.0
CHECKPOINT_PAGES = 4000

# A server that no longer answers must not hold the journal up for good.
_SERVER_OPTIONS: dict[str, dict[str, int]] = {
    "postgresql": {
        "connect_timeout": 10,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    },
    "mysql": {"connect_timeout": 10, "read_timeout": 120, "write_timeout": 120},
}

_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
# MariaDB compares text without case and trailing blanks, unless it is told not to.
_NAME = String(NAME_LENGTH).with_variant(
    mysql.VARCHAR(NAME_LENGTH, collation="utf8mb4_nopad_bin"), "mysql", "mariadb"
)
_TEXT = Text().with_variant(mysql.MEDIUMTEXT(charset="utf8mb4"), "mysql", "mariadb")

# All that happens in a transaction happens, or nothing does: not every engine of
# MariaDB's does that.
_INNODB: dict[str, Any] = {"mysql_engine": "InnoDB", "mariadb_engine": "InnoDB"}

metadata = MetaData()

schema = Table(
    "access_events_schema",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    # The highest `seq` of entries that are gone: no number is ever given out again.
    Column("last_seq", _NUMBER, nullable=False),
    **_INNODB,
)

entries = Table(
    "access_events_entries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    # NULL once forgotten, until the last of its rows is gone.
    Column("entry_id", _NAME, unique=True),
    Column("cursor", _TEXT),
    # The newest `occurred` there ever was.
    Column("newest", _NUMBER),
    # The highest `seq` ever, the highest recorded live, and up to which one all is
    # delivered.
    Column("last_seq", _NUMBER, nullable=False),
    Column("last_live", _NUMBER, nullable=False),
    Column("delivered", _NUMBER, nullable=False),
    # Up to which `seq` all is in the hourly statistics.
    Column("counted", _NUMBER, nullable=False, server_default="0"),
    **_INNODB,
)


def _names(name: str, *columns: Column[Any]) -> Table:
    """Return a table of pairs of a system's own id and a name; '' is not known."""
    return Table(
        name,
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("entry", Integer, nullable=False),
        Column("ref", _NAME, nullable=False),
        Column("name", _NAME, nullable=False),
        *columns,
        UniqueConstraint("entry", "ref", "name", name=f"{name}_pair"),
        **_INNODB,
    )


people = _names("access_events_people")

# Doors and readers, with the newest access at each: to look for it among all rows
# takes as long as there are rows.
places = _names(
    "access_events_places",
    Column("access_at", _NUMBER),
    Column("access_seq", _NUMBER),
)

# Times are microseconds since 1970, UTC.
events = Table(
    "access_events",
    metadata,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("entry", Integer, nullable=False),
    Column("event_key", _NAME, nullable=False),
    Column("occurred", _NUMBER, nullable=False),
    Column("received", _NUMBER, nullable=False),
    Column("live", SmallInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("vendor_code", _TEXT, nullable=False),
    Column("door", Integer),
    Column("reader", Integer),
    Column("person", Integer),
    Column("method", String(32)),
    Column("credential", _TEXT),
    Column("direction", String(32)),
    Column("reason", _TEXT),
    Column("message", _TEXT),
    Column("image_ref", _TEXT),
    # The key comes first, so that no planner takes this index for "all of an entry".
    UniqueConstraint("event_key", "entry", name="access_events_key"),
    # In the order of reading, and holding all that can be filtered by: one index
    # answers every question, with its total, without touching rows that don't match.
    Index("access_events_time", "occurred", "seq", "entry", "kind", "door", "person"),
    **_INNODB,
)

# Events that a user wanted forgotten, and that a system may still tell again.
forgotten = Table(
    "access_events_forgotten",
    metadata,
    Column("event_key", _NAME, primary_key=True),
    Column("entry", Integer, primary_key=True, autoincrement=False),
    Column("occurred", _NUMBER, nullable=False),
    **_INNODB,
)

# What a system can't tell any more, from when to when, in the unit of `occurred`.
gaps = Table(
    "access_events_gaps",
    metadata,
    Column("entry", Integer, primary_key=True, autoincrement=False),
    Column("start", _NUMBER, primary_key=True, autoincrement=False),
    Column("end", _NUMBER, primary_key=True, autoincrement=False),
    Column("detail", _TEXT, nullable=False),
    **_INNODB,
)

type Migration = Callable[[Connection], None]


def _count_hours(connection: Connection) -> None:
    """Make room for gaps, and for how far the statistics have come.

    What a migration changes in MariaDB stays when it fails later.
    """
    gaps.create(connection, checkfirst=True)
    columns = inspect(connection).get_columns(entries.name)
    if not any(column["name"] == "counted" for column in columns):
        connection.exec_driver_sql(
            f"ALTER TABLE {entries.name} ADD COLUMN counted BIGINT NOT NULL DEFAULT 0"
        )


def _add_forgotten(connection: Connection) -> None:
    """Make the table of what is forgotten."""
    forgotten.create(connection, checkfirst=True)


# Step n brings a journal of version n + 1 to version n + 2.
MIGRATIONS: tuple[Migration, ...] = (_count_hours, _add_forgotten)


def parse(address: str) -> URL:
    """Return a database's address. Raises `JournalError` for one we can't use."""
    try:
        url = make_url(address)
        if url.get_backend_name() in ("mysql", "mariadb"):
            # Whatever it says: in `utf8` MariaDB keeps no emoji, and refuses the event.
            url = url.update_query_dict({"charset": "utf8mb4"})
    except (ArgumentError, ValueError) as error:
        raise JournalError("address") from error
    if url.get_backend_name() not in ("sqlite", "postgresql", "mysql", "mariadb"):
        raise JournalError("address")
    return url


def connect(url: URL, *, writer: bool) -> Engine:
    """Return an engine with a single connection, for one thread; imports its driver.

    Raises `JournalError` where there is none.
    """
    try:
        if url.get_backend_name() == "sqlite":
            return _connect_file(url, writer=writer)
        return _connect_server(url)
    except NoSuchModuleError as error:
        raise JournalError("address") from error
    except ModuleNotFoundError as error:
        raise JournalError("driver", driver=error.name or url.drivername) from error


def _connect_server(url: URL) -> Engine:
    """Return an engine for a server."""
    backend = "postgresql" if url.get_backend_name() == "postgresql" else "mysql"
    options = {
        name: value
        for name, value in _SERVER_OPTIONS[backend].items()
        if name not in url.query
    }
    engine = create_engine(
        url,
        pool_size=1,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=options,
    )
    if engine.dialect.is_async:
        raise JournalError("address")
    if backend == "postgresql":

        @event.listens_for(engine, "begin")
        def _begun(connection: Connection) -> None:
            # A plan that is kept was made when the table was small, and reads all of
            # it for each batch once it is large; to compile one takes longer still.
            connection.exec_driver_sql(
                "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off"
            )

    return engine


def _connect_file(url: URL, *, writer: bool) -> Engine:
    """Return an engine for a file."""
    engine = create_engine(
        url,
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA journal_size_limit=16777216")
        if writer:
            # Keys come in no order, so each batch touches pages all over their index:
            # keep more of them at hand, and write each back less often.
            connection.execute("PRAGMA cache_size=-8000")
            connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
            # What is deleted is gone from the file too.
            connection.execute("PRAGMA secure_delete=ON")
        else:
            connection.execute("PRAGMA query_only=ON")

    # The driver by itself begins a transaction late, and for some statements never.
    begin = "BEGIN IMMEDIATE" if writer else "BEGIN"

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def database_file(url: URL) -> Path | None:
    """Return the file behind a URL, None for servers."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(url.database)


def prepare(engine: Engine) -> bool:
    """Make the tables, or bring them to the present version, in single steps.

    Returns whether they were made. Raises `JournalError`, before anything is changed,
    for what is not ours.
    """
    newest = len(MIGRATIONS) + 1
    version = _version(engine)
    if version is not None and version > newest:
        raise JournalError("newer", version=str(version), newest=str(newest))
    if engine.dialect.name == "sqlite":
        # Kept in the file, and not to be changed within a transaction.
        with closing(engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA journal_mode=WAL")
    if version is None:
        with engine.begin() as connection:
            metadata.create_all(connection)
            connection.execute(schema.insert().values(version=newest, last_seq=0))
        return True
    for reached, migrate in enumerate(MIGRATIONS[version - 1 :], version + 1):
        with engine.begin() as connection:
            migrate(connection)
            connection.execute(update(schema).values(version=reached))
    return False


def remove_tables(engine: Engine) -> bool:
    """Drop our tables, unless another Home Assistant keeps its log in them.

    Returns whether they are gone.
    """
    with engine.begin() as connection:
        if connection.scalar(select(entries.c.id).limit(1)) is not None:
            return False
        metadata.drop_all(connection)
    return True


def _version(engine: Engine) -> int | None:
    """Return the version of the tables, None where there are none yet."""
    with engine.connect() as connection:
        if not getattr(engine.dialect, "is_mariadb", True):
            raise JournalError("mysql")
        tables = inspect(connection).get_table_names()
        if schema.name in tables:
            return connection.scalar(select(schema.c.version))
    if tables and engine.dialect.name == "sqlite":
        raise JournalError("foreign")
    return None
