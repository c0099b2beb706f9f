"""An invertible constant-Q transform: a tight frame of windows on the spectrum (non-stationary Gabor frame).

Balazs, Dörfler, Jaillet, Holighaus & Velasco 2011, "Theory, implementation and applications of nonstationary Gabor
frames", section 4; Velasco, Holighaus, Dörfler & Grill 2011, "Constructing an invertible constant-Q transform with
non-stationary Gabor frames". The whole signal is transformed at once; its ends meet, as on a circle.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.spectral.constant_q_plan import Layout, Plan, plan


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
