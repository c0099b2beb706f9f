"""One job, from its request to its files, with everything that is told about it on the way."""

from functools import partial
from typing import Any

import numpy as np

from gramophone import audio
from gramophone.audio import Sound
from gramophone.audio.loudness import loudness_lufs
from gramophone.errors import GramophoneError, InputError, ModelError, UsageError
from gramophone.optim.minimise import Step
from gramophone.request import StreamRequest, TextureRequest
from gramophone.runs.run_record import Source, run_record, write_record
from gramophone.synthesis.pipeline import Task
from gramophone.web.child import show
from gramophone.web.job_reporter import JobReporter
from gramophone.web.jobs import Job, JobResult, LeaseLostError
from gramophone.web.long_work import Made, make_long
from gramophone.web.pictures import magnitude_picture, sound_picture
from gramophone.web.requests import StreamBody, read_body, request_in
from gramophone.web.sounds import Sounds, file_name


def warm_up(device: str | None) -> None:
    """Loads what the first job would wait for."""
    noise = Sound(np.random.default_rng(0).standard_normal((1, 11025)).astype(np.float32), 22050)
    task = TextureRequest(styles=("",), duration_s=0.5, iterations=1, device=device).set_up([noise])
    next(iter(task))
    task.so_far()


def carry_out(job: Job, desk: JobReporter) -> None:
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


def _fail(job: Job, desk: JobReporter, reason: str) -> None:
    desk.clear(job)
    try:
        desk.jobs.end(job.id, desk.worker, "failed", reason=reason)
    except LeaseLostError:
        return
    desk.tell()


def _do(job: Job, desk: JobReporter) -> None:
    body = read_body(job.request)
    request = request_in(body, desk.device)
    sounds, folder = Sounds(desk.jobs.store), desk.config.job(job.id)
    stored = [sounds.get(name) for name in request.sounds]
    inputs = [audio.load(desk.config.sound(one.id) / "sound.wav") for one in stored]
    files = [file_name(one.name) for one in stored]
    sources = [
        Source(name, one.sha256, one.rate_hz, one.channels, one.duration_s)
        for name, one in zip(files, stored, strict=True)
    ]
    made: Made | None
    if isinstance(request, StreamRequest):
        raise UsageError("a stream is no job")
    if isinstance(request, TextureRequest) and request.is_long:
        made = make_long(request.set_up_long(inputs), job, desk)
    else:
        warm_start = None if isinstance(body, StreamBody) else _begun(body.begun, desk)
        made = _make(request.set_up(inputs, warm_start=warm_start), job, desk)
    if made is None:
        desk.clear(job)
        desk.jobs.end(job.id, desk.worker, "cancelled", reason="cancelled")
        desk.tell()
        return
    command = request_in(body).command("result.wav", sounds=files)
    record = run_record(made.result, command=command, inputs=sources, written=made.written)
    record["output"]["path"] = "result.wav"
    write_record(folder / "result.json", record, overwrite=True)
    size = sum(path.stat().st_size for path in folder.iterdir())
    desk.jobs.end(job.id, desk.worker, "done", result=JobResult(**made.known, command=command), size_bytes=size)
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


def _begun(name: str | None, desk: JobReporter) -> Sound | None:
    if name is None:
        return None
    path = desk.config.job(name) / "result.wav"
    if not path.is_file():
        raise InputError(f"the job {name} left no result to go on from; begin anew")
    return audio.load(path)


def _run(task: Task, job: Job, desk: JobReporter) -> bool:
    """Steps until the end or a wish to stop; tells whether there is a result wanted."""
    heard = 0
    try:
        for step in task:
            job = desk.note(job, "step", _said(step))
            desk.draw(job, partial(_picture, task, step))
            if job.preview_requests > heard:
                heard = job.preview_requests
                _let_hear(task, job, desk)
            if job.control:
                break
    except ModelError:
        if not task.synthesis.losses:
            raise
    return job.control != "cancel"


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
    sound = task.so_far().sound
    written = audio.save(sound, desk.config.job(job.id) / "so-far.wav", overwrite=True)
    loudness = loudness_lufs(sound.samples, sound.rate_hz) + written.gain_db
    desk.note(
        job, "heard", {"number": job.preview_requests, "step": len(task.synthesis.losses), "loudness_lufs": loudness}
    )
