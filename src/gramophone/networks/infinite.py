"""The random network with infinitely many filters, in closed form: one layer of ReLU filters for each time span."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.networks.features import Batched
from gramophone.spectral.stft import wrapped
from gramophone.statistics.addition_chain import patch_energies
from gramophone.statistics.arc_cosine import kernel
from gramophone.statistics.batched_style_distance import StyleTargets, style_distances
from gramophone.statistics.deep_kernel import deep_energy, layer_widths
from gramophone.statistics.mixture import energy_distance, normalised
from gramophone.statistics.style_distance import StyleTarget, style_distance, style_target
from gramophone.statistics.workspace import Workspace

BLOCK_FRAMES = 1024


@dataclass(frozen=True)
class InfiniteNetwork:
    """Style and content terms of a layer of infinitely many random filters.

    Attributes:
        spans: patch lengths in frames; every span is a layer of its own, and all layers have the same weight.
        circular: whether the result is a loop, whose patches lead over its end.
        block_frames: longest result that is compared as a whole; see `blocks`.
        compiled: whether a compiled pass is used; for a few steps it does not pay to load it.
    """

    spans: tuple[int, ...]
    circular: bool = False
    block_frames: int = BLOCK_FRAMES
    compiled: bool = True

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> TermFunction:
        """Mean over the spans of the relative squared Gram distance; see `statistics.style_distance`."""
        seen = [_features(style) for style in styles]
        target = style_target(seen, weights, self.spans, workspace=Workspace(compiled=self.compiled))
        return StyleTerm(target, self.circular, self.block_frames)

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> TermFunction:
        """Mean over the spans of `mean_t |f(x_t) - f(c_t)|^2 / mean_t |f(c_t)|^2`; `x` as long as the content."""
        features = _features(content)
        return lambda x: _content_distance(_features(x), features, self.spans)


@dataclass(frozen=True)
class StyleTerm:
    """Distance of a spectrogram's statistics from those of a mixture of styles.

    Attributes:
        target: statistics of the styles.
        circular: whether the result is a loop.
        block_frames: longest result that is compared as a whole; see `blocks`.
    """

    target: StyleTarget
    circular: bool = False
    block_frames: int = BLOCK_FRAMES

    def __call__(self, x: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, ""]:
        """The distance of `x`."""
        patches = x.shape[-1] if self.circular else None
        parts = _blocks_of(x, self.target.spans[-1], self.block_frames, circular=self.circular)
        return torch.stack([style_distance(part, self.target, patches) for part in parts]).mean()

    def stack(self, alike: Sequence["StyleTerm"]) -> Batched:
        """Distances of `[item, channel, frequency, frame]` of one block each, not of loops."""
        targets = StyleTargets.of([term.target for term in alike])
        return lambda x: style_distances(x.flatten(1, 2), targets)


def blocks(
    x: Float[Tensor, "feature frame"], overlap: int, longest: int = BLOCK_FRAMES
) -> list[Float[Tensor, "feature _"]]:
    """Splits features into parts of equal length so that every patch lies in one of them.

    All pairs of frames of a long sound would cost the square of its length. Blocks that have the style's statistics
    each cost its length, and are the stronger demand.

    Args:
        x: features.
        overlap: frames that a part has in common with the next, one less than the longest patch.
        longest: frames of a part at most, unless the overlap is as long.
    """
    frames = x.shape[1]
    if frames <= longest or overlap >= longest:
        return [x]
    count = -(-(frames - overlap) // (longest - overlap))
    length = -(-(frames + (count - 1) * overlap) // count)
    starts = (round(index * (frames - length) / (count - 1)) for index in range(count))
    return [x[:, start : start + length] for start in starts]


def _features(spectrogram: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, "feature frame"]:
    """Channels become further frequencies, so that the relation between them is part of the style."""
    return spectrogram.flatten(0, 1)


def _blocks_of(
    x: Float[Tensor, "channel frequency frame"], longest_span: int, block_frames: int, *, circular: bool
) -> list[Float[Tensor, "feature _"]]:
    features = wrapped(_features(x), 0, longest_span - 1) if circular else _features(x)
    return blocks(features, longest_span - 1, block_frames)


def _content_distance(
    x: Float[Tensor, "feature frame"], content: Float[Tensor, "feature frame"], spans: tuple[int, ...]
) -> Float[Tensor, ""]:
    total = x.new_zeros(())
    for span in spans:
        energy, target, cross = (
            patch_energies((a * b).sum(0), span) for a, b in [(x, x), (content, content), (x, content)]
        )
        # k(p, p) = |p|^2 / 2; the square root's gradient is infinite at an all-zero patch.
        norms = energy.clamp_min(torch.finfo(x.dtype).tiny).sqrt(), target.sqrt()
        distance = (energy + target) / 2 - 2 * kernel(cross, *norms)
        total = total + distance.mean() / (target / 2).mean().clamp_min(torch.finfo(x.dtype).tiny)
    return total / len(spans)


@dataclass(frozen=True)
class DeepNetwork(InfiniteNetwork):
    """`InfiniteNetwork` with `depth` layers: each span is a network of its own, whose layers divide its frames.

    Content terms are those of the shallow network.

    Attributes:
        depth: number of layers, 1 for the shallow network.
    """

    depth: int = 2

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> TermFunction:
        """Mean over the spans of the relative squared Gram distance; see `statistics.deep_kernel`."""
        features, weights = [_features(style) for style in styles], normalised(weights)
        distances = [
            energy_distance(partial(deep_energy, widths=layer_widths(span, self.depth)), features, weights)
            for span in self.spans
        ]

        def term(x: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, ""]:
            parts = _blocks_of(x, self.spans[-1], self.block_frames, circular=self.circular)
            return torch.stack([distance(part) for part in parts for distance in distances]).mean()

        return term
