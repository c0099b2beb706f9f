"""Phase gradient integration frame by frame (Prusa & Sondergaard 2016), without a heap.

A frame's phases come from those of the frame before, along time or along frequency, over the strongest path. Within
one frame paths are straight, so the strength at which a coefficient is reached is a running maximum of minima, from
below and from above: a scan of functions `x -> min(high, max(low, x))`, which doubling composes in a few steps.
"""

import math

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from gramophone.phase import gradient
from gramophone.phase.convergence import check_magnitude
from gramophone.phase.gradient import Frame
from gramophone.spectral import Stft

# Weights of three successive frames in the change over time at one of them: centred, and from the past only.
SLOPES = {1: (-0.5, 0.0, 0.5), 0: (0.5, -2.0, 1.5)}


class PhaseIntegrator:
    """Takes magnitude frames one by one and gives the phase of each as soon as it can be known.

    Args:
        stft: the transform of the magnitudes.
        look_ahead: 1 takes a frame's change over time from both neighbours, 0 from the frames before.
        seed: for the phase of coefficients below the tolerance, which is random.
        tolerance: share of the two latest frames' maximum below which a coefficient has no usable derivative.

    Attributes:
        look_ahead: frames that must be pushed after a frame before its phase is given.

    Raises:
        ValueError: another look-ahead than 0 or 1.
    """

    def __init__(self, stft: Stft, *, look_ahead: int = 1, seed: int = 0, tolerance: float = 1e-6) -> None:
        if look_ahead not in SLOPES:
            raise ValueError(f"look_ahead must be 0 or 1 frames, not {look_ahead}")
        self.look_ahead = look_ahead
        self._ratio = gradient.ratio(stft)
        self._carrier = gradient.carrier(stft)
        self._tolerance = tolerance
        self._rng = np.random.default_rng(seed)
        self._logs: list[Frame] = []
        self._before: tuple[Frame, Frame] | None = None

    def push(self, magnitude: Frame) -> list[Frame]:
        """Takes the next frame; returns the phases that are known by it, one or none."""
        log = np.log(np.maximum(magnitude, np.finfo(magnitude.dtype).tiny))
        # What lies before the first frame is taken to be like it.
        self._logs = [*self._logs, log][-3:] if self._logs else [log] * (3 - self.look_ahead)
        return [self._next()] if len(self._logs) == 3 else []

    def finish(self) -> list[Frame]:
        """The phases that were still waiting for a next frame, which will not come."""
        if self.look_ahead == 0 or not self._logs:
            return []
        self._logs = [*self._logs, self._logs[-1]][-3:]
        return [self._next()]

    def correct(self, phase: Frame) -> None:
        """Goes on from another phase of the frame whose phase was given last."""
        if self._before is not None:
            # Back to the frame's centre: the way from there to its first sample is its own inverse.
            self._before = gradient.one_from_frame_start(phase), self._before[1]

    def _next(self) -> Frame:
        here, before = self._logs[2 - self.look_ahead], self._logs[1 - self.look_ahead]
        level = np.maximum(here.max(1), before.max(1))[:, None] + math.log(self._tolerance)
        floor = level + math.log(gradient.FLOOR)
        slope = sum(
            weight * np.maximum(log, floor) for weight, log in zip(SLOPES[self.look_ahead], self._logs, strict=True)
        )
        per_bin = np.asarray(slope) / -self._ratio
        along_bins = np.zeros_like(here)
        np.cumsum((per_bin[:, 1:] + per_bin[:, :-1]) / 2, axis=1, out=along_bins[:, 1:])
        per_hop = np.empty_like(here)
        per_hop[:] = self._carrier
        clipped = np.maximum(here, floor)
        per_hop[:, 1:-1] += (clipped[:, 2:] - clipped[:, :-2]) * (self._ratio / 2)
        last_phase, last_per_hop = self._before or (np.zeros_like(here), per_hop)
        turned = last_phase + (last_per_hop + per_hop) / 2
        source = _sources(here, _known(here, before, level, floor))
        phase = np.take_along_axis(turned - along_bins, source, 1) + along_bins
        lost = here <= level
        phase[lost] = self._rng.uniform(-np.pi, np.pi, int(lost.sum()))
        phase -= 2 * np.pi * np.rint(phase / (2 * np.pi))
        self._before = phase, per_hop
        return gradient.one_from_frame_start(phase)


