"""A condition over time: what is asked of a result at every moment, and how alike two moments are."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.condition.analysis import Analysis
from gramophone.condition.keep import Weights
from gramophone.condition.pitch import unit
from gramophone.statistics.low_rank import pivoted_cholesky

RANK = 64
ENVELOPE_SCALE = 0.6
LOUDNESS_SCALE_DB = 12.0


@dataclass(frozen=True)
class Condition:
    """What is kept of a content, and with what weight.

    Attributes:
        content: what is heard over time.
        weights: how much each part of it asks for.
    """

    content: Analysis
    weights: Weights

    def factors(self, rank: int = RANK) -> Float[Tensor, "frame rank"]:
        """`U` with `U U^T` near the likeness of the moments.

        The likeness is a product of kernels, one for each part, `1 - w + w g` with the weight `w`: the squared
        cosine of pitch features, and Gaussians of the envelope's shape and of loudness. With all weights 0 all
        moments are alike, so that a conditional distance becomes the plain one.
        """
        pitch = unit(self.content.pitch)
        shape = self.content.shape - self.content.shape.mean(1, keepdim=True)
        loudness = self.content.loudness.clamp_min(-60)[None]
        weights = self.weights

        def column(frame: int) -> Float[Tensor, " frame"]:
            melody = (pitch[:, frame] @ pitch).square()
            envelope = _gaussian(shape, frame, ENVELOPE_SCALE * len(shape) ** 0.5)
            level = _gaussian(loudness, frame, LOUDNESS_SCALE_DB)
            likeness = torch.ones_like(melody)
            for weight, part in ((weights.pitch, melody), (weights.envelope, envelope), (weights.loudness, level)):
                likeness = likeness * (1 - weight + weight * part)
            return likeness

        # A frame without any pitch feature is not even like itself: the rest of its diagonal is 1.
        silent = 1 - (pitch * pitch).sum(0).square()
        return pivoted_cholesky(column, 1 - weights.pitch * silent, rank)


def _gaussian(features: Float[Tensor, "feature frame"], frame: int, scale: float) -> Float[Tensor, " frame"]:
    squared = (features - features[:, frame : frame + 1]).square().sum(0)
    return torch.exp(-0.5 * squared / scale**2)
