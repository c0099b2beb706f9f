"""The life of a job: queued, running, then done, failed or cancelled; every change is an event that is kept.

Who runs a job holds its lease, the worker's name in the job's row: a worker that lost it can change nothing any more.
"""

import json
import sqlite3
import time
from dataclasses import dataclass
from typing import Any, Literal

from gramophone.web.errors import ApiError
from gramophone.web.store import Store, new_id

State = Literal["queued", "running", "done", "failed", "cancelled"]
Wish = Literal["", "stop", "cancel"]

ENDED = ("done", "failed", "cancelled")
MOST_STARTS = 3


class LeaseLostError(Exception):
    """The job is no longer this worker's."""


@dataclass(frozen=True)
class Job:
    """One job as it stands.

    Attributes:
        id: its name, which is that of its folder, too.
        number: ascending by age.
        request: what was asked for; see `orders.Order`.
        state: where it is.
        reason: why it failed.
        wish: what its worker is to do next.
        listens: how often somebody wanted to hear it so far.
        result: what is known about the result, once there is one.
        created_s: when it came, in seconds since 1970.
    """

    id: str
    number: int
    request: dict[str, Any]
    state: State
    reason: str
    wish: Wish
    listens: int
    result: dict[str, Any] | None
    created_s: float


@dataclass(frozen=True)
class Event:
    """Something that happened to a job; ids ascend."""

    id: int
    kind: str
    data: dict[str, Any]


