"""A particle filter over the windows of a corpus.

Tralie & Cantil 2024, "The Concatenator: a Bayesian approach to real time concatenative musaicing", ISMIR
(arXiv 2411.04366). The state is the set of windows that sound; the content is observed. A particle is one guess at
the state: its windows go on through the corpus, or jump; its weight says how well they fit the content.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from gramophone.rivals.checks import whole_within, within
from gramophone.rivals.corpus import Corpus
from gramophone.rivals.particles import Particles, resampled, voted
from gramophone.rivals.progress import Progress, completed
from gramophone.rivals.waveforms import (
    Samples,
    Waveform,
    at_level,
    checked_content,
    magnitudes,
    rms,
    window_samples,
)

PUBLISHED_WINDOW = 2048
LEVEL = 0.1
"""Root mean square to which recordings are brought, as divergences depend on it: that of music mastered at -20 dB."""
QUIET_DB = -50.0
"""Windows of the corpus that are quieter than this, relative to full scale, are held back."""
HOLD_BACK = 0.1
"""Weight of the penalty on activations of quiet windows."""
WINDOWS_A_STEP = 16
EPSILON = 1e-12


@dataclass(frozen=True)
class TralieSettings:
    """Settings of `tralie2024`.

    Attributes:
        window_ms: length of the window in milliseconds, 10 to 500, half of which is the hop; 46 are 2048 samples at
            44,100 Hz.
        particles: `P`, 1 to 10,000 (published: 100 to 10,000).
        windows: `p`, 1 to 50: windows that sound at once.
        continuation: `p_d`, 0 to 1: probability that a window goes on to the next one instead of jumping.
        temperature: `tau`, 0 to 1000 (published: 1 to 100): how much a good fit counts.
        iterations: `L`, 1 to 100: updates of the activations of a particle.
        repetition: `r`, 0 to 100: frames within which no window is used again.
        highest_hz: frequencies above this are not compared; 100 to 48,000.

    Raises:
        UsageError: a setting outside its range.
    """

    window_ms: float = 2048 / 44.1
    particles: int = 100
    windows: int = 5
    continuation: float = 0.95
    temperature: float = 10.0
    iterations: int = 10
    repetition: int = 3
    highest_hz: float = 8000.0

    def __post_init__(self) -> None:
        within("window_ms", self.window_ms, 10, 500)
        whole_within("particles", self.particles, 1, 10_000)
        whole_within("windows", self.windows, 1, 50)
        within("continuation", self.continuation, 0, 1)
        within("temperature", self.temperature, 0, 1000)
        whole_within("iterations", self.iterations, 1, 100)
        whole_within("repetition", self.repetition, 0, 100)
        within("highest_hz", self.highest_hz, 100, 48_000)


def tralie2024_steps(
    content: Samples, styles: Sequence[Samples], rate_hz: int, settings: TralieSettings | None = None, seed: int = 0
) -> Iterator[Progress]:
    """Follows the content through the corpus, sixteen windows a step.

    Args:
        content: `[channel, sample]`, float32.
        styles: the corpus, each recording at least as long as a window. Of memory maps (`numpy.memmap` of float32)
            only the windows that particles stand on are ever read.
        rate_hz: of all of them, 8,000 to 96,000.
        settings: the defaults where none are given.
        seed: of the particles' places and jumps.

    Yields:
        A step whose preview has the shape and the level of the content; what is to come is silent in it.

    Raises:
        InputError: a recording that cannot be used.
    """
    settings = settings or TralieSettings()
    said = checked_content(content, rate_hz)
    window = window_samples(settings.window_ms, rate_hz)
    corpus = Corpus(styles, said.shape[0], rate_hz, window, window // 2)
    parts = [said] if corpus.channels == said.shape[0] else list(said.split(1))
    hops = -(-said.shape[1] // corpus.hop) + 1
    results = [torch.zeros_like(part) for part in parts]
    for number, part in enumerate(parts):
        played = torch.zeros(part.shape[0], (hops + 1) * corpus.hop)
        follower = Follower(corpus, rate_hz, settings, seed)
        for hop, heard in enumerate(_windows(part, corpus, hops)):
            played[:, hop * corpus.hop : hop * corpus.hop + window] += follower.follow(heard)
            if hop % WINDOWS_A_STEP == WINDOWS_A_STEP - 1 or hop == hops - 1:
                results[number] = played[:, corpus.hop :][:, : part.shape[1]]
                yield Progress(number * hops + hop + 1, len(parts) * hops, lambda: at_level(torch.cat(results), said))


tralie2024 = completed(tralie2024_steps)


class Follower:
    """The filter as it goes: a window of the content in, a window of the result out.

    Args:
        corpus: what the result is made of.
        rate_hz: of the content and the corpus.
        settings: of the filter.
        seed: of the particles' places and jumps.
    """

    def __init__(self, corpus: Corpus, rate_hz: int, settings: TralieSettings, seed: int) -> None:
        self.corpus, self.settings = corpus, settings
        self.rng = np.random.default_rng(seed)
        self.particles = Particles.spread(self.rng, settings.particles, settings.windows, corpus.count)
        self.chosen: list[Int64[np.ndarray, " _"]] = []
        self._taper = torch.hann_window(corpus.window)
        self._bins = min(int(corpus.window * settings.highest_hz / rate_hz) + 1, corpus.window // 2)

    def follow(self, heard: Waveform) -> Waveform:
        """Takes a window of the content, scaled to `LEVEL`, and gives the tapered window that answers it."""
        settings, corpus = self.settings, self.corpus
        states = self.particles.moved(self.rng, corpus.count, corpus.firsts, settings.continuation)
        numbers, where = np.unique(states, return_inverse=True)
        places = torch.from_numpy(where.reshape(states.shape))
        windows = corpus.windows(numbers) * (self._taper * (LEVEL / corpus.level))
        columns, observed = self._spectra(windows), self._spectra(heard[None] * self._taper)[0]
        held = HOLD_BACK * (_level_db(windows, self._taper) < QUIET_DB)
        start = torch.from_numpy(self.rng.random(states.shape, dtype=np.float32))
        own = columns[places]
        fits = fitted(own, observed, start, held[places], settings.iterations)
        divergences = divergence(own, fits, observed)
        particles = Particles(states, _weighed(self.particles.weights, settings.temperature * divergences))
        best = voted(particles, self.chosen, settings.windows, settings.repetition)
        self.chosen.append(best)
        self.particles = resampled(particles, self.rng)
        found = torch.from_numpy(np.searchsorted(numbers, best))
        start = torch.from_numpy(self.rng.random((1, len(best)), dtype=np.float32))
        heights = fitted(columns[found][None], observed, start, held[found][None], settings.iterations)
        return torch.einsum("w,wcs->cs", heights[0], windows[found])

    def _spectra(self, windows: Float[Tensor, "window channel sample"]) -> Float[Tensor, "window frequency"]:
        """Magnitudes up to the highest frequency, channels one after the other, as of the published window."""
        spectrum = magnitudes(torch.fft.rfft(windows)[..., : self._bins])
        return spectrum.flatten(1) * (PUBLISHED_WINDOW / self.corpus.window)


def fitted(
    columns: Float[Tensor, "particle window frequency"],
    observed: Float[Tensor, " frequency"],
    start: Float[Tensor, "particle window"],
    held: Float[Tensor, "particle window"],
    iterations: int,
) -> Float[Tensor, "particle window"]:
    """Activations of every particle's windows after some multiplicative updates (section 3.1 of the paper).

    Args:
        columns: magnitudes of the windows.
        observed: magnitudes of the content.
        start: activations to begin with, above 0.
        held: weight of the penalty on each activation.
        iterations: number of updates.
    """
    heights = start[:, None] + EPSILON
    sums = columns.sum(2)[:, None].clamp_min(EPSILON)
    columns_across = columns.mT
    for _ in range(iterations):
        ratio = observed / torch.bmm(heights, columns).clamp_min_(EPSILON)
        heights = heights * torch.bmm(ratio, columns_across) / (sums + held[:, None] * heights)
    return heights[:, 0]


def divergence(
    columns: Float[Tensor, "particle window frequency"],
    heights: Float[Tensor, "particle window"],
    observed: Float[Tensor, " frequency"],
) -> Float[Tensor, " particle"]:
    """Mean Kullback-Leibler divergence of the content from every particle's fit."""
    model = torch.bmm(heights[:, None], columns)[:, 0].clamp_min_(EPSILON)
    return (torch.special.xlogy(observed, observed / model) - observed + model).mean(1)


def _windows(content: Waveform, corpus: Corpus, hops: int) -> Iterator[Waveform]:
    """Windows of the content at the level at which divergences were published; the first begins half before it."""
    level = rms(content)
    scaled = content * (LEVEL / level) if level > 0 else content
    after = (hops + 1) * corpus.hop - corpus.hop - content.shape[1]
    padded = torch.nn.functional.pad(scaled, (corpus.hop, after))
    yield from padded.unfold(1, corpus.window, corpus.hop).unbind(1)


def _level_db(
    windows: Float[Tensor, "window channel sample"], taper: Float[Tensor, " sample"]
) -> Float[Tensor, " window"]:
    """Level of the loudest channel."""
    power = windows.square().mean(2).amax(1) / taper.square().mean()
    return 10 * power.clamp_min(1e-20).log10()


def _weighed(
    weights: Float64[np.ndarray, " particle"], losses: Float[Tensor, " particle"]
) -> Float64[np.ndarray, " _"]:
    """The weights times `exp(-loss)`, summing to 1, whatever the losses are (section 3.2)."""
    logarithms = np.log(weights.clip(min=1e-300)) - losses.double().numpy()
    raised = np.exp(logarithms - logarithms.max())
    return raised / raised.sum()
