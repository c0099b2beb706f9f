"""Log spectrogram front end of trained networks, the same in training and in synthesis."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import ModelError
from gramophone.spectral import LogScale, Stft
from gramophone.spectral.filterbanks import mel_filters

GREY = 255 / math.log(10**4)
"""Grey values for each unit of the log scale, where 255 of them are 80 dB (Wyse 2017)."""

SILENCE = 1e-6
"""Root mean square below which a recording counts as silent: -120 dB of full scale."""


@dataclass(frozen=True)
class LogSpectrogramFrontend:
    """A log spectrogram of a waveform at a root mean square level of 1.

    `log1p(gain |S| / r)`, where `r` is the root mean square magnitude of white noise of level 1: the scale does not
    depend on a recording's level.

    Attributes:
        rate_hz: sampling rate, in Hz.
        n_fft: window length in samples.
        hop_samples: step between frames, in samples.
        frames: number of frames of a clip in training.
        gain: ratio of the mean level to the level where the scale becomes logarithmic; 100 is 40 dB.
        bands: number of mel bands of magnitudes from `LOWEST_HZ` up; 0 keeps the linear bins.
        deltas: whether a second channel holds the slope of every band over 9 frames.
    """

    rate_hz: int
    n_fft: int
    hop_samples: int
    frames: int
    gain: float = 1.0
    bands: int = 0
    deltas: bool = False

    @property
    def bins(self) -> int:
        """Number of frequencies."""
        return self.bands or self.n_fft // 2 + 1

    @property
    def duration_s(self) -> float:
        """Length of a clip in training, in seconds."""
        return self.frames * self.hop_samples / self.rate_hz

    def stft(self) -> Stft:
        """Transform of the spectrogram."""
        return Stft(self.n_fft, self.hop_samples)

    def scale(self) -> LogScale:
        """Scale of the magnitudes, for waveforms of level 1."""
        return level_scale(self.n_fft, self.gain)

    def log_spectrogram(self, waveform: Float[Tensor, "*batch sample"]) -> Float[Tensor, "*batch frequency _"]:
        """Log spectrogram of a waveform of any level; silence is 0 everywhere."""
        level = waveform.square().mean(-1, keepdim=True).sqrt()
        waveform = torch.where(level > SILENCE, waveform / level.clamp_min(SILENCE), torch.zeros_like(waveform))
        magnitude = self.stft().magnitude(waveform)
        if self.bands:
            magnitude = mel_filters(self.rate_hz, self.n_fft, self.bands, LOWEST_HZ).to(magnitude) @ magnitude
        return self.scale().forward(magnitude)

    def frames_of(self, samples: int) -> int:
        """Number of frames of a waveform of some samples."""
        return self.stft().frames(samples)

    def values(self, waveform: Float[Tensor, "*batch sample"]) -> Float[Tensor, "*batch frequency _"]:
        """What a network takes of a waveform: its log spectrogram."""
        return self.log_spectrogram(waveform)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `representation_from` reads them."""
        return asdict(self)


def level_scale(n_fft: int, gain: float) -> LogScale:
    """Scale whose reference is the root mean square magnitude of white noise of level 1, divided by `gain`."""
    window = torch.hann_window(n_fft, dtype=torch.float64)
    return LogScale(float(window.square().sum().sqrt()) / gain)


LOWEST_HZ = 20.0
DELTA_REACH = 4


def deltas(x: Float[Tensor, "*batch frequency frame"]) -> Float[Tensor, "*batch frequency frame"]:
    """Slope of a straight line through the 9 frames around each, per frame; the ends are repeated."""
    ramp = torch.arange(-DELTA_REACH, DELTA_REACH + 1, dtype=x.dtype, device=x.device)
    rows = torch.nn.functional.pad(x.reshape(-1, 1, x.shape[-1]), (DELTA_REACH, DELTA_REACH), mode="replicate")
    slopes = torch.nn.functional.conv1d(rows, (ramp / ramp.square().sum())[None, None])
    return slopes.reshape(x.shape)


def representation_from(values: Any) -> LogSpectrogramFrontend:  # noqa: ANN401 - whatever a file holds
    """Reads the result of `as_dict` from an untrusted file.

    Raises:
        ModelError: a field is missing or invalid.
    """
    try:
        found = LogSpectrogramFrontend(**values)
        numbers: list[object] = [found.rate_hz, found.n_fft, found.hop_samples, found.frames, found.bands]
        is_sound = all(isinstance(number, int) and 0 <= number <= 400_000 for number in numbers)
        is_sound &= found.deltas in {True, False} and 1e-3 <= found.gain <= 1e6 and found.rate_hz >= 1000
        found.stft()
    except (TypeError, ValueError) as error:
        raise ModelError(f"the representation of the network cannot be read ({error}); train it again") from error
    if not is_sound or found.n_fft > 65_536 or not found.frames:
        raise ModelError(f"the representation {values} is invalid for a network; train it again")
    return found
