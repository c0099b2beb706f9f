"""Whether what comes in is a melody or speech, as it comes: what decides if a style of notes plays or speaks."""

import math
from collections import deque

import numpy as np

from gramophone.condition.traits import ALIKE, STABLE_S
from gramophone.live.pitch import HeardFrame
from gramophone.live.timing import Timing

MEMORY_S = 1.2
PRIOR, PRIOR_FRAMES = 0.7, 6.0
SPEECH_BELOW, MELODY_FROM = 0.34, 0.42
TINY = 1e-12


class Singing:
    """Follows how much of the last second had a pitch that lasts 0.2 s.

    Args:
        timing: of the mode.
    """

    def __init__(self, timing: Timing) -> None:
        step_s = timing.pitch_hop / timing.rate_hz
        lag = max(1, round(STABLE_S / step_s))
        self._past: deque[np.ndarray] = deque(maxlen=lag)
        self._memory = math.exp(-step_s / MEMORY_S)
        self._lasting, self._weight, self._reference = 0.0, 0.0, 0.0
        self.share = 1.0

    def follow(self, frame: HeardFrame) -> None:
        """Takes a frame; `share` is then 1 for a melody, 0 for speech, or between."""
        unit = frame.pitch / (float(np.linalg.norm(frame.pitch)) + 1e-6)
        likeness = float(self._past[0] @ unit) if len(self._past) == self._past.maxlen else ALIKE
        self._past.append(unit)
        weight = math.sqrt(frame.energy)
        self._reference = max(weight, self._memory * self._reference)
        self._lasting = self._memory * self._lasting + weight * (likeness >= ALIKE)
        self._weight = self._memory * self._weight + weight
        prior = PRIOR_FRAMES * 0.3 * self._reference
        lasting = (self._lasting + prior * PRIOR) / (self._weight + prior + TINY)
        self.share = min(1.0, max(0.0, (lasting - SPEECH_BELOW) / (MELODY_FROM - SPEECH_BELOW)))
