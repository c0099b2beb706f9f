"""Variations of a batch that keep its labels; every one is drawn from a given generator."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gramophone.train.recipes import Recipe

Batch = Float[Tensor, "clip frequency frame"]


@dataclass(frozen=True)
class Mixture:
    """A batch in which clips were mixed in pairs.

    Attributes:
        values: the mixed clips.
        partner: place of the other clip of each pair.
        share: of the clip itself, at least one half; 1 where nothing was mixed.
    """

    values: Batch
    partner: Int[Tensor, " clip"]
    share: float


def vary(x: Float[Tensor, "clip frequency _"], frames: int, recipe: Recipe, generator: torch.Generator) -> Mixture:
    """Cuts pieces of `frames`, shifts, masks and mixes them as the recipe says; 16 bits become 32 on the way."""
    x = shifted(x, frames, generator) if recipe.shift else cropped(x, frames, generator)
    for axis, widest in ((1, recipe.masked_bins), (2, recipe.masked_frames)):
        for _ in range(2 if widest else 0):
            mask(x, axis, widest, generator)
    return mixed(x, recipe.mixup, generator)


def shifted(x: Float[Tensor, "clip frequency _"], frames: int, generator: torch.Generator) -> Batch:
    """From a random frame of every clip on; where it ends, its beginning follows."""
    starts = torch.randint(x.shape[2], (len(x),), generator=generator).tolist()
    found = torch.empty(*x.shape[:2], frames)
    for clip, start, piece in zip(x, starts, found, strict=True):
        first = min(frames, x.shape[2] - start)
        piece[:, :first] = clip[:, start : start + first]
        piece[:, first:] = clip[:, : frames - first]
    return found


def cropped(x: Float[Tensor, "clip frequency _"], frames: int, generator: torch.Generator) -> Batch:
    """A random piece of `frames` of every clip."""
    starts = torch.randint(x.shape[2] - frames + 1, (len(x),), generator=generator).tolist()
    return torch.stack([clip[:, start : start + frames].float() for clip, start in zip(x, starts, strict=True)])


def mask(x: Batch, axis: int, widest: int, generator: torch.Generator) -> None:
    """Gives a band (axis 1) or a time (axis 2) of each clip, of random place and width, its mean value; in place."""
    length = x.shape[axis]
    widths = torch.randint(0, min(widest, length) + 1, (len(x),), generator=generator).tolist()
    places = torch.rand(len(x), generator=generator).tolist()
    for clip, width, place in zip(x, widths, places, strict=True):
        hidden = clip.narrow(axis - 1, int(place * (length - width + 1)), width)
        hidden.fill_(clip.mean())


def mixed(x: Batch, alpha: float, generator: torch.Generator) -> Mixture:
    """Every clip mixed with another one of the batch; one share for all, from a beta distribution."""
    if not alpha:
        return Mixture(x, torch.arange(len(x)), 1.0)
    share = _beta(alpha, generator)
    partner = torch.randperm(len(x), generator=generator)
    return Mixture(torch.lerp(x[partner.to(x.device)], x, share), partner, share)


def _beta(alpha: float, generator: torch.Generator) -> float:
    # Johnk's method: two uniform powers whose sum is at most 1.
    while True:
        powers = torch.rand(2, generator=generator, dtype=torch.float64) ** (1 / alpha)
        total = float(powers.sum())
        if 0 < total <= 1:
            return max(float(powers[0]), float(powers[1])) / total
