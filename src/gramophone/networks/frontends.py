"""Networks behind a front end: another frequency scale, or frequency and time exchanged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.networks.features import Batched, Network, with_frontend
from gramophone.spectral import LogScale

HIGHEST = 60.0
"""Largest value of a spectrogram: no sound reaches it, but a line search that goes too far would overflow."""


@dataclass(frozen=True)
class BandFrontend:
    """Magnitudes of bands from magnitudes of bins, on the same logarithmic scale.

    Magnitudes are summed, and not energies, which the loudest bin of a band rules, nor logarithms, which its quietest
    one rules.

    Attributes:
        bands: weight of every bin in every band; see `spectral.filterbanks.band_filters`.
        scale: scale of the spectrograms, and again of the bands.
    """

    bands: Float[Tensor, "band frequency"]
    scale: LogScale

    def __call__(self, x: Float[Tensor, "*channel frequency frame"]) -> Float[Tensor, "*channel band frame"]:
        """Scaled magnitudes of the bands; the gradient is finite everywhere, at silence too."""
        magnitude = _odd(self.scale.inverse, x.clamp(-HIGHEST, HIGHEST))
        return _odd(self.scale.forward, self.bands.to(x) @ magnitude)

    def stack(self, alike: Sequence["BandFrontend"]) -> Batched:
        """Bands of `[item, channel, frequency, frame]`, each item on its own scale."""
        return replace(self, scale=LogScale.stack([one.scale for one in alike], self.bands))


def _odd(function: Callable[[Tensor], Tensor], x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    # No magnitude is negative, but the optimised variable may be for a while: cut off at 0 it would never come back.
    return torch.where(x < 0, -function((-x).clamp_min(0)), function(x.clamp_min(0)))


@dataclass(frozen=True)
class FilterbankNetwork:
    """`network` on bands instead of bins.

    Only the network's input changes: every bin of the STFT is optimised as before, and nothing is inverted.

    Attributes:
        network: network whose input has as many frequencies as there are bands.
        frontend: what sums the bins of every band.
    """

    network: Network
    frontend: BandFrontend

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> TermFunction:
        """The network's style term, of the bands."""
        return with_frontend(self.frontend, self.network.style_term(list(map(self.frontend, styles)), weights))

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> TermFunction:
        """The network's content term, of the bands."""
        return with_frontend(self.frontend, self.network.content_term(self.frontend(content)))


@dataclass(frozen=True)
class FrequencyConv:
    """`network` with frequency and time exchanged: its spans and widths count bins (or bands), its features frames.

    Spectral shapes are compared wherever in frequency they lie, together with their course over the whole time: the
    style's course is kept, not its timbre. Moments correspond, so styles are brought to the length of the result.

    Attributes:
        network: network whose input is `[channel, frame, frequency]`.
        frames: number of frames of the result.
    """

    network: Network
    frames: int

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> TermFunction:
        """The network's style term, of transposed spectrograms."""
        fitted = [with_frames(style, self.frames) for style in styles]
        return with_frontend(_transposed, self.network.style_term([style.mT for style in fitted], weights))

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> TermFunction:
        """The network's content term, of transposed spectrograms."""
        return with_frontend(_transposed, self.network.content_term(content.mT))


def with_frames(x: Float[Tensor, "channel frequency _"], frames: int) -> Float[Tensor, "channel frequency frame"]:
    """A spectrogram cut or repeated to a number of frames."""
    return x.repeat(1, 1, -(-frames // x.shape[-1]))[..., :frames]


def _transposed(x: Tensor) -> Tensor:
    return x.mT
