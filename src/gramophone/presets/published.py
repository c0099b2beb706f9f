"""Published systems as settings. What is as published, and what is not and why, is told in docs/presets.md."""

from dataclasses import dataclass, replace

from gramophone.settings import (
    NetworkSettings,
    OptimiserSettings,
    PhaseSettings,
    Resolution,
    Settings,
    TermSettings,
    TransferSettings,
    WaveformSettings,
)

GRIFFIN_LIM = PhaseSettings("random", iterations=500, momentum=0.0)
# Grinstein et al.: from the content, by the style term alone. Also what textures' systems do when asked to transfer.
FROM_CONTENT = TransferSettings(content=0.0, noise=0.0)


def _steps(iterations: int) -> OptimiserSettings:
    return OptimiserSettings(iterations=iterations, patience=0)


ULYANOV = Settings(
    rate_hz=22050,
    resolution=Resolution(2048, 512, span_ms=(255,)),
    network=NetworkSettings("random", filters=4096, widths_frames=(11,), normalise_level=False),
    optimiser=_steps(300),
    phase=GRIFFIN_LIM,
    transfer=TransferSettings(content=0.01, noise=1.0),
    noise="tiny",
)

GRINSTEIN = replace(ULYANOV, optimiser=_steps(100), transfer=FROM_CONTENT)

# The published sums as weights of relative distances: `python -m bench.relative_weights`, mean of five draws.
WYSE_FIRST_LAYER, WYSE_CONTENT = 0.0011, 2.6e-6
WYSE = Settings(
    rate_hz=16000,
    resolution=Resolution(512, 93, span_ms=(), gain=100.0),
    network=NetworkSettings(
        "wyse2017", filters=2048, draw="uniform", layer_weights=(WYSE_FIRST_LAYER, 1 - WYSE_FIRST_LAYER)
    ),
    # A step of 2 of 255 grey values for 80 dB, of which 9.2 are the log scale's.
    optimiser=OptimiserSettings("adam", iterations=3000, learning_rate=0.072, patience=0),
    phase=PhaseSettings("spsi", iterations=50, momentum=0.0),
    terms=TermSettings(bounds=1.0),
    transfer=TransferSettings(content=WYSE_CONTENT, noise=0.0),
    noise="grey",
    in_range=True,
)

HUZAIFAH_FREQ = Settings(
    rate_hz=16000,
    resolution=Resolution(1024, 186, span_ms=(), gain=100.0),
    network=NetworkSettings("huzaifah2019", filters=256, draw="uncentred"),
    optimiser=_steps(500),
    phase=GRIFFIN_LIM,
    terms=TermSettings(bounds=1e-3),
    transfer=TransferSettings(content=1e-5, noise=0.0),
    noise="uniform",
    in_range=True,
)
HUZAIFAH_TIME = replace(HUZAIFAH_FREQ, network=NetworkSettings("huzaifah2019-time", filters=4096, weights="random"))
HUZAIFAH_2D = replace(
    HUZAIFAH_FREQ, network=NetworkSettings("huzaifah2019-2d", filters=64, widths_frames=(5,), weights="random")
)
HUZAIFAH_CQT = replace(
    HUZAIFAH_FREQ,
    resolution=Resolution(1024, 186, span_ms=(), gain=100.0, scale="constant-q", bands=513),
    network=NetworkSettings("huzaifah2019-cqt", filters=4096, weights="random"),
)

VERMA = Settings(
    rate_hz=16000,
    resolution=Resolution(512, 160, span_ms=(), gain=100.0),
    network=NetworkSettings("verma2018", filters=96),
    optimiser=_steps(200),
    phase=replace(GRIFFIN_LIM, iterations=200),
    terms=TermSettings(time_energy=1.0, frequency_energy=1.0),
    transfer=TransferSettings(content=1.0, noise=1.0),
    noise="even",
    in_range=True,
)

ANTOGNINI = Settings(
    rate_hz=16000,
    resolution=Resolution(512, 128, span_ms=(512,)),
    network=NetworkSettings("random", filters=512, widths_frames=(2, 4, 8, 16, 32, 64), normalise_level=False),
    optimiser=_steps(500),
    phase=GRIFFIN_LIM,
    terms=TermSettings(rhythm=1e3, diversity=1e-4, on_features=True),
    transfer=FROM_CONTENT,
)

GATYS_VGG = Settings(
    rate_hz=22050,
    resolution=Resolution(1024, 256, span_ms=(), gain=316.0),
    network=NetworkSettings("vgg19"),
    optimiser=_steps(300),
    phase=GRIFFIN_LIM,
    transfer=TransferSettings(content=1e-3, noise=1.0),
    noise="even",
    in_range=True,
)
GRINSTEIN_VGG = replace(GATYS_VGG, optimiser=_steps(100), transfer=FROM_CONTENT)

MCDERMOTT = Settings(
    rate_hz=20000,
    resolution=Resolution(2048, 512, span_ms=()),
    network=NetworkSettings("auditory"),
    optimiser=_steps(100),
    transfer=FROM_CONTENT,
)
GRINSTEIN_EAR = replace(
    MCDERMOTT,
    network=NetworkSettings(
        "auditory", classes=("mean", "variation", "skewness", "correlation", "modulation", "C1", "C2")
    ),
)

