"""What the defaults were chosen by: variants of the settings, on recordings that no other section judges them by."""

import dataclasses
import time
from collections.abc import Iterable
from statistics import mean

import torch

from bench.recordings import RATE_HZ, clip, clips
from gramophone import presets
from gramophone.audio import Sound
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import melody
from gramophone.metrics.auditory import average_db, statistics_snr_db
from gramophone.metrics.copying import copy_score
from gramophone.metrics.transfer import Placed, gain_over_mixing, mixing_curve, purity, structure
from gramophone.settings import OptimiserSettings, Resolution, Settings, WaveformSettings
from gramophone.synthesis import texture, transfer

TEXTURES = ("fire", "applause", "rain", "pouring_water", "birds_starlings", "drum_roll")
PAIRS = (
    ("phrase", "pouring_water"),
    ("phrase", "birds_starlings"),
    ("phrase", "drum_roll"),
    ("melody", "engine_idle"),
    ("melody", "pouring_water"),
    ("melody", "birds_starlings"),
    ("laughing", "train"),
    ("church_bells", "crows"),
)
WIDE = Resolution(2048, 512, (23, 93, 372))
MIDDLE = Resolution(1024, 256, (12, 46, 186, 372))
FINE = Resolution(512, 128, (23, 93))


def report() -> str:
    if not clips():
        return "## Choices\n\nNot measured: it takes real recordings, in the folder that GRAMOPHONE_DATA names.\n"
    textures = "\n".join(_texture_row(name, settings) for name, settings in _texture_variants())
    transfers = "\n".join(_transfer_row(name, settings) for name, settings in _transfer_variants())
    return f"""## What the defaults were chosen by

Textures (mean of {len(TEXTURES)} clips): signal-to-noise ratio of auditory statistics that were not optimised, and
how much of the recording is copied. The recordings' own halves: {_natural()}.

| texture | time | statistics | copy score |
|---|---|---|---|
{textures}

Transfers (mean of {len(PAIRS)} pairs, none of them used above): purity gained over plain mixing.

| transfer | time | strength 0.3 | 0.6 | 0.9 |
|---|---|---|---|---|
{transfers}
"""


def _texture_variants() -> Iterable[tuple[str, Settings]]:
    default = presets.preset(presets.DEFAULT)
    for name, resolution in (("2048/512", WIDE), ("1024/256", MIDDLE)):
        for end, views in (("", ()), (", waveform stage there", (resolution,)), (", waveform in two", (WIDE, FINE))):
            waveform = WaveformSettings(views, OptimiserSettings(iterations=40))
            yield name + end, dataclasses.replace(default, resolution=resolution, waveform=waveform)
    yield "default with half the iterations", _with_iterations(default, 80, 20)


def _transfer_variants() -> Iterable[tuple[str, Settings]]:
    default = presets.preset(presets.DEFAULT, "transfer")
    yield "default (no waveform stage)", default
    for name, views in (("there", (MIDDLE,)), ("in two", (WIDE, FINE))):
        waveform = WaveformSettings(views, OptimiserSettings(iterations=15))
        yield f"waveform stage {name}", dataclasses.replace(default, waveform=waveform)
    for iterations in (20, 80):
        yield f"{iterations} iterations", _with_iterations(default, iterations, 1)


def _with_iterations(settings: Settings, first: int, last: int) -> Settings:
    return dataclasses.replace(
        settings,
        optimiser=dataclasses.replace(settings.optimiser, iterations=first),
        waveform=dataclasses.replace(settings.waveform, optimiser=OptimiserSettings(iterations=last)),
    )


def _texture_row(name: str, settings: Settings) -> str:
    ratios, copies, seconds = [], [], []
    for recording in TEXTURES:
        style = clip(recording).trimmed(5.0)
        began = time.perf_counter()
        task = texture([style], settings)
        for _ in task:
            pass
        made, given = (torch.from_numpy(sound.samples[0]) for sound in (task.finish().sound, style))
        seconds.append(time.perf_counter() - began)
        ratios.append(average_db(statistics_snr_db(made, given, RATE_HZ)))
        copies.append(copy_score(made, given, RATE_HZ).mean)
    return f"| {name} | {mean(seconds):.1f} s | {mean(ratios):.1f} dB | {mean(copies):.2f} |"


def _natural() -> str:
    ratios, copies = [], []
    for recording in TEXTURES:
        samples = torch.from_numpy(clip(recording).trimmed(5.0).samples[0])
        half = len(samples) // 2
        ratios.append(average_db(statistics_snr_db(samples[half : 2 * half], samples[:half], RATE_HZ)))
        copies.append(copy_score(samples[half : 2 * half], samples[:half], RATE_HZ).mean)
    return f"{mean(ratios):.1f} dB, copy score {mean(copies):.2f}"


def _transfer_row(name: str, settings: Settings) -> str:
    gains: dict[float, list[float]] = {0.3: [], 0.6: [], 0.9: []}
    began = time.perf_counter()
    for content, style in PAIRS:
        said, made_of = _sound(content), _sound(style)
        one, other = (torch.from_numpy(sound.samples[0]) for sound in (said, made_of))
        curve = mixing_curve(one, other, RATE_HZ)
        for strength, gained in gains.items():
            task = transfer(said, [made_of], settings, strength=strength)
            for _ in task:
                pass
            result = torch.from_numpy(task.finish().sound.samples[0])
            place = Placed(structure(result, one, RATE_HZ), purity(result, other, RATE_HZ))
            gained.append(gain_over_mixing(place, curve))
    seconds = (time.perf_counter() - began) / (len(PAIRS) * len(gains))
    return f"| {name} | {seconds:.1f} s | " + " | ".join(f"{mean(g):+.2f}" for g in gains.values()) + " |"


def _sound(name: str) -> Sound:
    made = {"phrase": spoken_phrase, "melody": melody}
    return Sound(made[name](RATE_HZ, 6.0, 0), RATE_HZ) if name in made else clip(name)
