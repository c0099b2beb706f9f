"""Everything that the conditional style distance needs of styles and condition; see `conditional_distance`."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.statistics.addition_chain import addition_chain, box_sums, patch_energies
from gramophone.statistics.arc_cosine import kernel
from gramophone.statistics.style_target import TILE_FRAMES
from gramophone.statistics.workspace import Workspace, length, tiles


@dataclass(frozen=True)
class ConditionalTarget:
    """Style frames with the conditions under which they are asked for.

    Attributes:
        frames: all styles' frames side by side, `[feature, frame]`.
        lengths: number of frames of each style.
        asked: `u_t`, the condition at each frame of the result.
        played: `v_s = sum_t W_ts u_t`, the conditions at which each style frame is asked for.
        mass: `sum_t W_ts`, how often each style frame is asked for.
        spans: patch lengths in frames, ascending.
        energies: by span, `|| sum_s phi(y_s) x v_s ||^2`.
        frames_first: `frames` once more, transposed.
        norms: by span, the norm of every patch.
        weights: by span, of every patch: 1 over the mass, 0 where a patch would reach over the end of a style.
        workspace: working arrays of the evaluations.
    """

    frames: Float[Tensor, "feature frame"]
    lengths: tuple[int, ...]
    asked: Float[Tensor, "time rank"]
    played: Float[Tensor, "frame rank"]
    mass: Float[Tensor, " frame"]
    spans: tuple[int, ...]
    energies: dict[int, float] = field(init=False)
    frames_first: Float[Tensor, "frame feature"] = field(init=False, compare=False, repr=False)
    norms: dict[int, Float[Tensor, " _"]] = field(init=False, compare=False, repr=False)
    weights: dict[int, Float[Tensor, " _"]] = field(init=False, compare=False, repr=False)
    workspace: Workspace = field(default_factory=Workspace, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        energies = self.frames.square().sum(0)
        object.__setattr__(self, "frames_first", self.frames.T.contiguous())
        object.__setattr__(self, "norms", {span: patch_energies(energies, span).sqrt() for span in self.spans})
        object.__setattr__(self, "weights", {span: self._weights(span) for span in self.spans})
        object.__setattr__(self, "energies", {span: _own_energy(self, span) for span in self.spans})

    @property
    def offset(self) -> float:
        """The constant part of the distance: every span's energy over itself, averaged."""
        return 1.0

    def scale(self, span: int) -> float:
        """What an energy of a span counts in the distance."""
        return 1 / (len(self.spans) * self.energies[span])

    def _weights(self, span: int) -> Float[Tensor, " patch"]:
        patches = self.frames.shape[1] - span + 1
        inside = self.frames.new_zeros(patches)
        start = 0
        for frames in self.lengths:
            inside[start : max(start, start + frames - span + 1)] = 1
            start += frames
        mass = float((inside * self.mass[span // 2 : span // 2 + patches]).sum(dtype=torch.float64))
        if not mass > 0:
            raise ValueError(f"no style frame that is asked for has a whole span of {span} frames around it")
        return inside / mass


def conditional_target(
    styles: Sequence[Float[Tensor, "feature _"]],
    asked: Float[Tensor, "time rank"],
    played: Float[Tensor, "frame rank"],
    mass: Float[Tensor, " frame"],
    spans: Sequence[int],
) -> ConditionalTarget:
    """Prepares styles and condition for `conditional_distance`.

    Args:
        styles: features `[feature, frame]`; no patch reaches from one into the next. Those shorter than a span have
            no patch of it.
        asked: conditions `u_t` of the result, one row a frame; their inner products say how alike two moments are.
        played: conditions of the styles' frames, side by side.
        mass: how often each style frame is asked for, not negative.
        spans: patch lengths in frames, each at least 1.

    Raises:
        ValueError: shapes that do not fit, no style long enough, silent styles, or a result shorter than a span.
    """
    spans = tuple(sorted(set(spans)))
    frames = torch.cat(list(styles), 1)
    if not frames.shape[1] == len(played) == len(mass):
        raise ValueError(f"{frames.shape[1]} style frames need as many conditions, not {len(played)} and {len(mass)}")
    if len(asked) < spans[-1]:
        raise ValueError(f"{len(asked)} frames are fewer than the longest span of {spans[-1]}")
    target = ConditionalTarget(frames, tuple(style.shape[1] for style in styles), asked, played, mass, spans)
    if min(target.energies.values()) <= 0:
        raise ValueError("the styles are silent where they are asked for: their features are all zero")
    return target


def _own_energy(target: ConditionalTarget, span: int) -> float:
    """`sum_ss' <v_s, v_s'> k(y_s, y_s')^2` tile by tile, in float64."""
    chain, workspace = addition_chain([span]), Workspace()
    norms, weights = target.norms[span].double(), target.weights[span].double()
    patches = len(norms)
    centre = span // 2
    played = target.played[centre : centre + patches].double() * weights[:, None]
    total = 0.0
    for row, row_frames in tiles(patches, TILE_FRAMES, 1):
        for column, column_frames in tiles(patches, TILE_FRAMES, 1):
            reach = [slice(part.start, part.stop + span - 1) for part in (row_frames, column_frames)]
            pairs = target.frames_first[reach[0]].double() @ target.frames[:, reach[1]].double()
            inner = box_sums(pairs, chain, workspace)[span][: length(row), : length(column)]
            squared = kernel(inner, norms[row, None], norms[None, column]).square()
            total += float((squared * (played[row] @ played[column].T)).sum())
    return total
