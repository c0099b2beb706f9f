"""The style as a carrier of words or notes that it has not itself, over a bed of itself."""

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.spectral import Stft
from gramophone.spectral.filterbanks import band_filters

WINDOW_S = 0.046
BANDS = 32
FLOOR = 1e-6
NARROW_WINDOW_S = 0.186
WHITEN_BINS = 41


def vocoded(
    content: Float[Tensor, "channel sample"],
    style: Float[Tensor, "channel sample"],
    rate_hz: int,
    bed_db: float,
) -> Float[Tensor, "channel sample"]:
    """A channel vocoder of 32 ERB bands whose carrier is the style, plus the style itself.

    The vocoded part is given the style's long-term band levels and the level 1; no sample of the content is in it.

    Args:
        content: whose envelopes are followed (all channels together).
        style: as long as the content.
        rate_hz: of both.
        bed_db: level of the style itself beside the vocoded part.

    Returns:
        With the style's channels and the content's length, at a level of about 1.
    """
    carrier = style / level_of(style)
    voice = _with_envelopes(content, carrier, rate_hz)
    return voice / level_of(voice) + 10 ** (bed_db / 20) * carrier


def cross_synthesised(
    content: Float[Tensor, "channel sample"],
    style: Float[Tensor, "channel sample"],
    rate_hz: int,
    bed_db: float,
) -> Float[Tensor, "channel sample"]:
    """The content's magnitudes in narrow bands with the phases of the style, plus the style itself.

    The window is as long as single partials ask for and smears onsets, so that envelopes are imposed afterwards.

    Args:
        content: whose notes are kept (all channels together).
        style: as long as the content.
        rate_hz: of both.
        bed_db: level of the style itself beside the first part, which has the level 1.

    Returns:
        With the style's channels and the content's length.
    """
    samples = content.shape[-1]
    n_fft = 2 * round(NARROW_WINDOW_S * rate_hz / 2)
    stft = Stft(n_fft, n_fft // 4)
    carrier = style / level_of(style)
    said = stft.magnitude(content).square().mean(0, keepdim=True).sqrt()
    notes = stft.inverse(torch.polar(said.expand(len(carrier), -1, -1), stft.forward(carrier).angle()), samples)
    voice = _with_envelopes(content, notes, rate_hz)
    return voice / level_of(voice) + 10 ** (bed_db / 20) * carrier


def _with_envelopes(
    content: Float[Tensor, "channel sample"], carrier: Float[Tensor, "channel sample"], rate_hz: int
) -> Float[Tensor, "channel sample"]:
    """A carrier with the content's envelopes in 32 ERB bands, at the carrier's own long-term level in each."""
    n_fft = 2 * round(WINDOW_S * rate_hz / 2)
    stft = Stft(n_fft, n_fft // 4)
    bands = band_filters("erb", rate_hz, n_fft, BANDS).to(content)
    bands = bands / bands.sum(0, keepdim=True)
    spectrum = stft.forward(carrier)
    own = bands @ spectrum.abs().square().mean(0)
    asked = bands @ stft.magnitude(content).square().mean(0)
    gain = (asked / (own + FLOOR * own.mean())).sqrt()
    spoken = own * gain.square()
    colour = (own.mean(1) / spoken.mean(1).clamp_min(FLOOR * float(spoken.mean()) + 1e-30)).sqrt()
    return stft.inverse(spectrum * (bands.T @ (gain * colour[:, None])), content.shape[-1])


def narrow_band_filtered(
    content: Float[Tensor, "channel sample"], style: Float[Tensor, "channel _"], rate_hz: int
) -> Float[Tensor, "channel sample"]:
    """The style's spectrum, its envelope removed, times the content's magnitudes in narrow bands.

    Where a style has nothing between its partials there is nothing to be filtered, and the content's notes are lost.
    """
    samples = content.shape[-1]
    n_fft = 2 * round(NARROW_WINDOW_S * rate_hz / 2)
    stft = Stft(n_fft, n_fft // 4)
    spectrum = stft.forward(repeated(style, samples))
    rows = torch.nn.functional.pad(spectrum.abs().square().mT, (WHITEN_BINS // 2,) * 2, mode="reflect")
    envelope = torch.nn.functional.avg_pool1d(rows, WHITEN_BINS, 1).mT
    white = spectrum / (envelope + FLOOR * envelope.amax() + 1e-30).sqrt()
    return stft.inverse(white * stft.magnitude(content).square().mean(0, keepdim=True).sqrt(), samples)


def repeated(style: Float[Tensor, "channel _"], samples: int) -> Float[Tensor, "channel sample"]:
    """As often as it takes to fill a length."""
    times = -(-samples // style.shape[-1])
    return style.repeat(1, times)[:, :samples]


def level_of(waveform: Float[Tensor, "channel _"]) -> float:
    """Root mean square, never 0."""
    return max(float(waveform.square().mean().sqrt()), torch.finfo(waveform.dtype).tiny ** 0.5)
