"""Several independent layers of drawn filters, each of its own width, side by side (Antognini et al. 2018)."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.networks.random import RandomNetwork


class RandomBank:
    """One `RandomNetwork` for each width; every layer has the same say.

    Args:
        bins: frequencies (times channels) of the spectrograms.
        filters: number of filters of each layer, 512 as published.
        widths_frames: their widths; 2, 4, 8, 16, 32, 64 as published.
        seed: of the weights; layer `i` takes `seed + i`.
    """

    def __init__(self, bins: int, filters: int, widths_frames: Sequence[int], *, seed: int = 0) -> None:
        self.layers = tuple(
            RandomNetwork(bins, filters, width, seed=seed + place) for place, width in enumerate(widths_frames)
        )

    def features(self, spectrogram: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, "feature position"]:
        """Of all layers below each other, at the positions that the widest filters have."""
        found = [layer.features(spectrogram) for layer in self.layers]
        positions = min(one.shape[1] for one in found)
        return torch.cat([one[:, :positions] for one in found])

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> TermFunction:
        """Mean over the layers of `|| G - G* ||^2 / || G* ||^2`."""
        terms = [_relative(layer.style_term(styles, weights), styles[0]) for layer in self.layers]
        return lambda x: torch.stack([term(x) for term in terms]).mean()

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> TermFunction:
        """Mean over the layers of `|| F - F* ||^2 / || F* ||^2`."""
        terms = [_relative(layer.content_term(content), content) for layer in self.layers]
        return lambda x: torch.stack([term(x) for term in terms]).mean()


def _relative(term: TermFunction, like: Float[Tensor, "channel frequency frame"]) -> TermFunction:
    """The term over its value at silence, whose features are 0."""
    size = float(term(torch.zeros_like(like)))
    return lambda x: term(x) / max(size, torch.finfo(x.dtype).tiny)
