"""The core of a transfer: a mosaic that carries the condition, and the kernel that makes it the style's own.

Three stages share one condition. The choice finds style excerpts that carry it; their mosaic is a result by itself
where a style plays a melody, but it copies. The kernel stage asks for the mosaic's statistics at every kind of moment
(the conditional distance) and, with growing strength, for those of the style as it is (the plain one): started from
noise it places events anew, so that nothing is copied.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.condition import (
    Analysis,
    Condition,
    Keep,
    analyse,
    auto_keep,
    kept_stroke_fraction,
    released,
    successive_pitch_likeness,
    traits_of,
    weights_of,
)
from gramophone.condition.analysis import HOP_S
from gramophone.mosaic import (
    Choice,
    ChoiceSettings,
    Coverage,
    StyleStates,
    choose,
    play_strokes,
    render,
    strokes_of,
    style_states,
    with_free_strokes,
)
from gramophone.mosaic.long_term_spectrum import match_spectrum
from gramophone.mosaic.runs import runs_of
from gramophone.mosaic.strokes import Stroke, is_percussive, median_rise_db
from gramophone.networks.conditional import ConditionalStyleTerm, Places, at_frames, conditional_style_term
from gramophone.networks.infinite import InfiniteNetwork
from gramophone.optim.minimise import Step, optimise
from gramophone.optim.objective import Objective, Term
from gramophone.phase import fgla
from gramophone.phase.pghi import pghi
from gramophone.settings import OptimiserSettings
from gramophone.spectral import LogScale, Stft

Waveform = Float[Tensor, "channel sample"]
Spectrogram = Float[Tensor, "channel frequency frame"]

N_FFT_S, HOPS = 0.0929, 4
DEPTH = 1e-3
STRUCK_DB = 11.0  # rise of strokes: 12 to 44 of tuned drums, 1 to 10 of speech
ONE_PITCH = 0.7
COMPILED_FROM_STEPS = 40  # loading what is compiled takes as long as it gains in so many steps of ten seconds


@dataclass(frozen=True)
class CoreSettings:
    """Settings of a conditional transfer.

    Attributes:
        range_semitones: farthest transposition of the style, in semitones.
        octave: octaves by which the content is moved.
        span_ms: patch lengths of the kernel stage, in milliseconds.
        carrier_span_ms: those of the stage after a carrier; its own by default.
        iterations: steps of the kernel stage, three times as many at strength 1; 0 gives the mosaic.
        noise: fraction of noise in its start, 0 (the mosaic) to 1 (no excerpt at all).
        blur_ms: standard deviation in time of the target frames, in milliseconds.
        phase_rounds: iterations of Griffin-Lim.
    """

    range_semitones: int = 14
    octave: int | Literal["auto"] = "auto"
    span_ms: tuple[float, ...] = (23.0, 93.0, 186.0)
    carrier_span_ms: tuple[float, ...] = ()
    iterations: int = 12
    noise: float = 0.0
    blur_ms: float = 46.0
    phase_rounds: int = 16


@dataclass(frozen=True, eq=False)
class StyleSet:
    """The styles of a transfer, and what is derived from them once for all blocks of a content.

    Attributes:
        waveforms: one or more, with equal numbers of channels.
        rate_hz: sampling rate of the waveforms and of the content, in Hz.
    """

    waveforms: Sequence[Float[Tensor, "channel _"]]
    rate_hz: int
    _states: dict[int, StyleStates] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def arrays(self) -> list[Float[np.ndarray, "channel _"]]:
        """The waveforms as arrays."""
        return [style.cpu().numpy() for style in self.waveforms]

    @cached_property
    def strokes(self) -> list[list[Stroke]]:
        """The strokes of each style."""
        return [strokes_of(style, self.rate_hz) for style in self.arrays]

    def states(self, range_semitones: int) -> StyleStates:
        """The states of the choice, with transpositions up to `range_semitones`."""
        if range_semitones not in self._states:
            analyses = [analyse(style, self.rate_hz) for style in self.waveforms]
            self._states[range_semitones] = style_states(analyses, range_semitones)
        return self._states[range_semitones]


@dataclass(frozen=True)
class Mosaic:
    """The result of the first two stages.

    Attributes:
        waveform: mosaic of the content's length.
        condition: condition for which its excerpts were chosen.
        choice: chosen excerpts; None where whole strokes were placed.
    """

    waveform: Waveform
    condition: Condition
    choice: Choice | None

    @property
    def coverage(self) -> Coverage | None:
        """How well the style can play what is kept; None for strokes."""
        return None if self.choice is None else self.choice.coverage

    @property
    def is_complete(self) -> bool:
        """Whether the style has next to all of the notes, where a melody is kept."""
        return self.coverage is None or self.coverage.is_complete

    @property
    def is_playable(self) -> bool:
        """Whether the style has enough of the notes, where a melody is kept."""
        return self.coverage is None or self.coverage.is_playable


def mosaic_of(
    content: Waveform,
    styles: StyleSet,
    *,
    keep: frozenset[Keep],
    strength: float = 0.6,
    weights: Sequence[float] | None = None,
    settings: CoreSettings | None = None,
    analysis: Analysis | None = None,
) -> Mosaic:
    """The first two stages: the condition, and the excerpts that meet it.

    Args:
        content: recording whose melody, words or rhythm are kept.
        styles: recordings that the result is made of.
        keep: what is kept.
        strength: above 0 (everything that the style can play) to 1 (the style alone).
        weights: weight of each style; by default each moment takes the one that fits.
        settings: settings of the core.
        analysis: analysis of the content; computed by default.
    """
    settings, rate_hz = settings or CoreSettings(), styles.rate_hz
    condition = Condition(analysis or analyse(content, rate_hz), weights_of(keep, strength))
    if keep == {"rhythm"}:
        placed = _placed_strokes(content.cpu().numpy(), styles, kept_stroke_fraction(strength))
        if placed is not None:
            return Mosaic(torch.from_numpy(placed).to(content), condition, None)
    states = styles.states(settings.range_semitones)
    choice = choose(condition, states, ChoiceSettings(octave=settings.octave), _weight_scores(weights, states.style))
    runs = [runs_of(voice, choice, states, condition) for voice in choice.voices]
    waveform = torch.from_numpy(render(runs, styles.arrays, rate_hz, content.shape[-1])).to(content)
    frames = _frames_by_style(choice, states.style, len(styles.arrays))
    return Mosaic(match_spectrum(waveform, styles.waveforms, frames, rate_hz), condition, choice)


def detect_keep(analysis: Analysis, content: Waveform, rate_hz: int) -> frozenset[Keep]:
    """What of a content can be kept: melody, words, rhythm."""
    strokes = strokes_of(content.cpu().numpy(), rate_hz)
    percussive = is_percussive(strokes, content.shape[-1] / rate_hz)
    likeness = successive_pitch_likeness(analysis, [stroke.start / rate_hz for stroke in strokes])
    return auto_keep(
        traits_of(analysis),
        is_struck=percussive and median_rise_db(strokes) > STRUCK_DB,
        has_one_pitch=percussive and likeness > ONE_PITCH,
    )


def _frames_by_style(choice: Choice, style: np.ndarray, styles: int) -> list[float]:
    """Number of frames that each style plays, never 0."""
    states = np.concatenate([voice.states for voice in choice.voices])
    return [float(count) + 1e-6 for count in np.bincount(style[states[states >= 0]], minlength=styles)]


def _placed_strokes(content: np.ndarray, styles: StyleSet, kept_fraction: float) -> np.ndarray | None:
    """Whole strokes of the first percussive style; None where no style is percussive."""
    rate_hz, samples = styles.rate_hz, content.shape[1]
    targets = strokes_of(content, rate_hz)
    for style, strokes in zip(styles.arrays, styles.strokes, strict=True):
        if targets and is_percussive(strokes, style.shape[1] / rate_hz):
            score = with_free_strokes(targets, strokes, samples, kept_fraction)
            return play_strokes(score, strokes, style, rate_hz, samples)
    return None


def _weight_scores(weights: Sequence[float] | None, style: np.ndarray) -> Float[Tensor, " state"] | None:
    """Scores of the states by the weights of their styles; a style of weight 0 is never chosen."""
    if weights is None:
        return None
    relative = torch.tensor(weights, dtype=torch.float32)
    return (0.3 * (relative / relative.max()).clamp_min(1e-6).log())[torch.from_numpy(style)]


@dataclass(frozen=True)
class KernelStage:
    """The last stage: magnitudes that are optimised, then given a phase.

    Attributes:
        objective: objective of scaled magnitudes.
        start: scaled magnitudes to start from.
        scale: scale of the magnitudes.
        stft: transform of the magnitudes.
        samples: length of the result.
        seed: seed of the phase.
        iterations: number of steps, possibly 0.
        rounds: iterations of Griffin-Lim.
        phase: phase of the result; reconstructed by default.
    """

    objective: Objective
    start: Spectrogram
    scale: LogScale
    stft: Stft
    samples: int
    seed: int
    iterations: int
    rounds: int
    phase: Spectrogram | None = None

    def steps(self) -> Iterator[Step]:
        """Minimises from the start."""
        if self.iterations:
            yield from optimise(
                self.objective, self.start, OptimiserSettings(iterations=self.iterations, history=10, patience=0)
            )

    def waveform(self, x: Spectrogram) -> Waveform:
        """Magnitudes with a phase of their own: the mosaic's would bring its excerpts back."""
        magnitude = self.scale.inverse(x)
        if self.phase is not None:
            return self.stft.inverse(torch.polar(magnitude, self.phase), self.samples)
        phase = pghi(magnitude, self.stft, seed=self.seed)
        return fgla(magnitude, self.stft, self.samples, phase=phase, iterations=self.rounds)


