"""A network that slides along frequency, with time as its channels (Huzaifah & Wyse 2019)."""

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.networks.protocol import Network
from gramophone.networks.seen import behind


@dataclass(frozen=True)
class Transposed:
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
