"""One job, from its request to its files, with everything that is told about it on the way."""

from functools import partial
from typing import Any

import numpy as np

from gramophone import audio, synthesis
from gramophone.audio import Sound
from gramophone.audio.loudness import loudness_lufs
from gramophone.errors import InputError, ModelError, describe_error
from gramophone.optim.minimise import Step
from gramophone.plotting.preview import magnitude_picture, sound_picture
from gramophone.runs.run_record import Source, run_record, write_record
from gramophone.settings import Settings
from gramophone.synthesis.pipeline import Task
from gramophone.web.config import Limits
from gramophone.web.job_reporter import JobReporter
from gramophone.web.jobs import Job, LeaseLostError
from gramophone.web.long_work import Made, long_texture, make_long
from gramophone.web.orders import Order, command_of, mix_of, read_order, settings_of
from gramophone.web.sound_worker import show
from gramophone.web.sounds import Sounds, file_name


def warm_up(device: str | None) -> None:
    """Loads what the first job would wait for."""
    settings = settings_of(Order("texture", ("",), duration_s=0.5), {"iterations": 1})
    noise = Sound(np.random.default_rng(0).standard_normal((1, 11025)).astype(np.float32), 22050)
    task = synthesis.texture([noise], settings, duration_s=0.5, device=device)
    next(iter(task))
    task.snapshot()


def carry_out(job: Job, desk: JobReporter) -> None:
    """Does a job; whatever goes wrong becomes its reason."""
    try:
        _do(job, desk)
    except LeaseLostError:
        return
    except Exception as error:  # noqa: BLE001 - the worker goes on with the next job
        reason, _ = describe_error(error)
        _fail(job, desk, reason)


def _fail(job: Job, desk: JobReporter, reason: str) -> None:
    desk.clear(job)
    try:
        desk.jobs.end(job.id, desk.worker, "failed", reason=reason)
    except LeaseLostError:
        return
    desk.tell()


def _do(job: Job, desk: JobReporter) -> None:
    order, changes = read_order(job.request, Limits())
    settings = settings_of(order, changes)
    sounds, folder = Sounds(desk.jobs.store), desk.config.job(job.id)
    stored = [sounds.get(name) for name in order.sounds]
    inputs = [audio.load(desk.config.sound(one.id) / "sound.wav") for one in stored]
    files = [file_name(one.name) for one in stored]
    sources = [
        Source(name, one.sha256, one.rate_hz, one.channels, one.duration_s)
        for name, one in zip(files, stored, strict=True)
    ]
    made: Made | None
    if order.is_long:
        made = make_long(long_texture(order, settings, inputs, desk.device), job, desk)
    else:
        made = _make(_set_up(order, settings, inputs, desk), job, desk)
    if made is None:
        desk.clear(job)
        desk.jobs.end(job.id, desk.worker, "cancelled", reason="cancelled")
        desk.tell()
        return
    command = command_of(order, changes, files)
    record = run_record(made.result, command=command, inputs=sources, written=made.written)
    record["output"]["path"] = "result.wav"
    write_record(folder / "result.json", record, overwrite=True)
    size = sum(path.stat().st_size for path in folder.iterdir())
    desk.jobs.end(job.id, desk.worker, "done", result={**made.known, "command": command}, size_bytes=size)
    desk.tell()


def _make(task: Task, job: Job, desk: JobReporter) -> Made | None:
    """Runs a task; all files of its result, each whole or not at all."""
    job = desk.note(job, "begun", {"device": task.device})
    if not _run(task, job, desk):
        return None
    result, folder = task.finish(), desk.config.job(job.id)
    shown = show(result.sound.samples, result.sound.rate_hz, folder)
    audio.save(result.sound, folder / "result.flac", overwrite=True)
    written = audio.save(result.sound, folder / "result.wav", overwrite=True)
    known = {
        **shown,
        "gain_db": written.gain_db,
        "stopped": result.stopped,
        "steps": len(result.losses),
        "seconds": round(sum(result.stages_s.values()), 3),
    }
    return Made(result, written, known)


def _set_up(order: Order, settings: Settings, sounds: list[Sound], desk: JobReporter) -> Task:
    begun = None
    if order.begun is not None:
        path = desk.config.job(order.begun) / "result.wav"
        if not path.is_file():
            raise InputError(f"the job {order.begun} left no result to go on from; begin anew")
        begun = audio.load(path)
    if order.task == "transfer":
        return synthesis.transfer(
            sounds[0],
            sounds[1:],
            settings,
            strength=order.strength,
            weights=order.shares,
            seed=order.seed,
            device=desk.device,
            warm_start=begun,
        )
    return synthesis.texture(
        sounds,
        settings,
        duration_s=order.duration_s,
        weights=order.shares,
        mix=mix_of(order),
        loop=order.loop,
        seed=order.seed,
        device=desk.device,
        warm_start=begun,
    )


def _run(task: Task, job: Job, desk: JobReporter) -> bool:
    """Steps until the end or a wish to stop; tells whether there is a result wanted."""
    heard = 0
    try:
        for step in task:
            job = desk.note(job, "step", _said(step))
            desk.draw(job, partial(_picture, task, step))
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


def _let_hear(task: Task, job: Job, desk: JobReporter) -> None:
    sound = task.snapshot().sound
    written = audio.save(sound, desk.config.job(job.id) / "so-far.wav", overwrite=True)
    loudness = loudness_lufs(sound.samples, sound.rate_hz) + written.gain_db
    desk.note(job, "heard", {"number": job.listens, "step": len(task.synthesis.losses), "loudness_lufs": loudness})
