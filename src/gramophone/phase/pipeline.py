"""Frame by frame from magnitudes to samples: a source of phases, then overlap-add with or without iterations."""

from collections import deque

import numpy as np
from jaxtyping import Float

from gramophone.phase.refiner import FrameRefiner
from gramophone.phase.rtpghi import PhaseIntegrator
from gramophone.phase.spsi import PeakTracker
from gramophone.spectral import Stft

Frame = Float[np.ndarray, "channel frequency"]
Block = Float[np.ndarray, "channel _"]
PhaseSource = PhaseIntegrator | PeakTracker


class Pipeline:
    """Joins a source of phases and a refiner.

    Args:
        stft: the transform of the magnitudes.
        source: gives the phases; without one, a frame begins with the phase of what overlaps it already.
        refiner: makes samples.
        feedback: after each frame, the source goes on from the phase that the refiner has found.
    """

    def __init__(self, stft: Stft, source: PhaseSource | None, refiner: FrameRefiner, *, feedback: bool) -> None:
        self._source, self._refiner = source, refiner
        self._corrected = source if feedback and isinstance(source, PhaseIntegrator) else None
        self._waiting: deque[Frame] = deque()
        self._to_drop = stft.n_fft // 2

    def push(self, magnitude: Frame) -> list[Block]:
        """Takes the next frame; returns the samples that are decided by it."""
        if self._source is None:
            return self._from_zero(self._refiner.push(magnitude))
        self._waiting.append(magnitude)
        return self._give(self._source.push(magnitude))

    def finish(self) -> list[Block]:
        """What is left, up to half a window after the last frame's centre."""
        blocks = self._give(self._source.finish()) if self._source else []
        return blocks + self._from_zero(self._refiner.finish())

    def _give(self, phases: list[Frame]) -> list[Block]:
        blocks: list[Block] = []
        for phase in phases:
            blocks += self._refiner.push(self._waiting.popleft(), phase)
            if self._corrected:
                self._corrected.correct(self._refiner.newest_phase())
        return self._from_zero(blocks)

    def _from_zero(self, blocks: list[Block]) -> list[Block]:
        """Without what lies before the first frame's centre."""
        kept = []
        for block in blocks:
            dropped = min(self._to_drop, block.shape[1])
            self._to_drop -= dropped
            kept.append(block[:, dropped:])
        return kept
