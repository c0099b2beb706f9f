"""Box sums along diagonals: inner products of patches from inner products of frames.

With `D[t, s] = x_t . y_s`, the inner product of the patches of `w` frames that start at `t` and `s` is
`P_w[t, s] = sum_{j < w} D[t + j, s + j]`. Sums of two shorter spans give a longer one, so all spans together
cost a few additions of arrays, and nothing is subtracted (a cumulative sum would lose digits in float32).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.statistics.workspace import Workspace


@dataclass(frozen=True)
class ChainStep:
    """`span = lower + upper`: one addition of two shorter spans, the second one shifted by `lower`."""

    span: int
    lower: int
    upper: int


def ascending(spans: Iterable[int]) -> tuple[int, ...]:
    """Each span once, the shortest first.

    Raises:
        ValueError: a span is shorter than a frame.
    """
    found = tuple(sorted(set(spans)))
    if found and found[0] < 1:
        raise ValueError(f"a span must have at least 1 frame, not {found[0]}")
    return found


def addition_chain(spans: Iterable[int]) -> tuple[ChainStep, ...]:
    """Short addition chain that builds `spans` (frames, each at least 1) from single frames.

    Greedy doubling: exact for powers of two, within a few additions of the optimum otherwise.
    """
    chain: list[ChainStep] = []
    built = {1}

    def build(span: int) -> None:
        while span not in built:
            largest = max(b for b in built if b < span)
            if 2 * largest < span:
                build(2 * largest)
                continue
            build(span - largest)
            chain.append(ChainStep(span, largest, span - largest))
            built.add(span)

    for span in ascending(spans):
        build(span)
    return tuple(chain)


def box_sums(
    frames: Float[Tensor, "*batch rows columns"], chain: tuple[ChainStep, ...], workspace: Workspace
) -> dict[int, Float[Tensor, "*batch _ _"]]:
    """Diagonal box sums for every span of the chain, in `workspace`; span 1 is `frames` itself (not a copy)."""
    sums = {1: frames}
    *batch, rows, columns = frames.shape
    for step in chain:
        height, width = max(rows - step.span + 1, 0), max(columns - step.span + 1, 0)
        shift = step.lower
        sums[step.span] = torch.add(
            sums[step.lower][..., :height, :width],
            sums[step.upper][..., shift : shift + height, shift : shift + width],
            out=workspace.take(f"span {step.span}", *batch, height, width, like=frames),
        )
    return sums


def add_box_sums_adjoint(sums: dict[int, Float[Tensor, "*batch _ _"]], chain: tuple[ChainStep, ...]) -> None:
    """Transpose of `box_sums`, in place: gradients of all spans are accumulated in `sums[1]`."""
    for step in reversed(chain):
        gradient = sums[step.span]
        height, width = gradient.shape[-2:]
        shift = step.lower
        sums[step.lower][..., :height, :width] += gradient
        sums[step.upper][..., shift : shift + height, shift : shift + width] += gradient


def patch_energies(frame_energies: Float[Tensor, "*batch frame"], span: int) -> Float[Tensor, "*batch patch"]:
    """`|p_t|^2` for patches of `span` frames from `|x_t|^2`; summed in float64, returned in the input's type."""
    total = torch.nn.functional.pad(frame_energies.double().cumsum(-1), (1, 0))
    return (total[..., span:] - total[..., :-span]).to(frame_energies.dtype)


def spread_to_frames(patch_values: Float[Tensor, "*batch patch"], span: int) -> Float[Tensor, "*batch frame"]:
    """Transpose of `patch_energies`: every patch's value is added to each of its `span` frames."""
    padded = torch.nn.functional.pad(patch_values.double(), (span, span - 1))
    total = padded.cumsum(-1)
    return (total[..., span:] - total[..., :-span]).to(patch_values.dtype)
