"""Which frequency of the spectrum stands where in which band of the constant-Q transform, and with what weight."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor


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
