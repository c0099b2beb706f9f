"""A network that looks at bands of another frequency scale, while the spectrogram stays that of the linear STFT."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.networks.features import Network, behind
from gramophone.spectral import LogScale

HIGHEST = 60.0
"""Values above are taken for this one: no sound has them, but a line search that goes too far would overflow."""


@dataclass(frozen=True)
class FilterbankNetwork:
    """`network`, seeing bands instead of bins: magnitudes are summed, and the logarithm is taken of their sum.

    Magnitudes and not energies, which the loudest bin of a band rules, nor logarithms, which its quietest one rules.
    Only what the network sees changes: every bin of the STFT is optimised as before, and nothing is inverted.

    Attributes:
        network: what looks at the bands.
        bands: what every bin gives to every band; see `spectral.bands.band_filters`.
        scale: of the spectrograms, and again of the bands.
    """

    network: Network
    bands: Float[Tensor, "band frequency"]
    scale: LogScale

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> TermFunction:
        """The network's style term, of the bands."""
        return behind(self.seen, self.network.style_term([self.seen(style) for style in styles], weights))

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> TermFunction:
        """The network's content term, of the bands."""
        return behind(self.seen, self.network.content_term(self.seen(content)))

    def seen(self, x: Float[Tensor, "*channel frequency frame"]) -> Float[Tensor, "*channel band frame"]:
        """Magnitudes of the bands, on the same scale; the gradient is finite everywhere, at silence too."""
        magnitude = _odd(self.scale.inverse, x.clamp(-HIGHEST, HIGHEST))
        return _odd(self.scale.forward, self.bands.to(x) @ magnitude)


def _odd(function: Callable[[Tensor], Tensor], x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    # No magnitude is negative, but the optimised variable may be for a while: cut off at 0 it would never come back.
    return torch.where(x < 0, -function((-x).clamp_min(0)), function(x.clamp_min(0)))


@dataclass(frozen=True)
class FrequencyConv:
    """`network` with frequency and time exchanged: its spans and widths count bins (or bands), its features frames.

    Spectral shapes are compared wherever in frequency they lie, together with what they do over the whole time: the
    course of the style is kept, not its timbre. Moments correspond, so styles are made as long as the result: a
    longer one is cut, a shorter one repeated.

    Attributes:
        network: sees `[channel, frame, frequency]`.
        frames: number of frames of the result.
    """

    network: Network
    frames: int

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> TermFunction:
        """The network's style term, of transposed spectrograms."""
        return behind(_turned, self.network.style_term([self._seen(style) for style in styles], weights))

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> TermFunction:
        """The network's content term, of transposed spectrograms."""
        return behind(_turned, self.network.content_term(content.mT))

    def _seen(self, style: Float[Tensor, "channel frequency _"]) -> Float[Tensor, "channel frame frequency"]:
        times = -(-self.frames // style.shape[-1])
        return style.repeat(1, 1, times)[..., : self.frames].mT


def _turned(x: Tensor) -> Tensor:
    return x.mT
