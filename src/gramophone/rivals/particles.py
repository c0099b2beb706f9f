"""Particles: how they move, vote and are drawn again (Tralie & Cantil 2024, section 3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

HEAVIEST = 0.1
"""Share of the particles that vote; and the effective share below which they are drawn again."""
PROMOTION = 10.0
"""Factor on the vote for a window that goes on from what was chosen before."""
PROMOTED_FRAMES = 10

Numbers = Int64[np.ndarray, " _"]


@dataclass(frozen=True)
class Particles:
    """Guesses at the windows that sound.

    Attributes:
        states: numbers of windows, `[particle, window]`, in no order.
        weights: of the particles; they sum to 1.
    """

    states: Int64[np.ndarray, "particle window"]
    weights: Float64[np.ndarray, " particle"]

    @classmethod
    def spread(cls, rng: np.random.Generator, particles: int, windows: int, count: int) -> "Particles":
        """Evenly drawn from a corpus of `count` windows, with equal weights."""
        return cls(rng.integers(count, size=(particles, windows)), np.full(particles, 1 / particles))

    def moved(
        self, rng: np.random.Generator, count: int, firsts: Numbers, continuation: float
    ) -> Int64[np.ndarray, "particle window"]:
        """States a hop later: each window goes on, or jumps anywhere; at the end of a recording it jumps.

        Args:
            rng: where chance comes from.
            count: windows of the corpus.
            firsts: first window of every recording.
            continuation: probability of going on.
        """
        onward = self.states + 1
        goes_on = (rng.random(self.states.shape) < continuation) & (onward < count) & ~np.isin(onward, firsts)
        return np.where(goes_on, onward, rng.integers(count, size=self.states.shape))


def voted(particles: Particles, chosen: Sequence[Numbers], windows: int, repetition: int) -> Numbers:
    """The windows to sound now: those with the most weight among the heaviest particles.

    Votes for windows that go on from one of the last ten choices count tenfold; those of the last `repetition`
    choices themselves do not count.

    Args:
        particles: with this frame's weights.
        chosen: windows chosen before, the latest last.
        windows: how many are wanted; fewer are returned where fewer have a vote.
        repetition: frames within which none is used again.
    """
    voters = max(1, round(HEAVIEST * len(particles.weights)))
    heaviest = np.argsort(-particles.weights, kind="stable")[:voters]
    numbers, where = np.unique(particles.states[heaviest], return_inverse=True)
    weights = np.repeat(particles.weights[heaviest], particles.states.shape[1])
    votes = np.bincount(where.ravel(), weights, minlength=len(numbers))
    recent = chosen[-PROMOTED_FRAMES:][::-1]
    onward = [before + frames for frames, before in enumerate(recent, 1)]
    if onward:
        votes = np.where(np.isin(numbers, np.concatenate(onward)), PROMOTION * votes, votes)
    used = chosen[len(chosen) - min(repetition, len(chosen)) :]
    if used:
        votes = np.where(np.isin(numbers, np.concatenate(used)), 0.0, votes)
    best = np.argsort(-votes, kind="stable")[:windows]
    kept = best[votes[best] > 0]
    # A corpus so short that all of it has just been used may repeat itself.
    return numbers[kept if len(kept) else best]


def resampled(particles: Particles, rng: np.random.Generator) -> Particles:
    """Draws the particles again by their weights where too few of them count (`n_eff < 0.1 P`).

    Stochastic universal sampling (Kitagawa 1996; Baker 1987): one chance for all, at even distances.
    """
    count = len(particles.weights)
    if 1 / np.square(particles.weights).sum() >= HEAVIEST * count:
        return particles
    points = (rng.random() + np.arange(count)) / count
    picked = np.searchsorted(np.cumsum(particles.weights), points, side="right").clip(max=count - 1)
    return Particles(particles.states[picked], np.full(count, 1 / count))
