"""Lengths of windows and delays, in samples, of each mode."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from gramophone.bounds import as_number, shortened
from gramophone.condition.analysis import HOP_S
from gramophone.errors import UsageError

Mode = Literal["default", "fast"]
MODES: tuple[Mode, ...] = get_args(Mode)
MIN_RATE_HZ, MAX_RATE_HZ = 16_000, 96_000
LONGEST_HOP_S = 0.01165
PITCH_WINDOW_S: dict[str, float] = {"default": 0.1858, "fast": 0.0929}


@dataclass(frozen=True)
class Timing:
    """Lengths in samples; a *tick* is a hop of input.

    Attributes:
        rate_hz: sampling rate in Hz.
        hop: step of the wide windows; everything is computed in steps of it.
        wide: length of the windows that see envelopes.
        narrow: length of the analysis windows that see single partials.
        narrow_tail: length of the synthesis windows of the same frames, which end where those end.
        narrow_hop: step of the same frames; a multiple of `hop`.
        pitch_window: length of the windows that see pitch.
        pitch_hop: step of these windows; that of a style's analysis.
        pitch_age: delay of the moment that such a window is taken to stand for.
        look_ahead: how many further windows are seen before the choice of an excerpt is final.
        latency: delay of the output.
    """

    rate_hz: int
    hop: int
    wide: int
    narrow: int
    narrow_tail: int
    narrow_hop: int
    pitch_window: int
    pitch_hop: int
    pitch_age: int
    look_ahead: int
    latency: int

    @classmethod
    def of(cls, mode: str, rate_hz: int) -> "Timing":
        """Lengths of a mode at a rate.

        The narrow bands' frames are finished `narrow_tail` samples after their first one, the wide ones' `wide`
        samples after that; a block that ends within a hop is answered up to a hop late.

        Args:
            mode: `default` or `fast`.
            rate_hz: 16,000 to 96,000 Hz.

        Raises:
            UsageError: the mode is unknown, or the rate is out of its range.

        Example:
            >>> [round(1000 * Timing.of(mode, 44100).latency / 44100) for mode in MODES]
            [174, 52]
        """
        if str(mode) not in MODES:
            raise UsageError(
                f"the mode must be one of {', '.join(MODES)}, not {shortened(' '.join(str(mode).split()))}"
            )
        if not MIN_RATE_HZ <= as_number("rate", rate_hz) <= MAX_RATE_HZ:
            raise UsageError(f"live rates must be between {MIN_RATE_HZ} and {MAX_RATE_HZ} Hz, not {rate_hz} Hz")
        hop = 2 ** math.floor(math.log2(LONGEST_HOP_S * rate_hz))
        pitch_window = 2 * round(PITCH_WINDOW_S[mode] * rate_hz / 2)
        if mode == "fast":
            hop //= 2
        wide = 4 * hop
        narrow, tail, step = (12 * hop, 12 * hop, 3 * hop) if mode == "default" else (16 * hop, 6 * hop, 2 * hop)
        latency = tail + wide - hop
        pitch_hop = round(HOP_S * rate_hz)
        age = min(pitch_window // 2, latency - hop - pitch_hop)
        ahead = (latency - hop - age) // pitch_hop - 1
        return cls(rate_hz, hop, wide, narrow, tail, step, pitch_window, pitch_hop, age, ahead, latency)
