"""`LiveTransfer`: blocks of sound in, blocks of the same sound made of a style out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Shaped

from gramophone.audio import Sound, audible, check_sounds
from gramophone.bounds import as_number, check_seed, shown
from gramophone.errors import InputError, UsageError
from gramophone.live.carrier import unit_level
from gramophone.live.content import Content
from gramophone.live.effort import Effort
from gramophone.live.guard import Ducker, Limiter, decibels, repaired
from gramophone.live.incoming import Incoming
from gramophone.live.timing import Timing
from gramophone.live.voice import Manner, Voice
from gramophone.live.windows import Queue, Samples
from gramophone.synthesis.learn_style import Recording, representative

STRENGTH = 0.6
MOST_STYLES = 8
LARGEST_BLOCK = 16_384
SHORTEST_STYLE_S, LONGEST_STYLE_S = 0.2, 12.0
WEIGHT_FADE_S = 0.03
METER_S = 0.3


@dataclass(frozen=True)
class Meters:
    """What a player wants to see.

    Attributes:
        in_db: level of the input, in dB of full scale (root mean square over 0.3 s), at least -120.
        out_db: the same of the output.
        load: computing time as a share of the time that there is, over about a second; 0 where no clock is watched.
        fallbacks: how often a deadline was near, so that less was computed.
        is_ducking: whether the output is turned down as the level of the input ran away.
        ducked: how often that happened.
        repaired: how many samples of the input were not finite numbers.
    """

    in_db: float
    out_db: float
    load: float
    fallbacks: int
    is_ducking: bool
    ducked: int
    repaired: int


class LiveTransfer:
    """Plays styles by what comes in, block by block: for a sound card's callback, a plug-in host or a notebook.

    The output is the input's notes, words and rhythm in the sound of the styles, `latency_samples` late. A style of
    noise carries them in narrow bands, over a bed of itself; one of notes plays melodies by excerpts of itself.
    Everything is causal, computed in bounded time and memory, and never louder than full scale. Same seed, machine
    and versions: same samples, however the input is cut into blocks.

    Args:
        styles: one to eight recordings, of any rate, at least 0.2 s long; their channels are mixed down. Of more
            than 12 s the seconds are taken that stand best for them.
        rate_hz: of blocks, 16,000 to 96,000 Hz.
        block: usual number of samples of a block, 1 to 16,384; any other is accepted at any time.
        strength: 0 (all of the input that the style can carry) to 1 (the style alone, at the input's level).
        mix: 0 (the input itself, as late as the output) to 1 (the styles alone).
        weights: weight of each style, relative to the others; equal by default.
        mode: `default` resolves notes best, `fast` answers within 60 ms.
        seed: of the joins of the styles.
        watch_clock: whether less is computed where the time for a block becomes short; what comes out then
            depends on the machine.

    Raises:
        InputError: a style is silent or too short.
        UsageError: an option is outside its range.

    Example:
        >>> import numpy as np
        >>> from gramophone.audio import Sound
        >>> noise = np.random.default_rng(0).standard_normal((1, 22050)).astype(np.float32)
        >>> live = LiveTransfer(Sound(0.1 * noise, 22050), 22050, 256)
        >>> block = live.process(np.zeros(256, np.float32))
        >>> block.shape, round(1000 * live.latency_samples / 22050)
        ((256,), 174)
    """

    def __init__(  # noqa: PLR0913
        self,
        styles: Sound | Sequence[Sound],
        rate_hz: int,
        block: int = 512,
        *,
        strength: float = STRENGTH,
        mix: float = 1.0,
        weights: Sequence[float] | None = None,
        mode: str = "default",
        seed: int = 0,
        watch_clock: bool = False,
    ) -> None:
        sounds = check_sounds(styles, "the style")
        if not 1 <= len(sounds) <= MOST_STYLES:
            raise UsageError(f"live transfers take 1 to {MOST_STYLES} styles, not {len(sounds)}")
        check_seed(seed)
        if not 1 <= as_number("block", block) <= LARGEST_BLOCK:
            raise UsageError(f"block must be between 1 and {LARGEST_BLOCK} samples, not {block}")
        timing = self._timing = Timing.of(mode, rate_hz)
        self._incoming = Incoming(rate_hz)
        step_s = timing.hop / rate_hz
        waveforms = [_prepared(sound, number, rate_hz) for number, sound in enumerate(sounds, 1)]
        self._content = Content(timing, hears_pitch=True)
        self._voices = [Voice(one, self._content, mode, seed + n) for n, one in enumerate(waveforms)]
        self.strength, self.mix = strength, mix
        self.weights = weights if weights is not None else [1.0] * len(sounds)
        self._gains = np.sqrt(self._weights)
        self._mixed, self._weight_step = self._mix, step_s / WEIGHT_FADE_S
        self._effort = Effort(step_s) if watch_clock else None
        self._limiter, self._ducker = Limiter(step_s), Ducker(step_s)
        hop = timing.hop
        self._pending, self._waiting = np.zeros(hop, np.float32), 0
        self._ready = Queue(2 * hop + 1)
        self._ready.push(np.zeros(hop, np.float32))
        self._wet, self._one = np.zeros(hop, np.float32), np.zeros(hop, np.float32)
        self._ramp = ((np.arange(hop) + 0.5) / hop).astype(np.float32)
        self._repaired, self._powers = 0, np.zeros(2)
        self._meter_step = 1 - float(np.exp(-step_s / METER_S))

    @property
    def rate_hz(self) -> int:
        """Sampling rate in Hz."""
        return self._timing.rate_hz

    @property
    def latency_samples(self) -> int:
        """By how many samples the output is later than the input, whatever the size of blocks."""
        return self._timing.latency

    @property
    def is_pitched(self) -> tuple[bool, ...]:
        """Of each style, whether it has notes that melodies are played with."""
        return tuple(voice.is_pitched for voice in self._voices)

    @property
    def strength(self) -> float:
        """How much of the style there is, 0 to 1; heard from the next block on."""
        return self._strength

    @strength.setter
    def strength(self, value: float) -> None:
        self._strength = _share("strength", value)

    @property
    def mix(self) -> float:
        """Share of the styles in the output beside the input, 0 to 1."""
        return self._mix

    @mix.setter
    def mix(self, value: float) -> None:
        self._mix = _share("mix", value)

    @property
    def weights(self) -> tuple[float, ...]:
        """Weight of each style; they sum to 1."""
        return tuple(float(weight) for weight in self._weights)

    @weights.setter
    def weights(self, values: Sequence[float]) -> None:
        try:
            found = np.asarray(values, np.float64)
        except (TypeError, ValueError):
            raise UsageError(f"weights must be numbers, one for each style, not {shown(values)}") from None
        if found.shape != (len(self._voices),):
            raise UsageError(f"{found.size} weights do not fit {len(self._voices)} style(s); give one for each")
        if not (np.isfinite(found).all() and (found >= 0).all() and found.sum() > 0):
            raise UsageError(f"weights must be 0 or more and not all 0, not {', '.join(f'{v:g}' for v in found)}")
        self._weights = found / found.sum()

    @property
    def freeze(self) -> bool:
        """Whether the sound of this moment stays, while the style goes on."""
        return self._content.is_frozen

    @freeze.setter
    def freeze(self, value: bool) -> None:
        self._content.is_frozen = bool(value)

    @property
    def meters(self) -> Meters:
        """Levels, load and what had to be done."""
        effort = self._effort
        heard, played = map(decibels, map(float, self._powers))
        return Meters(
            heard,
            played,
            effort.load if effort else 0.0,
            effort.fallbacks if effort else 0,
            self._ducker.is_ducking,
            self._ducker.count,
            self._repaired,
        )

    def process(self, block: Shaped[np.ndarray, "*channels sample"]) -> Float32[np.ndarray, "*channels sample"]:
        """Takes a block and gives one of the same shape.

        Args:
            block: floating-point samples `[sample]` or `[channel, sample]`, of any length; channels are mixed down
                and the result is the same in all of them. What is not a number counts as silence.

        Raises:
            UsageError: it is not an array of floating-point numbers with one or two axes.
        """
        if not isinstance(block, np.ndarray):
            raise UsageError(f"a block must be a NumPy array of samples, not {type(block).__name__}")
        if block.ndim not in {1, 2} or block.dtype.kind != "f":
            raise UsageError(
                f"a block must be floating-point samples [sample] or [channel, sample], not {block.dtype} of the "
                f"shape {block.shape}"
            )
        if block.size == 0:
            return np.zeros(block.shape, np.float32)
        mono = self._incoming.take(block)
        self._repaired += repaired(mono)
        out = np.empty_like(mono)
        began_s = time.perf_counter() if self._effort else 0.0
        done = 0
        while done < len(mono):
            done += self._advance(mono[done:], out[done:])
        if self._effort:
            self._effort.spent(time.perf_counter() - began_s, len(mono) / self.rate_hz)
        return out if block.ndim == 1 else np.broadcast_to(out, block.shape).copy()

    def _advance(self, new: Samples, out: Samples) -> int:
        """Takes samples up to the next tick; returns their number."""
        hop = self._timing.hop
        count = min(hop - self._waiting, len(new))
        self._pending[self._waiting : self._waiting + count] = new[:count]
        self._waiting += count
        if self._waiting == hop:
            self._waiting = 0
            self._tick()
            self._ready.push(self._wet)
        self._ready.pop(out[:count])
        return count

    def _tick(self) -> None:
        """Computes `hop` samples."""
        timing, content, wet = self._timing, self._content, self._wet
        new = self._incoming.without_offset(self._pending)  # of equal lengths, however the input is cut
        content.hear(new)
        manner = self._effort.manner(self._strength) if self._effort else Manner(self._strength)
        wet.fill(0.0)
        target = np.sqrt(self._weights)
        gains = np.clip(target, self._gains - self._weight_step, self._gains + self._weight_step)
        for voice, before, after in zip(self._voices, self._gains, gains, strict=True):
            voice.play(manner, self._one)
            wet += self._one * (before + (after - before) * self._ramp)
        self._gains = gains
        mixed = float(np.clip(self._mix, self._mixed - self._weight_step, self._mixed + self._weight_step))
        if mixed < 1 or self._mixed < 1:
            share = self._mixed + (mixed - self._mixed) * self._ramp
            dry = content.samples.last(timing.hop, timing.latency - timing.hop)
            wet *= share
            wet += dry * (1 - share)
        self._mixed = mixed
        heard = float(np.mean(np.square(new)))
        self._ducker.duck(heard, wet)
        self._limiter.limit(wet)
        self._powers += self._meter_step * ((heard, float(np.mean(np.square(wet)))) - self._powers)


def _share(name: str, value: float) -> float:
    if not 0 <= as_number(name, value) <= 1:
        raise UsageError(f"{name} must be between 0 and 1, not {value:g}")
    return float(value)


def _prepared(sound: Sound, number: int, rate_hz: int) -> Samples:
    """A style as one channel at the level 1, at the rate, no longer than 12 s."""
    if sound.duration_s < SHORTEST_STYLE_S:
        raise InputError(
            f"style {number} lasts {sound.duration_s:.2f} s; give one of at least {SHORTEST_STYLE_S:g} s"
        )
    if sound.is_silent:
        raise InputError(f"style {number} is silent; give one with sound in it")
    sound, _ = audible(sound, f"style {number}")
    if sound.duration_s > LONGEST_STYLE_S:
        sound = representative([Recording("style", f"style {number}", [sound])], LONGEST_STYLE_S)
    mono = sound.mono()
    return unit_level(mono.resampled(rate_hz).samples[0])
