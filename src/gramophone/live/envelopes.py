"""Envelopes in wide bands as samples come: a channel vocoder with the style's long-term spectrum.

Each band of the carrier gets the content's rise and fall in that band, at the carrier's own long-term level: what is
above the content's average spectrum is above the style's.
"""

import math

import numpy as np
from jaxtyping import Float
from scipy import fft

from gramophone.live.products import product
from gramophone.live.timing import Timing
from gramophone.live.windows import OverlapAdd, Samples, window_pair
from gramophone.spectral.filterbanks import band_filters

BANDS = 32
TINY = 1e-12
FLOOR = 1e-6
MOST_ABOVE = 10 ** (15 / 10)
MEMORY_S = 4.0
FORGETTING = 0.3
PRIOR_S = 0.4
PRIOR_SLOPE_DB = -6.0
GATE_DB = 45.0
SILENT = 1e-7
RELEASE_S = 1.5

Bands = Float[np.ndarray, " _"]


class WideBands:
    """ERB bands of the newest frame of a ring.

    Args:
        timing: of the mode.
    """

    def __init__(self, timing: Timing) -> None:
        self.window, _ = window_pair(timing.wide, timing.wide, timing.hop)
        filters = band_filters("erb", timing.rate_hz, timing.wide, BANDS)
        self.filters = np.ascontiguousarray((filters / filters.sum(0)).numpy())
        self.spread = np.ascontiguousarray(self.filters.T)
        self._scale = 2.0 / (timing.wide * float(np.square(self.window).sum()))

    def spectrum(self, frame: Samples) -> np.ndarray:
        """Complex spectrum of a frame of `wide` samples."""
        return fft.rfft(frame * self.window)

    def powers(self, spectrum: np.ndarray) -> Bands:
        """Mean square of the samples in each band."""
        return product(self.filters, np.square(spectrum.real) + np.square(spectrum.imag)) * self._scale


class Heard:
    """What the content is on average: its spectrum and level over some seconds, pauses left out.

    Args:
        timing: of the mode.
        bands: the filters.
    """

    def __init__(self, timing: Timing, bands: WideBands) -> None:
        step_s = timing.hop / timing.rate_hz
        self._step, self._release = step_s / MEMORY_S, math.exp(-step_s / RELEASE_S)
        widths = bands.filters.sum(1)
        octaves = np.log2(1 + np.arange(BANDS) / 3)
        prior = widths / widths.mean() * 10 ** (PRIOR_SLOPE_DB * octaves / 10)
        self._prior = (prior / prior.sum()).astype(np.float32)
        self._sum, self._weight = np.zeros(BANDS), 0.0
        self._prior_weight = PRIOR_S / step_s
        self._loudest = 0.0
        self.level_power = 0.0
        self.average: Bands = self._prior * SILENT

    def follow(self, powers: Bands) -> None:
        """Takes a frame's powers."""
        power = float(powers.sum())
        self._loudest = max(power, self._loudest * self._release**2)
        if power > max(SILENT, self._loudest * 10 ** (-GATE_DB / 10)):
            keep = 1 - self._step
            if power > MOST_ABOVE * self.level_power > 0:
                keep *= FORGETTING  # a voice after a murmur: what was quiet says nothing of it
            self._sum = keep * self._sum + powers
            self._weight = keep * self._weight + 1
            mean = float(self._sum.sum()) / self._weight
            self.level_power = mean
            prior = self._prior_weight * mean * self._prior
            self.average = ((self._sum + prior) / (self._weight + self._prior_weight)).astype(np.float32)
        elif power <= SILENT:
            self.level_power *= self._release**2


class EnvelopeCarrier:
    """One style's side: a carrier, or notes in it, in; the same with the content's envelopes out.

    Args:
        timing: of the mode.
        bands: the filters.
        colour: the style's long-term powers in the bands, which sum to 1.
    """

    def __init__(self, timing: Timing, bands: WideBands, colour: Bands) -> None:
        _, self._synthesis = window_pair(timing.wide, timing.wide, timing.hop)
        self._bands, self._colour = bands, colour
        self._sum = OverlapAdd(timing.wide, timing.hop)

    def play(self, frame: Samples, asked: Bands, heard: Heard, out: Samples) -> None:
        """Writes the `hop` samples that are finished by a frame of the carrier.

        Args:
            frame: `wide` samples.
            asked: the content's powers in the same place.
            heard: the content's averages.
            out: where they go.
        """
        spectrum = self._bands.spectrum(frame)
        own = self._bands.powers(spectrum)
        above = np.minimum(asked / (heard.average + TINY), MOST_ABOVE)
        wanted = heard.level_power * self._colour * above
        gain = np.sqrt(wanted / (own + FLOOR * own.mean() + TINY))
        spectrum *= product(self._bands.spread, gain)
        self._sum.add(fft.irfft(spectrum, len(frame)) * self._synthesis, out)


def colour_of(style: Samples, bands: WideBands) -> Bands:
    """Share of each band in the style's power over all its frames."""
    wide = len(bands.window)
    starts = range(0, max(1, len(style) - wide + 1), wide // 4)
    total = np.zeros(BANDS)
    for start in starts:
        frame = np.zeros(wide, np.float32)
        part = style[start : start + wide]
        frame[: len(part)] = part
        total += bands.powers(bands.spectrum(frame))
    return (total / max(float(total.sum()), TINY)).astype(np.float32)
