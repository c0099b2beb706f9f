"""Settings in which a trained network looks, at the spectrogram that it was trained on."""

from dataclasses import replace
from typing import Unpack, get_args

from gramophone.errors import UsageError
from gramophone.networks.shipped import opened
from gramophone.presets import Changes, preset
from gramophone.settings import (
    NetworkKind,
    NetworkSettings,
    OptimiserSettings,
    Resolution,
    Settings,
    WaveformSettings,
)

TRAINED_KINDS: tuple[NetworkKind, ...] = tuple(
    kind for kind in get_args(NetworkKind) if kind not in {"infinite", "random"}
)
STEPS = 100


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
    seen = opened(name, weights).representation
    if seen.bands or seen.deltas:
        raise UsageError(f"{weights} sees {seen.bands} bands, from which no sound follows; choose another network")
    return replace(
        settings,
        rate_hz=seen.rate_hz,
        native=False,
        resolution=Resolution(seen.n_fft, seen.hop_samples, span_ms=(), gain=seen.gain),
        network=NetworkSettings(kind, weights=weights),
        optimiser=OptimiserSettings(iterations=STEPS if iterations is None else iterations, patience=0),
        waveform=WaveformSettings(),
    )


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
        if weights is not None:
            raise UsageError(
                f"the weights {weights} need a network; name it, or give numbers as shares of the styles"
            )
        return preset(name, "transfer", **changes)
    if (scale := changes.get("scale")) is not None:
        raise UsageError(f"the network {network} has a frequency scale of its own; leave out the scale {scale}")
    return on_network(preset(name, "transfer"), network, weights or "trained", changes.get("iterations"))