def free_weight(strength: float) -> float:
    """Weight of the style's own statistics beside those under the condition: 0 up to 0.3, 1 at 1."""
    return released(strength) ** 2.5


def kernel_stage(
    mosaic: Mosaic,
    styles: StyleSet,
    *,
    strength: float = 0.6,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    settings: CoreSettings | None = None,
) -> KernelStage:
    """Sets up the third stage.

    Args:
        mosaic: result of the first two stages, with the styles' channels.
        styles: recordings that the result is made of.
        strength: strength of the mosaic.
        weights: weight of each style in the unconditional distance.
        seed: seed of the noise and of the phase.
        settings: settings of the core.
    """
    settings, rate_hz = settings or CoreSettings(), styles.rate_hz
    stft = power_of_two_stft(N_FFT_S, rate_hz)
    magnitude = stft.magnitude(mosaic.waveform)
    scale = LogScale.of(magnitude)
    target = scale.forward(magnitude)
    shortest = min(sound.shape[-1] for sound in (mosaic.waveform, *styles.waveforms)) // stft.hop_samples + 1
    spans = spans_within(settings.span_ms, rate_hz, stft.hop_samples, shortest)
    free = free_weight(strength)
    noise = max(settings.noise, free)  # the free style is a texture, which begins with noise
    # Without noise and without freedom the mosaic minimises the objective already.
    iterations = round(settings.iterations * (0.0 if noise == 0 and free == 0 else 1 + 2 * free))
    compiled = iterations >= COMPILED_FROM_STEPS
    terms = []
    if free < 1:
        conditional = _conditional(mosaic, target, stft, rate_hz, spans, settings, compiled=compiled)
        terms.append(Term("condition", conditional, 1 - free))
    if free > 0:
        magnitudes = [at_level_of(stft.magnitude(style), magnitude) for style in styles.waveforms]
        plain = InfiniteNetwork(spans, compiled=compiled).style_term(
            [scale.forward(one) for one in magnitudes], weights or [1.0] * len(magnitudes)
        )
        terms.append(Term("style", plain, free))
    start = torch.lerp(target, _noise(magnitude, scale, mosaic.condition.weights.loudness, seed), noise)
    samples = mosaic.waveform.shape[-1]
    return KernelStage(Objective(terms), start, scale, stft, samples, seed, iterations, settings.phase_rounds)


