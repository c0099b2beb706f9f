"""The waveform itself as the input of trained networks, the same in training and in synthesis."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import ModelError
from gramophone.networks.pretrained.log_spectrogram import SILENCE, LogSpectrogramFrontend, representation_from

MOST_FRAMES = 10_000_000


@dataclass(frozen=True)
class WaveformInput:
    """A waveform at a root mean square level of 1, one row high.

    Attributes:
        rate_hz: sampling rate, in Hz.
        frames: number of samples of a clip in training.
    """

    rate_hz: int
    frames: int
    bins: ClassVar[int] = 1
    deltas: ClassVar[bool] = False

    @property
    def duration_s(self) -> float:
        """Length of a clip in training, in seconds."""
        return self.frames / self.rate_hz

    def frames_of(self, samples: int) -> int:
        """Number of frames of a waveform: its samples."""
        return samples

    def values(self, waveform: Float[Tensor, "*batch sample"]) -> Float[Tensor, "*batch 1 sample"]:
        """The waveform at level 1, whatever its level was; silence stays silence."""
        level = waveform.square().mean(-1, keepdim=True).sqrt()
        scaled = waveform / level.clamp_min(SILENCE)
        return torch.where(level > SILENCE, scaled, torch.zeros_like(waveform)).unsqueeze(-2)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `input_from` reads them."""
        return asdict(self)


Representation = LogSpectrogramFrontend | WaveformInput
"""What a trained network takes."""


def input_from(values: Any) -> Representation:  # noqa: ANN401 - whatever a file holds
    """Reads the result of `as_dict` of either input from an untrusted file.

    Raises:
        ModelError: a field is missing or invalid.
    """
    if not isinstance(values, dict) or set(values) != {"rate_hz", "frames"}:
        return representation_from(values)
    rate_hz, frames = values["rate_hz"], values["frames"]
    is_sound = all(isinstance(one, int) and not isinstance(one, bool) for one in (rate_hz, frames))
    if not is_sound or not 1000 <= rate_hz <= 400_000 or not 1 <= frames <= MOST_FRAMES:
        raise ModelError(f"the representation {values!s:.100} is invalid for a network; train it again")
    return WaveformInput(rate_hz, frames)
