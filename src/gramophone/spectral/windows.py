"""Windows by name, and the nearest Gaussian of each."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

GAUSS_EDGE = 0.01
"""Height of the truncated Gaussian at its ends (Prusa & Sondergaard 2016, section 4)."""

GAMMAS: dict[str, float] = {
    "hann": 0.25645,
    "hamming": 0.29794,
    "blackman": 0.17954,
    "gauss": -math.pi / (4 * math.log(GAUSS_EDGE)),
}
"""Time-frequency ratio `g` of the nearest Gaussian `exp(-pi t^2 / (g N^2))`, in squared window lengths.

Prusa, Balazs & Sondergaard 2017, table 1; exact for `gauss`.
"""

WINDOWS = tuple(GAMMAS)


def window(name: str, length: int, *, dtype: torch.dtype, device: torch.device) -> Float[Tensor, " {length}"]:
    """Periodic window with its maximum of 1 at `length / 2`.

    Example:
        >>> window("hann", 4, dtype=torch.float32, device=torch.device("cpu"))
        tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    if name == "gauss":
        away = torch.arange(length, dtype=torch.float64) / length - 0.5
        return torch.exp(-math.pi * away**2 / GAMMAS["gauss"]).to(device, dtype)
    makers: dict[str, Callable[..., Tensor]] = {
        "hann": torch.hann_window,
        "hamming": torch.hamming_window,
        "blackman": torch.blackman_window,
    }
    return makers[name](length, dtype=dtype, device=device)
