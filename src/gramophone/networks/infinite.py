"""The random network with infinitely many filters, in closed form: one layer of ReLU filters for each time span."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.spectral.stft import wrapped
from gramophone.statistics.addition_chain import patch_energies
from gramophone.statistics.arc_cosine import kernel
from gramophone.statistics.deep_kernel import deep_energy, shared_out
from gramophone.statistics.style_distance import style_distance
from gramophone.statistics.style_target import StyleTarget, style_target

BLOCK_FRAMES = 2048


@dataclass(frozen=True)
class InfiniteNetwork:
    """Style and content as random filters see them when there are infinitely many.

    Attributes:
        spans: patch lengths in frames; every span is a layer of its own with the same weight.
        circular: what is judged is a loop: its patches lead over its end.
    """

    spans: tuple[int, ...]
    circular: bool = False

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> TermFunction:
        """Mean over the spans of the relative squared Gram distance; see `statistics.style_distance`."""
        return StyleTerm(style_target([_features(style) for style in styles], weights, self.spans), self.circular)

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> TermFunction:
        """Mean over the spans of `mean_t |f(x_t) - f(c_t)|^2 / mean_t |f(c_t)|^2`; `x` as long as the content."""
        features = _features(content)
        return lambda x: _content_distance(_features(x), features, self.spans)


@dataclass(frozen=True)
class StyleTerm:
    """The distance from a style.

    Attributes:
        target: everything about the styles that it needs.
        circular: what is judged is a loop.
    """

    target: StyleTarget
    circular: bool = False

    def __call__(self, x: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, ""]:
        """The distance of `x`."""
        features, patches = _features(x), None
        if self.circular:
            features, patches = wrapped(features, 0, self.target.spans[-1] - 1), features.shape[1]
        parts = blocks(features, self.target.spans[-1] - 1)
        return torch.stack([style_distance(part, self.target, patches) for part in parts]).mean()


def blocks(x: Float[Tensor, "feature frame"], overlap: int) -> list[Float[Tensor, "feature _"]]:
    """Parts of equal length, at most `BLOCK_FRAMES`, that overlap so that every patch lies in one of them.

    All pairs of a long sound with itself would cost the square of its length; each block having the style's
    statistics on its own costs its length, and asks for more.

    Args:
        x: features.
        overlap: frames that a part has in common with the next, one less than the longest patch.
    """
    frames = x.shape[1]
    if frames <= BLOCK_FRAMES or overlap >= BLOCK_FRAMES:
        return [x]
    count = -(-(frames - overlap) // (BLOCK_FRAMES - overlap))
    length = -(-(frames + (count - 1) * overlap) // count)
    starts = (round(place * (frames - length) / (count - 1)) for place in range(count))
    return [x[:, start : start + length] for start in starts]


def _features(spectrogram: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, "feature frame"]:
    """Channels stand beside each other as further frequencies, so their relation is part of the style."""
    return spectrogram.flatten(0, 1)


def _content_distance(
    x: Float[Tensor, "feature frame"], content: Float[Tensor, "feature frame"], spans: tuple[int, ...]
) -> Float[Tensor, ""]:
    total = x.new_zeros(())
    for span in spans:
        own, target, cross = (
            patch_energies((a * b).sum(0), span) for a, b in [(x, x), (content, content), (x, content)]
        )
        # k(p, p) = |p|^2 / 2; the square root's gradient is infinite at an all-zero patch.
        norms = own.clamp_min(torch.finfo(x.dtype).tiny).sqrt(), target.sqrt()
        distance = (own + target) / 2 - 2 * kernel(cross, *norms)
        total = total + distance.mean() / (target / 2).mean().clamp_min(torch.finfo(x.dtype).tiny)
    return total / len(spans)


@dataclass(frozen=True)
class DeepNetwork(InfiniteNetwork):
    """`InfiniteNetwork` with `depth` layers: each span is a network of its own, its frames shared out among them.

    Content terms are those of the shallow network.

    Attributes:
        depth: number of layers, 1 for the shallow network.
    """

    depth: int = 2

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> TermFunction:
        """Mean over the spans of the relative squared Gram distance; see `statistics.deep_kernel`."""
        flat = [style.flatten(0, 1) for style in styles]
        shares = [weight / sum(weights) for weight in weights]
        networks = [shared_out(span, self.depth) for span in self.spans]
        with torch.no_grad():
            sizes = [
                sum(
                    a * b * float(deep_energy(p, q, widths))
                    for p, a in zip(flat, shares, strict=True)
                    for q, b in zip(flat, shares, strict=True)
                )
                for widths in networks
            ]

        def distance(x: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, ""]:
            features = x.flatten(0, 1)
            if self.circular:
                features = wrapped(features, 0, self.spans[-1] - 1)
            found = [
                _distance(block, widths, size)
                for block in blocks(features, self.spans[-1] - 1)
                for widths, size in zip(networks, sizes, strict=True)
            ]
            return torch.stack(found).mean()

        def _distance(x: Tensor, widths: tuple[int, ...], size: float) -> Tensor:
            crossed = [share * deep_energy(x, style, widths) for style, share in zip(flat, shares, strict=True)]
            return (deep_energy(x, x, widths) - 2 * torch.stack(crossed).sum() + size) / size

        return distance
