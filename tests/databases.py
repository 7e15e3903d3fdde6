"""Databases for the journal's tests: a file, and real servers on this machine.

The servers are Debian's `postgresql` and `mariadb-server`, started here in folders of
their own and reached on loopback only. Nothing of an installed server is touched.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager, suppress
import os
from pathlib import Path
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from typing import Any, override

import pytest
from sqlalchemy import URL, create_engine, inspect, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

KINDS = ("sqlite", "postgresql", "mariadb")
PASSWORD = "planted-db-password"

# On Linux a server ends with whoever started it, however that ends.
_WITH_PARENT = (
    ("setpriv", "--pdeathsig", "KILL", "--") if shutil.which("setpriv") else ()
)

sqlite_only = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
servers_only = pytest.mark.parametrize("database", KINDS[1:], indirect=True)


class Database:
    """A database that holds nothing yet, and what a test does behind a journal's back."""

    def __init__(self, kind: str, url: URL, server: Server | None = None) -> None:
        """Keep where it is."""
        self.kind = kind
        self._url = url
        self._server = server

    @property
    def url(self) -> str:
        """Return the address as a user writes it, password and all."""
        return self._url.render_as_string(hide_password=False)

    @property
    def file(self) -> Path:
        """Return the file of SQLite."""
        assert self._url.database is not None
        return Path(self._url.database)

    @property
    def server(self) -> Server:
        """Return the server behind it."""
        assert self._server is not None
        return self._server

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what a query finds, read by a connection of its own."""
        engine = create_engine(self._url, poolclass=NullPool)
        with engine.begin() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def execute(self, sql: str) -> None:
        """Change something."""
        engine = create_engine(self._url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text(sql))

    def disconnect(self) -> None:
        """Cut all connections, and wait until nothing is under way any more."""
        if self.kind != "sqlite":
            assert self._url.database is not None
            self.server.disconnect(self._url.database)
            self.settle()

    def settle(self) -> None:
        """Wait until what a program began before it was killed has ended either way."""
        if self.kind != "sqlite":
            self.rows("SELECT version FROM access_events_schema FOR UPDATE")

    def tables(self) -> set[str]:
        """Return the names of all tables there are."""
        return set(
            inspect(create_engine(self._url, poolclass=NullPool)).get_table_names()
        )


class Server(ABC):
    """A database server in a folder of its own; it listens on loopback alone."""

    kind: str
    program: str
    package: str
    account: str
    stop_signal = signal.SIGTERM

    def __init__(self) -> None:
        """Make the folder and choose a port."""
        self.binaries = self.find()
        # Not pytest's folder, which nobody else may enter: as root, the servers run
        # under an account of their own.
        self.folder = Path(tempfile.mkdtemp(prefix=f"access-events-{self.kind}-"))
        self.data = self.folder / "data"
        self._owner: dict[str, Any] = {}
        if os.getuid() == 0:
            account = pwd.getpwnam(self.account)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self._owner = {
                "user": account.pw_uid,
                "group": account.pw_gid,
                "extra_groups": [],
            }
        self.folder.chmod(0o755)
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self._number = 0

    @classmethod
    @abstractmethod
    def find(cls) -> Path:
        """Return the folder of the server's programs, or skip the test."""

    @abstractmethod
    def url(self, database: str | None = None) -> URL:
        """Return the address of a database, or of the one that is always there."""

    @abstractmethod
    def make_data(self) -> None:
        """Lay out the server's files."""

    @abstractmethod
    def command(self) -> Sequence[str | Path]:
        """Return what runs the server in the foreground."""

    def run(self, *command: str | Path, content: str | None = None) -> None:
        """Run one of the server's programs to its end."""
        subprocess.run(
            command,
            input=content,
            text=True,
            check=True,
            cwd=self.folder,
            capture_output=True,
            timeout=60,
            **self._owner,
        )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        if not self.data.exists():
            self.make_data()
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                (*_WITH_PARENT, *self.command()),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self._owner,
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                self.execute("SELECT 1")
            except OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def ensure_running(self) -> None:
        """Start the server unless it runs; it ended if a thread started it that did."""
        if self._process is None or self._process.poll() is not None:
            self.start()

    def stop(self, number: signal.Signals | None = None) -> None:
        """End the server; by SIGKILL, as if its machine lost power."""
        if self._process is not None:
            self._process.send_signal(number or self.stop_signal)
            self._process.wait(60)
            self._process = None

    def remove(self) -> None:
        """End the server and delete its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def execute(self, sql: str) -> None:
        """Do something as the server's administrator."""
        engine = create_engine(
            self.url(), poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(text(sql))

    @abstractmethod
    def disconnect(self, database: str) -> None:
        """Cut all connections to a database."""

    @contextmanager
    def database(self) -> Generator[Database]:
        """Make a database, and drop it afterwards."""
        self.ensure_running()
        self._number += 1
        name = f"journal_{self._number}"
        self.execute(f"CREATE DATABASE {name}")
        try:
            yield Database(self.kind, self.url(name), self)
        finally:
            self.ensure_running()
            self.disconnect(name)
            self.execute(f"DROP DATABASE {name}")


class PostgreSQL(Server):
    """PostgreSQL."""

    kind = "postgresql"
    account = "postgres"
    stop_signal = signal.SIGINT  # don't wait for connections to end by themselves

    @classmethod
    @override
    def find(cls) -> Path:
        folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        if found := shutil.which("postgres") or (folders and folders[-1]):
            return Path(found).resolve().parent
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")

    @override
    def url(self, database: str | None = None) -> URL:
        return URL.create(
            "postgresql+psycopg",
            "access_events",
            PASSWORD,
            "127.0.0.1",
            self.port,
            database or "postgres",
        )

    @override
    def make_data(self) -> None:
        password = self.folder / "password"
        self.run("tee", password, content=PASSWORD)
        self.run(
            self.binaries / "initdb",
            *("-D", self.data, "-U", "access_events", "-A", "scram-sha-256"),
            *("--pwfile", password, "--no-sync", "-E", "UTF8", "--locale", "C.UTF-8"),
        )

    @override
    def command(self) -> Sequence[str | Path]:
        return (
            self.binaries / "postgres",
            *("-D", self.data, "-h", "127.0.0.1", "-p", str(self.port)),
            *("-k", self.folder, "-c", "fsync=off", "-c", "shared_buffers=16MB"),
        )

    @override
    def disconnect(self, database: str) -> None:
        engine = create_engine(self.url(), poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = :database"
                ),
                {"database": database},
            )


