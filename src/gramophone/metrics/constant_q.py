"""An invertible constant-Q transform: a tight frame of windows on the spectrum (non-stationary Gabor frame).

Balazs, Dörfler, Jaillet, Holighaus & Velasco 2011, "Theory, implementation and applications of nonstationary Gabor
frames", section 4; Velasco, Holighaus, Dörfler & Grill 2011, "Constructing an invertible constant-Q transform with
non-stationary Gabor frames". The whole signal is transformed at once; its ends meet, as on a circle.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Complex, Float, Int
from torch import Tensor

from gramophone.errors import InputError


@dataclass(frozen=True)
class Layout:
    """What the windows are made from; all of it follows from the transform.

    Attributes:
        rate_hz: of the signals.
        lowest_hz: centre of the lowest band of constant Q.
        bins_per_octave: bands to an octave.
        centres: number of bands of constant Q; two more lie below and above them.
        hop_samples: step between frames of the matrix.
    """

    rate_hz: int
    lowest_hz: float
    bins_per_octave: int
    centres: int
    hop_samples: int


@dataclass(frozen=True)
class Plan:
    """Every place where a window is not 0, band after band.

    Attributes:
        frames: of the matrix.
        bin_of: the frequency.
        slot_of: its place in the flattened matrix of the bands' spectra, `band * frames + frequency mod frames`.
        weight: window, times root 2 where a negative frequency is left out.
        dual: window, divided by that.
        counts: frequencies in each band; within a band they stand in the order `frequency mod count`.
    """

    frames: int
    bin_of: Int[Tensor, " place"]
    slot_of: Int[Tensor, " place"]
    weight: Float[Tensor, " place"]
    dual: Float[Tensor, " place"]
    counts: tuple[int, ...]


@lru_cache(maxsize=4)
def plan(layout: Layout, frames: int) -> Plan:
    """The plan for a signal of `frames * layout.hop_samples` samples, on the CPU in float64.

    On an axis of frequency on which centres are 1 apart, windows are raised cosines that reach from the one neighbour
    to the other, divided by the root of their summed squares (the canonical tight window).
    """
    # Made outside any inference mode, or the cached tensors could never be used with gradients.
    with torch.inference_mode(False):
        samples = frames * layout.hop_samples
        frequencies = torch.arange(samples // 2 + 1)
        hz = frequencies.double() * layout.rate_hz / samples
        place = (layout.bins_per_octave * (hz / layout.lowest_hz).log2()).clamp(-1, layout.centres)
        below = place.floor()
        upper = (torch.pi / 2 * (place - below)).sin() ** 2
        window = torch.stack([1 - upper, upper]) / (upper**2 + (1 - upper) ** 2).sqrt()
        sides = torch.full_like(hz, 2**0.5)
        sides[0] = sides[-1] = 1.0
        band = torch.stack([below + 1, below + 2]).long()
        used = window > 0
        return _in_order(
            band[used],
            frequencies.expand(2, -1)[used],
            window[used],
            sides.expand(2, -1)[used],
            frames,
        )


def _in_order(
    band: Int[Tensor, " place"],
    frequency: Int[Tensor, " place"],
    window: Float[Tensor, " place"],
    sides: Float[Tensor, " place"],
    frames: int,
) -> Plan:
    counts = torch.bincount(band)
    order = torch.argsort(band * (frequency.max() + 1) + frequency % counts[band])
    band, frequency, window, sides = band[order], frequency[order], window[order], sides[order]
    return Plan(
        frames=frames,
        bin_of=frequency,
        slot_of=band * frames + frequency % frames,
        weight=window * sides,
        dual=window / sides,
        counts=tuple(counts.tolist()),
    )


@dataclass(frozen=True)
class ConstantQ:
    """Complex bands with geometrically spaced centres, and two more for what lies below and above them.

    The windows' squares sum to 1 at every frequency, so energies are kept (`sum |c|^2 = sum x^2`) and the inverse is
    the adjoint. There are no negative frequencies: a band of a real signal is analytic, its magnitude an envelope.

    *Matrix* (`forward`, `inverse`, `magnitude`): all bands at the same times, multiples of `hop_samples`.
    *Ragged* (`split`, `join`): each band at the rate that its own width needs; together a
    complex number for every sample.

    Attributes:
        rate_hz: of the signals.
        lowest_hz: centre of the lowest band of constant Q, above 0.
        highest_hz: no centre lies above it; at least `lowest_hz` and below half the rate; None: as high as can be.
        bins_per_octave: bands to an octave, `b`; they are `2^(1/b) - 2^(-1/b)` times their centre wide.

    Raises:
        ValueError: frequencies or a number of bands that cannot be.
    """

    rate_hz: int
    lowest_hz: float = 32.703
    highest_hz: float | None = None
    bins_per_octave: int = 24

    def __post_init__(self) -> None:
        half_hz = self.rate_hz / 2
        if self.bins_per_octave < 1:
            raise ValueError(f"bins_per_octave must be at least 1, not {self.bins_per_octave}")
        if not 0 < self.lowest_hz < half_hz:
            raise ValueError(f"lowest_hz must be above 0 and below half the rate, {half_hz:g}, not {self.lowest_hz}")
        if self.highest_hz is not None and not self.lowest_hz <= self.highest_hz < half_hz:
            raise ValueError(
                f"highest_hz must be at least lowest_hz = {self.lowest_hz:g} and below half the rate, {half_hz:g}, "
                f"not {self.highest_hz}"
            )

    @property
    def centres_hz(self) -> tuple[float, ...]:
        """Centres of the bands of constant Q, ascending; the first of them is band 1."""
        half_hz = self.rate_hz / 2
        # Rounding must neither lose a band at highest_hz nor put one at half the rate.
        limit_hz = half_hz * (1 - 1e-9) if self.highest_hz is None else self.highest_hz * (1 + 1e-9)
        count = 1 + math.floor(self.bins_per_octave * math.log2(limit_hz / self.lowest_hz))
        return tuple(self.lowest_hz * 2 ** (place / self.bins_per_octave) for place in range(max(1, count)))

    @property
    def bins(self) -> int:
        """Number of bands, those below and above the centres included."""
        return len(self.centres_hz) + 2

    @property
    def widths_hz(self) -> tuple[float, ...]:
        """How much of the spectrum each band reaches over, from the one neighbour's centre to the other's."""
        half_hz, step, centres = self.rate_hz / 2, 2 ** (1 / self.bins_per_octave), self.centres_hz
        edges_hz = (0.0, centres[0] / step, *centres, min(centres[-1] * step, half_hz), half_hz)
        return tuple(above - below for below, above in zip(edges_hz[:-2], edges_hz[2:], strict=True))

    @property
    def hop_samples(self) -> int:
        """Step between frames of the matrix: the longest even one that the widest band allows (painless case)."""
        return 2 * math.floor(self.rate_hz / max(self.widths_hz) / 2)

    def frames(self, samples: int) -> int:
        """Number of frames of a signal: `samples / hop_samples`, rounded up."""
        return -(-samples // self.hop_samples)

    def forward(self, waveform: Float[Tensor, "*batch sample"]) -> Complex[Tensor, "*batch band frame"]:
        """The matrix; a tone of amplitude 1 at a centre has magnitude `sqrt(hop_samples / 2)` there.

        Raises:
            InputError: the signal is too short for its narrowest band.
        """
        how = self._plan(waveform.shape[-1])
        values = self._weighted(waveform, how)
        matrix = values.new_zeros(*waveform.shape[:-1], self.bins * how.frames)
        matrix = matrix.index_copy(-1, how.slot_of.to(values.device), values)
        return torch.fft.ifft(matrix.unflatten(-1, (self.bins, how.frames)), norm="ortho")

    def inverse(self, spectrum: Complex[Tensor, "*batch band frame"], samples: int) -> Float[Tensor, "*batch sample"]:
        """The signal with that matrix; for a matrix of no signal, the one with the nearest (least squares).

        Raises:
            InputError: so few samples are too short for the narrowest band.
            ValueError: the matrix has another shape than that of a signal of so many samples.
        """
        how = self._plan(samples)
        expected = (self.bins, how.frames)
        if spectrum.shape[-2:] != expected:
            raise ValueError(f"{samples} samples have {expected} bands and frames, not {tuple(spectrum.shape[-2:])}")
        matrix = torch.fft.fft(spectrum, norm="ortho").flatten(-2)
        return self._gathered(matrix.index_select(-1, how.slot_of.to(matrix.device)), how, samples)

    def magnitude(self, waveform: Float[Tensor, "*batch sample"]) -> Float[Tensor, "*batch band frame"]:
        """Magnitudes of the matrix, with a finite gradient at silence (that of `abs`, which is 0 there)."""
        return self.forward(waveform).abs()

    def split(self, waveform: Float[Tensor, "*batch sample"]) -> list[Complex[Tensor, "*batch _"]]:
        """The bands, each with as many frames as its window has frequencies, evenly spaced over the signal.

        Raises:
            InputError: the signal is too short for its narrowest band.
        """
        how = self._plan(waveform.shape[-1])
        parts = self._weighted(waveform, how).split(list(how.counts), -1)
        return [torch.fft.ifft(part, norm="ortho") for part in parts]

    def join(self, bands: Sequence[Complex[Tensor, "*batch _"]], samples: int) -> Float[Tensor, "*batch sample"]:
        """The signal with those bands: the inverse of `split`.

        Raises:
            InputError: so few samples are too short for the narrowest band.
            ValueError: the bands have other lengths than those of a signal of so many samples.
        """
        how = self._plan(samples)
        if tuple(band.shape[-1] for band in bands) != how.counts:
            raise ValueError(f"these are not the bands of {samples} samples: their number or their lengths differ")
        return self._gathered(torch.cat([torch.fft.fft(band, norm="ortho") for band in bands], -1), how, samples)

    def _plan(self, samples: int) -> Plan:
        frames, hop_samples, narrowest_hz = self.frames(samples), self.hop_samples, min(self.widths_hz[1:-1])
        if not frames * hop_samples * narrowest_hz > self.rate_hz * (1 + 1e-9):
            needed = math.floor(self.rate_hz / narrowest_hz) + 1
            raise InputError(
                f"{samples} samples are too short for a band of {narrowest_hz:.3g} Hz; give at least {needed}, "
                f"or a higher lowest_hz than {self.lowest_hz:g}, or fewer bins_per_octave than {self.bins_per_octave}"
            )
        layout = Layout(self.rate_hz, self.lowest_hz, self.bins_per_octave, self.bins - 2, hop_samples)
        return plan(layout, frames)

    def _weighted(self, waveform: Float[Tensor, "*batch sample"], how: Plan) -> Complex[Tensor, "*batch place"]:
        """The spectrum seen through every window; the signal is continued by zeros to whole frames."""
        spectrum = torch.fft.rfft(waveform, how.frames * self.hop_samples, norm="ortho")
        return spectrum.index_select(-1, how.bin_of.to(spectrum.device)) * how.weight.to(waveform)

    def _gathered(
        self, values: Complex[Tensor, "*batch place"], how: Plan, samples: int
    ) -> Float[Tensor, "*batch sample"]:
        length = how.frames * self.hop_samples
        spectrum = values.new_zeros(*values.shape[:-1], length // 2 + 1)
        spectrum = spectrum.index_add(-1, how.bin_of.to(values.device), values * how.dual.to(values.real))
        return torch.fft.irfft(spectrum, length, norm="ortho")[..., :samples]
