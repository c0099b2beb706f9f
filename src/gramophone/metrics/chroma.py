"""Pitch classes of a result against those of its content."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from gramophone.spectral import Stft

CLASSES = 12
A4_HZ = 440.0
LOWEST_HZ, HIGHEST_HZ = 80.0, 4000.0
WINDOW_S = 0.186  # resolves semitones above about 90 Hz
PITCHED_ABOVE = 0.15  # see `pitchedness`
QUIET_DB = 40.0


def chroma_correlation(result: Float[Tensor, " sample"], content: Float[Tensor, " _"], rate_hz: int) -> float:
    """Mean correlation of the magnitudes in twelve pitch classes, over the content's audible frames.

    -1 to 1, higher is better; 1 for the content itself, about 0 for sounds without its pitches. The longer sound is
    truncated. Meaningful only if `pitchedness(content)` is high.

    Example:
        >>> import torch
        >>> time_s = torch.arange(16000) / 16000
        >>> notes_hz = torch.where(time_s < 0.5, 440.0, 660.0)
        >>> tune = torch.sin(2 * torch.pi * notes_hz * time_s)
        >>> round(chroma_correlation(tune, tune, 16000), 3)
        1.0
    """
    samples = min(len(result), len(content))
    theirs, audible = _heard(content[:samples], rate_hz)
    ours = chroma(result[:samples], rate_hz)[:, audible]
    ours, theirs = (classes - classes.mean(0) for classes in (ours, theirs))
    sizes = torch.linalg.vector_norm(ours, dim=0) * torch.linalg.vector_norm(theirs, dim=0)
    varied = sizes > 0
    return float(((ours * theirs).sum(0)[varied] / sizes[varied]).mean()) if varied.any() else 0.0


def pitchedness(sound: Float[Tensor, " sample"], rate_hz: int) -> float:
    """Prominence of few pitch classes: median over audible frames of `1 - flatness` of the chroma, 0 to 1.

    About 0.02 for noise, 0.1 for speech, 0.15 to 0.3 for mixed music, 0.3 to 1 for single notes and chords.

    Example:
        >>> import torch
        >>> noise = torch.randn(16000, generator=torch.Generator().manual_seed(0))
        >>> tone = torch.sin(2 * torch.pi * 440 * torch.arange(16000) / 16000)
        >>> pitchedness(noise, 16000) < PITCHED_ABOVE < pitchedness(tone, 16000)
        True
    """
    frames = _heard(sound, rate_hz)[0].clamp_min(1e-12)
    return float((1 - frames.log().mean(0).exp() / frames.mean(0)).median())


def chroma(sound: Float[Tensor, " sample"], rate_hz: int) -> Float[Tensor, "12 frame"]:
    """Magnitude in each pitch class, C first, summed over octaves from 80 Hz to 4 kHz; each frame sums to 1.

    Shape:
        `[sample]` to `[12, frame]`.

    Example:
        >>> import torch
        >>> tone = torch.sin(2 * torch.pi * 440 * torch.arange(16000) / 16000)
        >>> int(chroma(tone, 16000).mean(1).argmax())  # A
        9
    """
    return _chroma(_stft(rate_hz).magnitude(sound.double()), rate_hz)


def _stft(rate_hz: int) -> Stft:
    half = round(WINDOW_S * rate_hz / 2)
    return Stft(2 * half, half // 2)


def _pitch_classes(rate_hz: int, n_fft: int) -> Float[Tensor, "12 frequency"]:
    """Weights of the bins in each pitch class, raised cosines over two semitones."""
    frequency_hz = torch.fft.rfftfreq(n_fft, 1 / rate_hz, dtype=torch.float64)
    semitones = 12 * torch.log2(frequency_hz.clamp_min(1.0) / A4_HZ) + 9  # above a C
    away = (semitones - torch.arange(CLASSES, dtype=torch.float64)[:, None] + 6) % 12 - 6
    weights = (away.abs().clamp_max(1) * (math.pi / 2)).cos().square()
    return weights * ((frequency_hz >= LOWEST_HZ) & (frequency_hz <= HIGHEST_HZ))


def _chroma(magnitude: Float[Tensor, "frequency frame"], rate_hz: int) -> Float[Tensor, "12 frame"]:
    energies = _pitch_classes(rate_hz, _stft(rate_hz).n_fft) @ magnitude
    return energies / energies.sum(0).clamp_min(1e-30)


def _heard(sound: Tensor, rate_hz: int) -> tuple[Float[Tensor, "12 _"], Bool[Tensor, " frame"]]:
    """The chroma of the audible frames, and which of all frames those are."""
    magnitude = _stft(rate_hz).magnitude(sound.double())
    energy = magnitude.square().sum(0)
    audible = energy > float(energy.max()) * 10 ** (-QUIET_DB / 10)
    return _chroma(magnitude, rate_hz)[:, audible], audible
