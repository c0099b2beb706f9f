"""The channel vocoder with the style as its carrier.

Dudley 1939, "Remaking speech"; with noise as the carrier, Shannon, Zeng, Kamath, Wygonski & Ekelid 1995, "Speech
recognition with primarily temporal cues": the carrier is split into bands, and each gets the energy over time that
the content has in that band.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import UsageError
from gramophone.rivals.blocks import BLOCK_SAMPLES, Block, mean_over_time
from gramophone.rivals.carried import Carried, Spectrum
from gramophone.rivals.checks import bed_within, whole_within, within
from gramophone.rivals.progress import Progress, completed
from gramophone.rivals.waveforms import Samples, Waveform, magnitudes
from gramophone.spectral.filterbanks import band_filters

SPLITS = ("erb", "mel", "constant-q")
PASSES = 3
STYLE_FLOOR = 1e-5  # of a band's mean energy: silent places of the style are raised by 50 dB at most
SPECTRUM_FLOOR = 1e-6  # of the loudest band's energy: below, the content counts as having nothing in a band


@dataclass(frozen=True)
class VocoderSettings:
    """Settings of `vocoder`.

    Attributes:
        bands: their number, 4 to 64.
        scale: on which they are equally wide: `erb`, `mel` or `constant-q` (logarithmic from 32.7 Hz).
        style_spectrum: how much of the style's own spectrum is kept, 0 to 1. The mean energy of every band is the
            content's to the power of `1 - style_spectrum` times the style's to the power of `style_spectrum`; how
            the energy moves is the content's in any case.
        window_ms: length of the window in milliseconds, 5 to 100; it limits how fast the bands follow.
        bed_db: level of the unmodulated style below the result, in dB relative to it, at most 40; minus infinity
            leaves it out.

    Raises:
        UsageError: a setting outside its range.
    """

    bands: int = 32
    scale: str = "erb"
    style_spectrum: float = 0.0
    window_ms: float = 512 / 22.05
    bed_db: float = -math.inf

    def __post_init__(self) -> None:
        whole_within("bands", self.bands, 4, 64)
        if self.scale not in SPLITS:
            raise UsageError(f"scale must be one of {', '.join(SPLITS)}, not {self.scale}")
        within("style_spectrum", self.style_spectrum, 0, 1)
        within("window_ms", self.window_ms, 5, 100)
        bed_within(self.bed_db)


def vocoder_steps(
    content: Samples,
    styles: Sequence[Samples],
    rate_hz: int,
    settings: VocoderSettings | None = None,
    seed: int = 0,
    block_samples: int = BLOCK_SAMPLES,
) -> Iterator[Progress]:
    """The channel vocoder, a block of about a million samples a step.

    Args:
        content: `[channel, sample]`, float32.
        styles: one or more, each at least as long as a window; one after the other, and again from the start where
            they are shorter than the content.
        rate_hz: of all of them, 8,000 to 96,000.
        settings: the defaults where none are given.
        seed: unused, as nothing is drawn.
        block_samples: length of a block.

    Yields:
        A step whose preview has the shape and the level of the content; what is to come is silent in it.

    Raises:
        InputError: a recording that cannot be used.
    """
    settings = settings or VocoderSettings()
    pair = Carried.of(content, styles, rate_hz, settings.window_ms, block_samples)
    filters = bands(settings.scale, rate_hz, pair.stft.n_fft, settings.bands)

    def energy(part: Block, of: Waveform) -> Float[Tensor, "channel band frame"]:
        return filters @ magnitudes(pair.spectrum(of, part)).square()

    own, other = (mean_over_time(pair.parts, partial(energy, of=of)) for of in (pair.content, pair.carrier))
    colour = spectrum_gain(own, other, settings.style_spectrum)

    def render(part: Block) -> Spectrum:
        spectrum = pair.spectrum(pair.carrier, part)
        wanted = energy(part, pair.content) * colour
        return spectrum * imposing_gain(magnitudes(spectrum).square(), wanted, filters, STYLE_FLOOR * other)

    yield from pair.steps(render, settings.bed_db)


vocoder = completed(vocoder_steps)


def bands(scale: str, rate_hz: int, n_fft: int, count: int) -> Float[Tensor, "band frequency"]:
    """Triangles between neighbouring centres, which sum to 1 at every frequency."""
    filters = band_filters(scale, rate_hz, n_fft, count)
    return filters / filters.sum(0)


def spectrum_gain(
    own: Float[Tensor, "*batch band 1"], other: Float[Tensor, "*batch band 1"], share: float
) -> Float[Tensor, "*batch band 1"]:
    """What a band's energy is multiplied by, to give the content a share of the style's spectrum.

    Args:
        own: mean energies of the content's bands.
        other: of the style's.
        share: 0 keeps the content's spectrum, 1 gives the style's at the content's energy.
    """
    own = own.maximum(SPECTRUM_FLOOR * own.amax(-2, keepdim=True)).clamp_min(torch.finfo(own.dtype).tiny)
    level = own.sum(-2, keepdim=True) / other.sum(-2, keepdim=True).clamp_min(torch.finfo(own.dtype).tiny)
    return (other * level / own) ** share


def imposing_gain(
    power: Float[Tensor, "*batch frequency frame"],
    wanted: Float[Tensor, "*batch band frame"],
    filters: Float[Tensor, "band frequency"],
    floor: Float[Tensor, "*batch band 1"],
) -> Float[Tensor, "*batch frequency frame"]:
    """The gain of every bin that gives the bands their energies.

    As neighbouring bands overlap, a gain changes what its neighbours measure; some passes of correction make up
    for that.

    Args:
        power: of the style's bins.
        wanted: energies of the bands.
        filters: what every bin gives to every band; columns sum to 1.
        floor: energies below which a band of the style counts as this.
    """
    by_band = torch.ones_like(wanted)
    gain = torch.ones_like(power)
    for _ in range(PASSES):
        now = filters @ (gain.square() * power)
        least = (floor * by_band.square()).clamp_min(torch.finfo(power.dtype).tiny)
        by_band = by_band * (wanted / now.maximum(least)).sqrt()
        gain = filters.mT @ by_band
    return gain
