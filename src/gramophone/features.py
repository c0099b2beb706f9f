"""Descriptors of sound, frame by frame: what the literature measured before there were networks.

By librosa wherever it has them; the extra `features` installs it. Frames are 2048 samples long and 512 apart, and
centred, so that all descriptors of a sound have equally many of them.

[1] P. Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a
sampled sound", IFA Proceedings 17, 1993.
[2] G. Peeters, "A large set of audio features for sound description", IRCAM, 2004.
"""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from gramophone.errors import InputError, UsageError

N_FFT, HOP = 2048, 512
COEFFICIENTS = 13
DELTA_WIDTH = 9
LOWEST_HZ, HIGHEST_HZ = 55.0, 1760.0
"""Range of fundamental frequencies: A1 to A6."""
LARGEST_DB = 60.0
"""Of harmonics to noise; more cannot be told from rounding."""

Waveform = Float[np.ndarray, " sample"]
Track = Float64[np.ndarray, " frame"]


def _librosa() -> Any:  # noqa: ANN401 - a library without types
    if importlib.util.find_spec("librosa") is None:
        raise UsageError("features need librosa; install it with: pip install 'gramophone[features]'")
    import librosa

    return librosa


def _magnitude(waveform: Waveform) -> Float[np.ndarray, "frequency frame"]:
    return np.abs(_librosa().stft(waveform, n_fft=N_FFT, hop_length=HOP))


def spectral_centroid_hz(waveform: Waveform, rate_hz: int) -> Track:
    """Mean frequency of the magnitude spectrum.

    Example:
        >>> tone = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
        >>> round(float(np.median(spectral_centroid_hz(tone, 16000))))
        1000
    """
    return _track(_librosa().feature.spectral_centroid(S=_magnitude(waveform), sr=rate_hz))


def spectral_spread_hz(waveform: Waveform, rate_hz: int) -> Track:
    """Square root of the second central moment of the magnitude spectrum."""
    return _track(_librosa().feature.spectral_bandwidth(S=_magnitude(waveform), sr=rate_hz))


def spectral_skewness(waveform: Waveform, rate_hz: int) -> Track:
    """Third central moment of the magnitude spectrum over the cube of its spread [2, 6.1.3]; 0 where it is even."""
    return _standard_moment(waveform, rate_hz, 3)


def spectral_kurtosis(waveform: Waveform, rate_hz: int) -> Track:
    """Fourth central moment of the magnitude spectrum over its squared variance [2, 6.1.4]; 1.8 of white noise."""
    return _standard_moment(waveform, rate_hz, 4)


def _standard_moment(waveform: Waveform, rate_hz: int, order: int) -> Track:
    librosa = _librosa()
    magnitude = _magnitude(waveform).astype(np.float64)
    share = librosa.util.normalize(magnitude, norm=1, axis=0)
    frequencies_hz = librosa.fft_frequencies(sr=rate_hz, n_fft=N_FFT)[:, None]
    away = frequencies_hz - (share * frequencies_hz).sum(0)
    variance = (share * away**2).sum(0)
    return np.asarray((share * away**order).sum(0) / np.maximum(variance, 1e-6) ** (order / 2))


def zero_crossings_per_s(waveform: Waveform, rate_hz: int) -> Track:
    """Changes of sign a second; a tone has two in each period."""
    return _track(_librosa().feature.zero_crossing_rate(waveform, frame_length=N_FFT, hop_length=HOP)) * rate_hz


def envelope_db(waveform: Waveform, rate_hz: int) -> Track:
    """Temporal envelope: root mean square level in dB of full scale, -120 at least."""
    level = _track(_librosa().feature.rms(y=waveform, frame_length=N_FFT, hop_length=HOP))
    return np.asarray(20 * np.log10(np.maximum(level, 1e-6)))


def f0_hz(waveform: Waveform, rate_hz: int) -> Track:
    """Fundamental frequency by probabilistic YIN (Mauch & Dixon 2014), from 55 to 1760 Hz.

    NaN where there is none, or none that is more likely than not.
    """
    highest_hz = min(HIGHEST_HZ, rate_hz / 4)
    found, _, likely = _librosa().pyin(
        waveform, fmin=LOWEST_HZ, fmax=highest_hz, sr=rate_hz, frame_length=N_FFT, hop_length=HOP
    )
    return np.asarray(np.where(likely >= 0.5, found, np.nan), dtype=np.float64)


