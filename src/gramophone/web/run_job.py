"""One job, from its request to its files, in a worker process."""

import sqlite3
from pathlib import Path
from typing import cast

import numpy as np

from gramophone import audio
from gramophone.audio import Sound
from gramophone.errors import InputError, LimitError, WriteError, describe_error, is_out_of_memory
from gramophone.request import StreamRequest, TextureRequest
from gramophone.runs.execute import Outcome, execute
from gramophone.runs.inputs import Input
from gramophone.runs.run import Run
from gramophone.runs.run_record import Source
from gramophone.synthesis import Result
from gramophone.web.config import size_of
from gramophone.web.errors import DISK_FULL, refusal_of
from gramophone.web.job_observer import BLOCKS, BlocksObserver, CancelledError, TaskObserver
from gramophone.web.job_reporter import JobReporter
from gramophone.web.jobs import Job, JobResult, LeaseLostError
from gramophone.web.requests import StreamBody, read_body, request_in
from gramophone.web.sound_worker import show
from gramophone.web.sounds import Sounds, file_name


def warm_up(device: str | None) -> None:
    """Runs one step of a short texture, so that everything is loaded before the first job."""
    noise = Sound(np.random.default_rng(0).standard_normal((1, 11025)).astype(np.float32), 22050)
    task = TextureRequest(styles=("",), duration_s=0.5, iterations=1, device=device).set_up([noise])
    next(iter(task))
    task.snapshot()


def run_job(job: Job, reporter: JobReporter) -> None:
    """Runs a job; an error becomes the reason of its failure.

    Raises:
        Exception: memory ran out. The process should end then: oneDNN never recovers, and products without it sum in
            another order, which gives other samples than the command line's.
    """
    try:
        result = _run(job, reporter)
        reporter.end(job, "done", result=result, size_bytes=size_of(reporter.paths.job(job.id)))
    except LeaseLostError:
        return
    except WriteError:
        reporter.end(job, "failed", reason=DISK_FULL)
    except CancelledError:
        reporter.end(job, "cancelled", reason="cancelled")
    except (OSError, sqlite3.Error) as error:
        reporter.end(job, "failed", reason=refusal_of(error).detail)
    except Exception as error:
        reason, _ = describe_error(error)
        reporter.end(job, "failed", reason=reason)
        if is_out_of_memory(error):
            raise


def _run(job: Job, reporter: JobReporter) -> JobResult:
    """Writes all files of the result, each whole or not at all."""
    body = read_body(job.request)
    request = request_in(body, reporter.device)
    if isinstance(request, StreamRequest) or isinstance(body, StreamBody):
        raise TypeError(f"a stream is no job: {job.id}")
    folder, sounds = reporter.paths.job(job.id), Sounds(reporter.jobs.store)
    stored = [sounds.get(name) for name in request.sounds]
    paths = [reporter.paths.sound(one.id) / "sound.wav" for one in stored]
    files = [file_name(one.name) for one in stored]
    sources = [
        Source(name, one.sha256, one.rate_hz, one.channels, one.duration_s)
        for name, one in zip(files, stored, strict=True)
    ]
    name = f"{job.title or f'result-{job.number}'}.wav"
    command = request_in(body).command(name, sounds=files)
    run = Run(
        request=request.with_sounds([str(path) for path in paths]),
        output=folder / "result.wav",
        command=command,
        overwrite=True,
        recorded_name=name,
        keeps_aside=False,
        warm_start=None if body.begun is None else _result_of(body.begun, reporter),
    )
    inputs = [Input(audio.load(path), source) for path, source in zip(paths, sources, strict=True)]
    is_long = isinstance(request, TextureRequest) and request.is_long
    observer = BlocksObserver(job, reporter) if is_long else TaskObserver(job, reporter)
    outcome = execute(run, observer, inputs)
    if isinstance(outcome.failure, LimitError):
        raise LimitError(DISK_FULL)
    return _result(outcome, observer, folder)


def _result_of(name: str, reporter: JobReporter) -> Sound:
    path = reporter.paths.job(name) / "result.wav"
    if not path.is_file():
        raise InputError(f"the job {name} left no result to start from; leave out 'begun'")
    return audio.load(path)


def _result(outcome: Outcome, observer: TaskObserver | BlocksObserver, folder: Path) -> JobResult:
    """Writes what belongs to a result besides its WAV file and its record."""
    if isinstance(observer, BlocksObserver):
        samples = observer.samples
    else:
        sound = cast(Result, outcome.result).sound
        audio.save(sound, folder / "result.flac", overwrite=True)
        samples = sound.samples
    shown = show(samples, outcome.written.rate_hz, folder)
    (folder / BLOCKS).unlink(missing_ok=True)
    return JobResult(
        **shown,
        gain_db=outcome.written.gain_db,
        stopped=outcome.result.stopped,
        steps=observer.steps,
        seconds=round(outcome.seconds, 3),
        command=list(outcome.run.command),
    )
