"""Is the result the reference itself, reconstructed?"""

from collections.abc import Callable

from gramophone.errors import InputError
from gramophone.evaluation.aligned import Aligned
from gramophone.evaluation.figure import Better, Figure, Measured, blank
from gramophone.metrics.reconstruction import convergence_db, log_spectral_distance_db, si_sdr_db
from gramophone.spectral import Stft

GROUP = "reconstruction"
ALIKE_DB = -10.0  # a convergence above this is no reconstruction


def reconstruction_figures(sounds: Aligned) -> list[Figure]:
    """Spectral convergence, log-spectral distance and SI-SDR, where the result may be a reconstruction at all."""
    result, truth = sounds.result, sounds.reference
    half = round(0.0232 * sounds.rate_hz)
    stft = Stft(2 * half, half // 2)
    convergence = convergence_db(result, truth, stft) if len(result) == len(truth) else None

    def figure(
        key: str, name: str, better: Better, value: Callable[[], float], read: Callable[[Measured], str]
    ) -> Figure:
        def compute() -> Measured:
            if convergence is None:
                raise InputError("the result is not as long as the reference, so it is no reconstruction of it")
            if convergence > ALIKE_DB:
                raise InputError(
                    f"the result is no reconstruction of the reference: their spectrograms differ by "
                    f"{convergence:.1f} dB, and {ALIKE_DB:g} dB is the limit"
                )
            return Measured(value())

        return blank(key, name, "dB", better, GROUP).measured(compute, read)

    return [
        figure(
            "spectral_convergence_db",
            "spectral convergence",
            "lower",
            lambda: convergence or 0.0,
            lambda at: "transparent to most ears" if at.value < -30 else "audibly different",
        ),
        figure(
            "log_spectral_distance_db",
            "log-spectral distance",
            "lower",
            lambda: log_spectral_distance_db(result, truth, stft),
            lambda at: "close" if at.value < 3 else "weak parts differ",
        ),
        figure(
            "si_sdr_db",
            "signal to distortion, any scale",
            "higher",
            lambda: si_sdr_db(result, truth),
            lambda at: "the waveform is kept" if at.value > 10 else "another waveform of a similar spectrogram",
        ),
    ]
