"""Statistics by which listeners recognise sound textures, all differentiable.

The cochleagram has the compressed envelopes of cochlear bands [1, figure 1]: half-cosine bands, equally spaced in
equivalent rectangular bandwidths [2], with a low and a high band that complete them: their squares add up to 1 at
every frequency. The statistics are moments of these envelopes, correlations between them, the power of their
modulations, and correlations of modulations between bands (C1) and between rates (C2).

[1] J. H. McDermott, E. P. Simoncelli, "Sound texture perception via statistics of the auditory periphery: evidence
    from sound synthesis", Neuron 71, 926-940, 2011.
[2] B. R. Glasberg, B. C. J. Moore, "Derivation of auditory filter shapes from notched-noise data", 1990.
"""

import math
from dataclasses import dataclass, fields

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from gramophone.transform_lengths import smooth

BANDS = 30  # besides the lowest and the highest
LOWEST_HZ, HIGHEST_HZ = 20.0, 10_000.0
EXPONENT = 0.3
ENVELOPE_HZ = 400
LEAST_OVERSAMPLING = 4  # of the rate of the envelopes
NO_WEIGHT = 1e-6
EDGE_S = 0.05  # the transform wraps around, so that envelopes near the ends are mixed

_ERB_WIDTH, _ERB_SLOPE = 24.7, 9.265  # Hz; bandwidths per octave-like step: erb(f) = 24.7 + f / 9.265

OFFSETS = (1, 2, 3, 5, 8, 11, 16, 21)  # between bands whose envelopes are correlated
NEIGHBOURS = (1, 2)  # offsets between bands whose modulations are correlated
MODULATION_BANDS = 20
OCTAVES_HZ = (3.125, 6.25, 12.5, 25.0, 50.0, 100.0)
CLASSES = ("mean", "variation", "skewness", "kurtosis", "correlation", "modulation", "C1", "C2")


@dataclass(frozen=True)
class AuditoryStatistics:
    """The statistics of one sound, or of each of a batch, by class.

    Attributes:
        mean: mean of each envelope.
        variation: standard deviation over the mean of each envelope.
        skewness: third standardised moment of each envelope.
        kurtosis: fourth standardised moment of each envelope.
        correlation: correlation between the envelopes of two bands; used at `OFFSETS`.
        modulation: power in 20 constant-Q modulation bands from 0.5 to 200 Hz, over the envelope's variance.
        c1: correlation between two bands' modulations in one of six octaves; used at `NEIGHBOURS`.
        c2: correlation within a band between one octave with doubled phase and the next; real and imaginary part.
        level: root mean square of each envelope, which determines the audible bands.
    """

    mean: Float[Tensor, "*batch band"]
    variation: Float[Tensor, "*batch band"]
    skewness: Float[Tensor, "*batch band"]
    kurtosis: Float[Tensor, "*batch band"]
    correlation: Float[Tensor, "*batch band band"]
    modulation: Float[Tensor, "*batch rate band"]
    c1: Float[Tensor, "*batch octave band band"]
    c2: Float[Tensor, "*batch pair part band"]
    level: Float[Tensor, "*batch band"]

    def classes(self) -> dict[str, Tensor]:
        """The eight classes by their names in `CLASSES`."""
        return {name: getattr(self, name.lower()) for name in CLASSES}

    def __getitem__(self, place: int) -> "AuditoryStatistics":
        """Those of one sound of a batch."""
        return AuditoryStatistics(*(getattr(self, field.name)[place] for field in fields(self)))


