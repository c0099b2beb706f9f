"""Gram matrices of random networks that took no part in a synthesis (Gupta, Wyse et al. 2022, ISMIR)."""

from collections.abc import Sequence
from statistics import mean

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.networks import RandomNetwork
from gramophone.spectral import LogScale, Stft

WIDTHS_FRAMES = (2, 4, 8, 16, 64, 128)
FILTERS = 512
SEED = 20220810
WINDOW_S = 0.032  # 512 samples at the published 16 kHz


def gram_cosine(result: Float[Tensor, " sample"], reference: Float[Tensor, " _"], rate_hz: int) -> float:
    """Mean over six networks of the cosine between the Gram matrices; 0 to 1, higher is better.

    One layer each of 512 fixed random filters, 2 to 128 frames wide, on a log spectrogram of 32 ms windows, 8 ms
    apart. Published on `log1p` of raw magnitudes; here both sounds stand on the reference's level first.

    Raises:
        InputError: a sound is shorter than the widest filters.
    """
    return gram_cosines([result], reference, rate_hz)[0]


def gram_cosines(
    results: Sequence[Float[Tensor, " _"]], reference: Float[Tensor, " sample"], rate_hz: int
) -> list[float]:
    """`gram_cosine` of several sounds with one reference, whose matrices are computed once."""
    stft = Stft(2 * round(WINDOW_S * rate_hz / 2), round(WINDOW_S * rate_hz / 2) // 2)
    needed = WIDTHS_FRAMES[-1] * stft.hop_samples
    shortest = min(map(len, (*results, reference)))
    if shortest < needed:
        raise InputError(
            f"{shortest / rate_hz:.2f} s are too short for filters of {WIDTHS_FRAMES[-1]} frames; "
            f"give {needed / rate_hz:.2f} s or more"
        )
    magnitudes = [stft.magnitude(sound.float()) for sound in (reference, *results)]
    scale = LogScale.of(magnitudes[0][None])
    layers = [
        RandomNetwork(stft.bins, FILTERS, width, seed=SEED + place) for place, width in enumerate(WIDTHS_FRAMES)
    ]
    target, *found = (
        [layer.gram(scale.forward(magnitude)[None]).flatten().double() for layer in layers]
        for magnitude in magnitudes
    )
    return [mean(_cosine(x, y) for x, y in zip(grams, target, strict=True)) for grams in found]


def _cosine(one: Float[Tensor, " value"], other: Float[Tensor, " value"]) -> float:
    return float(one @ other / (one.norm() * other.norm()).clamp_min(torch.finfo(torch.float64).tiny))
