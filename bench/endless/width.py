"""Level differences and coherence of stereo results by band, against those of the style."""

from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float

from gramophone import presets
from gramophone.audio import Sound
from gramophone.spectral import Stft
from gramophone.statistics.interchannel_coherence import coherence, covariances, level_differences_db
from gramophone.synthesis import Stream

LENGTH_S = 40.0
QUIET_DB = 50.0
EDGES_HZ = np.geomspace(100, 16_000, 25)


def row(name: str, style: Sound) -> str:
    """The largest and mean differences over the bands; beside them those of the style's two halves."""
    stream = Stream([style], presets.preset("infinite", "stream"), seed=0, device="cpu")
    blocks: list[Sound] = []
    while sum(block.duration_s for block in blocks) < LENGTH_S:
        blocks.append(next(stream))
    result = Sound(np.concatenate([block.samples for block in blocks], 1), style.rate_hz)
    half = style.samples.shape[1] // 2
    halves = [Sound(style.samples[:, part].copy(), style.rate_hz) for part in (slice(half), slice(half, 2 * half))]
    ours, natural = _differences(result, style), _differences(halves[0], halves[1])
    return (
        f"| {name} | {ours[0].max():.2f} ({ours[0].mean():.2f}) dB | {ours[1].max():.3f} ({ours[1].mean():.3f}) "
        f"| {natural[0].max():.2f} ({natural[0].mean():.2f}) dB | {natural[1].max():.3f} ({natural[1].mean():.3f}) |"
    )


def spread(mono: Sound, seed: int = 0) -> Sound:
    """A stereo recording with a known width: an early and a late part of the same texture, shared differently."""
    half = mono.samples.shape[1] // 2
    one, other = mono.samples[0, :half], mono.samples[0, half : 2 * half]
    return Sound(np.stack([one + 0.4 * other, 0.5 * one + other]), mono.rate_hz)


def _differences(one: Sound, other: Sound) -> Float[np.ndarray, "2 band"]:
    a, b = _relations(one), _relations(other)
    loud = b[2] > b[2].max() - QUIET_DB
    return np.abs(a[:2] - b[:2])[:, loud]


def _relations(sound: Sound) -> Float[np.ndarray, "3 band"]:
    """Level difference in dB, magnitude of the coherence, and level in dB, by band."""
    stft = Stft(2048, 512)
    spectra = stft.forward(torch.from_numpy(sound.samples))
    places = np.round(EDGES_HZ * stft.n_fft / sound.rate_hz).astype(int)
    bands = torch.zeros(len(places) - 1, stft.bins)
    for band, (low, high) in enumerate(pairwise(places)):
        bands[band, low : max(high, low + 1)] = 1
    found = covariances(spectra, bands)
    levels = level_differences_db(found)
    energy = found.diagonal(dim1=1, dim2=2).real.sum(1)
    rows = [levels[:, 0] - levels[:, 1], coherence(found)[:, 0, 1].abs(), 10 * energy.log10()]
    return torch.stack(rows).numpy()
