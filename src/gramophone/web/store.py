"""The studio's memory: one SQLite file that the server and its workers share."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS sounds (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, made TEXT, kind TEXT NOT NULL, rate_hz INTEGER NOT NULL,
    channels INTEGER NOT NULL, duration_s REAL NOT NULL, level_db REAL NOT NULL, loudness_lufs REAL NOT NULL,
    sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, used_s REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, request TEXT NOT NULL, state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '', worker TEXT, control TEXT NOT NULL DEFAULT '',
    preview_requests INTEGER NOT NULL DEFAULT 0, starts INTEGER NOT NULL DEFAULT 0, result TEXT,
    bytes INTEGER NOT NULL DEFAULT 0, created_s REAL NOT NULL, used_s REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS pictures (job TEXT PRIMARY KEY, png BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS events_of_a_job ON events (job, id);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, number);
"""
TABLES = ("sounds", "jobs", "events", "pictures")
FORGET = "".join(f"DROP TABLE IF EXISTS {table};" for table in TABLES)
VERSION = 2
WAIT_S = 10.0


def new_id() -> str:
    """A name that nobody can guess, of letters and digits only."""
    return secrets.token_hex(8)


class Store:
    """A connection; each thread and each process opens its own.

    Args:
        path: of the file, which is made if need be.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        (found,) = self._connection.execute("PRAGMA user_version").fetchone()
        if found != VERSION:
            # What is kept is kept for a day: another version begins anew.
            self._connection.executescript(FORGET + SCHEMA + f"PRAGMA user_version = {VERSION};")

    def close(self) -> None:
        """Gives the file free."""
        self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or nothing after an exception."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            if self._connection.in_transaction:  # a full disk has ended it already
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: object) -> sqlite3.Row | None:
        """The first row of a query, if there is one."""
        found: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
        return found
