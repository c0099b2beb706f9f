"""What keeps a player and a loudspeaker safe: repaired input, a limiter, and a ducker against feedback."""

from collections import deque

import numpy as np

from gramophone.live.windows import Samples

CEILING = 0.98
LARGEST_INPUT = 4.0
LIMITER_RELEASE_S = 0.2
SLOT_S = 0.1
RISING_SLOTS = 5
RISE_DB, RUNAWAY_DB = 12.0, -12.0
FELL_DB = 1.0
DUCKED_GAIN = 10 ** (-30 / 20)
ATTACK_S, HOLD_S, RECOVERY_S = 0.02, 2.0, 1.0
SILENT_DB = -120.0


def repaired(block: Samples) -> int:
    """Replaces what is not a number by silence and limits the rest to four times full scale, in place.

    Returns:
        How many samples were not finite.
    """
    wrong = ~np.isfinite(block)
    count = int(np.count_nonzero(wrong))
    if count:
        block[wrong] = 0.0
    np.clip(block, -LARGEST_INPUT, LARGEST_INPUT, out=block)
    return count


def decibels(power: float) -> float:
    """Level of a mean square relative to full scale, at least -120 dB."""
    return 10 * float(np.log10(max(power, 10 ** (SILENT_DB / 10))))


class Limiter:
    """Keeps samples below full scale: at once where they are too loud, recovering within 0.2 s.

    Args:
        step_s: length of the pieces, in seconds.
    """

    def __init__(self, step_s: float) -> None:
        self._gain = 1.0
        self._recovery = 1 - float(np.exp(-step_s / LIMITER_RELEASE_S))

    def limit(self, piece: Samples) -> None:
        """Limits a piece in place."""
        peak = float(np.abs(piece).max())
        recovered = self._gain + (1 - self._gain) * self._recovery
        gain = min(recovered, CEILING / max(peak, CEILING))
        if gain < 1 or self._gain < 1:
            piece *= np.linspace(self._gain, gain, len(piece), dtype=np.float32)
        self._gain = gain
        np.clip(piece, -CEILING, CEILING, out=piece)


class Ducker:
    """Turns the output down by 30 dB where the level of the input runs away.

    That is: it never falls for half a second, rises by 12 dB or more and ends above -12 dB. The output comes back
    two seconds later, within a second.

    Args:
        step_s: length of the pieces, in seconds.
    """

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._slots: deque[float] = deque(maxlen=RISING_SLOTS + 1)
        self._power, self._since_s = 0.0, 0.0
        self._held_s = 0.0
        self._gain = 1.0
        self.count = 0

    @property
    def is_ducking(self) -> bool:
        """Whether the output is turned down."""
        return self._gain < 0.99

    def duck(self, heard_power: float, piece: Samples) -> None:
        """Follows the input's mean square over a piece and turns the output's piece down in place if need be."""
        self._power += heard_power * self._step_s
        self._since_s += self._step_s
        if self._since_s >= SLOT_S:
            self._slots.append(decibels(self._power / self._since_s))
            self._power = self._since_s = 0.0
            if self._runs_away():
                self.count += self._held_s <= 0
                self._held_s = HOLD_S
                self._slots.clear()
        self._held_s = max(0.0, self._held_s - self._step_s)
        target, time_s = (DUCKED_GAIN, ATTACK_S) if self._held_s > 0 else (1.0, RECOVERY_S)
        gain = self._gain + (target - self._gain) * min(1.0, self._step_s / time_s)
        if gain < 0.9999 or self._gain < 0.9999:
            piece *= np.linspace(self._gain, gain, len(piece), dtype=np.float32)
        self._gain = gain

    def _runs_away(self) -> bool:
        slots = self._slots
        if len(slots) <= RISING_SLOTS or slots[-1] < RUNAWAY_DB or slots[-1] - slots[0] < RISE_DB:
            return False
        return all(after > before - FELL_DB for before, after in zip(list(slots), list(slots)[1:], strict=False))
