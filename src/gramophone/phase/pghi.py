"""Phase gradient heap integration (Prusa, Balazs & Sondergaard 2017) without a heap.

A phase's derivatives follow from those of the log magnitude, so it can be summed up along any path. The published
order visits coefficients from the largest outward with a heap; `tree` finds the same paths by array operations.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.phase import gradient
from gramophone.phase.check import check_magnitude
from gramophone.phase.tree import integrate
from gramophone.spectral import Stft


def pghi(
    magnitude: Float[Tensor, "*batch frequency frame"],
    stft: Stft,
    *,
    seed: int = 0,
    tolerance: float = 1e-6,
    island_tolerance: float = 1.0,
) -> Float[Tensor, "*batch frequency frame"]:
    """Phase in radians for `stft` from magnitudes alone, in one pass on the CPU.

    Args:
        magnitude: target magnitudes, not negative; any leading axes, each spectrogram on its own.
        stft: the transform of the magnitudes; redundancy 8 is far better than 4.
        seed: for the phase of coefficients below the tolerance, which is random.
        tolerance: share of the maximum below which a coefficient has no usable derivative.
        island_tolerance: share of the maximum above which connected coefficients are integrated by themselves, before
            all others join them (the published two passes have 0.1 here); 1 makes one pass.

    Raises:
        InputError: magnitudes that are negative, not finite or not of this transform.
    """
    check_magnitude(magnitude, stft)
    rng = np.random.default_rng(seed)
    phases = [_phase(one, stft, rng, tolerance, island_tolerance) for one in gradient.as_arrays(magnitude)]
    return torch.from_numpy(np.stack(phases)).reshape(magnitude.shape).to(magnitude)


def _phase(
    magnitude: Float[np.ndarray, "frequency frame"],
    stft: Stft,
    rng: np.random.Generator,
    tolerance: float,
    island_tolerance: float,
) -> Float[np.ndarray, "frequency frame"]:
    peak = float(magnitude.max())
    usable = magnitude > tolerance * peak
    phase = np.zeros_like(magnitude)
    if peak > 0:
        log = gradient.log_magnitude(magnitude, peak, tolerance)
        steps = gradient.steps_per_hop(log, stft), gradient.steps_per_bin(log, stft)
        island_level = np.log(island_tolerance * peak) if island_tolerance < 1 else np.inf
        phase = integrate(log, usable, *steps, rng, island_level)
    unusable = ~usable
    phase[unusable] = rng.uniform(-np.pi, np.pi, int(unusable.sum()))
    return np.asarray(gradient.from_frame_start(phase))
