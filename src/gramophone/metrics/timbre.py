"""Timbre: how far the short-term spectral envelopes of a result are from those of the style, as a whole."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from gramophone.metrics.log_mel import log_mel, mel_energy
from gramophone.metrics.measure import Measure, Waveform, check_longer, distance, padded

NAME = "timbre"
BANDS = 40
DEPTH_DB = 60.0
AUDIBLE_DB = 50.0
ORDERS = np.arange(1, 10)
DIRECTIONS = 64
QUANTILES = 200
SEED = 20120529
SHORTEST_S = 0.5


@dataclass(frozen=True)
class Timbre:
    """The style's envelopes.

    Attributes:
        style: MFCCs of its audible frames.
        content: distance of the content.
        natural: mean distance of its halves to it.
        rate_hz: of the recordings.
        samples: of the content.
    """

    style: Float64[np.ndarray, "frame 9"]
    content: float
    natural: float
    rate_hz: int
    samples: int

    @classmethod
    def of(cls, content: Waveform, style: Waveform, rate_hz: int) -> "Timbre":
        """Prepares a content and a style.

        Raises:
            InputError: the style is shorter than half a second.
        """
        check_longer(style, rate_hz, SHORTEST_S, "style")
        theirs = mfcc(style, rate_hz)
        half = len(style) // 2
        natural = np.mean([sliced_wasserstein(mfcc(part, rate_hz), theirs) for part in (style[:half], style[half:])])
        return cls(theirs, sliced_wasserstein(mfcc(content, rate_hz), theirs), float(natural), rate_hz, len(content))

    def measure(self, result: Waveform) -> tuple[Measure]:
        """Sliced Wasserstein distance of MFCC 1 to 9, lower is nearer."""
        value = sliced_wasserstein(mfcc(padded(result, self.samples), self.rate_hz), self.style)
        reading = (
            f"spectral envelopes are {value:.1f} from the style's, whose halves are {self.natural:.1f} from it and "
            f"the content {self.content:.1f}"
        )
        return (distance(NAME, value, self.natural, self.content, reading),)


def mfcc(waveform: Waveform, rate_hz: int) -> Float64[np.ndarray, "frame 9"]:
    """Mel-frequency cepstral coefficients 1 to 9 of the audible frames (natural logarithm, orthonormal)."""
    energy = mel_energy(waveform, rate_hz, BANDS).sum(0)
    audible = energy > float(energy.max()) * 10 ** (-AUDIBLE_DB / 10)
    if not audible.any():
        audible[:] = True
    cosines = np.cos(np.pi / BANDS * np.outer(ORDERS, np.arange(BANDS) + 0.5)) * np.sqrt(2 / BANDS)
    return (cosines @ log_mel(waveform, rate_hz, BANDS, DEPTH_DB)[:, audible]).T


def sliced_wasserstein(one: Float64[np.ndarray, "_ value"], other: Float64[np.ndarray, "frame value"]) -> float:
    """Mean over directions of the distance of sorted projections, scaled to the space's dimensions.

    Rabin et al. 2012, equation 10, with the root mean square distance, 64 drawn directions and 200 quantiles. For
    two sets that differ by a shift `d` alone it is `|d|`.
    """
    dimensions = one.shape[1]
    directions = np.random.default_rng(SEED).standard_normal((dimensions, DIRECTIONS))
    directions /= np.linalg.norm(directions, axis=0)
    places = (np.arange(QUANTILES) + 0.5) / QUANTILES
    ours, theirs = (np.quantile(rows @ directions, places, axis=0) for rows in (one, other))
    return float(np.sqrt(dimensions * np.mean(np.square(ours - theirs))))
