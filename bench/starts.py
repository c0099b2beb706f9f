"""`python -m bench.starts`: starts and numbers of steps of textures, on tuning or held-out clips, as a table."""

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from statistics import mean

import torch

from bench.quality.recordings import DURATION_S, HELD_OUT_TEXTURES, TUNING_TEXTURES, recording
from gramophone.audio import Sound
from gramophone.metrics.auditory import average_db, excess, statistics_snr_db
from gramophone.metrics.copying import copy_score, natural_copy_score
from gramophone.metrics.style_distance import unseen_style_distance
from gramophone.presets import preset
from gramophone.settings import Settings
from gramophone.spectral import Stft
from gramophone.synthesis import texture

LENGTH_S = 2 * DURATION_S
STFT = Stft(2048, 512)
COLUMNS = ("excess, dB", "statistics, dB", "copy above natural", "unseen", "seconds")


def with_steps(settings: Settings, first: int, last: int) -> Settings:
    """The settings with numbers of steps of the spectrogram and of the waveform."""
    optimiser, waveform = settings.optimiser, settings.waveform
    last_optimiser = replace(waveform.optimiser, iterations=last)
    return replace(
        settings,
        optimiser=replace(optimiser, iterations=first),
        waveform=replace(waveform, optimiser=last_optimiser),
    )


def former(settings: Settings) -> Settings:
    """Noise with the style's mean spectrum, and four times as many pairs of short windows on the waveform."""
    long, short = settings.waveform.resolutions
    views = (long, replace(short, hop_samples=short.hop_samples // 2))
    return with_steps(
        replace(settings, noise="shaped", waveform=replace(settings.waveform, resolutions=views)), 160, 20
    )


def variants() -> Mapping[str, Settings]:
    """What is compared, by name."""
    default = preset("infinite")
    made: dict[str, Callable[[], Settings]] = {
        "shaped noise, 160 + 20 steps (the former default)": lambda: former(default),
        "shaped noise, 60 + 30": lambda: replace(default, noise="shaped"),
        "surrogate, 60 + 30 (default)": lambda: default,
        "surrogate, 100 + 80": lambda: with_steps(default, 100, 80),
        "surrogate, 160 + 80": lambda: with_steps(default, 160, 80),
        "surrogate, 200 + 30": lambda: with_steps(default, 200, 30),
    }
    return {name: settings() for name, settings in made.items()}


def scores(settings: Settings, style: Sound, natural: float, seed: int) -> tuple[float, ...]:
    """Of a texture twice as long as its style: `COLUMNS`."""
    began = time.process_time()
    task = texture([style], settings, duration_s=LENGTH_S, seed=seed, device="cpu")
    for _ in task:
        pass
    result = task.finish().sound
    seconds = time.process_time() - began
    wave, reference = (torch.from_numpy(sound.samples[0]) for sound in (result, style))
    return (
        excess(wave, reference, style.rate_hz).average_db,
        average_db(statistics_snr_db(wave, reference, style.rate_hz)),
        copy_score(wave, reference, style.rate_hz).mean - natural,
        unseen_style_distance(STFT.magnitude(wave)[None], STFT.magnitude(reference)[None]),
        seconds,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tuning", action="store_true", help="the tuning clips instead of the held-out ones")
    parser.add_argument("--seeds", type=int, default=2)
    asked = parser.parse_args()
    names = TUNING_TEXTURES if asked.tuning else HELD_OUT_TEXTURES
    torch.set_num_threads(1)
    clips = {name: recording(name) for name in names}
    natural = {
        name: natural_copy_score(torch.from_numpy(clip.samples[0]), clip.rate_hz).mean for name, clip in clips.items()
    }
    print(f"| {len(names)} clips, {asked.seeds} seeds | {' | '.join(COLUMNS)} |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for name, settings in variants().items():
        rows = [scores(settings, clips[clip], natural[clip], seed) for clip in names for seed in range(asked.seeds)]
        excess_db, snr_db, copy, unseen, seconds = (mean(column) for column in zip(*rows, strict=True))
        cells = (name, f"{excess_db:+.2f}", f"{snr_db:.1f}", f"{copy:+.3f}", f"{unseen:.1e}", f"{seconds:.1f}")
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
