"""A classifier, its parameters fixed, as what looks at the spectrogram of a synthesis."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.errors import UsageError
from gramophone.networks.classifier import Classifier


class TrainedNetwork:
    """Style from the Gram matrices of some blocks, content from the activations of one.

    Every layer's distance is relative to its target, so layers and networks of any size have terms of like size.

    Args:
        classifier: sees spectrograms as it did in training; its parameters must be fixed.
        style_blocks: place and weight of the blocks whose ReLU outputs make the style.
        content_block: place of the one that makes the content.

    Raises:
        UsageError: the network slides along frequency, with time as channels: it takes one length alone.
    """

    def __init__(self, classifier: Classifier, style_blocks: Sequence[tuple[int, float]], content_block: int) -> None:
        if classifier.architecture.orientation == "time":
            raise UsageError(
                f"the network {classifier.architecture.name} has time frames as channels and sees "
                f"{classifier.architecture.frames} of them, no more and no fewer; choose one with another orientation"
            )
        self.classifier = classifier
        self.style_blocks = tuple(style_blocks)
        self.content_block = content_block

    def features(
        self, spectrogram: Float[Tensor, "channel frequency frame"], count: int
    ) -> list[Float[Tensor, "feature _"]]:
        """ReLU outputs of the first `count` blocks; positions of two axes stand beside each other."""
        network = self.classifier.to(spectrogram.device)
        return [found[0].flatten(1) for found in network.activations(spectrogram[None], count)]

    def grams(self, spectrogram: Float[Tensor, "channel frequency frame"]) -> list[Float[Tensor, "feature feature"]]:
        """`F F^T / positions` of every style block."""
        found = self.features(spectrogram, 1 + max(place for place, _ in self.style_blocks))
        return [found[place] @ found[place].T / found[place].shape[1] for place, _ in self.style_blocks]

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> TermFunction:
        """Weighted mean over the blocks of `||G - G*||^2 / ||G*||^2`; `G*` is the weighted mean of the styles'."""
        with torch.no_grad():
            found = [self.grams(style) for style in styles]
        total = sum(weights)
        targets = [
            torch.stack([gram * weight / total for gram, weight in zip(layer, weights, strict=True)]).sum(0)
            for layer in zip(*found, strict=True)
        ]
        shares = [weight for _, weight in self.style_blocks]
        sizes = [_size(target) for target in targets]

        def term(x: Tensor) -> Tensor:
            layers = zip(self.grams(x), targets, sizes, shares, strict=True)
            distances = [share * (gram - target).square().sum() / size for gram, target, size, share in layers]
            return torch.stack(distances).sum() / sum(shares)

        return term

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> TermFunction:
        """`||F - F*||^2 / ||F*||^2` of the content block."""
        count = self.content_block + 1
        with torch.no_grad():
            target = self.features(content, count)[-1]
        size = _size(target)
        return lambda x: (self.features(x, count)[-1] - target).square().sum() / size


def _size(target: Tensor) -> float:
    return max(float(target.square().sum()), torch.finfo(target.dtype).tiny)
