"""Metrics of a reconstruction against the known signal."""

from jaxtyping import Float
from torch import Tensor

from gramophone.spectral import Stft

CEILING_DB = 150.0


def convergence_db(result: Float[Tensor, " sample"], truth: Float[Tensor, " sample"], stft: Stft) -> float:
    """`20 log10 (|| |STFT(y)| - |STFT(x)| || / || |STFT(x)| ||)`, lower is better, at least -300.

    Blind to phase as such, but not to inconsistent phase (Sturmel & Daudet 2011).

    Example:
        >>> import torch
        >>> noise = torch.randn(4000, generator=torch.Generator().manual_seed(0))
        >>> round(convergence_db(0.9 * noise, noise, Stft(512, 128)), 3)
        -20.0
    """
    # gramophone.phase imports scipy, half a second that most evaluations can save.
    from gramophone.phase.convergence import spectral_convergence_db

    return spectral_convergence_db(result.double(), stft.magnitude(truth.double()), stft)


def log_spectral_distance_db(
    result: Float[Tensor, " sample"], truth: Float[Tensor, " sample"], stft: Stft, floor_db: float = 80.0
) -> float:
    """Mean over frames of the RMS difference of log power spectra, in dB; 0 is best (Gray & Markel 1976).

    Values are floored `floor_db` below the largest of the true signal.

    Example:
        >>> import torch
        >>> noise = torch.randn(4000, generator=torch.Generator().manual_seed(0))
        >>> round(log_spectral_distance_db(10 * noise, noise, Stft(512, 128)), 3)
        20.0
    """
    spectra = [stft.magnitude(sound.double()) for sound in (result, truth)]
    floor = float(spectra[1].max()) * 10 ** (-floor_db / 20) + 1e-30
    ours, theirs = (20 * spectrum.clamp_min(floor).log10() for spectrum in spectra)
    return float((ours - theirs).square().mean(-2).sqrt().mean())


def si_sdr_db(result: Float[Tensor, " sample"], truth: Float[Tensor, " sample"]) -> float:
    """Scale-invariant signal-to-distortion ratio (Le Roux et al. 2019), higher is better, within -150 and 150.

    `10 log10 (|a x|^2 / |a x - y|^2)` with `a = <x, y> / |x|^2` and no mean removed. A shift of one sample can
    ruin it, so it is meaningful only if the waveform itself should be preserved.

    Example:
        >>> import torch
        >>> noise = torch.randn(2, 4000, generator=torch.Generator().manual_seed(0))
        >>> si_sdr_db(3 * noise[0], noise[0])
        150.0
        >>> round(si_sdr_db(noise[0] + 0.1 * noise[1], noise[0]))
        20
    """
    result, truth = result.double(), truth.double()
    target = (result @ truth) / (truth @ truth).clamp_min(1e-300) * truth
    ratio = target.square().sum() / (target - result).square().sum().clamp_min(1e-300)
    return float((10 * ratio.clamp_min(1e-300).log10()).clamp(-CEILING_DB, CEILING_DB))
