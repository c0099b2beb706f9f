"""Style distance and Gram cosines under random networks that took no part in the synthesis."""

from collections.abc import Sequence
from statistics import mean

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.metrics.long_filters import filtered
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
    return unseen_style_distances([result], style, filters)[0]


def unseen_style_distances(
    results: Sequence[Float[Tensor, "channel frequency _"]],
    style: Float[Tensor, "channel frequency frame"],
    filters: int = FILTERS,
) -> list[float]:
    """Computes `unseen_style_distance` of several sounds to one style, whose Gram matrix is computed once."""
    shortest = min(sound.shape[-1] for sound in (*results, style))
    if shortest < WIDTH_FRAMES:
        raise InputError(
            f"a sound of {shortest} frames is too short for filters of {WIDTH_FRAMES} frames; give a longer one"
        )
    scale = LogScale.of(style)
    network = RandomConv1d(style.shape[0] * style.shape[1], filters, WIDTH_FRAMES, seed=SEED)
    (target,) = network.grams(scale.forward(style))
    found = [network.grams(scale.forward(result))[0] for result in results]
    return [float((gram - target).square().sum() / target.square().sum()) for gram in found]


def levelled_style_distances(
    results: Sequence[Float[Tensor, " _"]], style: Float[Tensor, " sample"], stft: Stft, filters: int
) -> list[float]:
    """Computes `unseen_style_distance` of several waveforms, each brought to the style's level."""
    levelled = [x * (style.square().mean() / x.square().mean().clamp_min(1e-24)).sqrt() for x in results]
    return unseen_style_distances([stft.magnitude(x)[None] for x in levelled], stft.magnitude(style)[None], filters)


WIDTHS_FRAMES = (2, 4, 8, 16, 64, 128)
GRAM_FILTERS = 512
GRAM_SEED = 20220810
WINDOW_S = 0.032  # 512 samples at the published 16 kHz


def gram_cosine(
    result: Float[Tensor, " sample"],
    reference: Float[Tensor, " _"],
    rate_hz: int,
    widths_frames: Sequence[int] = WIDTHS_FRAMES,
) -> float:
    """Mean over six networks of the cosine between the Gram matrices; 0 to 1, higher is better.

    One layer each of 512 fixed random filters, 2 to 128 frames wide, on a log spectrogram with 32 ms windows and an
    8 ms hop. Published for `log1p` of raw magnitudes; here magnitudes are relative to the reference's level.

    Args:
        result: sound to evaluate.
        reference: target sound.
        rate_hz: sampling rate of both, in Hz.
        widths_frames: of the networks' filters, ascending.

    Raises:
        InputError: a sound is shorter than the widest filters.

    Example:
        >>> import torch
        >>> noise = torch.randn(16000, generator=torch.Generator().manual_seed(0))
        >>> round(gram_cosine(noise, noise, 8000), 6)
        1.0
    """
    return gram_cosines([result], reference, rate_hz, widths_frames)[0]


def gram_cosines(
    results: Sequence[Float[Tensor, " _"]],
    reference: Float[Tensor, " sample"],
    rate_hz: int,
    widths_frames: Sequence[int] = WIDTHS_FRAMES,
) -> list[float]:
    """Computes `gram_cosine` of several sounds with one reference, whose Gram matrices are computed once."""
    stft = Stft(2 * round(WINDOW_S * rate_hz / 2), round(WINDOW_S * rate_hz / 2) // 2)
    needed = widths_frames[-1] * stft.hop_samples
    shortest = min(map(len, (*results, reference)))
    if shortest < needed:
        raise InputError(
            f"a sound of {shortest / rate_hz:.2f} s is too short for filters of {widths_frames[-1]} frames; "
            f"give {needed / rate_hz:.2f} s or more"
        )
    magnitudes = [stft.magnitude(sound.float()) for sound in (reference, *results)]
    scale = LogScale.of(magnitudes[0][None])
    seen = [scale.forward(magnitude[None])[0] for magnitude in magnitudes]
    network = RandomConvEnsemble(stft.bins, GRAM_FILTERS, widths_frames, seed=GRAM_SEED)
    layers = [_grams(filtered(seen, weight)) for weight in network.weights]
    target, *found = zip(*layers, strict=True)
    return [mean(_cosine(x, y) for x, y in zip(grams, target, strict=True)) for grams in found]


def _grams(activations: Sequence[Float[Tensor, "filter _"]]) -> list[Float[Tensor, " value"]]:
    features = [activation.relu() for activation in activations]
    return [(feature @ feature.mT / feature.shape[1]).flatten().double() for feature in features]


def _cosine(one: Float[Tensor, " value"], other: Float[Tensor, " value"]) -> float:
    return float(one @ other / (one.norm() * other.norm()).clamp_min(torch.finfo(torch.float64).tiny))
