"""From recordings to the waveforms of the stages: checks, rates, channels, levels."""

import math
import warnings
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.audio import InaudibleWarning, Sound, audible, check_sound, rms_db
from gramophone.bounds import check_weights
from gramophone.errors import InputError, UsageError
from gramophone.networks.registry import entry_of
from gramophone.settings import Settings
from gramophone.statistics.mixture import normalised

RHYTHM_S = (0.2, 2.0)  # shortest and longest lag of the rhythm term, as published
LONGEST_FRACTION = 0.2  # a span over a fifth of the style's length makes copies of it
KEPT_FRACTION = 0.5  # a span over half of it has next to no patches
NATIVE_RATES_HZ = (8_000, 96_000)


def choose_device(name: str | None) -> torch.device:
    """The named device, or the best available: CUDA, else the CPU.

    Raises:
        UsageError: the device is not available.
    """
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"the device '{name}' cannot be used here; leave it out, or say cpu") from error
    return device


def agreed(sounds: Sequence[Sound], settings: Settings, roles: Sequence[str]) -> tuple[Settings, list[Sound]]:
    """Brings recordings to one rate and number of channels, and checks that they are long enough and not silent.

    Settings that are `native` take the highest rate and the most channels among the recordings, so that nothing is
    lost; others have a rate of their own, and one channel.

    Args:
        sounds: recordings of any rates and numbers of channels.
        settings: settings of the preset.
        roles: name of each recording in errors.

    Returns:
        The settings at that rate, and the recordings.

    Raises:
        InputError: silence, nothing audible, or too short; names the length needed.
        UsageError: a span that must be kept is longer than half a recording.
    """
    sounds = [check_sound(sound, f"the {role}") for sound, role in zip(sounds, roles, strict=True)]
    sounds = [_audible(sound, f"the {role}") for sound, role in zip(sounds, roles, strict=True)]
    rate_hz, channels = common_form(sounds, settings)
    settings = settings.at_rate(rate_hz)
    found = [sound.with_channels(channels).resampled(rate_hz) for sound in sounds]
    for sound, role in zip(found, roles, strict=True):
        _check(sound, settings, role)
    return settings, found


def _audible(sound: Sound, name: str) -> Sound:
    """The recording without loud parts that nobody hears; that some were removed is a warning."""
    found, said = audible(sound, name)
    if said is not None:
        warnings.warn(said, InaudibleWarning, stacklevel=4)
    return found


def common_form(sounds: Sequence[Sound], settings: Settings) -> tuple[int, int]:
    """Common rate in Hz and number of channels of recordings."""
    if not settings.native or not sounds:
        return settings.rate_hz, 1
    lowest, highest = NATIVE_RATES_HZ
    rate_hz = max(sound.rate_hz for sound in sounds)
    return min(max(lowest, rate_hz), highest), max(sound.channels for sound in sounds)


def check_length(sound: Sound, settings: Settings, name: str, purpose: str = "") -> None:
    """Refuses a recording that is too short for the settings.

    Args:
        sound: recording.
        settings: settings of the run.
        name: name of the recording in the error.
        purpose: what the length is needed for, in the error; empty if evident.

    Raises:
        InputError: it is shorter than `shortest_s`.
    """
    needed_s = shortest_s(settings)
    if sound.duration_s < needed_s:
        raise InputError(
            f"{name} lasts {sound.duration_s:.3f} s; at least {needed_s:.3f} s are needed"
            f"{purpose and f' for {purpose}'}, so give a longer recording"
        )


def _check(sound: Sound, settings: Settings, role: str) -> None:
    check_length(sound, settings, f"the {role}")
    if sound.is_silent:
        raise InputError(f"the {role} is silent; give a recording with sound in it")
    longest_ms = max((ms for view in settings.views for ms in view.span_ms), default=0.0)
    allowed_ms = 1000 * KEPT_FRACTION * sound.duration_s
    if settings.keep_spans and longest_ms > allowed_ms:
        raise UsageError(
            f"a span of {longest_ms:g} ms is too long for the {role}, which lasts {sound.duration_s:.3f} s; "
            f"the longest allowed is {math.floor(allowed_ms)} ms"
        )


def longest_span_s(settings: Settings, style_s: float) -> float:
    """Length up to which spans are used with a style of that length."""
    return style_s * (KEPT_FRACTION if settings.keep_spans else LONGEST_FRACTION)


def roles_of(sounds: Sequence[Sound], name: str = "style") -> list[str]:
    """Names of recordings in errors: `style`, or `style 1`, `style 2`."""
    return [name] if len(sounds) == 1 else [f"{name} {place}" for place in range(1, len(sounds) + 1)]


def shortest_s(settings: Settings) -> float:
    """Shortest length in seconds of a recording: the network's receptive field, or a window of some resolution."""
    entry = entry_of(settings.network)
    if entry.shortest_s:
        return entry.shortest_s
    width = entry.receptive_field_frames(settings.network)
    field_s = max(max(view.n_fft, width * view.hop_samples) for view in settings.views) / settings.rate_hz
    # A feature is needed twice, the shortest lag apart, and lags cover at most half of the positions.
    return field_s + 3 * RHYTHM_S[0] if settings.terms.on_features and settings.terms.rhythm else field_s


def waveform(sound: Sound, settings: Settings, device: torch.device) -> Float[Tensor, "channel sample"]:
    """Samples on the device, at a level of 1 (root mean square) if the settings normalise levels."""
    samples = torch.from_numpy(sound.samples).to(device)
    if settings.network.normalise_level:
        samples = samples / 10 ** (rms_db(sound.samples) / 20)
    return samples


def unit_db(sounds: Sequence[Sound], weights: Sequence[float], settings: Settings) -> float:
    """Level that a synthesised level of 1 stands for, in dB of full scale: the weighted mean of the styles'."""
    if not settings.network.normalise_level:
        return 0.0
    return sum(weight * rms_db(sound.samples) for sound, weight in zip(sounds, weights, strict=True))


def normalised_weights(weights: Sequence[float] | None, styles: int) -> tuple[float, ...]:
    """Weights of the styles scaled to sum 1, equal by default.

    Raises:
        UsageError: there is not one weight for each style, or they are negative or all zero.
    """
    weights = [1.0] * styles if weights is None else weights
    if not styles:
        raise UsageError("there is no style; give one recording or more")
    return normalised(check_weights(weights, styles))
