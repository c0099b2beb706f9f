"""How much is computed where time is short: everything, one excerpt at once, or envelopes alone."""

from gramophone.live.voice import Manner

NEAR = 0.75
EASY = 0.4
EASY_FOR_S = 3.0
LEVELS = 3
LOAD_S = 1.0
WARM_UP_S = 1.0


class Effort:
    """Watches how long blocks take.

    Args:
        step_s: length of a tick, in seconds.

    Attributes:
        load: computing time as a share of the time that there is, over about a second.
        fallbacks: how often less was computed from then on.
    """

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._level = 0
        self._easy_s = 0.0
        self._heard_s = 0.0
        self.load = 0.0
        self.fallbacks = 0

    def manner(self, strength: float) -> Manner:
        """How to play at the present level."""
        return Manner(strength, narrow=self._level < LEVELS - 1, voices=(4, 1, 0)[self._level])

    def spent(self, seconds: float, length_s: float) -> None:
        """Tells that a block of a length took some seconds; short blocks count from a tick on."""
        share = seconds / max(length_s, self._step_s)
        self.load += (share - self.load) * min(1.0, length_s / LOAD_S)
        self._heard_s += length_s
        if share > NEAR and self._heard_s > WARM_UP_S:
            self._easy_s = 0.0
            if self._level < LEVELS - 1:
                self._level += 1
                self.fallbacks += 1
        elif share < EASY:
            self._easy_s += length_s
            if self._easy_s > EASY_FOR_S and self._level > 0:
                self._level, self._easy_s = self._level - 1, 0.0
