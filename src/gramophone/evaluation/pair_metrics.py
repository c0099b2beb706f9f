"""A few metrics by which results of one pair of recordings are compared with each other."""

from collections.abc import Mapping
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.audio import Sound
from gramophone.errors import InputError
from gramophone.metrics.auditory import average_db, statistics_snr_db
from gramophone.metrics.channels import mixed
from gramophone.metrics.chroma import PITCHED_ABOVE, chroma_correlation, pitchedness
from gramophone.metrics.copying import copy_score
from gramophone.metrics.mixture import spectrum_distance_db
from gramophone.metrics.patches import Patches
from gramophone.metrics.style_distance import levelled_style_distances
from gramophone.metrics.transfer import Placed, gain_over_mixing, mixing_curve
from gramophone.spectral import Stft

RATE_HZ = 16_000
"""Sampling rate of all comparisons: published systems have 16 kHz and more, and none may gain by its bandwidth."""
STFT = Stft(1024, 256)
FILTERS = 1024

Direction = Literal["higher", "lower"]
"""Of improvement."""

MEASURES: Mapping[str, tuple[str, Direction]] = {
    "purity": ("purity (made of the style)", "higher"),
    "structure": ("structure (moves like the content)", "higher"),
    "gain": ("purity above a mix of equal structure", "higher"),
    "style_distance": ("style distance of an unseen network", "lower"),
    "statistics_db": ("auditory statistics of the style, dB", "higher"),
    "spectrum_db": ("long-term spectrum, distance to the style, dB", "lower"),
    "chroma": ("pitch classes of the content", "higher"),
    "nearest": ("nearest patches: content 0, style's own halves 1", "higher"),
    "copy": ("copy score", "lower"),
}
"""Display name and direction of improvement of each metric."""


class PairMetrics:
    """Metrics of results of one pair; what depends on the pair alone is computed once.

    Args:
        content: content recording.
        style: style recording.

    Raises:
        InputError: a recording is too short, or its channels cancel each other.
    """

    def __init__(self, content: Sound, style: Sound) -> None:
        self.content, self.style = _wave(mixed(content, "content")), _wave(mixed(style, "style"))
        self.mixes = mixing_curve(self.content, self.style, RATE_HZ)
        self._patches = _patches(self.content, self.style)
        self._pitched = pitchedness(self.content, RATE_HZ) >= PITCHED_ABOVE

    def measure(self, result: Sound) -> dict[str, float]:
        """Computes `MEASURES`: `chroma` only for pitched content, `copy` for half a second or more.

        `nearest` is left out where the style is short, or the content's patches lie about as near as its own halves.
        """
        wave, content, style = _wave(result.mono()), self.content, self.style
        placed = Placed.of(wave, content, style, RATE_HZ)
        values = {
            "purity": placed.purity,
            "structure": placed.structure,
            "gain": gain_over_mixing(placed, self.mixes),
            "style_distance": levelled_style_distances([wave], style, STFT, FILTERS)[0],
            "statistics_db": average_db(statistics_snr_db(wave, style, RATE_HZ)),
            "spectrum_db": spectrum_distance_db(wave, style, RATE_HZ),
        }
        if self._patches is not None and (near := self._patches.measure(wave.numpy())[0].score) is not None:
            values["nearest"] = near
        if self._pitched:
            values["chroma"] = chroma_correlation(wave, content, RATE_HZ)
        try:
            values["copy"] = copy_score(wave, style, RATE_HZ).mean
        except InputError:  # shorter than half a second
            return values
        return values


def _patches(content: Float[Tensor, " _"], style: Float[Tensor, " _"]) -> Patches | None:
    """The style's patches; None where the style is too short for any."""
    try:
        return Patches.of(content.numpy(), style.numpy(), RATE_HZ)
    except InputError:
        return None


def _wave(sound: Sound) -> Float[Tensor, " sample"]:
    return torch.from_numpy(sound.resampled(RATE_HZ).samples[0])
