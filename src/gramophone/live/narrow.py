"""Narrow-band cross-synthesis as samples come: the content's magnitudes with the carrier's phases."""

import numpy as np
from scipy import fft

from gramophone.live.timing import Timing
from gramophone.live.windows import OverlapAdd, Ring, Samples, window_pair

TINY = 1e-12


class NarrowMagnitudes:
    """The content's magnitudes in narrow bands, once for all styles.

    Args:
        timing: of the mode.
    """

    def __init__(self, timing: Timing) -> None:
        self._window, _ = window_pair(timing.narrow, timing.narrow_tail, timing.narrow_hop)

    def of(self, recent: Ring) -> Samples:
        """Magnitudes of the newest frame."""
        return np.abs(fft.rfft(recent.last(len(self._window)) * self._window))


class NarrowCarrier:
    """One style's side of it: a carrier in, the content's notes in its sound out.

    Args:
        timing: of the mode.
    """

    def __init__(self, timing: Timing) -> None:
        self._window, self._synthesis = window_pair(timing.narrow, timing.narrow_tail, timing.narrow_hop)
        self._tail = timing.narrow_tail
        self._sum = OverlapAdd(timing.narrow_tail, timing.narrow_hop)

    def play(self, magnitudes: Samples, carrier: Ring, out: Samples) -> None:
        """Takes the newest frame of both and writes the `narrow_hop` samples that are finished by it."""
        spectrum = fft.rfft(carrier.last(len(self._window)) * self._window)
        spectrum *= magnitudes / np.maximum(np.abs(spectrum), TINY)
        frame = fft.irfft(spectrum, len(self._window)) * self._synthesis
        self._sum.add(frame[-self._tail :], out)
