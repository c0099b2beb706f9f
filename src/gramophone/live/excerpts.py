"""Plays style excerpts as they are chosen: transposed reading, phase-aligned cross-fades, the content's level."""

from dataclasses import replace

import numpy as np
import torch
from scipy import fft, signal

from gramophone.condition import Weights, analyse, traits_of, weights_of
from gramophone.condition.analysis import HOP_S, Analysis
from gramophone.live.choice import REST, CausalChoice, Decided
from gramophone.live.pitch import HeardFrame
from gramophone.live.timing import Timing
from gramophone.live.windows import Samples
from gramophone.mosaic import ChoiceSettings
from gramophone.mosaic.transposition import style_states

ALIGN_S = 0.01
RANGE_SEMITONES = 14
MOST_BOOST = 10 ** (12 / 20)
LEVEL_MEMORY_S = 2.0
STABLE_FROM, FLATNESS_BELOW, NORM_FROM = 0.8, 0.012, 4.2
TUNING_KEEPS = 0.7
JUMP_PRICE: dict[str, float] = {"default": 0.7, "fast": 0.4}
RELEASE_POWER = 0.6


def is_pitched(style: Samples, rate_hz: int) -> bool:
    """Whether a style has notes that excerpts can play: stable pitch, and little between its partials."""
    return _plays_notes(analyse(torch.from_numpy(style[None]), rate_hz))


def _plays_notes(heard: Analysis) -> bool:
    power = heard.magnitudes[:, heard.audible].square()
    if power.shape[1] == 0 or not float(power.max()) > 0:
        return False
    logarithm = (power + 1e-9 * float(power.max())).log().mean(0)
    flatness = float((logarithm.exp() / power.mean(0)).median())
    norm = float(torch.linalg.vector_norm(heard.pitch, dim=0)[heard.audible].mean())
    return traits_of(heard).stable_pitch >= STABLE_FROM and flatness < FLATNESS_BELOW and norm > NORM_FROM


def excerpt_weights(strength: float) -> Weights:
    """How tightly excerpts follow the content; pitch is let go of later than offline, where paths know the future."""
    weights = weights_of(("melody", "rhythm"), strength)
    return replace(weights, pitch=weights.pitch**RELEASE_POWER)


class TransposedReader:
    """Reads a style at any speed; what would be mirrored at half the rate is filtered out before.

    Args:
        style: at the rate at which it is read.
    """

    STEPS = 4  # copies for speeds up to 2^(1/2), 2, 2^(3/2)

    def __init__(self, style: Samples) -> None:
        self._margin = 8
        self._copies = [np.pad(style, self._margin)]
        for step in range(1, self.STEPS):
            kernel = signal.firwin(127, 0.95 * 2 ** (-step / 2)).astype(np.float32)
            self._copies.append(np.pad(np.convolve(style, kernel, "same").astype(np.float32), self._margin))
        self._length = len(style)

    def read(self, start: float, speed: float, count: int) -> Samples:
        """`count` samples from a place on, `speed` apart (cubic Hermite splines); silence beyond the ends."""
        step = 0 if speed <= 1.03 else min(self.STEPS - 1, int(np.ceil(2 * np.log2(speed))))
        copy = self._copies[step]
        position = np.clip(start + speed * np.arange(count), -2, self._length + 1) + self._margin
        index = position.astype(np.int64)
        share = (position - index).astype(np.float32)
        before, at, after, last = copy[index - 1], copy[index], copy[index + 1], copy[index + 2]
        slope = 0.5 * (after - before)
        bend = before - 2.5 * at + 2 * after - 0.5 * last
        twist = 0.5 * (last - before) + 1.5 * (at - after)
        return at + share * (slope + share * (bend + share * twist))


class _Line:
    """What one voice reads at the moment."""

    def __init__(self) -> None:
        self.state = REST
        self.place = 0.0
        self.speed = 1.0
        self.detune = 0.0
        self.gain = 0.0


