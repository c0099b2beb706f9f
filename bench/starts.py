"""`python -m bench.starts`: starts and numbers of steps of textures, on tuning or held-out clips, as a table."""

import argparse
import itertools
import math
import time
from collections.abc import Mapping
from dataclasses import replace
from statistics import mean

import numpy as np
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
from gramophone.synthesis.stream import BLOCK_S, FIRST_BLOCK_S, Stream

LENGTH_S = 2 * DURATION_S
STFT = Stft(2048, 512)
COLUMNS = ("excess, dB", "statistics, dB", "copy above natural", "unseen", "seconds")


def with_steps(settings: Settings, first: int, last: int) -> Settings:
    """The settings with numbers of steps of the spectrogram and of the waveform."""
    waveform = replace(settings.waveform, optimiser=replace(settings.waveform.optimiser, iterations=last))
    return replace(settings, optimiser=replace(settings.optimiser, iterations=first), waveform=waveform)


def from_shaped_noise(settings: Settings) -> Settings:
    """Noise with the style's mean spectrum, and four times as many pairs of short windows on the waveform."""
    long, short = settings.waveform.resolutions
    views = (long, replace(short, hop_samples=short.hop_samples // 2))
    phase, waveform = replace(settings.phase, iterations=32), replace(settings.waveform, resolutions=views)
    return replace(settings, noise="shaped", phase=phase, waveform=waveform)


def textures() -> Mapping[str, Settings]:
    """Settings of whole textures, by name."""
    default = preset("infinite")
    return {
        "shaped noise, 160 + 20 steps (the former default)": with_steps(from_shaped_noise(default), 160, 20),
        "shaped noise, 60 + 30": replace(default, noise="shaped"),
        "surrogate, 60 + 30 (default)": default,
        "surrogate, 100 + 80": with_steps(default, 100, 80),
        "surrogate, 160 + 80": with_steps(default, 160, 80),
        "surrogate, 200 + 30": with_steps(default, 200, 30),
    }


def streams() -> Mapping[str, Settings]:
    """Settings of textures in blocks, by name."""
    default = preset("infinite", "stream")
    return {
        "shaped noise, 40 + 16 steps (the former default)": with_steps(from_shaped_noise(default), 40, 16),
        "surrogate, 40 + 16": with_steps(default, 40, 16),
        "surrogate, 16 + 16": with_steps(default, 16, 16),
        "surrogate, 16 + 12 (default)": default,
    }


def whole(style: Sound, settings: Settings, seed: int) -> Sound:
    """A texture twice as long as its style."""
    task = texture([style], settings, duration_s=LENGTH_S, seed=seed, device="cpu")
    for _ in task:
        pass
    return task.finish().sound


def in_blocks(style: Sound, settings: Settings, seed: int) -> Sound:
    """The same from a stream."""
    stream = Stream([style], settings, seed=seed, device="cpu")
    blocks = [next(stream) for _ in range(1 + math.ceil((LENGTH_S - FIRST_BLOCK_S) / BLOCK_S))]
    return Sound(np.concatenate([block.samples for block in blocks], 1), style.rate_hz).trimmed(LENGTH_S)


def scores(result: Sound, style: Sound, natural: float) -> tuple[float, ...]:
    """`COLUMNS` but the last."""
    wave, reference = (torch.from_numpy(sound.samples[0]) for sound in (result, style))
    return (
        excess(wave, reference, style.rate_hz).average_db,
        average_db(statistics_snr_db(wave, reference, style.rate_hz)),
        copy_score(wave, reference, style.rate_hz).mean - natural,
        unseen_style_distance(STFT.magnitude(wave)[None], STFT.magnitude(reference)[None]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tuning", action="store_true", help="the tuning clips instead of the held-out ones")
    parser.add_argument("--streams", action="store_true", help="textures in blocks")
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
    make = in_blocks if asked.streams else whole
    for name, settings in (streams() if asked.streams else textures()).items():
        rows = []
        for clip, seed in itertools.product(names, range(asked.seeds)):
            began = time.process_time()
            result = make(clips[clip], settings, seed)
            seconds = time.process_time() - began
            rows.append((*scores(result, clips[clip], natural[clip]), seconds))
        excess_db, snr_db, copy, unseen, spent_s = (mean(column) for column in zip(*rows, strict=True))
        cells = (name, f"{excess_db:+.2f}", f"{snr_db:.1f}", f"{copy:+.3f}", f"{unseen:.1e}", f"{spent_s:.1f}")
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