class MariaDB(Server):
    """MariaDB."""

    kind = "mariadb"
    account = "mysql"

    @classmethod
    @override
    def find(cls) -> Path:
        for folder in ("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"):
            if Path(folder, "mariadbd").exists() and shutil.which("mariadb-install-db"):
                return Path(folder)
        pytest.skip("MariaDB is not installed (Debian: apt install mariadb-server)")

    @override
    def url(self, database: str | None = None) -> URL:
        return URL.create(
            "mysql+pymysql",
            "access_events",
            PASSWORD,
            "127.0.0.1",
            self.port,
            database or "mysql",
        )

    @override
    def make_data(self) -> None:
        self.run(
            "mariadb-install-db",
            *("--no-defaults", f"--datadir={self.data}", "--skip-test-db"),
            *("--auth-root-authentication-method=normal", "--skip-name-resolve"),
        )
        users = self.folder / "users.sql"
        self.run(
            "tee",
            users,
            content=(
                "CREATE OR REPLACE USER access_events@'127.0.0.1'"
                f" IDENTIFIED BY '{PASSWORD}';\n"
                "GRANT ALL ON *.* TO access_events@'127.0.0.1';\n"
            ),
        )

    @override
    def command(self) -> Sequence[str | Path]:
        return (
            self.binaries / "mariadbd",
            *("--no-defaults", f"--datadir={self.data}", f"--port={self.port}"),
            *("--bind-address=127.0.0.1", f"--socket={self.folder / 'socket'}"),
            *("--skip-name-resolve", f"--init-file={self.folder / 'users.sql'}"),
            *("--innodb-buffer-pool-size=16M", "--innodb-log-file-size=16M"),
            "--innodb-flush-log-at-trx-commit=0",
        )

    @override
    def disconnect(self, database: str) -> None:
        engine = create_engine(self.url(), poolclass=NullPool)
        with engine.connect() as connection:
            found = connection.execute(
                text("SELECT id FROM information_schema.processlist WHERE db = :name"),
                {"name": database},
            )
            for (number,) in found.all():
                with suppress(OperationalError):  # it may just have ended
                    connection.execute(text(f"KILL {number}"))


class Servers:
    """The servers that some test asked for; each is started once."""

    def __init__(self) -> None:
        """Start none yet."""
        self._running: dict[str, Server] = {}

    def get(self, kind: str) -> Server:
        """Return a server, or skip the test in words where there can be none."""
        if os.environ.get("CI"):
            pytest.skip("Tests against database servers are not for CI")
        if kind not in self._running:
            make: Callable[[], Server] = PostgreSQL if kind == "postgresql" else MariaDB
            self._running[kind] = make()
        return self._running[kind]

    def close(self) -> None:
        """End all of them."""
        for server in self._running.values():
            server.remove()


def sqlite_database(folder: Path) -> Database:
    """Return a file that is not there yet."""
    return Database("sqlite", make_url(f"sqlite:///{folder / 'journal.db'}"))
