"""What is wrong with a recording that can be used all the same: said, so that nobody wonders at the result."""

import numpy as np
from jaxtyping import Float32

from gramophone.audio.downmix import cancels
from gramophone.audio.loudness import SILENCE_PEAK, peak
from gramophone.audio.sound import Sound

CLIPPED_RUN = 3  # samples in a row at the peak
CLIPPED_SHARE = 1e-3
FULL_SCALE_FROM = 0.5  # the peak of quieter recordings is no limit of a converter
WEAK_DB = -60.0
OPPOSITE_SHARE = 0.1  # of the power


def defects(sound: Sound) -> list[str]:
    """Returns a sentence without a subject for each defect.

    Example:
        >>> square = np.sign(np.sin(np.arange(4800) / 10)).astype(np.float32)
        >>> defects(Sound(np.stack([square, 0 * square]), 48_000))
        ['is clipped: 100.0 % of its samples are at the limit', 'has no sound in channel 2 of 2']
    """
    found = []
    clipped = max(_clipped_share(channel) for channel in sound.samples)
    if clipped > CLIPPED_SHARE:
        found.append(f"is clipped: {100 * clipped:.1f} % of its samples are at the limit")
    loudest = peak(sound.samples)
    weak = [
        str(place)
        for place, channel in enumerate(sound.samples, 1)
        if peak(channel[None]) < max(SILENCE_PEAK, loudest * 10 ** (WEAK_DB / 20))
    ]
    if weak and loudest >= SILENCE_PEAK:
        found.append(f"has no sound in channel {', '.join(weak)} of {sound.channels}")
    if cancels(sound.samples, sound.rate_hz, OPPOSITE_SHARE):
        found.append("has channels in opposite phase, which are turned round where they are mixed to one")
    return found


def _clipped_share(samples: Float32[np.ndarray, " sample"]) -> float:
    """Share of samples in runs at the positive or the negative peak."""
    share = 0.0
    for signed in (samples, -samples):
        top = float(signed.max())
        if top < FULL_SCALE_FROM:
            continue
        at_top = np.concatenate([[False], signed >= top * (1 - 1e-4), [False]])
        changes = np.flatnonzero(at_top[1:] != at_top[:-1])
        lengths = changes[1::2] - changes[::2]
        share += float(lengths[lengths >= CLIPPED_RUN].sum()) / len(samples)
    return share
