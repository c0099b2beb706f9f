"""The random network with several layers of infinitely many filters."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.networks.infinite import InfiniteNetwork, blocks
from gramophone.spectral.circle import wrapped
from gramophone.statistics.deep_kernel import deep_energy, shared_out


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
