"""The core of a transfer: a mosaic that carries the condition, and the kernel that makes it the style's own.

Three stages share one condition. The choice finds style excerpts that carry it; their mosaic is a result by itself
(fast, but it copies). The kernel stage then asks for the mosaic's statistics at every kind of moment (the conditional
distance) and, with growing strength, for those of the style as it is (the plain one): started from noise it places
events anew, so that nothing is copied.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
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
    held_strokes,
    released,
    rises_at_once,
    traits_of,
    weights_of,
)
from gramophone.condition.analysis import HOP_S
from gramophone.mosaic import (
    Carrying,
    Choice,
    ChoiceSettings,
    choose,
    loosened,
    play_strokes,
    render,
    strokes_of,
    style_states,
)
from gramophone.mosaic.colour import coloured
from gramophone.mosaic.runs import runs_of
from gramophone.mosaic.strokes import is_struck
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


@dataclass(frozen=True)
class CoreSettings:
    """How a transfer is made.

    Attributes:
        range_semitones: farthest transposition of the style.
        octave: by how many octaves the content is moved.
        span_ms: patch lengths of the kernel stage.
        iterations: of the kernel stage, three times as many at strength 1; 0 gives the mosaic.
        noise: share of noise in its start, 0 (the mosaic) to 1 (nothing of any excerpt).
        blur_ms: how far around its place a mosaic frame is asked for.
        phase_rounds: of Griffin-Lim.
    """

    range_semitones: int = 14
    octave: int | Literal["auto"] = "auto"
    span_ms: tuple[float, ...] = (23.0, 93.0, 186.0)
    iterations: int = 12
    noise: float = 0.0
    blur_ms: float = 46.0
    phase_rounds: int = 16


@dataclass(frozen=True)
class Mosaic:
    """What the choice gives.

    Attributes:
        waveform: of the content's length.
        condition: that it was chosen for.
        choice: which excerpts; None where whole strokes were placed.
        keep: what is kept, with `auto` resolved.
        carrying: how well the style can carry it; None for strokes.
    """

    waveform: Waveform
    condition: Condition
    choice: Choice | None
    keep: frozenset[Keep]
    carrying: Carrying | None


def mosaic_of(
    content: Waveform,
    styles: Sequence[Float[Tensor, "channel _"]],
    rate_hz: int,
    *,
    keep: Iterable[Keep] | None = None,
    strength: float = 0.6,
    weights: Sequence[float] | None = None,
    settings: CoreSettings | None = None,
) -> Mosaic:
    """The first two stages: what is kept, and the excerpts that carry it.

    Args:
        content: what is kept is of this.
        styles: what it is made of; with as many channels each.
        rate_hz: of all.
        keep: what is kept; by default what the content has.
        strength: from above 0 (everything that the style can carry) to 1 (the style, free).
        weights: share of each style; by default each moment takes the one that fits.
        settings: of the core.
    """
    settings = settings or CoreSettings()
    heard = analyse(content, rate_hz)
    kept = heard_keep(heard, content, rate_hz) if keep is None else frozenset(keep)
    condition = Condition(heard, weights_of(kept, strength))
    samples = content.shape[-1]
    waves = [style.cpu().numpy() for style in styles]
    if kept == {"rhythm"} and strength < 1:
        struck = _struck(content.cpu().numpy(), waves, rate_hz, held_strokes(strength))
        if struck is not None:
            return Mosaic(torch.from_numpy(struck).to(content), condition, None, kept, None)
    states = style_states([analyse(style, rate_hz) for style in styles], settings.range_semitones)
    choice = choose(condition, states, ChoiceSettings(octave=settings.octave), _bonus(weights, states.style))
    runs = [runs_of(voice, choice, states, condition) for voice in choice.voices]
    waveform = torch.from_numpy(render(runs, waves, rate_hz, samples)).to(content)
    waveform = coloured(waveform, styles, _played(choice, states.style, len(styles)), rate_hz)
    return Mosaic(waveform, condition, choice, kept, choice.carrying)


def heard_keep(heard: Analysis, content: Waveform, rate_hz: int) -> frozenset[Keep]:
    """What a content has that can be kept."""
    struck = rises_at_once(heard) and is_struck(
        strokes_of(content.cpu().numpy(), rate_hz), content.shape[-1] / rate_hz
    )
    return auto_keep(traits_of(heard), struck=struck)


def _played(choice: Choice, style: np.ndarray, styles: int) -> list[float]:
    """For how much of the time each style plays."""
    states = np.concatenate([voice.states for voice in choice.voices])
    return [float(count) + 1e-6 for count in np.bincount(style[states[states >= 0]], minlength=styles)]


def _struck(content: np.ndarray, styles: Sequence[np.ndarray], rate_hz: int, held: float) -> np.ndarray | None:
    """Whole strokes, where the style consists of strokes; the first such style plays."""
    asked, samples = strokes_of(content, rate_hz), content.shape[1]
    for style in styles:
        have = strokes_of(style, rate_hz)
        if asked and is_struck(have, style.shape[1] / rate_hz):
            return play_strokes(loosened(asked, have, samples, held), have, style, rate_hz, samples)
    return None


def _bonus(weights: Sequence[float] | None, style: np.ndarray) -> Float[Tensor, " state"] | None:
    """Scores by the styles' shares; a style without any share is never chosen."""
    if weights is None:
        return None
    shares = torch.tensor(weights, dtype=torch.float32)
    return (0.3 * (shares / shares.max()).clamp_min(1e-6).log())[torch.from_numpy(style)]


