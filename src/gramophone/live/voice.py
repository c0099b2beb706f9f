"""One style as it is played: its bands over a bed of itself, and its excerpts if it has notes."""

from dataclasses import dataclass

import numpy as np

from gramophone.condition.keep import at_strength
from gramophone.live.carrier import EndlessCarrier, own_phase
from gramophone.live.content import Content
from gramophone.live.envelopes import EnvelopeCarrier, colour_of
from gramophone.live.excerpts import ExcerptPlayer, excerpt_weights, is_pitched
from gramophone.live.narrow import NarrowCarrier
from gramophone.live.windows import Queue, Ring, Samples

BED_DB = {0.0: -18.0, 0.3: -6.0, 0.6: 2.0, 0.8: 7.0, 0.9: 11.0, 1.0: 24.0}
FADE_S = 0.1


@dataclass(frozen=True)
class Manner:
    """How styles are played at a tick.

    Attributes:
        strength: above 0 to 1.
        narrow: whether single partials are carried; otherwise envelopes alone.
        voices: how many excerpts sound at once, 0 for none.
    """

    strength: float
    narrow: bool = True
    voices: int = 4


class Voice:
    """One style.

    Args:
        style: at the level 1 and the rate of the timing.
        content: what is played.
        mode: `default` or `fast`.
        seed: of its phases and of the places of its excerpts.
    """

    def __init__(self, style: Samples, content: Content, mode: str, seed: int) -> None:
        timing = self._timing = content.timing
        self._content = content
        self._carrier = EndlessCarrier(own_phase(style, timing.rate_hz, seed), timing.rate_hz, seed)
        self._recent = Ring(timing.narrow + timing.narrow_tail + timing.wide)
        self._notes = Ring(timing.wide + 2 * timing.narrow_hop)
        self._narrow = NarrowCarrier(timing)
        self._envelopes = EnvelopeCarrier(timing, content.bands, colour_of(style, content.bands))
        self._player = ExcerptPlayer(style, timing, mode) if is_pitched(style, timing.rate_hz) else None
        self._new_notes = np.zeros(timing.narrow_hop, np.float32)
        self._banded = np.zeros(timing.hop, np.float32)
        self._played = np.zeros(timing.pitch_hop, np.float32)
        self._queue = Queue(timing.latency + 2 * timing.pitch_hop + timing.hop)
        early = (timing.look_ahead + 1) * timing.pitch_hop  # the first pieces lie before the content
        self._queue.push(np.zeros(timing.latency - timing.hop - early, np.float32))
        self._excerpt = np.zeros(timing.hop, np.float32)
        self._share = 1.0 if self._player else 0.0
        self._share_step = timing.hop / timing.rate_hz / FADE_S
        self._bed = 0.0
        self._ramp = ((np.arange(timing.hop) + 0.5) / timing.hop).astype(np.float32)

    @property
    def is_pitched(self) -> bool:
        """Whether it has notes that are played as excerpts."""
        return self._player is not None

    def play(self, manner: Manner, out: Samples) -> None:
        """Writes the `hop` samples that are finished at this tick to `out`."""
        self._play_bands(manner, out)
        if self._player is None:
            return
        self._play_excerpts(self._player, manner)
        wanted = self._content.singing.share if manner.voices else 0.0
        before, step = self._share, self._share_step
        self._share = min(max(wanted, before - step), before + step)
        share = before + (self._share - before) * self._ramp
        out *= np.sqrt(1 - share)
        out += self._excerpt * np.sqrt(share)

    def _play_bands(self, manner: Manner, out: Samples) -> None:
        timing, content = self._timing, self._content
        self._carrier.read(out)
        self._recent.push(out)
        if content.phase == 0:
            if manner.narrow:
                self._narrow.play(content.magnitudes, self._recent, self._new_notes)
            else:
                self._new_notes[:] = self._recent.last(timing.narrow_hop, timing.narrow_tail - timing.narrow_hop)
            self._notes.push(self._new_notes)
        ago = timing.narrow_hop - timing.hop * (1 + content.phase)
        self._envelopes.play(self._notes.last(timing.wide, ago), content.asked, content.heard, self._banded)
        ratio = 10 ** (at_strength(BED_DB, manner.strength) / 20)
        whole = (1 + ratio**2) ** 0.5
        level = content.heard.level_power**0.5 * ratio / whole
        bed = self._recent.last(timing.hop, timing.narrow_tail + timing.wide - 2 * timing.hop)
        np.multiply(bed, self._bed + (level - self._bed) * self._ramp, out=out)
        out += self._banded * np.float32(1 / whole)
        self._bed = level

    def _play_excerpts(self, player: ExcerptPlayer, manner: Manner) -> None:
        if (frame := self._content.frame) is not None:
            if manner.voices:
                player.play(frame, excerpt_weights(manner.strength), manner.voices, self._played)
            else:
                self._played.fill(0.0)
            self._queue.push(self._played)
        self._queue.pop(self._excerpt)
