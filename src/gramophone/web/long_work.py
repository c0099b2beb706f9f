"""A texture in blocks, as a job: written while it is made, in memory that does not grow with its length."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from jaxtyping import Float32

from gramophone.audio import Appender, Sound, Written, appending
from gramophone.audio.loudness import loudness_lufs
from gramophone.errors import LimitError
from gramophone.plotting.preview import GrowingPicture
from gramophone.settings import Settings
from gramophone.synthesis import LongTexture, Result, Streamed
from gramophone.web.job_reporter import JobReporter
from gramophone.web.jobs import Job
from gramophone.web.orders import Order, mix_of
from gramophone.web.sound_worker import show

SCRATCH = "blocks.f32"


@dataclass(frozen=True)
class Made:
    """A result whose sound is written.

    Attributes:
        result: for its record.
        written: what is known about the WAV file.
        known: what is told about it.
    """

    result: Result | Streamed
    written: Written
    known: dict[str, Any]


class _CancelledError(Exception):
    """Nothing of it is wanted any more."""


def long_texture(order: Order, settings: Settings, styles: Sequence[Sound], device: str | None) -> LongTexture:
    """Sets up what an order asks for."""
    return LongTexture(
        styles,
        settings,
        duration_s=order.known_s or 0.0,
        weights=order.shares,
        morph=order.moving,
        mix=mix_of(order),
        seed=order.seed,
        device=device,
    )


def make_long(texture: LongTexture, job: Job, desk: JobReporter) -> Made | None:
    """Makes it; None if it was cancelled. After a wish to stop, what there is by then is kept.

    Raises:
        LimitError: the disk is full; nothing is kept.
        ModelError: a block was not finite; nothing is kept.
    """
    folder, began_s = desk.config.job(job.id), time.perf_counter()
    job = desk.note(job, "begun", {"device": texture.device})
    scratch, written, steps = folder / SCRATCH, None, 0
    form: dict[str, Any] = {"rate_hz": texture.rate_hz, "channels": texture.channels, "overwrite": True}
    try:
        with (
            suppress(_CancelledError),
            scratch.open("w+b") as file,
            appending(folder / "result.wav", **form) as wav,
            appending(folder / "result.flac", **form) as flac,
        ):
            steps = _run(texture, _Growing(file, texture.channels, (wav, flac)), job, desk)
            written = wav.written()
        if written is None:
            return None
        stopped = "finished" if written.frames == texture.samples else "interrupted"
        made = texture.made(written.frames, time.perf_counter() - began_s, stopped)
        shown = show(_mapped(scratch, texture.channels), texture.rate_hz, folder)
    finally:
        scratch.unlink(missing_ok=True)
    known = {**shown, "gain_db": 0.0, "stopped": stopped, "steps": steps, "seconds": round(made.seconds, 3)}
    return Made(made, written, known)


@dataclass(frozen=True)
class _Growing:
    """Files that grow together: samples for pictures and ears, and those of the result."""

    scratch: BinaryIO
    channels: int
    files: Sequence[Appender]

    def add(self, block: Sound) -> None:
        for file in self.files:
            file.write(block)
        if any(file.full for file in self.files):
            raise LimitError("the disk is full; free some space, or ask for less")
        self.scratch.write(block.samples.T.astype("<f4").tobytes())
        self.scratch.flush()

    @property
    def samples(self) -> Float32[np.ndarray, "channel sample"]:
        return _mapped(Path(self.scratch.name), self.channels)


def _run(texture: LongTexture, growing: _Growing, job: Job, desk: JobReporter) -> int:
    """Makes block after block until the end, or until something else is wished; returns how many."""
    began_s, heard, steps = time.perf_counter(), 0, 0
    picture = GrowingPicture(texture.samples, texture.rate_hz)

    def drawn() -> bytes:
        picture.add(growing.samples)
        return picture.png()

    for block in texture:
        growing.add(block)
        steps += 1
        job = desk.note(job, "step", _said(texture, steps, growing.samples.shape[1], time.perf_counter() - began_s))
        desk.draw(job, drawn)
        if job.listens > heard:
            heard = job.listens
            _let_hear(growing.samples, texture.rate_hz, steps, job, desk)
        if job.wish == "cancel":
            raise _CancelledError
        if job.wish:
            break
    return steps


def _said(texture: LongTexture, steps: int, samples: int, elapsed_s: float) -> dict[str, Any]:
    return {
        "index": steps,
        "of": texture.blocks,
        "total": None,
        "losses": {},
        "elapsed_s": round(elapsed_s, 3),
        "remaining_s": round(elapsed_s / samples * (texture.samples - samples), 3),
    }


def _let_hear(
    samples: Float32[np.ndarray, "channel sample"], rate_hz: int, steps: int, job: Job, desk: JobReporter
) -> None:
    path = desk.config.job(job.id) / "so-far.wav"
    with appending(path, rate_hz=rate_hz, channels=samples.shape[0], overwrite=True) as file:
        for start in range(0, samples.shape[1], rate_hz):
            file.write(Sound(samples[:, start : start + rate_hz], rate_hz))
    loudness = loudness_lufs(samples, rate_hz)
    desk.note(job, "heard", {"number": job.listens, "step": steps, "loudness_lufs": loudness})


def _mapped(path: Path, channels: int) -> Float32[np.ndarray, "channel sample"]:
    """The samples of a file, read when they are looked at."""
    return np.memmap(path, np.float32, "r").reshape(-1, channels).T
