"""What is heard over time, of a content and of a style alike."""

from dataclasses import dataclass

import numpy as np
import soxr
import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.audio.downmix import mixed_to_one
from gramophone.condition.pitch import gaussian, log_frequency_magnitudes, pitch_features
from gramophone.spectral import Stft
from gramophone.spectral.filterbanks import band_filters

RATE_HZ = 22050
HOP_SAMPLES = 512
HOP_S = HOP_SAMPLES / RATE_HZ
ENVELOPE_BANDS = 24
ENVELOPE_N_FFT = 1024
MODULATION_HZ = 16.0
ONSET_BANDS = 40
QUIET_DB = 45.0
VOICED_BELOW_HZ = 1500.0


@dataclass(frozen=True)
class Analysis:
    """Features at a hop of 23.2 ms; frame `t` is centred on `t` hops.

    Attributes:
        magnitudes: of log frequency, see `pitch.log_frequency_magnitudes`.
        pitch: see `pitch.pitch_features`.
        envelope: energies in 24 ERB bands, modulations above 16 Hz smoothed away.
        energy: in all bands, not smoothed.
        onset: rise of log energies, about 1 at strong onsets, at most 1.
        voiced: how periodic a frame is, from 0 (noise) to 1; see `periodicity`.
    """

    magnitudes: Float[Tensor, "bin frame"]
    pitch: Float[Tensor, "bin frame"]
    envelope: Float[Tensor, "band frame"]
    energy: Float[Tensor, " frame"]
    onset: Float[Tensor, " frame"]
    voiced: Float[Tensor, " frame"]

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self.energy)

    @property
    def audible(self) -> Tensor:
        """Which frames are less than 45 dB below the loudest."""
        return self.energy > 10 ** (-QUIET_DB / 10) * self.energy.max().clamp_min(1e-30)

    @property
    def loudness(self) -> Float[Tensor, " frame"]:
        """Level in dB below the loudest frame, at least -90."""
        return 10 * (self.energy / self.energy.max().clamp_min(1e-30)).clamp_min(1e-9).log10()

    @property
    def shape(self) -> Float[Tensor, "band frame"]:
        """Envelope in nepers without its level: what vowel or stroke it is."""
        level = (self.envelope + 1e-5 * self.envelope.mean() + 1e-30).log()
        return level - level.mean(0, keepdim=True)


def analyse(waveform: Float[Tensor, "channel sample"], rate_hz: int) -> Analysis:
    """Features of the mean of the channels, computed at 22.05 kHz whatever the rate."""
    mono = _at_analysis_rate(waveform, rate_hz)
    magnitudes = log_frequency_magnitudes(mono, RATE_HZ, HOP_SAMPLES)
    power = Stft(ENVELOPE_N_FFT, HOP_SAMPLES).magnitude(mono).square()
    energies = band_filters("erb", RATE_HZ, ENVELOPE_N_FFT, ENVELOPE_BANDS).to(mono) @ power
    return Analysis(
        magnitudes=magnitudes,
        pitch=pitch_features(magnitudes),
        envelope=_slow(energies),
        energy=power.sum(0),
        onset=onset_strength(power),
        voiced=periodicity(mono),
    )


def onset_strength(power: Float[Tensor, "frequency frame"]) -> Float[Tensor, " frame"]:
    """Mean rise of log ERB-band energies from frame to frame, over its 98th percentile; 0 to 1."""
    bands = band_filters("erb", RATE_HZ, 2 * len(power) - 2, ONSET_BANDS).to(power)
    level = bands @ power
    level = (level + 1e-4 * level.mean() + 1e-30).log()
    rise = torch.nn.functional.pad(level.diff(dim=1).clamp_min(0).mean(0), (1, 0))
    return (rise / (torch.quantile(rise, 0.98) + 1e-3)).clamp(0, 1)


def periodicity(waveform: Float[Tensor, " sample"]) -> Float[Tensor, " frame"]:
    """Highest autocorrelation, below 1.5 kHz, at periods of 73 to 400 Hz; the window's own is divided out."""
    n = ENVELOPE_N_FFT
    window = torch.hann_window(n).to(waveform)
    frames = torch.nn.functional.pad(waveform, (n // 2, n // 2)).unfold(0, n, HOP_SAMPLES)
    frames = (frames - frames.mean(1, keepdim=True)) * window
    power = torch.fft.rfft(frames, 2 * n).abs().square()
    power[:, round(VOICED_BELOW_HZ / RATE_HZ * 2 * n) :] = 0
    own = torch.fft.irfft(torch.fft.rfft(window, 2 * n).abs().square())
    periods = slice(RATE_HZ // 400, RATE_HZ // 73)
    correlation = torch.fft.irfft(power)
    relative = correlation[:, periods] / (own / own[0])[periods]
    return (relative.amax(1) / correlation[:, 0].clamp_min(1e-20)).clamp(0, 1)


def mixed_down(waveform: Float[Tensor, "channel sample"], rate_hz: int) -> Float[Tensor, " sample"]:
    """Mean of the channels, which are turned round where they are in opposite phase and would cancel."""
    if len(waveform) == 1:
        return waveform[0]
    return torch.from_numpy(mixed_to_one(waveform.cpu().numpy().astype(np.float32), rate_hz)[0]).to(waveform)


def _at_analysis_rate(waveform: Float[Tensor, "channel sample"], rate_hz: int) -> Float[Tensor, " _"]:
    mono = mixed_down(waveform, rate_hz)
    if rate_hz == RATE_HZ:
        return mono
    found = soxr.resample(mono.cpu().numpy().astype(np.float32), rate_hz, RATE_HZ)
    return torch.from_numpy(found).to(mono)


def _slow(energies: Float[Tensor, "band frame"]) -> Float[Tensor, "band frame"]:
    """Modulations above 16 Hz smoothed away (a Gaussian that halves the amplitude at that rate)."""
    deviation = 0.1874 / MODULATION_HZ / HOP_S  # exp(-(2 pi f s)^2 / 2) = 1/2
    kernel = gaussian(deviation).to(energies)
    reach = len(kernel) // 2
    rows = torch.nn.functional.pad(energies[:, None], (reach, reach), mode="replicate")
    return torch.nn.functional.conv1d(rows, kernel[None, None])[:, 0]
