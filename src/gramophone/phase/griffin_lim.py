"""Griffin-Lim (1984) and its accelerated form (Perraudin, Balazs & Sondergaard 2013)."""

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.phase.projections import Projections
from gramophone.spectral import Stft

HIGHEST_MOMENTUM = 1.2


def gla(
    magnitude: Float[Tensor, "*batch frequency frame"],
    stft: Stft,
    samples: int,
    *,
    phase: Float[Tensor, "*batch frequency frame"] | None = None,
    iterations: int = 32,
    seed: int = 0,
) -> Float[Tensor, "*batch sample"]:
    """Alternating projections on the magnitudes and on consistent spectrograms; `fgla` is faster.

    Example:
        >>> import torch
        >>> stft = Stft(512, 128)
        >>> magnitude = stft.magnitude(torch.sin(0.3 * torch.arange(4096)))
        >>> waveform = gla(magnitude, stft, 4096, iterations=30)
        >>> stft.magnitude(waveform).sub(magnitude).norm() / magnitude.norm() < 0.3
        tensor(True)
    """
    return fgla(magnitude, stft, samples, phase=phase, iterations=iterations, momentum=0.0, seed=seed)


def fgla(  # noqa: PLR0913
    magnitude: Float[Tensor, "*batch frequency frame"],
    stft: Stft,
    samples: int,
    *,
    phase: Float[Tensor, "*batch frequency frame"] | None = None,
    iterations: int = 32,
    momentum: float = 0.99,
    seed: int = 0,
    beginning: Float[Tensor, "*batch _"] | None = None,
) -> Float[Tensor, "*batch sample"]:
    """Alternating projections on the magnitudes and on consistent spectrograms, with momentum.

    `t_k = P_C P_A c_{k-1}`, `c_k = t_k + a (t_k - t_{k-1})`; `a = 0` is the original method. The transform is linear,
    so the momentum is applied to the signals, which are shorter than their spectrograms.

    Args:
        magnitude: target magnitudes, not negative.
        stft: transform of the magnitudes.
        samples: length of the result.
        phase: initial phase in radians; random by default.
        iterations: number of iterations; 0 gives the inverse of the start.
        momentum: `a` above, from 0 to 1.2 (diverges beyond).
        seed: seed of the random phase.
        beginning: known first samples of the result, which every iteration keeps.

    Raises:
        InputError: the magnitudes are negative, not finite or not of this transform, or `samples` is out of range.
        ValueError: the momentum is out of range.

    Example:
        >>> import torch
        >>> stft = Stft(512, 128)
        >>> magnitude = stft.magnitude(torch.sin(0.3 * torch.arange(4096)))
        >>> waveform = fgla(magnitude, stft, 4096, iterations=30)
        >>> stft.magnitude(waveform).sub(magnitude).norm() / magnitude.norm() < 0.2
        tensor(True)
    """
    if not 0 <= momentum <= HIGHEST_MOMENTUM:
        raise ValueError(f"momentum must be within 0 and {HIGHEST_MOMENTUM}, not {momentum}")
    projections = Projections.of(magnitude, stft, samples)
    spectrum = projections.start(phase, seed)
    previous: Tensor | None = None
    for _ in range(iterations):
        found = projections.keeping(beginning, projections.signal(spectrum))
        ahead = found if previous is None or momentum == 0 else torch.lerp(previous, found, 1 + momentum)
        previous = found
        spectrum = projections.set_magnitudes_(projections.analyse(ahead))
    return projections.finish(spectrum, beginning)
