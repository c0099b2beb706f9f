"""How a transfer keeps its content: a lower bound on the correlation of band envelopes, free of timbre."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.features import Batched
from gramophone.spectral import LogScale
from gramophone.spectral.filterbanks import mel_filters
from gramophone.statistics.envelopes import envelope_correlation, log_energies

BANDS = 4  # more of them carry more of the speech, and leave less of the style (see docs/decisions.md)
LOWEST_HZ = 60.0
FREE_ABOVE = 0.9  # strengths above this let go of the content's envelopes

Spectrogram = Float[Tensor, "channel frequency frame"]


def lowest_correlation(strength: float) -> float:
    """Correlation with the content's envelopes that is asked for: 1 at strength 0, 0.8 at 0.6, 0 at 1."""
    return (1 - 0.45 * strength**1.5) * constraint(strength)


def constraint(strength: float) -> float:
    """How far the content's envelopes constrain the result: 1 except for the highest strengths, 0 at 1."""
    return min(1.0, (1 - strength) / (1 - FREE_ABOVE))


@dataclass(frozen=True)
class EnvelopeConstraint:
    """Squared shortfall of the correlation with the content's envelopes below its lower bound, of magnitudes.

    Attributes:
        bands: filters of `log_energies`.
        target: log energies of the content's bands.
        bound: lowest correlation that is asked for.
    """

    bands: Float[Tensor, "band frequency"]
    target: Float[Tensor, "channel band frame"]
    bound: float

    @classmethod
    def of(cls, content: Spectrogram, strength: float, rate_hz: int) -> "EnvelopeConstraint":
        """Constraint by the magnitudes of a content."""
        bands = mel_filters(rate_hz, 2 * content.shape[1] - 2, BANDS, LOWEST_HZ).to(content)
        return cls(bands, log_energies(content, bands), lowest_correlation(strength))

    def __call__(self, magnitude: Spectrogram) -> Float[Tensor, ""]:
        """The shortfall of one result."""
        return _shortfall(magnitude, self.bands, self.target, self.bound)

    def stack(self, alike: Sequence["EnvelopeConstraint"]) -> Batched:
        """Shortfalls of `[item, channel, frequency, frame]`."""
        targets = torch.stack([term.target for term in alike])
        bounds = targets.new_tensor([term.bound for term in alike])
        each = torch.func.vmap(_shortfall, in_dims=(0, None, 0, 0))
        return lambda magnitudes: each(magnitudes, self.bands, targets, bounds)


@dataclass(frozen=True)
class ScaledEnvelopeConstraint:
    """The constraint of scaled magnitudes.

    Attributes:
        scale: scale of the spectrogram.
        constraint: constraint of its magnitudes.
    """

    scale: LogScale
    constraint: EnvelopeConstraint

    def __call__(self, x: Spectrogram) -> Float[Tensor, ""]:
        """The shortfall of one result."""
        return self.constraint(self.scale.inverse(x))

    def stack(self, alike: Sequence["ScaledEnvelopeConstraint"]) -> Batched:
        """Shortfalls of `[item, channel, frequency, frame]`, each item on its own scale."""
        scale = LogScale.stack([term.scale for term in alike], self.constraint.target)
        shortfalls = self.constraint.stack([term.constraint for term in alike])
        return lambda x: shortfalls(scale.inverse(x))


def _shortfall(
    magnitude: Spectrogram,
    bands: Float[Tensor, "band frequency"],
    target: Float[Tensor, "channel band frame"],
    bound: float | Float[Tensor, ""],
) -> Float[Tensor, ""]:
    correlation = envelope_correlation(log_energies(magnitude, bands), target)
    return (bound - correlation).clamp_min(0).square()
