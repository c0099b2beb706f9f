"""The kinds of networks: how each is built from settings, and what it needs. A new kind is one entry."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gramophone.networks.features import Network
from gramophone.networks.frontends import FrequencyConv
from gramophone.networks.infinite import DeepNetwork, InfiniteNetwork
from gramophone.networks.pretrained import speech
from gramophone.networks.pretrained.architecture import Block
from gramophone.networks.pretrained.configs import sized
from gramophone.networks.pretrained.packaged import network_of
from gramophone.networks.pretrained.vgg import VggNetwork, random_weights, read_vgg
from gramophone.networks.random import KERNELS, RandomConv1d, RandomConv2d, RandomConvEnsemble
from gramophone.networks.soundnet import soundnet_model
from gramophone.networks.waveform_models import AuditoryModel, barry2017, barry_layers, caracalla2020, mital2017
from gramophone.settings import DRAWN, ONE_WIDTH, TRAINED_KINDS, NetworkKind, NetworkSettings, Resolution
from gramophone.spectral.filterbanks import default_bands


@dataclass(frozen=True)
class NetworkInput:
    """What a network is built for.

    Attributes:
        settings: settings of the network.
        resolution: transform and spans.
        rate_hz: sampling rate of the recordings, in Hz.
        seed: seed of random weights.
        channels: channels of the spectrograms.
        frames: frames of the result.
        longest_span_s: length up to which spans are used, in seconds.
        circular: whether the result is a loop.
    """

    settings: NetworkSettings
    resolution: Resolution
    rate_hz: int
    seed: int
    channels: int = 1
    frames: int = 0
    longest_span_s: float = 0.0
    circular: bool = False

    @property
    def bands(self) -> int:
        """Frequencies of the network's input."""
        view = self.resolution
        return view.bands or default_bands(view.scale, self.rate_hz, view.n_fft)

    @property
    def span_bins(self) -> tuple[int, ...]:
        """Spans along frequency, ascending, none larger than all bands."""
        return tuple(sorted({min(span, self.bands) for span in self.resolution.span_bins}))


@dataclass(frozen=True)
class NetworkEntry:
    """A kind of network.

    Attributes:
        build: makes the network: of scaled magnitudes, or of waveforms of level 1 for a waveform model.
        receptive_field_frames: frames that a feature of the deepest layer in use depends on; 1 where spans follow
            the recordings.
        shortest_s: length in seconds below which there are no statistics; 0 to follow from the receptive field.
        image_channels: colour channels of the images that stand for one channel of sound.
        circular_frames: frames by which a loop is continued for a network that does not wrap around itself, plus 1;
            0 for none.
        is_batchable: whether the style term has a batched form.
    """

    build: Callable[[NetworkInput], Network]
    receptive_field_frames: Callable[[NetworkSettings], int] = lambda network: 1
    shortest_s: float = 0.0
    image_channels: int = 1
    circular_frames: Callable[[NetworkSettings, Resolution], int] = lambda network, resolution: 0
    is_batchable: Callable[[NetworkSettings], bool] = lambda network: False


def entry_of(network: NetworkSettings) -> NetworkEntry:
    """The entry of a network's kind."""
    return REGISTRY[network.kind]


def _infinite(given: NetworkInput) -> Network:
    if given.span_bins:
        return FrequencyConv(InfiniteNetwork(given.span_bins), given.frames)
    spans = given.resolution.spans(given.rate_hz, given.longest_span_s)
    fitting = tuple(span for span in spans if span <= given.frames) or (1,)
    if given.settings.depth > 1:
        return DeepNetwork(fitting, given.circular, depth=given.settings.depth)
    return InfiniteNetwork(fitting, given.circular)


def _random(given: NetworkInput) -> Network:
    network, widths, seed = given.settings, given.settings.widths_frames, given.seed
    if network.height_bins and not given.span_bins:
        height = min(network.height_bins, given.bands)
        return RandomConv2d(given.channels, network.filters, height, max(widths), seed=seed)
    bins, widths = (given.frames, given.span_bins) if given.span_bins else (given.bands, widths)
    drawn: Network = (
        RandomConv1d(given.channels * bins, network.filters, widths[0], seed=seed)
        if len(widths) == 1
        else RandomConvEnsemble(given.channels * bins, network.filters, widths, seed=seed)
    )
    return FrequencyConv(drawn, given.frames) if given.span_bins else drawn


