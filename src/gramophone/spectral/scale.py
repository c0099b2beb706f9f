"""Logarithmic scale of spectrograms that does not depend on the recording's level."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError


@dataclass(frozen=True)
class LogScale:
    """`log1p(S / reference)`, and its exact inverse.

    Plain `log1p(S)` (Ulyanov & Lebedev 2016) is nearly linear for a quiet recording and nearly logarithmic for a
    loud one. With a reference taken from the recording itself every level gives the same values.

    Attributes:
        reference: magnitude that maps to log 2; positive. For a batch, one for each item in a shape that broadcasts.

    Example:
        >>> magnitude = torch.rand(257, 33, generator=torch.Generator().manual_seed(0))
        >>> scale = LogScale.of(magnitude)
        >>> torch.allclose(scale.inverse(scale.forward(magnitude)), magnitude, atol=1e-6)
        True
        >>> torch.allclose(LogScale.of(9 * magnitude).forward(9 * magnitude), scale.forward(magnitude), atol=1e-6)
        True
    """

    reference: float | Float[Tensor, "..."]

    @classmethod
    def of(cls, magnitude: Float[Tensor, "*batch frequency frame"], gain: float = 1.0) -> "LogScale":
        """Scale whose reference is the root mean square magnitude divided by `gain`.

        Raises:
            InputError: the spectrogram is silent.
        """
        level = float(magnitude.double().square().mean().sqrt())
        if not level > 0:
            raise InputError("the recording is silent, so it has no level to work from; give one with sound in it")
        return cls(level / gain)

    @classmethod
    def stack(cls, scales: Sequence["LogScale"], like: Tensor) -> "LogScale":
        """The scales of the items of `[item, channel, frequency, frame]`, on the device and in the type of `like`."""
        return cls(like.new_tensor([float(scale.reference) for scale in scales])[:, None, None, None])

    def forward(self, magnitude: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Values from 0 (silence) up."""
        return torch.log1p(magnitude / self.reference)

    def inverse(self, values: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Magnitudes; negative values, which no spectrogram has, become 0."""
        return torch.expm1(values.clamp_min(0)) * self.reference
