"""Style distance as a network hears it that took no part in the synthesis."""

from collections.abc import Sequence
from statistics import mean

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.networks import RandomConv1d
from gramophone.spectral import LogScale, Stft

FILTERS = 4096
WIDTH_FRAMES = 11
SEED = 20161116


def unseen_style_distance(
    result: Float[Tensor, "channel frequency _"],
    style: Float[Tensor, "channel frequency _"],
    filters: int = FILTERS,
) -> float:
    """`|| G_x - G_y ||^2 / || G_y ||^2` of drawn filters over 11 frames, both sounds on the style's level.

    Optimising a drawn network makes its own distance small and that of every other network not: this one tells.
    0 for the style itself, lower is better; 1 for silence.

    Args:
        result: magnitudes of the result; its level counts.
        style: magnitudes of the style, by the same STFT.
        filters: how many; fewer are faster and less certain.

    Raises:
        InputError: a sound is shorter than 11 frames, or the style is silent.
    """
    if min(result.shape[-1], style.shape[-1]) < WIDTH_FRAMES:
        raise InputError(
            f"a sound of {min(result.shape[-1], style.shape[-1])} frames is too short for filters of "
            f"{WIDTH_FRAMES}; give a longer one"
        )
    scale = LogScale.of(style)
    x, y = scale.forward(result), scale.forward(style)
    network = RandomConv1d(x.shape[0] * x.shape[1], filters, WIDTH_FRAMES, seed=SEED)
    ours, theirs = network.gram(x), network.gram(y)
    return float((ours - theirs).square().sum() / theirs.square().sum())


WIDTHS_FRAMES = (2, 4, 8, 16, 64, 128)
GRAM_FILTERS = 512
GRAM_SEED = 20220810
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
        RandomConv1d(stft.bins, GRAM_FILTERS, width, seed=GRAM_SEED + place)
        for place, width in enumerate(WIDTHS_FRAMES)
    ]
    target, *found = (
        [layer.gram(scale.forward(magnitude)[None]).flatten().double() for layer in layers]
        for magnitude in magnitudes
    )
    return [mean(_cosine(x, y) for x, y in zip(grams, target, strict=True)) for grams in found]


def _cosine(one: Float[Tensor, " value"], other: Float[Tensor, " value"]) -> float:
    return float(one @ other / (one.norm() * other.norm()).clamp_min(torch.finfo(torch.float64).tiny))
