"""Textures of five seconds by every system, and the default's excess over natural variation on equal lengths."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import torch
from jaxtyping import Float
from torch import Tensor

from bench.quality.jobs import Job, Made, done
from bench.quality.recordings import HELD_OUT_TEXTURES, TUNING_TEXTURES, recording
from bench.quality.systems import (
    bank_texture,
    default_half,
    default_texture,
    noise_texture,
    published_texture,
    shuffled_texture,
)
from gramophone.audio import Sound
from gramophone.metrics.auditory import average_db, excess, statistics_snr_db
from gramophone.metrics.copying import copy_score, natural_copy_score, seed_similarity
from gramophone.metrics.style_distance import gram_cosine, unseen_style_distance
from gramophone.spectral import Stft

SYSTEMS: dict[str, Callable[[str], Job]] = {
    "infinite (default)": default_texture,
    "ulyanov2016": published_texture,
    "six widths": bank_texture,
    "phase-randomised": noise_texture,
    "granular": shuffled_texture,
}


@dataclass(frozen=True)
class Scores:
    """What the measures say about one result."""

    snr_db: float
    pieces_db: float
    copy: float
    copy_maximum: float
    cosine: float
    unseen: float
    seconds: float


@dataclass(frozen=True)
class Textures:
    """All results by system and clip, and what stands beside them."""

    scores: dict[str, dict[str, Scores]]
    natural_copy: dict[str, float]
    halves: dict[str, tuple[float, float]]
    similarity: dict[str, float]


def measure(folder: Path, *, only_made: bool = False) -> Textures:
    """Makes what is missing, or leaves it out, and judges everything."""
    names = (*HELD_OUT_TEXTURES, *TUNING_TEXTURES)
    scores = {
        system: {
            name: _scores(done(job(name), folder), recording(name))
            for name in names
            if job(name).is_done(folder) or not only_made
        }
        for system, job in SYSTEMS.items()
    }
    natural = {}
    for name in names:
        style = recording(name)
        natural[name] = natural_copy_score(_wave(style), style.rate_hz).mean
    return Textures(
        scores,
        natural,
        {name: _half(name, folder) for name in names},
        {name: _similarity(name, folder) for name in names},
    )


def _scores(made: Made, style: Sound) -> Scores:
    rate_hz = min(made.sound.rate_hz, style.rate_hz)
    result, reference = (_wave(sound.resampled(rate_hz)) for sound in (made.sound, style))
    copies = copy_score(result, reference, rate_hz)
    stft = Stft(2048, 512)
    return Scores(
        snr_db=average_db(statistics_snr_db(result, reference, rate_hz)),
        pieces_db=excess(result, reference, rate_hz).average_db,
        copy=copies.mean,
        copy_maximum=copies.maximum,
        cosine=gram_cosine(result, reference, rate_hz),
        unseen=unseen_style_distance(stft.magnitude(result)[None], stft.magnitude(reference)[None]),
        seconds=made.seconds,
    )


def _half(name: str, folder: Path) -> tuple[float, float]:
    """Given one half of a clip: the result's statistics above those of the other half, against either half."""
    clip = recording(name)
    samples, rate_hz = clip.samples[0], clip.rate_hz
    length = len(samples) // 2
    halves = [torch.from_numpy(part.copy()) for part in (samples[:length], samples[-length:])]
    given, other = [], []
    for place in (0, 1):
        result = _wave(done(default_half(name, place), folder).sound)
        own, rest = halves[place], halves[1 - place]
        given.append(_above(result, rest, own, rate_hz))
        other.append(_above(result, own, rest, rate_hz))
    return mean(given), mean(other)


def _above(
    result: Float[Tensor, " sample"], natural: Float[Tensor, " _"], reference: Float[Tensor, " _"], rate_hz: int
) -> float:
    ours, theirs = (average_db(statistics_snr_db(sound, reference, rate_hz)) for sound in (result, natural))
    return ours - theirs


def _similarity(name: str, folder: Path) -> float:
    seeds = [_wave(done(default_texture(name, seed), folder).sound) for seed in (0, 1)]
    return seed_similarity(seeds, recording(name).rate_hz).mean


def _wave(sound: Sound) -> Float[Tensor, " sample"]:
    return torch.from_numpy(sound.samples[0])
