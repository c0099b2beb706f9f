"""How much of a transfer is only the two recordings mixed. To be shown; a high share need not sound like a mix."""

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
    """Share of the variance of the result's log spectrogram that the two inputs' explain linearly.

    The coefficient of determination of `log R = a log C + b log S + c` over all bins and frames, 80 dB deep. 0 to
    1; near 1 the result is a mix. Ulyanov & Lebedev's recipe reaches 0.77. The sounds are taken from their
    beginnings; a shorter style is repeated.
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
    """Root mean square difference of the long-term spectra in 40 mel bands, in dB; lower is nearer.

    Levels are taken out (the mean difference), and bands more than 60 dB under the loudest are raised to that.
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
