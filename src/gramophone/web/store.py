"""The studio's database: one SQLite file that the server and its workers share."""

import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

VERSION = 3
SCHEMA = f"""
CREATE TABLE sounds (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, made TEXT, kind TEXT NOT NULL, rate_hz INTEGER NOT NULL,
    channels INTEGER NOT NULL, duration_s REAL NOT NULL, level_db REAL NOT NULL, loudness_lufs REAL NOT NULL,
    sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, used_s REAL NOT NULL
);
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, request TEXT NOT NULL, state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '', worker TEXT, control TEXT NOT NULL DEFAULT '',
    preview_requests INTEGER NOT NULL DEFAULT 0, starts INTEGER NOT NULL DEFAULT 0, result TEXT,
    bytes INTEGER NOT NULL DEFAULT 0, created_s REAL NOT NULL, used_s REAL NOT NULL,
    title TEXT NOT NULL DEFAULT '', kept INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL
);
CREATE TABLE pictures (job TEXT PRIMARY KEY, png BLOB NOT NULL);
CREATE INDEX events_of_a_job ON events (job, id);
CREATE INDEX jobs_by_state ON jobs (state, number);
PRAGMA user_version = {VERSION}
"""
FROM_VERSION_2 = f"""
ALTER TABLE jobs ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
PRAGMA user_version = {VERSION}
"""
FROM_VERSION_1 = f"""
ALTER TABLE jobs RENAME COLUMN wish TO control;
ALTER TABLE jobs RENAME COLUMN listens TO preview_requests;
{FROM_VERSION_2}
"""
UPGRADES: Mapping[int | None, str] = {None: SCHEMA, 1: FROM_VERSION_1, 2: FROM_VERSION_2, VERSION: ""}
"""What makes a database of this version of one of an earlier version, or of an empty file."""

WAIT_S = 10.0


def new_id() -> str:
    """Returns a random name of letters and digits that cannot be guessed."""
    return secrets.token_hex(8)


class Store:
    """A connection to the database; each thread and each process opens its own.

    Args:
        path: of the file, which is made if need be; its version is known, see `unknown_version`.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        if _version(self._connection) != VERSION:
            with self.writing() as database:
                for statement in UPGRADES[_version(database)].split(";"):
                    database.execute(statement)

    def close(self) -> None:
        """Closes the connection."""
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
        """Returns all rows of a query."""
        return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: object) -> sqlite3.Row | None:
        """Returns the first row of a query, if there is one."""
        found: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
        return found


def unknown_version(path: Path) -> str | None:
    """Tells which version a file has if `Store` cannot open it: a number, or `damaged` if it is no database."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(path, timeout=WAIT_S)) as database:
        try:
            found = _version(database)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise
            return "damaged"
    return None if found in UPGRADES else str(found)


def _version(database: sqlite3.Connection) -> int | None:
    """The version of a database, None for an empty file."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return int(version) if version or tables else None
