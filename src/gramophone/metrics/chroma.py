"""Whether a result has the pitch classes of its content, where the content has any."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.spectral import Stft

CLASSES = 12
A4_HZ = 440.0
LOWEST_HZ, HIGHEST_HZ = 80.0, 4000.0
WINDOW_S = 0.186  # tells semitones apart from about 90 Hz on
PITCHED_ABOVE = 0.15  # see `pitchedness`
QUIET_DB = 40.0


def chroma_correlation(result: Float[Tensor, " sample"], content: Float[Tensor, " _"], rate_hz: int) -> float:
    """Mean correlation, over the content's audible frames, of the energies in twelve pitch classes.

    -1 to 1, higher is better; 1 for the content itself, about 0 for sounds without its pitches. The longer sound
    is cut to the shorter. Meaningful where `pitchedness(content)` is high.
    """
    samples = min(len(result), len(content))
    ours, theirs = (chroma(sound[:samples], rate_hz) for sound in (result, content))
    audible = _audible(content[:samples], rate_hz)
    ours, theirs = (c[:, audible] - c[:, audible].mean(0) for c in (ours, theirs))
    sizes = torch.linalg.vector_norm(ours, dim=0) * torch.linalg.vector_norm(theirs, dim=0)
    heard = sizes > 0
    return float(((ours * theirs).sum(0)[heard] / sizes[heard]).mean()) if heard.any() else 0.0


def pitchedness(sound: Float[Tensor, " sample"], rate_hz: int) -> float:
    """How far few pitch classes stand out: median over audible frames of `1 - flatness` of the chroma, 0 to 1.

    Noise is near 0.02, speech about 0.1, mixed music 0.15 to 0.3, single notes and chords 0.3 to 1.
    """
    frames = chroma(sound, rate_hz)[:, _audible(sound, rate_hz)].clamp_min(1e-12)
    return float((1 - frames.log().mean(0).exp() / frames.mean(0)).median())


def chroma(sound: Float[Tensor, " sample"], rate_hz: int) -> Float[Tensor, "12 frame"]:
    """Magnitude in each pitch class, C first, summed over octaves from 80 Hz to 4 kHz; each frame sums to 1."""
    stft = _stft(rate_hz)
    energies = _pitch_classes(rate_hz, stft.n_fft) @ stft.magnitude(sound.double())
    return energies / energies.sum(0).clamp_min(1e-30)


def _stft(rate_hz: int) -> Stft:
    half = round(WINDOW_S * rate_hz / 2)
    return Stft(2 * half, half // 2)


def _pitch_classes(rate_hz: int, n_fft: int) -> Float[Tensor, "12 frequency"]:
    """Each bin goes to its pitch class and, by its distance, to the neighbours a semitone away."""
    frequency_hz = torch.fft.rfftfreq(n_fft, 1 / rate_hz, dtype=torch.float64)
    semitones = 12 * torch.log2(frequency_hz.clamp_min(1.0) / A4_HZ) + 9  # above a C
    away = (semitones - torch.arange(CLASSES, dtype=torch.float64)[:, None] + 6) % 12 - 6
    weights = (away.abs().clamp_max(1) * (math.pi / 2)).cos().square()
    return weights * ((frequency_hz >= LOWEST_HZ) & (frequency_hz <= HIGHEST_HZ))


def _audible(sound: Tensor, rate_hz: int) -> Tensor:
    energy = _stft(rate_hz).magnitude(sound.double()).square().sum(0)
    return energy > float(energy.max()) * 10 ** (-QUIET_DB / 10)