class ExcerptPlayer:
    """One pitched style: frames of the content in, its excerpts out.

    Args:
        style: at the level 1.
        timing: of the mode.
        mode: `default` or `fast`.
    """

    def __init__(self, style: Samples, timing: Timing, mode: str) -> None:
        self._timing = timing
        states = style_states([analyse(torch.from_numpy(style[None]), timing.rate_hz)], RANGE_SEMITONES)
        self._choice = CausalChoice(states, timing.look_ahead, ChoiceSettings(jump=JUMP_PRICE[mode]))
        energy, own = states.energy.numpy(), states.energy.numpy()[states.semitones == 0]
        self._have = energy.clip(1e-4 * energy.max()) / max(float(own.mean()), 1e-20)
        self._speed = 2.0 ** (states.semitones / 12)
        self._place = states.frame * HOP_S * timing.rate_hz * self._speed
        self._reader = TransposedReader(style)
        self._lines = [_Line() for _ in range(self._choice.settings.voices)]
        hop = timing.pitch_hop
        self._reach = round(ALIGN_S * timing.rate_hz)
        ramp = (np.arange(hop) + 0.5) / hop
        self._ramp = ramp.astype(np.float32)
        self._rising = (0.5 - 0.5 * np.cos(np.pi * ramp)).astype(np.float32)
        self._falling = self._rising[::-1].copy()
        self._steady, self._memory = 0.0, np.exp(-hop / timing.rate_hz / LEVEL_MEMORY_S)

    @property
    def voices(self) -> int:
        """Largest number of voices."""
        return len(self._lines)

    def play(self, frame: HeardFrame, weights: Weights, voices: int, out: Samples) -> None:
        """Takes a frame of the content and writes the `pitch_hop` samples that are decided by it.

        Args:
            frame: the newest.
            weights: how much each part of the condition asks for.
            voices: how many may play.
            out: where they go.
        """
        out.fill(0.0)
        decided = self._choice.choose(frame, weights, voices)
        if decided is None:
            return
        asked = sum(one.energy for one in decided)
        if asked > 0:
            self._steady = max(self._memory * self._steady + (1 - self._memory) * asked, 0.3 * asked)
        for line, one in zip(self._lines, decided, strict=True):
            if one.state != REST or line.gain > 0:
                self._play_line(line, one, weights, out)

    def _gain(self, one: Decided, weights: Weights) -> float:
        if one.state == REST:
            return 0.0
        wanted = float(np.sqrt(one.energy / self._have[one.state]))
        limit = MOST_BOOST * float(np.sqrt(one.energy))
        kept = weights.loudness
        return min(wanted, limit) ** kept * float(np.sqrt(self._steady)) ** (1 - kept)

    def _play_line(self, line: _Line, one: Decided, weights: Weights, out: Samples) -> None:
        hop = len(out)
        gain = self._gain(one, weights)
        goes_on = one.state not in {REST, line.state} and one.state == line.state + 1
        goes_on = goes_on and line.state != REST and self._speed[one.state] == line.speed
        if goes_on or (one.state == REST and line.state == REST):
            line.detune = TUNING_KEEPS * line.detune + (1 - TUNING_KEEPS) * one.detune_octaves * weights.pitch
            fade = line.gain + (gain - line.gain) * self._ramp
            out += self._read_on(line, hop) * fade
        else:
            tail = self._read_on(line, hop) if line.gain > 0 else None
            if tail is not None:
                out += tail * self._falling * line.gain
            if one.state != REST:
                self._begin(line, one, weights, tail)
                out += self._read_on(line, hop) * self._rising * gain
        line.state, line.gain = one.state, gain

    def _read_on(self, line: _Line, count: int) -> Samples:
        speed = line.speed * 2.0**line.detune
        part = self._reader.read(line.place, speed, count)
        line.place += speed * count
        return part

    def _begin(self, line: _Line, one: Decided, weights: Weights, tail: Samples | None) -> None:
        """Sets a line to where the state's frame is reached a hop later, in phase with what fades out."""
        line.speed, line.detune = float(self._speed[one.state]), one.detune_octaves * weights.pitch
        hop, speed = self._timing.pitch_hop, line.speed * 2.0**line.detune
        start = float(self._place[one.state]) - hop * speed
        if tail is not None:
            head = self._reader.read(start - self._reach * speed, speed, hop + 2 * self._reach)
            start += _best_lag(tail, head, self._reach) * speed
        line.place = start


def _best_lag(tail: Samples, head: Samples, reach: int) -> int:
    """By how many samples a head is moved to be most like what is fading out."""
    length = fft.next_fast_len(len(head), real=True)
    product = fft.irfft(fft.rfft(head, length) * np.conj(fft.rfft(tail, length)), length)[: 2 * reach + 1]
    energy = np.concatenate([[0.0], np.cumsum(np.square(head, dtype=np.float64))])
    windows = energy[len(tail) : len(tail) + 2 * reach + 1] - energy[: 2 * reach + 1]
    likeness = product / (np.sqrt(np.maximum(windows, 0)) + 1e-6)
    return int(likeness.argmax()) - reach