def harmonicity_db(waveform: Waveform, rate_hz: int) -> Track:
    """Ratio of harmonics to noise [1]: `10 log10(r / (1 - r))` of the largest normalised autocorrelation `r`.

    Of lags of periods from 55 to 1760 Hz, divided by the window's autocorrelation; at most 60 dB, and -60 dB where
    there is nothing periodic.
    """
    librosa = _librosa()
    padded = np.pad(waveform, N_FFT // 2)
    frames = librosa.util.frame(padded, frame_length=N_FFT, hop_length=HOP).astype(np.float64)
    window = np.hanning(N_FFT)[:, None]
    likeness = librosa.autocorrelate((frames - frames.mean(0)) * window, axis=0)
    of_window = librosa.autocorrelate(window, axis=0)
    first, last = int(rate_hz / HIGHEST_HZ), min(int(rate_hz / LOWEST_HZ) + 1, N_FFT // 2)
    ratio = likeness[first : last + 1] / np.maximum(likeness[0], 1e-12) / (of_window / of_window[0])[first : last + 1]
    inner = ratio[1:-1]
    # Only maxima: the slope down from lag 0 is no period.
    is_peak = (inner >= ratio[:-2]) & (inner >= ratio[2:])
    smallest = 10 ** (-LARGEST_DB / 10)
    r = np.clip(np.where(is_peak, inner, 0.0).max(0), smallest / (1 + smallest), 1 / (1 + smallest))
    return np.asarray(10 * np.log10(r / (1 - r)))


def mfcc(waveform: Waveform, rate_hz: int) -> Float64[np.ndarray, "coefficient frame"]:
    """Mel-frequency cepstral coefficients, 13 of 128 bands."""
    found = _librosa().feature.mfcc(y=waveform, sr=rate_hz, n_mfcc=COEFFICIENTS, n_fft=N_FFT, hop_length=HOP)
    return np.asarray(found, dtype=np.float64)


def mfcc_deltas(waveform: Waveform, rate_hz: int, order: int = 1) -> Float64[np.ndarray, "coefficient frame"]:
    """Slopes of the coefficients over 9 frames, per frame; `order` 2 for slopes of slopes."""
    coefficients = mfcc(waveform, rate_hz)
    return np.asarray(_librosa().feature.delta(coefficients, width=DELTA_WIDTH, order=order, mode="nearest"))


def _track(row: Float[np.ndarray, "1 frame"]) -> Track:
    return np.asarray(row[0], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Descriptor:
    """A descriptor over time.

    Attributes:
        name: name of the descriptor.
        unit: unit of its values; empty for none.
        values: its value at each frame; NaN where it has none.
    """

    name: str
    unit: str
    values: Track

    @property
    def summary(self) -> Mapping[str, float]:
        """Mean, standard deviation, least and largest value of the frames that have one; empty where none has."""
        values = self.values[np.isfinite(self.values)]
        if not len(values):
            return {}
        return {
            "mean": float(values.mean()),
            "deviation": float(values.std()),
            "least": float(values.min()),
            "largest": float(values.max()),
        }


def descriptors(waveform: Waveform, rate_hz: int) -> tuple[Descriptor, ...]:
    """All descriptors of a sound.

    Args:
        waveform: samples of one channel.
        rate_hz: sampling rate, at least 4000.

    Raises:
        InputError: the sound is shorter than a frame, or its rate is too low.
        UsageError: librosa is not installed.

    Example:
        >>> found = descriptors(np.random.default_rng(0).standard_normal(8000), 16000)
        >>> found[0].name, found[0].unit, found[0].values.shape
        ('spectral centroid', 'Hz', (16,))
    """
    if rate_hz < 4000 or len(waveform) < N_FFT:
        raise InputError(
            f"descriptors need {N_FFT} samples or more at 4000 Hz or more, not {len(waveform)} at {rate_hz} Hz; "
            "give a longer sound"
        )
    waveform = np.ascontiguousarray(waveform)
    coefficients, slopes, curvatures = (
        mfcc(waveform, rate_hz),
        mfcc_deltas(waveform, rate_hz),
        mfcc_deltas(waveform, rate_hz, 2),
    )
    return (
        Descriptor("spectral centroid", "Hz", spectral_centroid_hz(waveform, rate_hz)),
        Descriptor("spectral spread", "Hz", spectral_spread_hz(waveform, rate_hz)),
        Descriptor("spectral skewness", "", spectral_skewness(waveform, rate_hz)),
        Descriptor("spectral kurtosis", "", spectral_kurtosis(waveform, rate_hz)),
        Descriptor("zero crossings", "1/s", zero_crossings_per_s(waveform, rate_hz)),
        Descriptor("harmonicity", "dB", harmonicity_db(waveform, rate_hz)),
        Descriptor("f0", "Hz", f0_hz(waveform, rate_hz)),
        Descriptor("envelope", "dB", envelope_db(waveform, rate_hz)),
        *(Descriptor(f"MFCC {n}", "", row) for n, row in enumerate(coefficients, 1)),
        *(Descriptor(f"MFCC delta {n}", "", row) for n, row in enumerate(slopes, 1)),
        *(Descriptor(f"MFCC delta-delta {n}", "", row) for n, row in enumerate(curvatures, 1)),
    )
