"""Random transposition and spectral tilt of log spectrograms `log1p(g S)` on linear frequencies."""

import torch
from jaxtyping import Float
from torch import Tensor

Spectrograms = Float[Tensor, "clip frequency _"]


def transpose(x: Spectrograms, semitones: float, generator: torch.Generator) -> Spectrograms:
    """Moves every clip up or down by a random interval of up to `semitones`, its spectral envelope with it.

    A bin takes what lies at its frequency divided by the ratio of the interval, between two bins in proportion to
    their distance; what would come from above the highest bin is silent.
    """
    ratios = 2 ** (_uniform(len(x), generator) * semitones / 12)
    bins = x.shape[1]
    sources = torch.arange(bins) / ratios[:, None]
    below = sources.long().clamp(max=bins - 1)
    share = (sources - below)[..., None]
    padded = torch.nn.functional.pad(x, (0, 0, 0, 1))
    index = below[..., None].expand(-1, -1, x.shape[2])
    moved = torch.lerp(padded.gather(1, index), padded.gather(1, index + 1), share)
    return torch.where(sources[..., None] < bins, moved, 0.0)


def tilt(x: Spectrograms, db_per_octave: float, generator: torch.Generator) -> Spectrograms:
    """Tilts the magnitudes of every clip by up to `db_per_octave`, around the geometric mean of its frequencies."""
    octaves = torch.arange(1, x.shape[1] + 1).log2()
    gains_db = _uniform(len(x), generator)[:, None] * db_per_octave * (octaves - octaves.mean())
    return torch.log1p(torch.expm1(x) * 10 ** (gains_db / 20)[..., None])


def _uniform(count: int, generator: torch.Generator) -> Float[Tensor, " clip"]:
    """From -1 to 1."""
    return 2 * torch.rand(count, generator=generator) - 1