def spans_within(span_ms: Sequence[float], rate_hz: int, hop_samples: int, frames: int) -> tuple[int, ...]:
    """Patch lengths in frames, at most half of the shortest sound."""
    longest = max(1, frames // 2)
    return tuple(sorted({min(longest, max(1, round(ms / 1000 * rate_hz / hop_samples))) for ms in span_ms}))


def power_of_two_stft(window_s: float, rate_hz: int) -> Stft:
    """A transform of four-fold redundancy whose window is the power of two nearest to a length."""
    n_fft = 2 ** round(np.log2(window_s * rate_hz))
    return Stft(n_fft, n_fft // HOPS)


def _conditional(
    mosaic: Mosaic,
    target: Spectrogram,
    stft: Stft,
    rate_hz: int,
    spans: tuple[int, ...],
    settings: CoreSettings,
    *,
    compiled: bool,
) -> ConditionalStyleTerm:
    frames, hop_s = target.shape[-1], stft.hop_samples / rate_hz
    conditions = at_frames(mosaic.condition.factors(), HOP_S, hop_s, frames)
    deviation = max(settings.blur_ms / 1000 / hop_s, 1e-3)
    time = torch.arange(frames)
    entries = []
    for away in range(-round(2 * deviation), round(2 * deviation) + 1):
        place = time + away
        inside = (place >= 0) & (place < frames)
        weight = float(np.exp(-0.5 * (away / deviation) ** 2))
        entries.append((time[inside], place[inside], torch.full((int(inside.sum()),), weight)))
    times, places, weights = (torch.cat(column) for column in zip(*entries, strict=True))
    places_of_times = Places(times, places, weights)
    return conditional_style_term([target], conditions, places_of_times, spans, compiled=compiled)


def at_level_of(magnitude: Spectrogram, like: Float[Tensor, "channel frequency _"]) -> Spectrogram:
    """Magnitudes scaled to the mean energy of others."""
    energy = magnitude.square().mean().clamp_min(torch.finfo(magnitude.dtype).tiny)
    return magnitude * float((like.square().mean() / energy).sqrt())


def _noise(magnitude: Spectrogram, scale: LogScale, loudness: float, seed: int) -> Spectrogram:
    """Noise with the mosaic's mean spectrum, and its loudness as far as that is kept."""
    drawn = torch.rand(magnitude.shape, generator=torch.Generator().manual_seed(seed)).to(magnitude)
    mean = scale.inverse(scale.forward(magnitude).mean(-1, keepdim=True))
    energy = magnitude.square().sum(-2, keepdim=True)
    relative = ((energy / energy.mean() + DEPTH) / (1 + DEPTH)).sqrt()
    return scale.forward(2 * drawn * mean * relative**loudness)
