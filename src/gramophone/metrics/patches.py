"""Patches: how near each short piece of a result's spectrogram lies to some piece of the style's, continuously.

A share of patches within a threshold is 0 or 1 for most sounds and tells nothing; the distance itself varies. But a
mix at 0 dB and white noise lie near the patches of most textures: it is to be read beside the embedding, never alone.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.metrics.log_mel import FRAME_S, log_mel, mel_energy
from gramophone.metrics.measure import Measure, Waveform, check_longer, distance, padded, undefined

NAME = "patches"
BANDS = 40
PATCH_S = 0.09
DEPTH_DB, AUDIBLE_DB = 80.0, 60.0
SHORTEST_S = 0.8


@dataclass(frozen=True)
class Patches:
    """The style's patches.

    Attributes:
        style: all of them.
        own: mean distance of each half's patches to the other half's nearest.
        content: the content's distance, as a ratio to that.
        rate_hz: of the recordings.
        samples: of the content.
    """

    style: Float[Tensor, "patch value"]
    own: float
    content: float
    rate_hz: int
    samples: int

    @classmethod
    def of(cls, content: Waveform, style: Waveform, rate_hz: int) -> "Patches":
        """Prepares a content and a style.

        Raises:
            InputError: the style is shorter than 0.8 s, or the content than 0.2 s.
        """
        if len(style) < SHORTEST_S * rate_hz:
            raise InputError(
                f"a style of {len(style) / rate_hz:.2f} s has too few patches to compare with; give {SHORTEST_S:g} s"
            )
        check_longer(content, rate_hz, 2 * PATCH_S, "content")
        theirs = log_mel_patches(style, rate_hz)
        half = len(theirs) // 2
        halves = theirs[:half], theirs[half:]
        own = float(torch.cat([_nearest(*halves), _nearest(*reversed(halves))]).mean())
        between = float(_nearest(log_mel_patches(content, rate_hz), theirs).mean())
        return cls(theirs, own, between / max(own, 1e-9), rate_hz, len(content))

    def measure(self, result: Waveform) -> tuple[Measure]:
        """Mean distance to the style's nearest patch, over that of the style's halves to each other."""
        ours = log_mel_patches(padded(result, self.samples), self.rate_hz)
        if not len(ours):
            return (undefined(NAME, "the result is silent"),)
        value = float(_nearest(ours, self.style).mean()) / max(self.own, 1e-9)
        reading = (
            f"pieces of 90 ms lie {value:.2f} times as far from the style's as its own halves do; the content's "
            f"{self.content:.2f} times"
        )
        return (distance(NAME, value, 1.0, self.content, reading),)


def log_mel_patches(waveform: Waveform, rate_hz: int) -> Float[Tensor, "patch value"]:
    """Log mel energy in 40 bands over 90 ms, the mean of each patch removed; audible patches only."""
    frames = round(PATCH_S / FRAME_S)
    energy = mel_energy(waveform, rate_hz, BANDS).sum(0)
    level = np.lib.stride_tricks.sliding_window_view(energy, frames).mean(1)
    audible = torch.from_numpy(level > float(level.max()) * 10 ** (-AUDIBLE_DB / 10))
    windows = torch.from_numpy(log_mel(waveform, rate_hz, BANDS, DEPTH_DB)).unfold(1, frames, 1)
    rows = windows.permute(1, 0, 2).flatten(1)[audible]
    return rows - rows.mean(1, keepdim=True)


def _nearest(patches: Float[Tensor, "_ value"], among: Float[Tensor, "patch value"]) -> Float[Tensor, " _"]:
    return torch.cat([torch.cdist(block, among).amin(1) for block in patches.split(1024)])
