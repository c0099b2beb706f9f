"""The life of a job: queued, running, then done, failed or cancelled; every change is an event that is kept.

Who runs a job holds its lease, the worker's name in the job's row: a worker that lost it can change nothing any more.
"""

import json
import sqlite3
import time
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gramophone.web.errors import ApiError
from gramophone.web.sounds import SoundFacts
from gramophone.web.store import Store, new_id
from gramophone.web.titles import take_of

State = Literal["queued", "running", "done", "failed", "cancelled"]
Control = Literal["", "stop", "cancel"]

ENDED = ("done", "failed", "cancelled")
MOST_STARTS = 3


class LeaseLostError(Exception):
    """The job is no longer this worker's."""


class JobResult(SoundFacts):
    """What is known about a result."""

    gain_db: float = Field(description="Gain that kept the file from clipping.")
    stopped: str = Field(description="Why it ended.")
    steps: int = Field(description="Number of optimiser steps, or of blocks.")
    seconds: float = Field(description="Time that it took.")
    command: list[str] = Field(description="The command line that makes the same, word by word.")


class Job(BaseModel):
    """One job as it stands."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="Name of the job, and of its folder.")
    number: int = Field(description="Ascending by age.")
    request: dict[str, Any] = Field(description="The body of the request that made it.")
    state: State
    reason: str = Field(description="Why it failed.")
    result: JobResult | None
    created_s: float = Field(description="When it was made, in seconds since 1970.")
    used_s: float = Field(description="When it ended, or was made; it expires `keep_s` later unless it is kept.")
    title: str = Field(description="What the result is called; its files have this name.")
    kept: bool = Field(description="Whether it stays until it is removed.")
    control: Control = Field(exclude=True, description="What its worker is to do next.")
    preview_requests: int = Field(exclude=True, description="How often a preview was asked for.")


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

    def add(
        self, request: dict[str, Any], *, most_waiting: int, name: str | None = None, title: str = "result"
    ) -> Job:
        """Queues a job, under a new name unless one is given; jobs of one title are its takes.

        Raises:
            ApiError: the queue is full.
        """
        name, now_s = name or new_id(), time.time()
        with self.store.writing() as database:
            (waiting,) = database.execute("SELECT count(*) FROM jobs WHERE state = 'queued'").fetchone()
            if waiting >= most_waiting:
                raise ApiError(503, f"{waiting} jobs are waiting already, which is the limit; try again soon", 10)
            taken = {row["title"] for row in database.execute("SELECT title FROM jobs")}
            database.execute(
                "INSERT INTO jobs (id, request, state, created_s, used_s, title) VALUES (?, ?, 'queued', ?, ?, ?)",
                (name, json.dumps(request), now_s, now_s, take_of(title, taken)),
            )
            _add_event(database, name, "state", {"state": "queued", "reason": ""})
        return self.get(name)

    def get(self, name: str) -> Job:
        """Returns the job of that name.

        Raises:
            ApiError: there is none.
        """
        row = self.store.row("SELECT * FROM jobs WHERE id = ?", name)
        if row is None:
            raise ApiError(404, "there is no such job; it may have expired")
        return _job(row)

    def change(self, name: str, *, title: str | None = None, kept: bool | None = None) -> Job:
        """Renames a job, or keeps it from expiring; None leaves a value as it is.

        Raises:
            ApiError: there is no such job.
        """
        job = self.get(name)
        values = (job.title if title is None else title, job.kept if kept is None else kept, name)
        with self.store.writing() as database:
            database.execute("UPDATE jobs SET title = ?, kept = ? WHERE id = ?", values)
        return self.get(name)

    def all(self) -> list[Job]:
        """Returns all jobs, the newest first."""
        return [_job(row) for row in self.store.rows("SELECT * FROM jobs ORDER BY number DESC")]

    def count(self, state: State) -> int:
        """Returns the number of jobs in a state."""
        row = self.store.row("SELECT count(*) FROM jobs WHERE state = ?", state)
        return int(row[0]) if row else 0

    def claim(self, worker: str) -> Job | None:
        """Assigns the oldest waiting job to a worker."""
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
            _add_event(database, row["id"], "state", {"state": "running", "reason": ""})
        return self.get(row["id"])

    def note(self, name: str, worker: str, kind: str, data: dict[str, Any]) -> Job:
        """Stores an event of a running job; returns the job, with what is asked of it.

        Raises:
            LeaseLostError: the job is not this worker's.
        """
        with self.store.writing() as database:
            row = _leased(database, name, worker)
            _add_event(database, name, kind, data)
        return _job(row)

    def show(self, name: str, worker: str, png: bytes) -> None:
        """Stores the picture of the result so far, in place of the last one.

        Raises:
            LeaseLostError: the job is not this worker's.
        """
        with self.store.writing() as database:
            _leased(database, name, worker)
            database.execute("INSERT OR REPLACE INTO pictures VALUES (?, ?)", (name, png))
            _add_event(database, name, "picture", {})

    def picture(self, name: str) -> bytes | None:
        """Returns the last picture of the result so far."""
        row = self.store.row("SELECT png FROM pictures WHERE job = ?", name)
        return None if row is None else bytes(row["png"])

    def end(
        self,
        name: str,
        worker: str,
        state: State,
        *,
        reason: str = "",
        result: JobResult | None = None,
        size_bytes: int = 0,
    ) -> None:
        """Ends a running job.

        Raises:
            LeaseLostError: the job is not this worker's.
        """
        with self.store.writing() as database:
            _leased(database, name, worker)
            database.execute(
                "UPDATE jobs SET worker = NULL, control = '', result = ?, bytes = ?, used_s = ? WHERE id = ?",
                (result.model_dump_json() if result else None, size_bytes, time.time(), name),
            )
            _set_state(database, name, state, reason)

    def request_control(self, name: str, control: Control) -> Job:
        """Asks a running job to stop (and keep the result so far) or to cancel; a waiting one is cancelled at once.

        Raises:
            ApiError: there is no such job, or it has ended.
        """
        with self.store.writing() as database:
            job = self._open(name)
            if job.state == "queued":
                _set_state(database, name, "cancelled", "cancelled before it began")
            elif job.control != "cancel":
                database.execute("UPDATE jobs SET control = ? WHERE id = ?", (control, name))
        return self.get(name)

    def request_preview(self, name: str) -> Job:
        """Requests a preview of the result so far.

        Raises:
            ApiError: there is no such job, or it has ended.
        """
        with self.store.writing() as database:
            self._open(name)
            database.execute("UPDATE jobs SET preview_requests = preview_requests + 1 WHERE id = ?", (name,))
        return self.get(name)

    def lost(self, worker: str, reason: str) -> None:
        """Fails the jobs of a worker that died."""
        with self.store.writing() as database:
            rows = database.execute(
                "SELECT id FROM jobs WHERE state = 'running' AND worker = ?", (worker,)
            ).fetchall()
            for row in rows:
                _set_state(database, row["id"], "failed", reason)

    def recover(self) -> None:
        """Queues jobs again that were running when the studio ended; fails those that were started too often."""
        with self.store.writing() as database:
            for row in database.execute("SELECT id, starts FROM jobs WHERE state = 'running'").fetchall():
                if row["starts"] < MOST_STARTS:
                    _set_state(database, row["id"], "queued", "the studio ended while it ran; it begins again")
                else:
                    _set_state(database, row["id"], "failed", f"the studio ended {MOST_STARTS} times while it ran")

    def remove(self, name: str) -> None:
        """Removes a job that has ended.

        Raises:
            ApiError: there is no such job, or it has not ended.
        """
        if self.get(name).state not in ENDED:
            raise ApiError(409, "the job has not ended; cancel it first")
        with self.store.writing() as database:
            database.execute("DELETE FROM events WHERE job = ?", (name,))
            database.execute("DELETE FROM pictures WHERE job = ?", (name,))
            database.execute("DELETE FROM jobs WHERE id = ?", (name,))

    def events(self, name: str, after: int = 0) -> list[Event]:
        """Returns up to 500 events of a job after an event, in order."""
        rows = self.store.rows(
            "SELECT id, kind, data FROM events WHERE job = ? AND id > ? ORDER BY id LIMIT 500", name, after
        )
        return [Event(row["id"], row["kind"], json.loads(row["data"])) for row in rows]

    def _open(self, name: str) -> Job:
        job = self.get(name)
        if job.state in ENDED:
            raise ApiError(409, f"the job has ended ({job.state}); make another one")
        return job


def _leased(database: sqlite3.Connection, name: str, worker: str) -> sqlite3.Row:
    row: sqlite3.Row | None = database.execute(
        "SELECT * FROM jobs WHERE id = ? AND worker = ? AND state = 'running'", (name, worker)
    ).fetchone()
    if row is None:
        raise LeaseLostError(name)
    return row


def _set_state(database: sqlite3.Connection, name: str, state: State, reason: str) -> None:
    database.execute(
        "UPDATE jobs SET state = ?, reason = ?, worker = NULL, control = '' WHERE id = ?", (state, reason, name)
    )
    _add_event(database, name, "state", {"state": state, "reason": reason})


def _add_event(database: sqlite3.Connection, name: str, kind: str, data: dict[str, Any]) -> None:
    words = json.dumps(data, allow_nan=False)
    database.execute("INSERT INTO events (job, kind, data) VALUES (?, ?, ?)", (name, kind, words))


def _job(row: sqlite3.Row) -> Job:
    known = {name: row[name] for name in Job.model_fields if name not in ("request", "result")}
    result = JobResult.model_validate_json(row["result"]) if row["result"] else None
    return Job(**known, request=json.loads(row["request"]), result=result)