def rtpghi(
    magnitude: Float[Tensor, "*batch frequency frame"],
    stft: Stft,
    *,
    look_ahead: int = 1,
    seed: int = 0,
    tolerance: float = 1e-6,
) -> Float[Tensor, "*batch frequency frame"]:
    """Phase in radians from magnitudes alone, each frame from those before it and `look_ahead` after it.

    Args:
        magnitude: target magnitudes, not negative; any leading axes, each spectrogram on its own.
        stft: the transform of the magnitudes.
        look_ahead: 0 or 1 frames.
        seed: for the phase of coefficients below the tolerance, which is random.
        tolerance: share of the two latest frames' maximum below which a coefficient has no usable derivative.

    Raises:
        InputError: magnitudes that are negative, not finite or not of this transform.
        ValueError: another look-ahead than 0 or 1.

    Example:
        >>> import torch
        >>> stft = Stft(512, 128)
        >>> magnitude = stft.magnitude(torch.sin(0.3 * torch.arange(4096)))
        >>> waveform = stft.inverse(torch.polar(magnitude, rtpghi(magnitude, stft)), 4096)
        >>> stft.magnitude(waveform).sub(magnitude).norm() / magnitude.norm() < 0.2
        tensor(True)
    """
    check_magnitude(magnitude, stft)
    integrator = PhaseIntegrator(stft, look_ahead=look_ahead, seed=seed, tolerance=tolerance)
    return gradient.frame_by_frame(magnitude, integrator)


def _known(
    here: Frame,
    before: Frame,
    level: Float[np.ndarray, "channel 1"],
    floor: Float[np.ndarray, "channel 1"],
) -> Frame:
    """How strongly each coefficient is reached from the frame before."""
    known = np.where(before > level, before, floor)
    # Where nothing has gone before, all follow the largest.
    rows = np.arange(len(here))
    largest = here.argmax(1)
    known[rows, largest] = np.maximum(known[rows, largest], floor[:, 0] + 1)
    return known


def _sources(log: Frame, known: Frame) -> Int[np.ndarray, "channel frequency"]:
    """The bin over which each one is reached from the frame before: its own, or one from where frequency is followed.

    A coefficient is taken at the strength of the strongest of its known neighbours, and passes on the weaker of that
    and its own: the order in which a heap would visit them.
    """
    bins = log.shape[1]
    ways = np.stack([log, log[:, ::-1]])
    starts = np.stack([known, known[:, ::-1]])
    low, high = np.minimum(starts, ways), ways
    step = 1
    while step < bins:
        reached = np.minimum(np.maximum(low[..., :-step], low[..., step:]), high[..., step:])
        widest = np.minimum(np.maximum(high[..., :-step], low[..., step:]), high[..., step:])
        low = np.concatenate([low[..., :step], reached], -1)
        high = np.concatenate([high[..., :step], widest], -1)
        step *= 2
    arrival = np.concatenate([np.full_like(low[..., :1], -np.inf), low[..., :-1]], -1)
    index = np.arange(bins)
    own = np.maximum.accumulate(np.where(starts >= arrival, index, 0), axis=-1)
    origin = np.concatenate([own[..., :1], own[..., :-1]], -1)
    up, down = arrival[0], arrival[1][:, ::-1]
    from_above = bins - 1 - origin[1][:, ::-1]
    along = np.where(up >= down, origin[0], from_above)
    return np.asarray(np.where(known >= np.maximum(up, down), index, along))
