"""The life of a job: whatever happens in whatever order, none is lost, stuck, or held by two."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from gramophone.web.errors import ApiError
from gramophone.web.jobs import ENDED, MOST_STARTS, JobResult, Jobs, LeaseLostError
from gramophone.web.store import Store

MOST = 4
RESULT = JobResult(
    rate_hz=8000,
    channels=1,
    duration_s=1.0,
    level_db=-20.0,
    loudness_lufs=-20.0,
    gain_db=0.0,
    stopped="finished",
    steps=3,
    seconds=0.5,
    command=["gramophone"],
)
WORKERS = st.sampled_from(["a", "b"])


class Life(RuleBasedStateMachine):
    """The store beside a plain model of it."""

    names = Bundle("names")

    def __init__(self):
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.store = Store(Path(self.folder) / "x.sqlite")
        self.jobs = Jobs(self.store)
        self.states, self.holders, self.starts, self.controls = {}, {}, {}, {}

    def teardown(self):
        self.store.close()
        shutil.rmtree(self.folder)

    def refused(self, act, *values):
        with pytest.raises((ApiError, LeaseLostError)):
            act(*values)

    @rule(target=names)
    def add(self):
        if list(self.states.values()).count("queued") >= MOST:
            with pytest.raises(ApiError) as error:
                self.jobs.add({}, most_waiting=MOST)
            assert error.value.status_code == 503
            return "none"
        job = self.jobs.add({}, most_waiting=MOST)
        self.states[job.id], self.starts[job.id], self.controls[job.id] = "queued", 0, ""
        return job.id

    @rule(worker=WORKERS)
    def claim(self, worker):
        waiting = [name for name, state in self.states.items() if state == "queued"]
        job = self.jobs.claim(worker)
        assert (job and job.id) == (waiting[0] if waiting else None)
        if job:
            self.states[job.id], self.holders[job.id] = "running", worker
            self.starts[job.id] += 1

    @rule(name=names, worker=WORKERS)
    def note(self, name, worker):
        if self.held(name, worker):
            assert self.jobs.note(name, worker, "step", {}).control == self.controls[name]
        else:
            self.refused(self.jobs.note, name, worker, "step", {})

    @rule(name=names, worker=WORKERS, state=st.sampled_from(ENDED))
    def end(self, name, worker, state):
        if self.held(name, worker):
            self.jobs.end(name, worker, state, result=RESULT if state == "done" else None)
            self.states[name] = state
        else:
            self.refused(self.jobs.end, name, worker, state)

    @rule(name=names, control=st.sampled_from(["stop", "cancel"]))
    def control(self, name, control):
        if self.states.get(name) not in ("queued", "running"):
            self.refused(self.jobs.request_control, name, control)
            return
        self.jobs.request_control(name, control)
        if self.states[name] == "queued":
            self.states[name] = "cancelled"
        elif self.controls[name] != "cancel":
            self.controls[name] = control

    @rule(name=names)
    def preview(self, name):
        if self.states.get(name) not in ("queued", "running"):
            self.refused(self.jobs.request_preview, name)
        else:
            before = self.jobs.get(name).preview_requests
            assert self.jobs.request_preview(name).preview_requests == before + 1

    @rule(worker=WORKERS)
    def worker_dies(self, worker):
        self.jobs.lost(worker, "the worker died")
        for name in [name for name in self.states if self.held(name, worker)]:
            self.states[name] = "failed"
            assert self.jobs.get(name).reason == "the worker died"

    @rule()
    def server_dies(self):
        """Another process opens the file as the last one left it."""
        self.store.close()
        self.store = Store(Path(self.folder) / "x.sqlite")
        self.jobs = Jobs(self.store)
        self.jobs.recover()
        for name in [name for name, state in self.states.items() if state == "running"]:
            self.states[name] = "queued" if self.starts[name] < MOST_STARTS else "failed"
            self.controls[name] = ""

    @rule(name=consumes(names))
    def remove(self, name):
        if self.states.get(name) in ENDED:
            self.jobs.remove(name)
            del self.states[name]
            assert self.jobs.events(name) == []
        else:
            self.refused(self.jobs.remove, name)

    @invariant()
    def everything_is_as_the_model_has_it(self):
        found = {job.id: job for job in self.jobs.all()}
        assert {name: job.state for name, job in found.items()} == self.states
        for name, job in found.items():
            assert job.result == (RESULT if job.state == "done" else None)
            told = [event.data["state"] for event in self.jobs.events(name) if event.kind == "state"]
            assert told[-1] == job.state
            ids = [event.id for event in self.jobs.events(name)]
            assert ids == sorted(set(ids))

    def held(self, name, worker):
        return self.states.get(name) == "running" and self.holders[name] == worker


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=25, stateful_step_count=25, deadline=None, derandomize=True, database=None)


class TestJobStore:
    def test_one_job_has_one_worker(self, tmp_path):
        first, second = Jobs(Store(tmp_path / "x")), Jobs(Store(tmp_path / "x"))
        jobs = [first.add({}, most_waiting=9).id for _ in range(4)]
        claimed = [side.claim(name).id for side, name in [(first, "a"), (second, "b"), (first, "a"), (second, "b")]]
        assert claimed == jobs
        assert first.claim("a") is None
        first.store.close()
        second.store.close()

    def test_a_change_is_all_or_nothing(self, tmp_path):
        jobs = Jobs(Store(tmp_path / "x"))
        job = jobs.add({}, most_waiting=9)
        jobs.claim("a")
        with pytest.raises(ValueError, match="JSON"):
            jobs.note(job.id, "a", "step", {"total": float("nan")})
        assert [event.kind for event in jobs.events(job.id)] == ["state", "state"]
        jobs.note(job.id, "a", "step", {"total": 1.0})
        jobs.store.close()
