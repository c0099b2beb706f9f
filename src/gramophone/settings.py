"""Settings are values: one frozen dataclass a group; a preset is such a value with a name."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from gramophone.bounds import check_bounds
from gramophone.errors import UsageError
from gramophone.transform_lengths import smooth

NetworkKind = Literal[
    "infinite",
    "random",
    "wyse2017",
    "huzaifah2019",
    "huzaifah2019-time",
    "huzaifah2019-2d",
    "huzaifah2019-cqt",
    "verma2018",
    "vgg19",
    "chorowski2017",
    "auditory",
    "mital2017",
    "barry2017",
    "caracalla2020",
    "soundnet",
]
Noise = Literal["surrogate", "shaped", "tiny", "uniform", "even", "grey"]
Envelopes = Literal["style", "content"]
Draw = Literal["he", "uncentred", "uniform"]
FrequencyScale = Literal["linear", "mel", "erb", "constant-q"]
RivalKind = Literal["driedger2015", "tralie2024", "vocoder", "cross"]


Keep = Literal["melody", "words", "rhythm"]
KEEP: tuple[Keep, ...] = get_args(Keep)

TRAINED_KINDS: tuple[NetworkKind, ...] = (
    "wyse2017",
    "huzaifah2019",
    "huzaifah2019-time",
    "huzaifah2019-2d",
    "huzaifah2019-cqt",
    "verma2018",
)
ONE_WIDTH: tuple[NetworkKind, ...] = ("huzaifah2019", "huzaifah2019-2d", "huzaifah2019-cqt")
"""Kinds whose layers have one width along time, which is free where weights are drawn."""
WAVEFORM_KINDS: tuple[NetworkKind, ...] = ("auditory", "mital2017", "barry2017", "caracalla2020", "soundnet")
TRAINED, DRAWN = "trained", "random"
"""Sources of weights beside files: those of the package, and those that the seed draws."""
USUAL_STRENGTH = 0.6
"""Of a transfer; there a published system weighs its content as it was published."""


@dataclass(frozen=True)
class Resolution:
    """One view of the sound: an STFT and the time spans whose statistics are compared in it.

    Attributes:
        n_fft: window length in samples.
        hop_samples: step between frames.
        span_ms: lengths of the patches that are compared; each is rounded to frames, at least one.
        gain: the log scale's reference is the root mean square magnitude divided by this.
        scale: of the frequencies that the network sees; the spectrogram itself stays linear.
        bands: how many it sees, at least 2; 0 is a sensible number for the scale (linear: every bin).
        span_bins: with any, time stands in for channels, and patches of so many bins (or bands) are compared along
            frequency instead of patches along time: `span_ms` and the widths of drawn filters are left unused.
    """

    n_fft: int
    hop_samples: int
    span_ms: tuple[float, ...]
    gain: float = 1.0
    scale: FrequencyScale = "linear"
    bands: int = 0
    span_bins: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.bands < 0 or self.bands == 1:
            raise UsageError(f"bands must be at least 2, or 0 for the default of the scale, not {self.bands}")
        if any(span < 1 for span in self.span_bins):
            raise UsageError(f"a span in frequency must have at least 1 bin, not {min(self.span_bins)}")

    def with_hop(self, hop_samples: int) -> "Resolution":
        """The same redundancy at another hop."""
        return replace(self, n_fft=self.n_fft * hop_samples // self.hop_samples, hop_samples=hop_samples)

    def spans(self, rate_hz: int, longest_s: float) -> tuple[int, ...]:
        """The spans in frames, ascending, without those over `longest_s` (the shortest always stays)."""
        return tuple(
            sorted({max(1, round(ms / 1000 * rate_hz / self.hop_samples)) for ms in self.allowed(longest_s)})
        )

    def allowed(self, longest_s: float) -> tuple[float, ...]:
        """The spans in milliseconds up to `longest_s`, or else the shortest."""
        return tuple(ms for ms in self.span_ms if ms <= 1000 * longest_s) or (min(self.span_ms),)


@dataclass(frozen=True)
class OptimiserSettings:
    """How an objective is minimised.

    Attributes:
        method: `lbfgs` (strong Wolfe line search) or `adam`.
        iterations: steps at most.
        learning_rate: of Adam; for L-BFGS the first trial step.
        history: pairs that L-BFGS keeps.
        patience: steps over which the loss must fall by `tolerance`, or the loop ends; 0 never ends it.
        tolerance: relative fall of the loss that counts as progress.
    """

    method: Literal["lbfgs", "adam"] = "lbfgs"
    iterations: int = 80
    learning_rate: float = 1.0
    history: int = 20
    patience: int = 10
    tolerance: float = 0.02

    def __post_init__(self) -> None:
        check_bounds("iterations", self.iterations, 1)


@dataclass(frozen=True)
class NetworkSettings:
    """What looks at the spectrogram.

    Attributes:
        kind: `infinite` (closed form), `random` (drawn filters), the name of a trained network, or what hears the
            waveform itself: `auditory` (statistics of the ear), `mital2017`, `barry2017`, `caracalla2020`,
            `soundnet`.
        filters: number of drawn filters in each layer, 0 for the network's own; unused by `infinite` and by networks
            from a file.
        widths_frames: their width; several make a layer each, with `filters` filters and an equal say. `infinite`
            takes the resolution's spans instead. The layers of `huzaifah2019` have the first one, if drawn.
        height_bins: with any, drawn filters are so many bins (or bands) high and slide along frequency, too: the
            plain two-dimensional form, for comparison. Of several widths the largest counts.
        weights: of a trained network: `trained`, `random` (its layers, drawn) or a file's path; others have none.
        draw: random weights of a trained kind: `he` (He et al. 2015, on the input that the trained network
            standardises, where there is one), `uncentred` (the same on log magnitudes as they are), `uniform`
            (weights and biases from -0.1 to 0.1 on grey values from 0 to 255, as in the code of Wyse 2017).
        layer_weights: of a trained kind and `soundnet`, the weight of each style layer; the network's own by default.
        normalise_level: put every recording on its own level first; `log1p` of raw magnitudes otherwise.
        depth: layers of the infinite network; each span is shared out among them.
        classes: of `auditory`, the classes of statistics that count (`statistics.auditory.CLASSES`); all by default.
    """

    kind: NetworkKind = "infinite"
    filters: int = 4096
    widths_frames: tuple[int, ...] = (11,)
    height_bins: int = 0
    weights: str = TRAINED
    draw: Draw = "he"
    layer_weights: tuple[float, ...] = ()
    normalise_level: bool = True
    depth: int = 1
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_bounds("depth", self.depth, 1)

    @property
    def is_trained(self) -> bool:
        """Whether it is a network that `gramophone train` trains, from a file or drawn."""
        return self.kind in TRAINED_KINDS

    @property
    def takes_weights(self) -> bool:
        """Whether its weights can come from a file."""
        return self.is_trained or self.kind in ("vgg19", "soundnet")

    @property
    def is_waveform_model(self) -> bool:
        """Whether it models the waveform itself, which is then optimised without a spectrogram between."""
        return self.kind in WAVEFORM_KINDS

    @property
    def has_own_scale(self) -> bool:
        """Whether its scale of frequencies and magnitudes is part of it."""
        return self.kind not in {"infinite", "random"}


@dataclass(frozen=True)
class PhaseSettings:
    """How a magnitude becomes a waveform.

    Attributes:
        start: `pghi` (phase gradient integration), `spsi` (single pass) or `random`.
        iterations: Griffin-Lim rounds after that.
        momentum: 0.99 is fast Griffin-Lim, 0 the original.
    """

    start: Literal["pghi", "spsi", "random"] = "pghi"
    iterations: int = 32
    momentum: float = 0.99


@dataclass(frozen=True)
class WaveformSettings:
    """The last stage, on the waveform itself: what no magnitude can express is removed here.

    Attributes:
        resolutions: views whose style terms are added; none skips the stage.
        optimiser: its loop.
    """

    resolutions: tuple[Resolution, ...] = ()
    optimiser: OptimiserSettings = field(default_factory=lambda: OptimiserSettings(iterations=40))


@dataclass(frozen=True)
class TermSettings:
    """Weights of what is asked of a texture beside the style term, which has weight 1; 0 leaves a term out.

    Attributes:
        rhythm: autocorrelation of band envelopes at lags of 0.2 to 2 s (Antognini et al. 2018).
        diversity: against copies of the style, in the first half of the steps (Antognini et al. 2018).
        time_energy: level over time as in the style, stretched to the result's length (Verma & Smith 2018).
        frequency_energy: long-term spectrum as in the style (Verma & Smith 2018).
        bounds: against values below 0, which no magnitude has, and above the largest of the recordings (Wyse 2017,
            Huzaifah & Wyse 2019).
        envelopes: the sound whose level over time and long-term spectrum are meant; the content, in a transfer.
        on_features: rhythm and diversity are those of the drawn filters, as published, not of bands and frames.
    """

    rhythm: float = 0.0
    diversity: float = 0.0
    time_energy: float = 0.0
    frequency_energy: float = 0.0
    bounds: float = 0.0
    envelopes: Envelopes = "style"
    on_features: bool = False

    def __post_init__(self) -> None:
        for name in ("rhythm", "diversity", "time_energy", "frequency_energy", "bounds"):
            check_bounds(name, getattr(self, name), 0)


def parse_keep(names: Iterable[str]) -> frozenset[Keep] | None:
    """A set of what to keep from its names; None for `auto`.

    Args:
        names: of `melody`, `words`, `rhythm`; `all` means every one, `auto` stands alone.

    Raises:
        UsageError: an unknown name, none at all, or `auto` beside others.
    """
    found = set(names)
    if found == {"auto"}:
        return None
    known: dict[str, set[Keep]] = {"all": set(KEEP), **{name: {name} for name in KEEP}}
    unknown = sorted(found - set(known))
    if unknown or not found:
        raise UsageError(
            f"keep must be auto, all, or some of {', '.join(KEEP)}, not {', '.join(unknown) or 'nothing'}"
        )
    return frozenset(kept for name in found for kept in known[name])


@dataclass(frozen=True)
class ConditionSettings:
    """What a transfer keeps of its content, and how the style is made to carry it.

    Attributes:
        keep: names as `parse_keep` reads them.
        octave: by how many octaves the content is moved; None takes what the style can play best.
        range_semitones: farthest transposition of the style.
        no_copy: excerpts say what is wanted, and none of them is in the result.
        fast: the excerpts are the result.
    """

    keep: tuple[str, ...] = ("auto",)
    octave: int | None = None
    range_semitones: int = 14
    no_copy: bool = False
    fast: bool = False

    def __post_init__(self) -> None:
        parse_keep(self.keep)
        if self.no_copy and self.fast:
            raise UsageError("fast and no_copy exclude each other; leave out one of them")


@dataclass(frozen=True)
class TransferSettings:
    """How a transfer holds its content, and where it starts.

    Attributes:
        content: weight of the distance to the content's features at strength 0.6, `100^(0.6 - strength)` times that
            at others; 0 leaves it out; None is this project's own way, a floor under the content's movement.
        noise: share of noise in the start beside the content, 0 (the content) to 1; None is the strength itself.
        condition: what is kept where the style is conditioned on the content; None for every other way.
    """

    content: float | None = None
    noise: float | None = None
    condition: ConditionSettings | None = None

    def __post_init__(self) -> None:
        if self.content is not None:
            check_bounds("the weight of the content", self.content, 0)
        if self.noise is not None:
            check_bounds("noise", self.noise, 0, 1)

    def weight(self, strength: float) -> float:
        """Of the content's features at a strength."""
        return (self.content or 0.0) * 100 ** (USUAL_STRENGTH - strength)