def cochleagram(
    waveform: Float[Tensor, "*batch sample"], rate_hz: int, *, oversampling: int | None = None
) -> Float[Tensor, "*batch band frame"]:
    """Envelopes of 32 bands to the power 0.3, at 400 Hz, without 50 ms at both ends.

    Args:
        waveform: sound of at least 0.3 s; the computation has its precision.
        rate_hz: sampling rate, in Hz; the bands end at 10 kHz or half of it.
        oversampling: computes every band at so many times its width instead of the rate of the waveform, which is
            faster; powers of 0.3 are not band-limited, so envelopes change by up to 0.05 % (root mean square) at 16.

    Raises:
        ValueError: the waveform is shorter than 0.3 s.
    """
    samples = waveform.shape[-1]
    if samples < 0.3 * rate_hz:
        raise ValueError(f"a sound of {samples / rate_hz:.3f} s is too short for envelopes; give 0.3 s or more")
    spectrum = torch.fft.rfft(waveform)
    mirrored = torch.full(spectrum.shape[-1:], 2.0, dtype=waveform.dtype, device=waveform.device)
    mirrored[0] = 1  # 0 Hz and half the rate have no mirror image
    if samples % 2 == 0:
        mirrored[-1] = 1
    frames = samples * ENVELOPE_HZ // rate_hz
    rows = []
    # One band at a time: all of them would take 64 times the memory of the waveform.
    for weight in cochlear_bands(samples, rate_hz).to(waveform):
        heard, size = slice(0, len(weight)), samples
        if oversampling is not None:
            heard = _support(weight)
            wanted = max(oversampling * (heard.stop - heard.start), LEAST_OVERSAMPLING * frames)
            size = min(samples, smooth(wanted))
        part = spectrum[..., heard] * mirrored[heard] * weight[heard]
        analytic = torch.zeros(*waveform.shape[:-1], size, dtype=spectrum.dtype, device=waveform.device)
        analytic[..., : part.shape[-1]] = part * (size / samples)
        power = torch.view_as_real(torch.fft.ifft(analytic)).square().sum(-1)
        envelope = (power + torch.finfo(waveform.dtype).eps ** 2).pow(EXPONENT / 2)
        # Without the highest rate, whose phase is undefined.
        slow = torch.fft.rfft(envelope)[..., : (frames + 1) // 2]
        rows.append(torch.fft.irfft(slow, frames) * (frames / size))
    edge = round(EDGE_S * ENVELOPE_HZ)
    return torch.stack(rows, -2)[..., edge : frames - edge].clamp_min(0)


def cochlear_bands(samples: int, rate_hz: int) -> Float[Tensor, "band frequency"]:
    """Weights of all bands at the frequencies of a transform; squares add up to 1."""
    position = _erb_number(torch.fft.rfftfreq(samples, 1 / rate_hz, dtype=torch.float64))
    lowest, highest = (
        float(_erb_number(torch.tensor(hz, dtype=torch.float64))) for hz in (LOWEST_HZ, min(HIGHEST_HZ, rate_hz / 2))
    )
    centres = torch.linspace(lowest, highest, BANDS + 2, dtype=torch.float64)[1:-1]
    width = (highest - lowest) / (BANDS + 1)
    angle = ((position - centres[:, None]) / width).clamp(-1, 1) * (math.pi / 2)
    below = torch.where(position < centres[0], angle[0].sin().abs(), 0.0)
    above = torch.where(position > centres[-1], angle[-1].sin().abs(), 0.0)
    return torch.cat([below[None], angle.cos(), above[None]])


def _support(weight: Float[Tensor, " frequency"]) -> slice:
    """The frequencies at which a band has a weight; cosines miss 0 by rounding."""
    heard = torch.nonzero(weight > NO_WEIGHT)
    return slice(int(heard[0]), int(heard[-1]) + 1)


def auditory_statistics(
    waveform: Float[Tensor, "*batch sample"], rate_hz: int, *, oversampling: int | None = None
) -> AuditoryStatistics:
    """Statistics of a sound, or of each of several, at a root mean square level of 1.

    Args:
        waveform: sound of at least 0.3 s; silence has statistics of 0.
        rate_hz: sampling rate, in Hz.
        oversampling: see `cochleagram`.
    """
    tiny = torch.finfo(waveform.dtype).eps
    level = waveform.square().mean(-1, keepdim=True).clamp_min(1e-24).sqrt()
    envelopes = cochleagram(waveform / level, rate_hz, oversampling=oversampling)
    mean = envelopes.mean(-1)
    centred = envelopes - mean[..., None]
    variance = centred.square().mean(-1)
    # Rounding alone varies a constant envelope.
    safe = variance.maximum(tiny * mean.detach().square().amax(-1, keepdim=True) + 1e-30)
    standard = centred / safe.sqrt()[..., None]
    spectrum = torch.fft.rfft(standard)
    frames = standard.shape[-1]
    octaves = _analytic(spectrum, frames, _octave_windows(frames).to(waveform))
    return AuditoryStatistics(
        mean=mean,
        variation=safe.sqrt() / mean.clamp_min(tiny),
        skewness=standard.pow(3).mean(-1),
        kurtosis=standard.pow(4).mean(-1),
        correlation=standard @ standard.mT / frames,
        modulation=_power(spectrum, frames, _rate_windows(frames).to(waveform)),
        c1=_correlations(octaves.real),
        c2=_phase_correlations(octaves),
        level=envelopes.square().mean(-1).sqrt(),
    )


def class_masks(audible: Bool[Tensor, " band"]) -> dict[str, Bool[Tensor, "..."]]:
    """Masks of the statistics of audible bands in each class; broadcast against `classes()`."""
    apart = torch.arange(len(audible), device=audible.device)
    apart = apart[None] - apart[:, None]
    both = audible[:, None] & audible[None]
    far, near = (
        torch.isin(apart, torch.tensor(offsets, device=audible.device)) & both for offsets in (OFFSETS, NEIGHBOURS)
    )
    return {name: {"correlation": far, "C1": near}.get(name, audible) for name in CLASSES}


def _rate_windows(frames: int) -> Float[Tensor, "rate frequency"]:
    """Half-cosine modulation bands of quality 2, 0.5 to 200 Hz."""
    rates_hz = torch.fft.rfftfreq(frames, 1 / ENVELOPE_HZ, dtype=torch.float64)
    steps = torch.linspace(0, 1, MODULATION_BANDS, dtype=torch.float64)
    centres = 0.5 * (ENVELOPE_HZ / 2 / 0.5) ** steps
    away = 2 * (rates_hz - centres[:, None]) / centres[:, None]
    return (away.clamp(-1, 1) * (torch.pi / 2)).cos()


def _octave_windows(frames: int) -> Float[Tensor, "octave frequency"]:
    """Half-cosine modulation bands an octave apart, on a logarithmic axis."""
    rates_hz = torch.fft.rfftfreq(frames, 1 / ENVELOPE_HZ, dtype=torch.float64).clamp_min(1e-6)
    away = torch.log2(rates_hz / torch.tensor(OCTAVES_HZ, dtype=torch.float64)[:, None])
    return (away.clamp(-1, 1) * (torch.pi / 2)).cos()


def _power(spectrum: Tensor, frames: int, windows: Tensor) -> Float[Tensor, "*batch rate band"]:
    """Mean square of each filtered envelope, by Parseval's theorem."""
    twice = torch.full((spectrum.shape[-1],), 2.0, dtype=windows.dtype, device=windows.device)
    twice[0] = 1
    if frames % 2 == 0:
        twice[-1] = 1
    return (windows.square() * twice) @ torch.view_as_real(spectrum).square().sum(-1).mT / frames**2


def _analytic(spectrum: Tensor, frames: int, windows: Tensor) -> Tensor:
    """Complex modulations `[*batch, octave, band, frame]`."""
    *batch, bands, inner = spectrum.shape
    padded = spectrum.new_zeros(*batch, len(windows), bands, frames)
    padded[..., :inner] = 2 * spectrum[..., None, :, :] * windows[:, None]
    return torch.fft.ifft(padded)


def _correlations(modulations: Float[Tensor, "*batch octave band frame"]) -> Float[Tensor, "*batch octave band band"]:
    norms = modulations.square().sum(-1).clamp_min(1e-24).sqrt()
    unit = modulations / norms[..., None]
    return unit @ unit.transpose(-1, -2)


def _phase_correlations(octaves: Tensor) -> Float[Tensor, "*batch pair part band"]:
    """`mean(d conj(a)) / (|d| |a|)` of octave `a` and the octave `b` below with doubled phase, `d = b^2 / |b|`."""
    below, above = octaves[..., :-1, :, :], octaves[..., 1:, :, :]
    # The square root's gradient is infinite at 0.
    doubled = below.square() / (torch.view_as_real(below).square().sum(-1) + 1e-24).sqrt()
    size = torch.linalg.vector_norm(doubled, dim=-1) * torch.linalg.vector_norm(above, dim=-1)
    both = (doubled * above.conj()).sum(-1) / size.clamp_min(1e-12)
    return torch.stack([both.real, both.imag], -2)


def _erb_number(frequency_hz: Tensor) -> Tensor:
    return _ERB_SLOPE * torch.log1p(frequency_hz / (_ERB_WIDTH * _ERB_SLOPE))
