"""Iterations over a few frames at a time: RTISI-LA and its Gauss-Seidel form with RTPGHI."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.phase import gradient
from gramophone.phase.convergence import check_magnitude, check_samples
from gramophone.phase.rtpghi import PhaseIntegrator
from gramophone.phase.stream import Pipeline
from gramophone.spectral import Stft


def rtisi_la(
    magnitude: Float[Tensor, "*batch frequency frame"],
    stft: Stft,
    samples: int,
    *,
    look_ahead: int = 3,
    iterations: int = 16,
) -> Float[Tensor, "*batch sample"]:
    """Frame by frame; a new frame begins with the phase of what overlaps it (Zhu, Beauregard & Wyse 2007).

    Args:
        magnitude: target magnitudes, not negative; any leading axes, each spectrogram on its own.
        stft: the transform of the magnitudes.
        samples: length of the result.
        look_ahead: frames after the one that is decided.
        iterations: rounds for each frame.

    Raises:
        InputError: magnitudes that are negative, not finite or not of this transform, or too many or few samples.
        ValueError: a negative look-ahead or number of iterations.

    Example:
        >>> import torch
        >>> stft = Stft(512, 128)
        >>> magnitude = stft.magnitude(torch.sin(0.3 * torch.arange(4096)))
        >>> waveform = rtisi_la(magnitude, stft, 4096)
        >>> stft.magnitude(waveform).sub(magnitude).norm() / magnitude.norm() < 0.2
        tensor(True)
    """
    return _run(magnitude, stft, samples, None, look_ahead=look_ahead, iterations=iterations)


def gsrtisi_la(
    magnitude: Float[Tensor, "*batch frequency frame"],
    stft: Stft,
    samples: int,
    *,
    look_ahead: int = 3,
    iterations: int = 16,
    seed: int = 0,
) -> Float[Tensor, "*batch sample"]:
    """Frame by frame; a new frame begins with RTPGHI from the frame before as it is by then.

    The combination of Prusa & Sondergaard (LTFAT note 048), with one frame of look-ahead for RTPGHI and more for the
    iterations.

    Args:
        magnitude: target magnitudes, not negative; any leading axes, each spectrogram on its own.
        stft: the transform of the magnitudes.
        samples: length of the result.
        look_ahead: frames after the one that is decided.
        iterations: rounds for each frame.
        seed: for the phase of coefficients below the tolerance, which is random.

    Raises:
        InputError: magnitudes that are negative, not finite or not of this transform, or too many or few samples.
        ValueError: a negative look-ahead or number of iterations.

    Example:
        >>> import torch
        >>> stft = Stft(512, 128)
        >>> magnitude = stft.magnitude(torch.sin(0.3 * torch.arange(4096)))
        >>> waveform = gsrtisi_la(magnitude, stft, 4096)
        >>> stft.magnitude(waveform).sub(magnitude).norm() / magnitude.norm() < 0.2
        tensor(True)
    """
    source = PhaseIntegrator(stft, seed=seed)
    return _run(magnitude, stft, samples, source, look_ahead=look_ahead, iterations=iterations)


def _run(
    magnitude: Float[Tensor, "*batch frequency frame"],
    stft: Stft,
    samples: int,
    source: PhaseIntegrator | None,
    *,
    look_ahead: int,
    iterations: int,
) -> Float[Tensor, "*batch sample"]:
    check_magnitude(magnitude, stft)
    check_samples(samples, magnitude.shape[-1], stft)
    frames = np.moveaxis(gradient.as_arrays(magnitude), 2, 0)
    pipeline = Pipeline(
        stft,
        source,
        frames.shape[1],
        frames.dtype.type,
        look_ahead=look_ahead,
        iterations=iterations,
        in_turn=source is not None,
    )
    blocks = [block for frame in frames for block in pipeline.push(frame)] + pipeline.finish()
    whole = np.concatenate(blocks, 1)[:, :samples]
    return torch.from_numpy(whole).reshape(*magnitude.shape[:-2], samples).to(magnitude)
