"""Style distance and Gram cosines under random networks that took no part in the synthesis."""

from collections.abc import Sequence
from statistics import mean

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.networks import RandomConv1d, RandomConvEnsemble
from gramophone.spectral import LogScale, Stft

FILTERS = 4096
WIDTH_FRAMES = 11
SEED = 20161116


def unseen_style_distance(
    result: Float[Tensor, "channel frequency _"],
    style: Float[Tensor, "channel frequency _"],
    filters: int = FILTERS,
) -> float:
    """`|| G_x - G_y ||^2 / || G_y ||^2` of random filters over 11 frames, on a scale from the style's level.

    A random network that was optimised has a small distance of its own, but not under other random networks, such as
    this one. 0 for the style itself, lower is better; 1 for silence.

    Args:
        result: magnitudes of the result; their level matters.
        style: magnitudes of the style, with the same STFT.
        filters: number of random filters; fewer are faster and less accurate.

    Raises:
        InputError: a sound is shorter than 11 frames, or the style is silent.

    Example:
        >>> import torch
        >>> style = torch.rand(1, 65, 50, generator=torch.Generator().manual_seed(0))
        >>> unseen_style_distance(style, style, 64), unseen_style_distance(0 * style, style, 64)
        (0.0, 1.0)
    """
    if min(result.shape[-1], style.shape[-1]) < WIDTH_FRAMES:
        raise InputError(
            f"a sound of {min(result.shape[-1], style.shape[-1])} frames is too short for filters of "
            f"{WIDTH_FRAMES} frames; give a longer one"
        )
    scale = LogScale.of(style)
    x, y = scale.forward(result), scale.forward(style)
    network = RandomConv1d(x.shape[0] * x.shape[1], filters, WIDTH_FRAMES, seed=SEED)
    (ours,), (theirs,) = network.grams(x), network.grams(y)
    return float((ours - theirs).square().sum() / theirs.square().sum())


WIDTHS_FRAMES = (2, 4, 8, 16, 64, 128)
GRAM_FILTERS = 512
GRAM_SEED = 20220810
WINDOW_S = 0.032  # 512 samples at the published 16 kHz


def gram_cosine(result: Float[Tensor, " sample"], reference: Float[Tensor, " _"], rate_hz: int) -> float:
    """Mean over six networks of the cosine between the Gram matrices; 0 to 1, higher is better.

    One layer each of 512 fixed random filters, 2 to 128 frames wide, on a log spectrogram with 32 ms windows and an
    8 ms hop. Published for `log1p` of raw magnitudes; here magnitudes are relative to the reference's level.

    Raises:
        InputError: a sound is shorter than the widest filters.

    Example:
        >>> import torch
        >>> noise = torch.randn(16000, generator=torch.Generator().manual_seed(0))
        >>> round(gram_cosine(noise, noise, 8000), 6)
        1.0
    """
    return gram_cosines([result], reference, rate_hz)[0]


def gram_cosines(
    results: Sequence[Float[Tensor, " _"]], reference: Float[Tensor, " sample"], rate_hz: int
) -> list[float]:
    """Computes `gram_cosine` of several sounds with one reference, whose Gram matrices are computed once."""
    stft = Stft(2 * round(WINDOW_S * rate_hz / 2), round(WINDOW_S * rate_hz / 2) // 2)
    needed = WIDTHS_FRAMES[-1] * stft.hop_samples
    shortest = min(map(len, (*results, reference)))
    if shortest < needed:
        raise InputError(
            f"a sound of {shortest / rate_hz:.2f} s is too short for filters of {WIDTHS_FRAMES[-1]} frames; "
            f"give {needed / rate_hz:.2f} s or more"
        )
    magnitudes = [stft.magnitude(sound.float()) for sound in (reference, *results)]
    scale = LogScale.of(magnitudes[0][None])
    network = RandomConvEnsemble(stft.bins, GRAM_FILTERS, WIDTHS_FRAMES, seed=GRAM_SEED)
    target, *found = (
        [gram.flatten().double() for gram in network.grams(scale.forward(magnitude)[None])]
        for magnitude in magnitudes
    )
    return [mean(_cosine(x, y) for x, y in zip(grams, target, strict=True)) for grams in found]


def _cosine(one: Float[Tensor, " value"], other: Float[Tensor, " value"]) -> float:
    return float(one @ other / (one.norm() * other.norm()).clamp_min(torch.finfo(torch.float64).tiny))
