"""What is heard of the content at a tick, once for all styles."""

import numpy as np

from gramophone.live.envelopes import Bands, Heard, WideBands
from gramophone.live.narrow import NarrowMagnitudes
from gramophone.live.pitch import HeardFrame, Listener
from gramophone.live.singing import Singing
from gramophone.live.timing import Timing
from gramophone.live.windows import Ring, Samples


class Content:
    """Follows the content tick by tick.

    Args:
        timing: of the mode.
        hears_pitch: whether anything asks for pitch.

    Attributes:
        bands: the wide bands.
        magnitudes: in narrow bands, new at every third or second tick.
        asked: powers in the wide bands at the place that is computed now.
        heard: averages of these.
        frame: features of the window of this tick; None where there is none.
        singing: whether it is a melody.
        phase: ticks since the narrow magnitudes were new.
        is_frozen: whether what is heard stays as it is.
    """

    def __init__(self, timing: Timing, *, hears_pitch: bool) -> None:
        self.timing = timing
        self.bands = WideBands(timing)
        self.heard = Heard(timing, self.bands)
        self.singing = Singing(timing)
        self.asked: Bands = np.zeros(len(self.bands.filters), np.float32)
        self.magnitudes: Samples = np.zeros(timing.narrow // 2 + 1, np.float32)
        self.frame: HeardFrame | None = None
        self.phase = 0
        self.is_frozen = False
        self.samples = Ring(timing.latency + timing.narrow + timing.pitch_window + timing.pitch_hop)
        self._narrow = NarrowMagnitudes(timing)
        self._listener = Listener(timing) if hears_pitch else None
        self._last: HeardFrame | None = None
        self._ticks, self._until_pitch = 0, timing.pitch_age

    def hear(self, new: Samples) -> None:
        """Takes `hop` samples."""
        timing = self.timing
        self.samples.push(new)
        self.phase = self._ticks % (timing.narrow_hop // timing.hop)
        self._ticks += 1
        if not self.is_frozen:
            if self.phase == 0:
                self.magnitudes = self._narrow.of(self.samples)
            ago = timing.narrow_tail - timing.hop
            self.asked = self.bands.powers(self.bands.spectrum(self.samples.last(timing.wide, ago)))
            self.heard.follow(self.asked)
        self._hear_pitch()

    def _hear_pitch(self) -> None:
        """The frame whose window ends within this tick, if one does."""
        self.frame = None
        self._until_pitch -= self.timing.hop
        if self._until_pitch > 0 or self._listener is None:
            self._until_pitch += self.timing.pitch_hop if self._until_pitch <= 0 else 0
            return
        ago = -self._until_pitch
        self._until_pitch += self.timing.pitch_hop
        if self.is_frozen and self._last is not None:
            self.frame = HeardFrame(self._last.magnitudes, self._last.pitch, self._last.shape, self._last.energy, 0.0)
            return
        self.frame = self._last = self._listener.hear(self.samples, ago)
        self.singing.follow(self.frame)
