"""Base of all networks of finite layers: style from Gram matrices, content from features.

L. A. Gatys, A. S. Ecker, M. Bethge, "Image style transfer using convolutional neural networks", CVPR 2016.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.features import FeatureTerm
from gramophone.statistics.gram_distance import gram_distances
from gramophone.statistics.mixture import normalised, relative_distances


class GramNetwork(ABC):
    """Style and content terms of a network of layers.

    The distance of every layer is relative to its target, so that terms of layers of any size are comparable.

    Args:
        style_layers: index and weight of each layer whose Gram matrix is a style statistic.
        content_layers: indices of the layers whose features are compared with the content's.
        is_relative: False for plain squared distances.
    """

    def __init__(
        self, style_layers: Sequence[tuple[int, float]], content_layers: Sequence[int], *, is_relative: bool = True
    ) -> None:
        self.style_layers = tuple(style_layers)
        self.content_layers = tuple(content_layers)
        self._is_relative = is_relative

    @abstractmethod
    def features(self, spectrogram: Float[Tensor, "channel frequency _"], count: int) -> list[Float[Tensor, "..."]]:
        """Features `[..., feature, position]` of the first `count` layers, with positions of several axes in one.

        Leading axes have a Gram matrix for each entry.
        """

    @property
    def style_count(self) -> int:
        """Number of layers that the style statistics need."""
        return 1 + max(index for index, _ in self.style_layers)

    def grams(self, spectrogram: Float[Tensor, "channel frequency _"]) -> list[Float[Tensor, "..."]]:
        """`F F^T / positions` of every style layer."""
        layers = self._style(self.features(spectrogram, self.style_count))
        return [layer @ layer.mT / layer.shape[-1] for layer in layers]

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> FeatureTerm:
        """Weighted mean over the layers of `||G - G*||^2 / ||G*||^2`; `G*` is the weighted mean of the styles'."""
        with torch.no_grad():
            features = [self._style(self.features(style, self.style_count)) for style in styles]
        layers, layer_weights = list(zip(*features, strict=True)), [weight for _, weight in self.style_layers]
        distance = gram_distances(layers, normalised(weights), layer_weights, is_relative=self._is_relative)
        return FeatureTerm(self.features, self.style_count, lambda features: distance(self._style(features)))

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> FeatureTerm:
        """Mean over the layers of `||F - F*||^2 / ||F*||^2`."""
        count = 1 + max(self.content_layers)
        with torch.no_grad():
            target = self.features(content, count)
        distance = relative_distances(self._content(target), is_relative=self._is_relative)
        return FeatureTerm(self.features, count, lambda features: distance(self._content(features)))

    def _style(self, features: Sequence[Tensor]) -> list[Tensor]:
        return [features[index] for index, _ in self.style_layers]

    def _content(self, features: Sequence[Tensor]) -> list[Tensor]:
        return [features[index] for index in self.content_layers]
