"""What is told about a job while it runs: events, pictures of what forms, previews."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from jaxtyping import Float32

from gramophone import audio
from gramophone.audio import Appender, Sound, appending
from gramophone.audio.loudness import loudness_lufs
from gramophone.errors import LimitError
from gramophone.optim.minimise import Step
from gramophone.plotting.preview import GrowingPicture, magnitude_picture, sound_picture
from gramophone.runs.observer import Observer
from gramophone.synthesis import LongTexture, Stream
from gramophone.synthesis.pipeline import Task
from gramophone.synthesis.raw_texture import RawStream, RawTexture
from gramophone.web.errors import DISK_FULL
from gramophone.web.events import BegunEvent, NoteEvent, PreviewEvent, StepEvent
from gramophone.web.job_reporter import JobReporter
from gramophone.web.jobs import Job

PREVIEW = "so-far.wav"
BLOCKS = "blocks.f32"
"""Samples of all blocks so far, for pictures and previews, so that memory does not grow with their number."""


class CancelledError(Exception):
    """The job was cancelled."""


class JobObserver(Observer):
    """Reports a job while it runs, and handles requests to stop, to cancel and to make previews.

    Args:
        job: job that runs.
        reporter: reporter of the worker that runs it.

    Attributes:
        steps: number of steps or blocks so far.
    """

    _rate_hz: int

    def __init__(self, job: Job, reporter: JobReporter) -> None:
        self.steps = 0
        self._job = job
        self._reporter = reporter
        self._folder: Path = reporter.paths.job(job.id)
        self._previews = 0

    @property
    def stop_requested(self) -> bool:
        """Whether a stop was requested, which keeps the result so far."""
        return self._job.control == "stop"

    def on_begin(self, work: Task | LongTexture | Stream | RawTexture | RawStream) -> None:
        """States the device, and the rate of the pictures."""
        self._note("begun", BegunEvent(device=work.device, rate_hz=self._rate_hz))

    def on_note(self, text: str) -> None:
        """Reports a remark."""
        self._note("note", NoteEvent(text=text))

    def _after(self, event: StepEvent, picture: Callable[[], bytes], preview: Callable[[], float]) -> None:
        """Reports a step or block; `preview` writes the sound so far and returns its loudness in LUFS."""
        self._note("step", event)
        self._reporter.draw(self._job, picture)
        if (number := self._job.preview_requests) > self._previews:
            self._previews = number
            self._note("heard", PreviewEvent(number=number, step=self.steps, loudness_lufs=preview()))
        if self._job.control == "cancel":
            raise CancelledError

    def _note(self, kind: str, event: BegunEvent | NoteEvent | StepEvent | PreviewEvent) -> None:
        self._job = self._reporter.note(self._job, kind, event.model_dump())


class TaskObserver(JobObserver):
    """Reports a result that is made in one piece."""

    _task: Task

    def on_begin(self, work: Task | LongTexture | Stream | RawTexture | RawStream) -> None:
        """States the device."""
        self._task = cast(Task, work)
        self._rate_hz = self._task.settings.rate_hz
        super().on_begin(work)

    def on_step(self, step: Step) -> None:
        """Reports the progress, and draws the result so far."""
        self.steps += 1
        event = StepEvent(
            index=step.index,
            of=step.of,
            total=step.total,
            losses=step.losses,
            elapsed_s=round(step.elapsed_s, 3),
            remaining_s=round(step.remaining_s, 3),
        )
        self._after(event, lambda: self._picture(step), self._preview)

    def _picture(self, step: Step) -> bytes:
        """Draws the first channel: a scaled magnitude at first, then a waveform."""
        state, rate_hz = step.preview(), self._task.settings.rate_hz
        if (magnitude := self._task.synthesis.magnitude(state)) is not None:
            return magnitude_picture(magnitude.cpu().numpy().astype(np.float32), rate_hz)
        return sound_picture(state.cpu().numpy().astype(np.float32), rate_hz)

    def _preview(self) -> float:
        sound = self._task.snapshot().sound
        written = audio.save(sound, self._folder / PREVIEW, overwrite=True)
        return loudness_lufs(sound.samples, sound.rate_hz) + written.gain_db


class BlocksObserver(JobObserver):
    """Reports a texture that is made in blocks, and writes them to a FLAC file."""

    _texture: LongTexture
    _picture: GrowingPicture
    _blocks: BinaryIO
    _flac: Appender
    _began_s: float

    @property
    def samples(self) -> Float32[np.ndarray, "channel sample"]:
        """All blocks so far, memory-mapped."""
        return np.memmap(self._folder / BLOCKS, np.float32, "r").reshape(-1, self._texture.channels).T

    def on_begin(self, work: Task | LongTexture | Stream | RawTexture | RawStream) -> None:
        """States the device."""
        self._texture = cast(LongTexture, work)
        self._rate_hz = self._texture.rate_hz
        self._picture = GrowingPicture(self._texture.samples, self._texture.rate_hz)
        self._began_s = time.perf_counter()
        super().on_begin(work)

    @contextmanager
    def attending(self, has_result: Callable[[], bool]) -> Iterator[None]:
        """Keeps the growing files open."""
        rate_hz, channels = self._texture.rate_hz, self._texture.channels
        with (
            (self._folder / BLOCKS).open("w+b") as self._blocks,
            appending(self._folder / "result.flac", rate_hz=rate_hz, channels=channels, overwrite=True) as self._flac,
        ):
            yield
        if self._flac.full:
            raise LimitError(DISK_FULL)

    def on_block(self, block: Sound, done: int, total: int | None) -> None:
        """Reports the progress, and draws the blocks so far."""
        self.steps += 1
        self._flac.write(block)
        if self._flac.full:
            raise LimitError(DISK_FULL)
        self._blocks.write(block.samples.T.astype("<f4").tobytes())
        self._blocks.flush()
        elapsed_s = time.perf_counter() - self._began_s
        event = StepEvent(
            index=self.steps,
            of=self._texture.blocks,
            total=None,
            losses={},
            elapsed_s=round(elapsed_s, 3),
            remaining_s=round(elapsed_s / done * (self._texture.samples - done), 3),
        )
        self._after(event, self._drawn, self._preview)

    def _drawn(self) -> bytes:
        self._picture.add(self.samples)
        return self._picture.png()

    def _preview(self) -> float:
        samples, rate_hz = self.samples, self._texture.rate_hz
        path, channels = self._folder / PREVIEW, self._texture.channels
        with appending(path, rate_hz=rate_hz, channels=channels, overwrite=True) as file:
            for start in range(0, samples.shape[1], rate_hz):
                file.write(Sound(samples[:, start : start + rate_hz], rate_hz))
        return loudness_lufs(samples, rate_hz)
