"""The convolutions of a speech recogniser, and Gram matrices over time alone (Chorowski et al. 2017).

Sound is stationary in time and not in frequency, so the frequency of a feature is part of its name: the matrix
`G_ijkl = 1/T sum_t C_tik C_tjl` has a row for each pair of frequency and filter. It would have 10^8 entries; its
distances need only the inner products of frames:
`||G - G*||^2 = sum K_xx^2 / T^2 - 2 sum K_xy^2 / TS + sum K_yy^2 / S^2`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.features import FeatureTerm
from gramophone.networks.gram import size_of
from gramophone.networks.pretrained.log_spectrogram import deltas


@dataclass(frozen=True)
class Layer:
    """A convolution of so many filters, high and wide, and the poolings (frequency, time) after it."""

    width: int
    height_bands: int
    width_frames: int
    pool: tuple[int, int] = (1, 1)


STYLE_LAYERS = 6  # C0 to C5
LAYERS = (
    Layer(1, 5, 5, (2, 2)),
    Layer(1, 5, 5, (2, 1)),
    Layer(1, 5, 3),
    Layer(2, 5, 3, (2, 1)),
    *(Layer(2, 5, 3),) * 6,
)
"""`width` in units of the first layers' filters, 128 as published; C0 to C9."""


class SpeechNetwork:
    """C0 to C9 with drawn weights: the trained ones were never published.

    Args:
        filters: of the first layers, 128 as published; the later ones have twice as many.
        seed: of the weights (He et al. 2015).
    """

    def __init__(self, filters: int = 128, *, seed: int = 0) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.weights, inputs = [], 2
        for layer in LAYERS:
            shape = (layer.width * filters, inputs, layer.height_bands, layer.width_frames)
            deviation = (2 / (inputs * layer.height_bands * layer.width_frames)) ** 0.5
            self.weights.append(deviation * torch.randn(shape, generator=generator))
            inputs = shape[0]

    def features(self, spectrogram: Float[Tensor, "1 band frame"], count: int) -> list[Float[Tensor, "_ _ _"]]:
        """ReLU outputs of the first `count` layers, of the bands and their slopes over time."""
        x, found = torch.stack([spectrogram[0], deltas(spectrogram[0])])[None], []
        for layer, weight in list(zip(LAYERS, self.weights, strict=True))[:count]:
            x = torch.relu(torch.nn.functional.conv2d(x, weight.to(x), padding="same"))
            found.append(x[0])
            if layer.pool != (1, 1):
                x = torch.nn.functional.max_pool2d(x, layer.pool)
        return found

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> FeatureTerm:
        """Mean over C0 to C5 of `||G - G*||^2 / ||G*||^2`; `G*` is the weighted mean of the styles'."""
        with torch.no_grad():
            targets = [_columns(self.features(style, STYLE_LAYERS)) for style in styles]
            shares = [weight / sum(weights) for weight in weights]
            own = [
                sum(
                    a * b * float(_energy(p, q))
                    for p, a in zip(layer, shares, strict=True)
                    for q, b in zip(layer, shares, strict=True)
                )
                for layer in zip(*targets, strict=True)
            ]

        def judge(found: list[Tensor]) -> Tensor:
            distances = []
            for columns, layer, size in zip(_columns(found), zip(*targets, strict=True), own, strict=True):
                crossed = torch.stack([a * _energy(columns, y) for y, a in zip(layer, shares, strict=True)]).sum()
                distances.append((_energy(columns, columns) - 2 * crossed + size) / max(size, 1e-30))
            return torch.stack(distances).mean()

        return FeatureTerm(self.features, STYLE_LAYERS, judge)

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> FeatureTerm:
        """Mean over C6 to C9 of `||F - F*||^2 / ||F*||^2`."""
        with torch.no_grad():
            targets = self.features(content, len(LAYERS))[STYLE_LAYERS:]
        sizes = [size_of(target) for target in targets]

        def judge(found: list[Tensor]) -> Tensor:
            layers = zip(found[STYLE_LAYERS:], targets, sizes, strict=True)
            return torch.stack([(own - target).square().sum() / size for own, target, size in layers]).mean()

        return FeatureTerm(self.features, len(LAYERS), judge)


def _columns(found: Sequence[Float[Tensor, "_ _ _"]]) -> list[Float[Tensor, "feature _"]]:
    """Of the style's layers, features of every frame."""
    return [layer.flatten(0, 1) for layer in found[:STYLE_LAYERS]]


def _energy(one: Float[Tensor, "feature _"], other: Float[Tensor, "feature _"]) -> Float[Tensor, ""]:
    """`<G, G'>` of two Gram matrices over time."""
    return (one.T @ other).square().mean()
