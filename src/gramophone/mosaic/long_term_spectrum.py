"""The style's own long-term colour for a mosaic: transposition and a choice by pitch shift it."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.condition.pitch import gaussian
from gramophone.spectral import Stft
from gramophone.spectral.filterbanks import band_filters

WINDOW_S = 0.046
BANDS = 40
SMOOTH_BANDS = 2.0
SHARE = 0.6
MOST_DB = 15.0
AUDIBLE_DB = 30.0
LEAST = 1e-7


def match_spectrum(
    waveform: Float[Tensor, "channel sample"],
    styles: Sequence[Float[Tensor, "channel _"]],
    shares: Sequence[float],
    rate_hz: int,
) -> Float[Tensor, "channel sample"]:
    """Filtered (one filter for all its length) towards the mean level-free log spectrum of the styles.

    Over 40 ERB bands, smoothed over two, 60 % of the way in dB, at most 15 dB: partials stay where they are, as the
    filter is wider than their distance almost everywhere.

    Args:
        waveform: a mosaic.
        styles: what it is made of; those that are silent are left out.
        shares: of each style.
        rate_hz: of all.
    """
    n_fft = 2 * round(WINDOW_S * rate_hz / 2)
    stft = Stft(n_fft, n_fft // 4)
    bands = band_filters("erb", rate_hz, n_fft, BANDS).to(waveform)
    spectrum = stft.forward(waveform)
    sounding = [(style, share) for style, share in zip(styles, shares, strict=True) if float(style.abs().max()) > 0]
    if not sounding or not float(waveform.abs().max()) > 0:
        return waveform
    total = sum(share for _, share in sounding)
    wanted = torch.stack([_colour(stft.magnitude(style), bands) * (share / total) for style, share in sounding]).sum(
        0
    )
    difference = wanted - _colour(spectrum.abs(), bands)
    kernel = gaussian(SMOOTH_BANDS).to(waveform)
    reach = len(kernel) // 2
    padded = torch.nn.functional.pad(difference[None, None], (reach, reach), mode="replicate")
    smooth = torch.nn.functional.conv1d(padded, kernel[None, None])[0, 0]
    most = MOST_DB / 20 * torch.log(torch.tensor(10.0)).item()
    gain = (SHARE / 2 * smooth).clamp(-most, most)
    spread = bands / bands.sum(0, keepdim=True)
    return stft.inverse(spectrum * (spread.T @ gain).exp()[:, None], waveform.shape[-1])


def _colour(
    magnitude: Float[Tensor, "channel frequency frame"], bands: Float[Tensor, "band frequency"]
) -> Float[Tensor, " band"]:
    """Mean over audible frames of the log of each band's share."""
    energy = bands @ magnitude.square().mean(0)
    level = energy.sum(0)
    energy = energy[:, level > 10 ** (-AUDIBLE_DB / 10) * level.max()]
    return (energy / energy.sum(0).clamp_min(torch.finfo(energy.dtype).tiny) + LEAST).log().mean(1)
