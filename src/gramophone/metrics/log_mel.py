"""Log mel spectrograms of the measures: bands, frames and floor in one place."""

import numpy as np
import torch
from jaxtyping import Float32

from gramophone.metrics.measure import Waveform, at_rate
from gramophone.spectral import Stft
from gramophone.spectral.filterbanks import mel_filters

RATE_HZ = 22_050
HOP_SAMPLES = 256  # 11.6 ms
N_FFT = 1024
FRAME_S = HOP_SAMPLES / RATE_HZ


def mel_energy(waveform: Waveform, rate_hz: int, bands: int) -> Float32[np.ndarray, "band frame"]:
    """Energies in mel bands from 40 Hz to 11 kHz, one frame in 11.6 ms."""
    signal = torch.from_numpy(at_rate(waveform, rate_hz, RATE_HZ))
    energy = Stft(N_FFT, HOP_SAMPLES).magnitude(signal).square()
    return (mel_filters(RATE_HZ, N_FFT, bands) @ energy).numpy()


def log_mel(waveform: Waveform, rate_hz: int, bands: int, depth_db: float) -> Float32[np.ndarray, "band frame"]:
    """Natural logarithm of the energies, raised to a floor so far below the largest."""
    energy = mel_energy(waveform, rate_hz, bands)
    return np.log(np.maximum(energy, float(energy.max()) * 10 ** (-depth_db / 10) + 1e-30))
