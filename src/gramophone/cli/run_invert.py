"""Running `gramophone invert`: one method, or all of them compared."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone import audio
from gramophone.audio import Sound, Written
from gramophone.audio.sound import check_rate_hz
from gramophone.cli.console import one_line, write_stdout
from gramophone.cli.magnitudes import SUFFIXES, read_magnitudes
from gramophone.cli.progress import Progress, duration
from gramophone.cli.table import table
from gramophone.errors import InputError, UsageError
from gramophone.phase import METHODS, phase_of, spectral_convergence_db
from gramophone.phase import invert as by_method
from gramophone.phase.convergence import check_magnitude
from gramophone.phase.methods import DEFAULT, plan
from gramophone.runs.inputs import load_sound
from gramophone.spectral import Stft

Value = TypeVar("Value")

N_FFT = 1024
REDUNDANCY = 8


@dataclass(frozen=True)
class InvertOptions:
    """Arguments of the command; `transform` has those of the transform by name, None for those that were left out."""

    file: Path
    output: Path | None
    method: str | None
    iterations: int | None
    transform: Mapping[str, int | str | None]
    phase: Path | None
    coherent: bool
    seed: int
    overwrite: bool
    json: bool


@dataclass(frozen=True)
class Target:
    """Magnitudes, their transform, and the length and rate of the waveform."""

    magnitude: Float[Tensor, "channel frequency frame"]
    stft: Stft
    samples: int
    rate_hz: int


@dataclass(frozen=True)
class Inverted:
    """Result of one method; a silent target has no convergence."""

    method: str
    waveform: Float[Tensor, "channel sample"]
    convergence_db: float | None
    seconds: float

    def as_json(self) -> dict[str, object]:
        """The figures."""
        return {"method": self.method, "convergence_db": self.convergence_db, "seconds": self.seconds}


def run_inversion(options: InvertOptions, progress: Progress) -> int:
    """Inverts by one method, writes the result and says how good it is; returns the exit code.

    Raises:
        GramophoneError: the input or what was asked for it is refused.
    """
    method = options.method or ("fgla" if options.phase else DEFAULT)
    _check(lambda: plan(method))
    target = _target(options, progress)
    phase = None if options.phase is None else _phase(options.phase, target, progress)
    progress.show(f"inverting by {method}")
    found = _check(lambda: _invert(options, target, method, options.iterations, phase))
    written = _write(options, target, found)
    if options.json:
        outcome = {"output": str(written.path), "gain_db": written.gain_db, **found.as_json(), **_shape(target)}
        write_stdout(json.dumps(outcome, allow_nan=False))
        return 0
    lines = [
        f"{written.path}: {written.frames / written.rate_hz:.2f} s at {written.rate_hz} Hz",
        f"spectral convergence {_shown(found)} by {method} in {duration(found.seconds)}",
    ]
    if written.gain_db < 0:
        lines.append(f"turned down by {-written.gain_db:.1f} dB so that it does not clip")
    write_stdout("\n".join(map(one_line, lines)))
    return 0


def run_comparison(options: InvertOptions, progress: Progress) -> int:
    """Inverts by all methods and prints the table; returns the exit code.

    Raises:
        GramophoneError: the input or what was asked for it is refused.
    """
    target = _target(options, progress)
    every = []
    for method in METHODS:
        progress.show(f"inverting by {method}")
        iterations = options.iterations if plan(method).default_iterations else None
        every.append(_check(partial(_invert, options, target, method, iterations, None)))
    ranked = sorted(every, key=lambda found: found.convergence_db or 0.0)
    if options.output is not None:
        _write(options, target, ranked[0])
    if options.json:
        output = None if options.output is None else str(options.output)
        outcome = {"output": output, "methods": [found.as_json() for found in ranked], **_shape(target)}
        write_stdout(json.dumps(outcome, allow_nan=False))
        return 0
    head = ("method", "convergence", "time")
    write_stdout(
        table([head, *((found.method, _shown(found), duration(found.seconds)) for found in ranked)], numbers=(1, 2))
    )
    return 0


def _invert(
    options: InvertOptions, target: Target, method: str, iterations: int | None, phase: Tensor | None
) -> Inverted:
    began = time.perf_counter()
    waveform = by_method(
        target.magnitude,
        target.stft,
        target.samples,
        method=method,
        iterations=iterations,
        phase=phase,
        seed=options.seed,
        coherent=options.coherent,
    )
    seconds = time.perf_counter() - began
    silent = not bool(target.magnitude.any())
    convergence_db = None if silent else spectral_convergence_db(waveform, target.magnitude, target.stft)
    return Inverted(method, waveform, convergence_db, seconds)


def _target(options: InvertOptions, progress: Progress) -> Target:
    progress.show(f"reading {options.file}")
    if options.file.suffix.lower() in SUFFIXES:
        return _target_of_file(options)
    sound = load_sound(options.file, progress.warn)
    rate_hz = options.transform["rate_hz"]
    if rate_hz is not None:
        sound = sound.resampled(int(rate_hz))
    n_fft, hop_samples, window = (options.transform[name] for name in ("n_fft", "hop_samples", "window"))
    length = N_FFT if n_fft is None else int(n_fft)
    hop = max(1, length // REDUNDANCY) if hop_samples is None else int(hop_samples)
    stft = _stft(length, hop, window)
    samples = torch.from_numpy(sound.samples)
    return Target(stft.magnitude(samples), stft, samples.shape[1], sound.rate_hz)


def _target_of_file(options: InvertOptions) -> Target:
    read = read_magnitudes(options.file, options.transform)
    check_rate_hz(read.rate_hz)
    stft = _stft(read.n_fft, read.hop_samples, read.window)
    magnitude = torch.from_numpy(read.values)
    try:
        check_magnitude(magnitude, stft)
    except InputError as error:
        raise InputError(f"{options.file}: {error}") from error
    samples = max(1, (magnitude.shape[-1] - 1) * stft.hop_samples)
    return Target(magnitude, stft, samples, read.rate_hz)


def _stft(n_fft: int, hop_samples: int, window: int | str | None) -> Stft:
    return _check(lambda: Stft(n_fft, hop_samples, str(window or "hann")))


def _phase(path: Path, target: Target, progress: Progress) -> Tensor:
    sound = load_sound(path, progress.warn).resampled(target.rate_hz)
    if sound.channels not in (1, len(target.magnitude)):
        sound = sound.mono()
    phase = phase_of(torch.from_numpy(sound.samples), target.stft, frames=target.magnitude.shape[-1])
    return phase.expand_as(target.magnitude)


def _check(work: Callable[[], Value]) -> Value:
    """Turns the ValueError of an invalid method or transform into a UsageError."""
    try:
        return work()
    except ValueError as error:
        raise UsageError(str(error)) from error


def _write(options: InvertOptions, target: Target, found: Inverted) -> Written:
    output = options.output or Path()
    sound = Sound(found.waveform.numpy(), target.rate_hz)
    return audio.save(sound, output, overwrite=options.overwrite)


def _shape(target: Target) -> dict[str, object]:
    return {
        "n_fft": target.stft.n_fft,
        "hop_samples": target.stft.hop_samples,
        "window": target.stft.window,
        "rate_hz": target.rate_hz,
        "channels": len(target.magnitude),
        "duration_s": target.samples / target.rate_hz,
    }


def _shown(found: Inverted) -> str:
    return "silent" if found.convergence_db is None else f"{found.convergence_db:.1f} dB"