class Jobs:
    """The jobs in a store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def add(self, request: dict[str, Any], *, most_waiting: int, name: str | None = None) -> Job:
        """Queues a job, under a new name unless one is given.

        Raises:
            RefusedError: the queue is full.
        """
        name, now_s = name or new_id(), time.time()
        with self.store.writing() as database:
            (waiting,) = database.execute("SELECT count(*) FROM jobs WHERE state = 'queued'").fetchone()
            if waiting >= most_waiting:
                raise ApiError(503, f"{waiting} jobs are waiting already, which is the limit; try again soon", 10)
            database.execute(
                "INSERT INTO jobs (id, request, state, created_s, used_s) VALUES (?, ?, 'queued', ?, ?)",
                (name, json.dumps(request), now_s, now_s),
            )
            _note(database, name, "state", {"state": "queued", "reason": ""})
        return self.get(name)

    def get(self, name: str) -> Job:
        """The job of that name.

        Raises:
            RefusedError: there is none.
        """
        row = self.store.row("SELECT * FROM jobs WHERE id = ?", name)
        if row is None:
            raise ApiError(404, "there is no such job; it may have expired")
        return _job(row)

    def all(self) -> list[Job]:
        """Every job, the newest first."""
        return [_job(row) for row in self.store.rows("SELECT * FROM jobs ORDER BY number DESC")]

    def count(self, state: State) -> int:
        """How many are in a state."""
        row = self.store.row("SELECT count(*) FROM jobs WHERE state = ?", state)
        return int(row[0]) if row else 0

    def claim(self, worker: str) -> Job | None:
        """Gives the oldest waiting job to a worker."""
        if self.store.row("SELECT 1 FROM jobs WHERE state = 'queued'") is None:
            return None
        with self.store.writing() as database:
            row = database.execute(
                "UPDATE jobs SET state = 'running', worker = ?, starts = starts + 1 WHERE number = "
                "(SELECT min(number) FROM jobs WHERE state = 'queued') RETURNING id",
                (worker,),
            ).fetchone()
            if row is None:
                return None
            _note(database, row["id"], "state", {"state": "running", "reason": ""})
        return self.get(row["id"])

    def note(self, name: str, worker: str, kind: str, data: dict[str, Any]) -> Job:
        """Keeps an event of a running job; returns the job, with what is wished of it.

        Raises:
            LeaseLostError: the job is not this worker's.
        """
        with self.store.writing() as database:
            row = _held(database, name, worker)
            _note(database, name, kind, data)
        return _job(row)

    def show(self, name: str, worker: str, png: bytes) -> None:
        """Keeps the picture of what forms, in place of the last one.

        Raises:
            LeaseLostError: the job is not this worker's.
        """
        with self.store.writing() as database:
            _held(database, name, worker)
            database.execute("INSERT OR REPLACE INTO pictures VALUES (?, ?)", (name, png))
            _note(database, name, "picture", {})

    def picture(self, name: str) -> bytes | None:
        """The last picture of what forms."""
        row = self.store.row("SELECT png FROM pictures WHERE job = ?", name)
        return None if row is None else bytes(row["png"])

    def end(
        self,
        name: str,
        worker: str,
        state: State,
        *,
        reason: str = "",
        result: dict[str, Any] | None = None,
        size_bytes: int = 0,
    ) -> None:
        """Ends a running job.

        Raises:
            LeaseLostError: the job is not this worker's.
        """
        with self.store.writing() as database:
            _held(database, name, worker)
            database.execute(
                "UPDATE jobs SET worker = NULL, wish = '', result = ?, bytes = ?, used_s = ? WHERE id = ?",
                (json.dumps(result) if result else None, size_bytes, time.time(), name),
            )
            _move(database, name, state, reason)

    def wish(self, name: str, wish: Wish) -> Job:
        """Asks a running job to stop (and keep what there is) or to cancel; a waiting one is cancelled at once.

        Raises:
            RefusedError: there is no such job, or it has ended.
        """
        with self.store.writing() as database:
            job = self._open(name)
            if job.state == "queued":
                _move(database, name, "cancelled", "cancelled before it began")
            elif job.wish != "cancel":
                database.execute("UPDATE jobs SET wish = ? WHERE id = ?", (wish, name))
        return self.get(name)

    def listen(self, name: str) -> Job:
        """Asks for the sound so far.

        Raises:
            RefusedError: there is no such job, or it has ended.
        """
        with self.store.writing() as database:
            self._open(name)
            database.execute("UPDATE jobs SET listens = listens + 1 WHERE id = ?", (name,))
        return self.get(name)

    def lost(self, worker: str, reason: str) -> None:
        """Fails what a worker had when it died."""
        with self.store.writing() as database:
            rows = database.execute(
                "SELECT id FROM jobs WHERE state = 'running' AND worker = ?", (worker,)
            ).fetchall()
            for row in rows:
                _move(database, row["id"], "failed", reason)

    def recover(self) -> None:
        """Queues again what was running when the studio ended; what was tried too often has failed."""
        with self.store.writing() as database:
            for row in database.execute("SELECT id, starts FROM jobs WHERE state = 'running'").fetchall():
                if row["starts"] < MOST_STARTS:
                    _move(database, row["id"], "queued", "the studio ended while it ran; it begins again")
                else:
                    _move(database, row["id"], "failed", f"the studio ended {MOST_STARTS} times while it ran")

    def remove(self, name: str) -> None:
        """Forgets a job that has ended.

        Raises:
            RefusedError: there is no such job, or it has not ended.
        """
        if self.get(name).state not in ENDED:
            raise ApiError(409, "the job has not ended; cancel it first")
        with self.store.writing() as database:
            database.execute("DELETE FROM events WHERE job = ?", (name,))
            database.execute("DELETE FROM pictures WHERE job = ?", (name,))
            database.execute("DELETE FROM jobs WHERE id = ?", (name,))

    def events(self, name: str, after: int = 0) -> list[Event]:
        """What happened to a job after an event, in order."""
        rows = self.store.rows(
            "SELECT id, kind, data FROM events WHERE job = ? AND id > ? ORDER BY id LIMIT 500", name, after
        )
        return [Event(row["id"], row["kind"], json.loads(row["data"])) for row in rows]

    def _open(self, name: str) -> Job:
        job = self.get(name)
        if job.state in ENDED:
            raise ApiError(409, f"the job is {job.state} already; make another one")
        return job


def _held(database: sqlite3.Connection, name: str, worker: str) -> sqlite3.Row:
    row: sqlite3.Row | None = database.execute(
        "SELECT * FROM jobs WHERE id = ? AND worker = ? AND state = 'running'", (name, worker)
    ).fetchone()
    if row is None:
        raise LeaseLostError(name)
    return row


def _move(database: sqlite3.Connection, name: str, state: State, reason: str) -> None:
    database.execute(
        "UPDATE jobs SET state = ?, reason = ?, worker = NULL, wish = '' WHERE id = ?", (state, reason, name)
    )
    _note(database, name, "state", {"state": state, "reason": reason})


def _note(database: sqlite3.Connection, name: str, kind: str, data: dict[str, Any]) -> None:
    words = json.dumps(data, allow_nan=False)
    database.execute("INSERT INTO events (job, kind, data) VALUES (?, ?, ?)", (name, kind, words))


def _job(row: sqlite3.Row) -> Job:
    return Job(
        id=row["id"],
        number=row["number"],
        request=json.loads(row["request"]),
        state=row["state"],
        reason=row["reason"],
        wish=row["wish"],
        listens=row["listens"],
        result=json.loads(row["result"]) if row["result"] else None,
        created_s=row["created_s"],
    )
