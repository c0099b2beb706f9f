"""Convolutions along one axis with fixed weights, in the arithmetic of Toom and Cook.

`m` outputs of a filter of `r` taps need `m + r - 1` products instead of `m r` (Winograd 1980; Lavin & Gray 2016,
in two dimensions): both are evaluated at as many points, multiplied, and interpolated. Long filters are split into
pieces that share the evaluated input. The gradient for the input is such a convolution, too, where torch's takes up
to twice the time of the convolution; none is computed for the weights.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor, nn

OUTPUTS = 4
"""Of a tile. Eight points lose no more digits than the direct sum does; more points would."""
WIDEST = 5
"""Filter that is one piece; wider ones are pieces of `OUTPUTS` taps, so that pieces lie at whole tiles."""
MANY_PAIRS, MOST_PARAMETERS = 2**17, 2**26
"""Pairs of channels above which it is faster than a direct sum, and parameters up to which copies are small."""
POINTS = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0)


def frozen(convolution: nn.Module) -> Callable[[Tensor], Tensor]:
    """The same convolution with its weights as they are now, the faster way where there is one."""
    if not isinstance(convolution, nn.Conv1d) or convolution.bias is None or convolution.stride != (1,):
        return convolution
    if not is_faster(convolution.weight):
        return convolution
    return FrozenConvolution(convolution.weight, convolution.bias, int(convolution.padding[0]))


def is_faster(weight: Float[Tensor, "output input *width"]) -> bool:
    """Whether `FrozenConvolution` is faster than the direct sum: many channels, one axis, on a processor."""
    pairs = weight.shape[0] * weight.shape[1]
    fits = pairs > MANY_PAIRS and weight.numel() <= MOST_PARAMETERS
    return fits and weight.dim() == 3 and weight.device.type == "cpu" and weight.dtype == torch.float32


class FrozenConvolution:
    """`torch.nn.functional.conv1d` at stride 1 with weights that do not change.

    Args:
        weight: filters.
        bias: of each output channel.
        padding: zeros at each end.
    """

    def __init__(
        self, weight: Float[Tensor, "output input width"], bias: Float[Tensor, " output"], padding: int
    ) -> None:
        self.weight, self.bias, self.padding = weight.detach(), bias.detach(), padding

    def __call__(self, x: Float[Tensor, "item input _"]) -> Float[Tensor, "item output _"]:
        """Differentiable once, for `x` alone."""
        products: Tensor = _Convolution.apply(x, self)  # type: ignore[no-untyped-call]
        return products + self.bias[:, None]

    @cached_property
    def forwards(self) -> "TiledFilters":
        """Filters of the convolution."""
        return TiledFilters(self.weight, self.padding)

    @cached_property
    def backwards(self) -> "TiledFilters":
        """Filters of the gradient for the input: reversed, with channels exchanged."""
        reversed_ = self.weight.flip(2).transpose(0, 1)
        return TiledFilters(reversed_, self.weight.shape[2] - 1 - self.padding)


class TiledFilters:
    """Filters at the points of evaluation, pieces of long ones side by side as further input channels."""

    def __init__(self, weight: Float[Tensor, "output input width"], padding: int) -> None:
        outputs, inputs, self.width = weight.shape
        taps = self.width if self.width <= WIDEST else OUTPUTS
        self.padding, self.pieces = padding, -(-self.width // taps)
        self._inputs, at_points, self._outputs = (
            torch.from_numpy(matrix).to(weight)
            for matrix in (transforms(taps).inputs, transforms(taps).filters, transforms(taps).outputs)
        )
        padded = torch.nn.functional.pad(weight, (0, self.pieces * taps - self.width))
        split = padded.view(outputs, inputs, self.pieces, taps)
        evaluated = torch.einsum("nr,oipr->nopi", at_points, split)
        self._filters = evaluated.flatten(2).contiguous()

    def convolve(self, x: Float[Tensor, "item input _"]) -> Float[Tensor, "item output _"]:
        """Sums of products at every position, without a bias."""
        items, inputs, length = x.shape
        count = length + 2 * self.padding - self.width + 1
        tiles = -(-count // OUTPUTS)
        points = len(self._inputs)
        needed = (tiles + self.pieces - 2) * OUTPUTS + points
        spans = torch.nn.functional.pad(x, (self.padding, needed - length - self.padding)).unfold(2, points, OUTPUTS)
        evaluated = self._inputs @ spans.permute(3, 1, 0, 2).reshape(points, -1)
        tiled = evaluated.view(points, inputs, items, -1)
        if self.pieces > 1:
            tiled = torch.cat([tiled[..., piece : piece + tiles] for piece in range(self.pieces)], 1)
        products = torch.bmm(self._filters, tiled.flatten(2))
        outputs = self._outputs @ products.flatten(1)
        return outputs.view(OUTPUTS, -1, items, tiles).permute(2, 1, 3, 0).flatten(2)[..., :count]


@dataclass(frozen=True)
class Transforms:
    """What evaluates inputs and filters at the points, and makes outputs of their products.

    Attributes:
        inputs: of a span of the input.
        filters: of the taps.
        outputs: of the products.
    """

    inputs: Float64[np.ndarray, "point sample"]
    filters: Float64[np.ndarray, "point tap"]
    outputs: Float64[np.ndarray, "output point"]


@lru_cache
def transforms(taps: int) -> Transforms:
    """Of tiles of `OUTPUTS` outputs, for filters of up to `WIDEST` taps.

    The product of two polynomials follows from its values at as many points as it has coefficients, infinity among
    them; the transpose of that algorithm is the convolution.
    """
    count = OUTPUTS + taps - 1
    powers = np.vander(np.array(POINTS[: count - 1]), count, increasing=True)
    values = np.vstack([powers, np.eye(count)[-1]])
    inputs = np.linalg.inv(values).T
    scale = np.abs(inputs).max(1, keepdims=True)  # moved to the filters, which are evaluated once

    def at_points(size: int) -> Float64[np.ndarray, "point {size}"]:
        return np.vstack([powers[:, :size], np.eye(size)[-1]])

    return Transforms(inputs / scale, at_points(taps) * scale, at_points(OUTPUTS).T)


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor, filters: FrozenConvolution) -> Tensor:
        ctx.filters = filters  # type: ignore[attr-defined]
        return filters.forwards.convolve(x)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> tuple[Tensor, None]:
        return ctx.filters.backwards.convolve(gradient), None  # type: ignore[attr-defined]
