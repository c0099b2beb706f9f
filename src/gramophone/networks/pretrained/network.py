"""A classifier, its parameters fixed, as what looks at the spectrogram of a synthesis."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.networks.features import FeatureTerm
from gramophone.networks.gram import GramNetwork
from gramophone.networks.pretrained.classifier import Classifier


class TrainedNetwork(GramNetwork):
    """Style from the Gram matrices of some blocks, content from the activations of one.

    A network with time frames as channels takes results of just so many frames; styles are made as long, as moments
    correspond: a longer one is cut, a shorter one repeated.

    Args:
        classifier: sees spectrograms as it did in training; its parameters must be fixed.
        style_blocks: place and weight of the blocks whose ReLU outputs make the style.
        content_block: place of the one that makes the content.
    """

    def __init__(self, classifier: Classifier, style_blocks: Sequence[tuple[int, float]], content_block: int) -> None:
        super().__init__(style_blocks, content_block)
        self.classifier = classifier

    @property
    def _frames(self) -> int | None:
        table = self.classifier.architecture
        return table.frames if table.orientation == "time" else None

    def features(
        self, spectrogram: Float[Tensor, "channel frequency _"], count: int
    ) -> list[Float[Tensor, "feature _"]]:
        """ReLU outputs of the first `count` blocks.

        Raises:
            InputError: a network with time as channels sees another number of frames.
        """
        frames = spectrogram.shape[-1]
        if self._frames not in {None, frames}:
            raise InputError(
                f"the network {self.classifier.architecture.name} has time frames as channels and sees "
                f"{self._frames} of them, not {frames}; give a sound of just that length, or draw its weights"
            )
        network = self.classifier.to(spectrogram.device)
        return [found[0].flatten(1) for found in network.activations(spectrogram[None], count)]

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> FeatureTerm:
        """See `GramNetwork.style_term`; styles are made as long as a network with time as channels needs them."""
        return super().style_term([fitted(style, self._frames) for style in styles], weights)


def fitted(style: Float[Tensor, "channel frequency _"], frames: int | None) -> Float[Tensor, "channel frequency _"]:
    """The style with so many frames, cut or repeated; as it is where there is no number."""
    if frames is None:
        return style
    times = -(-frames // style.shape[-1])
    return style.repeat(1, 1, times)[..., :frames]
