"""Settings with a trained network and the spectrogram that it was trained on."""

from dataclasses import replace

from gramophone.errors import UsageError
from gramophone.networks.pretrained.log_spectrogram import LogSpectrogramFrontend
from gramophone.networks.pretrained.packaged import DRAWN, opened
from gramophone.networks.pretrained.waveform_input import WaveformInput
from gramophone.networks.soundnet import rate_of
from gramophone.presets import check_takes_weights, trained_kind
from gramophone.settings import (
    USUAL_STRENGTH,
    NetworkSettings,
    OptimiserSettings,
    PhaseSettings,
    Resolution,
    Settings,
    TransferSettings,
    WaveformSettings,
)

STEPS = 100
# Adam's rival weights of content and style in the author's code run from 5 to 0.05: 5 * 100^-strength.
CONTENT = 5 * 100**-USUAL_STRENGTH


def on_network(settings: Settings, name: str, weights: str, iterations: int | None = None) -> Settings:
    """Settings with a trained network: its rate and spectrogram, and no stage on the waveform.

    Args:
        settings: settings of a preset for transfers.
        name: name of the network.
        weights: `trained`, `random` or the path of a file; see `networks.pretrained.packaged.opened`.
        iterations: iterations of the spectrogram stage; 100 by default.

    Raises:
        InputError: the file does not exist.
        ModelError: the file has another network, or is damaged.
        UsageError: the network is unknown, or its spectrogram has no inverse.
    """
    kind = trained_kind(name)
    seen = _seen(name, weights)
    return replace(
        settings,
        rate_hz=seen.rate_hz,
        native=False,
        resolution=Resolution(seen.n_fft, seen.hop_samples, span_ms=(), gain=seen.gain),
        network=NetworkSettings(kind, filters=0, weights=weights),
        optimiser=OptimiserSettings(iterations=STEPS if iterations is None else iterations, patience=0),
        phase=PhaseSettings("pghi", iterations=32),
        waveform=WaveformSettings(),
        transfer=TransferSettings(content=CONTENT),
        in_range=True,
    )


def with_weights(settings: Settings, name: str, weights: str) -> Settings:
    """Settings with other weights and the spectrogram that they were trained on.

    Args:
        settings: settings of the preset.
        name: name of the preset in errors.
        weights: `trained`, `random` or the path of a file; see `packaged.opened` and `vgg.read_vgg`.

    Raises:
        InputError: the file does not exist.
        ModelError: the file has another network, or is damaged.
        UsageError: the preset's network takes no such weights, or their spectrogram has no inverse.
    """
    network = settings.network
    check_takes_weights(name, network, weights)
    settings = replace(settings, network=replace(network, weights=weights))
    if network.kind == "soundnet":
        return replace(settings, rate_hz=rate_of(weights) or settings.rate_hz)
    if not network.is_trained or weights == DRAWN:
        return settings
    if settings.resolution.scale != "linear":
        raise UsageError(
            f"the preset '{name}' uses {settings.resolution.scale} bands, for which there are no trained weights; "
            "give the weights random"
        )
    seen = _seen(network.kind, weights)
    view = Resolution(seen.n_fft, seen.hop_samples, span_ms=(), gain=seen.gain)
    return replace(settings, rate_hz=seen.rate_hz, resolution=view)


def _seen(name: str, weights: str) -> LogSpectrogramFrontend:
    seen = opened(name, weights).representation
    if isinstance(seen, WaveformInput):
        raise UsageError(f"{weights} was trained on waveforms; name it with --preset soundnet --weights {weights}")
    if seen.bands or seen.deltas:
        raise UsageError(
            f"{weights} was trained on {seen.bands} bands, which have no inverse; choose another network"
        )
    return seen
