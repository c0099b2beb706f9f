"""Gram matrices of random networks that took no part in a synthesis (Gupta, Wyse et al. 2022, ISMIR)."""

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
    stft = Stft(2 * round(WINDOW_S * rate_hz / 2), round(WINDOW_S * rate_hz / 2) // 2)
    needed = WIDTHS_FRAMES[-1] * stft.hop_samples
    if min(len(result), len(reference)) < needed:
        raise InputError(
            f"{min(len(result), len(reference)) / rate_hz:.2f} s are too short for filters of "
            f"{WIDTHS_FRAMES[-1]} frames; give {needed / rate_hz:.2f} s or more"
        )
    magnitudes = [stft.magnitude(sound.float()) for sound in (result, reference)]
    scale = LogScale.of(magnitudes[1][None])
    x, y = (scale.forward(magnitude) for magnitude in magnitudes)
    return mean(_cosine(x, y, width, SEED + place) for place, width in enumerate(WIDTHS_FRAMES))


def _cosine(x: Float[Tensor, "frequency _"], y: Float[Tensor, "frequency _"], width: int, seed: int) -> float:
    network = RandomNetwork(x.shape[0], FILTERS, width, seed=seed)
    one, other = (network.gram(spectrogram[None]).flatten().double() for spectrogram in (x, y))
    return float(one @ other / (one.norm() * other.norm()).clamp_min(torch.finfo(torch.float64).tiny))
