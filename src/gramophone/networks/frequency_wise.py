"""Single layers of 2-D filters whose features are correlated over time, each frequency for itself."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.networks.gram import size_of
from gramophone.statistics.autocorrelation import row_correlations

KERNELS = ((101, 2), (53, 3), (11, 5), (3, 3), (7, 7), (11, 11), (19, 19), (27, 27))


class FrequencyWiseConv:
    """One layer of drawn filters for each size, no bias, ReLU, inner positions only (Caracalla & Roebel 2020).

    Args:
        channels: of what is seen: real and imaginary part.
        filters: of each layer, 128 as published.
        kernels: their sizes, frequencies before frames.
        seed: of the weights, which are uniform from -0.05 to 0.05.
    """

    def __init__(
        self, channels: int = 2, filters: int = 128, kernels: Sequence[tuple[int, int]] = KERNELS, *, seed: int = 0
    ) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.weights = [
            0.1 * torch.rand(filters, channels, height, width, generator=generator) - 0.05
            for height, width in kernels
        ]

    def features(self, spectrogram: Float[Tensor, "channel frequency frame"]) -> list[Float[Tensor, "_ _ _"]]:
        """ReLU outputs of every layer: a row for each frequency, in it a line for each filter."""
        return [torch.relu(_by_rows(spectrogram, weight.to(spectrogram))) for weight in self.weights]

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> TermFunction:
        """Mean over the layers of `||H - H*||^2 / ||H*||^2`; `H*` is the weighted mean of the styles'."""
        shares = [weight / sum(weights) for weight in weights]
        with torch.no_grad():
            found = [[row_correlations(layer) for layer in self.features(style)] for style in styles]
        targets = [
            torch.stack([share * rows for share, rows in zip(shares, layer, strict=True)]).sum(0)
            for layer in zip(*found, strict=True)
        ]
        sizes = [size_of(target) for target in targets]

        def term(x: Tensor) -> Tensor:
            layers = zip(self.features(x), targets, sizes, strict=True)
            return torch.stack([(row_correlations(f) - h).square().sum() / size for f, h, size in layers]).mean()

        return term

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> TermFunction:
        """Mean over the layers of `||F - F*||^2 / ||F*||^2`."""
        with torch.no_grad():
            targets = self.features(content)
        sizes = [size_of(target) for target in targets]

        def term(x: Tensor) -> Tensor:
            layers = zip(self.features(x), targets, sizes, strict=True)
            return torch.stack([(own - target).square().sum() / size for own, target, size in layers]).mean()

        return term


def _by_rows(
    x: Float[Tensor, "channel frequency frame"], weight: Float[Tensor, "filter channel height width"]
) -> Float[Tensor, "row filter position"]:
    """The 2-D convolution as one along time for each frequency, with what a filter spans there as its channels.

    Of two channels the gradient of a 2-D convolution is slow: all layers take a third less time this way.
    """
    spans = x.unfold(1, weight.shape[2], 1).permute(1, 0, 3, 2).flatten(1, 2)
    return torch.nn.functional.conv1d(spans, weight.flatten(1, 2))