@dataclass(frozen=True)
class KernelStage:
    """What the optimiser needs.

    Attributes:
        objective: of scaled magnitudes.
        start: scaled magnitudes.
        scale: of the magnitudes.
        stft: their transform.
        samples: of the result.
        seed: of noise and phase.
        iterations: that it takes; perhaps none.
        rounds: of Griffin-Lim.
    """

    objective: Objective
    start: Spectrogram
    scale: LogScale
    stft: Stft
    samples: int
    seed: int
    iterations: int
    rounds: int

    def steps(self) -> Iterator[Step]:
        """Minimises from the start."""
        if self.iterations:
            yield from optimise(self.objective, self.start, OptimiserSettings(iterations=self.iterations, patience=0))

    def waveform(self, x: Spectrogram) -> Waveform:
        """Magnitudes with a phase of their own: the mosaic's would bring its excerpts back."""
        magnitude = self.scale.inverse(x)
        phase = pghi(magnitude, self.stft, seed=self.seed)
        return fgla(magnitude, self.stft, self.samples, phase=phase, iterations=self.rounds)


def freedom(strength: float) -> float:
    """Weight of the style's own statistics beside those under the condition: 0 up to 0.3, 1 at 1."""
    return released(strength) ** 2.5


def kernel_stage(
    mosaic: Mosaic,
    styles: Sequence[Float[Tensor, "channel _"]],
    rate_hz: int,
    *,
    strength: float = 0.6,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    settings: CoreSettings | None = None,
) -> KernelStage:
    """Sets up the third stage.

    Args:
        mosaic: of the first two, with the styles' channels.
        styles: as they are.
        rate_hz: of all.
        strength: as of the mosaic.
        weights: share of each style in the plain distance.
        seed: of the noise.
        settings: of the core.
    """
    settings = settings or CoreSettings()
    stft = _stft(rate_hz)
    magnitude = stft.magnitude(mosaic.waveform)
    scale = LogScale.of(magnitude)
    seen = scale.forward(magnitude)
    shortest = min(sound.shape[-1] for sound in (mosaic.waveform, *styles)) // stft.hop_samples + 1
    spans = spans_within(settings.span_ms, rate_hz, stft.hop_samples, shortest)
    free = freedom(strength)
    terms = []
    if free < 1:
        terms.append(Term("condition", _conditional(mosaic, seen, stft, rate_hz, spans, settings), 1 - free))
    if free > 0:
        own = [_levelled(stft.magnitude(style), magnitude) for style in styles]
        shares = weights or [1.0] * len(own)
        plain = InfiniteNetwork(spans).style_term([scale.forward(one) for one in own], shares)
        terms.append(Term("style", plain, free))
    noise = max(settings.noise, free)  # the free style is a texture, which begins with noise
    start = torch.lerp(seen, _noise(magnitude, scale, mosaic.condition.weights.loudness, seed), noise)
    samples = mosaic.waveform.shape[-1]
    # Without noise and without freedom the mosaic is what is asked for already.
    share = 0.0 if noise == 0 and free == 0 else 1 + 2 * free
    iterations = round(settings.iterations * share)
    return KernelStage(Objective(terms), start, scale, stft, samples, seed, iterations, settings.phase_rounds)


def spans_within(span_ms: Sequence[float], rate_hz: int, hop_samples: int, frames: int) -> tuple[int, ...]:
    """Patch lengths in frames, at most half of the shortest sound."""
    longest = max(1, frames // 2)
    return tuple(sorted({min(longest, max(1, round(ms / 1000 * rate_hz / hop_samples))) for ms in span_ms}))


def _stft(rate_hz: int) -> Stft:
    """A window of 93 ms, its length a product of small primes where the rate allows."""
    n_fft = 2 ** round(np.log2(N_FFT_S * rate_hz))
    return Stft(n_fft, n_fft // HOPS)


def _conditional(
    mosaic: Mosaic, seen: Spectrogram, stft: Stft, rate_hz: int, spans: tuple[int, ...], settings: CoreSettings
) -> ConditionalStyleTerm:
    frames, hop_s = seen.shape[-1], stft.hop_samples / rate_hz
    conditions = at_frames(mosaic.condition.factors(), HOP_S, hop_s, frames)
    deviation = max(settings.blur_ms / 1000 / hop_s, 1e-3)
    time = torch.arange(frames)
    entries = []
    for away in range(-round(2 * deviation), round(2 * deviation) + 1):
        place = time + away
        inside = (place >= 0) & (place < frames)
        weight = float(np.exp(-0.5 * (away / deviation) ** 2))
        entries.append((time[inside], place[inside], torch.full((int(inside.sum()),), weight)))
    times, places, shares = (torch.cat(column) for column in zip(*entries, strict=True))
    return conditional_style_term([seen], conditions, Places(times, places, shares), spans)


def _levelled(magnitude: Spectrogram, like: Float[Tensor, "channel frequency _"]) -> Spectrogram:
    energy = magnitude.square().mean().clamp_min(torch.finfo(magnitude.dtype).tiny)
    return magnitude * float((like.square().mean() / energy).sqrt())


def _noise(magnitude: Spectrogram, scale: LogScale, loudness: float, seed: int) -> Spectrogram:
    """Noise with the mosaic's mean spectrum, and its loudness as far as that is kept."""
    drawn = torch.rand(magnitude.shape, generator=torch.Generator().manual_seed(seed)).to(magnitude)
    mean = scale.inverse(scale.forward(magnitude).mean(-1, keepdim=True))
    energy = magnitude.square().sum(-2, keepdim=True)
    relative = ((energy / energy.mean() + DEPTH) / (1 + DEPTH)).sqrt()
    return scale.forward(2 * drawn * mean * relative**loudness)
