"""Copying as one of the measures of a transfer: the copy score beside that of the style among itself."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.metrics.copying import PIECE_S, copy_score, natural_copy_score
from gramophone.metrics.measure import Measure, Waveform, check_longer, undefined

NAME = "copying"
VOID_ABOVE = 0.6  # a hum finds itself everywhere


@dataclass(frozen=True)
class Copied:
    """The style, to look for pieces of.

    Attributes:
        style: its waveform.
        natural: copy score of its own half seconds among the rest of it.
        rate_hz: of the recordings.
    """

    style: Float[Tensor, " sample"]
    natural: float
    rate_hz: int

    @classmethod
    def of(cls, content: Waveform, style: Waveform, rate_hz: int) -> "Copied":
        """Prepares a style; the content is not asked.

        Raises:
            InputError: the style is shorter than two seconds.
        """
        del content
        check_longer(style, rate_hz, 4 * PIECE_S, "style")
        theirs = torch.from_numpy(style.copy())
        return cls(theirs, natural_copy_score(theirs, rate_hz).mean, rate_hz)

    def measure(self, result: Waveform) -> tuple[Measure]:
        """Mean correlation of the result's half seconds with their best place in the style, 0 to 1."""
        if self.natural > VOID_ABOVE:
            reason = f"the style repeats itself ({self.natural:.2f} by itself): nobody can tell a copy of it"
            return (undefined(NAME, reason),)
        if len(result) < PIECE_S * self.rate_hz:
            reason = (
                f"a result of {len(result) / self.rate_hz:.2f} s is too short to look for copies of {PIECE_S:g} s"
            )
            return (undefined(NAME, reason),)
        value = copy_score(torch.from_numpy(result.copy()), self.style, self.rate_hz).mean
        reading = (
            f"half seconds correlate by {value:.2f} with their best place in the style, whose own do by "
            f"{self.natural:.2f}"
        )
        return (Measure(NAME, value, self.natural, reading),)
