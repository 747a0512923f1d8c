"""The store behind the tests, whichever engine it has: a fresh one for each test, and a way to read it past the programs.

OUTPOST_TEST_ENGINE is sqlite (default) or postgresql. The tests of a ctest run share a server; a test program that runs
alone starts one, which ends with it.
"""

import atexit
import contextlib
import functools
import os
import pathlib
import re
import secrets
import sqlite3
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import postgres_query  # noqa: E402
from postgres_server import PostgresServer, shared_server  # noqa: E402

ENGINE = os.environ.get("OUTPOST_TEST_ENGINE", "sqlite")
assert ENGINE in ("sqlite", "postgresql"), f'OUTPOST_TEST_ENGINE is "{ENGINE}"; valid are sqlite and postgresql'

# What a read may meet while the programs, or the database, are being killed.
READ_ERRORS = (sqlite3.OperationalError, postgres_query.QueryError, OSError)


class SqliteStore:
    engine = "sqlite"

    def __init__(self, directory):
        self.path = pathlib.Path(directory) / "store" / "outpost.db"
        self.url = f"sqlite://{self.path}"
        self.lock = threading.Lock()
        self.watching = None

    def rows(self, sql, *values):
        with contextlib.closing(self.connect()) as store:
            return store.execute(sql, values).fetchall()

    def columns(self, table):
        return [name for (name,) in self.rows("SELECT name FROM pragma_table_info(?)", table)]

    def damage(self):
        """What the engine's own check finds; empty when all is well."""
        return [text for (text,) in self.rows("PRAGMA integrity_check") if text != "ok"]

    def version(self):
        """Another whenever something may have changed."""
        with self.lock:
            if self.watching is None:
                self.watching = self.connect()
            return self.watching.execute("PRAGMA data_version").fetchone()[0]

    def change(self, sql):
        """Behind the programs' back; none of them may run."""
        with contextlib.closing(sqlite3.connect(self.path)) as store, store:
            store.execute(sql)

    def connect(self):
        return sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30, check_same_thread=False)

    def close(self):
        if self.watching:
            self.watching.close()
        self.watching = None


class PostgresqlStore:
    """A database of its own in a server that runs already; dropped by close()."""

    engine = "postgresql"
    path = None

    def __init__(self, server):
        self.server = server
        self.name = f"outpost_{secrets.token_hex(6)}"
        self.url = server.url(self.name)  # for the programs
        self.lock = threading.Lock()
        self.connection = None
        self._administer(f"CREATE DATABASE {self.name} TEMPLATE template0")

    def rows(self, sql, *values):
        with self.lock:
            kept = self.connection is not None
            try:
                return self._ask(sql, values)
            except (OSError, postgres_query.QueryError) as error:
                self._disconnect()
                if not kept or not lost(error):
                    raise
            return self._ask(sql, values)  # the server may have been restarted since the last question

    def _ask(self, sql, values):
        if self.connection is None:
            self.connection = postgres_query.Connection(self.server.url(self.name))
        return self.connection.rows(self.translated(sql), *values)

    @staticmethod
    def translated(sql):
        """SQLite's ways to say it, which the tests use, in PostgreSQL's."""
        return re.sub(r"json_extract\((\w+(?:\.\w+)?), '\$\.\"?([^'\"]+)\"?'\)", r"(nullif(\1, '')::json->>'\2')", sql)

    def columns(self, table):
        return [name for (name,) in self.rows(
            "SELECT column_name::text FROM information_schema.columns WHERE table_name=? ORDER BY ordinal_position",
            table)]

    def damage(self):
        return []

    def change(self, sql):
        self.rows(sql)

    def version(self):
        return self.rows("SELECT pg_current_wal_insert_lsn()::text")  # of the whole server

    def close(self):
        with self.lock:
            self._disconnect()
        with contextlib.suppress(OSError, postgres_query.QueryError):  # the server may be gone
            self._administer(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def _administer(self, sql):
        with contextlib.closing(postgres_query.Connection(self.server.url("postgres"))) as connection:
            connection.rows(sql)

    def _disconnect(self):
        if self.connection:
            self.connection.close()
        self.connection = None


def lost(error):
    return isinstance(error, OSError) or error.code.startswith("57")


@functools.cache
def postgres():
    """The server for tests that do no harm to it."""
    shared = shared_server()
    if shared:
        return shared
    server = PostgresServer().start()
    atexit.register(server.close)
    return server


def new_store(directory, engine=ENGINE):
    return SqliteStore(directory) if engine == "sqlite" else PostgresqlStore(postgres())