def _pretrained(given: NetworkInput) -> Network:
    network = given.settings
    return network_of(
        network.kind,
        network.weights,
        given.seed,
        draw=network.draw,
        filters=network.filters,
        frames=given.frames,
        width_frames=_width(network),
        layer_weights=network.layer_weights,
    )


def _width(network: NetworkSettings) -> int:
    """Width of drawn filters along time; 0 where it is that of the network."""
    return network.widths_frames[0] if network.kind in ONE_WIDTH and network.weights == DRAWN else 0


def _pretrained_frames(network: NetworkSettings) -> int:
    config = sized(network.kind, network.filters, width_frames=_width(network))
    deepest = max(config.content_block, *(index for index, _ in config.style_blocks))
    return 1 if config.architecture.orientation == "time" else block_frames(config.architecture.blocks[: deepest + 1])


def _vgg(given: NetworkInput) -> Network:
    weights = given.settings.weights
    return VggNetwork(random_weights(given.seed) if weights == "random" else read_vgg(weights))


def receptive_field(operations: Iterable[tuple[int, int]]) -> int:
    """Receptive field of convolutions and poolings, given the width and the stride of each."""
    field = step = 1
    for width, stride in operations:
        field, step = field + (width - 1) * step, step * stride
    return field


def block_frames(blocks: Sequence[Block]) -> int:
    """Receptive field of the ReLU of the last block, along the last axis of the input."""
    strides = [(block.pool[-1], (block.pool_stride or block.pool)[-1]) if block.pool else (1, 1) for block in blocks]
    layers = zip(blocks, strides, strict=True)
    operations = [part for block, pool in layers for part in ((block.kernel[-1], block.stride), pool)]
    return receptive_field(operations[:-1])


def _speech_frames(network: NetworkSettings) -> int:
    return receptive_field(
        part for layer in speech.LAYERS for part in ((layer.width_frames, 1), (layer.pool[1], layer.pool[1]))
    )


def _barry_frames(network: NetworkSettings) -> int:
    return max(
        receptive_field(
            part
            for layer in layers
            for part in ((layer.pool, layer.pool), ((layer.kernel[-1] - 1) * layer.dilation + 1, 1))
        )
        for layers in barry_layers(16).values()
    )


def _widest(network: NetworkSettings) -> int:
    return max(network.widths_frames)


REGISTRY: dict[NetworkKind, NetworkEntry] = {
    "infinite": NetworkEntry(_infinite, is_batchable=lambda network: network.depth == 1),
    "random": NetworkEntry(
        _random,
        _widest,
        circular_frames=lambda network, resolution: 0 if resolution.span_bins else max(network.widths_frames),
    ),
    **dict.fromkeys(TRAINED_KINDS, NetworkEntry(_pretrained, _pretrained_frames)),
    # What a value of conv5_1 depends on.
    "vgg19": NetworkEntry(_vgg, lambda network: 156, image_channels=3),
    "chorowski2017": NetworkEntry(
        lambda given: speech.SpeechNetwork(given.settings.filters, seed=given.seed), _speech_frames
    ),
    # Shorter sounds have no statistics of modulation.
    "auditory": NetworkEntry(lambda given: AuditoryModel(given.rate_hz, given.settings.classes), shortest_s=0.5),
    "mital2017": NetworkEntry(lambda given: mital2017(given.settings, given.resolution, given.seed), _widest),
    "barry2017": NetworkEntry(
        lambda given: barry2017(given.settings, given.resolution, given.rate_hz, given.seed), _barry_frames
    ),
    # A second is some positions of conv5, which sees 0.7 s of it.
    "soundnet": NetworkEntry(
        lambda given: soundnet_model(given.settings.weights, given.seed, given.settings.layer_weights), shortest_s=1.0
    ),
    "caracalla2020": NetworkEntry(
        lambda given: caracalla2020(given.settings, given.resolution, given.seed),
        lambda network: max(width for _, width in KERNELS),
    ),
}
