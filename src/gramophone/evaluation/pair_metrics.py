"""Where results of one pair of recordings stand, in a few figures that can be compared with each other."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.audio import Sound
from gramophone.errors import InputError
from gramophone.metrics.auditory import average_db, statistics_snr_db
from gramophone.metrics.chroma import PITCHED_ABOVE, chroma_correlation, pitchedness
from gramophone.metrics.copying import copy_score
from gramophone.metrics.mixture import spectrum_distance_db
from gramophone.metrics.style_distance import unseen_style_distance
from gramophone.metrics.transfer import Placed, gain_over_mixing, mixing_curve, purity, structure
from gramophone.spectral import Stft

RATE_HZ = 16_000
"""Of all comparisons: published systems have rates of 16 kHz and more, and none may gain by what it leaves out."""
FILTERS = 1024

MEASURES: Mapping[str, tuple[str, str]] = {
    "purity": ("purity (made of the style)", "higher"),
    "structure": ("structure (moves like the content)", "higher"),
    "gain": ("purity above a mix of equal structure", "higher"),
    "style_distance": ("style distance of an unseen network", "lower"),
    "statistics_db": ("auditory statistics of the style, dB", "higher"),
    "spectrum_db": ("long-term spectrum, distance to the style, dB", "lower"),
    "chroma": ("pitch classes of the content", "higher"),
    "copy": ("copy score", "lower"),
}
"""Name for readers, and which direction is better."""


class PairMetrics:
    """Measures results of one pair; what belongs to the pair alone is computed once.

    Args:
        content: what they should move like.
        style: what they should be made of.

    Raises:
        InputError: one of them is too short to be judged.
    """

    def __init__(self, content: Sound, style: Sound) -> None:
        self.content, self.style = _wave(content), _wave(style)
        self.mixes = mixing_curve(self.content, self.style, RATE_HZ)
        self._pitched = pitchedness(self.content, RATE_HZ) >= PITCHED_ABOVE

    def judge(self, result: Sound) -> dict[str, float]:
        """The figures of `MEASURES`; `chroma` only where the content has pitch, others only where there is enough."""
        wave, content, style = _wave(result), self.content, self.style
        placed = Placed(structure(wave, content, RATE_HZ), purity(wave, style, RATE_HZ))
        found = {
            "purity": placed.purity,
            "structure": placed.structure,
            "gain": gain_over_mixing(placed, self.mixes),
            "style_distance": _unseen(wave, style),
            "statistics_db": average_db(statistics_snr_db(wave, style, RATE_HZ)),
            "spectrum_db": spectrum_distance_db(wave, style, RATE_HZ),
        }
        if self._pitched:
            found["chroma"] = chroma_correlation(wave, content, RATE_HZ)
        try:
            found["copy"] = copy_score(wave, style, RATE_HZ).mean
        except InputError:  # shorter than half a second: nothing to look for
            return found
        return found


def _wave(sound: Sound) -> Float[Tensor, " sample"]:
    return torch.from_numpy(sound.mono().resampled(RATE_HZ).samples[0])


def _unseen(result: Float[Tensor, " sample"], style: Float[Tensor, " _"]) -> float:
    stft = Stft(1024, 256)
    result = result * (style.square().mean() / result.square().mean().clamp_min(1e-24)).sqrt()
    return unseen_style_distance(stft.magnitude(result)[None], stft.magnitude(style)[None], FILTERS)
