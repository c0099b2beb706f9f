"""Running a request: read, check, set up, iterate, save, record; observers are notified of all of it."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gramophone import audio
from gramophone.audio import Sound, Written, appending, check_format, check_room
from gramophone.errors import LimitError, ModelError, WriteError
from gramophone.files import check_output
from gramophone.request import StreamRequest, TextureRequest, TransferRequest
from gramophone.runs.aside import save_or_keep_aside
from gramophone.runs.inputs import Input, check_lengths, common_format, read
from gramophone.runs.memory import check_memory
from gramophone.runs.observer import Observer
from gramophone.runs.prefetch import prefetched
from gramophone.runs.run import Run, check_result
from gramophone.runs.run_record import check_record_is_own, run_record, write_record
from gramophone.settings import Settings

if TYPE_CHECKING:
    from gramophone.synthesis import LongTexture, Result, Stream, Streamed
    from gramophone.synthesis.pipeline import Task
    from gramophone.synthesis.raw_texture import RawStream, RawTexture


@dataclass(frozen=True)
class Prepared:
    """A run that is set up but not started."""

    run: Run
    inputs: Sequence[Input]
    work: "Task | LongTexture | RawTexture"
    began_s: float


@dataclass(frozen=True)
class Outcome:
    """A completed run.

    Attributes:
        run: the run.
        result: result of the task.
        written: facts about the file.
        seconds: duration of the run in seconds, reading and writing included.
        failure: why it ended early with its last good result; None if it did not.
    """

    run: Run
    result: "Result | Streamed"
    written: Written
    seconds: float
    failure: LimitError | ModelError | None = None

    @property
    def duration_s(self) -> float:
        """Length of the result in seconds."""
        return self.written.frames / self.written.rate_hz

    def as_json(self) -> dict[str, Any]:
        """The outcome as plain values."""
        found: dict[str, Any] = {
            "output": str(self.written.path),
            "record": str(self.run.record),
            **({"report": str(self.run.page)} if self.run.page else {}),
            "gain_db": self.written.gain_db,
            "peak": self.written.peak,
            "duration_s": self.duration_s,
            "rate_hz": self.written.rate_hz,
            "stopped": self.result.stopped,
            "seconds": self.seconds,
        }
        losses = getattr(self.result, "losses", None)  # blocks keep none
        if losses is not None:
            found["steps"] = len(losses)
            found["losses"] = {"total": losses[-1].total, **losses[-1].terms} if losses else {}
        return found


def execute(run: Run, observer: Observer, inputs: Sequence[Input] | None = None) -> Outcome:
    """Runs a request from its recordings to the files of its result.

    Args:
        run: the run.
        observer: observer of the run.
        inputs: the recordings, if they were read already.

    Raises:
        InputError: a recording cannot be used.
        LimitError: a file or the result is larger than its limit.
        ModelError: a value became not finite before the first step was complete.
        UsageError: the files cannot or must not be written, or the request does not fit the recordings.
    """
    return complete(prepare(run, observer, inputs), observer)


def prepare(run: Run, observer: Observer, inputs: Sequence[Input] | None = None) -> Prepared:
    """Reads and checks everything, and sets up the work.

    Raises:
        GramophoneError: as `execute`.
    """
    began_s = time.perf_counter()
    if isinstance(run.request, TextureRequest) and run.request.network is not None:
        return Prepared(run, (), _network_texture(run, run.request, observer), began_s)
    settings = run.request.settings()
    check_result(run, settings)
    if run.request.device is not None:
        _check_device(run.request.device)
    paths = [Path(name) for name in run.request.sounds]
    for path in run.files:
        check_output(path, overwrite=run.overwrite, inputs=paths)
    check_record_is_own(run.record, run.output)
    inputs = read(paths, observer) if inputs is None else inputs
    observer.on_status("loading torch")
    check_lengths(inputs, settings)
    rate_hz, channels = common_format(inputs, settings, observer, run.output)
    sounds = [one.sound for one in inputs]
    check_room(run.output, rate_hz=rate_hz, channels=channels, duration_s=_length_s(run, sounds))
    if isinstance(run.request, TextureRequest) and run.request.is_long:
        return Prepared(run, inputs, run.request.set_up_long(sounds), began_s)
    in_blocks = isinstance(run.request, TransferRequest) and bool(settings.transfer.condition or settings.rival)
    check_memory(in_blocks=in_blocks, duration_s=_length_s(run, sounds), rate_hz=rate_hz, channels=channels)
    return Prepared(run, inputs, run.request.set_up(sounds, warm_start=run.warm_start), began_s)


def _network_texture(run: Run, request: TextureRequest, observer: Observer) -> "RawTexture":
    for path in run.files:
        check_output(path, overwrite=run.overwrite, inputs=[])
    check_record_is_own(run.record, run.output)
    observer.on_status("loading torch")
    texture = request.set_up_network()
    check_format(run.output, rate_hz=texture.rate_hz, channels=texture.channels, frames=texture.samples)
    check_room(run.output, rate_hz=texture.rate_hz, channels=texture.channels, duration_s=texture.duration_s)
    return texture


def _check_device(name: str) -> None:
    """Refuses a device before anything is read, as that may take long."""
    from gramophone.synthesis.prepare import choose_device

    choose_device(name)


def _length_s(run: Run, sounds: Sequence[Sound]) -> float:
    """Length of the result in seconds: as asked for, that of the longest style, or that of the content."""
    if isinstance(run.request, TextureRequest):
        return run.request.length_s or max(sound.duration_s for sound in sounds)
    return sounds[0].duration_s


def complete(prepared: Prepared, observer: Observer) -> Outcome:
    """Computes the work of a prepared run, and writes its files.

    Raises:
        GramophoneError: as `execute`.
    """
    from gramophone.synthesis import LongTexture
    from gramophone.synthesis.raw_texture import RawTexture

    if isinstance(prepared.work, LongTexture | RawTexture):
        return _complete_in_blocks(prepared, prepared.work, observer)
    return _complete_whole(prepared, prepared.work, observer)


def iterate(task: "Task", observer: Observer) -> ModelError | None:
    """Runs a task to its end or until a stop is requested; returns a failure if there is a result to keep.

    Raises:
        ModelError: a value was not finite before the end of the first step.
    """
    told = 0
    try:
        for step in task:
            for note in task.synthesis.notes[told:]:
                observer.on_note(note)
            told = len(task.synthesis.notes)
            observer.on_step(step)
            if observer.stop_requested:
                break
    except KeyboardInterrupt as error:
        if not task.synthesis.has_result or not observer.stops_at(error):
            raise
    except ModelError as error:
        if not task.synthesis.has_result:
            raise
        return error
    return None


def _complete_whole(prepared: Prepared, task: "Task", observer: Observer) -> Outcome:
    run = prepared.run
    observer.on_begin(task)
    if task.name == "texture":  # transfers have too few steps for it to pay
        _compile(task, observer)
    with observer.attending(lambda: task.synthesis.has_result):
        failure = iterate(task, observer)
        observer.on_finish()
        result = task.finish()
        save = save_or_keep_aside if run.keeps_aside else audio.save
        loops = isinstance(run.request, TextureRequest) and run.request.loop
        written = save(result.sound, run.output, overwrite=run.overwrite, loops=loops)
        with observer.uninterrupted():
            _write_record(prepared, result, written)
        observer.on_recorded(run)
    return Outcome(run, result, written, time.perf_counter() - prepared.began_s, failure)


def _complete_in_blocks(prepared: Prepared, texture: "LongTexture | RawTexture", observer: Observer) -> Outcome:
    """Writes a texture block by block; the file is valid at any time, however the run ends."""
    run, total, blocks = prepared.run, texture.samples, iter(texture)
    observer.on_begin(texture)
    _compile(texture, observer)
    with (
        appending(run.output, rate_hz=texture.rate_hz, channels=texture.channels, overwrite=run.overwrite) as file,
        observer.attending(lambda: file.frames > 0),
    ):
        while file.frames < total and not observer.stop_requested and not file.full:
            try:
                block = next(blocks)
            except KeyboardInterrupt as error:
                if not file.frames:
                    raise
                observer.stops_at(error)
                break  # in the middle of a block: what is written stays
            file.write(block)
            observer.on_block(block, file.frames, total)
    written, full = file.written(), file.full
    seconds = time.perf_counter() - prepared.began_s
    stopped = "the disk is full" if full else "interrupted" if observer.stop_requested else "finished"
    streamed = texture.made(written.frames, seconds, stopped)
    with observer.uninterrupted():
        _write_record(prepared, streamed, written)
        observer.on_recorded(run)
    return Outcome(run, streamed, written, seconds, _disk_full(written, texture) if full else None)


def _compile(work: "Task | LongTexture | Stream | RawTexture | RawStream", observer: Observer) -> None:
    """Compiles what has not been compiled on this machine, and says so, as the first step would wait for it."""
    from gramophone.statistics import diagonal_bands

    if not isinstance(work.settings, Settings):
        observer.on_status("compiling for this processor, which takes some seconds the first time")
        return  # by its first block
    uses_it = work.settings.network.kind == "infinite" and str(work.device) == "cpu"
    if uses_it and diagonal_bands.is_available() and not diagonal_bands.is_compiled():
        observer.on_status("compiling for this processor, which takes some seconds the first time")
        diagonal_bands.compile_now()


def _disk_full(written: Written, texture: "LongTexture | RawTexture") -> LimitError:
    return LimitError(
        f"the disk is full: {written.path} holds {written.frames / written.rate_hz:.1f} of {texture.duration_s:g} s "
        "and can be played; free some space and start again for the rest"
    )


def _write_record(prepared: Prepared, result: "Result | Streamed", written: Written) -> None:
    run = prepared.run
    command = run.command or run.request.command(str(run.output))
    record = run_record(result, command=command, inputs=[one.source for one in prepared.inputs], written=written)
    record["output"]["path"] = run.recorded_name or str(written.path)
    try:
        write_record(run.record, record, overwrite=run.overwrite)
    except WriteError as error:
        raise WriteError(
            f"{error}; the sound itself is complete: {written.path}; add --overwrite to make it again with a record"
        ) from error


OpenSink = Callable[[int, int], AbstractContextManager[Callable[[Sound], object]]]
"""Opens a sink of blocks with a rate in Hz and a number of channels."""


def execute_stream(
    request: StreamRequest,
    open_sink: OpenSink,
    observer: Observer,
    *,
    duration_s: float | None = None,
    gain_db: float = 0.0,
    steer: "Callable[[Stream], object] | None" = None,
) -> None:
    """Streams for a duration, until a stop is requested, or until the sink raises; blocks are prefetched.

    Args:
        request: the request.
        open_sink: opens the sink of the blocks.
        observer: observer of the stream.
        duration_s: length of all blocks in seconds; endless by default.
        gain_db: gain of all blocks in dB.
        steer: called with the stream before every block, in the thread that makes it.

    Raises:
        GramophoneError: as `execute`.
    """
    stream = _opened(request, observer, duration_s)
    rate_hz = stream.settings.rate_hz
    with open_sink(rate_hz, stream.channels) as sink:
        stream.gain_db = gain_db
        observer.on_begin(stream)
        _compile(stream, observer)
        total = None if duration_s is None else round(duration_s * rate_hz)
        done = 0
        with prefetched(_steered(stream, steer), close=stream.close) as blocks:
            for block in blocks:
                part = block if total is None else block.trimmed((total - done) / rate_hz)
                sink(part)
                done += part.samples.shape[1]
                observer.on_block(part, done, total)
                if observer.stop_requested or (total is not None and done >= total):
                    break


def _opened(request: StreamRequest, observer: Observer, duration_s: float | None) -> "Stream | RawStream":
    if request.network is not None:
        observer.on_status("loading torch")
        return request.open_network(duration_s)
    settings = request.settings()
    if request.device is not None:
        _check_device(request.device)
    inputs = read([Path(name) for name in request.sounds], observer)
    observer.on_status("loading torch")
    check_lengths(inputs, settings)
    common_format(inputs, settings, observer)
    return request.open([one.sound for one in inputs])


def _steered(stream: "Stream | RawStream", steer: "Callable[[Any], object] | None") -> Iterator[Sound]:
    """The blocks of a stream, each after a look at what is asked of it."""
    while True:
        if steer is not None:
            steer(stream)
        try:
            yield next(stream)
        except StopIteration:
            return
