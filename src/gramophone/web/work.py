"""One job, from its request to its files, with everything that is told about it on the way."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gramophone import audio, tasks
from gramophone.audio import Sound
from gramophone.errors import GramophoneError, InputError, ModelError
from gramophone.optimise import Step
from gramophone.record import Source, run_record, write_record
from gramophone.settings import Settings
from gramophone.tasks import Result
from gramophone.tasks.task import Task
from gramophone.web.child import show
from gramophone.web.config import Config, Limits
from gramophone.web.jobs import Job, Jobs, LeaseLostError
from gramophone.web.orders import Order, command_of, mix_of, read_order, settings_of
from gramophone.web.pictures import magnitude_picture, sound_picture
from gramophone.web.sounds import Sounds, file_name

PICTURES_PER_S = 4.0


@dataclass
class Desk:
    """Where a worker works.

    Attributes:
        jobs: to tell about it.
        worker: who works.
        folder: of the studio.
        device: `cpu`, `cuda`; None for the best.
        tell: says that there is news.
    """

    jobs: Jobs
    worker: str
    folder: Path
    device: str | None
    tell: Callable[[], object]
    _pictured_s: float = field(default=0.0)

    @property
    def config(self) -> Config:
        """Where the files are."""
        return Config(self.folder, "", frozenset())

    def note(self, job: Job, kind: str, data: dict[str, Any]) -> Job:
        """Tells of something that happened; gives the job with what is wished by now."""
        found = self.jobs.note(job.id, self.worker, kind, data)
        self.tell()
        return found

    def picture_is_due(self) -> bool:
        """Whether another picture may be drawn already."""
        now_s = time.monotonic()
        if now_s - self._pictured_s < 1 / PICTURES_PER_S:
            return False
        self._pictured_s = now_s
        return True


def warm_up(device: str | None) -> None:
    """Loads what the first job would wait for."""
    settings = settings_of(Order("texture", ("",), duration_s=0.5), {"iterations": 1})
    noise = Sound(np.random.default_rng(0).standard_normal((1, 11025)).astype(np.float32), 22050)
    task = tasks.texture([noise], settings, duration_s=0.5, device=device)
    next(iter(task))
    task.so_far()


def carry_out(job: Job, desk: Desk) -> None:
    """Does a job; whatever goes wrong becomes its reason."""
    try:
        _do(job, desk)
    except LeaseLostError:
        return
    except GramophoneError as error:
        _fail(job, desk, str(error))
    except MemoryError:
        _fail(job, desk, "there is not enough memory for this; ask for a shorter sound, or give shorter recordings")
    except Exception as error:  # noqa: BLE001 - the worker goes on with the next job
        memory = "allocate memory" in str(error) or type(error).__name__ == "OutOfMemoryError"
        remedy = "ask for a shorter sound" if memory else "please report it"
        _fail(job, desk, f"{type(error).__name__}: {str(error)[:300]}; {remedy}")


def _fail(job: Job, desk: Desk, reason: str) -> None:
    try:
        desk.jobs.end(job.id, desk.worker, "failed", reason=reason)
    except LeaseLostError:
        return
    desk.tell()


def _do(job: Job, desk: Desk) -> None:
    order, changes = read_order(job.request, Limits())
    settings = settings_of(order, changes)
    sounds = Sounds(desk.jobs.store)
    named = [*([order.content] if order.content else []), *order.styles]
    inputs = [(sounds.get(name), audio.load(desk.config.sound(name) / "sound.wav")) for name in named]
    task = _set_up(order, settings, [sound for _, sound in inputs], desk)
    job = desk.note(job, "begun", {"device": task.device})
    if not _run(task, job, desk):
        desk.jobs.end(job.id, desk.worker, "cancelled", reason="cancelled")
        desk.tell()
        return
    result = task.finish()
    files = [file_name(stored.name) for stored, _ in inputs]
    sources = [
        Source(name, stored.sha256, stored.rate_hz, stored.channels, stored.duration_s)
        for name, (stored, _) in zip(files, inputs, strict=True)
    ]
    known = _write(result, desk.config.job(job.id), command_of(order, changes, files), sources)
    size = sum(path.stat().st_size for path in desk.config.job(job.id).iterdir())
    desk.jobs.end(job.id, desk.worker, "done", result=known, size_bytes=size)
    desk.tell()


def _set_up(order: Order, settings: Settings, sounds: list[Sound], desk: Desk) -> Task:
    begun = None
    if order.begun is not None:
        path = desk.config.job(order.begun) / "result.wav"
        if not path.is_file():
            raise InputError(f"the job {order.begun} left no result to go on from; begin anew")
        begun = audio.load(path)
    if order.task == "transfer":
        return tasks.transfer(
            sounds[0],
            sounds[1:],
            settings,
            strength=order.strength,
            weights=order.weights,
            seed=order.seed,
            device=desk.device,
            begun=begun,
        )
    return tasks.texture(
        sounds,
        settings,
        duration_s=order.duration_s,
        weights=order.weights,
        mix=mix_of(order),
        loop=order.loop,
        seed=order.seed,
        device=desk.device,
        begun=begun,
    )


def _run(task: Task, job: Job, desk: Desk) -> bool:
    """Steps until the end or a wish to stop; tells whether there is a result wanted."""
    heard = 0
    try:
        for step in task:
            job = desk.note(job, "step", _said(step))
            if desk.picture_is_due():
                desk.jobs.show(job.id, desk.worker, _picture(task, step))
                desk.tell()
            if job.listens > heard:
                heard = job.listens
                _let_hear(task, job, desk)
            if job.wish:
                break
    except ModelError:
        if not task.synthesis.losses:
            raise
    return job.wish != "cancel"


def _said(step: Step) -> dict[str, Any]:
    return {
        "index": step.index,
        "of": step.of,
        "total": step.total,
        "losses": step.losses,
        "elapsed_s": round(step.elapsed_s, 3),
        "remaining_s": round(step.remaining_s, 3),
    }


def _picture(task: Task, step: Step) -> bytes:
    """What forms, of the first channel: a scaled magnitude at first, then a waveform."""
    state, stage = step.preview(), task.synthesis.spectrogram
    if state.dim() == 3 and stage is not None:
        magnitude = stage.view.scale.inverse(state[0].clamp_min(0))
        return magnitude_picture(magnitude.cpu().numpy().astype(np.float32), task.settings.rate_hz)
    return sound_picture(state.cpu().numpy().astype(np.float32), task.settings.rate_hz)


def _let_hear(task: Task, job: Job, desk: Desk) -> None:
    folder = desk.config.job(job.id)
    audio.save(task.so_far().sound, folder / "so-far.wav", overwrite=True)
    desk.note(job, "heard", {"number": job.listens, "step": len(task.synthesis.losses)})


def _write(result: Result, folder: Path, command: list[str], sources: list[Source]) -> dict[str, Any]:
    """All files of a result, each whole or not at all; the job is done only when all are there."""
    shown = show(result.sound, folder)
    audio.save(result.sound, folder / "result.flac", overwrite=True)
    written = audio.save(result.sound, folder / "result.wav", overwrite=True)
    record = run_record(result, command=command, inputs=sources, written=written)
    record["output"]["path"] = "result.wav"
    write_record(folder / "result.json", record, overwrite=True)
    return {
        **shown,
        "rate_hz": result.sound.rate_hz,
        "channels": result.sound.channels,
        "gain_db": written.gain_db,
        "stopped": result.stopped,
        "steps": len(result.losses),
        "seconds": round(sum(result.stages_s.values()), 3),
        "command": command,
    }
