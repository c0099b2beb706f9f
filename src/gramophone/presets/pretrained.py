"""Settings in which a trained network looks, at the spectrogram that it was trained on."""

from dataclasses import replace
from typing import Unpack

from gramophone.errors import UsageError
from gramophone.networks.pretrained.log_spectrogram import LogSpectrogramFrontend
from gramophone.networks.pretrained.packaged import DRAWN, opened
from gramophone.presets import Changes, preset
from gramophone.settings import (
    TRAINED_KINDS,
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
    """The same with a trained network: its rate, its spectrogram, no stage on the waveform.

    Args:
        settings: what is changed.
        name: of the network.
        weights: `trained`, `random` or the path of a file; see `networks.shipped.opened`.
        iterations: of the spectrogram stage; 100 by default.

    Raises:
        InputError: there is no such file.
        ModelError: the file holds another network, is damaged, or sees something that cannot be turned back.
        UsageError: there is no network of that name for synthesis.
    """
    kind = next((known for known in TRAINED_KINDS if known == name), None)
    if kind is None:
        raise UsageError(f"there is no network '{name}' for this; choose one of {', '.join(TRAINED_KINDS)}")
    seen = _seen(name, weights)
    return replace(
        settings,
        rate_hz=seen.rate_hz,
        native=False,
        resolution=Resolution(seen.n_fft, seen.hop_samples, span_ms=(), gain=seen.gain),
        network=NetworkSettings(kind, weights=weights),
        optimiser=OptimiserSettings(iterations=STEPS if iterations is None else iterations, patience=0),
        phase=PhaseSettings("pghi", iterations=32),
        waveform=WaveformSettings(),
        transfer=TransferSettings(content=CONTENT),
    )


def with_weights(settings: Settings, name: str, weights: str) -> Settings:
    """A preset with other weights, and with the spectrogram that they were trained on.

    Args:
        settings: of the preset.
        name: of the preset, for errors.
        weights: `trained`, `random` or the path of a file; see `packaged.opened` and `vgg.read_vgg`.

    Raises:
        InputError: there is no such file.
        ModelError: the file holds another network, is damaged, or sees something that cannot be turned back.
        UsageError: the preset's network takes no weights, or has none of that kind.
    """
    network = settings.network
    if not network.takes_weights:
        raise UsageError(
            f"the weights {weights} need a network; the preset '{name}' has none that takes any: name one with "
            "--network, or give numbers as shares of the styles"
        )
    settings = replace(settings, network=replace(network, weights=weights))
    if not network.is_trained or weights == DRAWN:
        return settings
    if settings.resolution.scale != "linear":
        raise UsageError(
            f"the preset '{name}' sees {settings.resolution.scale} bands, on which no network was trained; "
            "say --weights random"
        )
    seen = _seen(network.kind, weights)
    view = Resolution(seen.n_fft, seen.hop_samples, span_ms=(), gain=seen.gain)
    return replace(settings, rate_hz=seen.rate_hz, resolution=view)


def _seen(name: str, weights: str) -> LogSpectrogramFrontend:
    seen = opened(name, weights).representation
    if seen.bands or seen.deltas:
        raise UsageError(f"{weights} sees {seen.bands} bands, from which no sound follows; choose another network")
    return seen


def transfer_settings(
    name: str, network: str | None = None, weights: str | None = None, **changes: Unpack[Changes]
) -> Settings:
    """The settings of a transfer, on a trained network if one is named.

    Args:
        name: of the preset.
        network: name of a trained network.
        weights: where its weights come from; `trained` by default.
        changes: in the preset; a trained network takes another number of iterations, and has a scale of its own.

    Raises:
        InputError: there is no such file of weights.
        ModelError: the file holds another network, or is damaged.
        UsageError: a name that does not exist, or names that exclude each other.
    """
    if network is None:
        settings = preset(name, "transfer", **changes)
        return settings if weights is None else with_weights(settings, name, weights)
    if (scale := changes.get("scale")) is not None:
        raise UsageError(f"the network {network} has a frequency scale of its own; leave out the scale {scale}")
    return on_network(preset(name, "transfer"), network, weights or "trained", changes.get("iterations"))
