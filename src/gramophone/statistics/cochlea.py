"""Cochleagram: compressed envelopes of cochlear bands [1, figure 1].

Half-cosine bands, equally spaced in equivalent rectangular bandwidths [2], with a low and a high band that complete
them: their squares add up to 1 at every frequency.

[1] J. H. McDermott, E. P. Simoncelli, "Sound texture perception via statistics of the auditory periphery", 2011.
[2] B. R. Glasberg, B. C. J. Moore, "Derivation of auditory filter shapes from notched-noise data", 1990.
"""

import math

import torch
from jaxtyping import Float
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


def _erb_number(frequency_hz: Tensor) -> Tensor:
    return _ERB_SLOPE * torch.log1p(frequency_hz / (_ERB_WIDTH * _ERB_SLOPE))
