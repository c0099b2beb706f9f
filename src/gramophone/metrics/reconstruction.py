"""How near a reconstruction comes to a signal that is known."""

from jaxtyping import Float
from torch import Tensor

from gramophone.spectral import Stft

CEILING_DB = 150.0


def convergence_db(result: Float[Tensor, " sample"], truth: Float[Tensor, " sample"], stft: Stft) -> float:
    """`20 log10 (|| |STFT(y)| - |STFT(x)| || / || |STFT(x)| ||)`, lower is better, at least -300.

    Blind to phase as such, but not to a phase that no signal with these magnitudes has (Sturmel & Daudet 2011).
    """
    # The room of phases brings scipy, which takes half a second that most evaluations can spare.
    from gramophone.phase.convergence import spectral_convergence_db

    return spectral_convergence_db(result.double(), stft.magnitude(truth.double()), stft)


def log_spectral_distance_db(
    result: Float[Tensor, " sample"], truth: Float[Tensor, " sample"], stft: Stft, floor_db: float = 80.0
) -> float:
    """Mean over frames of the root mean square difference of log power spectra, in dB; 0 is best.

    Gray & Markel 1976. Values more than `floor_db` under the truth's largest are raised to that.
    """
    spectra = [stft.magnitude(sound.double()) for sound in (result, truth)]
    floor = float(spectra[1].max()) * 10 ** (-floor_db / 20) + 1e-30
    ours, theirs = (20 * spectrum.clamp_min(floor).log10() for spectrum in spectra)
    return float((ours - theirs).square().mean(-2).sqrt().mean())


def si_sdr_db(result: Float[Tensor, " sample"], truth: Float[Tensor, " sample"]) -> float:
    """Scale-invariant signal-to-distortion ratio (Le Roux et al. 2019), higher is better, within -150 and 150.

    `10 log10 (|a x|^2 / |a x - y|^2)` with `a = <x, y> / |x|^2` and no mean removed. A shift of one sample can
    ruin it: meaningful only where the waveform itself was to be kept.
    """
    result, truth = result.double(), truth.double()
    target = (result @ truth) / (truth @ truth).clamp_min(1e-300) * truth
    ratio = target.square().sum() / (target - result).square().sum().clamp_min(1e-300)
    return float((10 * ratio.clamp_min(1e-300).log10()).clamp(-CEILING_DB, CEILING_DB))