@dataclass(frozen=True)
class Settings:
    """Everything that decides a result besides the recordings, the seed and the machine.

    Attributes:
        rate_hz: rate at which everything happens.
        terms: what is asked beside the style.
        native: the recordings' own rate and all their channels are kept, and lengths in samples stand for the time
            that they last at `rate_hz`; otherwise everything is resampled to `rate_hz` and mixed to one channel.
        resolution: view in which the spectrogram is optimised.
        network: what looks at it.
        optimiser: the loop of the spectrogram stage.
        phase: the step to the waveform.
        waveform: the last stage.
        transfer: how a transfer holds its content.
        noise: in the start: `surrogate` (the styles' distributions and correlations), `shaped` by their spectrum,
            `tiny` (normal, deviation 0.001: Ulyanov & Lebedev 2016), `even` (from 0 to the styles' largest value: a
            noisy picture), `uniform` (to a tenth of that: Huzaifah & Wyse 2019) or `grey` (one grey value of 255 up
            or down: Wyse 2017). On a waveform it is normal noise at the styles' level, whatever is said here.
        keep_spans: every span is used, and refused where it is longer than half the style; otherwise spans over a
            fifth of the style are left out, as they make copies of it.
        in_range: no magnitude of the result's spectrogram is above the largest of the recordings.
        rival: the method of `gramophone.rivals` that makes a transfer instead, on which network, terms and phase have
            no bearing; None for all that optimise the statistics of a network.
    """

    rate_hz: int
    resolution: Resolution
    network: NetworkSettings
    optimiser: OptimiserSettings
    phase: PhaseSettings = PhaseSettings()
    waveform: WaveformSettings = WaveformSettings()
    terms: TermSettings = TermSettings()
    transfer: TransferSettings = TransferSettings()
    noise: Noise = "shaped"
    native: bool = False
    keep_spans: bool = False
    in_range: bool = False
    rival: RivalKind | None = None

    @property
    def has_strength(self) -> bool:
        """Whether the strength of a transfer has a meaning: as a weight of the content, or as a share of noise."""
        if self.rival is not None:
            return self.rival not in ("driedger2015", "tralie2024")
        return self.transfer.content != 0 or self.transfer.noise is None

    @property
    def views(self) -> tuple[Resolution, ...]:
        """Every resolution, that of the first stage first."""
        return (self.resolution, *self.waveform.resolutions)

    def at_rate(self, rate_hz: int) -> "Settings":
        """The same lengths in time at another rate; itself unless `native`.

        Hops keep their ratios to each other, so that a loop can hold a whole number of each.
        """
        if not self.native or rate_hz == self.rate_hz:
            return self
        unit = math.gcd(*(view.hop_samples for view in self.views))
        scaled = smooth(unit * rate_hz / self.rate_hz)
        first, *others = (view.with_hop(view.hop_samples // unit * scaled) for view in self.views)
        return replace(
            self,
            rate_hz=rate_hz,
            resolution=first,
            waveform=replace(self.waveform, resolutions=tuple(others)),
        )

    def with_iterations(self, iterations: int) -> "Settings":
        """The same with so many steps in all, divided between the stages as they are now."""
        first, last = self.optimiser.iterations, self.waveform.optimiser.iterations * bool(self.waveform.resolutions)
        late = max(0, min(iterations - 1, round(iterations * last / (first + last))))
        waveform = replace(self.waveform, resolutions=())
        if late:
            waveform = replace(self.waveform, optimiser=replace(self.waveform.optimiser, iterations=late))
        optimiser = replace(self.optimiser, iterations=iterations - late)
        return replace(self, optimiser=optimiser, waveform=waveform)

    def on_scale(self, scale: FrequencyScale) -> "Settings":
        """The same with every view's network on another frequency scale, with its usual number of bands."""
        views = tuple(replace(view, scale=scale, bands=0) for view in self.waveform.resolutions)
        return replace(
            self,
            resolution=replace(self.resolution, scale=scale, bands=0),
            waveform=replace(self.waveform, resolutions=views),
        )