MITAL = Settings(
    rate_hz=22050,
    resolution=Resolution(4096, 256, span_ms=()),
    network=NetworkSettings("mital2017", filters=4096, widths_frames=(8,)),
    optimiser=_steps(300),
    transfer=TransferSettings(content=0.05, noise=1.0),
)

BARRY = replace(
    MITAL,
    resolution=Resolution(2048, 512, span_ms=(), gain=10.0),
    network=NetworkSettings("barry2017", filters=4096),
    transfer=TransferSettings(content=0.02, noise=1.0),
)

# At the rate on which the network of the package was trained; 22,050 Hz with the published weights.
SOUNDNET = Settings(
    rate_hz=16000,
    resolution=Resolution(1024, 256, span_ms=()),
    network=NetworkSettings("soundnet"),
    optimiser=_steps(100),
    transfer=FROM_CONTENT,
)

CARACALLA = Settings(
    rate_hz=16000,
    resolution=Resolution(512, 128, span_ms=()),
    network=NetworkSettings("caracalla2020", filters=128),
    optimiser=OptimiserSettings(iterations=400, history=25, patience=0),
    transfer=FROM_CONTENT,
)

_SPEECH = Resolution(400, 160, span_ms=(), gain=100.0, scale="mel", bands=80)
CHOROWSKI_TEXTURE = Settings(
    rate_hz=16000,
    resolution=_SPEECH,
    network=NetworkSettings("chorowski2017", filters=128),
    optimiser=_steps(100),
    phase=replace(GRIFFIN_LIM, iterations=100),
    waveform=WaveformSettings((_SPEECH,), _steps(50)),
    transfer=TransferSettings(content=0.1, noise=1.0),
)
CHOROWSKI = replace(CHOROWSKI_TEXTURE, terms=TermSettings(time_energy=1.0, envelopes="content"))


@dataclass(frozen=True)
class PublishedSystem:
    """A published system.

    Attributes:
        transfer: settings of its transfers.
        description: one line about it.
        texture: settings of its textures; those of its transfers by default.
    """

    transfer: Settings
    description: str
    texture: Settings | None = None


SYSTEMS: dict[str, PublishedSystem] = {
    "ulyanov2016": PublishedSystem(
        ULYANOV, "Ulyanov & Lebedev 2016: 4,096 random filters, L-BFGS 300, Griffin-Lim 500"
    ),
    "wyse2017": PublishedSystem(
        WYSE, "Wyse 2017: two trained layers along time, Adam 3,000; --weights random, --noise 0.2"
    ),
    "gatys-vgg19": PublishedSystem(GATYS_VGG, "Gatys et al. 2015 on spectrograms: VGG-19, weights of ImageNet"),
    "huzaifah2019-freq": PublishedSystem(
        HUZAIFAH_FREQ, "Huzaifah & Wyse 2019: three trained layers along time, frequency bins as channels"
    ),
    "huzaifah2019-time": PublishedSystem(
        HUZAIFAH_TIME, "the same along frequency, time frames as channels; random weights unless --weights FILE"
    ),
    "huzaifah2019-2d": PublishedSystem(
        HUZAIFAH_2D, "the same along both, 5 x 5 filters; random weights unless --weights FILE"
    ),
    "huzaifah2019-cqt": PublishedSystem(HUZAIFAH_CQT, "the same along time on constant-Q bands; random weights"),
    "verma2018": PublishedSystem(
        VERMA, "Verma & Smith 2018: trained AlexNet of 3 x 3 filters, energies over time and pitch"
    ),
    "antognini2018": PublishedSystem(
        ANTOGNINI, "Antognini et al. 2018: six widths of random filters, autocorrelation, diversity at first"
    ),
    "grinstein2017": PublishedSystem(
        GRINSTEIN, "Grinstein et al. 2017: from the content, style only; random filters"
    ),
    "grinstein2017-vgg19": PublishedSystem(GRINSTEIN_VGG, "the same through VGG-19"),
    "grinstein2017-auditory": PublishedSystem(GRINSTEIN_EAR, "the same through the statistics of the ear"),
    "mcdermott2011": PublishedSystem(
        MCDERMOTT, "McDermott & Simoncelli 2011: statistics of the ear, imposed by gradient on the waveform"
    ),
    "mital2017": PublishedSystem(
        MITAL, "Mital 2017: waveform through random filters on real, imaginary and magnitude parts"
    ),
    "barry2017": PublishedSystem(
        BARRY, "Barry & Kim 2017: waveform through three random networks of STFT, mel and pitch"
    ),
    "chorowski2017": PublishedSystem(
        CHOROWSKI,
        "Chorowski et al. 2017: a recogniser's layers (random weights), spectrogram, then waveform",
        texture=CHOROWSKI_TEXTURE,
    ),
    "soundnet": PublishedSystem(
        SOUNDNET, "SoundNet as in Grinstein et al. 2017: convolutions of the waveform; --weights random or FILE"
    ),
    "caracalla2020": PublishedSystem(
        CARACALLA, "Caracalla & Roebel 2020: waveform, correlations over time of eight random 2-D layers"
    ),
}
"""Published systems by the names of their presets."""
