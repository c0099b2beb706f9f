"""A classifier with fixed parameters as the network of a synthesis."""

from collections.abc import Callable, Sequence
from functools import cached_property

from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.networks.features import FeatureTerm
from gramophone.networks.frontends import with_frames
from gramophone.networks.gram import GramNetwork
from gramophone.networks.pretrained.classifier import Classifier
from gramophone.networks.pretrained.frozen_convolution import frozen


class TrainedNetwork(GramNetwork):
    """Style from the Gram matrices of some blocks, content from the activations of one.

    A network with time frames as channels takes results of exactly that many frames; styles are cut or repeated to
    that length, as moments correspond.

    Args:
        classifier: network whose input is that of its training; its parameters must be fixed.
        style_blocks: index and weight of the blocks whose ReLU outputs are style layers.
        content_block: index of the block whose ReLU output is the content layer.
    """

    def __init__(self, classifier: Classifier, style_blocks: Sequence[tuple[int, float]], content_block: int) -> None:
        super().__init__(style_blocks, [content_block])
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
            InputError: a network with time frames as channels is given another number of frames.
        """
        frames = spectrogram.shape[-1]
        if self._frames not in {None, frames}:
            raise InputError(
                f"the network {self.classifier.architecture.name} has time frames as channels and takes exactly "
                f"{self._frames} of them, not {frames}; give a sound of that length, or use random weights"
            )
        network = self.classifier.to(spectrogram.device)
        convolutions = self._frozen if spectrogram.device.type == "cpu" else None
        found = network.activations(spectrogram[None], count, convolutions)
        return [activations.squeeze(0).flatten(1) for activations in found]

    @cached_property
    def _frozen(self) -> list[Callable[[Tensor], Tensor]]:
        """The convolutions on a processor."""
        return [frozen(convolution) for convolution in self.classifier.convolutions]

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> FeatureTerm:
        """See `GramNetwork.style_term`; styles are brought to the length that time frames as channels need."""
        if (frames := self._frames) is not None:
            styles = [with_frames(style, frames) for style in styles]
        return super().style_term(styles, weights)
