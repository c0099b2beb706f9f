"""Settings are values: one frozen dataclass a group; a preset is such a value with a name."""

from dataclasses import dataclass, field, replace
from typing import Literal

from gramophone.errors import UsageError

NetworkKind = Literal["infinite", "random", "wyse2017", "huzaifah2019", "verma2018"]
FrequencyScale = Literal["linear", "mel", "erb", "constant-q"]


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
            raise UsageError(f"bands must be at least 2, or 0 for a sensible number, not {self.bands}")
        if any(span < 1 for span in self.span_bins):
            raise UsageError(f"a span in frequency must have at least 1 bin, not {min(self.span_bins)}")

    def spans(self, rate_hz: int, longest_s: float) -> tuple[int, ...]:
        """The spans in frames, ascending, without those over `longest_s` (the shortest always stays)."""
        allowed = [ms for ms in self.span_ms if ms <= 1000 * longest_s] or [min(self.span_ms)]
        return tuple(sorted({max(1, round(ms / 1000 * rate_hz / self.hop_samples)) for ms in allowed}))


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
        if self.iterations < 1:
            raise UsageError(f"iterations must be at least 1, not {self.iterations}")


@dataclass(frozen=True)
class NetworkSettings:
    """What looks at the spectrogram.

    Attributes:
        kind: `infinite` (closed form), `random` (drawn filters), or the name of a trained network.
        filters: number of drawn filters; unused by `infinite`.
        widths_frames: their width; several make a layer each, with `filters` filters and an equal say. `infinite`
            takes the resolution's spans instead.
        weights: of a trained network: `trained`, `random` (its layers, drawn) or a file's path; others have none.
        normalise_level: put every recording on its own level first; `log1p` of raw magnitudes otherwise.
    """

    kind: NetworkKind = "infinite"
    filters: int = 4096
    widths_frames: tuple[int, ...] = (11,)
    weights: str = "trained"
    normalise_level: bool = True

    @property
    def is_trained(self) -> bool:
        """Whether it is a network with layers of its own, from a file."""
        return self.kind not in {"infinite", "random"}


@dataclass(frozen=True)
class PhaseSettings:
    """How a magnitude becomes a waveform.

    Attributes:
        start: `pghi` (phase gradient integration) or `random`.
        iterations: Griffin-Lim rounds after that.
        momentum: 0.99 is fast Griffin-Lim, 0 the original.
    """

    start: Literal["pghi", "random"] = "pghi"
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
class Settings:
    """Everything that decides a result besides the recordings, the seed and the machine.

    Attributes:
        rate_hz: rate at which everything happens.
        resolution: view in which the spectrogram is optimised.
        network: what looks at it.
        optimiser: the loop of the spectrogram stage.
        phase: the step to the waveform.
        waveform: the last stage.
    """

    rate_hz: int
    resolution: Resolution
    network: NetworkSettings
    optimiser: OptimiserSettings
    phase: PhaseSettings
    waveform: WaveformSettings

    def on_scale(self, scale: FrequencyScale) -> "Settings":
        """The same with every view's network on another frequency scale, with its usual number of bands."""
        views = tuple(replace(view, scale=scale, bands=0) for view in self.waveform.resolutions)
        return replace(
            self,
            resolution=replace(self.resolution, scale=scale, bands=0),
            waveform=replace(self.waveform, resolutions=views),
        )
