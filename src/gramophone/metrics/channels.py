"""Which channels of a result are compared with which of the content: none is ever mixed with another.

Channels in opposite phase mix to silence, and silence agrees with silence: every channel is measured by itself.
"""

from dataclasses import dataclass

import numpy as np

from gramophone.audio import Sound
from gramophone.errors import InputError
from gramophone.metrics.measure import Waveform

ALIKE = 0.999  # correlation, of either sign, of channels that need not be measured twice
CANCELLED_DB = 20.0


@dataclass(frozen=True)
class Compared:
    """Channels of content, style and result that belong together, by their places."""

    content: int
    style: int
    result: int


def compared(content: Sound, style: Sound, result: Sound) -> list[Compared]:
    """The channels to measure: one by one where there are equally many, else the only one with every other.

    Pairs that are alike are measured once, and silent channels of the content not at all. A style with as many
    channels as the result goes along with it; of any other, and for a silent one, the loudest channel is taken.

    Raises:
        InputError: neither of content and result has one channel, and they have different numbers.
    """
    ours, theirs = result.channels, content.channels
    if ours != theirs and 1 not in {ours, theirs}:
        raise InputError(
            f"a result of {ours} channels cannot be compared with a content of {theirs}; give equally many, or one"
        )
    loudest = int(np.argmax(np.square(style.samples).sum(1)))
    pairs = [
        Compared(
            place if theirs > 1 else 0,
            place if style.channels == max(ours, theirs) and not is_silent(style, place) else loudest,
            place if ours > 1 else 0,
        )
        for place in range(max(ours, theirs))
    ]
    kept: list[Compared] = []
    for pair in pairs:
        if not is_silent(content, pair.content) and not any(
            _alike(pair, other, content, style, result) for other in kept
        ):
            kept.append(pair)
    return kept


def is_silent(sound: Sound, channel: int) -> bool:
    """Whether no sample of the channel reaches -120 dB of full scale."""
    return Sound(sound.samples[channel : channel + 1], sound.rate_hz).is_silent


def cancels(sound: Sound) -> bool:
    """Whether the channels are in opposite phase: mixed to one they are all but silent."""
    if sound.channels == 1 or sound.is_silent:
        return False
    mixed, each = np.square(sound.samples.mean(0)).mean(), np.square(sound.samples).mean()
    return bool(mixed < each * 10 ** (-CANCELLED_DB / 10))


def mixed(sound: Sound, name: str) -> Sound:
    """One channel.

    Args:
        sound: of any number of channels.
        name: what it is, for the error.

    Raises:
        InputError: the channels would cancel each other.
    """
    if cancels(sound):
        raise InputError(
            f"the channels of the {name} are in opposite phase, so that mixed to one they are all but silent; give "
            "one of them"
        )
    return sound.mono()


def _alike(one: Compared, other: Compared, content: Sound, style: Sound, result: Sound) -> bool:
    places = (
        (content, one.content, other.content),
        (style, one.style, other.style),
        (result, one.result, other.result),
    )
    return all(_same(sound.samples[first], sound.samples[second]) for sound, first, second in places)


def _same(one: Waveform, other: Waveform) -> bool:
    size = float(np.sqrt(np.square(one, dtype=np.float64).sum() * np.square(other, dtype=np.float64).sum()))
    if size == 0:
        return bool(not one.any() and not other.any())
    return abs(float(one.astype(np.float64) @ other)) > ALIKE * size
