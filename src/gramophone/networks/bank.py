"""Several independent layers of drawn filters, each of its own width, side by side (Antognini et al. 2018)."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.random import RandomNetwork
from gramophone.networks.seen import SeenTerm


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
        return joined(self.seen(spectrogram, len(self.layers)))

    def seen(self, spectrogram: Float[Tensor, "channel frequency frame"], count: int) -> list[Tensor]:
        """Features of the first `count` layers."""
        return [layer.features(spectrogram) for layer in self.layers[:count]]

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> SeenTerm:
        """Mean over the layers of `|| G - G* ||^2 / || G* ||^2`."""
        return self._mean([layer.style_term(styles, weights) for layer in self.layers], styles[0])

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> SeenTerm:
        """Mean over the layers of `|| F - F* ||^2 / || F* ||^2`."""
        return self._mean([layer.content_term(content) for layer in self.layers], content)

    def _mean(self, terms: Sequence[SeenTerm], like: Float[Tensor, "channel frequency frame"]) -> SeenTerm:
        """Of the layers' terms, each over its value at silence, whose features are 0."""
        sizes = [max(float(term(torch.zeros_like(like))), torch.finfo(like.dtype).tiny) for term in terms]

        def judge(found: list[Tensor]) -> Tensor:
            layers = zip(terms, found, sizes, strict=True)
            return torch.stack([term.judge([features]) / size for term, features, size in layers]).mean()

        return SeenTerm(self.seen, len(terms), judge)


def joined(found: Sequence[Float[Tensor, "_ _"]]) -> Float[Tensor, "feature position"]:
    """Layers below each other, at the positions that the widest filters have."""
    positions = min(one.shape[1] for one in found)
    return torch.cat([one[:, :positions] for one in found])
