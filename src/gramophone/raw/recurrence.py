"""Linear recurrences with a complex diagonal as a differentiable function of tensors."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.statistics import diagonal_bands

Drive = Float[Tensor, "item step state"]
States = Float[Tensor, "item step parts"]


def recurrence(drive: Drive, real: Float[Tensor, " state"], imaginary: Float[Tensor, " state"]) -> States:
    """`h_t = a h_{t-1} + s_t` from zero, for a complex number `a` of every state.

    One compiled pass over time on a processor in single precision; otherwise, with the same result but for rounding,
    in a logarithmic number of steps of tensors.

    Args:
        drive: `s`, which is real.
        real: real part of `a`.
        imaginary: imaginary part of `a`.

    Returns:
        Real parts of all states, then imaginary parts.

    Example:
        >>> half = torch.full((1,), 0.5)
        >>> recurrence(torch.ones(1, 4, 1), half, torch.zeros(1))[0, :, 0].tolist()
        [1.0, 1.5, 1.75, 1.875]
    """
    if diagonal_bands.applies_to(drive):
        return _Scan.apply(drive, real, imaginary)  # type: ignore[no-untyped-call]
    return doubled(drive, real, imaginary)


def doubled(drive: Drive, real: Float[Tensor, " state"], imaginary: Float[Tensor, " state"]) -> States:
    """`recurrence` by doubling the distance over which states are added up: `h_t += a^d h_{t-d}`, `d` = 1, 2 ..."""
    states, power, distance = torch.complex(drive, torch.zeros_like(drive)), torch.complex(real, imaginary), 1
    while distance < drive.shape[1]:
        late = states[:, distance:] + power * states[:, :-distance]
        states = torch.cat([states[:, :distance], late], 1)
        power, distance = power * power, 2 * distance
    return torch.cat([states.real, states.imag], -1)


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, drive: Tensor, real: Tensor, imaginary: Tensor) -> Tensor:  # noqa: ANN401 - torch's
        from gramophone.raw import compiled_scan  # here, as the compiler takes a third of a second

        states = drive.new_empty(*drive.shape[:2], 2 * drive.shape[2])
        arrays = [value.detach().contiguous().numpy() for value in (drive, real, imaginary)]
        compiled_scan.scan(*arrays, states.numpy())
        ctx.save_for_backward(states, real, imaginary)
        return states

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # noqa: ANN401
        from gramophone.raw import compiled_scan

        states, real, imaginary = (value.detach() for value in ctx.saved_tensors)
        of_drive = states.new_empty(*states.shape[:2], len(real))
        sums = np.zeros((2, len(real)))
        held = np.zeros((2, len(real)), np.float32)
        compiled_scan.scan_adjoint(
            slope.contiguous().numpy(),
            states.numpy(),
            real.contiguous().numpy(),
            imaginary.contiguous().numpy(),
            of_drive.numpy(),
            sums[0],
            sums[1],
            held,
        )
        found = torch.from_numpy(sums).to(real)
        return of_drive, found[0], found[1]
