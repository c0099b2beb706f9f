"""Stretches of sound joined by short cross-fades."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float32

FADE_S = 0.01


def joined(parts: Sequence[Float32[np.ndarray, "channel _"]], rate_hz: int) -> Float32[np.ndarray, "channel sample"]:
    """One after the other, overlapping by 10 ms, or by half of the shorter one where that is less.

    The fades are raised cosines of the power: what comes from different places is uncorrelated, so its powers add up
    and the level stays as it is. Each join makes the result shorter by one fade.

    Args:
        parts: one or more, with the same number of channels.
        rate_hz: their rate.
    """
    whole = parts[0]
    pieces = []
    for before, part in pairwise(parts):
        fade = min(round(FADE_S * rate_hz), before.shape[1] // 2, part.shape[1] // 2)
        rising = np.sin(np.pi / 2 * (np.arange(fade) + 0.5) / max(fade, 1)).astype(np.float32)
        kept = whole.shape[1] - fade
        pieces.append(whole[:, :kept])
        whole = np.concatenate([whole[:, kept:] * rising[::-1] + part[:, :fade] * rising, part[:, fade:]], axis=1)
    return np.concatenate([*pieces, whole], axis=1)
