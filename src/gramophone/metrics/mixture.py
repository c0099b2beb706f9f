"""How far a transfer is a mix of the two recordings; informative only, as a high value need not sound like a mix."""

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.spectral import Stft
from gramophone.spectral.filterbanks import mel_filters

BANDS = 40
WINDOW_S = 0.0464
FLOOR_DB = 80.0


def explained_by_mix(
    result: Float[Tensor, " sample"], content: Float[Tensor, " _"], style: Float[Tensor, " _"], rate_hz: int
) -> float:
    """Fraction of the variance of the result's log spectrogram that those of the inputs explain linearly.

    The coefficient of determination of `log R = a log C + b log S + c` over all bins and frames, 80 dB deep. 0 to
    1; near 1 the result is a mix. The method of Ulyanov & Lebedev reaches 0.77. The longer of result and content is
    truncated; a shorter style is repeated.

    Example:
        >>> import torch
        >>> content, style, other = torch.randn(3, 8000, generator=torch.Generator().manual_seed(0))
        >>> mix, new = (explained_by_mix(result, content, style, 8000) for result in (content, other))
        >>> round(mix, 3), new < 0.1
        (1.0, True)
    """
    samples = min(len(result), len(content))
    style = style.repeat(-(-samples // len(style)))
    target, *inputs = (_log_magnitude(sound[:samples], rate_hz).flatten() for sound in (result, content, style))
    columns = torch.stack([*inputs, torch.ones_like(target)], 1)
    solution = torch.linalg.lstsq(columns, target[:, None]).solution
    residue = target - (columns @ solution)[:, 0]
    variance = (target - target.mean()).square().sum()
    return float(1 - residue.square().sum() / variance) if variance > 0 else 0.0


def spectrum_distance_db(one: Float[Tensor, " sample"], other: Float[Tensor, " _"], rate_hz: int) -> float:
    """RMS difference of the long-term spectra in 40 mel bands, in dB; lower is nearer.

    The mean difference is removed, so levels do not matter; bands are floored 60 dB below the loudest.

    Example:
        >>> import torch
        >>> noise = torch.randn(16000, generator=torch.Generator().manual_seed(0))
        >>> round(spectrum_distance_db(noise, 10 * noise, 16000), 3)
        0.0
    """
    spectra = [_band_levels_db(sound, rate_hz) for sound in (one, other)]
    difference = spectra[0] - spectra[1]
    return float((difference - difference.mean()).square().mean().sqrt())


def _stft(rate_hz: int) -> Stft:
    half = round(WINDOW_S * rate_hz / 2)
    return Stft(2 * half, half // 2)


def _log_magnitude(sound: Tensor, rate_hz: int) -> Float[Tensor, "frequency frame"]:
    magnitude = _stft(rate_hz).magnitude(sound.double())
    return magnitude.clamp_min(float(magnitude.max()) * 10 ** (-FLOOR_DB / 20) + 1e-30).log()


def _band_levels_db(sound: Tensor, rate_hz: int) -> Float[Tensor, " band"]:
    stft = _stft(rate_hz)
    energy = stft.magnitude(sound.double()).square().mean(-1)
    bands = mel_filters(rate_hz, stft.n_fft, BANDS).to(energy) @ energy
    return 10 * bands.clamp_min(float(bands.max()) * 1e-6 + 1e-30).log10()
