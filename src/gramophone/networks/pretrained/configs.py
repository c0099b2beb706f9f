"""Networks of the literature, as tables; sizes that were not published are this project's.

All take sound at 16 kHz, the rate of the training data; time steps are as published where the rate differs.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gramophone.errors import UsageError
from gramophone.networks.pretrained.architecture import Architecture, Block, Orientation
from gramophone.networks.pretrained.log_spectrogram import LogSpectrogramFrontend
from gramophone.networks.pretrained.waveform_input import Representation, WaveformInput

RATE_HZ = 16_000


@dataclass(frozen=True)
class ModelConfig:
    """A network and its input.

    Attributes:
        architecture: layers without heads; `with_heads` adds them.
        representation: input of the network.
        style_blocks: index and weight of the blocks whose ReLU outputs are style layers.
        content_block: index of the block whose ReLU output is the content layer.
        description: description in one line.
    """

    architecture: Architecture
    representation: Representation
    style_blocks: tuple[tuple[int, float], ...]
    content_block: int
    description: str

    def with_heads(self, heads: dict[str, int]) -> "ModelConfig":
        """The same with a head for each task, given its number of classes."""
        return replace(self, architecture=replace(self.architecture, heads=heads))


def wyse2017(channels: int = 2048) -> ModelConfig:
    """Wyse 2017: 257 bins x 856 frames, frequency bins as channels, 2 convolutions along time, 32 fully connected.

    A hop of 93 samples is 5.8 ms, as are the 256 samples at 44.1 kHz; kernels of 5 frames as in the author's code.
    Trained with batch normalisation, which is folded into the convolutions afterwards; the input of the fully
    connected layer is means and maxima over time, so that a clip may start anywhere.
    """
    blocks = (Block(channels, (5,), norm=True, pool=(2,)), Block(64, (5,), norm=True, pool=(2,)))
    return ModelConfig(
        Architecture("wyse2017", "frequency", 1, 257, 856, blocks, "means", (32,), 0.0),
        LogSpectrogramFrontend(RATE_HZ, 512, 93, 856, gain=100.0),
        style_blocks=((0, 1.0), (1, 2.0)),
        content_block=1,
        description="Wyse 2017: 2 convolutions along time, frequency bins as channels",
    )


def huzaifah2019(orientation: Orientation = "frequency", channels: int = 256, width_frames: int = 0) -> ModelConfig:
    """Huzaifah & Wyse 2019: three blocks convolution, batch normalisation, ReLU, pooling; 11 wide.

    513 bins x 431 frames as published; the hop of 186 samples is 11.6 ms. 4,096 channels were published for
    synthesis from random weights, 24 to 96 (here 16, 32, 64 with kernels of 5 x 5) for classification.

    Args:
        orientation: axis used as channels.
        channels: filters of each layer, of kernels along one axis.
        width_frames: their extent along time, which controls the receptive field; 0 for the published one. Kernels
            along frequency keep theirs.
    """
    along = {"frequency": "time, frequency bins as channels", "time": "frequency, time frames as channels"}
    width = 11 if orientation == "time" or not width_frames else width_frames
    blocks = tuple(Block(channels, (width,), norm=True, pool=(2,)) for _ in range(3))
    if orientation == "both":
        blocks = tuple(Block(count, (5, width_frames or 5), norm=True, pool=(2, 2)) for count in (16, 32, 64))
    return ModelConfig(
        Architecture("huzaifah2019", orientation, 1, 513, 431, blocks, "means", (), 0.0),
        LogSpectrogramFrontend(RATE_HZ, 1024, 186, 431, gain=100.0),
        style_blocks=((0, 1.0),),
        content_block=2,
        description=f"Huzaifah & Wyse 2019: 3 convolutions along {along.get(orientation, 'frequency and time')}",
    )


def verma2018(channels: tuple[int, int, int, int, int] = (32, 64, 96, 96, 64), first_stride: int = 2) -> ModelConfig:
    """Verma & Smith 2018: AlexNet's five convolutions with kernels of 3 x 3, on 2.57 s of log magnitude.

    10 ms step, FFT of 512 samples; the window has all of them (32 ms instead of 30), so that the step back to a
    waveform is that of every other spectrogram here. AlexNet's two wide fully connected layers are one of 256.

    Args:
        channels: filters of each layer.
        first_stride: of the first layer; AlexNet's is 4, and 1 keeps the resolution.
    """
    first, second, third, fourth, fifth = channels
    blocks = (
        Block(first, (3, 3), stride=first_stride, norm=True, pool=(2, 2)),
        Block(second, (3, 3), norm=True, pool=(2, 2)),
        Block(third, (3, 3), norm=True),
        Block(fourth, (3, 3), norm=True),
        Block(fifth, (3, 3), norm=True, pool=(4, 4)),
    )
    return ModelConfig(
        Architecture("verma2018", "both", 1, 257, 257, blocks, "means", (256,), 0.1),
        LogSpectrogramFrontend(RATE_HZ, 512, 160, 257, gain=100.0),
        style_blocks=tuple((place, 1.0) for place in range(5)),
        content_block=3,
        description="Verma & Smith 2018: AlexNet with 3x3 kernels, trained on 80 instruments",
    )


def piczak2015() -> ModelConfig:
    """Piczak 2015, the long form: 101 frames of 60 log-mel bands and their deltas, two layers of 5,000.

    744 and 372 samples keep the 46 and 23 ms of 1024 and 512 at 22,050 Hz.
    """
    blocks = (
        Block(80, (57, 6), same=False, pool=(4, 3), pool_stride=(1, 3), dropout=0.5),
        Block(80, (1, 3), same=False, pool=(1, 3), pool_stride=(1, 3)),
    )
    return ModelConfig(
        Architecture("piczak2015", "both", 2, 60, 101, blocks, "flat", (5000, 5000), 0.5),
        LogSpectrogramFrontend(RATE_HZ, 744, 372, 101, gain=100.0, bands=60, deltas=True),
        style_blocks=((0, 1.0),),
        content_block=1,
        description="Piczak 2015: log-mel and deltas, two layers of 5,000; the baseline of classification",
    )


SOUNDNET_LAYERS = (
    Block(16, (64,), stride=2, norm=True, pool=(8,)),
    Block(32, (32,), stride=2, norm=True, pool=(8,)),
    Block(64, (16,), stride=2, norm=True),
    Block(128, (8,), stride=2, norm=True),
    Block(256, (4,), stride=2, norm=True, pool=(4,)),
    Block(512, (4,), stride=2, norm=True),
    Block(1024, (4,), stride=2, norm=True, dropout=0.3),
)
"""conv1 to conv7 of Aytar et al. 2016."""


def soundnet() -> ModelConfig:
    """SoundNet (Aytar, Vondrick, Torralba 2016): convolutions of the waveform, eight layers with the classifier.

    As published but for the rate (22,050 Hz there) and the last layer: published were two convolutions over 5 s each,
    for the classes of two networks of images; here it is linear, on means and maxima over time.
    """
    return ModelConfig(
        Architecture("soundnet", "frequency", 1, 1, 5 * RATE_HZ, SOUNDNET_LAYERS, "means", (), 0.0),
        WaveformInput(RATE_HZ, 5 * RATE_HZ),
        style_blocks=tuple((place, 1.0) for place in range(5)),
        content_block=4,
        description="SoundNet, Aytar et al. 2016: 7 convolutions of the waveform and a classifier",
    )


MODEL_CONFIGS: dict[str, Callable[[], ModelConfig]] = {
    "wyse2017": wyse2017,
    "huzaifah2019": huzaifah2019,
    "huzaifah2019-time": lambda: huzaifah2019("time"),
    "huzaifah2019-2d": lambda: huzaifah2019("both"),
    "verma2018": verma2018,
    "piczak2015": piczak2015,
    "soundnet": soundnet,
}


# Its input has another frequency scale, so there are no trained weights for it.
RANDOM_MODEL_CONFIGS: dict[str, Callable[[], ModelConfig]] = {**MODEL_CONFIGS, "huzaifah2019-cqt": huzaifah2019}


def sized(name: str, filters: int = 0, frames: int = 0, width_frames: int = 0) -> ModelConfig:
    """A configuration for random weights, whose sizes are free.

    Args:
        name: name in `RANDOM_MODEL_CONFIGS`.
        filters: filters of the wide layers, where their number is free; 0 for the default.
        frames: frames of the input, where they are channels; 0 for the default.
        width_frames: width of the kernels along time, where it is free; 0 for the default.

    Raises:
        UsageError: there is no network of that name.
    """
    if name not in RANDOM_MODEL_CONFIGS:
        raise UsageError(f"there is no network '{name}'; choose one of {', '.join(RANDOM_MODEL_CONFIGS)}")
    orientations: dict[str, Orientation] = {
        "huzaifah2019": "frequency",
        "huzaifah2019-cqt": "frequency",
        "huzaifah2019-time": "time",
        "huzaifah2019-2d": "both",
    }
    if name in orientations:
        found = huzaifah2019(orientations[name], filters or 256, width_frames)
    elif name == "wyse2017" and filters:
        found = wyse2017(filters)
    else:
        found = RANDOM_MODEL_CONFIGS[name]()
    if found.architecture.orientation == "time" and frames:
        found = replace(found, architecture=replace(found.architecture, frames=frames))
    return found


def design(name: str) -> ModelConfig:
    """The configuration of a name.

    Raises:
        UsageError: there is no network of that name.
    """
    if name not in MODEL_CONFIGS:
        raise UsageError(f"there is no network '{name}'; choose one of {', '.join(MODEL_CONFIGS)}")
    return MODEL_CONFIGS[name]()
