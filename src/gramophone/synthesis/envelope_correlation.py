"""How a transfer holds its content: a floor under the correlation of movement, free of timbre."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.spectral import LogScale
from gramophone.spectral.filterbanks import mel_filters
from gramophone.statistics.envelopes import log_energies, movement_correlation

BANDS = 4  # more of them carry more of what is said, and leave less of the style (see docs/decisions.md)
LOWEST_HZ = 60.0
FREE_ABOVE = 0.9  # strengths over this let go of the content's movement

Spectrogram = Float[Tensor, "channel frequency frame"]


def movement_floor(strength: float) -> float:
    """The correlation with the content's movement that is asked for: 1 at strength 0, 0.8 at 0.6, 0 at 1."""
    return (1 - 0.45 * strength**1.5) * held(strength)


def held(strength: float) -> float:
    """Share of the content's movement that is kept: all of it but for the highest strengths."""
    return min(1.0, (1 - strength) / (1 - FREE_ABOVE))


@dataclass(frozen=True)
class Movement:
    """Squared shortfall of the movement's correlation with the content's below the floor, of magnitudes.

    Attributes:
        bands: of `log_energies`.
        target: the content's energies.
        floor: the correlation that is asked for.
    """

    bands: Float[Tensor, "band frequency"]
    target: Float[Tensor, "channel band frame"]
    floor: float

    @classmethod
    def of(cls, content: Spectrogram, strength: float, rate_hz: int) -> "Movement":
        """That of a content's magnitudes."""
        bands = mel_filters(rate_hz, 2 * content.shape[1] - 2, BANDS, LOWEST_HZ).to(content)
        return cls(bands, log_energies(content, bands), movement_floor(strength))

    def __call__(self, magnitude: Spectrogram) -> Float[Tensor, ""]:
        """Of one result."""
        return _shortfall(magnitude, self.bands, self.target, self.floor)


@dataclass(frozen=True)
class ScaledMovement:
    """The same of scaled magnitudes.

    Attributes:
        scale: of the spectrogram.
        movement: of its magnitudes.
    """

    scale: LogScale
    movement: Movement

    def __call__(self, x: Spectrogram) -> Float[Tensor, ""]:
        """Of one result."""
        return self.movement(self.scale.inverse(x))


def movements(
    terms: Sequence[Movement],
) -> Callable[[Float[Tensor, "item channel frequency frame"]], Float[Tensor, " item"]]:
    """Many of the same shape in one: what each says of its own item."""
    targets = torch.stack([term.target for term in terms])
    floors = targets.new_tensor([term.floor for term in terms])
    each = torch.func.vmap(_shortfall, in_dims=(0, None, 0, 0))
    return lambda magnitudes: each(magnitudes, terms[0].bands, targets, floors)


def _shortfall(
    magnitude: Spectrogram,
    bands: Float[Tensor, "band frequency"],
    target: Float[Tensor, "channel band frame"],
    floor: float | Float[Tensor, ""],
) -> Float[Tensor, ""]:
    correlation = movement_correlation(log_energies(magnitude, bands), target)
    return (floor - correlation).clamp_min(0).square()
