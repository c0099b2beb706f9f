"""What every network of several layers has in common: style from Gram matrices of some, content from one."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.features import FeatureTerm

Spectrogram = Float[Tensor, "channel frequency _"]


class GramNetwork(ABC):
    """Style and content terms of a network of layers.

    Every layer's distance is relative to its target, so layers and networks of any size have terms of like size.

    Args:
        style_layers: place and weight of the layers whose features make the style.
        content_layer: place of the one whose features make the content.
    """

    def __init__(self, style_layers: Sequence[tuple[int, float]], content_layer: int) -> None:
        self.style_layers = tuple(style_layers)
        self.content_layer = content_layer

    @abstractmethod
    def features(self, spectrogram: Spectrogram, count: int) -> list[Float[Tensor, "feature _"]]:
        """Features of the first `count` layers; positions of two axes stand beside each other."""

    def grams(self, spectrogram: Spectrogram) -> list[Float[Tensor, "_ _"]]:
        """`F F^T / positions` of every style layer."""
        return self._grams(self.features(spectrogram, self._style_count))

    @property
    def _style_count(self) -> int:
        return 1 + max(place for place, _ in self.style_layers)

    def _grams(self, found: Sequence[Float[Tensor, "_ _"]]) -> list[Float[Tensor, "_ _"]]:
        return [found[place] @ found[place].T / found[place].shape[1] for place, _ in self.style_layers]

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> FeatureTerm:
        """Weighted mean over the layers of `||G - G*||^2 / ||G*||^2`; `G*` is the weighted mean of the styles'."""
        with torch.no_grad():
            found = [self.grams(style) for style in styles]
        total = sum(weights)
        targets = [
            torch.stack([gram * weight / total for gram, weight in zip(layer, weights, strict=True)]).sum(0)
            for layer in zip(*found, strict=True)
        ]
        shares = [weight for _, weight in self.style_layers]
        sizes = [size_of(target) for target in targets]

        def judge(found: list[Tensor]) -> Tensor:
            layers = zip(self._grams(found), targets, sizes, shares, strict=True)
            distances = [share * (gram - target).square().sum() / size for gram, target, size, share in layers]
            return torch.stack(distances).sum() / sum(shares)

        return FeatureTerm(self.features, self._style_count, judge)

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> FeatureTerm:
        """`||F - F*||^2 / ||F*||^2` of the content layer."""
        place = self.content_layer
        with torch.no_grad():
            target = self.features(content, place + 1)[place]
        size = size_of(target)
        return FeatureTerm(self.features, place + 1, lambda found: (found[place] - target).square().sum() / size)


def size_of(target: Tensor) -> float:
    """Sum of squares, above 0."""
    return max(float(target.square().sum()), torch.finfo(target.dtype).tiny)
